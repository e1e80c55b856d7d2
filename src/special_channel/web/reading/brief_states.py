"""Sections of a brief about applications and differences: each side's word, the own side first.

Does not merge what the sides state, and orders nothing by the size of a firm.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from special_channel.core.bytes.ids import peer_of
from special_channel.core.rows.meetings import PointRow
from special_channel.desk.briefs import BriefLine, Section
from special_channel.messages.dates import full_date
from special_channel.ports.applications import ANY, ApplicationFilter, ListedApplication
from special_channel.web.reading.brief_ground import Ground, more, point_line
from special_channel.web.reading.differences import line as difference_line
from special_channel.web.reading.meetings import Told, told
from special_channel.web.reading.own_words import about_applications
from special_channel.web.shared.clocks import clock_of
from special_channel.web.shared.references import application_url
from special_channel.web.shell.content import question_in

STOPS: Final = 4
DIFFERING: Final = 2
SEARCHED: Final = 200
"""Line stops that are looked through for those that are not decided."""


async def stops(ground: Ground) -> Section:
    """Return the section of line stops that are not decided."""
    context = ground.context
    found = await context.own.applications.sought(
        ApplicationFilter(urgency="line_stop", sort="listed"), 0, SEARCHED
    )
    waiting = [held for held in found.rows if not _decided(held)]
    shown = waiting[:STOPS]
    private = await about_applications(context, shown) if ground.internal else {}
    lines = tuple(
        BriefLine(
            held.application.number,
            _states(ground, held),
            context.lang,
            _stop_details(ground, held),
            private.get(held.application.number, ()),
            application_url(held.application.number),
        )
        for held in shown
    )
    return Section(
        "stops", ground.say("stops"), lines, ground.say("no-stop"),
        more(ground, len(waiting) - len(shown)),
    )  # fmt: skip


def _decided(held: ListedApplication) -> bool:
    latest = held.application.latest("cn")
    return latest is not None and bool(latest.decision or latest.decided_on)


def _states(ground: Ground, held: ListedApplication) -> str:
    context, said = ground.context, []
    for party in (context.party, context.peer):
        latest = held.application.latest(party)
        state = context.t.state(latest.state, latest.source) if latest else "–"
        on = latest.as_of if latest else ""
        if on:
            day = full_date(date.fromisoformat(on), context.lang)
            state = ground.say("dated", text=state, date=day)
        said.append(f"{ground.side(party)}{ground.say('colon')}{state}")
    return ground.say("semicolon").join(said)


def _stop_details(ground: Ground, held: ListedApplication) -> tuple[str, ...]:
    found = []
    if held.batch is not None:
        found.append(ground.say("dated", text=held.batch.list, date=f"EU-{held.batch.index}"))
    if held.application.cn:
        clock = clock_of(ground.context, held.application, "cn")
        found.append(ground.say("clock", side=ground.side("cn"), clock=clock.short))
    return tuple(found)


async def differences(ground: Ground) -> Section:
    """Return the section of points and applications that both sides hold differently."""
    context = ground.context
    points = [
        (row, point) for row, held in ground.held for point in held if point.standing == "differed"
    ][:DIFFERING]
    words = await told(
        context, (id_ for _, point in points for id_ in (point.point, point.marks[-1].id))
    )
    lines = [
        point_line(ground, row, point, words, _understood(ground, point, words))
        for row, point in points
    ]
    leading, total = await _leading(ground)
    for held in leading:
        said = difference_line(context, held)
        pairs = tuple(
            ground.say(
                "differs",
                what=context.t.label("difference", each.kind),
                own=each.own,
                peer=each.peer,
                ours=ground.side(context.party),
                theirs=ground.side(context.peer),
            )
            for each in said.differences
        )
        text = ground.say("statements-differ")
        lines.append(BriefLine(said.number, text, context.lang, pairs, (), said.url))
    return Section(
        "differences", ground.say("differences"), tuple(lines), ground.say("no-difference"),
        more(ground, total - len(leading)),
    )  # fmt: skip


async def _leading(ground: Ground) -> tuple[Sequence[ListedApplication], int]:
    """Return the differences to name, and how many there are: line stops first, then states."""
    find = ground.context.own.applications.sought
    every = await find(ApplicationFilter(differs=ANY, sort="listed"), 0, DIFFERING)
    found: dict[str, ListedApplication] = {}
    for sought in (
        ApplicationFilter(differs="state", urgency="line_stop", sort="listed"),
        ApplicationFilter(differs="state", sort="listed"),
    ):
        for held in (await find(sought, 0, DIFFERING)).rows:
            found.setdefault(held.application.number, held)
    for held in every.rows:
        found.setdefault(held.application.number, held)
    return list(found.values())[:DIFFERING], every.total


def _understood(ground: Ground, point: PointRow, words: Told) -> tuple[str, ...]:
    said = question_in(words.said.get(point.marks[-1].id), -1, ground.context.lang)
    marker = ground.side(peer_of(point.party))
    return (
        ground.say("drafted-by", side=ground.side(point.party)),
        ground.say("understands", side=marker, text=said.text or "–"),
    )
