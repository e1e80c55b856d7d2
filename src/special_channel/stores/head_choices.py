"""What desks chose for the columns of rows of heads. PostgreSQL, schema `desk`.

Does not read heads. Never sent to the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from special_channel.core.bytes.ids import KeyId
from special_channel.stores.store import Store

MOST: Final = 200
"""Rows of heads that are remembered for a desk, those chosen last."""

_KEEP: Final = """
WITH kept AS (INSERT INTO desk.head_choices (desk, heads, chosen, key, at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (desk, heads) DO UPDATE SET chosen = $3, key = $4, at = $5)
DELETE FROM desk.head_choices WHERE desk = $1 AND heads <> $2 AND heads NOT IN (
    SELECT heads FROM desk.head_choices WHERE desk = $1 AND heads <> $2
    ORDER BY at DESC, heads LIMIT $6 - 1)
"""


@dataclass(frozen=True, slots=True)
class HeadChoice:
    """A desk's choice of columns.

    `chosen`: column by folded head; an empty column stays with us. `key`: of who chose last.
    """

    chosen: Mapping[str, str]
    key: KeyId
    at: datetime


class HeadChoices(Store):
    """Choices of columns by desk and digest of the row of heads."""

    async def of_heads(self, desk: str, heads: str) -> HeadChoice | None:
        """Return what a desk chose last for a row of heads."""
        rows = await self._pool.fetch(
            "SELECT chosen, key, at FROM desk.head_choices WHERE desk = $1 AND heads = $2",
            *(desk, heads),
        )
        return next(
            (HeadChoice(orjson.loads(row["chosen"]), row["key"], row["at"]) for row in rows), None
        )

    async def keep(self, desk: str, heads: str, choice: HeadChoice) -> None:
        """Store a choice in the place of the desk's earlier one; forget the oldest over `MOST`."""
        chosen = orjson.dumps(dict(choice.chosen)).decode()
        await self._pool.execute(_KEEP, desk, heads, chosen, choice.key, choice.at, MOST)

    async def remove(self, desk: str, heads: str) -> None:
        """Forget what a desk chose for a row of heads."""
        await self._pool.execute(
            "DELETE FROM desk.head_choices WHERE desk = $1 AND heads = $2", desk, heads
        )
