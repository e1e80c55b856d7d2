"""Look up authors of entries: desk, role and number of a key, and the names of our officials.

Never shows a name of our directory next to a key of the other side: names are looked up for our
side's keys only (P8).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from special_channel.core.bytes.ids import PARTIES, KeyId, PersonId, Position, party_of
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.ports import Stored
from special_channel.stores.people import Official, functions_in
from special_channel.web.shared.viewpoint import Author, desk_of, official_title
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words
from special_channel.web.shell.changes import current
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import REGISTRAR, PageContext


@dataclass(frozen=True, slots=True)
class People:
    """Authors by key. Names of our side's officials only.

    Attributes:
        authors: Authors in their function in force now.
        functions: Authors by key and grant, of persons with several functions so far.
    """

    authors: Mapping[KeyId, Author]
    functions: Mapping[tuple[KeyId, int], Author] = field(default_factory=dict)

    def author(self, key: KeyId, grant: int | None = None) -> Author:
        """Return the author with a key; without a directory entry, the key's beginning.

        `grant`: number of the function in which the author signed; None for the one in force now.
        """
        known = self.functions.get((key, grant)) if grant is not None else None
        known = known or self.authors.get(key)
        if known is None:
            return Author(party_of(key), "–", "", Pair(Words(key[3:11], NO_LANGUAGE)), None, key)
        return known

    def writer(self, stored: Stored) -> Author:
        """Return the author of an entry in the function that the entry states (K6)."""
        entry = entry_of(stored)
        return self.author(stored.by, None if entry is None else entry.grant or 1)


async def people(context: PageContext, keys: Iterable[KeyId]) -> People:
    """Look up authors with one query; more if one of them is a stand-in."""
    wanted = sorted({key for key in keys if key})
    own = [key for key in wanted if party_of(key) == context.party]
    rows = context.directory.keys_of(wanted)
    names = await context.own.desk.officials.of_keys(own) if own else {}
    absent = await absent_names(context, rows.values())
    return People(
        {key: author_of(context, row, names.get(key)) for key, row in rows.items()},
        {
            (key, grant.number): replace(
                author_of(context, row, names.get(key), grant), absent=absent.get(grant.absent, "")
            )
            for key, row in rows.items()
            if len(row.grants) > 1
            for grant in row.grants
        },
    )


async def names_with(
    context: PageContext, roles: Collection[str], apart: Collection[PersonId]
) -> tuple[str, ...]:
    """Return names of our officials with one of some functions now; without those in `apart`."""
    found = await officials_with(context, roles)
    return tuple(each.name for each in found if each.person not in apart)


async def officials_with(context: PageContext, roles: Collection[str]) -> tuple[Official, ...]:
    """Return our officials with one of some functions now."""
    held = functions_in(context.directory.persons_of(context.party).values())
    return tuple(
        each
        for each in await context.officials.all()
        if any(grant.role in roles for grant in held.get(each.person, ()))
    )


@dataclass(frozen=True, slots=True)
class Helper:
    """A registrar of our side. `mail`: the address in our directory, or empty."""

    name: str
    mail: str = ""


async def registrars_of(context: PageContext) -> tuple[Helper, ...]:
    """Return our side's registrars, whom a reader may ask."""
    return tuple(
        Helper(each.name, each.email) for each in await officials_with(context, {REGISTRAR})
    )


async def absent_names(context: PageContext, rows: Iterable[KeyRow]) -> Mapping[PersonId, str]:
    """Return for whom stand-ins act: the name on our side, else desk and number.

    Asks the record nothing if none of the keys is a stand-in's.
    """
    absent = {(row.party, grant.absent) for row in rows for grant in row.grants if grant.absent}
    if not absent:
        return {}
    officials = await context.officials.all()
    names = {one.person: one.name for one in officials if (context.party, one.person) in absent}
    found: dict[PersonId, str] = {}
    for party in PARTIES:
        persons = sorted(person for side, person in absent if side == party)
        held = await context.own.stores.views.persons(party, persons) if persons else {}
        for person, row in held.items():
            desk = current(row).desk
            found[person] = names.get(person) or official_title(context, party, desk, row.number)
    return found


def function_words(context: PageContext, grant: Grant, absent: str) -> str:
    """Write a function: role, desk, and for whom a stand-in acts."""
    desk = desk_of(context, context.party, grant.desk).first(context.lang).text
    words = {"role": context.t.label("role", grant.role), "desk": desk}
    if not grant.absent:
        return context.t.gettext("act-words.function", **words)
    return context.t.gettext("function.stand-in", **words, absent=absent or "–")


def author_of(
    context: PageContext,
    row: KeyRow,
    official: Official | None = None,
    grant: Grant | None = None,
) -> Author:
    """Return the author of a key's row, in a function or in the one in force now."""
    role, desk = (grant.role, grant.desk) if grant else (row.role, row.desk)
    return Author(
        party=row.party,
        number=str(Position(row.party, row.enrolled)),
        role=role,
        desk=desk_of(context, row.party, desk),
        name=official.name if official is not None and row.party == context.party else None,
        key=row.key,
        person=row.person,
        place=row.number if row.person else 0,
    )
