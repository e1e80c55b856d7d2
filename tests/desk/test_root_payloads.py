"""Acts of the root: each is built of the options that it takes, and refuses all others."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any, Final

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import KeySuspended, parse
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow
from special_channel.core.rules.signing_keys import SigningKey
from special_channel.core.rules.state import person_key
from special_channel.desk import root_payloads
from special_channel.desk.root_files import CommitmentsFile, make_set
from special_channel.desk.root_payloads import ACTS, Given, Known
from tests.sides import ROOT_PARTS
from tests.world import World

AT = "2026-11-28T11:00:00Z"
WORLD = World.founded()
SIDE = WORLD.eu
DESK, NEW = SIDE.keys["desk"], SIDE.make_key("another")
PUBLIC = b64encode(NEW.private.public).decode()
PERSON = SIDE.person("desk")
PARTS = make_set("eu", [bytes([n]) * 32 for n in range(1, 6)], 3)
AFTER = make_set("eu", [bytes([n]) * 32 for n in range(11, 16)], 2)
STOP = WORLD.append("eu", WORLD.suspension("eu", "desk"))
GRANT: Final = "e" * 64


def known() -> Known:
    rows = SIDE.replay.rows
    party, key = rows["party", "eu"], rows["key", DESK.key]
    person = rows[person_key("eu", PERSON)]
    stop = parse(canonical.dumps(STOP.payload))
    assert isinstance(party, PartyRow)
    assert isinstance(key, KeyRow)
    assert isinstance(person, PersonRow)
    assert isinstance(stop, KeySuspended)
    signers = [SIDE.keys[name] for name in ROOT_PARTS]
    parts = {one.key: SigningKey(one.private.suite, one.private.public) for one in signers}
    return Known(party, parts, person, key, (STOP.id, stop), access=GRANT)


KNOWN = known()
FIRST = min(KNOWN.parts)

GIVEN: Final[dict[str, tuple[Given, dict[str, Any], str, str]]] = {
    "role.granted": (
        Given({"person": PERSON, "role": "head", "desk": "licensing", "unit": "Trade",
               "until": "2027-01-31T22:59:00Z"}, keys=[DESK.key]),
        {"person": PERSON, "grant": 2, "role": "head", "desk": "licensing", "unit": "Trade",
         "until": "2027-01-31T22:59:00Z", "keys": [DESK.key]},
        "", FIRST,
    ),
    "role.ended": (
        Given({"person": PERSON, "grant": "1", "reason": "moved"}),
        {"person": PERSON, "grant": 1, "reason": "moved"}, "", FIRST,
    ),
    "person.left": (
        Given({"person": PERSON}, since=12), {"person": PERSON, "since": 12}, "", FIRST,
    ),
    "key.enrolled": (
        Given({"person": PERSON, "suite": "ed25519", "public": PUBLIC}),
        {"person": PERSON, "suite": "ed25519", "public": PUBLIC}, "", NEW.key,
    ),
    "machine.enrolled": (
        Given({"role": "service", "suite": "ed25519", "public": PUBLIC, "owner": PERSON,
               "desk": "licensing", "reason": "routine"}, kinds=["batch.listed", "batch.listed"]),
        {"role": "service", "suite": "ed25519", "public": PUBLIC, "owner": PERSON,
         "desk": "licensing", "reason": "routine", "kinds": ["batch.listed"]},
        "", NEW.key,
    ),
    "key.restored": (
        Given({"entry": str(STOP.position), "reason": "stated-at-home"}),
        {"key": DESK.key, "reason": "stated-at-home"}, STOP.id, FIRST,
    ),
    "key.revoked": (
        Given({"key": DESK.key, "reason": "stated-at-home"}, since=11),
        {"key": DESK.key, "reason": "stated-at-home", "since": 11}, "", FIRST,
    ),
    "roots.rotated": (
        Given({}, since=0, roots=PARTS.public, following=CommitmentsFile.of(AFTER.public)),
        {"number": 2, "threshold": 3, "next_threshold": 2, "since": 0,
         "next": sorted(AFTER.public.commitments)},
        KNOWN.party.roots[-1].id, min(part.key for part in PARTS.parts),
    ),
    "log.restored": (Given({}, size=7), {"size": 7}, "", FIRST),
    "access.ended": (Given({"entry": "PRIVATE-9"}), {}, GRANT, FIRST),
    "access.granted": (
        Given({"person": PERSON, "until": "2027-01-31T22:59:00Z", "purpose": "Review",
               "order": "A 7"}),
        {"person": PERSON, "until": "2027-01-31T22:59:00Z", "purpose": "Review", "order": "A 7"},
        "", FIRST,
    ),
}  # fmt: skip


def made(kind: str, given: Given, facts: Known = KNOWN) -> dict[str, Any]:
    request = root_payloads.request(kind, given, facts, by="", at=AT)
    payload = canonical.loads(request.payload)
    assert isinstance(payload, dict)
    return payload


def refused(kind: str, given: Given, facts: Known = KNOWN) -> tuple[str, object]:
    with pytest.raises(ChannelError) as error:
        made(kind, given, facts)
    return error.value.code, error.value.facts.get("option")


def test_every_act_of_the_root_is_tried():
    assert GIVEN.keys() == set(ACTS)


@pytest.mark.parametrize("kind", ACTS)
def test_act_says_what_was_given(kind):
    given, body, ref, by = GIVEN[kind]
    payload = made(kind, given)
    assert {name: payload["body"].get(name) for name in body} == body
    assert (payload.get("ref", ""), payload["by"], payload["at"]) == (ref, by, AT)
    private = kind.startswith("access.")
    assert payload["log"] == (SIDE.private_origin if private else SIDE.origin)


OTHERS: Final = {
    "roots": Given({}, roots=PARTS.public),
    "following": Given({}, following=CommitmentsFile.of(AFTER.public)),
    "since": Given({}, since=0),
    "size": Given({}, size=0),
    "keys": Given({}, keys=[DESK.key]),
    "kinds": Given({}, kinds=["note.posted"]),
    "thread": Given({}, thread=["EU-12"]),
    "batch": Given({}, batch=["EU-13"]),
    "rp": Given({"rp": "channel.example"}),
}


@pytest.mark.parametrize("option", OTHERS)
def test_option_of_another_act_is_refused_by_its_name(option):
    assert refused("access.ended", OTHERS[option]) == ("root-field-unfit", f"--{option}")


@pytest.mark.parametrize(
    ("kind", "missing", "code"),
    [
        ("role.ended", {"person": None}, "person-unknown"),
        ("person.left", {"person": None}, "person-unknown"),
        ("key.enrolled", {"person": None}, "person-unknown"),
        ("machine.enrolled", {"person": None}, "person-unknown"),
        ("key.restored", {"stop": None}, "entry-unknown"),
        ("key.revoked", {"key": None}, "key-unknown"),
        ("access.ended", {"access": None}, "entry-unknown"),
    ],
)
def test_what_the_record_does_not_know_is_refused(kind, missing, code):
    assert refused(kind, GIVEN[kind][0], replace(KNOWN, **missing))[0] == code


@pytest.mark.parametrize("text", ["", "one", "1000", "-1"])
def test_grant_that_is_no_number_is_refused(text):
    given = Given({"person": PERSON, "grant": text, "reason": "moved"})
    code = "root-field-unfit" if text else "root-field-missing"
    assert refused("role.ended", given) == (code, "--grant")
