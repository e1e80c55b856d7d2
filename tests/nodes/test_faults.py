"""Faults between and below two real nodes, and promises that still hold."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from special_channel.broker.commit import Heads, Plan, stamp_head
from special_channel.broker.receipts import Accepted
from special_channel.broker.working import counter_at, stored
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError, OutcomeUnknown, Unavailable
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.entries import parse
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.launcher.servers import embedded_servers
from special_channel.ports import Transaction
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.desk import forged, words
from tests.nodes.whole import entries
from tests.proxy import Line, commits, to_socket

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cuttable() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder, proxied=True) as made:
            yield made


async def a_note(made: Channel, party: Party, thread: str, **fields: Any) -> Submission:
    key = made.officials[party, "desk", 1]
    part = words(os.urandom(4).hex())
    stated = {"thread": thread, "body": {}, "lang": "en", "parts": part_refs((part,))}
    payload = await made.payload(party, key.key, "note.posted", **stated)
    return sign(payload | fields, [key.signer], [part])


async def until_taken(made: Channel, party: Party, item: Submission) -> str:
    """Send the same bytes until there is a receipt, as clients do; return the receipt."""
    async with asyncio.timeout(30):
        while True:
            try:
                [accepted] = await made.nodes[party].core.appender.submit([item])
            except (Unavailable, OutcomeUnknown):
                await asyncio.sleep(0.02)  # the server is coming back; nothing tells when
            else:
                return accepted.receipt


async def doctor(made: Channel, party: Party, item: Submission) -> int:
    """Make a node write an entry that it should refuse, as a broken or lying node would."""
    incoming = read(item, whole=True)

    async def planning(transaction: Transaction, heads: Heads) -> Plan:
        counter = await counter_at(transaction, heads.own, [incoming])
        [place] = heads.places(Position(party, heads.own.size), [incoming], counter)
        return Plan(entries=[stored(incoming, place)])

    [sealed] = await made.nodes[party].core.committer.run(planning)
    return sealed.entries[0].index


async def test_a_bad_entry_in_the_peers_log_has_no_effect_and_stops_nothing(
    cuttable: Channel,
) -> None:
    """Rule 18: mirrored, refused by code, told to both sides, and the log goes on."""
    thread = await cuttable.open_thread("cn")
    await cuttable.note("cn", thread)
    ours = await cuttable.note("eu", await cuttable.open_thread("eu"))
    await cuttable.caught_up()
    bad = {
        await doctor(cuttable, "cn", await a_correction(cuttable, ours)): "owner",
        await doctor(cuttable, "cn", forged(await a_note(cuttable, "cn", thread))): "signature-bad",
        await doctor(cuttable, "cn", await a_note(cuttable, "cn", "0" * 32)): "thread-unknown",
        await doctor(
            cuttable, "cn", await a_note(cuttable, "cn", thread, log="eu.channel.example/log")
        ): "entry-other-log",
    }
    await cuttable.note("cn", thread, "After them.")
    await cuttable.caught_up()
    eu, cn = (cuttable.nodes[party].core for party in PARTIES)
    held = await entries(eu.record, "cn")
    assert {entry.index: entry.code for entry in held if entry.code} == bad
    assert held[-1].code == "", "what came after them is valid"
    assert {entry.leaf for entry in held} == {
        entry.leaf for entry in await entries(cn.record, "cn")
    }
    assert "peer-entry-refused" in eu.alarms.codes()
    await cuttable.until(lambda: refused_in_eu(cuttable, bad))
    await cuttable.caught_up()
    assert (await eu.record.state())[2] == (await cn.record.state())[2], "they changed no state"
    assert "own-entry-refused" in cn.alarms.codes(), "their own side is told as well"


async def a_correction(made: Channel, note: Accepted) -> Submission:
    """CN's official corrects a note of the EU's (failure mode 19)."""
    key = made.officials["cn", "desk", 1]
    held = (await made.nodes["cn"].core.record.find([note.id]))[note.id]
    part = words("Your words, by us.")
    stated = {"ref": note.id, "body": {}, "lang": "en", "parts": part_refs((part,))}
    payload = await made.payload("cn", key.key, "note.corrected", **stated, thread=held.thread)
    return sign(payload, [key.signer], [part])


async def refused_in_eu(made: Channel, bad: dict[int, str]) -> bool:
    """Tell whether each is named in a signed `peer.refused` of the EU's."""
    found = [
        parse(dsse.decode(entry.envelope).payload)
        for entry in await entries(made.nodes["eu"].core.record, "eu")
        if entry.kind == "peer.refused"
    ]
    named = {entry.body.index: entry.body.code for entry in found}
    return named == bad


async def test_a_node_on_an_old_copy_of_its_database_signs_nothing_and_heals_from_its_peer(
    cuttable: Channel,
) -> None:
    """Rules 20 and 21; failure mode 21."""
    thread = await cuttable.open_thread("eu")
    await cuttable.caught_up()
    await cuttable.stop("eu")
    data, copy = cuttable.folder / "eu" / "postgres", cuttable.folder / "old"
    subprocess.run(["cp", "-a", str(data), str(copy)], check=True)  # noqa: S607, ASYNC221
    await cuttable.start("eu")
    for number in range(5):
        await cuttable.note("eu", thread, f"EU {number}")
    await cuttable.note("cn", await cuttable.open_thread("cn"))
    await cuttable.caught_up()
    before = {log: await entries(cuttable.nodes["eu"].core.record, log) for log in PARTIES}
    await cuttable.stop("eu")
    subprocess.run(["rm", "-rf", str(data)], check=True)  # noqa: S607, ASYNC221
    copy.rename(data)

    cuttable.lines["eu"].cut()
    old = (await cuttable.start("eu")).core
    assert (await old.record.head("eu")).size < len(before["eu"])
    item = await a_note(cuttable, "eu", thread)
    for _ in range(2):
        with pytest.raises(ChannelError) as refusal:
            await old.appender.submit([item])
        assert refusal.value.code in {"read-only", "log-rolled-back"}
    with pytest.raises(ChannelError):  # a stamped head would be signed, too
        await stamp_head(old.record, old.committer, old.identity, old.clock)
    assert "log-rolled-back" in old.alarms.codes()

    cuttable.lines["eu"].heal()
    await until_taken(cuttable, "eu", item)
    assert "log-rolled-back" not in old.alarms.codes()
    await cuttable.caught_up()
    for log in PARTIES:
        assert (await entries(old.record, log))[: len(before[log])] == before[log]
    assert (await entries(old.record, "eu"))[len(before["eu"])].id == read(item, whole=True).id


async def test_a_lost_reply_to_commit_never_loses_or_doubles_an_entry(cuttable: Channel) -> None:
    """Rule 22, through a node whose line to PostgreSQL is cut between COMMIT and its reply."""
    thread = await cuttable.open_thread("eu")
    await cuttable.caught_up()
    await cuttable.stop("eu")
    async with embedded_servers(
        cuttable.folder / "eu", temporary=Path(tempfile.gettempdir()), token=os.urandom(4).hex()
    ) as own:
        with servers.open_folder() as folder:
            sockets = Path(
                own.postgres.dsn().rpartition("host=")[2].partition("&")[0].replace("%2F", "/")
            )
            name = ".s.PGSQL.5432"
            async with to_socket(sockets / name, folder / name) as line:
                proxied = own.postgres.dsn("channel_node").replace(
                    quote(str(sockets)), quote(str(folder))
                )
                await cuttable.start(
                    "eu",
                    database={
                        "url": proxied,
                        "owner_url": own.postgres.dsn(),
                        "link_url": own.postgres.dsn("channel_link"),
                    },
                    redis={"url": own.redis.url},
                )
                receipts = {}
                for _ in range(8):
                    line.swallow = ends_an_append
                    item = await a_note(cuttable, "eu", thread)
                    receipts[read(item, whole=True).id] = (
                        item,
                        await until_taken(cuttable, "eu", item),
                    )
                assert line.swallowed == 8
                await cuttable.caught_up()
                held = await entries(cuttable.nodes["cn"].core.record, "eu")
                counted = Counter(entry.id for entry in held)
                assert {id_: counted[id_] for id_ in receipts} == dict.fromkeys(receipts, 1)
                for item, receipt in receipts.values():
                    assert await until_taken(cuttable, "eu", item) == receipt
                await cuttable.stop("eu")
    await cuttable.start("eu")


def ends_an_append(data: bytes, line: Line) -> bool:
    """Tell whether a statement is the commit of a session that has written to a log."""
    return commits(data, line) and (b"INSERT INTO" in line.sent or b"COMMIT" not in data)


async def test_without_redis_entries_are_taken_delivered_and_shown(cuttable: Channel) -> None:
    thread = await cuttable.open_thread("eu")
    for party in PARTIES:
        embedded = cuttable.nodes[party].core.engines.embedded
        assert embedded is not None
        await embedded.redis.kill()
        await cuttable.note("eu", thread)
        await cuttable.note("cn", await cuttable.open_thread("cn"))
    await cuttable.caught_up()


async def test_a_killed_database_comes_back_and_nothing_receipted_is_gone(
    cuttable: Channel,
) -> None:
    thread = await cuttable.open_thread("eu")
    items = [await a_note(cuttable, "eu", thread) for _ in range(9)]
    receipts = {}
    for number, item in enumerate(items):
        if number % 3 == 1:
            embedded = cuttable.nodes["eu"].core.engines.embedded
            assert embedded is not None
            os.kill(embedded.postgres.pid, signal.SIGKILL)
        receipts[read(item, whole=True).id] = item, await until_taken(cuttable, "eu", item)
    await cuttable.caught_up()
    counted = Counter(entry.id for entry in await entries(cuttable.nodes["eu"].core.record, "eu"))
    assert {id_: counted[id_] for id_ in receipts} == dict.fromkeys(receipts, 1)
    for item, receipt in receipts.values():
        assert await until_taken(cuttable, "eu", item) == receipt


async def test_an_outage_shorter_than_any_detector_loses_nothing(cuttable: Channel) -> None:
    """Failure modes 12, 14 and 15: both sides write while cut off, and nothing afterwards."""
    threads = {party: await cuttable.open_thread(party) for party in PARTIES}
    for line in cuttable.lines.values():
        line.cut()
    for party in PARTIES:
        for number in range(3):
            await cuttable.note(party, threads[party], f"Apart {number}")
    for line in cuttable.lines.values():
        line.heal()
    await cuttable.caught_up()
    sizes = [
        len(await entries(cuttable.nodes[party].core.record, log))
        for party in PARTIES
        for log in PARTIES
    ]
    assert sizes[:2] == sizes[2:]


async def test_a_stalled_line_is_not_a_dead_one(cuttable: Channel) -> None:
    """Failure mode 18: queued data is not dropped."""
    thread = await cuttable.open_thread("cn")
    for line in cuttable.lines.values():
        line.stall()
    await cuttable.note("cn", thread, "Slow.")
    for line in cuttable.lines.values():
        line.heal()
    await cuttable.caught_up()
