"""Two nodes with their links, and the escalation of both sides."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.ids import PARTIES, Party, ThreadId, peer_of
from special_channel.core.bytes.times import from_posix
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.rules.state import question_key
from special_channel.stores.work import QuestionKey
from tests import servers
from tests.escalation.bureau import Bureau, open_bureau
from tests.link.nodes import Node, Tap, following, open_node, point, serving, signed, until_equal
from tests.world import World

CANARIES = ("Zinnober-Kestrel", "虚构金丝雀公司", "Tourmaline paragraph")
"""Words of subject, company and text that no mail may contain."""


@dataclass
class Story:
    """Two linked nodes, and their time."""

    world: World
    nodes: dict[Party, Node]
    thread: ThreadId
    bureaus: list[Bureau]
    _following: contextlib.AsyncExitStack | None = None

    def in_(self, seconds: int) -> str:
        return from_posix(self.world.clock.seconds + seconds)

    async def forward(self, seconds: int) -> None:
        """Move both nodes' clocks, and those of their reminders."""
        self.world.clock.forward(seconds)
        for node in self.nodes.values():
            node.clock.ticks += seconds
        for bureau in self.bureaus:
            await bureau.forward(seconds)

    async def link_up(self, taps: Mapping[Party, Tap] | None = None, *, wait: bool = True) -> None:
        """Connect the nodes; taps change the responses of a side's node."""
        self._following = contextlib.AsyncExitStack()
        for party, node in self.nodes.items():
            serves = serving(node, tap=(taps or {}).get(party))
            point(self.nodes[node.peer], await self._following.enter_async_context(serves))
        await self._following.enter_async_context(following(*self.nodes.values()))
        if wait:
            await self.delivered()

    async def delivered(self) -> None:
        await until_equal(self.nodes["eu"], self.nodes["cn"])

    async def link_down(self) -> None:
        """Cut the link, and wait until both nodes notice."""
        if self._following is not None:
            await self._following.aclose()
            self._following = None
        for node in self.nodes.values():
            point(node, "http://127.0.0.1:9")
            node.link.status.failed(node.clock.now())

    async def submit(self, party: Party, kind: str, *words: str, **fields: Any) -> Accepted:
        payload = self.world.payload(party, kind, **({"thread": self.thread} | fields))
        (accepted,) = await self.nodes[party].appender.submit(
            [signed(self.world, party, payload, *words)]
        )
        return accepted

    async def open(self, party: Party, title: str, **fields: Any) -> ThreadId:
        """Open another thread."""
        thread, part = self.world.thread_id(), self.world.text(title, "subject")
        body = {"batch": "standing"}
        stated = {"thread": thread, "lang": "en", "body": body, "parts": part_refs([part])}
        payload = self.world.payload(party, "thread.opened", **(stated | fields))
        signer = self.world.sides[party].keys["desk"]
        await self.nodes[party].appender.submit([sign(payload, [signer], [part])])
        return thread

    async def ask(self, party: Party, due: str, **changed: Any) -> QuestionKey:
        """Post a question; `at`: time of writing, if the note waited for its release."""
        fields: dict[str, Any] = {"at": changed.pop("at")} if "at" in changed else {}
        fields |= {"lang": "en", "asks": [self.world.ask(party, due, **changed)]}
        accepted = await self.submit(party, "note.posted", CANARIES[2], **fields)
        return accepted.id, "1"

    async def answer(self, party: Party, ask: QuestionKey) -> Accepted:
        ticked = [{"id": ask[0], "q": [ask[1]]}]
        return await self.submit(party, "note.posted", CANARIES[2], lang="en", answers=ticked)

    async def row(self, party: Party, ask: QuestionKey) -> QuestionRow:
        key = question_key(*ask)
        row = (await self.nodes[party].record.rows(frozenset({key}))).get(key)
        assert isinstance(row, QuestionRow)
        return row

    async def outcome(self, party: Party, ask: QuestionKey) -> str:
        row = await self.row(party, ask)
        return str(row.outcome())


def begun() -> World:
    """Found both sides and open a thread of the EU; the bytes are the same in every run."""
    made = World.founded()
    made.open_thread("eu", f"{CANARIES[0]}, {CANARIES[1]}")
    made.exchange()
    return made


@pytest.fixture
def world() -> World:
    """Return the world of both founded sides."""
    return begun()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def templates(migrated, tmp_path_factory) -> dict[Party, servers.Database]:
    """Fill a database for each side with that world, once."""
    found: dict[Party, servers.Database] = {}
    for party in PARTIES:
        found[party] = await servers.create(migrated.server, template=migrated.name)
        folder = tmp_path_factory.mktemp(f"begun-{party}")
        async with open_node(begun(), party, found[party], folder) as node:
            await node.catch_up_alone()
    return found


@pytest_asyncio.fixture
async def nodes(templates, world, tmp_path) -> AsyncIterator[dict[Party, Node]]:
    """Open both nodes on copies of these databases."""
    async with contextlib.AsyncExitStack() as stack:
        made: dict[Party, Node] = {}
        for party, template in templates.items():
            copy = await stack.enter_async_context(servers.copies_of(template))
            (tmp_path / party).mkdir()
            made[party] = await stack.enter_async_context(
                open_node(world, party, await copy(), tmp_path / party)
            )
            head = await made[party].record.head(party)
            made[party].published.write(party, head.size, head.frontier.root())
        yield made


@pytest_asyncio.fixture
async def story(world, nodes) -> AsyncIterator[Story]:
    """Connect two nodes."""
    thread = world.eu.own.entries[-1].leaf.thread
    told = Story(world, nodes, thread, [])
    await told.link_up()
    yield told
    if told._following is not None:
        await told._following.aclose()


@pytest_asyncio.fixture
async def bureaus(story, redis_url) -> AsyncIterator[dict[Party, Bureau]]:
    """Assemble the escalation of both sides."""
    async with contextlib.AsyncExitStack() as stack:
        made: dict[Party, Bureau] = {}
        for party, node in story.nodes.items():
            made[party] = await stack.enter_async_context(open_bureau(node, redis_url))
            story.bureaus.append(made[party])
            await made[party].settle()
        yield made


@pytest.fixture
def waiting(bureaus: dict[Party, Bureau]) -> Bureau:
    """Return the escalation of the asking side, the EU."""
    return bureaus["eu"]


@pytest.fixture
def answering(bureaus: dict[Party, Bureau]) -> Bureau:
    """Return the escalation of the answering side, CN."""
    return bureaus[peer_of("eu")]
