"""What the driver's errors mean to a caller: mapped once, here, keeping the cause.

Does not hide own bugs: a broken statement, a type that does not fit or a missing right is
raised as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import asyncpg

from special_channel.core.errors import ChannelError, Corrupt, OutcomeUnknown, Unavailable

LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
"""What the driver raises when the server or the way to it is gone (SQLSTATE classes 08, 57)."""

_NOT_MIGRATED: Final = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
_OWN_BUGS: Final = ("22", "23", "42")
"""SQLSTATE classes: data exception, integrity violation, syntax error or missing right.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_DAMAGED: Final = ("XX001", "XX002")
"""data_corrupted, index_corrupted."""


def unavailable() -> Unavailable:
    """Say that the database can't be reached, and nothing was written."""
    return Unavailable("database-unavailable", "The database can't be reached at present.")


def unknown() -> OutcomeUnknown:
    """Say that the reply to COMMIT was lost (rule 22)."""
    return OutcomeUnknown("commit-unknown", "The reply to COMMIT was lost; read back.")


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Map the driver's errors of a block that does not commit.

    Raises:
        Unavailable: `database-unavailable`, `database-not-migrated`.
        Corrupt: `database-damaged`.
    """
    try:
        yield
    except ChannelError:
        raise
    except LOST as error:
        raise unavailable() from error
    except _NOT_MIGRATED as error:
        raise Unavailable(
            "database-not-migrated", "The database lacks tables: run `special-channel migrate`."
        ) from error
    except asyncpg.PostgresError as error:
        state = error.sqlstate or ""
        if state in _DAMAGED:
            raise Corrupt("database-damaged", "PostgreSQL reports damaged data.") from error
        if state.startswith(_OWN_BUGS):
            raise
        raise unavailable() from error


@contextlib.contextmanager
def commit_errors() -> Iterator[None]:
    """Map the driver's errors of COMMIT alone.

    Raises:
        OutcomeUnknown: `commit-unknown`: it may have been written.
        Unavailable: `database-unavailable`: the server said no.
    """
    try:
        yield
    except LOST as error:
        raise unknown() from error
    except asyncpg.PostgresError as error:
        raise unavailable() from error
