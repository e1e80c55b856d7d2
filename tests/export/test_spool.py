"""Spooled data of an export: read back unchanged, with little memory."""

from __future__ import annotations

import os
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.ids import Position
from special_channel.export.spool import BUFFER, ById, SpooledEntries, SpooledNotes, SpooledText
from special_channel.ports import Stored


def stored(index: int, *parts: bytes | None, envelope: bytes = b"{}", name: int = -1) -> Stored:
    return Stored(
        log="eu",
        index=index,
        id=f"{index if name < 0 else name:064x}",
        leaf=b"leaf",
        envelope=envelope,
        parts=parts,
        kind="note.posted",
        thread="t",
        by="eu:k",
        accepted="2026-11-24T08:00:00Z",
        frontier=index,
        order=index,
        code="code",
        damaged=("part:0",),
    )


@pytest.fixture
def text() -> Iterator[SpooledText]:
    with closing(SpooledText()) as made:
        yield made


@pytest.fixture
def entries(text) -> SpooledEntries:
    return SpooledEntries(text)


def test_spooled_entries_come_back_in_order_without_their_leaf(entries):
    kept = {
        Position("eu", 3): stored(3, b"first", None, b"", b"last"),
        Position("cn", 0): replace(stored(0), log="cn", damaged=(), thread=None),
        Position("eu", 1): stored(1, None, envelope=b""),
    }
    for position, entry in kept.items():
        entries.add(position, entry)
    assert list(entries) == list(kept)
    assert list(entries.in_order()) == sorted(kept)
    assert {each: replace(entries[each], leaf=b"leaf") for each in entries} == kept
    assert [entries.part_count(each) for each in entries] == [4, 0, 1]
    assert [entries.envelope_size(each) for each in entries] == [2, 2, 0]
    assert entries.damaged == {Position("eu", 3), Position("eu", 1)}


def test_spooled_entry_is_read_before_and_after_others_follow(entries):
    first, second = Position("eu", 0), Position("eu", 1)
    large = os.urandom(BUFFER + 1)
    entries.add(first, stored(0, b"part", envelope=large))
    assert entries[first].envelope == large
    entries.add(second, stored(1, b"other"))
    assert (entries[first].parts, entries[second].parts) == ((b"part",), (b"other",))


def test_spooled_entry_that_is_dropped_is_gone(entries):
    position = Position("eu", 0)
    entries.add(position, stored(0))
    entries.drop(position)
    assert position not in entries
    assert (len(entries), list(entries), list(entries.in_order())) == (0, [], [])
    assert entries.damaged == set()
    for absent in (position, Position("cn", 0), Position("eu", 7), Position("eu", -1)):
        with pytest.raises(KeyError):
            entries[absent]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.booleans()), max_size=12))
def test_spooled_entries_are_a_dictionary_by_position_and_id(steps):
    """Of entries with the same id the first counts, in each mapping."""
    with closing(SpooledText()) as text:
        entries, expected = SpooledEntries(text), dict[Position, Stored]()
        for index, name, dropped in steps:
            position = Position("eu", index)
            if position not in expected:
                expected[position] = stored(index, envelope=b"%d" % index, name=name)
                entries.add(position, expected[position])
            elif dropped:
                entries.drop(position)
                del expected[position]
        assert list(entries) == list(expected)
        for positions in (sorted(expected), list(reversed(expected))):
            by_id = ById(entries, positions, lambda each: entries[each].envelope)
            first = {expected[each].id: expected[each].envelope for each in reversed(positions)}
            assert dict(by_id) == first
            assert list(by_id) == sorted(first)
            assert "f" * 64 not in by_id
        assert list(reversed(entries)) == list(reversed(expected))


@given(st.dictionaries(st.integers(1, 50), st.binary(max_size=9)), st.integers(1, 50))
def test_spooled_notes_are_a_dictionary(expected, asked):
    with closing(SpooledText()) as text:
        notes = SpooledNotes(text)
        for size in sorted(expected):
            notes.add(size, expected[size])
        assert dict(notes) == expected
        assert notes.get(asked) == expected.get(asked)
        assert notes.bytes == sum(map(len, expected.values()))


def test_spooled_text_has_the_checksums_of_what_was_written(text):
    pieces = [os.urandom(size) for size in (0, 10, BUFFER, 100_000)]
    for piece in pieces:
        text.write(piece)
    whole = b"".join(pieces)
    assert b"".join(text.chunks()) == whole
    assert (len(text), text.crc) == (len(whole), zlib.crc32(whole))
    assert text.digest == sha256(whole).hexdigest()
    assert [text[5:9], text[BUFFER : BUFFER + 100_000], text[len(whole) :]] == [
        *(whole[5:9], whole[BUFFER : BUFFER + 100_000], b"")
    ]  # fmt: skip


def test_memory_keeps_few_bytes_of_a_spooled_entry(entries):
    tracemalloc.start()
    try:
        for index in range(2_000):
            entries.add(Position("eu", index), replace(stored(index, b"x" * 500), damaged=()))
        before = tracemalloc.get_traced_memory()[0]
        for index in range(2_000, 12_000):
            entries.add(Position("eu", index), replace(stored(index, b"x" * 500), damaged=()))
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert (after - before) / 10_000 < 100
