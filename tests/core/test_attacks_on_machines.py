"""Attacks 22 to 28 of the design on keys of machines: owner, mirror and verifier say the same.

The owner's node is hostile and stores what it likes; the mirror stores it too, without effect.
Notes and the link, which the judge does not see: `test_audit_machines.py`,
`tests/link/test_succession.py`, `test_own_key_forged.py`, `test_serve.py`, `test_signing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.times import posix
from special_channel.core.rows.directory import PartyRow
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import codes, report_of
from tests.core.test_audit_acts import found
from tests.core.test_judge_machines import asserted, machine
from tests.core.test_judge_succession import PERSONS, Committed, succession
from tests.world import Entry, World

DUE = "2026-11-24T10:00:00Z"


@pytest.fixture(params=["eu", "cn"])
def party(request: pytest.FixtureRequest) -> Party:
    named: Party = request.param
    return named


@dataclass
class Attacked:
    """A world whose one side stores what the judge refuses."""

    world: World
    party: Party
    codes: dict[str, str] = field(default_factory=dict)

    def attack(self, code: str, payload: Any, parts: Any = (), also: Any = ()) -> Entry:
        entry = self.world.append(self.party, payload, parts, also=also, honest=False)
        self.codes[str(entry.position)] = code
        return entry

    def agreed(self) -> None:
        """Check that owner, mirror and verifier give these codes, and no other entry one."""
        self.world.open_thread(peer_of(self.party))
        self.world.exchange()
        for side in self.world.sides.values():
            refused = {str(place): code for place, code in side.verdicts.items() if code}
            assert refused == self.codes
        whole = audit(evidence_of(self.world), trust_of(self.world))
        assert found(whole.report) == self.codes
        sides = (self.world.eu.replay.rows, self.world.cn.replay.rows, whole.rows)
        first, *others = (
            {key: row for key, row in rows.items() if key[0] != "entry"} for rows in sides
        )
        assert others == [first, first]

    def keys(self, role: str) -> int:
        row = self.world.sides[peer_of(self.party)].replay.rows["party", self.party]
        assert isinstance(row, PartyRow)
        return len(row.checkpoint if role == "checkpoint" else row.cosigning)


@pytest.mark.parametrize("role", ["checkpoint", "cosigning"])
def test_key_that_nobody_committed_to_takes_no_place(party, role):
    """Attack 22: two registrars name a key of their own choice."""
    world = Committed.founded()
    attacked = Attacked(world, party)
    payload = succession(world, party, role, "other")
    attacked.attack("successor-uncommitted", payload, also=PERSONS)
    attacked.agreed()
    assert attacked.keys(role) == 1


@pytest.mark.parametrize("role", ["checkpoint", "cosigning"])
def test_key_that_was_committed_to_once_takes_no_place_later(party, role):
    """Attack 22: the key of an older commitment, after another one followed by the root."""
    world = Committed.founded()
    attacked = Attacked(world, party)
    world.append(party, succession(world, party, role, "rooted", by="root"), also=["root-2"])
    attacked.attack("successor-uncommitted", succession(world, party, role), also=PERSONS)
    attacked.agreed()
    assert attacked.keys(role) == 2


def test_leaves_of_a_stolen_checkpoint_key_have_no_effect(party):
    """Attack 24: the thief has no person's key and no node's."""
    world = Committed.founded()
    attacked = Attacked(world, party)
    attacked.attack("role", world.payload(party, "peer.seen", by="checkpoint"))
    attacked.attack("role", succession(world, party, "checkpoint", by="checkpoint"))
    attacked.agreed()
    assert attacked.keys("checkpoint") == 1


def test_cosignature_in_an_entry_stays_valid_after_its_key_is_compromised():
    """Attack 26: a `deadline.passed` of before, by the key that its past trusts."""
    world = Committed.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    world.clock.seconds = posix(DUE)
    world.pass_due("eu", note, DUE)
    world.exchange()
    payload = succession(world, "cn", "cosigning", reason="compromised")
    world.append("cn", payload, also=PERSONS)
    world.open_thread("cn")
    world.exchange()
    world.open_thread("eu")
    world.exchange()
    assert not any(code for side in world.sides.values() for code in side.verdicts.values())
    report = report_of(world)
    assert codes(report) == []
    assert report.verdict == "authentic-and-complete"


def test_cosignature_of_a_compromised_key_proves_no_delivery_afterwards():
    """Attack 26: the same entry, written when its past calls the key compromised."""
    world = Committed.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    proof = world.eu.own.cosigned[world.eu.own.size]
    payload = succession(world, "cn", "cosigning", reason="compromised")
    world.append("cn", payload, also=PERSONS)
    world.exchange()
    world.clock.seconds = posix(DUE)
    attacked = Attacked(world, "eu")
    attacked.attack("deadline-delivered", world.passing("eu", note, DUE, delivered=proof))
    attacked.agreed()


def test_service_does_nothing_that_an_official_does(party):
    """Attack 28: posts a note, asks, clears, states a kind outside its list."""
    held = {"kind": "thread.closed", "roles": ["desk", "head"]}
    world = World.founded(release=[held])
    attacked = Attacked(world, party)
    thread = world.open_thread(party).leaf.thread
    world.append(party, machine(world, party, "service"), also=["registrar", "head"])
    fields = {"thread": thread, "lang": "en", "by": "new"}
    words = [world.text("A paragraph.")]
    attacked.attack("role", world.payload(party, "note.posted", **fields), words)
    asks = [world.ask(party, DUE)]
    asking = world.payload(party, "note.posted", **fields, asks=asks)
    attacked.attack("role", asking, [world.text("Please answer.")])
    closing = world.payload(party, "thread.closed", thread=thread, body={})
    attacked.attack("clearance-missing", closing, also=["new"])
    linked = {"number": "FIKTIV-26-0000001", "former": "FIKTIV-26-0000002", "basis": "refiled"}
    other = world.payload(party, "application.linked", by="new", body=linked)
    attacked.attack("service-kind", other)
    world.append(party, asserted(world, party))
    attacked.agreed()
