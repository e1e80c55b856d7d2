"""Omissions by an exporter: signatures and judging still apply, with one permitted absence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.evidence import Evidence, LogEvidence, WithheldPart
from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import peer_of
from special_channel.core.bytes.parts import commitment
from special_channel.core.rows.writing import sign
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import (
    FILES,
    at,
    changed_log,
    codes,
    directory,
    lines,
    report_of,
    scoped,
    with_parts,
)
from tests.stories import busy
from tests.world import Entry, World


def charters(world: World) -> list[Entry]:
    return [
        entry
        for side in world.sides.values()
        for entry in side.own.entries
        if entry.leaf.kind == "charter.adopted"
    ]


def without_charters(world: World) -> Evidence:
    """Both charters' data declared withheld, which once disabled the judge."""
    evidence = evidence_of(world, files=FILES)
    for charter in charters(world):
        evidence = with_parts(evidence, charter, "")
    withheld = tuple(WithheldPart(each.id, 0, "withheld", "internal") for each in charters(world))
    return replace(evidence, withheld=withheld)


def forge_note(world: World, thread: str | None) -> Entry:
    """A note in the EU's log, signed by a key that nobody ever enrolled."""
    stranger = world.eu.make_key("stranger")
    payload = world.payload("eu", "note.posted", by="stranger", thread=thread, lang="en")
    assert payload["by"] == stranger.key
    entry = world.append("eu", payload, [world.text("Forged.")], honest=False)
    world.exchange()
    return entry


def with_forged_note() -> tuple[World, Entry]:
    world = busy().world
    opened = next(e for e in world.eu.own.entries if e.leaf.kind == "thread.opened")
    return world, forge_note(world, opened.leaf.thread)


def test_forged_note_under_withheld_charter_is_a_fault():
    world, forged = with_forged_note()
    report = audit(without_charters(world), trust_of(world)).report
    assert at(report, "key-unknown") == [str(forged.position)]
    assert report.verdict == "not-proven"
    assert report.exit_code == 1


def test_withheld_charter_is_a_fault_though_declared():
    world = busy().world
    report = audit(without_charters(world), trust_of(world)).report
    wanted = sorted(str(each.position) for each in charters(world))
    assert sorted(at(report, "part-missing")) == wanted
    assert "part-withheld" not in codes(report)
    assert set(wanted) < set(at(report, "entry-unjudged"))
    assert report.verdict == "not-proven"


def test_unjudged_entry_names_what_it_lacks():
    world = busy().world
    report = audit(without_charters(world), trust_of(world)).report
    opened = next(e for e in world.eu.own.entries if e.leaf.kind == "thread.opened")
    lacks = {
        each.place.id: dict(each.facts) for each in report.findings if each.code == "entry-unjudged"
    }
    first = next(each for each in charters(world) if each.position.party == "eu")
    assert lacks[first.id] == {}
    assert lacks[opened.id] == {"lacks": str(first.position)}


@pytest.mark.parametrize("kind", ["batch.listed", "batch.answered"])
def test_withheld_data_of_any_kind_is_a_fault(kind, story, evidence, trust):
    entries = (*story.world.eu.own.entries, *story.world.cn.own.entries)
    entry = next(each for each in entries if each.leaf.kind == kind)
    declared = (WithheldPart(entry.id, 0, "sealed", "court", "Fictional court"),)
    report = audit(replace(with_parts(evidence, entry, ""), withheld=declared), trust).report
    assert at(report, "part-missing") == [str(entry.position)]
    assert str(entry.position) in at(report, "entry-unjudged")
    assert report.verdict == "not-proven"


def test_signature_without_its_data_is_checked(story, evidence, trust):
    """The content is withheld, and the invalid signature is reported nevertheless."""
    changed = dsse.decode(story.batch.submission.envelope)
    bad = replace(changed, signatures=(replace(changed.signatures[0], sig=bytes(64)),))
    bundle = replace(
        with_parts(evidence, story.batch, ""),
        envelopes=dict(evidence.envelopes) | {story.batch.id: bad.encode()},
    )
    report = audit(bundle, trust).report
    assert str(story.batch.position) in at(report, "signature-bad")


def test_missing_enrolment_leaves_its_key_unknown(story, evidence, trust):
    desk = story.world.eu.keys["desk"].key
    enrolled = next(e for e in story.world.eu.own.entries if e.payload["by"] == desk)
    assert enrolled.leaf.kind == "key.enrolled"
    envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ != enrolled.id}
    report = audit(replace(evidence, envelopes=envelopes), trust).report
    assert str(story.thread.position) in at(report, "key-unknown")


def test_forged_note_without_its_enrolment_list_is_a_fault():
    """A directory entry about another key is missing."""
    world, forged = with_forged_note()
    evidence = evidence_of(world, files=FILES)
    gone = world.eu.own.entries[3]
    envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ != gone.id}
    report = audit(replace(evidence, envelopes=envelopes), trust_of(world)).report
    assert str(forged.position) in at(report, "key-unknown")


def test_unknown_key_that_the_other_log_refuses_is_a_fault():
    world, forged = with_forged_note()
    refuse(world, forged, "key-unknown")
    report = report_of(world, files=FILES)
    assert at(report, "key-unknown") == [str(forged.position)]
    assert at(report, "entry-refused") == [str(forged.position)]
    assert report.verdict == "not-proven"


# The one lawful absence --------------------------------------------------------------


def refuse(world: World, entry: Entry, code: str) -> None:
    party = peer_of(entry.position.party)
    body = {"index": entry.position.index, "code": code}
    world.append(party, world.payload(party, "peer.refused", by="node", body=body))
    world.exchange()


def with_lost_list(*, refused: str = "part-missing", declared: bool = True) -> tuple[World, Entry]:
    """The EU lost its list's data and declares the loss; CN never had it and refuses the entry."""
    world = World.founded()
    listed = world.list_batch(["A-1"])
    world.exchange()
    if declared:
        world.erase("eu", listed, [0], basis="lost", order="Disk failure 7/2026")
        world.exchange()
    if refused:
        refuse(world, listed, refused)
    return world, listed


def without_list(world: World, listed: Entry, **changed: object) -> Report:
    evidence = with_parts(evidence_of(world), listed, "")
    return audit(replace(evidence, **changed), trust_of(world)).report  # type: ignore[arg-type]


def test_lost_data_that_both_logs_name_is_a_gap():
    world, listed = with_lost_list()
    report = without_list(world, listed)
    assert sorted(codes(report)) == ["entry-refused", "part-erased"]
    assert at(report, "entry-refused") == [str(listed.position)]
    assert report.verdict == "authentic-with-declared-gaps"


def test_lost_data_has_no_effect_even_where_it_is_held():
    """CN's bundle still has the data; both bundles give the same state."""
    world, listed = with_lost_list()
    held = audit(evidence_of(world, "cn"), trust_of(world))
    assert sorted(codes(held.report)) == ["entry-refused", "erased-part-present"]
    lost = audit(with_parts(evidence_of(world), listed, ""), trust_of(world))
    assert held.rows == lost.rows
    assert ("application", "A-1") not in held.rows


@pytest.mark.parametrize(
    ("refused", "declared"), [("", True), ("part-missing", False), ("owner", True)]
)
def test_lost_data_that_one_log_alone_names_is_a_fault(refused, declared):
    world, listed = with_lost_list(refused=refused, declared=declared)
    report = without_list(world, listed)
    assert at(report, "entry-unjudged") == [str(listed.position)]
    assert report.verdict == "not-proven"


def test_lost_charter_is_a_fault_though_both_logs_name_it():
    """The first charter is in force, so erasure and refusal are valid: the rule alone decides."""
    world = World.founded()
    charter = world.adopt("eu", number=2)
    world.exchange()
    world.erase("eu", charter, [0], basis="lost")
    world.exchange()
    refuse(world, charter, "part-missing")
    report = audit(with_parts(evidence_of(world), charter, ""), trust_of(world)).report
    assert at(report, "entry-unjudged") == [str(charter.position)]
    assert sorted(codes(report)) == ["entry-unjudged", "part-erased"]
    assert report.verdict == "not-proven"


def test_lost_data_under_a_bad_signature_is_a_fault():
    world, listed = with_lost_list()
    envelope = listed.envelope
    bad = replace(envelope, signatures=(replace(envelope.signatures[0], sig=bytes(64)),))
    envelopes = dict(evidence_of(world).envelopes) | {listed.id: bad.encode()}
    report = without_list(world, listed, envelopes=envelopes)
    assert at(report, "signature-bad") == [str(listed.position)]
    assert report.verdict == "not-proven"


# What a leaf states ------------------------------------------------------------------


def test_leaf_of_another_thread_has_no_effect_and_is_declared():
    """A node refuses the entry, and the verifier gives it no effect."""
    world = World.founded()
    first, second = world.open_thread("eu"), world.open_thread("eu")
    note = world.note("eu", first.leaf.thread)
    liar = replace(note, leaf=replace(note.leaf, thread=second.leaf.thread))
    copy = world.eu.own
    copy.entries.pop()
    copy.frontier = replay_frontier(copy)
    copy.roots.pop()
    copy.grow(liar)
    copy.notes[copy.size] = world.eu.sign_checkpoint(copy.size, copy.roots[-1])
    world.exchange()
    report = report_of(world)
    assert at(report, "leaf-entry-disagree") == [str(note.position)]
    assert report.counts["valid"] == sum(side.own.size for side in world.sides.values()) - 1
    refuse(world, note, "leaf-entry-disagree")
    assert codes(report_of(world)) == ["entry-refused"]


def replay_frontier(copy):
    frontier, _ = type(copy.frontier).EMPTY.append([each.leaf.hash for each in copy.entries])
    return frontier


def test_empty_log_with_good_checkpoints_is_not_complete():
    """Both logs truncated to nothing, under checkpoints signed by both sides."""
    world = World.founded()
    logs = {}
    for party, side in world.sides.items():
        peer = world.sides["cn" if party == "eu" else "eu"]
        note = peer.cosign(side.sign_checkpoint(0, side.own.roots[0]), world.clock.seconds)
        logs[party] = LogEvidence(b"", note.encode())
    empty = Evidence(Scope("everything"), logs)
    report = audit(empty, trust_of(world)).report
    assert codes(report) == ["trust-missing", "trust-missing"]
    assert report.verdict == "not-proven"


def test_named_data_that_is_withheld_is_a_fault(story, evidence, trust):
    """A thread's export includes the thread's list, for the judge."""
    thread = story.batch_thread.leaf.thread or ""
    own = {e.id for e in story.world.eu.own.entries if e.leaf.thread == thread}
    bare = with_parts(evidence, story.batch, "")
    bare = replace(bare, withheld=(WithheldPart(story.batch.id, 0, "withheld", "internal"),))
    keep = directory(story.world) | own | {story.batch.id}
    report = scoped(bare, Scope("thread", thread), trust, keep=keep)
    assert at(report, "part-missing") == [str(story.batch.position)]
    assert report.verdict == "not-proven"


def test_signed_data_that_is_no_document_is_refused_by_the_judge():
    """The data is present and matches the commitment, so the judge decides as a node does."""
    world = World.founded()
    refs = [{"k": "data", "c": commitment(b"nonsense")}]
    body = {"list": "W47", "rows": 1}
    payload = world.payload("eu", "batch.listed", body=body, parts=refs)
    signed = sign(payload, [world.eu.keys["desk"], world.eu.keys["head"]], [b"nonsense"])
    entry = world.append_signed("eu", signed, honest=False)
    world.exchange()
    report = report_of(world)
    assert at(report, "part-malformed") == at(report, "entry-malformed") == [str(entry.position)]
    assert "entry-unjudged" not in codes(report)


def test_changed_leaf_over_changed_envelope_is_named(story, evidence, trust):
    """Neither the leaf's kind nor its digest is the envelope's; the id is."""
    kept = lines(evidence, "eu")
    index = story.note.position.index
    leaf = replace(story.note.leaf, kind="note.withdrawn", envelope_digest="0" * 64)
    kept[index] = leaf.encode() + b"\n"
    report = audit(changed_log(evidence, "eu", lines=b"".join(kept)), trust).report
    for code in ("envelope-digest", "leaf-entry-disagree"):
        assert at(report, code) == [str(story.note.position)]
    assert b'"place":{"log":"eu"}' in report.encode()
