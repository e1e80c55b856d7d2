"""`special-channel export`: get a bundle from a node."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from special_channel.cli.command import command, flag, option, required
from special_channel.cli.files import written_whole
from special_channel.cli.printing import print_error_line
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.errors import Malformed
from special_channel.messages.catalogue import Lang, catalogue


@command()
@option("--thread", "Export this thread, such as EU-142.", "number")
@option("--batch", "Export this list, such as EU-12.", "number")
@flag("--all everything", "Export the whole record.")
@required("--out", "Write the bundle to this file.", "file")
@remote
async def export(call: Call, *, thread: str, batch: str, everything: bool, out: Path) -> None:
    """Export a thread, a list or all, with proofs, for an overseer to check alone."""
    scopes = [each for each in (thread, batch, "all" if everything else "") if each]
    if len(scopes) != 1:
        raise Malformed("export-scope", "Name one thread, one list, or --all.")
    with written_whole(out) as target:
        damaged = await call.node.download("/api/export", {"scope": scopes[0]}, target)
        length = target.tell()
    fields = {"file": str(out), "bytes": length, "scope": scopes[0]}
    call.out.document(fields | ({"damaged": damaged} if damaged else {}))
    if damaged:
        print_error_line(left_out(damaged, call.out.lang))


def left_out(damaged: Sequence[str], lang: Lang) -> str:
    """Return a sentence with the damaged entries and the verifier's likely finding."""
    places = (", " if lang == "en" else "、").join(damaged)
    return catalogue(lang).gettext("export.damaged", places=places)
