"""`special-channel charter …`: show the charter in force or of a folder, adopt it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from special_channel.cli.machine import MACHINE
from special_channel.cli.official import Signing
from special_channel.cli.printing import READER, Output, print_line
from special_channel.cli.remote import Call, JsonOption, remote
from special_channel.cli.typed import write_whole
from special_channel.core.bytes.errors import RuleBroken
from special_channel.desk import charter as charters
from special_channel.wiring.files import calendars as read_calendars

app = typer.Typer(help="The charter: show, build, adopt.", no_args_is_help=True)

FolderOption = Annotated[Path, typer.Option(help="Folder of the charter's files.")]
CalendarsOption = Annotated[Path, typer.Option(help="Folder of the calendars.")]
FOLDER = Path("config/charter")
CALENDARS = Path("config/calendars")


@app.command("show")
@remote
async def show(call: Call) -> None:
    """Show the charter in force at a node."""
    found = (await call.node.get("/api/heads")).get("charter")
    if found is None:
        raise RuleBroken("charter-absent", "No charter is adopted by both sides yet.")
    if call.out.as_json:
        call.out.document(found)
        return
    call.out.document({"number": found["number"], "digest": found["digest"]})
    print_line(json.dumps(found["document"], ensure_ascii=False, indent=2))


@app.command("build")
def build(
    *,
    folder: FolderOption = FOLDER,
    calendars: CalendarsOption = CALENDARS,
    out: Annotated[Path | None, typer.Option(help="Write the document here, as JSON.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Build the charter of a folder's files and print its number and digest.

    A registrar brings the document to the page Calendars and rules, or adopts it from here.
    """
    data, found = charters.document(folder, list(read_calendars(calendars).values()))
    if out is not None:
        write_whole(out, data)
    Output(as_json, READER.get()).document(
        {"number": found.number, "digest": sha256(data).hexdigest(), "bytes": len(data)}
    )


@app.command("adopt")
@remote
async def adopt(
    call: Call, *, folder: FolderOption = FOLDER, calendars: CalendarsOption = CALENDARS
) -> None:
    """Sign `charter.adopted` with a registrar's key; in force once both sides have done so."""
    call.out.document({"position": await adopt_charter(call.official, folder, calendars)})


async def adopt_charter(registrar: Signing, folder: Path, calendars: Path) -> str:
    """Adopt the charter of a folder at the registrar's node; return the entry's position."""
    data, found = charters.document(folder, list(read_calendars(calendars).values()))
    author = await registrar.author()
    entry = charters.adoption(
        data,
        found,
        author.signer,
        origin=author.log,
        at=author.at,
        seen=list(author.seen),
        salt=MACHINE.draw(32),
    )
    return (await registrar.send([entry]))[0]
