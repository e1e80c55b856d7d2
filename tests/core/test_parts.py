from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from special_channel.core.bytes import canonical, parts
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.parts import DataPart, FilePart, SubjectPart, TextPart

SALT = parts.salt_text(bytes(range(32)))
DIGEST = "0123456789abcdef" * 4
TEXT: dict[str, Any] = {"role": "text", "salt": SALT, "text": "Which end use?\n最终用途？"}
SUBJECT: dict[str, Any] = {"role": "subject", "salt": SALT, "text": "Batch 31: missing statements"}
FILE: dict[str, Any] = {
    "role": "file",
    "salt": SALT,
    "name": "登记簿摘录 (extract).pdf",
    "type": "application/pdf",
    "len": 48_213,
    "sha256": DIGEST,
}
DATA: dict[str, Any] = {
    "role": "data",
    "salt": SALT,
    "type": "list",
    "data": {"rows": [{"row": 1}]},
}
KINDS: dict[str, type[Any]] = {
    "text": TextPart,
    "subject": SubjectPart,
    "file": FilePart,
    "data": DataPart,
}


def written(value: dict[str, Any], **change: Any) -> bytes:
    return canonical.dumps({**value, **change}, max_depth=9)


def refused(disclosure: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        parts.parse(disclosure)
    return caught.value.code


@pytest.mark.parametrize("value", [TEXT, SUBJECT, FILE, DATA], ids=lambda value: value["role"])
def test_a_part_of_each_role_comes_back(value):
    disclosure = written(value)
    part = parts.parse(disclosure)
    assert type(part) is KINDS[value["role"]]
    assert part.role == value["role"]
    assert part.encode() == disclosure


def test_parts_are_built_by_role():
    assert parts.parse(TextPart(salt=SALT, text="x").encode()).role == "text"
    assert TextPart(salt=SALT, text=TEXT["text"]).encode() == written(TEXT)


def test_the_commitment_is_a_hash_under_its_own_name():
    disclosure = written(TEXT)
    expected = hashlib.sha256(b"special-channel/part/v1\n" + disclosure).hexdigest()
    assert parts.commitment(disclosure) == expected
    parts.check(expected, disclosure)


def test_equal_texts_under_different_salts_have_unrelated_commitments():
    other = parts.salt_text(bytes(32))
    assert parts.commitment(written(TEXT)) != parts.commitment(written(TEXT, salt=other))


@pytest.mark.parametrize("changed", [b"", written(TEXT, text="?"), written(TEXT) + b"\n"])
def test_another_disclosure_misses_the_commitment(changed):
    with pytest.raises(Malformed, match="part-digest"):
        parts.check(parts.commitment(written(TEXT)), changed)


def test_a_salt_is_32_bytes():
    assert base64.b64decode(SALT) == bytes(range(32))
    for length in (0, 31, 33):
        with pytest.raises(ValueError, match=str(length)):
            parts.salt_text(bytes(length))


@pytest.mark.parametrize(
    "salt",
    [
        "",
        SALT[:-1],
        SALT + "=",
        SALT[:-2] + "9=",
        SALT.replace("A", "_", 1),
        base64.b64encode(bytes(33)).decode(),
        1,
    ],
)
def test_a_salt_has_one_spelling(salt):
    assert refused(written(TEXT, salt=salt)) == "part-malformed"


@pytest.mark.parametrize(
    "disclosure",
    [
        b"",
        b"{}",
        b"[]",
        b'""',
        written(TEXT) + b"\n",
        written(TEXT).replace(b":", b": ", 1),
        written(TEXT, role="note"),
        written(TEXT, role=1),
        written(TEXT, text=""),
        written(TEXT, text=1),
        written(TEXT, text=["x"]),
        written(TEXT, extra=1),
        written(TEXT, role="file"),
        written(SUBJECT, text=""),
        written({key: value for key, value in TEXT.items() if key != "salt"}),
        written(TEXT).replace(b"end use", b"end\\tuse"),
        written(TEXT).replace(b"end use", b"end\\u0000use"),
        written(DATA, data=[]),
        written(DATA, data="x"),
        written(DATA, type=""),
        written(DATA, type="List"),
        written(DATA, data={"a": [[[[[[[]]]]]]]}),
    ],
)
def test_what_is_no_part_is_refused(disclosure):
    assert refused(disclosure) == "part-malformed"


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x85", "\x9f"])
def test_lf_is_the_only_control_in_a_text(character):
    assert refused(written(TEXT, text=f"a{character}b")) == "part-malformed"
    parts.parse(written(TEXT, text="a\nb\n\nc"))


BIDI = [
    chr(each) for each in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
]


@pytest.mark.parametrize("character", BIDI, ids=lambda each: f"U+{ord(each):04X}")
def test_bidirectional_controls_are_refused_where_one_line_is_read_and_kept_in_texts(character):
    assert refused(written(SUBJECT, text=f"a{character}b")) == "part-malformed"
    assert refused(written(FILE, name=f"a{character}fdp.exe")) == "part-malformed"
    parts.parse(written(TEXT, text=f"a{character}b")).encode()


@pytest.mark.parametrize("character", ["\n", "\x7f", "\x85", "\u2028", "\u2029"])
def test_a_subject_and_a_file_name_are_one_line(character):
    assert refused(written(SUBJECT, text=f"a{character}b")) == "part-malformed"
    assert refused(written(FILE, name=f"a{character}b")) == "part-malformed"


def test_a_subject_ends_at_300_characters():
    parts.parse(written(SUBJECT, text="稀" * 300))
    assert refused(written(SUBJECT, text="稀" * 301)) == "part-malformed"


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "."},
        {"name": ".."},
        {"name": "a/b"},
        {"name": "/etc/passwd"},
        {"name": "..\\b"},
        {"name": "稀" * 86},
        {"type": ""},
        {"type": "pdf"},
        {"type": "Application/PDF"},
        {"type": "text/plain; charset=utf-8"},
        {"type": "text/html\n"},
        {"len": -1},
        {"len": "1"},
        {"len": True},
        {"sha256": DIGEST.upper()},
        {"sha256": DIGEST[1:]},
    ],
)
def test_a_file_is_described_plainly(change):
    assert refused(written(FILE, **change)) == "part-malformed"


def test_the_longest_file_name_has_255_bytes():
    parts.parse(written(FILE, name="稀" * 85))
    parts.parse(written(FILE, len=0))


def test_a_fault_is_named_without_its_content():
    with pytest.raises(Malformed) as caught:
        parts.parse(written(TEXT, text="secret\x80"))
    assert caught.value.facts == {"field": "text.text"}
    assert "secret" not in repr(caught.value.__cause__)
    assert caught.value.__suppress_context__


def test_sizes_are_limited_to_the_byte():
    room = parts.MAX_PART_BYTES - len(written(TEXT, text=""))
    parts.parse(written(TEXT, text="x" * room))
    assert refused(written(TEXT, text="x" * (room + 1))) == "part-too-large"
    room = parts.MAX_DATA_BYTES - len(written(DATA, data={"t": ""}))
    parts.parse(written(DATA, data={"t": "x" * room}))
    assert refused(written(DATA, data={"t": "x" * (room + 1)})) == "part-too-large"


def test_no_single_bit_can_change_in_what_was_committed_to():
    disclosure = written(FILE)
    committed = parts.commitment(disclosure)
    for at in range(len(disclosure)):
        changed = bytearray(disclosure)
        changed[at] ^= 1
        with pytest.raises(Malformed, match="part-digest"):
            parts.check(committed, bytes(changed))
