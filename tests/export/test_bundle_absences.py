"""Every file of a bundle: removal or change is a fault or a gap.

Each time manifests and counts fit again, as a careful forger makes them. What is derived (tables,
README, view) is looked at for its own files alone: a forger derives it anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from special_channel.core.audit.findings import Finding, Report
from special_channel.core.audit.scope import Scope
from special_channel.export.verify import REQUIRED, verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, flipped, packed, repaired, unpacked
from tests.export.forging import (
    COMPARED,
    STATEMENT,
    faults,
    layout,
    recounted,
    stated,
    without_part,
)
from tests.stories import busy

STORY = busy()
TRUST = trust_file(STORY.world)
SCOPES = {
    "everything": Scope("everything"),
    "thread": Scope("thread", STORY.thread.leaf.thread or ""),
    "batch": Scope("batch", STORY.batch.id),
}
BUNDLES = {name: unpacked(bundle(STORY.world, scope))[1] for name, scope in SCOPES.items()}
FORMATS = Path(__file__).resolve().parents[2] / "docs" / "formats" / "bundle.md"


def checked(files: dict[str, bytes]) -> Report:
    return verify(packed("name", files), TRUST)


def named(report: Report) -> set[tuple[str, str, int, str]]:
    return {
        (each.code, each.place.id, each.place.part, each.place.file) for each in report.findings
    }


# Files --------------------------------------------------------------------------------


TAKEN_OUT = {
    "README.txt": "bag-file-missing",
    "bag-info.txt": "bag-file-missing",
    "bagit.txt": "bag-file-missing",
    "manifest-sha256.txt": "bag-file-missing",
    "tagmanifest-sha256.txt": "bag-file-missing",
    "data/export.json": "bag-file-missing",
    "data/policy.txt": "bag-file-missing",
    "data/logs/PARTY/leaves.txt": "bag-file-missing",
    "data/logs/PARTY/checkpoint": "checkpoint-missing",
    "data/logs/PARTY/checkpoints/SIZE": "note-missing",
    "data/entries/ID.json": "entry-missing",
    "data/parts/ID.json": "part-missing",
    "data/files/DIGEST": "file-missing",
    "data/view/index.html": "bag-file-missing",
    "data/tables/applications.csv": "bag-file-missing",
    "data/tables/asks.csv": "bag-file-missing",
    "data/tables/keys.csv": "bag-file-missing",
    "data/tables/licences.csv": "bag-file-missing",
    "data/tables/passed.csv": "bag-file-missing",
}
"""What comes of a file that is not there, by its path in the layout."""

CHANGED = TAKEN_OUT | {
    "README.txt": "view-differs",
    # Labels beyond Payload-Oxum are free, and nothing is read from them.
    "bag-info.txt": "",
    "bagit.txt": "bag-format",
    "manifest-sha256.txt": "bag-digest",
    "tagmanifest-sha256.txt": "bag-digest",
    "data/export.json": "export-malformed",
    "data/policy.txt": "policy-malformed",
    "data/logs/PARTY/leaves.txt": "leaf-malformed",
    "data/logs/PARTY/checkpoint": "checkpoint-signature",
    "data/logs/PARTY/checkpoints/SIZE": "checkpoint-signature",
    "data/entries/ID.json": "envelope-digest",
    "data/parts/ID.json": "part-malformed",
    "data/files/DIGEST": "file-digest",
    "data/view/index.html": "view-differs",
    "data/tables/applications.csv": "table-differs",
    "data/tables/asks.csv": "table-differs",
    "data/tables/keys.csv": "table-differs",
    "data/tables/licences.csv": "table-differs",
    "data/tables/passed.csv": "table-differs",
}
"""What comes of a file whose first letter is another."""


def test_walk_meets_every_kind_of_file():
    """A new file in the layout needs a case here."""
    present = {layout(path) for files in BUNDLES.values() for path in files}
    assert present == set(TAKEN_OUT) == set(CHANGED)
    assert {layout(path) for path in REQUIRED} <= present
    described = FORMATS.read_text(encoding="utf-8")
    for path in present:
        assert path.removeprefix("data/").removeprefix("view/") in described


@pytest.mark.parametrize("scope", ["thread", "batch"])
@pytest.mark.parametrize("kind", TAKEN_OUT)
def test_file_taken_out_is_a_fault(kind, scope):
    for path in (path for path in BUNDLES[scope] if layout(path) == kind):
        kept = {name: data for name, data in BUNDLES[scope].items() if name != path}
        forged = kept if path == STATEMENT else recounted(kept)
        forged.pop(path, None)
        report = checked(forged)
        assert TAKEN_OUT[kind] in {each.code for each in faults(report)}
        assert report.verdict == "not-proven"


@pytest.mark.parametrize("scope", ["thread", "batch"])
@pytest.mark.parametrize("kind", CHANGED)
def test_file_changed_is_a_fault(kind, scope):
    for path in (path for path in BUNDLES[scope] if layout(path) == kind):
        changed = BUNDLES[scope] | {path: flipped(BUNDLES[scope][path], 0)}
        report = checked(changed if "manifest" in path else repaired(changed))
        if CHANGED[kind]:
            assert CHANGED[kind] in {each.code for each in report.findings}
            assert report.verdict == "not-proven"
        else:
            assert report.findings == ()


# Absences -----------------------------------------------------------------------------


def disclosed(files: dict[str, bytes]) -> list[tuple[str, int, str]]:
    """Every disclosure of a bundle: id, place, role."""
    return [
        (path[len("data/parts/") : -len(".json")], part, json.loads(text)["role"])
        for path, data in files.items()
        if path.startswith("data/parts/")
        for part, text in enumerate(json.loads(data))
        if text
    ]


@cache
def clean(scope: str) -> Report:
    report = checked(BUNDLES[scope])
    assert report.verdict == "authentic-and-complete"
    return report


@pytest.mark.parametrize("scope", SCOPES)
def test_bundle_of_this_walk_is_complete(scope):
    assert clean(scope).findings == ()


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("word", ["withheld", "sealed", ""])
def test_every_part_left_out_is_a_gap_or_a_fault(word, scope):
    """Declared, a text or a descriptor is a gap at its place; `data`, or undeclared, a fault."""
    roles = set()
    for entry_id, part, role in disclosed(BUNDLES[scope]):
        roles.add(role)
        files = without_part(BUNDLES[scope], entry_id, part)
        if role == "file":
            # The attachment belongs to no descriptor now; a forger leaves it out, too.
            files = {path: data for path, data in files.items() if "/files/" not in path}
        line = {"id": entry_id, "part": part, "word": word, "why": "-"}
        report = checked(recounted(files, withheld=[line] if word else []))
        codes = {
            (each.code, each.severity)
            for each in report.findings
            if (each.place.id, each.place.part) == (entry_id, part)
        }
        if word and role != "data":
            assert codes == {(f"part-{word}", "gap")}
            assert faults(report) == set()
        else:
            assert codes == {("part-missing", "fault")}
            assert report.verdict == "not-proven"
    assert roles >= ({"data"} if scope == "batch" else {"text", "file", "data"})


@pytest.mark.parametrize("scope", SCOPES)
def test_every_list_of_parts_left_out_whole_is_a_fault(scope):
    """With all parts declared withheld, also in entries of context, where all texts are absent."""
    for path in (path for path in BUNDLES[scope] if path.startswith("data/parts/")):
        entry_id = path[len("data/parts/") : -len(".json")]
        count = len(json.loads(BUNDLES[scope][path]))
        withheld = [
            {"id": entry_id, "part": part, "word": "withheld", "why": "-"} for part in range(count)
        ]
        kept = {name: data for name, data in BUNDLES[scope].items() if name != path}
        kept = {name: data for name, data in kept.items() if "/files/" not in name}
        report = checked(recounted(kept, withheld=withheld))
        assert ("part-missing", entry_id, -1, path) in named(report)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("declared", [True, False])
def test_every_entry_left_out_is_a_fault(declared, scope):
    """Declared as damaged, or with all parts withheld."""
    for path in (path for path in BUNDLES[scope] if path.startswith("data/entries/")):
        entry_id = path[len("data/entries/") : -len(".json")]
        lost = (path, f"data/parts/{entry_id}.json")
        kept = {name: data for name, data in BUNDLES[scope].items() if name not in lost}
        extra = {"damaged": [{"id": entry_id}]} if declared else {}
        missing = found_at(checked(recounted(kept, **extra)), entry_id)
        assert "entry-missing" in missing
        assert ("entry-damaged" in missing) == declared


def found_at(report: Report, entry_id: str) -> set[str]:
    return {each.code for each in report.findings if each.place.id == entry_id}


@pytest.mark.parametrize("scope", ["everything", "thread"])
@pytest.mark.parametrize("word", ["withheld", "sealed", ""])
def test_attachment_left_out_is_a_gap_only_if_declared(word, scope):
    kept = {path: data for path, data in BUNDLES[scope].items() if "/files/" not in path}
    (place,) = [each for each in disclosed(kept) if each[2] == "file"]
    line = {"id": place[0], "part": place[1], "word": word, "why": "-"}
    report = checked(recounted(kept, withheld=[line] if word else []))
    code = f"part-{word}" if word else "file-missing"
    found: list[Finding] = [each for each in report.findings if each.code not in COMPARED]
    assert [(each.code, each.place.id, each.place.part) for each in found] == [(code, *place[:2])]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("declared", [True, False])
def test_every_earlier_note_left_out_is_a_gap_only_if_declared(declared, scope):
    for path in (path for path in BUNDLES[scope] if "/checkpoints/" in path):
        kept = {name: data for name, data in BUNDLES[scope].items() if name != path}
        logs = stated(kept)["logs"]
        if declared:
            logs["/cn/" in path]["absent"] = [int(path.rpartition("/")[2])]
        report = checked(recounted(kept, logs=logs))
        code = "note-absent" if declared else "note-missing"
        assert named(report) == {(code, "", -1, path)}


@pytest.mark.parametrize("scope", SCOPES)
def test_everything_declared_absent_at_once_proves_nothing(scope):
    """No entries, no content, every absence declared: the statement alone proves nothing."""
    files = BUNDLES[scope]
    withheld = [
        {"id": entry_id, "part": part, "word": "withheld", "why": "-"}
        for entry_id, part, _ in sorted(disclosed(files))
    ]
    damaged = [
        {"id": path[len("data/entries/") : -len(".json")]}
        for path in sorted(files)
        if path.startswith("data/entries/")
    ]
    logs = stated(files)["logs"]
    for party, log in zip(("eu", "cn"), logs, strict=True):
        log["absent"] = sorted(
            int(path.rpartition("/")[2]) for path in files if f"/{party}/checkpoints/" in path
        )
    gone = ("data/entries/", "data/parts/", "data/files/")
    bare = {
        path: data
        for path, data in files.items()
        if not path.startswith(gone) and "/checkpoints/" not in path
    }
    report = checked(recounted(bare, withheld=withheld, damaged=damaged, logs=logs))
    assert {"entry-missing", "entry-damaged"} <= {each.code for each in report.findings}
    assert report.verdict == "not-proven"
