"""Signed drafts that wait for a second official, byte for byte; and those sent back.

Does not sign: the second official's browser does, over the bytes that it was shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from special_channel.core import dsse
from special_channel.core.entries import (
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    ListRow,
    NotePosted,
    ReturnRow,
    ThreadOpened,
    parse,
)
from special_channel.core.errors import ChannelError, NotFound
from special_channel.core.ids import EntryId
from special_channel.core.submission import Submission, read
from special_channel.ports import Stored
from special_channel.ports.people import Clearance
from special_channel.web.pages.clearance import ClearancePage, Sheet, ToClear
from special_channel.web.pages.frame import Pair, Words
from special_channel.web.pages.thread import FileRef
from special_channel.web.reading.people import People, people
from special_channel.web.reading.scene import Scene
from special_channel.web.reading.words import Content, content, entry_of, title


async def clearances(scene: Scene) -> ClearancePage:
    """Read all drafts that wait, and the reader's own that were sent back."""
    waiting = await scene.own.clearances.waiting()
    returned = await scene.own.clearances.returned(scene.reader.key)
    return await _page(scene, waiting, returned)


async def clearance(scene: Scene, id_: EntryId) -> ClearancePage:
    """Read one draft.

    Raises:
        NotFound: `clearance-unknown`.
    """
    found = await scene.own.clearances.get(id_)
    if found is None or found.state != "waiting":
        raise NotFound("clearance-unknown", "No such draft waits for clearance.")
    return await _page(scene, [found], ())


async def _page(
    scene: Scene, waiting: Sequence[Clearance], returned: Sequence[Clearance]
) -> ClearancePage:
    authors = await people(scene, [item.by for item in (*waiting, *returned)])
    here = await _files_here(scene, waiting)
    lists = await _lists(scene, (*waiting, *returned))
    return ClearancePage(
        drafts=tuple(_draft(scene, item, authors, here, lists) for item in waiting),
        returned=tuple(_draft(scene, item, authors, frozenset(), lists) for item in returned),
    )


async def _lists(scene: Scene, items: Sequence[Clearance]) -> Mapping[EntryId, str]:
    """Return the names of the lists that return sheets answer and amendments change."""
    entries = [_entry(dsse.decode(item.envelope).payload) for item in items]
    refs = {entry.ref for entry in entries if isinstance(entry, BatchAnswered | BatchAmended)}
    held = await scene.own.record.find(sorted(refs)) if refs else {}
    named = {id_: entry_of(stored) for id_, stored in held.items()}
    return {id_: entry.body.list for id_, entry in named.items() if isinstance(entry, BatchListed)}


async def _files_here(scene: Scene, items: Sequence[Clearance]) -> frozenset[str]:
    digests = {file.sha256 for item in items for file in content(as_stored(item)).files}
    return await scene.own.files.held(sorted(digests)) if digests else frozenset()


def _draft(
    scene: Scene,
    item: Clearance,
    authors: People,
    here: frozenset[str],
    lists: Mapping[EntryId, str],
) -> ToClear:
    said = content(as_stored(item))
    payload = dsse.decode(item.envelope).payload
    entry = _entry(payload)
    return ToClear(
        entry_id=item.id,
        kind=entry.kind if entry else "–",
        title=_title(entry, said, lists),
        author=authors.author(item.by),
        drafted_at=item.at,
        payload=payload.decode(),
        paragraphs=_paragraphs(entry, said),
        files=tuple(_file(file, here) for file in said.files),
        sheet=_sheet(item, entry, said),
        own=item.by == scene.reader.key,
        remark=item.remark,
        may_take_up=isinstance(entry, BatchAnswered | NotePosted),
    )


def _title(entry: Entry | None, said: Content, lists: Mapping[EntryId, str]) -> Pair | None:
    if isinstance(entry, ThreadOpened):
        return title(said)
    if isinstance(entry, BatchListed):
        return Pair(Words(entry.body.list, "en"))
    if isinstance(entry, BatchAnswered | BatchAmended) and entry.ref in lists:
        return Pair(Words(lists[entry.ref], "en"))
    return None


def _paragraphs(entry: Entry | None, said: Content) -> tuple[Words, ...]:
    """Return what a note says; a subject is the title, and remarks stand in their rows."""
    return (
        ()
        if isinstance(entry, ThreadOpened | BatchAnswered)
        else (*said.original, *said.translation)
    )


def _sheet(item: Clearance, entry: Entry | None, said: Content) -> Sheet | None:
    """Return the rows that are signed: of the very part that the entry commits to.

    A free remark stands in its row, of the part that the row names.
    """
    if not isinstance(entry, BatchListed | BatchAmended | BatchAnswered):
        return None
    try:
        data = read(Submission(item.envelope, item.parts), whole=True).data
    except ChannelError:
        return None
    content: dict[str, list[dict[str, Any]]] = orjson.loads(data or b"{}")
    rows = content.get("rows", [])
    fields = ReturnRow.model_fields if isinstance(entry, BatchAnswered) else ListRow.model_fields
    names = [*fields]
    if isinstance(entry, BatchAmended):
        acts = ("added", "changed", "withdrawn")
        rows = [{"amendment": act, **row} for act in acts for row in content.get(act, [])]
        names = ["amendment", *names, "reason"]
    remarks = {words.ordinal: words.text for words in said.original}
    for row in rows:
        if "text" in row:
            row["text"] = remarks.get(row["text"], "")
    columns = tuple(name for name in names if any(name in row for row in rows))
    return Sheet(columns, tuple(tuple(_cell(row.get(name)) for name in columns) for row in rows))


def _cell(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


def _file(file: FileRef, here: frozenset[str]) -> FileRef:
    url = file.url if file.sha256 in here else None
    return FileRef(file.ordinal, file.name, file.size_bytes, file.media_type, file.sha256, url)


def _entry(payload: bytes) -> Entry | None:
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
