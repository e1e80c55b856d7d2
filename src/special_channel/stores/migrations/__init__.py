"""Numbered SQL files, each applied once, in order, in a transaction of its own.

Does not go back: a mistake is put right by a further file. Only the owner's address
(`DATABASE_OWNER_URL`) can do this; the two roles that serve get their rights in the files.

A file is `NNNN_words.sql`. `:"node"` and `:"link"` in it stand for the roles' names, as in
psql. A file that was applied may not change any more: its checksum is recorded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Final

import asyncpg

from special_channel.core.errors import Corrupt, Refused, Unavailable
from special_channel.stores.database_errors import database_errors
from special_channel.stores.sessions import Connection

NODE_ROLE: Final = "channel_node"
LINK_ROLE: Final = "channel_link"

_LOCK: Final = 0x5C_0DB
"""Advisory lock of whoever migrates; any number that nothing else uses."""

_ROLE: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_NAME: Final = re.compile(r"(\d{4})_[a-z_]+\.sql")

_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS public.migrations (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The checksum that is recorded."""
        return sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Return the files that this program has, in order."""
    found = []
    for file in files(__package__).iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            found.append(Migration(int(match[1]), file.name, file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda each: each.number)


async def migrate(
    owner_dsn: str, *, node_role: str = NODE_ROLE, link_role: str = LINK_ROLE
) -> list[str]:
    """Bring a database to the newest schema and return the names of the files applied.

    Doing it again does nothing. Two at once take turns. Roles that do not exist are made,
    with LOGIN and no password.

    Raises:
        Refused: `role-name`, `role-missing`, `migration-unknown` (the database is newer than
            this program).
        Corrupt: `migration-changed`.
        Unavailable: `database-unavailable`.
    """
    for role in (node_role, link_role):
        if not _ROLE.fullmatch(role):
            raise Refused("role-name", "A database role's name is a short lower-case word.")
    with database_errors():
        connection = await asyncpg.connect(owner_dsn, timeout=30)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            await _make_roles(connection, node_role, link_role)
            await connection.execute(_LEDGER)
            return await _apply(connection, {":node": node_role, ":link": link_role})
        finally:
            await connection.close(timeout=5)


async def check_migrated(connection: Connection) -> None:
    """Make sure that a database has the schema of this program.

    Raises:
        Unavailable: `database-not-migrated`.
        Refused: `migration-unknown`.
        Corrupt: `migration-changed`.
    """
    with database_errors():
        applied = await _applied(connection)
    missing = [each.name for each in migrations() if each.number not in applied]
    if missing:
        raise Unavailable(
            "database-not-migrated",
            "The database lacks tables: run `special-channel migrate`.",
            missing=", ".join(missing),
        )


async def _apply(
    connection: asyncpg.Connection[asyncpg.Record], roles: dict[str, str]
) -> list[str]:
    applied = await _applied(connection)
    done = []
    for each in migrations():
        if each.number in applied:
            continue
        async with connection.transaction():
            await connection.execute(_filled(each.text, roles))
            await connection.execute(
                "INSERT INTO public.migrations (number, name, sha256) VALUES ($1, $2, $3)",
                each.number,
                each.name,
                each.sha256,
            )
        done.append(each.name)
    names = ", ".join(f'"{role}"' for role in roles.values())
    await connection.execute(f"GRANT SELECT ON public.migrations TO {names}")
    return done


async def _applied(connection: Connection) -> set[int]:
    rows = await connection.fetch("SELECT number, name, sha256 FROM public.migrations")
    known = {each.number: each for each in migrations()}
    for row in rows:
        each = known.get(row["number"])
        if each is None:
            raise Refused(
                "migration-unknown", "The database is newer than this program.", file=row["name"]
            )
        if each.sha256 != row["sha256"]:
            raise Corrupt(
                "migration-changed", "A migration that was applied has changed.", file=each.name
            )
    return {row["number"] for row in rows}


async def _make_roles(connection: asyncpg.Connection[asyncpg.Record], *roles: str) -> None:
    for role in roles:
        if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            continue
        try:
            await connection.execute(f'CREATE ROLE "{role}" LOGIN')
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            continue  # made meanwhile for another database of this server
        except asyncpg.InsufficientPrivilegeError as error:
            raise Refused(
                "role-missing", "The owner may not make roles; make this one first.", role=role
            ) from error


def _filled(text: str, roles: dict[str, str]) -> str:
    for name, role in roles.items():
        text = text.replace(f':"{name[1:]}"', f'"{role}"')
    return text
