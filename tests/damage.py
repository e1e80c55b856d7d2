"""Damage done to a database as whoever holds the disk could: no role, no trigger in the way."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from special_channel.ports import LogName

HASH = "decode(repeat('ab', 32), 'hex')"


async def tamper(dsn: str, *statements: str) -> None:
    """Run statements as a superuser whom no trigger stops; each must change something."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            done = await connection.execute(statement)
            assert not done.endswith(" 0"), statement
    finally:
        await connection.close()


def entry_deleted(log: LogName, index: int) -> Sequence[str]:
    """An entry goes, with its parts."""
    schema = "private" if log == "private" else "record"
    return (
        f"DELETE FROM {schema}.entries WHERE log = '{log}' AND idx = {index}",  # noqa: S608
    )


def leaf_hash_changed(log: LogName, index: int) -> Sequence[str]:
    """The leaf's hash in the tree becomes another."""
    where = f"log = '{log}' AND level = 0 AND idx = {index}"
    return (f"UPDATE record.nodes SET hash = {HASH} WHERE {where}",)  # noqa: S608


def leaf_changed(log: LogName, index: int) -> Sequence[str]:
    """The leaf line names another year."""
    line = "convert_to(replace(convert_from(leaf, 'UTF8'), '2026-', '2025-'), 'UTF8')"
    where = f"log = '{log}' AND idx = {index}"
    return (f"UPDATE record.entries SET leaf = {line} WHERE {where}",)  # noqa: S608


def leaf_and_hash_changed(log: LogName, index: int) -> Sequence[str]:
    """The leaf line and its columns name another year; its hash in the tree is that of the line."""
    where = f"e.log = '{log}' AND e.idx = {index}"
    column = f"accepted = replace(accepted, '2026-', '2025-') WHERE {where}"
    hash_ = "hash = sha256('\\x00'::bytea || e.leaf) FROM record.entries AS e"
    same = "n.log = e.log AND n.idx = e.idx AND n.level = 0"
    return (
        *leaf_changed(log, index),
        f"UPDATE record.entries AS e SET {column}",  # noqa: S608
        f"UPDATE record.nodes AS n SET {hash_} WHERE {where} AND {same}",  # noqa: S608
    )


def columns_changed(log: LogName, index: int) -> Sequence[str]:
    """The columns beside an entry say another kind and another thread."""
    set_ = "thread = repeat('a', 32), kind = 'thread.closed'"
    where = f"log = '{log}' AND idx = {index}"
    return (f"UPDATE record.entries SET {set_} WHERE {where}",)  # noqa: S608


def envelope_changed(log: LogName, index: int) -> Sequence[str]:
    """One letter of what was signed becomes another."""
    bytes_ = "overlay(envelope PLACING 'A'::bytea FROM 60)"
    where = f"log = '{log}' AND idx = {index} AND envelope <> ''"
    return (f"UPDATE record.entries SET envelope = {bytes_} WHERE {where}",)  # noqa: S608


def text_changed(log: LogName, index: int, was: str, now: str, ordinal: int = 0) -> Sequence[str]:
    """A text says something else, in a part that reads as any other."""
    text = f"convert_to(replace(convert_from(disclosure, 'UTF8'), '{was}', '{now}'), 'UTF8')"
    where = f"log = '{log}' AND idx = {index} AND ordinal = {ordinal}"
    return (f"UPDATE record.parts SET disclosure = {text} WHERE {where}",)  # noqa: S608


def state_changed(number: str, state: str) -> Sequence[str]:
    """The columns and the document of an application say another state of China's."""
    return (
        f"UPDATE record.applications SET cn_state = '{state}' WHERE key = '{number}'",  # noqa: S608
    )
