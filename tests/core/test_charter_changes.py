"""Changes between successive charters, and adoption of the next charter."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.rows.charter import AdoptionFact, Charter, CharterRow, InForce, parse
from special_channel.core.rows.charter_calendars import stated as stated_by
from special_channel.core.rows.past import Past
from special_channel.core.rules.charter_changes import (
    Change,
    CharterContext,
    changes,
    check_brought,
    check_next,
    check_proposal,
    check_releases,
    compared_with,
    highest,
)
from special_channel.core.time.calendars import CalendarRelease, parse_release
from tests.core.calendar_files import both_sides, raw
from tests.world import World

ORIGINS = {"eu": "eu.channel.example/log", "cn": "cn.channel.example/log"}
RULE = {"rule": "three-working-days", "working_days": 3, "count": "answering"}
DUTY = {"party": "cn", "desk": "licensing", "closure_days": 4}
FIGURES = {"definitions": "imi-1", "thresholds": [{"name": "answered-in-time", "value": 80}]}


def charter(**changed: Any) -> Charter:
    return parse(canonical.dumps(World.founded().charter(**changed)))


def releases() -> list[CalendarRelease]:
    return [parse_release(raw(side, year)) for side in ("eu", "cn") for year in (2025, 2026)]


def stated() -> list[dict[str, Any]]:
    """Calendars of a charter with their releases."""
    return [stated_by(held) for held in both_sides().values()]


def row(number: int, **digests: str) -> CharterRow:
    facts = tuple(
        AdoptionFact(party, index, digest)  # type: ignore[arg-type]
        for index, (party, digest) in enumerate(sorted(digests.items()))
    )
    text = canonical.dumps(World.founded().charter(number=number)).decode()
    return CharterRow(number, facts, tuple((digest, text) for digest in set(digests.values())))


def ground(*rows: CharterRow, rules: int = 1) -> CharterContext:
    document = charter().model_copy(update={"rules": rules})
    return CharterContext(rows, InForce(1, "1" * 64, document), ORIGINS, "cn")  # type: ignore[arg-type]


def test_each_field_that_differs_is_told_once_and_what_is_equal_is_not():
    before = charter(reply_rules=[RULE], markings=["sensitive"])
    after = charter(
        number=2, reply_rules=[RULE | {"working_days": 5}], markings=["sensitive", "limited"]
    )
    assert changes(before, after) == (
        Change("reply_rules", ("three-working-days",), "working_days", 3, 5),
        Change("markings", (), "markings", ("sensitive",), ("sensitive", "limited")),
    )
    assert changes(before, before) == ()


@pytest.mark.parametrize("field", ["effect_en", "effect_zh"])
@pytest.mark.parametrize("text", [None, "", "two\nlines", "x" * 1001])
def test_charter_without_a_legible_effect_is_refused(field, text):
    document = World.founded().charter() | {field: text}
    if text is None:
        del document[field]
    with pytest.raises(Malformed) as refused:
        parse(canonical.dumps(document))
    assert (refused.value.code, refused.value.facts["field"]) == ("charter-malformed", field)


def test_effect_of_another_wording_is_a_change_of_the_charter():
    plain = charter()
    after = charter(number=2, effect_en="Nothing binds.", effect_zh="均无约束。")
    assert changes(plain, after) == (
        Change("effect_en", (), "effect_en", plain.effect_en, "Nothing binds."),
        Change("effect_zh", (), "effect_zh", plain.effect_zh, "均无约束。"),
    )


def test_what_is_new_or_gone_stands_beside_nothing():
    plain, more = charter(), charter(duty=[DUTY], figures=FIGURES)
    new = changes(plain, more)
    assert new == (
        Change("duty", ("cn",), "desk", None, "licensing"),
        Change("duty", ("cn",), "closure_days", None, 4),
        Change("figures", (), "definitions", None, "imi-1"),
        Change("thresholds", ("answered-in-time",), "value", None, 80),
    )
    gone = changes(more, plain)
    assert [(one.field, one.after) for one in gone] == [(one.field, None) for one in new]
    assert {one.before for one in changes(None, plain)} == {None}


def test_calendars_differ_by_their_releases():
    plain = charter(calendars=[])
    found = changes(plain, charter(calendars=stated()))
    assert {one.subject for one in found if one.section == "releases"} == {
        ("eu-2025-1",), ("eu-2026-1",), ("cn-2025-1",), ("cn-2026-1",),
    }  # fmt: skip
    assert {one.subject for one in found if one.section == "calendars"} == {("eu",), ("cn",)}


def test_a_second_rule_of_one_name_is_a_line_of_its_own_and_fields_of_one_stay_together():
    twice = charter(reply_rules=[RULE, RULE | {"working_days": 9, "title_en": "Other"}])
    found = changes(charter(reply_rules=[RULE]), twice)
    assert {one.subject for one in found} == {("three-working-days", "2")}
    two = [RULE | {"rule": name, "working_days": 9, "count": "both"} for name in ("a", "b")]
    before = [each | {"working_days": 1} for each in two]
    subjects = [
        one.subject for one in changes(charter(reply_rules=before), charter(reply_rules=two))
    ]
    assert subjects == [("a",), ("b",)]


def test_numbers_are_of_a_side_or_of_both_and_a_charter_is_held_against_the_one_before():
    rows = (row(1, eu="1" * 64, cn="1" * 64), row(2, eu="2" * 64))
    assert (highest(rows), highest(rows, "cn"), highest(())) == (2, 1, 0)
    past = Past("eu", 10**6, 10**6)
    before = compared_with(rows, 2, past)
    assert before is not None
    assert before.number == 1
    assert compared_with(rows, 1, past) is None


@pytest.mark.parametrize(
    ("changed", "rows", "rules", "code"),
    [
        ({"number": 2}, (row(2, cn="2" * 64),), 1, "charter-number"),
        ({"number": 2}, (row(3, cn="2" * 64),), 1, "charter-number"),
        ({"number": 2, "rules": 9}, (), 1, "rules-unsupported"),
        ({"number": 2}, (), 2, "charter-rules-older"),
    ],
)
def test_what_a_side_cannot_adopt_next_is_refused_by_its_code(changed, rows, rules, code):
    with pytest.raises(RuleBroken) as caught:
        check_next(ground(row(1, eu="1" * 64, cn="1" * 64), *rows, rules=rules), charter(**changed))
    assert caught.value.code == code


def test_a_charter_of_other_logs_is_refused():
    other = charter(number=2)
    parties = tuple(each.model_copy(update={"origin": "x/y"}) for each in other.parties)
    with pytest.raises(RuleBroken, match="charter-mismatch"):
        check_next(ground(), other.model_copy(update={"parties": parties}))


def test_the_first_charter_has_nothing_in_force_to_be_older_than():
    check_next(CharterContext((), None, ORIGINS, "cn"), charter())  # type: ignore[arg-type]


def test_a_proposal_has_the_next_number_of_both_logs():
    held = ground(row(1, eu="1" * 64, cn="1" * 64), row(2, eu="2" * 64))
    check_next(held, charter(number=2))  # adopting the same as EU
    check_proposal(held, charter(number=3))
    for number in (2, 4):
        with pytest.raises(RuleBroken, match="charter-not-next"):
            check_proposal(held, charter(number=number))


def test_releases_are_here_by_their_hash_and_give_the_calendars():
    whole = charter(calendars=stated())
    check_releases(whole, releases())
    with pytest.raises(RuleBroken) as missing:
        check_releases(whole, releases()[:-1])
    assert (missing.value.code, missing.value.facts) == (
        "charter-release-missing",
        {"release": "cn-2026-1"},
    )
    other = stated()
    other[0]["digest"] = "0" * 64
    with pytest.raises(RuleBroken, match="charter-calendar-differs"):
        check_releases(charter(calendars=other), releases())


def test_a_release_that_was_brought_is_one_that_the_charter_names_by_its_hash():
    [first, *_] = releases()
    check_brought(charter(calendars=stated()), first, "eu-2025-1")
    changed = parse_release(raw("eu", 2025) | {"release": 2})
    with pytest.raises(RuleBroken, match="charter-release-differs"):
        check_brought(charter(calendars=stated()), changed, "eu-2025-2")
