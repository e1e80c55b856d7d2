"""`special-channel quarantine …`: list quarantined files, ask for one, agree, download."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from special_channel.cli.command import Choice, argument, group, option, required
from special_channel.cli.files import refuse_existing, written_whole
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, text, time
from special_channel.core.bytes.errors import NotFound
from special_channel.desk import written
from special_channel.desk.written import Wording

app = group()
_PATH: Final = "/api/quarantine"
_FILE: Final = argument("file", "Name the file by its name or its entry, such as CN-821.", "name")

Table(
    path=_PATH,
    help="List files that a virus scanner of our side refuses, with the requests for them.",
    items="files",
    columns=(
        text("position"),
        text("name"),
        text("threat"),
        time("at"),
        text("asked_by"),
        text("agreed_by"),
    ),
    filters=(
        option("--text", "List only files with this in their name or in the find."),
        option(
            "--look",
            "List only files that nobody has looked into, or the others.",
            Choice("waits", "taken"),
        ),
        option(
            "--sort",
            "List those that nobody has looked into first, or by the time of the find.",
            Choice("waits", "newest", "oldest"),
        ),
    ),
    derive=lambda item: {
        **item,
        "asked_by": ", ".join(each["name"] for each in item["requests"]),
        "agreed_by": ", ".join(each["second"] for each in item["requests"] if each.get("second")),
    },
).add_to(app, "list")


@app.command("ask")
@_FILE
@required("--reason", "Say why, in your side's language; it never leaves this node.", "text")
@remote
async def ask(call: Call, file: str, reason: str) -> None:
    """Ask to download a quarantined file; another person has to agree.

    The request is signed in our private log and never sent.
    """
    found, person = await _found(call, file)
    author = await call.official.author(private=True)
    words = Wording(call.languages("")[0], reason)
    entry = written.quarantine_asked(author, found["file"], person, words)
    [position] = await call.official.send([entry], private=True)
    call.out.document({"position": position})


@app.command("agree")
@_FILE
@option(
    "--to name", "Agree to this person's request; without it, to the oldest that waits.", "name"
)
@remote
async def agree(call: Call, file: str, name: str) -> None:
    """Agree that another person downloads a quarantined file, for a limited time."""
    found, person = await _found(call, file)
    waits = [
        each
        for each in found["requests"]
        if not each.get("agreed") and name in {None, "", each["name"]}
    ]
    # One's own goes to the node as well, which says why not.
    chosen = next((each for each in waits if each["may_agree"]), waits[0] if waits else None)
    if chosen is None:
        raise NotFound("quarantine-unasked", "Nobody asks for this file.")
    author = await call.official.author(private=True)
    entry = written.quarantine_agreed(author, chosen["id"], person)
    [position] = await call.official.send([entry], private=True)
    call.out.document({"position": position, "name": chosen["name"]})


@app.command("download")
@_FILE
@required("--out", "Write the ZIP file to this file.", "file")
@remote
async def download(call: Call, file: str, out: Path) -> None:
    """Download a quarantined file that another person agreed to, as a ZIP file."""
    refuse_existing(out)
    found, _ = await _found(call, file)
    with written_whole(out) as target:
        await call.node.download(f"{_PATH}/{found['sha256']}/file", {}, target)
        length = target.tell()
    call.out.document({"file": str(out), "bytes": length})


async def _found(call: Call, named: str) -> tuple[dict[str, Any], str]:
    """Look up a quarantined file by its name or its entry; return it with the caller.

    Raises:
        NotFound: `quarantine-unknown` for none, or several.
    """
    answer = await call.node.get(_PATH)
    found = [each for each in answer["files"] if named in {each["name"], each["position"]}]
    if len(found) != 1:
        raise NotFound("quarantine-unknown", "No file, or several.", name=named, count=len(found))
    return found[0], str(answer["person"])
