"""Choices of notices by our side's people, and threads watched or muted.

PostgreSQL, schema `desk`. Never sent to the other side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg
import orjson

from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.core.rules.notifying import Following, NoticeChoice, NoticeException
from special_channel.stores.store import Store

_CHOICE: Final = (
    "SELECT person, preset, digest_at, line_stops, exceptions, share, browser"
    " FROM desk.notice_choices"
)


class NoticeChoices(Store):
    """Choices by person."""

    async def all(self) -> Mapping[PersonId, NoticeChoice]:
        """Return all choices."""
        rows = await self._pool.fetch(_CHOICE)
        return {row["person"]: _choice(row) for row in rows}

    async def of(self, person: PersonId) -> NoticeChoice:
        """Return a person's choice, or the default."""
        row = await self._pool.fetchrow(f"{_CHOICE} WHERE person = $1", person)
        return _choice(row) if row else NoticeChoice()

    async def choose(self, person: PersonId, choice: NoticeChoice) -> None:
        """Store a person's choice in place of the last one."""
        exceptions = [[each.event, each.medium, each.on] for each in choice.exceptions]
        await self._pool.execute(
            "INSERT INTO desk.notice_choices"
            " (person, preset, digest_at, line_stops, exceptions, share, browser)"
            " VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7) ON CONFLICT (person) DO UPDATE SET"
            " preset = excluded.preset, digest_at = excluded.digest_at,"
            " line_stops = excluded.line_stops, exceptions = excluded.exceptions,"
            " share = excluded.share, browser = excluded.browser",
            *(person, choice.preset, choice.digest_at, choice.line_stops),
            *(orjson.dumps(exceptions).decode(), choice.share, choice.browser),
        )

    async def follow(self, person: PersonId, thread: ThreadId, how: Following | None) -> None:
        """Watch or mute a thread for a person; None: neither."""
        if how is None:
            await self._pool.execute(
                "DELETE FROM desk.followed WHERE person = $1 AND thread = $2", person, thread
            )
            return
        await self._pool.execute(
            "INSERT INTO desk.followed (person, thread, how) VALUES ($1, $2, $3)"
            " ON CONFLICT (person, thread) DO UPDATE SET how = excluded.how",
            *(person, thread, how),
        )

    async def followed(self, person: PersonId) -> Mapping[ThreadId, Following]:
        """Return a person's watched and muted threads."""
        rows = await self._pool.fetch(
            "SELECT thread, how FROM desk.followed WHERE person = $1 ORDER BY thread", person
        )
        return {row["thread"]: row["how"] for row in rows}

    async def followers(
        self, threads: Sequence[ThreadId]
    ) -> Mapping[tuple[PersonId, ThreadId], Following]:
        """Return the people who watch or mute threads."""
        rows = await self._pool.fetch(
            "SELECT person, thread, how FROM desk.followed WHERE thread = ANY ($1::text[])",
            list(threads),
        )
        return {(row["person"], row["thread"]): row["how"] for row in rows}


def _choice(row: asyncpg.Record) -> NoticeChoice:
    return NoticeChoice(
        preset=row["preset"],
        digest_at=row["digest_at"],
        line_stops=row["line_stops"],
        exceptions=tuple(NoticeException(*each) for each in orjson.loads(row["exceptions"])),
        share=row["share"],
        browser=row["browser"],
    )
