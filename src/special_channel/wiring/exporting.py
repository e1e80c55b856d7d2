"""Exports for the API: a child process writes the bundle into an unnamed temporary file.

Each export is recorded in the private log (`export.made`) before its first byte is sent.

The file disappears when closed, even after a crash or disconnect. The node reads one chunk at a
time. Exports are queued, so that the machine needs the memory of one bundle only.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import structlog
from pydantic import SecretStr

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes import errors
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import ChannelError, RuleBroken, Unavailable
from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.ports import Clock, Transaction
from special_channel.web.http.services import Bundle
from special_channel.wiring.bundling import Order

log = structlog.get_logger(__name__)

CHUNK: Final = 256 * 1024
"""Bytes of a bundle in the node's memory, for each export."""

SECONDS: Final = 900
"""Time limit of one bundle; a year of 8,500 entries takes seconds."""


Export = Callable[[str, KeyId], AbstractAsyncContextManager[Bundle]]


BASIS: Final = "own-record"
"""Basis of every export by this node: our side's record."""


def exporter(
    database: str,
    guard: Path,
    identity: Identity,
    clock: Clock,
    append: Callable[[Decide], Awaitable[object]],
    scanners: tuple[str, ...] = (),
) -> Export:
    """Return a function that exports a scope: `all`, or the number of a thread or batch.

    `append` writes `export.made`, required before a bundle is sent; while the private log is not
    writable the entry is queued (`broker/owing.py`). `scanners`: names of our side's scanners.

    Raises (when used):
        Unavailable, OutcomeUnknown: As the append.
        ChannelError: As `write_bundle`.
        Unavailable: `export-failed`: the process ended without an answer, or took too long.
    """
    turn = asyncio.Semaphore(1)

    @asynccontextmanager
    async def export(scope: str, asked_by: KeyId) -> AsyncIterator[Bundle]:
        with tempfile.TemporaryFile(prefix="special-channel-") as file:
            order = Order(
                database=SecretStr(database),
                guard=str(guard),
                party=identity.party,
                scope=scope,
                asked_by=asked_by,
                basis=BASIS,
                at=timestamp(clock.now()),
                file=file.fileno(),
                scanners=scanners,
            )
            async with turn:
                name, damaged = await _run_bundling(order)
            length = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = await asyncio.to_thread(hashlib.file_digest, file, "sha256")
            file.seek(0)
            await _append_once(append, _export_made(order, digest.hexdigest(), identity, clock))
            yield Bundle(name, length, _chunks(file), damaged)

    return export


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk


async def _append_once(append: Callable[[Decide], Awaitable[object]], decide: Decide) -> None:
    """Append `export.made` unless an identical entry exists."""
    # Two exports of the same bytes for the same key within one second give identical entries.
    try:
        await append(decide)
    except RuleBroken as error:
        if error.code != "entry-duplicate":
            raise


def _export_made(order: Order, digest: str, identity: Identity, clock: Clock) -> Decide:
    """Return a decision that appends `export.made`, signed by the node's key."""

    async def decide(_transaction: Transaction, heads: Heads) -> Act:
        stating = NodeEntrySigner(identity, heads, timestamp(clock.now()))
        body: dict[str, Value] = {
            "scope": order.scope,
            "asked_by": order.asked_by,
            "basis": order.basis,
            "sha256": digest,
        }
        return Act(private=[stating.private("export.made", body)], may_follow=True)

    return decide


async def _run_bundling(order: Order) -> tuple[str, tuple[str, ...]]:
    """Run the bundling process; return the bundle's name and the numbers of damaged entries."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "special_channel.wiring.bundling"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=(order.file,),
    )
    try:
        async with asyncio.timeout(SECONDS):
            answer, errors_text = await child.communicate(order.model_dump_json().encode())
    except TimeoutError:
        answer, errors_text = b"", b"it took too long"
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not answer:
        log.error(
            "export.failed", status=child.returncode, trouble=errors_text.decode("utf-8", "replace")
        )
        raise Unavailable("export-failed", "The export could not be made.")
    return _read(answer)


def _read(text: bytes) -> tuple[str, tuple[str, ...]]:
    answer = json.loads(text)
    if "name" in answer:
        return str(answer["name"]), tuple(answer["damaged"])
    kind = getattr(errors, answer["error"], Unavailable)
    assert issubclass(kind, ChannelError)  # noqa: S101 - own bug: the names are those of `errors`
    raise kind(answer["code"], answer["detail"], **answer["facts"])
