"""Views of the inbox and of the list of threads."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.web.shared.capitals import Due
from special_channel.web.shared.ruler import Ruler
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shell.news import NewsView
from special_channel.web.shell.scopes import Scope
from special_channel.web.shell.threads import ThreadItem


class GroupView(View):
    """A group of the inbox: its nearest threads, its total, and the address of the rest."""

    key: Literal["ours", "theirs", "read"]
    items: tuple[ThreadItem, ...]
    total: int
    more_url: str | None = None


class InboxView(View):
    """The inbox.

    Attributes:
        ruler: Drawing of the due times.
        due_this_week: Number of our side's answers due in the current week.
        unread: Number of threads with entries new to the reader.
        mine: Number of threads for our side to answer that are the reader's.
        next_due: Next due time, for an inbox without threads to answer.
        unsent: Number of the reader's drafts that were signed and not sent.
        news: What is new for the reader, the latest few.
    """

    groups: tuple[GroupView, ...]
    scope: Scope
    ruler: Ruler
    due_this_week: int = 0
    unread: int = 0
    mine: int = 0
    last_visit: datetime | None = None
    next_due: Due | None = None
    unsent: int = 0
    news: NewsView = NewsView(items=(), total=0)

    @property
    def waiting(self) -> int:
        """Number of threads that our side is to answer."""
        return sum(group.total for group in self.groups if group.key == "ours")

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
