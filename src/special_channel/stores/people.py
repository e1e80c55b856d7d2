"""Our side's directory and enrolments in PostgreSQL, schema `desk`.

Work, not facts: never compared with the other side, never sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import asyncpg

from special_channel.core.bytes.ids import KeyId, Party, PersonId
from special_channel.core.entries import Role
from special_channel.core.rows.directory import PersonRow
from special_channel.ports import Transaction
from special_channel.stores.shown import ShownRows
from special_channel.stores.store import Store

Language = Literal["en", "zh-CN"]

TextView = Literal["pair", "original", "en", "zh"]
"""How threads show both languages: side by side, as written, or one of them."""

TEXT_VIEWS: Final[tuple[TextView, ...]] = ("original", "pair", "en", "zh")

HOLD: Final = 20
"""Seconds for which a note waits, until its author sets another number; also in migration 0560."""


@dataclass(frozen=True, slots=True)
class Official:
    """A person in our side's directory. Never leaves the node.

    `channels`: the person's alert channels in order of preference; empty: the node's order.
    `shortcuts`: whether single-key shortcuts work on the person's pages. `person`: the pseudonym in
    the record, empty until the official is added. `hold`: seconds for which a signed note waits in
    the person's browser before it is sent. `text_view`: how threads show both languages. `dense`:
    whether the rows of lists are close together. `possible_questions`: whether the person's pages
    show what the law of the other side leaves to be asked.
    """

    id: int
    name: str
    role: Role
    unit: str
    desk: str
    email: str
    language: Language
    channels: tuple[str, ...] = ()
    shortcuts: bool = True
    person: PersonId = ""
    hold: int = HOLD
    text_view: TextView = "pair"
    dense: bool = False
    possible_questions: bool = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A key that was offered by a code, with the entry signed by the key alone."""

    key: KeyId
    official: int
    envelope: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """A one-time code that was drawn for a person and not used. Its text is not stored.

    `by`: key of who drew it; empty for a code of before migration 0490.
    """

    id: int
    official: int
    drawn: datetime
    by: KeyId
    expires: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A function of an official: role and desk."""

    role: Role
    desk: str


class Officials(Store):
    """Our side's directory: names and addresses of our side's people."""

    async def add(self, official: Official, person: PersonId) -> int:
        """Add an official with a new random pseudonym and return the official's number.

        `official.id` and `official.person` are ignored.
        """
        return await self._count(
            "INSERT INTO desk.officials"
            " (name, role, unit, desk, email, language, channels, person, hold)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            *(official.name, official.role, official.unit, official.desk, official.email),
            *(official.language, list(official.channels), person, official.hold),
        )

    async def all(self) -> Sequence[Official]:
        """Return all officials, in order of their numbers."""
        return await officials(self._pool, "ORDER BY o.id")

    async def functions(self, party: Party) -> Mapping[PersonId, Sequence[Held]]:
        """Return the functions in force of our officials, those as stand-ins included.

        Without a function in force an official has an empty list; an official to whom the record
        never granted one is omitted.
        """
        rows = await self._pool.fetch(
            "SELECT o.person, g.held ->> 'role' AS role, g.held ->> 'desk' AS desk"
            " FROM desk.officials o JOIN record.persons p ON p.party = $1"
            " AND p.doc ->> 'person' = o.person LEFT JOIN LATERAL"
            " jsonb_array_elements(p.doc -> 'grants') AS g (held) ON g.held ->> 'end' IS NULL",
            party,
        )
        found: dict[PersonId, list[Held]] = {}
        for row in rows:
            held = found.setdefault(row["person"], [])
            if row["role"]:
                held.append(Held(row["role"], row["desk"]))
        return found

    async def of_key(self, key: KeyId) -> Official | None:
        """Return the owner of a key, or None."""
        which = "JOIN desk.official_keys k ON k.official = o.id WHERE k.key = $1"
        return next(iter(await officials(self._pool, which, key)), None)

    async def of_keys(self, keys: Sequence[KeyId]) -> dict[KeyId, Official]:
        """Return the owners of keys; unknown keys are omitted."""
        rows = await self._pool.fetch(
            "SELECT k.key, o.* FROM desk.official_keys k JOIN desk.officials o ON o.id = k.official"
            " WHERE k.key = ANY ($1::text[])",
            list(keys),
        )
        return {row["key"]: _official(row) for row in rows}

    async def keys_of(self, official: int) -> Sequence[KeyId]:
        """Return a person's keys, confirmed or not."""
        rows = await self._pool.fetch(
            "SELECT key FROM desk.official_keys WHERE official = $1 ORDER BY key", official
        )
        return [row["key"] for row in rows]

    async def bind(self, key: KeyId, official: int) -> None:
        """Assign a key to an official; idempotent."""
        rest = "ON CONFLICT DO NOTHING"
        await self._insert("desk.official_keys", rest=rest, key=key, official=official)

    async def set_language(self, official: int, language: Language) -> None:
        """Set the language of an official's pages."""
        await self._pool.execute(
            "UPDATE desk.officials SET language = $2 WHERE id = $1", official, language
        )

    async def set_shortcuts(self, official: int, *, on: bool) -> None:
        """Switch single-key shortcuts of an official's pages on or off."""
        await self._pool.execute(
            "UPDATE desk.officials SET shortcuts = $2 WHERE id = $1", official, on
        )

    async def set_reading(self, official: int, text_view: TextView, *, dense: bool) -> None:
        """Set how an official's threads show both languages, and how close rows are."""
        await self._pool.execute(
            "UPDATE desk.officials SET text_view = $2, dense = $3 WHERE id = $1",
            *(official, text_view, dense),
        )

    async def set_possible_questions(self, official: int, *, on: bool) -> None:
        """Show or hide what the law of the other side leaves to be asked."""
        await self._pool.execute(
            "UPDATE desk.officials SET possible_questions = $2 WHERE id = $1", official, on
        )

    async def set_hold(self, official: int, seconds: int) -> None:
        """Set for how many seconds an official's signed notes wait before they are sent."""
        await self._pool.execute(
            "UPDATE desk.officials SET hold = $2 WHERE id = $1", official, seconds
        )


def functions_in(persons: Iterable[PersonRow]) -> Mapping[PersonId, Sequence[Held]]:
    """Return the functions in force of persons, as `Officials.functions` does, asking nothing."""
    return {
        row.person: [Held(one.role, one.desk) for one in row.grants if one.end is None]
        for row in persons
    }


def functions_of(
    official: Official, functions: Mapping[PersonId, Sequence[Held]]
) -> Sequence[Held]:
    """Return an official's functions in force, given `Officials.functions`.

    Of an official to whom the record never granted one, the directory's.
    """
    # Somebody is told of a due time also while the first grants wait for signatures.
    return functions.get(official.person, (Held(official.role, official.desk),))


async def officials(pool: ShownRows, which: str, *values: object) -> list[Official]:
    """Return officials `o`; `which` follows the name of their table."""
    rows = await pool.fetch(f"SELECT o.* FROM desk.officials o {which}", *values)  # noqa: S608
    return [_official(row) for row in rows]


def _official(row: asyncpg.Record) -> Official:
    facts = {name: value for name, value in row.items() if name != "key"}
    return Official(**facts | {"channels": tuple(row["channels"])})


_INVITATION: Final = (
    "SELECT id, official, drawn, by, expires FROM desk.invitations"
    " WHERE NOT used AND taken_back IS NULL"
)
_ENROLMENT: Final = "SELECT key, official, envelope, at FROM desk.enrolments"


class Enrolments(Store):
    """One-time codes, and the keys that were offered by them."""

    async def invitations(self, since: datetime) -> Sequence[Invitation]:
        """Return the codes not used and not taken back that are valid at `since`, oldest first."""
        return await self._objects(
            Invitation, f"{_INVITATION} AND expires > $1 ORDER BY drawn, id", since
        )

    async def invitation(self, number: int) -> Invitation | None:
        """Look up a code that is neither used nor taken back, valid or lapsed."""
        return await self._object(Invitation, f"{_INVITATION} AND id = $1", number)

    async def invited(self, code: bytes, now: datetime) -> Official | None:
        """Return the official whom a code invites; None if the code is used or expired."""
        which = (
            "JOIN desk.invitations i ON i.official = o.id"
            " WHERE i.code = $1 AND NOT i.used AND i.taken_back IS NULL AND i.expires > $2"
        )
        return next(iter(await officials(self._pool, which, code, now)), None)

    async def put(self, code: bytes, enrolment: Enrolment, label: str) -> bool:
        """Use a code and store the enrolment, and the label of the key's computer.

        Returns False if the code was used or taken back meanwhile.
        """
        async with self._pool.transaction() as connection:
            used = await connection.fetchval(
                "UPDATE desk.invitations SET used = true"
                " WHERE code = $1 AND NOT used AND taken_back IS NULL AND official = $2"
                " RETURNING 1",
                code,
                enrolment.official,
            )
            if used is None:
                return False
            await connection.execute(
                "INSERT INTO desk.enrolments (key, official, envelope, at) VALUES ($1, $2, $3, $4)",
                *(enrolment.key, enrolment.official, enrolment.envelope, enrolment.at),
            )
            await connection.execute(
                "INSERT INTO desk.official_keys (key, official, label) VALUES ($1, $2, $3)",
                *(enrolment.key, enrolment.official, label),
            )
        return True

    async def of_key(self, key: KeyId) -> Enrolment | None:
        """Return a key's enrolment."""
        return await self._object(Enrolment, f"{_ENROLMENT} WHERE key = $1", key)


async def put_invitation(
    transaction: Transaction, code: bytes, official: int, by: KeyId, drawn: datetime, ends: datetime
) -> None:
    """Store a code for a person by its SHA-256; `by`: key of who draws it."""
    await transaction.execute(
        "INSERT INTO desk.invitations (code, official, by, drawn, expires)"
        " VALUES ($1, $2, $3, $4, $5)",
        *(code, official, by, drawn, ends),
    )


async def take_back_invitation(transaction: Transaction, number: int, at: datetime) -> bool:
    """Take back a code; return False if it was used or taken back meanwhile."""
    rows = await transaction.execute(
        "UPDATE desk.invitations SET taken_back = $2"
        " WHERE id = $1 AND NOT used AND taken_back IS NULL RETURNING id",
        *(number, at),
    )
    return bool(rows)
