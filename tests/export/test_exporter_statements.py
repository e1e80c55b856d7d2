"""The unsigned statements of `export.json` switch no check off."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import canonical
from special_channel.export.verify import verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, packed, repaired, request, unpacked, written
from tests.stories import busy

STATEMENT = "data/export.json"


def restated(files: dict[str, bytes], **changed: Any) -> dict[str, bytes]:
    """The same bundle under another statement; None omits a field."""
    said = json.loads(files[STATEMENT]) | changed
    kept = {name: value for name, value in said.items() if value is not None}
    return repaired(files | {STATEMENT: canonical.dumps(kept)})


def checked(files: dict[str, bytes], trust: bytes, **changed: Any) -> Report:
    return verify(packed("name", restated(files, **changed)), trust)


def codes(report: Report) -> set[str]:
    return {each.code for each in report.findings}


def thread_of(story: Any) -> Scope:
    return Scope("thread", story.thread.leaf.thread)


def test_withheld_charter_with_a_forged_note_is_not_proven():
    """An unsigned line of `export.json` once left the judge without a charter."""
    story = busy()
    world = story.world
    world.eu.make_key("stranger")
    thread = story.thread.leaf.thread
    payload = world.payload("eu", "note.posted", by="stranger", thread=thread, lang="en")
    forged = world.append("eu", payload, [world.text("Forged.")], honest=False)
    world.exchange()
    files = unpacked(bundle(world))[1]
    charters = sorted(
        entry.id
        for side in world.sides.values()
        for entry in side.own.entries
        if entry.leaf.kind == "charter.adopted"
    )
    bare = {f"data/parts/{each}.json": canonical.dumps([""]) for each in charters}
    said = json.loads(files[STATEMENT])
    withheld = [{"id": each, "part": 0, "word": "withheld", "why": "-"} for each in charters]
    counts = said["counts"] | {"parts": said["counts"]["parts"] - len(charters)}
    report = checked(files | bare, trust_file(world), withheld=withheld, counts=counts)
    unknown = [each.place.index for each in report.findings if each.code == "key-unknown"]
    assert unknown == [forged.position.index]
    assert {"part-missing", "entry-unjudged"} <= codes(report)
    assert (report.verdict, report.exit_code) == ("not-proven", 1)


@pytest.mark.parametrize(
    "scope",
    [
        {"kind": "thread"},
        {"kind": "batch"},
        {"kind": "thread", "of": "a" * 64},
        {"kind": "batch", "of": "a" * 32},
        {"kind": "everything", "of": "a" * 32},
        {"kind": "everything", "position": "EU-7"},
        {"kind": "nothing"},
    ],
)
def test_scope_that_calls_for_nothing_is_malformed(scope, files, trust):
    """Of a thread without an id no entry is called for; a bare directory would be complete."""
    report = checked(files, trust, scope=scope)
    assert "export-malformed" in codes(report)
    assert report.verdict == "not-proven"


def test_bare_directory_of_no_thread_is_not_complete(files, trust):
    kept = {path: data for path, data in files.items() if "/entries/" not in path}
    assert checked(kept, trust, scope={"kind": "thread"}).verdict == "not-proven"


def test_narrower_scope_does_not_hide_what_is_there(files, story, trust):
    report = checked(files, trust, scope={"kind": "thread", "of": story.thread.leaf.thread})
    assert "out-of-scope" in codes(report)
    assert report.verdict == "not-proven"


@pytest.mark.parametrize("number", ["EU-9999", "CN-0", "EU-0"])
def test_scope_under_another_number_disagrees(number, story, trust):
    """People read the number; the verifier checks the id."""
    asked = request(thread_of(story), position=story.thread.position)
    files = unpacked(written(story.world, asked)[0])[1]
    said = json.loads(files[STATEMENT])["scope"]
    assert checked(files, trust, scope=said).verdict == "authentic-and-complete"
    report = checked(files, trust, scope=said | {"position": number})
    assert codes(report) == {"export-disagrees"}
    assert report.verdict == "not-proven"


def test_batch_under_its_own_number_agrees(story, trust):
    asked = request(Scope("batch", story.batch.id), position=story.batch.position)
    files = unpacked(written(story.world, asked)[0])[1]
    assert verify(packed("name", files), trust).verdict == "authentic-and-complete"
    said = json.loads(files[STATEMENT])["scope"]
    other = said | {"position": str(story.thread.position)}
    assert codes(checked(files, trust, scope=other)) == {"export-disagrees"}


@pytest.mark.parametrize("change", ["order", "twice", "absent"])
def test_logs_are_stated_once_and_in_order(change, files, trust):
    eu, cn = json.loads(files[STATEMENT])["logs"]
    logs = {"order": [cn, eu], "twice": [eu, eu], "absent": None}[change]
    assert "export-malformed" in codes(checked(files, trust, logs=logs))


def test_statement_without_withheld_is_malformed(files, trust):
    assert "export-malformed" in codes(checked(files, trust, withheld=None))


def test_absence_declared_twice_is_malformed(files, trust, story):
    line = {"id": story.note.id, "part": 0, "word": "withheld", "why": "one"}
    assert "export-malformed" in codes(checked(files, trust, withheld=[line, line | {"why": "x"}]))


def test_declared_absence_of_what_is_there_disagrees(files, trust, story):
    line = {"id": story.note.id, "part": 0, "word": "withheld", "why": "one"}
    report = checked(files, trust, withheld=[line])
    assert codes(report) == {"export-disagrees"}


def test_note_declared_absent_that_is_there_disagrees(files, trust):
    eu, cn = json.loads(files[STATEMENT])["logs"]
    size = int(next(p for p in files if "/eu/checkpoints/" in p).rpartition("/")[2])
    report = checked(files, trust, logs=[eu | {"absent": [size]}, cn])
    assert codes(report) == {"export-disagrees"}
    assert "export-malformed" in codes(
        checked(files, trust, logs=[eu | {"absent": [size, size]}, cn])
    )


def test_dropped_note_is_a_gap_only_where_it_is_declared(files, trust):
    eu, cn = json.loads(files[STATEMENT])["logs"]
    path = next(path for path in files if "/eu/checkpoints/" in path)
    kept = {name: data for name, data in files.items() if name != path}
    assert codes(checked(kept, trust)) == {"note-missing"}
    size = int(path.rpartition("/")[2])
    report = checked(kept, trust, logs=[eu | {"absent": [size]}, cn])
    assert codes(report) == {"note-absent"}
    assert report.verdict == "authentic-with-declared-gaps"


def test_damage_stated_of_what_is_there_disagrees(files, trust, story):
    for damaged in (
        [{"id": story.note.id}],
        [{"id": "f" * 64}],
        [{"id": story.note.id, "part": 0}],
    ):
        report = checked(files, trust, damaged=damaged)
        assert codes(report) == {"export-disagrees"}
    for malformed in ([], [{"id": story.note.id}] * 2, [{"id": "f" * 64}, {"id": "e" * 64}]):
        assert "export-malformed" in codes(checked(files, trust, damaged=malformed))


def test_damage_that_is_stated_excuses_no_absence(trust, story):
    """The exporter states its reason; the entry is a fault, and so is the reason once taken out."""
    damaged = {story.note.position: ("envelope",)}
    made = written(story.world, request(thread_of(story)), damaged=damaged)[0]
    files = unpacked(made)[1]
    report = verify(made, trust)
    assert {"entry-missing", "entry-damaged"} <= codes(report)
    assert report.verdict == "not-proven"
    silent = codes(checked(files, trust, damaged=None))
    assert {"entry-missing", "table-differs", "view-differs"} <= silent
    assert "entry-damaged" not in silent


def test_declared_absence_excuses_no_signature(files, trust, story):
    """The text is withheld and the envelope's signature is another: the second is named."""
    path, parts = f"data/entries/{story.note.id}.json", f"data/parts/{story.note.id}.json"
    signed = json.loads(files[path])
    signed["signatures"][0]["sig"] = "A" * 86 + "=="
    bare = {path: json.dumps(signed, separators=(",", ":")).encode(), parts: b'["",""]'}
    withheld = [
        {"id": story.note.id, "part": place, "word": "sealed", "why": "court"} for place in (0, 1)
    ]
    counts = json.loads(files[STATEMENT])["counts"]
    counts["parts"] -= 2
    report = checked(files | bare, trust, withheld=withheld, counts=counts)
    assert {"envelope-digest", "signature-bad"} <= codes(report)
    assert report.verdict == "not-proven"


@pytest.mark.parametrize("field", ["by", "asked_by", "basis", "at"])
def test_who_asked_and_why_change_no_check(field, files, trust, story):
    """A changed text is found, regardless of these statements."""
    other = {"by": "cn", "asked_by": "x", "basis": "y", "at": "2030-01-01T00:00:00Z"}[field]
    note = f"data/parts/{story.note.id}.json"
    changed = files | {note: files[note].replace(b"Good", b"Evil")}
    assert "part-digest" in codes(checked(changed, trust, **{field: other}))
