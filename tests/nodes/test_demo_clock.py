"""A demonstration's clock: forward only, never ahead, for no other node; the year at its dates."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.cli.demo.folder import JournalFile
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import instant
from special_channel.core.rows.submission import Submission
from special_channel.sample.stage import Stage
from special_channel.sample.year import turns
from special_channel.sample.year_loading import YearLoaded, load_year
from special_channel.sample.year_plan import COURSES, FOUNDED
from special_channel.stores.personal_notices import PersonalNotices
from special_channel.wiring.checking import record_check
from special_channel.wiring.sources import (
    DemoClock,
    SystemClock,
    clock_of,
    notify_of_jumps,
    set_back,
    until_present,
)
from tests import servers
from tests.channel import Channel, channel, settings
from tests.nodes.whole import assert_equal, entries
from tests.stages import stage_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

UNTIL = date(2025, 10, 10)
"""Last day of the small year: three months with lists, and one thread of each course a side."""

SHARE = 200
DEMO = {"mailbox": True, "confirm_codes": True}


@dataclass
class Year:
    """A channel with a small year, before the hand-over."""

    made: Channel
    clock: DemoClock
    stage: Stage
    loaded: YearLoaded


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def year() -> AsyncIterator[Year]:
    with servers.open_folder() as folder:
        clock = DemoClock.start(folder / "clock", FOUNDED)
        demo = DEMO | {"clock": folder / "clock"}
        async with channel(folder, demo=demo) as made, aiohttp.ClientSession() as http:
            stage = stage_of(made, http, clock, JournalFile(folder / "journal"))
            loaded = await load_year(stage, small(stage), UNTIL, share=SHARE)
            yield Year(made, clock, stage, loaded)


def small(stage: Stage) -> Any:
    return turns(stage.calendars["eu"], stage.calendars["cn"], first=4, share=40)


async def shared(made: Channel, log: Party) -> list[tuple[datetime, dict[str, Any]]]:
    """Return acceptance times and payloads of the year in a log, at its own node."""
    stored = await entries(made.nodes[log].core.record, log)
    # What a node states after the hand-over, in another test, is not of the year.
    return [
        (instant(one.accepted), json.loads(dsse.decode(one.envelope).payload))
        for one in stored
        if instant(one.accepted).date() <= UNTIL
    ]


async def noticed(made: Channel, party: Party) -> list[int | None]:
    """Return up to where each log was read for notices; None before the first reading."""
    notices = PersonalNotices(made.nodes[party].core.record.pool)
    return [await notices.next(log) for log in PARTIES]


async def _at_once(_count: int) -> None:
    """Pause of a check: none."""


async def mails(made: Channel) -> int:
    boxes = [await made.nodes[party].core.mailbox.items(1000) for party in PARTIES]
    return sum(map(len, boxes))


async def test_year_of_a_demonstration_has_its_own_dates(year):
    assert (year.loaded.lists, year.loaded.threads) == (4, 2 * len(COURSES))
    assert year.loaded.meetings >= 2
    for log in PARTIES:
        rows = await shared(year.made, log)
        assert FOUNDED.date() == rows[0][0].date()
        accepted = [at for at, _ in rows]
        assert accepted == sorted(accepted)
        assert accepted[-1].date() >= UNTIL - timedelta(days=2)
        letters = [at for at, body in rows if body["kind"] == "note.posted"]
        assert len({at.date() for at in letters}) > 5
        for at, body in rows:
            assert abs(at - instant(body["at"])) < timedelta(minutes=1), body["kind"]


async def test_passed_dates_are_recorded_when_they_pass(year):
    for log in PARTIES:
        rows = await shared(year.made, log)
        passed = [(at, body) for at, body in rows if body["kind"] == "deadline.passed"]
        # One answered late, one still open: each recorded once, within a minute.
        assert len(passed) == 2, log
        for at, body in passed:
            assert timedelta(0) <= at - instant(body["body"]["due"]) < timedelta(minutes=1)


async def test_both_sides_hold_as_many_entries_of_each_kind(year):
    kinds = {
        log: Counter(body["kind"] for _, body in await shared(year.made, log)) for log in PARTIES
    }
    for kind in (
        "thread.opened",
        "note.posted",
        "note.acknowledged",
        "note.corrected",
        "note.translated",
        "note.withdrawn",
        "thread.closed",
        "date.proposed",
        "deadline.moved",
        "deadline.passed",
        "meeting.held",
        "point.marked",
    ):
        assert kinds["eu"][kind] == kinds["cn"][kind] > 0, kind


async def test_loading_twice_doubles_nothing(year):
    before = [len(await shared(year.made, log)) for log in PARTIES]
    again = await load_year(year.stage, small(year.stage), UNTIL, share=SHARE)
    assert again == year.loaded
    assert [len(await shared(year.made, log)) for log in PARTIES] == before


async def test_notices_begin_at_the_present_and_logs_agree(year):
    assert await mails(year.made) == 0
    for party in PARTIES:
        assert await noticed(year.made, party) == [None, None]
    year.clock.hand_over()
    assert set_back(year.made.nodes["eu"].core.clock) == timedelta(0)

    async def begun(party: Party) -> bool:
        return None not in await noticed(year.made, party)

    for party in PARTIES:
        await year.made.until(partial(begun, party), party)
    await year.made.caught_up()
    # Readings began at the ends of the logs: nobody is told of the year's entries.
    for party in PARTIES:
        core = year.made.nodes[party].core
        told = await noticed(year.made, party)
        for log, place in zip(PARTIES, told, strict=True):
            newest = (await core.record.entries(log, place or 0, 100))[:1]
            assert all(instant(one.accepted).date() > UNTIL for one in newest)
        check = record_check(core.record, core.identity, core.clock)
        assert (await check.run(_at_once)).damaged == ()
    await assert_equal(year.made)


# ---------------------------------------------------------------- the clock alone


@pytest.mark.parametrize(
    "altered",
    [
        {"demo": {"mailbox": False, "confirm_codes": True}},
        {"demo": {"mailbox": True, "confirm_codes": False}},
        {"url": "https://eu.channel.example"},
        {"url": "http://eu.channel.example"},
        {"host": "0.0.0.0"},  # noqa: S104 - what is refused
        {"file": "absent"},
    ],
)
async def test_clock_is_refused_at_no_demonstration(tmp_path, altered):
    DemoClock.start(tmp_path / "clock", FOUNDED)
    plain = settings(tmp_path, "eu", {"eu": 1, "cn": 2})
    node = plain.node.model_copy(
        update={name: altered[name] for name in ("url", "host") if name in altered}
    )
    demo = altered.get("demo", DEMO) | {"clock": tmp_path / str(altered.get("file", "clock"))}
    own = settings(tmp_path, "eu", {"eu": 1, "cn": 2}, node=node, demo=demo)
    with pytest.raises(Malformed) as refused:
        clock_of(own)
    assert refused.value.code == "settings-malformed"
    assert refused.value.facts["setting"] == "demo.clock"
    assert isinstance(clock_of(plain), SystemClock)


async def test_clock_goes_forward_alone_and_never_ahead(tmp_path):
    clock = DemoClock.start(tmp_path / "clock", FOUNDED)
    other = DemoClock(tmp_path / "clock")
    assert timedelta(0) <= other.now() - FOUNDED < timedelta(minutes=1)
    clock.advance(FOUNDED + timedelta(days=30))
    later = other.now()
    assert later >= FOUNDED + timedelta(days=30)
    clock.advance(FOUNDED)
    assert other.now() >= later
    clock.advance(datetime.now(UTC) + timedelta(days=400))
    assert other.behind == timedelta(0)
    assert DemoClock.start(tmp_path / "clock", FOUNDED).behind == timedelta(0)


async def test_jumps_are_told_until_the_hand_over(tmp_path):
    clock = DemoClock.start(tmp_path / "clock", FOUNDED)
    told = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(notify_of_jumps(clock, told.set, asyncio.sleep))
        present = tasks.create_task(until_present(clock, asyncio.sleep))
        await asyncio.sleep(0)
        clock.advance(FOUNDED + timedelta(days=1))
        await told.wait()
        assert not present.done()
        clock.hand_over()
    assert present.done()


async def test_journal_cut_by_a_kill_goes_on(tmp_path):
    one, two = (Submission(text, (b"part", b"")) for text in (b"one", b"two"))
    whole = JournalFile(tmp_path / "journal")
    whole.write({"one": one})
    whole.write({"two": two})
    os.truncate(whole.file, len(whole.file.read_bytes()) - 7)
    cut = JournalFile(whole.file)
    assert cut.read("one") == one
    assert cut.read("two") is None
    cut.write({"two": two})
    assert JournalFile(whole.file).read("two") == two
