"""Post bytes to a service over HTTPS and classify the response.

Follows no redirects, stores no cookies, ignores proxies of the environment, and connects only to
hosts allowed by the operator. Does not interpret the bytes. A robot's address is a secret: it
never appears in errors, log lines or an exception's cause.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

import aiohttp
from yarl import URL

from special_channel.channels.smtp import is_this_machine, one_line
from special_channel.core.bytes.errors import Malformed, NotAllowed, Unavailable

RESPONSE_BYTES: Final = 16 * 1024
"""Longest part of a response to read; status codes of services come earlier."""

LONGEST_WAIT: Final = 24 * 3600
"""Longest accepted `Retry-After`, in seconds."""

GONE: Final = 410
"""Standard Webhooks 1.0.0: the receiver wants no more messages at this address."""

THIS_LETTER: Final = frozenset({400, 406, 413, 415, 422})
"""Statuses about the message itself; a retry would be refused again."""

Meaning = Literal["temporary", "misconfigured", "refused", "gone"]
"""What a response means for the outbox: retry, have it repaired, or use another channel."""

_MEANINGS: Final[Mapping[Meaning, tuple[type[Unavailable | NotAllowed], str]]] = {
    "temporary": (Unavailable, "The channel did not take it yet."),
    # An operator must repair it; no letter is given up.
    "misconfigured": (Unavailable, "The channel does not take us."),
    "refused": (NotAllowed, "The channel refused it."),
    "gone": (NotAllowed, "The channel's address is gone."),
}

BUSY: Final = frozenset({408, 425, 429})
"""Temporary statuses, with all of 5xx."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A service's response.

    Attributes:
        status: HTTP status.
        body: The first `RESPONSE_BYTES`.
        retry_after: Seconds, if the service named a time.
        said: Start of the body as one line for display, with secrets masked.
    """

    status: int
    body: bytes
    retry_after: int | None
    said: str

    @property
    def ok(self) -> bool:
        """Whether the HTTP status is a success."""
        return 200 <= self.status < 300  # noqa: PLR2004 - RFC 9110, 15.3

    @property
    def line(self) -> str:
        """Text for the delivery record."""
        return f"HTTP {self.status} {self.said}".strip()

    def failure(self) -> Unavailable | NotAllowed:
        """Return the error for an HTTP status, for bodies without a code of the service."""
        # Redirects, 401, 403, 404: the letter is all right, and we have to repair something.
        meaning: Meaning = "misconfigured"
        if self.status == GONE:
            meaning = "gone"
        elif self.status in THIS_LETTER:
            meaning = "refused"
        elif self.status in BUSY or self.status >= 500:  # noqa: PLR2004 - RFC 9110, 15.6
            meaning = "temporary"
        return failure(meaning, self.line, self.status, self.retry_after)


def allowed(url: str, hosts: tuple[str, ...]) -> bool:
    """Tell whether an address uses https, or is on this machine, and its host is listed.

    A listed host with a leading dot matches all names with that suffix.
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
        host.endswith(item.lower()) if item.startswith(".") else host == item.lower()
        for item in hosts
    )


def make_poster(
    url: str,
    hosts: tuple[str, ...],
    tls: ssl.SSLContext | None,
    timeout_seconds: float,
    secret: str = "",
) -> Poster:
    """Make a poster from an operator's setting; `secret` is the key for signing messages.

    Raises:
        Malformed: `channel-address`: not https, or of a host that is not allowed.
    """
    if not allowed(url, hosts):
        raise Malformed(
            "channel-address", "The address of a channel is not https, or its host not allowed."
        )
    return Poster(url, tls, timeout_seconds, (*secrets_of(url), *filter(None, [secret])))


def secrets_of(url: str) -> tuple[str, ...]:
    """Return the parts of an address that grant access."""
    parsed = URL(url, encoded=True)
    decoded = URL(url)
    candidates = {
        url,
        parsed.raw_path_qs,
        parsed.raw_query_string,
        parsed.raw_name,
        *decoded.query.values(),
    }
    return tuple(sorted((text for text in candidates if len(text) >= 6), key=len, reverse=True))  # noqa: PLR2004 - shorter ones are words


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts to one address; one connection a message, since alerts are few.

    Attributes:
        url: The whole address, including the service's secret.
        tls: Trusted authorities; the system's if None.
        timeout_seconds: For the whole exchange.
        secrets: Texts to mask in case a response repeats them.
    """

    url: str = field(repr=False)
    tls: ssl.SSLContext | None = field(repr=False)
    timeout_seconds: float
    secrets: tuple[str, ...] = field(repr=False)

    async def post(
        self, body: bytes, headers: Mapping[str, str], now: datetime, query: str = ""
    ) -> HttpResponse:
        """Post once and return the response, whatever its status.

        Raises:
            Unavailable: `channel-temporary`: no response, though the message may have arrived.
        """
        url = URL(self.url + query, encoded=True)
        reason = ""
        try:
            async with (
                self._session() as session,
                session.post(
                    url, data=body, headers=headers, allow_redirects=False, ssl=self.tls or True
                ) as response,
            ):
                data = await _read(response)
                seconds = retry_after(response.headers.get("Retry-After", ""), now)
                return HttpResponse(response.status, data, seconds, masked_line(data, self.secrets))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            reason = type(error).__name__
        # Outside the handler, so that the error has no cause that contains the address.
        raise failure("temporary", reason, 0)

    async def reach(self) -> None:
        """Open a connection, with TLS, and close it.

        Raises:
            Unavailable: `channel-temporary`.
        """
        url, reason = URL(self.url, encoded=True), ""
        tls = (self.tls or ssl.create_default_context()) if url.scheme == "https" else None
        try:
            async with asyncio.timeout(self.timeout_seconds):
                _, writer = await asyncio.open_connection(url.host, url.port, ssl=tls)
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, ValueError) as error:
            reason = type(error).__name__
        if reason:
            raise failure("temporary", reason, 0)

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self.timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity", "User-Agent": "special-channel"},
            trust_env=False,
        )


def failure(
    meaning: Meaning, text: str, reply: int, retry_after: int | None = None
) -> Unavailable | NotAllowed:
    """Return the error for a response, by its meaning, with the time of a retry if known."""
    class_, detail = _MEANINGS[meaning]
    facts: dict[str, int] = {}
    if class_ is Unavailable and retry_after is not None:
        facts["retry_after"] = retry_after
    return class_(f"channel-{meaning}", detail, said=text, reply=reply, **facts)


def retry_after(text: str, now: datetime) -> int | None:
    """Parse `Retry-After` (RFC 9110, 10.2.3) to seconds; None if invalid."""
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        seconds = (at - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(int(seconds) + 1, 0), LONGEST_WAIT)


def masked_line(data: bytes, secrets: tuple[str, ...]) -> str:
    """Return the start of a response as one line, with our secrets masked."""
    text = data.decode("utf-8", "replace")
    for secret in secrets:
        text = text.replace(secret, "…")
    return one_line(text)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(RESPONSE_BYTES):
        data += chunk
        if len(data) >= RESPONSE_BYTES:
            break
    return bytes(data[:RESPONSE_BYTES])
