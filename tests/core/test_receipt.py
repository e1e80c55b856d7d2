from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from special_channel.core.bytes.errors import BadSignature, Malformed, RuleBroken
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.log import checkpoint as checkpoints
from special_channel.core.log import merkle
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.merkle import Frontier
from special_channel.core.log.receipt import MAX_PROOF_HASHES, Receipt, verify_receipt

ORIGIN = "eu.channel.example/log"
LOG = PrivateKey.from_seed("ed25519", b"l" * 32)
LOG_KEY = checkpoints.log_key(LOG, ORIGIN)
LEAVES = [f"sc1 leaf {number}".encode() for number in range(13)]


def receipt_of(index: int, size: int = len(LEAVES)) -> Receipt:
    frontier, complete = Frontier.EMPTY.append(map(merkle.leaf_hash, LEAVES[:size]))
    nodes = {(level, position): node for level, position, node in complete}
    checkpoint = Checkpoint(ORIGIN, size, frontier.root())
    note = checkpoints.make_note(checkpoint, checkpoints.sign(checkpoint, LOG, ORIGIN))
    return Receipt(LEAVES[index], index, merkle.inclusion_proof(index, size, nodes), note)


RECEIPT = receipt_of(5)
TEXT = RECEIPT.encode()


@pytest.mark.parametrize("size", [1, 2, 3, 8, 13])
def test_every_entry_has_a_receipt_that_verifies(size):
    for index in range(size):
        receipt = Receipt.parse(receipt_of(index, size).encode())
        checkpoint, leaf = verify_receipt(receipt, LOG_KEY, origin=ORIGIN)
        assert (checkpoint.size, leaf) == (size, LEAVES[index])


def test_a_receipt_is_laid_out_as_a_tlog_proof():
    lines = TEXT.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + base64.b64encode(LEAVES[5]).decode()
    assert lines[2] == "index 5"
    assert [base64.b64decode(line) for line in lines[3:7]] == list(RECEIPT.proof)
    assert lines[7] == ""
    assert "\n".join(lines[8:]) == RECEIPT.checkpoint


def test_a_receipt_comes_back_and_is_the_same_bytes_each_time():
    assert Receipt.parse(TEXT) == RECEIPT
    assert receipt_of(5).encode() == TEXT


def test_a_proof_without_extra_is_a_tlog_proof_but_no_receipt():
    bare = replace(RECEIPT, extra=b"")
    assert Receipt.parse(bare.encode()) == bare
    with pytest.raises(Malformed, match="receipt-malformed"):
        verify_receipt(bare, LOG_KEY)


def test_the_only_entry_of_a_tree_needs_no_hashes():
    only = receipt_of(0, 1)
    assert only.proof == ()
    assert Receipt.parse(only.encode()) == only


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"extra": b"sc1 leaf 6"}, "proof-mismatch"),
        ({"index": 4}, "proof-mismatch"),
        ({"index": 13}, "proof-malformed"),
        ({"proof": RECEIPT.proof[1:]}, "proof-malformed"),
        ({"proof": RECEIPT.proof[::-1]}, "proof-mismatch"),
        ({"checkpoint": receipt_of(5, 12).checkpoint}, "proof-mismatch"),
    ],
)
def test_a_receipt_for_something_else_does_not_verify(change, code):
    with pytest.raises((Malformed, RuleBroken), match=code):
        verify_receipt(replace(RECEIPT, **change), LOG_KEY)


def test_a_receipt_of_another_log_does_not_verify():
    other = checkpoints.log_key(PrivateKey.from_seed("ed25519", b"x" * 32), ORIGIN)
    with pytest.raises(BadSignature, match="checkpoint-unsigned"):
        verify_receipt(RECEIPT, other)
    with pytest.raises(RuleBroken, match="checkpoint-origin"):
        verify_receipt(RECEIPT, LOG_KEY, origin="cn.channel.example/log")


HASH_LINE = base64.b64encode(RECEIPT.proof[0]).decode() + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.replace("@v1", "@v2"),
        "\n" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("index 5", "index 05"),
        TEXT.replace("index 5", "index -5"),
        TEXT.replace("index 5", "index \u0665"),
        TEXT.replace("index 5", "index  5"),
        TEXT.replace("index 5\n", ""),
        TEXT.replace("extra ", "extra  "),
        TEXT.replace("extra ", "extra =="),
        TEXT.replace("extra ", "extra A"),
        TEXT.replace("extra ", "other "),
        TEXT.replace("index", "extra AAAA\nindex"),
        TEXT.replace("extra c2Mx", "extra \n"),
        TEXT.replace(HASH_LINE, HASH_LINE[:-2] + "\n"),
        TEXT.replace(HASH_LINE, "AAAA\n"),
        TEXT.replace(HASH_LINE, HASH_LINE.replace("=", "==")),
        TEXT.replace(HASH_LINE, "A" * 42 + "B=\n"),
        TEXT.replace(HASH_LINE, " " + HASH_LINE),
        TEXT.replace(HASH_LINE, HASH_LINE * MAX_PROOF_HASHES),
        TEXT.split("\n\n", maxsplit=1)[0] + "\n\n",
        TEXT.split("\n\n", maxsplit=1)[0] + "\n",
        TEXT + "x" * 200_000,
    ],
)
def test_other_texts_are_no_receipts(text):
    with pytest.raises(Malformed, match="receipt-malformed"):
        Receipt.parse(text)


@pytest.mark.parametrize(
    "text",
    [TEXT + "\n", TEXT[:-1], TEXT.replace("\n13\n", "\n013\n"), TEXT.replace("\n\n", "\n\n\n")],
)
def test_the_checkpoint_in_a_receipt_is_one(text):
    with pytest.raises(Malformed, match="checkpoint-malformed"):
        Receipt.parse(text)


def test_no_changed_byte_verifies():
    for at in range(len(TEXT)):
        changed = TEXT[:at] + chr(ord(TEXT[at]) ^ 1) + TEXT[at + 1 :]
        with pytest.raises((Malformed, BadSignature, RuleBroken)):
            verify_receipt(Receipt.parse(changed), LOG_KEY)
