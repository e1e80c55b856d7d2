"""Calendar releases count once a charter adopts them."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.charter import Charter, parse
from special_channel.core.rules.releases import adopted, newest, release_id
from special_channel.core.time.calendars import CalendarRelease, merge, parse_release
from special_channel.desk.charter import document
from tests.core.calendar_files import CALENDARS, both_sides, raw
from tests.world import World

HELD = [release for party in PARTIES for release in both_sides()[party].releases]
CHARTER = CALENDARS.parent / "charter"


def corrected() -> CalendarRelease:
    """A typhoon day, in a second release of the same year."""
    closed: list[Any] = list(raw("cn", 2026)["closed"])  # type: ignore[call-overload]
    day = closed[0] | {"first": closed[0]["last"].replace(month=8, day=10)}
    day["last"] = day["first"]
    return parse_release(raw("cn", 2026) | {"release": 2, "closed": [*closed, day]})


def shipped() -> Charter:
    return document(CHARTER, list(both_sides().values()))[1]


def test_a_release_is_called_by_side_year_and_number():
    assert [release_id(each) for each in HELD] == [
        "eu-2025-1",
        "eu-2026-1",
        "cn-2025-1",
        "cn-2026-1",
    ]


def test_the_charter_lists_id_digest_coverage_and_status_of_each_release():
    calendars = {each.party: each for each in shipped().calendars}
    (first, second) = calendars["cn"].releases
    assert (first.id, first.first, first.last, first.status) == (
        "cn-2025-1",
        "2025-01-01",
        "2025-12-31",
        "official",
    )
    assert second.digest == HELD[3].digest
    assert calendars["cn"].digest == both_sides()["cn"].digest
    assert {each.status for each in calendars["eu"].releases} == {"derived"}


def test_of_two_releases_of_a_year_the_newest_is_what_the_next_charter_adopts():
    for order in ([*HELD, corrected()], [corrected(), *HELD]):
        latest = newest(order)["cn"]
        assert [release_id(each) for each in latest.releases] == ["cn-2025-1", "cn-2026-2"]
    assert newest(HELD[:1]).keys() == {"eu"}


def test_what_is_held_and_not_adopted_does_not_count():
    found = adopted(shipped(), [*HELD, corrected()])
    assert found is not None
    assert found["cn"].digest == both_sides()["cn"].digest


def test_an_adopted_correction_counts():
    calendars = [merge([HELD[0], HELD[1]]), merge([HELD[2], corrected()])]
    charter = document(CHARTER, calendars)[1]
    found = adopted(charter, [*HELD, corrected()])
    assert found is not None
    assert found["cn"].digest == calendars[1].digest
    assert adopted(charter, HELD) is None, "its file is not here"


def test_a_charter_without_a_list_names_the_newest_by_the_digest_of_the_whole():
    old: list[Any] = [
        {"party": party, "digest": both_sides()[party].digest, "last": "2026-12-31"}
        for party in PARTIES
    ]
    world = World.founded()

    def charter(calendars: list[Any]) -> Charter:
        return parse(canonical.dumps(world.charter(calendars=calendars)))

    found = adopted(charter(old), HELD)
    assert found is not None
    assert found["eu"].digest == both_sides()["eu"].digest
    assert adopted(charter(old), [*HELD, corrected()]) is None
    assert adopted(charter(old[:1]), HELD) is None, "a side without a calendar"


@pytest.mark.parametrize("party", PARTIES)
def test_a_digest_of_the_other_sides_release_is_no_release_of_this_side(party):
    charter = shipped()
    swapped = [
        each.model_copy(update={"releases": charter.calendars[1 - place].releases})
        for place, each in enumerate(charter.calendars)
    ]
    assert adopted(charter.model_copy(update={"calendars": tuple(swapped)}), HELD) is None
    assert charter.calendar(party) is not None
