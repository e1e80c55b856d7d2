"""Audit of the logs: valid bundles, lines, checkpoints, forks, times."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log import checkpoint as log_checkpoint
from special_channel.core.log import policy as policies
from special_channel.core.log.note import Note
from special_channel.core.rules.state import digest_of
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import (
    FILES,
    at,
    changed_log,
    codes,
    forged,
    lines,
    receipt_for,
    report_of,
    signed_thread,
)
from tests.stories import DUE, busy
from tests.world import Entry, World

# What holds --------------------------------------------------------------------------


def test_an_honest_record_is_authentic_and_complete(evidence, trust):
    audited = audit(evidence, trust)
    assert audited.report.findings == ()
    assert audited.report.verdict == "authentic-and-complete"


def test_the_audit_reaches_the_state_that_both_nodes_reached(story, evidence, trust):
    digest = digest_of(audit(evidence, trust).rows)
    assert digest == story.world.eu.digest == story.world.cn.digest


def test_the_other_sides_copy_proves_the_same(story, trust):
    eu, cn = (audit(evidence_of(story.world, party, files=FILES), trust) for party in ("eu", "cn"))
    assert eu.report.encode() == cn.report.encode()


def test_the_report_says_up_to_where_it_speaks(story, evidence, trust):
    report = audit(evidence, trust).report
    assert [(log.party, log.size) for log in report.logs] == [
        ("eu", story.world.eu.own.size),
        ("cn", story.world.cn.own.size),
    ]
    assert all(log.delivered == story.world.clock.seconds for log in report.logs)


# Logs --------------------------------------------------------------------------------


def test_a_dropped_last_entry_is_noticed(evidence, trust):
    shorter = changed_log(evidence, "cn", lines=b"".join(lines(evidence, "cn")[:-1]))
    report = audit(shorter, trust).report
    assert {"leaf-count", "entry-not-in-log"} <= set(codes(report))


def test_a_dropped_middle_entry_is_noticed(evidence, trust):
    kept = lines(evidence, "eu")
    del kept[10]
    assert "leaf-count" in codes(
        audit(changed_log(evidence, "eu", lines=b"".join(kept)), trust).report
    )


def test_swapped_entries_are_noticed(evidence, trust):
    kept = lines(evidence, "eu")
    kept[3], kept[4] = kept[4], kept[3]
    report = audit(changed_log(evidence, "eu", lines=b"".join(kept)), trust).report
    assert "root-mismatch" in codes(report)


def test_an_empty_export_proves_nothing(trust):
    report = audit(Evidence(Scope("everything"), {}), trust).report
    assert codes(report) == ["checkpoint-missing", "trust-missing"] * 2
    assert report.verdict == "not-proven"


def test_a_line_that_is_no_leaf_is_named_and_the_rest_is_checked(evidence, trust):
    kept = lines(evidence, "eu")
    kept[12] = b"sc1 nonsense\n"
    report = audit(changed_log(evidence, "eu", lines=b"".join(kept)), trust).report
    assert at(report, "leaf-malformed") == ["EU-12"]
    assert {"root-mismatch", "entry-not-in-log"} <= set(codes(report))


def test_lines_end_in_a_newline(evidence, trust):
    cut = changed_log(evidence, "eu", lines=evidence.logs["eu"].lines[:-1])
    assert codes(audit(cut, trust).report) == ["leaf-malformed"]


def test_a_private_leaf_is_no_leaf_of_a_shared_log(evidence, trust):
    kept = lines(evidence, "eu")
    words = kept[1].split(b" ")
    kept[1] = b" ".join([*words[:2], words[2] + b",0", *words[3:]])
    report = audit(changed_log(evidence, "eu", lines=b"".join(kept)), trust).report
    assert at(report, "leaf-malformed") == ["EU-1"]


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (b"\xff", "checkpoint-malformed"),
        (b"eu.channel.example/log\n0\n", "checkpoint-malformed"),
    ],
)
def test_a_checkpoint_that_is_none_is_named(note, code, evidence, trust):
    for size in (None, 3):
        changed: dict[str, Any] = {"checkpoint": note} if size is None else {"earlier": {3: note}}
        assert code in codes(audit(changed_log(evidence, "eu", **changed), trust).report)


def test_a_checkpoint_of_the_other_log_is_named(evidence, trust):
    swapped = changed_log(evidence, "eu", checkpoint=evidence.logs["cn"].checkpoint)
    assert "checkpoint-unsigned" in codes(audit(swapped, trust).report)


def test_a_checkpoint_under_another_origin_is_named(story, evidence, trust):
    eu = story.world.eu
    note = forged(eu, eu.own.size, eu.own.roots[-1], "other.example/log").encode()
    assert "checkpoint-origin" in codes(
        audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    )


def test_without_the_other_sides_cosignature_nothing_is_proven(story, evidence, trust):
    note = story.world.eu.own.notes[story.world.eu.own.size].encode()
    report = audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    assert codes(report) == ["cosignature-absent"]


def test_a_reader_may_ask_for_a_witness_as_well(evidence, trust):
    key = log_checkpoint.cosigner_key(PrivateKey.from_seed("ed25519", b"\x01" * 32), "w.example")
    policy = f"witness w {key.encode()}\nquorum w\n"
    asked = replace(trust, policy=policies.parse(policy), policy_text=policy)
    assert codes(audit(evidence, asked).report) == ["quorum", "quorum"]


def test_the_owners_stamp_is_no_cosignature_of_the_other_side(story, evidence, trust):
    eu = story.world.eu
    note = eu.cosign(eu.own.notes[eu.own.size], story.world.clock.seconds).encode()
    report = audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    assert codes(report) == ["cosignature-absent"]


def test_a_wrong_cosignature_is_named(story, evidence, trust):
    stated = Note.parse((evidence.logs["eu"].checkpoint or b"").decode())
    lines_ = tuple(
        replace(line, signature=line.signature[:-1] + b"!") if "cosigner" in line.name else line
        for line in stated.signatures
    )
    note = replace(stated, signatures=lines_).encode().encode()
    assert "cosignature-bad" in codes(
        audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    )


# Two stories -------------------------------------------------------------------------


def test_an_earlier_note_of_another_tree_proves_two_stories(story, evidence, trust):
    note = forged(story.world.eu, 5, sha256(b"another tree").digest()).encode()
    report = audit(with_note(evidence, 5, note), trust).report
    assert [(each.code, each.place.file) for each in report.findings] == [
        ("split-view", "data/logs/eu/checkpoints/5")
    ]
    assert (report.verdict, report.exit_code) == ("contradicted", 2)


def test_a_note_that_the_reader_holds_proves_two_stories(story, trust):
    """EU showed CN one log and its overseer another: the overseer's own note tells."""
    world = busy().world
    held = world.eu.own.notes[12].encode()
    assert codes(report_of(world, files=FILES, held=(held,))) == []
    other = forged(world.eu, 12, sha256(b"shown to somebody else").digest()).encode()
    report = report_of(world, files=FILES, held=(other,))
    assert codes(report) == ["split-view"]
    assert report.verdict == "contradicted"


def test_a_receipt_that_the_reader_holds_agrees(story, evidence, trust):
    held = (receipt_for(story.world, 10, 11), receipt_for(story.world, 3, 4))
    assert codes(audit(replace(evidence, held=held), trust).report) == []


def test_a_receipt_of_another_log_than_shown_proves_two_stories(trust, evidence):
    """A log that continued from an old copy: a receipt of a lost entry proves the fork."""
    lost = World.founded()
    lost.open_thread("eu", "What was lost")
    held = receipt_for(lost, lost.eu.own.size - 1, lost.eu.own.size)
    report = audit(replace(evidence, held=(held,)), trust).report
    assert codes(report) == ["split-view"]


def test_a_declared_loss_is_contradicted_and_declared():
    """A receipt and a bare note of the void tail are evidence, and the report names the order."""
    lost = World.founded()
    lost.open_thread("eu", "What was lost")
    held = (
        receipt_for(lost, lost.eu.own.size - 1, lost.eu.own.size),
        lost.eu.own.notes[lost.eu.own.size].encode(),
    )
    world = World.founded()
    size = world.eu.own.size
    orders = [restoring(world, size), restoring(world, size + 1)]
    world.exchange()
    for each in held:
        report = report_of(world, held=(each,))
        assert codes(report) == ["receipt-void", "split-view"]
        facts = {"size": size, "entry": str(orders[0].position)}
        assert dict(report.findings[0].facts) == facts, "not the order about a larger size"
        assert report.verdict == "contradicted"


def restoring(world: World, size: int) -> Entry:
    payload = world.payload("eu", "log.restored", by="root", body={"size": size})
    return world.append("eu", payload, also=["root-2"])


def test_note_within_the_declared_size_is_not_void():
    lost = World.founded()
    lost.open_thread("eu", "Another story")
    size = lost.eu.own.size
    world = World.founded()
    world.open_thread("eu", "The log")
    restoring(world, size)
    world.exchange()
    report = report_of(world, held=(lost.eu.own.notes[size].encode(),))
    assert codes(report) == ["split-view"]


def test_held_note_newer_than_the_export_is_a_fault(story, trust):
    world = busy().world
    evidence = evidence_of(world, files=FILES)
    thread = world.open_thread("eu")
    assert thread.position.index == world.eu.own.size - 1
    held = (
        world.eu.own.notes[world.eu.own.size].encode(),
        receipt_for(world, thread.position.index, world.eu.own.size),
    )
    report = audit(replace(evidence, held=held), trust_of(world)).report
    assert [(each.code, each.place.file) for each in report.findings] == [
        ("head-older", "held/0"),
        ("head-older", "held/1"),
    ]
    size = world.eu.own.size
    assert dict(report.findings[0].facts) == {"size": size, "lines": size - 1}
    assert report.verdict == "not-proven"


def test_what_the_reader_holds_may_be_nonsense(story, evidence, trust):
    alien = World.founded()
    bad = receipt_for(alien, 3, 4).replace(b"index 3", b"index 2")
    held = (b"\xff", b"nonsense", bad)
    report = audit(replace(evidence, held=held), trust).report
    assert sorted(codes(report)) == ["note-malformed", "note-malformed", "receipt-mismatch"]


def test_notes_that_disagree_with_changed_lines_convict_nobody(evidence, trust, story):
    """If the lines don't fit the newest checkpoint, the exporter may have changed them."""
    kept = lines(evidence, "eu")
    kept[3], kept[4] = kept[4], kept[3]
    early = {5: story.world.eu.own.notes[5].encode(), 4: story.world.eu.own.notes[4].encode()}
    held = (receipt_for(story.world, 3, 4),)
    changed = changed_log(evidence, "eu", lines=b"".join(kept), earlier=early)
    report = audit(replace(changed, held=held), trust).report
    assert {"root-mismatch", "checkpoint-inconsistent", "receipt-mismatch"} <= set(codes(report))
    assert report.verdict == "not-proven"


def test_an_earlier_note_is_filed_under_its_size_and_is_earlier(story, evidence, trust):
    own = story.world.eu.own
    early = with_note(evidence, 4, own.notes[5].encode())
    assert codes(audit(early, trust).report) == ["checkpoint-malformed"]
    beyond = forged(story.world.eu, own.size + 1, own.roots[-1]).encode()
    late = with_note(evidence, own.size + 1, beyond)
    assert codes(audit(late, trust).report) == ["checkpoint-inconsistent", "note-uncalled"]


@pytest.mark.parametrize("note", [b"", b"no note", b"no checkpoint\n\n", b"\xff\n"])
def test_earlier_note_that_is_none_is_malformed(evidence, trust, note):
    report = audit(with_note(evidence, 4, note), trust).report
    assert codes(report) == ["checkpoint-malformed"]


def test_earlier_note_that_its_log_did_not_sign_is_named(story, evidence, trust):
    note = Note.parse(story.world.eu.own.notes[4])
    stranger = replace(note.signatures[0], key_hash=b"\0" * 4)
    unsigned = Note(note.text, (stranger,)).encode().encode()
    assert codes(audit(with_note(evidence, 4, unsigned), trust).report) == ["checkpoint-unsigned"]


def with_note(evidence: Evidence, size: int, note: bytes) -> Evidence:
    earlier = dict(evidence.logs["eu"].earlier) | {size: note}
    return changed_log(evidence, "eu", earlier=earlier)


def test_a_head_inside_an_entry_can_prove_two_stories(trust):
    """CN's stamped head in a `deadline.passed` of EU's is of another tree than CN's log."""
    world = World.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    world.clock.forward(3600)
    size = world.cn.own.size
    head = world.cn.cosign(forged(world.cn, size, sha256(b"other").digest()), world.clock.seconds)
    world.append("eu", world.passing("eu", note, DUE, head=head), honest=False)
    world.exchange()
    report = report_of(world)
    assert set(codes(report)) == {"entry-invalid", "split-view"}
    assert report.verdict == "contradicted"


# Time --------------------------------------------------------------------------------


def test_times_that_fall_are_named():
    world = World.founded()
    submission = signed_thread(world)
    world.append_signed("eu", submission, accepted="2026-11-24T07:59:59Z")
    world.exchange()
    assert at(report_of(world), "accepted-order") == [f"EU-{world.eu.own.size - 1}"]


def test_an_entry_accepted_before_a_head_that_was_stamped_is_named(story):
    world = World.founded()
    world.clock.forward(60)
    stamped = world.stamp("eu").encode()
    size = world.eu.own.size
    world.append_signed("eu", signed_thread(world), accepted="2026-11-24T08:00:30Z")
    world.exchange()
    assert at(report_of(world, held=(stamped,)), "accepted-order") == [f"EU-{size}"]


def test_a_wrong_stamp_on_a_held_note_is_named():
    world = World.founded()
    stamped = Note.parse(world.stamp("eu"))
    line = stamped.signatures[-1]
    bad = stamped.with_signature(replace(line, signature=line.signature[:-1] + b"!"))
    assert codes(report_of(world, held=(bad.encode().encode(),))) == ["cosignature-bad"]


def test_a_frontier_that_falls_is_named():
    world = World.founded()
    world.open_thread("eu")
    world.append_signed("eu", signed_thread(world), frontier=0, honest=False)
    world.exchange()
    assert "frontier-fell" in codes(report_of(world))


def test_a_past_that_never_was_is_named():
    """Each log's last entry claims to come after the other's."""
    world = World.founded()
    for party in ("eu", "cn"):
        peer = world.sides[party].mirror.size
        world.append_signed(party, signed_thread(world, party), frontier=peer + 1, honest=False)
    world.exchange()
    assert "frontier-beyond" in codes(report_of(world))


def test_an_authors_clock_far_off_is_a_notice():
    world = World.founded()
    world.open_thread("eu", at="2026-11-20T08:00:00Z")
    world.exchange()
    report = report_of(world)
    assert codes(report) == ["time-implausible"]
    assert report.verdict == "authentic-and-complete"
