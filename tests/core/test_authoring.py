"""A node's own entries read back from their bytes are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.suites import PrivateKey, key_id
from special_channel.core.replay.judge import prove
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import Signer, author
from tests.world import World


def _signer(seed: bytes, suite="ed25519", party="eu") -> Signer:
    private = PrivateKey.from_seed(suite, seed)
    return Signer(key_id(party, suite, private.public), private)


@given(size=st.integers(0, 2**53 - 1), root=st.binary(min_size=32, max_size=32))
def test_an_authored_entry_is_what_its_bytes_read_as(size, root) -> None:
    payload: dict[str, Value] = {
        "v": 1,
        "log": "eu.channel.example/log",
        "kind": "peer.seen",
        "by": _signer(b"n" * 32).key,
        "at": "2026-11-24T09:00:00Z",
        "seen": [{"log": "cn.channel.example/log", "size": size, "root": root.hex()}],
        "body": {},
    }

    made = author(payload, _signer(b"n" * 32))

    assert made.incoming == read(made.incoming.submission, whole=True)


def test_whose_signature_it_bears_is_what_proving_it_says(world: World) -> None:
    signer = world.sides["eu"].keys["node"]
    payload = world.payload("eu", "peer.seen", by="node", body={})

    made = author(payload, signer)

    rows = world.sides["eu"].replay.rows
    assert made.signed == prove(made.incoming.envelope, made.incoming.entry, rows)


def test_nobody_authors_in_the_name_of_another_key() -> None:
    mine, theirs = _signer(b"m" * 32), _signer(b"t" * 32)

    with pytest.raises(Malformed) as refused:
        author({"v": 1}, Signer(theirs.key, mine.private))

    assert refused.value.code == "key-id"


def test_what_is_authored_has_no_parts(world: World) -> None:
    payload = world.payload("eu", "thread.opened", body={"batch": "standing"})

    with pytest.raises(Malformed) as refused:
        author({**payload, "parts": [{"k": "text", "c": "0" * 64}]}, world.sides["eu"].keys["node"])

    assert refused.value.code in {"part-count", "entry-malformed"}


def test_what_is_authored_is_no_larger_than_a_payload_may_be() -> None:
    payload: dict[str, Value] = {"v": 1, "kind": "peer.seen", "body": {"text": "x" * 40_000}}

    with pytest.raises(Malformed) as refused:
        author(payload, _signer(b"n" * 32))

    assert refused.value.code == "json-too-large"
