"""Exports for the API: a bundle is made in a process of its own, in a file without a name.

Each is stated in the private log (`export.made`) before its first byte leaves.

The file is gone once it is closed, whoever goes away; the node's memory holds one piece at a time.
Bundles are made one after the other, so the machine holds one bundle's memory at a time, too.
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
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import structlog
from pydantic import SecretStr

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.stating import Stating
from special_channel.core import errors
from special_channel.core.canonical import Value
from special_channel.core.errors import ChannelError, RuleBroken, Unavailable
from special_channel.core.ids import KeyId
from special_channel.core.times import timestamp
from special_channel.ports import Clock, Transaction
from special_channel.wiring.bundling import Order

log = structlog.get_logger(__name__)

CHUNK: Final = 256 * 1024
"""Bytes of a bundle in the node's memory at a time, for each export."""

SECONDS: Final = 900
"""How long making one bundle may take: a year of 8,500 entries takes seconds."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle in a file without a name, its length, and the damaged entries that it leaves out."""

    name: str
    length: int
    file: BinaryIO
    damaged: tuple[str, ...] = ()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bundle in pieces."""
        while chunk := await asyncio.to_thread(self.file.read, CHUNK):
            yield chunk


Export = Callable[[str, KeyId], AbstractAsyncContextManager[Bundle]]


BASIS: Final = "own-record"
"""Basis of every export that this node makes: its own side's record."""


def exporter(
    database: str,
    guard: Path,
    identity: Identity,
    clock: Clock,
    append: Callable[[Decide], Awaitable[object]],
) -> Export:
    """Return what makes a bundle of `all`, a thread's or a batch's number.

    `append` writes `export.made`. Without it no bundle is given away; while the private log takes
    no entries, it follows (`broker/owing.py`).

    Raises (when used):
        Unavailable, OutcomeUnknown: As the append.
        ChannelError: What `write_bundle` raises.
        Unavailable: `export-failed`: its process ended without an answer, or took too long.
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
            )
            async with turn:
                name, damaged = await _made(order)
            length = file.seek(0, os.SEEK_END)
            file.seek(0)
            digest = await asyncio.to_thread(hashlib.file_digest, file, "sha256")
            file.seek(0)
            await _state(append, _stating(order, digest.hexdigest(), identity, clock))
            yield Bundle(name, length, file, damaged)

    return export


async def _state(append: Callable[[Decide], Awaitable[object]], decide: Decide) -> None:
    """Append `export.made`, unless the very same one stands already.

    The same bytes for the same key within one second are one statement, not a refusal.
    """
    try:
        await append(decide)
    except RuleBroken as error:
        if error.code != "entry-duplicate":
            raise


def _stating(order: Order, digest: str, identity: Identity, clock: Clock) -> Decide:
    """Return what states by the node's key who took which bundle: people sign in their browsers."""

    async def decide(_transaction: Transaction, heads: Heads) -> Act:
        stating = Stating(identity, heads, timestamp(clock.now()))
        body: dict[str, Value] = {
            "scope": order.scope,
            "asked_by": order.asked_by,
            "basis": order.basis,
            "sha256": digest,
        }
        return Act(private=[stating.private("export.made", body)], may_follow=True)

    return decide


async def _made(order: Order) -> tuple[str, tuple[str, ...]]:
    """Have a process make the bundle; return its name and the numbers of damaged entries."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "special_channel.wiring.bundling"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        pass_fds=(order.file,),
    )
    try:
        async with asyncio.timeout(SECONDS):
            said, trouble = await child.communicate(order.model_dump_json().encode())
    except TimeoutError:
        said, trouble = b"", b"it took too long"
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not said:
        log.error(
            "export.failed", status=child.returncode, trouble=trouble.decode("utf-8", "replace")
        )
        raise Unavailable("export-failed", "The export could not be made.")
    return _read(said)


def _read(said: bytes) -> tuple[str, tuple[str, ...]]:
    answer = json.loads(said)
    if "name" in answer:
        return str(answer["name"]), tuple(answer["damaged"])
    kind = getattr(errors, answer["error"], Unavailable)
    assert issubclass(kind, ChannelError)  # noqa: S101 - own bug: the names are those of `errors`
    raise kind(answer["code"], answer["detail"], **answer["facts"])
