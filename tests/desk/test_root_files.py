"""The root's offline files: what is signed is what is shown, and only asked parts count."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.rows.directory import commitment
from special_channel.core.rules.signing_keys import SigningKey
from special_channel.desk import root_files, root_words
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.root_files import CommitmentsFile
from special_channel.desk.root_payloads import requested
from special_channel.messages.catalogue import LANGS, catalogue
from tests.sides import NEXT_PARTS, REGISTRARS, ROOT_PARTS
from tests.world import World

AT = "2026-11-28T11:00:00Z"
PARTS = root_files.make_set("eu", [bytes([n]) * 32 for n in range(1, 6)], 3)


def granting(**body):
    stated = {
        "person": "7c" * 16, "grant": 1, "role": "registrar", "desk": "registry",
        "unit": "Registry", **body,
    }  # fmt: skip
    return {
        "v": 1, "log": "eu.channel.example/log", "kind": "role.granted",
        "by": PARTS.parts[0].key, "at": AT, "seen": [], "body": stated,
    }  # fmt: skip


def request(payload=None, parts=PARTS.parts, threshold=3):
    keys = {part.key: SigningKey("ed25519", part.private.public) for part in parts}
    return requested(payload or granting(), "eu", keys, threshold)


def signed(made, *parts):
    return [root_files.sign_request(made, part) for part in parts]


def code_of(act) -> str:
    with pytest.raises(ChannelError) as refused:
        act()
    return refused.value.code


# Sets ------------------------------------------------------------------------------------


def test_set_and_commitments_are_those_that_a_log_states():
    side = World.founded().sides["eu"]
    keys = [side.keys[name].private.suite for name in ROOT_PARTS]
    assert set(keys) == {"ed25519"}
    stated = side.roots(ROOT_PARTS, NEXT_PARTS)
    document = {"v": 1, "party": "eu", "keys": stated["keys"], "threshold": stated["threshold"]}
    made = root_files.parse_set(json.dumps(document).encode())
    assert made.pin() == side.pin
    following = CommitmentsFile(
        v=1, party="eu", next=tuple(stated["next"]), next_threshold=stated["next_threshold"]
    )
    assert made.followed_by(following).model_dump(mode="json") == stated


def test_made_set_has_its_parts_in_order_and_its_commitments():
    keys = [part.key for part in PARTS.parts]
    assert keys == sorted(keys)
    assert PARTS.public.commitments == sorted(
        commitment("ed25519", part.private.public) for part in PARTS.parts
    )
    assert PARTS.stem == f"eu-root-{PARTS.public.pin()[:8]}"
    again = root_files.parse_set(root_files.encoded(PARTS.public.model_dump(mode="json")))
    assert again == PARTS.public
    assert code_of(lambda: root_files.make_set("eu", [bytes(32)], 2)) == "root-threshold-large"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (lambda keys: keys[::-1], "root-file-malformed"),
        (lambda keys: [keys[0], *keys], "root-file-malformed"),
        (lambda keys: keys[:2], "root-file-malformed"),
        (lambda keys: [{"suite": "ed25519", "public": "AAAA"}, *keys], "key-malformed"),
        (lambda _: [], "root-file-malformed"),
    ],
    ids=["order", "twice", "threshold", "no key", "none"],
)
def test_set_out_of_form_is_refused(changed, code):
    document = PARTS.public.model_dump(mode="json")
    document["keys"] = changed(document["keys"])
    assert code_of(lambda: root_files.parse_set(json.dumps(document).encode())) == code


def test_set_followed_by_too_few_commitments_is_refused():
    following = replace_next(CommitmentsFile.of(PARTS.public))
    with pytest.raises(ChannelError) as refused:
        PARTS.public.followed_by(following)
    assert (refused.value.code, refused.value.facts) == (
        "root-file-malformed", {"field": "threshold"},
    )  # fmt: skip


def replace_next(following):
    return following.model_copy(update={"next": following.next[:2]})


# Requests --------------------------------------------------------------------------------


def test_request_is_read_as_it_was_written():
    made = request()
    assert root_files.parse_request(made.encode()) == made
    assert (len(made.words[0]), made.entry.kind) == (11, "role.granted")


@pytest.mark.parametrize(
    "change",
    [
        {"party": "cn"}, {"v": 2}, {"payload": "AAA"}, {"more": 1}, {"threshold": 10},
        {"parts": [{"key": "eu:" + "0" * 32, "suite": "ed25519", "public": PARTS.parts[0].public}]},
    ],
    ids=str,
)  # fmt: skip
def test_request_out_of_form_is_refused(change):
    document = json.loads(request().encode()) | change
    data = json.dumps(document).encode()
    assert code_of(lambda: root_files.parse_request(data)) in {
        "root-file-malformed", "entry-malformed",
    }  # fmt: skip


def test_request_larger_than_a_file_may_be_is_refused():
    assert code_of(lambda: root_files.parse_request(b" " * 300_000)) == "root-file-malformed"


def test_words_show_every_field_in_both_languages():
    made = request(granting(**{"until": "2027-01-01T00:00:00Z", "for": "ab" * 16}))
    for lang, words in zip(LANGS, made.words, strict=True):
        text = "\n".join(words)
        for value in ("7c" * 16, "registry", "2027-01-01T00:00:00Z", "ab" * 16, AT):
            assert value in text
        assert catalogue(lang).label("role", "registrar") in text
        assert made.unsigned.id[:8] in words[-1]
        assert made.unsigned.id[-8:] in words[-1]
        assert not [line for line in words if "field-" in line]
    assert made.words[0] != made.words[1]


def test_field_without_words_is_shown_as_it_is():
    payload = granting()
    payload["body"]["unheard"] = {"of": [1, {"x": "y"}]}
    made = replace(request(), payload=canonical.dumps(payload))
    assert "field-of: 1" in "\n".join(root_words.lines(made, catalogue("en")))


def test_keys_of_a_founding_are_shown_by_their_ids():
    world = World.founded()
    envelope = dsse.decode(world.sides["eu"].own.entries[0].submission.envelope)
    payload: Any = canonical.loads(envelope.payload)
    made = requested(payload, "eu", {}, 0)
    text = "\n".join(made.words[0])
    for name in (*ROOT_PARTS, "registrar", "node", "checkpoint"):
        assert world.sides["eu"].keys[name].key in text
    assert "Root in force" not in text


# Signatures ------------------------------------------------------------------------------


def test_combined_act_bears_the_author_first():
    made = request()
    parts = PARTS.parts[2], PARTS.parts[0], PARTS.parts[4]
    envelope = root_files.combine(made, signed(made, *parts))
    keys = [each.keyid for each in envelope.signatures]
    assert keys[0] == PARTS.parts[0].key
    assert sorted(keys) == sorted(part.key for part in parts)
    assert root_files.entry_of(envelope.encode()) == (envelope, made.entry)
    more = root_files.combine(made, [envelope.encode(), *signed(made, PARTS.parts[1])])
    assert len(more.signatures) == 4


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((0, 1), "root-threshold"),
        ((0, 0, 0), "root-threshold"),
        ((1, 2, 3), "root-signer-missing"),
        ((), "root-threshold"),
    ],
)
def test_act_without_its_signatures_is_not_combined(parts, code):
    made = request()
    files = signed(made, *(PARTS.parts[number] for number in parts))
    assert code_of(lambda: root_files.combine(made, files)) == code


def test_other_keys_and_other_acts_do_not_count():
    made, other = request(), request(granting(grant=2))
    stranger = KeyFile.make("eu", "root", b"\x09" * 32)
    assert code_of(lambda: root_files.sign_request(made, stranger)) == "root-part-unasked"
    foreign = made.unsigned.with_signature(
        dsse.Signature(stranger.key, stranger.private.sign(made.unsigned.pae))
    )
    assert code_of(lambda: root_files.combine(made, [foreign.encode()])) == "root-part-unasked"
    files = signed(other, *PARTS.parts[:3])
    assert code_of(lambda: root_files.combine(made, files)) == "root-signature-other"
    forged = made.unsigned.with_signature(dsse.Signature(PARTS.parts[0].key, bytes(64)))
    assert code_of(lambda: root_files.combine(made, [forged.encode()])) == "signature-bad"


def test_new_key_signs_its_enrolment_next_to_the_parts():
    new = KeyFile.make("eu", "registrar", b"\x0a" * 32)
    payload = granting() | {"kind": "key.enrolled", "by": new.key}
    payload["body"] = {"person": "7c" * 16, "suite": "ed25519", "public": new.public}
    made = request(payload)
    parts = signed(made, *PARTS.parts[:3])
    assert code_of(lambda: root_files.combine(made, parts)) == "root-signer-missing"
    envelope = root_files.combine(made, [*parts, *signed(made, new)])
    assert envelope.signatures[0].keyid == new.key


def test_rotation_is_signed_by_the_parts_that_it_brings():
    coming = root_files.make_set("eu", [bytes([n]) * 32 for n in (11, 12)], 2)
    third = CommitmentsFile.of(root_files.make_set("eu", [bytes([13]) * 32], 1).public)
    body = coming.public.followed_by(third).model_dump(mode="json") | {"number": 2}
    payload = granting() | {"kind": "roots.rotated", "ref": "a" * 64, "by": coming.parts[0].key}
    made = request(payload | {"body": body})
    old = signed(made, *PARTS.parts[:3])
    assert code_of(lambda: root_files.combine(made, old)) == "root-threshold"
    assert made.missing([coming.parts[0].key]) == (1, False)
    recovery = root_files.combine(made, signed(made, *coming.parts))
    planned = root_files.combine(made, [*old, *signed(made, *coming.parts)])
    assert (len(recovery.signatures), len(planned.signatures)) == (2, 5)


def test_founding_is_signed_by_its_persons_too():
    world = World.founded()
    side = world.sides["eu"]
    envelope = dsse.decode(side.own.entries[0].submission.envelope)
    payload: Any = canonical.loads(envelope.payload)
    made = requested(payload, "eu", {}, 0)
    signers = [signature.keyid for signature in envelope.signatures]
    persons = [side.keys[name].key for name in REGISTRARS]
    assert made.missing(signers) == (0, False)
    assert made.missing([key for key in signers if key not in persons]) == (0, True)


# What a file is --------------------------------------------------------------------------


def test_each_file_of_a_ceremony_is_known(tmp_path):
    made = request()
    part = tmp_path / "part.json"
    PARTS.parts[0].write(part)
    files = {
        "key": part.read_bytes(),
        "set": root_files.encoded(PARTS.public.model_dump(mode="json")),
        "commitments": root_files.encoded(CommitmentsFile.of(PARTS.public).model_dump(mode="json")),
        "request": made.encode(),
        "signed": signed(made, PARTS.parts[0])[0],
    }
    assert {kind: root_files.kind_of(part, data) for kind, data in files.items()} == {
        kind: kind for kind in files
    }
    following = root_files.parse_commitments(files["commitments"])
    assert list(following.next) == PARTS.public.commitments
    for data in (b"", b"[]", b"{}", b"[" * 100_000, b64encode(b"key")):
        assert code_of(lambda data=data: root_files.kind_of(part, data)) == "root-file-malformed"
    assert code_of(lambda: root_files.entry_of(b"{}")) == "root-file-malformed"
