"""Applications and differences as tables to take along, in the reader's language.

Does not write files: `desk/extracts.py` does. States come in words and by their stable code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.pages.application import (
    Asked,
    DifferenceLine,
    DifferencesPage,
    Line,
)
from special_channel.web.reading.applications import ALL, find, line, query_of
from special_channel.web.reading.differences import differences
from special_channel.web.reading.differences import find as find_differences
from special_channel.web.reading.differences import line as difference_line
from special_channel.web.shared.references import Assertion, last_entries
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import effect_text

_SIDE: Final = ("state", "state_code", "as_of", "source", "entry", "accepted_on", "decision")
_OF_ALL: Final = ("differs", "clock", "clock_how", "urgency", "times_listed", "list", "list_entry")


async def applications_extract(context: PageContext, asked: Asked) -> Extract:
    """Make a table of all applications that fit.

    Raises:
        NotFound: `batch-unknown`.
    """
    found = await find(context, asked, 0, ALL)
    sides = (context.party, context.peer)
    columns = ["number", *(f"{side}_{name}" for side in sides for name in _SIDE), *_OF_ALL]
    return Extract(
        title=context.t.label("page", "applications"),
        about=context.t.label("extract", "about"),
        columns=_named(context, columns),
        lines=[_cells(context, line(context, held)) for held in found.rows],
        facts=_facts(
            context,
            last_entries(found.eu, found.cn),
            [("filter", query_of(asked)), ("rows", str(found.total))],
        ),
        effect=effect_text(context),
    )


async def differences_extract(context: PageContext, asked: Asked) -> Extract:
    """Make a table of all differences: a line for each thing in which an application differs.

    Raises:
        NotFound: `batch-unknown`.
    """
    page: DifferencesPage = await differences(context, asked, 1)
    found, _, _ = await find_differences(context, asked, 0, ALL)
    sides = (context.party, context.peer)
    columns = [
        "number", "kind", "kind_code", *sides,
        *(f"{side}_{name}" for side in sides for name in ("as_of", "source", "entry")),
        "list", "list_entry",
    ]  # fmt: skip
    counts = [(context.t.label("difference", kind), str(count)) for kind, count in page.kinds]
    return Extract(
        title=context.t.label("page", "differences"),
        about=context.t.label("extract", "about"),
        columns=_named(context, columns),
        lines=[
            cells
            for held in found.rows
            for cells in _differing(context, difference_line(context, held))
        ],
        facts=[
            *_facts(
                context,
                page.up_to,
                [
                    ("batch", page.batch_name or context.t.label("extract", "all")),
                    ("known", str(page.known)),
                    ("both", str(page.both)),
                    ("differing", str(page.differing)),
                ],
            ),
            *counts,
            (
                context.t.label("extract", "definition"),
                context.t.gettext("extract.definition-differences"),
            ),
        ],
        effect=effect_text(context),
    )


def _named(context: PageContext, columns: Iterable[str]) -> list[tuple[str, str]]:
    return [(code, _word(context, code)) for code in columns]


def _word(context: PageContext, code: str) -> str:
    """Return a column's word; a side's column is named after that side."""
    side, _, name = code.partition("_")
    if side not in {"eu", "cn"}:
        return context.t.label("extract", code)
    words = context.t.label("side", side)
    if not name:
        return words
    gap = " " if context.lang == "en" else ""
    return f"{words}{gap}{context.t.label('extract', name)}"


def _facts(
    context: PageContext, entries: tuple[str, str], more: Iterable[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Say what a table is of."""
    t = context.t
    return [
        (t.label("extract", "as_of_entries"), ", ".join(entries)),
        (t.label("extract", "day"), context.today("cn").isoformat()),
        *((t.label("extract", name), value) for name, value in more),
    ]


def _cells(context: PageContext, row: Line) -> list[str]:
    t = context.t
    sides = zip(
        (context.party, context.peer),
        (row.own, row.peer),
        row.accepted,
        row.decisions,
        strict=True,
    )
    made: list[str] = [row.number]
    for _, said, accepted, decision in sides:
        made += _side(context, said)
        made += [_iso(accepted), t.label("decision", decision) if decision else ""]
    comma = ", " if context.lang == "en" else "、"
    made += [
        comma.join(t.label("difference", kind) for kind in row.differences),
        row.clock.short if row.clock else "",
        row.clock.sentence if row.clock else "",
        t.label("urgency", row.urgency) if row.urgency else "",
        str(row.times_listed),
        row.list.name if row.list else "",
        row.list.position if row.list else "",
    ]
    return made


def _side(context: PageContext, said: Assertion | None) -> list[str]:
    if said is None:
        return [""] * 5
    return [
        context.t.state(said.code, said.source),
        said.code,
        *_where(context, said),
    ]


def _where(context: PageContext, said: Assertion | None) -> list[str]:
    if said is None:
        return [""] * 3
    return [_iso(said.as_of), context.t.label("source", said.source), said.position]


def _differing(context: PageContext, row: DifferenceLine) -> list[Sequence[str]]:
    return [
        [
            row.number,
            context.t.label("difference", each.kind),
            each.kind,
            each.own,
            each.peer,
            *_where(context, row.own),
            *_where(context, row.peer),
            row.list.name if row.list else "",
            row.list.position if row.list else "",
        ]
        for each in row.differences
    ]


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
