"""Views of a thread: its entries in display order, and the state of its questions.

Show nothing as verified: the reader's browser verifies each entry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.questions import Outcome
from special_channel.stores.waiting import WaitingLine
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.dates import DateLine, QuestionDates
from special_channel.web.shared.people import Author
from special_channel.web.shared.references import BatchRef
from special_channel.web.shared.silence import said
from special_channel.web.shared.steps import Step
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.viewpoint import Viewpoint
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.composer import Composer
from special_channel.web.shell.content import FileRef, Proof, Stage
from special_channel.web.shell.threads import ThreadItem

Languages = Literal["pair", "original", "en", "zh"]
LANGUAGES: Final[tuple[Languages, ...]] = ("original", "pair", "en", "zh")
"""Ways to show the languages of a thread."""


class WithdrawnAnswer(View):
    """The last answer to a question without a valid answer, and its withdrawal."""

    answered_in: str
    answered_at: datetime
    withdrawn_in: str
    withdrawn_at: datetime


class QuestionView(View):
    """A question of a note.

    Attributes:
        number: Number such as `EU-877 Q1`; `q`: its number within the note.
        entry_id: Id of the note.
        text: Paragraph of the question, or its start; `read`: in the reader's language.
        due: Due time in force; `due.answering` is the answering side.
        answered_in: Number of the valid answer.
        answered_at: Time of the answer, as the answering side's log states it.
        arrived_at: Time at which the answer reached the asking side.
        last_heard: Time at which the other side was last heard before the due time passed.
        dates: Due times, and the dates that the reader may sign.
        withdrawn: The last answer and its withdrawal, while no answer is valid.
    """

    number: str
    q: str
    entry_id: str
    text: Words
    due: Due
    outcome: Outcome = "open"
    read: Words | None = None
    answered_in: str | None = None
    answered_at: datetime | None = None
    arrived_at: datetime | None = None
    last_heard: datetime | None = None
    dates: QuestionDates = QuestionDates()
    withdrawn: WithdrawnAnswer | None = None

    def sentence(self, view: Viewpoint) -> str:
        """Return the sentence on the outcome."""
        gone = self.withdrawn
        return said(
            self.outcome,
            self.due,
            view,
            heard=self.last_heard,
            withdrawn=(gone.answered_at, gone.withdrawn_at) if gone else None,
            position=self.answered_in or "",
        )

    @property
    def undelivered(self) -> bool:
        """Whether the answer has not reached the other side yet."""
        return self.answered_at is not None and self.arrived_at is None


class AnswerRef(View):
    """A question that a note answers."""

    number: str
    url: str


class Translation(View):
    """A courtesy translation: parts of the note, or an entry with id and position of its own."""

    paragraphs: tuple[Words, ...]
    party: Party
    entry_id: str | None = None
    position: str | None = None


class Withdrawal(View):
    """The withdrawal of a note, whose text stays, struck and folded."""

    author: Author
    position: str
    at: datetime


class Flag(View):
    """A remark on an entry, by a code of the `flag` vocabulary.

    Codes: `corrected`, `corrects`, `crossed-close`, `crossed`, `erased`, `erased-there`, and
    `erased-by` of an internal note. `reference`: name of our order to erase outside the log.
    """

    code: str
    position: str | None = None
    url: str | None = None
    at: datetime | None = None
    reference: str = ""


class EntryView(View):
    """Fields common to notes and events.

    Attributes:
        position: Registration number, such as `CN-340`.
        accepted: Time stated by the owner of the log.
        refused: Code of the reason for which the entry has no effect (rule 18).
    """

    entry_id: str
    position: str
    party: Party
    kind: str
    accepted: datetime
    author: Author | None = None
    unread: bool = False
    refused: str | None = None
    flags: tuple[Flag, ...] = ()
    private: bool = False

    @property
    def is_note(self) -> bool:
        """Whether the entry is shown as a note."""
        return isinstance(self, NoteView)


class NoteView(EntryView):
    """A note.

    Attributes:
        acknowledgeable: The reader may acknowledge the note, and our side has not yet.
    """

    author: Author
    lang: str
    paragraphs: tuple[Words, ...]
    proof: Proof
    translation: Translation | None = None
    files: tuple[FileRef, ...] = ()
    asks: tuple[QuestionView, ...] = ()
    answers: tuple[AnswerRef, ...] = ()
    stages: tuple[Stage, ...] = ()
    marking: str | None = None
    acknowledgeable: bool = False
    withdrawal: Withdrawal | None = None

    @property
    def moves(self) -> bool:
        """Whether its content on the page can change: dates, outcomes, remarks, files."""
        expected = any(file.url is None and file.presence == "present" for file in self.files)
        return bool(self.asks or self.flags or self.withdrawal or expected)


class EventView(EntryView):
    """Any other entry, in one line: the sentence `event.<kind>`.

    Attributes:
        facts: Placeholders of the sentence, in the reader's language.
        url: Address of the note that the entry is about.
        tone: `amber` for a passed due time.
        words: Texts of an internal note.
    """

    facts: dict[str, str] = Field(default_factory=dict)
    url: str | None = None
    tone: Literal["quiet", "amber"] = "quiet"
    words: tuple[Words, ...] = ()


Item = NoteView | EventView


class Headline(View):
    """The open questions, at the top of the page.

    Attributes:
        kind: `ours` if our side is to answer a question, `theirs` if the other side is to answer
            every question, `none` without open questions, `closed`.
        asks: Questions to our side first, each group by due time.
        about: Question of the ladder.
        next_step: Last step taken of the ladder, else the next; `following`: the step after it.
    """

    kind: Literal["ours", "theirs", "none", "closed"]
    asks: tuple[QuestionView, ...] = ()
    next_step: Step | None = None
    closed_in: str | None = None
    following: Step | None = None
    about: QuestionView | None = None


class RecordView(View):
    """The thread in both logs: sizes and roots, and the time of the last cosignature.

    Attributes:
        cosigned_at: Time at which the other side last cosigned our log; None if never.
    """

    entries: int
    own_size: int
    peer_size: int
    cosigned_at: datetime | None = None
    export_url: str | None = None
    own_root: str = ""
    peer_root: str = ""


class ThreadView(View):
    """A thread.

    Attributes:
        number: Position of the opening.
        opener_id: Id of `thread.opened`, the entry with the subjects.
        last_visit: Time of the reader's last visit, for the line above the first unread entry.
        unchecked: Entries of the other side that arrived and wait for the entry `waits_for`.
        closing_body: Body that closes the thread with our open questions: JSON.
    """

    number: str
    thread_id: str
    opener_id: str
    opener_key: str
    opened_at: datetime
    title: Pair
    headline: Headline
    items: tuple[Item, ...]
    record: RecordView
    view: Languages = "pair"
    batch: BatchRef | None = None
    applications: tuple[str, ...] = ()
    last_visit: datetime | None = None
    asks: tuple[QuestionView, ...] = ()
    ladder: tuple[Step, ...] = ()
    composer: Composer | None = None
    closable: bool = False
    closing_body: str = "{}"
    reopen_ref: str | None = None
    unchecked: tuple[WaitingLine, ...] = ()
    waits_for: str = ""

    @property
    def first_unread(self) -> str | None:
        """Position of the first unread item."""
        return next((item.position for item in self.items if item.unread), None)


class Arrival(View):
    """An item that an open page may lack.

    Attributes:
        before: Position of the item that follows it; empty for the last item.
    """

    item: Item
    before: str


class FileItem(View):
    """A file of an entry. `len`: its length in bytes."""

    name: str
    sha256: str
    len: int


class EntryItem(View):
    """An entry over the API: payload, texts and files, as far as they are here.

    Attributes:
        verdict: Code of the reason for which the entry has no effect; empty for a valid entry.
        damaged: Names of damaged data that is left out. With `entry`, only the position is here.
        payload: Absent if the envelope has not arrived or is damaged.
    """

    type: Literal["entry"] = "entry"
    position: str
    id: str | None = None
    accepted: str | None = None
    verdict: str | None = None
    damaged: tuple[str, ...] = ()
    payload: Any = None
    texts: tuple[str, ...] | None = None
    files: tuple[FileItem, ...] | None = None


class QuestionItem(View):
    """A question over the API.

    Attributes:
        note: Id of the note; `index`: its index in the log of the asking side.
        rule: Reply rule of the charter; empty for a date without a rule.
        due: Due time in force; `is_provisional`: a calendar does not cover it yet.
        agreed: Whether the due time is agreed, not only requested.
        history: All due times with proposals, oldest first; empty for the first one alone.
        known_up_to: Time at which the other side was last heard before the due time passed, if
            only our record has no answer.
    """

    type: Literal["ask"] = "ask"
    number: str
    note: str
    q: str
    asker: Party
    index: int
    thread: str
    accepted: str
    rule: str
    due: str
    agreed: bool
    outcome: Outcome
    is_provisional: bool
    history: tuple[DateLine, ...] = ()
    known_up_to: str | None = None


class QuestionsFound(SizesView):
    """Open questions, the nearest due first."""

    items: tuple[QuestionItem, ...]


class ThreadDetail(SizesView):
    """A thread, its entries in display order, and its questions.

    Attributes:
        check_passed_at: Time at which the last check of the whole record found no damage.
    """

    items: tuple[ThreadItem | EntryItem | QuestionItem, ...]
    check_passed_at: str | None = None
