"""Entries and commits with real bytes and no meaning: stores do not judge."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes import canonical, parts
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.dsse import ENTRY_TYPE, Envelope, Signature
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import leaf_hash
from special_channel.core.rows.private import PrivateKey, PrivateRow
from special_channel.core.rows.threads import OpeningFact, ThreadRow
from special_channel.core.rules.state import Row, RowKey
from special_channel.ports import Commit, Head, LogName, Stored

AUTHOR = "eu:" + "ab" * 16
AT = "2026-11-24T09:00:00Z"
THREAD = "0f" * 16
_serial = itertools.count()


@dataclass(frozen=True)
class Made:
    """Content of an entry."""

    kind: str = "note.posted"
    thread: str | None = THREAD
    ref: str | None = None
    body: Mapping[str, Value] | None = None
    parts: Sequence[bytes] = ()
    serial: int | None = None
    by: str = AUTHOR
    at: str = AT


def text(words: str) -> bytes:
    value: dict[str, Value] = {"role": "text", "salt": parts.salt_text(b"s" * 32), "text": words}
    return canonical.dumps(value)


def file(sha256: str, length: int) -> bytes:
    value: dict[str, Value] = {
        "role": "file",
        "salt": parts.salt_text(b"f" * 32),
        "name": "permit.pdf",
        "type": "application/pdf",
        "len": length,
        "sha256": sha256,
    }
    return canonical.dumps(value)


def data() -> bytes:
    value: dict[str, Value] = {
        "role": "data",
        "salt": parts.salt_text(b"d" * 32),
        "type": "list",
        "data": {"rows": []},
    }
    return canonical.dumps(value)


def stored(
    log: LogName, index: int, made: Made | None = None, code: str = "", ordinal: int | None = None
) -> Stored:
    """Make an entry of its own, unless `serial` makes it the same as another.

    `ordinal`: the place in the thread; by default as if all entries before were in it.
    """
    made = made or Made()
    if ordinal is None:
        ordinal = 0 if made.thread is None else index + 1
    payload: dict[str, Value] = {
        "v": next(_serial) if made.serial is None else made.serial,
        "kind": made.kind,
        "body": dict(made.body or {}),
        "parts": [{"k": parts.parse(one).role, "c": parts.commitment(one)} for one in made.parts],
    }
    if made.ref is not None:
        payload["ref"] = made.ref
    envelope = Envelope(ENTRY_TYPE, canonical.dumps(payload), (Signature(made.by, b"signed"),))
    leaf = Leaf(
        accepted=made.at,
        frontier=(0, 0) if log == "private" else (0,),
        directory=0,
        kind=made.kind,
        thread=made.thread,
        ordinal=ordinal,
        id=envelope.id,
        envelope_digest=envelope.digest,
    )
    return Stored(
        log=log,
        index=index,
        id=envelope.id,
        leaf=leaf.encode(),
        envelope=envelope.encode(),
        parts=tuple(made.parts),
        kind=made.kind,
        thread=made.thread,
        by=made.by,
        accepted=leaf.accepted,
        frontier=0,
        order=0 if log == "private" else index,
        code=code,
        ordinal=ordinal,
    )


def commit(
    head: Head,
    entries: Sequence[Stored],
    rows: Mapping[RowKey, Row] | None = None,
    private_rows: Mapping[PrivateKey, PrivateRow] | None = None,
) -> Commit:
    frontier, nodes = head.frontier.append([leaf_hash(entry.leaf) for entry in entries])
    return Commit(
        log=head.log,
        old=head.size,
        entries=tuple(entries),
        nodes=tuple(nodes),
        frontier=frontier,
        note=f"note of {head.log} {frontier.size}",
        rows=rows or {},
        private_rows=private_rows or {},
    )


async def append(record, log: LogName, *made: Made, rows=None, private_rows=None) -> list[Stored]:
    """Append entries in a separate transaction, after reading the rows that it writes."""
    async with record.begin() as transaction:
        head = await transaction.lock(log)
        await transaction.rows(frozenset(rows or {}))
        if private_rows:
            await transaction.private_rows(frozenset(private_rows))
        entries = [stored(log, head.size + step, each) for step, each in enumerate(made)]
        root = await transaction.write(commit(head, entries, rows, private_rows))
    assert root == commit(head, entries).frontier.root()
    return entries


def thread_row(thread: str = THREAD, *, order: int = 0, notes_eu: int = 0) -> ThreadRow:
    opened = OpeningFact("eu", 0, "aa" * 32, AUTHOR, "standing", ("A-1",), "2026-11-24T09:00:00Z")
    return ThreadRow(thread, (opened,), order=order, notes_eu=notes_eu)
