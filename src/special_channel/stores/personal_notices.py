"""Personal notices: events told to people, and the letters that tell them: `work.notices`.

Does not decide whom an event concerns, or when: `escalation/event_recipients.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

import asyncpg

from special_channel.core.bytes.ids import Party, PersonId, ThreadId
from special_channel.core.rules.notifying import Event, Medium
from special_channel.ports import LogName, Stored
from special_channel.stores import notice_sql
from special_channel.stores.record import queries
from special_channel.stores.sessions import Connection
from special_channel.stores.store import Store

PAGE: Final = 200
"""Entries looked at in one step."""

SHARED: Final = (
    *("note.posted", "note.corrected", "note.translated", "note.withdrawn", "note.acknowledged"),
    *("thread.closed", "thread.reopened", "date.proposed", "deadline.moved", "deadline.passed"),
    *("referral.sent", "licence.issued", "licence.drawn"),
)
"""Kinds of the shared logs that are events."""

PRIVATE: Final = ("thread.assigned", "draft.returned", "quarantine.asked", "quarantine.agreed")
"""Kinds of the private log that are events."""

SINGLY: Final = 3
"""Notices told in letters of their own before further ones of the same time come together."""

WINDOW: Final = timedelta(minutes=15)
"""Time in which a person gets at most `SINGLY` letters on a channel, and one with the rest."""

HANDED_OUT: Final = 3
"""Notices that a browser shows at a time; the others are on the page."""

LISTED: Final = 100
"""Most notices of a letter."""

LetterState = Literal["sent", "superseded", "refused", "undeliverable"]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice of one event to one person on one medium.

    Attributes:
        id: From `notice_id`.
        kind: The event.
        about: Id of the entry, draft or request; of a date that comes, `record.asks.key` of the
            question.
        thread: Its thread, or empty.
        person: Pseudonym of the person told.
        medium: Page, browser, mail or chat.
        channel: Name of the channel; empty for the page.
        recipient: Mail address, or the channel's name for a group; empty for the page.
        document: Numbers and dates, as JSON.
        at: Time of the notice.
        listed: Whether it waits for a digest.
        next_at: Earliest time of sending.
        letter: Id of the letter that tells it, once the letter is fixed.
        fixed: Time at which the letter was fixed.
        attempts: Number of attempts, including a current one.
        corrected: What the letter says of the other side's corrections, as JSON; empty before its
            first attempt.
    """

    id: str
    kind: Event
    about: str
    thread: ThreadId
    person: PersonId
    medium: Medium
    channel: str
    recipient: str
    document: str
    at: datetime
    listed: bool
    next_at: datetime
    letter: str = ""
    fixed: datetime | None = None
    attempts: int = 0
    corrected: str = ""


_FIELDS: Final = tuple(each.name for each in fields(NoticeRow))
_COLUMNS: Final = ", ".join(_FIELDS)

_CLAIM: Final = f"""
UPDATE work.notices SET lease = $2, attempts = attempts + 1
WHERE state = 'waiting' AND (lease IS NULL OR lease <= $1) AND letter IN (
    SELECT letter FROM work.notices WHERE state = 'waiting' AND letter <> '' AND next_at <= $1
        AND (lease IS NULL OR lease <= $1)
    GROUP BY letter ORDER BY min(next_at), letter LIMIT $3)
RETURNING {_COLUMNS}
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class HandledThread:
    """A thread's number, and the persons of our side who hold it, opened it or wrote in it."""

    party: Party
    index: int
    persons: frozenset[PersonId]


def notice_id(event: str, medium: Medium, told: str) -> str:
    """Return a notice's id: the same event is told once.

    `told`: pseudonym of the person, or the name of a group's channel.
    """
    facts = f"special-channel/notice/v1\n{event}\n{medium}\n{told}"
    return sha256(facts.encode()).hexdigest()


Watched = LogName | Literal["dates"]
"""What is looked at for events: a log, by index; or the dates of questions, by POSIX time."""


class PersonalNotices(Store):
    """Queries of notices, and of the entries that they are about."""

    async def next(self, log: Watched) -> int | None:
        """Return the first index or second that was not looked at; None before the first look."""
        number: int | None = await self._pool.fetchval(
            "SELECT next FROM work.notice_seen WHERE log = $1", log
        )
        return number

    async def size(self, log: LogName) -> int:
        """Return the size of a log."""
        return await self._count(
            f"SELECT size FROM {queries.relation(log, 'heads')} WHERE log = $1",  # noqa: S608
            log,
        )

    async def entries(self, log: LogName, first: int, size: int) -> Sequence[Stored]:
        """Return valid entries of threads and drafts from `first` below `size`, at most `PAGE`."""
        kinds = PRIVATE if log == "private" else SHARED
        rows = await self._pool.fetch(
            f"SELECT {queries.entry_columns(log)} FROM {queries.relation(log, 'entries')} AS e"  # noqa: S608
            " WHERE e.log = $1 AND e.idx >= $2 AND e.idx < $3 AND e.kind = ANY ($4::text[])"
            " AND e.code = '' ORDER BY e.idx LIMIT $5",
            *(log, first, size, list(kinds), PAGE),
        )
        return [queries.stored(row) for row in rows]

    async def handled(
        self, threads: Sequence[ThreadId], party: Party
    ) -> Mapping[ThreadId, HandledThread]:
        """Look up threads with the persons of our side `party` who handle them."""
        rows = await self._pool.fetch(notice_sql.HANDLERS, list(threads), party)
        return {
            row["thread"]: HandledThread(row["party"], row["idx"], frozenset(row["persons"]))
            for row in rows
        }

    async def add(
        self, log: Watched, before: int | None, after: int, notices: Sequence[NoticeRow]
    ) -> bool:
        """Store the notices about a log's next entries or the next dates, each once.

        Returns False, and stores nothing, if another process looked at them first.
        """
        async with self._pool.transaction() as connection:
            if before is None:
                moved = await connection.fetchval(
                    "INSERT INTO work.notice_seen (log, next) VALUES ($1, $2)"
                    " ON CONFLICT DO NOTHING RETURNING true",
                    *(log, after),
                )
            else:
                moved = await connection.fetchval(
                    "UPDATE work.notice_seen SET next = $3 WHERE log = $1 AND next = $2"
                    " RETURNING true",
                    *(log, before, after),
                )
            if moved:
                await add_notices(connection, notices)
        return bool(moved)

    async def supersede(self, now: datetime) -> None:
        """Close notices about what no longer waits: drafts, questions, requests, dates."""
        await self._pool.execute(notice_sql.SUPERSEDE, now)

    async def fix_letters(self, now: datetime, limit: int) -> None:
        """Decide which ready notices come in which letter, for up to `limit` recipients.

        A letter never changes afterwards, so that each attempt sends the same bytes.
        """
        for way in await self._pool.fetch(notice_sql.WAYS, now, limit):
            async with self._pool.transaction() as connection:
                await _fix(connection, way["recipient"], way["channel"], now)

    async def claim(
        self, now: datetime, lease: datetime, limit: int
    ) -> Mapping[str, Sequence[NoticeRow]]:
        """Lease up to `limit` letters; return their notices, in order, by letter."""
        letters: dict[str, list[NoticeRow]] = {}
        for notice in await self._objects(NoticeRow, _CLAIM, now, lease, limit):
            letters.setdefault(notice.letter, []).append(notice)
        return {
            letter: sorted(notices, key=lambda each: (each.at, each.id))
            for letter, notices in letters.items()
        }

    async def close(self, letter: str, state: LetterState, at: datetime, error: str = "") -> None:
        """Close the notices of a letter."""
        await self._pool.execute(
            "UPDATE work.notices SET state = $2, closed = $3, error = $4, lease = NULL"
            " WHERE letter = $1 AND state = 'waiting'",
            *(letter, state, at, error),
        )

    async def keep_corrected(self, letter: str, corrected: str) -> None:
        """Keep what a letter says of corrections: each attempt says the same."""
        await self._pool.execute(
            "UPDATE work.notices SET corrected = $2 WHERE letter = $1 AND state = 'waiting'",
            *(letter, corrected),
        )

    async def retry(self, letter: str, at: datetime, error: str) -> None:
        """Schedule a retry of a letter."""
        await self._pool.execute(
            "UPDATE work.notices SET next_at = $2, error = $3, lease = NULL"
            " WHERE letter = $1 AND state = 'waiting'",
            *(letter, at, error),
        )

    async def forget(self, before: datetime) -> None:
        """Delete closed notices of before a time, except of dates of open questions."""
        await self._pool.execute(
            "DELETE FROM work.notices AS n WHERE at < $1 AND state <> 'waiting' AND NOT EXISTS"
            " (SELECT FROM record.asks AS a"
            " WHERE n.kind = 'coming' AND a.key = n.about AND a.open)",
            before,
        )

    async def new(self, person: PersonId, limit: int) -> Sequence[NoticeRow]:
        """Return what is new for a person on the page, the latest first."""
        return await self._objects(
            NoticeRow,
            f"SELECT {_COLUMNS} FROM work.notices WHERE person = $1 AND state = 'new'"  # noqa: S608
            " ORDER BY at DESC, id LIMIT $2",
            *(person, limit),
        )

    async def hand_out(self, person: PersonId, now: datetime) -> Sequence[NoticeRow]:
        """Return a person's notices for the browser, each to one window alone, the latest first.

        Of more than `HANDED_OUT` the others are closed.
        """
        rows = await self._objects(
            NoticeRow,
            "UPDATE work.notices SET state = 'sent', closed = $2 WHERE person = $1"  # noqa: S608
            " AND medium = 'browser' AND state = 'waiting' AND next_at <= $2"
            f" RETURNING {_COLUMNS}",
            *(person, now),
        )
        return sorted(rows, key=lambda each: (each.at, each.id), reverse=True)[:HANDED_OUT]

    async def counts(self) -> Mapping[PersonId, int]:
        """Count what is new, by person; persons without news are omitted."""
        rows = await self._pool.fetch(
            "SELECT person, count(*) AS count FROM work.notices WHERE state = 'new' GROUP BY person"
        )
        return {row["person"]: row["count"] for row in rows}

    async def see(
        self, person: PersonId, now: datetime, *, id_: str = "", about: Sequence[str] = ()
    ) -> int:
        """Mark news of a person as seen: one notice, those about threads or drafts, or all.

        Returns how many were new.
        """
        return await self._count(
            "WITH seen AS (UPDATE work.notices SET state = 'seen', closed = $2 WHERE person = $1"
            " AND (state = 'new' OR medium = 'browser' AND state = 'waiting')"
            " AND ($3 = '' OR id = $3)"
            " AND ($4::text[] = '{}' OR thread = ANY ($4) OR about = ANY ($4)) RETURNING 1)"
            " SELECT count(*) FROM seen",
            *(person, now, id_, list(about)),
        )


async def add_notices(connection: Connection, notices: Sequence[NoticeRow]) -> None:
    """Store notices, each once."""
    columns = [[getattr(each, name) for each in notices] for name in _FIELDS]
    types = ", ".join(f"${place}::{_TYPES.get(name, 'text')}[]" for place, name in _PLACED)
    await connection.execute(
        f"INSERT INTO work.notices ({_COLUMNS}, state) SELECT n.*,"  # noqa: S608 - constants
        " CASE WHEN n.medium = 'page' THEN 'new' ELSE 'waiting' END"
        f" FROM unnest({types}) AS n ({_COLUMNS}) ORDER BY n.id ON CONFLICT (id) DO NOTHING",
        *columns,
    )


_TYPES: Final = {
    "at": "timestamptz",
    "next_at": "timestamptz",
    "fixed": "timestamptz",
    "listed": "boolean",
    "attempts": "integer",
}
_PLACED: Final = tuple(enumerate(_FIELDS, 1))


async def _fix(connection: Connection, recipient: str, channel: str, now: datetime) -> None:
    rows: list[asyncpg.Record] = await connection.fetch(
        notice_sql.READY, recipient, channel, now, LISTED
    )
    # A morning mail is a table of its own: in a list of several it would be one line.
    alone = [row["id"] for row in rows if row["kind"] == "unit"]
    await _write(connection, [(id_, id_) for id_ in alone], now)
    rows = [row for row in rows if row["kind"] != "unit"]
    if not rows:
        return
    ids = [row["id"] for row in rows]
    recent = await connection.fetchrow(notice_sql.RECENT, recipient, channel, now - WINDOW)
    sent = recent["letters"] if recent else 0
    if recipient != channel and not any(row["listed"] for row in rows):
        if sent + len(ids) <= SINGLY:
            await _write(connection, [(id_, id_) for id_ in ids], now)
            return
        if sent >= SINGLY:
            await connection.execute(
                "UPDATE work.notices SET next_at = $2 WHERE id = ANY ($1::text[])",
                *(ids, recent["first"] + WINDOW if recent else now),
            )
            return
    facts = "\n".join(["special-channel/notices/v1", recipient, channel, *sorted(ids)])
    letter = ids[0] if len(ids) == 1 else sha256(facts.encode()).hexdigest()
    await _write(connection, [(id_, letter) for id_ in ids], now)


async def _write(connection: Connection, letters: Sequence[tuple[str, str]], now: datetime) -> None:
    await connection.execute(
        "UPDATE work.notices AS n SET letter = l.letter, fixed = $3, next_at = $3"
        " FROM unnest($1::text[], $2::text[]) AS l (id, letter) WHERE n.id = l.id",
        *([id_ for id_, _ in letters], [letter for _, letter in letters], now),
    )
