"""Rules for links between numbers: each with a link that it finds, and a neighbour."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.entries.batches import Link
from special_channel.core.rows.application_facts import MatchFact, NumberLink
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.sense.links import LINK_RULES, LinkAround, link

FORMER, NUMBER = "FIKTIV-1", "FIKTIV-2"


def linked(former: str, number: str, basis: str = "refiled", by: Party = "eu") -> NumberLink:
    return NumberLink(by, 7, "a" * 64, number, former, basis)


def known(*links: NumberLink, **rows: ApplicationRow) -> LinkAround:
    """The applications of the EU's view that links and rows make, with both ends of each link."""
    made: dict[str, ApplicationRow] = {row.number: row for row in rows.values()}
    for number in {n for each in links for n in (each.number, each.former)}:
        own = tuple(each for each in links if number in {each.number, each.former})
        made[number] = ApplicationRow(number, links=own)
    return LinkAround("eu", made)


def stated(number: str, eu: str = "", cn: str = "", *, found: bool = False) -> ApplicationRow:
    def of(state: str, source: str) -> tuple[AssertedStatement, ...]:
        return (
            (AssertedStatement(state, "2026-11-20", source, index=4, id="b" * 64),) if state else ()
        )

    source = "return-sheet" if found else "bureau"
    return ApplicationRow(number, eu=of(eu, "supplier"), cn=of(cn, source))


def found(around: LinkAround, basis: str = "split", **changed: str) -> list[str]:
    body: dict[str, Any] = {"number": NUMBER, "former": FORMER, "basis": basis} | changed
    findings = link(Link.model_validate(body), around)
    for each in findings:
        assert each.grade in LINK_RULES[each.rule].grades
    return [f"{each.grade} {each.variant}" for each in findings]


OTHER: Final = linked(FORMER, "FIKTIV-3")


@pytest.mark.parametrize("basis", ["refiled", "corrected", "joined", "split"])
def test_second_successor_of_a_number_needs_a_reason(basis):
    assert found(known(OTHER), basis) == ["confirm successor"]


def test_link_that_can_be_true_has_no_finding():
    assert found(LinkAround("eu")) == []
    assert found(known(linked(FORMER, NUMBER))) == [], "the same one again"
    assert found(known(linked("FIKTIV-3", NUMBER)), "joined") == [], "two are joined"
    assert found(known(linked(FORMER, "FIKTIV-3", "split"))) == [], "one is split in two"
    assert found(known(linked(FORMER, "FIKTIV-3", by="cn"))) == [], "the other side's word"
    assert found(known(linked("REF:1", "FIKTIV-3", "matched")), "matched", former="REF:1") == []
    assert found(known(linked("REF:1", NUMBER, "matched"))) == []
    assert found(known(OTHER), former=NUMBER) == [], "malformed, and refused as such"


def test_link_that_was_taken_back_stands_in_no_ones_way():
    back = replace(OTHER, index=8, basis="withdrawn")
    assert found(known(OTHER, back)) == []
    assert (
        found(known(linked(NUMBER, FORMER), replace(linked(NUMBER, FORMER, "withdrawn"), index=9)))
        == []
    )
    assert found(known(OTHER), "withdrawn", number="FIKTIV-3") == [], "taking back is always right"
    later = replace(OTHER, index=9)
    assert found(known(OTHER, back, later)) == ["confirm successor"], "stated again"


def test_split_of_a_number_filed_anew_needs_a_reason():
    assert found(known(OTHER), "split") == ["confirm successor"]
    assert found(known(linked(FORMER, "FIKTIV-3", "split")), "joined") == ["confirm successor"]


def test_link_closes_no_circle():
    assert found(known(linked(NUMBER, FORMER))) == ["refuse circle"]
    around = known(linked(NUMBER, "FIKTIV-3"), linked("FIKTIV-3", FORMER))
    assert found(around) == ["refuse circle"]
    assert found(known(linked(NUMBER, "FIKTIV-3"), linked("FIKTIV-3", "FIKTIV-4"))) == []
    assert found(known(linked(NUMBER, FORMER, by="cn"))) == []
    # A circle of former links is left again.
    loop = known(linked(NUMBER, "FIKTIV-3"), linked("FIKTIV-3", NUMBER))
    assert found(loop) == []


@pytest.mark.parametrize(
    ("eu", "cn", "expected"),
    [
        ("", "", []),
        ("review", "", ["confirm refiled"]),
        ("", "review", ["confirm refiled"]),
        ("approved", "review", ["confirm refiled"]),
        ("review", "returned", []),
        ("withdrawn", "review", []),
        ("not_accepted", "", []),
        ("", "refused", []),
        ("expired", "", []),
    ],
)
def test_number_filed_anew_has_ended(eu, cn, expected):
    around = known(former=stated(FORMER, eu, cn))
    assert found(around, "refiled") == expected
    assert found(around, "corrected") == []


def test_number_filed_anew_names_the_own_statement_first():
    around = known(former=stated(FORMER, "approved", "review"))
    body = Link.model_validate({"number": NUMBER, "former": FORMER, "basis": "refiled"})
    [finding] = link(body, around)
    assert (finding.facts["side"].value, finding.facts["state"].value) == ("eu", "approved")


def test_wrong_number_was_not_found():
    rows = {"a": stated(FORMER, cn="review", found=True), "b": stated(NUMBER, cn="review")}
    assert found(known(**rows), "corrected") == []
    rows["b"] = stated(NUMBER, cn="review", found=True)
    assert found(known(**rows), "corrected") == ["confirm corrected"]
    assert found(known(**rows), "joined") == []
    rows["b"] = ApplicationRow(NUMBER, matches=(MatchFact(5, 1, "not_found", ""),))
    assert found(known(**rows), "corrected") == []
