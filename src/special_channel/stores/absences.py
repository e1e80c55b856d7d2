"""Until when people of our side are away, in PostgreSQL, schema `desk`. Never sent.

Does not say who signs for them: the record does (K27).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from special_channel.core.bytes.ids import PersonId
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class Absence:
    """A person's absence: its last day, and whom colleagues ask meanwhile; empty for nobody."""

    person: PersonId
    until: date
    stand_in: PersonId = ""


class Absences(Store):
    """Absences that people of our side stated, one a person."""

    async def on(self, day: date) -> Mapping[PersonId, Absence]:
        """Return the absences that last on a day, by person."""
        rows = await self._objects(
            Absence, "SELECT person, until, stand_in FROM desk.absences WHERE until >= $1", day
        )
        return {row.person: row for row in rows}

    async def state(self, absence: Absence) -> None:
        """Store a person's absence in place of the last one."""
        await self._pool.execute(
            "INSERT INTO desk.absences (person, until, stand_in) VALUES ($1, $2, $3)"
            " ON CONFLICT (person) DO UPDATE"
            " SET until = excluded.until, stand_in = excluded.stand_in",
            *(absence.person, absence.until, absence.stand_in),
        )

    async def end(self, person: PersonId) -> None:
        """Delete a person's absence, if any."""
        await self._pool.execute("DELETE FROM desk.absences WHERE person = $1", person)
