"""Open Redis or Valkey, and turn its driver's errors into ours.

Does not decide what to do without Redis: callers go on from the record. Uses no command
that either Redis 8 or Valkey 8.1 lacks.
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

from special_channel.core.errors import Malformed, Unavailable
from special_channel.stores.cancelled import cancellations, still_wanted

TIMEOUT_SECONDS: Final = 2.0
"""A reminder store on the same machine answers in well under a millisecond; after this it
counts as away and the record is asked instead."""

SENTINEL_PORT: Final = 26379


def open_redis(url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> Redis:
    """Make a client; it connects when first used.

    Args:
        url: `unix:///path?db=0`, `redis://host:port/0` or `rediss://…` for TLS; behind
            Sentinel `redis+sentinel://user:password@host:port,host:port/service/0`, or
            `rediss+sentinel://…`. `?sentinel_password=` is for the Sentinels themselves.
        timeout_seconds: For connecting and for each reply.

    Replies are bytes; callers decode what they expect.

    RESP2 is named outright: under RESP3 replies change shape, and redis-py then asks for
    notifications that Valkey does not know. There are no retries: the reply of a claim may
    be lost after it took effect, and only the caller knows that its lease will run out.

    Raises:
        Malformed: `settings-malformed`.
    """
    options: dict[str, Any] = {
        "protocol": 2,
        # Whoever else writes into Redis may write any bytes: our own code decodes them.
        "decode_responses": False,
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
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
    """Ask Sentinels for the primary, anew on each connection: a failover needs no restart."""
    # Parted by hand: for the standard library several hosts, one in brackets, are no address.
    scheme, _, rest = url.partition("://")
    netloc, slash, tail = rest.partition("/")
    user, _, hosts = netloc.rpartition("@")
    places = urlsplit(f"{scheme}://sentinels{slash}{tail}")
    name, _, password = user.partition(":")
    service, _, database = places.path.strip("/").partition("/")
    asked = parse_qs(places.query)
    if not service:
        raise ValueError("no service is named")
    shared = dict(options)
    if places.scheme.startswith("rediss"):
        shared["ssl"] = True
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [_place(host) for host in hosts.split(",")],
        sentinel_kwargs=shared | {"password": asked.get("sentinel_password", [None])[0]},
        **shared,
    )
    primary: _Primary = sentinel.master_for(
        service,
        redis_class=_Primary,
        username=unquote(name) or None,
        password=unquote(password) or None,
        db=int(database or 0),
    )
    primary.asked = sentinel.sentinels
    return primary


class _Primary(Redis):
    """The primary's client; it closes those of the Sentinels that it was found by."""

    asked: Sequence[Redis] = ()

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 - the driver's signature
        await super().aclose(close_connection_pool)
        for each in self.asked:
            await each.aclose()


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        host, port = port, str(SENTINEL_PORT)
    return host.strip("[]"), int(port)


_UNREADABLE: Final = (ValueError, TypeError, LookupError, ArithmeticError)
"""What taking a reply of another form apart raises; not being UTF-8 is a `ValueError`."""


@contextmanager
def redis_errors() -> Iterator[None]:
    """Map what the driver raises, and what reading a reply of another form raises.

    Out of memory, loading, a read-only replica and a foreign key are "away" too: in each
    case the record has to do the work.

    Raises:
        Unavailable: `redis-unavailable`.
        CancelledError: As `still_wanted`.
    """
    before = cancellations()
    try:
        yield
        still_wanted(before)
    except (RedisError, OSError, *_UNREADABLE) as failure:
        still_wanted(before)
        raise Unavailable(
            "redis-unavailable",
            f"The reminder store does not serve ({type(failure).__name__}).",
            reason=type(failure).__name__,
        ) from failure
