"""Signing in with a key: a challenge, signed under its own payload type; then a token.

Tokens are opaque and kept as digests. Does not set cookies: `web/` does.
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

from special_channel.broker.receipts import Readable
from special_channel.core import canonical, dsse, suites
from special_channel.core.directory import KeyRow
from special_channel.core.dsse import SIGNIN_TYPE
from special_channel.core.entries import Model
from special_channel.core.entries.header import Name
from special_channel.core.errors import BadSignature, Malformed, NotAllowed, Unavailable
from special_channel.core.ids import KeyId, Party, Timestamp, party_of
from special_channel.core.times import timestamp
from special_channel.ports import Clock, Randomness
from special_channel.ports.people import Officials, Session, Sessions

CHALLENGE_LIFE: Final = timedelta(minutes=2)
"""How long a challenge may be answered."""

KNOWN_SECONDS: Final = 1.0
"""How long a looked-up session may be used without looking again."""

MAX_KNOWN: Final = 10_000
"""Sessions remembered at most."""

WHO_MAY: Final = frozenset({"desk", "head", "director", "oversight", "registrar"})
"""Roles that sign in: people, not a node's own keys."""


class Challenge(Model):
    """What is signed to sign in; nothing else is signed under this payload type."""

    v: Literal[1]
    origin: Name
    key: KeyId
    nonce: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    expires: Timestamp


@dataclass(frozen=True, slots=True)
class Door:
    """Sign-in's collaborators. `origin` is the web address that the browser knows.

    `party` is whose officials may come in: the mirror makes the other side's keys known,
    too, and they have a node of their own. `ended` is called after a session was ended, so that
    live streams in every process of the node look again.
    """

    sessions: Sessions
    officials: Officials
    record: Readable
    party: Party
    origin: str
    clock: Clock
    randomness: Randomness
    browser_life: timedelta
    bearer_life: timedelta
    ended: Callable[[], None] = lambda: None
    challenges_per_client: int = 100
    known: KnownSessions = field(default_factory=lambda: KnownSessions())  # noqa: PLW0108 - defined below


async def challenge(door: Door, key: KeyId, client: str) -> bytes:
    """Make a challenge for a key: the exact bytes to sign. `client` is who asks, for the limit.

    Raises:
        Unavailable: `challenge-limit`.
    """
    nonce, now = _token(door), door.clock.now()
    expires = now + CHALLENGE_LIFE
    room = door.challenges_per_client, now
    if not await door.sessions.challenge(nonce, key, expires, client, room):
        seconds = int(CHALLENGE_LIFE.total_seconds())
        raise Unavailable("challenge-limit", "Too many sign-ins were begun.", seconds=seconds)
    return canonical.dumps(
        {"v": 1, "origin": door.origin, "key": key, "nonce": nonce, "expires": timestamp(expires)}
    )


async def sign_in(
    door: Door, envelope: bytes, kind: Literal["browser", "bearer"]
) -> tuple[str, Session]:
    """Answer a challenge and return a token with its session.

    Raises:
        Malformed: `signin-malformed`.
        BadSignature: `signature-bad`, `key-unknown`, `key-suspended`, `key-revoked`.
        NotAllowed: `challenge-over`, `signin-other-origin`, `role`.
    """
    said, signed = _read(envelope)
    if said.origin != door.origin:
        raise NotAllowed("signin-other-origin", "The challenge is another address's.")
    row = await standing(door, said.key)
    suites.verify(
        row.suite, _public(row), dsse.pae(SIGNIN_TYPE, signed.payload), signed.signatures[0].sig
    )
    if not await door.sessions.answered(said.nonce, said.key, door.clock.now()):
        raise NotAllowed("challenge-over", "The challenge is used or over; ask for another.")
    if row.role not in WHO_MAY:
        raise NotAllowed("role-access", "A node's own key does not sign in.")
    official = await door.officials.of_key(said.key)
    life = door.browser_life if kind == "browser" else door.bearer_life
    session = Session(said.key, official.id if official else None, kind, door.clock.now() + life)
    token = _token(door)
    await door.sessions.open(token_digest(token), session)
    return token, session


async def whose(door: Door, digest: bytes) -> tuple[Session, KeyRow]:
    """Return the session of a token's digest and its key's row, if the key is still in use.

    Raises:
        NotAllowed: `session-over`.
        BadSignature: As `sign_in`.
    """
    while True:
        held = door.known.get(digest, door.clock.monotonic())
        if held is not None:
            return held
        under_way = door.known.looking.get(digest)
        if under_way is None:
            return await _look_up(door, digest)
        # Many requests of one client arrive at once: one of them asks for all.
        found = await under_way
        if found is not None:
            return found


async def _look_up(door: Door, digest: bytes) -> tuple[Session, KeyRow]:
    now = door.clock.monotonic()
    others: asyncio.Future[tuple[Session, KeyRow] | None]
    others = asyncio.get_running_loop().create_future()
    door.known.looking[digest] = others
    found = None
    try:
        session = await door.sessions.find(digest, door.clock.now())
        if session is None:
            raise NotAllowed("session-over", "Sign in first.")
        found = (session, await standing(door, session.key))
        if door.known.looking.get(digest) is others:  # else it was ended meanwhile
            door.known.put(digest, found, now)
        return found
    finally:
        if door.known.looking.get(digest) is others:
            del door.known.looking[digest]
        if not others.done():
            others.set_result(found)


async def sign_out(door: Door, token: str) -> None:
    """End a session and its live streams at once."""
    await door.sessions.end(token_digest(token))
    door.known.forget(token_digest(token))
    door.ended()


class KnownSessions:
    """Sessions looked up within the last second, so that a busy client costs no query each.

    What a suspended key signs is refused by the judge at once, whatever stands here.

    Attributes:
        looking: Look-ups under way, for others who ask the same meanwhile. None: ask again.
    """

    def __init__(self) -> None:
        self._held: dict[bytes, tuple[tuple[Session, KeyRow], float]] = {}
        self.looking: dict[bytes, asyncio.Future[tuple[Session, KeyRow] | None]] = {}

    def get(self, digest: bytes, now: float) -> tuple[Session, KeyRow] | None:
        """Return a session looked up less than `KNOWN_SECONDS` ago."""
        found = self._held.get(digest)
        return found[0] if found is not None and now - found[1] < KNOWN_SECONDS else None

    def put(self, digest: bytes, found: tuple[Session, KeyRow], now: float) -> None:
        """Remember a session for a moment."""
        if len(self._held) >= MAX_KNOWN:
            self._held.clear()
        self._held[digest] = (found, now)

    def forget(self, digest: bytes) -> None:
        """Forget a session."""
        self._held.pop(digest, None)
        others = self.looking.pop(digest, None)
        if others is not None and not others.done():
            others.set_result(None)


async def standing(door: Door, key: KeyId) -> KeyRow:
    """Return an own key's row.

    Raises:
        BadSignature: `key-unknown`, `key-suspended`, `key-revoked`.
    """
    async with door.record.begin() as transaction:
        row = (await transaction.rows(frozenset({("key", key)}))).get(("key", key))
    known = isinstance(row, KeyRow) and party_of(key) == door.party
    now = row.now if isinstance(row, KeyRow) and known else "unknown"
    if not isinstance(row, KeyRow) or now != "active":
        raise BadSignature(f"key-{now}", "The key is not in use.", key=key)
    return row


def token_digest(token: str) -> bytes:
    """Hash a token for keeping."""
    return sha256(token.encode()).digest()


def _read(envelope: bytes) -> tuple[Challenge, dsse.Envelope]:
    try:
        signed = dsse.decode(envelope)
        canonical.loads(signed.payload, max_bytes=4096)
        said = Challenge.model_validate_json(signed.payload)
    except (Malformed, ValidationError):
        raise Malformed("signin-malformed", "This is no answer to a challenge.") from None
    if signed.payload_type != SIGNIN_TYPE or [one.keyid for one in signed.signatures] != [said.key]:
        raise Malformed("signin-malformed", "This is no answer to a challenge.")
    return said, signed


def _public(row: KeyRow) -> bytes:
    return b64decode(row.public)


def _token(door: Door) -> str:
    return urlsafe_b64encode(door.randomness.bytes(32)).decode().rstrip("=")
