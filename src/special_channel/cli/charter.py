"""`special-channel charter …`: show the charter in force, build a charter from a folder, adopt."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Final

from special_channel.cli import options
from special_channel.cli.command import Decorator, group, option
from special_channel.cli.files import write_whole
from special_channel.cli.machine import MACHINE
from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.printing import READER, print_line
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.errors import RuleBroken
from special_channel.desk import charter as charters
from special_channel.wiring.files import calendars as read_calendars

app = group()
FOLDER_OPTION: Final[Decorator] = option(
    "--folder", "Folder of the charter's files.", "folder", default=Path("config/charter")
)


@app.command("show")
@remote
async def show(call: Call) -> None:
    """Show the charter in force at a node."""
    charter = (await call.node.get("/api/heads")).get("charter")
    if charter is None:
        raise RuleBroken("charter-absent", "No charter is adopted by both sides yet.")
    if call.out.as_json:
        call.out.document(charter)
        return
    call.out.document({"number": charter["number"]})
    print_line(json.dumps(charter["document"], ensure_ascii=False, indent=2))


@app.command("build")
@FOLDER_OPTION
@options.CALENDARS
@option("--out", "Write the document here, as JSON.", "file")
@options.JSON
def build(*, folder: Path, calendars: Path, out: Path | None, as_json: bool) -> None:
    """Build the charter of a folder's files and print its number and digest.

    A registrar proposes it on the page Calendars and rules, or adopts it here.
    """
    data, charter = charters.document(folder, list(read_calendars(calendars).values()))
    if out is not None:
        write_whole(out, data)
    Output(as_json, READER.get()).document(
        {"number": charter.number, "digest": sha256(data).hexdigest(), "bytes": len(data)}
    )


@app.command("adopt")
@FOLDER_OPTION
@options.CALENDARS
@remote
async def adopt(call: Call, folder: Path, calendars: Path) -> None:
    """Sign `charter.adopted` with a registrar's key; in force once both sides have done so."""
    call.out.document({"position": await adopt_charter(call.official, folder, calendars)})


async def adopt_charter(registrar: Signing, folder: Path, calendars: Path) -> str:
    """Adopt the charter of a folder at the registrar's node; return the entry's position."""
    data, charter = charters.document(folder, list(read_calendars(calendars).values()))
    author = await registrar.author()
    entry = charters.adoption(
        data,
        charter,
        author.signer,
        origin=author.log,
        at=author.at,
        seen=list(author.seen),
        salt=MACHINE.draw(32),
    )
    return (await registrar.send([entry]))[0]
