"""The judge on foundings: who signs, which keys and persons, on either side."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.suites import PrivateKey, key_id
from special_channel.core.entries import RootSet
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow, root_pin
from special_channel.core.rows.writing import Signer
from special_channel.core.rules.state import person_key
from tests.core.judging import accepted, refusal
from tests.sides import REGISTRARS, public_text
from tests.world import World

ALSO = ("root-2", *REGISTRARS)
"""Who signs a founding next to the first part of the root."""

IDENTITY = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
"""The point of order 1: a signature of that key would verify for somebody."""

Bodies = list[dict[str, Any]]


def body_of(world: World, party: Party) -> dict[str, Any]:
    body = world.founding(party)["body"]
    assert isinstance(body, dict)
    return body


def pinned(world: World, party: Party, roots: dict[str, Any]) -> dict[str, Any]:
    """Pin a changed root set, so that the founding is refused for the change alone."""
    parsed = RootSet.model_validate_json(canonical.dumps(roots))
    world.pins[party] = replace(world.pins[party], root=root_pin(parsed))
    return world.founding(party, roots=roots)


def test_a_party_is_founded_by_the_root_and_all_persons(party):
    world = World()
    accepted(world, party, world.founding(party), also=ALSO)
    rows = world.sides[peer_of(party)].replay.rows
    row = rows["party", party]
    assert isinstance(row, PartyRow)
    assert (row.pin, row.persons, row.roots[0].threshold) == (world.sides[party].pin, 2, 2)
    for number, name in enumerate(REGISTRARS, 1):
        person = rows[person_key(party, world.sides[party].person(name))]
        key = rows["key", world.sides[party].keys[name].key]
        assert isinstance(person, PersonRow)
        assert isinstance(key, KeyRow)
        assert (person.number, key.number, key.role, key.rooted) == (number, number, "registrar", 1)


def test_further_parts_of_the_root_may_sign_a_founding(party):
    world = World()
    accepted(world, party, world.founding(party), also=[*ALSO, "root-3"])


def test_a_founding_may_name_leaders_too(party):
    world = World()
    persons = body_of(world, party)["persons"]
    head = {"person": world.sides[party].person("head"), "role": "head", "desk": "licensing"}
    key = {"suite": "ed25519", "public": public_text(world.sides[party].keys["head"])}
    founding = world.founding(party, persons=[*persons, persons[0] | head | key])
    assert refusal(world, party, founding, also=ALSO) == "signature-missing"
    world = World()
    accepted(world, party, founding, also=[*ALSO, "head"])


@pytest.mark.parametrize(
    ("by", "also", "code"),
    [
        ("root", REGISTRARS, "root-threshold"),
        ("root", ("root-2", "registrar"), "signature-missing"),
        ("root", ("root-2", "second-registrar"), "signature-missing"),
        ("root", (*ALSO, "node"), "key-unknown"),
        ("root", (*ALSO, "desk"), "key-unknown"),
        ("root", (*ALSO, "next"), "key-unknown"),
        ("registrar", ("root", "root-2", "second-registrar"), "root-threshold"),
        ("node", ("root", "root-2", *REGISTRARS), "key-unknown"),
    ],
)
def test_a_founding_is_signed_by_those_it_names(by, also, code, party):
    world = World()
    payload = world.founding(party) | {"by": world.sides[party].keys[by].key}
    assert refusal(world, party, payload, also=also) == code


def test_a_party_is_founded_once_at_the_beginning(world, party):
    again = world.founding(party, private=f"{party}.channel.example/other")
    assert refusal(world, party, again, also=ALSO) == "founding-place"
    fresh = World()
    other = fresh.founding(party) | {"body": body_of(fresh, party) | {"party": peer_of(party)}}
    assert refusal(fresh, party, other, also=ALSO) == "founding-place"


def test_nothing_comes_before_the_founding(party):
    world = World()
    assert refusal(world, party, world.granting(party, "desk")) == "key-unknown"
    world = World()
    assert refusal(world, party, world.enrolment(party, "desk"), also=()) == "persons-missing"


@pytest.mark.parametrize(
    "change",
    [
        lambda side: side.roots() | {"threshold": 1},
        lambda side: side.roots() | {"threshold": 3},
        lambda side: side.roots(("root", "root-2")),
        lambda side: side.roots() | {"keys": side.roots()["keys"][::-1]},
    ],
    ids=range(4),
)
def test_another_root_set_than_the_pinned_one_founds_nothing(change, party):
    world = World()
    founding = world.founding(party, roots=change(world.sides[party]))
    assert refusal(world, party, founding, also=ALSO) == "root-untrusted"


def test_the_pin_leaves_the_next_parts_open(party):
    """Readers pin who signs now; the entry itself commits to who follows."""
    world = World()
    roots = world.sides[party].roots(after=("next-2", "next-3"))
    accepted(world, party, world.founding(party, roots=roots), also=ALSO)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda keys: keys[::-1], "entry-malformed", id="order"),
        pytest.param(lambda keys: [keys[0], *keys], "entry-malformed", id="part twice"),
        pytest.param(lambda keys: [*keys, keys[0] | {"public": "AAA"}], "key-malformed", id="text"),
    ],
)
def test_root_parts_are_keys_in_order(change, code, party):
    world = World()
    roots = world.sides[party].roots()
    payload = pinned(world, party, roots | {"keys": change(roots["keys"])})
    assert refusal(world, party, payload, also=ALSO) == code


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"public": "AAAA"}, "key-malformed"),
        ({"public": IDENTITY}, "key-weak"),
        ({"suite": "ml-dsa-44"}, "suite-unsupported"),
    ],
)
def test_a_root_part_that_is_no_key_is_refused(wrong, code, party):
    world = World()
    roots = world.sides[party].roots(("root", "root-2"))
    parts = [*roots["keys"], {"suite": "ed25519", "public": IDENTITY} | wrong]
    parts.sort(key=lambda part: key_id(party, part["suite"], b64decode(part["public"])))
    payload = pinned(world, party, roots | {"keys": parts})
    assert refusal(world, party, payload, also=ALSO) == code


@pytest.mark.parametrize(
    "changed",
    [
        {"threshold": 4},
        {"threshold": 0},
        {"next_threshold": 4},
        {"keys": []},
        {"next": []},
        {"next": ["b" * 64, "a" * 64]},
        {"next": ["a" * 64, "a" * 64]},
    ],
)
def test_a_root_set_can_be_reached_and_is_in_order(changed, party):
    world = World()
    founding = world.founding(party, roots=world.sides[party].roots() | changed)
    assert refusal(world, party, founding, also=ALSO) == "entry-malformed"


def _second(changed: dict[str, Any]) -> Callable[[Bodies], Bodies]:
    return lambda persons: [persons[0], persons[1] | changed]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda persons: persons[:1], "entry-malformed", id="one person"),
        pytest.param(lambda persons: persons[:1] * 7, "entry-malformed", id="seven persons"),
        pytest.param(_second({"role": "head"}), "entry-malformed", id="one registrar"),
        pytest.param(_second({"role": "node"}), "entry-malformed", id="a machine"),
        pytest.param(_second({"person": "AB"}), "entry-malformed", id="no pseudonym"),
        pytest.param(_second({"rp": "eu.example"}), "entry-malformed", id="host of no use"),
        pytest.param(
            lambda persons: [persons[0], persons[1] | {"person": persons[0]["person"]}],
            "entry-malformed",
            id="person twice",
        ),
        pytest.param(
            lambda persons: [
                persons[0],
                persons[1],
                persons[1] | {"person": "f" * 32},
            ],
            "key-known",
            id="key twice",
        ),
    ],
)
def test_founded_persons_are_two_registrars_or_more(change, code, party):
    world = World()
    persons = change(body_of(world, party)["persons"])
    assert refusal(world, party, world.founding(party, persons=persons), also=ALSO) == code


@pytest.mark.parametrize("name", ["root-3", "node", "checkpoint"])
def test_a_founded_person_has_a_key_of_nobody_else(name, party):
    world = World()
    persons = body_of(world, party)["persons"]
    other = persons[1] | {"public": public_text(world.sides[party].keys[name])}
    founding = world.founding(party, persons=[persons[0], other])
    assert refusal(world, party, founding, also=["root-2", "registrar", name]) == "key-known"


def _each(role: str, changed: dict[str, Any]) -> Callable[[Bodies], Bodies]:
    return lambda machines: [
        {key: value for key, value in (one | changed).items() if value is not None}
        if one["role"] == role
        else one
        for one in machines
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda machines: machines[:3], "entry-malformed", id="three"),
        pytest.param(lambda machines: [*machines, machines[0]], "entry-malformed", id="five"),
        pytest.param(_each("link", {"role": "node"}), "entry-malformed", id="role twice"),
        pytest.param(_each("link", {"role": "service"}), "entry-malformed", id="service"),
        pytest.param(_each("checkpoint", {"name": None}), "entry-malformed", id="no name"),
        pytest.param(_each("cosigning", {"name": None}), "entry-malformed", id="no name either"),
        pytest.param(_each("node", {"public": "AAAA"}), "key-malformed", id="no key"),
        pytest.param(_each("node", {"public": "AAA"}), "key-malformed", id="no base64"),
        pytest.param(_each("node", {"public": IDENTITY}), "key-weak", id="weak"),
        pytest.param(_each("node", {"suite": "ml-dsa-44"}), "suite-unsupported", id="suite"),
        pytest.param(_each("node", {"next": "A"}), "entry-malformed", id="no commitment"),
    ],
)
def test_founded_machines_are_one_a_role_and_usable(change, code, party):
    world = World()
    machines = change(body_of(world, party)["machines"])
    assert refusal(world, party, world.founding(party, machines=machines), also=ALSO) == code


@pytest.mark.parametrize("role", ["checkpoint", "cosigning"])
def test_checkpoints_are_signed_by_ed25519_alone(role, party):
    world = World()
    es256 = Signer("", PrivateKey.from_seed("es256", sha256(b"es256").digest()))
    other = {"suite": "es256", "public": public_text(es256)}
    machines = _each(role, other)(body_of(world, party)["machines"])
    founding = world.founding(party, machines=machines)
    assert refusal(world, party, founding, also=ALSO) == "entry-malformed"


def test_a_machine_may_commit_to_its_next_key(party):
    world = World()
    machines = _each("checkpoint", {"next": "a" * 64})(body_of(world, party)["machines"])
    accepted(world, party, world.founding(party, machines=machines), also=ALSO)
