"""Views of the inbox and of the list of threads."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.web.shared.capitals import Due
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.ruler import Ruler
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shell.corrected import CorrectedView
from special_channel.web.shell.news import NewsView
from special_channel.web.shell.scopes import Scope
from special_channel.web.shell.threads import ThreadItem

GroupKey = Literal["ours", "theirs", "reminded", "read"]
"""For our side to answer, awaited, reminders that have come, to read."""


class GroupView(View):
    """A group of the inbox.

    Attributes:
        items: Threads of a portion of the group.
        total: Number of all its threads.
        more_url: Where the threads are that the inbox doesn't list; None without such.
        first: Number of its threads before the portion.
        pages: The portion, with links to its neighbours; None for a group in one portion.
        chosen: Whether the links lead from portion to portion.
    """

    key: GroupKey
    items: tuple[ThreadItem, ...]
    total: int
    more_url: str | None = None
    first: int = 0
    pages: Paging | None = None
    chosen: bool = True


class InboxView(View):
    """The inbox.

    Attributes:
        ruler: Drawing of the due times.
        waiting: Number of threads that our side is to answer, whatever is listed.
        due_this_week: Number of our side's answers due in the current week.
        unread: Number of threads with entries new to the reader.
        mine: Number of threads for our side to answer that are the reader's.
        next_due: Next due time, for an inbox without threads to answer.
        unsent: Number of the reader's drafts that were signed and not sent.
        news: What is new for the reader, the latest few.
        away: Number of threads left out, since the reader put them away.
        corrected: Corrections and changes by the other side, not shown to the reader yet.
        start_url: Where the reader begins to work through the inbox; empty for an empty inbox.
    """

    groups: tuple[GroupView, ...]
    scope: Scope
    ruler: Ruler
    waiting: int = 0
    due_this_week: int = 0
    unread: int = 0
    mine: int = 0
    last_visit: datetime | None = None
    next_due: Due | None = None
    unsent: int = 0
    news: NewsView = NewsView(items=(), total=0)
    away: int = 0
    start_url: str = ""
    corrected: CorrectedView = CorrectedView()

    @property
    def dates_url(self) -> str:
        """Address of the scope's due times."""
        return "/deadlines" if self.scope == "all" else "/deadlines?desk=1"


class ThreadsFound(SizesView):
    """Threads, the last changed first.

    Attributes:
        scope: Whose threads they are.
        total: Number of the threads; on a page alone. `mine`: of those that are the reader's.
    """

    scope: Scope = "all"
    total: int | None = None
    mine: int | None = None
    items: tuple[ThreadItem, ...]


class WorkStep(View):
    """A step of working through the inbox.

    Attributes:
        url: Address of the thread's page; after the last thread, of the inbox or of what waits
            for release.
        left: Number of threads from this one on.
        number: Number of the thread; empty after the last.
        group: Why it is in the inbox; empty after the last, and in a selection.
        due: Due time of its nearest open question, as entries state times; empty without one.
    """

    url: str
    left: int
    number: str = ""
    group: GroupKey | Literal[""] = ""
    due: str = ""
