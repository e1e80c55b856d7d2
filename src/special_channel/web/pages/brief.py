"""A brief for a meeting at a level: internal, or one that may be handed over.

Does not choose what stands on it (`web/reading/brief`), and writes no PDF (`desk/briefs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from special_channel.desk.briefs import Brief
from special_channel.web.pages.meetings import LevelName


@dataclass(frozen=True, slots=True)
class BriefPage:
    """A brief on screen and in print.

    Attributes:
        other_url: The same level's other brief.
        pdfs: Address of the PDF by language, the reader's first.
        since: A date that was asked for instead of the last meeting.
    """

    template: ClassVar[str] = "brief.html"
    page: ClassVar[str] = "brief"

    brief: Brief
    level: LevelName
    levels: tuple[LevelName, ...]
    other_url: str
    pdfs: tuple[tuple[str, str], ...]
    since: date | None = None
