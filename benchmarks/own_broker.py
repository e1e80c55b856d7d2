"""This broker and the floors as contestants."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from benchmarks import stage
from benchmarks.brokers.bursts import Burst, run_burst
from benchmarks.contestants import Contestant, Run, free_port, server, until_open
from benchmarks.environments import ROOT
from benchmarks.load import Connection, body_of
from special_channel import __version__
from special_channel.core.bytes import ed25519
from special_channel.launcher.postgres import PostgresServer

FLOOR_TITLES: Final = {
    "constant": "Floor: a constant answer over HTTP",
    "select": "Floor: and one SELECT 1",
    "row": "Floor: and one row made durable",
    "guard": "Floor: and the guard's fdatasync after it",
    "signed": f"Floor: and check ({ed25519.LIBRARY}) and signature",
}
FLOOR_LACKS: Final = "A bound, no broker: keeps no order, judges nothing, gives no receipt."
OURS_LACKS: Final = (
    "Checks, judges and proves each note, flushes twice; the mirror is switched off here."
)


class Notes:
    """A stock of signed notes. The next burst sends the rest of the last one."""

    def __init__(self, ready: stage.Stage, batch: int = 1) -> None:
        self.batch = batch
        self._ready = ready
        self._bodies: deque[bytes] = deque()
        self._fastest = 4_000 / batch

    def sent(self, burst: Burst) -> None:
        """Note a burst's rate, for the size of the next stock."""
        self._fastest = max(self._fastest, burst.rate)

    async def prepare(self, seconds: float) -> None:
        """Sign enough notes for a burst 1.5 times as fast as the fastest."""
        wanted = int(seconds * self._fastest * 1.5) + 64
        missing = max(wanted - len(self._bodies), 0)
        notes = await asyncio.to_thread(self._ready.notes, missing * self.batch)
        self._bodies += [
            body_of(notes[first : first + self.batch]) for first in range(0, len(notes), self.batch)
        ]

    def take(self) -> bytes:
        """Return the body of a request.

        Raises:
            RuntimeError: The stock is empty: the burst was far faster than earlier bursts.
        """
        if not self._bodies:
            raise RuntimeError("too few notes were signed for this burst")
        return self._bodies.popleft()


@contextlib.contextmanager
def sending(port: int, token: str, notes: Notes) -> Iterator[Run]:
    """Yield a function for bursts of notes to a node; every note must get its receipt."""
    connections: list[Connection] = []

    async def run(senders: int, seconds: float) -> Burst:
        while len(connections) < senders:
            connections.append(await Connection.open(port))

        async def post(number: int) -> None:
            status, answer = await connections[number].post("/api/entries", notes.take(), token)
            if status != 200 or answer.count(b'"receipt"') != notes.batch:
                raise RuntimeError(answer[:500].decode())

        burst = await run_burst(post, senders, seconds)
        notes.sent(burst)
        return burst

    try:
        yield run
    finally:
        for connection in connections:
            connection.close()


@contextlib.asynccontextmanager
async def ours(ready: stage.Stage) -> AsyncIterator[Contestant]:
    """Run the EU node of a channel."""
    with stage.node(ready, "eu", "web") as process:
        token = await stage.sign_in(ready.ports["eu"], ready.key)
        notes = Notes(ready)
        with sending(ready.ports["eu"], token, notes) as run:
            title = f"This broker {__version__}, one node, each note receipted"
            yield Contestant("ours", title, OURS_LACKS, [process.pid], None, run, notes.prepare)


@contextlib.asynccontextmanager
async def floors(
    folder: Path, running: PostgresServer, body: bytes
) -> AsyncIterator[list[Contestant]]:
    """Run the floor server; yield a contestant for every floor."""
    folder.mkdir()
    await running.create_database("floors")
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.floor_server", running.dsn(database="floors")]
    async with contextlib.AsyncExitStack() as stack:
        process = await stack.enter_async_context(
            server(
                [*command, str(folder / "guard"), str(port)],
                folder,
                {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
            )
        )
        await until_open(port, process, folder)
        connections: list[Connection] = []

        def floor(name: str) -> Run:
            async def run(senders: int, seconds: float) -> Burst:
                while len(connections) < senders:
                    connections.append(await Connection.open(port))
                    stack.callback(connections[-1].close)

                async def post(number: int) -> None:
                    await connections[number].post(f"/{name}", body)

                return await run_burst(post, senders, seconds)

            return run

        yield [
            Contestant(
                f"floor_{name}",
                FLOOR_TITLES[name],
                FLOOR_LACKS,
                [process.pid, running.pid],
                None,
                floor(name),
            )
            for name in FLOOR_TITLES
        ]
