"""Meetings: the list, one with its points and both sides' marks, and the form of a new one.

Does not judge who may mark: the reading says what may be offered. Does not verify: the
reader's browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.meetings import PointKind, Standing
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.people import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import Proof, Stage


@dataclass(frozen=True, slots=True)
class LevelName:
    """A level of the charter, by its word and its titles."""

    level: str
    title: Pair


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting in the list. Counts are of its points, by the other side's last mark."""

    number: str
    url: str
    title: Pair
    on: date
    place: str
    level: Pair
    drafter: Party
    points: int = 0
    agreed: int = 0
    differed: int = 0

    @property
    def unmarked(self) -> int:
        """How many points the other side has not marked."""
        return self.points - self.agreed - self.differed


@dataclass(frozen=True, slots=True)
class MeetingsPage:
    """The meetings, the last held first. `new_url` is None for a reader who may not write."""

    template: ClassVar[str] = "meetings.html"
    page: ClassVar[str] = "meetings"

    rows: tuple[MeetingLine, ...]
    paging: Paging
    levels: tuple[LevelName, ...] = ()
    new_url: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What one signed entry says, with its evidence."""

    entry_id: str
    position: str
    party: Party
    kind: str
    author: Author
    accepted: datetime
    lang: str
    paragraphs: tuple[Words, ...]
    translation: tuple[Words, ...]
    proof: Proof
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class PointMark:
    """The other side's word on a point; `said` holds the words of a difference.

    Attributes:
        superseded: An earlier mark, by the same side.
    """

    agreed: bool
    said: Said
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class PromiseAsk:
    """A question that was put about the promise, and what became of it, in words."""

    number: str
    url: str
    due: Due
    said: str
    answered_in: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One point, and the other side's marks on it, the last one last.

    Attributes:
        number: Such as `EU-877 P2`.
        markable: Whether the reader may mark it.
        ask_url: Where the question about the promise is written, for the side it was made to.
    """

    number: str
    kind: PointKind
    who: Party
    said: Said
    standing: Standing
    due: date | None = None
    marks: tuple[PointMark, ...] = ()
    asks: tuple[PromiseAsk, ...] = ()
    markable: bool = False
    ask_url: str = ""


@dataclass(frozen=True, slots=True)
class PointForm:
    """How the form of points writes: the author's language and the other side's.

    Attributes:
        ref: The meeting that points are added to; empty where it is drafted with them.
    """

    lang: str
    translation_lang: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """One meeting. `form` is None for a reader who may not add points, `mark` likewise."""

    template: ClassVar[str] = "meeting.html"
    page: ClassVar[str] = "meeting"

    number: str
    title: Pair
    said: Said
    on: date
    place: str
    level: LevelName
    drafter: Party
    present: tuple[tuple[Party, str], ...]
    points: tuple[Point, ...]
    form: PointForm | None = None
    mark: PointForm | None = None


@dataclass(frozen=True, slots=True)
class NewMeetingPage:
    """The form of a new meeting. `roles` are those of the directory, for who was there."""

    template: ClassVar[str] = "new_meeting.html"
    page: ClassVar[str] = "new-meeting"

    form: PointForm
    levels: tuple[LevelName, ...]
    today: date
    roles: Mapping[Party, tuple[str, ...]] = field(default_factory=dict)
