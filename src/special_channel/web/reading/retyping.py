"""A draft that was signed and did not go out, put into its author's form to be written again.

Does not change the draft: what is signed anew is another one, and must be released again. Questions
and files are asked and attached again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import (
    BatchAnswered,
    Entry,
    MeetingHeld,
    NotePosted,
    PointDiffered,
    PointNoted,
)
from special_channel.core.entries.meetings import Noting
from special_channel.core.rows.submission import Submission, read
from special_channel.ports.people import Clearance
from special_channel.web.reading.clearance import as_stored
from special_channel.web.reading.meetings import ROLES, meeting_of
from special_channel.web.shell.content import content
from special_channel.web.shell.context import PageContext

QUEUE: Final = "/clearances"
NEW: Final = "/meetings/new"


async def take_up(context: PageContext, id_: EntryId) -> str:
    """Make the reader's draft of what they signed; return the page on which they go on.

    Raises:
        NotFound: `clearance-unknown` where no draft of theirs waits or was sent back.
    """
    held = await context.own.clearances.get(id_)
    if held is None or held.by != context.reader.key or held.state == "cleared":
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    entry = _entry(held)
    place, fields, url = await _form(context, entry, held)
    if place:
        text = orjson.dumps(fields).decode()
        await context.own.drafts.save(context.reader.key, place, text, context.now)
    if isinstance(entry, PointNoted) and not place:
        return await take_up(context, entry.ref)
    taken = [held, *(await _points(context, held) if isinstance(entry, MeetingHeld) else ())]
    for each in taken:
        if each.state == "waiting":
            await context.own.clearances.close(each.id, "returned")
    return url


async def _form(
    context: PageContext, entry: Entry, held: Clearance
) -> tuple[str, dict[str, Any], str]:
    views = context.own.views
    if isinstance(entry, BatchAnswered):
        batch = await views.batch(entry.ref)
        rows = {"rows": _rows(held)}
        return f"answer-{entry.ref}", rows, f"/batches/EU-{batch.index}/answer" if batch else QUEUE
    if isinstance(entry, NotePosted):
        thread = await views.thread(entry.thread)
        text, translation = _words(held)
        fields = {"text": text, "text_tr": translation}
        return entry.thread, fields, f"/threads/{thread.position}#compose" if thread else QUEUE
    if isinstance(entry, MeetingHeld):
        return "meeting", {"new": _meeting(context, entry, held, await _points(context, held))}, NEW
    if isinstance(entry, PointNoted | PointDiffered):
        return await _said(context, entry, held)
    return "", {}, QUEUE


async def _said(
    context: PageContext, entry: PointNoted | PointDiffered, held: Clearance
) -> tuple[str, dict[str, Any], str]:
    """Put a point or a mark beside what is half written on its meeting's page.

    Nowhere if the meeting is a draft itself: with that its points are taken up.
    """
    meeting = await meeting_of(context.own.meetings, as_stored(held))
    if meeting is None:
        return "", {}, QUEUE
    place = f"words-{meeting.meeting}"
    kept = await context.own.drafts.load(context.reader.key, place)
    forms: dict[str, list[str]] = orjson.loads(kept.text) if kept else {}
    if isinstance(entry, PointDiffered):
        forms[entry.ref] = [*_words(held)]
        return place, forms, f"/meetings/{meeting.position}"
    point, fields = _point(entry.body, held), forms.get(entry.ref, [])
    rows = [fields[at : at + len(point)] for at in range(0, len(fields), len(point))]
    written = [row for row in rows if any(row[2:]) and row != point]
    forms[entry.ref] = [field for row in (*written, point) for field in row]
    return place, forms, f"/meetings/{meeting.position}#add-points"


async def _points(context: PageContext, meeting: Clearance) -> Sequence[Clearance]:
    """Return the reader's drafts of points of a meeting that is a draft itself, in their order."""
    own = context.own.clearances
    drafts = [*await own.waiting(), *await own.returned(context.reader.key)]
    found = [
        each
        for each in drafts
        if each.by == meeting.by
        and isinstance(entry := _entry(each), PointNoted)
        and entry.ref == meeting.id
    ]
    return sorted(found, key=lambda each: each.at)


def _meeting(
    context: PageContext, entry: MeetingHeld, held: Clearance, points: Sequence[Clearance]
) -> list[str]:
    """Write the fields of the form of a new meeting in their order, as `written.js` keeps them."""
    body = entry.body
    present = {(each.party, each.role) for each in body.present}
    ticks = [(party, role) for party in (context.party, context.peer) for role in ROLES[party]]
    fields = [*_words(held), body.on, body.place, body.level]
    fields += ["true" if tick in present else "false" for tick in ticks]
    for each in points:
        point = _entry(each)
        if isinstance(point, PointNoted):
            fields += _point(point.body, each)
    return fields


def _point(body: Noting, held: Clearance) -> list[str]:
    """Write the fields of one point: kind, side, day, words and their courtesy translation."""
    return [body.point, body.who, body.due or "", *_words(held)]


def _words(held: Clearance) -> tuple[str, str]:
    """Return what a draft says and its courtesy translation."""
    said = content(as_stored(held))
    original, translation = (
        "\n\n".join(words.text for words in each) for each in (said.original, said.translation)
    )
    return original, translation


def _entry(held: Clearance) -> Entry:
    return read(Submission(held.envelope, held.parts), whole=True).entry


def _rows(held: Clearance) -> list[str]:
    data = read(Submission(held.envelope, held.parts), whole=True).data or b"{}"
    words = {each.ordinal: each.text for each in content(as_stored(held)).original}
    rows: list[dict[str, Any]] = orjson.loads(data).get("rows", [])
    for row in rows:
        if "text" in row:
            row["words"] = words.get(row.pop("text"), "")
    return [orjson.dumps(row).decode() for row in rows]
