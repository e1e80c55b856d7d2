"""Applications: what each side asserts, shown beside each other and never merged.

Does not decide which side is right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from special_channel.core.ids import EntryId, Party
from special_channel.core.past import Placed


@dataclass(frozen=True, slots=True)
class Asserted:
    """What one side held at one index of its log."""

    index: int
    id: EntryId
    state: str
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One appearance on a list."""

    index: int
    batch: EntryId
    row: int


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application by MOFCOM's number. Histories are in the order of each side's index."""

    number: str
    eu: tuple[Asserted, ...] = ()
    cn: tuple[Asserted, ...] = ()
    listed: tuple[Listed, ...] = ()

    def latest(self, party: Party) -> Asserted | None:
        """Return what this side holds now."""
        history = self.eu if party == "eu" else self.cn
        return history[-1] if history else None

    def differs(self) -> bool:
        """Tell whether both sides assert a state, and not the same one."""
        eu, cn = self.latest("eu"), self.latest("cn")
        return eu is not None and cn is not None and eu.state != cn.state


def asserted(
    row: ApplicationRow | None, number: str, placed: Placed, statement: tuple[str, str, str]
) -> ApplicationRow:
    """Add a side's assertion; `statement` is (state, as of, source)."""
    row = row or ApplicationRow(number)
    state, as_of, source = statement
    fact = Asserted(placed.position.index, placed.id, state, as_of, source)
    if placed.position.party == "eu":
        return replace(row, eu=(*row.eu, fact))
    return replace(row, cn=(*row.cn, fact))


def listed(
    row: ApplicationRow | None, number: str, placed: Placed, list_row: int
) -> ApplicationRow:
    """Add an appearance on a list."""
    row = row or ApplicationRow(number)
    return replace(row, listed=(*row.listed, Listed(placed.position.index, placed.id, list_row)))
