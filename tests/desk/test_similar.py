"""Numbers that may be mistyped: evidence speaks for a pair, neighbours in a series do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from special_channel.desk.similar import (
    SHOWN,
    ListedNumber,
    PastNumbers,
    SimilarNumbers,
    similar_numbers,
)

SERIES = tuple(f"FIKTIV-26-{at:07}" for at in range(1, 251))
CASE = {"company": "Fictional AG", "control_code": "1C902"}


def found(
    numbers: Iterable[str],
    known: Iterable[str] = (),
    gone: Mapping[str, Mapping[str, str]] | None = None,
    cells: Mapping[str, str] | None = None,
) -> list[tuple[str, str, str]]:
    return [(x.number, x.other, x.why) for x in pairs(numbers, known, gone, cells)]


def pairs(
    numbers: Iterable[str],
    known: Iterable[str] = (),
    gone: Mapping[str, Mapping[str, str]] | None = None,
    cells: Mapping[str, str] | None = None,
) -> tuple[SimilarNumbers, ...]:
    rows = [ListedNumber(at, number, cells or {}) for at, number in enumerate(numbers, 2)]
    return similar_numbers(rows, PastNumbers(frozenset(known) | {*(gone or {})}, gone or {}))


def test_neighbours_in_a_series_are_not_shown():
    """250 serial numbers, of which any two neighbours differ by one digit."""
    assert found(SERIES) == []
    assert found(SERIES, known=SERIES[:212]) == []
    # A third number of the series makes it one, wherever it stands.
    assert found(SERIES[:2]) == [(SERIES[1], SERIES[0], "one")]
    assert found(SERIES[:2], known=SERIES[7:8]) == []


def test_characters_that_look_alike_are_shown_in_a_series_too():
    mistyped = SERIES[9].replace("0", "O", 1)
    [pair] = pairs([*SERIES, mistyped])
    assert pair == SimilarNumbers(252, mistyped, 11, SERIES[9], "characters")


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
    assert found([*rest, "FIKTIV-26-0012641"], known=rest, gone=gone) == [
        ("FIKTIV-26-0012641", "FIKTIV-26-0012614", "missing")
    ]
    # A company alone, or a code alone, is shared by many applications.
    for cells in ({"company": "Fictional AG"}, {"control_code": "1C902"}, {"member_state": "DE"}):
        assert found(["FIKTIV-26-0012641"], gone=gone, cells=cells) == []
    reference = {"own_reference": "A-7"}
    assert found(["FIKTIV-26-0012641"], gone={"FIKTIV-26-0012614": reference}, cells=reference) == [
        ("FIKTIV-26-0012641", "FIKTIV-26-0012614", "values")
    ]


def test_new_numbers_next_to_many_missing_ones_are_not_shown():
    """A new list that follows an old one in the same series."""
    old: dict[str, dict[str, str]] = {number: {} for number in SERIES[:200:2]}
    assert found(SERIES[1:200:2], known=SERIES[:200:2], gone=old) == []


def test_a_known_number_stands_for_no_other():
    assert found(["FIKTIV-26-0012641"], known=["FIKTIV-26-0012641"],
                 gone={"FIKTIV-26-0012614": CASE}, cells=CASE) == []  # fmt: skip


def test_a_length_that_no_number_of_the_series_has_is_shown():
    for odd in ("FIKTIV-26-00000071", "FIKTIV-26-000007"):
        assert (odd, SERIES[-1], "length") in found([*SERIES, odd], known=SERIES)
    # Nineteen numbers are no rule, and two digits more are another kind of number.
    assert found(["FIKTIV-26-000077"], known=SERIES[:19]) == []
    assert found(["FIKTIV-26-000000077"], known=SERIES) == []
    assert found(["ABC", "", "7"], known=SERIES) == []


def test_the_strongest_evidence_comes_first_and_little_is_shown():
    gone = {"FIKTIV-26-0012614": CASE}
    shown = found(["FIKTIV-2OO", "FIKTIV-200", "FIKTIV-26-0012641"], gone=gone, cells=CASE)
    assert [why for _, _, why in shown] == ["values", "characters"]
    many = [each for at in range(100, 160) for each in (f"A{at}X{at}", f"A{at}X{at}".lower())]
    assert len(found(many)) == SHOWN


def test_hostile_numbers_cost_little():
    """One number over and over, and numbers of which all variants are equal."""
    assert pairs(["FIKTIV-1"] * 2000) == ()
    assert len(pairs("0" * (at % 64 + 1) for at in range(2000))) <= SHOWN
    assert pairs(["9" * 5000, "9" * 4999]) == ()
