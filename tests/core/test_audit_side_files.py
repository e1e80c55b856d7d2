"""Files next to the entries: earlier notes, lists of context, and the other log's refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.audit.trust import Trust
from special_channel.core.bytes import canonical
from special_channel.core.entries import DIRECTORY_KINDS
from tests.bundles import all_of, evidence_of, laid_out, trust_of
from tests.core.auditing import at, changed_log, codes, report_of, texts, with_parts
from tests.stories import Story
from tests.world import Entry, World

# Refusals ----------------------------------------------------------------------------


def refused(world: World, entry: Entry, code: str = "role") -> None:
    body = {"index": entry.position.index, "code": code}
    world.append("cn", world.payload("cn", "peer.refused", by="node", body=body))
    world.exchange()


def test_refusal_of_a_valid_entry_is_a_fault():
    """A false statement, or two nodes that judge differently: either way two states."""
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    refused(world, thread)
    report = report_of(world)
    assert at(report, "refusal-differs") == [str(thread.position)]
    assert dict(report.findings[0].facts) == {"code": "role"}
    assert report.verdict == "not-proven"


def test_refusal_of_a_valid_entry_is_the_same_by_either_side():
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    refused(world, thread)
    mirrored = audit(evidence_of(world, "cn"), trust_of(world)).report
    assert mirrored.encode() == report_of(world).encode()


# Earlier notes -----------------------------------------------------------------------


def notes_of(evidence: Evidence) -> dict[int, bytes]:
    return dict(evidence.logs["eu"].earlier)


def test_dropped_earlier_note_is_a_fault(evidence, trust):
    notes = notes_of(evidence)
    size = sorted(notes)[3]
    del notes[size]
    report = audit(changed_log(evidence, "eu", earlier=notes), trust).report
    assert [(each.code, each.place.file) for each in report.findings] == [
        ("note-missing", f"data/logs/eu/checkpoints/{size}")
    ]
    assert report.verdict == "not-proven"


def test_note_that_the_exporter_lacks_is_a_gap(evidence, trust):
    notes = notes_of(evidence)
    size = sorted(notes)[3]
    del notes[size]
    absent = frozenset({size})
    report = audit(changed_log(evidence, "eu", earlier=notes, absent=absent), trust).report
    assert codes(report) == ["note-absent"]
    assert report.verdict == "authentic-with-declared-gaps"


def test_note_that_nothing_calls_for_is_a_fault():
    world = World.founded()
    thread = world.open_thread("eu")
    size = world.eu.own.size
    world.note("eu", thread.leaf.thread, seen=[])
    world.exchange()
    evidence = evidence_of(world)
    notes = notes_of(evidence)
    assert size not in notes
    assert audit(evidence, trust_of(world)).report.findings == ()
    notes[size] = world.eu.own.notes[size].encode()
    report = audit(changed_log(evidence, "eu", earlier=notes), trust_of(world)).report
    assert codes(report) == ["note-uncalled"]
    assert report.verdict == "not-proven"


def test_earlier_note_with_another_line_is_a_fault(story, evidence, trust):
    """Replaced by the cosigned note of the same tree: the wrong note for this place."""
    notes = notes_of(evidence)
    size = next(at for at in sorted(notes) if at in story.world.eu.own.cosigned)
    notes[size] = story.world.eu.own.cosigned[size].encode()
    report = audit(changed_log(evidence, "eu", earlier=notes), trust).report
    assert codes(report) == ["checkpoint-malformed"]


def test_earlier_note_exchanged_for_another_is_a_fault(evidence, trust):
    notes = notes_of(evidence)
    first, second = sorted(notes)[2:4]
    notes[first] = notes[second]
    report = audit(changed_log(evidence, "eu", earlier=notes), trust).report
    assert codes(report) == ["checkpoint-malformed"]


# Lists of context --------------------------------------------------------------------


def batch_bundle(story: Story) -> tuple[Evidence, Entry]:
    """A batch's bundle, and an opening in it of another batch."""
    whole = all_of(story.world, "eu", Scope("batch", story.batch.id))
    thread = story.batch_thread.leaf.thread
    kinds = DIRECTORY_KINDS | {"thread.opened", "batch.listed", "batch.answered", "batch.amended"}
    kept = {
        entry.id
        for side in story.world.sides.values()
        for entry in side.own.entries
        if entry.leaf.thread == thread or entry.leaf.kind in kinds
    }
    held = {
        "envelopes": {id_: data for id_, data in whole.envelopes.items() if id_ in kept},
        "parts": {id_: data for id_, data in whole.parts.items() if id_ in kept},
    }
    return laid_out(replace(whole, **held)), story.other_thread  # type: ignore[arg-type]


def test_context_list_is_there_and_empty(story, trust):
    evidence, context = batch_bundle(story)
    assert canonical.loads(evidence.parts[context.id]) == [""]
    assert audit(evidence, trust).report.findings == ()


def test_dropped_context_list_is_a_fault(story, trust):
    evidence, context = batch_bundle(story)
    parts = {id_: data for id_, data in evidence.parts.items() if id_ != context.id}
    report = audit(replace(evidence, parts=parts), trust).report
    assert at(report, "part-missing") == [str(context.position)]
    assert report.findings[0].place.file == f"data/parts/{context.id}.json"
    assert report.verdict == "not-proven"


@pytest.mark.parametrize(
    ("given", "code"), [([], "part-malformed"), (["", ""], "part-extra"), (["x"], "part-digest")]
)
def test_changed_context_list_is_a_fault(given, code, story, trust):
    evidence, context = batch_bundle(story)
    report = audit(with_parts(evidence, context, *given), trust).report
    assert code in codes(report)
    assert report.verdict == "not-proven"


def test_context_content_that_is_not_called_for_is_a_fault(story, trust):
    """Valid content of another thread, outside the scope."""
    evidence, context = batch_bundle(story)
    report = audit(with_parts(evidence, context, *texts(context)), trust).report
    assert at(report, "part-extra") == [str(context.position)]


def test_list_for_an_entry_without_parts_is_a_fault(story, evidence, trust):
    assert "parts" not in story.passed.payload
    assert codes(checked(evidence, trust, story.passed)) == ["part-extra"]


def checked(evidence: Evidence, trust: Trust, entry: Entry) -> Report:
    return audit(with_parts(evidence, entry), trust).report
