"""Filters, order and columns of the list of threads, as in addresses of page, file and API."""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlencode

from special_channel.web.shared.days import DayFilters
from special_channel.web.shared.query import PageQuery, Text, Whole
from special_channel.web.shell.context import EVERYTHING
from special_channel.web.shell.held import HeldFilters
from special_channel.web.shell.scopes import Scope

Show = Literal["open", "closed", "all"]
ThreadSort = Literal["changed", "oldest"]

THREAD_COLUMNS: Final = ("translation", "last", "list", "answered", "holder", "step")
"""Columns of the list, next to a thread's number, subject and date."""

DETAILS: Final = frozenset(("last", "answered", "step"))
"""Columns that take reading the last entries, notes and ladders of threads."""


class ThreadFilters(HeldFilters, DayFilters):
    """Filters and order of threads; `since` and `until`: days of opening in our capital.

    Attributes:
        scope: `mine`: threads assigned to the reader, opened by the reader or with a note of the
            reader, and threads of the other side without a holder or a note of our side.
        side: Who opened the thread; empty for both.
        sort: By the last change, or by the opening with the oldest first.
    """

    show: Show = "open"
    scope: Scope = "all"
    side: Literal["", "eu", "cn"] = ""
    sort: ThreadSort = "changed"


class ThreadsPageQuery(ThreadFilters, PageQuery):
    """A page of the list of threads.

    Attributes:
        batch: Number of a list's batch, such as `EU-120`; empty for all.
        col: What is shown of each thread; others are ignored, without any all are shown.
    """

    batch: Text = ""
    col: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to show, in their order."""
        return tuple(name for name in THREAD_COLUMNS if name in self.col) or THREAD_COLUMNS

    @property
    def filtered(self) -> bool:
        """Whether a filter is chosen, apart from state and scope."""
        return any((self.label, self.batch, self.side, *self._more.values()))

    @property
    def address(self) -> str:
        """Filters, order and columns as in the page's address."""
        return self.address_with()

    @property
    def address_of_all(self) -> str:
        """The address with every column; empty if every column is shown."""
        if self.columns == THREAD_COLUMNS:
            return ""
        return self.model_copy(update={"col": ()}).address

    @property
    def _more(self) -> dict[str, str]:
        days = {"since": self.since, "until": self.until}
        return {"desk": self.desk, "holder": self.holder, **days}

    def address_with(self, **changed: str) -> str:
        """Return the address with another value of a filter."""
        fields = {"show": self.show, "scope": self.scope, "batch": self.batch, "side": self.side}
        fields |= {"label": self.label, **self._more, **changed}
        if self.sort != "changed":
            fields["sort"] = self.sort
        columns = self.columns if self.columns != THREAD_COLUMNS else ()
        pairs = [(name, value) for name, value in fields.items() if value]
        return urlencode([*pairs, *(("col", name) for name in columns)])


class ThreadsQuery(ThreadFilters):
    """Threads over the API; `before`: display order of the last thread of the previous answer.

    `sort=oldest`: by the time of opening instead of the last change; `before` stays a bound.
    `batch`: id of a list's entry.
    """

    batch: Text | None = None
    limit: Whole = 100
    before: Whole = EVERYTHING
