"""Rules for a revoked approval: each with a revocation that it finds, and a neighbour."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from special_channel.core.entries.permits import Revocation
from special_channel.core.rows.application_facts import CorrectionFact
from special_channel.core.sense.revocations import revocation
from special_channel.core.sense.rules import RULES
from special_channel.core.sense.statements import StatementAround
from tests.core.test_statement_rules import CN, FIRST, NUMBER, SECOND, after, said

APPROVED = said("approved", "2026-11-16", decision="approved", decided_on="2026-11-16")
ISSUED = replace(said("issued", "2026-11-19"), id=SECOND, index=9)
LATER = replace(said("review", "2026-11-19"), id=SECOND, index=9)


def revoked(around: StatementAround, **changed: Any) -> list[tuple[str, str]]:
    body: dict[str, Any] = {
        "number": NUMBER, "approval": {"id": FIRST}, "on": "2026-11-18", "after": "review",
    }  # fmt: skip
    found = revocation(Revocation.model_validate(body | changed), around)
    for each in found:
        assert each.grade in RULES[each.rule].grades
    return [(each.rule, f"{each.grade} {each.variant}".strip()) for each in found]


def test_revocation_of_a_standing_approval_has_no_finding():
    assert revoked(after(APPROVED)) == []
    assert revoked(after(APPROVED), on="2026-11-16") == [], "the day of the decision"


@pytest.mark.parametrize(
    ("around", "changed", "finding"),
    [
        (after(APPROVED), {"on": "2026-11-27"}, ("S-009", "refuse")),
        (after(APPROVED), {"on": "2025-04-03"}, ("S-010", "confirm")),
        (after(APPROVED), {"on": "2026-11-13"}, ("S-045", "refuse revoked")),
        (after(APPROVED, ISSUED), {"approval": {"id": SECOND}, "on": "2026-11-13"},
         ("S-045", "refuse revoked")),
        (after(APPROVED), {"on": "2026-11-22"}, ("S-046", "confirm")),
        (after(APPROVED, ISSUED), {}, ("S-047", "confirm date")),
        (after(replace(APPROVED, as_of="2026-11-20")), {}, ("S-047", "confirm date")),
        (after(LATER), {"approval": {"id": SECOND}}, ("S-047", "confirm date")),
        (CN, {}, ("S-059", "refuse approval")),
        (after(APPROVED), {"approval": {"id": SECOND}}, ("S-059", "refuse approval")),
        (after(APPROVED, LATER), {}, ("S-059", "refuse ended")),
        (after(APPROVED, replace(LATER, state="refused", source="revocation")), {},
         ("S-059", "refuse ended")),
        (replace(after(APPROVED), licence="L/1"), {}, ("S-059", "refuse revoked")),
        (after(APPROVED), {"corrects": {"id": SECOND}}, ("S-059", "refuse unknown")),
    ],
)  # fmt: skip
def test_revocation_that_cannot_be_true_is_found(around, changed, finding):
    assert finding in revoked(around, **changed)


def test_revocation_takes_the_place_of_the_one_that_it_corrects():
    wrong = replace(LATER, state="refused", source="revocation")
    assert revoked(after(APPROVED, wrong), corrects={"id": SECOND}) == []


def test_corrected_approval_is_not_revoked():
    fact = CorrectionFact("cn", 9, 0, FIRST, APPROVED.index, 0)
    around = after(APPROVED, LATER, corrections=(fact,))
    assert ("S-059", "refuse approval") in revoked(around)
