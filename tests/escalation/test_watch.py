"""Monitoring of escalation: missing heartbeats and lost canaries (failure mode 35)."""

from __future__ import annotations

from datetime import timedelta

from special_channel.core.bytes.errors import Unavailable
from special_channel.escalation.canary import CANARY, Canaries
from special_channel.escalation.deps import Canary
from special_channel.escalation.watch import TASKS, Heartbeats, HeartbeatWriter, Watch
from special_channel.escalation.worker import Worker
from special_channel.link.client import Heartbeat
from special_channel.stores.pulse import EscalationStatus, Pulse
from tests.escalation.bureau import Bureau, altered

HOUR = timedelta(hours=1)


class Watched:
    """A side's escalation with heartbeats and their monitor."""

    def __init__(self, bureau: Bureau, peer=lambda: None, **changed) -> None:
        self.bureau = bureau
        self.measured: list[EscalationStatus] = []
        self.pulse = Pulse(bureau.node.record.pool)
        self.beats = Heartbeats(bureau.clock)
        house = altered(bureau.house, pulse=self.beats, **changed)
        self.worker = Worker(house)
        self.keeper = HeartbeatWriter(self.beats, self.pulse, Canaries(house), house.node.sleep)
        self.watch = Watch(
            self.pulse,
            bureau.clock,
            bureau.node.alarms,
            house.alerts.canary.every,
            lambda standing, _now: self.measured.append(standing),
            peer,
        )

    async def work(self) -> None:
        """Run one step of each of the worker's tasks."""
        await self.worker.sweep()
        while await self.worker.step() == 0:
            pass
        while await self.worker.sender.step() == 0:
            pass
        for task in TASKS:
            self.beats(task)
        await self.keeper.step()

    @property
    def ringing(self):
        return self.bureau.node.alarms.ringing

    async def canaries(self) -> list[tuple[str, str]]:
        rows = await self.bureau.node.record.pool.fetch(
            "SELECT state, channel FROM work.outbox WHERE kind = 'canary' ORDER BY at"
        )
        return [(row["state"], row["channel"]) for row in rows]


async def test_canary_is_sent_every_hour_and_recorded(story, waiting):
    watched = Watched(waiting)
    await watched.keeper.step()
    await watched.work()
    assert await watched.canaries() == [], "not before its time"
    for hours in (1, 2):
        await story.forward(60 if hours == 1 else 3600)
        await watched.work()
        await watched.work()
        assert await watched.canaries() == [("sent", "canary")] * hours
        assert (await waiting.private()).count("alert.sent") == 2 * hours, "raised, and sent"
    await watched.watch.look()
    assert "canary-lost" not in watched.ringing
    assert watched.watch.state.canary_at == waiting.clock.now()
    assert waiting.mail.envelopes == [], "nobody is told of it"
    assert watched.measured[-1].canary_seconds < 60


async def test_canary_lost_by_redis_is_restored_by_the_sweep(story, waiting):
    watched = Watched(waiting)
    await watched.keeper.step()
    await waiting.timers.flush()
    await story.forward(60)
    await watched.work()
    assert await watched.canaries() == [("sent", "canary")]


async def test_two_workers_send_one_canary(story, waiting):
    watched = Watched(waiting)
    await watched.keeper.step()
    await story.forward(60)
    look = (await waiting.house.stores.looks.get([CANARY]))[CANARY]
    others = [Canaries(waiting.house) for _ in range(2)]
    assert len({await each.fly(look) for each in others}) == 1
    assert len(await watched.canaries()) == 1


async def test_canary_goes_to_the_operator_on_the_first_channel(story, waiting):
    watched = Watched(waiting, canary=Canary(HOUR, "operator@eu.example"))
    await watched.keeper.step()
    await story.forward(60)
    await watched.work()
    assert await watched.canaries() == [("sent", "mail")]
    assert waiting.mail.recipients == ["operator@eu.example"]


async def test_refused_canary_sounds_an_alarm(story, waiting):
    waiting.mail.answer = "550 no such person"
    watched = Watched(waiting, canary=Canary(HOUR, "operator@eu.example"))
    await watched.keeper.step()
    await story.forward(60)
    await watched.work()
    await watched.watch.look()
    assert not watched.watch.state.canary_lost, "it has some minutes"
    await story.forward(301)
    await watched.work()
    await watched.watch.look()
    assert "canary-lost" in watched.ringing


async def test_disabled_escalation_sounds_an_alarm(story, waiting):
    """Failure mode 35: the worker reports success and checks nothing."""
    watched = Watched(waiting)
    await watched.work()

    async def nothing(_asks, _looks):
        return {}

    watched.worker.checker.look = nothing  # type: ignore[method-assign]
    for _ in range(66):
        await story.forward(60)
        await watched.work()
    await watched.watch.look()
    assert watched.watch.state.stopped_since is None
    assert "canary-lost" in watched.ringing


async def test_task_without_a_step_for_a_minute_sounds_an_alarm(story, waiting):
    watched = Watched(waiting)
    for silent in TASKS:
        await falls_silent(story, watched, silent)


async def falls_silent(story, watched: Watched, silent: str) -> None:
    waiting = watched.bureau
    await watched.work()
    await watched.watch.look()
    assert "escalation-stopped" not in watched.ringing
    stopped = waiting.clock.now()
    for _ in range(7):
        await story.forward(10)
        for task in set(TASKS) - {silent}:
            watched.beats(task)
        await watched.keeper.step()
    await watched.watch.look()
    assert watched.watch.state.stopped_since == stopped
    assert "escalation-stopped" in watched.ringing
    assert watched.watch.ran() == 70
    watched.beats(silent)
    await watched.keeper.step()
    await watched.watch.look()
    assert "escalation-stopped" not in watched.ringing


async def test_node_without_a_worker_sounds_an_alarm_after_a_minute(story, waiting):
    watched = Watched(waiting)
    await watched.watch.look()
    assert watched.watch.ran() is None
    await story.forward(61)
    await watched.watch.look()
    assert "escalation-stopped" in watched.ringing
    await watched.work()
    await story.forward(9 * 3600)
    again = Watched(waiting)
    await again.watch.look()
    assert again.watch.state.stopped_since is None


async def test_watch_without_database_uses_its_last_state(story, waiting):
    watched = Watched(waiting)
    await watched.work()
    await watched.watch.look()

    class Away(Pulse):
        async def standing(self, now):  # noqa: ARG002 - the port's
            raise Unavailable("database-unavailable", "Away.")

    watched.watch._pulse = Away(waiting.node.record.pool)
    await story.forward(61)
    await watched.watch.look()
    assert "escalation-stopped" in watched.ringing


async def test_peers_stopped_escalation_is_told_by_heartbeat(story, waiting, answering):
    ours, theirs = waiting.node, answering.node
    await ours.link.heads.exchange(heartbeat=Heartbeat(ran=12))
    assert theirs.link.status.reminders_since is None
    await ours.link.heads.exchange(heartbeat=Heartbeat(ran=75))
    since = theirs.link.status.reminders_since
    assert since == theirs.clock.now() - timedelta(seconds=75)
    watched = Watched(answering, peer=lambda: theirs.link.status.reminders_since)
    await watched.watch.look()
    assert "peer-escalation-stopped" in watched.ringing
    await ours.link.heads.exchange(heartbeat=Heartbeat(ran=0))
    await watched.watch.look()
    assert "peer-escalation-stopped" not in watched.ringing
