"""What a reader is told before signing an act: why not yet, and how much an act puts in doubt.

Does not decide whether a signature counts: judge and node do (K3, K8, K20).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.bytes.ids import Position, Role
from special_channel.core.bytes.times import instant
from special_channel.core.entries import Entry, KeySuspended, RoleEnded
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rules.persons import LEADERS
from special_channel.desk.act_second import Acting, Because, functions, second
from special_channel.web.shared.capitals import moment
from special_channel.web.shared.viewpoint import side_name
from special_channel.web.shell.context import EVERYTHING, PageContext

AS: Final[Mapping[Because, Collection[Role]]] = {
    "registrar": {"registrar"},
    "leader": {"head", "director"},
    "desk": {"desk"},
}
"""Roles by why a person may sign second; the holder may in any."""

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


async def hindrance(context: PageContext, act: Acting) -> str:
    """Return why the reader, whose signature would count, can't sign yet; empty if they can."""
    row = context.reader.row
    because = second(replace(act, answered=EVERYTHING), row)
    if because is None:
        return ""
    if second(act, row) is None:
        return _unseasoned(context, act, because)
    until = await _cooled(context, row)
    return _cooling(context, until) if until is not None and until > context.now else ""


def useless(context: PageContext, act: Acting) -> str:
    """Say that the reader's signature would begin an act in vain; empty if it counts.

    Empty as well for the stop of a key and the end of an own function, which one person signs.
    """
    row, entry = context.reader.row, act.entry
    own_end = isinstance(entry, RoleEnded) and entry.body.person == row.person
    if isinstance(entry, KeySuspended) or own_end:
        return ""
    counts = second(replace(act, answered=EVERYTHING), row) is not None
    return "" if counts else context.t.sentence("act-second").text


def _unseasoned(context: PageContext, act: Acting, because: Because) -> str:
    """Say from which entry on the other side knows the reader's key and function (K3)."""
    row = context.reader.row
    held = functions(replace(act, answered=EVERYTHING), row)
    counting = [grant for grant in held if grant.role in AS.get(because, {grant.role})]
    # The function that is known first suffices.
    index = min(_known_from(row, grant) for grant in counting)
    peer = side_name(context, context.peer).short.first(context.lang).text
    position = str(Position(row.party, index))
    return context.t.gettext("act-hint.unseasoned", peer=peer, position=position)


def _known_from(row: KeyRow, grant: Grant) -> int:
    key = -1 if row.rooted else row.enrolled
    return max(key, -1 if grant.rooted else grant.start)


async def _cooled(context: PageContext, row: KeyRow) -> datetime | None:
    """Return when our node takes acts of a new leader, as `desk/act_door.py` reckons (K8)."""
    if context.document is None:
        return None
    grants = [grant for grant in row.grants if grant.end is None and grant.role in LEADERS]
    if not grants or any(grant.rooted or grant.start == 0 for grant in grants):
        return None
    times = [await accepted(context, grant.start) for grant in grants]
    since = min(instant(at) for at in times if at)
    return since + timedelta(seconds=context.document.limits.cooling_seconds)


def _cooling(context: PageContext, until: datetime) -> str:
    left = until - context.now
    # Rounded up: what is left never reads as less than it is.
    if left > 2 * _HOUR:
        words = context.t.ngettext("%(num)s hour", "%(num)s hours", -(-left // _HOUR))
    else:
        words = context.t.ngettext("%(num)s minute", "%(num)s minutes", -(-left // _MINUTE))
    at = moment(until, context.party, context.lang, context.now)
    return context.t.gettext("act-hint.cooling", at=at, left=words)


async def disputed(
    context: PageContext, entry: Entry, key: KeyRow | None, person: PersonRow | None
) -> str:
    """Say how many entries an act that states `since` makes disputed; empty without `since`.

    Counts entries of our shared log that are not in doubt now.
    """
    since = getattr(entry.body, "since", None)
    if since is None:
        return ""
    keys = await _put_in_doubt(context, entry, key, person)
    first = min((max(since, one.enrolled + 1) for one in keys), default=since)
    signed = await context.own.stores.doubts.signed(context.party, first, [one.key for one in keys])
    begins = {one.key: max(since, one.enrolled + 1) for one in keys}
    count = sum(
        each.position not in context.doubts.entries
        and any(begins.get(by, EVERYTHING) <= each.position.index for by in each.signers)
        for each in signed
    )
    return context.t.ngettext(
        "%(num)s entry becomes disputed. It stays valid.",
        "%(num)s entries become disputed. They stay valid.",
        count,
    )


async def _put_in_doubt(
    context: PageContext, entry: Entry, key: KeyRow | None, person: PersonRow | None
) -> list[KeyRow]:
    if getattr(entry.body, "key", None):
        return [key] if key else []
    rows = await context.own.stores.views.keys()
    return [rows[one] for one in (person.keys if person else ())]


async def accepted(context: PageContext, index: int) -> str:
    """Return when an entry of our log was accepted; empty for the next one."""
    rows = await context.own.stores.record.entries(context.party, index, 1)
    return rows[0].accepted if rows else ""
