"""A node's HTTP API as any machine client uses it, without the project's own client."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from special_channel.core.bytes import dsse
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer


@dataclass(frozen=True)
class Reply:
    """A response."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem document."""
        return str(self.document["code"])


@dataclass
class Api:
    """A node's API."""

    http: aiohttp.ClientSession
    url: str
    token: str = ""

    async def call(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        data: bytes | AsyncIterable[bytes] | None = None,
        **headers: str,
    ) -> Reply:
        """Send a request: `document` as JSON, or `data` unchanged."""
        body = data if document is None else json.dumps(document).encode()
        sent = {"Content-Type": "application/json"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, self.url + path, data=body, headers=sent) as answer:
            return Reply(answer.status, await answer.read(), answer.headers)

    async def challenge(self, signer: Signer) -> bytes:
        """The bytes of the challenge for this key."""
        reply = await self.call("POST", "/api/signin/challenge", {"key": signer.key})
        return b64decode(reply.document["payload"])

    async def answer(
        self, payload: bytes, signer: Signer, *, browser: bool = False, **headers: Any
    ) -> Reply:
        """Send a signed challenge."""
        signature = signer.private.sign(dsse.pae(dsse.SIGNIN_TYPE, payload))
        envelope = dsse.Envelope(
            dsse.SIGNIN_TYPE, payload, (dsse.Signature(signer.key, signature),)
        )
        sent = {"envelope": envelope.encode().decode(), "session": browser}
        return await self.call("POST", "/api/signin", sent, **headers)

    async def sign_in(self, signer: Signer) -> Api:
        """Sign in as a machine client does."""
        reply = await self.answer(await self.challenge(signer), signer)
        return Api(self.http, self.url, reply.document["token"])

    async def send(self, *submissions: Submission, path: str = "/api/entries") -> Reply:
        """Send the entries of an act."""
        return await self.call("POST", path, {"entries": [sent(item) for item in submissions]})

    async def receipt(self, submission: Submission) -> str:
        """Send an entry that must be stored; return its receipt."""
        reply = await self.send(submission)
        assert reply.status == 200, reply.body
        return str(reply.document["receipts"][0]["receipt"])


def sent(item: Submission) -> dict[str, Any]:
    """A submission as JSON."""
    return {
        "envelope": item.envelope.decode(),
        "parts": [(part or b"").decode() for part in item.parts],
    }
