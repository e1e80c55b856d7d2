"""A thread: its entries in display order, and what is open in it.

Does not verify: the reader's browser does, and the page says "not checked on this
computer" until it has. Does not tell what happens inside the other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.questions import Outcome
from special_channel.ports.waiting import WaitingLine
from special_channel.web.pages.dates import DateOffer, Referral, SaidDate, SuspensionOffer
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.people import Author
from special_channel.web.shared.references import BatchRef
from special_channel.web.shared.silence import said
from special_channel.web.shared.steps import Step
from special_channel.web.shared.viewpoint import Viewpoint
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.composer import Composer
from special_channel.web.shell.content import FileRef, Proof, Stage

View = Literal["pair", "original", "en", "zh"]
VIEWS: Final[tuple[View, ...]] = ("original", "pair", "en", "zh")


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a note.

    Attributes:
        number: Such as `EU-877 Q1`.
        q: The number within the note.
        text: The paragraph that asks, or its start.
        read: The same in the reader's language where it is translated alike.
        due: With `due.answering` the side that answers.
        answered_in: Position of the answer that stands.
        answered_at: Its `accepted`, the answering log's statement.
        arrived_at: When it reached this node, where that is later and matters.
        held_up_to: For a passed date: the newest position of the other log held then.
        last_heard: For an unconfirmed one: when the other node was last heard.
        entry_id: The note that asks.
        dates: How it came by its date, where more was said of it than the first one.
        offers: Dates that the reader may propose instead.
        referrals: Levels of the other side to which they may take it.
        accept: The requested date, where the reader may accept it for the answering side.
        renewals: Dates that the reader may set after an answer was withdrawn.
        taken_back: The answer that was withdrawn last, while none stands.
        rebase: The date that the charter in force gives, where they may move it there.
        suspension: The form by which they may propose that its clock be suspended.
    """

    number: str
    q: str
    entry_id: str
    text: Words
    due: Due
    outcome: Outcome = "open"
    read: Words | None = None
    answered_in: str | None = None
    answered_url: str | None = None
    answered_at: datetime | None = None
    arrived_at: datetime | None = None
    held_up_to: str | None = None
    last_heard: datetime | None = None
    provided: tuple[int, int] | None = None
    dates: tuple[SaidDate, ...] = ()
    offers: tuple[DateOffer, ...] = ()
    referrals: tuple[Referral, ...] = ()
    accept: DateOffer | None = None
    renewals: tuple[DateOffer, ...] = ()
    taken_back: TakenBack | None = None
    rebase: DateOffer | None = None
    suspension: SuspensionOffer | None = None

    def sentence(self, view: Viewpoint) -> str:
        """Return the sentence on the question's outcome."""
        gone = self.taken_back
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
        """Tell whether it is answered and the answer has not reached the other side."""
        return self.answered_at is not None and self.arrived_at is None


@dataclass(frozen=True, slots=True)
class AnswerRef:
    """An ask that a note ticks off."""

    number: str
    url: str


@dataclass(frozen=True, slots=True)
class Translation:
    """A courtesy translation: of the note itself, or an entry of its own.

    `entry_id` and `position` are set for the latter, so that it is checked for itself.
    """

    paragraphs: tuple[Words, ...]
    party: Party
    entry_id: str | None = None
    position: str | None = None


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The answer that was withdrawn last, while none stands: both entries and their times."""

    answered_in: str
    answered_at: datetime
    withdrawn_in: str
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """Who took a note back, in which entry, and when. Its words stay, struck and folded."""

    author: Author
    position: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to know about an entry: a code of the `flag` vocabulary.

    Codes: `corrected`, `corrects`, `withdrawn`, `crossed-close`, `crossed`, `erased`,
    `erased-there`, and of an internal note `erased-by`.

    Attributes:
        reference: Of an order of the own side's: what it is called outside the log.
    """

    code: str
    position: str | None = None
    url: str | None = None
    at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A note. Display order and unread are the handler's.

    Attributes:
        position: Its registration number, such as `CN-340`.
        accepted: Stated by the owner of its log.
        held_since: When this node first had it; None where that adds nothing.
        refused: Code, when it has no effect (rule 18).
        acknowledgeable: The reader may acknowledge it and nobody of the side has.
        gone: Who took it back, if somebody did.
    """

    entry_id: str
    position: str
    party: Party
    kind: str
    author: Author
    accepted: datetime
    lang: str
    paragraphs: tuple[Words, ...]
    proof: Proof
    translation: Translation | None = None
    files: tuple[FileRef, ...] = ()
    asks: tuple[Ask, ...] = ()
    answers: tuple[AnswerRef, ...] = ()
    stages: tuple[Stage, ...] = ()
    flags: tuple[Flag, ...] = ()
    marking: str | None = None
    unread: bool = False
    refused: str | None = None
    acknowledgeable: bool = False
    gone: Gone | None = None

    @property
    def index(self) -> str:
        """The number in the seal."""
        return self.position.partition("-")[2]

    @property
    def moves(self) -> bool:
        """Tell whether what the page shows of it may change: dates, outcomes, words, files."""
        expected = any(file.url is None and file.presence == "present" for file in self.files)
        return bool(self.asks or self.flags or self.gone or expected)


@dataclass(frozen=True, slots=True)
class Event:
    """Any other entry, told in one line: `event.<kind>` with its facts.

    Attributes:
        facts: Placeholders of the sentence, already in the reader's language.
        tone: `amber` for a passed date, else quiet.
        words: What somebody of the own side wrote, of an internal note.
        flags: What became of it, where the reader may know.
    """

    entry_id: str
    position: str
    party: Party
    kind: str
    accepted: datetime
    facts: tuple[tuple[str, str], ...] = ()
    author: Author | None = None
    url: str | None = None
    unread: bool = False
    refused: str | None = None
    tone: Literal["quiet", "amber"] = "quiet"
    private: bool = False
    words: tuple[Words, ...] = ()
    flags: tuple[Flag, ...] = ()


Item = Entry | Event


@dataclass(frozen=True, slots=True)
class Headline:
    """What is open, on top: each question with its own state and date.

    Attributes:
        kind: `ours` (one at least is for us to answer), `theirs` (all await the other side),
            `none` (nothing is open), `closed`.
        asks: Those for us first, each group by its dates.
        about: The question whose ladder is told.
        next_step: The last step taken on our side about it, else the next.
        following: The step after a taken one.
    """

    kind: Literal["ours", "theirs", "none", "closed"]
    asks: tuple[Ask, ...] = ()
    next_step: Step | None = None
    closed_in: str | None = None
    following: Step | None = None
    about: Ask | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """How the thread stands in both logs: sizes that the page shows, and the last seal.

    `cosigned_at`: when the other side last cosigned this side's log; None if never.
    """

    entries: int
    own_size: int
    peer_size: int
    cosigned_at: datetime | None = None
    export_url: str | None = None
    own_root: str = ""
    peer_root: str = ""


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """One thread.

    Attributes:
        number: Its opener's position.
        opener_id: Entry id of `thread.opened`, which carries the subjects.
        last_visit: The line "new since your last visit" stands before the first unread.
        views: URL of each way to show the languages.
        unchecked: Entries of the other side in it that arrived and wait for `waits_for`.
        closing_body: The body that closes the thread with the own open asks: JSON, `data-body`.
    """

    template: ClassVar[str] = "thread.html"
    page: ClassVar[str] = "thread"

    number: str
    thread_id: str
    opener_id: str
    opener_key: str
    opened_at: datetime
    title: Pair
    headline: Headline
    items: tuple[Item, ...]
    record: Record
    view: View = "pair"
    views: tuple[tuple[View, str], ...] = ()
    batch: BatchRef | None = None
    applications: tuple[str, ...] = ()
    applications_url: str | None = None
    last_visit: datetime | None = None
    asks: tuple[Ask, ...] = ()
    ladder: tuple[Step, ...] = ()
    composer: Composer | None = None
    closable: bool = False
    closing_body: str = "{}"
    reopen_ref: str | None = None
    closed: bool = False
    unchecked: tuple[WaitingLine, ...] = ()
    waits_for: str = ""

    @property
    def first_unread(self) -> str | None:
        """Position of the first unread item."""
        return next((item.position for item in self.items if item.unread), None)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item that an open page may lack.

    Attributes:
        before: Position of the item that follows it; empty for the last item.
    """

    item: Item
    before: str


@dataclass(frozen=True, slots=True)
class ThreadUpdate(ThreadPage):
    """A thread's page as a reload would show it, and what an open page of it lacks.

    Attributes:
        arrivals: Items to insert, in display order. The page may have some of them.
        changed: Other notes whose questions, marks or stages may have changed.
    """

    template: ClassVar[str] = "thread_now.html"

    arrivals: tuple[Arrival, ...] = ()
    changed: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class NewThreadPage:
    """A new thread on chosen applications of a batch, or on the standing batch."""

    template: ClassVar[str] = "new_thread.html"
    page: ClassVar[str] = "new-thread"

    composer: Composer
    batch: BatchRef | None
    batch_title: Pair | None = None
