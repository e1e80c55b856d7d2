"""Requests for priority and their answers; and, on the EU node alone, who is listed.

Nothing is ordered by the size of a firm. Does not decide what comes first: CN does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from special_channel.web.shared.paging import Paging

REASONS = ("line_stop", "stock_low", "long_pending", "health_safety")
"""Why the EU asks, as codes that cross."""

ANSWERS = ("granted", "not_now", "cannot")
REMARKS = ("in_turn", "supplement_first", "being_examined", "already_decided", "law")
"""What CN may say beside an answer."""


@dataclass(frozen=True, slots=True)
class RequestRef:
    """One request in the list of all."""

    position: str
    url: str
    asked_at: datetime
    reason: str
    applications: int
    open: int
    granted: int


@dataclass(frozen=True, slots=True)
class PrioritiesPage:
    """All requests, the newest first."""

    template: ClassVar[str] = "priorities.html"
    page: ClassVar[str] = "priority"

    rows: tuple[RequestRef, ...]
    paging: Paging
    up_to: tuple[str, str]
    may_ask: bool = False


@dataclass(frozen=True, slots=True)
class WantedView:
    """One application of a request; `given`, `said`: what the reader chose on the form."""

    number: str
    url: str
    state: str
    answer: str = ""
    remark: str = ""
    answered_in: str = ""
    given: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class PriorityPage:
    """One request.

    Attributes:
        body: The answers that would be signed, as JSON; empty until some are chosen.
        chosen: How many they are.
    """

    template: ClassVar[str] = "priority.html"
    page: ClassVar[str] = "priority"

    request: RequestRef
    entry_id: str
    wanted: tuple[WantedView, ...]
    answers: bool = False
    body: str = ""
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class AskPage:
    """A request that is about to be signed: the applications, and a body for each reason."""

    template: ClassVar[str] = "priority_ask.html"
    page: ClassVar[str] = "priority"

    numbers: tuple[str, ...]
    unknown: tuple[str, ...]
    bodies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GroupLine:
    """How the applications of one group stand. Counts of applications, never of firms.

    Their shares: `total` of the population; `counts` and `asked` of `total`; `granted` of `asked`.
    """

    value: str
    total: int
    counts: tuple[tuple[str, int], ...]
    asked: int
    granted: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """One column of the own side's, and its groups by name."""

    column: str
    lines: tuple[GroupLine, ...]
    total: int

    @property
    def whole(self) -> GroupLine:
        """All groups together, against which each may be held."""
        counts: dict[str, int] = {}
        for line in self.lines:
            for name, count in line.counts:
                counts[name] = counts.get(name, 0) + count
        asked, granted = sum(x.asked for x in self.lines), sum(x.granted for x in self.lines)
        return GroupLine("", self.total, tuple(counts.items()), asked, granted)


@dataclass(frozen=True, slots=True)
class FairnessPage:
    """Who is listed, and how it stands, by columns that never leave the EU node.

    `population`: applications that have such columns.
    """

    template: ClassVar[str] = "fairness.html"
    page: ClassVar[str] = "fairness"

    groupings: tuple[Grouping, ...]
    population: int
    up_to: tuple[str, str]
