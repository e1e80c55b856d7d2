"""Define how alarms reach our side's operator."""

from __future__ import annotations

from typing import Protocol


class Alarms(Protocol):
    """Alarms for our side's operator. Never raises; repeated alarms are deduplicated."""

    def sound(self, code: str, /, **facts: str | int) -> None:
        """Turn an alarm on, by a code of `messages/`."""
        ...

    def quiet(self, code: str, /) -> None:
        """Turn an alarm off: the fault is over."""
        ...
