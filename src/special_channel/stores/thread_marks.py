"""Private marks of threads by person: labels, reminders, threads put away from the inbox.

PostgreSQL, schema `desk`. Never sent to the other side. Changes no due time, no alert and no read
mark (`stores/reads.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.stores.personal_notices import NoticeRow, add_notices
from special_channel.stores.reads import NEWER, NEWEST, OWN_KEYS, ReadMark
from special_channel.stores.store import Store

DUE_AT_ONCE: Final = 200
"""Reminders told in one step."""


@dataclass(frozen=True, slots=True)
class ThreadMark:
    """A person's marks of a thread.

    Attributes:
        away: Whether the person put the thread away, and nobody else has written since.
        day: Day of a reminder in our capital; None without a reminder.
        labels: The person's labels, in alphabetical order.
    """

    away: bool = False
    day: date | None = None
    labels: tuple[str, ...] = ()


UNMARKED: Final = ThreadMark()


@dataclass(frozen=True, slots=True)
class LabelCount:
    """A label of a person, with the number of threads that have it."""

    label: str
    threads: int


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder of a person about a thread, by day."""

    person: PersonId
    thread: ThreadId
    day: date


# The newest entry of each log decides, as for news: within one log the order rises with the index.
_MARKS: Final = f"""
SELECT thread, coalesce(m.away AND NOT (
    coalesce((SELECT {NEWER.format(e="x")} FROM ({NEWEST.format(where=" AND x.log = 'eu'")}) AS x),
        false)
    OR coalesce((SELECT {NEWER.format(e="x")}
        FROM ({NEWEST.format(where=" AND x.log = 'cn'")}) AS x), false)
    ), false) AS away, m.day, coalesce(l.labels, '{{}}') AS labels
FROM ({OWN_KEYS.format(reader="$1")}) AS own
CROSS JOIN (
    SELECT thread FROM desk.thread_marks WHERE person = $1
    UNION SELECT thread FROM desk.thread_labels WHERE person = $1) AS w
LEFT JOIN (SELECT thread, away, eu, cn, day FROM desk.thread_marks WHERE person = $1) AS m
    USING (thread)
LEFT JOIN (SELECT thread, array_agg(label ORDER BY label) AS labels FROM desk.thread_labels
    WHERE person = $1 GROUP BY thread) AS l USING (thread)
CROSS JOIN LATERAL (SELECT m.eu, m.cn) AS r
WHERE $2::text[] IS NULL OR thread = ANY ($2)
"""  # noqa: S608 - constants

_PUT: Final = """
INSERT INTO desk.thread_marks AS m (person, thread, away, eu, cn, day)
SELECT $1::text, thread, true, $3::bigint, $4::bigint, $5::date FROM unnest($2::text[]) AS thread
ON CONFLICT (person, thread) DO UPDATE
SET away = true, eu = excluded.eu, cn = excluded.cn,
"""


class ThreadMarks(Store):
    """Marks by person and thread."""

    async def of(
        self, person: PersonId, threads: Sequence[ThreadId] | None = None
    ) -> Mapping[ThreadId, ThreadMark]:
        """Look up a person's marks of some threads, or of all; unmarked threads are omitted."""
        asked = None if threads is None else list(threads)
        rows = await self._pool.fetch(_MARKS, person, asked)
        return {
            row["thread"]: ThreadMark(row["away"], row["day"], tuple(row["labels"])) for row in rows
        }

    async def reminding(self, person: PersonId, today: date, limit: int) -> Sequence[ThreadId]:
        """Return the threads of which a person is reminded today or was before."""
        rows = await self._pool.fetch(
            "SELECT thread FROM desk.thread_marks WHERE person = $1 AND day <= $2"
            " ORDER BY day, thread LIMIT $3",
            *(person, today, limit),
        )
        return [row["thread"] for row in rows]

    async def labels(self, person: PersonId) -> Sequence[LabelCount]:
        """Return a person's labels, each with its number of threads."""
        return await self._objects(
            LabelCount,
            "SELECT label, count(*) AS threads FROM desk.thread_labels WHERE person = $1"
            " GROUP BY label ORDER BY label",
            person,
        )

    async def labelled(self, person: PersonId, label: str) -> Sequence[ThreadId]:
        """Return the threads with a label of a person."""
        rows = await self._pool.fetch(
            "SELECT thread FROM desk.thread_labels WHERE person = $1 AND label = $2"
            " ORDER BY thread",
            *(person, label),
        )
        return [row["thread"] for row in rows]

    async def put_away(
        self, person: PersonId, threads: Sequence[ThreadId], shown: ReadMark, today: date
    ) -> None:
        """Put threads away until something new arrives; reminders of a later day stay.

        `shown`: what the person was shown; an entry beyond is new.
        """
        await self._pool.execute(
            f"{_PUT} day = CASE WHEN m.day > $6::date THEN m.day END",
            *(person, list(threads), shown.eu, shown.cn, None, today),
        )

    async def take_back(self, person: PersonId, threads: Sequence[ThreadId]) -> None:
        """Take threads back into the inbox; reminders stay."""
        await self._pool.execute(
            "UPDATE desk.thread_marks SET away = false"
            " WHERE person = $1 AND thread = ANY ($2::text[])",
            *(person, list(threads)),
        )

    async def remind(
        self, person: PersonId, threads: Sequence[ThreadId], shown: ReadMark, day: date | None
    ) -> None:
        """Put threads away and remind the person on a day; None: remove the reminders.

        `shown`: what the person was shown; an entry beyond is new.
        """
        if day is None:
            await self._pool.execute(
                "UPDATE desk.thread_marks SET day = NULL, told = false"
                " WHERE person = $1 AND thread = ANY ($2::text[])",
                *(person, list(threads)),
            )
            return
        await self._pool.execute(
            f"{_PUT} day = excluded.day, told = false",
            *(person, list(threads), shown.eu, shown.cn, day),
        )

    async def add_label(self, person: PersonId, threads: Sequence[ThreadId], label: str) -> None:
        """Add a label to threads; a thread that has the label keeps it."""
        await self._pool.execute(
            "INSERT INTO desk.thread_labels (person, thread, label)"
            " SELECT $1::text, thread, $3::text FROM unnest($2::text[]) AS thread"
            " ON CONFLICT DO NOTHING",
            *(person, list(threads), label),
        )

    async def remove_label(self, person: PersonId, threads: Sequence[ThreadId], label: str) -> None:
        """Remove a label from threads."""
        await self._pool.execute(
            "DELETE FROM desk.thread_labels"
            " WHERE person = $1 AND thread = ANY ($2::text[]) AND label = $3",
            *(person, list(threads), label),
        )

    async def due(self, today: date) -> Sequence[Reminder]:
        """Return reminders of today and before that nobody was told of yet."""
        return await self._objects(
            Reminder,
            "SELECT person, thread, day FROM desk.thread_marks WHERE day <= $1 AND NOT told"
            " ORDER BY day, person, thread LIMIT $2",
            *(today, DUE_AT_ONCE),
        )

    async def tell(self, reminders: Sequence[Reminder], notices: Sequence[NoticeRow]) -> None:
        """Store the notices of reminders, and that they were told, in one transaction."""
        async with self._pool.transaction() as connection:
            await connection.execute(
                "UPDATE desk.thread_marks AS m SET told = true"
                " FROM unnest($1::text[], $2::text[], $3::date[]) AS r (person, thread, day)"
                " WHERE (m.person, m.thread, m.day) = (r.person, r.thread, r.day)",
                [each.person for each in reminders],
                [each.thread for each in reminders],
                [each.day for each in reminders],
            )
            await add_notices(connection, notices)
