"""Entries refused because their past lacks something."""

from __future__ import annotations

import os

from special_channel.core.bytes import dsse
from special_channel.core.rows.writing import file_part, part_refs, sign
from tests.nodes.desk import Desk, Made, refused, words

# The past -----------------------------------------------------------------------------


@refused("seen-inconsistent")
async def more_seen_of_the_own_log_than_there_is(desk: Desk) -> Made:
    seen = await desk.channel.seen("eu")
    seen[0] |= {"size": seen[0]["size"] + 1}
    return await desk.note(seen=seen)


@refused("seen-inconsistent")
async def more_seen_of_the_other_log_than_is_held(desk: Desk) -> Made:
    seen = await desk.channel.seen("eu")
    seen[1] |= {"size": seen[1]["size"] + 1}
    return await desk.note(seen=seen)


@refused("seen-inconsistent")
async def another_root_seen(desk: Desk) -> Made:
    seen = await desk.channel.seen("eu")
    seen[1] |= {"root": "0" * 64}
    return await desk.note(seen=seen)


@refused("thread-unknown")
async def a_note_in_no_thread(desk: Desk) -> Made:
    return await desk.note(thread="0" * 32)


@refused("thread-known")
async def a_thread_opened_twice(desk: Desk) -> Made:
    part = words("Subject", "subject")
    payload = await desk.payload(
        "thread.opened",
        thread=desk.thread,
        body={"batch": "standing"},
        lang="en",
        parts=part_refs((part,)),
    )
    return sign(payload, [desk.keys["desk"].signer], [part])


@refused("note-withdrawn")
async def a_correction_of_a_withdrawn_note(desk: Desk) -> Made:
    note = await desk.channel.note("eu", desk.thread)
    fields = {"thread": desk.thread, "ref": note.id}
    signer = desk.keys["desk"].signer
    gone = await desk.payload("note.withdrawn", **fields, body={})
    await desk.channel.submit("eu", gone, signer)
    part = words("Corrected.")
    payload = await desk.payload(
        "note.corrected", **fields, body={}, lang="en", parts=part_refs((part,))
    )
    return sign(payload, [signer], [part])


@refused("reference")
async def an_acknowledgement_of_nothing(desk: Desk) -> Made:
    body = {"entries": ["0" * 64]}
    payload = await desk.payload("note.acknowledged", thread=desk.thread, body=body)
    return sign(payload, [desk.keys["desk"].signer])


@refused("reference")
async def an_answer_to_no_question(desk: Desk) -> Made:
    return await desk.note(answers=[{"id": "0" * 64, "q": ["1"]}])


@refused("ask-own-side")
async def a_question_to_the_own_side(desk: Desk) -> Made:
    return await desk.note(asks=[desk.ask(who="eu")])


@refused("ask-number")
async def a_question_numbered_two(desk: Desk) -> Made:
    return await desk.note(asks=[desk.ask(q="2")])


@refused("ask-rule")
async def a_question_by_no_rule_of_the_charter(desk: Desk) -> Made:
    return await desk.note(asks=[desk.ask(rule="by-friday")])


@refused("charter-mismatch")
async def a_question_under_another_charter(desk: Desk) -> Made:
    return await desk.note(asks=[desk.ask(charter="0" * 64)])


@refused("marking")
async def a_classified_marking(desk: Desk) -> Made:
    return await desk.note(marking="secret")


@refused("data-malformed")
async def a_list_with_other_rows_than_it_says(desk: Desk) -> Made:
    return await desk.list("head", rows=2)


@refused("file-missing")
async def a_file_that_nobody_uploaded(desk: Desk) -> Made:
    return await desk.note(parts=(words("See."), described("a.txt", 1, "a" * 64)))


@refused("file-length")
async def a_file_that_is_described_longer(desk: Desk) -> Made:
    upload = await desk.api.call("POST", "/api/files", data=b"12345")
    digest = upload.document["sha256"]
    right, wrong = described("right.txt", 5, digest), described("wrong.txt", 6, digest)
    return await desk.note(parts=(words("See."), right, wrong))


def described(name: str, length: int, digest: str) -> bytes:
    return file_part(os.urandom(32), name, "text/plain", length, digest)


@refused("erase-order")
async def an_erasure_by_an_order_without_a_name(desk: Desk) -> Made:
    note = await desk.note()
    await desk.api.receipt(note)
    body = {"parts": [0], "basis": "order"}
    ref = dsse.decode(note.envelope).id
    return sign(
        await desk.payload("part.erased", "head", ref=ref, body=body), [desk.keys["head"].signer]
    )
