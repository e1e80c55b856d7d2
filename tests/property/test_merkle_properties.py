"""Trees compared with the recursion of RFC 6962, 2.1, copied literally."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes.errors import Refused
from special_channel.core.log import merkle
from special_channel.core.log.merkle import Frontier


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), mth(leaves[k:])]
    return [*path(index - k, leaves[k:]), mth(leaves[:k])]


def subproof(old: int, leaves: list[bytes], complete: bool) -> list[bytes]:  # noqa: FBT001  # as in the RFC
    if old == len(leaves):
        return [] if complete else [mth(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], complete), mth(leaves[k:])]
    return [*subproof(old - k, leaves[k:], complete=False), mth(leaves[:k])]


logs = st.integers(1, 70).map(lambda count: [str(number).encode() for number in range(count)])


def stored(leaves: list[bytes]):
    frontier, complete = Frontier.EMPTY.append(map(merkle.leaf_hash, leaves))
    return frontier, {(level, index): node for level, index, node in complete}


@given(logs)
def test_the_root_is_that_of_the_recursion(leaves):
    frontier, nodes = stored(leaves)
    asked = {node: nodes[node] for node in merkle.root_nodes(len(leaves))}
    assert frontier.root() == merkle.root(len(leaves), asked) == mth(leaves)


@given(logs, st.data())
def test_an_older_root_can_still_be_computed(leaves, data):
    _, nodes = stored(leaves)
    size = data.draw(st.integers(0, len(leaves)))
    assert merkle.root(size, nodes) == mth(leaves[:size])


@given(logs, st.data())
def test_inclusion_proofs_are_those_of_the_recursion_and_verify(leaves, data):
    _, nodes = stored(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    asked = {node: nodes[node] for node in merkle.inclusion_nodes(index, len(leaves))}
    proof = merkle.inclusion_proof(index, len(leaves), asked)
    assert list(proof) == path(index, leaves)
    merkle.verify_inclusion(merkle.leaf_hash(leaves[index]), index, len(leaves), proof, mth(leaves))


@given(logs, st.data())
def test_consistency_proofs_are_those_of_the_recursion_and_verify(leaves, data):
    _, nodes = stored(leaves)
    old = data.draw(st.integers(1, len(leaves)))
    asked = {node: nodes[node] for node in merkle.consistency_nodes(old, len(leaves))}
    proof = merkle.consistency_proof(old, len(leaves), asked)
    assert list(proof) == subproof(old, leaves, complete=True)
    merkle.verify_consistency(old, len(leaves), proof, mth(leaves[:old]), mth(leaves))


def damaged(proof: tuple[bytes, ...], data: st.DataObject) -> list[bytes]:
    hashes = list(proof)
    how = data.draw(st.sampled_from(["change", "drop", "add", "swap"] if hashes else ["add"]))
    at = data.draw(st.integers(0, max(0, len(hashes) - 1)))
    if how == "change":
        hashes[at] = bytes([hashes[at][0] ^ 1]) + hashes[at][1:]
    elif how == "drop":
        del hashes[at]
    elif how == "add":
        hashes.insert(at, bytes(32))
    else:
        hashes = [*hashes[1:], bytes(32)]
    return hashes


@given(logs, st.data())
def test_no_damaged_inclusion_proof_verifies(leaves, data):
    _, nodes = stored(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    bad = damaged(merkle.inclusion_proof(index, len(leaves), nodes), data)
    with pytest.raises(Refused):
        merkle.verify_inclusion(
            merkle.leaf_hash(leaves[index]), index, len(leaves), bad, mth(leaves)
        )


@given(logs, st.data())
def test_no_proof_verifies_for_another_leaf_or_index(leaves, data):
    _, nodes = stored(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(
        st.integers(0, len(leaves) - 1).filter(lambda each: each != index) | st.just(-1)
    )
    proof = merkle.inclusion_proof(index, len(leaves), nodes)
    with pytest.raises(Refused):
        merkle.verify_inclusion(
            merkle.leaf_hash(leaves[index]), other, len(leaves), proof, mth(leaves)
        )
    with pytest.raises(Refused):
        merkle.verify_inclusion(merkle.leaf_hash(b"x"), index, len(leaves), proof, mth(leaves))


@given(logs, st.data())
def test_no_damaged_consistency_proof_verifies(leaves, data):
    _, nodes = stored(leaves)
    old = data.draw(st.integers(0, len(leaves)))
    bad = damaged(merkle.consistency_proof(old, len(leaves), nodes), data)
    with pytest.raises(Refused):
        merkle.verify_consistency(old, len(leaves), bad, mth(leaves[:old]), mth(leaves))


@given(logs, st.data())
def test_a_rewritten_leaf_leaves_no_consistency(leaves, data):
    old = data.draw(st.integers(1, len(leaves)))
    at = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves[:at], b"rewritten", *leaves[at + 1 :]]
    _, nodes = stored(rewritten)
    proof = merkle.consistency_proof(old, len(leaves), nodes)
    with pytest.raises(Refused):
        merkle.verify_consistency(old, len(leaves), proof, mth(leaves[:old]), mth(rewritten))
