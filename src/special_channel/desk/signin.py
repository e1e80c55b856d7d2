"""Sign in with a key: issue a challenge, check its signature, return a token.

Challenges have their own payload type. Tokens are opaque and stored as digests. Does not set
cookies: `web/` does.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import StringConstraints, ValidationError

from special_channel.core.bytes import canonical, dsse, suites
from special_channel.core.bytes.dsse import SIGNIN_TYPE
from special_channel.core.bytes.errors import BadSignature, Malformed, NotAllowed, Unavailable
from special_channel.core.bytes.fields import Name
from special_channel.core.bytes.ids import KeyId, Party, Timestamp, party_of
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import Model
from special_channel.core.rows.charter import CharterRow, in_force
from special_channel.core.rows.directory import REFUSALS, KeyRow, PersonRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.signature_origin import check_origin
from special_channel.core.rules.state import Row, person_key
from special_channel.ports import Clock, Randomness, SharedRecord
from special_channel.stores.desk_sessions import Session, Sessions
from special_channel.stores.people import Officials

CHALLENGE_LIFE: Final = timedelta(minutes=2)
"""Lifetime of a challenge."""

KNOWN_SECONDS: Final = 1.0
"""Lifetime of a cached session."""

MAX_KNOWN: Final = 10_000
"""Largest number of cached sessions."""

SIGN_IN_ROLES: Final = frozenset({"desk", "head", "director", "oversight", "registrar"})
"""Roles that may sign in to pages and API: persons, not a node's own keys."""

SERVICE: Final = "service"
"""The machine role that signs in over the API: a ministry's system that reads by a grant (K29)."""


class Challenge(Model):
    """Content signed to sign in; this payload type has no other use."""

    v: Literal[1]
    origin: Name
    key: KeyId
    nonce: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    expires: Timestamp


@dataclass(frozen=True, slots=True)
class SignIn:
    """Dependencies of sign-in. `origin` is the web address as the browser knows it.

    `party` is the side whose officials may sign in. The mirror also knows the other side's keys,
    but those officials have their own node. `ended` is called after a session ended, so that live
    streams in every process of the node check their sessions.
    """

    sessions: Sessions
    officials: Officials
    record: SharedRecord
    party: Party
    origin: str
    clock: Clock
    randomness: Randomness
    browser_life: timedelta
    bearer_life: timedelta
    ended: Callable[[], None] = lambda: None
    challenges_per_client: int = 100
    known: KnownSessions = field(default_factory=lambda: KnownSessions())  # noqa: PLW0108 - defined below


async def challenge(deps: SignIn, key: KeyId, client: str) -> bytes:
    """Issue a challenge for a key: the exact bytes to sign. `client` names the requester.

    Raises:
        Unavailable: `challenge-limit`.
    """
    nonce, now = _token(deps), deps.clock.now()
    expires = now + CHALLENGE_LIFE
    room = deps.challenges_per_client, now
    if not await deps.sessions.challenge(nonce, key, expires, client, room):
        seconds = int(CHALLENGE_LIFE.total_seconds())
        raise Unavailable("challenge-limit", "Too many sign-ins were begun.", seconds=seconds)
    return canonical.dumps(
        {"v": 1, "origin": deps.origin, "key": key, "nonce": nonce, "expires": timestamp(expires)}
    )


async def sign_in(
    deps: SignIn, envelope: bytes, kind: Literal["browser", "bearer"], client: str = ""
) -> tuple[str, Session]:
    """Check a signed challenge; return a token and its session. `client` is the address.

    Raises:
        Malformed: `signin-malformed`.
        BadSignature: A code of `suites.BAD_SIGNATURES`, `signature-origin`, `key-unknown`,
            `key-suspended`, `key-revoked`, `person-ended`.
        NotAllowed: `grant-ended`, `challenge-over`, `signin-other-origin`, `role-access`.
    """
    answer, signed = _read(envelope)
    if answer.origin != deps.origin:
        raise NotAllowed("signin-other-origin", "The challenge is another address's.")
    row, charters = await _key_and_charters(deps, answer.key)
    message, signature = dsse.pae(SIGNIN_TYPE, signed.payload), signed.signatures[0].sig
    suites.verify(row.suite, b64decode(row.public), message, signature, row.rp)
    if row.rp is not None:
        charter = in_force(charters, Past(deps.party, 2**53, 2**53))
        check_origin(answer.key, row.rp, message, signature, charter)
    if not await deps.sessions.answered(answer.nonce, answer.key, deps.clock.now()):
        raise NotAllowed("challenge-over", "The challenge is used or over; ask for another.")
    # A program keeps no cookies: a browser with a service's key would be a person without a name.
    if row.role not in SIGN_IN_ROLES and (row.role, kind) != (SERVICE, "bearer"):
        raise NotAllowed("role-access", "A node's own key does not sign in.")
    official = await deps.officials.of_key(answer.key)
    life = deps.browser_life if kind == "browser" else deps.bearer_life
    now = deps.clock.now()
    number = official.id if official else None
    session = Session(answer.key, number, kind, now + life, client, now)
    token = _token(deps)
    await deps.sessions.open(token_digest(token), session)
    return token, session


async def session_of(deps: SignIn, digest: bytes) -> tuple[Session, KeyRow]:
    """Return the session of a token's digest and its key's row, if the key is still in use.

    Raises:
        NotAllowed: `session-over`.
        BadSignature: As `sign_in`.
    """
    while True:
        cached = deps.known.get(digest, deps.clock.monotonic())
        if cached is not None:
            return cached
        pending = deps.known.looking.get(digest)
        if pending is None:
            return await _look_up(deps, digest)
        # Concurrent requests of one client share a single query.
        session = await pending
        if session is not None:
            return session


async def _look_up(deps: SignIn, digest: bytes) -> tuple[Session, KeyRow]:
    now = deps.clock.monotonic()
    pending: asyncio.Future[tuple[Session, KeyRow] | None]
    pending = asyncio.get_running_loop().create_future()
    deps.known.looking[digest] = pending
    entry = None
    try:
        session = await deps.sessions.find(digest, deps.clock.now())
        if session is None:
            raise NotAllowed("session-over", "Sign in first.")
        entry = (session, await active_key(deps, session.key))
        if deps.known.looking.get(digest) is pending:  # else the session ended during the query
            deps.known.put(digest, entry, now)
        return entry
    finally:
        if deps.known.looking.get(digest) is pending:
            del deps.known.looking[digest]
        if not pending.done():
            pending.set_result(entry)


async def sign_out(deps: SignIn, token: str) -> None:
    """End a session and its live streams at once."""
    await deps.sessions.end(token_digest(token), deps.clock.now())
    deps.known.forget(token_digest(token))
    deps.ended()


class KnownSessions:
    """Cache of sessions for `KNOWN_SECONDS`, so that a busy client doesn't query on every request.

    Attributes:
        looking: Pending queries by digest, shared by concurrent requests. A result of None means:
            query again.
    """

    # Safe for a suspended key: the judge refuses its entries at once, whatever is cached.

    def __init__(self) -> None:
        self._held: dict[bytes, tuple[tuple[Session, KeyRow], float]] = {}
        self.looking: dict[bytes, asyncio.Future[tuple[Session, KeyRow] | None]] = {}

    def get(self, digest: bytes, now: float) -> tuple[Session, KeyRow] | None:
        """Return a session cached less than `KNOWN_SECONDS` ago."""
        cached = self._held.get(digest)
        return cached[0] if cached is not None and now - cached[1] < KNOWN_SECONDS else None

    def put(self, digest: bytes, session: tuple[Session, KeyRow], now: float) -> None:
        """Cache a session."""
        if len(self._held) >= MAX_KNOWN:
            self._held.clear()
        self._held[digest] = (session, now)

    def forget_all(self) -> None:
        """Remove all sessions from the cache and wake requests waiting for one."""
        self._held.clear()
        for digest in tuple(self.looking):
            self.forget(digest)

    def forget(self, digest: bytes) -> None:
        """Remove a session from the cache and wake requests waiting for it."""
        self._held.pop(digest, None)
        pending = self.looking.pop(digest, None)
        if pending is not None and not pending.done():
            pending.set_result(None)


async def active_key(deps: SignIn, key: KeyId) -> KeyRow:
    """Return the row of an active key of our side.

    Raises:
        BadSignature: `key-unknown`, `key-suspended`, `key-revoked`, `person-ended`.
        NotAllowed: `grant-ended` if the person holds no function any more.
    """
    return (await _key_and_charters(deps, key))[0]


async def _key_and_charters(deps: SignIn, key: KeyId) -> tuple[KeyRow, tuple[CharterRow, ...]]:
    rows = await deps.record.rows(frozenset({("key", key)}))
    row = rows.get(("key", key))
    owner = await _owner(deps.record, row)
    known = isinstance(row, KeyRow) and party_of(key) == deps.party
    now = row.now if isinstance(row, KeyRow) and known else "unknown"
    if not isinstance(row, KeyRow) or now != "active":
        raise BadSignature(REFUSALS[now], "The key is not in use.", key=key)
    if owner is not None and owner.left is not None:
        # Nobody answers for the service any more (K19).
        raise BadSignature(REFUSALS["left"], "The service's owner has left.", key=key)
    if row.person and all(grant.end is not None for grant in row.grants):
        raise NotAllowed("grant-ended", "The person holds no function any more.")
    return row, tuple(each for each in rows.values() if isinstance(each, CharterRow))


async def _owner(record: SharedRecord, row: Row | None) -> PersonRow | None:
    if not isinstance(row, KeyRow) or not row.owner:
        return None
    owner = person_key(row.party, row.owner)
    found = (await record.rows(frozenset({owner}))).get(owner)
    return found if isinstance(found, PersonRow) else None


def token_digest(token: str) -> bytes:
    """Hash a token for storage."""
    return sha256(token.encode()).digest()


def _read(envelope: bytes) -> tuple[Challenge, dsse.Envelope]:
    try:
        signed = dsse.decode(envelope)
        canonical.loads(signed.payload, max_bytes=4096)
        content = Challenge.model_validate_json(signed.payload)
    except (Malformed, ValidationError):
        raise Malformed("signin-malformed", "This is no answer to a challenge.") from None
    if signed.payload_type != SIGNIN_TYPE or [one.keyid for one in signed.signatures] != [
        content.key
    ]:
        raise Malformed("signin-malformed", "This is no answer to a challenge.")
    return content, signed


def _token(deps: SignIn) -> str:
    return urlsafe_b64encode(deps.randomness.bytes(32)).decode().rstrip("=")
