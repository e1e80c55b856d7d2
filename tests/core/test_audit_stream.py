"""An audit in constant memory gives the same report, order and classes as a full audit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.audit import entries as audit_entries
from special_channel.core.audit.audit import audit
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.scope import EverythingClasses, Scope
from special_channel.core.bytes.ids import PARTIES, Position
from special_channel.core.log.lines import Leaves
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import FILES, at, changed_log, codes, lines, report_of, substituted
from tests.stories import busy
from tests.world import Entry, World

STORY = busy()
TRUST = trust_of(STORY.world)


def evidence() -> Evidence:
    return evidence_of(STORY.world, files=FILES)


def broken() -> list[Evidence]:
    """Bundles with an unreadable entry, an entry under another id, and an entry of other bytes."""
    whole = evidence()
    note, other = STORY.note, STORY.with_file
    return [
        whole,
        substituted(whole, note, b"none"),
        substituted(whole, note, other.submission.envelope),
        changed_log(whole, "eu", lines=b"".join([*lines(whole, "eu")[:-1], b"none\n"])),
        changed_log(whole, "eu", lines=b"".join([*lines(whole, "eu"), lines(whole, "eu")[-1]])),
        in_thread(whole),
        replace(whole, scope=Scope("batch", STORY.batch.id)),
        in_thread(substituted(whole, note, b"none")),
        in_thread(
            changed_log(whole, "eu", lines=b"".join([*lines(whole, "eu"), twice(STORY.note)]))
        ),
    ]


def in_thread(given: Evidence) -> Evidence:
    return replace(given, scope=Scope("thread", STORY.thread.leaf.thread or ""))


def twice(entry: Entry) -> bytes:
    """A second line for an entry, with a commitment to other bytes."""
    return replace(entry.leaf, envelope_digest="0" * 64).encode() + b"\n"


@pytest.mark.parametrize("number", range(9))
def test_report_is_the_same_if_no_entry_is_kept(monkeypatch, number):
    kept = audit(broken()[number], TRUST)
    placed = list(kept.placed)
    monkeypatch.setattr(audit_entries, "_CACHE_BYTES", 0)
    forgotten = audit(broken()[number], TRUST)
    assert forgotten.report.encode() == kept.report.encode()
    assert list(forgotten.placed) == placed


def test_placed_entries_come_in_their_display_order():
    placed = list(audit(evidence(), TRUST).placed)
    assert len(placed) == sum(side.own.size for side in STORY.world.sides.values())
    assert placed == sorted(placed, key=lambda each: (each.order, each.position.party))


def test_placed_entries_of_a_fallen_frontier_are_in_order():
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    note = world.note("cn", thread.leaf.thread)
    liar = world.note("cn", thread.leaf.thread)
    world.append_signed("cn", note.submission, honest=False, frontier=0)
    assert liar.leaf.peer_frontier > 0
    world.exchange()
    audited = audit(evidence_of(world), trust_of(world))
    assert "frontier-fell" in codes(audited.report)
    placed = list(audited.placed)
    assert placed == sorted(placed, key=lambda each: (each.order, each.position.party))


def test_placed_entry_is_found_by_its_position():
    placed = audit(evidence(), TRUST).placed
    found = placed.at(STORY.note.position)
    assert found is not None
    assert found.id == STORY.note.id
    assert placed.at(Position("eu", 10**6)) is None


def test_line_states_its_time_without_its_entry_unless_malformed():
    position = STORY.note.position
    whole = lines(evidence(), "eu")
    bare = substituted(evidence(), STORY.note, b"none")
    assert audit(bare, TRUST).placed.accepted(position) == STORY.note.leaf.accepted
    whole[position.index] = b"none\n"
    cut = changed_log(evidence(), "eu", lines=b"".join(whole))
    assert audit(cut, TRUST).placed.accepted(position) == ""


def test_refused_entry_is_not_among_the_placed():
    world = World.founded()
    payload = world.payload("eu", "note.posted", thread="ab" * 16, lang="en")
    stray = world.append("eu", payload, [world.text("No thread.")], honest=False)
    world.exchange()
    audited = audit(evidence_of(world), trust_of(world))
    assert audited.placed.at(stray.position) is None
    assert stray.id not in {each.id for each in audited.placed}


def test_one_party_alone_places_nothing():
    trust = replace(TRUST, parties={"eu": TRUST.parties["eu"]})
    assert list(audit(evidence(), trust).placed) == []


def test_everything_calls_for_each_leaf_that_can_be_read():
    text = b"".join([*lines(evidence(), "eu")[:3], b"none\n", *lines(evidence(), "eu")[3:5]])
    classes = EverythingClasses({"eu": Leaves(text), "cn": Leaves(b"")})
    assert [each.index for each in classes] == [0, 1, 2, 4, 5]
    assert len(classes) == 5
    assert classes[Position("eu", 5)] == "scope"
    for absent in (Position("eu", 3), Position("eu", 6), Position("cn", 0)):
        assert absent not in classes


def test_scope_of_a_thread_passes_a_malformed_line():
    whole = in_thread(evidence())
    cut = changed_log(whole, "cn", lines=b"".join([*lines(whole, "cn")[:-1], b"none\n"]))
    size = STORY.world.cn.own.size
    assert at(audit(cut, TRUST).report, "leaf-malformed") == [f"CN-{size - 1}"]


@pytest.mark.parametrize("text", [b"", b"\n", b"a", b"a\n", b"a\nb", b"a\n\nb\n", b"x" * 400])
def test_lines_are_those_of_a_split_text(text):
    leaves = Leaves(text)
    split = text.split(b"\n")
    assert leaves.whole == (split[-1] == b"")
    expected = split[:-1] if leaves.whole else split
    assert [leaves.line(index) for index in range(len(leaves))] == expected
    assert list(leaves) == [None] * len(expected)


def test_leaves_are_read_by_index_and_by_slice():
    leaves = Leaves(evidence().logs["eu"].lines)
    expected = [entry.leaf for entry in STORY.world.eu.own.entries]
    assert list(leaves) == expected == leaves[:]
    assert leaves[2:4] == expected[2:4]
    for index in (-1, len(leaves)):
        with pytest.raises(IndexError):
            leaves[index]


def test_earlier_note_of_the_other_log_is_not_signed_by_this_one():
    note = STORY.world.cn.own.notes[4].encode()
    earlier = dict(evidence().logs["eu"].earlier) | {4: note}
    report = audit(changed_log(evidence(), "eu", earlier=earlier), TRUST).report
    assert "checkpoint-unsigned" in codes(report)


def test_reports_of_both_sides_are_the_same():
    reports = {report_of(STORY.world, party=party, files=FILES).encode() for party in PARTIES}
    assert len(reports) == 1
