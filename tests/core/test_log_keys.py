"""Whose key a checkpoint or a cosignature is: windows of the keys of a log (K16, K18)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.suites import PrivateKey, key_id
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.rows.log_keys import (
    LogKey,
    cosigned_time,
    key_at,
    named_for,
    trusted,
    verify_checkpoint,
    window,
)

LOG, PRIVATE = "eu.channel.example/log", "eu.channel.example/private"


def private(name: str) -> PrivateKey:
    return PrivateKey.from_seed("ed25519", sha256(name.encode()).digest())


def log_key(name: str, start: int, *, cosigning: bool = False, reason: str = "") -> LogKey:
    key = private(name)
    vkey = checkpoint.cosigner_key(key, LOG) if cosigning else checkpoint.log_key(key, LOG)
    return LogKey(key_id("eu", "ed25519", key.public), vkey.encode(), start, reason)  # type: ignore[arg-type]


def note(size: int, *names: str, origin: str = LOG) -> str:
    head = Checkpoint(origin, size, sha256(str(size).encode()).digest())
    lines = [checkpoint.sign(head, private(name), origin) for name in names]
    return checkpoint.make_note(head, *lines)


def code_of(act, *args, **how) -> str:
    with pytest.raises(ChannelError) as caught:
        act(*args, **how)
    return caught.value.code


KEYS = (log_key("K1", 0), log_key("K2", 7, reason="routine"), log_key("K3", 9, reason="lost"))


@pytest.mark.parametrize(
    ("size", "key"), [(0, 0), (1, 0), (7, 0), (8, 1), (9, 1), (10, 2), (2**53, 2)]
)
def test_a_checkpoint_belongs_to_the_key_of_its_size(size, key):
    assert key_at(KEYS, size) == KEYS[key]


def test_a_checkpoint_is_verified_by_the_key_of_its_size():
    assert verify_checkpoint(note(7, "K1"), KEYS, origin=LOG).size == 7
    assert verify_checkpoint(note(8, "K1", "K2"), KEYS, origin=LOG).size == 8
    for size, name in ((7, "K2"), (8, "K1"), (9, "K3"), (10, "K2"), (10, "K1")):
        assert code_of(verify_checkpoint, note(size, name), KEYS) == "checkpoint-key"
    assert code_of(verify_checkpoint, note(8, "other"), KEYS) == "checkpoint-unsigned"
    assert code_of(verify_checkpoint, note(8, "K2"), KEYS, origin=PRIVATE) == "checkpoint-unsigned"
    other = verify_checkpoint(note(8, "K2", origin="other"), (replace_name(KEYS[1], "other"),))
    assert other.origin == "other"


def replace_name(key: LogKey, name: str) -> LogKey:
    return replace(key, vkey=named_for(key, name).encode())


def test_a_line_of_the_right_key_that_is_wrong_is_a_wrong_signature():
    head = Checkpoint(LOG, 8, sha256(b"other").digest())
    forged = checkpoint.make_note(
        Checkpoint(LOG, 8, sha256(b"8").digest()), checkpoint.sign(head, private("K2"), LOG)
    )
    assert code_of(verify_checkpoint, forged, KEYS) == "checkpoint-signature"


def test_a_checkpoint_of_the_private_log_belongs_to_the_key_of_its_last_leaf():
    for own, name in ((7, "K1"), (8, "K2"), (10, "K3")):
        stated = note(300, name, origin=PRIVATE)
        assert verify_checkpoint(stated, KEYS, origin=PRIVATE, size=own).size == 300
        other = 7 if own > 7 else 8
        wrong = code_of(verify_checkpoint, stated, KEYS, origin=PRIVATE, size=other)
        assert wrong == "checkpoint-key"


def test_a_note_of_a_private_log_belongs_to_the_window_of_the_shared_one():
    shared = Leaf("2026-11-24T08:00:00Z", (3,), 1, "note.posted", None, 0, "1" * 64, "2" * 64)
    assert window(300, shared) == 300
    assert window(300, replace(shared, frontier=(8, 3))) == 8


COSIGNING = (
    log_key("K1", 0, cosigning=True),
    log_key("K2", 7, cosigning=True, reason="compromised"),
    log_key("K3", 9, cosigning=True, reason="routine"),
)


@pytest.mark.parametrize(("size", "keys"), [(0, [0]), (7, [0]), (8, [1]), (9, [1]), (10, [2, 1])])
def test_a_compromised_cosigning_key_is_trusted_in_earlier_pasts_alone(size, keys):
    assert trusted(COSIGNING, size) == tuple(COSIGNING[key] for key in keys)
    assert trusted(COSIGNING) == (COSIGNING[2], COSIGNING[1])


def cosigned(*names: str) -> str:
    stated, head = checkpoint.parse(note(12, "log"))
    for second, name in enumerate(names, 100):
        stated = stated.with_signature(checkpoint.cosign(head, private(name), LOG, second))
    return stated.encode()


def test_the_newest_trusted_key_gives_the_time_of_a_cosignature():
    assert cosigned_time(cosigned("K2", "K3"), trusted(COSIGNING)) == 101
    assert cosigned_time(cosigned("K2"), trusted(COSIGNING)) == 100
    assert code_of(cosigned_time, cosigned("K1"), trusted(COSIGNING)) == "cosignature-absent"
    assert cosigned_time(cosigned("K1"), trusted(COSIGNING, 7)) == 100
    parsed, _ = checkpoint.parse(cosigned("K3"))
    assert cosigned_time(parsed, trusted(COSIGNING)) == 100
