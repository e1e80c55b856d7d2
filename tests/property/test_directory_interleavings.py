"""Rules K1 and 6: acts on persons and keys give one verdict and one state in any causal order."""

from __future__ import annotations

import random
from collections.abc import Callable
from os import environ
from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.bytes.ids import PARTIES, KeyId, Party, Position
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.submission import read
from special_channel.core.rules.doubt import doubtful_from
from special_channel.core.rules.state import Rows
from tests.bundles import evidence_of, trust_of
from tests.core.test_judge_roots import rotation
from tests.property.test_fold_interleavings import replayed, shuffled
from tests.sides import OFFICIALS, public_text
from tests.world import FOUNDED, World

ORDERS = int(environ.get("SPECIAL_CHANNEL_INTERLEAVINGS", "200")) // 4
"""Orders of each of four worlds; `./check --long` asks for 1,000 in all."""

SHARED = ("a" * 32, "b" * 32)
"""Pseudonyms that both sides use."""

NAMES = (*OFFICIALS, "registrar", "second-registrar")
SIGNERS = (*NAMES, "node", "root")
Draw = random.Random
Act = Callable[[World, Party, Draw], dict[str, Any]]


def _who(world: World, party: Party, draw: Draw) -> str:
    return draw.choice([*SHARED, *(world.sides[party].person(name) for name in NAMES)])


def _target(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    if draw.random() < 0.3:
        return {"person": _who(world, party, draw)}
    return {"key": world.sides[party].keys[draw.choice([*NAMES, "link"])].key}


def _reason(draw: Draw, other: str) -> dict[str, str]:
    return {"reason": "stated-at-home" if draw.random() < 0.9 else other}


def grant(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    role = draw.choice(["desk", "head", "registrar", "oversight"])
    person, number = _who(world, party, draw), draw.choice([1, 1, 2, 3])
    return world.granting(party, "desk", person=person, grant=number, role=role)


def stand_in(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    """Grant a stand-in's function, which the other side knows later or never."""
    absent = {"for": world.sides[party].person(draw.choice(["head", "director", "registrar"]))}
    stated: dict[str, Any] = absent | {"grant": 2, "until": "2026-12-24T00:00:00Z"}
    role, name = draw.choice(["head", "registrar"]), draw.choice(["desk", "clerk", "head"])
    desk = "registry" if role == "registrar" else "licensing"
    key = world.sides[party].keys[name].key
    return world.granting(party, name, role=role, desk=desk, keys=[key], **stated)


def machine(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    key = world.sides[party].make_key(f"link {draw.randrange(5)}")
    link = {"role": "link", "suite": "ed25519", "public": public_text(key), "reason": "routine"}
    return world.payload(party, "machine.enrolled", body=link)


def rotate(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    """Put the next parts of the root in the place of the founded ones, or try it again."""
    since: dict[str, Any] = {"since": draw.randrange(30)} if draw.random() < 0.3 else {}
    return rotation(world, party, **since)


def answer(world: World, party: Party, _: Draw) -> dict[str, Any]:
    """State how far this side knows the other: from then on its newcomers count (K3)."""
    return world.payload(party, "peer.seen", by="node")


def end(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    body = {"person": _who(world, party, draw), "grant": draw.choice([1, 2]), "reason": "ended"}
    return world.payload(party, "role.ended", body=body)


def leave(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    return world.payload(party, "person.left", body={"person": _who(world, party, draw)})


def enrol(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    key = f"key {draw.randrange(20)}"
    world.sides[party].make_key(key)
    return world.enrolment(party, "desk", key, person=_who(world, party, draw))


def suspend(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    body = _target(world, party, draw) | _reason(draw, "lost")
    if draw.random() < 0.3:
        body["since"] = draw.randrange(30)
    return world.payload(party, "key.suspended", body=body)


def restore(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    stops = [
        entry for entry in world.sides[party].own.entries if entry.leaf.kind == "key.suspended"
    ]
    if not stops:
        return suspend(world, party, draw)
    return world.restoration(party, draw.choice(stops[-4:]), **_reason(draw, "found"))


def revoke(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    body: dict[str, Any] = {"key": world.sides[party].keys[draw.choice(NAMES)].key}
    if draw.random() < 0.5:
        body["since"] = draw.randrange(30)
    return world.payload(party, "key.revoked", body=body | _reason(draw, "stolen"))


def review(world: World, party: Party, draw: Draw) -> dict[str, Any]:
    """State a word on entries of any kind, more often on one whose author's key is in doubt."""
    known = [entry for copy in world.sides[party].copies.values() for entry in copy.entries]
    rows = world.sides[party].replay.rows
    disputed = [
        entry
        for entry in world.sides[party].own.entries
        if isinstance(row := rows.get(("key", entry.payload["by"])), KeyRow)
        and (start := doubtful_from(row)) is not None
        and entry.position.index >= start
    ]
    of_doubt = disputed and draw.random() < 0.8
    drawn = [draw.choice(disputed[-4:])] if of_doubt else draw.sample(known, 3)
    ids = [entry.id for entry in drawn]
    body = {"word": draw.choice(["confirmed", "disowned"]), "entries": ids}
    return world.payload(party, "entry.reviewed", body=body)


ACTS: tuple[Act, ...] = (
    *(grant, grant, stand_in, end, leave, enrol, enrol, machine),
    *(suspend, suspend, restore, revoke, review, review, answer, rotate),
)
AS_DRAWN = {"key.enrolled", "peer.seen", "roots.rotated"}
"""Kinds whose author is no person."""


def written(seed: int) -> World:
    """Both sides act on persons and keys at random; what the judge refuses is in the logs too."""
    draw = Draw(seed)
    world = World.founded()
    for party in PARTIES:
        opened = world.open_thread(party)  # something to review
        world.append(party, world.suspension(party, "desk", "clerk", since=opened.position.index))
    for _ in range(80):
        party = draw.choice(PARTIES)
        payload = draw.choice(ACTS)(world, party, draw)
        side = world.sides[party]
        if payload["kind"] not in AS_DRAWN and draw.random() < 0.9:
            by = draw.choice(["head", "registrar", "second-registrar", "director"])
            payload["by"] = side.keys[by if draw.random() < 0.8 else draw.choice(SIGNERS)].key
        author = next(name for name, signer in side.keys.items() if signer.key == payload["by"])
        pool = ["registrar", "second-registrar", "head", "desk", "clerk", "root-2"]
        also: list[str] | None = [
            name for name in draw.sample(pool, draw.choice([0, 1, 1, 2])) if name != author
        ]
        if payload["kind"] == "roots.rotated":
            also = draw.choice([[], ["next-2"], ["next-2", "root", "root-2"]])
        elif payload["kind"] == "entry.reviewed" and author != "head":
            also = ["head"]
        elif payload["kind"] != "peer.seen" and draw.random() < 0.4:
            also = None  # as many registrars as the act needs
        world.append(party, payload, also=also, honest=False)
        if draw.random() < 0.2:
            world.deliver(draw.choice(PARTIES))
    world.exchange()
    return world


def without_entries(rows: Rows) -> Rows:
    """Leave out the rows of entries: a verifier keeps those that rules look up."""
    return {key: row for key, row in rows.items() if key[0] != "entry"}


def test_every_kind_of_the_directory_is_among_the_acts():
    """Valid at least once; charters have interleavings of their own."""
    valid = {
        entry.leaf.kind
        for world in map(written, range(4))
        for side in world.sides.values()
        for entry in side.own.entries[FOUNDED:]
        if not side.verdicts[entry.position]
    }
    assert DIRECTORY_KINDS - valid == {"party.founded", "charter.adopted"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(4))
def test_acts_on_people_give_one_state_in_every_causal_order(seed):
    world = written(seed)
    assert world.eu.digest == world.cn.digest
    assert world.eu.verdicts == world.cn.verdicts
    found = set(world.eu.verdicts.values())
    assert {"", "persons-missing"} <= found, "valid acts, and refusals of many kinds"
    assert len(found) > 6
    verified = audit(evidence_of(world), trust_of(world)).rows
    assert without_entries(verified) == without_entries(world.eu.replay.rows)
    entries = {party: world.presented(party) for party in PARTIES}
    proven: dict[Position, frozenset[KeyId]] = {
        entry.position: frozenset(
            each.keyid for each in read(entry.submission, whole=False).envelope.signatures
        )
        for party in PARTIES
        for entry in world.sides[party].own.entries
        if world.eu.verdicts[entry.position] not in {"key-unknown", "signature-bad"}
    }
    draw = Draw(seed)
    for _ in range(ORDERS):
        digest, verdicts = replayed(world, shuffled(entries, draw), proven)
        assert digest == world.eu.digest
        assert verdicts == world.eu.verdicts
