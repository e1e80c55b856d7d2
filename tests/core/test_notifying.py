"""What a person is told of, by the person's own choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from special_channel.core.rules.notifying import (
    EVENTS,
    MEDIA,
    Following,
    Involvement,
    NoticeChoice,
    NoticeException,
    next_digest,
    reason,
)
from tests.core.calendar_files import both_sides


def test_presets_tell_page_and_mail_and_no_chat():
    times = {
        preset: [NoticeChoice(preset).timing("answer", medium) for medium in MEDIA]
        for preset in ("everything", "mine", "digest")
    }
    assert times == {
        "everything": ["now", "", "now", ""],
        "mine": ["now", "", "now", ""],
        "digest": ["now", "", "digest", ""],
    }


def test_exception_is_for_one_event_and_one_medium():
    off, on = (
        NoticeException("answer", "mail", on=False),
        NoticeException("release", "mail", on=True),
    )
    choice = NoticeChoice("digest", exceptions=(off, on))
    told = {event: choice.timing(event, "mail") for event in EVENTS}
    assert told.pop("answer") == ""
    assert told.pop("release") == "now"
    assert told.pop("unit") == "now", "a mail of its own"
    assert set(told.values()) == {"digest"}
    assert choice.timing("answer", "page") == "now"


def test_browser_tells_once_it_was_allowed_but_for_exceptions():
    off = NoticeException("entry", "browser", on=False)
    on = NoticeException("answer", "browser", on=True)
    assert NoticeChoice(exceptions=(on,)).timing("answer", "browser") == "", "not allowed"
    allowed = NoticeChoice("digest", exceptions=(off,), browser=True)
    assert [allowed.timing(each, "browser") for each in ("answer", "entry")] == ["now", ""]


@pytest.mark.parametrize(
    ("involved", "preset", "flags", "why"),
    [
        (Involvement(mine=True), "mine", {}, "mine"),
        (Involvement(desk=True), "mine", {}, ""),
        (Involvement(desk=True), "everything", {}, "desk"),
        (Involvement(mine=True), "mine", {"quiet": True}, ""),
        (Involvement(following="watched"), "mine", {"quiet": True}, "watched"),
        (Involvement(mine=True, following="muted"), "everything", {}, ""),
        (Involvement(mine=True, following="muted"), "mine", {"line_stop": True}, "mine"),
        (Involvement(), "everything", {"line_stop": True}, ""),
    ],
)  # fmt: skip
def test_thread_concerns_its_people_and_those_who_watch(involved, preset, flags, why):
    assert reason(NoticeChoice(preset), involved, **flags) == why


@pytest.mark.parametrize("following", [None, "muted", "watched"])
def test_line_stop_is_told_to_whoever_chose_it(following: Following | None):
    choice = NoticeChoice("mine", line_stops=True)
    assert reason(choice, Involvement(following=following), line_stop=True) == "line-stop"


def test_digest_comes_on_the_next_working_day_at_its_time():
    calendar = both_sides()["eu"]
    friday = datetime(2026, 11, 27, 7, 29, tzinfo=UTC)  # 08:29 in Brussels
    assert next_digest(calendar, friday, time(8, 30)) == datetime(2026, 11, 27, 7, 30, tzinfo=UTC)
    assert next_digest(calendar, friday, time(8, 29)) == datetime(2026, 11, 30, 7, 29, tzinfo=UTC)


@pytest.mark.parametrize("preset", ["everything", "mine", "digest"])
def test_overview_of_the_unit_is_a_mail_alone(preset):
    choice = NoticeChoice(preset, browser=True)
    told = {medium: choice.timing("unit", medium) for medium in MEDIA}
    assert told == {"page": "", "browser": "", "mail": "now", "chat": ""}
    off = replace(choice, exceptions=(NoticeException("unit", "mail", on=False),))
    assert off.timing("unit", "mail") == ""
