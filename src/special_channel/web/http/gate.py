"""Rate limits: requests are counted by person after sign-in, by address before.

A client can't choose its counter. A token counts for its owner only after the token was verified;
every other request counts for its address, with any credential. Counters are in this process: each
web process of a node has separate counters. Does not authenticate: `sessions.py` does, and reports
the result to the gate.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Unavailable

MAX_BUCKETS: Final = 10_000
"""How many clients' rates are remembered; the least recently seen is forgotten first."""

MAX_TOKENS: Final = 10_000
"""How many checked tokens are remembered, the least recently used is forgotten first."""

MAX_ADDRESS: Final = 100
"""Characters of an address: IPv6 has 45 at most, and a zone after them."""

MAX_HOPS: Final = 10
"""How many addresses of a forwarding header are looked at, from its end."""

IPV6_CLIENT_BITS: Final = 64
"""A client with IPv6 has a whole network of this size and can choose any address in it."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """Proxies in front of the node, and their header with the client's address.

    The header counts only from these networks, and from its end: text written by the client is
    further to the left.
    """

    header: str = "X-Forwarded-For"
    trusted: tuple[IPv4Network | IPv6Network, ...] = ()


def client_of(remote: str, forwarded: Sequence[str], proxies: Proxies) -> str:
    """Return what a client is counted by: its IPv4 address, or its IPv6 network.

    `remote` is the connection's other end, `forwarded` the lines of the proxies' header.
    """
    found = _parsed(remote)
    hops = [hop for line in forwarded for hop in line.split(",")]
    for hop in reversed(hops[-MAX_HOPS:]):
        if found is None or not any(found in network for network in proxies.trusted):
            break
        named = _parsed(hop.strip())
        if named is None:  # a proxy that names nobody: its own address counts
            break
        found = named
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, IPV6_CLIENT_BITS), strict=False))
    return remote if found is None else str(found)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    # Clients choose what a header says: nothing long is kept in the cache.
    return _address(text) if len(text) <= MAX_ADDRESS else None


@lru_cache(maxsize=MAX_BUCKETS)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


class Buckets:
    """Token buckets by name: an allowance per minute, refilled evenly."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, now: float) -> float:
        """Take a request from the allowance; return 0, or the seconds until the next is allowed."""
        left = self._now(name, now)
        self._left[name] = (left - 1 if left >= 1 else left, now)
        if len(self._left) > MAX_BUCKETS:
            self._left.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) * 60 / self._per_minute

    def give_back(self, name: str, now: float) -> None:
        """Return a request to the allowance, taken before its person was known."""
        self._left[name] = (min(self._per_minute, self._now(name, now) + 1), now)

    def _now(self, name: str, now: float) -> float:
        left, at = self._left.pop(name, (float(self._per_minute), now))
        return min(self._per_minute, left + (now - at) * self._per_minute / 60)


class Gate:
    """Counts requests by address until the token was verified, then by the token's owner."""

    def __init__(self, person_per_minute: int, address_per_minute: int) -> None:
        self._people = Buckets(person_per_minute)
        self._addresses = Buckets(address_per_minute)
        self._tokens: OrderedDict[bytes, str] = OrderedDict()

    def enter(self, client: str, token: bytes | None, now: float) -> bool:
        """Count a request before handling it; `token` is the digest of its token.

        Returns whether the request was counted for its person. If not, `passed` corrects the count.

        Raises:
            Unavailable: `rate-limited`.
        """
        person = self._tokens.get(token) if token is not None else None
        if person is None:
            _spend(self._addresses, client, now)
            return False
        assert token is not None  # noqa: S101 - it was found
        self._tokens.move_to_end(token)
        _spend(self._people, person, now)
        return True

    def passed(self, client: str, token: bytes, person: str, now: float) -> None:
        """Move the count of a request to a person, after its token was verified.

        Raises:
            Unavailable: `rate-limited`.
        """
        self._addresses.give_back(client, now)
        self._tokens[token] = person
        if len(self._tokens) > MAX_TOKENS:
            self._tokens.popitem(last=False)
        _spend(self._people, person, now)

    def failed(self, token: bytes) -> None:
        """Forget an invalid token, so that its requests count by address again."""
        self._tokens.pop(token, None)


def _spend(buckets: Buckets, name: str, now: float) -> None:
    wait = buckets.take(name, now)
    if wait:
        raise Unavailable("rate-limited", "Too many requests.", seconds=max(ceil(wait), 1))


GATE: web.AppKey[Gate] = web.AppKey("gate", Gate)
FEED_GATE: web.AppKey[Gate] = web.AppKey("feed_gate", Gate)
COUNTED_BY: web.RequestKey[Gate] = web.RequestKey("counted_by", Gate)
CLIENT: web.RequestKey[str] = web.RequestKey("client", str)
