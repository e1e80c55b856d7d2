"""Views of a thread: its entries in display order, and the state of its questions.

Show nothing as verified: the reader's browser verifies each entry.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cached_property
from typing import ClassVar, Final, Literal

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.questions import Outcome
from special_channel.stores.people import TEXT_VIEWS
from special_channel.stores.waiting import WaitingLine
from special_channel.web.notes.views import NoteAct
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.changed_words import Run
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shared.dues import DateLine, QuestionDates, Step
from special_channel.web.shared.references import entry_url
from special_channel.web.shared.silence import said
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.viewpoint import Author, Viewpoint
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import FileRef, Proof, Stage
from special_channel.web.shell.threads import ThreadItem

LANGUAGES: Final = TEXT_VIEWS
"""Ways to show the languages of a thread."""

NOTES: Final = frozenset({"note.posted", "note.corrected"})
"""Kinds of entries shown as notes; other kinds are events."""

MOST_ASKS: Final = 20
"""Open questions that a page lists, the nearest; the page of deadlines has all."""


class WithdrawnAnswer(View):
    """The last answer to a question without a valid answer, and its withdrawal."""

    answered_in: str
    answered_at: datetime
    withdrawn_in: str
    withdrawn_at: datetime


class QuestionItem(View):
    """A question, from its row alone.

    Attributes:
        number: Number such as `EU-877 Q1`; `q`: its number within the note.
        note: Id of the note; `index`: its index in the log of the asking side.
        rule: Reply rule of the charter; empty for a date without a rule.
        due: Due time in force; `due.answering` is the answering side.
        history: All due times with proposals, oldest first; empty for the first one alone.
        known_up_to: Time at which the other side was last heard before the due time passed, if
            only our record has no answer.
        doubt: The doubt about who asked.
    """

    type: Literal["ask"] = "ask"
    number: str
    note: str
    q: str
    asker: Party
    index: int
    thread: str
    accepted: str
    rule: str = ""
    due: Due
    outcome: Outcome = "open"
    history: tuple[DateLine, ...] = ()
    known_up_to: datetime | None = None
    doubt: Doubt | None = None

    @property
    def is_open(self) -> bool:
        """Whether the question still waits for an answer."""
        return self.outcome.startswith(("open", "unanswered", "withdrawn"))


class QuestionsFound(SizesView):
    """Open questions, the nearest due first."""

    items: tuple[QuestionItem, ...]


class QuestionView(QuestionItem):
    """A question of a thread, with its text and the dates that the reader may sign.

    Attributes:
        text: Paragraph of the question, or its start; `read`: in the reader's language.
        translation: The same of the note's translation; None if it lacks one.
        answered_in: Number of the valid answer.
        answered_at: Time of the answer, as the answering side's log states it.
        arrived_at: Time at which the answer reached the asking side.
        withdrawn: The last answer and its withdrawal, while no answer is valid.
        moved_by: Id of the entry that set the due time in force; empty for the question's own.
    """

    text: Words
    read: Words | None = None
    translation: Words | None = None
    answered_in: str | None = None
    answered_at: datetime | None = None
    arrived_at: datetime | None = None
    dates: QuestionDates = QuestionDates()
    withdrawn: WithdrawnAnswer | None = None
    moved_by: str = ""

    def sentence(self, view: Viewpoint) -> str:
        """Return the sentence on the outcome."""
        gone = self.withdrawn
        return said(
            self.outcome,
            self.due,
            view,
            heard=self.known_up_to,
            withdrawn=(gone.answered_at, gone.withdrawn_at) if gone else None,
            position=self.answered_in or "",
        )

    @property
    def undelivered(self) -> bool:
        """Whether the answer has not reached the other side yet."""
        return self.answered_at is not None and self.arrived_at is None


class AnswerRef(View):
    """A question answered by a note."""

    number: str
    url: str


class Translation(View):
    """A courtesy translation: parts of the note, or an entry with id and position of its own.

    `lacks`: numbers of the note's paragraphs beyond those of the translation.
    """

    paragraphs: tuple[Words, ...]
    party: Party
    entry_id: str | None = None
    position: str | None = None
    lacks: tuple[int, ...] = Field(default=(), exclude=True)


class Withdrawal(View):
    """The withdrawal of a note, whose text stays, struck and folded.

    `reason`: its paragraphs; `translation`: those of its translation; both empty without a reason.
    """

    entry_id: str
    author: Author
    position: str
    at: datetime
    reason: tuple[Words, ...] = ()
    translation: tuple[Words, ...] = ()


class Comparison(View):
    """What a correction changes.

    Attributes:
        position: Number of the corrected note.
        lang: Language of both texts.
        runs: Words of both texts in order, with what became of them.
    """

    position: str
    lang: str
    runs: tuple[Run, ...]


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
        entry_id: Id of the entry; empty if its data is damaged.
        position: Registration number, such as `CN-340`.
        accepted: Time stated by the owner of the log.
        refused: Code of the reason why the entry has no effect (rule 18).
        doubt: The doubt about who signed the entry, which keeps every effect (K21).
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
    doubt: Doubt | None = None


class NoteView(EntryView):
    """A note.

    Attributes:
        acknowledgeable: The reader may acknowledge the note, and our side has not yet.
        markable: The reader may mark the note unread: somebody else wrote it.
        acts: What else the reader may do about the note, as pages name the acts.
        changes: What a correction changes, by this node's comparison.
    """

    type: Literal["note"] = "note"
    author: Author
    lang: str
    paragraphs: tuple[Words, ...]
    proof: Proof
    translation: Translation | None = None
    files: tuple[FileRef, ...] = ()
    # The API has them in `asks` of the thread.
    asks: tuple[QuestionView, ...] = Field(default=(), exclude=True)
    answers: tuple[AnswerRef, ...] = ()
    stages: tuple[Stage, ...] = ()
    marking: str | None = None
    acknowledgeable: bool = False
    markable: bool = Field(default=False, exclude=True)
    acts: tuple[NoteAct, ...] = Field(default=(), exclude=True)
    withdrawal: Withdrawal | None = None
    changes: Comparison | None = None

    @property
    def quotable(self) -> bool:
        """Whether another note may quote the note: in effect, and not withdrawn."""
        return not (self.withdrawal or self.refused)

    @property
    def moves(self) -> bool:
        """Whether its content on the page can change: dates, outcomes, remarks, files."""
        expected = any(file.url is None and file.presence == "present" for file in self.files)
        return bool(self.asks or self.flags or self.withdrawal or self.doubt or expected)


class EventView(EntryView):
    """Any other entry, in one line: the sentence `event.<kind>`.

    Attributes:
        facts: Placeholders of the sentence, in the reader's language.
        url: Address of the entry's note.
        tone: `amber` for a passed due time.
        words: Texts of an internal note.
    """

    type: Literal["event"] = "event"
    facts: dict[str, str] = Field(default_factory=dict)
    url: str | None = None
    tone: Literal["quiet", "amber"] = "quiet"
    words: tuple[Words, ...] = ()


Item = NoteView | EventView


class RecordView(View):
    """The thread in both logs.

    Attributes:
        entries: Number of the thread's entries.
        roots: Root of each log, in hex.
        cosigned_at: Time at which the other side last cosigned our log; None if never.
    """

    entries: int
    roots: dict[Party, str]
    cosigned_at: datetime | None = None


def link_to(thread: str, number: str, here: Collection[str]) -> str:
    """Return the address of an entry: an anchor on the same page, or the entry's window."""
    return f"#{number}" if number in here else entry_url(thread, number)


class WindowView(View):
    """The part of a thread on a page; `earlier_than` and `later_than` lead on.

    Attributes:
        first: Number of the first entry; `last`: of the last. Empty without entries.
        earlier: Number of the thread's entries before the part; `later`: after the part.
        unread: Number of the reader's first unread entry, if before the part.
        older_ours: Number of the oldest private entry, if older entries are left out.
    """

    first: str = ""
    last: str = ""
    earlier: int = 0
    later: int = 0
    unread: str = ""
    older_ours: str = ""


class ThreadView(SizesView):
    """A part of a thread: entries in display order, and the questions that they are about.

    Attributes:
        thread: The thread as in lists.
        opener_id: Id of `thread.opened`, the entry with the subjects.
        translatable: Whether the reader may add our translation of the subject.
        closed_in: Number of the closing entry; None of an open thread.
        items: Entries of the window in display order, with private entries of our side.
        window: Where the part begins and ends.
        asks: Open questions of the whole thread first, then those of the window's notes; each
            group by due time.
        last_visit: Time of the reader's last visit, for the line above the first unread entry.
        ladder: Last step taken of our ladder, and the next; `ladder_of`: number of its question.
        unchecked: Entries of the other side that arrived and wait for the entry `waits_for`.
        check_passed_at: Time at which the last check of the whole record found no damage.
    """

    thread: ThreadItem
    opener_id: str
    opener_key: str
    opened_at: datetime
    translatable: bool = False
    closed_in: str | None = None
    applications: tuple[str, ...] = ()
    items: tuple[Item, ...]
    window: WindowView = WindowView()
    asks: tuple[QuestionView, ...] = ()
    record: RecordView
    last_visit: datetime | None = None
    ladder: tuple[Step, ...] = ()
    ladder_of: str | None = None
    unchecked: tuple[WaitingLine, ...] = ()
    waits_for: str = ""
    check_passed_at: str | None = None

    @property
    def number(self) -> str:
        """Position of the opening."""
        return self.thread.number

    @property
    def thread_id(self) -> str:
        """Id of the thread."""
        return self.thread.thread

    @property
    def first_unread(self) -> str | None:
        """Position of the first unread item."""
        return next((item.position for item in self.items if item.unread), None)

    @property
    def newest_read(self) -> str | None:
        """Position of the newest note if the reader has read every item; else None."""
        if self.first_unread:
            return None
        notes = [item.position for item in self.items if item.type == "note"]
        return notes[-1] if notes else None

    most_asks: ClassVar[int] = MOST_ASKS

    @property
    def whole(self) -> bool:
        """Whether every entry of the thread is shown."""
        return not (self.window.earlier or self.window.later or self.window.older_ours)

    def link(self, number: str) -> str:
        """Return the address of an entry of the thread: on this page, or in another window."""
        return link_to(self.number, number, self._here)

    @cached_property
    def _here(self) -> frozenset[str]:
        return frozenset(item.position for item in self.items)

    def open_asks(self, party: Party) -> list[QuestionView]:
        """Return the open questions, questions to a side first, in two groups by due time."""
        waiting = [ask for ask in self.asks if ask.is_open]
        return sorted(waiting, key=lambda ask: (ask.due.answering != party, ask.due.at))

    @property
    def drawn_asks(self) -> tuple[QuestionView, ...]:
        """Questions listed next to the entries: the nearest open ones, and those of the window."""
        drawn = {*[ask.number for ask in self.asks if ask.is_open][: self.most_asks]}
        return tuple(ask for ask in self.asks if not ask.is_open or ask.number in drawn)
