"""Pages of files of weekly lists: the check of a new list, and an amendment.

A file and the choices about the file are kept as the reader's draft. Does not sign: the browser
signs the data on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.core.entries.batches import OPTED
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rules.releasing import release_of
from special_channel.desk import payloads
from special_channel.desk.lists import LIST_COLUMNS
from special_channel.desk.payloads import Fields
from special_channel.web.http.openapi import Route
from special_channel.web.lists import checking, queries
from special_channel.web.lists.file_looks import CHECK, FIRST, amendment_page, check_page
from special_channel.web.lists.file_views import DeskChoiceItem
from special_channel.web.shared.capitals import local
from special_channel.web.shared.portions import PortionQuery, Portions
from special_channel.web.shared.query import read_query
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import see_other
from special_channel.web.shell.kept_files import (
    LIST_FILE,
    KeptFile,
    amendment_file,
    decided,
    desk_choice,
    forget_file,
    keep_file,
    kept_file,
    new_file,
    remember_heads,
)
from special_channel.web.shell.people import names_with, people
from special_channel.web.shell.render import show
from special_channel.web.shell.threads import find_batch
from special_channel.web.shell.uploads import (
    asked_items,
    chosen_items,
    column_words,
    data_to_sign,
    kept_part,
    read_choices,
    read_upload,
    refusal_item,
)

_SALT: Final = payloads.PREVIEW_SALT


async def get_list_check(request: web.Request) -> web.Response:
    """Show the reader's file as it was checked, or the form for a file."""
    context = await _lister(request)
    file = await kept_file(context, LIST_FILE)
    if file is None:
        return await show(context, check_page(None))
    query = read_query(PortionQuery, request.query.items())
    return await _show_check(context, file, query, again=True)


async def post_list_check(request: web.Request) -> web.Response:
    """Keep a file, or choices about the kept file, as the reader's draft; show the result."""
    context = await _lister(request)
    decisions = await read_choices(request, context)
    if decisions is not None:
        await _decide(context, LIST_FILE, decisions)
        return see_other("/batches/check")
    name, data = await read_upload(request, context)
    try:
        book = await context.own.desk.reader.book(data)
        file = await new_file(context, name, book)
        await keep_file(context, LIST_FILE, file)
    except (Malformed, RuleBroken) as error:
        refused = refusal_item(context.t, error)
        return await show(context, check_page(None, file=name, refused=refused))
    return await _show_check(context, file)


async def _decide(context: PageContext, place: str, decisions: Mapping[str, str]) -> None:
    """Keep choices about a file of the reader, or delete the file."""
    file = await kept_file(context, place)
    if "forget" in decisions:
        await forget_file(context, place)
    elif file:
        choices = decided(file.choices, decisions)
        read = file.choices
        if (choices.sheet, choices.encoding) != (read.sheet, read.encoding):
            choice = await desk_choice(context, file.book, choices)
            columns = choice.chosen if choice else {}
            choices = replace(choices, heads={**columns, **choices.heads})
        file = replace(file, choices=choices)
        await keep_file(context, place, file)
        if any(name.removeprefix("drop:").startswith("head:") for name in decisions):
            await remember_heads(context, file)


async def get_list_data(request: web.Request) -> web.Response:
    """Return a data part of the reader's checked file, for the script that signs it."""
    context = await _lister(request)
    file = await kept_file(context, LIST_FILE)
    if file is None:
        raise NotFound("draft-unknown", "No file is kept.")
    report = await checking.check_list(context, file.book, file.choices)
    return _data(request, payloads.sheet_part(_SALT, "list", report.rows), report.kept)


async def get_amendment_data(request: web.Request) -> web.Response:
    """Return a data part of the reader's compared file, for the script that signs it."""
    context = await _lister(request)
    row = await find_batch(context, request.match_info["number"])
    file = await kept_file(context, await _place_of(context, row) or LIST_FILE)
    if file is None:
        raise NotFound("draft-unknown", "No file is kept.")
    amendment, report = await checking.compare_amendment(context, row, file.book, file.choices)
    return _data(request, payloads.amendment_part(_SALT, amendment.data), report.kept)


def _data(request: web.Request, crossing: bytes, kept: Sequence[Fields]) -> web.Response:
    own = request.query.get("part") == "kept"
    return web.Response(
        body=payloads.columns_part(_SALT, kept) if own else crossing,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


async def _show_check(
    context: PageContext,
    file: KeptFile,
    query: PortionQuery = FIRST,
    *,
    again: bool = False,
) -> web.Response:
    """Check a file and show the result; nothing is signed.

    `again`: the file was uploaded earlier. Its list may be signed meanwhile: rows set aside then
    belong to an amendment; without such rows the file is forgotten, and the form for the next one
    is shown.
    """
    try:
        report = await checking.check_list(context, file.book, file.choices)
    except Malformed as error:
        page = check_page(
            None,
            **await _held(context, file),
            **asked_items(context.t, error, file.book),
            heads=await checking.heads_of(context, file),
            choosable=[(each, column_words(context.t, each)) for each in LIST_COLUMNS],
            next_list=f"L{context.today('eu'):%G-%V}",
        )
        return await show(context, page)
    if again and report.same and report.aside:
        return see_other(f"/batches/{report.same.position}/amend")
    if again and not report.aside and (report.same or report.waiting):
        await forget_file(context, LIST_FILE)
        return await show(context, check_page(None))
    rows, kept = len(report.rows), bool(report.kept) and not report.faults
    agreed = checking.further_columns(context.document)
    line_stop = report.counted.urgency["line_stop"] > 0
    release = release_of(context.document, "batch.listed", line_stop=line_stop)
    signable = bool(report.rows) and not report.faults
    page = check_page(
        report,
        **await _held(context, file),
        agreed=sorted(agreed & OPTED),
        not_agreed=sorted(OPTED - agreed),
        charter=context.charter.number if context.charter else 0,
        signable=signable,
        part=data_to_sign(
            payloads.sheet_part(_SALT, "list", report.rows), f"{CHECK}/data.json?part=crossing"
        )
        if signable
        else None,
        body=canonical.dumps({"list": report.list, "rows": rows}).decode(),
        kept=kept_part(context, report.list, report.kept, f"{CHECK}/data.json?part=kept")
        if kept
        else None,
        portions=Portions(CHECK, query),
        release=release,
        next_officials=await names_with(context, release.roles, {context.reader.row.person}),
    )
    return await show(context, page)


async def get_amend(request: web.Request) -> web.Response:
    """Show the form of an amendment, and rows set aside of the list's file."""
    context = await _lister(request)
    row = await find_batch(context, request.match_info["number"])
    place = await _place_of(context, row)
    file = await kept_file(context, place) if place else None
    if file is None:
        return await show(context, amendment_page(row, None))
    query = read_query(PortionQuery, request.query.items())
    try:
        return await _show_amendment(context, row, file, query)
    except Malformed as error:
        if error.code != "amendment-empty":
            return await _show_refused(context, row, file, error)
        # Signed meanwhile: every row of the file is on the list.
        await forget_file(context, place)
    return await show(context, amendment_page(row, None))


async def _place_of(context: PageContext, row: BatchRow) -> str:
    """Return the name of the reader's draft with a file of a list; empty without one.

    Rows of the list's own file that were set aside when the list was signed wait for an amendment,
    until another file is chosen for it.
    """
    if await kept_file(context, amendment_file(row.batch)):
        return amendment_file(row.batch)
    file = await kept_file(context, LIST_FILE)
    with suppress(Malformed):
        if file and await checking.list_named_in(context, file) == row.list:
            return LIST_FILE
    return ""


async def _show_refused(
    context: PageContext, row: BatchRow, file: KeptFile, error: Malformed | RuleBroken
) -> web.Response:
    """Show why a kept file was refused, with choices of its encoding, sheet and columns."""
    page = amendment_page(
        row,
        None,
        **await _held(context, file),
        **asked_items(context.t, error, file.book),
        heads=await checking.heads_of(context, file),
        choosable=[(each, column_words(context.t, each)) for each in LIST_COLUMNS],
    )
    return await show(context, page)


async def post_amend(request: web.Request) -> web.Response:
    """Compare a file with the list and show the result; nothing is signed."""
    context = await _lister(request)
    row = await find_batch(context, request.match_info["number"])
    decisions = await read_choices(request, context)
    if decisions is not None:
        place = await _place_of(context, row)
        if place:
            await _decide(context, place, decisions)
        return see_other(f"/batches/EU-{row.index}/amend")
    name, data = await read_upload(request, context)
    try:
        book = await context.own.desk.reader.book(data)
        file = await new_file(context, name, book)
        await keep_file(context, amendment_file(row.batch), file)
    except (Malformed, RuleBroken) as error:
        refused = refusal_item(context.t, error)
        return await show(context, amendment_page(row, None, file=name, refused=refused))
    try:
        return await _show_amendment(context, row, file)
    except Malformed as error:
        return await _show_refused(context, row, file, error)


async def _show_amendment(
    context: PageContext, row: BatchRow, file: KeptFile, query: PortionQuery = FIRST
) -> web.Response:
    """Compare a file with the list.

    Raises:
        Malformed: As `checking.compare_amendment`.
    """
    amendment, report = await checking.compare_amendment(context, row, file.book, file.choices)
    kept = bool(report.kept) and not report.faults
    signable = bool(report.rows) and not report.faults
    url = f"/batches/EU-{row.index}/amend"
    page = amendment_page(
        row,
        report,
        **await _held(context, file),
        lines=amendment.changes,
        signable=signable,
        part=data_to_sign(
            payloads.amendment_part(_SALT, amendment.data), f"{url}/data.json?part=crossing"
        )
        if signable
        else None,
        body=canonical.dumps({"rows": report.rows}).decode(),
        kept=kept_part(context, row.list, report.kept, f"{url}/data.json?part=kept")
        if kept
        else None,
        portions=Portions(url, query),
        release=release_of(context.document, "batch.amended", line_stop=report.line_stop),
    )
    return await show(context, page)


async def _held(context: PageContext, file: KeptFile) -> dict[str, Any]:
    """Return the values of a page that shows a kept file."""
    chosen = chosen_items(context.t, file.choices)
    return {
        "file": file.name,
        "held": True,
        "chosen": chosen,
        "by_desk": await _by_desk(context, file),
    }


async def _by_desk(context: PageContext, file: KeptFile) -> DeskChoiceItem | None:
    """Write who of the reader's desk chose the columns of a file, and when; None if nobody did."""
    if not file.choices.heads:
        return None
    choice = await desk_choice(context, file.book, file.choices)
    if choice is None or not choice.chosen.items() <= file.choices.heads.items():
        return None
    author = (await people(context, [choice.key])).author(choice.key)
    desk = author.desk.first(context.lang).text
    title = context.t.gettext("official.numbered", desk=desk, number=author.place)
    return DeskChoiceItem(on=local(choice.at, context.party).date(), by=author.name or title)


async def _lister(request: web.Request) -> PageContext:
    """Return the request context of an official of the side with lists.

    Raises:
        NotAllowed: `owner` on CN's node, and as `page_context`.
    """
    context = await page_context(request, *OFFICIALS)
    queries.refuse_other_side(context)
    return context


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/batches/check", get_list_check),
    ("POST", "/batches/check", post_list_check),
    ("GET", "/batches/check/data.json", get_list_data),
    ("GET", "/batches/{number}/amend", get_amend),
    ("POST", "/batches/{number}/amend", post_amend),
    ("GET", "/batches/{number}/amend/data.json", get_amendment_data),
)
