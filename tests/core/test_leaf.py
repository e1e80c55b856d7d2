from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.log.leaf import MAX_BYTES, Leaf

LEAF = Leaf(
    accepted="2026-11-24T15:00:00Z",
    frontier=(340,),
    directory=17,
    kind="note.posted",
    thread="0123456789abcdef" * 2,
    ordinal=4,
    id="a" * 64,
    envelope_digest="b" * 64,
)
LINE = LEAF.encode()


def test_a_leaf_is_one_line_of_ascii():
    assert LINE == (
        b"sc1 2026-11-24T15:00:00Z 340 17 note.posted 0123456789abcdef0123456789abcdef:4 "
        + b"a" * 64
        + b" "
        + b"b" * 64
    )
    assert LEAF.hash == sha256(b"\0" + LINE).digest()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"thread": None, "ordinal": 0, "kind": "party.founded", "frontier": (0,), "directory": 1},
        {"directory": 0, "ordinal": 1},
        {"directory": 2**53 - 1, "ordinal": 2**53 - 1},
        {"frontier": (2**53 - 1,)},
        {"frontier": (877, 340), "kind": "note.internal"},
        {"accepted": "2028-02-29T23:59:59Z"},
    ],
)
def test_a_leaf_comes_back(change):
    leaf = replace(LEAF, **change)
    assert Leaf.parse(leaf.encode()) == leaf
    assert leaf.peer_frontier == leaf.frontier[-1]


def test_a_leaf_without_a_thread_has_a_dash():
    thread = b"0123456789abcdef" * 2 + b":4"
    assert replace(LEAF, thread=None, ordinal=0).encode() == LINE.replace(thread, b"-")


def test_the_longest_leaf_is_within_the_limit():
    most = 2**53 - 1
    kind = f"{'k' * 24}.{'k' * 24}"
    longest = replace(LEAF, frontier=(most, most), directory=most, ordinal=most, kind=kind)
    assert len(longest.encode()) <= MAX_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LINE + b"\n",
        b" " + LINE,
        LINE + b" ",
        LINE.replace(b"sc1", b"sc2"),
        LINE.replace(b" 340 ", b"  340 "),
        LINE.replace(b" 340 ", b"\t340 "),
        LINE.replace(b" 340 ", b" 0340 "),
        LINE.replace(b" 340 ", b" -1 "),
        LINE.replace(b" 340 ", b" "),
        LINE.replace(b" 340 ", b" 1,2,3 "),
        LINE.replace(b" 340 ", b" 340, "),
        LINE.replace(b" 340 ", b" 9007199254740992 "),
        LINE.replace(b" 340 ", b" 99999999999999999999 "),
        LINE.replace(b" 340 ", " ٣٤٠ ".encode()),
        LINE.replace(b" 17 ", b" "),
        LINE.replace(b" 17 ", b" 017 "),
        LINE.replace(b" 17 ", b" 17,18 "),
        LINE.replace(b" 17 ", b" -17 "),
        LINE.replace(b" 17 ", b" 9007199254740992 "),
        LINE.replace(b":4 ", b" "),
        LINE.replace(b":4 ", b": "),
        LINE.replace(b":4 ", b":0 "),
        LINE.replace(b":4 ", b":04 "),
        LINE.replace(b":4 ", b":-4 "),
        LINE.replace(b":4 ", b" 4 "),
        LINE.replace(b":4 ", b":4:4 "),
        LINE.replace(b":4 ", b":9007199254740992 "),
        LINE.replace(b"0123456789abcdef" * 2, b"-"),
        LINE.replace(b"15:00:00Z", b"24:00:00Z"),
        LINE.replace(b"15:00:00Z", b"15:00:60Z"),
        LINE.replace(b"15:00:00Z", b"15:00:00z"),
        LINE.replace(b"15:00:00Z", b"15:00:00.0Z"),
        LINE.replace(b"15:00:00Z", b"15:00:00+00:00"),
        LINE.replace(b"2026-11-24T", b"2026-11-24 "),
        LINE.replace(b"2026-11-24", b"2026-02-29"),
        LINE.replace(b"2026-11-24", b"2026-13-01"),
        LINE.replace(b"2026-11-24", b"0000-11-24"),
        LINE.replace(b"note.posted", b"note"),
        LINE.replace(b"note.posted", b"Note.posted"),
        LINE.replace(b"note.posted", b"note.posted.x"),
        LINE.replace(b"a" * 64, b"a" * 63),
        LINE.replace(b"a" * 64, b"A" * 64),
        LINE.replace(b"b" * 64, b"g" * 64),
        LINE.replace(b"0123456789abcdef" * 2, b"--"),
        LINE.replace(b"0123456789abcdef" * 2, b""),
        LINE + b"b" * MAX_BYTES,
        LINE.decode().encode("utf-16"),
    ],
)
def test_other_lines_are_no_leaves(data):
    with pytest.raises(Malformed, match="leaf-malformed"):
        Leaf.parse(data)


@pytest.mark.parametrize(
    "change",
    [
        {"frontier": ()},
        {"frontier": (1, 2, 3)},
        {"frontier": (-1,)},
        {"frontier": (2**53,)},
        {"thread": "-"},
        {"thread": None},
        {"thread": None, "ordinal": 1},
        {"ordinal": 0},
        {"ordinal": -1},
        {"ordinal": 2**53},
        {"directory": -1},
        {"directory": 2**53},
        {"thread": "0123456789abcdef" * 2 + ":4", "ordinal": 4},
        {"thread": ""},
        {"kind": "note.posted 0123"},
        {"id": "é" * 64},
        {"accepted": "2026-11-31T00:00:00Z"},
        {"accepted": "2026-11-24T15:00:00Z 1 2 x.y", "frontier": (340,)},
        {"accepted": "2026-11-24T15:00:00Z 340 17 a.b - " + "c" * 64 + " " + "d" * 64 + "\n"},
    ],
)
def test_what_can_not_be_written_is_not_made(change):
    with pytest.raises(Malformed, match="leaf-malformed"):
        replace(LEAF, **change)


def test_values_can_not_slide_into_their_neighbours():
    """Blanks moved from between two values into one make the same line of another leaf."""
    with pytest.raises(Malformed, match="leaf-malformed"):
        Leaf(
            accepted=LEAF.accepted + " 340",
            frontier=(LEAF.directory,),
            directory=LEAF.directory,
            kind=LEAF.kind,
            thread=LEAF.thread,
            ordinal=LEAF.ordinal,
            id=LEAF.id,
            envelope_digest=LEAF.envelope_digest,
        )


def test_no_changed_byte_goes_unnoticed():
    for at in range(len(LINE)):
        changed = bytearray(LINE)
        changed[at] ^= 1
        try:
            other = Leaf.parse(bytes(changed))
        except Malformed:
            continue
        assert other != LEAF
        assert other.hash != LEAF.hash
