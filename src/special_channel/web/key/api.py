"""A key for programs: JSON, and the entries signed with it as a file.

Does not write files: `desk/extracts.py` does.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.desk.extracts import Extract
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.key import queries
from special_channel.web.key.queries import KeyQuery
from special_channel.web.key.views import KeyDetail, SignedItem
from special_channel.web.shared.capitals import iso
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import effect_text, numbered

_COLUMNS: Final = ("position", "at", "kind", "kind_code", "thread", "second", "delivered", "mark")


@operation(Operation("Read a key and what it signed"))
async def get_key(request: web.Request, query: KeyQuery) -> KeyDetail:
    """Return a key's spans and end, and a window of the entries signed with it."""
    context = await page_context(request)
    key = request.match_info["key"]
    return await queries.key_detail(context, key, query, query.offset, query.size)


def extract(context: PageContext, view: KeyDetail) -> Extract:
    """Make the table of the entries signed with a key in the reader's language."""
    label = context.t.label
    facts = [
        (label("extract", "as_of_entries"), ", ".join(view.up_to)),
        (label("signed", "key"), view.key),
        (label("signed", "holder"), view.holder),
        (label("signed", "entries"), str(view.total)),
    ]
    if view.party == context.party:
        facts.append((label("extract", "internal"), label("people", "internal")))
    return Extract(
        title=label("signed", "entries"),
        about=label("extract", "about"),
        columns=[(code, label("signed", code)) for code in _COLUMNS],
        lines=[_line(context, item) for item in view.items],
        facts=facts,
        effect=effect_text(context),
        up_to=", ".join(view.up_to),
    )


def _line(context: PageContext, item: SignedItem) -> list[str]:
    label, comma = context.t.label, "、" if context.lang == "zh-CN" else ", "
    return [
        numbered(context, item.position) if item.position else label("signed", "private"),
        iso(item.at),
        label("kind", item.kind),
        item.kind,
        numbered(context, item.thread or ""),
        comma.join(item.second),
        iso(item.delivered) if item.delivered else "",
        item.mark or "",
    ]


API: Final[tuple[Route, ...]] = (("GET", "/api/keys/{key}", get_key),)
