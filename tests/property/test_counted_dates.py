"""Rule 11: no date earlier than the reply rule's can pass, whatever the asking side writes.

Rules, calendars' days, times of signing and dates are drawn; what the judge takes is compared with
a count by hand, day by day, that shares no code with it.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import PARTIES, peer_of
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.charter_calendars import stated
from tests.core.calendar_files import both_sides, raw
from tests.world import World

TRIES = int(os.environ.get("SPECIAL_CHANNEL_INTERLEAVINGS", "40")) * 5
ZONES = {"eu": ZoneInfo("Europe/Brussels"), "cn": ZoneInfo("Asia/Shanghai")}
CALENDARS = [stated(both_sides()[party]) for party in ("eu", "cn")]


def worked(side: Any, day: date) -> bool:
    """By the files themselves, not by the program's calendars."""
    files: list[Any] = [raw(side, year) for year in (2025, 2026)]
    for file in reversed(files):
        if any(day == one["day"] for one in file.get("make_up", [])):
            return True
        if any(one["first"] <= day <= one["last"] for one in file.get("closed", [])):
            return False
    return day.weekday() < 5


def by_hand(at: datetime, answering: str, days: int, sides: tuple[str, ...]) -> datetime:
    """Close of business of the n-th common working day of some sides after `at`."""
    day = at.astimezone(ZONES[answering]).date()
    while days:
        day += timedelta(days=1)
        days -= all(worked(side, day) for side in sides)
    closes = {"eu": 17, "cn": 17}[answering]
    return datetime(day.year, day.month, day.day, closes, 30, tzinfo=ZONES[answering]).astimezone(
        UTC
    )


def refusal(world: World, asker: Any, thread: str | None, question: Any, at: str) -> str:
    """Return the code of the question's refusal; empty if the question is valid."""
    try:
        world.note(asker, thread, asks=[question], at=at)
    except Refused as error:
        return error.code
    return ""


@pytest.mark.parametrize("seed", range(3))
def test_no_date_before_what_the_rule_gives_is_taken(seed):
    draw = random.Random(seed)  # noqa: S311 - reproducible histories, not secrets
    taken = refused = 0
    for count in ("answering", "both"):
        days = draw.randrange(1, 12)
        rules = [{"rule": "counted", "working_days": days, "count": count}]
        charter: dict[str, Any] = {"reply_rules": rules, "calendars": CALENDARS}
        world = World.founded(**charter)
        digest = sha256(canonical.dumps(world.charter(**charter))).hexdigest()
        for asker in PARTIES:
            answering = peer_of(asker)
            thread = world.open_thread(asker).leaf.thread
            sides = ("eu", "cn") if count == "both" else (answering,)
            for _ in range(TRIES // 4):
                at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
                    seconds=draw.randrange(330 * 86_400)
                )
                expected = by_hand(at, answering, days, sides)
                due = expected + timedelta(seconds=draw.choice((-604_800, -86_400, -1, 0, 1)))
                question = world.ask(
                    asker, timestamp(due), rule="counted", charter=digest, provisional=True
                )
                code = refusal(world, asker, thread, question, timestamp(at))
                assert code == ("ask-early" if due < expected else ""), (at, expected)
                taken, refused = taken + (not code), refused + bool(code)
    assert min(taken, refused) > 0
