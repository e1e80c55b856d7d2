"""Exports: scopes, declared absences, a consistent cut, the same bytes each time."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.errors import Corrupt, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.log.note import Note
from special_channel.desk.cells import neutral
from special_channel.export.gather import pin
from special_channel.export.tables import BOM
from special_channel.export.verify import verify
from special_channel.export.write import batch_scope, thread_scope, trusted_parties
from tests.bundles import trust_file
from tests.export.bundling import bundle, request, unpacked, written
from tests.export.reading import HeldFiles, WorldRecord
from tests.permits import LICENCE, draw, issue
from tests.permits import line as allowed
from tests.stories import ATTACHED, Story, busy
from tests.world import OFFICIALS, World


def thread_of(story: Story) -> Scope:
    return Scope("thread", story.thread.leaf.thread or "")


@pytest.mark.parametrize("by", ["eu", "cn"])
@pytest.mark.parametrize("kind", ["everything", "thread", "batch"])
def test_each_side_exports_each_scope_and_it_holds(kind, by, story, trust):
    of = {"everything": "", "thread": story.thread.leaf.thread, "batch": story.batch.id}[kind]
    data, made = written(story.world, request(Scope(kind, of), by))
    report = verify(data, trust)
    assert report.findings == made.report.findings == ()
    assert report.verdict == "authentic-and-complete"


def test_the_same_record_and_request_give_the_same_bytes(story):
    assert bundle(story.world, thread_of(story)) == bundle(story.world, thread_of(story))
    again = busy()
    assert bundle(again.world, thread_of(again)) == bundle(story.world, thread_of(story))


def test_any_zip_program_and_sha256sum_can_read_it(good):
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        assert archive.testzip() is None
    files = unpacked(good)[1]
    for line in files["manifest-sha256.txt"].decode().splitlines():
        digest, path = line.split("  ")
        assert sha256(files[path]).hexdigest() == digest


def test_the_scope_is_found_by_its_number(story):
    record = WorldRecord(story.world.eu)
    assert run(thread_scope(record, story.thread.position)) == thread_of(story)
    assert run(batch_scope(record, story.batch.position)) == Scope("batch", story.batch.id)
    for make, code in ((thread_scope, "thread-unknown"), (batch_scope, "batch-unknown")):
        for position in (story.note.position, Position("eu", 9999)):
            with pytest.raises(NotFound) as caught:
                run(make(record, position))
            assert caught.value.code == code


def run(coroutine):
    return asyncio.run(coroutine)


def test_a_thread_brings_what_it_names_and_no_text_of_others(story):
    files = unpacked(bundle(story.world, Scope("thread", story.batch_thread.leaf.thread or "")))[1]
    assert f"data/entries/{story.batch.id}.json" in files
    assert json.loads(files[f"data/parts/{story.batch.id}.json"])[0]
    assert f"data/entries/{story.note.id}.json" not in files
    assert "=HYPERLINK" in files["data/tables/applications.csv"].decode()


def test_a_batchs_export_shows_which_threads_are_not_about_it(story):
    """A leaf doesn't say on which batch a thread was opened: the envelopes do, without texts."""
    files = unpacked(bundle(story.world, Scope("batch", story.batch.id)))[1]
    assert f"data/entries/{story.other_thread.id}.json" in files
    assert json.loads(files[f"data/parts/{story.other_thread.id}.json"]) == [""]
    assert b"\xe6\xb5\xb7\xe5\x85\xb3" not in files[f"data/parts/{story.other_thread.id}.json"]


def test_a_list_that_corrects_another_brings_what_it_corrects():
    world = World.founded()
    first = world.list_batch(["A-1", "A-2"], state="review", as_of="2026-11-20")
    world.exchange()
    wrong = world.answer_batch(first, [{"row": 1, "number": "A-1", "state": "approved"}])
    second = world.list_batch(["A-1"], list_="W48", corrects={"id": first.id, "row": 1})
    world.exchange()
    row: dict[str, Any] = {"row": 1, "number": "A-1", "state": "review"}
    world.answer_batch(second, [row | {"corrects": {"id": wrong.id, "row": 1}}])
    world.exchange()
    data, made = written(world, request(Scope("batch", second.id)))
    report = verify(data, trust_file(world))
    assert report.findings == made.report.findings == ()
    files = unpacked(data)[1]
    for named in (first, wrong):
        assert f"data/entries/{named.id}.json" in files


def test_an_attachment_that_has_not_arrived_is_declared(story, trust):
    data, _ = written(story.world, request(thread_of(story)), HeldFiles())
    report = verify(data, trust)
    assert [each.code for each in report.findings] == ["part-withheld"]
    assert dict(report.findings[0].facts) == {"why": "not-arrived"}
    assert report.verdict == "authentic-with-declared-gaps"


def test_an_attachment_that_the_store_spoilt_is_not_handed_on(story):
    class Spoilt(HeldFiles):
        async def get(self, sha256):
            yield sha256.encode()

    with pytest.raises(Corrupt) as caught:
        written(story.world, request(thread_of(story)), Spoilt(ATTACHED))
    assert caught.value.code == "file-digest"


def test_after_an_erasure_the_export_says_by_which_order():
    story = busy()
    world = story.world
    world.erase("eu", story.note, [1])
    world.exchange()
    data, _ = written(world, request(thread_of(story)))
    report = verify(data, trust_file(world))
    assert [(each.code, each.place.part) for each in report.findings] == [("part-erased", 1)]
    page = unpacked(data)[1]["data/view/index.html"].decode()
    assert "erased" in page
    assert "May the certificate be sent again?" not in page


def test_erasures_of_other_threads_are_no_concern_of_this_one():
    story = busy()
    other = story.world.note("eu", story.batch_thread.leaf.thread)
    erased = story.world.erase("eu", other, [0])
    story.world.exchange()
    data, _ = written(story.world, request(thread_of(story)))
    report = verify(data, trust_file(story.world))
    assert report.findings == ()
    assert f"data/entries/{erased.id}.json" in unpacked(data)[1]


def test_a_scope_that_is_not_there_is_not_exported(story):
    with pytest.raises(NotFound) as caught:
        written(story.world, request(Scope("thread", "f" * 32)))
    assert caught.value.code == "export-scope-unknown"


def test_before_both_logs_have_begun_there_is_nothing_to_export():
    world = World()
    world.found("eu")
    world.exchange()
    with pytest.raises(NotFound) as caught:
        written(world, request(Scope("everything")))
    assert caught.value.code == "export-not-founded"


def test_without_a_cosignature_yet_the_export_says_so():
    world = World()
    for party in ("eu", "cn"):
        world.found(party)
        world.deliver(party, cosign=False)
    data, made = written(world, request(Scope("everything")))
    assert {each.code for each in made.report.findings} == {"cosignature-absent"}
    assert verify(data, trust_file(world)).verdict == "not-proven"


# Sizes -------------------------------------------------------------------------------

BEGUN = 1 + 2 * len(OFFICIALS) + 1
"""Size of each log with its founding, a grant and a key for each official, and the charter."""


def test_what_is_written_beyond_the_pinned_sizes_is_not_in_the_bundle(story):
    world = busy().world
    before = bundle(world)
    late = world.note("eu", story.thread.leaf.thread, ("Written meanwhile.",))
    assert bundle(world) == before
    world.exchange()
    assert f"data/entries/{late.id}.json" in unpacked(bundle(world))[1]


def test_the_sizes_fit_each_other_even_where_cosignatures_lag():
    """EU's newest delivered entry looks back on more of CN's log than is cosigned here."""
    world = World.founded()
    world.open_thread("cn")
    world.deliver("cn", cosign=False)
    world.open_thread("eu")
    world.deliver("eu")
    pinned = run(pin(WorldRecord(world.eu)))
    assert (pinned["eu"].size, pinned["cn"].size) == (BEGUN, BEGUN)
    assert verify(bundle(world), trust_file(world)).verdict == "authentic-and-complete"


def test_a_cut_goes_back_as_far_as_it_must_and_no_farther():
    world = World.founded()
    for _ in range(20):
        world.open_thread("eu")
        world.deliver("eu")
    fits = world.eu.own.size
    world.open_thread("cn")
    world.deliver("cn", cosign=False)
    for _ in range(5):
        world.open_thread("eu")
        world.deliver("eu")
    pinned = run(pin(WorldRecord(world.eu)))
    assert (pinned["eu"].size, pinned["cn"].size) == (fits, BEGUN)
    assert verify(bundle(world), trust_file(world)).verdict == "authentic-and-complete"


def test_the_other_log_is_cut_where_it_reaches_too_far():
    """Seen from CN: its own newest delivered entry looks back on more of EU's than is cosigned."""
    world = World.founded()
    world.open_thread("eu")
    world.deliver("eu", cosign=False)
    world.open_thread("cn")
    world.deliver("cn")
    pinned = run(pin(WorldRecord(world.cn)))
    assert (pinned["eu"].size, pinned["cn"].size) == (BEGUN, BEGUN)
    data = bundle(world, by="cn")
    assert verify(data, trust_file(world)).verdict == "authentic-and-complete"


def test_content_that_is_spoilt_in_the_store_is_handed_on_and_named():
    """The exporter hides nothing: what the disk spoilt stands in the bundle as a fault."""
    story = busy()
    copy = story.world.eu.own
    place = story.note.position.index
    spoilt = replace(story.note.submission, parts=(b"spoilt", story.note.submission.parts[1]))
    copy.entries[place] = replace(story.note, submission=spoilt)
    data, made = written(story.world, request(thread_of(story)))
    assert [each.code for each in made.report.findings] == ["part-digest"]
    assert "part-digest" in {each.code for each in verify(data, trust_file(story.world)).findings}
    assert "missing" in unpacked(data)[1]["data/view/index.html"].decode()


def test_a_log_without_a_fitting_checkpoint_is_left_out_whole():
    world = World.founded()
    world.eu.own.cosigned.clear()
    world.open_thread("cn")
    world.deliver("cn", cosign=False)
    world.open_thread("eu")
    world.deliver("eu")
    pinned = run(pin(WorldRecord(world.eu)))
    # CN's charter has seen the EU's log, which is left out.
    assert (pinned["eu"].size, pinned["eu"].note, pinned["cn"].size) == (0, None, BEGUN - 1)
    report = verify(bundle(world), trust_file(world))
    assert "checkpoint-missing" in {each.code for each in report.findings}


def test_the_owners_stamp_is_added_where_it_is_of_the_same_tree():
    world = World.founded()
    world.stamp("eu")
    pinned = run(pin(WorldRecord(world.eu)))
    names = [line.name for line in Note.parse(pinned["eu"].note or "").signatures]
    assert names == [world.eu.origin, world.cn.cosigning_name, world.eu.cosigning_name]
    assert verify(bundle(world), trust_file(world)).verdict == "authentic-and-complete"
    world.open_thread("eu")
    world.exchange()
    again = run(pin(WorldRecord(world.eu)))["eu"].note
    assert world.eu.cosigning_name not in (again or "")


def test_an_invalid_entry_of_the_peers_is_in_the_bundle_and_named():
    story = busy()
    world = story.world
    thread = story.thread.leaf.thread
    world.append("cn", world.payload("cn", "thread.closed", thread=thread), honest=False)
    payload = world.payload("cn", "thread.closed", thread=thread, nonsense=1)
    world.append("cn", payload, honest=False)
    world.exchange()
    report = verify(bundle(world, thread_of(story)), trust_file(world))
    assert [each.code for each in report.findings] == ["authority", "entry-malformed"]
    for code in ("owner", "field-unknown"):
        index = next(p.index for p, v in world.eu.verdicts.items() if v == code)
        body = {"index": index, "code": code}
        world.append("eu", world.payload("eu", "peer.refused", by="node", body=body))
    world.exchange()
    report = verify(bundle(world, thread_of(story)), trust_file(world))
    assert [each.code for each in report.findings] == ["entry-refused", "entry-refused"]


def test_the_founding_says_what_a_new_trust_file_holds(story):
    parties = run(trusted_parties(WorldRecord(story.world.eu)))
    assert [each.party for each in parties] == ["eu", "cn"]
    assert parties[0].root.pin == story.world.eu.pin
    strange = World.founded()
    strange.eu.copies["cn"].entries[0] = strange.cn.own.entries[3]
    with pytest.raises(NotFound) as caught:
        run(trusted_parties(WorldRecord(strange.eu)))
    assert caught.value.code == "export-not-founded"


# For reading -------------------------------------------------------------------------


def table(files: dict[str, bytes], name: str) -> list[list[str]]:
    data = files[f"data/tables/{name}.csv"]
    assert data.startswith(BOM)
    return list(csv.reader(io.StringIO(data.removeprefix(BOM).decode())))


def test_licences_have_a_line_a_control_code_with_what_was_drawn_by_which_entries():
    world = World.founded(columns=["customers"])
    lines = [allowed(), allowed("1C904.b", "2", "t", "contained")]
    named = ["=Fictional Antriebe Nord GmbH", "虚构磁材（宁波）有限公司"]
    issued = issue(world, lines=lines, customers=named)
    wrong = draw(world, "900")
    right = draw(world, "125.5", corrects=wrong.id)
    more = draw(world, "24.5", customer=named[0])
    issue(world, licence="FIKTIV-L-2", type="individual", per="licence", applications=["A-3"])
    world.exchange()
    found = table(unpacked(bundle(world, Scope("everything")))[1], "licences")
    assert "not evidence" in found[0][0]
    assert (found[1][0], found[2][0]) == ("licence", "许可证编号")
    rows = {(each["licence"], each["code"]): each
            for each in (dict(zip(found[1], row, strict=True)) for row in found[3:-1])}  # fmt: skip
    assert len(rows) == 3
    first = rows[LICENCE, "1C905.a"]
    assert (first["drawn"], first["unit"], first["basis"]) == ("150", "kg", "gross")
    assert first["draws"] == f"{right.position} {more.position}"
    assert first["source"] == str(issued.position)
    assert first["customers"] == "'" + "; ".join(named)
    other = rows[LICENCE, "1C904.b"]
    assert (other["quantity"], other["unit"], other["drawn"]) == ("2000", "kg", "0")
    assert rows["FIKTIV-L-2", "1C905.a"]["applications"] == "A-3"


def test_tables_say_that_they_are_derived_and_name_their_sources(files, story):
    asks, passed = table(files, "asks"), table(files, "passed")
    assert asks[0][0] == "Derived from the entries of this bundle; not evidence."
    assert "不是证据" in asks[0][1]
    first = asks[3]
    assert first[0] == f"{story.note.position} Q1"
    assert first[1] == str(story.thread.position)
    assert first[5:] == ["yes", "late", story.answer.leaf.accepted, str(story.answer.position)]
    assert asks[4][5:] == ["yes", "open", "", ""]
    assert passed[3][0] == f"{story.note.position} Q1"
    assert passed[3][3:] == ["yes", passed[3][4], str(story.passed.position)]


def test_no_cell_is_taken_for_a_formula(files):
    numbers = [row[0] for row in table(files, "applications")[3:-1]]
    assert numbers == ["'=HYPERLINK(1)", "A-1", "A-2"]
    assert [neutral(cell) for cell in ("=1", "+1", "-1", "@x", "\tx", "\rx", "x")] == [
        "'=1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "x",
    ]  # fmt: skip


def test_the_page_says_it_is_no_evidence_and_runs_nothing(files):
    page = files["data/view/index.html"].decode()
    assert "not evidence" in page
    assert "不是证据" in page
    assert "<script" not in page
    assert "May the certificate be sent again?" in page
    assert '<p lang="zh-CN">请说明。</p>' in page
    assert "certificate.txt" in page


def test_the_page_shows_what_was_typed_and_obeys_none_of_it():
    world = World.founded()
    thread = world.open_thread("eu")
    body = {"translation": {"lang": "zh-CN", "parts": [1]}}
    nasty = "<script>alert(1)</script> \u202eevil"
    world.note("eu", thread.leaf.thread, (nasty, "译文"), body=body)
    world.exchange()
    page = unpacked(bundle(world))[1]["data/view/index.html"].decode()
    assert "<script>" not in page
    assert "[U+202E]" in page
    assert '<p lang="zh-CN">译文</p>' in page


def test_the_readme_is_in_both_languages_and_names_the_command(files):
    text = files["README.txt"].decode()
    assert "special-channel verify" in text
    assert "这是什么" in text
