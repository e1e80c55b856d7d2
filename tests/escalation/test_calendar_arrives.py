"""A date beyond the calendars is provisional: held, and moved once a release is adopted.

Failure modes 24 (closures unknown when the question was asked) and 32 (firm dates stay).
"""

from __future__ import annotations

import tomllib
from datetime import date
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import posix
from special_channel.core.entries import parse
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.charter_calendars import stated
from special_channel.core.rows.writing import data_part, part_refs, sign
from special_channel.core.time.calendars import merge, parse_release
from special_channel.escalation.worker import Worker
from tests.core.calendar_files import CALENDARS, both_sides
from tests.escalation.bureau import Bureau, altered
from tests.escalation.conftest import Story
from tests.sides import REGISTRARS

OLD = "c" * 64
"""Digest under which the world's first charter names CN's calendar."""

ASKED_AT = "2026-12-30T02:00:00Z"
GUESSED = "2027-01-04T09:30:00Z"
"""31 December, then two plain weekdays: 1 and 4 January."""

COUNTED = "2027-01-05T09:30:00Z"
"""31 December, 4 and 5 January: New Year's Day is closed."""


NAMED = {"en": "New Year, fictional", "zh": "元旦（虚构）"}


def release_2027() -> Any:
    """A fictional notice: 1 to 3 January 2027 closed."""
    raw = tomllib.loads((CALENDARS / "cn-2026.toml").read_text(encoding="utf-8"))
    raw |= {
        "year": 2027,
        "covers": {"first": date(2027, 1, 1), "last": date(2027, 12, 31)},
        "closed": [{"first": date(2027, 1, 1), "last": date(2027, 1, 3), "name": NAMED}],
        "make_up": [],
    }
    return parse_release(raw)


NEW = merge([*both_sides()["cn"].releases, release_2027()])


class Shelf:
    """A node's folder of calendars; has the new release once `arrived`."""

    def __init__(self) -> None:
        self.arrived = True

    def adopted(self, charter: Charter) -> Any:
        named = charter.calendar("cn")
        if named is not None and named.digest == NEW.digest:
            return both_sides() | {"cn": NEW} if self.arrived else None
        return both_sides()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def year_end(story: Story, bureaus: dict[Any, Bureau], shelf: Shelf) -> Story:
    """Set 30 December 2026, 10:00 in Beijing, and calendars as adopted on both nodes."""
    for bureau in bureaus.values():
        bureau.house = altered(bureau.house, adopted=shelf.adopted)
        bureau.worker = Worker(bureau.house)
        await bureau.settle()
    await story.forward(posix(ASKED_AT) - story.world.clock.seconds)
    return story


async def asked(story: Story, bureaus: dict[Any, Bureau]) -> Any:
    ask = await story.ask("eu", GUESSED, rule="three-working-days", calendar=OLD, provisional=True)
    await story.delivered()
    for bureau in bureaus.values():
        await bureau.settle()
    return ask


async def adopt(story: Story, bureaus: dict[Any, Bureau]) -> str:
    """Both registrars adopt the release; return the charter's digest."""
    world = story.world
    calendars = [stated(NEW)]
    document = world.charter(number=2, calendars=calendars)
    digest = sha256(canonical.dumps(document)).hexdigest()
    for party in PARTIES:
        part = data_part(world.draw(), "charter", document)
        payload = world.payload(
            party, "charter.adopted", by="registrar", body={"number": 2, "digest": digest}
        )
        registrars = [world.sides[party].keys[name] for name in REGISTRARS]
        signed = sign(payload | {"parts": part_refs([part])}, registrars, [part])
        await story.nodes[party].appender.submit([signed])
    await story.delivered()
    for bureau in bureaus.values():
        await bureau.settle()
    await story.delivered()
    return digest


async def last_entry(story: Story) -> Any:
    record = story.nodes["eu"].record
    size = (await record.head("eu")).size
    (entry,) = await record.entries("eu", size - 1, 1)
    return parse(dsse.decode(entry.envelope).payload)


async def test_adopted_release_moves_provisional_dates_alone(year_end, bureaus):
    """Planted fault: counting every open question again would move the firm one, too."""
    story, waiting = year_end, bureaus["eu"]
    promised = "2026-12-31T09:30:00Z"
    firm = await story.ask(
        "eu", promised, rule="three-working-days", calendar=OLD, at="2026-12-28T02:00:00Z"
    )
    ask = await asked(story, bureaus)
    assert (await story.row("cn", ask)).is_provisional
    digest = await adopt(story, bureaus)
    moved = await last_entry(story)
    assert (moved.kind, moved.by) == ("deadline.moved", story.world.eu.keys["node"].key)
    assert (moved.body.basis, moved.body.due) == ("calendar", COUNTED)
    assert (moved.body.charter, moved.body.calendar) == (digest, NEW.digest)
    for party in PARTIES:
        row = await story.row(party, ask)
        assert (row.due, row.is_provisional) == (COUNTED, False)
    row = await story.row("eu", firm)
    assert (row.moves, row.due) == ((), promised)
    # The date is firm now, so it passes.
    await story.forward(posix(GUESSED) - story.world.clock.seconds)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open"
    await story.forward(posix(COUNTED) - posix(GUESSED))
    await waiting.settle()
    assert await story.outcome("eu", ask) == "unanswered-confirmed"


async def test_provisional_date_waits_for_a_calendar_release(year_end, bureaus, shelf):
    story, waiting, answering = year_end, bureaus["eu"], bureaus["cn"]
    ask = await asked(story, bureaus)
    await story.forward(posix("2027-01-06T03:00:00Z") - story.world.clock.seconds)
    for bureau in bureaus.values():
        await bureau.settle()
    assert await story.outcome("eu", ask) == "open"
    assert await waiting.steps(ask) == await answering.steps(ask) == []
    assert "deadline-provisional" in waiting.node.alarms.ringing
    # Adopted, but the file is missing on this node: the date is held, with an alarm.
    shelf.arrived = False
    await adopt(story, bureaus)
    assert (await story.row("eu", ask)).is_provisional
    assert "calendar-missing" in waiting.node.alarms.ringing
    # The file arrives. The date counted from the question has passed: due the same evening.
    shelf.arrived = True
    await story.forward(60)
    await waiting.settle()
    row = await story.row("eu", ask)
    assert [(move.basis, move.due) for move in row.moves] == [("calendar", "2027-01-06T09:30:00Z")]
    assert posix(row.due) >= story.world.clock.seconds + 30
    assert "deadline-provisional" not in waiting.node.alarms.ringing
    assert "calendar-missing" not in waiting.node.alarms.ringing


async def test_late_delivery_beyond_the_calendar_moves_provisionally(year_end, bureaus):
    story, waiting = year_end, bureaus["eu"]
    await story.link_down()
    due = "2026-12-31T09:30:00Z"
    late = await story.ask(
        "eu", due, rule="three-working-days", calendar=OLD, at="2026-12-28T02:00:00Z"
    )
    await waiting.settle()
    await story.forward(2 * 86_400)
    await story.link_up()
    await waiting.settle()
    row = await story.row("eu", late)
    assert [(move.basis, move.provisional) for move in row.moves] == [("delivered-late", True)]
    assert row.is_provisional
    await adopt(story, bureaus)
    row = await story.row("eu", late)
    assert [move.basis for move in row.moves] == ["delivered-late", "calendar"]
    assert not row.is_provisional
