"""Values that several pages share: bars, paging, references, words, office hours, licences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.licences import Issue
from special_channel.messages.catalogue import catalogue
from special_channel.web.shared import references, states
from special_channel.web.shared.capitals import (
    Due,
    Office,
    iso,
    on_date,
    open_until,
    shared_days,
    shared_hours,
)
from special_channel.web.shared.licences import covering_rule
from special_channel.web.shared.paging import Paging, paging
from special_channel.web.shared.query import PageQuery, WindowQuery, read_query
from special_channel.web.shared.states import Bar, Slice, bar_of
from special_channel.web.shared.words import Pair, Words, paired, short
from special_channel.wiring.files import calendars
from tests.architecture.project import ROOT

BOTH = calendars(ROOT / "config/calendars")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)

# ---------------------------------------------------------------- bars


def test_bar_has_a_scale_of_a_thousand_and_gaps_between_parts():
    bar = bar_of({"refused": 1, "approved": 5, "review": 2, "accepted": 1, "supplement": 1})
    assert [code for code, _ in bar.counts] == [
        "approved", "accepted", "review", "supplement", "refused",
    ]  # fmt: skip
    assert (bar.total, bar.done) == (10, 5)
    assert bar.slices() == (
        Slice("done", 5, 0, 500, 496),
        Slice("running", 3, 500, 300, 296),
        Slice("asked", 1, 800, 100, 96),
        Slice("ended", 1, 900, 100, 100),
    )


def test_part_too_small_to_be_seen_is_drawn_all_the_same():
    slices = Bar((("approved", 999), ("refused", 1), ("invented", 1))).slices()
    assert [(each.bucket, each.width, each.drawn) for each in slices] == [
        ("done", 998, 994), ("ended", 1, 2), ("unknown", 1, 2),
    ]  # fmt: skip


def test_bar_of_nothing_has_no_parts():
    assert bar_of({}).slices() == ()
    assert (bar_of({}).total, bar_of({}).done) == (0, 0)


def test_state_counts_with_its_source_and_unknown_ones_last():
    bar = bar_of({"invented": 1, "returned.supplier": 2, "issued": 1})
    assert [code for code, _ in bar.counts] == ["issued", "returned.supplier", "invented"]
    assert [each.bucket for each in bar.slices()] == ["done", "ended", "unknown"]


@pytest.mark.parametrize(
    ("bucket", "codes"),
    [
        ("done", {"approved", "issued", "used"}),
        ("running", {"drafted", "submitted", "provincial", "accepted", "review", "expert",
                     "council"}),
        ("asked", {"supplement", "customs_query"}),
        ("ended", {"refused", "not_accepted", "returned", "withdrawn", "expired"}),
    ],
)  # fmt: skip
def test_every_state_belongs_to_a_part_of_the_bar(bucket, codes):
    assert {code for code in states.STATES if states.bucket_of(code) == bucket} == codes


def test_groups_of_states_are_what_becomes_of_an_application():
    grouped = {code: states.GROUP_OF.get(code, "over") for code in ("", *states.STATES)}
    assert {code for code, group in grouped.items() if group == "over"} == {
        "withdrawn", "expired",
    }  # fmt: skip
    assert {code for code, group in grouped.items() if group == "refused"} == {
        "refused", "not_accepted",
    }  # fmt: skip
    assert {code for code, group in grouped.items() if group == "pending"} == set(states.PENDING)
    assert (grouped[""], grouped["used"]) == ("unstated", "approved")
    assert states.GROUPS == ("approved", "pending", "refused", "over", "unstated")
    assert states.BUCKETS == ("done", "running", "asked", "ended", "unknown")


# ---------------------------------------------------------------- pages of a list


@pytest.mark.parametrize(
    ("page", "total", "pages", "previous", "following"),
    [(1, 0, 1, None, None), (1, 50, 1, None, None), (1, 51, 2, None, "/x?a=1&page=2"),
     (2, 101, 3, "/x?a=1&page=1", "/x?a=1&page=3"), (3, 101, 3, "/x?a=1&page=2", None)],
)  # fmt: skip
def test_page_links_to_its_neighbours(page, total, pages, previous, following):
    assert paging(page, total, 50, "/x?a=1") == Paging(page, pages, total, previous, following)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("0000007", 7), ("999999", 999_999)])
def test_page_number_is_read(text, number):
    assert read_query(PageQuery, [("page", text)]).page == number


@pytest.mark.parametrize("text", ["", "0", "-1", "one", "1000000", "１"])  # noqa: RUF001
def test_page_number_of_another_form_is_refused(text):
    with pytest.raises(Malformed) as refused:
        read_query(PageQuery, [("page", text)])
    assert (refused.value.code, refused.value.facts) == ("request-malformed", {"field": "page"})


def test_window_without_parameters_is_the_first_hundred_rows():
    window = read_query(WindowQuery, [])
    assert (window.first, window.offset, window.size) == (1, 0, 100)
    assert read_query(WindowQuery, [("first", "2"), ("limit", "7")]).size == 7
    assert read_query(WindowQuery, [("first", "1" * 16)]).offset == int("1" * 16) - 1
    assert read_query(PageQuery, []).page == 1


# ---------------------------------------------------------------- references and words


def test_numbers_become_addresses_whatever_they_hold():
    assert references.application_url("A/1 ?虚") == "/applications/A%2F1%20%3F%E8%99%9A"
    assert references.licence_url("L/1") == "/licences/L%2F1"


@pytest.mark.parametrize(
    ("sizes", "last"),
    [((878, 1), ("EU-877", "CN-0")), ((0, 0), ("–", "–")), ((1, 0), ("EU-0", "–"))],
)
def test_last_entries_shown_are_one_less_than_the_sizes(sizes, last):
    assert references.last_entries(*sizes) == last


@pytest.mark.parametrize(
    ("sizes", "first", "words"),
    [
        ((878, 1), "eu", "entries up to EU-877 and CN-0"),
        ((878, 1), "cn", "entries up to CN-0 and EU-877"),
        ((1, 0), "eu", "entries up to EU-0, none of CN so far"),
        ((0, 4), "eu", "entries up to CN-3, none of EU so far"),
        ((0, 0), "cn", "no entry of either side"),
    ],
)
def test_log_without_entries_is_named_in_words(sizes, first, words):
    eu, cn = sizes
    assert references.entries_up_to(catalogue("en"), eu, cn, first) == words
    assert "–" not in references.entries_up_to(catalogue("zh-CN"), eu, cn, first)


EN, ZH = Words("Permits", "en"), Words("许可", "zh-CN")
DE = Words("Genehmigungen", "de")


@pytest.mark.parametrize(
    ("pair", "lang", "first", "second"),
    [
        (Pair(EN, ZH), "en", EN, ZH),
        (Pair(EN, ZH), "zh-CN", ZH, EN),
        (Pair(ZH, EN), "en", EN, ZH),
        (Pair(ZH, EN), "zh-CN", ZH, EN),
        (Pair(EN, DE), "zh-CN", EN, DE),
        (Pair(ZH), "en", ZH, None),
        (Pair(EN), "en", EN, None),
    ],
)
def test_text_in_the_readers_language_comes_first(pair, lang, first, second):
    assert pair.first(lang) == first
    assert pair.second(lang) == second
    assert pair.in_order(lang) == (first, second)


def test_sides_own_language_is_the_original():
    assert paired("eu", "Permits", "许可") == Pair(EN, ZH)
    assert paired("cn", "Permits", "许可") == Pair(ZH, EN)
    assert (Words("x", "ZH-Hant").chinese, Words("x", "en").chinese) == (True, False)


@pytest.mark.parametrize(
    ("text", "units", "cut"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("abcd, efg", 6, "abcd…"),
     ("中文", 4, "中文"), ("中文字", 4, "中…"), ("ab", 1, "…"), ("", 0, "")],
)  # fmt: skip
def test_text_is_cut_to_its_width(text, units, cut):
    assert short(text, units) == cut


# ---------------------------------------------------------------- due times


@pytest.mark.parametrize(
    ("due", "words", "near"),
    [
        (Due(NOW, "cn", 0), "Date passed", True),
        (Due(NOW, "cn", 9), "Date passed", False),
        (Due(NOW, "cn", undelivered=True, withdrawn=True), "Not delivered yet", False),
        (Due(NOW, "cn", withdrawn=True, requested=True), "Answer withdrawn", False),
        (Due(NOW, "cn", requested=True, provisional=True), "Requested date", False),
        (Due(NOW, "cn", provisional=True), "Provisional date", False),
        (Due(NOW + timedelta(days=9), "cn", 7, passed=True), "Date passed", True),
        (Due(NOW + timedelta(hours=1), "cn", 0), "Today", True),
        (Due(NOW + timedelta(minutes=59, seconds=59), "cn", 0), "In 60 minutes", True),
        (Due(NOW + timedelta(minutes=2), "cn", 0), "In 2 minutes", True),
        (Due(NOW + timedelta(days=3), "cn", 3), "In 3 working days", False),
        (Due(NOW + timedelta(days=2), "cn", 2), "In 2 working days", True),
    ],
)
def test_due_time_is_told_by_what_stands_in_its_way(due, words, near):
    assert due.words(NOW, "en") == words
    assert due.near is near
    assert not replace(due, requested=True).near


def test_instant_and_date_have_one_form_each():
    assert iso(datetime(2026, 11, 24, 10, tzinfo=UTC) + timedelta(microseconds=5)) == (
        "2026-11-24T10:00:00Z"
    )
    assert (on_date("2026-11-24"), on_date("")) == (date(2026, 11, 24), None)


# ---------------------------------------------------------------- office hours


def test_offices_are_open_together_where_their_hours_overlap():
    hours = shared_hours(BOTH["eu"], BOTH["cn"], date(2026, 11, 24))
    ours, theirs = (BOTH[side].office_hours(date(2026, 11, 24)) for side in ("eu", "cn"))
    assert ours is not None
    assert theirs is not None
    assert hours == (max(ours[0], theirs[0]), min(ours[1], theirs[1]))
    assert hours == (ours[0], theirs[1])
    assert shared_hours(BOTH["eu"], BOTH["cn"], date(2026, 11, 28)) is None, "a Saturday"


def test_days_without_shared_hours_are_left_out():
    days = list(shared_days(BOTH["eu"], BOTH["cn"], date(2026, 11, 27), timedelta(days=4)))
    assert [start.date() for start, _ in days] == [date(2026, 11, 27), date(2026, 11, 30)]


@pytest.mark.parametrize("side", ["eu", "cn"])
def test_office_is_open_until_its_close_of_business(side):
    hours = BOTH[side].office_hours(date(2026, 11, 24))
    assert hours is not None
    start, end = hours
    assert open_until(BOTH[side], start) == end
    assert open_until(BOTH[side], start - timedelta(seconds=1)) is None
    assert open_until(BOTH[side], end) is None


def test_offices_shut_together_when_the_first_does():
    later = NOW + timedelta(hours=1)
    assert Office(NOW, later).shared_until == Office(later, NOW).shared_until == NOW
    assert Office(NOW).shared_until is None
    assert Office(None, NOW).shared_until is None


# ---------------------------------------------------------------- licences


@pytest.mark.parametrize(
    ("type_", "customers", "company", "rule"),
    [
        ("general", (), "", "code"),
        ("general", ("Fictional AG",), "FICTIONAL ag", "code-customer"),
        ("general", ("Fictional AG",), "Other", None),
        ("general", ("Fictional AG",), "", None),
        ("individual", (), "", None),
    ],
)
def test_licence_would_cover_by_its_code_or_its_named_customer(type_, customers, company, rule):
    issue = Issue(0, "", "", type_, (), "licence", "", "", "", (), customers)
    assert covering_rule(issue, {"eu_company": company} if company else {}) == rule
