"""`special-channel search`: full-text search of a node's record and our side's texts."""

from __future__ import annotations

from typing import Final

from special_channel.cli.command import Choice, Count, argument, option
from special_channel.cli.tables import Column, Item, Reader, Table, label, text, time

_MARKS: Final = ("[", "]")
"""Signs around a hit: a terminal may have no colours."""


def _excerpts(_reader: Reader, item: Item) -> list[str]:
    before, after = _MARKS
    return [
        "".join(
            f"{before}{run['text']}{after}" if run["hit"] else run["text"] for run in each["runs"]
        )
        for each in (*([item["file"]] if item.get("file") else ()), *item["excerpts"])
    ]


def _found(reader: Reader, item: Item) -> str:
    return reader.out.label("found", "as-near" if item["near"] else "as-typed")


def _thread(_reader: Reader, item: Item) -> str:
    return str(item.get("thread", ""))


search = Table(
    path="/api/search",
    help="Search notes, subjects, files and their text, applications, licences and lists.",
    columns=(
        text("number"),
        label("kind", "found"),
        time("at"),
        Column("thread", _thread),
        Column("match", _found),
        Column("excerpts", _excerpts),
    ),
    filters=(
        argument("q", "Give words, numbers or a phrase in quotation marks; all must occur."),
        option(
            "--kind",
            "Find only texts of this kind.",
            Choice(
                *("note", "subject", "internal", "meeting", "list", "application", "licence"),
                *("reference", "attachment"),
            ),
        ),
        option("--side", "Find only texts of this side.", Choice("eu", "cn")),
        option(
            "--state", "Find only texts of open or of closed threads.", Choice("open", "closed")
        ),
        option("--person", "Find only texts of this official, such as eu-12.", "code"),
        option("--desk", "Find only texts of this desk, such as eu-permits.", "code"),
        option("--batch", "Find only texts on this list, such as EU-120.", "number"),
        option("--since", "Find only texts from this day on, such as 2026-11-24.", "date"),
        option("--until", "Find only texts up to this day, such as 2026-11-30.", "date"),
        option("--order", "Show the newest or the best match first.", Choice("newest", "best")),
        option("--limit", "Stop after this many.", Count(1, 1000), default=25),
    ),
    marked=True,
).alone()
