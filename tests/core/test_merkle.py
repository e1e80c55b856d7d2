from __future__ import annotations

import hashlib

import pytest

from special_channel.core.bytes.errors import Corrupt, Malformed, Refused, RuleBroken
from special_channel.core.log import merkle
from special_channel.core.log.merkle import EMPTY_ROOT, Frontier
from tests.vectors import table

RFC6962 = table("merkle")


def grown(count: int):
    """A tree of `count` leaves `0`, `1` …, with its stored hashes."""
    frontier, complete = Frontier.EMPTY.append(
        merkle.leaf_hash(str(number).encode()) for number in range(count)
    )
    return frontier, {(level, index): node for level, index, node in complete}


def hashes(texts):
    return [bytes.fromhex(text) for text in texts]


def altered(proof):
    """Variants of a right proof that the published suite makes and wants refused, by its names."""
    path, root = hashes(proof["proof"]), bytes.fromhex(proof["root"])
    leaf, index, size = bytes.fromhex(proof["leaf_hash"]), proof["index"], proof["size"]
    other = hashlib.sha256(b"random").digest()
    yield "index minus 1", leaf, (index - 1) % 2**64, size, path, root
    yield "index plus 1", leaf, index + 1, size, path, root
    yield "index xor 2", leaf, index ^ 2, size, path, root
    yield "size doubled", leaf, index, size * 2, path, root
    yield "size halved", leaf, index, size // 2, path, root
    yield "wrong leaf", other, index, size, path, root
    yield "empty root", leaf, index, size, path, EMPTY_ROOT
    yield "random root", leaf, index, size, path, other
    yield "trailing garbage", leaf, index, size, [*path, b""], root
    yield "trailing root", leaf, index, size, [*path, root], root
    yield "preceding garbage", leaf, index, size, [b"", *path], root
    yield "preceding root", leaf, index, size, [root, *path], root
    for place, step in enumerate(path):
        changed = [*path[:place], bytes([step[0] ^ 8]) + step[1:], *path[place + 1 :]]
        yield f"bit of hash {place}", leaf, index, size, changed, root
    if path:
        yield "removed hash", leaf, index, size, path[:-1], root
        yield "inserted hash", leaf, index, size, [path[0], other, *path[1:]], root


@pytest.mark.parametrize(
    "proof", RFC6962["inclusion"], ids=lambda proof: f"{proof['index']} of {proof['size']}"
)
def test_published_inclusion_proof_verifies(proof):
    leaf, root = bytes.fromhex(proof["leaf_hash"]), bytes.fromhex(proof["root"])
    merkle.verify_inclusion(leaf, proof["index"], proof["size"], hashes(proof["proof"]), root)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(variant[1:], id=f"{proof['index']} of {proof['size']}, {variant[0]}")
        for proof in RFC6962["inclusion"]
        for variant in altered(proof)
    ],
)
def test_altered_inclusion_proof_is_refused(arguments):
    with pytest.raises(Refused, match=r"proof-(malformed|mismatch)"):
        merkle.verify_inclusion(*arguments)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (0, 1), (1, 0), (2, 1)])
@pytest.mark.parametrize(
    ("leaf", "root"),
    [(bytes(32), EMPTY_ROOT), (b"", EMPTY_ROOT), (bytes(32), b""), (b"", b"")],
)
def test_empty_leaf_or_root_has_no_inclusion_proof(index, size, leaf, root):
    with pytest.raises(Refused, match=r"proof-(malformed|mismatch)"):
        merkle.verify_inclusion(leaf, index, size, [], root)


@pytest.mark.parametrize("case", RFC6962["consistency"], ids=lambda case: str(case["old"]))
def test_published_consistency_proof_is_made_and_verifies(case):
    old, size, proof = case["old"], case["size"], hashes(case["proof"])
    before, after = hashes((RFC6962["roots"][old - 1], RFC6962["roots"][size - 1]))
    _, complete = Frontier.EMPTY.append(map(merkle.leaf_hash, hashes(RFC6962["leaves"])))
    nodes = {(level, index): node for level, index, node in complete}
    assert list(merkle.consistency_proof(old, size, nodes)) == proof
    merkle.verify_consistency(old, size, proof, before, after)
    wrong = ((proof, before, before), (proof, after, after), (proof[::-1], before, after))
    for path, old_root, root in wrong:
        with pytest.raises(Refused, match="proof-mismatch"):
            merkle.verify_consistency(old, size, path, old_root, root)


def test_roots_of_sizes_one_to_eight_are_the_published_ones():
    frontier = Frontier.EMPTY
    nodes: dict[merkle.Node, bytes] = {}
    for leaf, expected in zip(RFC6962["leaves"], RFC6962["roots"], strict=True):
        frontier, complete = frontier.append([merkle.leaf_hash(bytes.fromhex(leaf))])
        nodes |= {(level, index): node for level, index, node in complete}
        assert frontier.root().hex() == expected
        assert merkle.root(frontier.size, nodes).hex() == expected


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root():
    assert Frontier.EMPTY.root() == EMPTY_ROOT == merkle.root(0, {})
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root_nodes(0) == ()


def test_appending_nothing_changes_nothing():
    frontier, _ = grown(5)
    assert frontier.append([]) == (frontier, [])


def test_one_by_one_or_in_groups_the_tree_is_the_same():
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(20)]
    at_once, complete = Frontier.EMPTY.append(leaves)
    frontier, gathered = Frontier.EMPTY, []
    for start, end in ((0, 1), (1, 1), (1, 8), (8, 13), (13, 20)):
        frontier, more = frontier.append(leaves[start:end])
        gathered += more
    assert frontier == at_once
    assert gathered == complete


def test_only_complete_subtrees_are_stored_each_once():
    _, complete = Frontier.EMPTY.append(merkle.leaf_hash(bytes([n])) for n in range(11))
    stored = [(level, index) for level, index, _ in complete]
    assert len(set(stored)) == len(stored)
    expected = {(level, index) for level in range(4) for index in range(11 >> level)}
    assert set(stored) == expected


def test_the_nodes_of_a_root_are_the_subtrees_of_the_frontier():
    frontier, nodes = grown(11)
    assert merkle.root_nodes(11) == ((3, 0), (1, 4), (0, 10))
    assert frontier.hashes == tuple(nodes[node] for node in merkle.root_nodes(11))


@pytest.mark.parametrize("size", [-1, 0, 3, 4])
def test_a_frontier_that_does_not_fit_its_size_is_corruption(size):
    with pytest.raises(Corrupt, match="tree-frontier"):
        Frontier(size, (bytes(32),) * (size.bit_count() + 1))


def test_a_frontier_of_short_hashes_is_corruption():
    with pytest.raises(Corrupt, match="tree-frontier"):
        Frontier(1, (bytes(31),))


def test_a_missing_stored_hash_is_corruption():
    _, nodes = grown(7)
    for call in (
        lambda short: merkle.root(7, short),
        lambda short: merkle.inclusion_proof(2, 7, short),
        lambda short: merkle.consistency_proof(3, 7, short),
    ):
        with pytest.raises(Corrupt, match="tree-node-missing"):
            call({})
    nodes.pop((0, 6))
    with pytest.raises(Corrupt, match="tree-node-missing"):
        merkle.root(7, nodes)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (3, 3), (0, -1)])
def test_an_index_outside_the_tree_has_no_proof(index, size):
    for call in (
        lambda: merkle.inclusion_nodes(index, size),
        lambda: merkle.inclusion_proof(index, size, {}),
        lambda: merkle.verify_inclusion(bytes(32), index, size, [], bytes(32)),
    ):
        with pytest.raises(Malformed, match="proof-malformed"):
            call()


@pytest.mark.parametrize(("old", "size"), [(1, 0), (-1, 3), (4, 3)])
def test_a_larger_tree_does_not_precede_a_smaller(old, size):
    for call in (
        lambda: merkle.consistency_nodes(old, size),
        lambda: merkle.consistency_proof(old, size, {}),
        lambda: merkle.verify_consistency(old, size, [], bytes(32), bytes(32)),
    ):
        with pytest.raises(Malformed, match="proof-malformed"):
            call()


def test_consistency_with_the_empty_tree_is_only_that_of_the_empty_root():
    frontier, _ = grown(3)
    merkle.verify_consistency(0, 3, [], EMPTY_ROOT, frontier.root())
    merkle.verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    with pytest.raises(RuleBroken, match="proof-mismatch"):
        merkle.verify_consistency(0, 3, [], frontier.root(), frontier.root())
    with pytest.raises(Malformed, match="proof-malformed"):
        merkle.verify_consistency(0, 3, [EMPTY_ROOT], EMPTY_ROOT, frontier.root())


def test_two_roots_of_one_size_are_not_consistent():
    frontier, _ = grown(3)
    merkle.verify_consistency(3, 3, [], frontier.root(), frontier.root())
    with pytest.raises(RuleBroken, match="proof-mismatch"):
        merkle.verify_consistency(3, 3, [], bytes(32), frontier.root())


@pytest.mark.parametrize("place", ["leaf", "root", "proof"])
def test_every_hash_has_32_bytes(place):
    frontier, nodes = grown(3)
    short = bytes(31)
    leaf = short if place == "leaf" else nodes[0, 0]
    root = short if place == "root" else frontier.root()
    proof = [short, short] if place == "proof" else merkle.inclusion_proof(0, 3, nodes)
    with pytest.raises(Malformed, match="proof-malformed"):
        merkle.verify_inclusion(leaf, 0, 3, proof, root)


def test_a_consistency_proof_must_reach_both_roots():
    small, _ = grown(6)
    large, nodes = grown(13)
    proof = merkle.consistency_proof(6, 13, nodes)
    merkle.verify_consistency(6, 13, proof, small.root(), large.root())
    for old_root, root in ((bytes(32), large.root()), (small.root(), bytes(32))):
        with pytest.raises(RuleBroken, match="proof-mismatch"):
            merkle.verify_consistency(6, 13, proof, old_root, root)


def test_every_tree_of_up_to_twenty_is_consistent_with_all_it_grew_from():
    roots = [grown(size)[0].root() for size in range(21)]
    _, nodes = grown(20)
    for size in range(21):
        for old in range(size + 1):
            proof = merkle.consistency_proof(old, size, nodes)
            merkle.verify_consistency(old, size, proof, roots[old], roots[size])


def test_a_proof_in_a_tree_of_a_million_needs_few_hashes():
    assert len(merkle.inclusion_nodes(654_321, 1_000_001)) < 40
    assert len(merkle.consistency_nodes(654_321, 1_000_001)) < 60


def test_the_leaves_of_one_commit_are_proven_as_each_alone_whatever_stood_before_them():
    for size in range(1, 70):
        _, nodes = grown(size)
        alone = [merkle.inclusion_proof(index, size, nodes) for index in range(size)]
        for first in range(size):
            assert merkle.inclusion_proofs(first, size, nodes) == alone[first:]


@pytest.mark.parametrize(("first", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_commit_is_proven_that_begins_outside_the_tree(first, size):
    with pytest.raises(Malformed, match="proof-malformed"):
        merkle.inclusion_proofs(first, size, grown(3)[1])
