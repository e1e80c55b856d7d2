"""Clock and randomness of the command line, from wiring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from special_channel.wiring.sources import SystemClock, SystemRandomness


class Machine(NamedTuple):
    """The clock and the randomness of the process."""

    now: Callable[[], datetime]
    draw: Callable[[int], bytes]


MACHINE: Final = Machine(SystemClock().now, SystemRandomness().bytes)
