"""Signing in with an authenticator, on a real store: the row of its key, signature, origin."""

from __future__ import annotations

from typing import Any, cast

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.rows.writing import Signer
from special_channel.desk import signin
from special_channel.desk.signin import SignIn
from tests.authenticator import ORIGIN, RP, Authenticator, authenticator
from tests.world import World

LISTED = "https://client.example:8443"


async def answer(door: SignIn, signer: Signer) -> bytes:
    """Answer a fresh challenge."""
    payload = await signin.challenge(door, signer.key, "browser")
    message = dsse.pae(dsse.SIGNIN_TYPE, payload)
    signature = dsse.Signature(signer.key, signer.private.sign(message))
    return dsse.Envelope(dsse.SIGNIN_TYPE, payload, (signature,)).encode()


async def refused(door: SignIn, signer: Signer) -> str:
    with pytest.raises(BadSignature) as caught:
        await signin.sign_in(door, await answer(door, signer), "browser")
    return caught.value.code


@pytest.mark.parametrize("listed", [None, LISTED])
async def test_authenticator_signs_in_at_the_addresses_of_its_side(pages_of, listed):
    sides = [{"party": "eu", "origins": [listed]}]
    fields = {"sides": sides, "digests": ["1" * 64]}
    client: dict[str, Any] = {"client": fields} if listed else {}
    world = World.founded(**client)
    signer = authenticator("eu", "touch", origin=listed)
    key = cast(Authenticator, signer.private)
    world.eu.keys["touch"] = signer
    world.enrol("eu", "touch", rp=RP)
    world.exchange()
    door = (await pages_of(world, "eu")).own.desk.door
    _, session = await signin.sign_in(door, await answer(door, signer), "browser")
    assert session.key == signer.key
    key.origin = ORIGIN if listed else LISTED
    assert await refused(door, signer) == "signature-origin"
    key.forge = lambda key, _: key.good(b"another challenge")
    assert await refused(door, signer) == "signature-client-data"
