"""`enrol confirm` and `enrol redeem`: what a registrar signs, and what a new key states."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from special_channel.cli import enrolment
from special_channel.cli.official import Signing
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import NotFound
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from tests.cli.test_client import KEY, Door, serving
from tests.cli.test_tables import answering

LOG, AT, PERSON = "eu.channel.example/log", "2026-11-24T09:00:00Z", "7c" * 16
NEWCOMER = KeyFile.make("eu", "desk", bytes(32))
OFFERED = payloads.key_enrolled(
    Author(NEWCOMER.signer, LOG, AT, (), bytes), NEWCOMER.public, PERSON
)
HEADS = answering("/api/heads", {"heads": [{"party": "eu", "log": LOG, "size": 0}]})
FUNCTION = {"person": PERSON, "role": "head", "desk": "permits", "unit": "Unit A.1"}


class Registry:
    """A node with one key that waits; `sent`: what a person signed."""

    def __init__(self) -> None:
        self.sent: dict[str, Any] = {}

    async def sign(self, request: web.Request) -> web.Response:
        self.sent = await request.json()
        return web.json_response({"id": request.match_info["id"], "state": "waiting"})

    def routes(self) -> list[tuple[str, str, Any]]:
        item = FUNCTION | {"key": NEWCOMER.key, "envelope": OFFERED.envelope.decode()}
        waiting = answering("/api/enrolments", {"enrolments": [item]})
        return [waiting, HEADS, ("POST", "/api/acts/{id}", self.sign)]


def stated(envelope: str) -> Any:
    return canonical.loads(dsse.decode(envelope.encode()).payload)


async def test_confirming_signs_the_bytes_that_wait():
    registry = Registry()
    async with serving(Door(), *registry.routes()) as node:
        result = await enrolment.confirm_key(Signing(node), NEWCOMER.key)
        with pytest.raises(NotFound, match="enrolment-unknown"):
            await enrolment.confirm_key(Signing(node), KEY.key)
    both = dsse.decode(registry.sent["envelope"].encode())
    assert [each.keyid for each in both.signatures] == [NEWCOMER.key, KEY.key]
    assert result == {"id": both.id, "state": "waiting"}


async def test_redeemed_key_states_the_person_of_the_code():
    offers: list[dict[str, Any]] = []

    async def offer(request: web.Request) -> web.Response:
        offers.append(await request.json())
        return web.json_response({"state": "waiting"})

    start = {"party": "eu", "log": LOG, "at": AT, **FUNCTION}
    begun = answering("/api/enrol/start", start, "POST")
    async with serving(Door(), begun, ("POST", "/api/enrol", offer)) as node:
        key, state = await enrolment.redeem_code(node, "K7QF-2M9X-RT4D")
    [offered] = offers
    entry = stated(offered["envelope"])
    assert (state, key.role, key.desk, key.unit) == ("waiting", "head", "permits", "Unit A.1")
    assert (entry["by"], entry["log"]) == (key.key, LOG)
    assert entry["body"] == {"person": PERSON, "suite": "ed25519", "public": key.public}
