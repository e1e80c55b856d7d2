"""Signed drafts that wait for a second official, byte for byte; and those sent back.

Does not sign: the second official's browser does, over the bytes that it was shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError, NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import (
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    ListRow,
    MeetingHeld,
    NotePosted,
    PointDiffered,
    PointNoted,
    ReturnRow,
    Role,
    ThreadOpened,
    parse,
)
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rules.releasing import release_of, stops_line
from special_channel.desk.amending import listed_priority, requested_priority
from special_channel.ports import Stored
from special_channel.ports.people import Clearance
from special_channel.web.pages.amendment import AmendedLine
from special_channel.web.pages.clearance import ClearancePage, Sheet, ToClear
from special_channel.web.reading.amendment import MOST
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import Content, FileRef, content, entry_of, title
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people

_TAKEN_UP: Final = (BatchAnswered, NotePosted, MeetingHeld, PointNoted, PointDiffered)

Rows = dict[str, list[dict[str, Any]]]
"""The content of a sheet's data part: its rows, by what is done with them."""


async def clearances(context: PageContext) -> ClearancePage:
    """Read all drafts that wait, and the reader's own that were sent back."""
    waiting = await context.own.clearances.waiting()
    returned = await context.own.clearances.returned(context.reader.key)
    return await _page(context, waiting, returned)


async def clearance(context: PageContext, id_: EntryId) -> ClearancePage:
    """Read one draft.

    Raises:
        NotFound: `clearance-unknown`.
    """
    found = await context.own.clearances.get(id_)
    if found is None or found.state != "waiting":
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    return await _page(context, [found], ())


async def _page(
    context: PageContext, waiting: Sequence[Clearance], returned: Sequence[Clearance]
) -> ClearancePage:
    authors = await people(context, [item.by for item in (*waiting, *returned)])
    here = await _files_here(context, waiting)
    batches = await _batches(context, (*waiting, *returned))
    return ClearancePage(
        drafts=tuple(_draft(context, item, authors, here, batches) for item in waiting),
        returned=tuple(_draft(context, item, authors, frozenset(), batches) for item in returned),
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    """A list that a draft answers or amends: its name and, of an amendment, its rows now."""

    name: str
    rows: Mapping[int, ListingRow]


async def _batches(context: PageContext, items: Sequence[Clearance]) -> Mapping[EntryId, _Batch]:
    entries = [entry_in(dsse.decode(item.envelope).payload) for item in items]
    refs = {entry.ref for entry in entries if isinstance(entry, BatchAnswered | BatchAmended)}
    amended = {entry.ref for entry in entries if isinstance(entry, BatchAmended)}
    held = await context.own.record.find(sorted(refs)) if refs else {}
    found: dict[EntryId, _Batch] = {}
    for id_, stored in held.items():
        listed = entry_of(stored)
        if isinstance(listed, BatchListed):
            rows = await context.own.views.listings(id_, 1, MOST) if id_ in amended else ()
            found[id_] = _Batch(listed.body.list, {row.row: row for row in rows})
    return found


async def _files_here(context: PageContext, items: Sequence[Clearance]) -> frozenset[str]:
    digests = {file.sha256 for item in items for file in content(as_stored(item)).files}
    return await context.own.files.held(sorted(digests)) if digests else frozenset()


def _draft(
    context: PageContext,
    item: Clearance,
    authors: People,
    here: frozenset[str],
    batches: Mapping[EntryId, _Batch],
) -> ToClear:
    said = content(as_stored(item))
    payload = dsse.decode(item.envelope).payload
    entry = entry_in(payload)
    sheet = data_of(item) if isinstance(entry, BatchListed | BatchAmended | BatchAnswered) else {}
    line_stop = has_line_stop(sheet)
    roles = released_by(context.document, entry, line_stop=line_stop)
    own = item.by == context.reader.key
    return ToClear(
        entry_id=item.id,
        kind=entry.kind if entry else "–",
        title=_title(entry, said, batches),
        author=authors.author(item.by),
        drafted_at=item.at,
        payload=payload.decode(),
        paragraphs=_paragraphs(entry, said),
        files=tuple(_file(file, here) for file in said.files),
        sheet=_sheet(entry, said, sheet),
        amended=_amended(entry, sheet, batches),
        own=own,
        releasers=roles,
        line_stop=line_stop,
        may_release=not own and context.reader.row.role in roles,
        remark=item.remark,
        may_take_up=isinstance(entry, _TAKEN_UP),
    )


ANYBODY: Final[tuple[Role, ...]] = ("desk", "head", "director")
"""All roles that can put a second signature (`CLEARERS`), in the order of a page."""


def released_by(
    charter: Charter | None, entry: Entry | None, *, line_stop: bool
) -> tuple[Role, ...]:
    """Return the roles that may release a draft: those that the judge asks for.

    Where it asks for nobody, anybody may whose role can put a second signature.
    """
    asks = bool(entry.optional("asks", ())) if entry else False
    release = release_of(charter, entry.kind if entry else "", asks=asks, line_stop=line_stop)
    return release.roles if release.held else ANYBODY


def has_line_stop(sheet: Rows) -> bool:
    """Tell whether a list or an amendment makes a row a line stop."""
    rows = (row for act in ("rows", "added", "changed") for row in sheet.get(act, ()))
    return stops_line(row.get("urgency") for row in rows)


def _title(entry: Entry | None, said: Content, batches: Mapping[EntryId, _Batch]) -> Pair | None:
    if isinstance(entry, ThreadOpened):
        return title(said)
    if isinstance(entry, BatchListed):
        return Pair(Words(entry.body.list, "en"))
    if isinstance(entry, BatchAnswered | BatchAmended) and entry.ref in batches:
        return Pair(Words(batches[entry.ref].name, "en"))
    return None


def _paragraphs(entry: Entry | None, said: Content) -> tuple[Words, ...]:
    """Return what a note says; a subject is the title, and remarks stand in their rows."""
    return (
        ()
        if isinstance(entry, ThreadOpened | BatchAnswered)
        else (*said.original, *said.translation)
    )


def data_of(item: Clearance) -> Rows:
    """Return what is signed: of the very part that the entry commits to."""
    try:
        data = read(Submission(item.envelope, item.parts), whole=True).data
    except ChannelError:
        return {}
    content: Rows = orjson.loads(data or b"{}")
    return content


def _sheet(entry: Entry | None, said: Content, data: Rows) -> Sheet | None:
    """Return the rows that are signed; of an amendment those that it adds.

    A free remark stands in its row, of the part that the row names.
    """
    rows = data.get("added" if isinstance(entry, BatchAmended) else "rows", [])
    if not rows:
        return None
    names = ReturnRow.model_fields if isinstance(entry, BatchAnswered) else ListRow.model_fields
    remarks = {words.ordinal: words.text for words in said.original}
    for row in rows:
        if "text" in row:
            row["text"] = remarks.get(row["text"], "")
    columns = tuple(name for name in names if any(name in row for row in rows))
    return Sheet(columns, tuple(tuple(_cell(row.get(name)) for name in columns) for row in rows))


def _amended(
    entry: Entry | None, data: Rows, batches: Mapping[EntryId, _Batch]
) -> tuple[AmendedLine, ...]:
    """Return each row that an amendment touches: as the record has it, and as it is to be."""
    if not isinstance(entry, BatchAmended):
        return ()
    held = batches[entry.ref].rows if entry.ref in batches else {}
    lines = []
    for act in ("added", "changed", "withdrawn"):
        for row in data.get(act, []):
            now = held.get(row["row"]) if act != "added" else None
            after = None if act == "withdrawn" else requested_priority(row)
            number = now.number if now else str(row.get("number", ""))
            before = listed_priority(now) if now else None
            lines.append(AmendedLine(row["row"], number, before, after, row.get("reason", "")))
    return tuple(sorted(lines, key=lambda line: line.row))


def _cell(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


def _file(file: FileRef, here: frozenset[str]) -> FileRef:
    url = file.url if file.sha256 in here else None
    return FileRef(file.ordinal, file.name, file.size_bytes, file.media_type, file.sha256, url)


def entry_in(payload: bytes) -> Entry | None:
    """Parse a draft's entry; None if this version does not know it."""
    try:
        return parse(payload)
    except ChannelError:
        return None


def as_stored(item: Clearance) -> Stored:
    """Read a draft as if it stood in the log, which it does not."""
    return Stored(
        log="private",
        index=-1,
        id=item.id,
        leaf=b"",
        envelope=item.envelope,
        parts=tuple(item.parts),
        kind="",
        thread=None,
        by=item.by,
        accepted="",
        frontier=0,
        order=0,
    )
