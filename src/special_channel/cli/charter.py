"""`special-channel charter …`: show the charter in force, build a charter from a folder, adopt."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from special_channel.cli import options
from special_channel.cli.command import Decorator, group, listed, option, words
from special_channel.cli.files import write_whole
from special_channel.cli.local import local
from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Item, Reader, Section, Table, text
from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rows.charter import parse
from special_channel.core.rows.writing import Signer
from special_channel.desk import charter as charters
from special_channel.web.charter.words import NOTHING, comparison
from special_channel.web.shared.viewpoint import Viewpoint
from special_channel.wiring.files import calendars as read_calendars

app = group()
FOLDER_OPTION: Final[Decorator] = option(
    "--folder",
    "Read the charter's files from this folder.",
    "folder",
    default=Path("config/charter"),
)


def _in_force(heads: Item) -> Item:
    """Return the charter in force.

    Raises:
        RuleBroken: `charter-absent`.
    """
    charter: Item | None = heads.get("charter")
    if charter is None:
        raise RuleBroken("charter-absent", "No charter is adopted by both sides yet.")
    return charter


def _in_words(reader: Reader, charter: Item) -> Iterator[str]:
    """Yield each section in the reader's language; digests are for programs alone."""
    view = Viewpoint(reader.party, reader.out.lang, reader.now)
    document = parse(canonical.dumps(charter["document"]))
    for section in comparison(view, charter["digest"], None, document).sections:
        yield f"\n{section.name}"
        for subject in section.subjects:
            fields = [
                f"{each.field} {each.after}"
                for each in subject.fields
                if not each.mono and each.lang in ("", view.lang) and each.after != NOTHING
            ]
            name = " ".join(filter(None, [subject.name, subject.code]))
            yield f"  {name and name + words().gettext(': ')}{listed(fields)}"


Table(
    path="/api/heads",
    help="Show the charter in force at a node.",
    items="",
    columns=(text("number"),),
    derive=_in_force,
    sections=(Section(_in_words),),
).add_to(app, "show")


@app.command("build")
@FOLDER_OPTION
@options.CALENDARS
@option("--out file", "Write the document to this file, as JSON.", "file")
@local
def build(out: Output, *, folder: Path, calendars: Path, file: Path | None) -> None:
    """Build the charter of a folder's files and print its number and digest.

    A registrar proposes it on the page Charter and calendars, or adopts it here.
    """
    data, charter = charters.document(folder, list(read_calendars(calendars).values()))
    if file is not None:
        write_whole(file, data)
    out.document({"number": charter.number, "digest": sha256(data).hexdigest(), "bytes": len(data)})


@app.command("adopt")
@FOLDER_OPTION
@options.CALENDARS
@remote
async def adopt(call: Call, folder: Path, calendars: Path) -> None:
    """Sign the charter with a registrar's key and lay it before a second person."""
    data, charter = charters.document(folder, list(read_calendars(calendars).values()))
    entry = charters.adoption(data, charter, await call.official.author())
    call.out.draft(await call.official.lay_before(entry), "waiting")


async def adopt_charter(registrar: Signing, second: Signer, folder: Path, calendars: Path) -> str:
    """Adopt the charter of a folder with both registrars' keys; return the entry's position."""
    data, charter = charters.document(folder, list(read_calendars(calendars).values()))
    entry = charters.adoption(data, charter, await registrar.author(), second)
    return (await registrar.send([entry]))[0]
