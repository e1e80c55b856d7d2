"""A tree with its root at every size, compared with a frontier growing leaf by leaf."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from special_channel.core.log.merkle import EMPTY_ROOT, Frontier, leaf_hash
from special_channel.core.log.tree import Tree

LEAVES = [leaf_hash(b"%d" % number) for number in range(300)]


def grown(size: int) -> bytes:
    return Frontier.EMPTY.append(LEAVES[:size])[0].root()


def test_tree_gives_the_root_of_every_size():
    tree = Tree(LEAVES)
    assert [tree.root(size) for size in range(301)] == [grown(size) for size in range(301)]


def test_tree_without_leaves_has_the_empty_root():
    assert Tree().root(0) == EMPTY_ROOT


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 40), max_size=6))
def test_tree_grown_in_pieces_is_the_same_tree(pieces):
    tree, done = Tree(), 0
    for piece in pieces:
        tree.extend(LEAVES[done : done + piece])
        done += piece
        assert tree.root(done) == grown(done)
    assert tree.size == done


def test_tree_has_no_root_of_a_size_that_it_has_not():
    tree = Tree(LEAVES[:3])
    assert (tree.root(4), tree.root(-1)) == (None, None)


def test_root_of_a_size_stays_while_the_tree_grows():
    tree = Tree(LEAVES[:5])
    before = tree.root(5)
    tree.extend(LEAVES[5:])
    assert tree.root(5) == before == grown(5)
