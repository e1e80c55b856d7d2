"""Functions that a person may state, and the kinds that each allows (K6, K24, K27)."""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.ids import PersonRole
from special_channel.core.rows.charter import CharterRow, in_force
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.functions import (
    HeldFunction,
    allowing,
    held_functions,
    stated_number,
)
from special_channel.core.rules.roles import MAY_SIGN
from tests.world import World

KEY = "eu:" + "0" * 32


def grant(number: int, role: PersonRole, absent: str = "", end: int | None = None) -> Grant:
    return Grant(number, role, "licensing", "Unit", number, end, keys=(KEY,), absent=absent)


def key(*grants: Grant) -> KeyRow:
    return KeyRow(KEY, "eu", "ed25519", "", 50, person="1" * 32, grants=grants)


def numbers(found: Sequence[HeldFunction], kind: str) -> list[int]:
    return [one.number for one in allowing(found, kind)]


def test_own_functions_come_before_those_as_stand_in():
    row = key(
        grant(1, "desk", end=9), grant(2, "head", "2" * 32), grant(3, "desk"), grant(4, "director")
    )
    found = held_functions(row, None)
    assert [(one.number, one.stands_in) for one in found] == [(3, False), (4, False), (2, True)]
    for one in found:
        assert set(one.kinds) == {kind for kind, roles in MAY_SIGN.items() if one.role in roles}
    assert numbers(found, "note.posted") == [3, 4, 2]
    assert numbers(found, "referral.sent") == [4, 2]
    assert stated_number(found, "note.posted") == 3
    assert stated_number(found, "referral.sent") == 4


def test_act_on_people_is_begun_as_a_leader():
    found = held_functions(key(grant(1, "desk"), grant(2, "head", "2" * 32)), None)
    for kind in ("role.granted", "entry.reviewed", "key.revoked"):
        assert numbers(found, kind) == [2, 1]
        assert stated_number(found, kind) == 2
    assert stated_number(found, "note.posted") is None


def test_stand_in_names_no_stand_in():
    found = held_functions(key(grant(1, "desk"), grant(2, "head", "2" * 32)), None)
    assert stated_number(found, "role.granted", lends=True) is None


def test_first_function_is_stated_where_none_allows_the_kind():
    found = held_functions(key(grant(1, "desk", end=9), grant(2, "desk")), None)
    assert numbers(found, "referral.sent") == []
    assert stated_number(found, "referral.sent") == 2
    assert stated_number((), "referral.sent") is None


def test_function_that_the_key_may_not_use_is_left_out():
    row = key(grant(1, "desk"), Grant(2, "head", "licensing", "Unit", 60, keys=("eu:other",)))
    assert [one.number for one in held_functions(row, None)] == [1]


def test_function_allows_nothing_if_the_charter_refuses_the_suite():
    world = World.founded(suites=[{"role": "head", "suites": ["sm2-sm3"]}])
    rows = tuple(row for row in world.eu.replay.rows.values() if isinstance(row, CharterRow))
    charter = in_force(rows, Past("eu", 2**53, 2**53))
    found = held_functions(key(grant(1, "desk"), grant(2, "head", "2" * 32)), charter)
    assert [bool(one.kinds) for one in found] == [True, False]
