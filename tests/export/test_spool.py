"""Entries that an export puts aside: they come back as they were, and memory keeps no bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from special_channel.core.ids import Position
from special_channel.export.spool import BUFFER, SpooledEntries
from special_channel.ports import Stored


def stored(index: int, *parts: bytes | None, envelope: bytes = b"{}") -> Stored:
    return Stored(
        *("eu", index, f"{index:064x}", b"leaf", envelope, parts, "note.posted", "t", "eu:k"),
        *("2026-11-24T08:00:00Z", index, index),
    )  # fmt: skip


@pytest.fixture
def entries() -> Iterator[SpooledEntries]:
    made = SpooledEntries()
    yield made
    made.close()


def test_spooled_entries_come_back_in_order_without_their_leaf(entries):
    kept = {
        Position("eu", 3): stored(3, b"first", None, b"", b"last"),
        Position("cn", 0): stored(0),
        Position("eu", 1): stored(1, None, envelope=b""),
    }
    for position, entry in kept.items():
        entries.keep(position, entry)
    assert list(entries) == list(kept)
    assert {each: replace(entries[each], leaf=b"leaf") for each in entries} == kept
    assert [entries.part_count(each) for each in entries] == [4, 0, 1]


def test_spooled_entry_is_read_before_and_after_others_follow(entries):
    first, second = Position("eu", 0), Position("eu", 1)
    large = os.urandom(BUFFER + 1)
    entries.keep(first, stored(0, b"part", envelope=large))
    assert entries[first].envelope == large
    entries.keep(second, stored(1, b"other"))
    assert (entries[first].parts, entries[second].parts) == ((b"part",), (b"other",))


def test_spooled_entry_that_is_dropped_is_gone(entries):
    entries.keep(Position("eu", 0), stored(0))
    entries.drop(Position("eu", 0))
    assert Position("eu", 0) not in entries
    assert len(entries) == 0


def test_memory_keeps_no_bytes_of_a_spooled_entry(entries):
    position = Position("eu", 0)
    entries.keep(position, stored(0, b"part", envelope=b"envelope"))
    slim = entries.slim(position)
    assert entries.envelope_size(position) == len(b"envelope")
    assert (slim.leaf, slim.envelope, slim.parts) == (b"", b"", ())
    assert (slim.id, slim.kind, slim.thread) == (f"{0:064x}", "note.posted", "t")
