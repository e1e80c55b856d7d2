"""A quarantined file is let out by two persons: one asks with a reason, another agrees."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.rows.private import QuarantineRow
from tests.core.test_private import PrivateLog, code_of, log
from tests.stories import DUE

__all__ = ["log"]

REASON = {"lang": "en", "parts": [{"k": "text", "c": "a" * 64}]}


def asking(log: PrivateLog, by: str = "head", person: str = "", **more: Any) -> dict[str, Any]:
    body = {"file": "b" * 64, "person": log.world.eu.person(person or by)}
    return log.payload("quarantine.asked", by=by, body=body, **(REASON | more))


def agreeing(log: PrivateLog, ref: str, by: str = "registrar", person: str = "") -> dict[str, Any]:
    body = {"person": log.world.eu.person(person or by)}
    return log.payload("quarantine.agreed", by=by, ref=ref, body=body)


def test_one_person_asks_and_another_agrees_once(log):
    asked = log.append(asking(log), "head")
    row = QuarantineRow(asked, 0, "b" * 64, log.world.eu.person("head"))
    assert log.rows["quarantine", asked] == row
    assert code_of(log.append, agreeing(log, asked, "head"), "head") == "quarantine-own"
    log.append(agreeing(log, asked), "registrar")
    row = log.rows["quarantine", asked]
    assert isinstance(row, QuarantineRow)
    assert (row.second, row.agreed) == (log.world.eu.person("registrar"), DUE)
    assert code_of(log.append, agreeing(log, asked), "registrar") == "quarantine-agreed"


def test_another_key_of_the_requester_does_not_agree(log):
    log.world.add_key("eu", "head", "laptop")
    asked = log.append(asking(log), "head")
    own = agreeing(log, asked, "laptop", "head")
    assert code_of(log.append, own, "laptop") == "quarantine-own"


def test_nobody_signs_for_another_person_or_out_of_role(log):
    asked = log.append(asking(log), "head")
    assert code_of(log.append, asking(log, person="registrar"), "head") == "entry-malformed"
    wrong = agreeing(log, asked, person="desk")
    assert code_of(log.append, wrong, "registrar") == "entry-malformed"
    assert code_of(log.append, agreeing(log, "f" * 64), "registrar") == "reference"
    assert code_of(log.append, asking(log, "desk"), "desk") == "role"
    assert code_of(log.append, agreeing(log, asked, "desk"), "desk") == "role"


@pytest.mark.parametrize("more", [{"parts": []}, {"parts": [{"k": "file", "c": "a" * 64}]}])
def test_a_request_states_a_reason(log, more):
    assert code_of(log.append, asking(log, **more), "head") == "entry-malformed"
