"""Write a list to a file, CSV or XLSX. Does not make the file: the node does, as for its page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from special_channel.cli.command import Decorator, option
from special_channel.cli.files import refuse_existing, written_whole
from special_channel.cli.remote import Call
from special_channel.core.bytes.errors import Malformed
from special_channel.web.shared.file_formats import MEDIA

OUT: Final[Decorator] = option(
    "--out", "Write all rows that match to this file: .csv or .xlsx.", "file", default=None
)


async def write_list(call: Call, path: str, query: Mapping[str, str | int], out: Path) -> None:
    """Write all rows of a list that match to a file of a new name.

    Args:
        call: The command's call.
        path: Address of the list in the API.
        query: Filters and order.
        out: The new file; its ending names the format.

    Raises:
        Malformed: `list-file-ending`, `file-exists`, `file-unwritable`.
    """
    ending = out.suffix.removeprefix(".").lower()
    if ending not in MEDIA:
        raise Malformed("list-file-ending", "Lists are written as CSV or XLSX.", file=out.name)
    refuse_existing(out)
    with written_whole(out) as target:
        await call.node.download(path, {**query, "format": ending, "lang": call.out.lang}, target)
        length = target.tell()
    call.out.document({"file": str(out), "bytes": length})
