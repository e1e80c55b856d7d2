"""The tables of kinds are complete: a row for each class of the shared and the private logs."""

from __future__ import annotations

from typing import get_args

import pytest

from special_channel.core.entries import PrivateEntry, SharedEntry
from special_channel.core.kinds.table import KINDS
from special_channel.core.rules import private
from special_channel.core.rules.roles import MAY_SIGN


def test_table_has_one_row_for_each_shared_kind():
    assert list(KINDS) != []
    assert set(KINDS) == set(get_args(SharedEntry))


def test_private_table_has_one_row_for_each_private_kind():
    assert set(private.KINDS) == set(get_args(PrivateEntry))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.model.__name__)
def test_each_kind_stands_in_one_module_of_its_noun(kind):
    """Needs, judge and fold of a kind are in the same file."""
    modules = {part.__module__ for part in (kind.needs, kind.judge, kind.fold)}
    modules.discard("special_channel.core.kinds.kind")  # kinds that need or change nothing
    assert len(modules) <= 1


def test_each_kind_has_roles_that_may_sign_it():
    kinds = {get_args(model.model_fields["kind"].annotation)[0] for model in KINDS}
    # A new key signs its own enrolment, and a party's root its founding.
    assert kinds - set(MAY_SIGN) <= {"key.enrolled", "party.founded"}
