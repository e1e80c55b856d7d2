"""A node's escalation on real stores, with time moved by hand.

The record, the reminders and the mail server are real; nothing waits for a clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, fields, replace
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from aiosmtpd.smtp import SMTP

from special_channel.channels.alerts import Composer
from special_channel.channels.smtp import SmtpMail, SmtpServer
from special_channel.core.bytes.ids import Party
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.time.ladder import Ladder, parse_ladder
from special_channel.escalation.deps import (
    AlertContext,
    DueRules,
    EscalationDeps,
    NodeContext,
    PeerState,
    RecordStores,
    ReminderStore,
    Reports,
)
from special_channel.escalation.people import Channels
from special_channel.escalation.worker import Worker
from special_channel.ports import Claim, TimerDue
from special_channel.stores.doubts import DoubtStore
from special_channel.stores.occurrences import Occurrences
from special_channel.stores.outbox import Outbox
from special_channel.stores.people import Language, Official, Officials
from special_channel.stores.redis_connection import open_redis, redis_errors
from special_channel.stores.timers import RedisTimers
from special_channel.stores.work import Looks, OpenQuestions, QuestionKey
from tests.core.calendar_files import both_sides
from tests.link.nodes import HandClock, Node, following, until_equal

ZONES: dict[Party, ZoneInfo] = {"eu": ZoneInfo("Europe/Brussels"), "cn": ZoneInfo("Asia/Shanghai")}

STAFF: dict[Party, list[tuple[str, str, Language]]] = {
    "eu": [("desk", "Fictional Desk", "en"), ("head", "Fictional Head", "en")],
    "cn": [("desk", "虚构经办", "zh-CN"), ("head", "虚构处长", "zh-CN")],
}


def ladder_of(side: Party, *, first: int = 0) -> Ladder:
    """Head at once, director a minute later, the cabinet by hand."""
    steps = [
        {"level": 1, "role": "head", "after": {"seconds": first}},
        {
            "level": 2,
            "role": "director",
            "after": {"seconds": 60},
            "min_dwell": {"seconds": 30},
        },
        {"level": 4, "role": "cabinet", "after": {"seconds": 120}},
    ]
    numbered = [
        {"number": number, "title": {"en": f"Step {number}", "zh": f"第{number}步"}} | step
        for number, step in enumerate(steps, 1)
    ]
    return parse_ladder({"v": 1, "side": side, "id": "test", "version": 1, "steps": numbered})


class HandTimers(RedisTimers):
    """Redis whose clock is moved by hand: set to `clock`'s time, moved by `forward`."""

    def __init__(self, client: Any, prefix: str, clock: HandClock) -> None:
        super().__init__(client, prefix)
        self._clock = clock
        self.ahead_ms = 0

    async def _offset(self) -> int:
        seconds, micros = map(int, await self._client.time())
        return seconds * 1000 + micros // 1000 - int(self._clock.now().timestamp() * 1000)

    async def schedule(self, timers: Sequence[TimerDue], *, only_missing: bool = False) -> int:
        with redis_errors():  # without a connection this fails as the real method does
            offset = await self._offset()
        moved = [replace(timer, due_ms=timer.due_ms + offset) for timer in timers]
        return await super().schedule(moved, only_missing=only_missing)

    async def claim(self, limit: int, lease_ms: int, token: str) -> Claim:
        claim = await super().claim(limit, lease_ms, token)
        stands = int(self._clock.now().timestamp() * 1000)
        following = claim.next_due_ms
        if following is not None:
            following += stands - claim.now_ms
        return replace(claim, now_ms=stands + self.ahead_ms, next_due_ms=following)

    async def release(self, token: str, visible: Sequence[tuple[str, int]]) -> int:
        with redis_errors():
            offset = await self._offset()
        return await super().release(token, [(id_, at + offset) for id_, at in visible])

    async def forward(self, seconds: float) -> None:
        ids: list[Any] = await self._client.zrange(self._due, 0, -1)
        for id_ in ids:
            await self._client.zincrby(self._due, -seconds * 1000, id_)

    async def flush(self) -> None:
        await self._client.flushall()


@dataclass
class MailServer:
    """An SMTP server on loopback that records mails and answers as a test sets it."""

    port: int = 0
    answer: str = "250 taken"
    envelopes: list[Any] = field(default_factory=list)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    @property
    def raw(self) -> bytes:
        return b"".join(envelope.content for envelope in self.envelopes)

    @property
    def recipients(self) -> list[str]:
        return [to for envelope in self.envelopes for to in envelope.rcpt_tos]

    def texts(self) -> list[str]:
        """Return the text of each mail as a reader sees it."""
        read = [message_from_bytes(one.content, policy=default) for one in self.envelopes]
        return [str(one.get_body(("plain",)).get_content()) for one in read]

    def htmls(self) -> list[str]:
        """Return the HTML of each mail."""
        read = [message_from_bytes(one.content, policy=default) for one in self.envelopes]
        return [str(one.get_body(("html",)).get_content()) for one in read]

    def subjects(self) -> list[str]:
        """Return the subject of each mail as a reader sees it."""
        read = [message_from_bytes(one.content, policy=default) for one in self.envelopes]
        return [str(one["Subject"]) for one in read]

    def message_ids(self) -> list[str]:
        return [
            line.split(b": ", 1)[1].decode()
            for envelope in self.envelopes
            for line in envelope.content.split(b"\r\n")
            if line.startswith(b"Message-ID")
        ]


@contextlib.asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    server, connections = MailServer(), []

    def connection():
        connections.append(SMTP(server, hostname="mail.test"))
        return connections[-1]

    listening = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    async with listening:
        server.port = listening.sockets[0].getsockname()[1]
        yield server
    for each in connections:
        if each._handler_coroutine:
            await asyncio.wait([each._handler_coroutine])
            each._writer.close()


@dataclass
class Bureau:
    """One side's escalation at its node."""

    node: Node
    house: EscalationDeps
    worker: Worker
    timers: HandTimers
    mail: MailServer
    lateness: list[float]

    @property
    def clock(self) -> HandClock:
        return self.node.clock

    async def settle(self, *, mail: bool = True) -> None:
        """Run steps until nothing is due."""
        for _ in range(50):
            if await self.worker.step() > 0:
                break
        while mail and await self.worker.sender.step() == 0:
            pass

    async def forward(self, seconds: int) -> None:
        """Move the clock of this node's reminders; `Story` moves the world's clock."""
        await self.timers.forward(seconds)

    async def ask(self, key: QuestionKey) -> QuestionRow:
        (row,) = await self.house.stores.asks.get([key])
        return row

    async def kinds(self, log: Party) -> list[str]:
        return [entry.kind for entry in await self.node.record.entries(log, 0, 10_000)]

    async def private(self) -> list[str]:
        rows = await self.node.record.pool.fetch("SELECT kind FROM private.entries ORDER BY idx")
        return [row["kind"] for row in rows]

    async def steps(self, key: QuestionKey) -> list[tuple[str, int, str]]:
        raised = (await self.house.stores.asks.raised([key]))[key]
        return [(row.due, row.step, row.known) for row in raised]

    async def outbox(self) -> list[tuple[str, str]]:
        rows = await self.node.record.pool.fetch(
            "SELECT id, state FROM work.outbox ORDER BY step, id"
        )
        return [(row["id"], row["state"]) for row in rows]


async def _no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


def altered(house: EscalationDeps, **changed: Any) -> EscalationDeps:
    """Return a copy with some dependencies replaced, each named as in its bundle."""
    for name, value in changed.items():
        if name == "settings":
            house = replace(house, settings=value)
            continue
        [bundle] = [each.name for each in fields(house) if hasattr(getattr(house, each.name), name)]
        house = replace(house, **{bundle: replace(getattr(house, bundle), **{name: value})})
    return house


@contextlib.asynccontextmanager
async def open_bureau(
    node: Node, redis_url: str, *, ladder: Ladder | None = None, **changed: Any
) -> AsyncIterator[Bureau]:
    """Assemble a node's escalation as `wiring` does."""
    pool, side = node.record.pool, node.party
    officials = Officials(pool)
    if not await officials.all():
        for place, (role, name, language) in enumerate(STAFF[side]):
            await officials.add(
                Official(
                    0,
                    name,
                    role,  # type: ignore[arg-type]
                    "Unit A.1",
                    "licensing",
                    f"p{place}@{side}.example",
                    language,
                ),
                uuid4().hex,
            )
    lateness: list[float] = []
    async with mail_server() as mail, open_redis(redis_url) as client:
        timers = HandTimers(client, side, node.clock)
        channel = SmtpMail(
            SmtpServer("127.0.0.1", mail.port, "none", f"node@{side}.example", f"{side}.example")
        )
        house = EscalationDeps(
            node=NodeContext(
                identity=node.identity,
                url=f"https://{side}.example",
                changes=node.changes,
                alarms=node.alarms,
                clock=node.clock,
                randomness=node.house.peer.client.randomness,
                sleep=_no_sleep,
            ),
            stores=RecordStores(
                record=node.record,
                append=node.appender.act,
                doubts=DoubtStore(pool),
                asks=OpenQuestions(pool),
                looks=Looks(pool),
            ),
            reminders=ReminderStore(timers, timers),
            alerts=AlertContext(
                outbox=Outbox(pool),
                occurrences=Occurrences(pool),
                officials=officials,
                channels=Channels({"mail": channel}, ("mail",)),
                composer=Composer(side, ZONES),
            ),
            link=PeerState(
                heads=node.link.heads,
                down_since=lambda: node.link.status.down_since,
                gap=lambda: node.link.status.gap_of(node.peer),
            ),
            times=DueRules(ladder or ladder_of(side), both_sides()),
            reports=Reports(lateness=lateness.append),
        )
        house = altered(house, **changed)
        yield Bureau(node, house, Worker(house), timers, mail, lateness)


__all__ = ["Bureau", "Claim", "altered", "following", "ladder_of", "open_bureau", "until_equal"]
