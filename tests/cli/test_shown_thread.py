"""`thread show` prints verified entries, and names entries that it could not verify."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import orjson
import pytest

from special_channel.broker.receipts import receipt_text
from special_channel.cli.proofs import Checked, check_entry
from special_channel.cli.trusted import TrustedLog
from special_channel.core.audit.chain import checkpoint_keys
from special_channel.core.audit.trust import parse as parse_trust
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.parts import TextPart
from special_channel.core.log import merkle
from special_channel.core.rules.signing_keys import SigningKey
from special_channel.ports import Stored
from tests.bundles import trust_file
from tests.stories import Story, busy

STORY = busy()
TRUST = {
    party: TrustedLog(
        trusted.origin,
        checkpoint_keys(
            trusted, [(0, STORY.world.sides[party].own.entries[0].submission.envelope)]
        ),
    )
    for party, trusted in parse_trust(trust_file(STORY.world)).parties.items()
}


def keys(story: Story):
    """Both sides' directories."""
    return {
        signer.key: SigningKey(signer.private.suite, signer.private.public)
        for party in PARTIES
        for signer in story.world.sides[party].keys.values()
    }


def item(story: Story, **changed):
    """An entry in the form of the API."""
    note = story.note
    own = story.world.sides["eu"].own
    size = note.position.index + 1
    hashes = [each.leaf.hash for each in own.entries[:size]]
    _, nodes = merkle.Frontier.EMPTY.append(hashes)
    held = {(level, index): hash_ for level, index, hash_ in nodes}
    proof = merkle.inclusion_proof(note.position.index, size, held)
    stored = Stored(
        "eu", note.position.index, note.id, note.leaf.encode(), note.submission.envelope,
        note.submission.parts, "note.posted", note.leaf.thread, "", note.leaf.accepted, 0, 0,
    )  # fmt: skip
    return {
        "id": note.id,
        "position": str(note.position),
        "envelope": note.submission.envelope.decode(),
        "parts": [(part or b"").decode() for part in note.submission.parts],
        "receipt": receipt_text(stored, proof, own.notes[size]),
        "damaged": [],
    } | changed


def check(trust=TRUST, **changed) -> Checked:
    return check_entry(item(STORY, **changed), keys(STORY), trust)


def test_entry_that_holds_is_shown():
    for trust in (TRUST, None):
        found = check(trust)
        assert found.word == "ok"
        assert [part.text for part in found.parts if isinstance(part, TextPart)] == [
            "Good morning.",
            "May the certificate be sent again?",
        ]
        assert found.accepted == STORY.note.leaf.accepted


def test_edited_text_is_not_shown():
    parts = [part.replace("Good morning", "Bad morning") for part in item(STORY)["parts"]]
    assert check(parts=parts) == Checked("bad")


def test_edited_payload_is_not_shown():
    envelope = orjson.loads(item(STORY)["envelope"])
    payload = STORY.note.submission.envelope
    signed = orjson.loads(payload)
    text = b64encode(b'{"edited":true}').decode()
    changed = signed | {"payload": text}
    assert changed != envelope
    assert check(envelope=orjson.dumps(changed).decode()) == Checked("bad")


def test_entry_by_an_unknown_key_is_not_shown():
    assert check_entry(item(STORY), {}, TRUST) == Checked("bad")


def test_receipt_of_another_place_or_log_is_not_shown():
    assert check(position="EU-3") == Checked("bad")
    assert check(position=f"CN-{STORY.note.position.index}") == Checked("bad")
    assert check(receipt="") == Checked("bad")


def test_checkpoint_of_an_untrusted_key_is_not_shown():
    assert check(TRUST | {"eu": replace(TRUST["eu"], keys=TRUST["cn"].keys)}) == Checked("bad")


@pytest.mark.parametrize("what", ["leaf", "columns", "envelope", "entry"])
def test_damaged_entry_is_named_as_such(what):
    assert check(envelope="", receipt="", damaged=[what]) == Checked("damaged")


def test_damaged_part_is_named_and_the_rest_shown():
    parts = ["", item(STORY)["parts"][1]]
    found = check(parts=parts, damaged=["part:0"])
    assert (found.word, found.damaged, found.parts[0]) == ("ok", (0,), None)
    assert isinstance(found.parts[1], TextPart)
