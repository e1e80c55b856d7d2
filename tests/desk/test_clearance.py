"""Drafts for a second official, and the private entries by which they are released or returned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import DraftCleared, DraftReturned
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.clearance import Sender, draft_remark, queue_for_release
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.stores.clearances import Clearance

KEY = KeyFile.make("eu", "desk", bytes(range(32)), unit="u", desk="permits")
OTHER = KeyFile.make("eu", "desk", bytes(32))
LOG = "eu.channel.example/log"
DRAFT, ELSE = "b2" * 32, "c3" * 32
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
BY = Sender(KEY.key, {1: "desk"}, "eu", LOG)
AUTHOR = Author(KEY.signer, LOG, "2026-11-24T08:00:00Z", (), lambda length: b"\1" * length)
LISTED = payloads.batch_listed(AUTHOR, "L2026-47", [{"row": 1}])


class Queue:
    """Drafts that were queued: what the table would hold."""

    def __init__(self) -> None:
        self.drafts: list[Clearance] = []

    async def put(self, drafts) -> None:
        self.drafts += drafts


async def queued(*submissions: Submission, by: Sender = BY) -> list[Clearance]:
    queue = Queue()
    made = await queue_for_release(queue, submissions, by, NOW)  # type: ignore[arg-type]
    assert queue.drafts == made
    return made


async def test_drafts_of_an_act_wait_whole_under_their_ids():
    [draft] = await queued(LISTED)
    assert draft == Clearance(
        id=dsse.decode(LISTED.envelope).id, envelope=LISTED.envelope,
        parts=tuple(part or b"" for part in LISTED.parts),
        by=KEY.key, at=NOW, state="waiting",
    )  # fmt: skip
    both = await queued(LISTED, payloads.batch_listed(AUTHOR, "L2", [{"row": 2}]))
    assert [each.by for each in both] == [KEY.key, KEY.key]


def signed_by(entry: Submission, key: KeyFile) -> Submission:
    """Replace the signatures by one of another key."""
    envelope = dsse.decode(entry.envelope)
    signature = dsse.Signature(
        key.key, key.private.sign(dsse.pae(envelope.payload_type, envelope.payload))
    )
    return replace(entry, envelope=replace(envelope, signatures=(signature,)).encode())


@pytest.mark.parametrize(
    ("submission", "by", "code"),
    [
        (LISTED, replace(BY, key=OTHER.key), "signature-missing"),
        (signed_by(LISTED, OTHER), BY, "signature-missing"),
        (signed_by(LISTED, OTHER), replace(BY, key=OTHER.key), "signature-missing"),
        (LISTED, replace(BY, log="cn.channel.example/log"), "entry-other-log"),
        (LISTED, replace(BY, party="cn"), "owner"),
        (LISTED, replace(BY, roles={1: "oversight"}), "role"),
        (LISTED, replace(BY, roles={2: "desk"}), "grant-ended"),
    ],
)
async def test_draft_its_sender_may_not_state_refuses_the_whole_act(submission, by, code):
    queue = Queue()
    with pytest.raises(ChannelError) as refused:
        await queue_for_release(queue, [LISTED, submission][::-1], by, NOW)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert queue.drafts == []


CLEARED = payloads.draft_cleared(AUTHOR, DRAFT)
RETURNED = payloads.draft_returned(AUTHOR, DRAFT, "en", "Row 3.\n\nRow 4.")


def test_remark_of_a_returned_draft_keeps_its_paragraphs():
    assert draft_remark(RETURNED, DraftReturned, DRAFT, KEY.key) == "Row 3.\n\nRow 4."
    assert draft_remark(CLEARED, DraftCleared, DRAFT, KEY.key) == ""


@pytest.mark.parametrize(
    ("note", "kind", "draft", "by", "code"),
    [
        (CLEARED, DraftCleared, ELSE, KEY.key, "clearance-differs"),
        (CLEARED, DraftReturned, DRAFT, KEY.key, "clearance-differs"),
        (RETURNED, DraftCleared, DRAFT, KEY.key, "clearance-differs"),
        (LISTED, DraftCleared, DRAFT, KEY.key, "clearance-differs"),
        (CLEARED, DraftCleared, DRAFT, OTHER.key, "signature-missing"),
    ],
)
def test_entry_on_another_draft_or_by_another_key_is_refused(note, kind, draft, by, code):
    with pytest.raises(ChannelError) as refused:
        draft_remark(note, kind, draft, by)
    assert refused.value.code == code
