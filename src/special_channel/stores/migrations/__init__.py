"""Apply numbered SQL files once, in order, each in its own transaction.

No downgrades: a mistake is corrected by a further file. Needs the owner's address
(`DATABASE_OWNER_URL`); the files grant rights to the two serving roles.

Files are named `NNNN_words.sql`; `:"node"` and `:"link"` are replaced by the roles' names, as in
psql. Applied files must not change: their checksums are stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Final

import asyncpg

from special_channel.core.bytes.errors import Corrupt, Refused, Unavailable
from special_channel.stores.database_errors import database_errors
from special_channel.stores.sessions import Connection

NODE_ROLE: Final = "channel_node"
LINK_ROLE: Final = "channel_link"

_LOCK: Final = 0x5C_0DB
"""Advisory lock for migrations: an arbitrary, unique number."""

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
    """One SQL file."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """The stored checksum."""
        return sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Return the program's SQL files in order."""
    sql_files = []
    for file in files(__package__).iterdir():
        match = _NAME.fullmatch(file.name)
        if match:
            sql_files.append(Migration(int(match[1]), file.name, file.read_text(encoding="utf-8")))
    return sorted(sql_files, key=lambda migration: migration.number)


async def migrate(
    owner_dsn: str, *, node_role: str = NODE_ROLE, link_role: str = LINK_ROLE
) -> list[str]:
    """Bring a database to the newest schema and return the names of the files applied.

    Idempotent; concurrent calls take turns. Missing roles are created with LOGIN and no password.

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
    """Check that a database has the schema of this program.

    Raises:
        Unavailable: `database-not-migrated`.
        Refused: `migration-unknown`.
        Corrupt: `migration-changed`.
    """
    with database_errors():
        applied = await _applied(connection)
    missing = [migration.name for migration in migrations() if migration.number not in applied]
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
    for migration in migrations():
        if migration.number in applied:
            continue
        async with connection.transaction():
            await connection.execute(_filled(migration.text, roles))
            await connection.execute(
                "INSERT INTO public.migrations (number, name, sha256) VALUES ($1, $2, $3)",
                migration.number,
                migration.name,
                migration.sha256,
            )
        done.append(migration.name)
    names = ", ".join(f'"{role}"' for role in roles.values())
    await connection.execute(f"GRANT SELECT ON public.migrations TO {names}")
    return done


async def _applied(connection: Connection) -> set[int]:
    rows = await connection.fetch("SELECT number, name, sha256 FROM public.migrations")
    known = {migration.number: migration for migration in migrations()}
    for row in rows:
        migration = known.get(row["number"])
        if migration is None:
            raise Refused(
                "migration-unknown", "The database is newer than this program.", file=row["name"]
            )
        if migration.sha256 != row["sha256"]:
            raise Corrupt(
                "migration-changed",
                "A migration that was applied has changed.",
                file=migration.name,
            )
    return {row["number"] for row in rows}


async def _make_roles(connection: asyncpg.Connection[asyncpg.Record], *roles: str) -> None:
    for role in roles:
        if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
            continue
        try:
            await connection.execute(f'CREATE ROLE "{role}" LOGIN')
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
            continue  # created meanwhile for another database of this server
        except asyncpg.InsufficientPrivilegeError as error:
            raise Refused(
                "role-missing", "The owner may not make roles; make this one first.", role=role
            ) from error


def _filled(text: str, roles: dict[str, str]) -> str:
    for name, role in roles.items():
        text = text.replace(f':"{name[1:]}"', f'"{role}"')
    return text
