"""The check inside a node: slow, after other work, and never stopped by an error."""

from __future__ import annotations

from special_channel.broker.record_check import Checked, RecordCheck
from special_channel.broker.rolling_check import (
    LONGEST_SECONDS,
    DamageWatch,
    Pacer,
    RollingCheck,
)
from special_channel.core.bytes.errors import Unavailable
from special_channel.ports.damage import CheckState, Damage
from tests.link.nodes import Bells

DAY = 24 * 3600


class Sleeps:
    """Notes how long was slept, and whether the node was busy then."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.busy = 0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.busy -= 1

    def is_busy(self) -> bool:
        return self.busy > 0


async def test_pass_of_a_small_record_takes_the_rate_of_the_setting():
    sleeps = Sleeps()
    pacer = Pacer(20, sleeps.is_busy, sleeps.sleep)
    assert pacer.plan(1_000) == 20
    await pacer.pause(40)
    assert sleeps.slept == [2.0]


async def test_pass_of_a_large_record_ends_within_a_day():
    sleeps = Sleeps()
    pacer = Pacer(0.5, sleeps.is_busy, sleeps.sleep)
    entries = 5_000_000
    assert pacer.plan(entries) > 0.5
    await pacer.pause(4 * entries)  # its block, its replay, its rows
    assert sum(sleeps.slept) <= LONGEST_SECONDS < DAY


async def test_slice_waits_while_the_node_is_busy():
    sleeps = Sleeps()
    sleeps.busy = 8
    await Pacer(20, sleeps.is_busy, sleeps.sleep).pause(20)
    assert sleeps.slept[0] == 1.0
    assert len(sleeps.slept) == 8  # its own rest, then until nobody waits any more


async def test_node_that_is_always_busy_is_checked_too():
    sleeps = Sleeps()
    sleeps.busy = 1_000_000
    await Pacer(20, sleeps.is_busy, sleeps.sleep).pause(20)
    assert sum(sleeps.slept) < 10


class Book:
    """Knows some damage."""

    def __init__(self, *damaged: Damage) -> None:
        self.damaged = damaged

    async def state(self) -> CheckState:
        return CheckState(damaged=self.damaged)


class Passes(RecordCheck):
    """A check that ends as a test demands."""

    def __init__(self, ends: Exception | None) -> None:
        self.ends = ends

    async def run(self, pause) -> Checked:
        await pause(0)
        if self.ends is not None:
            raise self.ends
        return Checked(0, (), replayed=True)


async def step(ends: Exception | None, *damaged: Damage) -> tuple[float, Bells]:
    sleeps, bells = Sleeps(), Bells()

    async def size() -> int:
        return 0

    watch = DamageWatch(Book(*damaged), bells)  # type: ignore[arg-type]
    pacer = Pacer(20, sleeps.is_busy, sleeps.sleep)
    rolling = RollingCheck(Passes(ends), pacer, size, watch, sleeps.sleep)
    return await rolling.step(), bells


async def test_pass_that_fails_is_begun_again_and_ends_no_node():
    for problem in (Unavailable("database-unavailable"), ZeroDivisionError(), KeyError("x")):
        rest, bells = await step(problem)
        assert rest > 0
        assert bells.heard == []


async def test_damage_found_by_a_pass_sounds_the_alarm_at_once():
    _, bells = await step(None, Damage("eu", 5, "part", "0"), Damage("private", 2, "leaf"))
    assert bells.ringing["record-damaged"] == {"place": "EU-5", "what": "part", "many": 2}
