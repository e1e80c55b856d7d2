"""The inbox and the list of threads: what waits, for whom, until when.

Does not sort or group: handlers give groups in order, nearest due time first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from special_channel.core.time.calendars import Words as Phrase
from special_channel.web.capitals import Due
from special_channel.web.pages.batch import BatchRef, Paging
from special_channel.web.pages.frame import Author, Pair, Words
from special_channel.web.pages.ruler import Ruler

GroupKey = Literal["ours", "theirs", "read"]
Scope = Literal["mine", "unit", "all"]


@dataclass(frozen=True, slots=True)
class TakenOver:
    """That somebody took a step over, signed in the private log.

    Attributes:
        by: The person, from the own directory; the role and number of a key without one.
        at: When the entry was accepted, not when the step was raised.
        you: The reader.
    """

    by: str
    at: datetime
    you: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the own ladder. Never one of the other side's.

    Attributes:
        role: Code of the role that is told.
        at: From when.
        name: The person, from the own directory.
        state: `next`, `told`, `acknowledged` or `later`.
        raised: Id of the entry by which it was taken.
        title: What the own ladder calls it.
        desk: The office unit, where the ladder names one.
        by_hand: No machine takes it: from `at` on a person may.
        held_until: Nobody was told of it yet: its alert leaves then.
        taken_over: Who of the own side took it over, and when.
    """

    role: str
    at: datetime
    name: str | None = None
    state: Literal["told", "acknowledged", "next", "later"] = "later"
    you: bool = False
    raised: str = ""
    title: Phrase | None = None
    desk: Pair | None = None
    by_hand: bool = False
    held_until: datetime | None = None
    taken_over: TakenOver | None = None


@dataclass(frozen=True, slots=True)
class LastWords:
    """The start of a thread's newest note.

    `entry_id` lets the reader's browser check it; the words are a part, or its start.
    """

    author: Author
    at: datetime
    words: Words


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One thread in a list.

    Attributes:
        about: The question that it is listed for, such as `EU-877 Q1`.
        silence: What the record says of that question, where its date is over or requested.
        known: Up to when the other side's record is known, where only ours holds no answer.
        answered: How many of its open note's questions are answered, of how many.
        steps: Steps of the own ladder reached, of how many; the next one's role.
    """

    number: str
    url: str
    title: Pair
    unread: bool = False
    due: Due | None = None
    at: datetime | None = None
    last: LastWords | None = None
    batch: BatchRef | None = None
    answered: tuple[int, int] | None = None
    next_step: Step | None = None
    steps: tuple[int, int] = (0, 0)
    closed: bool = False
    about: str = ""
    silence: str = ""
    known: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the inbox: its nearest rows, how many it has, and where all of them are."""

    key: GroupKey
    rows: tuple[ThreadRow, ...]
    total: int
    more_url: str | None = None


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The inbox.

    Attributes:
        scope_urls: Mine, my unit, all of the own side.
        due_this_week: Answers of the own side that are due within this working week.
        next_due: For an empty inbox: when the next answer is due at all.
        dates_url: Where all dates of the scope are.
    """

    template: ClassVar[str] = "inbox.html"
    page: ClassVar[str] = "inbox"

    groups: tuple[Group, ...]
    scope: Scope
    scope_urls: tuple[tuple[Scope, str], ...]
    ruler: Ruler | None = None
    due_this_week: int = 0
    unread: int = 0
    last_visit: datetime | None = None
    next_due: Due | None = None
    dates_url: str = "/deadlines"

    @property
    def waiting(self) -> int:
        """How many threads the own side is to answer."""
        return sum(group.total for group in self.groups if group.key == "ours")


@dataclass(frozen=True, slots=True)
class ThreadsPage:
    """All threads, newest first."""

    template: ClassVar[str] = "threads.html"
    page: ClassVar[str] = "threads"

    rows: tuple[ThreadRow, ...]
    paging: Paging
    show: Literal["open", "closed", "all"] = "open"
    show_urls: tuple[tuple[str, str], ...] = ()
