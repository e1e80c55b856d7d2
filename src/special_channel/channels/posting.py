"""Hand bytes to a service over HTTPS and say what became of them.

Follows no redirect, keeps no cookie, uses no proxy of the environment, and reaches no host
that the operator did not allow. Does not know what the bytes mean. An address of a robot is
a secret: it stands in no error, no log line and no exception's cause.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from yarl import URL

from special_channel.channels.smtp import is_this_machine, one_line
from special_channel.core.errors import Malformed, NotAllowed, Unavailable

TIMEOUT_SECONDS: Final = 20.0
"""For a whole exchange: Standard Webhooks 1.0.0 recommends 15 to 30 s."""

ANSWER_BYTES: Final = 16 * 1024
"""As much of an answer is read; nothing that is looked for stands further down."""

LONGEST_WAIT: Final = 24 * 3600
"""No `Retry-After` counts for more seconds than this."""

GONE: Final = 410
"""Standard Webhooks 1.0.0: the receiver wants no more of this address."""

THIS_LETTER: Final = frozenset({400, 406, 413, 415, 422})
"""Statuses that are about the message; the same one is refused again."""

BUSY: Final = frozenset({408, 425, 429})
"""Statuses that pass by themselves, with all of 5xx."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel posts to.

    Attributes:
        url: The whole address, with whatever secret the service put into it.
        tls: Whom to trust; the system's authorities if None.
        timeout_seconds: For the whole exchange.
        secrets: Texts that are shown to nobody, should the other end repeat them.
    """

    url: str = field(repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other end said.

    Attributes:
        status: HTTP's.
        body: The first `ANSWER_BYTES`.
        retry_after: Seconds, where it named a time.
        said: One line of the body that may be shown.
    """

    status: int
    body: bytes
    retry_after: int | None
    said: str

    @property
    def ok(self) -> bool:
        """Tell whether HTTP calls it a success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, 15.3

    @property
    def line(self) -> str:
        """Return what the delivery record keeps."""
        return f"HTTP {self.status} {self.said}".strip()

    def failure(self) -> Unavailable | NotAllowed:
        """Sort a failure by what happens next; this one has no code of its own in the body."""
        if self.status == GONE:
            return gone(self.line, self.status)
        if self.status in THIS_LETTER:
            return refused(self.line, self.status)
        if self.status in BUSY or self.status >= 500:  # noqa: PLR2004 - RFC 9110, 15.6
            return later(self.line, self.status, self.retry_after)
        # Redirects, 401, 403, 404: the letter is all right, and we have to repair something.
        return misconfigured(self.line, self.status, self.retry_after)


def allowed(url: str, hosts: tuple[str, ...]) -> bool:
    """Say whether an address is https, or this machine, and its host stands in the list.

    A host that begins with a dot stands for all names that end so.
    """
    try:
        parsed = URL(url, encoded=True)
        host, scheme = (parsed.host or "").lower(), parsed.scheme
    except ValueError:
        return False
    if parsed.user is not None or parsed.fragment or not host:
        return False
    secure = scheme == "https" or (scheme == "http" and is_this_machine(host))
    return secure and any(
        host.endswith(one.lower()) if one.startswith(".") else host == one.lower() for one in hosts
    )


def address(
    url: str,
    hosts: tuple[str, ...],
    tls: ssl.SSLContext | None,
    timeout_seconds: float,
    secret: str = "",
) -> Address:
    """Make an address of what an operator wrote; `secret` signs what goes there.

    Raises:
        Malformed: `channel-address`: not https, or of a host that is not allowed.
    """
    if not allowed(url, hosts):
        raise Malformed(
            "channel-address", "The address of a channel is not https, or its host not allowed."
        )
    return Address(url, tls, timeout_seconds, (*secrets_of(url), *filter(None, [secret])))


def secrets_of(url: str) -> tuple[str, ...]:
    """Return the parts of an address that let anybody use it."""
    parsed = URL(url, encoded=True)
    plain = URL(url)
    found = {
        url,
        parsed.raw_path_qs,
        parsed.raw_query_string,
        parsed.raw_name,
        *plain.query.values(),
    }
    return tuple(sorted((one for one in found if len(one) >= 6), key=len, reverse=True))  # noqa: PLR2004 - shorter ones are words


class Poster:
    """Posts to one address; one connection a message, for alerts are few."""

    def __init__(self, at: Address) -> None:
        self._address = at

    async def post(
        self, body: bytes, headers: Mapping[str, str], now: datetime, query: str = ""
    ) -> Answer:
        """Post once and return the answer, whatever it is.

        Raises:
            Unavailable: `channel-temporary`: no answer. It may have arrived all the same.
        """
        at = self._address
        url = URL(at.url + query, encoded=True)
        reason = ""
        try:
            async with (
                _session(at) as session,
                session.post(
                    url, data=body, headers=headers, allow_redirects=False, ssl=at.tls or True
                ) as response,
            ):
                data = await _read(response)
                after = retry_after(response.headers.get("Retry-After", ""), now)
                return Answer(response.status, data, after, shown(data, at.secrets))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as failure:
            reason = type(failure).__name__
        # Outside the handler, so that no cause with the address in it hangs on the error.
        raise later(reason, 0, None)

    async def reach(self) -> None:
        """Open a connection, with TLS, and close it.

        Raises:
            Unavailable: `channel-temporary`.
        """
        at = self._address
        url, reason = URL(at.url, encoded=True), ""
        tls = (at.tls or ssl.create_default_context()) if url.scheme == "https" else None
        try:
            async with asyncio.timeout(at.timeout_seconds):
                _, writer = await asyncio.open_connection(url.host, url.port, ssl=tls)
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, ValueError) as failure:
            reason = type(failure).__name__
        if reason:
            raise later(reason, 0, None)


def later(said: str, reply: int, retry_after: int | None) -> Unavailable:
    """Return the error for what passes by itself."""
    known = {} if retry_after is None else {"retry_after": retry_after}
    return Unavailable(
        "channel-temporary", "The channel did not take it yet.", said=said, reply=reply, **known
    )


def misconfigured(said: str, reply: int, retry_after: int | None = None) -> Unavailable:
    """Return the error for what an operator has to repair; no letter is given up for it."""
    known = {} if retry_after is None else {"retry_after": retry_after}
    return Unavailable(
        "channel-misconfigured", "The channel does not take us.", said=said, reply=reply, **known
    )


def refused(said: str, reply: int) -> NotAllowed:
    """Return the error for a letter that this channel never takes."""
    return NotAllowed("channel-refused", "The channel refused it.", said=said, reply=reply)


def gone(said: str, reply: int) -> NotAllowed:
    """Return the error for an address that is no more."""
    return NotAllowed("channel-gone", "The channel's address is gone.", said=said, reply=reply)


def retry_after(text: str, now: datetime) -> int | None:
    """Read `Retry-After` (RFC 9110, 10.2.3) as seconds; None for what is none."""
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        seconds = (at - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(int(seconds) + 1, 0), LONGEST_WAIT)


def shown(data: bytes, secrets: tuple[str, ...]) -> str:
    """Return the beginning of an answer as one line that holds no secret of ours."""
    text = data.decode("utf-8", "replace")
    for secret in secrets:
        text = text.replace(secret, "…")
    return one_line(text)


def _session(at: Address) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=at.timeout_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity", "User-Agent": "special-channel"},
        trust_env=False,
    )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(ANSWER_BYTES):
        data += chunk
        if len(data) >= ANSWER_BYTES:
            break
    return bytes(data[:ANSWER_BYTES])
