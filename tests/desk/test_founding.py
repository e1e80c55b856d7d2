"""A party's first entry names all its keys and is signed by its root key alone."""

from __future__ import annotations

import itertools
import json

from special_channel.core.bytes import dsse
from special_channel.core.entries import PartyFounded
from special_channel.core.rows.submission import read
from special_channel.desk.founding import FOUNDED, cosigning_name, founding, party_keys

ORIGIN, PRIVATE = "eu.channel.example/log", "eu.channel.example/private"


def test_every_founded_role_has_its_own_key_of_32_random_bytes():
    lengths = []

    def draw(length: int) -> bytes:
        lengths.append(length)
        return bytes([len(lengths)] * length)

    keys = party_keys("eu", ORIGIN, draw)
    assert lengths == [32] * 6
    assert tuple(keys.founded) == FOUNDED
    assert FOUNDED == ("registrar", "node", "checkpoint", "cosigning", "link")
    assert len({keys.root.key, *(each.key for each in keys.founded.values())}) == 6
    assert (keys.root.party, keys.root.role) == ("eu", "root")
    assert {role: key.role for role, key in keys.founded.items()} == {x: x for x in FOUNDED}
    assert {role: key.name for role, key in keys.founded.items() if key.name} == {
        "checkpoint": ORIGIN, "cosigning": "eu.channel.example/cosign",
    }  # fmt: skip


def test_cosigning_key_is_named_beside_the_log():
    assert cosigning_name("a/b/log") == "a/b/cosign"


def test_first_entry_lists_the_keys_and_nobody_else_signs_it():
    numbers = itertools.count()
    keys = party_keys("cn", ORIGIN, lambda length: bytes([next(numbers)] * length))
    submission = founding(keys, ORIGIN, PRIVATE, "2026-11-24T08:00:00Z")
    envelope = dsse.decode(submission.envelope)
    assert [each.keyid for each in envelope.signatures] == [keys.root.key]
    payload = json.loads(envelope.payload)
    body = payload.pop("body")
    assert payload == {
        "v": 1, "log": ORIGIN, "kind": "party.founded", "by": keys.root.key,
        "at": "2026-11-24T08:00:00Z", "seen": [],
    }  # fmt: skip
    listed = body.pop("keys")
    assert body == {
        "party": "cn", "private": PRIVATE, "suite": "ed25519", "public": keys.root.public,
    }  # fmt: skip
    assert listed == [
        {"role": role, "suite": "ed25519", "public": key.public}
        | ({"name": key.name} if key.name else {})
        for role, key in keys.founded.items()
    ]
    assert isinstance(read(submission, whole=True).entry, PartyFounded)
