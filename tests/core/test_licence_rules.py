"""Rules for licences and draw-downs: each with a statement that it finds, and a neighbour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from special_channel.core.entries.permits import Draw, Licence
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.licences import (
    AllowedQuantity,
    DrawRow,
    Issue,
    LicenceEnd,
    LicenceRow,
)
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.licences import LicenceAround, draw, licence
from special_channel.core.sense.rules import RULES
from tests.core.calendar_files import both_sides
from tests.permits import LICENCE, licence_body, line

NEW: Final = LicenceAround(date(2026, 11, 26), WorkingDays(both_sides()["cn"]))
FIRST, SECOND = "a" * 64, "b" * 64


def issue(**changed: Any) -> Issue:
    made = Issue(
        3, FIRST, "2025-11-20T08:00:00Z", "general",
        (AllowedQuantity("1C905.a", "5", "t", "gross"),), "licence_year",
        "2025-12-02", "2025-12-02", "2026-12-01",
    )  # fmt: skip
    return replace(made, **changed)


def drew(quantity: str = "1000", on: str = "2026-11-02", **changed: Any) -> DrawRow:
    row = DrawRow(SECOND, 4, "", LICENCE, "1C905.a", quantity, "kg", "gross", on)
    return replace(row, **changed)


def known(*draws: DrawRow, **changed: Any) -> LicenceAround:
    return replace(NEW, licence=LicenceRow(LICENCE, (issue(**changed),)), draws=draws)


def stated(state: str, **more: Any) -> LicenceAround:
    said = AssertedStatement(state, "2026-11-20", "bureau", index=4, id=FIRST, **more)
    return replace(NEW, applications={"A-1": ApplicationRow("A-1", cn=(said,))})


def of_licence(around: LicenceAround = NEW, **changed: Any) -> list[tuple[str, str]]:
    body: dict[str, Any] = licence_body(valid_from="2026-11-20", valid_to="2027-11-20") | changed
    body["lines"] = tuple(body["lines"])
    return _named(licence(Licence.model_validate(body), around))


def of_draw(around: LicenceAround, **changed: Any) -> list[tuple[str, str]]:
    body = line(quantity="1200", unit="kg") | {"licence": LICENCE, "on": "2026-11-20"} | changed
    return _named(draw(Draw.model_validate(body), around))


def _named(found: Any) -> list[tuple[str, str]]:
    for each in found:
        assert each.grade in RULES[each.rule].grades
    return [(each.rule, f"{each.grade} {each.variant}".strip()) for each in found]


def listed(*codes: str) -> LicenceAround:
    return replace(NEW, codes={f"A-{n}": code for n, code in enumerate(codes, start=1)})


AGAIN: Final[dict[str, Any]] = {
    "issued_on": "2025-12-02", "valid_from": "2025-12-02", "valid_to": "2026-12-01",
}  # fmt: skip
ENDED: Final[dict[str, Any]] = {"ended": {"how": "withdrawn", "on": "2026-11-10"}}
USED: Final[dict[str, Any]] = {"ended": {"how": "used", "on": "2026-11-10"}}
ONE: Final[dict[str, Any]] = {"type": "individual", "per": "licence"}


@pytest.mark.parametrize(
    ("around", "changed"),
    [
        (NEW, {}),
        (NEW, ONE | {"customers": ("虚构公司",), "applications": ("A-1",)}),
        (NEW, {"type": "certificate", "valid_to": "2036-11-20"}),
        (NEW, {"valid_to": "2029-11-20"}),
        (NEW, ENDED | {"issued_on": "2026-11-09", "valid_from": "2026-11-09"}),
        (NEW, USED | {"issued_on": "2026-11-09", "valid_from": "2026-11-09"}),
        (stated("approved", decision="approved", decided_on="2026-11-18"),
         {"applications": ("A-1",)}),
        (stated("customs_query"), {"applications": ("A-1",)}),
        (listed("1C905.a"), {"applications": ("A-1",)}),
        (listed("1c905A"), {"applications": ("A-1", "A-2")}),
        (listed("1C905"), {"applications": ("A-1",)}),
        (listed("1C905.a.4"), {"applications": ("A-1",)}),
        (listed("magnets"), {"applications": ("A-1",)}),
        (listed("1C904.a", "1C905.a"), {"applications": ("A-2",)}),
        (listed("1C904.a", "1C905.a"),
         {"applications": ("A-1", "A-2"), "lines": [line(), line("1C904.a")]}),
        (known(drew()), AGAIN),
        (known(drew("5000")), AGAIN | USED),
        (known(drew("6000", corrected=9)), AGAIN | {"lines": [line(quantity="1")]}),
        (known(), AGAIN | {"lines": [line("1C904.a")]}),
        (known(drew()), AGAIN | {"lines": [line("1C904.a")], "corrects": {"id": FIRST}}),
        (known(ended=LicenceEnd("used", "2026-11-10")), AGAIN | USED),
    ],
)  # fmt: skip
def test_licence_that_can_be_true_has_no_finding(around, changed):
    found = of_licence(around, **changed)
    assert [each for each in found if each != ("S-074", "confirm left")] == []


@pytest.mark.parametrize(
    ("around", "changed", "finding"),
    [
        (NEW, {"issued_on": "2026-11-27"}, ("S-009", "refuse")),
        (NEW, {"ended": {"how": "used", "on": "2026-11-27"}}, ("S-009", "refuse")),
        (NEW, {"issued_on": "2025-04-03"}, ("S-010", "confirm")),
        (NEW, {"issued_on": "2026-11-22"}, ("S-046", "confirm")),
        (NEW, {"issued_on": "2026-10-01"}, ("S-046", "confirm named")),
        (NEW, {"ended": {"how": "revoked", "on": "2026-11-22"}}, ("S-046", "confirm")),
        (NEW, {"lines": [line(code="1C905.....")]}, ("S-020", "refuse")),
        (NEW, ONE | {"valid_to": "2027-11-21"}, ("S-073", "refuse individual")),
        (NEW, {"valid_to": "2029-11-21"}, ("S-073", "refuse general")),
        (known(), AGAIN | {"valid_from": "2026-11-20", "valid_to": "2028-12-03"},
         ("S-073", "refuse general")),
        (NEW, {"valid_to": "2026-11-19"}, ("S-074", "refuse order")),
        (NEW, {"valid_from": "2026-11-19"}, ("S-074", "confirm issued")),
        (NEW, ENDED, ("S-074", "refuse before")),
        (known(drew(on="2026-11-11")), AGAIN | ENDED, ("S-074", "confirm drawn")),
        (known(drew()), AGAIN | USED, ("S-074", "confirm left")),
        (NEW, ONE | {"per": "licence_year"}, ("S-075", "refuse")),
        (NEW, ONE | {"customers": ("甲", "乙")}, ("S-075", "refuse")),
        (NEW, ONE | {"applications": ("A-1", "A-2")}, ("S-075", "confirm")),
        (stated("refused"), {"applications": ("A-1",)}, ("S-076", "refuse")),
        (stated("review"), {"applications": ("A-1",)}, ("S-076", "confirm")),
        (stated("approved", decision="approved", decided_on="2026-11-21"),
         {"applications": ("A-1",)}, ("S-077", "refuse")),
        (stated("approved", decision="approved", decided_on="2026-11-05"),
         {"applications": ("A-1",)}, ("S-077", "note")),
        (listed("1C904.a"), {"applications": ("A-1",)}, ("S-078", "confirm")),
        (listed("1C905.b"), {"applications": ("A-1",)}, ("S-078", "confirm")),
        (listed("1C905.a", "1C90"), {"lines": [line("1C904.a")], "applications": ("A-1", "A-2")},
         ("S-078", "confirm")),
        (known(), AGAIN | {"type": "certificate"}, ("S-079", "refuse type")),
        (known(), AGAIN | {"valid_from": "2025-12-03"}, ("S-079", "confirm from")),
        (known(ended=LicenceEnd("used", "2026-11-10")), AGAIN, ("S-079", "confirm ended")),
        (known(drew()), AGAIN | {"lines": [line(quantity="0.9")]}, ("S-079", "confirm line")),
        (known(drew()), AGAIN | {"lines": [line("1C904.a")]}, ("S-079", "confirm line")),
        (NEW, {"lines": [line(quantity="10000.1")]}, ("S-080", "confirm")),
        (NEW, {"lines": [line(quantity="0.0009", unit="kg")]}, ("S-080", "confirm")),
    ],
)  # fmt: skip
def test_licence_that_cannot_be_true_is_found(around, changed, finding):
    assert finding in of_licence(around, **changed)


def test_correction_names_an_issue_that_none_replaced():
    corrects = {"corrects": {"id": FIRST}}
    assert ("S-059", "refuse issue") in of_licence(NEW, **corrects)
    assert ("S-059", "refuse issue") in of_licence(known(), corrects={"id": SECOND})
    assert ("S-059", "refuse issue") in of_licence(known(), corrects={"id": FIRST, "row": 1})
    again = issue(index=5, id=SECOND, corrects=FIRST)
    twice = replace(NEW, licence=LicenceRow(LICENCE, (issue(), again)))
    assert ("S-059", "refuse replaced") in of_licence(twice, **AGAIN, **corrects)
    assert of_licence(known(), **AGAIN, **corrects) == []


def test_type_of_a_licence_changes_by_a_correction_alone():
    other = AGAIN | {"type": "certificate"}
    corrects = {"corrects": {"id": FIRST}}
    assert of_licence(known(), **other, **corrects) == []
    amended = replace(NEW, licence=LicenceRow(LICENCE, (issue(), issue(index=5, id=SECOND))))
    left = {"corrects": {"id": SECOND}}
    assert ("S-079", "confirm types") in of_licence(amended, **other, **left)


def test_validity_counts_from_the_first_statement_that_is_not_corrected():
    later = {"valid_from": "2026-11-20", "valid_to": "2028-12-03"}
    corrects = {"corrects": {"id": FIRST}}
    assert ("S-073", "refuse general") not in of_licence(known(), **later, **corrects)


@pytest.mark.parametrize(
    ("around", "changed"),
    [
        (NEW, {}),
        (known(), {}),
        (known(drew()), {"quantity": "0", "corrects": {"id": SECOND}}),
        (known(drew("1200", "2026-11-20")), {"corrects": {"id": SECOND}}),
        (known(drew("900")), {}),
        (known(drew("1200", "2026-11-20", unit="t", corrected=7)), {}),
        (known(drew(basis="contained")), {}),
        (known(customers=("虚构 GmbH",)), {"customer": "虚构GMBH"}),
        (known(applications=("A-1",)), {"application": "A-1"}),
        (known(), {"unit": "pcs", "quantity": "9000000"}),
        (known(lines=(AllowedQuantity("1C904.a", "1", "kg", "gross"),)), {}),
    ],
)
def test_draw_down_that_can_be_true_has_no_finding(around, changed):
    assert of_draw(around, **changed) == []


@pytest.mark.parametrize(
    ("around", "changed", "finding"),
    [
        (known(), {"on": "2026-11-27"}, ("S-009", "refuse")),
        (known(), {"on": "2025-04-03"}, ("S-010", "confirm")),
        (known(), {"quantity": "0.0005"}, ("S-080", "confirm")),
        (known(drew("100")), {}, ("S-080", "confirm")),
        (known(), {"on": "2025-12-01"}, ("S-081", "refuse")),
        (known(valid_to="2026-11-19"), {}, ("S-081", "refuse")),
        (known(ended=LicenceEnd("revoked", "2026-11-20")), {}, ("S-081", "refuse")),
        (known(drew("4000")), {}, ("S-082", "confirm")),
        (known(drew("3500")), {}, ("S-082", "note")),
        (known(customers=("虚构甲",)), {"customer": "虚构乙"}, ("S-083", "confirm")),
        (
            known(customers=("Fictional Magnets GmbH",)),
            {"customer": "Fictional Magnet AG"},
            ("S-083", "confirm near"),
        ),
        (known(), {"code": "1C905....."}, ("S-020", "refuse")),
        (known(applications=("A-1",)), {"application": "A-2"}, ("S-083", "confirm")),
        (known(drew(), type="individual"), {}, ("S-083", "confirm second")),
        (known(drew("1200", "2026-11-20")), {}, ("S-084", "confirm")),
    ],
)
def test_draw_down_that_cannot_be_true_is_found(around, changed, finding):
    assert finding in of_draw(around, **changed)


def test_legal_form_of_a_customer_is_no_difference():
    named = known(customers=("Fictional Magnets GmbH", "虚构磁材有限公司", "Co., Ltd"))
    for customer in ("Fictional Magnets", "FICTIONAL  MAGNETS AG", "虚构磁材", "co., ltd."):
        found = of_draw(named, customer=customer)
        assert [rule for rule, _ in found if rule == "S-083"] == []


def test_licence_of_another_number_with_the_same_contents_is_asked_about():
    terms: dict[str, Any] = {"applications": ("A-1",), "valid_from": "2026-11-20"}
    body: dict[str, Any] = licence_body(valid_to="2027-11-20", **terms)
    lines = tuple(
        AllowedQuantity(each["code"], each["quantity"], each["unit"], each["basis"])
        for each in body["lines"]
    )
    same = issue(lines=lines, issued_on=body["issued_on"], valid_to="2027-11-20", **terms)
    found = ("S-084", "confirm licence")
    assert found in of_licence(replace(NEW, others=(LicenceRow("L-2", (same,)),)), **terms)
    for changed in ({"valid_to": "2027-11-19"}, {"lines": lines[:-1]}, {"applications": ()}):
        other = LicenceRow("L-2", (replace(same, **changed),))
        assert found not in of_licence(replace(NEW, others=(other,)), **terms)
    itself = LicenceRow(LICENCE, (same,))
    assert found not in of_licence(replace(NEW, others=(itself,)), **terms)
