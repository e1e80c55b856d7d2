"""A bundle's files for people: compared, derived again, with a stated version."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from pathlib import Path
from typing import Any

import pytest

from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.errors import Malformed
from special_channel.export.derive import TABLE_PATHS, TABLES, VIEW, VIEW_PATHS
from special_channel.export.verify import is_proven, verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, packed, repaired, unpacked
from tests.export.test_exporter_statements import checked
from tests.export.test_write import table
from tests.permits import issue
from tests.stories import DUE, LATER
from tests.world import World

FORMATS = Path(__file__).resolve().parents[2] / "docs" / "formats"
DERIVED = FORMATS / "vectors" / "derived.json"


def found(report: Report) -> list[tuple[str, str]]:
    return [(each.code, each.place.file) for each in report.findings]


@pytest.mark.parametrize("path", TABLE_PATHS)
def test_replaced_table_is_a_fault(path, files, trust):
    report = verify(packed("name", repaired(files | {path: files[path] + b"more\r\n"})), trust)
    assert found(report) == [("table-differs", path)]
    assert (report.verdict, report.exit_code) == ("not-proven", 1)


@pytest.mark.parametrize("path", VIEW_PATHS)
def test_replaced_view_is_a_fault(path, files, trust):
    changed = files[path].replace(b"evidence", b"EVIDENCE")
    assert changed != files[path]
    report = verify(packed("name", repaired(files | {path: changed})), trust)
    assert found(report) == [("view-differs", path)]
    assert report.verdict == "not-proven"


def test_page_of_another_version_is_named_and_not_compared(files, trust):
    changed = files | {"data/view/index.html": b"<p>What an older program wrote.</p>"}
    report = checked(changed, trust, view=VIEW + 1)
    assert found(report) == [("view-not-compared", path) for path in VIEW_PATHS]
    assert report.verdict == "authentic-and-complete"


def test_tables_of_another_version_are_a_fault(files, trust):
    """The version stated by the exporter excuses no table, since tables are specified."""
    report = checked(files, trust, tables=TABLES + 1)
    assert found(report) == [("table-differs", path) for path in TABLE_PATHS]
    assert report.verdict == "not-proven"


@pytest.mark.parametrize("field", ["tables", "view"])
def test_statement_without_a_version_is_malformed(field, files, trust):
    report = checked(files, trust, **{field: None})
    assert "export-malformed" in {each.code for each in report.findings}


def test_view_follows_the_proven_entries_and_not_the_statement(files, trust, story):
    """Another office, basis and time change no file for people."""
    report = checked(files, trust, asked_by="x", basis="y", at="2030-01-01T00:00:00Z", by="cn")
    assert report.findings == ()


def test_bundle_of_unknown_parties_is_not_compared(files, trust):
    document = json.loads(trust)
    document["parties"] = document["parties"][:1]
    report = verify(packed("name", files), json.dumps(document).encode())
    assert "table-differs" not in {each.code for each in report.findings}
    assert report.verdict == "not-proven"


# Fresh ones --------------------------------------------------------------------------


def test_derive_writes_fresh_ones_from_proven_entries(files, trust, tmp_path):
    spoilt = dict.fromkeys((*TABLE_PATHS, *VIEW_PATHS), b"replaced")
    folder = tmp_path / "fresh"
    report = verify(packed("name", repaired(files | spoilt)), trust, derive=folder)
    assert report.verdict == "not-proven"
    assert is_proven(report)
    written = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    attached = {path: data for path, data in files.items() if path.startswith("data/files/")}
    assert attached
    assert written == {path: files[path] for path in spoilt} | attached


def test_derive_writes_nothing_from_what_is_not_proven(files, trust, tmp_path, story):
    note = f"data/parts/{story.note.id}.json"
    changed = files | {note: files[note].replace(b"Good", b"Evil")}
    folder = tmp_path / "fresh"
    report = verify(packed("name", repaired(changed)), trust, derive=folder)
    assert not is_proven(report)
    assert not folder.exists()


def test_derive_writes_into_no_folder_that_holds_something(good, trust, tmp_path):
    (tmp_path / "kept.txt").write_text("kept", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "kept.txt", tmp_path / "kept.txt" / "below"):
        with pytest.raises(Malformed) as caught:
            verify(good, trust, derive=folder)
        assert caught.value.code == "derive-folder"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_two_stories_are_not_proven_for_derive(good, files, trust, story, tmp_path):
    other = story.world.eu.sign_checkpoint(5, bytes(32)).encode()
    folder = tmp_path / "fresh"
    data = packed("name", repaired(files | {"data/logs/eu/checkpoints/5": other}))
    assert verify(data, trust, derive=folder).verdict == "contradicted"
    assert not folder.exists()


# For reading -------------------------------------------------------------------------


def test_tables_tell_a_requested_date_from_an_agreed_one():
    world = World.founded()
    thread = world.open_thread("eu")
    asks = [world.ask("eu", LATER, rule=None), world.ask("eu", LATER, q="2")]
    note = world.note("eu", thread.leaf.thread, ("One?", "Two?"), asks=asks)
    world.exchange()
    files = unpacked(bundle(world))[1]
    found = table(files, "asks")
    assert (found[1][5], found[2][5]) == ("agreed", "是否约定")
    assert [row[4:7] for row in found[3:-1]] == [[LATER, "no", "open"], [LATER, "yes", "open"]]
    page = files["data/view/index.html"].decode()
    for q, date in ((1, ("requested date", "希望答复时间")), (2, ("agreed date", "约定答复时间"))):
        shown = f'{note.position} Q{q} · {date[0]} <span lang="zh-CN">{date[1]}</span>: {LATER} · '
        assert shown in page


def test_tables_of_a_thread_have_no_question_of_a_note_that_is_only_named():
    """Its answer is not in the bundle, which would say that there is none."""
    world = World.founded()
    threads = [str(world.open_thread("eu").leaf.thread) for _ in range(2)]
    notes = [world.note("eu", thread, ("One?",), asks=[world.ask("eu", DUE)]) for thread in threads]
    world.exchange()
    world.acknowledge("cn", *notes)
    world.answer("cn", notes[1])
    world.exchange()
    data = bundle(world, Scope("thread", threads[0]))
    files = unpacked(data)[1]
    assert f"data/entries/{notes[1].id}.json" in files
    [row] = table(files, "asks")[3:-1]
    assert row[0] == f"{notes[0].position} Q1"
    assert verify(data, trust_file(world)).verdict == "authentic-and-complete"


@pytest.mark.parametrize(("heard", "known", "outcome"), [
    (True, "yes", "no-answer-in-either-record"),
    (False, "no", "no-answer-received"),
])  # fmt: skip
def test_tables_say_which_records_hold_no_answer(heard, known, outcome):
    world = World.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, ("One?",), asks=[world.ask("eu", DUE)])
    world.exchange()
    world.clock.forward(1200)
    early = world.stamp("cn")
    world.clock.forward(6000)
    world.pass_due("eu", note, DUE, head=world.stamp("cn") if heard else early)
    world.exchange()
    files = unpacked(bundle(world))[1]
    assert (table(files, "asks")[3][6], table(files, "passed")[3][3]) == (outcome, known)
    for name in ("asks", "passed"):
        read = files[f"data/tables/{name}.csv"].decode()
        assert ("confirmed" in read, "确认" in read.rpartition("\r\n本")[0]) == (False, False)


def test_marks_of_direction_are_shown_in_tables_and_page():
    world = World.founded(columns=["customers"])
    issue(world, customers=["Fictional \u202eGmbH"], applications=["A-\u20661"])
    thread = world.open_thread("cn")
    world.note("cn", thread.leaf.thread, ("附件\u202e见后",), lang="zh-CN")
    world.exchange()
    files = unpacked(bundle(world))[1]
    shown = dict(zip(*(table(files, "licences")[row] for row in (1, 3)), strict=True))
    assert shown["customers"] == "Fictional [U+202E]GmbH"
    assert shown["applications"] == "A-[U+2066]1"
    assert table(files, "applications")[3][0] == "A-[U+2066]1"
    page = files["data/view/index.html"].decode()
    assert "附件[U+202E]见后" in page
    for path in ("view/index.html", "tables/licences.csv", "tables/applications.csv"):
        assert not set("\u202e\u2066") & set(files[f"data/{path}"].decode())


# Effect ------------------------------------------------------------------------------


def test_effect_of_the_charter_in_force_ends_what_people_open():
    world = World.founded()
    words = {
        "effect_en": "Fictional: <no> more than an arrangement.",
        "effect_zh": "虚构：仅系<工作>安排。",
    }
    for party in ("eu", "cn"):
        world.adopt(party, number=2, **words)
    world.exchange()
    files = unpacked(bundle(world))[1]
    readme, page = (files[path].decode() for path in VIEW_PATHS)
    assert all(text in readme for text in words.values())
    assert "Fictional: &lt;no&gt; more than an arrangement." in page
    assert "虚构：仅系&lt;工作&gt;安排。" in page
    assert str(world.charter()["effect_en"]) not in readme + page
    for path in TABLE_PATHS:
        lines = list(csv.reader(io.StringIO(files[path].decode("utf-8-sig"))))
        assert lines[-1] == list(words.values())
    assert verify(bundle(world), trust_file(world)).verdict == "authentic-and-complete"


def test_before_a_charter_is_adopted_there_is_no_effect():
    world = World()
    for party in ("eu", "cn"):
        world.found(party)
    world.exchange()
    files = unpacked(bundle(world, Scope("everything")))[1]
    assert "EFFECT" not in files["README.txt"].decode()
    assert "<footer>" not in files["data/view/index.html"].decode()
    report = verify(bundle(world), trust_file(world))
    assert (report.verdict, report.effect) == ("authentic-and-complete", {})


# Versions ----------------------------------------------------------------------------


def test_output_that_changed_has_a_new_version():
    """If this fails, what an older verifier made differs: raise TABLES or VIEW in derive.py.

    Then run `python -m docs.formats.make_bundle_vectors`, which adds the new version's digests.
    """
    digests: dict[str, Any] = json.loads(DERIVED.read_bytes())
    for version, now in maker().digests().items():
        assert digests.get(version) == now, f"{version}: see this test's docstring"


def maker() -> Any:
    spec = importlib.util.spec_from_file_location("maker", FORMATS / "make_bundle_vectors.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def disputed_world() -> World:
    """A thread and a note of a doubtful key; the note is disowned."""
    world = World.founded()
    world.add_key("eu", "desk", "laptop")
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread)
    world.append("eu", world.suspension("eu", "desk", since=thread.position.index))
    body = {"word": "disowned", "entries": [note.id]}
    world.append("eu", world.payload("eu", "entry.reviewed", by="laptop", body=body))
    world.exchange()
    return world


def test_disputed_entries_have_a_table_that_is_compared():
    world = disputed_world()
    thread, note = (f"EU-{world.eu.own.size - place}" for place in (4, 3))
    (top, files), trust = unpacked(bundle(world)), trust_file(world)
    path = "data/tables/disputed.csv"
    assert table(files, "disputed")[3:5] == [
        [thread, "thread.opened", thread, "disputed"],
        [note, "note.posted", thread, "disowned"],
    ]
    report = verify(packed(top, files), trust)
    assert {each.code for each in report.findings} == {"entry-disputed", "entry-disowned"}
    assert report.verdict == "authentic-and-complete"
    for changed in (files | {path: files[path] + b"more\r\n"}, without(files, path)):
        report = verify(packed(top, repaired(changed)), trust)
        assert ("table-differs", path) in found(report)


def without(files: dict[str, bytes], path: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name != path}
