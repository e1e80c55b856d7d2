"""Read a side's persons, keys, machines and roots, and the changes of its directory.

Does not start acts on people: the pages of acts do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import KeyId, Party, PersonId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rules.doubt import doubtful_from
from special_channel.web.persons.changes import ChangeWriter, current
from special_channel.web.persons.views import (
    PERSON_STATES,
    SMALLEST,
    Changes,
    FunctionItem,
    KeyLine,
    MachineItem,
    PeopleView,
    PersonItem,
    PersonState,
    RootsItem,
    TooFew,
)
from special_channel.web.shared.query import PageQuery, Query, Text, WindowQuery, codes
from special_channel.web.shared.times import TimeList, time_list
from special_channel.web.shared.viewpoint import desk_of, official_title
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import PageContext

MOST_TIMES: Final = 50
"""Entries whose times show something, in one answer."""

MACHINES = ("node", "checkpoint", "cosigning", "link", "service")


class PeopleFilters(Query):
    """Filters of persons; empty values match all. `text`: part of name, desk or number."""

    text: Text = ""
    role: Literal["", "desk", "head", "director", "oversight", "registrar"] = ""
    state: Annotated[str, codes(PERSON_STATES)] = ""


class PeoplePageQuery(PeopleFilters, PageQuery):
    """A page of filtered persons."""


class PeopleQuery(PeopleFilters, WindowQuery):
    """Filtered persons of a side over the API; without a side, of ours."""

    party: Literal["", "eu", "cn"] = ""


class ChangesQuery(WindowQuery):
    """Changes of a side's directory over the API; without a side, of ours."""

    party: Literal["", "eu", "cn"] = ""


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


async def people(
    context: PageContext, party: Party, filters: PeopleFilters, offset: int, limit: int
) -> PeopleView:
    """Read persons of a side that match."""
    return people_of(await read_side(context, party), filters, offset, limit)


def people_of(side: SideReader, filters: PeopleFilters, offset: int, limit: int) -> PeopleView:
    """Return persons that match, in order of their numbers; past ones come last."""
    everybody = [side.person(row) for row in side.persons.values()]
    everybody.sort(key=lambda item: (item.state in {"left", "no-function"}, item.number))
    items = [item for item in everybody if _fits(item, filters)]
    here = [item for item in everybody if item.state != "left"]
    return PeopleView(
        **side.context.sizes,
        party=side.party,
        total=len(items),
        items=tuple(items[offset : offset + limit]),
        persons=len(here),
        keys=sum(item.kept for item in here),
        registrars=sum(item.holds("registrar") for item in here),
        machines=side.machines(),
        roots=side.roots(),
        few=too_few(here) if side.party == side.context.party else (),
    )


async def person(context: PageContext, party: Party, number: str) -> tuple[SideReader, PersonItem]:
    """Read a person by number.

    Raises:
        NotFound: `person-unknown`.
    """
    side = await read_side(context, party)
    found = next((row for row in side.persons.values() if str(row.number) == number), None)
    if found is None:
        raise NotFound("person-unknown", "No such person holds a function.")
    return side, side.person(found)


async def changes(side: SideReader, offset: int, limit: int, about: str = "") -> Changes:
    """Read changes of a side's directory, newest first.

    Args:
        side: The side.
        offset: Changes to skip.
        limit: Changes to return at most.
        about: Pseudonym of a person; empty for all.
    """
    entries = await side.context.own.stores.views.directory_entries(side.party)
    keys = set(side.persons[about].keys) if about else set()
    found = [each for each in reversed(entries) if not about or _names(each.envelope, about, keys)]
    writer, times = side.changes, TimeList()
    if not about and side.party == side.context.peer:
        rows = await side.context.own.stores.views.time_notices(side.party, MOST_TIMES)
        times = time_list(side.party, *rows)
    items = tuple(writer.item(each) for each in found[offset : offset + limit])
    return Changes(total=len(found), items=items, times=times)


def too_few(persons: Sequence[PersonItem]) -> tuple[TooFew, ...]:
    """Return what is below the smallest side (K15)."""
    registrars = [each for each in persons if each.holds("registrar")]
    leaders = [each for each in persons if each.holds("head", "director")]
    single = {each.number for each in (*registrars, *leaders) if each.usable < SMALLEST}
    found = [
        TooFew(what="registrars", count=len(registrars)) if len(registrars) < SMALLEST else None,
        TooFew(what="leaders", count=len(leaders)) if len(leaders) < SMALLEST else None,
        TooFew(what="keys", count=len(single)) if single else None,
    ]
    return tuple(each for each in found if each is not None)


def _names(envelope: bytes, person: PersonId, keys: set[KeyId]) -> bool:
    """Tell whether an entry of the directory is about a person or a key of the person."""
    entry = entry_in(envelope) if envelope else None
    body = getattr(entry, "body", None)
    if getattr(body, "person", None) == person or getattr(body, "key", None) in keys:
        return True
    return any(each.person == person for each in getattr(body, "persons", ()))


def _fits(item: PersonItem, filters: PeopleFilters) -> bool:
    text = filters.text.casefold()
    words = (item.name or "", item.title, *(each.unit for each in item.in_force))
    if text and not any(text in word.casefold() for word in words):
        return False
    if filters.state and item.state != filters.state:
        return False
    return not filters.role or any(
        each.role == filters.role and each.ended is None for each in item.functions
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
