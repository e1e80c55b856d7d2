"""Signed drafts that wait for a second official, byte for byte; and those sent back.

Does not sign: the second official's browser does, over the bytes that it was shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core import dsse
from special_channel.core.entries import BatchAnswered, BatchListed, Entry, ThreadOpened, parse
from special_channel.core.errors import ChannelError, NotFound
from special_channel.core.ids import EntryId
from special_channel.ports import Stored
from special_channel.ports.people import Clearance
from special_channel.web.pages.clearance import ClearancePage, ToClear
from special_channel.web.pages.frame import Pair, Words
from special_channel.web.pages.thread import FileRef
from special_channel.web.reading.people import People, people
from special_channel.web.reading.scene import Scene
from special_channel.web.reading.words import Content, content, title


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
    return ClearancePage(
        drafts=tuple(_draft(scene, item, authors, here) for item in waiting),
        returned=tuple(_draft(scene, item, authors, frozenset()) for item in returned),
    )


async def _files_here(scene: Scene, items: Sequence[Clearance]) -> frozenset[str]:
    digests = {file.sha256 for item in items for file in content(_as_stored(item)).files}
    return await scene.own.files.held(sorted(digests)) if digests else frozenset()


def _draft(scene: Scene, item: Clearance, authors: People, here: frozenset[str]) -> ToClear:
    said = content(_as_stored(item))
    payload = dsse.decode(item.envelope).payload
    entry = _entry(payload)
    return ToClear(
        entry_id=item.id,
        kind=entry.kind if entry else "–",
        title=_title(entry, said),
        author=authors.author(item.by),
        drafted_at=item.at,
        payload=payload.decode(),
        paragraphs=() if isinstance(entry, ThreadOpened) else (*said.original, *said.translation),
        files=tuple(_file(file, here) for file in said.files),
        rows=entry.body.rows if isinstance(entry, BatchListed | BatchAnswered) else 0,
        own=item.by == scene.reader.key,
        remark=item.remark,
    )


def _title(entry: Entry | None, said: Content) -> Pair | None:
    if isinstance(entry, ThreadOpened):
        return title(said)
    if isinstance(entry, BatchListed):
        return Pair(Words(entry.body.list, "en"))
    return None


def _file(file: FileRef, here: frozenset[str]) -> FileRef:
    url = file.url if file.sha256 in here else None
    return FileRef(file.ordinal, file.name, file.size_bytes, file.media_type, file.sha256, url)


def _entry(payload: bytes) -> Entry | None:
    try:
        return parse(payload)
    except ChannelError:
        return None


def _as_stored(item: Clearance) -> Stored:
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
