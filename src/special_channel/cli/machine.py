"""This process's clock and randomness for the command line. Does not make them: wiring does."""

from __future__ import annotations

from typing import Final

from special_channel.cli.official import Machine
from special_channel.wiring.sources import SystemClock, SystemRandomness

MACHINE: Final = Machine(SystemClock().now, SystemRandomness().bytes)
