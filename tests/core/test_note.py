from __future__ import annotations

import base64

import pytest

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import BadSignature, Malformed, RuleBroken
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log.note import (
    MAX_NOTE_CHARACTERS,
    MAX_SIGNATURES,
    Note,
    NoteSignature,
    VerifierKey,
)
from tests.vectors import table

PUBLIC = PrivateKey.from_seed("ed25519", bytes(range(32))).public
KEY = VerifierKey("example.com/log", 1, PUBLIC)
SIGNATURE = NoteSignature(KEY.name, KEY.key_hash, b"s" * 64)
NOTE = Note("text\n", (SIGNATURE,))


NOTES = table("notes")


def test_the_published_note_is_read_verified_and_written_back():
    text, vkey = NOTES["signed_note"]["note"], NOTES["signed_note"]["vkey"]
    note, key = Note.parse(text), VerifierKey.parse(vkey)
    assert note.text == "This is an example message.\n"
    assert note.encode() == text
    assert key.encode() == vkey
    line = note.signature_of(key)
    assert line is not None
    suites.verify("ed25519", key.public, note.text.encode(), line.signature)
    with pytest.raises(BadSignature):
        suites.verify("ed25519", key.public, b"This is an example message!\n", line.signature)


def test_a_post_quantum_note_is_read_though_not_verified():
    text = NOTES["post_quantum"]["note"]
    key = VerifierKey.parse(NOTES["post_quantum"]["vkey"])
    note = Note.parse(text)
    assert (key.algorithm, note.encode()) == (6, text)
    assert note.signature_of(key) is not None


def test_a_key_id_without_the_name_is_not_the_key():
    stranger = NoteSignature("example.com/other", KEY.key_hash, b"s" * 64)
    assert Note("t\n", (stranger,)).signature_of(KEY) is None


def test_a_name_without_the_key_id_is_not_the_key():
    stranger = NoteSignature(KEY.name, b"\0" * 4, b"s" * 64)
    assert Note("t\n", (stranger, SIGNATURE)).signature_of(KEY) == SIGNATURE
    assert Note("t\n", (stranger,)).signature_of(KEY) is None


def test_one_key_has_another_key_id_under_another_type_or_name():
    ids = {
        VerifierKey(name, algorithm, PUBLIC).key_hash
        for name in ("example.com/log", "example.com/other")
        for algorithm in (1, 4)
    }
    assert len(ids) == 4


def test_text_may_hold_blank_lines():
    note = Note("a\n\n\nb\n\n", (SIGNATURE,))
    assert Note.parse(note.encode()) == note


def test_a_newer_line_takes_the_place_of_the_same_keys_older_one():
    other = NoteSignature("example.com/other", b"abcd", b"o")
    newer = NoteSignature(KEY.name, KEY.key_hash, b"n")
    note = NOTE.with_signature(other).with_signature(newer)
    assert note.signatures == (other, newer)
    assert Note.parse(note.encode()) == note


ENCODED = NOTE.encode()
LINE = SIGNATURE.line()


def line_of(data: bytes, name: str = "example.com/log") -> str:
    return f"— {name} {base64.b64encode(data).decode()}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "\n\n",
        ENCODED[:-1],
        ENCODED + "\n",
        ENCODED + "x",
        "text" + LINE,
        "text\n" + LINE,
        ENCODED.replace("—", "-"),
        ENCODED.replace("— ", "—"),
        ENCODED.replace("— ", "—  "),
        ENCODED.replace("\n", "\r\n"),
        ENCODED.replace("text", "te\txt"),
        ENCODED.replace("text", "te\0xt"),
        ENCODED.replace("text", "te\ud800xt"),
        ENCODED.replace("/log ", "/log+x "),
        ENCODED.replace("/log ", "/l\u00a0og "),
        ENCODED.replace("/log ", "/l\u3000og "),
        ENCODED.replace("/log ", "/log x "),
        "text\n\n" + line_of(b"1234"),
        "text\n\n" + line_of(b"1"),
        "text\n\n" + line_of(b"12345", name=""),
        "text\n\n" + line_of(b"12345", name="x" * 256),
        "text\n\n" + line_of(b"12345").replace("=", ""),
        "text\n\n" + line_of(b"12345").replace("NDU=", "NDV="),
        "text\n\n— a MTIzNDU\n",
        "text\n\n— a M\n",
        ENCODED + LINE,
        ENCODED + "".join(line_of(b"12345", name=f"n{n}") for n in range(MAX_SIGNATURES)),
        "x" * MAX_NOTE_CHARACTERS + ENCODED,
    ],
)
def test_other_texts_are_no_notes(text):
    with pytest.raises(Malformed, match="note-malformed"):
        Note.parse(text)


def test_sixteen_post_quantum_signatures_fit():
    lines = tuple(NoteSignature(f"n{n}", b"abcd", b"s" * 2428) for n in range(16))
    note = Note("text\n", lines)
    assert Note.parse(note.encode()) == note


@pytest.mark.parametrize("algorithm", [1, 4])
def test_a_verifier_key_comes_back(algorithm):
    key = VerifierKey("eu.channel.example/log", algorithm, PUBLIC)
    assert VerifierKey.parse(key.encode()) == key


def test_verifier_key_of_unknown_algorithm_is_read():
    # log.md: types that a reader does not know are read, whatever the length of their key.
    key = VerifierKey("eu.channel.example/log", 6, bytes(1312))
    assert VerifierKey.parse(key.encode()) == key


GOOD = KEY.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/log",
        GOOD + "\n",
        GOOD[:-1],
        GOOD.replace("example", "exomple"),
        GOOD.replace("+", " ", 1),
        GOOD.replace("/log", "/l og"),
        GOOD.replace("example.com/log", ""),
        GOOD.replace(KEY.key_hash.hex(), KEY.key_hash.hex().upper()),
        GOOD.replace(KEY.key_hash.hex(), "00000000"),
        VerifierKey("n", 1, PUBLIC[:-1]).encode(),
        VerifierKey("n", 4, PUBLIC + b"\0").encode(),
        "n+00000000+A",
        "n+00000000+AB==",
        "n+00000000+AA==",
    ],
)
def test_other_texts_are_no_verifier_keys(text):
    with pytest.raises(Malformed, match="vkey-malformed"):
        VerifierKey.parse(text)


def test_a_weak_verifier_key_is_refused():
    weak = VerifierKey("n", 1, bytes(32))
    with pytest.raises(RuleBroken, match="key-weak"):
        VerifierKey.parse(weak.encode())


@pytest.mark.parametrize(
    ("name", "algorithm"), [("", 1), ("a b", 1), ("a+b", 1), ("a\n", 1), ("a", 0), ("a", 256)]
)
def test_a_key_that_could_not_be_written_is_not_made(name, algorithm):
    with pytest.raises(Malformed, match="vkey-malformed"):
        VerifierKey(name, algorithm, PUBLIC)
