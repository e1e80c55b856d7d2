"""Assemble a process's health: its probe, its conditions, and the values of a scrape.

Detects nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, Final

from special_channel import __version__
from special_channel.broker.probe import Probe, Sizes
from special_channel.broker.undelivered import OWN, PEER, DeliveryWatch
from special_channel.config import Settings
from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import Calendar
from special_channel.link.status import LinkStatus
from special_channel.ports.conditions import Condition, Health
from special_channel.stores.probe import GuardFolderProbe, write_probe_row
from special_channel.telemetry.metrics import NodeSnapshot, PoolUsage
from special_channel.web.http.health import Monitored
from special_channel.wiring.founding import guard_folder
from special_channel.wiring.sources import AlarmBoard

if TYPE_CHECKING:
    from special_channel.wiring.node import Core

STARTING: Final = "starting"
"""Reason for not being ready before every part runs; no fault for an operator to correct."""


def make_probe(core: Core, parts: tuple[str, ...]) -> Probe:
    """Make the probe of one process."""
    settings, party, process = core.settings, core.identity.party, "-".join(parts)
    return Probe(
        party=party,
        process=process,
        record=core.record,
        gate=core.committer,
        write_row=write_probe_row,
        published=core.published,
        test_guard=GuardFolderProbe(guard_folder(settings), party, process).write,
        alarms=core.alarms,
        clock=core.clock,
        every=settings.telemetry.probe_seconds,
    )


def health(reason: Callable[[], str], alarms: AlarmBoard) -> Health:
    """Return the process's reason for not being ready, if any, and its conditions by code."""
    now = reason()  # first, since the call may sound `probe-late`
    active = {condition.code: condition for condition in alarms.conditions()}
    if now and now != STARTING:
        # The gate may be locked some seconds before the alarm of the same cause sounds.
        active.setdefault(now, Condition(now))
    return Health(now, tuple(active[code] for code in sorted(active)))


def port_of(settings: Settings, parts: tuple[str, ...]) -> int:
    """Return the port of a process with these parts."""
    serves = "web" in parts or "link" in parts
    return settings.node.port if serves else settings.node.monitor_port


def make_delivery_watch(
    core: Core, link: LinkStatus, calendars: Mapping[Party, Calendar]
) -> DeliveryWatch:
    """Make the watch for undelivered entries of both sides; connect heartbeat and pages to it."""

    def oldest() -> datetime | None:
        return core.probe.sizes.oldest if core.probe.sizes else None

    def in_office(now: datetime) -> bool:
        return any(calendar.is_open(now) for calendar in calendars.values())

    def known(now: datetime) -> frozenset[str]:
        knows = {OWN: core.probe.sizes is not None, PEER: link.peer_spoke(now)}
        return frozenset(code for code, is_known in knows.items() if is_known)

    watch = DeliveryWatch(
        oldest=oldest,
        peer_oldest=lambda: link.peer_oldest(core.clock.now()),
        in_office=in_office,
        limit=timedelta(seconds=core.settings.link.undelivered_seconds),
        every=core.settings.telemetry.probe_seconds,
        entries=lambda: core.probe.sizes.undelivered if core.probe.sizes else 0,
        known=known,
        alarms=core.alarms,
        clock=core.clock,
    )
    core.late = lambda: watch.state
    # Before the first probe the heartbeat leaves the value out.
    core.undelivered = lambda: None if core.probe.sizes is None else watch.age()
    return watch


def monitored(core: Core, link: LinkStatus, parts: tuple[str, ...]) -> Monitored:
    """Make the monitoring data of this process."""
    metrics = core.metrics
    metrics.built(__version__, source_digest())
    metrics.look = lambda: _snapshot(core, link)
    return Monitored(
        party=core.identity.party,
        parts=parts,
        health=core.health,
        exposition=metrics.exposition if core.settings.telemetry.metrics else None,
    )


def _snapshot(core: Core, link: LinkStatus) -> NodeSnapshot:
    """Read the values of a scrape."""
    state, sizes = core.health(), core.probe.sizes or Sizes({})
    pools = {"node": core.record.pool, "link": core.shared.pool}
    return NodeSnapshot(
        now=core.clock.now(),
        ready=state.ready,
        alarms=[condition.code for condition in state.conditions],
        link_up=link.up,
        logs={str(log): size for log, size in sizes.logs.items()},
        undelivered=sizes.undelivered,
        oldest=sizes.oldest,
        peer_oldest=link.peer_oldest(core.clock.now()),
        pools={
            role: PoolUsage(pool.get_size(), pool.get_idle_size(), pool.get_max_size())
            for role, pool in pools.items()
        },
    )


def source_digest() -> str:
    """Return a digest of the program's Python files, to distinguish builds of one version."""
    digest = sha256()
    for name, data in sorted(_sources(files("special_channel"), "")):
        digest.update(name.encode() + b"\n" + sha256(data).digest())
    return digest.hexdigest()[:12]


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    sources: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            sources += _sources(entry, name)
        elif name.endswith(".py"):
            sources.append((name, entry.read_bytes()))
    return sources
