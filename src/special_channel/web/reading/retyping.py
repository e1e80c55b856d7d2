"""A draft that was signed and did not go out, put into its author's form to be written again.

Does not change the draft: what is signed anew is another one, and is cleared anew. Questions
and files are asked and attached again.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from special_channel.core.entries import BatchAnswered, Entry, NotePosted
from special_channel.core.errors import NotFound
from special_channel.core.ids import EntryId
from special_channel.core.submission import Submission, read
from special_channel.ports.people import Clearance
from special_channel.web.reading.clearance import as_stored
from special_channel.web.reading.scene import Scene
from special_channel.web.reading.words import content

QUEUE: Final = "/clearances"


async def take_up(scene: Scene, id_: EntryId) -> str:
    """Make the reader's draft of what she signed; return the page on which she goes on.

    Raises:
        NotFound: `clearance-unknown` where no draft of hers waits or was sent back.
    """
    held = await scene.own.clearances.get(id_)
    if held is None or held.by != scene.reader.key or held.state == "cleared":
        raise NotFound("clearance-unknown", "No such draft waits for clearance.")
    entry = read(Submission(held.envelope, held.parts), whole=True).entry
    place, fields, url = await _form(scene, entry, held)
    if place:
        text = orjson.dumps(fields).decode()
        await scene.own.drafts.save(scene.reader.key, place, text, scene.now)
    if held.state == "waiting":
        await scene.own.clearances.close(id_, "returned")
    return url


async def _form(scene: Scene, entry: Entry, held: Clearance) -> tuple[str, dict[str, Any], str]:
    views = scene.own.views
    if isinstance(entry, BatchAnswered):
        batch = await views.batch(entry.ref)
        rows = {"rows": _rows(held)}
        return f"answer-{entry.ref}", rows, f"/batches/EU-{batch.index}/answer" if batch else QUEUE
    if isinstance(entry, NotePosted):
        thread = await views.thread(entry.thread)
        said = content(as_stored(held))
        fields = {
            "text": "\n\n".join(words.text for words in said.original),
            "text_tr": "\n\n".join(words.text for words in said.translation),
        }
        return entry.thread, fields, f"/threads/{thread.position}#compose" if thread else QUEUE
    return "", {}, QUEUE


def _rows(held: Clearance) -> list[str]:
    data = read(Submission(held.envelope, held.parts), whole=True).data or b"{}"
    words = {each.ordinal: each.text for each in content(as_stored(held)).original}
    rows: list[dict[str, Any]] = orjson.loads(data).get("rows", [])
    for row in rows:
        if "text" in row:
            row["words"] = words.get(row.pop("text"), "")
    return [orjson.dumps(row).decode() for row in rows]
