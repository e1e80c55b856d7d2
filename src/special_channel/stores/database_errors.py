"""What the driver's errors mean to a caller: mapped once, here, keeping the cause.

Does not hide own bugs: a broken statement, a type that does not fit or a missing right is
raised as it is.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, ParamSpec, TypeVar

import asyncpg

from special_channel.core.errors import ChannelError, Corrupt, OutcomeUnknown, Unavailable
from special_channel.stores.cancelled import cancellations, still_wanted

_P = ParamSpec("_P")
_T = TypeVar("_T")

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
_OWN_BUGS: Final = ("22", "23", "25006", "25P02", "42")
"""SQLSTATE classes: data exception, integrity violation, writing in a read-only or failed
transaction, syntax error or missing right.
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
        CancelledError: As `still_wanted`.
    """
    before = cancellations()
    try:
        yield
    except ChannelError:
        raise
    except LOST as error:
        still_wanted(before)
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
        still_wanted(before)
        raise unavailable() from error


@contextlib.contextmanager
def commit_errors() -> Iterator[None]:
    """Map the driver's errors of COMMIT alone.

    Raises:
        OutcomeUnknown: `commit-unknown`: it may have been written.
        Unavailable: `database-unavailable`: the server said no.
        CancelledError: As `still_wanted`.
    """
    before = cancellations()
    try:
        yield
    except LOST as error:
        still_wanted(before)
        raise unknown() from error
    except asyncpg.PostgresError as error:
        still_wanted(before)
        raise unavailable() from error


def mapped(
    work: Callable[_P, Coroutine[Any, Any, _T]],
) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Map the errors of a coroutine that runs single statements."""

    @functools.wraps(work)
    async def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with database_errors():
            return await work(*args, **kwargs)

    return wrapper
