from __future__ import annotations

import re
from dataclasses import replace

import pytest

from special_channel.core.bytes.errors import BadSignature, Malformed, RuleBroken
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log import checkpoint as checkpoints
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.merkle import EMPTY_ROOT
from special_channel.core.log.note import Note, NoteSignature, VerifierKey
from tests.vectors import table

ORIGIN = "eu.channel.example/log"
PEER = "cn.channel.example/node"
CHECKPOINT = Checkpoint(ORIGIN, 877, bytes(range(32)))
LOG = PrivateKey.from_seed("ed25519", b"l" * 32)
COSIGNER = PrivateKey.from_seed("ed25519", b"c" * 32)
LOG_KEY = checkpoints.log_key(LOG, ORIGIN)
COSIGNER_KEY = checkpoints.cosigner_key(COSIGNER, PEER)
NOON = 1_795_608_000

SIGNED = checkpoints.make_note(CHECKPOINT, checkpoints.sign(CHECKPOINT, LOG, ORIGIN))
COSIGNED = checkpoints.make_note(
    CHECKPOINT,
    checkpoints.sign(CHECKPOINT, LOG, ORIGIN),
    checkpoints.cosign(CHECKPOINT, COSIGNER, PEER, NOON),
)


@pytest.mark.parametrize(
    ("text", "vkey"),
    [
        pytest.param(case["note"], case["vkey"], id=case["vkey"].split("+")[0])
        for case in table("notes")["cosigned"]["cases"]
    ],
)
def test_published_cosignatures_verify_and_cover_the_size(text, vkey):
    key = VerifierKey.parse(vkey)
    assert checkpoints.cosigned_at(text, key) == 1_767_139_200
    assert checkpoints.parse(text)[0].encode() == text
    for size in ("301", "299", "3000", "0"):
        changed = text.replace("\n300\n", f"\n{size}\n")
        with pytest.raises(
            (BadSignature, Malformed), match=r"cosignature-bad|checkpoint-malformed"
        ):
            checkpoints.cosigned_at(changed, key)
    with pytest.raises(BadSignature, match="cosignature-bad"):
        checkpoints.cosigned_at(text.replace("2026h1.example.org\n", "2026h2.example.org\n"), key)


def test_the_body_is_three_lines():
    assert CHECKPOINT.body() == (
        "eu.channel.example/log\n877\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    )
    assert checkpoints.parse_body(CHECKPOINT.body()) == CHECKPOINT


BODY = CHECKPOINT.body()


@pytest.mark.parametrize(
    "text",
    [
        "",
        BODY[:-1],
        BODY + "\n",
        BODY + "extension\n",
        BODY.replace("877", "0877"),
        BODY.replace("877", "+877"),
        BODY.replace("877", "-1"),
        BODY.replace("877", "8 77"),
        BODY.replace("877", "٨٧٧"),
        BODY.replace("877", "8.77"),
        BODY.replace("877", ""),
        BODY.replace("877", str(2**53)),
        BODY.replace("877", "9" * 17),
        BODY.replace("877", "0"),
        BODY.replace("Hh8=", "Hh9="),
        BODY.replace("Hh8=", "Hh8"),
        BODY.replace("AAEC", "AA"),
        BODY.replace("AAEC", "AAECAAEC"),
        BODY.replace("AAEC", "_AEC"),
        BODY.replace(ORIGIN, ""),
        BODY.replace(ORIGIN, "a b"),
        BODY.replace(ORIGIN, "a+b"),
        BODY.replace(ORIGIN, "x" * 256),
    ],
)
def test_other_texts_are_no_checkpoints(text):
    with pytest.raises(Malformed, match="checkpoint-malformed"):
        checkpoints.parse_body(text)
    with pytest.raises(Malformed, match="checkpoint-malformed"):
        checkpoints.verify(Note(text, Note.parse(SIGNED).signatures).encode(), LOG_KEY)


@pytest.mark.parametrize(
    "wrong", [{"origin": "a b"}, {"size": -1}, {"size": 2**53}, {"root": bytes(31)}, {"size": 0}]
)
def test_what_can_not_be_signed_is_not_made(wrong):
    with pytest.raises(Malformed, match="checkpoint-malformed"):
        replace(CHECKPOINT, **wrong)


def test_the_empty_tree_has_one_root():
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert checkpoints.parse_body(empty.body()) == empty


def test_the_logs_signature_returns_what_it_covers():
    assert checkpoints.verify(SIGNED, LOG_KEY) == CHECKPOINT
    assert checkpoints.verify(Note.parse(COSIGNED), LOG_KEY, origin=ORIGIN) == CHECKPOINT
    assert checkpoints.make_note(CHECKPOINT, checkpoints.sign(CHECKPOINT, LOG, ORIGIN)) == SIGNED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n877\n", "\n878\n"),
        ("AAEC", "AAED"),
        ("eu.channel.example/log\n8", "eu.channel.example/lug\n8"),
    ],
)
def test_no_line_can_change_under_the_signatures(old, new):
    changed = COSIGNED.replace(old, new)
    assert changed != COSIGNED
    with pytest.raises(BadSignature, match="checkpoint-signature"):
        checkpoints.verify(changed, LOG_KEY)
    with pytest.raises(BadSignature, match="cosignature-bad"):
        checkpoints.cosigned_at(changed, COSIGNER_KEY)


def test_another_logs_checkpoint_is_named_as_such():
    with pytest.raises(RuleBroken, match="checkpoint-origin"):
        checkpoints.verify(SIGNED, LOG_KEY, origin="cn.channel.example/log")


def test_a_note_without_the_logs_line_is_unsigned():
    only = checkpoints.make_note(CHECKPOINT, checkpoints.cosign(CHECKPOINT, COSIGNER, PEER, NOON))
    with pytest.raises(BadSignature, match="checkpoint-unsigned"):
        checkpoints.verify(only, LOG_KEY)
    with pytest.raises(BadSignature, match="cosignature-absent"):
        checkpoints.cosigned_at(SIGNED, COSIGNER_KEY)


def test_a_line_under_the_right_name_by_another_key_does_not_count():
    forged = checkpoints.make_note(CHECKPOINT, checkpoints.sign(CHECKPOINT, COSIGNER, ORIGIN))
    with pytest.raises(BadSignature, match="checkpoint-unsigned"):
        checkpoints.verify(forged, LOG_KEY)


def test_a_forged_key_id_does_not_help():
    signature = COSIGNER.sign(CHECKPOINT.body().encode())
    forged = checkpoints.make_note(CHECKPOINT, NoteSignature(ORIGIN, LOG_KEY.key_hash, signature))
    with pytest.raises(BadSignature, match="checkpoint-signature"):
        checkpoints.verify(forged, LOG_KEY)


@pytest.mark.parametrize("time", [0, NOON, 2**63 - 1])
def test_a_cosignature_carries_its_time(time):
    note = checkpoints.make_note(CHECKPOINT, checkpoints.cosign(CHECKPOINT, COSIGNER, PEER, time))
    assert checkpoints.cosigned_at(note, COSIGNER_KEY) == time


def test_the_time_of_a_cosignature_can_not_be_moved():
    line = checkpoints.cosign(CHECKPOINT, COSIGNER, PEER, NOON)
    later = replace(line, signature=(NOON + 60).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(BadSignature, match="cosignature-bad"):
        checkpoints.cosigned_at(checkpoints.make_note(CHECKPOINT, later), COSIGNER_KEY)


@pytest.mark.parametrize("length", [1, 7, 8, 71, 73])
def test_a_cosignature_of_another_length_is_bad(length):
    line = checkpoints.cosign(CHECKPOINT, COSIGNER, PEER, NOON)
    cut = replace(line, signature=(line.signature + b"\0")[:length])
    with pytest.raises(BadSignature, match="cosignature-bad"):
        checkpoints.cosigned_at(checkpoints.make_note(CHECKPOINT, cut), COSIGNER_KEY)


def test_a_time_beyond_u63_is_bad_even_if_signed():
    time = 2**63
    signature = COSIGNER.sign(f"cosignature/v1\ntime {time}\n{CHECKPOINT.body()}".encode())
    line = NoteSignature(PEER, COSIGNER_KEY.key_hash, time.to_bytes(8, "big") + signature)
    with pytest.raises(BadSignature, match="cosignature-bad"):
        checkpoints.cosigned_at(checkpoints.make_note(CHECKPOINT, line), COSIGNER_KEY)
    for wrong in (-1, time):
        with pytest.raises(ValueError, match=re.escape(str(wrong))):
            checkpoints.cosign(CHECKPOINT, COSIGNER, PEER, wrong)


def test_a_log_line_is_no_cosignature_and_the_other_way_round():
    with pytest.raises(Malformed, match="suite-unsupported"):
        checkpoints.cosigned_at(COSIGNED, LOG_KEY)
    with pytest.raises(Malformed, match="suite-unsupported"):
        checkpoints.verify(COSIGNED, COSIGNER_KEY)
    as_log = checkpoints.log_key(COSIGNER, PEER)
    with pytest.raises(BadSignature, match="checkpoint-unsigned"):
        checkpoints.verify(COSIGNED, as_log)


def test_an_es256_key_signs_no_checkpoints():
    key = PrivateKey.from_seed("es256", b"k" * 32)
    with pytest.raises(Malformed, match="suite-unsupported"):
        checkpoints.sign(CHECKPOINT, key, ORIGIN)
    with pytest.raises(Malformed, match="suite-unsupported"):
        checkpoints.cosign(CHECKPOINT, key, PEER, NOON)


def test_what_is_no_note_is_no_checkpoint():
    for call in (lambda: checkpoints.verify("x", LOG_KEY), lambda: checkpoints.parse("x")):
        with pytest.raises(Malformed, match="checkpoint-malformed"):
            call()
