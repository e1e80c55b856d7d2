"""Convert instants: timestamps in signed text, and POSIX seconds in cosignatures.

Does not read a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final


def timestamp(instant: datetime) -> str:
    """Format an aware instant as `YYYY-MM-DDThh:mm:ssZ`, rounded down (rule 8)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """Parse a timestamp as an aware UTC instant."""
    return datetime.fromisoformat(text)


def posix(text: str) -> int:
    """Return a timestamp's POSIX seconds."""
    return int(instant(text).timestamp())


LAST: Final = 253_402_300_799
"""POSIX seconds of 9999-12-31T23:59:59Z. A cosignature can state far later times."""


def from_posix(seconds: int) -> str:
    """Format POSIX seconds as a timestamp; times beyond `LAST` become `LAST`."""
    return timestamp(datetime.fromtimestamp(min(seconds, LAST), UTC))
