"""Read all rows of a side's directory, and say what pages show of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from special_channel.core.bytes.ids import KeyId, Party, PersonId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rules.doubt import doubtful_from
from special_channel.web.shared.viewpoint import desk_of, official_title
from special_channel.web.shell.changes import ChangeWriter, current
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.directory_views import (
    FunctionItem,
    KeyLine,
    MachineItem,
    PersonItem,
    PersonState,
    RootsItem,
)

MACHINES = ("node", "checkpoint", "cosigning", "link", "service")


@dataclass(frozen=True, slots=True)
class SideReader:
    """All rows of a side's directory, and what pages say of them.

    Attributes:
        answered: Number of the side's entries that the other side is known to hold (K3).
        times: When the entries that the rows name were accepted, by index.
        names: Names of our officials by pseudonym; empty for the other side.
    """

    context: PageContext
    party: Party
    persons: Mapping[PersonId, PersonRow]
    keys: Mapping[KeyId, KeyRow]
    answered: int
    times: Mapping[int, str]
    names: Mapping[PersonId, str]

    @property
    def changes(self) -> ChangeWriter:
        """Return the writer of the side's changes."""
        return ChangeWriter(self.context, self.party, self.persons, self.keys)

    def person(self, row: PersonRow) -> PersonItem:
        """Return a person with functions and keys."""
        keys = tuple(self.line(self.keys[key]) for key in row.keys if key in self.keys)
        functions = tuple(self._function(grant) for grant in row.grants)
        doubts = [key.doubt for key in keys if key.doubt and key.state == "suspended"]
        return PersonItem(
            party=self.party,
            number=row.number,
            person=row.person,
            title=self.title(row),
            name=self.names.get(row.person),
            functions=functions,
            keys=keys,
            state=_state(row, keys),
            doubt=min(doubts, key=lambda each: Position.parse(each).index, default=None),
        )

    def title(self, row: PersonRow) -> str:
        """Return a person's desk and number."""
        return official_title(self.context, self.party, current(row).desk, row.number)

    def named(self, row: PersonRow) -> str:
        """Return a person's name, where it is known, with desk and number."""
        name, title = self.names.get(row.person), self.title(row)
        if name is None:
            return title
        return f"{name}（{title}）" if self.context.lang == "zh-CN" else f"{name} ({title})"

    def line(self, row: KeyRow) -> KeyLine:
        """Return a key in a line."""
        return KeyLine(**self._line(row))

    def machines(self) -> tuple[MachineItem, ...]:
        """Return the machines' keys by role, in the order of enrolment."""
        rows = [row for row in self.keys.values() if row.machine in MACHINES]
        rows.sort(key=lambda row: (MACHINES.index(row.machine), row.enrolled))
        return tuple(
            MachineItem(**self._line(row), role=row.machine, name=row.name) for row in rows
        )

    def roots(self) -> RootsItem | None:
        """Return the root set in force."""
        side = self.context.parties.get(self.party)
        if side is None or not side.roots:
            return None
        now = side.roots[-1]
        return RootsItem(
            number=now.number,
            position=self.position(now.index),
            at=self.at(now.index),
            parts=len(now.keys),
            threshold=now.threshold,
            next_parts=len(now.next),
            next_threshold=now.next_threshold,
        )

    def position(self, index: int) -> str:
        """Return an entry's position."""
        return str(Position(self.party, index))

    def at(self, index: int) -> datetime | None:
        """Return when an entry was accepted; None if it is damaged."""
        accepted = self.times.get(index)
        return instant(accepted) if accepted else None

    def _function(self, grant: Grant) -> FunctionItem:
        absent = self.persons.get(grant.absent)
        return FunctionItem(
            number=grant.number,
            role=grant.role,
            desk=grant.desk,
            title=desk_of(self.context, self.party, grant.desk).first(self.context.lang).text,
            unit=grant.unit,
            since=self.position(grant.start),
            at=self.at(grant.start),
            ended=None if grant.end is None else self.position(grant.end),
            until=instant(grant.until) if grant.until else None,
            absent=self.title(absent) if absent else None,
            known=grant.rooted or grant.start < self.answered,
        )

    def _line(self, row: KeyRow) -> dict[str, Any]:
        changed, doubt = last_change(row), doubtful_from(row)
        return {
            "key": row.key,
            "suite": row.suite,
            "number": self.position(row.enrolled),
            "at": self.at(row.enrolled),
            "state": "active" if row.now == "unknown" else row.now,
            "changed": None if changed == row.enrolled else self.position(changed),
            "changed_at": None if changed == row.enrolled else self.at(changed),
            "doubt": None if doubt is None else self.position(doubt),
            "known": row.rooted or row.enrolled < self.answered,
        }


def last_change(row: KeyRow) -> int:
    """Return the index of the last entry about a key or about all keys of its person."""
    stops = [index for stop in row.stops for index in (stop.index, stop.restored)]
    return max(index for index in (row.enrolled, row.ended, *stops) if index is not None)


async def read_side(context: PageContext, party: Party, *, named: bool = True) -> SideReader:
    """Read a side's directory; `named`: with names of our officials."""
    views = context.own.stores.views
    persons, keys = await views.side_persons(party), await views.side_keys(party)
    side = context.parties.get(party)
    entries = [index for row in keys for index in (row.enrolled, last_change(row))]
    entries += [grant.start for row in persons for grant in row.grants]
    entries += [roots.index for roots in side.roots] if side else []
    ours = named and party == context.party
    officials = await context.own.desk.officials.all() if ours else ()
    return SideReader(
        context=context,
        party=party,
        persons={row.person: row for row in persons},
        keys={row.key: row for row in keys},
        answered=await views.answered(party),
        times=await views.accepted_at(party, entries),
        names={official.person: official.name for official in officials},
    )


def _state(row: PersonRow, keys: Sequence[KeyLine]) -> PersonState:
    stopped = [key for key in keys if key.state == "suspended"]
    if row.left is not None:
        return "left"
    if all(grant.end is not None for grant in row.grants):
        return "no-function"
    if stopped:
        return "key-suspended" if any(key.usable for key in keys) else "suspended"
    return "in-order" if any(key.usable for key in keys) else "no-key"
