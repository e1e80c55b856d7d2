"""What the own side alone holds of a brief's lines: names, internal notes, private columns.

Asked for internal briefs only. A brief that may be handed over never calls this module, so what
stands here can't reach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from special_channel.core.bytes.ids import ThreadId
from special_channel.core.rows.questions import QuestionRow
from special_channel.ports.applications import ListedApplication
from special_channel.web.shell.content import excerpt
from special_channel.web.shell.context import PageContext

COLUMNS: Final = 4
"""Own columns of a list that fit on a line of a brief."""

LEADING: Final = (
    "eu_company", "exporter_zh", "member_state", "filed_via_province", "stock_out_on",
    "jobs_at_risk", "rank_reason", "end_use_sector", "control_code", "case_id",
)  # fmt: skip
"""Those that are named first: whose application it is, and what hangs on it."""


async def about_asks(
    context: PageContext, rows: Sequence[QuestionRow]
) -> Mapping[ThreadId, tuple[str, ...]]:
    """Return, by thread, in whose hands it is, and how the last internal note begins."""
    threads = sorted({row.thread for row in rows})
    hands = await context.own.views.hands(threads, context.party)
    keys = sorted({key for held in hands.values() for key in held})
    people = await context.own.officials.of_keys(keys)
    found: dict[ThreadId, tuple[str, ...]] = {}
    for thread in threads:
        names = sorted({people[key].name for key in hands.get(thread, ()) if key in people})
        said = (
            [context.t.gettext("brief.hands", names=context.t.gettext("brief.comma").join(names))]
            if names
            else []
        )
        notes = await context.own.views.private_of_thread(thread)
        written = [excerpt(note, context.lang) for note in notes[-1:]]
        said += [
            context.t.gettext("brief.note", text=words.text)
            for words in written
            if words.presence == "present"  # nothing is quoted of what was erased
        ]
        found[thread] = tuple(said)
    return found


async def about_applications(
    context: PageContext, rows: Sequence[ListedApplication]
) -> Mapping[str, tuple[str, ...]]:
    """Return, by number, the own columns of the list on which an application last stood."""
    colon = context.t.gettext("brief.colon")
    lists = sorted({held.batch.list for held in rows if held.batch is not None})
    kept = {name: _cells(await context.own.views.kept_columns(name)) for name in lists}
    return {
        held.application.number: tuple(
            f"{context.t.label('column', name)}{colon}{value}"
            for name, value in kept[held.batch.list].get(held.listing.row, ())[:COLUMNS]
        )
        for held in rows
        if held.batch is not None and held.listing is not None
    }


def _cells(data: str | None) -> Mapping[int, tuple[tuple[str, str], ...]]:
    rows = orjson.loads(data).get("rows", []) if data else []
    return {
        int(row.get("row", 0)): tuple(
            (str(name), str(value))
            for name, value in sorted(row.get("columns", {}).items(), key=_place)
            if value
        )
        for row in rows
    }


def _place(cell: tuple[str, object]) -> tuple[int, str]:
    name = cell[0]
    return (LEADING.index(name) if name in LEADING else len(LEADING), name)
