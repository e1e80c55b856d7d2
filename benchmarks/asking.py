"""A stage for measurements of due times: a channel with asks, and one side's worker.

The asking side's node is `benchmarks.escalating`, the other side's `special-channel serve`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks import stage
from benchmarks.escalating import fired_file
from benchmarks.load import Connection, body_of, send
from benchmarks.stage import Signed
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import from_posix
from special_channel.core.entries import Role
from special_channel.core.rows.writing import text_part
from special_channel.stores.people import Official, Officials
from tests.channel import AGREED, AGREED_SECONDS, channel
from tests.kills.chaos import short_notice

PER_NOTE = 100
"""A note may ask that many questions; those that only lie there come so."""

NOTES_A_THREAD = 20


@dataclass(frozen=True, slots=True)
class Asking:
    """A founded channel on which the EU asks."""

    ready: stage.Stage
    charter: str

    def notes(self, dues: list[int], per_note: int = 1) -> list[Signed]:
        """Sign threads and notes that ask, each question due at one of these POSIX seconds."""
        made: list[Signed] = []
        thread = ""
        for place, first in enumerate(range(0, len(dues), per_note)):
            if place % NOTES_A_THREAD == 0:
                thread = os.urandom(16).hex()
                subject = text_part("subject", os.urandom(32), "Certificates")
                fields: dict[str, Value] = {"body": {"batch": "standing"}}
                made.append(self.ready.entry("thread.opened", thread, subject, fields))
            named = dues[first : first + per_note]
            asks: Value = [self.question(str(number), due) for number, due in enumerate(named, 1)]
            # Written so early that the rule gives these dates, or earlier ones.
            at = from_posix(min(int(time.time()), min(named) - AGREED_SECONDS))
            text = text_part("text", os.urandom(32), "May the certificates be sent again?")
            made.append(
                self.ready.entry("note.posted", thread, text, {"body": {}, "asks": asks, "at": at})
            )
        return made

    def question(self, q: str, due: int) -> Value:
        """Ask the other side; its due time is counted by a rule, else it could not pass."""
        counted: dict[str, Value] = {"charter": self.charter, "rule": AGREED}
        return {"q": q, "who": "cn", "due": from_posix(due), **counted}

    async def post(self, notes: list[Signed], batch: int = 100) -> None:
        """Post them over HTTP."""
        token = await stage.sign_in(self.ready.ports["eu"], self.ready.key)
        bodies = [
            (body_of(notes[first : first + batch]), len(notes[first : first + batch]))
            for first in range(0, len(notes), batch)
        ]
        # One after the other: a note stands behind the opening of its thread.
        await send(self.ready.ports["eu"], token, bodies, 1)

    async def delivered(self, until: float) -> bool:
        """Wait until the other side has cosigned all, or until then; tell whether it has."""
        port = self.ready.ports["eu"]
        token = await stage.sign_in(port, self.ready.key)
        connection = await Connection.open(port)
        try:
            while True:
                _, answer = await connection.get("/api/heads", token)
                [own] = [head for head in json.loads(answer)["heads"] if head["party"] == "eu"]
                if time.time() > until:
                    return False
                if own["size"] == own["delivered"]:
                    return True
                await asyncio.sleep(0.1)
        finally:
            connection.close()


@contextlib.asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[Asking]:
    """Found a channel whose charter lets a question be short, with people to tell."""
    charter = short_notice(folder / "charter")
    async with channel(folder, ("web", "link"), charter_folder=charter) as made:
        thread = await made.open_thread("eu")
        await made.caught_up()
        officials = Officials(made.nodes["eu"].core.record.pool)
        roles: tuple[Role, ...] = ("head", "director")
        for role in roles:
            await officials.add(
                Official(0, f"Fictional {role}", role, "Unit", "unit", f"{role}@eu.example", "en"),
                uuid4().hex,
            )
        ready = stage.Stage(
            folder,
            made.ports,
            made.officials["eu", "desk", 1],
            thread,
            list(await made.seen("eu")),
        )
        digest = made.charter_digest
        for party in PARTIES:
            stage.write_config(ready.config(party), made, party)
    yield Asking(ready, digest)


@dataclass
class Worker:
    """The asking side's process."""

    config: Path
    process: subprocess.Popen[bytes]

    def again(self) -> None:
        """Begin to count anew."""
        self.process.send_signal(signal.SIGUSR1)

    def fired(self) -> list[tuple[float, float]]:
        """Return when each thing fired since `again`, and how late; two for each question.

        Costs the worker nothing.
        """
        lines = fired_file(self.config).read_text(encoding="utf-8").rpartition("\n")[0]
        return [(float(when), float(late)) for when, late in map(str.split, lines.splitlines())]

    def report(self) -> dict[str, Any]:
        """Return what it used, and what its database and Redis hold.

        Raises:
            RuntimeError: The worker ended.
        """
        file = self.config.with_suffix(".json")
        file.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR2)
        while not file.exists():
            if self.process.poll() is not None:
                raise RuntimeError("the worker ended")
            time.sleep(0.01)
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found


def start(ready: stage.Stage, *parts: str) -> Worker:
    """Start the asking side's process."""
    config = ready.config("eu")
    file = config.with_suffix(".json")
    for each in (file, fired_file(config)):
        each.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks.escalating", str(config), *parts]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    while not file.exists():
        if process.poll() is not None:
            raise RuntimeError("the worker ended")
        time.sleep(0.05)
    return Worker(config, process)


@contextlib.contextmanager
def worker(ready: stage.Stage, *parts: str) -> Iterator[Worker]:
    """Run the asking side's process while the block lasts."""
    made = start(ready, *parts)
    try:
        yield made
    finally:
        made.process.terminate()
        made.process.communicate(timeout=60)  # closes its pipes
