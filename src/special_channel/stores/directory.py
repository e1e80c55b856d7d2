"""Rows of all keys, persons, sides and charters, from PostgreSQL, as pages ask for them.

Cached in memory: a page names dozens of authors, and the directory seldom changes. Only directory
entries change these rows (`core.entries.DIRECTORY_KINDS`), and a head counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from special_channel.core.bytes.ids import KeyId, Party, PersonId
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow
from special_channel.ports import Head
from special_channel.stores.database_errors import database_errors
from special_channel.stores.kept import KeptReading
from special_channel.stores.rows import rows_of
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory of both sides at one moment.

    Attributes:
        keys: Keys in the order of enrolment: of persons, machines and roots.
        persons: Persons by side and pseudonym, in order of their numbers.
        parties: Both sides.
        charters: Charters adopted by either side, in order of their numbers.
    """

    keys: Mapping[KeyId, KeyRow] = field(default_factory=dict)
    persons: Mapping[tuple[Party, PersonId], PersonRow] = field(default_factory=dict)
    parties: Mapping[Party, PartyRow] = field(default_factory=dict)
    charters: tuple[CharterRow, ...] = ()

    def keys_of(self, keys: Iterable[KeyId]) -> Mapping[KeyId, KeyRow]:
        """Look up keys; unknown ones are omitted."""
        return {key: self.keys[key] for key in keys if key in self.keys}

    def persons_of(self, party: Party) -> Mapping[PersonId, PersonRow]:
        """Return the persons of a side."""
        return {person: row for (side, person), row in self.persons.items() if side == party}


class DirectoryStore(Store):
    """The directory, read again once a log has a new directory entry."""

    def __init__(self, pool: Pool | ShownRows) -> None:
        super().__init__(pool)
        self._kept = KeptReading(self._pool, self._read)

    async def known(self, heads: Mapping[Party, Head]) -> Directory:
        """Return the directory, possibly newer than the heads of both logs, never older."""
        return await self._kept.at(heads)

    async def _read(self) -> Directory:
        keys = await self._select(KeyRow, "ORDER BY party, idx, key")
        persons = await self._select(PersonRow, "ORDER BY party, number")
        # No page can be shown without these, so they are shown when damaged as well.
        with database_errors():
            parties = await self._pool.pool.fetch("SELECT doc FROM record.parties")
            charters = await self._pool.pool.fetch(
                "SELECT doc FROM record.charters ORDER BY number"
            )
        return Directory(
            {row.key: row for row in keys},
            {(row.party, row.person): row for row in persons},
            {row.party: row for row in rows_of(PartyRow, parties)},
            tuple(rows_of(CharterRow, charters)),
        )
