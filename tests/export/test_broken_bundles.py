"""Containers and bags with published kinds of damage: each is reported, none is fatal."""

from __future__ import annotations

import io
import json
import os
import zipfile

import pytest

from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.errors import Malformed
from special_channel.export.verify import verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, packed, repaired, unpacked
from tests.stories import busy
from tests.world import World

TOP = "special-channel"


def found(report: Report) -> set[tuple[str, str]]:
    return {(each.code, each.place.file) for each in report.findings}


def test_a_good_bundle_is_authentic_and_complete(good, trust):
    report = verify(good, trust)
    assert report.findings == ()
    assert (report.verdict, report.exit_code) == ("authentic-and-complete", 0)


def test_an_unpacked_bundle_is_as_good(files, trust, tmp_path):
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert verify(tmp_path, trust).verdict == "authentic-and-complete"


def test_a_bundle_is_read_from_a_file(good, trust, tmp_path):
    (tmp_path / "bundle.zip").write_bytes(good)
    assert verify(tmp_path / "bundle.zip", trust).verdict == "authentic-and-complete"


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + bytes(17)])
def test_what_is_no_zip_is_unreadable(data, trust):
    with pytest.raises(Malformed) as caught:
        verify(data, trust)
    assert caught.value.code == "bundle-unreadable"


def test_what_is_not_there_is_unreadable(trust, tmp_path):
    for path in (tmp_path / "absent.zip", tmp_path):
        with pytest.raises(Malformed) as caught:
            verify(path, trust)
        assert caught.value.code == "bundle-unreadable"


def test_an_empty_container_proves_nothing(trust):
    report = verify(packed(TOP, {}), trust)
    assert report.verdict == "not-proven"
    assert ("bag-file-missing", "bagit.txt") in found(report)
    assert "checkpoint-missing" in {each.code for each in report.findings}


def test_a_zip_packed_by_another_program_asks_to_be_unpacked(files, trust):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(f"{TOP}/{path}", data)
    with pytest.raises(Malformed) as caught:
        verify(target.getvalue(), trust)
    assert caught.value.code == "bundle-packed"


def test_stored_files_of_another_program_are_no_bundle_of_ours(files, trust):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, data in files.items():
            archive.writestr(f"{TOP}/{path}", data)
    report = verify(target.getvalue(), trust)
    assert {each.code for each in report.findings} == {"bag-format"}


def test_bytes_after_the_zip_are_named(good, trust):
    report = verify(good + b"x", trust)
    assert {each.code for each in report.findings} == {"bag-format"}


def test_bytes_before_the_zip_make_it_unreadable(good, trust):
    with pytest.raises(Malformed) as caught:
        verify(b"x" + good, trust)
    assert caught.value.code == "bundle-unreadable"


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "data/../x", "data/.hidden", "c:\\x", "data/ü", "a//b"]
)
def test_a_name_that_is_no_plain_path_is_named(name, files, trust):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, data in (files | {name: b"x"}).items():
            archive.writestr(f"{TOP}/{path}", data)
    report = verify(target.getvalue(), trust)
    assert "bag-path" in {each.code for each in report.findings}


def test_a_name_that_stands_twice_is_named(good, trust):
    target = io.BytesIO(good)
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr(archive.namelist()[0], b"other")
    assert verify(target.getvalue(), trust).verdict == "not-proven"


def test_names_that_differ_in_case_alone_are_named(files, trust):
    report = verify(packed(TOP, repaired(files | {"readme.TXT": b"x"})), trust)
    assert ("bag-path", "readme.TXT") in found(report)


def test_a_link_in_a_folder_is_not_followed(files, trust, tmp_path):
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    (tmp_path / "data" / "policy.txt").unlink()
    (tmp_path / "elsewhere").write_bytes(files["data/policy.txt"])
    os.symlink(tmp_path / "elsewhere", tmp_path / "data" / "policy.txt")  # noqa: PTH211
    report = verify(tmp_path, trust)
    assert ("bag-path", "data/policy.txt") in found(report)
    assert ("bag-file-missing", "data/policy.txt") in found(report)


def test_a_dropped_file_is_missing_and_an_added_one_unlisted(files, trust):
    dropped = "data/tables/asks.csv"
    report = verify(
        packed(TOP, {p: d for p, d in files.items() if p != dropped} | {"data/x.txt": b"x"}), trust
    )
    assert {("bag-file-missing", dropped), ("bag-file-unlisted", "data/x.txt")} <= found(report)
    assert ("bag-path", "data/x.txt") in found(report)


def test_a_tag_file_that_no_manifest_names_is_unlisted(files, trust):
    report = verify(packed(TOP, files | {"notes.txt": b"x"}), trust)
    assert ("bag-file-unlisted", "notes.txt") in found(report)


def test_a_bag_that_would_be_fetched_is_refused(files, trust):
    report = verify(packed(TOP, repaired(files | {"fetch.txt": b"http://x 1 data/y\n"})), trust)
    assert ("bag-format", "fetch.txt") in found(report)


def test_two_bundles_in_one_zip_are_named(story, files, trust):
    other = unpacked(bundle(story.world, Scope("thread", story.thread.leaf.thread or "")))[1]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for top, held in (("one", files), ("two", other)):
            for path, data in held.items():
                archive.writestr(f"{top}/{path}", data)
    report = verify(target.getvalue(), trust)
    assert {"bag-path", "bag-file-unlisted"} <= {each.code for each in report.findings}


def test_two_exports_spliced_together_do_not_pass_for_one(story, trust):
    """Entries of an export, logs of an older export."""
    world = busy().world
    files = unpacked(bundle(world))[1]
    world.note("eu", story.thread.leaf.thread, ("One more.",))
    world.exchange()
    newer = unpacked(bundle(world))[1]
    spliced = newer | {path: data for path, data in files.items() if "/logs/" in path}
    report = verify(packed(TOP, repaired(spliced)), trust)
    codes = {each.code for each in report.findings}
    assert {"entry-not-in-log", "export-disagrees"} <= codes
    mixed = newer | {path: data for path, data in files.items() if "/logs/eu/leaves" in path}
    report = verify(packed(TOP, repaired(mixed)), trust)
    assert "leaf-count" in {each.code for each in report.findings}


def test_more_than_the_reader_takes_is_not_read(good, story, trust):
    document = json.loads(trust_file(story.world))
    for limits, code in (
        ({"bytes": 1000}, "bag-limit"),
        ({"file_bytes": 5}, "bag-limit"),
    ):
        document["limits"] = limits
        report = verify(good, json.dumps(document).encode())
        assert {each.code for each in report.findings} == {code}
        assert report.verdict == "not-proven"
    document["limits"] = {"files": 3}
    with pytest.raises(Malformed) as caught:
        verify(good, json.dumps(document).encode())
    assert caught.value.code == "bundle-too-large"


def test_files_that_overlap_are_not_read_for_ever(good, trust):
    """A directory with all files in the same large range (a bomb without compression)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{TOP}/a", bytes(100_000))
        first = archive.infolist()[0]
        for number in range(50):
            copy = zipfile.ZipInfo(f"{TOP}/b{number}")
            copy.file_size = copy.compress_size = first.file_size
            copy.CRC, copy.header_offset = first.CRC, first.header_offset
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
        archive.comment = b""  # marks the archive as changed
    with pytest.raises(Malformed) as caught:
        verify(target.getvalue(), trust)
    assert caught.value.code == "bundle-unreadable"


@pytest.mark.parametrize("path", ["data/export.json", "data/policy.txt"])
def test_a_statement_or_policy_that_is_nonsense_is_named(path, files, trust):
    report = verify(packed(TOP, repaired(files | {path: b"{}\n"})), trust)
    code = {"data/export.json": "export-malformed", "data/policy.txt": "policy-malformed"}[path]
    assert (code, path) in found(report)
    assert report.verdict == "not-proven"


def test_the_policy_that_counts_is_the_readers(files, trust):
    key = World().eu.cosigning_vkey
    weak = f"witness w {key}\nquorum none\n".encode()
    report = verify(packed(TOP, repaired(files | {"data/policy.txt": weak})), trust)
    assert found(report) == {("policy-differs", "data/policy.txt")}
    assert report.verdict == "authentic-and-complete"


def test_a_statement_that_counts_otherwise_is_named(files, trust):
    said = json.loads(files["data/export.json"])
    for change in (
        {"counts": said["counts"] | {"entries": 1}},
        {"counts": said["counts"] | {"parts": 1}},
        {"logs": [said["logs"][0] | {"size": 3}, said["logs"][1]]},
        {"withheld": [{"id": "a" * 64, "part": 0, "word": "sealed", "why": "no reason"}]},
    ):
        data = json.dumps(said | change, sort_keys=True, separators=(",", ":")).encode()
        report = verify(packed(TOP, repaired(files | {"data/export.json": data})), trust)
        assert ("export-disagrees", "data/export.json") in found(report)


def test_two_verifiers_say_the_same_byte_for_byte(files, trust):
    """Findings have a fixed order, independent of discovery, and no duplicates."""
    broken = dict(files)
    for path in list(broken):
        if "/entries/" in path:
            broken[path] += b" "
    zipped = verify(packed(TOP, broken), trust)
    again = verify(packed("another-name", dict(reversed(broken.items()))), trust)
    assert zipped.encode() == again.encode()
    assert list(zipped.findings) == sorted(set(zipped.findings), key=lambda each: each.order)
    assert json.loads(zipped.encode())["verdict"] == "not-proven"


def test_a_folder_with_more_files_than_the_reader_takes_is_not_read(files, story, tmp_path):
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    document = json.loads(trust_file(story.world)) | {"limits": {"files": 3}}
    with pytest.raises(Malformed) as caught:
        verify(tmp_path, json.dumps(document).encode())
    assert caught.value.code == "bundle-too-large"
