"""The verifier on keys of checkpoints and cosignatures that took another's place (K16 to K18)."""

from __future__ import annotations

from hashlib import sha256

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.note import Note
from special_channel.core.log.receipt import Receipt
from tests.core.auditing import at, codes, receipt_for, report_of
from tests.core.test_judge_succession import PERSONS, Committed, succession
from tests.world import World


def succeeded(*roles: str, reason: str = "routine", party: Party = "eu") -> World:
    """Return a world in which keys of one side were succeeded while both sides wrote."""
    world = Committed.founded()
    for role in roles:
        world.open_thread(party)
        world.append(party, succession(world, party, role, reason=reason), also=PERSONS)
        world.open_thread(party)  # states in `seen` the checkpoint with both lines
        world.exchange()
    world.open_thread(peer_of(party))
    world.exchange()
    return world


@pytest.mark.parametrize("exporter", ["eu", "cn"])
@pytest.mark.parametrize("reason", ["routine", "lost", "compromised"])
def test_record_with_successions_is_authentic(exporter, reason):
    world = succeeded("checkpoint", "cosigning", reason=reason)
    report = report_of(world, party=exporter)
    assert codes(report) == []
    assert report.verdict == "authentic-and-complete"
    assert all(log.delivered for log in report.logs)


def foreign(world: World, size: int, key: str = "checkpoint") -> str:
    """Return a checkpoint of another tree of EU's log, signed by a key of EU's."""
    head = Checkpoint(world.eu.origin, size, sha256(b"another tree").digest())
    line = checkpoint.sign(head, world.eu.keys[key].private, world.eu.origin)
    return checkpoint.make_note(head, line)


def vouched(world: World, note: str, party: Party, key: str = "cosigning") -> str:
    """Add a side's cosignature to a note."""
    side, (parsed, head) = world.sides[party], checkpoint.parse(note)
    line = checkpoint.cosign(head, side.keys[key].private, side.cosigning_name, world.clock.seconds)
    return parsed.with_signature(line).encode()


def held(world: World, note: str) -> list[str]:
    return codes(report_of(world, held=(note.encode(),)))


def test_note_of_a_compromised_key_proves_two_stories_with_a_witness():
    """Attack 25."""
    world = succeeded("checkpoint", reason="compromised")
    note = foreign(world, 5)
    assert held(world, note) == ["note-disputed"]
    assert held(world, vouched(world, note, "cn")) == ["split-view"]
    assert held(world, vouched(world, note, "eu")) == ["split-view"]
    bad = Note.parse(vouched(world, note, "cn")).signatures[-1]
    swapped = Note.parse(foreign(world, 6)).with_signature(bad).encode()
    assert held(world, swapped) == ["note-disputed"], "a cosignature of another note"


@pytest.mark.parametrize("reason", ["routine", "lost"])
def test_note_of_a_key_that_was_never_copied_proves_two_stories(reason):
    world = succeeded("checkpoint", reason=reason)
    assert held(world, foreign(world, 5)) == ["split-view"]


def test_witness_that_is_compromised_too_proves_nothing():
    world = succeeded("checkpoint", "cosigning", reason="compromised")
    assert held(world, vouched(world, foreign(world, 5), "eu")) == ["note-disputed"]
    assert held(world, vouched(world, foreign(world, 5), "eu", "cosigning-2")) == ["split-view"]


def test_receipt_of_a_compromised_key_is_disputed():
    world = succeeded("checkpoint", reason="compromised")
    other = World.founded()
    other.open_thread("eu")
    size = other.eu.own.size
    receipt = Receipt.parse(receipt_for(other, size - 1, size).decode())
    assert codes(report_of(world, held=(receipt.encode().encode(),))) == ["note-disputed"]


def test_old_key_beyond_its_window_is_a_fault():
    """Attack 23."""
    world = succeeded("checkpoint")
    assert held(world, foreign(world, world.eu.own.size)) == ["checkpoint-key"]
    assert held(world, foreign(world, 5, "checkpoint-2")) == ["checkpoint-key"]


def test_compromised_cosigning_key_delivers_no_bundle():
    """Attack 26."""
    world = succeeded("cosigning", reason="compromised", party="cn")
    note = vouched(world, world.eu.own.notes[world.eu.own.size], "cn")
    world.eu.own.cosigned[world.eu.own.size] = note
    assert at(report_of(world), "cosignature-bad") == ["EU--1"]
