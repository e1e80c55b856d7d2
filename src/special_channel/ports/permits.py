"""Port of licences, of requests for priority, and of what the own side keeps of applications.

Does not count: quantities are `core.rows.licences`'s, and figures of the private columns the
reader's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.priorities import PriorityRow


@dataclass(frozen=True, slots=True)
class LicencesSought:
    """Which licences; empty strings mean all.

    Attributes:
        text: Part of the number.
        code: A control code.
        standing: `to_come`, `in_force`, `ended` or `expired`, on the date `on`.
        on: A date in China.
        application: Issued on this application.
    """

    on: str
    text: str = ""
    code: str = ""
    standing: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An application with the columns that the own side keeps of it, from its newest list."""

    application: ApplicationRow
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many applications of a group are in which state.

    Attributes:
        value: The group: a member state, a sector, or `true`/`false` of small firms; "" where
            the list had no word.
        states: By the state as CN holds it, else the EU; "" where nobody states one.
        asked: For how many priority was asked.
        granted: For how many CN's last answer granted it.
    """

    value: str
    states: Mapping[str, int] = field(default_factory=dict)
    asked: int = 0
    granted: int = 0

    @property
    def total(self) -> int:
        """How many applications are in the group."""
        return sum(self.states.values())


class Permits(Protocol):
    """Licences and requests for priority of both logs; kept columns of the private log."""

    async def licences(
        self, sought: LicencesSought, offset: int, limit: int
    ) -> tuple[Sequence[LicenceRow], int]:
        """Return those of a page and how many fit: the first to expire first, then those past."""
        ...

    async def licence(self, number: str) -> LicenceRow | None:
        """Return one licence."""
        ...

    async def draws(self, licences: Sequence[str]) -> Mapping[str, Sequence[DrawRow]]:
        """Return the draw-downs of these licences, in the order of CN's log."""
        ...

    async def draws_for(self, application: str) -> Sequence[DrawRow]:
        """Return the draw-downs that name an application."""
        ...

    async def kept(self, application: str) -> Mapping[str, str]:
        """Return what the own side keeps of an application, from its newest list."""
        ...

    async def coverable(
        self, codes: Sequence[str], states: Sequence[str], customers: Sequence[str], limit: int
    ) -> tuple[Sequence[Kept], int]:
        """Return applications in one of these states whose kept control code is among `codes`.

        `customers`: with any, only of companies so named, case aside. Also how many there are.
        """
        ...

    async def priorities(self, offset: int, limit: int) -> tuple[Sequence[PriorityRow], int]:
        """Return requests for priority, the newest first, and how many there are."""
        ...

    async def priority(self, index: int) -> PriorityRow | None:
        """Return one request by its index in the EU's log."""
        ...

    async def groups(self, columns: Sequence[str]) -> Mapping[str, Sequence[Counted]]:
        """Count applications that were ever listed with kept columns, by each of these.

        By the column of each application's newest list; by name, never by size.
        """
        ...
