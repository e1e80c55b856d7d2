"""`special-channel file …`: what is known of a note's file, and a drawn page of it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from special_channel.cli.command import Count, argument, flag, group, option, required
from special_channel.cli.files import write_new, write_whole
from special_channel.cli.references import entry_of
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes import parts
from special_channel.core.bytes.errors import NotFound

app = group()
_ENTRY: Final = argument("entry", "Give the number of the entry, such as CN-821.")
_NAME: Final = argument(
    "name", "Name the file; without it, the only file of the entry.", default=""
)
_COUNTS: Final = ("total", "encrypted", "nested")


@app.command("show")
@_ENTRY
@_NAME
@remote
async def show(call: Call, entry: str, name: str) -> None:
    """Show a file's scan, its active content, and what it holds if it is a ZIP file."""
    answer = await call.node.get(f"{await _path(call, entry, name)}/about")
    file, held = answer["file"], answer.get("holding") or {}
    if call.out.as_json:
        call.out.document(answer)
        return
    known = {
        "name": file["name"],
        "bytes": file["size_bytes"],
        "check": call.out.label("scan", file["check"]),
        "active": ", ".join(call.out.label("active", each) for each in file["active"]),
    }
    call.out.document(known | {each: held[each] for each in _COUNTS if held})
    if held:
        call.out.rows(held["files"], ("name", "size_bytes"))


@app.command("preview")
@_ENTRY
@_NAME
@option("--page", "Draw this page of a PDF file.", Count(1), default=1)
@required("--out -o", "Write the picture (PNG) or the text to this file.", "file")
@flag("--replace", "Replace a file of this name.")
@remote
async def preview(
    call: Call, entry: str, name: str, page: int, out: Path, *, replace: bool
) -> None:
    """Write a page of a file as our side draws it, or the beginning of a text.

    Scripts, links and bytes of the file itself are not in it.
    """
    path = await _path(call, entry, name)
    drawn = await call.node.get(f"{path}/preview?page={page}")
    picture = base64.b64decode(drawn["picture"])
    data = picture or drawn["text"].encode()
    (write_whole if replace else write_new)(out, data)
    kind = "image/png" if picture else "text/plain"
    call.out.document(
        {"file": str(out), "type": kind, "bytes": len(data), "page": page, "more": drawn["more"]}
    )


async def _path(call: Call, entry: str, name: str) -> str:
    """Return the API's path of a file of an entry.

    Raises:
        NotFound: `file-unnamed` for none of this name, or several.
    """
    texts = (await entry_of(call.node, entry))["parts"]
    files = [part for part in map(parts.parse, map(str.encode, filter(None, texts)))
             if isinstance(part, parts.FilePart) and name in {"", part.name}]  # fmt: skip
    if len(files) != 1:
        raise NotFound("file-unnamed", "No file, or several.", entry=entry, count=len(files))
    return f"/api/files/{files[0].sha256}"
