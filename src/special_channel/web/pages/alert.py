"""One alert on its own page: its ways, and the button by which a person says that they have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from special_channel.web.pages.alerts import AlertLine


@dataclass(frozen=True, slots=True)
class AlertPage:
    """An alert on every way that it took.

    Attributes:
        lines: The first way first.
        raised: The entry that this reader may acknowledge; empty: nothing to acknowledge.
    """

    template: ClassVar[str] = "alert.html"
    page: ClassVar[str] = "alert"

    lines: tuple[AlertLine, ...]
    raised: str = ""

    @property
    def first(self) -> AlertLine:
        """The alert on its first way."""
        return self.lines[0]
