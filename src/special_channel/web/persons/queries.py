"""Read a side's persons, keys, machines and roots, and the changes of its directory.

Does not start acts on people: the pages of acts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import KeyId, Party, PersonId
from special_channel.web.persons.views import SMALLEST, Changes, PeopleView, TooFew
from special_channel.web.shared.query import Filters, PageQuery, Text, Whole, WindowQuery, codes
from special_channel.web.shared.times import TimeList, time_list
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.directory import SideReader, read_side
from special_channel.web.shell.directory_views import PERSON_STATES, PersonItem

MOST_TIMES: Final = 50
"""Entries whose times show something, in one answer."""


class PeopleFilters(Filters):
    """Filters of persons; empty values match all. `text`: part of name, desk or number.

    By default in order of their numbers, with past ones last.
    """

    text: Text = ""
    role: Literal["", "desk", "head", "director", "oversight", "registrar"] = ""
    state: Annotated[str, codes(PERSON_STATES)] = ""
    sort: Literal["number", "name"] = "number"


class PeoplePageQuery(PeopleFilters, PageQuery):
    """A page of filtered persons."""


class PartyQuery(PageQuery):
    """A page of a side's persons and changes; `change`: the one with the entry of this index."""

    change: Whole | None = None


class PeopleQuery(PeopleFilters, WindowQuery):
    """Filtered persons of a side over the API; without a side, of ours."""

    party: Literal["", "eu", "cn"] = ""


class ChangesQuery(WindowQuery):
    """Changes of a side's directory over the API; without a side, of ours."""

    party: Literal["", "eu", "cn"] = ""


async def people(
    context: PageContext, party: Party, filters: PeopleFilters, offset: int, limit: int
) -> PeopleView:
    """Read persons of a side that match."""
    return people_of(await read_side(context, party), filters, offset, limit)


def people_of(side: SideReader, filters: PeopleFilters, offset: int, limit: int) -> PeopleView:
    """Return persons that match; past ones come last."""
    everybody = [side.person(row) for row in side.persons.values()]
    if filters.sort == "name":
        everybody.sort(key=lambda item: (item.name or item.title).casefold())
    else:
        everybody.sort(key=lambda item: item.number)
    everybody.sort(key=lambda item: item.state in {"left", "no-function"})
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


async def newer_changes(side: SideReader, index: int) -> int:
    """Count the changes of a side's directory after the entry with an index."""
    entries = await side.context.own.stores.views.directory_entries(side.party)
    return sum(each.index > index for each in entries)


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
