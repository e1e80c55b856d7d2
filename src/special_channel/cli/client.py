"""A node's HTTP API for machine clients: sign in by a key file, read, send.

Keeps the token in memory only. Does not trust the node: `seen` names only checkpoints with
signatures checked against a trust file.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Final
from urllib.parse import quote

import aiohttp

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import (
    ChannelError,
    Malformed,
    NotAllowed,
    OutcomeUnknown,
    Unavailable,
)
from special_channel.core.bytes.times import timestamp
from special_channel.desk.keyfile import KeyFile
from special_channel.messages.catalogue import Lang
from special_channel.web.http.problems import STATUS

TIMEOUT: Final = aiohttp.ClientTimeout(total=120, connect=10)
"""Seconds. A list of 2,000 rows is stored in less than a second."""

DOWNLOAD_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, connect=10, sock_read=1800)
"""Seconds between two reads: the node makes an export before the first byte, one at a time."""

CHUNK: Final = 256 * 1024
"""Bytes of a download in memory at a time."""

# Any failure of the node has status 500; only the node's own log tells which.
_CLASSES: Final[Mapping[int, type[ChannelError]]] = {
    **{status: class_ for class_, status in STATUS},
    401: NotAllowed,
    429: Unavailable,
    500: Unavailable,
}
"""Classes of errors by status."""


class Node:
    """A client of a node, with a key. Use inside `async with aiohttp.ClientSession()`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        key: KeyFile | None,
        lang: Lang = "en",
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """Speak to the node at an address with a key.

        `now`: the node's own clock, by which a token is known to be over; without it, the node
        says so.
        """
        self._http = http
        self._now = now
        self._over = ""
        self.url = url.rstrip("/")
        self._key = key
        self._lang = lang
        self._token = ""
        self._entrance = asyncio.Lock()

    @property
    def key(self) -> KeyFile:
        """The key file of the official.

        Raises:
            NotAllowed: `key-file-needed`.
        """
        if self._key is None:
            raise NotAllowed("key-file-needed", "Name a key file by --as.")
        return self._key

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Read JSON."""
        return json.loads(await self._call("GET", path, params=query))

    async def download(
        self, path: str, query: Mapping[str, str | int], target: BinaryIO
    ) -> tuple[str, ...]:
        """Write a response's body to a file, in chunks.

        Returns the numbers of entries left out as damaged in the node's database.
        """
        named = (await self._call("GET", path, params=query, target=target)).decode()
        return tuple(named.split(", ")) if named else ()

    async def post(self, path: str, document: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Send JSON and read JSON."""
        return json.loads(await self._call("POST", path, data=_encode(document)) or b"{}")

    async def delete(self, path: str, document: Mapping[str, Any]) -> None:
        """Delete what a path names; the JSON says in which version."""
        await self._call("DELETE", path, data=_encode(document))

    async def upload(
        self, data: bytes, type_: str, path: str = "/api/files", name: str = ""
    ) -> Any:  # noqa: ANN401 - JSON
        """Send a file as a raw body, for storage by default."""
        return json.loads(await self._call("POST", path, data=data, type_=type_, name=name))

    async def open_post(self, path: str, document: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Send JSON without signing in: enrolment and sign-in itself."""
        return json.loads(await self._send("POST", path, data=_encode(document)) or b"{}")

    async def _call(self, method: str, path: str, **request: Any) -> bytes:  # noqa: ANN401 - as `_send`
        await self.sign_in()
        try:
            return await self._send(method, path, token=self._token, **request)
        except NotAllowed as error:
            if error.code not in {"session-over", "token-unknown"}:
                raise
        # The token was over: nothing was written, so the same goes again, once.
        self._token = await self._sign_in()
        return await self._send(method, path, token=self._token, **request)

    async def sign_in(self) -> None:
        """Sign in unless signed in; of requests at a time, one does."""
        async with self._entrance:
            if not self._token or (self._now and timestamp(self._now()) >= self._over):
                self._token = await self._sign_in()

    async def _sign_in(self) -> str:
        key = self.key
        answer = await self.open_post("/api/signin/challenge", {"key": key.key})
        payload = b64decode(answer["payload"])
        said = canonical.loads(payload)
        # Signed for another address, the challenge could be played on to that node.
        if not isinstance(said, dict) or said.get("origin") != self.url:
            raise NotAllowed("signin-other-origin", "The challenge is another address's.")
        signature = key.private.sign(dsse.pae(dsse.SIGNIN_TYPE, payload))
        signed = dsse.Envelope(dsse.SIGNIN_TYPE, payload, (dsse.Signature(key.key, signature),))
        opened = await self.open_post("/api/signin", {"envelope": signed.encode().decode()})
        self._over = str(opened.get("expires", ""))
        return str(opened["token"])

    async def _send(  # noqa: PLR0913 - a request
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        params: Mapping[str, str | int] | None = None,
        data: bytes | None = None,
        type_: str = "application/json",
        name: str = "",
        target: BinaryIO | None = None,
    ) -> bytes:
        """Return the response's body; with `target`, the header of damaged entries."""
        timeout = TIMEOUT if target is None else DOWNLOAD_TIMEOUT
        headers = {"Content-Type": type_, "Accept-Language": self._lang}
        if name:
            headers["Special-Channel-File-Name"] = quote(name)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._http.request(
                method, self.url + path, params=params, data=data, headers=headers, timeout=timeout
            ) as response:
                if response.ok and target is not None:
                    async for chunk in response.content.iter_chunked(CHUNK):
                        target.write(chunk)
                    return response.headers.get("Special-Channel-Damaged", "").encode()
                body = await response.read()
                if not response.ok:
                    raise refusal(response.status, body)
                return body
        except (aiohttp.ClientError, TimeoutError) as error:
            # A request without a connection, and a read, changed nothing.
            if method == "GET" or isinstance(error, aiohttp.ClientConnectorError):
                raise Unavailable(
                    "node-unreachable", "The node does not answer.", url=self.url
                ) from error
            raise OutcomeUnknown(
                "commit-unknown", "No answer came; it may have been stored."
            ) from error


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def refusal(status: int, body: bytes) -> ChannelError:
    """Return the error of a problem document."""
    try:
        document = json.loads(body)
        code, title = str(document["code"]), str(document.get("title", ""))
        facts = {
            name: value
            for name, value in document.get("facts", {}).items()
            if isinstance(value, str | int)
        }
    except (ValueError, KeyError, AttributeError, TypeError):
        code, title, facts = "server-error", "The node answered with an error.", {}
    class_ = _CLASSES.get(status, Malformed if status < 500 else Unavailable)  # noqa: PLR2004 - HTTP
    return class_(code, title, **facts)
