"""Read the reader's own keys, functions, sessions and stop card."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import EntryId, KeyId, PersonId, Position
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import Entry, RoleGranted, parse
from special_channel.core.entries.directory import Granting
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rules.persons import LEADERS
from special_channel.desk.sessions import sessions_of
from special_channel.stores.acts import ActRow
from special_channel.stores.own_keys import KeyUse
from special_channel.web.http.services import DeskServices
from special_channel.web.http.sessions import Visitor
from special_channel.web.mykeys.views import (
    EndedSession,
    MyKeys,
    OwnCard,
    OwnFunction,
    OwnKey,
    SessionItem,
    SessionList,
    StandIn,
)
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shell.colleagues import assignable, colleagues, signs_for
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import to_review

FORM: Final = "/people/acts/new"
"""The form that begins an act on people."""

LAST_ENDED = timedelta(days=2)
"""How far back an ended session is told: over a night, and a day of absence."""


async def my_keys(context: PageContext) -> MyKeys:
    """Read the whole page."""
    own, reader = context.own, context.reader
    rows = await _rows(context)
    keys = [row.key for row in rows]
    labels = await own.desk.own_keys.labels(keys)
    uses = await own.desk.own_keys.used(context.party, keys)
    times = await _times(context)
    person, party = reader.row.person, context.party
    staff = {one.person: one for one in assignable((await colleagues(context)).values())}
    stand_ins = await own.desk.own_keys.stand_ins(party, person)
    sessions = await _sessions(own.desk, reader, labels)
    past = await own.desk.door.sessions.past_of_person(party, person, context.now - LAST_ENDED)
    return MyKeys(
        keys=tuple(_key(context, row, labels, uses, times) for row in rows),
        number=reader.row.number,
        person=person,
        functions=_functions(context, times),
        stand_ins=await _stand_ins(context),
        me=staff.get(person),
        colleagues=tuple(one for one in staff.values() if one.person != person),
        signing=frozenset(
            row.person for row in stand_ins if signs_for(row, person, timestamp(context.now))
        ),
        sessions=sessions,
        ended=EndedSession(ended=past[0].ended, cause=past[0].cause) if past else None,
        card=await _card(context),
        doubt=_doubt(context),
    )


async def session_list(desk: DeskServices, reader: Visitor) -> SessionList:
    """Read the reader's open sessions."""
    keys = [each.key for each in await sessions_of(desk.door, reader.row.person)]
    labels = await desk.own_keys.labels(keys)
    return SessionList(sessions=await _sessions(desk, reader, labels))


async def _rows(context: PageContext) -> list[KeyRow]:
    """Read the person's keys, newest first."""
    own, reader = context.own, context.reader
    persons = await own.stores.views.persons(context.party, [reader.row.person])
    person = persons.get(reader.row.person)
    keys = person.keys if person else (reader.key,)
    rows = await own.stores.views.keys(list(keys))
    return sorted(rows.values(), key=lambda row: -row.enrolled)


async def _times(context: PageContext) -> Mapping[int, datetime]:
    entries = await context.own.stores.views.directory_entries(context.party)
    return {entry.index: instant(entry.accepted) for entry in entries}


def _key(
    context: PageContext,
    row: KeyRow,
    labels: Mapping[KeyId, str],
    uses: Mapping[KeyId, KeyUse],
    times: Mapping[int, datetime],
) -> OwnKey:
    use = uses[row.key]
    used = [at for at in (instant(use.last) if use.last else None, use.seen) if at is not None]
    return OwnKey(
        key=row.key,
        label=labels.get(row.key, ""),
        suite=row.suite,
        position=str(Position(row.party, row.enrolled)),
        enrolled=times.get(row.enrolled),
        used=max(used, default=None),
        entries=use.entries,
        state="active" if row.now == "unknown" else row.now,
        since=times.get(_last_change(row)),
        here=row.key == context.reader.key,
    )


def _last_change(row: KeyRow) -> int:
    """Return the index of the last entry about a key or about all keys of its person."""
    stops = [index for stop in row.stops for index in (stop.index, stop.restored)]
    return max(index for index in (row.enrolled, row.ended, *stops) if index is not None)


def _functions(context: PageContext, times: Mapping[int, datetime]) -> tuple[OwnFunction, ...]:
    party, person = context.party, context.reader.row.person
    return tuple(
        OwnFunction(
            role=grant.role,
            desk=desk_of(context, party, grant.desk),
            unit=grant.unit,
            position=str(Position(party, grant.start)),
            since=times.get(grant.start),
            until=grant.until,
            stands_in=bool(grant.absent),
            act=_ending(person, grant) if grant.absent else _naming(person, grant),
        )
        for grant in context.reader.row.grants
        if grant.end is None
    )


def _naming(person: PersonId, grant: Grant) -> str:
    """Return the form in which a person names a stand-in; empty for whom the rules let not (K4)."""
    if grant.role not in {*LEADERS, "desk"}:
        return ""
    stated = {"absent": person, "role": grant.role, "desk": grant.desk, "unit": grant.unit}
    return f"{FORM}?{urlencode({'kind': 'role.granted'} | stated)}"


def _ending(person: PersonId, grant: Grant) -> str:
    """Return the form that ends a person's function."""
    stated = {"kind": "role.ended", "person": person, "grant": grant.number}
    return f"{FORM}?{urlencode(stated)}"


async def _stand_ins(context: PageContext) -> tuple[StandIn, ...]:
    """Return the reader's stand-ins in force, then those with a grant waiting for a signature."""
    own, me = context.own, context.reader.row
    persons = await own.desk.own_keys.stand_ins(context.party, me.person)
    waiting = await _waiting(context, me.person)
    named = persons or waiting
    names = {each.person: each.name for each in await own.desk.officials.all()} if named else {}
    leads = not me.roles_now.isdisjoint(LEADERS)
    in_force = (
        StandIn(
            name=names.get(each.person) or _desk_and_number(context, grant.desk, each.number),
            role=grant.role,
            desk=desk_of(context, context.party, grant.desk),
            until=grant.until,
            act=_ending(each.person, grant) if leads else "",
        )
        for each in persons
        for grant in each.grants
        if grant.absent == me.person and grant.end is None
    )
    laid = (
        StandIn(
            name=names.get(grant.person) or desk.first(context.lang).text,
            role=grant.role,
            desk=desk,
            until=grant.until or "",
            waits=f"/people/acts/{id_}",
        )
        for id_, grant in waiting.items()
        for desk in [desk_of(context, context.party, grant.desk)]
    )
    return (*in_force, *laid)


async def _waiting(context: PageContext, absent: PersonId) -> Mapping[EntryId, Granting]:
    """Return the grants of stand-ins for a person, waiting for a signature."""
    rows = await context.own.desk.acts.acts.waiting(context.now)
    # Another kind of act needs no parsing; one of before an update may have another form.
    entries = {row.id: _read(row) for row in rows if row.kind == "role.granted"}
    return {
        id_: entry.body
        for id_, entry in entries.items()
        if isinstance(entry, RoleGranted) and entry.body.absent == absent
    }


def _read(row: ActRow) -> Entry | None:
    with contextlib.suppress(ChannelError):
        return parse(dsse.decode(row.envelope).payload)
    return None


def _desk_and_number(context: PageContext, desk: str, number: int) -> str:
    return f"{desk_of(context, context.party, desk).first(context.lang).text} · {number}"


async def _sessions(
    desk: DeskServices, reader: Visitor, labels: Mapping[KeyId, str]
) -> tuple[SessionItem, ...]:
    sessions = await sessions_of(desk.door, reader.row.person, reader.token)
    return tuple(
        SessionItem(
            id=each.id,
            kind=each.kind,
            key=each.key,
            label=labels.get(each.key, ""),
            opened=each.opened,
            seen=each.seen,
            address=each.address,
            here=each.here,
        )
        for each in sessions
    )


async def _card(context: PageContext) -> OwnCard | None:
    official = context.reader.official
    card = await context.own.desk.stop.cards.of_official(official.id) if official else None
    return OwnCard(printed=card.printed, spent=card.spent) if card else None


def _doubt(context: PageContext) -> str:
    """Return the first disputed entry not reviewed by the reader; empty if absent."""
    found = [each.signed.position for each in to_review(context, context.reader)]
    return str(min(found, key=lambda each: each.index)) if found else ""
