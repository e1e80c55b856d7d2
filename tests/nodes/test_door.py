"""Sign-ins that a node refuses, and requests that a session can't make."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import file_part, part_refs, sign
from special_channel.stores.files import Files
from special_channel.wiring import files
from tests.nodes.api import Reply
from tests.nodes.desk import Desk, forged, record, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = {
    "name": "Erika Beispiel", "role": "desk", "unit": "Unit", "desk": "permits",
    "email": "erika.beispiel@eu.example", "language": "en",
}  # fmt: skip


def sent(note: Submission) -> dict[str, Any]:
    parts = [part.decode() for part in note.parts if part is not None]
    return {"entries": [{"envelope": note.envelope.decode(), "parts": parts}]}


async def posted(desk: Desk, note: Submission, by: str = "desk") -> Reply:
    api = await desk.api.sign_in(desk.keys[by].signer)
    return await api.call("POST", "/api/entries", sent(note))


async def registrar(desk: Desk) -> Any:
    key, _ = files.registrars(desk.channel.settings("eu"))
    return await desk.api.sign_in(key)


async def test_text_with_an_open_mark_of_direction_is_refused(desk: Desk) -> None:
    reply = await posted(desk, await desk.note(parts=(words("Pay \u202e100"),)))
    assert reply.code == "text-direction"
    assert "U+202E" in reply.document["title"]


async def test_text_stored_before_the_rule_gets_its_receipt(desk: Desk, monkeypatch) -> None:
    note = await desk.note(parts=(words("Pay \u202e100"),))
    with monkeypatch.context() as earlier:
        earlier.setattr("special_channel.broker.offering.screen", lambda _incoming: None)
        assert (await posted(desk, note)).status == 200
    assert (await posted(desk, note)).status == 200


async def uploaded(desk: Desk, data: bytes) -> bytes:
    """Upload a file; return its part."""
    reply = await desk.api.call("POST", "/api/files", data=data)
    digest = reply.document["sha256"]
    return file_part(os.urandom(32), "a.txt", "text/plain", len(data), digest)


async def swept(desk: Desk) -> None:
    """Make all uploads older than the node keeps them, and delete them as it does."""
    core = desk.channel.nodes["eu"].core
    await core.record.pool.execute("UPDATE record.uploads SET begun = now() - interval '8 days'")
    days = desk.channel.settings("eu").limits.unnamed_file_days
    await Files(core.record.pool).drop_unnamed(timedelta(days=days), 1000)


async def test_note_whose_upload_was_deleted_is_refused(desk: Desk) -> None:
    """A client uploads, waits without a draft, and posts: nobody could ever read the file."""
    part = await uploaded(desk, b"waited too long")
    note = await desk.note(parts=(words("See the file."), part))
    await swept(desk)
    before = await record(desk)
    reply = await posted(desk, note)
    assert (reply.status, reply.code) == (409, "file-missing")
    assert await record(desk) == before
    await uploaded(desk, b"waited too long")
    assert (await posted(desk, note)).status == 200
    await swept(desk)
    digest = json.loads(part)["sha256"]
    assert (await desk.api.call("GET", f"/api/files/{digest}")).status == 200


@pytest.mark.parametrize(
    ("lang", "code", "title"),
    [
        ("en", "file-missing", "A file named in the note is missing here."),
        ("zh-CN", "file-missing", "缺少函件所列附件。"),
        ("en", "file-length", "The file’s length differs from the announced length."),
        ("zh-CN", "file-length", "附件长度与声明不符。"),
    ],
)
async def test_refusal_of_a_file_is_told_in_words(desk: Desk, lang, code, title) -> None:
    part = json.loads(await uploaded(desk, b"described"))
    part |= {"sha256": "0" * 64} if code == "file-missing" else {"len": 1}
    note = await desk.note(parts=(words("See."), canonical.dumps(part)))
    reply = await desk.api.call("POST", "/api/entries", sent(note), Accept_Language=lang)
    assert (reply.code, reply.document["title"]) == (code, title)
    assert reply.document["next"]


async def test_internal_note_with_an_absent_file_is_refused(desk: Desk) -> None:
    parts = (words("See."), file_part(os.urandom(32), "a.txt", "text/plain", 1, "b" * 64))
    stated: dict[str, Any] = {"thread": desk.thread, "body": {}, "lang": "en"}
    key = desk.keys["desk"]
    payload = await desk.payload("note.internal", **stated, parts=part_refs(parts))
    origin = desk.channel.nodes["eu"].core.identity.private_origin
    before = await record(desk)
    note = sign(payload | {"log": origin}, [key.signer], parts)
    reply = await desk.api.call("POST", "/api/private/entries", sent(note))
    assert reply.code == "file-missing"
    assert await record(desk) == before


async def test_stranger_to_an_entry_raises_no_alarm(desk: Desk) -> None:
    note = await desk.note()
    assert (await posted(desk, note)).status == 200
    alarms = desk.channel.nodes["eu"].core.alarms
    assert (await posted(desk, forged(note), by="clerk")).code == "signature-bad"
    assert "known-entry-forged" not in alarms.codes()
    assert (await posted(desk, forged(note), by="desk")).code == "signature-bad"
    assert "known-entry-forged" in alarms.codes()
    alarms.quiet("known-entry-forged")


async def test_clearances_are_for_the_roles_of_their_page(desk: Desk) -> None:
    path = "/api/clearances"
    body = sent(await desk.list()) | {"lay": True}
    assert (await desk.api.call("POST", "/api/entries", body)).status == 200
    for by, status in (("desk", 200), ("head", 200), ("oversight", 403)):
        api = await desk.api.sign_in(desk.keys[by].signer)
        reply = await api.call("GET", path)
        assert reply.status == status, by
        assert status == 403 or reply.document["clearances"], by
    charters_alone = await (await registrar(desk)).call("GET", path)
    assert (charters_alone.status, charters_alone.document) == (200, {"clearances": []})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"role": "root"}, "invitation-role"),
        ({"role": "node"}, "invitation-role"),
        ({"role": "link"}, "invitation-role"),
        ({"email": "erika"}, "invitation-email"),
        ({"email": "a@eu.example\r\nBcc: b@eu.example"}, "invitation-email"),
        ({"email": "Erika <erika@eu.example>"}, "invitation-email"),
        ({"name": "Erika \u202e"}, "text-direction"),
    ],
)
async def test_invitations_are_for_persons_with_an_address(desk: Desk, changed, code) -> None:
    api = await registrar(desk)
    reply = await api.call("POST", "/api/enrolments/invite", PERSON | changed)
    assert reply.code == code
    assert (await api.call("POST", "/api/enrolments/invite", PERSON)).status == 200
