"""Exports for the API: a scope in words becomes a bundle, made in a temporary file."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable

from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Readable
from special_channel.core.errors import ChannelError, NotFound
from special_channel.core.ids import KeyId, Position
from special_channel.core.scope import Scope
from special_channel.core.times import timestamp
from special_channel.export.write import Request, batch_scope, thread_scope, write_bundle
from special_channel.ports import Clock, Files

Export = Callable[[str, KeyId], Awaitable[tuple[bytes, str]]]


def exporter(record: Readable, files: Files, identity: Identity, clock: Clock) -> Export:
    """Return what makes a bundle of `all`, a thread's or a batch's number."""

    async def export(scope: str, asked_by: KeyId) -> tuple[bytes, str]:
        position = None if scope == "all" else Position.parse(scope)
        request = Request(
            scope=await _scope(record, position),
            by=identity.party,
            asked_by=asked_by,
            basis="own-record",
            at=timestamp(clock.now()),
            position=position,
        )
        with tempfile.TemporaryFile() as target:
            written = await write_bundle(target, record, files, request)
            target.seek(0)
            return target.read(), written.name

    return export


async def _scope(record: Readable, position: Position | None) -> Scope:
    if position is None:
        return Scope("everything")
    try:
        return await thread_scope(record, position)
    except NotFound as error:
        try:
            return await batch_scope(record, position)
        except ChannelError:
            raise error from None
