"""How long a node takes for each page and listing on a large record; and from list to answer.

Time is taken at a client on loopback that does little else, so it is a little more than the
node's own; CPU time of the node and its PostgreSQL stands beside, for shared machines.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg

from benchmarks.figures import Figure, machine, quantile
from benchmarks.large import ROWS, Large, answer_row, load_large, long_thread, note_of
from benchmarks.load import Connection
from benchmarks.stage import Stage as Ready
from benchmarks.stage import node, sign_in, write_config
from benchmarks.usage import Usage
from special_channel.config import load
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.launcher.postgres import DATABASE, OWNER
from special_channel.sample.sending import id_of, release_sheet, wait_until_mirrored
from special_channel.sample.stage import Stage
from special_channel.sample.year import turns
from special_channel.sample.year_loading import load_year
from special_channel.wiring.rebuilding import rebuild_views
from tests.channel import channel
from tests.stages import stage_of

LIMIT_MS: Final = 60.0
_LOOK_SECONDS: Final = 0.2
_WAITS: Final = "SELECT EXISTS (SELECT FROM private.search_waits)"

PAGES: Final[Mapping[str, str]] = {
    "inbox": "/inbox",
    "inbox_all": "/inbox?scope=all",
    "threads": "/threads?show=all",
    "thread": "/threads/{thread}",
    "thread_dossier": "/threads/{thread}/dossier?edition=internal",
    "thread_new": "/threads/new",
    "drafts": "/drafts",
    "templates": "/templates",
    "notices": "/notices",
    "batches": "/batches",
    "batch": "/batches/{batch}",
    "batch_amend": "/batches/{batch}/amend",
    "list_check": "/batches/check",
    "applications": "/applications",
    "applications_last": "/applications?page=100",
    "applications_clock": "/applications?clock=over",
    "applications_day": "/applications?sort=day",
    "applications_differ": "/applications?differs=any&sort=peer_as_of",
    "applications_text": "/applications?text=200",
    "application": "/applications/{number}",
    "application_dossier": "/applications/{number}/dossier?edition=internal",
    "differences": "/differences",
    "numbers": "/numbers",
    "numbers_before": "/numbers?on=2026-03-02",
    "deadlines": "/deadlines",
    "alerts": "/alerts",
    "figures": "/figures",
    "rules": "/rules",
    "licences": "/licences",
    "licence": "/licences/FIKTIV-L-00100",
    "priority": "/priority",
    "fairness": "/fairness",
    "meetings": "/meetings",
    "meeting": "/meetings/{meeting}",
    "brief_internal": "/brief/working/internal",
    "brief_handover": "/brief/working/handover",
    "terms": "/terms",
    "clearances": "/clearances",
    "keys": "/keys",
    "search": "/search?q=question",
    "search_best": "/search?q=question+200&order=best",
    "people": "/people",
    "preferences": "/preferences",
    "help": "/help",
    "review": "/review",
    "api_threads": "/api/threads?show=all",
    "api_thread": "/api/threads/{thread}",
    "api_batches": "/api/batches",
    "api_batch": "/api/batches/{batch}",
    "api_applications": "/api/applications",
    "api_application": "/api/applications/{number}",
    "api_asks": "/api/asks",
    "api_numbers": "/api/numbers",
    "api_figures": "/api/figures",
    "api_directory": "/api/directory",
    "api_heads": "/api/heads",
    "api_status": "/api/status",
    "api_entries": "/api/entries?log=eu&first=0&limit=100",
}
"""Name of the figure → address, of the EU node."""

OF_HEAD: Final = {"unit": "/unit"}
"""A page that heads of unit alone open, of the EU node."""

ANSWER: Final = {"answer": "/batches/{batch}/answer"}
"""The page on which a list of 500 rows is answered, of the CN node."""

THREADS: Final[Mapping[str, int]] = {"short_thread": 10, "long_thread": 10_000}
"""Name of the figure → notes of the thread: a long one opens as fast as a short one."""

NAMES: Final = (
    *(f"page_{name}_p95_ms" for name in (*PAGES, *OF_HEAD, *ANSWER, *THREADS)),
    "live_update_cpu_ms",
    "live_update_p95_ms",
)

LONG_THREAD: Final = 1000
"""Notes of the thread on which live updates are measured."""


@dataclass(frozen=True, slots=True)
class Running:
    """Both nodes as processes, and the officials at them."""

    stage: Stage
    ports: Mapping[Party, int]
    keys: Mapping[Party, KeyFile]
    head: KeyFile
    pids: Mapping[Party, int]
    configs: Mapping[Party, Path]


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    """Found a channel with officials, then run its nodes as processes."""
    async with channel(folder, ("web", "link")) as made:
        configs = {party: folder / f"{party}.toml" for party in PARTIES}
        for party in PARTIES:
            write_config(configs[party], made, party)
    async with aiohttp.ClientSession() as http:
        with contextlib.ExitStack() as nodes:
            ready = Ready(folder, made.ports, made.officials["eu", "desk", 1], "", [])
            pids = {party: nodes.enter_context(node(ready, party)).pid for party in PARTIES}
            keys = {party: made.officials[party, "desk", 1] for party in PARTIES}
            head = made.officials["eu", "head", 1]
            yield Running(stage_of(made, http), made.ports, keys, head, pids, configs)


async def _look_over(run: Running) -> None:
    """Let the index of search take in what was loaded, and PostgreSQL count its tables.

    PostgreSQL does so by itself a minute after they grew.
    """
    for party in PARTIES:
        [held] = load(run.configs[party]).node.data.rglob("postmaster.pid")
        _, _, _, port, sockets, *_ = held.read_text(encoding="utf-8").splitlines()
        connection = await asyncpg.connect(
            user=OWNER, database=DATABASE, host=sockets, port=int(port)
        )
        while await connection.fetchval(_WAITS):  # noqa: ASYNC110 - another process indexes
            await asyncio.sleep(_LOOK_SECONDS)
        await connection.execute("ANALYZE")
        await connection.close()


async def pages(folder: Path, *, quick: bool) -> list[Figure]:
    """Measure every page and listing on 10,000 applications and 5,000 notes."""
    async with running(folder) as run:
        large = await load_large(run.stage, lists=4 if quick else 20, threads=50 if quick else 250)
        await _look_over(run)
        times = 10 if quick else 40
        figures = [await _page(run, large, ("eu", name, PAGES[name]), times) for name in PAGES]
        figures += [await _page(run, large, ("cn", name, ANSWER[name]), times) for name in ANSWER]
        figures += [await _page(run, large, ("eu", name, OF_HEAD[name]), times) for name in OF_HEAD]
        for name, whole in THREADS.items():
            notes = min(whole, 1_000) if quick else whole
            _, number = await long_thread(run.stage, notes)
            await _look_over(run)
            figures.append(
                await _figure(run, "eu", f"/threads/{number}", times, (name, f"{notes:,} notes"))
            )
        figures.append(await _list_to_answered(run))
        figures += await _live_updates(run, times)
    return figures


async def _page(run: Running, large: Large, asked: tuple[Party, str, str], times: int) -> Figure:
    party, name, address = asked
    path = address.format(
        thread=large.thread, batch=large.batch, number=large.number, meeting=large.meeting
    )
    return await _figure(run, party, path, times, (name, large.size))


async def _figure(
    run: Running, party: Party, path: str, times: int, named: tuple[str, str]
) -> Figure:
    """Measure an address; `named`: name of the figure, and how large the record is."""
    name, record = named
    key = run.head if path in OF_HEAD.values() else run.keys[party]
    token = await sign_in(run.ports[party], key)
    connection = await Connection.open(run.ports[party])
    spent: list[float] = []
    try:
        await connection.get(path, token)  # the first compiles the template
        before = Usage.now([run.pids[party]])
        for _ in range(times):
            began = time.perf_counter()
            status, body = await connection.get(path, token)
            spent.append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise RuntimeError(f"{path}: {status}")
        after = Usage.now([run.pids[party]])
    finally:
        connection.close()
    cpu = (after.nodes - before.nodes) / times * 1000
    postgres = (after.postgres - before.postgres) / times * 1000
    value = quantile(spent, 0.95)
    conditions = (
        f"{times} times, one reader, {record}, {len(body):,} bytes,"
        f" p50 {quantile(spent, 0.5):.1f} ms,"
        f" CPU node {cpu:.1f} ms, PostgreSQL {postgres:.1f} ms, {machine()}"
    )
    return Figure(
        f"page_{name}_p95_ms", value, "ms", conditions, f"{LIMIT_MS:.0f} ms", value / LIMIT_MS
    )


async def _live_updates(run: Running, times: int) -> list[Figure]:
    """Measure what an open page of a long thread asks of the node for each new note."""
    thread, number = await long_thread(run.stage, LONG_THREAD)
    await _look_over(run)
    eu = run.stage.officials["eu-desk-1"]
    token = await sign_in(run.ports["eu"], run.keys["eu"])
    connection = await Connection.open(run.ports["eu"])
    spent: list[float] = []
    used: list[tuple[float, float]] = []
    size = 0
    try:
        _, page = await connection.get(f"/threads/{number}", token)
        after = _cursor(page)
        for place in range(-1, times):
            await eu.send([note_of(await eu.author(), thread, f"New note {place}")])
            await wait_until_mirrored(run.stage, "eu")
            before, began = Usage.now([run.pids["eu"]]), time.perf_counter()
            status, body = await connection.get(f"/threads/{number}/now?after={after}", token)
            took, now = (time.perf_counter() - began) * 1000, Usage.now([run.pids["eu"]])
            if status != 200 or b"New note" not in body:
                raise RuntimeError(f"{number}: {status}, no new note")
            after, size = _cursor(body), len(body)
            if place >= 0:  # the first one compiles the template
                spent.append(took)
                used.append((now.nodes - before.nodes, now.postgres - before.postgres))
    finally:
        connection.close()
    nodes, postgres = (sum(each) / times * 1000 for each in zip(*used, strict=True))
    conditions = (
        f"{times} times, one new note each, {LONG_THREAD:,} notes before, {size:,} bytes,"
        f" p50 {quantile(spent, 0.5):.1f} ms, PostgreSQL {postgres:.1f} ms, {machine()}"
    )
    return [
        Figure("live_update_cpu_ms", nodes, "ms", conditions),
        Figure("live_update_p95_ms", quantile(spent, 0.95), "ms", conditions),
    ]


def _cursor(page: bytes) -> str:
    """Return up to where a page is current."""
    found = re.search(rb'data-after="([0-9.]+)"', page)
    if found is None:
        raise RuntimeError("the page has no cursor")
    return found[1].decode()


async def _list_to_answered(run: Running) -> Figure:
    """Take the time from signing a list of 500 rows to its answer on the EU node."""
    stage, draw = run.stage, random.Random(1)  # noqa: S311 - fiction
    eu, second = stage.officials["eu-desk-1"], stage.officials["eu-head"]
    cn, head = stage.officials["cn-desk-1"], stage.officials["cn-head"]
    closed = date(2026, 11, 20)
    numbers = [f"FIKTIV-26-{9_000_000 + place * 7}" for place in range(ROWS)]
    rows: list[payloads.Fields] = [
        {
            "row": row, "number": number, "urgency": "normal", "rank": row,
            "first_listed": closed.isoformat(), "times_listed": 1, "state": "submitted",
            "as_of": (closed - timedelta(days=1)).isoformat(), "question": "status",
        }
        for row, number in enumerate(numbers, 1)
    ]  # fmt: skip
    answers = [answer_row(row, number, closed, draw) for row, number in enumerate(numbers, 1)]
    began = time.perf_counter()

    async def sign() -> Submission:
        return payloads.batch_listed(await eu.author(), "B-500", rows)

    listed, position = await release_sheet(stage, "B-500", eu, second, sign)
    await cn.until("eu", int(position.partition("-")[2]) + 1)

    async def answer() -> Submission:
        return payloads.batch_answered(await cn.author(), id_of(listed), answers)

    _, answered = await release_sheet(stage, "A-500", cn, head, answer)
    await eu.until("cn", int(answered.partition("-")[2]) + 1)
    seconds = time.perf_counter() - began
    return Figure(
        "list_500_to_answered_s",
        seconds,
        "s",
        f"signed, cleared, mirrored, answered, cleared, mirrored back, {machine()}",
        "3 s",
        seconds / 3,
    )


async def rebuilt(folder: Path, *, quick: bool) -> list[Figure]:
    """Load the year's lists and statements, then make both nodes' views again."""
    async with running(folder) as run:
        told = turns(
            run.stage.calendars["eu"], run.stage.calendars["cn"], first=3 if quick else None
        )
        loaded = await load_year(run.stage, told)
        states = [await _state(run, party) for party in PARTIES]
    again = [(await rebuild_views(load(run.configs[party]))).state for party in PARTIES]
    equal = len({*states, *again}) == 1
    conditions = f"both nodes' states, kept and made again, of {loaded.lists} lists"
    return [Figure("year_rebuild_equal", float(equal), "", conditions)]


async def _state(run: Running, party: Party) -> str:
    token = await sign_in(run.ports[party], run.keys[party])
    connection = await Connection.open(run.ports[party])
    try:
        _, body = await connection.get("/api/heads", token)
    finally:
        connection.close()
    return str(json.loads(body)["state"])
