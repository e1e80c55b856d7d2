"""Charts of figures and numbers: lengths, order, and what a reader is told without seeing them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.numbers.figures import Mean, Measure, Period, Share
from special_channel.messages.catalogue import catalogue
from special_channel.stores.numbers import Counts, MonthNumbers, Spread
from special_channel.web.figures.pages import chart, figures_page
from special_channel.web.figures.queries import IMI, FiguresQuery, measure_of, period_of
from special_channel.web.figures.tables import SLICES
from special_channel.web.figures.views import FiguresView, MonthOutcomes
from special_channel.web.numbers import queries as numbers
from special_channel.web.numbers.pages import code_chart, month_chart, numbers_page
from special_channel.web.numbers.queries import counts_of, day_numbers
from special_channel.web.numbers.views import (
    CodeCountsItem,
    CodedCounts,
    CountsItem,
    DaysItem,
    NumbersView,
)
from special_channel.wiring.files import calendars
from tests.architecture.project import ROOT
from tests.web.samples.figures import figures_page as sample_figures

T = catalogue("en")

# ---------------------------------------------------------------- figures on questions

OUTCOMES = {
    "in-time": 4, "late": 3, "unanswered-confirmed": 2, "open": 1, "crossed": 1,
    "unanswered-unconfirmed": 1, "answered": 1, "withdrawn": 1, "ended": 1,
}  # fmt: skip


def test_column_of_a_month_stacks_its_outcomes_from_the_ground():
    months = [
        MonthOutcomes(year=2026, month=2, outcomes=OUTCOMES),
        MonthOutcomes(year=2026, month=3, outcomes={"late": 30}),
        MonthOutcomes(year=2025, month=2, outcomes={"late": 99}),
    ]
    made = chart(2026, months)
    assert [column.of for column in made.columns] == list(range(1, 13))
    assert [sum(column.counts) for column in made.columns[:4]] == [0, 15, 30, 0]
    second = made.columns[1]
    assert second.counts == (4, 3, 2, 1, 5)
    heights = [block.height for block in second.blocks]
    assert heights == pytest.approx([140 * count / 30 for count in (4, 3, 2, 1, 5)])
    assert [(block.kind, block.count) for block in second.blocks] == [
        *zip(SLICES, (4, 3, 2, 1, 5), strict=True)
    ]
    tops = [block.y for block in second.blocks]
    assert tops == pytest.approx([164 - sum(heights[: place + 1]) for place in range(5)])
    assert {(block.x, block.width) for block in second.blocks} == {(73, 34)}
    assert second.labels[0] == pytest.approx((90, 88, 15))
    assert (second.middle, made.columns[0].middle) == (90, 30)
    assert [(block.kind, block.count) for block in made.columns[2].blocks] == [("running", 30)]
    assert made.columns[2].labels[0] == pytest.approx((150, 18, 30))
    assert (made.width, made.base, made.height, made.strong) == (720, 164, 190, True)


def test_year_without_questions_has_columns_of_nothing():
    made = chart(2026, [])
    assert {(column.counts, column.blocks, column.labels) for column in made.columns} == {
        ((0,) * 5, (), ())
    }


@pytest.mark.parametrize(
    ("year", "previous", "following"),
    [(2026, "/figures?year=2025", None), (2025, None, "/figures?year=2026")],
)
def test_year_links_to_its_neighbours_within_the_channels_life(year, previous, following):
    view = sample_figures("eu", "en").view
    assert isinstance(view, FiguresView)
    more = figures_page(view, year, present=2026).more
    assert (more["previous_url"], more["next_url"]) == (previous, following)


def test_year_is_counted_in_utc():
    assert period_of(2026) == Period(
        datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("since", "until", "period"),
    [
        ("", "", Period()),
        ("2026-11-24", "", Period(datetime(2026, 11, 24, tzinfo=UTC))),
        ("2000-01-01", "2026-11-25",
         Period(datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC))),
    ],
)  # fmt: skip
def test_period_of_the_api_begins_and_ends_at_midnight(since, until, period):
    assert FiguresQuery(since=since, until=until).period() == period


@pytest.mark.parametrize("field", ["since", "until"])
@pytest.mark.parametrize("text", ["today", "2026-13-01"])
def test_date_that_no_period_has_is_named(field, text):
    with pytest.raises(Malformed) as refused:
        FiguresQuery(**{field: text}).period()
    assert (refused.value.code, refused.value.facts) == ("date-malformed", {"field": field})


@pytest.mark.parametrize("field", ["since", "until"])
def test_date_before_every_record_is_told_the_range(field):
    with pytest.raises(Malformed) as refused:
        FiguresQuery.model_validate({field: "1999-12-31"}).period()
    assert refused.value.code == "date-range"
    assert refused.value.facts == {"first": "2000-01-01", "last": "9999-12-31"}


@pytest.mark.parametrize(
    ("measure", "threshold", "told"),
    [
        (Measure("answered-in-time", Share(1, 3), 2), 30, ("33.3", 1, 3, 2, 3, 30, True)),
        (Measure("answered-in-time", Share(1, 3)), 34, ("33.3", 1, 3, 0, 3, 34, False)),
        (Measure("date-passed", Share(1, 3)), 30, ("33.3", 1, 3, 0, 4, 30, False)),
        (Measure("answered-in-time", Share(0, 0)), 30, (None, 0, 0, 0, 3, 30, None)),
        (Measure("days-to-answer", Mean(timedelta(days=5), 2)), None,
         ("2.5", None, 2, 0, 2, None, None)),
        (Measure("acknowledged-in-time", Share(1, 1)), None, ("100.0", 1, 1, 0, 1, None, None)),
        (Measure("referred", Share(1, 1)), None, ("100.0", 1, 1, 0, 5, None, None)),
    ],
)  # fmt: skip
def test_measure_is_told_with_its_basis_and_threshold(measure, threshold, told):
    item = measure_of(measure, threshold, T)
    assert (
        item.value, item.part, item.whole, item.undecided, item.imi, item.agreed, item.reached,
    ) == told  # fmt: skip
    assert item.title == T.label("figure", measure.name)
    assert item.definition == T.label("figure-how", measure.name)
    assert item.at_least is (measure.name not in {"date-passed", "days-to-answer", "referred"})
    assert sorted(IMI.values()) == [1, 2, 3, 4, 5]


# ---------------------------------------------------------------- applications in numbers

NONE = DaysItem(of=0)


def counts(by: str, listed: int, approved: int = 0) -> CodeCountsItem:
    plain = counts_of(by, Counts(listed=listed, approved=approved), CodeCountsItem)
    assert isinstance(plain, CodeCountsItem)
    return plain


def view_of(months: int) -> NumbersView:
    sides = tuple(counts_of(by, Counts(listed=4), CountsItem) for by in ("cn", "eu"))
    return NumbersView(
        eu=1, cn=1, on=date(2026, 11, 24), limit=45, sides=sides, lists=(),
        months=tuple(
            MonthNumbers(f"2025-{number:02}", approved={"cn": number, "eu": 1})
            for number in range(1, months + 1)
        ),
        codes=(), coded=(), public=(), definitions=(),
    )  # fmt: skip


def test_last_fourteen_months_are_drawn_with_a_bar_for_each_side():
    made = month_chart(view_of(15))
    first = made.columns[0].of
    assert isinstance(first, MonthNumbers)
    assert first.month == "2025-02"
    assert len(made.columns) == 14
    assert made.columns[-1].counts == (15, 1), "our side first"
    eu, cn = made.columns[0].blocks[1], made.columns[-1].blocks[0]
    assert (cn.kind, cn.count, cn.height, cn.y) == pytest.approx(("done", 15, 150, 24))
    assert (eu.kind, eu.count, eu.height, eu.y) == pytest.approx(("running", 1, 10, 164))
    assert (eu.x, eu.width) == (36, 24)
    assert made.columns[0].labels[1] == pytest.approx((48, 158, 1))
    assert [column.middle for column in made.columns[:2]] == [36, 108]
    assert made.width == 14 * 72
    assert (made.base, made.height, made.strong) == (174, 200, False)
    assert month_chart(view_of(1)).width == 14 * 72, "as wide as a year, with room"
    assert month_chart(view_of(0)).columns == ()


def test_ten_codes_of_most_applications_are_drawn_in_their_order():
    table = [
        CodedCounts(source="list", code=code, sides=(counts("cn", listed, 1), counts("eu", listed)))
        for code, listed in [*((f"C{n:02}", n) for n in range(12)), ("", 99)]
    ]
    made = code_chart(table)
    assert [column.of.code for column in made.columns] == [f"C{n:02}" for n in range(2, 12)]
    assert made.columns[-1].counts == (11, 1, 0)
    assert [block.height for block in made.columns[0].blocks] == pytest.approx(
        [150 * 2 / 11, 150 / 11]
    )
    assert [block.kind for block in made.columns[0].blocks] == ["unknown", "done"]
    assert made.width == 10 * (20 + 3 * 26)
    assert [column.of.code for column in code_chart(table[-2:]).columns] == ["C11", ""]


def test_drawing_has_a_bar_a_count_and_a_name_for_each_column():
    drawn = month_chart(view_of(2)).drawn(lambda month, first: f"{month.month[-2:]} {first} <")
    assert drawn.count("<rect") == 4
    assert '<rect class="done" x="82.0" y="24.0" width="24" height="150.0"/>' in drawn
    assert '<text class="sub" x="36.0" y="192" text-anchor="middle">01 True &lt;</text>' in drawn
    assert '<text class="sub" x="108.0" y="192" text-anchor="middle">02 False &lt;</text>' in drawn
    assert drawn.endswith('<line class="ax" x1="0" x2="1008" y1="174" y2="174"/>')


def test_page_has_a_chart_for_each_source_of_codes():
    page = numbers_page(view_of(2), date(2026, 11, 24), provisional=True)
    assert (page.more["provisional"], page.more["codes"]) == (True, {})
    assert view_of(2).parties == ("cn", "eu")


@pytest.mark.parametrize(
    ("approved", "listed", "share"),
    [(1, 3, "33.3"), (2, 3, "66.7"), (1, 16, "6.3"), (3, 3, "100.0"), (0, 3, "0.0"),
     (1, 2000, "0.1"), (1, 2001, "0.0"), (0, 0, None)],
)  # fmt: skip
def test_share_of_the_population_is_rounded_half_up(approved, listed, share):
    assert counts("cn", listed, approved).share("approved") == share


def test_numbers_of_a_side_are_those_of_the_count():
    counted = Counts(
        listed=9, stated=8, accepted=7, decided=6, approved=5, refused=4, not_accepted=3,
        withdrawn=2, returned=1, sent_back=10, running=11, uncounted=12, over=13,
        age=Spread(3, 20, 44), took=Spread(0),
    )  # fmt: skip
    item = counts_of("cn", counted, CountsItem)
    assert (item.by, item.listed, item.matched, item.sent_back) == ("cn", 9, 8, 10)
    assert item.addressed == counted.addressed
    assert item.days("age") == DaysItem(of=3, median=20, ninth_decile=44)
    assert item.days("took") == NONE
    assert (item.count("over"), item.count("uncounted")) == (13, 12)


def test_working_days_are_numbered_from_the_first_day_of_2025():
    china = calendars(ROOT / "config/calendars")["cn"]
    made = day_numbers(china, date(2025, 1, 6))
    assert made.first == numbers.FIRST == date(2025, 1, 1)
    days = [date(2025, 1, day) for day in range(1, 7)]
    working = [china.is_working_day(day) for day in days]
    assert made.numbers == tuple(sum(working[: place + 1]) for place in range(6))
    assert len(day_numbers(china, date(2025, 1, 1)).numbers) == 1
