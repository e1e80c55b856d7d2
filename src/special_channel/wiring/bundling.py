"""Process that writes one bundle and exits: `python -m special_channel.wiring.bundling`.

Reads an order (JSON) from standard input, writes the bundle to an inherited open file and an
answer (JSON) to standard output. The process frees its memory on exit, so that exports do not grow
the node. Opens its own database session; does not serve, sign or append.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, SecretStr, field_serializer

from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.errors import ChannelError, NotFound
from special_channel.core.bytes.ids import Party, Position
from special_channel.desk.file_scanner import UsableFiles
from special_channel.export.write import (
    Request,
    Written,
    batch_scope,
    thread_scope,
    write_bundle,
)
from special_channel.ports import SharedRecord
from special_channel.stores.file_scans import FileScans
from special_channel.stores.files import Files
from special_channel.stores.published import NoteGate, PublishedFiles
from special_channel.stores.record import open_record
from special_channel.stores.sessions import SessionRules

POLITENESS = 5
"""Added to the process's niceness: appends take precedence over exports."""


class Order(BaseModel):
    """An order to export: source, scope and target file.

    Attributes:
        database: Address with the node's role.
        guard: Folder of the rollback guard, written before our checkpoints are exported.
        scope: `all`, or the number of a thread or batch.
        file: Descriptor of the file to write.
        scanners: Names of our side's virus scanners: a file without their verdicts is withheld.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    database: SecretStr
    guard: str
    party: Party
    scope: str
    asked_by: str
    basis: str
    at: str
    file: int
    scanners: tuple[str, ...] = ()

    @field_serializer("database", when_used="json")
    def _shown(self, value: SecretStr) -> str:
        # Sent through a pipe to our own child process, never to a log.
        return value.get_secret_value()


async def build(order: Order) -> Written:
    """Write the bundle.

    Raises:
        ChannelError: As `write_bundle` and the record.
    """
    gate = NoteGate(PublishedFiles(Path(order.guard)), frozenset({order.party, "private"}))
    rules = SessionRules(connections=1)
    async with open_record(order.database.get_secret_value(), rules, gate=gate) as record:
        position = None if order.scope == "all" else Position.parse(order.scope)
        request = Request(
            scope=await scope_at(record, position),
            by=order.party,
            asked_by=order.asked_by,
            basis=order.basis,
            at=order.at,
            position=position,
        )
        with os.fdopen(order.file, "wb") as target:
            files = UsableFiles(Files(record.pool), FileScans(record.pool), order.scanners)
            return await write_bundle(target, record, files, request)


async def scope_at(record: SharedRecord, position: Position | None) -> Scope:
    """Return the scope of the thread or batch at a position; of the whole record if None.

    Raises:
        NotFound: `thread-unknown`.
    """
    if position is None:
        return Scope("everything")
    try:
        return await thread_scope(record, position)
    except NotFound as error:
        try:
            return await batch_scope(record, position)
        except ChannelError:
            raise error from None


def main() -> None:
    """Execute the order from standard input."""
    # Standard output is reserved for the answer.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with suppress(OSError):
        os.nice(POLITENESS)  # optional: the shipped systemd unit forbids the call
    order = Order.model_validate_json(sys.stdin.buffer.read())
    try:
        written = asyncio.run(build(order))
        answer: dict[str, object] = {"name": written.name, "damaged": written.damaged}
    except ChannelError as error:
        answer = {
            "error": type(error).__name__,
            "code": error.code,
            "detail": error.detail,
            "facts": error.facts,
        }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
