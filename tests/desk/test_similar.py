"""Numbers that may be mistyped: evidence speaks for a pair, neighbours in a series do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from special_channel.core.sense.findings import Finding
from special_channel.core.sense.list_rules import LIST_RULES
from special_channel.desk.known_numbers import KnownNumbers
from special_channel.desk.similar import (
    SHOWN,
    ListedNumber,
    PastNumbers,
    near_known,
    similar_numbers,
)

SERIES = tuple(f"FIKTIV-26-{at:07}" for at in range(1, 251))
CASE = {"company": "Fictional AG", "control_code": "1C902"}
Gone = Mapping[str, Mapping[str, str]]


def found(
    numbers: Iterable[str],
    known: Iterable[str] = (),
    gone: Gone | None = None,
    cells: Mapping[str, str] | None = None,
    **past: Any,
) -> list[tuple[str, str, str]]:
    return [
        (each.facts["number"].value, each.facts["other"].value, each.variant)
        for each in findings(numbers, known, gone, cells, **past)
        if "other" in each.facts
    ]


def findings(
    numbers: Iterable[str],
    known: Iterable[str] = (),
    gone: Gone | None = None,
    cells: Mapping[str, str] | None = None,
    **past: Any,
) -> tuple[Finding, ...]:
    rows = [ListedNumber(at, number, cells or {}) for at, number in enumerate(numbers, 1)]
    record = PastNumbers(KnownNumbers([*known, *(gone or {})]), gone or {}, **past)
    shown = similar_numbers(rows, record, 2026)
    for each in shown:
        assert each.grade in LIST_RULES[each.rule].grades
    return shown


def test_neighbours_in_a_series_are_not_shown():
    """300 serial numbers, of which any two neighbours differ by one digit."""
    series = [f"FIKTIV-26-{at:07}" for at in range(9_950, 10_250)]
    assert findings(series) == ()
    assert findings(series, known=series[:212]) == ()
    assert findings(series, known=series) == ()
    # A third number of the series makes it one, wherever it is.
    assert found(SERIES[:2]) == [(SERIES[1], SERIES[0], "one")]
    assert found(SERIES[:2], known=SERIES[7:8]) == []


def test_numbers_of_two_series_are_not_compared():
    """Two years in one file, whose numbers differ by the year's last digit alone."""
    assert findings([*SERIES[:100], *(each.replace("26", "25") for each in SERIES[:100])]) == ()


def test_characters_that_look_alike_are_shown_in_a_series_too():
    mistyped = SERIES[9].replace("0", "O", 1)
    [pair] = findings([*SERIES, mistyped])
    assert (pair.rule, pair.grade, pair.row, pair.variant) == ("S-006", "confirm", 251, "row")
    assert [pair.facts[name].value for name in ("number", "other", "row")] == [
        mistyped, SERIES[9], "10",
    ]  # fmt: skip


def test_unknown_number_that_looks_like_a_known_one_is_shown():
    assert found(["A-O1"], known=["A-01", "B-1"]) == [("A-O1", "A-01", "known")]
    assert found(["A-01"], known=["A-01", "A-O1"]) == []
    assert found(["C-1"], known=["A-01"]) == []


def test_a_number_without_a_series_is_shown_beside_its_neighbour():
    assert found(["FIKTIV-26-0001", "FIKTIV-26-00012", "FIKTIV-99-7777"]) == [
        ("FIKTIV-26-00012", "FIKTIV-26-0001", "one")
    ]
    # The year differs, so the two are of two series.
    assert found([*SERIES, "FIKTIV-25-0000007"]) == [("FIKTIV-25-0000007", SERIES[6], "one")]


def test_a_new_number_may_stand_for_one_that_the_last_list_had():
    *rest, _ = SERIES
    gone = {"FIKTIV-26-0012614": CASE}
    for mistyped in ("FIKTIV-26-0012641", "FIKTIV-26-0012615", "FIKTIV-26-001264"):
        assert found([*rest, mistyped], known=rest, gone=gone, cells=CASE)[:1] == [
            (mistyped, "FIKTIV-26-0012614", "values")
        ]
    # Without equal columns it is shown as long as it is a rare case.
    [pair] = findings([*rest, "FIKTIV-26-0012641"], known=rest, gone=gone)
    assert (pair.rule, pair.grade, pair.variant) == ("S-007", "note", "missing")
    # A company alone, or a code alone, is shared by many applications.
    for cells in ({"company": "Fictional AG"}, {"control_code": "1C902"}, {"member_state": "DE"}):
        assert found(["FIKTIV-26-0012641"], gone=gone, cells=cells) == []
    reference = {"own_reference": "A-7"}
    assert found(["FIKTIV-26-0012641"], gone={"FIKTIV-26-0012614": reference}, cells=reference) == [
        ("FIKTIV-26-0012641", "FIKTIV-26-0012614", "values")
    ]


def test_new_numbers_next_to_many_missing_ones_are_one_note():
    """A new list that follows an old one in the same series."""
    old: dict[str, dict[str, str]] = {number: {} for number in SERIES[:200:2]}
    [note] = findings(SERIES[1:200:2], known=SERIES[:200:2], gone=old)
    assert (note.rule, note.grade, note.variant) == ("S-007", "note", "many")
    assert (note.row, note.facts["n"].value) == (1, "99")


def test_a_known_number_stands_for_no_other():
    assert found(["FIKTIV-26-0012641"], known=["FIKTIV-26-0012641"],
                 gone={"FIKTIV-26-0012614": CASE}, cells=CASE) == []  # fmt: skip


def test_number_that_was_not_found_is_put_beside_one_of_the_same_case():
    mistyped, meant = "FIKTIV-26-0012641", "FIKTIV-26-0012614"
    unfound: dict[str, Any] = {"unfound": frozenset({mistyped})}
    pair = (mistyped, meant, "unfound")
    known = [mistyped, meant]
    # CN found the other one, or it is new on this list.
    assert found([mistyped], known, cells=CASE, found={meant: CASE}, **unfound) == [pair]
    assert pair in found([mistyped, meant], [mistyped], cells=CASE, **unfound)
    # Neighbours of a series are found as a matter of course: without equal columns, nothing.
    for cells in ({}, {"company": "Fictional AG"}):
        assert found([mistyped], known, cells=cells, found={meant: CASE}, **unfound) == []
    assert found([mistyped], known, cells=CASE, found={meant: CASE}) == []
    far = "FIKTIV-26-0099999"
    assert found([mistyped], [mistyped, far], cells=CASE, found={far: CASE}, **unfound) == []


def test_a_length_that_no_number_of_the_series_has_is_shown():
    for odd in ("FIKTIV-26-00000071", "FIKTIV-26-000007", "FIKTIV-26-123", "FIKTIV-26-000000077"):
        assert (odd, SERIES[-1], "length") in found([*SERIES, odd], known=SERIES)
    # Nineteen numbers are no rule.
    assert found(["FIKTIV-26-000077"], known=SERIES[:19]) == []
    assert found(["ABC", "", "7"], known=SERIES) == []


def years(numbers: Iterable[str], known: Iterable[str] = ()) -> list[tuple[str, str]]:
    return [
        (each.facts["number"].value, each.facts["year"].value)
        for each in findings(numbers, known)
        if each.variant == "year"
    ]


def test_year_before_the_controls_or_after_this_one_is_shown():
    assert years(["A-2024-77", "B-2027-1", "C-1999-5"]) == [
        ("A-2024-77", "2024"), ("B-2027-1", "2027"), ("C-1999-5", "1999"),
    ]  # fmt: skip
    assert years(["A-2025-77", "B-2026-1", "A-77-2024", "A-3024-8", "2024"]) == []
    # Two digits are a year where the known numbers of that form have one.
    assert years(["FIKTIV-24-0000007"], SERIES[:20]) == [("FIKTIV-24-0000007", "24")]
    assert years(["FIKTIV-24-0000007"], SERIES[:19]) == []
    assert years(["FIKTIV-25-0000007", "FIKTIV-7-0000009"], SERIES) == []
    assert years(["FIKTIV-24-0000007"], ["FIKTIV-24-0000007"]) == []
    others = [f"FIKTIV-9{at % 9}-0000007" for at in range(40)]
    assert years(["FIKTIV-24-0000007"], [*SERIES[:20], *others]) == []


def test_the_strongest_evidence_comes_first_and_little_is_shown():
    gone = {"FIKTIV-26-0012614": CASE}
    shown = found(["FIKTIV-2OO", "FIKTIV-200", "FIKTIV-26-0012641"], gone=gone, cells=CASE)
    assert [why for _, _, why in shown] == ["values", "row"]
    many = [each for at in range(100, 160) for each in (f"A{at}X{at}", f"A{at}X{at}".lower())]
    assert len(found(many)) == SHOWN


def test_hostile_numbers_cost_little():
    """One number over and over, and numbers of which all variants are equal."""
    assert findings(["FIKTIV-1"] * 2000) == ()
    assert len(findings("0" * (at % 64 + 1) for at in range(2000))) <= SHOWN
    assert findings(["9" * 5000, "9" * 4999]) == ()


def test_word_of_a_text_is_near_a_known_number_on_evidence_alone():
    known = {f"FIKTIV-26-{n:05}" for n in range(1, 30)} | {"XYZ-O1"}
    words = ["FIKTIV-26-000099", "FIKTIV-26-00099", "XYZ-01", "XYZ-02", "NEW-1990-7"]
    words += ["FIKTIV-26-0027"]  # a digit was left out
    words += ["FIKTIV-26-000011", "FIKTIV-26-000300"]  # of two known numbers, of none
    words += ["FIKTIV-26-123", "FIKTIV-26-0000123"]  # two digits fewer, two more
    assert near_known(words, KnownNumbers(known), 2026) == {
        "FIKTIV-26-000099": "FIKTIV-26-00009",
        "FIKTIV-26-0027": "FIKTIV-26-00027",
        "XYZ-01": "XYZ-O1",
    }


def test_numbers_are_learnt_once_and_compared_as_if_read_anew():
    known = KnownNumbers(SERIES[:10])
    known.learn(SERIES)
    known.learn(SERIES)
    assert known.count(("FIKTIV-26-", "")) == len(SERIES)
    assert known.usual(("FIKTIV-26-", "")) == SERIES[-1]
    assert known.by_one_digit("7") == known.by_one_digit("ABC") == []


def test_numbers_are_compared_while_others_are_learnt():
    """A list that arrives is learnt in a thread, beside the checks of other officials."""
    known = KnownNumbers(SERIES[:40])
    news = [f"FIKTIV-{at % 90 + 10}-{'1' * (at % 9)}{at:07}" for at in range(20_000)]
    with ThreadPoolExecutor(1) as pool:
        learning = pool.submit(known.learn, news)
        while not learning.done():
            known.usual(("FIKTIV-26-", ""))
            known.count(("FIKTIV-26-", ""))
            known.dated("FIKTIV-##-", {"26"})
        learning.result()
    assert known.by_one_digit("FIKTIV-26-00000011") == ["FIKTIV-26-0000001", "FIKTIV-26-0000011"]
