"""HTTP client of the peer's node. Signs every request; does not trust the responses.

Does not verify logs (`checking.py`) and stores nothing. Outside loopback the connection uses
TLS with the peer certificate pinned in configuration.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import orjson
from yarl import URL

from special_channel.core.bytes.errors import ChannelError, Malformed, RuleBroken, Unavailable
from special_channel.core.rows.writing import Signer
from special_channel.link import pages, signing
from special_channel.link.pages import HOLD_SECONDS, PREFIX
from special_channel.ports import Clock, Randomness

REPLY_SECONDS: Final = 20.0
"""Time limit of a response other than a poll's; 2 MiB need 8 s on a line of 2 Mbit/s."""

CONNECT_SECONDS: Final = 5.0
_FILE_IDLE_SECONDS: Final = 30.0
_MAX_PROBLEM_BYTES: Final = 16 * 1024

Tls = ssl.SSLContext | aiohttp.Fingerprint


class PeerRefusedRequest(RuleBroken):
    """The peer refused a request: `facts["answer"]` its code, `facts["status"]` HTTP status."""


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Address and identity of the peer's node.

    Attributes:
        url: `https://host[:port]`, or `http://` on loopback alone.
        recipient: Origin of the peer's log.
        tls: The pinned certificate, or an SSL context made by `wiring/`.

    Raises:
        Malformed: `link-plaintext` for http beyond loopback, `link-unpinned` for https
            without a pin.
    """

    url: str
    recipient: str
    tls: Tls | None = None

    def __post_init__(self) -> None:
        url = URL(self.url)
        if url.scheme == "http" and not _is_loopback(url.host or ""):
            raise Malformed("link-plaintext", "Beyond this machine the link needs https.")
        if url.scheme == "https" and self.tls is None:
            raise Malformed("link-unpinned", "The certificate of the other side is not pinned.")
        if url.scheme not in {"http", "https"}:
            raise Malformed("link-plaintext", "The address of the other side is not https.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A node's report about itself, sent to the peer each minute; None: not reported.

    Attributes:
        ran: Seconds since the node's reminders last ran.
        undelivered: Age in seconds of the node's oldest entry without the peer's cosignature,
            0 if the peer has cosigned every entry.
    """

    ran: int | None = None
    undelivered: int | None = None

    def query(self) -> str:
        """Encode as a query string, covered by the request's signature."""
        values = {"ran": self.ran, "undelivered": self.undelivered}
        pairs = [f"{name}={value}" for name, value in values.items() if value is not None]
        return f"?{'&'.join(pairs)}" if pairs else ""


@dataclass(eq=False)
class PeerClient:
    """The five requests of the link."""

    session: aiohttp.ClientSession
    address: PeerAddress
    signer: Signer
    clock: Clock
    randomness: Randomness
    _ahead_seconds: int = field(default=0, init=False)

    async def log(
        self, first: int, limit: int, *, log: str | None = None, cosigned: int | None = None
    ) -> pages.Page:
        """Fetch whole commits from `first` on, of the peer's log or of its mirror of our log.

        `cosigned`: also fetch the peer's newest cosignature if it covers more than this size
        of our log.

        Raises:
            Unavailable: `peer-unreachable`.
            PeerRefusedRequest: `peer-refused-request`.
            Malformed: `link-message-malformed`.
        """
        origin = f"&log={log}" if log is not None else ""
        beyond = f"&cosigned={cosigned}" if cosigned is not None else ""
        return await self._page(f"/log?from={first}&limit={limit}{origin}{beyond}", REPLY_SECONDS)

    async def wait(self, size: int, cosigned: int) -> pages.Page:
        """Long-poll for entries beyond `size` of the peer's log or a cosignature beyond `cosigned`.

        Raises:
            As `log`.
        """
        target = f"/wait?size={size}&cosigned={cosigned}"
        return await self._page(target, HOLD_SECONDS + REPLY_SECONDS)

    async def head(
        self, seconds: float = REPLY_SECONDS, heartbeat: Heartbeat | None = None
    ) -> pages.HeadReply:
        """Fetch a freshly stamped head; the same request carries this node's heartbeat.

        Raises:
            As `log`.
        """
        target = f"/head{'' if heartbeat is None else heartbeat.query()}"
        return pages.read(pages.HeadReply, await self._whole(target, seconds))

    async def cosignature(self, note: str) -> None:
        """Post our cosignature on the peer's checkpoint.

        Raises:
            Unavailable, PeerRefusedRequest: As `log`.
        """
        body = pages.write(pages.SentCosignature(v=1, note=note))
        await self._whole("/cosignature", REPLY_SECONDS, body)

    async def file(self, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """Stream an attachment from an offset.

        Raises:
            As `log`.
        """
        timeout = aiohttp.ClientTimeout(connect=CONNECT_SECONDS, sock_read=_FILE_IDLE_SECONDS)
        extra = {"Range": f"bytes={offset}-"} if offset else {}
        async with self._request("GET", f"/file/{sha256}", b"", timeout, extra) as response:
            _refuse(response.status, await _problem(response))
            if offset and response.status != 206:  # noqa: PLR2004 - partial content
                raise Malformed("link-message-malformed", "The peer ignored the offset.")
            async for chunk in response.content.iter_chunked(64 * 1024):
                yield chunk

    async def _page(self, target: str, seconds: float) -> pages.Page:
        return pages.read(pages.Page, await self._whole(target, seconds))

    async def _whole(self, target: str, seconds: float, body: bytes = b"") -> bytes:
        """Fetch a whole response; a request with a body is a POST."""
        method = "POST" if body else "GET"
        timeout = aiohttp.ClientTimeout(total=seconds, connect=CONNECT_SECONDS)
        for last in (False, True):
            async with self._request(method, target, body, timeout, {}) as response:
                problem = await _problem(response)
                if not last and self._learn_clock(problem):
                    continue
                _refuse(response.status, problem)
                return await _limited(response, pages.MAX_REPLY_BYTES)
        raise AssertionError  # the second turn returns or raises

    def _learn_clock(self, problem: Mapping[str, object] | None) -> bool:
        """Sign by the peer's clock from now on if the peer refused our time as stale."""
        # The window protects the peer from old requests; neither clock has to be the right one.
        if problem is None or problem.get("code") != "link-request-stale":
            return False
        facts = problem.get("facts")
        now = facts.get("now") if isinstance(facts, dict) else None
        if not isinstance(now, int) or not 0 <= now < 2**40:
            return False
        self._ahead_seconds = now - int(self.clock.now().timestamp())
        return True

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        target: str,
        body: bytes,
        limits: aiohttp.ClientTimeout,
        extra: Mapping[str, str],
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        target = PREFIX + target
        headers = signing.sign(
            self.signer,
            signing.Outline(method, target, self.address.recipient, body),
            created=max(int(self.clock.now().timestamp()) + self._ahead_seconds, 0),
            nonce=self.randomness.bytes(signing.NONCE_BYTES),
        )
        url = URL(self.address.url.rstrip("/") + target, encoded=True)
        try:
            async with self.session.request(
                method,
                url,
                data=body or None,
                headers={**headers, **extra},
                timeout=limits,
                ssl=self.address.tls or True,
                allow_redirects=False,
            ) as response:
                yield response
        except ChannelError:
            raise
        except (
            aiohttp.ClientError,
            TimeoutError,
            OSError,
            asyncio.IncompleteReadError,
            ValueError,  # malformed headers, encodings and addresses
            LookupError,
        ) as error:
            raise Unavailable(
                "peer-unreachable", "The other side's node does not answer."
            ) from error


async def _problem(response: aiohttp.ClientResponse) -> Mapping[str, object] | None:
    if response.status < 400:  # noqa: PLR2004 - errors begin here
        return None
    try:
        document = orjson.loads(await _limited(response, _MAX_PROBLEM_BYTES))
    except (orjson.JSONDecodeError, ChannelError):
        return {}
    return document if isinstance(document, dict) else {}


def _refuse(status: int, problem: Mapping[str, object] | None) -> None:
    if problem is None:
        if status >= 300:  # noqa: PLR2004 - the link never redirects
            raise Unavailable("peer-unreachable", "The answer is not one of the link.")
        return
    if status >= 500:  # noqa: PLR2004 - a fault of the peer, not of our request
        raise Unavailable("peer-unreachable", "The other side's node is in trouble.", status=status)
    code = problem.get("code")
    answer = code[:64] if isinstance(code, str) else ""
    raise PeerRefusedRequest(
        "peer-refused-request", "The other side's node refused.", answer=answer, status=status
    )


async def _limited(response: aiohttp.ClientResponse, most: int) -> bytes:
    chunks: list[bytes] = []
    left = most
    async for chunk in response.content.iter_chunked(256 * 1024):
        left -= len(chunk)
        if left < 0:
            raise Malformed("link-message-malformed", "The answer is too large.", limit=most)
        chunks.append(chunk)
    return b"".join(chunks)
