"""The audit of a bundle's content: what it proves, what it names, and that it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core import canonical, checkpoint, dsse, merkle
from special_channel.core.audit import audit
from special_channel.core.checkpoint import Checkpoint
from special_channel.core.evidence import Evidence, LogEvidence, Withheld
from special_channel.core.findings import Report
from special_channel.core.ids import Party
from special_channel.core.merkle import Frontier, leaf_hash
from special_channel.core.note import Note
from special_channel.core.receipt import Receipt
from special_channel.core.scope import Scope
from special_channel.core.state import digest_of
from special_channel.core.trust import Trust
from special_channel.core.writing import part_refs, sign
from tests.bundles import evidence_of, log_evidence, trust_of
from tests.stories import ATTACHED, DUE, Story, busy
from tests.world import Entry, Side, World

FILES = {sha256(ATTACHED).hexdigest(): sha256(ATTACHED).hexdigest()}


@pytest.fixture(scope="module")
def story() -> Story:
    return busy()


@pytest.fixture(scope="module")
def trust(story: Story) -> Trust:
    return trust_of(story.world)


@pytest.fixture
def evidence(story: Story) -> Evidence:
    return evidence_of(story.world, files=FILES)


def report_of(world: World, **changed: Any) -> Report:
    return audit(evidence_of(world, **changed), trust_of(world)).report


def codes(report: Report) -> list[str]:
    return [each.code for each in report.findings]


def at(report: Report, code: str) -> list[str]:
    """Where a finding of this code is: positions as people write them."""
    return [
        f"{each.place.log.upper()}-{each.place.index}"
        for each in report.findings
        if each.code == code
    ]


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


def changed_log(evidence: Evidence, party: Party, **changed: Any) -> Evidence:
    logs = dict(evidence.logs)
    logs[party] = replace(logs[party], **changed)
    return replace(evidence, logs=logs)


def lines(evidence: Evidence, party: Party) -> list[bytes]:
    return evidence.logs[party].lines.splitlines(keepends=True)


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
    assert codes(report) == ["checkpoint-missing", "checkpoint-missing"]
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


def forged(side: Side, size: int, root: bytes, origin: str | None = None) -> str:
    """A note with the log's true signature, over whatever the owner likes."""
    head = Checkpoint(origin or side.origin, size, root)
    line = checkpoint.sign(head, side.keys["checkpoint"].private, side.origin)
    return checkpoint.make_note(head, line)


def test_a_checkpoint_under_another_origin_is_named(story, evidence, trust):
    eu = story.world.eu
    note = forged(eu, eu.own.size, eu.own.roots[-1], "other.example/log").encode()
    assert "checkpoint-origin" in codes(
        audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    )


def test_without_the_other_sides_cosignature_nothing_is_proven(story, evidence, trust):
    note = story.world.eu.own.notes[story.world.eu.own.size].encode()
    report = audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    assert codes(report) == ["cosignature-absent", "quorum"]


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
    report = audit(changed_log(evidence, "eu", earlier={5: note}), trust).report
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


def receipt_for(world: World, index: int, size: int) -> bytes:
    own = world.eu.own
    _, nodes = Frontier.EMPTY.append(entry.leaf.hash for entry in own.entries[:size])
    proof = merkle.inclusion_proof(index, size, {(level, at): node for level, at, node in nodes})
    leaf = own.entries[index].leaf.encode()
    return Receipt(leaf, index, proof, own.notes[size]).encode().encode()


def test_a_receipt_that_the_reader_holds_agrees(story, evidence, trust):
    held = (receipt_for(story.world, 10, 11), receipt_for(story.world, 3, 4))
    assert codes(audit(replace(evidence, held=held), trust).report) == []


def test_a_receipt_of_another_log_than_shown_proves_two_stories(trust, evidence):
    """A log that went on from an old copy: the receipt of what it lost convicts it."""
    lost = World.founded()
    lost.open_thread("eu", "What was lost")
    held = receipt_for(lost, lost.eu.own.size - 1, lost.eu.own.size)
    report = audit(replace(evidence, held=(held,)), trust).report
    assert codes(report) == ["split-view"]


def test_a_declared_loss_is_contradicted_and_declared():
    lost = World.founded()
    lost.open_thread("eu", "What was lost")
    held = receipt_for(lost, lost.eu.own.size - 1, lost.eu.own.size)
    world = World.founded()
    size = world.eu.own.size
    world.append("eu", world.payload("eu", "log.restored", by="root", body={"size": size}))
    world.exchange()
    report = report_of(world, held=(held,))
    assert codes(report) == ["receipt-void", "split-view"]


def test_what_the_reader_holds_may_be_later_than_the_export(story, trust):
    world = busy().world
    evidence = evidence_of(world, files=FILES)
    thread = world.open_thread("eu")
    assert thread.position.index == world.eu.own.size - 1
    held = (
        world.eu.own.notes[world.eu.own.size].encode(),
        receipt_for(world, thread.position.index, world.eu.own.size),
    )
    assert codes(audit(replace(evidence, held=held), trust_of(world)).report) == []


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
    early = changed_log(evidence, "eu", earlier={4: own.notes[5].encode()})
    assert codes(audit(early, trust).report) == ["checkpoint-malformed"]
    beyond = forged(story.world.eu, own.size + 1, own.roots[-1]).encode()
    late = changed_log(evidence, "eu", earlier={own.size + 1: beyond})
    assert codes(audit(late, trust).report) == ["checkpoint-inconsistent"]


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
    submission = _signed_thread(world)
    world.append_signed("eu", submission, accepted="2026-11-24T07:59:59Z")
    world.exchange()
    assert at(report_of(world), "accepted-order") == [f"EU-{world.eu.own.size - 1}"]


def test_an_entry_accepted_before_a_head_that_was_stamped_is_named(story):
    world = World.founded()
    world.clock.forward(60)
    stamped = world.stamp("eu").encode()
    size = world.eu.own.size
    world.append_signed("eu", _signed_thread(world), accepted="2026-11-24T08:00:30Z")
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
    world.append_signed("eu", _signed_thread(world), frontier=0, honest=False)
    world.exchange()
    assert "frontier-fell" in codes(report_of(world))


def test_a_past_that_never_was_is_named():
    """Each log's last entry claims to come after the other's."""
    world = World.founded()
    for party in ("eu", "cn"):
        peer = world.sides[party].mirror.size
        world.append_signed(party, _signed_thread(world, party), frontier=peer + 1, honest=False)
    world.exchange()
    assert "frontier-beyond" in codes(report_of(world))


def test_an_authors_clock_far_off_is_a_notice():
    world = World.founded()
    world.open_thread("eu", at="2026-11-20T08:00:00Z")
    world.exchange()
    report = report_of(world)
    assert codes(report) == ["time-implausible"]
    assert report.verdict == "authentic-and-complete"


def _signed_thread(world: World, party: Party = "eu") -> Any:
    parts = [world.text("Subject", "subject")]
    payload = world.payload(
        party,
        "thread.opened",
        thread=world.thread_id(),
        lang="en",
        body={"batch": "standing"},
        parts=part_refs(parts),
        seen=[],
    )
    return sign(payload, [world.sides[party].keys["desk"]], parts)


# Entries -----------------------------------------------------------------------------


def test_a_missing_entry_is_named_where_the_log_has_it(story, evidence, trust):
    envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ != story.answer.id}
    report = audit(replace(evidence, envelopes=envelopes), trust).report
    assert at(report, "entry-missing") == [str(story.answer.position)]


def test_an_entry_of_no_log_is_named(story, evidence, trust):
    world = busy().world
    extra = world.note("eu", story.thread.leaf.thread, ("Not in the logs shown.",))
    envelopes = dict(evidence.envelopes) | {extra.id: extra.submission.envelope}
    report = audit(replace(evidence, envelopes=envelopes), trust).report
    assert codes(report) == ["entry-not-in-log"]


def substituted(evidence: Evidence, entry: Entry, data: bytes) -> Evidence:
    return replace(evidence, envelopes=dict(evidence.envelopes) | {entry.id: data})


def test_the_payload_is_read_on_where_only_the_signature_was_changed(story, evidence, trust):
    """The id commits to the payload, so the state can still be judged by it."""
    envelope = story.note.envelope
    other = replace(
        envelope,
        signatures=(replace(envelope.signatures[0], sig=bytes(64)),),
    )
    report = audit(substituted(evidence, story.note, other.encode()), trust).report
    assert (
        at(report, "envelope-digest") == at(report, "signature-bad") == [str(story.note.position)]
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda envelope: envelope.encode()[:-1], "envelope-malformed"),
        (lambda envelope: replace(envelope, payload_type="text/plain").encode(), "payload-type"),
        (lambda envelope: replace(envelope, payload=b"{}").encode(), "entry-id"),
    ],
)
def test_a_changed_envelope_is_named_twice(
    change: Callable[[dsse.Envelope], bytes], code, story, evidence, trust
):
    report = audit(
        substituted(evidence, story.other_thread, change(story.other_thread.envelope)), trust
    ).report
    for each in ("envelope-digest", code):
        assert at(report, each) == [str(story.other_thread.position)]


def test_an_entry_given_for_another_is_named(story, evidence, trust):
    report = audit(
        substituted(evidence, story.thread, story.other_thread.submission.envelope), trust
    ).report
    assert at(report, "entry-id") == [str(story.thread.position)]


def test_an_envelope_that_the_log_commits_to_and_that_is_nonsense_is_invalid():
    """The owner's own fault, for ever in its log; the other side may declare it refused."""
    world = World.founded()
    payload = world.payload("cn", "thread.opened", thread=world.thread_id(), nonsense=1)
    entry = world.append("cn", payload, [world.text("x", "subject")], honest=False)
    world.exchange()
    report = report_of(world)
    assert at(report, "entry-malformed") == [str(entry.position)]
    assert report.verdict == "not-proven"


def test_a_refused_entry_that_is_declared_is_a_gap_and_no_fault():
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    entry = world.append(
        "cn", world.payload("cn", "thread.closed", thread=thread.leaf.thread), honest=False
    )
    world.exchange()
    body = {"index": entry.position.index, "code": "owner"}
    world.append("eu", world.payload("eu", "peer.refused", by="node", body=body))
    world.exchange()
    report = report_of(world)
    assert codes(report) == ["entry-refused"]
    assert report.verdict == "authentic-with-declared-gaps"


def test_a_refusal_for_another_reason_declares_nothing():
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    entry = world.append(
        "cn", world.payload("cn", "thread.closed", thread=thread.leaf.thread), honest=False
    )
    world.exchange()
    body = {"index": entry.position.index, "code": "role"}
    world.append("eu", world.payload("eu", "peer.refused", by="node", body=body))
    world.exchange()
    assert codes(report_of(world)) == ["authority"]


def test_a_private_kind_in_a_shared_log_has_no_effect():
    world = World.founded()
    thread = world.open_thread("eu")
    payload = world.payload("eu", "note.internal", thread=thread.leaf.thread, lang="en")
    envelope = sign(
        payload | {"parts": [{"k": "text", "c": "a" * 64}]}, [world.eu.keys["desk"]]
    ).envelope
    evidence = with_line(world, "eu", envelope, "note.internal", thread.leaf.thread)
    report = audit(evidence, trust_of(world)).report
    assert {"entry-malformed"} == set(codes(report)) - {"cosignature-absent", "quorum"}


def with_line(
    world: World, party: Party, envelope: bytes, kind: str, thread: str | None
) -> Evidence:
    """A bundle whose log has one more line, honestly signed, over any envelope."""
    world.exchange()
    evidence = evidence_of(world)
    own = world.sides[party].own
    read = dsse.decode(envelope)
    last = own.entries[-1].leaf
    leaf = replace(last, kind=kind, thread=thread, id=read.id, envelope_digest=read.digest)
    frontier, _ = own.frontier.append([leaf_hash(leaf.encode())])
    note = world.sides[party].sign_checkpoint(frontier.size, frontier.root())
    log = LogEvidence(evidence.logs[party].lines + leaf.encode() + b"\n", note.encode())
    return replace(
        evidence,
        logs=dict(evidence.logs) | {party: log},
        envelopes=dict(evidence.envelopes) | {read.id: envelope},
    )


def test_a_leaf_that_says_other_than_its_entry_is_named():
    world = World.founded()
    submission = _signed_thread(world)
    evidence = with_line(world, "eu", submission.envelope, "note.posted", "a" * 32)
    report = audit(evidence, trust_of(world)).report
    assert "leaf-entry-disagree" in codes(report)


def test_an_entry_that_stands_twice_is_named():
    world = World.founded()
    thread = world.open_thread("eu")
    evidence = with_line(
        world, "eu", thread.submission.envelope, "thread.opened", thread.leaf.thread
    )
    report = audit(evidence, trust_of(world)).report
    assert at(report, "entry-duplicate") == [f"EU-{thread.position.index + 1}"]


def test_an_entry_that_stands_twice_under_two_signatures_is_named():
    world = World.founded("es256")
    thread = world.open_thread("eu")
    envelope = thread.envelope
    r, s = envelope.signatures[0].sig[:32], envelope.signatures[0].sig[32:]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other = (order - int.from_bytes(s, "big")).to_bytes(32, "big")
    twin = replace(envelope, signatures=(replace(envelope.signatures[0], sig=r + other),))
    evidence = with_line(world, "eu", twin.encode(), "thread.opened", thread.leaf.thread)
    first = replace(evidence, envelopes=dict(evidence.envelopes) | {thread.id: envelope.encode()})
    for each, place in ((evidence, 0), (first, 1)):
        report = audit(each, trust_of(world)).report
        assert at(report, "entry-duplicate") == [f"EU-{thread.position.index + place}"]


def test_a_key_stopped_soon_after_puts_its_entries_in_doubt():
    world = World.founded()
    thread = world.open_thread("eu")
    world.note("eu", thread.leaf.thread, by="clerk")
    world.clock.forward(3600)
    desk = world.eu.keys["desk"].key
    act = {"key": desk, "reason": "device-lost"}
    world.append("eu", world.payload("eu", "key.suspended", by="clerk", body=act))
    world.exchange()
    report = report_of(world)
    assert at(report, "key-disputed") == [str(thread.position)]
    assert report.verdict == "authentic-and-complete"
    restored = world.payload("eu", "key.restored", by="head", body=act)
    world.append("eu", restored, also=["registrar"])
    world.exchange()
    assert codes(report_of(world)) == []


def test_a_key_stopped_days_later_leaves_its_entries_alone():
    world = World.founded()
    world.open_thread("eu")
    world.clock.forward(3 * 24 * 3600)
    act = {"key": world.eu.keys["desk"].key, "reason": "left-office"}
    world.append("eu", world.payload("eu", "key.suspended", by="clerk", body=act))
    world.exchange()
    assert codes(report_of(world)) == []


# Trust -------------------------------------------------------------------------------


def test_another_root_than_the_pinned_one_is_not_trusted(evidence, trust):
    other = World()
    other.eu.make_key("impostor")
    eu = replace(trust.parties["eu"], root=other.eu.keys["impostor"].key)
    report = audit(evidence, replace(trust, parties=trust.parties | {"eu": eu})).report
    assert at(report, "root-untrusted") == ["EU-0"]
    assert report.verdict == "not-proven"


def test_other_log_keys_than_the_founded_ones_are_named(story, evidence, trust):
    key = trust.parties["cn"].cosigning_key
    eu = replace(trust.parties["eu"], cosigning_key=key)
    report = audit(evidence, replace(trust, parties=trust.parties | {"eu": eu})).report
    assert at(report, "trust-missing") == ["EU-0"]


def test_a_party_that_the_reader_does_not_know_is_named(evidence, trust):
    report = audit(evidence, replace(trust, parties={"eu": trust.parties["eu"]})).report
    assert codes(report) == ["trust-missing"]
    assert report.verdict == "not-proven"


# Content -----------------------------------------------------------------------------


def with_parts(evidence: Evidence, entry: Entry, *given: str) -> Evidence:
    return replace(evidence, parts=dict(evidence.parts) | {entry.id: canonical.dumps(list(given))})


def texts(entry: Entry) -> list[str]:
    return [(part or b"").decode() for part in entry.submission.parts]


def test_content_that_is_absent_without_a_word_is_missing(story, evidence, trust):
    report = audit(with_parts(evidence, story.note, "", texts(story.note)[1]), trust).report
    assert [(each.code, each.place.part) for each in report.findings] == [("part-missing", 0)]
    assert report.verdict == "not-proven"
    bare = replace(evidence, parts={k: v for k, v in evidence.parts.items() if k != story.note.id})
    assert codes(audit(bare, trust).report) == ["part-missing", "part-missing"]


def test_content_is_withheld_or_sealed_with_a_reason(story, evidence, trust):
    declared = (
        Withheld(story.note.id, 0, "withheld", "third-party"),
        Withheld(story.note.id, 1, "sealed", "court", "Fictional court"),
    )
    report = audit(
        replace(with_parts(evidence, story.note, "", ""), withheld=declared), trust
    ).report
    assert [(each.code, dict(each.facts)) for each in report.findings] == [
        ("part-withheld", {"why": "third-party"}),
        ("part-sealed", {"why": "court", "to": "Fictional court"}),
    ]
    assert report.verdict == "authentic-with-declared-gaps"


def test_content_is_erased_by_an_order_that_the_record_names():
    world = busy().world
    entry = next(e for e in world.eu.own.entries if e.leaf.kind == "note.posted")
    erased = world.erase("eu", entry, [0])
    world.exchange()
    report = report_of(world, files=FILES)
    assert [(each.code, dict(each.facts)) for each in report.findings] == [
        (
            "part-erased",
            {"position": str(erased.position), "basis": "order", "order": "Order 7/2026"},
        )
    ]
    assert (report.verdict, report.exit_code) == ("authentic-with-declared-gaps", 0)


def test_content_that_was_declared_erased_and_is_there_is_a_notice():
    """The other side's copy, before it has done the same."""
    world = busy().world
    entry = next(e for e in world.eu.own.entries if e.leaf.kind == "note.posted")
    world.erase("eu", entry, [0])
    world.exchange()
    report = audit(evidence_of(world, "cn", files=FILES), trust_of(world)).report
    assert codes(report) == ["erased-part-present"]
    assert report.verdict == "authentic-and-complete"


def test_an_erasure_without_authority_declares_nothing():
    world = busy().world
    batch = next(e for e in world.eu.own.entries if e.leaf.kind == "batch.listed")
    body = {"parts": [0], "basis": "order"}
    payload = world.payload("eu", "part.erased", by="head", ref=batch.id, body=body)
    world.append("eu", payload, honest=False)
    world.exchange()
    assert codes(report_of(world, files=FILES)) == ["erase-authority"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"not json", "part-malformed"),
        (b'{"a":"b"}', "part-malformed"),
        (b"[1]", "part-malformed"),
    ],
)
def test_a_list_of_content_that_is_none_is_named(given, code, story, evidence, trust):
    changed = replace(evidence, parts=dict(evidence.parts) | {story.note.id: given})
    assert code in codes(audit(changed, trust).report)


def test_more_content_than_was_signed_is_named(story, evidence, trust):
    report = audit(with_parts(evidence, story.note, *texts(story.note), "more"), trust).report
    assert codes(report) == ["part-extra"]
    orphan = replace(evidence, parts=dict(evidence.parts) | {"a" * 64: b"[]"})
    assert codes(audit(orphan, trust).report) == ["part-extra"]
    stray = replace(evidence, files=FILES | {"b" * 64: "b" * 64})
    assert codes(audit(stray, trust).report) == ["part-extra"]


def test_content_of_another_paragraph_is_named(story, evidence, trust):
    report = audit(with_parts(evidence, story.note, *reversed(texts(story.note))), trust).report
    assert codes(report) == ["part-digest", "part-digest"]


def test_content_that_was_signed_and_is_nonsense_is_named():
    world = World.founded()
    thread = world.open_thread("eu")
    nonsense = [b"no disclosure", world.text("A subject", "subject")]
    refs = [
        {"k": "text", "c": sha256(b"special-channel/part/v1\n" + each).hexdigest()}
        for each in nonsense
    ]
    payload = world.payload("eu", "note.posted", thread=thread.leaf.thread, lang="en", parts=refs)
    unread = replace(sign(payload, [world.eu.keys["desk"]]), parts=(None, None))
    entry = world.append_signed("eu", unread)
    world.exchange()
    evidence = with_parts(evidence_of(world), entry, *(each.decode() for each in nonsense))
    assert codes(audit(evidence, trust_of(world)).report) == ["part-malformed", "part-malformed"]


def test_an_attachment_is_missing_other_or_declared(story, evidence, trust):
    assert codes(audit(replace(evidence, files={}), trust).report) == ["file-missing"]
    other = {digest: sha256(b"other").hexdigest() for digest in FILES}
    assert codes(audit(replace(evidence, files=other), trust).report) == ["file-digest"]
    declared = (Withheld(story.with_file.id, 1, "withheld", "not-arrived"),)
    report = audit(replace(evidence, files={}, withheld=declared), trust).report
    assert codes(report) == ["part-withheld"]


def test_an_entry_whose_data_is_lost_can_not_be_judged(story, evidence, trust):
    report = audit(with_parts(evidence, story.batch, ""), trust).report
    assert {"entry-unjudged", "part-missing"} <= set(codes(report))
    wrong = audit(with_parts(evidence, story.batch, texts(story.note)[0]), trust).report
    assert {"entry-unjudged", "part-digest"} <= set(codes(wrong))


# Scope -------------------------------------------------------------------------------


def scoped(evidence: Evidence, scope: Scope, trust: Trust, *, keep: set[str]) -> Report:
    """What is said of a bundle of this scope that holds only these entries beside the directory."""
    envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ in keep}
    parts = {id_: data for id_, data in evidence.parts.items() if id_ in keep}
    return audit(
        replace(evidence, scope=scope, envelopes=envelopes, parts=parts, files={}), trust
    ).report


def directory(world: World) -> set[str]:
    return {
        entry.id
        for side in world.sides.values()
        for entry in side.own.entries
        if entry.leaf.kind.startswith(("key.", "party.", "charter."))
    }


def test_a_thread_alone_is_complete_within_its_scope(story, evidence, trust):
    thread = story.other_thread.leaf.thread
    own = {entry.id for entry in story.world.cn.own.entries if entry.leaf.thread == thread}
    report = scoped(evidence, Scope("thread", thread), trust, keep=directory(story.world) | own)
    assert report.verdict == "authentic-and-complete"
    one_less = scoped(
        evidence,
        Scope("thread", thread),
        trust,
        keep=directory(story.world) | own - {story.other_thread.id},
    )
    assert at(one_less, "entry-missing") == [str(story.other_thread.position)]


def test_an_entry_beyond_the_scope_is_named(story, evidence, trust):
    thread = story.other_thread.leaf.thread
    own = {entry.id for entry in story.world.cn.own.entries if entry.leaf.thread == thread}
    report = scoped(
        evidence,
        Scope("thread", thread),
        trust,
        keep=directory(story.world) | own | {story.batch.id},
    )
    assert at(report, "out-of-scope") == [str(story.batch.position)]


def test_a_scope_that_no_entry_is_of_proves_nothing(story, evidence, trust):
    report = scoped(evidence, Scope("thread", "f" * 32), trust, keep=directory(story.world))
    assert [(each.code, each.place.id) for each in report.findings] == [("entry-missing", "f" * 32)]


def test_the_batch_that_a_thread_is_about_belongs_to_its_export(story, evidence, trust):
    thread = story.batch_thread.leaf.thread
    own = {e.id for e in story.world.eu.own.entries if e.leaf.thread == thread}
    without = scoped(evidence, Scope("thread", thread), trust, keep=directory(story.world) | own)
    assert at(without, "entry-missing") == [str(story.batch.position)]
    whole = scoped(
        evidence,
        Scope("thread", thread),
        trust,
        keep=directory(story.world) | own | {story.batch.id},
    )
    assert whole.verdict == "authentic-and-complete"


def test_every_finding_has_a_place_or_is_of_the_whole(story, evidence, trust):
    report = audit(replace(evidence, files={}, envelopes={}, parts={}), trust).report
    assert set(codes(report)) == {"entry-missing"}
    assert len(report.findings) == len(evidence.envelopes)
    assert all(each.place.fields() for each in report.findings)


def test_log_evidence_may_be_cut_at_any_size_that_fits(story):
    """An export speaks up to its sizes: a smaller cut is as good, with its own checkpoint."""
    world = World.founded()
    early = {party: side.own.size for party, side in world.sides.items()}
    world.open_thread("eu")
    world.exchange()
    logs = {party: log_evidence(side.own, size=early[party]) for party, side in world.sides.items()}
    kept = {
        entry.id: entry.submission.envelope
        for party, side in world.sides.items()
        for entry in side.own.entries[: early[party]]
    }
    full = evidence_of(world)
    cut = replace(
        full,
        logs=logs,
        envelopes=kept,
        parts={id_: data for id_, data in full.parts.items() if id_ in kept},
    )
    assert audit(cut, trust_of(world)).report.verdict == "authentic-and-complete"


# What else can stand in a log --------------------------------------------------------


def test_an_entry_that_has_seen_a_third_log_is_named():
    world = World.founded()
    seen = [{"log": "third.example/log", "size": 1, "root": "a" * 64}]
    thread = world.payload("eu", "thread.opened", thread=world.thread_id(), lang="en", seen=seen)
    thread["body"] = {"batch": "standing"}
    world.append("eu", thread, [world.text("x", "subject")], honest=False)
    world.exchange()
    assert codes(report_of(world)) == ["seen-inconsistent"]


def test_a_due_time_that_passed_without_any_head_is_as_good():
    world = World.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    world.clock.forward(3600)
    world.pass_due("eu", note, DUE)
    world.exchange()
    assert codes(report_of(world)) == []


def test_what_a_stopped_key_signed_is_refused_and_not_only_in_doubt():
    world = World.founded()
    act = {"key": world.eu.keys["desk"].key, "reason": "device-lost"}
    world.append("eu", world.payload("eu", "key.suspended", by="clerk", body=act))
    payload = world.payload("eu", "thread.opened", thread=world.thread_id(), lang="en")
    payload["body"] = {"batch": "standing"}
    world.append("eu", payload, [world.text("x", "subject")], honest=False)
    world.exchange()
    assert codes(report_of(world)) == ["key-suspended"]


def test_a_key_whose_stopping_can_not_be_dated_leaves_no_doubt():
    """The leaf of the suspension is malformed: a fault of its own, and no date."""
    world = World.founded()
    world.open_thread("eu")
    act = {"key": world.eu.keys["desk"].key, "reason": "device-lost"}
    stop = world.append("eu", world.payload("eu", "key.suspended", by="clerk", body=act))
    world.exchange()
    evidence = evidence_of(world)
    kept = lines(evidence, "eu")
    kept[stop.position.index] = b"nonsense\n"
    report = audit(changed_log(evidence, "eu", lines=b"".join(kept)), trust_of(world)).report
    assert "key-disputed" not in codes(report)
    assert at(report, "leaf-malformed") == [str(stop.position)]


def test_a_context_entry_is_still_signed_by_whom_it_says(story, evidence, trust):
    """An erasure in another thread is no concern of this one, but it must be a true entry."""
    world = busy().world
    other = world.note(
        "eu", next(e.leaf.thread for e in world.eu.own.entries if e.leaf.kind == "thread.opened")
    )
    erased = world.erase("eu", other, [0])
    world.exchange()
    thread = next(e for e in world.cn.own.entries if e.leaf.kind == "thread.opened").leaf.thread
    own = {e.id for e in world.cn.own.entries if e.leaf.thread == thread}
    keep = directory(world) | own | {erased.id}
    whole = evidence_of(world)
    good = scoped(whole, Scope("thread", thread or ""), trust_of(world), keep=keep)
    assert codes(good) == []
    forged_ = replace(
        erased.envelope, signatures=(replace(erased.envelope.signatures[0], sig=bytes(64)),)
    )
    bad = replace(whole, envelopes=dict(whole.envelopes) | {erased.id: forged_.encode()})
    report = scoped(bad, Scope("thread", thread or ""), trust_of(world), keep=keep)
    assert at(report, "signature-bad") == [str(erased.position)]


def test_a_batch_alone_is_complete_within_its_scope(story, evidence, trust):
    """With every opening and every return sheet, so that anyone can count those of the batch."""
    everything = [*story.world.eu.own.entries, *story.world.cn.own.entries]
    thread = story.batch_thread.leaf.thread
    kinds = {"thread.opened", "batch.answered"}
    keep = (
        directory(story.world)
        | {story.batch.id}
        | {e.id for e in everything if e.leaf.kind in kinds or e.leaf.thread == thread}
    )
    scope = Scope("batch", story.batch.id)
    assert scoped(evidence, scope, trust, keep=keep).verdict == "authentic-and-complete"
    for hidden in (story.batch_thread, story.world.cn.own.entries[-1]):
        less = scoped(evidence, scope, trust, keep=keep - {hidden.id})
        assert str(hidden.position) in at(less, "entry-missing")


def test_a_return_sheet_of_another_batch_is_context(trust):
    world = World.founded()
    first, second = world.list_batch(["A-1"]), world.list_batch(["B-1"], list_="W48")
    world.exchange()
    sheets = [
        world.answer_batch(batch, [{"row": 1, "number": number}])
        for batch, number in ((first, "A-1"), (second, "B-1"))
    ]
    world.exchange()
    keep = directory(world) | {first.id} | {sheet.id for sheet in sheets}
    report = scoped(evidence_of(world), Scope("batch", first.id), trust_of(world), keep=keep)
    assert report.verdict == "authentic-and-complete"
    assert report.counts["valid"] == len(keep) - 1


def test_a_text_in_the_place_of_data_is_no_data():
    """Signed so by the author: a commitment of the wrong role."""
    world = World.founded()
    text = world.text("No document.")
    refs = [{"k": "data", "c": part_refs([text])[0]["c"]}]  # type: ignore[index, call-overload]
    payload = world.payload("eu", "batch.listed", body={"list": "W47", "rows": 1}, parts=refs)
    signed = sign(payload, [world.eu.keys["desk"], world.eu.keys["head"]])
    evidence = with_line(world, "eu", signed.envelope, "batch.listed", None)
    envelope = dsse.decode(signed.envelope)
    given = dict(evidence.parts) | {envelope.id: canonical.dumps([text.decode()])}
    report = audit(replace(evidence, parts=given), trust_of(world)).report
    assert {"entry-unjudged", "part-malformed"} <= set(codes(report))
    assert b'"part":0' in report.encode()


def test_a_cosignature_from_beyond_all_calendars_is_still_one(story, evidence, trust):
    own = story.world.eu.own
    note = story.world.cn.cosign(own.notes[own.size], 2**62).encode()
    report = audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    assert report.logs[0].delivered == 253_402_300_799
    assert b'"delivered":253402300799' in report.encode()


def test_what_is_missing_is_named_and_not_also_those_who_speak_of_it(story, evidence, trust):
    """One entry gone: the fault is there. Those that name it can't be judged, and are no fault."""
    for gone, unjudged in (
        (story.note, {story.passed, story.answer}),
        (story.other_thread, set()),
        (story.world.eu.own.entries[1], {story.thread, story.passed}),
        (story.world.cn.own.entries[8], {story.thread, story.answer}),
    ):
        envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ != gone.id}
        report = audit(replace(evidence, envelopes=envelopes), trust).report
        faults = [each for each in report.findings if each.severity == "fault"]
        assert {each.code for each in faults} <= {"entry-missing", "part-extra"}
        assert at(report, "entry-missing") == [str(gone.position)]
        assert {str(entry.position) for entry in unjudged} <= set(at(report, "entry-unjudged"))


def test_a_changed_signature_is_named_alone(story, evidence, trust):
    """The payload is the one that the log names, so what follows from it still stands."""
    envelope = story.note.envelope
    bad = replace(envelope, signatures=(replace(envelope.signatures[0], sig=bytes(64)),))
    audited = audit(substituted(evidence, story.note, bad.encode()), trust)
    assert codes(audited.report) == ["envelope-digest", "signature-bad"]
    assert digest_of(audited.rows) == story.world.eu.digest
