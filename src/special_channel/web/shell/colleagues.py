"""Officials of our side by name: to whom threads are assigned, and who has a thread now.

Names and assignments are our side's alone and are never sent. Does not sign an assignment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.messages.dates import day
from special_channel.stores.absences import Absence
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import desk_of, official_title
from special_channel.web.shell.changes import current
from special_channel.web.shell.context import OFFICIALS, PageContext


class Colleague(View):
    """A person of our side.

    Attributes:
        person: Pseudonym.
        number: Place among the persons of our log.
        name: Name in our directory; without one, desk and number.
        title: Desk and number, as the other side sees the person.
        shown: The name, and until when the person is away, in the reader's language.
        acts: Whether the person can sign as an official now, and so be assigned a thread.
        until: Last day of the person's absence; None while the person is there.
        stand_in: Name of whom colleagues ask meanwhile; empty for nobody.
        signs: Whether that person stands in for this one in the record, and so signs (K27).
    """

    person: PersonId
    number: int
    name: str
    title: str
    shown: str
    acts: bool
    until: date | None = None
    stand_in: str = ""
    signs: bool = False


async def colleagues(context: PageContext) -> Mapping[PersonId, Colleague]:
    """Read all persons of our side, in order of their numbers."""
    party = context.party
    away = await context.own.desk.absences.on(context.today(party))
    names = {one.person: one.name for one in await context.officials.all()}
    keys, rows = context.directory.keys, context.directory.persons_of(party)
    titles = {
        person: official_title(context, party, current(row).desk, row.number)
        for person, row in rows.items()
    }
    names = titles | {person: name for person, name in names.items() if person in titles}
    acting = {
        person: row
        for person, row in rows.items()
        if acts_as_official(keys[key] for key in row.keys if key in keys)
    }
    found = {}
    for person, row in rows.items():
        absence = away.get(person)
        facts = _absence(context, absence, names, acting) if absence else {}
        found[person] = Colleague(
            person=person,
            number=row.number,
            name=names[person],
            title=titles[person],
            shown=_shown(context, names[person], facts),
            acts=person in acting,
            **facts,
        )
    return found


def own_desks(context: PageContext) -> list[tuple[str, str]]:
    """Return the desks of our side as code and title, in the reader's language and their order."""
    desks = context.document.desks if context.document else ()
    own = [each.desk for each in desks if each.party == context.party]
    return [(desk, desk_of(context, context.party, desk).first(context.lang).text) for desk in own]


def _absence(
    context: PageContext,
    absence: Absence,
    names: Mapping[PersonId, str],
    acting: Mapping[PersonId, PersonRow],
) -> dict[str, Any]:
    """Return the fields of `Colleague` about an absence; `acting`: persons who can sign now."""
    other = acting.get(absence.stand_in)
    return {
        "until": absence.until,
        "stand_in": names.get(absence.stand_in, ""),
        "signs": other is not None and signs_for(other, absence.person, timestamp(context.now)),
    }


def signs_for(row: PersonRow, absent: PersonId, now: str) -> bool:
    """Tell whether a person has a function in force as stand-in for another one (K27, K28)."""
    held = (grant for grant in row.grants if grant.absent == absent and grant.end is None)
    return any(not grant.until or now < grant.until for grant in held)


def _shown(context: PageContext, name: str, absence: Mapping[str, Any]) -> str:
    """Write a name, and until when the person is away."""
    if not absence:
        return name
    words = [name, context.t.gettext("away.until", day=day(absence["until"], context.lang))]
    if absence["stand_in"]:
        key = "away.signs" if absence["signs"] else "away.ask"
        words.append(context.t.gettext(key, name=absence["stand_in"]))
    return (", " if context.lang == "en" else "，").join(words)


async def holders(
    context: PageContext, threads: Sequence[ThreadId]
) -> Mapping[ThreadId, Colleague]:
    """Look up to whom threads are assigned; threads of nobody are omitted.

    Asks for names only if one of the threads is assigned.
    """
    assigned = await context.own.stores.views.holders(threads) if threads else {}
    staff = await colleagues(context) if assigned else {}
    return {thread: staff[person] for thread, person in assigned.items() if person in staff}


def acts_as_official(keys: Iterable[KeyRow]) -> bool:
    """Tell whether one of a person's keys signs as an official now."""
    return any(row.now == "active" and not row.roles_now.isdisjoint(OFFICIALS) for row in keys)


def assignable(staff: Iterable[Colleague]) -> tuple[Colleague, ...]:
    """Return those who can be assigned a thread."""
    return tuple(one for one in staff if one.acts)
