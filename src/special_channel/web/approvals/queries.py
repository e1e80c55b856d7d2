"""Read signed drafts waiting for release by a second official, and returned drafts.

Does not sign: the second official's browser signs the bytes on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from special_channel.core.bytes.errors import ChannelError, NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import (
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    ListRow,
    MeetingHeld,
    NotePosted,
    PointMarked,
    PointNoted,
    ReturnRow,
    Role,
    ThreadOpened,
)
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rules.releasing import release_of, stops_line
from special_channel.desk.amending import AmendedRow, listed_priority, requested_priority
from special_channel.desk.tables import MAX_ROWS
from special_channel.ports import Stored
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.views import DraftDetail, DraftQueue, Sheet
from special_channel.web.http.services import DeskServices
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import Content, content, entry_in, entry_of, title
from special_channel.web.shell.context import REGISTRAR, PageContext
from special_channel.web.shell.people import People, people

EDITABLE: Final = (BatchAnswered, NotePosted, MeetingHeld, PointNoted, PointMarked)
"""Kinds whose form can be filled with a draft's content again (`forms.edit_again`)."""

RELEASERS: Final[tuple[Role, ...]] = ("desk", "head", "director")
"""Roles of a second official (`core.rules.roles.CLEARERS`), in the order of a page."""

Rows = dict[str, list[dict[str, Any]]]
"""Rows in the data part of a sheet, by act: `rows`, or `added`, `changed` and `withdrawn`."""


async def queue(context: PageContext, id_: EntryId | None = None) -> DraftQueue:
    """Read the drafts waiting for release and the reader's returned drafts, or one waiting draft.

    Raises:
        NotFound: `clearance-unknown`.
    """
    own = context.own.desk.clearances
    waiting = [await find_waiting(context.own.desk, id_)] if id_ else await own.waiting()
    waiting = laid_before(context.reader.row.roles_now, waiting)
    returned = () if id_ else await own.returned(context.reader.key)
    rows = (*waiting, *returned)
    authors = await people(context, [row.by for row in rows])
    lists = await _lists(context, [entry_in(row.envelope) for row in rows])
    return DraftQueue(
        drafts=tuple(_detail(context, row, authors, lists) for row in waiting),
        returned=tuple(_detail(context, row, authors, lists) for row in returned),
    )


def laid_before(roles: frozenset[Role], rows: Sequence[Clearance]) -> list[Clearance]:
    """Return the drafts that a reader in some roles sees: a registrar alone, charters alone."""
    kinds = [entry.kind if (entry := entry_in(row.envelope)) else "" for row in rows]
    return [
        row
        for row, kind in zip(rows, kinds, strict=True)
        if roles != {REGISTRAR} or kind == "charter.adopted"
    ]


async def find_waiting(desk: DeskServices, id_: EntryId) -> Clearance:
    """Look up a draft waiting for release.

    Raises:
        NotFound: `clearance-unknown`.
    """
    row = await desk.clearances.get(id_)
    if row is None or row.state != "waiting":
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    return row


def signed_fields(row: Clearance) -> dict[str, Any]:
    """Return the fields of `WaitingDraft`."""
    entry = entry_in(row.envelope)
    return {
        "id": row.id,
        "kind": entry.kind if entry else "–",
        "by": row.by,
        "at": timestamp(row.at),
        "envelope": row.envelope.decode(),
        "parts": tuple(part.decode() for part in row.parts),
    }


def releasers(
    charter: Charter | None, entry: Entry | None, data: Rows
) -> tuple[tuple[Role, ...], bool]:
    """Return the roles for the release of a draft, and whether a row of the draft is a line stop.

    The judge requires one of the same roles. If the judge requires no release, every role of a
    second official may release the draft.
    """
    rows = (row for act in ("rows", "added", "changed") for row in data.get(act, ()))
    line_stop = stops_line(row.get("urgency") for row in rows)
    asks = bool(entry.optional("asks", ())) if entry else False
    release = release_of(charter, entry.kind if entry else "", asks=asks, line_stop=line_stop)
    return release.roles if release.held else RELEASERS, line_stop


def sheet_rows(row: Clearance) -> Rows:
    """Return the rows of a list, amendment or return sheet; empty for other drafts.

    Reads the data part committed to by the signed entry.
    """
    if not isinstance(entry_in(row.envelope), BatchListed | BatchAmended | BatchAnswered):
        return {}
    try:
        data = read(Submission(row.envelope, row.parts), whole=True).data
    except ChannelError:
        return {}
    rows: Rows = orjson.loads(data or b"{}")
    return rows


def remarks(row: Clearance) -> dict[int | None, str]:
    """Return the free remarks of a return sheet by the number of their part."""
    return {words.ordinal: words.text for words in content(as_stored(row)).original}


def as_stored(row: Clearance) -> Stored:
    """Return a draft in the form of a stored entry, for functions that read entries."""
    return Stored(
        log="private",
        index=-1,
        id=row.id,
        leaf=b"",
        envelope=row.envelope,
        parts=tuple(row.parts),
        kind="",
        thread=None,
        by=row.by,
        accepted="",
        frontier=0,
        order=0,
    )


@dataclass(frozen=True, slots=True)
class _List:
    """The list of an answer or amendment; `rows` for an amendment alone."""

    name: str
    rows: Mapping[int, ListingRow]


async def _lists(context: PageContext, entries: Sequence[Entry | None]) -> Mapping[EntryId, _List]:
    refs = {entry.ref for entry in entries if isinstance(entry, BatchAnswered | BatchAmended)}
    amended = {entry.ref for entry in entries if isinstance(entry, BatchAmended)}
    lists = {}
    for id_, stored in (await context.own.stores.record.find(sorted(refs)) if refs else {}).items():
        listed = entry_of(stored)
        if isinstance(listed, BatchListed):
            rows = (
                await context.own.stores.views.listings(id_, 1, MAX_ROWS) if id_ in amended else ()
            )
            lists[id_] = _List(listed.body.list, {row.row: row for row in rows})
    return lists


def _detail(
    context: PageContext, row: Clearance, authors: People, lists: Mapping[EntryId, _List]
) -> DraftDetail:
    entry, text, data = entry_in(row.envelope), content(as_stored(row)), sheet_rows(row)
    roles, line_stop = releasers(context.document, entry, data)
    author = authors.author(row.by, None if entry is None else entry.grant or 1)
    own = is_own(author, context.reader.row)
    return DraftDetail(
        **signed_fields(row),
        title=_title(entry, text, lists),
        author=author,
        # A subject is the title, and remarks stand in their rows.
        paragraphs=()
        if isinstance(entry, ThreadOpened | BatchAnswered)
        else (*text.original, *text.translation),
        files=text.files,
        sheet=_sheet(entry, data, remarks(row)),
        amended=_amended(entry, data, lists),
        own=own,
        releasers=roles,
        line_stop=line_stop,
        may_release=not own and not context.reader.row.roles_now.isdisjoint(roles),
        remark=row.remark,
        editable=isinstance(entry, EDITABLE),
    )


def is_own(author: Author, reader: KeyRow) -> bool:
    """Return whether a draft's author is the reader, with whichever of the reader's keys (K2)."""
    return author.key == reader.key or (author.person != "" and author.person == reader.person)


def _title(entry: Entry | None, text: Content, lists: Mapping[EntryId, _List]) -> Pair | None:
    if isinstance(entry, ThreadOpened):
        return title(text)
    if isinstance(entry, BatchListed):
        return Pair(Words(entry.body.list, "en"))
    if isinstance(entry, BatchAnswered | BatchAmended) and entry.ref in lists:
        return Pair(Words(lists[entry.ref].name, "en"))
    return None


def _sheet(entry: Entry | None, data: Rows, texts: Mapping[int | None, str]) -> Sheet | None:
    """Return the signed rows, for an amendment the added rows."""
    rows = data.get("added" if isinstance(entry, BatchAmended) else "rows", [])
    if not rows:
        return None
    names = ReturnRow.model_fields if isinstance(entry, BatchAnswered) else ListRow.model_fields
    for row in rows:
        if "text" in row:  # the number of the part with a free remark
            row["text"] = texts.get(row["text"], "")
    columns = tuple(name for name in names if any(name in row for row in rows))
    cells = (tuple(_cell(row.get(name)) for name in columns) for row in rows)
    return Sheet(columns=columns, rows=tuple(cells))


def _cell(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, dict):  # the statement that the row corrects: its entry, and its row
        return tuple(map(str, value.values()))
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


def _amended(
    entry: Entry | None, data: Rows, lists: Mapping[EntryId, _List]
) -> tuple[AmendedRow, ...]:
    """Return each row of an amendment, before and after."""
    if not isinstance(entry, BatchAmended):
        return ()
    listed = lists[entry.ref].rows if entry.ref in lists else {}
    lines = []
    for act in ("added", "changed", "withdrawn"):
        for row in data.get(act, []):
            now = listed.get(row["row"]) if act != "added" else None
            after = None if act == "withdrawn" else requested_priority(row)
            number = now.number if now else str(row.get("number", ""))
            before = listed_priority(now) if now else None
            lines.append(AmendedRow(row["row"], number, before, after, row.get("reason", "")))
    return tuple(sorted(lines, key=lambda line: line.row))
