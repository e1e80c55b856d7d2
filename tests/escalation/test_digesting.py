"""Which alerts are sent singly, folded into a digest or held: a pure function."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from special_channel.escalation.grouping import (
    GATHER,
    GATHER_MOST,
    WINDOW,
    gathering_channels,
    grouped,
)
from special_channel.stores.outbox import Outgoing, QueuedAlerts, SentMessage

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


def alert(number: int, at: datetime = LONG_AGO, **changed) -> Outgoing:
    made = Outgoing(f"{number:064x}", ("note", "1"), "", 1, "mail", "{}", at)
    return replace(made, **changed)


def left(*minutes_ago: int, kind="step") -> list[SentMessage]:
    return [
        SentMessage(NOW - timedelta(minutes=ago), kind) for ago in sorted(minutes_ago, reverse=True)
    ]


def test_three_alerts_are_sent_singly_and_four_as_a_digest():
    three = [alert(number) for number in range(3)]
    assert grouped(three, [], NOW).send == three
    four = [*three, alert(3)]
    assert grouped(four, [], NOW).fold == four


def test_messages_sent_within_the_window_count():
    two = [alert(1), alert(2)]
    assert grouped(two, left(1), NOW).send == two
    assert grouped(two, left(1, 2), NOW).fold == two


def test_fourth_message_waits_until_the_window_of_the_first_ends():
    found = grouped([alert(1)], left(3, 7, 11), NOW)
    assert (found.hold, found.until) == ([alert(1)], NOW - timedelta(minutes=11) + WINDOW)


def test_digest_is_sent_once_a_window():
    many = [alert(number) for number in range(50)]
    found = grouped(many, left(4, kind="digest"), NOW)
    assert (found.hold, found.until) == (many, NOW - timedelta(minutes=4) + WINDOW)
    # An urgent alert waits for no window.
    urgent = [*many, alert(99, urgent=True)]
    assert grouped(urgent, left(4, kind="digest"), NOW).fold == urgent
    alone = [alert(99, urgent=True)]
    assert grouped(alone, left(1, 2, 3), NOW).send == alone


def test_alerts_made_within_seconds_gather_up_to_a_limit():
    fresh = [alert(number, NOW - timedelta(seconds=number)) for number in range(10)]
    found = grouped(fresh, [], NOW)
    assert (found.hold, found.until) == (fresh, NOW + GATHER)
    still_coming = [*fresh, alert(99, NOW - GATHER_MOST)]
    assert grouped(still_coming, [], NOW).fold == still_coming


def test_channel_waits_while_alerts_arrive_up_to_a_limit():
    way = ("head@eu.example", "mail")

    def until(count: int, oldest: float, newest: float, sent=()) -> datetime | None:
        ago = [NOW - timedelta(seconds=seconds) for seconds in (oldest, newest)]
        return gathering_channels([QueuedAlerts(way, count, *ago)], {way: sent}, NOW).get(way)

    assert until(400, 4, 1) == NOW - timedelta(seconds=1) + GATHER
    assert until(400, 58, 0) == NOW - timedelta(seconds=58) + GATHER_MOST
    assert until(400, 9, GATHER.total_seconds()) is None
    assert until(400, GATHER_MOST.total_seconds(), 0) is None
    assert until(3, 1, 0) is None, "so few leave alone"
    assert until(3, 1, 0, left(1)) == NOW + GATHER
    assert until(1, 0, 0, left(1, 2, 3)) is None


def test_alerts_held_for_the_office_gather_from_its_opening():
    held = [alert(number, not_before=NOW) for number in range(10)]
    assert grouped(held, [], NOW).hold == held
    assert grouped(held, [], NOW + GATHER).fold == held


def test_digests_and_canaries_are_never_listed():
    alone = [alert(1, kind="digest"), alert(2, kind="canary")]
    found = grouped([*alone, *(alert(number) for number in range(3, 9))], [], NOW)
    assert found.send == alone
    assert len(found.fold) == 6
    assert grouped(alone, left(1, 2, 3), NOW).send == alone
