"""Assemble one party's node and run its parts until cancelled.

Web, link and escalation are tasks of one process by default; `parts` selects some of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import aiohttp
import structlog
from aiohttp import web

from special_channel.broker.append import Appender
from special_channel.broker.commit import Committer
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.broker.probe import Probe
from special_channel.broker.time_limits import TimeLimits
from special_channel.broker.undelivered import DeliveryWatch, Undelivered
from special_channel.channels.probes import ChannelWatch
from special_channel.config import Settings
from special_channel.desk.file_scanner import FileScanner
from special_channel.desk.file_text_keeper import FileTextKeeper
from special_channel.desk.search_keeper import SearchKeeper
from special_channel.desk.signin import SignIn
from special_channel.desk.stop_cards import StopDeps
from special_channel.launcher.servers import keep_running
from special_channel.link.link import Link
from special_channel.link.pages import PREFIX
from special_channel.ports import Clock, LogName
from special_channel.ports.conditions import Health
from special_channel.stores.desk_sessions import Sessions
from special_channel.stores.file_texts import FileTexts
from special_channel.stores.files import Files
from special_channel.stores.mailbox import Mailbox
from special_channel.stores.migrations import migrate
from special_channel.stores.people import Officials
from special_channel.stores.private_views import DirectoryViews
from special_channel.stores.published import PublishedFiles
from special_channel.stores.record import PostgresRecord, PostgresShared, open_record, open_shared
from special_channel.stores.redis_connection import open_redis
from special_channel.stores.search_index import SearchIndex
from special_channel.stores.sessions import SessionRules
from special_channel.stores.timers import RedisTimers
from special_channel.stores.uploads import Uploads
from special_channel.stores.wakeups import RedisWakeups
from special_channel.telemetry import Metrics
from special_channel.web.http.app import make_app
from special_channel.web.http.connections import listening, runner_of
from special_channel.web.http.health import make_monitor_app
from special_channel.web.http.statics import read_statics
from special_channel.wiring import files, health, limiting
from special_channel.wiring.apart import start_sharing
from special_channel.wiring.checking import CheckTasks, checking
from special_channel.wiring.engines import Engines, engines
from special_channel.wiring.escalating import Escalation, make_escalation
from special_channel.wiring.founding import refuse_older
from special_channel.wiring.guards import Guards, make_guards, open_guard, start_guards
from special_channel.wiring.holding import HeldKeys
from special_channel.wiring.linking import WAKE_TOPIC, make_link
from special_channel.wiring.scanning import file_scanner, scan_keeper
from special_channel.wiring.serving_pages import services
from special_channel.wiring.signing_in import door, session_keeper, stop_desk, stop_keeper
from special_channel.wiring.sources import (
    AlarmBoard,
    SystemRandomness,
    clock_of,
    notify_of_jumps,
    set_back,
    until_present,
)

log = structlog.get_logger(__name__)

_PAST_SLEEPS: Final = 10
"""Pauses in one, of a task that can wait while a demonstration loads its past."""

SETTLED_SECONDS: Final = 15.0
"""After a demonstration's past, until both nodes have looked again at what is delivered."""

PARTS: Final = ("web", "link", "escalate")
"""Parts of a node; a process runs every part by default."""


@dataclass(slots=True)
class Core:
    """Objects shared by the parts of a node."""

    settings: Settings
    identity: Identity
    engines: Engines
    record: PostgresRecord
    shared: PostgresShared
    committer: Committer
    appender: Appender
    published: PublishedFiles
    changes: Changes
    wakeups: RedisWakeups
    timers: RedisTimers
    clock: Clock
    randomness: SystemRandomness
    alarms: AlarmBoard
    metrics: Metrics
    officials: Officials
    sessions: Sessions
    files: Files
    uploads: Uploads
    mailbox: Mailbox
    door: SignIn = field(init=False)
    scanner: FileScanner = field(init=False)
    stop: StopDeps = field(init=False)
    guards: Guards = field(init=False)
    checking: CheckTasks = field(init=False)
    probe: Probe = field(init=False)
    not_ready: str = health.STARTING
    ran: Callable[[], int | None] = lambda: None
    undelivered: Callable[[], int | None] = lambda: None
    late: Callable[[], Undelivered] = Undelivered

    def __post_init__(self) -> None:
        """Make what signs people in and stops keys.

        One of each in a process: one caches sessions, the other wakes its task.
        """
        self.door = door(self)
        self.scanner = file_scanner(self)
        self.stop = stop_desk(self)

    def wake(self) -> None:
        """Notify every process of this node of a change."""
        self.changes.notify()
        self.wakeups.hint(WAKE_TOPIC)

    def reason(self) -> str:
        """Return the code of the reason why our log is not writable, empty if writable."""
        return self.not_ready or self.committer.read_only or self.probe.problem()

    def health(self) -> Health:
        """Return the health of this process."""
        return health.health(self.reason, self.alarms)

    def codes(self) -> tuple[str, ...]:
        """Return the codes of active conditions, for status and pages."""
        return tuple(condition.code for condition in self.health().conditions)


@dataclass(slots=True)
class Node:
    """An assembled node; `port` is set by `run`."""

    core: Core
    link: Link
    escalating: Escalation
    delivery: DeliveryWatch
    channels: ChannelWatch
    app: web.Application
    parts: tuple[str, ...]
    port: int = 0

    async def run(self, started: Callable[[int], None]) -> None:
        """Serve until cancelled; call `started` with the port once the node is ready."""
        settings = self.core.settings
        patience = limiting.timeouts(settings)
        runner = runner_of(self.app, patience, shutdown_seconds=2.0)
        await runner.setup()
        host, port = settings.node.host, health.port_of(settings, self.parts)
        try:
            # Before the task group, so that a port in use is a single error and not a group.
            async with (
                listening(runner, host, port, patience) as self.port,
                asyncio.TaskGroup() as tasks,
            ):
                self._start(tasks)
                await self.link.healer.check()
                await self.core.probe.step()
                await self.core.guards.private.look()
                # Before anything is signed here: no key takes another's place without this process.
                held = HeldKeys(self.core, self.parts)
                await held.tell()
                tasks.create_task(held.run(asyncio.sleep), name="held-keys")
                tasks.create_task(self.core.appender.run(), name="appender")
                self._start_parts(tasks)
                self.core.not_ready = ""
                started(self.port)
        finally:
            await runner.cleanup()

    def _start(self, tasks: asyncio.TaskGroup) -> None:
        embedded = self.core.engines.embedded
        if embedded is not None:
            tasks.create_task(keep_running(embedded.postgres), name="postgres")
            tasks.create_task(keep_running(embedded.redis), name="redis")
        tasks.create_task(self.core.wakeups.run(), name="wakeups")
        tasks.create_task(self._listen(), name="hints")
        jumps = notify_of_jumps(self.core.clock, self.core.changes.notify, asyncio.sleep)
        tasks.create_task(jumps, name="clock")

    def _start_parts(self, tasks: asyncio.TaskGroup) -> None:
        present = partial(until_present, self.core.clock, asyncio.sleep)
        if "web" in self.parts or "escalate" in self.parts:
            tasks.create_task(self.channels.run(), name="alert-channels")
        if "web" in self.parts:
            tasks.create_task(session_keeper(self.core).run(), name="sessions")
            tasks.create_task(stop_keeper(self.core).run(), name="stop-cards")
        start_guards(tasks, self.core, self.link, self.parts)
        if "link" in self.parts and self.core.settings.link.peer:
            tasks.create_task(self.link.run(), name="link")
        if "escalate" in self.parts:
            self._start_escalation(tasks, present)
        if {*self.parts} != {*PARTS}:
            core, keeps = self.core, "link" in self.parts
            pool, status = core.record.pool, self.link.status
            start_sharing(tasks, pool, status, core.alarms, core.clock, keeps_link=keeps)
        self._start_at(tasks, present, partial(self.escalating.watch.run, asyncio.sleep), "watch")
        tasks.create_task(self.core.probe.run(asyncio.sleep), name="probe")
        if self.core.settings.link.peer:
            settled = partial(present, then=SETTLED_SECONDS)
            self._start_at(tasks, settled, partial(self.delivery.run, asyncio.sleep), "undelivered")
        self.core.checking.start(tasks, passes="escalate" in self.parts)

    def _start_escalation(
        self, tasks: asyncio.TaskGroup, present: Callable[[], Awaitable[None]]
    ) -> None:
        tasks.create_task(self.escalating.worker.run(present), name="escalation")
        self._start_at(tasks, present, self.escalating.keeper.run, "escalation-keeper")
        tasks.create_task(limiting.file_keeper(self.core).run(), name="files")
        tasks.create_task(scan_keeper(self.core).run(asyncio.sleep), name="scans")
        index = SearchKeeper(SearchIndex(self.core.record.pool))
        tasks.create_task(index.run(self._sleep_longer_in_past), name="search")
        texts = FileTextKeeper(FileTexts(self.core.record.pool), self.core.scanner)
        tasks.create_task(texts.run(asyncio.sleep), name="file-texts")
        # What tells people begins at the present: a demonstration's past sends nobody mail.
        self._start_at(tasks, present, self.escalating.notices.run, "notices")
        self._start_at(tasks, present, self.escalating.people.run, "people-notices")
        self._start_at(tasks, present, self.escalating.events.run, "events")
        self._start_at(tasks, present, self.escalating.notice_sender.run, "notice-mail")

    def _start_at(
        self,
        tasks: asyncio.TaskGroup,
        present: Callable[[], Awaitable[None]],
        run: Callable[[], Awaitable[None]],
        name: str,
    ) -> None:
        async def later() -> None:
            await present()
            await run()

        tasks.create_task(later(), name=name)

    async def _sleep_longer_in_past(self, seconds: float) -> None:
        """Sleep; longer while a demonstration loads its past, a day in a moment."""
        # An application of a list is told of again and again within days, and indexed whole. A
        # search finds what waits as well, and at the present the next look is as soon as ever.
        for _ in range(_PAST_SLEEPS):
            await asyncio.sleep(seconds)
            if not set_back(self.core.clock):
                return

    async def _listen(self) -> None:
        async for _topic in self.core.wakeups.subscribe():
            self.core.changes.notify()


def _appender(
    record: PostgresRecord, committer: Committer, alarms: AlarmBoard, clock: Clock
) -> Appender:
    def forged(position: str) -> None:
        alarms.sound("known-entry-forged", position=position)

    identity = committer.identity
    limits = TimeLimits(identity, clock, DirectoryViews(record.pool).side_persons)
    internal = partial(alarms.sound, "internal")
    return Appender(record, identity, committer, forged, internal, limits)


@asynccontextmanager
async def open_core(settings: Settings, parts: tuple[str, ...] = PARTS) -> AsyncIterator[Core]:
    """Open engines and stores, and make the objects shared by the parts.

    Raises:
        ChannelError: The error that prevents the start.
    """
    clock, randomness = clock_of(settings), SystemRandomness()
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(engines(settings))
        if addresses.embedded is not None or settings.database.owner_url.get_secret_value():
            await migrate(addresses.owner)
        rules = SessionRules(connections=settings.database.connections)
        identity = files.identity(settings)
        published, gate = open_guard(settings, identity.party)
        record = await stack.enter_async_context(open_record(addresses.node, rules, gate=gate))
        await refuse_older(record)
        shared = await stack.enter_async_context(open_shared(addresses.link, rules, gate=gate))
        redis = open_redis(addresses.redis)
        stack.push_async_callback(redis.aclose)
        changes, metrics = Changes(), Metrics()
        prefix, unreadable = settings.redis.prefix, partial(metrics.unreadable, "redis")
        wakeups = RedisWakeups(redis, prefix, randomness.bytes(8).hex(), unreadable=unreadable)

        def woken(_log: LogName, _size: int) -> None:
            changes.notify()
            wakeups.hint(WAKE_TOPIC)

        alarms = AlarmBoard(clock)

        committer = Committer(record, identity, published, clock, woken)
        appender = _appender(record, committer, alarms, clock)
        core = Core(
            settings=settings,
            identity=identity,
            engines=addresses,
            record=record,
            shared=shared,
            committer=committer,
            appender=appender,
            published=published,
            changes=changes,
            wakeups=wakeups,
            timers=RedisTimers(redis, prefix, unreadable),
            clock=clock,
            randomness=randomness,
            alarms=alarms,
            metrics=metrics,
            officials=Officials(record.pool),
            sessions=Sessions(record.pool),
            files=Files(record.pool),
            uploads=Uploads(record.pool),
            mailbox=Mailbox(record.pool),
        )
        core.guards = make_guards(core)
        core.checking = checking(core)
        core.probe = health.make_probe(core, parts)
        yield core


@asynccontextmanager
async def open_node(settings: Settings, parts: tuple[str, ...] = PARTS) -> AsyncIterator[Node]:
    """Assemble a node.

    Raises:
        ChannelError: The error that prevents the start.
    """
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, parts))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        link = make_link(core, session)
        escalating = make_escalation(core, link)
        delivery = health.make_delivery_watch(core, link.status, escalating.calendars)
        core.ran = escalating.watch.ran
        app = _make_app(core, link, escalating, parts)
        channels = ChannelWatch(
            escalating.channels, core.alarms, asyncio.sleep, settings.alerts.check_seconds
        )
        yield Node(core, link, escalating, delivery, channels, app, parts)


def _make_app(
    core: Core, link: Link, escalating: Escalation, parts: tuple[str, ...]
) -> web.Application:
    monitored = health.monitored(core, link.status, parts)
    if "web" not in parts and "link" not in parts:
        return make_monitor_app(monitored)
    app = make_app(services(core, link, escalating), read_statics(), monitored)
    app.add_subapp(PREFIX, link.make_app())
    return app
