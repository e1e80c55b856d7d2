"""Port of licences, requests for priority, and our side's private columns of applications.

Does not add up quantities: `core.rows.licences` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.priorities import PriorityRow


@dataclass(frozen=True, slots=True)
class LicenceFilter:
    """Filter of licences; an empty string matches all.

    Attributes:
        on: A date in China.
        text: Part of the licence's number.
        code: A control code.
        standing: `to_come`, `in_force`, `ended` or `expired`, on the date `on`.
        application: Number of the application for which the licence was issued.
    """

    on: str
    text: str = ""
    code: str = ""
    standing: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True)
class ApplicationColumns:
    """An application with our side's private columns, from the application's newest list."""

    application: ApplicationRow
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Numbers of a group's applications by state.

    Attributes:
        value: The group: a member state, a sector, or `true`/`false` for small firms; "" if the
            list had no value.
        states: Numbers by state: stated by CN, otherwise by the EU; "" if stated by neither.
        asked: Number of applications with a request for priority.
        granted: Number of applications with priority granted in CN's last answer.
    """

    value: str
    states: Mapping[str, int] = field(default_factory=dict)
    asked: int = 0
    granted: int = 0

    @property
    def total(self) -> int:
        """Number of applications in the group."""
        return sum(self.states.values())


class Permits(Protocol):
    """Licences and requests for priority in both logs, and private columns in the private log."""

    async def licences(
        self, sought: LicenceFilter, offset: int, limit: int
    ) -> tuple[Sequence[LicenceRow], int]:
        """Return a page of licences and the total: next to expire first, then past ones."""
        ...

    async def licence(self, number: str) -> LicenceRow | None:
        """Look up a licence by number."""
        ...

    async def draws(self, licences: Sequence[str]) -> Mapping[str, Sequence[DrawRow]]:
        """Return draw-downs by licence number, in the order of CN's log."""
        ...

    async def draws_for(self, application: str) -> Sequence[DrawRow]:
        """Return draw-downs of all licences for an application."""
        ...

    async def kept(self, application: str) -> Mapping[str, str]:
        """Return our side's private columns of an application, from its newest list."""
        ...

    async def coverable(
        self, codes: Sequence[str], states: Sequence[str], customers: Sequence[str], limit: int
    ) -> tuple[Sequence[ApplicationColumns], int]:
        """Return applications in one of `states` with a private control code among `codes`.

        `customers`: unless empty, company names to match; case is ignored. Also returns the total.
        """
        ...

    async def priorities(self, offset: int, limit: int) -> tuple[Sequence[PriorityRow], int]:
        """Return a page of requests for priority, newest first, and the total."""
        ...

    async def priority(self, index: int) -> PriorityRow | None:
        """Look up a request by its index in the EU's log."""
        ...

    async def groups(self, columns: Sequence[str]) -> Mapping[str, Sequence[GroupCounts]]:
        """Count applications ever listed with private columns, grouped by each column.

        Uses the value in each application's newest list. Groups are ordered by name, never by size.
        """
        ...
