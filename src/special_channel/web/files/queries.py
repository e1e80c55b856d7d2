"""Read a file before opening: scan, active content, contents of an archive, a drawn page.

Every answer is for a file let through by our side's scanners.
"""

from __future__ import annotations

from dataclasses import replace

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.desk.previews import MOST_BYTES, preview
from special_channel.web.files.views import DrawnPage, FilePage
from special_channel.web.shell.attachments import name_in
from special_channel.web.shell.content import FileRef
from special_channel.web.shell.context import PageContext


async def file_of(context: PageContext, sha256: str) -> FilePage:
    """Return a file with its scan and active content.

    Raises:
        NotFound: `file-missing`.
        NotAllowed, Unavailable: As `FileScanner.refuse_unusable`.
    """
    scanner, files = context.own.desk.scanner, context.own.stores.files
    state = await files.state(sha256)
    if state is None:
        raise NotFound("file-missing", "The file is not here.")
    await scanner.refuse_unusable([sha256])
    active = await scanner.look_into(sha256)
    check = (await scanner.checks([sha256]))[sha256]
    naming = await scanner.scans.naming(sha256)
    name = name_in(naming[2]) if naming else ""
    url = f"/api/files/{sha256}"
    file = FileRef(0, name, state.length, state.type, sha256, url).checked(check)
    return FilePage(
        file=replace(file, url=url, active=active),
        position=f"{naming[0].upper()}-{naming[1]}" if naming else None,
    )


async def whole_file(context: PageContext, sha256: str) -> FilePage:
    """Return a file as `file_of`, with the contents of an archive."""
    view = await file_of(context, sha256)
    if "archive" not in view.file.active:
        return view
    held = await context.own.desk.scanner.holding(sha256)
    return view.model_copy(update={"holding": held})


async def drawn_page(context: PageContext, view: FilePage, page: int) -> DrawnPage:
    """Draw a page of a file.

    Raises:
        Malformed: `preview-large`, and as `preview`.
        Unavailable: As `preview`.
    """
    desk, files = context.own.desk, context.own.stores.files
    if view.file.size_bytes > MOST_BYTES:
        raise Malformed("preview-large", "The file is too large.", limit=MOST_BYTES // 2**20)
    async with desk.scanner.reading:
        data = b"".join([row async for row in files.get(view.file.sha256)])
        drawn = await preview(desk.scanner.reader, data, page)
    return DrawnPage(page=page, picture=drawn.picture, text=drawn.text, more=drawn.more)
