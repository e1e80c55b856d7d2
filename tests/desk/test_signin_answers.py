"""Answers to a challenge that are none: refused before anything is looked up."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.dsse import SIGNIN_TYPE
from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.signin import sign_in

KEY = KeyFile.make("eu", "desk", bytes(range(32)))
OTHER = KeyFile.make("eu", "desk", bytes(32))
CHALLENGE = {
    "v": 1, "origin": "http://eu.example", "key": KEY.key, "nonce": "n" * 43,
    "expires": "2026-11-24T09:02:00Z",
}  # fmt: skip


class Elsewhere:
    """A node at another address; nothing else of it is asked."""

    origin = "http://cn.example"


NODE: Any = Elsewhere()


def answer(payload: bytes, *keys: KeyFile, type_: str = SIGNIN_TYPE) -> bytes:
    message = dsse.pae(type_, payload)
    signatures = tuple(dsse.Signature(key.key, key.private.sign(message)) for key in keys)
    return dsse.Envelope(payload=payload, payload_type=type_, signatures=signatures).encode()


def challenge(**changed: Any) -> bytes:
    return canonical.dumps(CHALLENGE | changed)


@pytest.mark.parametrize(
    "envelope",
    [
        b"", b"{}",
        answer(b"not JSON", KEY),
        answer(b'{"v":1,"v":1}', KEY),
        answer(challenge(v=2), KEY),
        answer(challenge(nonce="n" * 42), KEY),
        answer(challenge(nonce="n" * 44), KEY),
        answer(challenge(key="eu:desk"), KEY),
        answer(challenge(expires="soon"), KEY),
        answer(challenge(more=1), KEY),
        answer(challenge(origin="x" * 5000), KEY),
        answer(challenge(), OTHER),
        answer(challenge(), KEY, OTHER),
        answer(challenge(), KEY, type_="application/vnd.special-channel.entry+json"),
    ],
    ids=["nothing", "no envelope", "no JSON", "twice", "version", "short nonce", "long nonce",
         "no key", "no time", "more", "large", "another key", "two keys", "another type"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["browser", "bearer"])
async def test_answer_of_another_form_opens_no_session(envelope, kind):
    with pytest.raises(Malformed) as refused:
        await sign_in(NODE, envelope, kind)
    assert refused.value.code == "signin-malformed"


async def test_answer_to_another_address_opens_no_session():
    with pytest.raises(NotAllowed) as refused:
        await sign_in(NODE, answer(challenge(), KEY), "browser")
    assert refused.value.code == "signin-other-origin"
