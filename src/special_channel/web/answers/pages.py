"""Pages of answers to weekly lists, with sheets to download and upload, and official terms.

Does not sign: the browser signs the rows on the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Final

from aiohttp import web
from markupsafe import Markup

from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.core.rows.batches import BatchRow
from special_channel.core.sense.reasons import REASONS
from special_channel.desk import payloads, sheets
from special_channel.desk.answers import FIELDS
from special_channel.desk.lists import CORRECTS, REMARK, RETURN_COLUMNS
from special_channel.desk.table import MARK_KINDS, Choices
from special_channel.messages import terms
from special_channel.messages.catalogue import catalogue
from special_channel.web.answers import queries
from special_channel.web.answers.views import AnswerPart, AnswerRow, RowNotice
from special_channel.web.http.openapi import Route
from special_channel.web.shared.paging import paging
from special_channel.web.shared.portions import PortionQuery, Portions
from special_channel.web.shared.query import PageQuery, read_day, read_query
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import posted, see_other
from special_channel.web.shell.frame import ViewPage, frame
from special_channel.web.shell.kept_files import (
    KeptFile,
    decided,
    forget_file,
    keep_file,
    kept_file,
    return_file,
)
from special_channel.web.shell.markup import NOTHING, Wording, html, sheet_day, visible, written_day
from special_channel.web.shell.render import show
from special_channel.web.shell.uploads import (
    AsideItem,
    KeptPart,
    ReadItem,
    RefusalItem,
    aside_items,
    asked_items,
    chosen_items,
    column_words,
    read_choices,
    read_item,
    read_upload,
    refusal_item,
)

PAGE: Final = 250
"""Rows of one page, whose HTML has at most 400 KB: a usual week's list is on one."""

_FAULTS: Final = 900
"""Bytes of HTML of a row that was set aside, without its texts."""

_TERMS: Final = {
    "states": terms.STATES,
    "matches": terms.MATCHES,
    "clocks": terms.CLOCKS,
    "decisions": terms.DECISIONS,
    "missing": terms.MISSING,
    "remarks": terms.REMARKS,
}
"""Codes that an official may choose in a row."""

_CHOSEN: Final = frozenset(
    {"list-encoding", "list-two-sheets", "list-sheet-unknown", "list-sheet-hidden", "list-columns",
     "list-head-twice", "answer-head-unclear"}
)  # fmt: skip
"""Codes of files that can be read once their reader has chosen an encoding, a sheet or columns."""

_AS_OF: Final = "as_of"
"""Where the date for undated states is kept with a file that waits for a choice."""

_HERE: Final = Markup(" data-here")
"""Marks a row that an earlier sheet answered."""

_FILES: Final[Mapping[str, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


async def get_answer(request: web.Request) -> web.Response:
    """Show a page of a list with CN's latest statement of each row."""
    context, batch = await _answerable(request)
    query = read_query(PageQuery, request.query.items())
    first = (query.page - 1) * PAGE
    part, kept, around = await asyncio.gather(
        queries.answer_part(context, batch, slice(first, first + PAGE)),
        queries.kept_columns(context, batch),
        frame(context),
    )
    today = context.today(context.party)
    page = answer_page(part, kept, context.languages[0], today, query.page)
    return await show(context, page, around=around)


async def post_sheet(request: web.Request) -> web.Response:
    """Read an uploaded return sheet into the reader's draft; show what was not taken of it.

    A file whose encoding, sheet or columns are unclear is kept until its reader chooses.
    """
    context, batch = await _answerable(request)
    decisions = await read_choices(request, context)
    if decisions is not None:
        return await _choose(context, batch, decisions)
    name, data = await read_upload(request, context)
    try:
        form = await posted(request)
        as_of = next(iter(form.texts_of("as_of")), "")
        read_day(as_of, field="as_of")
        sent = frozenset(MARK_KINDS) if form.texts_of("send") else frozenset()
        book = await context.own.desk.reader.book(data)
    except (Malformed, RuleBroken) as error:
        return await show(context, sheet_page(batch, name, refused=refusal_item(context.t, error)))
    return await _take(context, batch, KeptFile(name, book, Choices(sent=sent)), as_of)


async def _choose(
    context: PageContext, batch: BatchRow, decisions: Mapping[str, str]
) -> web.Response:
    """Read the kept return sheet as its reader chose, or delete the file."""
    place = return_file(batch.batch)
    file = await kept_file(context, place)
    if "forget" in decisions:
        await forget_file(context, place)
    elif file:
        as_of = file.choices.orders.get(_AS_OF, "")
        orders = {name: each for name, each in file.choices.orders.items() if name != _AS_OF}
        choices = decided(replace(file.choices, orders=orders), decisions)
        return await _take(context, batch, replace(file, choices=choices), as_of)
    return see_other(f"/batches/EU-{batch.index}/answer")


async def _take(context: PageContext, batch: BatchRow, file: KeptFile, as_of: str) -> web.Response:
    """Take the good rows of a return sheet into the reader's draft; show the others."""
    t, place = context.t, return_file(batch.batch)
    others: tuple[RowNotice, ...] = ()
    try:
        sheet, others = await queries.read_sheet(context, batch, file.book, as_of, file.choices)
        queries.refuse_unchanged(sheet)
        taken, aside = sheet.parted()
        if taken.rows:
            await queries.save_draft(context, batch, taken)
    except (Malformed, RuleBroken) as error:
        asked = asked_items(t, error, file.book)
        if error.code not in _CHOSEN:
            page = sheet_page(batch, file.name, given_other=others, **asked)
            return await show(context, page)
    else:
        await forget_file(context, place)
        read = read_item(t, sheet.table)
        if aside or others or read.left_out:
            items = aside_items(t, aside)
            page = sheet_page(
                batch, file.name, items, taken=len(taken.rows), read=read, given_other=others
            )
            return await show(context, page)
        return see_other(f"/batches/EU-{batch.index}/answer")
    try:
        orders = {**file.choices.orders, _AS_OF: as_of}
        await keep_file(context, place, replace(file, choices=replace(file.choices, orders=orders)))
    except RuleBroken as error:
        refused = refusal_item(t, error)
        return await show(context, sheet_page(batch, file.name, refused=refused))
    page = sheet_page(
        batch,
        file.name,
        **asked,
        chosen=chosen_items(t, file.choices),
        heads=await queries.heads_of(context, file.book, file.choices),
        choosable=[(each, column_words(t, each)) for each in (*RETURN_COLUMNS, REMARK, CORRECTS)],
    )
    return await show(context, page)


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


async def get_data(request: web.Request) -> web.Response:
    """Return the private columns of the reader's answer, for the script that signs them.

    Raises:
        NotFound: `draft-unknown` without any.
    """
    context, batch = await _answerable(request)
    rows = await queries.kept_rows(context, batch)
    if not rows:
        raise NotFound("draft-unknown", "The answer has no columns of ours.")
    return web.Response(
        body=payloads.columns_part(payloads.PREVIEW_SALT, rows),
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


async def get_terms(request: web.Request) -> web.Response:
    """Show the glossary and the lists of official terms."""
    return await show(await page_context(request), terms_page())


def answer_page(
    part: AnswerPart, kept: KeptPart | None, lang: str, today: date, page: int = 1
) -> ViewPage:
    """Make a page on which a list is answered; the answer holds rows of all its pages.

    Args:
        part: The rows of the page with CN's latest statements, and what is said of all rows.
        kept: Private columns of an uploaded sheet, signed with the answer.
        lang: Language of free remarks.
        today: Today in Beijing.
        page: Number of the page.
    """
    view, shown = part.view, {row.row for row in part.view.rows}
    others = (f"{row}{'+' if here else ''}" for row, here in part.here.items() if row not in shown)
    more = {
        "pages": paging(page, len(part.here), PAGE, f"{view.url}/answer?all=1"),
        "others": " ".join(others),
        "progress": part.progress,
        "kept": kept,
        "remark_lang": lang,
        "today": today,
        "draft_name": queries.draft_name(view.batch),
        "cells": cells,
        # Found numbers are for a list with references alone.
        "columns": [name for name in FIELDS if part.referred or name != "found_as"],
        "reason_codes": REASONS,
        **_TERMS,
    }
    return ViewPage("answers/answer.html", "answer", view, more)


def sheet_page(
    batch: BatchRow,
    file: str,
    aside: tuple[AsideItem, ...] = (),
    refused: RefusalItem | None = None,
    taken: int = 0,
    given_other: tuple[RowNotice, ...] = (),
    **choices: object,
) -> ViewPage:
    """Make the page of the rows set aside of an uploaded sheet, or of its refusal.

    `taken`: number of rows copied into the answer; `given_other`: values that the record has
    otherwise; `choices`: how the file was read (`read`), and what its reader may choose, as
    `post_sheet` gives them. Tables that are too long for a page say how much of them is shown:
    what is read is not kept, and the rest is shown once the file is corrected.
    """
    portions = Portions(f"/batches/EU-{batch.index}/answer", PortionQuery())
    more: dict[str, object] = {
        "read": ReadItem(),
        "sheets": (),
        "encodings": (),
        "heads": (),
        "choosable": (),
        "chosen": (),
        "file": file,
        "aside": portions.of("faults", aside, _FAULTS, main=True),
        "given_other": portions.of("others", given_other, main=True),
        "refused": refused,
        "taken": taken,
        "url": f"/batches/EU-{batch.index}",
        **choices,
    }
    return ViewPage("answers/sheet.html", "answer", batch, more)


def terms_page() -> ViewPage:
    """Make the glossary: words of the pages and of the trade, and each code, in both languages."""
    en, zh = catalogue("en"), catalogue("zh-CN")
    more = {
        "words": [
            (zh.label("word", code), en.label("word", code), f"word.{code}.means")
            for code in terms.WORDS
        ],
        "known": [(zh.label("known", code), en.label("known", code)) for code in terms.KNOWN],
        "groups": [
            (group, [(zh.label(group, code), en.label(group, code), code) for code in codes])
            for group, codes in terms.GROUPS.items()
        ],
        "materials": [
            (
                terms.controlled(code, zh),
                terms.controlled(code, en),
                code,
                material.read,
                material.symbol,
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
    ("GET", "/batches/{number}/answer/data.json", get_data),
    ("GET", "/batches/{number}/answer.xlsx", get_sheet),
    ("GET", "/batches/{number}/answer.csv", get_sheet),
    ("GET", "/terms", get_terms),
)
