"""The stop card: twelve letters that stop all keys of their owner, by telephone or signed out.

A try is answered alike whether the code was right or wrong: it is counted, hashed, compared and
stored by the same steps, and a right one is carried out afterwards, by the node's own key. Does
not restore anything: two other persons do.
"""

from __future__ import annotations

import asyncio
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import scrypt, sha256
from ipaddress import ip_address, ip_network
from typing import Final, NoReturn

import structlog

from special_channel.broker.act import Act
from special_channel.broker.append import Appender
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import (
    ChannelError,
    Malformed,
    Refused,
    RuleBroken,
    Unavailable,
)
from special_channel.core.bytes.times import timestamp
from special_channel.desk.journal import record_act, recorded
from special_channel.desk.sessions import end_sessions_of
from special_channel.desk.signin import SignIn
from special_channel.desk.typed_codes import plain_code
from special_channel.ports import Alarms, Clock, Randomness, Transaction
from special_channel.stores.people import Official
from special_channel.stores.stop_cards import PendingStop, StopCard, StopCards, StopTry

log = structlog.get_logger(__name__)

LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Consonants: no word comes of them, and none is taken for a digit when it is read aloud."""

LENGTH: Final = 12

LIMITS: Final = (5, 20)
"""Tries an hour of one client for a mail address, and of one client in all (ADR 36).

No limit counts the tries of all clients for an address: whoever knows the address could otherwise
keep its owner from stopping the keys.
"""

_PREFIX: Final = 64
"""Bits of an IPv6 address that name one client: a subscriber chooses the others at will."""

GUESSED: Final = "stop-card-guessed"
"""Code of the alarm about many wrong tries."""

STEP_SECONDS: Final = 5.0
"""Longest time until a code is carried out that another process took and could not carry out."""

_RANDOM_BYTES: Final = 16
"""More than twelve letters need, so that all codes are equally likely to one in 2 to the 76."""

_NOBODY: Final = StopCard(0, bytes(16), bytes(32), datetime.min.replace(tzinfo=UTC))
"""What a code is compared with if nobody has the mail address: nothing hashes to it."""


@dataclass(frozen=True, slots=True)
class StopDeps:
    """Dependencies of stop cards.

    Attributes:
        cards: Cards and tries.
        door: Ends sessions.
        appender: Appends suspensions.
        identity: The node key signs.
        clock: Tells the time.
        randomness: Draws codes.
        tries: Notifies `StopKeeper` of a try in this process.
    """

    cards: StopCards
    door: SignIn
    appender: Appender
    identity: Identity
    clock: Clock
    randomness: Randomness
    tries: Changes = field(default_factory=Changes)


def code_from(random: bytes) -> str:
    """Write a code such as `KMRT WPXH BDFL` from 16 random bytes."""
    number, letters = int.from_bytes(random), ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return " ".join(letters[start : start + 4] for start in range(0, LENGTH, 4))


async def print_card(deps: StopDeps, official: Official) -> str:
    """Draw a new code, which replaces the last one, and return it; only its hash is stored.

    Raises:
        Unavailable, OutcomeUnknown: As the append of the private log's record of it.
    """
    code = code_from(deps.randomness.bytes(_RANDOM_BYTES))
    # One salt for all cards of a mail address: a try hashes once, however many share the address.
    beside = await deps.cards.of_mail(official.email.lower())
    salt = beside[0].salt if beside else deps.randomness.bytes(16)
    digest = await asyncio.to_thread(_hashed, plain_code(code), salt)
    await deps.cards.put(StopCard(official.id, salt, digest, deps.clock.now()))

    try:
        await record_act(
            deps.appender, deps.identity, deps.clock, "stop-card-printed", person=official.person
        )
    except RuleBroken as error:
        if error.code != "entry-duplicate":  # twice in a second: one entry says it of both
            raise
    return code


async def try_code(
    deps: StopDeps, mail: str, code: str, client: str, since: datetime | None = None
) -> StopTry:
    """Count and store a try of a code. What follows from a right one is `StopKeeper`'s.

    A code that no card can have is refused by its form alone and is no try: that tells nothing of
    the codes that there are.

    Args:
        deps: The dependencies.
        mail: Mail address as typed.
        code: Code as typed.
        client: IP address of the client, which it can't choose.
        since: From when on others may have the keys.

    Raises:
        Malformed: `stop-code` for anything but twelve letters of cards.
        Unavailable: `stop-limit`. The code is then not even compared.
    """
    letters = plain_code(code)
    if len(letters) != LENGTH or not set(letters) <= set(LETTERS):
        raise Malformed("stop-code", "No stop card has such a code.", letters=LENGTH)
    # The database takes no NUL, and no mail address has one.
    address = mail.strip().lower().replace("\0", "")
    counted = await deps.cards.count(
        sha256(address.encode()).digest(), _one(client), deps.clock.now(), LIMITS
    )
    if counted is None:
        raise Unavailable("stop-limit", "Too many tries.", limit=LIMITS[0], seconds=3600)
    cards = await deps.cards.of_mail(address) or [_NOBODY]
    official = None
    for salt in dict.fromkeys(card.salt for card in cards):  # more than one after a change of mail
        digest = await asyncio.to_thread(_hashed, letters, salt)
        for card in cards:
            if card.salt == salt and hmac.compare_digest(digest, card.digest):
                official = card.official
    await deps.cards.settle(counted.id, official, since)
    deps.tries.notify()  # wakes `StopKeeper` after a wrong code as well: both take the same time
    return counted


def _one(client: str) -> str:
    """Return the name of a client: an IPv4 address, or a network of IPv6."""
    try:
        address = ip_address(client)
    except ValueError:
        return client  # a socket without an address
    if address.version == 4:  # noqa: PLR2004 - of the protocol
        return client
    return str(ip_network((int(address), _PREFIX), strict=False))


def _hashed(code: str, salt: bytes) -> bytes:
    # Slow on purpose, as for passwords: 52 bits are few for somebody who has the database.
    return scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


class StopKeeper:
    """Stops the keys of whoever gave the code of an own card. Runs in every web process."""

    def __init__(
        self,
        deps: StopDeps,
        alarms: Alarms,
        every: float = STEP_SECONDS,
    ) -> None:
        """Keep what it needs; without a try it looks each `every` seconds."""
        self._deps = deps
        self._alarms = alarms
        self._every = every

    async def run(self) -> NoReturn:
        """Run steps until cancelled, after each try here and every few seconds."""
        tries = self._deps.tries
        while True:
            version = tries.version
            try:
                await self.step()
            except ChannelError as error:
                log.warning("stops.delayed", problem=error.code)
            except Exception:
                log.exception("stops.failed")
            await tries.after(version, self._every)

    async def step(self) -> None:
        """Carry out right codes; sound or end the alarm about wrong ones.

        Raises:
            Unavailable, OutcomeUnknown: As the append; the code is carried out later.
        """
        deps = self._deps
        for stop in await deps.cards.pending():
            # Sessions end also while the log can't be signed and the key is still in use.
            await end_sessions_of(deps.door, stop.person)
            await self._stop(stop)
            await end_sessions_of(deps.door, stop.person)
        guessed = await deps.cards.exhausted(deps.clock.now(), LIMITS)
        if guessed:
            self._alarms.sound(GUESSED, count=guessed)
        else:
            self._alarms.quiet(GUESSED)

    async def _stop(self, stop: PendingStop) -> None:
        deps, since = self._deps, stop.since
        party = deps.identity.party
        first = None
        if since is not None:
            first = await deps.cards.first_since(party, timestamp(since))

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            now = deps.clock.now()
            if not await deps.cards.done(transaction, stop, now):
                return None  # another process was first
            return _act(NodeEntrySigner(deps.identity, heads, timestamp(now)), stop, first)

        try:
            await deps.appender.act(decide)
        except Refused as error:
            # The person has left, say: nothing can sign with these keys any more.
            log.warning("stop.refused", problem=error.code)
            await self._close(stop)
        else:
            log.info("stop.done")

    async def _close(self, stop: PendingStop) -> None:
        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            await self._deps.cards.done(transaction, stop, self._deps.clock.now())
            return Act()

        await self._deps.appender.act(decide)


def _act(signer: NodeEntrySigner, stop: PendingStop, first: int | None) -> Act:
    """Suspend the person in the shared log; record the card, which stays home, in the private."""
    body: dict[str, Value] = {"person": stop.person, "reason": "stated-at-home"}
    if first is not None:
        body["since"] = first
    suspended = signer.shared("key.suspended", body)
    facts = {"person": stop.person, "of": suspended.incoming.id, "reason": "reported"}
    private = recorded(signer, "stop-card-used", **facts)
    return Act(shared=(suspended,), private=(private,), may_follow=True)
