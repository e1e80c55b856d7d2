"""A note from one node to the other, through the real engines and the real link."""

from __future__ import annotations

import asyncio
import json
from datetime import date

import aiohttp
import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.state import question_key
from special_channel.export.verify import verify
from special_channel.sample.year import turns
from special_channel.sample.year_loading import load_year
from special_channel.stores.numbers import DayNumbers, NumberRows
from special_channel.stores.views import Views
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from tests.channel import Channel
from tests.nodes.api import Api
from tests.nodes.hands import Hands
from tests.nodes.whole import assert_equal
from tests.stages import stage_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_note_is_delivered_and_both_states_are_equal(two_nodes: Channel) -> None:
    thread = await two_nodes.open_thread("eu", "End-user certificates")
    note = await two_nodes.note("eu", thread, "缺少最终用户签章。")
    await two_nodes.caught_up()
    eu, cn = (two_nodes.nodes[party].core.record for party in ("eu", "cn"))
    held = (await cn.find([note.id]))[note.id]
    assert held == (await eu.find([note.id]))[note.id]
    assert await eu.state() == await cn.state()


async def test_heads_are_answered_once_a_log_has_what_is_waited_for(two_nodes: Channel) -> None:
    async with aiohttp.ClientSession() as http:
        there = stage_of(two_nodes, http).officials["cn-desk-1"]
        here = stage_of(two_nodes, http).officials["eu-desk-1"]
        size = (await there.sizes())["eu"].size
        async with asyncio.TaskGroup() as tasks:
            arrival = tasks.create_task(there.until("eu", size + 1))
            await two_nodes.open_thread("eu", "Waited for")
        assert arrival.done()
        assert (await there.sizes())["eu"].size > size
        await here.until_delivered()
        own = (await here.sizes())["eu"]
        assert own.delivered == own.size


async def test_the_same_note_again_gets_the_same_receipt_on_both_nodes(two_nodes: Channel) -> None:
    thread = await two_nodes.open_thread("eu")
    note = await two_nodes.note("eu", thread)
    await two_nodes.caught_up()
    for party in ("eu", "cn"):
        core = two_nodes.nodes[party].core
        held = (await core.record.find([note.id]))[note.id]
        [again] = await core.appender.submit([Submission(held.envelope, held.parts)])
        assert again.receipt == note.receipt
        assert again.known


async def test_an_export_of_a_thread_is_authentic_and_complete(two_nodes: Channel) -> None:
    thread = await two_nodes.open_thread("cn", "实地核查")
    await two_nodes.note("cn", thread)
    await two_nodes.caught_up()
    core = two_nodes.nodes["eu"].core
    [entry] = [
        entry
        for entry in await Views(core.record.pool).thread_entries(thread)
        if entry.kind == "thread.opened"
    ]
    export = exporter(
        core.engines.node, guard_folder(core.settings), core.identity, core.clock, core.appender.act
    )
    async with export(f"CN-{entry.index}", core.identity.node.key) as bundle:
        data = b"".join([chunk async for chunk in bundle.chunks])
    assert verify(data, two_nodes.trust).verdict == "authentic-and-complete"


async def test_a_small_year_loads_and_gives_equal_views_when_made_again(two_nodes: Channel) -> None:
    async with aiohttp.ClientSession() as http:
        stage = stage_of(two_nodes, http)
        told = turns(stage.calendars["eu"], stage.calendars["cn"], first=3, share=40)
        loaded = await load_year(stage, told)
    assert (loaded.lists, loaded.rows) == (3, sum(len(turn.rows) for turn in told))
    assert (loaded.threads, loaded.meetings) == (0, 0), "the correspondence needs its own dates"
    await assert_equal(two_nodes)
    for party in PARTIES:
        numbers = NumberRows(two_nodes.nodes[party].core.record.pool)
        sides = (await numbers.numbers("2025-08-11", DayNumbers(date(2025, 1, 1), ()), 45, 9)).sides
        assert sides["eu"].listed == len({row["number"] for turn in told for row in turn.rows})
        assert sides["cn"].sent_back > 0


async def test_a_question_is_counted_anew_by_the_charter_in_force_when_its_asker_says_so(
    two_nodes: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    made = two_nodes
    async with aiohttp.ClientSession() as http:
        head = Hands(made, "eu", capsys, Api(http, made.settings("eu").node.url))
        thread = await made.open_thread("eu")
        opened = (await Views(made.nodes["eu"].core.record.pool).thread_entries(thread))[0]
        words = ("note", "post", f"EU-{opened.index}", "A question.", "--ask", "When?|reply-5wd")
        [note] = await head.told(*words, "--marking", "none")
        ask = f"{note['position']}:1"
        assert await head.told("date", "rebase") == []
        code, _, err = await head.type("date", "rebase", ask)
        assert (code, err.split(":")[0]) == (3, "deadline-rebase")
        changed = json.loads(made.document) | {"number": 2}
        [rule] = [each for each in changed["reply_rules"] if each["rule"] == "reply-5wd"]
        rule["working_days"] = 10
        await made.adopt(canonical.dumps(changed))
        before = [await due_of(made, party, note["id"]) for party in PARTIES]
        [offered] = await head.told("date", "rebase")
        assert (offered["ask"], [offered["due"]] * 2) == (ask, [each for each, _ in before])
        [moved] = await head.told("date", "rebase", ask)
        assert moved["to"] == offered["to"] > offered["due"]
        await made.caught_up()
        for party in PARTIES:
            assert await due_of(made, party, note["id"]) == (moved["to"], "rebase")
        assert await head.told("date", "rebase") == []
    await assert_equal(made)


async def due_of(made: Channel, party: Party, note: str) -> tuple[str, str]:
    """The due time in force of a note's first question at a node, and on what basis."""
    key = question_key(note, "1")
    row = (await made.nodes[party].core.record.rows(frozenset({key})))[key]
    assert isinstance(row, QuestionRow)
    return row.due, row.moves[-1].basis if row.moves else ""
