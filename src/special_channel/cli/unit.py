"""`special-channel unit`: what the desks of our side hold, for heads of unit and directors."""

from __future__ import annotations

from datetime import date

from special_channel.cli.command import Choice, Count, option
from special_channel.cli.tables import (
    Column,
    Item,
    Reader,
    Section,
    Table,
    label,
    text,
    texts,
    time,
    written,
)
from special_channel.messages.dates import day


def _titled(reader: Reader, pair: Item | None) -> str:
    """Return a desk's title; for threads of nobody the words for it."""
    return written(reader, pair) if pair else reader.out.label("unit", "nobody")


def _dates(reader: Reader, item: Item) -> dict[str, int]:
    days = (date.fromisoformat(each) for each in reader.answer["days"])
    counts = zip(days, item["dates"], strict=True)
    return {day(on, reader.out.lang): count for on, count in counts if count}


def _absence(reader: Reader, item: Item) -> str:
    return day(date.fromisoformat(item["until"]), reader.out.lang)


unit = Table(
    path="/api/unit",
    help="Show what each desk of our side holds, what waits for release, and who is away.",
    items="",
    columns=(text("open_threads", "open"), text("with_nobody", "unheld"), text("total")),
    sections=(
        Section(
            items="desks",
            columns=(
                Column("desk", lambda reader, item: _titled(reader, item.get("title"))),
                text("open_threads", "open"),
                text("working_days_open", "working_days"),
                text("dates_passed", "passed"),
                Column("dates", _dates),
            ),
        ),
        Section(
            items="releases",
            columns=(
                label("kind", "kind"),
                *texts("name", "thread", "whose"),
                time("at"),
                time("due"),
            ),
        ),
        Section(items="away", columns=(text("name"), Column("until", _absence), text("stand_in"))),
        Section(
            items="items",
            columns=(
                text("number"),
                Column("subject", lambda reader, item: written(reader, item["title"])),
                text("working_days_open", "working_days"),
                text("question"),
                time("due", "due.at"),
                text("holder", "holder.name"),
            ),
        ),
    ),
    filters=(
        option(
            "--desk", "List only threads of this desk, such as eu-permits; -: of nobody.", "code"
        ),
        option(
            "--on",
            "List only threads with a question to us on this day, or passed.",
            "date",
        ),
        option("--holder", "List only threads assigned to this person, by number.", Count(1)),
        option(
            "--sort",
            "List the oldest or the newest thread first, or the nearest date of a question to us.",
            Choice("oldest", "newest", "nearest"),
        ),
        option("--page", "Show this page of the threads.", Count(1), default=1),
    ),
).alone()
