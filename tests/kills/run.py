"""Seeded random SIGKILLs of nodes and their servers while officials send, and what is left.

Each node is a process of its own, started again when it ends, as a service manager does.
`run` is for `./bench` as well as for the test. Does not cut power: the page cache survives.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp

from special_channel.config import Settings
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.desk.keyfile import KeyFile
from tests.channel import Channel, channel
from tests.nodes.api import Api
from tests.nodes.whole import assert_equal, entries

SENDERS: Final = 4
"""Officials that send at once at each node."""

PATIENCE: Final = 60.0
"""Seconds after which a node that takes nothing counts as dead for good."""

_AGAIN_SECONDS: Final = 0.05
_PAUSE_SECONDS: Final = 0.02
"""Between two notes of one official: load enough, and cores are left for starting again."""

Target = Literal["node", "postgres", "redis"]


@dataclass(frozen=True)
class Figures:
    """What a storm came to. `lost` and `doubled` must be 0."""

    lost: int
    doubled: int
    kills: int
    seconds: float
    receipted: int
    killed: dict[str, int]


@dataclass
class Storm:
    """What is known of a storm under way."""

    channel: Channel
    http: aiohttp.ClientSession
    random: random.Random
    threads: dict[Party, str]
    receipts: dict[Party, dict[str, tuple[Submission, str]]] = field(
        default_factory=lambda: {party: {} for party in PARTIES}
    )
    processes: dict[Party, asyncio.subprocess.Process] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    over: bool = False


def run(kills: int, seed: int, folder: Path) -> Figures:
    """Kill so many times, and count what was lost or doubled; `folder` is empty at first.

    Raises:
        AssertionError: The two nodes differ, a view is not the fold of the logs, or a
            process is left running.
    """
    return asyncio.run(storm(kills, seed, folder))


async def storm(kills: int, seed: int, folder: Path) -> Figures:
    """As `run`, inside a loop."""
    began = time.monotonic()
    async with channel(folder) as made:
        threads = {party: await made.open_thread(party) for party in PARTIES}
        await made.caught_up()
        await made.stop_all()
        async with aiohttp.ClientSession() as http:
            state = Storm(made, http, random.Random(seed), threads)  # noqa: S311 - a test's choice
            await _rage(state, kills)
        figures = await _count(state, kills, began)
    _assert_nothing_runs(folder)
    return figures


async def _rage(state: Storm, kills: int) -> None:
    async with _supervised(state), asyncio.TaskGroup() as tasks:
        for party in PARTIES:
            for number in range(SENDERS):
                tasks.create_task(_sending(state, party, number))
        for _ in range(kills):
            await _kill(state)
        for party in PARTIES:
            await _fresh_receipt(state, party)
        state.over = True


# Killing ------------------------------------------------------------------------------


async def _kill(state: Storm) -> None:
    """Kill something of one node once that node has given a receipt after the last time."""
    party = state.random.choice(PARTIES)
    target: Target = state.random.choice(("node", "postgres", "redis"))
    await _fresh_receipt(state, party)
    # A little further into the next commits, so that kills fall anywhere in them.
    await asyncio.sleep(state.random.random() * 0.05)
    while (pid := _pid(state, party, target)) is None:  # noqa: ASYNC110 - /proc tells nobody
        await asyncio.sleep(_AGAIN_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        state.killed[target] += 1


def _pid(state: Storm, party: Party, target: Target) -> int | None:
    process = state.processes.get(party)
    if process is None or process.returncode is not None:
        return None
    if target == "node":
        return process.pid
    folder = state.channel.folder / party / target
    return next((pid for pid in _children(process.pid) if _names(pid, folder)), None)


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.extend(int(pid) for pid in task.read_text().split())
    return found


def _names(pid: int, folder: Path) -> bool:
    """Tell whether a process runs in, or names, this folder."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
        return os.fsencode(folder) in line or Path(f"/proc/{pid}/cwd").resolve() == folder
    except OSError:
        return False


def _assert_nothing_runs(folder: Path) -> None:
    left = [
        pid.name
        for pid in Path("/proc").iterdir()
        if pid.name.isdigit() and _names(int(pid.name), folder)
    ]
    assert not left, f"still running: {left}"


# Serving ------------------------------------------------------------------------------


@asynccontextmanager
async def _supervised(state: Storm) -> AsyncIterator[None]:
    """Run both nodes, each again as often as it ends; stop them in order at the end."""
    tasks = [asyncio.ensure_future(_supervise(state, party)) for party in PARTIES]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _supervise(state: Storm, party: Party) -> None:
    config = state.channel.folder / f"{party}.toml"
    config.write_text(as_toml(state.channel.settings(party)), encoding="utf-8")
    with (state.channel.folder / f"{party}.log").open("ab") as log:
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "special_channel", "serve", "--config", str(config)),
                stdout=log,
                stderr=log,
            )
            state.processes[party] = process
            try:
                await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                await process.wait()
                raise


def as_toml(settings: Settings) -> str:
    """Write settings as a file: tables of plain values."""
    lines: list[str] = []

    def table(name: str, fields: dict[str, Any]) -> None:
        lines.append(f"[{name}]")
        inner = {key: value for key, value in fields.items() if isinstance(value, dict)}
        lines.extend(
            f"{key} = {_value(value)}" for key, value in fields.items() if key not in inner
        )
        for key, value in inner.items():
            table(f"{name}.{key}", value)

    for name, fields in settings.model_dump(mode="json", exclude_defaults=True).items():
        table(name, fields)
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else f'"{value}"'


# Sending ------------------------------------------------------------------------------


async def _sending(state: Storm, party: Party, number: int) -> None:
    key = state.channel.officials[party, "desk", 1 + number % 2]
    api = Api(state.http, state.channel.settings(party).node.url)
    written = 0
    while not state.over:
        written += 1
        item = _note(state, party, key, f"{party} {number}.{written}")
        try:
            receipt = await _until_receipt(api, key, item)
        except TimeoutError as error:
            error.add_note(_last_words(state, party))
            raise
        async with state.news:
            state.receipts[party][str(receipt["id"])] = item, str(receipt["receipt"])
            state.news.notify_all()
        await asyncio.sleep(_PAUSE_SECONDS)


def _last_words(state: Storm, party: Party) -> str:
    """Return the end of what a node and its servers wrote, and whether it runs."""
    process = state.processes.get(party)
    logs = [state.channel.folder / f"{party}.log", *(state.channel.folder / party).rglob("*.log")]
    ends = [f"{log.name}:\n{log.read_text('utf-8', 'replace')[-3000:]}" for log in logs]
    return "\n".join([f"{party}: {process}", *ends])


def _note(state: Storm, party: Party, key: KeyFile, words: str) -> Submission:
    part = text_part("text", os.urandom(32), words)
    payload: dict[str, Value] = {
        "v": 1,
        "log": state.channel.settings(party).node.origin,
        "kind": "note.posted",
        "by": key.key,
        "at": _now(),
        "seen": [],
        "thread": state.threads[party],
        "lang": "en",
        "body": {},
        "parts": part_refs((part,)),
    }
    return sign(payload, [key.signer], [part])


def _now() -> str:
    """The author's clock."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


async def _until_receipt(api: Api, key: KeyFile, item: Submission) -> dict[str, Any]:
    """Send the same bytes until there is a receipt, as clients do."""
    told: Counter[str] = Counter()
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if not api.token:
                        reply = await api.answer(await api.challenge(key.signer), key.signer)
                        api.token = reply.document.get("token", "")
                    reply = await api.send(item)
                    if reply.status == 200:
                        return dict(reply.document["receipts"][0])
                    told[f"{reply.status} {reply.body!r:.300}"] += 1
                    if reply.status == 401:
                        api.token = ""
                    elif reply.status < 500 and reply.status != 429:
                        raise AssertionError(f"refused: {reply.body!r}")
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    told[repr(error)] += 1
                await asyncio.sleep(_AGAIN_SECONDS)
    except TimeoutError as error:
        error.add_note(f"no receipt in {PATIENCE:.0f} s; told instead: {told.most_common(8)}")
        raise


async def _fresh_receipt(state: Storm, party: Party) -> None:
    """Wait until a node has given another receipt."""
    try:
        async with asyncio.timeout(PATIENCE), state.news:
            held = len(state.receipts[party])
            await state.news.wait_for(lambda: len(state.receipts[party]) > held)
    except TimeoutError as error:
        error.add_note(_last_words(state, party))
        raise


# Counting -----------------------------------------------------------------------------


async def _count(state: Storm, kills: int, began: float) -> Figures:
    """Start both nodes once more, let them level, and look for every receipt."""
    made = state.channel
    for party in PARTIES:
        await made.start(party)
    await made.caught_up()
    await assert_equal(made)
    lost = doubled = 0
    for reader in PARTIES:
        record = made.nodes[reader].core.record
        held = [await entries(record, log) for log in PARTIES]
        ids = Counter(entry.id for log in held for entry in log)
        doubled += sum(count - 1 for count in ids.values())
        lost += sum(id_ not in ids for party in PARTIES for id_ in state.receipts[party])
    for reader in PARTIES:
        lost += await _differing(state, reader)
    return Figures(
        lost=lost,
        doubled=doubled,
        kills=kills,
        seconds=time.monotonic() - began,
        receipted=sum(len(held) for held in state.receipts.values()),
        killed=dict(state.killed),
    )


async def _differing(state: Storm, reader: Party) -> int:
    """How many receipts a node does not give again byte for byte."""
    appender = state.channel.nodes[reader].core.appender
    held = [pair for party in PARTIES for pair in state.receipts[party].values()]
    differing = 0
    for start in range(0, len(held), 100):
        page = held[start : start + 100]
        again = await appender.submit([item for item, _ in page])
        differing += sum(
            one.receipt != receipt for one, (_, receipt) in zip(again, page, strict=True)
        )
    return differing
