"""The audit of contents and scopes: the four words for absence, and what a scope calls for."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.evidence import WithheldPart
from special_channel.core.audit.scope import Scope
from special_channel.core.rows.writing import sign
from tests.bundles import evidence_of, laid_out, log_evidence, trust_of
from tests.core.auditing import (
    FILES,
    at,
    codes,
    directory,
    report_of,
    scoped,
    texts,
    with_parts,
)
from tests.stories import ATTACHED, busy
from tests.world import World

# Damage ---------------------------------------------------------------------------------


def test_entry_stated_to_be_damaged_is_missing_all_the_same(story, evidence, trust):
    gone = {name: data for name, data in evidence.envelopes.items() if name != story.answer.id}
    parts = {name: data for name, data in evidence.parts.items() if name != story.answer.id}
    stated = frozenset({(story.answer.id, -1)})
    report = audit(replace(evidence, envelopes=gone, parts=parts, damaged=stated), trust).report
    for code in ("entry-missing", "entry-damaged"):
        assert at(report, code) == [str(story.answer.position)]
    unstated = audit(replace(evidence, envelopes=gone, parts=parts), trust).report
    assert set(codes(report)) - set(codes(unstated)) == {"entry-damaged"}
    assert report.verdict == unstated.verdict == "not-proven"


def test_data_stated_to_be_damaged_is_missing_all_the_same(story, evidence, trust):
    bare = with_parts(evidence, story.batch, "")
    report = audit(replace(bare, damaged=frozenset({(story.batch.id, 0)})), trust).report
    for code in ("part-missing", "entry-damaged"):
        assert at(report, code) == [str(story.batch.position)]
    unstated = audit(bare, trust).report
    assert set(codes(report)) - set(codes(unstated)) == {"entry-damaged"}
    assert report.verdict == unstated.verdict == "not-proven"


def test_statement_of_damage_about_what_is_there_has_no_effect(story, evidence, trust):
    stated = frozenset({(story.answer.id, -1), (story.batch.id, 0)})
    assert audit(replace(evidence, damaged=stated), trust).report == audit(evidence, trust).report


# Content -----------------------------------------------------------------------------


def test_content_that_is_absent_without_a_word_is_missing(story, evidence, trust):
    report = audit(with_parts(evidence, story.note, "", texts(story.note)[1]), trust).report
    assert [(each.code, each.place.part) for each in report.findings] == [("part-missing", 0)]
    assert report.verdict == "not-proven"
    bare = replace(evidence, parts={k: v for k, v in evidence.parts.items() if k != story.note.id})
    assert codes(audit(bare, trust).report) == ["part-missing"] * 3


def test_content_is_withheld_or_sealed_with_a_reason(story, evidence, trust):
    declared = (
        WithheldPart(story.note.id, 0, "withheld", "third-party"),
        WithheldPart(story.note.id, 1, "sealed", "court", "Fictional court"),
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
    declared = (WithheldPart(story.with_file.id, 1, "withheld", "not-arrived"),)
    report = audit(replace(evidence, files={}, withheld=declared), trust).report
    assert codes(report) == ["part-withheld"]


@pytest.mark.parametrize("length", [0, len(ATTACHED) - 1, len(ATTACHED) + 1])
def test_attachment_of_another_length_is_a_fault(length, evidence, trust, story):
    """The signed description and the bytes disagree: the author's own fault, or another's."""
    report = audit(replace(evidence, lengths=dict.fromkeys(FILES, length)), trust).report
    [found] = report.findings
    assert (found.code, found.place.id, found.place.part) == ("file-length", story.with_file.id, 1)
    facts = dict(found.facts)
    assert (facts["stated"], facts["length"]) == (len(ATTACHED), length)
    assert report.verdict == "not-proven"


def test_an_entry_whose_data_is_lost_can_not_be_judged(story, evidence, trust):
    report = audit(with_parts(evidence, story.batch, ""), trust).report
    assert {"entry-unjudged", "part-missing"} <= set(codes(report))
    wrong = audit(with_parts(evidence, story.batch, texts(story.note)[0]), trust).report
    assert {"entry-unjudged", "part-digest"} <= set(codes(wrong))


# Scope -------------------------------------------------------------------------------


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
    bare = replace(evidence, files={}, envelopes={}, parts={})
    report = audit(laid_out(bare), trust).report
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


def test_an_erasure_of_what_the_scope_includes_is_judged_and_its_gap_named():
    world = busy().world
    opened = next(e for e in world.eu.own.entries if e.leaf.kind == "thread.opened")
    note = world.note("eu", opened.leaf.thread)
    erased = world.erase("eu", note, [0])
    world.exchange()
    thread = opened.leaf.thread or ""
    own = {
        e.id
        for e in (*world.eu.own.entries, *world.cn.own.entries)
        if e.leaf.thread == thread or e.leaf.kind == "batch.listed"
    }
    keep = directory(world) | own | {erased.id}
    report = scoped(evidence_of(world), Scope("thread", thread), trust_of(world), keep=keep)
    assert "part-erased" in codes(report)
    assert "entry-missing" not in codes(report)
