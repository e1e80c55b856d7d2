"""Pages of answers to weekly lists, with sheets to download and upload, and official terms.

Does not sign: the browser signs the rows on the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from aiohttp import web
from markupsafe import Markup

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.fields import is_reference
from special_channel.core.rows.batches import BatchRow
from special_channel.core.sense.reasons import REASONS
from special_channel.desk import sheets
from special_channel.desk.answers import FIELDS
from special_channel.desk.table import MARK_KINDS, Choices
from special_channel.messages import terms
from special_channel.messages.catalogue import catalogue
from special_channel.web.answers import queries
from special_channel.web.answers.views import AnswerRow, AnswerView, Progress
from special_channel.web.http.openapi import Route
from special_channel.web.shared.query import read_day
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import posted, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.markup import NOTHING, Wording, html, sheet_day, visible, written_day
from special_channel.web.shell.render import show
from special_channel.web.shell.uploads import (
    AsideItem,
    KeptPart,
    RefusalItem,
    aside_items,
    read_upload,
    refusal_item,
)

_TERMS: Final = {
    "states": terms.STATES,
    "matches": terms.MATCHES,
    "clocks": terms.CLOCKS,
    "decisions": terms.DECISIONS,
    "missing": terms.MISSING,
    "remarks": terms.REMARKS,
}
"""Codes that an official may choose in a row."""

_HERE: Final = Markup(" data-here")
"""Marks a row that an earlier sheet answered."""

_FILES: Final[Mapping[str, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


async def get_answer(request: web.Request) -> web.Response:
    """Show a list with CN's latest statement of each row."""
    context, batch = await _answerable(request)
    view = await queries.answer(context, batch)
    page = answer_page(
        view,
        await queries.kept_columns(context, batch),
        context.languages[0],
        context.today(context.party),
        await queries.progress(context, batch, view),
    )
    return await show(context, page)


async def post_sheet(request: web.Request) -> web.Response:
    """Read an uploaded return sheet into the reader's draft; show rows that are set aside."""
    context, batch = await _answerable(request)
    name, data = await read_upload(request, context)
    try:
        form = await posted(request)
        as_of = next(iter(form.texts_of("as_of")), "")
        read_day(as_of, field="as_of")
        sent = frozenset(MARK_KINDS) if form.texts_of("send") else frozenset()
        sheet = await queries.read_sheet(context, batch, data, as_of, Choices(sent=sent))
        taken, aside = sheet.parted()
        if taken.rows:
            await queries.save_draft(context, batch, taken)
    except (Malformed, RuleBroken) as error:
        return await show(context, sheet_page(batch, name, refused=refusal_item(context.t, error)))
    if aside:
        items = aside_items(context.t, aside)
        return await show(context, sheet_page(batch, name, items, taken=len(taken.rows)))
    return see_other(f"/batches/EU-{batch.index}/answer")


async def get_sheet(request: web.Request) -> web.Response:
    """Return the sheet to fill in, prefilled with CN's latest statements."""
    context, batch = await _answerable(request)
    ending = request.path.rpartition(".")[2]
    view = await queries.answer(context, batch)
    lines = sheets.return_lines(batch.list, [row.sheet_fields() for row in view.rows], context.t)
    body = await asyncio.to_thread(sheets.return_file, ending, batch.list, lines, context.lang)
    return web.Response(
        body=body,
        content_type=_FILES[ending],
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="answer-{view.position}.{ending}"',
        },
    )


async def get_terms(request: web.Request) -> web.Response:
    """Show the lists of official terms."""
    return await show(await page_context(request), terms_page())


def answer_page(
    view: AnswerView, kept: KeptPart | None, lang: str, today: date, progress: Progress
) -> ViewPage:
    """Make the page on which a list is answered.

    Args:
        view: The list with CN's latest statements.
        kept: Private columns of an uploaded sheet, signed with the answer.
        lang: Language of free remarks.
        today: Today in Beijing.
        progress: Rows answered so far.
    """
    more = {
        "progress": progress,
        "kept": kept,
        "remark_lang": lang,
        "today": today,
        "draft_name": queries.draft_name(view.batch),
        "cells": cells,
        "columns": _columns(view),
        "reason_codes": REASONS,
        **_TERMS,
    }
    return ViewPage("answers/answer.html", "answer", view, more)


def _columns(view: AnswerView) -> Sequence[str]:
    """Return the fields of a row; found numbers only for a list with references."""
    referred = any(is_reference(row.number) for row in view.rows)
    return [name for name in FIELDS if referred or name != "found_as"]


def sheet_page(
    batch: BatchRow,
    file: str,
    aside: tuple[AsideItem, ...] = (),
    refused: RefusalItem | None = None,
    taken: int = 0,
) -> ViewPage:
    """Make the page of the rows set aside of an uploaded sheet, or of its refusal.

    `taken`: number of rows copied into the answer.
    """
    more: dict[str, object] = {
        "file": file,
        "aside": aside,
        "refused": refused,
        "taken": taken,
        "url": f"/batches/EU-{batch.index}",
    }
    return ViewPage("answers/sheet.html", "answer", batch, more)


def terms_page() -> ViewPage:
    """Make the page of official terms, with each code in both languages."""
    en, zh = catalogue("en"), catalogue("zh-CN")
    more = {
        "groups": [
            (group, [(code, zh.label(group, code), en.label(group, code)) for code in codes])
            for group, codes in terms.GROUPS.items()
        ],
        "materials": [
            (
                code,
                material.read,
                material.symbol,
                terms.controlled(code, zh),
                terms.controlled(code, en),
                material.tariff if not form else (),
            )
            for material in terms.MATERIALS
            for form in ("", *terms.FORMS)
            for code in (f"{material.control}{form and '.'}{form}",)
        ],
        "further": [
            (zh.label("tariff", name), en.label("tariff", name), codes)
            for name, codes in terms.FURTHER.items()
        ],
    }
    return ViewPage("answers/terms.html", "terms", None, more)


def cells(
    say: Wording, rows: Iterable[AnswerRow], doubted: Callable[[str], Markup]
) -> Iterator[Mapping[str, object]]:
    """Write the cells of each row, as the line of the template names them."""
    said = lru_cache(lambda number: html(f"{number}{doubted(number)}") if number else NOTHING)
    how = lru_cache(lambda here, said_in: _how(say, said(said_in), here=here))
    for row in rows:
        text, peer, missing = row.text, row.peer, row.fields.get("missing")
        yield {
            "row": row.row,
            "number": row.number,
            "shown": visible(row.number),
            "url": row.url,
            "data": row.data,
            "here": _HERE if row.here else NOTHING,
            "latest": row.latest,
            "since": written_day(row.since, say.lang) if row.since else said(row.said_in),
            "peer": say.state(peer.state, peer.source) if peer else NOTHING,
            "peer_as_of": written_day(peer.as_of, say.lang) if peer and peer.as_of else NOTHING,
            "question": say.label("question", row.question),
            "match": say.label("match", text("match")),
            "found_as": visible(text("found_as")),
            "state": say.state(text("state"), "return-sheet"),
            "as_of": sheet_day(text("as_of"), say.lang),
            "accepted_on": sheet_day(text("accepted_on"), say.lang),
            "clock": say.label("clock", text("clock")),
            "missing": say.listed("missing", missing) if missing else NOTHING,
            "decision": say.label("decision", text("decision")),
            "decided_on": sheet_day(text("decided_on"), say.lang),
            "remark": say.label("remark", text("remark")),
            "how": how(row.here, row.said_in),
        }


def _how(say: Wording, said_in: Markup, *, here: bool) -> str:
    if here:
        return say.gettext("answered in %(position)s", position=said_in)
    if said_in:
        return say.gettext("stated in %(position)s", position=said_in)
    return say.gettext("not stated yet")


async def _answerable(request: web.Request) -> tuple[PageContext, BatchRow]:
    """Return the context of an official who may answer the list, and the list."""
    context = await page_context(request, *OFFICIALS)
    return context, await queries.find_answerable(context, request.match_info["number"])


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/batches/{number}/answer", get_answer),
    ("POST", "/batches/{number}/answer", post_sheet),
    ("GET", "/batches/{number}/answer.xlsx", get_sheet),
    ("GET", "/batches/{number}/answer.csv", get_sheet),
    ("GET", "/terms", get_terms),
)
