"""Write dossiers of threads, batches and applications as PDF. Does not make them: the node does."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from special_channel.cli.command import Choice, Decorator, option, required
from special_channel.cli.files import refuse_existing, written_whole
from special_channel.cli.remote import Call

EDITION: Final[Decorator] = option(
    "--edition",
    "Write the edition that may be shared, or the internal one of our side alone.",
    Choice("shareable", "internal"),
    default="shareable",
)
OUT: Final[Decorator] = required("--out", "Write the PDF to this file.", "file")


async def write_dossier(call: Call, path: str, query: dict[str, str], out: Path) -> None:
    """Write a dossier to a file of a new name.

    Args:
        call: The command's call.
        path: Address of the subject in the API.
        query: Edition and part; empty values are left out.
        out: The new file.

    Raises:
        Malformed: `file-exists`, `file-unwritable`.
    """
    refuse_existing(out)
    asked = {name: value for name, value in query.items() if value}
    with written_whole(out) as target:
        await call.node.download(f"{path}/dossier.pdf", asked, target)
        length = target.tell()
    call.out.document({"file": str(out), "bytes": length})
