"""Entries refused for their signers."""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import replace

from special_channel.core.bytes import canonical, dsse, suites
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, data_part, part_refs, sign
from special_channel.core.rules.state import RowKey
from special_channel.desk.keyfile import KeyFile
from special_channel.wiring import files
from tests.nodes.desk import Desk, Made, forged, payload_of, refused

# Whose log, whose key -----------------------------------------------------------------


@refused("entry-other-log")
async def an_entry_for_the_other_log(desk: Desk) -> Made:
    return await desk.note(log="cn.channel.example/log")


@refused("entry-other-log")
async def an_entry_for_a_log_of_nobody(desk: Desk) -> Made:
    return await desk.note(log="eu.channel.example/training")


@refused("owner")
async def an_entry_by_the_other_party(desk: Desk) -> Made:
    return await desk.note("cn")


@refused("owner")
async def a_return_sheet_by_the_eu(desk: Desk) -> Made:
    rows = {"rows": [{"row": 1, "number": "A-1", "match": "found"}]}
    part = data_part(os.urandom(32), "return-sheet", rows)
    payload = await desk.payload(
        "batch.answered", ref="0" * 64, body={"rows": 1}, parts=part_refs((part,))
    )
    return sign(payload, [desk.keys["desk"].signer, desk.keys["head"].signer], [part])


@refused("kind-other-log")
async def an_internal_note_in_the_shared_log(desk: Desk) -> Made:
    return await desk.note(kind="note.internal")


@refused("role")
async def a_note_by_an_overseer(desk: Desk) -> Made:
    return await desk.note("oversight")


@refused("role")
async def a_passed_deadline_by_a_person(desk: Desk) -> Made:
    body = {"q": "1", "due": "2026-11-20T10:00:00Z", "fired": "2026-11-20T10:00:00Z"}
    payload = await desk.payload(
        "deadline.passed", thread=desk.thread, ref="0" * 64, body=body | {"delivered": "x"}
    )
    return sign(payload, [desk.keys["desk"].signer])


@refused("key-suspended")
async def a_note_by_a_suspended_key(desk: Desk) -> Made:
    return await desk.note("suspended")


@refused("key-revoked")
async def a_note_by_a_revoked_key(desk: Desk) -> Made:
    return await desk.note("revoked")


@refused("key-unknown")
async def a_note_by_an_unknown_key(desk: Desk) -> Made:
    return await desk.note("unknown")


@refused("signature-bad")
async def a_signature_of_other_bytes(desk: Desk) -> Made:
    return forged(await desk.note())


@refused("signature-bad")
async def a_bad_second_signature(desk: Desk) -> Made:
    return forged(await desk.list("head"))


@refused("signature-missing")
async def a_note_signed_by_somebody_else_alone(desk: Desk) -> Made:
    item = await desk.note()
    return replace(sign(payload_of(item), [desk.keys["clerk"].signer]), parts=item.parts)


@refused("clearance-missing")
async def a_list_without_clearance(desk: Desk) -> Made:
    return await desk.list()


@refused("persons-missing")
async def a_revocation_by_one_person(desk: Desk) -> Made:
    body = {"key": desk.keys["clerk"].key, "reason": "stated-at-home"}
    payload = await desk.payload("key.revoked", "head", body=body)
    return sign(payload, [desk.keys["head"].signer])


# Enrolment ----------------------------------------------------------------------------


async def person(desk: Desk, name: str) -> str:
    """The person whose key an official's key file holds."""
    key: RowKey = ("key", desk.keys[name].key)
    row = (await desk.channel.nodes["eu"].core.record.rows(frozenset({key})))[key]
    assert isinstance(row, KeyRow)
    return row.person


async def enrolment(desk: Desk, public: bytes, signature: bytes | None = None) -> Submission:
    """A confirmed enrolment of a public key; `signature` is made elsewhere."""
    key = suites.key_id("eu", "ed25519", public)
    body = {
        "person": await person(desk, "clerk"),
        "suite": "ed25519",
        "public": b64encode(public).decode(),
    }
    payload = canonical.dumps(await desk.channel.payload("eu", key, "key.enrolled", body=body))
    message = dsse.pae(dsse.ENTRY_TYPE, payload)
    registrars = files.registrars(desk.channel.settings("eu"))
    signatures = (
        dsse.Signature(key, signature or bytes(64)),
        *(dsse.Signature(each.key, each.private.sign(message)) for each in registrars),
    )
    return Submission(dsse.Envelope(dsse.ENTRY_TYPE, payload, signatures).encode())


@refused("key-weak")
async def a_weak_key(desk: Desk) -> Made:
    # The neutral element: whoever wants to can "sign" for it with R the same and S zero.
    neutral = bytes([1]) + bytes(31)
    return await enrolment(desk, neutral, neutral + bytes(32))


@refused("signature-bad")
async def a_key_that_its_holder_does_not_have(desk: Desk) -> Made:
    return await enrolment(desk, KeyFile.make("eu", "desk", os.urandom(32)).private.public)


@refused("key-known")
async def a_key_that_is_enrolled(desk: Desk) -> Made:
    clerk = desk.keys["clerk"]
    item = await enrolment(desk, clerk.private.public)
    payload = dsse.decode(item.envelope).payload
    return await enrolment_signed(desk, payload, clerk.signer)


async def enrolment_signed(desk: Desk, payload: bytes, holder: Signer) -> Submission:
    registrars = files.registrars(desk.channel.settings("eu"))
    message = dsse.pae(dsse.ENTRY_TYPE, payload)
    signatures = tuple(
        dsse.Signature(each.key, each.private.sign(message)) for each in (holder, *registrars)
    )
    return Submission(dsse.Envelope(dsse.ENTRY_TYPE, payload, signatures).encode())
