"""Acts on people that were seen, told, or are an alarm: `work.people_…`.

Does not decide what is told or an alarm: `escalation/people_notices.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.core.bytes.ids import EntryId, Party, PersonId
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.ports import Stored, Transaction
from special_channel.stores import view_statements as statements
from special_channel.stores.record import queries
from special_channel.stores.store import Store

PAGE = 200
"""Entries looked at in one step."""


@dataclass(frozen=True, slots=True)
class SeenAct:
    """An act on people of our own log, and the line about it as JSON."""

    idx: int
    line: str
    person: str
    counted: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class PeopleAlarm:
    """An alarm about an act on people.

    `author` is the pseudonym of who signed it first; empty for machines, the root, and acts of the
    other side. `entry`: id of the entry that it is about; empty before it is stored.
    """

    id: int
    code: str
    log: Party
    idx: int
    author: PersonId
    at: datetime
    entry: EntryId = ""


class PeopleActs(Store):
    """Queries of acts on people; writes run in the caller's transaction."""

    async def next(self, party: Party) -> int | None:
        """Return the first index that was not looked at; None before the first look."""
        number: int | None = await self._pool.fetchval(
            "SELECT next FROM work.people_seen WHERE log = $1", party
        )
        return number

    async def entries(self, party: Party, first: int) -> Sequence[Stored]:
        """Return valid directory entries from an index on, in order; at most `PAGE`."""
        rows = await self._pool.fetch(
            statements.ENTRY + " FROM record.entries AS e WHERE e.log = $1 AND e.idx >= $2"
            " AND e.kind = ANY ($3::text[]) AND e.code = '' ORDER BY e.idx LIMIT $4",
            *(party, first, sorted(DIRECTORY_KINDS), PAGE),
        )
        return [queries.stored(row) for row in rows]

    async def move(
        self, transaction: Transaction, party: Party, before: int | None, after: int
    ) -> bool:
        """Move the first index not looked at; False if another process was first."""
        if before is None:
            moved = await transaction.execute(
                "INSERT INTO work.people_seen (log, next) VALUES ($1, $2)"
                " ON CONFLICT DO NOTHING RETURNING log",
                *(party, after),
            )
        else:
            moved = await transaction.execute(
                "UPDATE work.people_seen SET next = $3 WHERE log = $1 AND next = $2 RETURNING log",
                *(party, before, after),
            )
        return bool(moved)

    async def keep(self, transaction: Transaction, acts: Sequence[SeenAct]) -> None:
        """Store acts that were seen."""
        for act in acts:
            await transaction.execute(
                "INSERT INTO work.people_acts (idx, line, person, counted, at)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                *(act.idx, act.line, act.person, act.counted, act.at),
            )

    async def untold(self) -> Sequence[SeenAct]:
        """Return acts that were not told yet, in order."""
        return await self._objects(
            SeenAct,
            "SELECT idx, line, person, counted, at FROM work.people_acts WHERE told IS NULL"
            " ORDER BY idx",
        )

    async def told_since(self, since: datetime) -> int:
        """Count the acts told after a time."""
        return await self._count("SELECT count(*) FROM work.people_acts WHERE told > $1", since)

    async def tell(self, transaction: Transaction, acts: Sequence[int], now: datetime) -> bool:
        """Mark acts as told; False if another process was first."""
        rows = await transaction.execute(
            "UPDATE work.people_acts SET told = $2 WHERE idx = ANY ($1::bigint[]) AND told IS NULL"
            " RETURNING idx",
            *(list(acts), now),
        )
        return len(rows) == len(acts)

    async def persons_since(self, since: datetime) -> int:
        """Count the persons stopped or empowered after a time."""
        return await self._count(
            "SELECT count(DISTINCT person) FROM work.people_acts WHERE counted AND at > $1", since
        )

    async def last_counted(self, since: datetime) -> SeenAct | None:
        """Return the last act after a time that stopped or empowered a person."""
        return await self._object(
            SeenAct,
            "SELECT idx, line, person, counted, at FROM work.people_acts WHERE counted AND at > $1"
            " ORDER BY idx DESC LIMIT 1",
            since,
        )

    async def was_sounded(self, code: str, since: datetime) -> bool:
        """Return whether an alarm of a code is about an act after a time, taken or not."""
        return bool(
            await self._count(
                "SELECT count(*) FROM work.people_alarms WHERE code = $1 AND at > $2",
                *(code, since),
            )
        )

    async def sound(self, transaction: Transaction, alarm: PeopleAlarm) -> None:
        """Store an alarm once; `alarm.id` is ignored."""
        await transaction.execute(
            "INSERT INTO work.people_alarms (code, log, idx, author, at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            *(alarm.code, alarm.log, alarm.idx, alarm.author, alarm.at),
        )

    async def open(self) -> Sequence[PeopleAlarm]:
        """Return the alarms that nobody has taken, oldest first."""
        return await self._objects(
            PeopleAlarm,
            "SELECT a.id, a.code, a.log, a.idx, a.author, a.at, coalesce(e.id, '') AS entry"
            " FROM work.people_alarms AS a LEFT JOIN record.entries AS e USING (log, idx)"
            " WHERE a.taken IS NULL ORDER BY a.id",
        )

    async def take(self, number: int, person: PersonId, now: datetime) -> bool:
        """Record who takes an open alarm; False if it is none."""
        row = await self._pool.fetchval(
            "UPDATE work.people_alarms SET taken = $3, taken_by = $2"
            " WHERE id = $1 AND taken IS NULL RETURNING id",
            *(number, person, now),
        )
        return row is not None
