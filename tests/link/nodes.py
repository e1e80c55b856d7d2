"""Real nodes for tests of the link: databases, appender, link, a server on loopback.

What the logs hold comes from a `World`, signed by its keys. Time is moved by hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer, get_port_socket

from special_channel.broker.append import Appender
from special_channel.broker.commit import Committer, stamp_head
from special_channel.broker.identity import Identity, KeyRing
from special_channel.broker.live import Changes
from special_channel.broker.recovering import carry_out
from special_channel.broker.starting import StartCheck
from special_channel.broker.time_limits import TimeLimits
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, part_refs, sign
from special_channel.link import pages
from special_channel.link.checking import MirrorStopped
from special_channel.link.client import PeerAddress, PeerClient
from special_channel.link.deps import Exchange, LinkDeps, LinkNode, OwnLog, Peer, SharedStores
from special_channel.link.follower import Follower
from special_channel.link.link import Link
from special_channel.link.pages import PREFIX
from special_channel.link.trust import PinnedLinkKey
from special_channel.ports.start import Marks
from special_channel.stores.files import Files
from special_channel.stores.mirror import EvidenceBook, MirrorBook, SharedFiles
from special_channel.stores.private_views import DirectoryViews
from special_channel.stores.published import PublishedFiles
from special_channel.stores.record import (
    PostgresRecord,
    PostgresShared,
    SessionRules,
    open_record,
    open_shared,
)
from special_channel.stores.start_notes import StartNotes
from special_channel.stores.waiting import WaitingRoom
from tests.servers import Database
from tests.world import Entry, Side, World

FORGETFUL = SessionRules(connections=6, durable=False)


@dataclass
class HandClock:
    """The world's clock; `ticks` moves its monotonic time."""

    world: World
    ticks: float = 0.0
    ahead: int = 0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.clock.seconds + self.ahead, UTC)

    def monotonic(self) -> float:
        return self.ticks


@dataclass
class Counted:
    """Random bytes without repetition."""

    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def bytes(self, length: int) -> bytes:
        return next(self.numbers).to_bytes(length)


@dataclass
class Bells:
    """Alarms that are on, and all alarms ever raised."""

    ringing: dict[str, dict[str, str | int]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def sound(self, code: str, /, **facts: str | int) -> None:
        self.ringing[code] = facts
        self.heard.append(code)

    def quiet(self, code: str, /) -> None:
        self.ringing.pop(code, None)


@dataclass
class Naps:
    """A timer whose sleeps end when a test wakes it."""

    asked: list[float] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        await self.woken.wait()

    def wake(self) -> None:
        self.woken.set()
        self.woken = asyncio.Event()


@dataclass
class Node:
    """A party's node, assembled as `wiring` does."""

    party: Party
    world: World
    database: Database
    record: PostgresRecord
    shared: PostgresShared
    identity: Identity
    committer: Committer
    appender: Appender
    link: Link
    house: LinkDeps
    clock: HandClock
    alarms: Bells
    naps: Naps
    changes: Changes
    published: PublishedFiles
    files: Files

    @property
    def peer(self) -> Party:
        return peer_of(self.party)

    async def size(self, log: Party) -> int:
        return (await self.record.head(log)).size

    async def write_own(self, upto: int | None = None) -> None:
        """Store the world's own log, as if it had been appended on this node."""
        follower = Follower(self.record, self.identity, self.party)
        size = self.world.sides[self.party].own.size if upto is None else upto
        while (held := await self.size(self.party)) < size:
            taken = await follower.take(page_of(self.world, self.party, held, size))
            assert not isinstance(taken.fault, MirrorStopped)
            if not taken.commits:
                break
        head = await self.record.head(self.party)
        self.published.write(self.party, head.size, head.frontier.root())
        self.changes.notify()

    async def take(self, page: pages.Page) -> None:
        await self.link.mirror.take(page)

    async def mirror_all(self) -> None:
        """Store the log of the world's peer, as the mirror does."""
        size = self.world.sides[self.peer].own.size
        while (held := await self.size(self.peer)) < size:
            await self.take(page_of(self.world, self.peer, held, size))

    async def catch_up_alone(self) -> None:
        """Store both logs of the world, in causal order."""
        for _ in range(50):
            before = await self.size("eu"), await self.size("cn")
            await self.write_own()
            await self.link.healer._followers[self.peer].take(
                page_of(self.world, self.peer, await self.size(self.peer))
            )
            if (await self.size("eu"), await self.size("cn")) == before:
                return

    async def codes(self, log: Party) -> list[str]:
        return [entry.code for entry in await self.record.entries(log, 0, 10_000)]


def sent(entry: Entry) -> dict[str, object]:
    """An entry in the form of the link."""
    return {
        "leaf": entry.leaf.encode().decode(),
        "envelope": entry.submission.envelope.decode(),
        "parts": [part.decode() if part else "" for part in entry.submission.parts],
    }


def page_of(
    world: World,
    party: Party,
    first: int = 0,
    upto: int | None = None,
    change: Callable[[dict[str, Any]], None] = lambda _: None,
) -> pages.Page:
    """A page of a world's log; `change` tampers with it on the way."""
    side = world.sides[party]
    size = side.own.size if upto is None else upto
    value = {
        "v": 1,
        "log": side.origin,
        "first": first,
        "size": side.own.size,
        "commits": [
            {"note": side.own.notes[at + 1], "entries": [sent(side.own.entries[at])]}
            for at in range(first, min(size, first + 1000))
        ],
        "cosigned": "",
    }
    change(value)
    return pages.read(pages.Page, orjson.dumps(value))


def signed(
    world: World, party: Party, payload: dict[str, Any], *words: str, also: Sequence[str] = ()
) -> Submission:
    """Sign a payload by its author without appending the entry."""
    parts = [world.text(paragraph) for paragraph in words]
    keys = world.sides[party].keys
    author = next(signer for signer in keys.values() if signer.key == payload["by"])
    stated = dict(payload) | ({"parts": part_refs(parts)} if parts else {})
    return sign(stated, [author, *(keys[name] for name in also)], parts)


def ring(side: Side, role: str) -> KeyRing:
    """Return a side's keys of a role: the founded one, and each whose name begins with it."""

    def held() -> list[PrivateKey]:
        return [one.private for name, one in side.keys.items() if name.startswith(f"{role}-")]

    return KeyRing(side.keys[role].private, held)


def link_keys(side: Side) -> list[Signer]:
    """Return a side's link keys with a file."""
    return [key for name, key in side.keys.items() if name.partition("-")[0] == "link"]


def identity_of(world: World, party: Party) -> Identity:
    side = world.sides[party]
    return Identity(
        party=party,
        private_origin=side.private_origin,
        pins=world.pins,
        node=side.keys["node"],
        checkpoint=ring(side, "checkpoint"),
        cosigning=ring(side, "cosigning"),
        cosigning_name=side.cosigning_name,
    )


async def same_marks() -> Marks:
    """Marks of a database and guard that were never restored."""
    return Marks("system", 1, 1, 1, 1, "")


@contextlib.asynccontextmanager
async def open_node(
    world: World,
    party: Party,
    database: Database,
    folder: Path,
    peer_url: str = "http://127.0.0.1:9",
) -> AsyncIterator[Node]:
    """Open a node; nobody serves or follows yet."""
    async with contextlib.AsyncExitStack() as stack:
        record = await stack.enter_async_context(
            open_record(database.dsn("channel_node"), FORGETFUL)
        )
        shared = await stack.enter_async_context(
            open_shared(database.dsn("channel_link"), FORGETFUL)
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        identity, peer = identity_of(world, party), peer_of(party)
        clock, changes, alarms, naps = HandClock(world), Changes(), Bells(), Naps()
        published = PublishedFiles(folder)
        committer = Committer(record, identity, published, clock, lambda *_: changes.notify())
        limits = TimeLimits(identity, clock, DirectoryViews(record.pool).side_persons)
        appender = Appender(record, identity, committer, limits=limits)
        client = PeerClient(
            session,
            PeerAddress(peer_url, world.sides[peer].origin),
            world.sides[party].keys["link"],
            clock,
            Counted(),
        )
        files = Files(shared.pool)
        start = StartCheck(same_marks, StartNotes(folder, party), clock, alarms, always=False)
        await start.seen()
        house = LinkDeps(
            node=LinkNode(
                identity=identity,
                changes=changes,
                alarms=alarms,
                clock=clock,
                sleep=naps.sleep,
            ),
            stores=SharedStores(
                record=shared,
                book=MirrorBook(shared.pool),
                room=WaitingRoom(shared.pool),
                evidence=EvidenceBook(shared.pool),
                files=SharedFiles(shared.pool, files, party),
            ),
            own_log=OwnLog(
                append=appender.act,
                stamp=lambda: stamp_head(record, committer, identity, clock),
                erase=partial(carry_out, record, party),
                gate=committer,
                published=published,
                start=start,
            ),
            peer=Peer(
                client,
                PinnedLinkKey(peer, "ed25519", world.sides[peer].keys["link"].private.public),
                partial(link_keys, world.sides[party]),
            ),
            exchange=Exchange(hold_seconds=20.0),
        )
        node = Node(
            party=party,
            world=world,
            database=database,
            record=record,
            shared=shared,
            identity=identity,
            committer=committer,
            appender=appender,
            link=Link(house),
            house=house,
            clock=clock,
            alarms=alarms,
            naps=naps,
            changes=changes,
            published=published,
            files=Files(record.pool),
        )
        task = asyncio.create_task(appender.run())
        try:
            yield node
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


Tap = Callable[[web.Request, bytes], bytes]
"""Sees, and may change, each answer on the wire."""


@contextlib.asynccontextmanager
async def serving(node: Node, port: int = 0, tap: Tap | None = None) -> AsyncIterator[str]:
    """Serve a node's link on loopback; yields its address."""

    @web.middleware
    async def tapped(request: web.Request, handler):
        response = await handler(request)
        if tap is not None and isinstance(response, web.Response) and response.body:
            assert isinstance(response.body, bytes)
            response.body = tap(request, response.body)
        return response

    app = web.Application(middlewares=[tapped])
    app.add_subapp(PREFIX, node.link.make_app())
    async with listening(app, port) as url:
        try:
            yield url
        finally:
            node.changes.notify()


@contextlib.asynccontextmanager
async def listening(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    """Serve an application on loopback; yields its address."""
    sockets: list[socket.socket] = []

    def bound(host: str, number: int, family: socket.AddressFamily) -> socket.socket:
        sockets.append(get_port_socket(host, number, family))
        return sockets[-1]

    server = TestServer(app, host="127.0.0.1", port=port, socket_factory=bound)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        # asyncio never closes a connection that it accepted a turn before its server closed.
        asyncio.get_running_loop().remove_reader(sockets[0])
        for _ in range(3):
            await asyncio.sleep(0)
        await server.close()


def point(node: Node, url: str) -> None:
    """Tell a node where its peer listens."""
    address = PeerAddress(url, node.world.sides[node.peer].origin)
    node.house.peer.client.address = address


async def until(node: Node, holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait until something holds at a node, looking again whenever its logs change."""
    async with asyncio.timeout(seconds):
        while True:
            version = node.changes.version
            if await holds():
                return
            await node.changes.after(version, 0.05)  # another node's logs may decide


async def until_equal(one: Node, other: Node, seconds: float = 60) -> None:
    """Wait until both nodes have the same entries of both logs, delivered in both directions."""

    async def equal() -> bool:
        heads = [[await node.record.head(log) for log in PARTIES] for node in (one, other)]
        sizes = [[head.size for head in each] for each in heads]
        return sizes[0] == sizes[1] and all(
            head.cosigned == head.size for each in heads for head in each
        )

    await until(one, equal, seconds)


@contextlib.asynccontextmanager
async def following(*nodes: Node) -> AsyncIterator[None]:
    """Run the links of these nodes."""
    tasks = [asyncio.create_task(node.link.run()) for node in nodes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
