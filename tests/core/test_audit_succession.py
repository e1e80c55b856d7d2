"""The verifier takes checkpoint and cosigning keys by window (K16, K18)."""

from __future__ import annotations

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.chain import checkpoint_keys
from special_channel.core.audit.evidence import Evidence
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import changed_log, codes
from tests.core.judging import accepted
from tests.core.test_judge_succession import PERSONS, Committed, succession
from tests.world import World


def succeeded(party: Party, role: str, reason: str = "routine") -> World:
    world = Committed.founded()
    accepted(world, party, succession(world, party, role, reason=reason), also=PERSONS)
    world.exchange()
    return world


def with_head(world: World, party: Party, key: str, cosigner: str = "cosigning") -> Evidence:
    """A bundle whose checkpoint of a log is signed and cosigned by these keys."""
    side, peer = world.sides[party], world.sides[peer_of(party)]
    head = Checkpoint(side.origin, side.own.size, side.own.roots[-1])
    lines = (
        checkpoint.sign(head, side.keys[key].private, side.origin),
        checkpoint.cosign(
            head, peer.keys[cosigner].private, peer.cosigning_name, world.clock.seconds
        ),
    )
    note = checkpoint.make_note(head, *lines).encode()
    return changed_log(evidence_of(world), party, checkpoint=note)


def test_next_key_signs_what_is_beyond_its_entry(party):
    world = succeeded(party, "checkpoint")
    trust = trust_of(world)
    assert codes(audit(with_head(world, party, "checkpoint-2"), trust).report) == []
    report = audit(with_head(world, party, "checkpoint"), trust).report
    assert (codes(report), report.verdict) == (["checkpoint-key"], "not-proven")


@pytest.mark.parametrize(
    ("reason", "by_the_last"), [("routine", []), ("lost", []), ("compromised", ["cosignature-bad"])]
)
def test_compromised_key_cosigns_no_head(party, reason, by_the_last):
    world = succeeded(party, "cosigning", reason)
    trust, other = trust_of(world), peer_of(party)
    assert codes(audit(with_head(world, other, "checkpoint", "cosigning-2"), trust).report) == []
    report = audit(with_head(world, other, "checkpoint"), trust).report
    assert codes(report) == by_the_last


# The directory of a running node --------------------------------------------------------------


def test_directory_leads_to_the_key_in_force(party):
    world = succeeded(party, "checkpoint")
    side = world.sides[party]
    entries = [(index, each.submission.envelope) for index, each in enumerate(side.own.entries)]
    first, second = checkpoint_keys(trust_of(world).parties[party], entries)
    assert (first.key, second.key) == (side.keys["checkpoint"].key, side.keys["checkpoint-2"].key)
    assert second.start == side.own.size - 1


def test_directory_follows_no_key_that_nobody_committed_to(party):
    world = Committed.founded()
    other = succession(world, party, "checkpoint", "other")
    world.append(party, other, also=PERSONS, honest=False)
    side = world.sides[party]
    entries = [(index, each.submission.envelope) for index, each in enumerate(side.own.entries)]
    trusted = trust_of(world).parties[party]
    assert len(checkpoint_keys(trusted, entries)) == 1
    by_root = succession(world, party, "checkpoint", "another", "root", reason="lost")
    accepted(world, party, by_root, also=["root-2"])
    entries.append((side.own.size - 1, side.own.entries[-1].submission.envelope))
    assert [key.reason for key in checkpoint_keys(trusted, entries)] == ["", "lost"]


def test_directory_of_another_form_is_refused(party):
    trusted = trust_of(World.founded()).parties[party]
    with pytest.raises(ChannelError) as refused:
        checkpoint_keys(trusted, [(0, b"{}")])
    assert refused.value.code == "envelope-malformed"
