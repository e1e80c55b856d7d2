"""Whatever byte is changed, the bundle is never authentic and complete, and says where."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.errors import Malformed
from special_channel.export.verify import verify
from tests.bundles import trust_file
from tests.export.bundling import bundle, flipped, packed, repaired, unpacked
from tests.stories import busy

STORY = busy()
TRUST = trust_file(STORY.world)
WHOLE = bundle(STORY.world)
THREAD = bundle(STORY.world, Scope("thread", STORY.thread.leaf.thread or ""))
TOP, FILES = unpacked(WHOLE)


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def outcome(data: bytes) -> str:
    """Return the verdict or "unreadable", the only permitted results for any bytes."""
    try:
        return verify(data, TRUST).verdict
    except Malformed as error:
        return {"bundle-unreadable": "3", "bundle-packed": "3", "bundle-too-large": "3"}[error.code]


@settings(max_examples=80, deadline=None)
@given(st.integers(min_value=0, max_value=len(THREAD) - 1), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_anywhere_in_the_zip_is_found(offset, mask):
    assert outcome(flipped(THREAD, offset, mask)) != "authentic-and-complete"


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=0, max_value=len(THREAD)))
def test_a_bundle_cut_off_anywhere_is_found(end):
    assert (outcome(THREAD[:end]) == "authentic-and-complete") == (end == len(THREAD))


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_changed_file_is_named(path):
    changed = dict(FILES)
    offset = random.Random(path).randrange(len(changed[path]))  # noqa: S311 - no secret
    changed[path] = flipped(changed[path], offset)
    report = verify(packed(TOP, changed), TRUST)
    assert report.verdict == "not-proven"
    if "manifest" not in path:
        named = {finding.place.file for finding in report.findings if finding.code == "bag-digest"}
        assert named == {path}


@pytest.mark.parametrize("path", [path for path in sorted(FILES) if "/entries/" in path])
def test_a_forger_who_repairs_the_manifests_can_not_change_an_entry(path):
    entry_id = path.removeprefix("data/entries/").removesuffix(".json")
    for offset in (0, len(FILES[path]) // 2, len(FILES[path]) - 1):
        changed = repaired(FILES | {path: flipped(FILES[path], offset)})
        report = verify(packed(TOP, changed), TRUST)
        assert report.verdict == "not-proven"
        found = [each for each in report.findings if each.place.id == entry_id]
        assert "envelope-digest" in {each.code for each in found}
        assert not codes(report) & {"bag-digest", "bag-format"}


@pytest.mark.parametrize("path", [path for path in sorted(FILES) if "/parts/" in path])
def test_a_forger_who_repairs_the_manifests_can_not_change_content(path):
    entry_id = path.removeprefix("data/parts/").removesuffix(".json")
    data = FILES[path]
    for offset in range(0, len(data), max(1, len(data) // 7)):
        report = verify(packed(TOP, repaired(FILES | {path: flipped(data, offset)})), TRUST)
        assert report.verdict == "not-proven"
        found = {each.code for each in report.findings if each.place.id == entry_id}
        assert found & {"part-digest", "part-malformed", "part-missing", "part-extra"}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_forger_who_repairs_the_manifests_can_not_change_a_log(data):
    path = data.draw(st.sampled_from([path for path in sorted(FILES) if "/logs/" in path]))
    offset = data.draw(st.integers(0, len(FILES[path]) - 1))
    mask = data.draw(st.integers(1, 255))
    changed = repaired(FILES | {path: flipped(FILES[path], offset, mask)})
    report = verify(packed(TOP, changed), TRUST)
    if report.verdict == "authentic-and-complete":
        # Only the line of a key that nobody asked about may differ: a stamp of the owner's.
        assert path.endswith("checkpoint")
    party = path.split("/")[2]
    assert all(each.place.log == party for each in report.findings if "checkpoint" in each.code)


def test_a_forger_can_not_change_an_attachment():
    (path,) = [path for path in FILES if "/files/" in path]
    report = verify(packed(TOP, repaired(FILES | {path: flipped(FILES[path], 3)})), TRUST)
    assert [each.code for each in report.findings] == ["file-digest"]
    assert str(STORY.with_file.position) == (
        f"{report.findings[0].place.log.upper()}-{report.findings[0].place.index}"
    )
