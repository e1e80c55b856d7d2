"""Times in both capitals, and the ruler of due times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import posix
from special_channel.web.shared import capitals
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.ruler import LEFT, WIDE, Day, Mark, ruler
from special_channel.web.shared.words import short
from tests.web.samples.inbox import days, due
from tests.web.samples.people import NOW, at
from tests.world import World


def mark(number: str, when: Due) -> Mark:
    return Mark(number, f"/threads/{number}", when)


def test_one_date_is_enough_when_both_capitals_have_the_same_day():
    when = at(26, 9)
    assert capitals.both(when, "eu", "en", NOW) == "Thu 26 Nov 10:00 Brussels, 17:00 Beijing"
    assert (
        capitals.both(when, "cn", "zh-CN", NOW)
        == "北京时间11月26日（周四）17:00，布鲁塞尔时间10:00"
    )


def test_both_dates_are_named_when_midnight_lies_between():
    said = capitals.both(at(26, 16, 30), "eu", "en", NOW)
    assert said == "Thu 26 Nov 17:30 Brussels, Fri 27 Nov 00:30 Beijing"


def test_summer_time_moves_brussels_and_not_beijing():
    summer = datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert (capitals.clock(summer, "eu"), capitals.clock(summer, "cn")) == ("09:00", "15:00")


def test_another_year_is_named():
    assert (
        capitals.moment(datetime(2027, 1, 4, 9, tzinfo=UTC), "eu", "en", NOW) == "4 Jan 2027 10:00"
    )


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (Due(NOW + timedelta(seconds=20), "cn", 0), "In 1 minute"),
        (Due(NOW + timedelta(minutes=59), "cn", 0), "In 59 minutes"),
        (Due(NOW + timedelta(hours=3), "cn", 0), "Today"),
        (Due(NOW + timedelta(days=1), "cn", 1), "In 1 working day"),
        (Due(NOW + timedelta(days=9), "cn", 7), "In 7 working days"),
        (Due(NOW, "cn", 0), "Date passed"),
        (Due(NOW + timedelta(days=70), "cn", None), "Tue 2 Feb"),
    ],
)
def test_a_due_time_is_told_in_one_unit(when, words):
    assert when.words(NOW, "en") == words


def test_a_day_off_before_the_next_working_day_is_not_today():
    friday, sunday = at(27, 9), Due(at(29, 13), "cn", 0)
    assert sunday.words(friday, "en") == "Sun 29 Nov"
    assert sunday.words(at(29, 9), "en") == "Today"
    assert sunday.words(friday, "zh-CN") == "11月29日（周日）"


def test_amber_begins_two_working_days_before():
    assert due("cn", 26, 2).near
    assert not due("cn", 27, 3).near
    assert due("cn", 20, 9, passed=True).near
    assert not replace(due("cn", 26, 2), requested=True).near


def test_the_ruler_shows_ten_working_days_of_either_side():
    laid = ruler(NOW, "eu", days(), ())
    working = [c for c in laid.columns if c.day.own_open or c.day.peer_open]
    assert len(working) == 10
    assert laid.columns[-1] is working[-1]
    narrow = [c for c in laid.columns if c not in working]
    assert all(c.width < working[0].width for c in narrow)


def test_marks_stand_in_the_lane_of_who_answers_and_never_overlap():
    marks = [mark(f"EU-{n}", due("cn", 26, 2)) for n in range(5)] + [mark("CN-1", due("eu", 26, 2))]
    laid = ruler(NOW, "eu", days(), marks)
    boxes = [(c.own, c.level, c.left) for c in laid.cards]
    assert len(boxes) == len(set(boxes))
    assert sum(card.more for card in laid.cards) == 2
    assert [card.mark.number for card in laid.cards if card.own] == ["CN-1"]


def test_a_mark_beyond_the_ruler_is_left_to_the_list():
    laid = ruler(NOW, "eu", days(), [mark("EU-1", due("cn", 24, 0, 12))])
    assert laid.cards == ()
    assert laid.marks == ()


def test_the_same_instant_stands_on_each_sides_own_day():
    when = due("eu", 26, 2)
    eu = ruler(NOW, "eu", days(), [mark("EU-1", when)]).cards[0].x
    cn = ruler(NOW, "cn", days(), [mark("EU-1", when)]).cards[0].x
    assert cn > eu > LEFT


def test_line_of_now_stands_at_the_time_of_our_capital():
    clocks: dict[Party, float] = {"eu": 9 + 40 / 60, "cn": 16 + 40 / 60}
    for party, hours in clocks.items():
        assert ruler(NOW, party, days(), ()).now_x == pytest.approx(LEFT + WIDE * hours / 24)


def test_line_of_now_is_at_the_left_on_a_day_that_is_not_drawn():
    assert ruler(NOW - timedelta(days=3), "eu", days(), ()).now_x == LEFT


def test_a_make_up_saturday_of_one_side_is_wide_and_shaded_for_the_other_alone():
    saturday = Day(date(2026, 11, 28), own_open=False, peer_open=True)
    week = tuple(replace(saturday, on=d.on) if d.on == saturday.on else d for d in days())
    column = next(c for c in ruler(NOW, "eu", week, ()).columns if c.day.on == saturday.on)
    assert column.width > 90


def test_a_label_is_cut_by_width_not_by_characters():
    assert short("End-user certificates") == "End-user cer…"
    assert short("最终用户和最终用途证明") == "最终用户和…"
    assert short("实地核查") == "实地核查"


def test_last_hours_of_the_calendar_stay_in_utc():
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert [capitals.clock(last, party) for party in ("eu", "cn")] == ["23:59", "23:59"]


@pytest.mark.parametrize(
    ("party", "lang", "said"),
    [
        ("eu", "en", "1 entry since Tue 24 Nov"), ("cn", "zh-CN", "自11月25日（周三）以来共1条"),
        ("eu", "zh-CN", "自11月24日（周二）以来共1条"), ("cn", "en", "1 entry since Wed 25 Nov"),
    ],
)  # fmt: skip
async def test_day_on_which_a_thread_began_is_the_capital_s(pages_of, party, lang, said):
    """At 22:00 in Brussels it is the next day in Beijing; in another year the year is said."""
    world = World.founded()
    world.clock.seconds = posix("2026-11-24T21:00:00Z")
    thread = world.open_thread("eu")
    world.exchange()
    site = await pages_of(world, party)
    path = f"/threads/{thread.position}"
    assert said in (await site.get(path, lang=lang)).text
    world.clock.forward(366 * 86_400)
    later = (await site.get(path, lang=lang)).text
    assert said not in later
    on = 24 if party == "eu" else 25
    assert (f"since {on} Nov 2026" if lang == "en" else f"自2026年11月{on}日以来") in later
