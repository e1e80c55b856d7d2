"""Engine errors, mapped once at the store's edge, keeping the cause.

Does not retry: the caller decides.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import asyncpg

from special_channel.core.errors import ChannelError, Unavailable

_P = ParamSpec("_P")
_T = TypeVar("_T")


@contextmanager
def mapping() -> Iterator[None]:
    """Turn PostgreSQL's and the network's errors into `Unavailable`.

    Raises:
        Unavailable: `database-unavailable`.
    """
    try:
        yield
    except ChannelError:
        raise
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise Unavailable("database-unavailable", "The database does not answer.") from error


def mapped(work: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T]]:
    """Map the errors of a store's coroutine."""

    @functools.wraps(work)
    async def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with mapping():
            return await work(*args, **kwargs)

    return wrapper
