"""Stop cards and tries of their codes in PostgreSQL, schema `desk`.

Stores hashes alone: `desk/stop_cards.py` hashes and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.bytes.ids import Party, PersonId
from special_channel.ports import Transaction
from special_channel.stores.store import Store

HOUR: Final = timedelta(hours=1)
"""Tries are counted within this time."""

KEPT: Final = timedelta(days=90)
"""How long a try is kept."""

_TURNS: Final = 0x5C_57_0B
"""Advisory lock of tries, an arbitrary number: two at once can't both be the last one allowed."""


@dataclass(frozen=True, slots=True)
class StopCard:
    """A printed card by the hash of its code; `spent` once it was used."""

    official: int
    salt: bytes
    digest: bytes
    printed: datetime
    spent: datetime | None = None


@dataclass(frozen=True, slots=True)
class StopTry:
    """A counted try: how many more its client has for the mail address within the hour."""

    id: int
    left: int


@dataclass(frozen=True, slots=True)
class PendingStop:
    """A right code, whose owner's keys are to be stopped.

    `since`: from when on others may have the keys; None if the owner said nothing of the past.
    """

    id: int
    official: int
    person: PersonId
    since: datetime | None


class StopCards(Store):
    """Stop cards by official, and tries of codes."""

    async def put(self, card: StopCard) -> None:
        """Store a card in place of the official's last one."""
        await self._pool.execute(
            "INSERT INTO desk.stop_cards (official, salt, digest, printed) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (official) DO UPDATE SET salt = excluded.salt,"
            " digest = excluded.digest, printed = excluded.printed, spent = NULL",
            *(card.official, card.salt, card.digest, card.printed),
        )

    async def of_official(self, official: int) -> StopCard | None:
        """Return an official's card, spent or not."""
        return await self._object(
            StopCard, "SELECT * FROM desk.stop_cards WHERE official = $1", official
        )

    async def of_mail(self, mail: str) -> list[StopCard]:
        """Return the unspent cards of all officials with a mail address in lower case.

        A desk may have one address for all, and who left and came back is two officials.
        """
        return await self._objects(
            StopCard,
            "SELECT c.* FROM desk.stop_cards AS c JOIN desk.officials AS o ON o.id = c.official"
            " WHERE lower(o.email) = $1 AND c.spent IS NULL ORDER BY c.official",
            mail,
        )

    async def count(
        self, mail: bytes, client: str, now: datetime, limits: tuple[int, int]
    ) -> StopTry | None:
        """Count a try; None if the client has none left in the hour, in all or for the address.

        Args:
            mail: SHA-256 of the mail address.
            client: The client's address.
            now: The time.
            limits: Tries an hour of a client for a mail address, and of a client in all.
        """
        async with self._pool.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _TURNS)
            await connection.execute(
                "DELETE FROM desk.stop_tries WHERE at <= $1"
                " AND (official IS NULL OR done IS NOT NULL)",
                now - KEPT,
            )
            left = await connection.fetchval(
                "SELECT least($4 - count(*) FILTER (WHERE mail = $1), $5 - count(*))"
                " FROM desk.stop_tries WHERE at > $3 AND client = $2",
                *(mail, client, now - HOUR, *limits),
            )
            if left <= 0:
                return None
            number = await connection.fetchval(
                "INSERT INTO desk.stop_tries (at, mail, client) VALUES ($1, $2, $3) RETURNING id",
                *(now, mail, client),
            )
        return StopTry(number, left - 1)

    async def settle(self, number: int, official: int | None, since: datetime | None) -> None:
        """Store whose card it was, with the same statement whether somebody's or nobody's."""
        await self._pool.execute(
            "UPDATE desk.stop_tries SET official = $2, since = $3 WHERE id = $1",
            *(number, official, since),
        )

    async def exhausted(self, now: datetime, limits: tuple[int, int]) -> int:
        """Count mail addresses with as many tries, by all clients, as one client has, and clients.

        Only those without any right try.
        """
        return await self._count(
            "SELECT (SELECT count(*) FROM (SELECT FROM desk.stop_tries WHERE at > $1"
            " GROUP BY mail HAVING count(*) >= $2 AND count(official) = 0) AS m)"
            " + (SELECT count(*) FROM (SELECT FROM desk.stop_tries WHERE at > $1"
            " GROUP BY client HAVING count(*) >= $3 AND count(official) = 0) AS c)",
            *(now - HOUR, *limits),
        )

    async def pending(self) -> Sequence[PendingStop]:
        """Return the right codes whose keys are not stopped yet, oldest first."""
        return await self._objects(
            PendingStop,
            "SELECT t.id, t.official, o.person, t.since FROM desk.stop_tries AS t"
            " JOIN desk.officials AS o ON o.id = t.official"
            " WHERE t.official IS NOT NULL AND t.done IS NULL ORDER BY t.id",
        )

    async def first_since(self, party: Party, since: str) -> int:
        """Return the index of a side's first entry accepted at a time or later; its size if none.

        Reads backwards from the end: what is asked about is hours old.
        """
        return await self._count(
            "SELECT coalesce((SELECT idx + 1 FROM record.entries WHERE log = $1 AND accepted < $2"
            " ORDER BY idx DESC LIMIT 1), 0)",
            *(party, since),
        )

    async def done(self, transaction: Transaction, stop: PendingStop, now: datetime) -> bool:
        """Spend the card and close the try; return False if another process was first."""
        rows = await transaction.execute(
            "UPDATE desk.stop_tries SET done = $2 WHERE id = $1 AND done IS NULL RETURNING id",
            *(stop.id, now),
        )
        await transaction.execute(
            "UPDATE desk.stop_cards SET spent = $2 WHERE official = $1 AND spent IS NULL",
            *(stop.official, now),
        )
        return bool(rows)
