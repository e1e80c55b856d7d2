"""The section of a brief on what changed: counts, then the applications and threads by name.

Stands on the shared record alone, so it is the same on a brief that may be handed over. Each
line says how it was and is, by whose statement. Does not order anything by the size of a firm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.numbers.changes import (
    StateChange,
    ThreadChange,
    state_changes,
    thread_change,
)
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.threads import ThreadRow
from special_channel.desk.briefs import BriefLine, Section
from special_channel.messages.dates import full_date
from special_channel.ports.meetings import Sizes, ThreadGrowth
from special_channel.web.reading.brief_ground import Ground, line_of, more
from special_channel.web.reading.meetings import told
from special_channel.web.shared.references import application_url
from special_channel.web.shell.content import shortened, title

APPLICATIONS: Final = 4
THREADS: Final = 3
"""How many are named: what one page has room for beside all that stands on it."""

KINDS: Final = (
    "batch.listed", "batch.answered", "application.asserted", "licence.issued", "thread.opened",
    "note.posted", "deadline.moved", "deadline.passed", "referral.sent", "meeting.held",
    "point.agreed", "point.differed",
)  # fmt: skip
"""Kinds that are counted, in this order."""


async def changed(ground: Ground, sizes: Sizes | None, when: str) -> Section:
    """Return the section; `when` says since when. Without sizes there is nothing to count from."""
    if sizes is None:
        return Section("changed", ground.say("changed-unknown"), (), ground.say("no-meeting"))
    written = await ground.context.own.growth.written(sizes)
    lines = _counts(ground, sizes, written)
    named, left = await _applications(ground, sizes)
    moved, others = await _threads(ground, sizes)
    return Section(
        "changed",
        ground.say("changed", when=when),
        (*lines, *named, *moved),
        ground.say("no-change"),
        more(ground, left + others),
    )


def _counts(ground: Ground, sizes: Sizes, written: Mapping[str, int]) -> tuple[BriefLine, ...]:
    said = [
        f"{ground.context.t.label('brief-change', kind)}{ground.say('colon')}{written[kind]}"
        for kind in KINDS
        if written.get(kind)
    ]
    text = ground.say("semicolon").join(said)
    return (BriefLine(f"EU-{sizes.eu}, CN-{sizes.cn}", text, ground.context.lang),) if said else ()


async def _applications(ground: Ground, sizes: Sizes) -> tuple[list[BriefLine], int]:
    rows, total = await ground.context.own.growth.turned(sizes, APPLICATIONS)
    lines = [_application(ground, row, sizes) for row in rows]
    return lines, total - len(rows)


def _application(ground: Ground, row: ApplicationRow, sizes: Sizes) -> BriefLine:
    found = {turn.party: turn for turn in state_changes(row, _by_party(sizes))}
    sides = (ground.context.party, ground.context.peer)
    said = [_turn(ground, found[party]) for party in sides if party in found]
    text = ground.say("semicolon").join(said)
    return BriefLine(row.number, text, ground.context.lang, (), (), application_url(row.number))


def _turn(ground: Ground, turn: StateChange) -> str:
    on = turn.after.as_of
    as_of = full_date(date.fromisoformat(on), ground.context.lang) if on else "–"
    way = _way(ground, _state(ground, turn.before), _state(ground, turn.after))
    return ground.say(
        "turned", side=ground.side(turn.party), way=way, position=_where(turn), date=as_of
    )


def _where(turn: StateChange) -> str:
    return f"{turn.party.upper()}-{turn.after.index}"


def _way(ground: Ground, before: str, after: str) -> str:
    return ground.say("way", before=before, after=after)


def _state(ground: Ground, said: AssertedStatement | None) -> str:
    t = ground.context.t
    return t.state(said.state, said.source) if said else t.label("state", "unknown")


async def _threads(ground: Ground, sizes: Sizes) -> tuple[list[BriefLine], int]:
    own = ground.context.own
    moved, total = await own.growth.moved(sizes, THREADS)
    rows = await own.views.threads_by_id([each.thread for each in moved])
    words = await told(ground.context, (row.opening.id for row in rows.values()))
    lines = []
    for each in moved:
        row = rows[each.thread]
        subject = title(words.said.get(row.opening.id)).first(ground.context.lang)
        details = _thread(ground, row, each, sizes)
        number = str(row.position)
        lines.append(line_of(number, shortened(subject), details, f"/threads/{number}"))
    return lines, total - len(moved)


def _thread(ground: Ground, row: ThreadRow, moved: ThreadGrowth, sizes: Sizes) -> tuple[str, ...]:
    stood = thread_change(row, _by_party(sizes))
    sides = (ground.context.party, ground.context.peer)
    notes = [f"{ground.side(party)} {moved.of(party)}" for party in sides if moved.of(party)]
    found = [_stood(ground, stood)]
    if notes:
        found.append(ground.say("notes", notes=ground.say("comma").join(notes)))
    return tuple(found)


def _stood(ground: Ground, stood: ThreadChange) -> str:
    t = ground.context.t
    after = t.label("thread-standing", stood.after)
    if stood.by is None:
        return after
    way = _way(ground, t.label("thread-standing", stood.before or "none"), after)
    side = ground.side(stood.by.party)
    return ground.say("stood", side=side, way=way, position=str(stood.by))


def _by_party(sizes: Sizes) -> Mapping[Party, int]:
    return {party: sizes.of(party) for party in PARTIES}
