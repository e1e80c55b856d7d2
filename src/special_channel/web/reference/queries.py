"""Read and record the file reference of a thread. Our side's alone; signs nothing."""

from __future__ import annotations

import unicodedata
from typing import Final

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.web.reference.views import ReferenceView
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.file_references import file_references
from special_channel.web.shell.threads import find_thread, thread_items

LONGEST: Final = 100
"""Characters of a reference; also in migration 0651."""


async def reference(context: PageContext, number: str) -> ReferenceView:
    """Return the file reference of a thread with its changes.

    Raises:
        NotFound: `thread-unknown`.
    """
    row = await find_thread(context, number)
    [item] = await thread_items(context, [row])
    changes = await file_references(context, row.thread)
    return ReferenceView(
        item=item, reference=changes[0].reference if changes else "", changes=changes
    )


async def record(context: PageContext, number: str, typed: str) -> ReferenceView:
    """Record the file reference of a thread; empty: remove it. The same again changes nothing.

    Raises:
        Malformed: `file-reference`.
        NotAllowed: `role-access` for a key of nobody.
        NotFound: `thread-unknown`.
    """
    person = context.reader.row.person
    if not person:
        raise NotAllowed("role-access", "This is a person's.")
    text = " ".join(unicodedata.normalize("NFC", typed).split())
    if len(text) > LONGEST or not text.isprintable():
        raise Malformed("file-reference", "Not a valid reference.", limit=LONGEST)
    row = await find_thread(context, number)
    before = await context.own.desk.references.of(row.thread)
    if text != (before[0].reference if before else ""):
        await context.own.desk.references.record(row.thread, text, person, context.now)
    return await reference(context, number)
