"""The audit of entries, keys and trust: each fault named at its place, and going on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.scope import Scope
from special_channel.core.audit.trust import RootPin
from special_channel.core.bytes import dsse
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.rules.state import digest_of
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import (
    at,
    changed_log,
    codes,
    directory,
    report_of,
    scoped,
    signed_thread,
    substituted,
    with_line,
    with_parts,
)
from tests.stories import DUE, busy
from tests.world import World

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


def test_the_payload_is_read_on_where_only_the_signature_was_changed(story, evidence, trust):
    """The id commits to the payload, so the judge can still use the payload."""
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


def test_a_leaf_that_says_other_than_its_entry_is_named():
    world = World.founded()
    submission = signed_thread(world)
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


def test_a_key_stopped_days_later_leaves_its_entries_alone():
    world = World.founded()
    world.open_thread("eu")
    world.clock.forward(3 * 24 * 3600)
    act = {"key": world.eu.keys["desk"].key, "reason": "stated-at-home"}
    world.append("eu", world.payload("eu", "key.suspended", by="clerk", body=act))
    world.exchange()
    assert codes(report_of(world)) == []


# Trust -------------------------------------------------------------------------------


def test_another_root_than_the_pinned_one_is_not_trusted(evidence, trust):
    root = RootPin(number=1, pin="0" * 64)
    eu = trust.parties["eu"].model_copy(update={"root": root})
    report = audit(evidence, replace(trust, parties=trust.parties | {"eu": eu})).report
    assert at(report, "root-untrusted") == ["EU-0"]
    assert report.verdict == "not-proven"


def test_a_party_that_the_reader_does_not_know_is_named(evidence, trust):
    report = audit(evidence, replace(trust, parties={"eu": trust.parties["eu"]})).report
    assert codes(report) == ["trust-missing"]
    assert report.verdict == "not-proven"


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
    act = {"key": world.eu.keys["desk"].key, "reason": "stated-at-home"}
    world.append("eu", world.payload("eu", "key.suspended", by="clerk", body=act))
    payload = world.payload("eu", "thread.opened", thread=world.thread_id(), lang="en")
    payload["body"] = {"batch": "standing"}
    world.append("eu", payload, [world.text("x", "subject")], honest=False)
    world.exchange()
    assert codes(report_of(world)) == ["key-suspended"]


def test_a_context_entry_is_still_signed_by_whom_it_says(story, evidence, trust):
    """An erasure in another thread does not affect this thread, but must be a valid entry."""
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
    """With every opening and return sheet, so that a reader can count the batch's own."""
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
    whole = evidence_of(world)
    bare = with_parts(whole, sheets[1], "")
    without = scoped(bare, Scope("batch", first.id), trust_of(world), keep=keep)
    assert without.verdict == "authentic-and-complete", "its rows are no concern of this batch"


def test_a_text_in_the_place_of_data_is_no_data():
    """The author signed a commitment of the wrong role."""
    world = World.founded()
    text = world.text("No document.")
    refs = [{"k": "data", "c": part_refs([text])[0]["c"]}]  # type: ignore[index, call-overload]
    body = {"list": "W47", "rows": 1}
    payload = world.payload("eu", "batch.listed", body=body, parts=refs)
    signed = sign(payload, [world.eu.keys["desk"], world.eu.keys["head"]], [text])
    entry = world.append_signed("eu", signed, honest=False)
    world.exchange()
    report = report_of(world)
    assert at(report, "entry-malformed") == at(report, "part-malformed") == [str(entry.position)], (
        codes(report)
    )
    assert b'"part":0' in report.encode()


def test_a_cosignature_from_beyond_all_calendars_is_still_one(story, evidence, trust):
    own = story.world.eu.own
    note = story.world.cn.cosign(own.notes[own.size], 2**62).encode()
    report = audit(changed_log(evidence, "eu", checkpoint=note), trust).report
    assert report.logs[0].delivered == 253_402_300_799
    assert b'"delivered":253402300799' in report.encode()


def test_missing_entry_leaves_unjudged_what_depends_on_it(story, evidence, trust):
    """Entries that name a missing entry can't be judged; findings name the missing entry."""
    for gone, unjudged in (
        (story.note, {story.passed, story.answer}),
        (story.other_thread, set()),
        (story.world.eu.own.entries[1], {story.passed}),  # a grant
        (story.world.eu.own.entries[2], {story.passed}),  # an enrolment
        (story.world.cn.own.entries[13], {story.thread, story.answer}),  # the charter
    ):
        envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ != gone.id}
        report = audit(replace(evidence, envelopes=envelopes), trust).report
        faults = {each.code for each in report.findings if each.severity == "fault"}
        assert faults <= {
            "entry-missing", "part-extra", "entry-unjudged", "key-unknown", "note-uncalled",
            "reference",  # to the person of a missing grant
        }  # fmt: skip
        assert at(report, "entry-missing") == [str(gone.position)]
        assert {str(entry.position) for entry in unjudged} <= set(at(report, "entry-unjudged"))


def test_a_changed_signature_is_named_alone(story, evidence, trust):
    """The log names this payload, so later entries that depend on it stay valid."""
    envelope = story.note.envelope
    bad = replace(envelope, signatures=(replace(envelope.signatures[0], sig=bytes(64)),))
    audited = audit(substituted(evidence, story.note, bad.encode()), trust)
    assert codes(audited.report) == ["envelope-digest", "signature-bad"]
    assert digest_of(audited.rows) == story.world.eu.digest
