"""What the own node's door refuses, and what a session can't do there."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.submission import Submission
from special_channel.wiring import files
from tests.nodes.api import Reply
from tests.nodes.desk import Desk, forged, words

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
    key = files.registrar(desk.channel.settings("eu"))
    assert key is not None
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


async def test_stranger_to_an_entry_raises_no_alarm(desk: Desk) -> None:
    note = await desk.note()
    assert (await posted(desk, note)).status == 200
    alarms = desk.channel.nodes["eu"].core.alarms
    assert (await posted(desk, forged(note), by="clerk")).code == "signature-bad"
    assert "known-entry-forged" not in alarms.codes()
    assert (await posted(desk, forged(note), by="desk")).code == "signature-bad"
    assert "known-entry-forged" in alarms.codes()
    alarms.quiet("known-entry-forged")


@pytest.mark.parametrize("path", ["/api/clearances"])
async def test_clearances_are_for_the_roles_of_their_page(desk: Desk, path: str) -> None:
    for by, status in (("desk", 200), ("head", 200), ("oversight", 403)):
        api = await desk.api.sign_in(desk.keys[by].signer)
        assert (await api.call("GET", path)).status == status, by
    assert (await (await registrar(desk)).call("GET", path)).code == "role-access"


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
