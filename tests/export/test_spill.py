"""Rows beyond the memory limit are the same in memory and on disk."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.state import KEYS, EntryRow, RowKey
from special_channel.export.spill import _TABLES, SpilledRows
from special_channel.export.verify import verify
from tests.export.breaking import stories


def row(number: int, code: str = "") -> EntryRow:
    return EntryRow(
        f"{number:064x}", "eu", number, "note.posted", None, "eu:" + "0" * 32, "t", code
    )


def key(number: int) -> RowKey:
    return "entry", f"{number:064x}"


@pytest.fixture
def made() -> Iterator[Callable[[int], SpilledRows]]:
    """Makes rows, and gives their files back."""
    with ExitStack() as stack:
        yield lambda held: stack.enter_context(closing(SpilledRows(held)))


@pytest.mark.parametrize("held", [1, 2, 3, 10, 1000])
def test_spilled_rows_are_those_of_a_dictionary(made, held):
    rows, expected, draw = made(held), {}, random.Random(held)  # noqa: S311 - no secret
    for step in range(2000):
        number = draw.randrange(60)
        if draw.random() < 0.5:
            rows[key(number)] = expected[key(number)] = row(number, str(step))
        else:
            assert rows.get(key(number)) == expected.get(key(number))
            assert (key(number) in rows) == (key(number) in expected)
    assert {**rows} == expected
    assert len(rows) == len(expected)
    assert sorted(rows.of(EntryRow), key=str) == sorted(expected.values(), key=str)
    assert list(rows.of(ThreadRow)) == []


def test_spilled_rows_know_the_table_of_every_type():
    class AnyRow:
        def __getattr__(self, name: str) -> str:
            return name

    assert {kind: key_of(AnyRow())[0] for kind, key_of in KEYS.items()} == _TABLES


def test_spilled_rows_lack_what_was_never_put_in(made):
    rows = made(1)
    rows.update({key(number): row(number) for number in range(5)})
    with pytest.raises(KeyError):
        rows[key(9)]
    assert rows.get(key(9), row(9)) == row(9)
    with pytest.raises(NotImplementedError):
        del rows[key(1)]


def test_spilled_rows_take_no_more_memory_the_more_there_are(made):
    rows = made(200)
    tracemalloc.start()
    try:
        for number in range(2_000):
            rows[key(number)] = row(number)
        before = tracemalloc.get_traced_memory()[0]
        for number in range(2_000, 12_000):
            rows[key(number)] = row(number)
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert (after - before) / 10_000 < 20


@pytest.mark.parametrize("held", [1, 5])
def test_reports_are_the_same_if_rows_are_spilled(monkeypatch, held):
    for _, trust, whole in stories():
        kept = verify(whole, trust).encode()
        with monkeypatch.context() as patch:
            patch.setattr("special_channel.export.verify.SPILLED_BYTES", 0)
            patch.setattr(SpilledRows.__init__, "__defaults__", (held,))
            assert verify(whole, trust).encode() == kept
