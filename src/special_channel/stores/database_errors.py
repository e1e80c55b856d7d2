"""Map errors of the PostgreSQL driver to errors of `core.bytes.errors`, with the cause attached.

Does not hide our own bugs: errors of broken statements, wrong types and missing rights pass
unchanged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import asyncpg

from special_channel.core.bytes.errors import ChannelError, Corrupt, OutcomeUnknown, Unavailable
from special_channel.stores.cancelled import cancellations, raise_if_cancelled

LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
"""Raised when the server or the connection is gone (SQLSTATE classes 08, 57)."""

_NOT_MIGRATED: Final = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
_OWN_BUGS: Final = ("22", "23", "25006", "25P02", "42")
"""SQLSTATE classes: data exception, integrity violation, writing in a read-only or failed
transaction, syntax error or missing right.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_DAMAGED: Final = ("XX001", "XX002")
"""data_corrupted, index_corrupted."""


def unavailable() -> Unavailable:
    """Return the error of an unreachable database: nothing was written."""
    return Unavailable("database-unavailable", "The database can't be reached at present.")


def unknown() -> OutcomeUnknown:
    """Return the error of a lost reply to COMMIT (rule 22)."""
    return OutcomeUnknown("commit-unknown", "The reply to COMMIT was lost; read back.")


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Map the driver's errors of a block that does not commit.

    Raises:
        Unavailable: `database-unavailable`, `database-not-migrated`.
        Corrupt: `database-damaged`.
        CancelledError: As `raise_if_cancelled`.
    """
    before = cancellations()
    try:
        yield
    except ChannelError:
        raise
    except LOST as error:
        raise_if_cancelled(before)
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
        raise_if_cancelled(before)
        raise unavailable() from error


@contextlib.contextmanager
def commit_errors() -> Iterator[None]:
    """Map the driver's errors of COMMIT alone.

    Raises:
        OutcomeUnknown: `commit-unknown`: the transaction may have been committed.
        Unavailable: `database-unavailable`: the server refused the commit.
        CancelledError: As `raise_if_cancelled`.
    """
    before = cancellations()
    try:
        yield
    except LOST as error:
        raise_if_cancelled(before)
        raise unknown() from error
    except asyncpg.PostgresError as error:
        raise_if_cancelled(before)
        raise unavailable() from error
