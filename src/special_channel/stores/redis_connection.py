"""Open Redis or Valkey, and map errors of the driver to ours.

Without Redis, callers continue from the record. Uses only commands of both Redis 8 and
Valkey 8.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from special_channel.core.bytes.errors import Malformed, Unavailable
from special_channel.stores.cancelled import cancellations, raise_if_cancelled

TIMEOUT_SECONDS: Final = 2.0
"""Time limit of a reply. A local server answers in well under a millisecond; a slower one counts
as unavailable, and callers read the record instead."""

SENTINEL_PORT: Final = 26379


def open_redis(url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Redis:
    """Create a client, connected on first use. Replies are bytes; callers decode them.

    Args:
        url: `unix:///path?db=0`, `redis://host:port/0` or `rediss://…` for TLS; behind
            Sentinel `redis+sentinel://user:password@host:port,host:port/service/0`, or
            `rediss+sentinel://…`. `?sentinel_password=` is for the Sentinels themselves.
        timeout_seconds: For connecting and for each reply.

    Raises:
        Malformed: `settings-malformed`.
    """
    options: dict[str, Any] = {
        # RESP3 changes the shape of replies, and redis-py then requests notifications that
        # Valkey does not support.
        "protocol": 2,
        # Other programs may write any bytes into Redis: our own code decodes.
        "decode_responses": False,
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        # The reply to a claim may be lost after the claim took effect, and only the caller
        # knows about the lease's end.
        "retry": Retry(NoBackoff(), 0),
    }
    try:
        if "+sentinel://" in url:
            return _behind_sentinel(url, options)
        return Redis.from_url(url, **options)
    except ValueError as error:
        raise Malformed(
            "settings-malformed", "The address of Redis is not one.", setting="redis.url"
        ) from error


def _behind_sentinel(url: str, options: Mapping[str, Any]) -> Redis:
    """Look up the primary through Sentinels on each connection: failover needs no restart."""
    # Split by hand: the standard library rejects an address with several hosts.
    scheme, _, rest = url.partition("://")
    netloc, slash, tail = rest.partition("/")
    user, _, hosts = netloc.rpartition("@")
    places = urlsplit(f"{scheme}://sentinels{slash}{tail}")
    name, _, password = user.partition(":")
    service, _, database = places.path.strip("/").partition("/")
    parameters = parse_qs(places.query)
    if not service:
        raise ValueError("no service is named")
    shared = dict(options)
    if places.scheme.startswith("rediss"):
        shared["ssl"] = True
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [_place(host) for host in hosts.split(",")],
        sentinel_kwargs=shared | {"password": parameters.get("sentinel_password", [None])[0]},
        **shared,
    )
    primary: _Primary = sentinel.master_for(
        service,
        redis_class=_Primary,
        username=unquote(name) or None,
        password=unquote(password) or None,
        db=int(database or 0),
    )
    primary.sentinels = sentinel.sentinels
    return primary


class _Primary(Redis):
    """The primary's client; also closes the clients of its Sentinels."""

    sentinels: Sequence[Redis] = ()

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - the driver's signature
        await super().aclose(close_connection_pool)
        for sentinel in self.sentinels:
            await sentinel.aclose()


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        host, port = port, str(SENTINEL_PORT)
    return host.strip("[]"), int(port)


_UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError)
"""Raised by parsing a reply of unexpected form; invalid UTF-8 raises a `ValueError`."""


@contextmanager
def redis_errors() -> Iterator[None]:
    """Map errors of the driver and of parsing unexpected replies.

    Raises:
        Unavailable: `redis-unavailable`, also for out of memory, loading, a read-only replica
            and a key of another type: the record does the work in each case.
        CancelledError: As `raise_if_cancelled`.
    """
    before = cancellations()
    try:
        yield
        raise_if_cancelled(before)
    except (RedisError, OSError, *_UNREADABLE) as failure:
        raise_if_cancelled(before)
        raise Unavailable(
            "redis-unavailable",
            f"The reminder store does not serve ({type(failure).__name__}).",
            reason=type(failure).__name__,
        ) from failure
