"""What a grant of access admits, over all its shapes (K29)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rows.private import AccessRow
from special_channel.core.rules.access import Extent, admits, is_in_force, needs_access

WHOLE = AccessRow(
    id="a" * 64,
    index=1,
    person="1" * 32,
    key="",
    threads=(),
    batches=(),
    first="",
    last="",
    until="2026-12-31T23:59:59Z",
    purpose="Audit",
    order="Order 7",
)
NOVEMBER = replace(WHOLE, first="2026-11-01", last="2026-11-30")
THREAD = replace(WHOLE, threads=("t1",))
BATCH = replace(WHOLE, batches=("b1",))
SHOWN = Extent(frozenset({"t1"}), frozenset({"b1"}), "2026-11-01T00:00:00Z", "2026-11-30T23:59:59Z")


@pytest.mark.parametrize(
    ("grant", "extent", "admitted"),
    [
        (WHOLE, None, True),
        (WHOLE, SHOWN, True),
        (NOVEMBER, None, False),
        (NOVEMBER, SHOWN, True),
        (NOVEMBER, replace(SHOWN, first="2026-10-31T23:59:59Z"), False),
        (NOVEMBER, replace(SHOWN, last="2026-12-01T00:00:00Z"), False),
        (THREAD, None, False),
        (THREAD, SHOWN, True),
        (THREAD, replace(SHOWN, threads=frozenset({"t2"})), False),
        (BATCH, SHOWN, True),
        (BATCH, replace(SHOWN, batches=frozenset()), False),
        (replace(THREAD, batches=("b2",)), SHOWN, True),
        (replace(THREAD, threads=("t2",), batches=("b1",)), SHOWN, True),
        (replace(NOVEMBER, threads=("t1",)), SHOWN, True),
        (replace(NOVEMBER, threads=("t2",)), SHOWN, False),
        (replace(NOVEMBER, threads=("t1",), last="2026-11-29"), SHOWN, False),
    ],
)
def test_grant_admits_what_it_names(grant, extent, admitted):
    assert admits([grant], extent) is admitted


def test_no_grant_admits_nothing():
    assert not admits([], SHOWN)


def test_any_of_several_grants_admits():
    assert admits([NOVEMBER, replace(THREAD, threads=("t9",)), WHOLE], None)


def test_parts_of_two_grants_do_not_add_up():
    first, last = replace(NOVEMBER, last="2026-11-15"), replace(NOVEMBER, first="2026-11-15")
    assert not admits([first, last], SHOWN)


def test_grant_is_in_force_until_its_time_or_its_end():
    assert is_in_force(WHOLE, "2026-12-31T23:59:58Z")
    assert not is_in_force(WHOLE, "2026-12-31T23:59:59Z")
    assert not is_in_force(replace(WHOLE, ended=7), "2026-11-01T00:00:00Z")


def key(*grants: Grant) -> KeyRow:
    return KeyRow("eu:" + "0" * 32, "eu", "ed25519", "", 1, person="1" * 32, grants=grants)


def test_overseers_and_services_need_access():
    overseer = Grant(1, "oversight", "audit", "", 1)
    desk = Grant(2, "desk", "permits", "", 2)
    assert needs_access(key(overseer))
    assert not needs_access(key(desk))
    assert not needs_access(key(overseer, desk))
    assert needs_access(key(overseer, replace(desk, end=9)))
    assert not needs_access(key(replace(overseer, end=9), desk))
    assert needs_access(replace(key(), machine="service", person=""))
