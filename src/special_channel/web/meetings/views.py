"""Views of meetings, for pages and API.

Does not verify entries: the reader's browser does.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.rows.meetings import PointKind, PresentRole, Standing
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.view import SizesView
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import Proof, Stage
from special_channel.web.shell.meetings import LevelView
from special_channel.web.shell.questions import QuestionState


class MeetingItem(LevelView, EntryItem):
    """A meeting. `agreed` and `differed` count points by the other side's last mark.

    Attributes:
        meeting: Id of its entry.
        party: Drafting side.
        on: Day of the meeting.
        subjects: Texts of the subject and its translation, if present on this node.
    """

    numbered: ClassVar = "number"

    number: str
    meeting: EntryId
    party: Party
    on: date
    place: str
    present: tuple[PresentRole, ...]
    points: int
    agreed: int
    differed: int
    subject: Pair
    subjects: tuple[str, ...]

    @property
    def url(self) -> str:
        """Address of the meeting's page."""
        return f"/meetings/{self.number}"

    @property
    def unmarked(self) -> int:
        """Number of points without a mark."""
        return self.points - self.agreed - self.differed


class MeetingsFound(SizesView):
    """Meetings, last held first, and the number of all."""

    total: int
    items: tuple[MeetingItem, ...]


class EntryText(EntryItem):
    """Text of a signed entry, with its evidence."""

    entry_id: EntryId
    entry_kind: str
    position: str
    party: Party
    author: Author
    accepted: datetime
    lang: str
    paragraphs: tuple[Words, ...]
    translation: tuple[Words, ...]
    proof: Proof

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Stages of delivery; not shown for entries of meetings."""
        return ()


class MarkItem(EntryText):
    """The other side's mark on a point; the text of a difference states their understanding.

    Attributes:
        point: Id of the point's entry.
        first: Whether no earlier point of the meeting shows a mark of the same entry.
    """

    point: EntryId
    agreed: bool
    first: bool = True


class PointItem(EntryText):
    """A point of a meeting.

    Attributes:
        name: Meeting and number, such as `EU-877 P2`.
        who: Side of the statement or promise.
        due: Promised date.
        marks: The other side's marks, latest last.
    """

    name: str
    number: int
    kind: PointKind
    who: Party
    due: date | None = None
    standing: Standing
    marks: tuple[MarkItem, ...]
    asks: tuple[QuestionState, ...]


class MeetingDetail(MeetingItem, SizesView):
    """A meeting with its entry and its points."""

    said: EntryText
    items: tuple[PointItem, ...]
