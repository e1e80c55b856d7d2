"""A task cancelled during a statement ends, whatever the state of the connection."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from special_channel.core.bytes.errors import ChannelError
from special_channel.stores.database_errors import commit_errors, database_errors

LOSSES: tuple[type[Exception], ...] = (
    asyncpg.InterfaceError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.AdminShutdownError,
    asyncpg.QueryCanceledError,
    TimeoutError,
    ConnectionResetError,
)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("errors", [database_errors, commit_errors])
async def test_loop_ends_where_the_driver_loses_its_cancellation(errors, loss):
    """As when a node is stopped while its server is: the loop went on, and the node with it."""
    asked = asyncio.Event()

    async def statement():
        with errors():
            try:
                asked.set()
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                raise loss("gone") from None

    async def for_ever():
        while True:
            try:
                await statement()
            except ChannelError:
                await asyncio.sleep(0)

    task = asyncio.ensure_future(for_ever())
    await asked.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=2)
    if not done:
        task.cancel()
        task.cancel()
    assert done
    assert task.cancelled()


@pytest.mark.parametrize("loss", LOSSES)
async def test_time_out_of_a_caller_stays_a_time_out(loss):
    """`asyncio.timeout` cancels and withdraws the cancellation, so later work is not cut short."""

    async def statement():
        with database_errors():
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                raise loss("gone") from None

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await statement()
    with pytest.raises(ChannelError), database_errors():
        raise loss("gone")
