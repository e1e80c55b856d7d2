"""Signed drafts as items of the queue: what each is, who wrote it, and who may release it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

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
    ThreadOpened,
)
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rules.releasing import LINE_STOP
from special_channel.desk.releasing import releasers, sheet_rows
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals import routes
from special_channel.web.approvals.stored import as_stored
from special_channel.web.approvals.views import DraftItem
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words
from special_channel.web.shell.content import content, entry_in, shortened, title
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people
from special_channel.web.shell.route_turns import may_release
from special_channel.web.shell.threads import subjects

EDITABLE: Final = (BatchAnswered, NotePosted, MeetingHeld, PointNoted, PointMarked)
"""Kinds whose form can be filled with a draft's content again (`pages.edit_again`)."""


@dataclass(frozen=True, slots=True)
class DraftReader:
    """The rows named by several drafts.

    Attributes:
        authors: Authors of the drafts.
        lists: Lists of sheets and amendments, by id.
        subjects: Subjects of the threads, by thread.
        routes: Sign-off routes, by draft.
        together: Number of drafts of an act still waiting, by act.
    """

    context: PageContext
    authors: People
    lists: Mapping[EntryId, BatchRow]
    subjects: Mapping[ThreadId, Pair]
    routes: Mapping[EntryId, RouteRow]
    together: Mapping[EntryId, int]

    def item(self, row: Clearance) -> DraftItem:
        """Return a draft as an item of the queue."""
        return DraftItem(**self.facts(row))

    def facts(self, row: Clearance) -> dict[str, Any]:
        """Return the fields of `DraftItem`."""
        entry, data = entry_in(row.envelope), sheet_rows(row)
        roles, line_stop, held = releasers(self.context.document, entry, data)
        author = self.authors.author(row.by, None if entry is None else entry.grant or 1)
        reader, route = self.context.reader.row, self.routes.get(row.id)
        # After a change the checker is the draft's author; who drafted it does not release it.
        drafted = route is not None and route.author != "" and route.author == reader.person
        own = drafted or is_own(author, reader)
        released = route is None or may_release(route, reader)
        may = not own and released and not reader.roles_now.isdisjoint(roles)
        rows = [each for act in data.values() for each in act]
        said, opened = content(as_stored(row)).original, isinstance(entry, ThreadOpened)
        return signed_fields(row) | {
            "title": self._title(entry, row),
            "author": author,
            "rows": len(rows),
            "stops": sum(each.get("urgency") == LINE_STOP for each in rows),
            "own": own,
            "held": held,
            "releasers": roles,
            "line_stop": line_stop,
            "may_release": may,
            "route": routes.place(self.context, route, releases=may) if route else None,
            "remark": row.remark,
            "excerpt": shortened(said[0]) if said else None,
            "editable": isinstance(entry, EDITABLE) or (opened and row.act != ""),
            "act": row.act,
            "together": self.together.get(row.act, 1),
        }

    def _title(self, entry: Entry | None, row: Clearance) -> Pair | None:
        if isinstance(entry, ThreadOpened):
            return title(content(as_stored(row)))
        if isinstance(entry, BatchListed):
            return Pair(Words(entry.body.list, NO_LANGUAGE))
        if isinstance(entry, BatchAnswered | BatchAmended) and entry.ref in self.lists:
            return Pair(Words(self.lists[entry.ref].list, NO_LANGUAGE))
        body = getattr(entry, "body", None)
        number = getattr(body, "licence", None) or getattr(body, "number", None)
        return (
            Pair(Words(str(number), NO_LANGUAGE))
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
        await views.routes([row.id for row in rows]),
        Counter(row.act for row in rows if row.act and row.state == "waiting"),
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


def remarks(row: Clearance) -> dict[int | None, str]:
    """Return the free remarks of a return sheet by the number of their part."""
    return {words.ordinal: words.text for words in content(as_stored(row)).original}


def is_own(author: Author, reader: KeyRow) -> bool:
    """Return whether a draft's author is the reader, with whichever of the reader's keys (K2)."""
    return author.key == reader.key or (author.person != "" and author.person == reader.person)
