"""Every act on people, by role, state and signers, against a table written by hand (K1 to K13)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import PARTIES, Party, Position, peer_of
from special_channel.core.replay.replay import Replay, UnjudgedEntry
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import part_refs, sign
from tests.sides import public_text
from tests.world import World

TABLE: Final = Path(__file__).with_name("acts_by_hand.txt").read_text(encoding="utf-8")
COLUMNS: Final = ("alone", "second", "two keys", "root")
CODES: Final = {
    "yes": "",
    "missing": "persons-missing",
    "unknown": "person-unseasoned",
    "ended": "grant-ended",
    "role": "role",
}
ROLES: Final = ("desk", "head", "director", "registrar", "oversight")
DESKS: Final = {"registrar": "registry", "oversight": "audit"}
HOLDERS: Final = {"desk": "clerk"}
"""For whom a stand-in of a role acts, where the name is not the role's."""


def cells() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the table: state, kind, role, column, code."""
    sections = re.findall(r"^\[([a-z-]+)\](.*?)(?=^\[|\Z)", TABLE, re.MULTILINE | re.DOTALL)
    kinds: dict[str, None] = {}
    for state, text in sections:
        lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
        if len(lines) == 1:
            rows = [(kind, role, lines[0] * 4) for kind in kinds for role in ROLES]
        else:
            kinds |= dict.fromkeys(line[0] for line in lines)
            rows = [(kind, role, [CODES[word] for word in words]) for kind, role, *words in lines]
        for kind, role, codes in rows:
            for column, code in zip(COLUMNS, codes, strict=True):
                yield state, kind, role, column, code


def answered(world: World, party: Party) -> None:
    world.exchange()
    other = peer_of(party)
    world.append(other, world.payload(other, "peer.seen", by="node"))
    world.exchange()


def begin(world: World, party: Party, role: str, state: str) -> None:
    """Bring in the actor, with two keys, in a role and state."""
    side = world.sides[party]
    keys = [side.make_key(name).key for name in ("actor", "actor's other key")]
    desk = DESKS.get(role, "licensing")
    if state == "before-enrolment":
        return
    stands_in = state == "stand-in"
    first: dict[str, Any] = {"desk": "customs"} if stands_in else {"role": role, "desk": desk}
    world.append(party, world.granting(party, "actor", **first))
    for name in ("actor", "actor's other key"):
        world.append(party, world.enrolment(party, "actor", name))
    if stands_in:
        absent = side.person(HOLDERS.get(role, role))
        lent: dict[str, Any] = {
            "for": absent,
            "until": "2026-12-24T00:00:00Z",
            "grant": 2,
            "keys": keys,
        }
        world.append(party, world.granting(party, "actor", role=role, desk=desk, **lent))
    if state != "unseasoned":
        answered(world, party)
    person = {"person": side.person("actor")}
    ended = person | {"grant": 1, "reason": "moved"}
    stops = {
        "suspended": world.suspension(party, "actor", "second-registrar"),
        "revoked": world.revocation(party, "actor", "registrar"),
        "left": world.payload(party, "person.left", by="registrar", body=person),
        "ended": world.payload(party, "role.ended", by="registrar", body=ended),
    }
    if state in stops:
        world.append(party, stops[state])


@cache
def scene(party: Party, role: str, state: str) -> tuple[World, Any]:
    """Return a world with the actor, and a suspension of a colleague that may be lifted."""
    world = World.founded()
    stop = world.append(party, world.suspension(party, "other-desk", "director"))
    for name in ("new", "new link"):
        world.sides[party].make_key(name)
    begin(world, party, role, state)
    world.exchange()
    return world, stop


def act(world: World, party: Party, kind: str, stop: Any, by: str) -> tuple[Any, list[bytes]]:
    """Return the payload of an act on people, and its parts."""
    side = world.sides[party]
    about: dict[str, Any] = {"person": side.person("desk")}
    key = {"key": side.keys["desk"].key, "reason": "stated-at-home"}
    link = {"suite": "ed25519", "public": public_text(side.keys["new link"])}
    if kind == "role.granted":
        return world.granting(party, "newcomer", by), []
    if kind == "key.enrolled":
        return world.enrolment(party, "desk", "new"), []
    if kind == "key.restored":
        return world.restoration(party, stop, by), []
    if kind == "charter.adopted":
        payload, parts = world.adoption(party, world.charter(number=2))
        return payload | {"by": side.keys[by].key}, parts
    bodies = {
        "role.ended": about | {"grant": 1, "reason": "moved"},
        "person.left": about,
        "machine.enrolled": link | {"role": "link", "reason": "routine"},
        "key.suspended": key,
        "key.revoked": key,
    }
    return world.payload(party, kind, by=by, body=bodies[kind]), []


def verdict(replay: Replay, unjudged: UnjudgedEntry) -> str:
    """Judge an entry at one side, and leave the side as it was."""
    trial = copy(replay)
    trial.rows = dict(replay.rows)
    trial._placed = dict(replay._placed)
    trial._frontiers = trial._placed
    trial._charters = dict(replay._charters)
    refusal = trial.place(unjudged)
    return refusal.code if refusal else ""


def judged(world: World, party: Party, payload: Any, parts: Sequence[bytes], also: Any) -> set[str]:
    """Return the verdicts of the author's node and of the other side."""
    side = world.sides[party]
    author = next(one for one in side.keys.values() if one.key == payload["by"])
    signers = [author, *(side.keys[name] for name in also if side.keys[name] is not author)]
    stated = payload | ({"parts": part_refs(parts)} if parts else {})
    incoming = read(sign(stated, signers, parts), whole=True)
    entry: Any = incoming.entry
    unjudged = UnjudgedEntry(
        Position(party, side.own.size),
        side.mirror.size,
        world.clock.now,
        incoming.envelope,
        entry,
        incoming.data,
    )
    return {verdict(each.replay, unjudged) for each in world.sides.values()}


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("role", ROLES)
def test_every_act_is_judged_as_the_table_says(role, party):
    wrong: list[str] = []
    compared = 0
    for state, kind, of_role, column, code in cells():
        if of_role != role:
            continue
        world, stop = scene(party, role, state)
        by = "root" if column == "root" else "actor"
        payload, parts = act(world, party, kind, stop, by)
        if state == "stand-in" and column != "root" and kind != "key.enrolled":
            payload["as"] = 2
        also = {
            "alone": ["actor"],
            "second": ["actor", "second-registrar"],
            "two keys": ["actor", "actor's other key"],
            "root": ["root", "root-2", "actor"],
        }[column]
        found = judged(world, party, payload, parts, also)
        compared += 1
        if found != {code}:
            wrong.append(f"{state} {kind} {column}: {sorted(found)} instead of {code or 'valid'}")
    scene.cache_clear()
    assert wrong == []
    assert compared == 9 * 8 * 4


def test_the_table_has_at_least_2000_combinations():
    assert len(PARTIES) * len(list(cells())) == 2880
