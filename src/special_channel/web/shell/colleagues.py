"""Officials of our side by name: to whom threads are assigned, and who has a thread now.

Names and assignments are our side's alone and are never sent. Does not sign an assignment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.core.rows.directory import KeyRow
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import official_title
from special_channel.web.shell.changes import current
from special_channel.web.shell.context import OFFICIALS, PageContext


class Colleague(View):
    """A person of our side.

    Attributes:
        person: Pseudonym.
        number: Place among the persons of our log.
        name: Name in our directory; without one, desk and number.
        title: Desk and number, as the other side sees the person.
        acts: Whether the person can sign as an official now, and so be assigned a thread.
    """

    person: PersonId
    number: int
    name: str
    title: str
    acts: bool


async def colleagues(context: PageContext) -> Mapping[PersonId, Colleague]:
    """Read all persons of our side, in order of their numbers."""
    views, party = context.own.stores.views, context.party
    names = {one.person: one.name for one in await context.own.desk.officials.all()}
    keys = {row.key: row for row in await views.side_keys(party)}
    found = {}
    for row in await views.side_persons(party):
        title = official_title(context, party, current(row).desk, row.number)
        found[row.person] = Colleague(
            person=row.person,
            number=row.number,
            name=names.get(row.person, title),
            title=title,
            acts=acts_as_official(keys[key] for key in row.keys if key in keys),
        )
    return found


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
