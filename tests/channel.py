"""Harness: two real nodes on loopback, founded, with a charter and officials.

Each node has its own embedded PostgreSQL (fsync on) and Redis, as `./run` has.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from special_channel.broker.receipts import Accepted
from special_channel.cli.party import trusted
from special_channel.config import Settings
from special_channel.core.audit.trust import write as write_trust
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import Role
from special_channel.core.rows.charter import parse as parse_charter
from special_channel.core.rows.writing import Signer, part_refs, sign, text_part
from special_channel.desk import charter
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.launcher import binaries
from special_channel.launcher.postgres import embedded_postgres
from special_channel.stores.migrations import migrate
from special_channel.wiring import files
from special_channel.wiring.founding import Founded, found
from special_channel.wiring.node import PARTS, Node, open_node
from tests import servers
from tests.proxy import Proxy, to_port

ROOT = Path(__file__).resolve().parents[1]
CHARTER = ROOT / "config" / "charter"
AGREED = "demo-90s"
AGREED_SECONDS = 90
"""The demonstration's reply rule in seconds."""
PATIENCE = 60.0
"""Seconds after which something that should have happened counts as not happening."""


def settings(
    folder: Path,
    party: Party,
    ports: dict[Party, int],
    founded: tuple[Founded, ...] = (),
    **more: Any,
) -> Settings:
    """Return settings of one node; `more` replaces whole sections."""
    sections: dict[str, Any] = {
        "node": {
            "party": party,
            "origin": f"{party}.channel.example/log",
            "private_origin": f"{party}.channel.example/private",
            "url": f"http://localhost:{ports[party]}",
            "host": "127.0.0.1",
            "port": ports[party],
            "data": folder / party,
            "keys": folder / party / "keys",
        },
        "pins": {
            each.party: {"origin": each.origin, "root": each.root, "link": each.link}
            for each in founded
        },
        "link": {"peer": f"http://127.0.0.1:{ports[peer_of(party)]}"},
        "escalation": {
            "ladder": ROOT / "config" / "ladders" / f"{party}.toml",
            "calendars": ROOT / "config" / "calendars",
        },
        "writing": {"templates": ROOT / "config" / "templates" / f"{party}.toml"},
        "demo": {"mailbox": True, "confirm_codes": True},
    }
    return Settings(**(sections | more))


@dataclass
class Channel:
    """Both nodes, with keys and API clients to write entries."""

    folder: Path
    ports: dict[Party, int]
    founded: tuple[Founded, ...]
    nodes: dict[Party, Node]
    document: bytes = b""
    officials: dict[tuple[Party, Role, int], KeyFile] = field(default_factory=dict)
    lines: dict[Party, Proxy] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)
    _running: dict[Party, asyncio.Task[None]] = field(default_factory=dict)

    def settings(self, party: Party, **more: Any) -> Settings:
        """Return the settings of a node of this channel; `more` replaces sections."""
        line = self.lines.get(party)
        link = {"link": {"peer": f"http://127.0.0.1:{line.port}"}} if line else {}
        return settings(self.folder, party, self.ports, self.founded, **link | self.more | more)

    async def start(self, party: Party, parts: tuple[str, ...] = PARTS, **more: Any) -> Node:
        """Start a node on its data; return it once it serves.

        Raises:
            ChannelError: The node can't start.
        """
        opened: asyncio.Future[Node] = asyncio.get_running_loop().create_future()

        async def life() -> None:
            async with open_node(self.settings(party, **more), parts) as node:
                await node.run(lambda _port: opened.set_result(node))

        task = asyncio.ensure_future(life())
        waiting: set[asyncio.Future[Any]] = {task, opened}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if not opened.done():
            await task
        self._running[party] = task
        self.nodes[party] = opened.result()
        return self.nodes[party]

    async def stop(self, party: Party) -> None:
        """Stop a node in order, with its servers."""
        task = self._running.pop(party)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self.nodes.pop(party, None)

    async def stop_all(self) -> None:
        """Stop all running nodes."""
        for party in list(self._running):
            await self.stop(party)

    @property
    def trust(self) -> bytes:
        """Return an overseer's trust file."""
        return write_trust(map(trusted, self.founded))

    @property
    def charter_digest(self) -> str:
        return sha256(self.document).hexdigest()

    def now(self, party: Party = "eu") -> str:
        return timestamp(self.nodes[party].core.clock.now())

    async def seen(self, party: Party) -> list[dict[str, Any]]:
        """Return both trees of a node, as stated in `seen`."""
        core = self.nodes[party].core
        heads = [await core.record.head(log) for log in PARTIES]
        return [
            {
                "log": core.identity.origin(head.log),
                "size": head.size,
                "root": head.frontier.root().hex(),
            }
            for head in heads
        ]

    async def payload(self, party: Party, by: str, kind: str, **fields: Any) -> dict[str, Any]:
        """Return a payload of a kind by a key.

        A note with a question under the rule in seconds gets an earlier `at`, so that its due time
        is the counted one.
        """
        dues = [ask["due"] for ask in fields.get("asks", ()) if ask.get("rule") == AGREED]
        written = [timestamp(instant(due) - timedelta(seconds=AGREED_SECONDS)) for due in dues]
        return {
            "v": 1,
            "log": self.nodes[party].core.identity.origin(party),
            "kind": kind,
            "by": by,
            "at": min([self.now(party), *written]),
            "seen": await self.seen(party),
            **fields,
        }

    async def submit(
        self, party: Party, payload: dict[str, Any], *signers: Signer, parts: tuple[bytes, ...] = ()
    ) -> Accepted:
        if parts:
            payload = payload | {"parts": part_refs(parts)}
        [accepted] = await self.nodes[party].core.appender.submit([sign(payload, signers, parts)])
        return accepted

    async def enrol(self, party: Party, role: Role, desk: str, number: int = 1) -> KeyFile:
        """Enrol an official by a key file."""
        key = KeyFile.make(party, role, os.urandom(32), unit="Unit", desk=desk)
        person = os.urandom(16).hex()
        registrar, second = files.registrars(self.nodes[party].core.settings)
        function = {"person": person, "grant": 1, "role": role, "desk": desk, "unit": "Unit"}
        granted = await self.payload(party, registrar.key, "role.granted", body=function)
        await self.submit(party, granted, registrar, second)
        body = {"person": person, "suite": key.private.suite, "public": key.public}
        payload = await self.payload(party, key.key, "key.enrolled", body=body)
        await self.submit(party, payload, key.signer, registrar, second)
        self.officials[party, role, number] = key
        return key

    async def adopt(self, document: bytes) -> None:
        """Let both sides adopt a charter."""
        self.document = document
        for party in PARTIES:
            core = self.nodes[party].core
            registrar, second = files.registrars(core.settings)
            log, at = core.identity.origin(party), self.now(party)
            author = Author(registrar, log, at, tuple(await self.seen(party)), os.urandom)
            entry = charter.adoption(document, parse_charter(document), author, second)
            await core.appender.submit([entry])
        await self.caught_up()

    async def open_thread(self, party: Party, subject: str = "Subject") -> str:
        """Open a thread on the standing batch; return its id."""
        key, thread = self.officials[party, "desk", 1], os.urandom(16).hex()
        payload = await self.payload(
            party, key.key, "thread.opened", thread=thread, body={"batch": "standing"}, lang="en"
        )
        part = text_part("subject", os.urandom(32), subject)
        await self.submit(party, payload, key.signer, parts=(part,))
        return thread

    async def note(
        self, party: Party, thread: str, text: str = "A note.", **fields: Any
    ) -> Accepted:
        """Post a note; `fields` may hold `asks` and `answers`."""
        key = self.officials[party, "desk", 1]
        payload = await self.payload(
            party, key.key, "note.posted", thread=thread, body={}, **({"lang": "en"} | fields)
        )
        part = text_part("text", os.urandom(32), text)
        return await self.submit(party, payload, key.signer, parts=(part,))

    def ask(self, party: Party, due: str, q: str = "1") -> dict[str, Any]:
        """Ask the other side a question with an agreed due time, counted by the charter's rule."""
        named = {"charter": self.charter_digest, "rule": AGREED}
        return {"q": q, "who": peer_of(party), "due": due} | named

    async def until(self, holds: Callable[[], Awaitable[bool]], party: Party = "eu") -> None:
        """Wait for changes until a condition is true at a node."""
        changes = self.nodes[party].core.changes
        async with asyncio.timeout(PATIENCE):
            while True:
                version = changes.version
                with suppress(Unavailable):  # a server that was killed is on its way back
                    if await holds():
                        return
                await changes.after(version, 0.5)

    async def caught_up(self) -> None:
        """Wait until both nodes have stored and cosigned all entries of both logs."""
        for party in PARTIES:
            await self.until(partial(self._level, party), party)

    async def _level(self, party: Party) -> bool:
        ours = await self.nodes[party].core.record.head(party)
        theirs = await self.nodes[peer_of(party)].core.record.head(party)
        return ours.size == theirs.size == ours.cosigned


@asynccontextmanager
async def channel(
    folder: Path,
    parts: tuple[str, ...] = PARTS,
    *,
    proxied: bool = False,
    charter_folder: Path = CHARTER,
    **more: Any,
) -> AsyncIterator[Channel]:
    """Run a channel with a charter, two desk officers and a head on each side.

    `proxied` puts a proxy into the link, which a test can cut and which records the bytes;
    `charter_folder` contains the charter that both adopt; `more` replaces sections of both
    nodes' settings.
    """
    await _lay_clusters(folder)
    demo = {"demo": more["demo"]} if "demo" in more else {}
    ports: dict[Party, int] = {party: servers.free_port() for party in PARTIES}
    founded = tuple(
        await asyncio.gather(*(found(settings(folder, party, ports, **demo)) for party in PARTIES))
    )
    async with AsyncExitStack() as stack:
        lines: dict[Party, Proxy] = {}
        for party in PARTIES if proxied else ():
            line = to_port(ports[peer_of(party)], listen=True)
            lines[party] = await stack.enter_async_context(line)
        made = Channel(folder, ports, founded, {}, lines=lines, more=more)
        stack.push_async_callback(made.stop_all)
        await asyncio.gather(*(made.start(party, parts) for party in PARTIES))
        await _adopt(made, charter_folder)
        for party, desk in (("eu", "permits"), ("cn", "licensing")):
            await made.enrol(party, "desk", desk)
            await made.enrol(party, "desk", desk, 2)
            await made.enrol(party, "head", "unit")
        await made.caught_up()
        yield made


_kept: list[Path] = []


async def _lay_clusters(folder: Path) -> None:
    """Copy a migrated cluster, made once per process, to each side.

    Making a cluster takes more than a second; tests/launcher and tests/cli test it.
    """
    if not _kept:
        opened = ExitStack()
        atexit.register(opened.close)
        data = opened.enter_context(servers.open_folder()) / "postgres"
        async with embedded_postgres(
            data, sockets=servers.sockets(), binaries=binaries.find_postgres()
        ) as server:
            await migrate(server.dsn())
        _kept.append(data)
    for party in PARTIES:
        (folder / party).mkdir(exist_ok=True)
        copying = ("cp", "-a", str(_kept[0]), str(folder / party))
        done = await asyncio.create_subprocess_exec(*copying)
        assert await done.wait() == 0


async def _adopt(made: Channel, folder: Path) -> None:
    calendars = files.calendars(ROOT / "config" / "calendars")
    document, _ = charter.document(folder, list(calendars.values()))
    await made.adopt(document)
