"""A stage for measurements: a founded channel on disk, and nodes of it as processes.

The channel is made by the tests' own machinery, then its nodes run as `special-channel serve`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Connection
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.dsse import SIGNIN_TYPE, Envelope, Signature, pae
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.desk.keyfile import KeyFile
from tests.channel import Channel, channel

TEXT = "Note {:06}: five certificates lack a stamp. The originals were sent by courier on Monday."
"""Makes a note of 700 bytes, payload and part."""

STOP_SECONDS = 180
"""A large database writes all that changed to disk when it stops."""

Signed = tuple[bytes, tuple[bytes, ...]]
"""An envelope and its parts."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A founded channel on disk. `thread` is one to write notes in, as the EU desk officer."""

    folder: Path
    ports: dict[Party, int]
    key: KeyFile
    thread: str
    seen: list[Value]

    def config(self, party: Party) -> Path:
        """The settings file of a node."""
        return self.folder / f"{party}.toml"

    @property
    def trust(self) -> Path:
        """What an overseer checks an export against."""
        return self.folder / "trust.json"

    def content(self) -> str:
        """Return what a note holds, payload and part, as other brokers are given it."""
        [(envelope, parts)] = self.notes(1)
        payload = b64decode(json.loads(envelope)["payload"])
        return b"".join((payload, *parts)).decode()

    def notes(self, count: int, thread: str = "") -> list[Signed]:
        """Sign that many notes, each of one short paragraph; in this stage's thread by default."""
        return [
            self.entry(
                "note.posted",
                thread or self.thread,
                text_part("text", os.urandom(32), TEXT.format(number)),
                {"body": {}},
            )
            for number in range(count)
        ]

    def entry(self, kind: str, thread: str, part: bytes, fields: Mapping[str, Value]) -> Signed:
        """Sign one entry of the EU desk officer."""
        payload: dict[str, Value] = {
            "v": 1,
            "log": "eu.channel.example/log",
            "kind": kind,
            "thread": thread,
            "by": self.key.key,
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seen": self.seen,
            "parts": part_refs([part]),
            "lang": "en",
            **fields,
        }
        submission = sign(payload, [self.key.signer], [part])
        return submission.envelope, (part,)


@contextlib.asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    """Found a channel, adopt a charter, enrol officials, stop both nodes again."""
    async with channel(folder, ("web", "link")) as made:
        thread = await made.open_thread("eu")
        await made.caught_up()
        seen = await made.seen("eu")
        key = made.officials["eu", "desk", 1]
        ready = Stage(folder, made.ports, key, thread, list(seen))
        for party in PARTIES:
            write_config(ready.config(party), made, party)
        ready.trust.write_bytes(made.trust)
    yield ready


def write_config(path: Path, made: Channel, party: Party) -> None:
    """Write a node's settings as `serve` reads them."""
    settings = made.nodes[party].core.settings
    pins = "\n".join(
        f'[pins.{each.party}]\norigin = "{each.origin}"\nroot = "{each.root}"\nlink = "{each.link}"'
        for each in made.founded
    )
    path.write_text(
        f"""[node]
party = "{party}"
origin = "{settings.node.origin}"
private_origin = "{settings.node.private_origin}"
url = "{settings.node.url}"
port = {settings.node.port}
data = "{settings.node.data}"
keys = "{settings.node.keys}"

{pins}

[link]
peer = "http://127.0.0.1:{made.ports[peer_of(party)]}"

[escalation]
ladder = "{settings.escalation.ladder}"
calendars = "{settings.escalation.calendars}"

[limits]
requests_per_minute = 100000000
address_requests_per_minute = 100000000
token_minutes = 60

[telemetry]
level = "error"
""",
        encoding="utf-8",
    )


@contextlib.contextmanager
def node(ready: Stage, party: Party, *parts: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a node as a process while the block lasts."""
    process = start_node(ready.config(party), *parts)
    try:
        wait_ready(ready.ports[party], process)
        yield process
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def start_node(config: Path, *parts: str) -> subprocess.Popen[bytes]:
    """Start a node's process: all parts, or those named."""
    command = [sys.executable, "-m", "special_channel", "serve", "--config", str(config)]
    for part in parts:
        command += ["--part", part]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def wait_ready(port: int, process: subprocess.Popen[bytes] | None, seconds: float = 60) -> None:
    """Wait until a node serves.

    Raises:
        RuntimeError: It ended, or took longer.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and process is not None and process.poll() is None:
        if _answers(port):
            return
        time.sleep(0.05)
    raise RuntimeError("the node does not serve")


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


async def sign_in(port: int, key: KeyFile) -> str:
    """Return a bearer token."""
    connection = await Connection.open(port)
    try:
        asked = json.dumps({"key": key.key}).encode()
        _, answer = await connection.post("/api/signin/challenge", asked)
        payload = b64decode(json.loads(answer)["payload"])
        signature = key.private.sign(pae(SIGNIN_TYPE, payload))
        envelope = Envelope(SIGNIN_TYPE, payload, (Signature(key.key, signature),))
        body = json.dumps({"envelope": envelope.encode().decode()}).encode()
        _, answer = await connection.post("/api/signin", body)
    finally:
        connection.close()
    return str(json.loads(answer)["token"])
