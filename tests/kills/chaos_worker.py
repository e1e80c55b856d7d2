"""One escalation worker as a process whose clock a file moves: `CONFIG OFFSET`."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from special_channel import telemetry
from special_channel.config import load
from special_channel.wiring.serving import serve
from special_channel.wiring.sources import SystemClock

_told = SystemClock.now


def main(config: Path, offset: Path) -> None:
    def now(clock: SystemClock) -> datetime:
        return _told(clock) + timedelta(seconds=int(offset.read_text() or 0))

    SystemClock.now = now  # type: ignore[method-assign, assignment]
    telemetry.configure("error", json_lines=True)
    asyncio.run(serve(load(config), ("escalate",), lambda _port: None))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
