"""A channel of two nodes whose months pass by hand, and what is written down of them.

Databases, Redis, link, mail server and pages are real; nobody waits for a clock. Time jumps
from one moment at which a node has something to do to the next, so nothing fires late but
what a story stops. Keys, salts and times are the same each run, so the numbers are, too.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.bytes.suites import Suite
from special_channel.core.bytes.times import posix, timestamp
from special_channel.core.rows.charter_calendars import stated
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.time.due import due
from special_channel.core.time.ladder import parse_ladder
from special_channel.desk.signin import token_digest
from special_channel.escalation.deps import Canary
from special_channel.ports import Transaction
from special_channel.stores.desk_sessions import Session
from special_channel.stores.people import Language, Official
from tests import servers
from tests.core.calendar_files import both_sides
from tests.escalation.bureau import ZONES, Bureau, open_bureau
from tests.link.nodes import Node, following, open_node, point, serving, until_equal
from tests.story_month.table import Asked, Table
from tests.web.pages_node import PagesNode, serve_pages
from tests.world import World

CONFIG = Path(__file__).resolve().parents[2] / "config"
LONGEST = timedelta(days=400)
AHEAD = (
    "SELECT min(at) FROM work.looks WHERE state = 'armed' AND at > $1",
    "SELECT min(next_at) FROM work.outbox WHERE state = 'waiting' AND next_at > $1",
)


class Year(World):
    """A world founded on 9 February 2026 under the demonstration's rules and calendars."""

    def __init__(self, suite: Suite = "ed25519") -> None:
        super().__init__(suite)
        self.clock.seconds = posix("2026-02-09T08:00:00Z")

    def charter(self, **changed: Any) -> dict[str, Any]:
        demo = tomllib.loads((CONFIG / "charter" / "demo.toml").read_text(encoding="utf-8"))
        rules = [{k: v for k, v in rule.items() if k != "warnings"} for rule in demo["reply_rules"]]
        calendars = [stated(each) for _, each in sorted(both_sides().items())]
        own = {"reply_rules": rules, "calendars": calendars, "office_hours": demo["office_hours"]}
        return super().charter(**own | changed)


class Months(Table):
    """Both nodes, and the events of a story."""

    # Time ----------------------------------------------------------------------------

    async def until(self, local: str, side: Party) -> None:
        """Let time pass until then on a side's wall clock, and whatever falls due meanwhile."""
        goal = datetime.fromisoformat(local).replace(tzinfo=ZONES[side])
        while (ahead := await self._ahead()) <= goal:
            await self._move(ahead)
            await self._settle()
            await self.write("")
        await self._move(goal)

    async def _ahead(self) -> datetime:
        """The next due moment of a running node."""
        found = [self.now + LONGEST]
        for side, bureau in self.bureaus.items():
            if side not in self.stopped:
                pool = bureau.node.record.pool
                found += [
                    at
                    for query in AHEAD
                    if (at := await pool.fetchval(query, self.now)) is not None
                ]
        return min(found)

    async def _move(self, to: datetime) -> None:
        seconds = -(-(to - self.now) // timedelta(seconds=1))  # never early: rounded up
        self.world.clock.forward(seconds)
        for node in self.nodes.values():
            node.clock.ticks += seconds
        for bureau in self.bureaus.values():
            await bureau.forward(seconds)

    async def _settle(self) -> None:
        """Let both nodes do all due work, and exchange entries."""
        for _ in range(2):
            for side in PARTIES:
                if side not in self.stopped:
                    await self.bureaus[side].settle()
            if self._link is not None:
                await until_equal(self.nodes["eu"], self.nodes["cn"])

    async def stop(self, side: Party) -> None:
        """Stop a side's escalation; the rest of its node goes on."""
        self.stopped.add(side)
        await self.write(f"{side.upper()}: the escalation of this node stops")

    async def start(self, side: Party) -> None:
        self.stopped.discard(side)
        await self._settle()
        await self.write(f"{side.upper()}: the escalation of this node runs again")

    async def link_up(self, what: str = "") -> None:
        self._link = contextlib.AsyncExitStack()
        for node in self.nodes.values():
            point(self.nodes[node.peer], await self._link.enter_async_context(serving(node)))
        await self._link.enter_async_context(following(*self.nodes.values()))
        await until_equal(self.nodes["eu"], self.nodes["cn"])
        if what:
            await self._settle()
            await self.write(what)
            for asked in self.asks.values():
                row = await self._askrow("eu", asked)
                if row is not None and row.outcome() == "crossed":
                    await self._states(asked)

    async def link_down(self, what: str = "") -> None:
        if self._link is not None:
            for node in self.nodes.values():  # heads are exchanged each minute
                await node.link.heads.fresh_head()
            await self._link.aclose()
            self._link = None
        for node in self.nodes.values():
            point(node, "http://127.0.0.1:9")
            node.link.status.failed(node.clock.now())
        if what:
            await self.write(what)

    # Acts ----------------------------------------------------------------------------

    async def do(self, what: str, side: Party, kind: str, **fields: Any) -> Accepted:
        """A person of a side signs an entry; `words` are its paragraphs."""
        accepted = await self._submit(side, kind, **fields)
        await self._settle()
        await self.write(f"{side.upper()}: {what}")
        return accepted

    async def _submit(self, side: Party, kind: str, **fields: Any) -> Accepted:
        words, also = fields.pop("words", ()), fields.pop("also", ())
        role = "subject" if kind == "thread.opened" else "text"
        parts = [*(self.world.text(each, role) for each in words), *fields.pop("data", ())]
        payload = self.world.payload(side, kind, **fields)
        if kind.endswith(".internal"):
            payload["log"] = self.world.sides[side].private_origin
        stated = dict(payload) | ({"parts": part_refs(parts)} if parts else {})
        keys = self.world.sides[side].keys
        signers = [keys["desk"], *(keys[name] for name in also)]
        node, signed = self.nodes[side], sign(stated, signers, parts)
        if kind.endswith(".internal"):

            async def decide(_transaction: Transaction, _heads: Heads) -> Act:
                return Act(private=[signed])

            (accepted,) = await node.appender.act(decide)
        else:
            (accepted,) = await node.appender.submit([signed])
        return accepted

    async def thread(self, side: Party, subject: str, batch: str = "standing") -> str:
        thread = self.world.thread_id()
        fields = {"thread": thread, "lang": "en", "body": {"batch": batch}, "words": [subject]}
        await self._submit(side, "thread.opened", **fields)
        return thread

    def question(self, side: Party, rule: str) -> dict[str, Any]:
        """A question to the other side, due as the charter's rule counts it from now."""
        charter: dict[str, Any] = self.world.charter()
        answering = peer_of(side)
        agreed = next(one for one in charter["reply_rules"] if one["rule"] == rule)
        counted = due(both_sides(), answering, self.now, agreed["working_days"], agreed["count"])
        more: dict[str, Any] = {"provisional": True} if counted.provisional else {}
        calendar = both_sides()[answering].digest
        return self.world.ask(side, counted.stamp, rule=rule, calendar=calendar, **more)

    async def ask(
        self, what: str, side: Party, rule: str, subject: str, *, batch: str = "standing"
    ) -> Asked:
        """Open a thread with a question."""
        thread = await self.thread(side, subject, batch)
        fields = {"thread": thread, "lang": "en", "words": ["A question."]}
        asks = [self.question(side, rule)]
        accepted = await self._submit(side, "note.posted", asks=asks, **fields)
        made = self._asked(accepted, thread)
        await self._settle()
        await self.write(f"{side.upper()}: {what}")
        return made

    def _asked(self, accepted: Accepted, thread: str) -> Asked:
        made = Asked((accepted.id, "1"), thread, f"{accepted.position} Q1")
        self.asks[made.key] = made
        return made

    async def answer(self, what: str, side: Party, asked: Asked, *, rule: str = "") -> Asked | None:
        """Answer; with `rule`, ask back in the same note."""
        fields: dict[str, Any] = {"thread": asked.thread, "lang": "en", "words": ["An answer."]}
        if rule:
            fields["asks"] = [self.question(side, rule)]
        ticked = [{"id": asked.key[0], "q": ["1"]}]
        accepted = await self._submit(side, "note.posted", answers=ticked, **fields)
        made = self._asked(accepted, asked.thread) if rule else None
        await self._settle()
        await self.write(f"{side.upper()}: {what}")
        return made


@contextlib.asynccontextmanager
async def months(
    databases: servers.DatabaseFactory, redis_url: str, folder: Path
) -> AsyncIterator[Months]:
    """Two nodes with a working link, their people, pages and escalation."""
    world = Year.founded()
    assert isinstance(world, Year)
    async with contextlib.AsyncExitStack() as stack:
        nodes: dict[Party, Node] = {}
        for side in PARTIES:
            (folder / side).mkdir()
            opened = open_node(world, side, await databases(), folder / side)
            nodes[side] = await stack.enter_async_context(opened)
            await nodes[side].catch_up_alone()
            head = await nodes[side].record.head(side)
            nodes[side].published.write(side, head.size, head.frontier.root())
        made = Months(world, nodes)
        for side in PARTIES:
            made.pages[side] = await stack.enter_async_context(serve_pages(nodes[side]))
            await _people(made.pages[side])
            made.bureaus[side] = await stack.enter_async_context(_bureau(nodes[side], redis_url))
        await made.link_up()
        stack.push_async_callback(made.link_down)
        await made._settle()
        for side in PARTIES:
            for log in (side, "private"):
                await made._new(side, log)
        yield made


async def _people(site: PagesNode) -> None:
    """Add both directors to the named people, and sessions that do not expire."""
    side = site.node.party
    lang: Language = "en" if side == "eu" else "zh-CN"
    for who, desk in (("director", "licensing"), ("leadership", "leadership")):
        name = f"Fictional {who}" if side == "eu" else f"虚构{who}"
        email = f"{who}@{side}.example"
        await site.own.desk.officials.add(
            Official(0, name, "director", "unit", desk, email, lang), uuid4().hex
        )

    async def sign_in(who: str) -> str:
        now = site.own.node.clock.now()
        key = site.node.world.sides[side].keys[who].key
        token = f"token of {who} at {timestamp(now)}"
        session = Session(key, None, "browser", now + timedelta(hours=1))
        with contextlib.suppress(Exception):
            await site.own.desk.door.sessions.open(token_digest(token), session)
        return token

    site.sign_in = sign_in  # type: ignore[method-assign]


@contextlib.asynccontextmanager
async def _bureau(node: Node, redis_url: str) -> AsyncIterator[Bureau]:
    with (CONFIG / "ladders" / f"{node.party}.toml").open("rb") as file:
        ladder = parse_ladder(tomllib.load(file))
    quiet = Canary(every=timedelta(0))
    async with open_bureau(
        node, redis_url, ladder=ladder, office_hours=True, canary=quiet
    ) as bureau:
        yield bureau


def head_of(text: str) -> Sequence[str]:
    """The lines of a document before its table."""
    return text.split("\n| Brussels", 1)[0].splitlines()


__all__ = ["Asked", "Months", "Year", "head_of", "months"]
