"""Damage a database directly, without roles or triggers, as an attacker with the disk could."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from special_channel.ports import LogName

HASH = "decode(repeat('ab', 32), 'hex')"


async def tamper(dsn: str, *statements: str) -> None:
    """Run statements as a superuser without triggers; each must change a row."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            done = await connection.execute(statement)
            assert not done.endswith(" 0"), statement
    finally:
        await connection.close()


def entry_deleted(log: LogName, index: int) -> Sequence[str]:
    """Delete an entry with its parts."""
    schema = "private" if log == "private" else "record"
    return (
        f"DELETE FROM {schema}.entries WHERE log = '{log}' AND idx = {index}",  # noqa: S608
    )


def leaf_hash_changed(log: LogName, index: int) -> Sequence[str]:
    """Change the leaf's hash in the tree."""
    where = f"log = '{log}' AND level = 0 AND idx = {index}"
    return (f"UPDATE record.nodes SET hash = {HASH} WHERE {where}",)  # noqa: S608


def leaf_changed(log: LogName, index: int) -> Sequence[str]:
    """Change the year in the leaf line."""
    line = "convert_to(replace(convert_from(leaf, 'UTF8'), '2026-', '2025-'), 'UTF8')"
    where = f"log = '{log}' AND idx = {index}"
    return (f"UPDATE record.entries SET leaf = {line} WHERE {where}",)  # noqa: S608


def leaf_and_hash_changed(log: LogName, index: int) -> Sequence[str]:
    """Change the year in the leaf line and its columns, and the leaf's hash accordingly."""
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
    """Change kind and thread in the columns of an entry."""
    set_ = "thread = repeat('a', 32), kind = 'thread.closed'"
    where = f"log = '{log}' AND idx = {index}"
    return (f"UPDATE record.entries SET {set_} WHERE {where}",)  # noqa: S608


def envelope_changed(log: LogName, index: int) -> Sequence[str]:
    """Change one letter of the signed payload."""
    bytes_ = "overlay(envelope PLACING 'A'::bytea FROM 60)"
    where = f"log = '{log}' AND idx = {index} AND envelope <> ''"
    return (f"UPDATE record.entries SET envelope = {bytes_} WHERE {where}",)  # noqa: S608


def text_changed(log: LogName, index: int, was: str, now: str, ordinal: int = 0) -> Sequence[str]:
    """Replace a text, in a part that is valid in form."""
    text = f"convert_to(replace(convert_from(disclosure, 'UTF8'), '{was}', '{now}'), 'UTF8')"
    where = f"log = '{log}' AND idx = {index} AND ordinal = {ordinal}"
    return (f"UPDATE record.parts SET disclosure = {text} WHERE {where}",)  # noqa: S608


def state_changed(number: str, state: str) -> Sequence[str]:
    """Change CN's state in columns and document of an application."""
    return (
        f"UPDATE record.applications SET cn_state = '{state}' WHERE key = '{number}'",  # noqa: S608
    )
