"""Store damage of the record with the damaged bytes: `record.damaged`, `private.damaged`.

Works under the node's role, which can't change the record: only copies damaged rows. Does not
compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from special_channel.ports.damage import CheckState, Damage, KnownDamage, What
from special_channel.stores.rows import ALL_TABLES
from special_channel.stores.store import Store

_ENTRY: Final = "SELECT r FROM {schema}.entries AS r WHERE (log, idx) = ($1, $2)"
_PART: Final = (
    "SELECT r FROM {schema}.parts AS r WHERE (log, idx, ordinal) = ($1, $2, $4::smallint)"
)

_ROW_OF: Final[Mapping[What, str]] = {
    "entry": _ENTRY,
    "leaf": _ENTRY,
    "ordinal": _ENTRY,
    "envelope": _ENTRY,
    "columns": _ENTRY,
    "part": _PART,
    "data": _PART,
    "hash": "SELECT r FROM {schema}.nodes AS r WHERE (log, level, idx) = ($1, 0, $2)",
    "node": (
        "SELECT r FROM {schema}.nodes AS r WHERE (log, level, idx)"
        " = ($1, split_part($4, '/', 1)::smallint, split_part($4, '/', 2)::bigint)"
    ),
    "checkpoint": "SELECT r FROM {schema}.checkpoints AS r WHERE (log, size) = ($1, $4::bigint)",
    "head": "SELECT r FROM {schema}.heads AS r WHERE log = $1",
}
"""Query for the damaged row. Without one for erased parts: their bytes are not copied."""

_KEEP: Final = """
INSERT INTO {schema}.damaged (area, idx, what, place, kept)
SELECT $1::text, $2::bigint, $3::text, $4::text,
    (SELECT convert_to(to_jsonb(found.r)::text, 'UTF8') FROM ({row}) AS found)
ON CONFLICT (area, idx, what, place) WHERE mended IS NULL DO NOTHING
"""

_NOTHING: Final = "SELECT NULL::record.heads AS r"

_KNOWN: Final = """
SELECT area, idx, what, place, found, number FROM record.damaged WHERE mended IS NULL
UNION ALL
SELECT area, idx, what, place, found, number FROM private.damaged WHERE mended IS NULL
ORDER BY area, idx, what, place
"""


class DamageBook(Store):
    """The table of damage. Durable when a call returns."""

    async def keep(self, damage: Damage) -> bool:
        """Store damage with the present bytes; False if the damage is known already."""
        schema = _schema(damage)
        row = _ROW_OF.get(damage.what, _NOTHING).format(schema=schema)
        if damage.what == "row":
            table, _, _ = damage.place.partition(" ")
            known = ALL_TABLES[table]
            key = "substr($4, strpos($4, ' ') + 1)"
            row = f"SELECT r FROM {known.relation} AS r WHERE key = {key}"  # noqa: S608 - a table
        status = await self._pool.execute(
            _KEEP.format(schema=schema, row=row),
            *(damage.area, damage.index, damage.what, damage.place),
        )
        return bool(status.endswith(" 1"))

    async def known(self) -> Sequence[KnownDamage]:
        """Return unrepaired damage, in order."""
        return [
            KnownDamage(_damage(row), row["found"], row["number"])
            for row in await self._pool.fetch(_KNOWN)
        ]

    async def mended(self, numbers: Sequence[KnownDamage]) -> None:
        """Mark damage as repaired."""
        for schema in ("record", "private"):
            in_schema = [known.number for known in numbers if _schema(known.damage) == schema]
            if in_schema:
                await self._pool.execute(
                    f"UPDATE {schema}.damaged SET mended = now()"  # noqa: S608 - two schemas
                    " WHERE number = ANY ($1::bigint[]) AND mended IS NULL",
                    in_schema,
                )

    async def ended(self, at: datetime, *, passed: bool) -> None:
        """Record the end of a complete pass; `passed`: without damage."""
        await self._pool.execute(
            "UPDATE work.check_state SET ended = greatest(ended, $1),"
            " passed = CASE WHEN $2 THEN greatest(passed, $1) ELSE passed END",
            *(at, passed),
        )

    async def state(self) -> CheckState:
        """Return the times of the last passes and the unrepaired damage."""
        row = await self._pool.fetchrow("SELECT passed, ended FROM work.check_state")
        damaged = tuple(known.damage for known in await self.known())
        return CheckState(row["passed"], row["ended"], damaged) if row else CheckState()


def _schema(damage: Damage) -> str:
    return "private" if damage.private else "record"


def _damage(row: asyncpg.Record) -> Damage:
    return Damage(row["area"], row["idx"], row["what"], row["place"])
