"""Pages of drafts waiting for release, and the author's form filled with a signed draft again.

Does not sign: the second official's browser does. Does not change a draft: a corrected draft is
signed and released as a new one. Questions and files are not restored; the author adds them again.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, Final

import orjson
from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.entries import (
    BatchAnswered,
    MeetingHeld,
    NotePosted,
    PointMarked,
    PointNoted,
    ThreadOpened,
)
from special_channel.desk.releasing import sheet_rows
from special_channel.stores.clearances import Clearance
from special_channel.stores.drafts import Replaces
from special_channel.web.approvals import queries
from special_channel.web.approvals.drafts import remarks
from special_channel.web.approvals.layouts import queue_page, several_page, sheet_page
from special_channel.web.approvals.stored import as_stored
from special_channel.web.approvals.tables import FILES
from special_channel.web.approvals.views import ReleaseFilters
from special_channel.web.http.openapi import Route
from special_channel.web.shared.portions import PortionQuery
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.content import content, entry_in
from special_channel.web.shell.context import OFFICIALS, REGISTRAR, PageContext, page_context
from special_channel.web.shell.forms import read_form, see_other
from special_channel.web.shell.frame import SENT_BACK
from special_channel.web.shell.meetings import ROLES, meeting_of
from special_channel.web.shell.news import see
from special_channel.web.shell.render import show

QUEUE: Final = "/clearances"

_WORDS: Final = "words-"
"""Beginning of the name under which all forms on a meeting's page are saved."""

Form = tuple[str, dict[str, Any], str]
"""Name of the saved text ("" for a kind without a form), its fields, address of the form."""


async def get_clearances(request: web.Request) -> web.Response:
    """Show drafts waiting for release, one of them opened, and the reader's returned drafts."""
    context = await page_context(request, *OFFICIALS, REGISTRAR)
    query = read_filters(ReleaseFilters, request.query.items())
    asked = read_query(PortionQuery, request.query.items())
    view = await queries.queue(context, query, request.match_info.get("id"))
    await see(context, about=[view.item.id] if view.item else [])
    released = request.query.get("released", "")
    return await show(
        context, queue_page(view.model_copy(update={"released": _position(released)}), query, asked)
    )


async def get_several(request: web.Request) -> web.Response:
    """Show the drafts to be released by the reader, with the findings of the checks.

    With `act` only the drafts of an act, with their texts.
    """
    context = await page_context(request, *OFFICIALS, REGISTRAR)
    act = request.query.get("act", "")
    asked = read_query(PortionQuery, request.query.items())
    view, shown = await queries.several(context, act, asked)
    return await show(context, several_page(view, asked, shown))


async def get_sheet(request: web.Request) -> web.Response:
    """Show the sign-off sheet of a draft, to be printed for a decision on paper."""
    context = await page_context(request, *OFFICIALS)
    view = await queries.draft(context, request.match_info["id"])
    if view.signoff is None:
        raise NotFound("route-unknown", "The draft is on no sign-off route.")
    query = read_query(ReleaseFilters, request.query.items())
    asked = read_query(PortionQuery, request.query.items())
    return await show(context, sheet_page(view, query, asked))


async def post_take_up(request: web.Request) -> web.Response:
    """Fill the author's form with a draft again, and withdraw the draft if it waits."""
    context = await page_context(request, *OFFICIALS, REGISTRAR)
    await read_form(request, context.reader)
    return see_other(await edit_again(context, request.match_info["id"]))


def _position(text: str) -> str:
    """Parse the number of an entry of our side's log in an address; "" for others."""
    try:
        return str(Position.parse(text))
    except Malformed:
        return ""


async def edit_again(context: PageContext, id_: EntryId) -> str:
    """Save the content of the reader's signed draft as a typed text; return the form's address.

    A draft waiting for release is withdrawn, for a meeting with the drafts of its points.

    Raises:
        NotFound: `clearance-unknown` if the reader has no waiting or returned draft of this id.
        RuleBroken: `form-taken` if something else is written in the form; nothing changes then.
    """
    draft = await context.own.desk.clearances.of_person(id_, context.reader.key)
    if draft is None or draft.state == "cleared":
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    entry = entry_in(draft.envelope)
    if draft.act and (url := await _act_again(context, draft)):
        return url
    points = await _points(context, draft) if isinstance(entry, MeetingHeld) else ()
    name, fields, url = await _form(context, draft, points)
    if name:
        await _fill(context, name, fields)
    elif isinstance(entry, PointNoted):  # its meeting is a draft, too
        return await edit_again(context, entry.ref)
    for each in (draft, *points):
        if each.state == "waiting":
            await context.own.desk.clearances.close(each.id, "returned")
    return _beside(url, draft) if url != QUEUE else url


async def _act_again(context: PageContext, draft: Clearance) -> str:
    """Save the typed words of the author of new threads again; return the form's address.

    Leaves out threads released meanwhile. Empty for drafts of another form, and after the release
    of every thread: a note is edited in its thread then.
    """
    sent = await context.own.desk.clearances.of_act(draft.act)
    left = [each for each in sent if each.state != "cleared"]
    opened = [entry for each in left if isinstance(entry := entry_in(each.envelope), ThreadOpened)]
    form = next((each.form for each in sent if each.form), "")
    if not form or not opened:
        return ""
    name, fields = orjson.loads(form)["name"], orjson.loads(orjson.loads(form)["text"])
    batch = await context.own.stores.views.batch(name.removeprefix("new-"))
    if name != "new" and batch is None:
        return ""
    if fields.get("each"):
        fields["applications"] = [number for entry in opened for number in entry.body.applications]
    await _fill(context, name, fields)
    for each in left:
        if each.state == "waiting":
            await context.own.desk.clearances.close(each.id, "returned")
    return _beside(f"/batches/EU-{batch.index}/new-thread" if batch else "/threads/new", draft)


async def _fill(context: PageContext, name: str, fields: Mapping[str, object]) -> None:
    """Save the fields of a form, unless the reader has begun something else there.

    A form with the same fields stays as it is, with everything added since.

    Raises:
        RuleBroken: `form-taken`.
    """
    drafts, key = context.own.desk.drafts, context.reader.key
    saved = await drafts.load(key, name)
    kept: dict[str, object] = orjson.loads(saved.text) if saved else {}
    if kept and all(kept.get(each) == value for each, value in fields.items()):
        return
    # Those of a meeting have what stood there before among them.
    if kept and not name.startswith(_WORDS):
        raise _taken()
    over = Replaces(saved.version if saved else 0)
    if await drafts.save(key, name, orjson.dumps(fields).decode(), context.now, over) is None:
        raise _taken()


def _taken() -> RuleBroken:
    return RuleBroken("form-taken", "Another draft stands in this form.")


def _beside(url: str, draft: Clearance) -> str:
    """Return a form's address with the draft, whose remark is shown next to the form."""
    if not draft.remark:
        return url
    path, hash_, place = url.partition("#")
    return f"{path}{'&' if '?' in path else '?'}{SENT_BACK}={draft.id}{hash_}{place}"


async def _form(context: PageContext, draft: Clearance, points: Sequence[Clearance]) -> Form:
    views, entry = context.own.stores.views, entry_in(draft.envelope)
    match entry:
        case BatchAnswered():
            batch = await views.batch(entry.ref)
            url = f"/batches/EU-{batch.index}/answer" if batch else QUEUE
            return f"answer-{entry.ref}", {"rows": _rows(draft)}, url
        case NotePosted():
            thread = await views.thread(entry.thread)
            text, translation = _texts(draft)
            url = f"/threads/{thread.position}#compose" if thread else QUEUE
            return entry.thread, {"text": text, "text_tr": translation}, url
        case MeetingHeld():
            return "meeting", {"new": _meeting(context, entry, draft, points)}, "/meetings/new"
        case PointNoted() | PointMarked():
            return await _of_meeting(context, entry, draft)
        case _:
            return "", {}, QUEUE


async def _of_meeting(
    context: PageContext, entry: PointNoted | PointMarked, draft: Clearance
) -> Form:
    """Add a point or a mark to the texts saved on its meeting's page."""
    meeting = await meeting_of(context.own.stores.meetings, draft.id, entry)
    if meeting is None:
        return "", {}, QUEUE
    name, url = f"{_WORDS}{meeting.meeting}", f"/meetings/{meeting.position}"
    saved = await context.own.desk.drafts.load(context.reader.key, name)
    forms: dict[str, list[str]] = orjson.loads(saved.text) if saved else {}
    if isinstance(entry, PointMarked):
        for mark in entry.body.entries:
            if mark.parts:
                words = [*_texts(draft, mark.parts)]
                if forms.setdefault(mark.id, words) != words:
                    raise _taken()
        first = next((mark.id for mark in entry.body.entries if mark.parts), "")
        return name, forms, url + await _at_point(context, first)
    point, fields = _point(entry, draft), forms.get(entry.ref, [])
    rows = [fields[at : at + len(point)] for at in range(0, len(fields), len(point))]
    others = [row for row in rows if any(row[2:]) and row != point]
    forms[entry.ref] = [field for row in (*others, point) for field in row]
    return name, forms, f"{url}#add-points"


async def _at_point(context: PageContext, point: EntryId) -> str:
    """Return the part of a meeting's address that opens the portion with a point."""
    found = (await context.own.stores.record.find([point])).get(point)
    if found is None or found.log == "private":
        return ""
    number = Position(found.log, found.index)
    return f"?entry={number}#{number}"


async def _points(context: PageContext, meeting: Clearance) -> Sequence[Clearance]:
    """Return the author's drafts of points of a meeting that is a draft itself, oldest first."""
    own = context.own.desk.clearances
    drafts = [*await own.waiting(), *await own.returned(context.reader.key)]
    points = [
        each
        for each in drafts
        if each.by == meeting.by
        and isinstance(entry := entry_in(each.envelope), PointNoted)
        and entry.ref == meeting.id
    ]
    return sorted(points, key=lambda each: each.at)


def _meeting(
    context: PageContext, entry: MeetingHeld, draft: Clearance, points: Sequence[Clearance]
) -> list[str]:
    """Return the fields of a new meeting in the order in which `written.js` saves them."""
    body = entry.body
    present = {(each.party, each.role) for each in body.present}
    boxes = [(party, role) for party in (context.party, context.peer) for role in ROLES[party]]
    fields = [*_texts(draft), body.on, body.place, body.level]
    fields += ["true" if box in present else "false" for box in boxes]
    for each in points:
        point = entry_in(each.envelope)
        if isinstance(point, PointNoted):
            fields += _point(point, each)
    return fields


def _point(entry: PointNoted, draft: Clearance) -> list[str]:
    """Return the fields of a point: kind, side, day, text and courtesy translation."""
    return [entry.body.point, entry.body.who, entry.body.due or "", *_texts(draft)]


def _texts(draft: Clearance, parts: Container[int | None] | None = None) -> tuple[str, str]:
    """Return a draft's text and its courtesy translation; `parts`: only of these parts."""
    text = content(as_stored(draft))
    original, translation = (
        "\n\n".join(words.text for words in each if parts is None or words.ordinal in parts)
        for each in (text.original, text.translation)
    )
    return original, translation


def _rows(draft: Clearance) -> list[str]:
    """Return the rows of a return sheet as JSON, each with its free remark."""
    texts, rows = remarks(draft), sheet_rows(draft).get("rows", [])
    for row in rows:
        if "text" in row:
            row["words"] = texts.get(row.pop("text"), "")
    return [orjson.dumps(row).decode() for row in rows]


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/clearances", get_clearances),
    *FILES,
    ("GET", "/clearances/several", get_several),  # before `{id}`
    ("GET", "/clearances/{id}", get_clearances),
    ("GET", "/clearances/{id}/sheet", get_sheet),
    ("POST", "/clearances/{id}/take-up", post_take_up),
)
