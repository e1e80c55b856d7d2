"""Views of requests for priority, for pages and API.

Does not decide the order of applications: CN does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

from special_channel.core.bytes.times import instant
from special_channel.web.shared.days import DayFilters
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.query import PageQuery, Query, Text, WindowQuery, codes
from special_channel.web.shared.references import application_url
from special_channel.web.shared.view import SizesView

REASONS: Final = ("line_stop", "stock_low", "long_pending", "health_safety")
"""Codes of the EU's reasons; they cross."""

ANSWERS: Final = ("granted", "not_now", "cannot")
REMARKS: Final = ("in_turn", "supplement_first", "being_examined", "already_decided", "law")
"""Codes of CN's remarks on an answer."""


STATES: Final = ("unanswered", "answered", "granted")
"""Outcomes of a request, as a filter."""


class PriorityFilters(DayFilters):
    """Filters of requests by an application's number, reason, outcome and day.

    Attributes:
        state: `unanswered`: with applications that CN has not answered; `answered`: without such;
            `granted`: with priority granted in CN's last answer.
    """

    text: Text = ""
    reason: Annotated[str, codes(REASONS)] = ""
    state: Annotated[str, codes(STATES)] = ""
    sort: Literal["newest", "oldest"] = "newest"


class PrioritiesPageQuery(PriorityFilters, PageQuery):
    """A page of filtered requests."""


class PrioritiesQuery(PriorityFilters, WindowQuery):
    """Filtered requests over the API."""


class ProposalQuery(Query):
    """Numbers of the applications for which priority is to be asked."""

    application: tuple[str, ...] = ()


class PriorityItem(EntryItem):
    """A request.

    Attributes:
        request: Id of its entry.
        applications: Number of applications in it.
        open: Number of applications without an answer.
        granted: Number of applications whose last answer is `granted`.
    """

    position: str
    request: str
    accepted: str
    reason: str
    applications: int
    open: int
    granted: int

    @property
    def url(self) -> str:
        """Address of the request's page."""
        return f"/priority/{self.position}"

    @property
    def asked_at(self) -> datetime:
        """Time at which the EU's node accepted the request."""
        return instant(self.accepted)


class WantedItem(EntryItem):
    """An application of a request, with its state and CN's last answer."""

    numbered: ClassVar[str] = "answered_in"

    number: str
    state: str | None = None
    answer: str | None = None
    remark: str | None = None
    answered_in: str | None = None

    @property
    def url(self) -> str:
        """Address of the application's page."""
        return application_url(self.number)


class PriorityDetail(PriorityItem):
    """A request with its applications."""

    wanted: tuple[WantedItem, ...]


class PrioritiesFound(SizesView):
    """Requests, and the number of all matches."""

    total: int
    items: tuple[PriorityItem, ...]
