"""A registrar confirms a key in the browser: one act signs the key and its holder's function."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.rows.writing import sign
from special_channel.web.people.pages import registrar_page
from special_channel.web.people.views import PendingKey, PendingKeys
from special_channel.web.shell.render import render
from tests.web.js.conftest import Desk
from tests.web.js.node import StubNode
from tests.web.js.record import AT, b64, enrolment, key, payload_of, person
from tests.web.js.test_acts import LOG, for_stub, pressed
from tests.web.samples.people import LICENSING, frame

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LI, HOLDER = key("eu", "li"), person("eu", "li")
CONFIRM = '[data-act="confirm-key"]'


def waiting(node: StubNode, desk: Desk, grant: int | None) -> str:
    """Let a key wait at the node, and show it on the registrar's page."""
    entry = sign(enrolment(LOG, LI, HOLDER), [LI]).envelope.decode()
    pending = PendingKey(
        key=LI.key,
        name="Fictional Newcomer",
        person=HOLDER,
        grant=grant,
        role="desk",
        unit="Unit A.1",
        desk="licensing",
        at=AT,
        envelope=entry,
    )
    node.offered = [pending.model_dump(mode="json")]
    waiting_keys = PendingKeys(enrolments=(pending,))
    desks = {"licensing": LICENSING}
    view = registrar_page(waiting_keys, (), desks, confirmable=False, signs=True)
    node.pages["act"] = for_stub(render(view, frame("eu", "en")), desk)
    return entry


@pytest.mark.parametrize("grant", [1, 2, None])
async def test_registrar_signs_the_key_and_the_function(desk: Desk, node: StubNode, grant):
    await desk.enrol()
    entry = waiting(node, desk, grant)
    page = await pressed(desk, "act", CONFIRM)
    await page.wait_for_selector("#confirm[open]")
    words = await page.inner_text("#confirm [data-f=what]")
    assert "Fictional Newcomer" in words
    assert ("grant the function" in words) == (grant is not None)
    shown = await page.text_content("#confirm [data-f=bytes]")
    assert dsse.decode(entry.encode()).payload.decode() in (shown or "")
    assert ('"kind":"role.granted"' in (shown or "")) == (grant is not None)
    async with page.expect_navigation():  # the page is read again, without the key
        await page.click("#confirm [data-act=sign]")
    [(name, sent)] = node.confirmations
    assert name == LI.key
    envelope = dsse.decode(sent["envelope"].encode())
    assert envelope.payload == dsse.decode(entry.encode()).payload
    assert [each.keyid for each in envelope.signatures] == [LI.key, desk.key]
    assert node.taken == [f"confirm {LI.key}"]
    if grant is None:
        assert "grant" not in sent
        return
    granted: dict[str, Any] = payload_of(sent["grant"])
    assert (granted["kind"], granted["by"], granted["log"]) == ("role.granted", desk.key, LOG)
    assert granted["body"] == {
        "person": HOLDER,
        "grant": grant,
        "role": "desk",
        "desk": "licensing",
        "unit": "Unit A.1",
    }


@pytest.mark.parametrize("how", ["another key", "not waiting any more"])
async def test_key_whose_fingerprint_is_not_shown_is_not_signed(desk: Desk, node: StubNode, how):
    """A node may show the fingerprint that the holder reads, and have another key signed."""
    await desk.enrol()
    waiting(node, desk, 1)
    if how == "another key":
        other = key("eu", "other")
        payload = enrolment(LOG, LI, HOLDER)
        payload["body"]["public"] = b64(other.private.public)
        node.offered[0]["envelope"] = sign(payload, [LI]).envelope.decode()
        html = node.pages["act"]
        was = html.split('data-ref="')[1].split('"')[0]
        id_ = dsse.decode(node.offered[0]["envelope"].encode()).id
        node.pages["act"] = html.replace(was, id_)
    else:
        node.offered = []
    page = await pressed(desk, "act", CONFIRM)
    await page.wait_for_selector("#problem:not([hidden])")
    assert not node.confirmations
    assert json.dumps(node.acts) == "{}"
