"""The inbox and the list of threads: what waits, for whom, until when.

Does not sort or group: handlers give groups in order, nearest due time first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from special_channel.web.pages.ruler import Ruler
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.people import Author
from special_channel.web.shared.references import BatchRef
from special_channel.web.shared.steps import Step
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.scopes import Scope

GroupKey = Literal["ours", "theirs", "read"]


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
