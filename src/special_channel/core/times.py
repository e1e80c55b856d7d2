"""The two forms of an instant: signed text, and POSIX seconds in cosignatures.

Does not read a clock.
"""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(instant: datetime) -> str:
    """Write an aware instant as `YYYY-MM-DDThh:mm:ssZ`, rounded down (rule 8)."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """Read a timestamp as an aware UTC instant."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def posix(text: str) -> int:
    """Return a timestamp's POSIX seconds."""
    return int(instant(text).timestamp())


def from_posix(seconds: int) -> str:
    """Write POSIX seconds as a timestamp."""
    return timestamp(datetime.fromtimestamp(seconds, UTC))
