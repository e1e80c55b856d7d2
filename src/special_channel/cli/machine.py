"""Clock and randomness of the command line, from wiring."""

from __future__ import annotations

from typing import Final

from special_channel.cli.official import Machine
from special_channel.wiring.sources import SystemClock, SystemRandomness

MACHINE: Final = Machine(SystemClock().now, SystemRandomness().bytes)
