"""Entries refused for their form."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

from special_channel.core.bytes import canonical, dsse
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import sign
from tests.nodes.api import sent
from tests.nodes.desk import Desk, Made, payload_of, raw, refused, words


@refused("json-not-canonical")
async def spaces_in_the_payload(desk: Desk) -> Made:
    item = await desk.note()
    return raw(desk, json.dumps(payload_of(item), sort_keys=True).encode(), item.parts)  # type: ignore[arg-type]


@refused("json-not-canonical")
async def a_key_twice(desk: Desk) -> Made:
    item = await desk.note()
    data = dsse.decode(item.envelope).payload
    return raw(desk, data.replace(b'"v":1', b'"v":1,"v":1'), item.parts)  # type: ignore[arg-type]


@refused("json-number")
async def a_float(desk: Desk) -> Made:
    item = await desk.note()
    data = dsse.decode(item.envelope).payload
    return raw(desk, data.replace(b'"v":1', b'"v":1.0'), item.parts)  # type: ignore[arg-type]


@refused("json-null")
async def a_null(desk: Desk) -> Made:
    item = await desk.note()
    data = dsse.decode(item.envelope).payload
    return raw(desk, data.replace(b'"v":1', b'"v":null'), item.parts)  # type: ignore[arg-type]


@refused("json-too-large")
async def a_payload_over_32_kib(desk: Desk) -> Made:
    return raw(desk, canonical.dumps({"a": "x" * (32 * 1024)}))


@refused("json-too-deep")
async def a_payload_seven_levels_deep(desk: Desk) -> Made:
    return raw(desk, b'{"a":' * 7 + b"1" + b"}" * 7)


@refused("envelope-too-large")
async def an_envelope_over_64_kib(desk: Desk) -> Made:
    item = await desk.note()
    padded = item.envelope.replace(b'"payload":"', b'"payload":"' + b"A" * 65536)
    return Submission(padded, item.parts)


@refused("envelope-malformed")
async def an_envelope_in_another_layout(desk: Desk) -> Made:
    item = await desk.note()
    return Submission(item.envelope.replace(b":", b": ", 1), item.parts)


@refused("payload-type")
async def a_payload_of_another_type(desk: Desk) -> Made:
    item = await desk.note()
    payload = dsse.decode(item.envelope).payload
    signer = desk.keys["desk"].signer
    signature = signer.private.sign(dsse.pae(dsse.SIGNIN_TYPE, payload))
    other = dsse.Envelope(dsse.SIGNIN_TYPE, payload, (dsse.Signature(signer.key, signature),))
    return Submission(other.encode(), item.parts)


@refused("kind-unknown")
async def an_unknown_kind(desk: Desk) -> Made:
    return await desk.note(kind="note.shouted")


@refused("field-unknown")
async def an_unknown_field(desk: Desk) -> Made:
    return await desk.note(priority="high")


@refused("field-unknown")
async def an_unknown_field_of_the_body(desk: Desk) -> Made:
    return await desk.note(body={"urgent": True})


@refused("entry-malformed")
async def another_version(desk: Desk) -> Made:
    return await desk.note(v=2)


# Parts --------------------------------------------------------------------------------


@refused("part-digest")
async def text_that_misses_its_commitment(desk: Desk) -> Made:
    return replace(await desk.note(), parts=(words("Another paragraph."),))


@refused("part-count")
async def a_part_too_many(desk: Desk) -> Made:
    item = await desk.note()
    return replace(item, parts=(*item.parts, words("More.")))


@refused("part-too-large")
async def a_part_over_256_kib(desk: Desk) -> Made:
    item = await desk.note()
    big = canonical.dumps({"role": "text", "salt": "A" * 43 + "=", "text": "x" * (256 * 1024)})
    payload = payload_of(item)
    payload["parts"][0]["c"] = sha256(b"special-channel/part/v1\n" + big).hexdigest()
    return replace(sign(payload, [desk.keys["desk"].signer]), parts=(big,))


@refused("part-role")
async def a_part_of_another_role(desk: Desk) -> Made:
    item = await desk.note()
    payload = payload_of(item)
    payload["parts"][0]["k"] = "subject"
    return replace(sign(payload, [desk.keys["desk"].signer]), parts=item.parts)


# Requests -----------------------------------------------------------------------------


@refused("request-malformed")
async def no_entries(_desk: Desk) -> Made:
    return {"entries": []}


@refused("request-malformed")
async def a_request_with_more_fields(desk: Desk) -> Made:
    return {"entries": [sent(await desk.note())], "force": True}


@refused("thread-unknown")
async def a_good_note_with_a_bad_one(desk: Desk) -> Made:
    return [await desk.note(), await desk.note(thread="0" * 32)]
