"""Files between upload and use: verdicts, retries, rescans, the private log, alarms."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.desk.file_scanner import UNREADABLE, FileScanner, pause_after
from special_channel.desk.reader import Reader
from special_channel.desk.scan_keeper import SIGNATURES_SECONDS, ScanKeeper
from special_channel.ports.scanning import Scan, Scanner
from special_channel.scanners.active import LOOK
from special_channel.stores import file_scans
from special_channel.stores.file_scans import FileScans
from special_channel.stores.files import Files
from special_channel.wiring.scanning import make_scanners
from tests.channel import settings
from tests.link.nodes import Counted, Node, open_node
from tests.scanners.servers import EICAR, SECOND_LIST, Running, clamd, icap, zipped
from tests.world import World

LATER = b"harmless until the list of tomorrow"


@dataclass
class Bench:
    """A node with two scanners."""

    node: Node
    first: Running
    second: Running
    scanner: FileScanner
    keeper: ScanKeeper

    async def put(self, data: bytes, most: int = 2**20) -> str:
        """Store a file as an upload or the link does."""

        async def chunks() -> AsyncIterator[bytes]:
            yield data

        state = await self.scanner.files.put(chunks(), max_bytes=most, type_="text/plain")
        return state.sha256

    async def state(self, digest: str) -> str:
        return (await self.scanner.checks([digest]))[digest].state

    async def sealed(self) -> list[dict[str, Any]]:
        size = (await self.node.record.head("private")).size
        bodies = []
        for stored in await self.node.record.entries("private", 0, size + 1):
            payload: Any = canonical.loads(dsse.decode(stored.envelope).payload)
            assert payload["kind"] == "files.scanned"
            bodies += payload["body"]["scans"]
        return bodies

    def later(self, seconds: int) -> None:
        self.node.clock.ahead += seconds
        self.node.clock.ticks += seconds


@pytest_asyncio.fixture
async def bench(fresh_database, tmp_path) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(clamd())
        second = await stack.enter_async_context(icap())
        node = await stack.enter_async_context(
            open_node(World.founded(), "eu", await fresh_database(), tmp_path)
        )
        await node.catch_up_alone()
        sections = {
            "first": {"kind": "clamd", "address": first.address, "timeout_seconds": 2},
            "second": {"kind": "icap", "address": second.address, "timeout_seconds": 2},
        }
        scanners = make_scanners(settings(tmp_path, "eu", {"eu": 1, "cn": 2}, scanners=sections))
        yield bench_of(node, first, second, scanners)


def bench_of(node: Node, first: Running, second: Running, scanners: Mapping[str, Scanner]) -> Bench:
    pool = node.record.pool
    scanner = FileScanner(Files(pool), FileScans(pool), scanners, node.clock, Counted(), Reader())

    async def lost() -> None:
        return None

    keeper = ScanKeeper(scanner, node.appender.perform, node.identity, lost, node.alarms)
    return Bench(node, first, second, scanner, keeper)


async def test_file_is_closed_until_every_scanner_finds_it_clean(bench):
    digest = await bench.put(b"a file")
    assert await bench.state(digest) == "checking"
    with pytest.raises(ChannelError, match="file-being-checked"):
        await bench.scanner.refuse_unusable([digest])
    await bench.keeper.step()
    await bench.scanner.refuse_unusable([digest])
    check = (await bench.scanner.checks([digest]))[digest]
    assert (check.state, [each.engine for each in check.verdicts]) == (
        "clean",
        ["ClamAV 1.4.3", "Sample Scanner 2.1"],
    )
    # A file that is not stored is nothing that a scanner can judge: others refuse it.
    await bench.scanner.refuse_unusable(["0" * 64])


async def test_find_is_quarantined_alarmed_and_sealed_without_its_digest(bench):
    digest = await bench.put(zipped(word__document_xml=EICAR))
    before = [row async for row in bench.scanner.files.get(digest)]
    await bench.keeper.step()
    assert await bench.state(digest) == "found"
    with pytest.raises(ChannelError, match="file-quarantined"):
        await bench.scanner.refuse_unusable([digest])
    assert bench.node.alarms.ringing["file-found"] == {"files": 1}
    # The bytes stay.
    assert [row async for row in bench.scanner.files.get(digest)] == before

    first, second = await bench.sealed()
    assert first["verdict"] == second["verdict"] == "found"
    assert (first["engine"], first["signatures"], first["dated"]) == (
        "ClamAV 1.4.3",
        "27812",
        "2026-11-28",
    )
    assert first["threat"] == "Eicar-Test-Signature"
    # The salted digest can be checked while the salt is kept, and not guessed without it.
    [salt] = await bench.node.record.pool.fetch(
        "SELECT salt FROM desk.file_scans WHERE scanner = 'first'"
    )
    domain = b"special-channel/scanned-file/v1\n"
    assert first["file"] == sha256(domain + salt["salt"] + bytes.fromhex(digest)).hexdigest()
    assert first["file"] != second["file"]
    await bench.keeper.step()
    assert len(await bench.sealed()) == 2  # once

    finds = await bench.scanner.scans.finds(10)
    assert {each.sha256 for each in finds} == {digest}
    assert await bench.scanner.scans.take(digest, "f" * 32, bench.node.clock.now())
    assert not await bench.scanner.scans.take(digest, "f" * 32, bench.node.clock.now())
    await bench.keeper.step()
    assert "file-found" not in bench.node.alarms.ringing
    assert await bench.state(digest) == "found"  # looked into, not opened


async def test_scanner_that_is_down_is_tried_again_with_growing_pauses(bench):
    bench.second.engine.raw = b"ICAP/1.0 503 Overloaded\r\n\r\n"
    digest = await bench.put(b"a file")
    for tries, pause in enumerate((5, 10, 20), 1):
        await bench.keeper.step()
        assert await bench.state(digest) == "checking"
        bench.later(pause - 1)
        await bench.keeper.step()
        pool = bench.node.record.pool
        assert await pool.fetchval("SELECT tries FROM desk.file_tries") == tries
        bench.later(1)
    assert bench.node.alarms.ringing["scanner-silent"] == {"files": 1}
    assert len(bench.first.engine.files) == 1  # its verdict stands
    # Another file does not wait for the one that fails.
    bench.second.engine.raw = None
    other = await bench.put(b"another file")
    await bench.keeper.step()
    assert await bench.state(other) == await bench.state(digest) == "clean"
    await bench.keeper.step()
    assert "scanner-silent" not in bench.node.alarms.ringing
    assert [pause_after(tries) for tries in (0, 7, 8, 99)] == [5, 640, 900, 900]


class Defective:
    """A scanner whose code is wrong."""

    async def scan(self, chunks: AsyncIterator[bytes], length: int) -> Scan:
        raise TypeError(chunks, length)


async def test_scanner_with_a_defect_of_ours_ends_nothing_and_is_tried_again(bench):
    digest = await bench.put(b"a file")
    names = tuple(bench.scanner.scanners)
    [due] = await bench.scanner.scans.due(names, bench.node.clock.now(), 2)
    with_defect = {**bench.scanner.scanners, "second": Defective()}
    await replace(bench.scanner, scanners=with_defect).scan(due)
    assert await bench.state(digest) == "checking"
    pool = bench.node.record.pool
    assert await pool.fetchval("SELECT tries FROM desk.file_tries") == 1
    bench.later(5)
    await bench.keeper.step()
    assert await bench.state(digest) == "clean"


async def test_file_longer_than_any_that_is_read_is_said_to_be_unread(bench):
    digest = await bench.put(b"a" * (20 * 2**20 + 1), most=2**25)
    assert await bench.scanner.found_in(digest) == UNREADABLE


async def test_slow_scanner_leaves_an_upload_to_the_keeper(bench, monkeypatch):
    monkeypatch.setattr("special_channel.desk.file_scanner.AT_UPLOAD_SECONDS", 0.2)
    bench.first.engine.answers.clear()
    digest = await bench.put(b"slow")
    check = await bench.scanner.check_upload(digest, 4)
    assert check.state == "checking"
    bench.first.engine.answers.set()
    await bench.keeper.step()
    assert await bench.state(digest) == "clean"
    # The next upload has its verdict at once.
    assert (await bench.scanner.check_upload(await bench.put(EICAR), 68)).state == "found"


async def test_new_signatures_change_a_verdict_a_day_later(bench):
    digest = await bench.put(LATER)
    await bench.keeper.step()
    assert await bench.state(digest) == "clean"
    bench.later(24 * 3600)
    await bench.keeper.step()
    assert len(bench.first.engine.files) == 1  # the same list: nothing to scan

    bench.first.engine.signatures = SECOND_LIST
    bench.first.engine.threats[LATER] = "Late.Find-1"
    bench.later(int(SIGNATURES_SECONDS) - 1)
    await bench.keeper.step()
    assert await bench.state(digest) == "clean"  # asked lately, not asked again yet
    bench.later(1)
    await bench.keeper.step()
    assert await bench.state(digest) == "found"
    assert "file-found" in bench.node.alarms.ringing
    verdicts = [(each["scanner"], each["verdict"]) for each in await bench.sealed()]
    assert verdicts == [("first", "clean"), ("second", "clean"), ("first", "found")]
    assert (await bench.sealed())[-1]["signatures"] == "27813"

    # A false alarm: the list after it opens the file again, and the private log says so.
    bench.first.engine.signatures = ("27814", "Mon Nov 30 09:30:11 2026")
    del bench.first.engine.threats[LATER]
    bench.later(24 * 3600)
    await bench.keeper.step()
    assert await bench.state(digest) == "clean"
    assert (await bench.sealed())[-1]["verdict"] == "clean"


async def test_verdicts_on_erased_files_are_forgotten(bench):
    await bench.put(b"to be erased")
    await bench.keeper.step()
    assert await bench.scanner.files.drop_unnamed(timedelta(0), 10) == 1
    assert await bench.node.record.pool.fetch("SELECT FROM desk.file_contents") == []
    bench.later(60)
    await bench.keeper.step()
    assert await bench.node.record.pool.fetch("SELECT FROM desk.file_scans") == []


STORED = int(os.environ.get("SPECIAL_CHANNEL_FILES", "5000"))
"""Files of the test of plans."""

ALL_CHECKED = f"""
WITH begun AS (
    INSERT INTO record.uploads (begun) SELECT now() FROM generate_series(1, {STORED})
    RETURNING upload
), stored AS (
    INSERT INTO record.files (sha256, length, type, upload)
    SELECT encode(sha256(upload::text::bytea), 'hex'), 1, 'text/plain', upload FROM begun
    RETURNING sha256
)
INSERT INTO desk.file_scans
    (sha256, scanner, found, threat, engine, signatures, dated, at, seen, salt)
SELECT sha256, scanner, false, '', 'E', '', NULL, now(), now(), '' FROM stored,
    unnest(ARRAY['first', 'second']) AS s (scanner)
"""  # noqa: S608 - a number


def tables_read(plan: Any) -> set[str]:
    """Return the tables that a plan reads from end to end."""
    read = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return read.union(*(tables_read(each) for each in plan.get("Plans", ())))


async def test_keeper_reads_what_waits_and_not_every_file(bench):
    owner = await asyncpg.connect(bench.node.database.owner)
    await owner.execute(ALL_CHECKED)
    await owner.execute("UPDATE desk.file_contents SET look = 1, waits = false")
    await owner.execute("VACUUM ANALYZE desk.file_contents, desk.file_scans, record.files")
    digest, scans = await bench.put(b"one more"), bench.scanner.scans
    names = tuple(bench.scanner.scanners)
    for statement, values in (
        (file_scans.DUE, (list(names), bench.node.clock.now(), 20)),
        (file_scans.UNLOOKED, (20,)),
    ):
        plan = await owner.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *values)
        assert not tables_read(json.loads(plan)[0]["Plan"]) & {"files", "file_contents"}
    assert await scans.unlooked(20) == [digest]
    assert [each.sha256 for each in await scans.due(names, bench.node.clock.now(), 20)] == [digest]
    await bench.keeper.step()
    assert await bench.state(digest) == "clean"
    # Another scanner in the settings: from the next start on every file waits for it, once.
    await scans.renew((*names, "third"), LOOK + 1)
    due = await scans.due((*names, "third"), bench.node.clock.now(), STORED + 2)
    assert (len(due), {each.scanners for each in due}) == (STORED + 1, {("third",)})
    assert len(await scans.unlooked(STORED + 2)) == STORED + 1
    await owner.close()


async def test_find_holds_without_its_scanner_and_files_are_usable_without_any(bench):
    digest, other = await bench.put(EICAR), await bench.put(b"fine")
    await bench.keeper.step()
    bare = bench_of(bench.node, bench.first, bench.second, {})
    third = await bare.put(b"never scanned")
    await bare.keeper.step()
    states = [await bare.state(each) for each in (digest, other, third)]
    assert states == ["found", "unscanned", "unscanned"]
    await bare.scanner.refuse_unusable([other, third])
