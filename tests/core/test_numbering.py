"""The two counts of a leaf line: how they go on, and that a verifier names a wrong one (K26)."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.audit.audit import audit
from special_channel.core.entries import (
    COUNTED_KINDS,
    COUNTED_PRIVATE_KINDS,
    DIRECTORY_KINDS,
    SHARED_KINDS,
)
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.numbering import LeafCounter, last_ordinals
from special_channel.core.rows.writing import part_refs, sign
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import at, changed_log, codes, lines, report_of, signed_thread
from tests.world import World

ROOT = Path(__file__).parents[2]
THREADS = ("a" * 32, "b" * 32, "c" * 32)
COUNTED = "key.enrolled"
LEAF = Leaf("2026-11-24T15:00:00Z", (3,), 1, COUNTED, None, 0, "1" * 64, "2" * 64)

entries = st.lists(
    st.tuples(st.sampled_from((COUNTED, "note.posted")), st.sampled_from((None, *THREADS)))
)


def leaves_of(stated: list[tuple[str, str | None]]) -> list[Leaf]:
    """Return right leaves of entries given as kind and thread."""
    counter = LeafCounter(COUNTED_KINDS)
    leaves = []
    for kind, thread in stated:
        directory, ordinal = counter.count(kind, thread)
        leaves.append(replace(LEAF, directory=directory, kind=kind, thread=thread, ordinal=ordinal))
    return leaves


def wrong_places(leaves: list[Leaf]) -> list[int]:
    counter = LeafCounter(COUNTED_KINDS)
    return [index for index, leaf in enumerate(leaves) if not counter.follows(leaf)]


def test_counted_kinds_of_a_shared_log_exist():
    assert DIRECTORY_KINDS < COUNTED_KINDS <= SHARED_KINDS
    assert "log.restored" in COUNTED_KINDS
    assert not COUNTED_KINDS & COUNTED_PRIVATE_KINDS


def test_counted_kinds_are_those_of_the_format():
    page = (ROOT / "docs/formats/log.md").read_text(encoding="utf-8")
    listed = page.split("A shared log counts these kinds:")[1].split("\n\n")[0]
    assert re.findall("`([a-z.]+)`", listed) == sorted(COUNTED_KINDS)


@given(entries)
def test_counts_are_those_of_a_reader_of_the_whole_log(stated):
    for index, leaf in enumerate(leaves_of(stated)):
        before = stated[: index + 1]
        assert leaf.directory == sum(kind == COUNTED for kind, _ in before)
        in_thread = [thread for _, thread in before if thread == leaf.thread]
        assert leaf.ordinal == (len(in_thread) if leaf.thread else 0)


@given(entries)
def test_ordinals_of_a_thread_have_no_gap(stated):
    leaves = leaves_of(stated)
    for thread in THREADS:
        ordinals = [leaf.ordinal for leaf in leaves if leaf.thread == thread]
        assert ordinals == list(range(1, len(ordinals) + 1))
    for one, following in pairwise(leaves):
        assert 0 <= following.directory - one.directory <= 1


@given(entries)
def test_leaves_with_counts_come_back(stated):
    for leaf in leaves_of(stated):
        assert Leaf.parse(leaf.encode()) == leaf


@given(entries, st.data())
def test_counter_goes_on_from_any_place(stated, data):
    """As a node does after a start: from the last leaf, and the last ordinal of each thread."""
    leaves = leaves_of(stated)
    cut = data.draw(st.integers(0, len(leaves)))
    directory = leaves[cut - 1].directory if cut else 0
    counter = LeafCounter(COUNTED_KINDS, directory, last_ordinals(leaves[:cut]))
    assert all(counter.follows(leaf) for leaf in leaves[cut:])


@given(entries, st.data())
def test_one_wrong_count_is_noticed_where_it_is(stated, data):
    leaves = leaves_of([*stated, ("note.posted", THREADS[0])])
    index = data.draw(st.integers(0, len(leaves) - 1))
    leaf = leaves[index]
    name = data.draw(st.sampled_from(("directory", "ordinal") if leaf.thread else ("directory",)))
    least = 0 if name == "directory" else 1
    wrong = data.draw(st.integers(least, 99).filter(lambda each: each != getattr(leaf, name)))
    leaves[index] = replace(leaf, **{name: wrong})
    places = wrong_places(leaves)
    assert places[0] == index
    # The next leaf that goes on from the wrong one is right only towards it.
    assert len(places) <= 2


def test_last_ordinals_are_those_of_threads_alone():
    stated = [("note.posted", THREADS[0]), (COUNTED, None), ("note.posted", THREADS[0])]
    assert last_ordinals(leaves_of(stated)) == {THREADS[0]: 2}
    assert last_ordinals(()) == {}


def test_copy_of_a_counter_goes_its_own_way():
    counter = LeafCounter(COUNTED_KINDS, 4, {THREADS[0]: 2})
    other = counter.copy()
    assert other.count(COUNTED, THREADS[0]) == (5, 3)
    assert counter.next(COUNTED, THREADS[0]) == (5, 3)
    assert counter.directory == 4


@pytest.mark.parametrize("kind", sorted(COUNTED_PRIVATE_KINDS))
def test_private_log_counts_its_own_kinds(kind):
    counter = LeafCounter(COUNTED_PRIVATE_KINDS)
    assert counter.count("note.internal", THREADS[0]) == (0, 1)
    assert counter.count(kind, None) == (1, 0)
    assert counter.count("key.enrolled", None) == (1, 0)


# The verifier ---------------------------------------------------------------------------


def test_right_counts_have_no_finding():
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    world.note("cn", thread.leaf.thread)
    world.note("eu", thread.leaf.thread)
    world.exchange()
    assert codes(report_of(world)) == []
    assert world.eu.own.entries[-1].leaf.ordinal == 2
    assert world.cn.own.entries[-1].leaf.ordinal == 1


WRONG = {
    "repeated": (0, 0),
    "skipped": (0, 2),
    "directory skipped": (1, 1),
    "directory fell": (-1, 1),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_count_is_named_once(wrong):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    world.note("eu", thread)
    last = world.eu.own.entries[-1].leaf
    parts = [world.text("Counted wrongly.")]
    payload = world.payload("eu", "note.posted", thread=thread, lang="en", parts=part_refs(parts))
    submission = sign(payload, [world.eu.keys["desk"]], parts)
    more, places = WRONG[wrong]
    counts = last.directory + more, last.ordinal + places
    entry = world.append_signed("eu", submission, honest=False, counts=counts)
    world.note("eu", thread)
    world.exchange()
    assert at(report_of(world), "ordinal") == [str(entry.position)]
    assert set(codes(report_of(world))) == {"ordinal"}


def test_entry_without_effect_is_counted():
    world = World.founded()
    before = world.eu.own.entries[-1].leaf.directory
    payload = world.payload("eu", "key.revoked", by="desk", body={"key": world.eu.keys["desk"].key})
    world.append("eu", payload, honest=False)
    assert world.eu.own.entries[-1].leaf.directory == before + 1
    world.exchange()
    assert "ordinal" not in codes(report_of(world))


def test_counts_behind_a_malformed_leaf_are_not_judged():
    world = World.founded()
    world.open_thread("eu")
    world.exchange()
    evidence = evidence_of(world)
    changed = lines(evidence, "eu")
    changed[1] = b"sc1 nonsense\n"
    evidence = changed_log(evidence, "eu", lines=b"".join(changed))
    found = codes(audit(evidence, trust_of(world)).report)
    assert "leaf-malformed" in found
    assert "ordinal" not in found


def test_signed_thread_is_numbered_from_one():
    world = World.founded()
    entry = world.append_signed("eu", signed_thread(world))
    assert entry.leaf.ordinal == 1
