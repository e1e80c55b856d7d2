"""A party's first entry names root, persons and machines; root and persons sign it, nobody else."""

from __future__ import annotations

import itertools
import json

from special_channel.core.bytes import dsse
from special_channel.core.entries import PartyFounded
from special_channel.core.rows.directory import commitment
from special_channel.core.rows.submission import read
from special_channel.desk.founding import MACHINES, cosigning_name, founding, party_keys

ORIGIN, PRIVATE = "eu.channel.example/log", "eu.channel.example/private"


def drawn(party="eu"):
    numbers = itertools.count(1)
    return party_keys(party, ORIGIN, lambda length: bytes([next(numbers)] * length))


def test_every_key_and_pseudonym_is_drawn_of_its_own_random_bytes():
    lengths = []

    def draw(length: int) -> bytes:
        lengths.append(length)
        return bytes([len(lengths)] * length)

    keys = party_keys("eu", ORIGIN, draw)
    assert sorted(lengths) == [16] * 2 + [32] * 14
    files = dict(keys.files())
    assert list(files) == [
        *(f"root-{number}" for number in (1, 2, 3)),
        *(f"root-next-{number}" for number in (1, 2, 3)),
        *("registrar", "registrar-2"),
        *MACHINES,
        *("checkpoint-next", "cosigning-next"),
    ]
    assert len({key.key for key in files.values()}) == len(files) == 14
    assert len(keys.registrars) == 2
    assert [key.key for key in keys.root] == sorted(key.key for key in keys.root)
    assert {key.role for key in keys.registrars.values()} == {"registrar"}
    assert {role: key.role for role, key in keys.machines.items()} == {x: x for x in MACHINES}
    assert {role: key.name for role, key in keys.machines.items() if key.name} == {
        "checkpoint": ORIGIN, "cosigning": "eu.channel.example/cosign",
    }  # fmt: skip


def test_cosigning_key_is_named_beside_the_log():
    assert cosigning_name("a/b/log") == "a/b/cosign"


def test_first_entry_is_signed_by_the_threshold_and_both_registrars():
    keys = drawn("cn")
    submission = founding(keys, ORIGIN, PRIVATE, "2026-11-24T08:00:00Z")
    envelope = dsse.decode(submission.envelope)
    registrars = [key.key for key in keys.registrars.values()]
    assert [each.keyid for each in envelope.signatures] == [
        *(part.key for part in keys.root[:2]),
        *registrars,
    ]
    payload = json.loads(envelope.payload)
    body = payload.pop("body")
    assert payload == {
        "v": 1, "log": ORIGIN, "kind": "party.founded", "by": keys.root[0].key,
        "at": "2026-11-24T08:00:00Z", "seen": [],
    }  # fmt: skip
    assert (body["party"], body["private"]) == ("cn", PRIVATE)
    assert [part["public"] for part in body["roots"]["keys"]] == [key.public for key in keys.root]
    assert (body["roots"]["threshold"], body["roots"]["next_threshold"]) == (2, 2)
    assert [one["person"] for one in body["persons"]] == list(keys.registrars)
    assert [one["role"] for one in body["machines"]] == list(MACHINES)
    entry = read(submission, whole=True).entry
    assert isinstance(entry, PartyFounded)


def test_nothing_secret_of_the_coming_root_set_is_in_the_first_entry():
    keys = drawn()
    payload = dsse.decode(founding(keys, ORIGIN, PRIVATE, "2026-11-24T08:00:00Z").envelope).payload
    assert not any(key.public.encode() in payload for key in keys.coming)
    assert len(json.loads(payload)["body"]["roots"]["next"]) == len(keys.coming)


def test_checkpoint_and_cosigning_keys_commit_to_those_that_follow():
    keys = drawn()
    payload = dsse.decode(founding(keys, ORIGIN, PRIVATE, "2026-11-24T08:00:00Z").envelope).payload
    machines = {one["role"]: one for one in json.loads(payload)["body"]["machines"]}
    assert {role for role, one in machines.items() if "next" in one} == set(keys.prepared)
    for role, key in keys.prepared.items():
        assert machines[role]["next"] == commitment(key.private.suite, key.private.public)
        assert (key.role, key.name) == (role, keys.machines[role].name)
        assert key.public.encode() not in payload
