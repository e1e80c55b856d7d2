"""Signed drafts as items of the queue: what each is, who wrote it, and who may release it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import EntryId, ThreadId
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import (
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    MeetingHeld,
    NotePosted,
    PointMarked,
    PointNoted,
    Role,
    ThreadOpened,
)
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rules.releasing import LINE_STOP, release_of, stops_line
from special_channel.ports import Stored
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.views import DraftItem
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import content, entry_in, shortened, title
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people
from special_channel.web.shell.threads import subjects

EDITABLE: Final = (BatchAnswered, NotePosted, MeetingHeld, PointNoted, PointMarked)
"""Kinds whose form can be filled with a draft's content again (`pages.edit_again`)."""

RELEASERS: Final[tuple[Role, ...]] = ("desk", "head", "director")
"""Roles of a second official (`core.rules.roles.CLEARERS`), in the order of a page."""

Rows = dict[str, list[dict[str, Any]]]
"""Rows in the data part of a sheet, by act: `rows`, or `added`, `changed` and `withdrawn`."""


@dataclass(frozen=True, slots=True)
class DraftReader:
    """The rows that several drafts name.

    Attributes:
        authors: Authors of the drafts.
        lists: Lists that sheets and amendments name, by id.
        subjects: Subjects of the threads, by thread.
    """

    context: PageContext
    authors: People
    lists: Mapping[EntryId, BatchRow]
    subjects: Mapping[ThreadId, Pair]

    def item(self, row: Clearance) -> DraftItem:
        """Return a draft as an item of the queue."""
        return DraftItem(**self.facts(row))

    def facts(self, row: Clearance) -> dict[str, Any]:
        """Return the fields of `DraftItem`."""
        entry, data = entry_in(row.envelope), sheet_rows(row)
        roles, line_stop, held = releasers(self.context.document, entry, data)
        author = self.authors.author(row.by, None if entry is None else entry.grant or 1)
        own = is_own(author, self.context.reader.row)
        rows = [each for act in data.values() for each in act]
        said = content(as_stored(row)).original
        return signed_fields(row) | {
            "title": self._title(entry, row),
            "author": author,
            "rows": len(rows),
            "stops": sum(each.get("urgency") == LINE_STOP for each in rows),
            "own": own,
            "held": held,
            "releasers": roles,
            "line_stop": line_stop,
            "may_release": not own and not self.context.reader.row.roles_now.isdisjoint(roles),
            "remark": row.remark,
            "excerpt": shortened(said[0]) if said else None,
            "editable": isinstance(entry, EDITABLE),
        }

    def _title(self, entry: Entry | None, row: Clearance) -> Pair | None:
        if isinstance(entry, ThreadOpened):
            return title(content(as_stored(row)))
        if isinstance(entry, BatchListed):
            return Pair(Words(entry.body.list, "en"))
        if isinstance(entry, BatchAnswered | BatchAmended) and entry.ref in self.lists:
            return Pair(Words(self.lists[entry.ref].list, "en"))
        body = getattr(entry, "body", None)
        number = getattr(body, "licence", None) or getattr(body, "number", None)
        return (
            Pair(Words(str(number), "en"))
            if number
            else self.subjects.get(getattr(entry, "thread", ""))
        )


async def draft_reader(context: PageContext, rows: Sequence[Clearance]) -> DraftReader:
    """Read the rows that drafts name."""
    entries = [entry_in(row.envelope) for row in rows]
    refs = {entry.ref for entry in entries if isinstance(entry, BatchAnswered | BatchAmended)}
    ids = {getattr(entry, "thread", "") for entry in entries} - {""}
    views = context.own.stores.views
    threads = await views.threads_by_id(sorted(ids)) if ids else {}
    titles = await subjects(context, threads.values()) if threads else None
    return DraftReader(
        context,
        await people(context, [row.by for row in rows]),
        await views.batches_by_id(sorted(refs)) if refs else {},
        {id_: titles.title(row) for id_, row in threads.items()} if titles else {},
    )


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
) -> tuple[tuple[Role, ...], bool, bool]:
    """Return the roles for the release of a draft, whether it has a line stop, whether it is held.

    The judge requires one of the same roles. If the judge requires no release, every role of a
    second official may release the draft.
    """
    rows = (row for act in ("rows", "added", "changed") for row in data.get(act, ()))
    line_stop = stops_line(row.get("urgency") for row in rows)
    asks = bool(entry.optional("asks", ())) if entry else False
    release = release_of(charter, entry.kind if entry else "", asks=asks, line_stop=line_stop)
    return release.roles if release.held else RELEASERS, line_stop, release.held


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
    acts: dict[str, Any] = orjson.loads(data or b"{}")
    # The judge checks the form of rows once both signatures exist.
    return {
        act: [row for row in rows if isinstance(row, dict)]
        for act, rows in acts.items()
        if isinstance(rows, list)
    }


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


def is_own(author: Author, reader: KeyRow) -> bool:
    """Return whether a draft's author is the reader, with whichever of the reader's keys (K2)."""
    return author.key == reader.key or (author.person != "" and author.person == reader.person)
