"""`special-channel enrol …`: invite a person, list what waits, confirm, redeem a code here.

The registrar's key stays in its file: confirming signs here, the node only stores.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Annotated, Any

import typer

from special_channel.cli.client import Node
from special_channel.cli.machine import MACHINE
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author

app = typer.Typer(help="Enrolment: invite, list, confirm, redeem.", no_args_is_help=True)


@app.command("invite")
@remote
async def invite(  # noqa: PLR0913 - a person
    call: Call,
    name: Annotated[str, typer.Argument(help="The person's name; it never leaves this node.")],
    *,
    role: Annotated[str, typer.Option(help="desk, head, director, oversight or registrar.")],
    unit: Annotated[str, typer.Option(help="The unit; it stands in the record.")],
    desk: Annotated[str, typer.Option(help="A desk of the charter.")],
    email: Annotated[str, typer.Option(help="For alerts; it never leaves this node.")],
    language: Annotated[str, typer.Option(help="en or zh-CN.")] = "en",
) -> None:
    """Add a person to the own directory and print a one-time code."""
    person = {
        "name": name,
        "role": role,
        "unit": unit,
        "desk": desk,
        "email": email,
        "language": language,
    }
    call.out.document(await call.node.post("/api/enrolments/invite", person))


@app.command("code")
@remote
async def code(
    call: Call, official: Annotated[int, typer.Argument(help="The person's number.")]
) -> None:
    """Print another one-time code for a person of the own directory."""
    call.out.document(await call.node.post("/api/enrolments/codes", {"official": official}))


@app.command("list")
@remote
async def list_waiting(call: Call) -> None:
    """List keys that wait for the registrar."""
    waiting = (await call.node.get("/api/enrolments"))["enrolments"]
    call.out.rows(
        (call.out.worded(each, role="role") for each in waiting),
        ("key", "name", "role", "unit", "desk", "at"),
    )


@app.command("confirm")
@remote
async def confirm(
    call: Call, key: Annotated[str, typer.Argument(help="Id of the key, as its holder reads it.")]
) -> None:
    """Confirm a key: the registrar signs the holder's own bytes."""
    call.out.receipt(await confirm_key(call.node, key))


@app.command("redeem")
@remote
async def redeem(
    call: Call,
    code: Annotated[str, typer.Argument(help="A one-time code.")],
    out: Annotated[Path, typer.Option(help="Where to write the new key file.")],
) -> None:
    """Make a key here and offer it by a one-time code; a registrar confirms it."""
    made, state = await redeem_code(call.node, code)
    made.write(out)
    said = {"key": made.key, "role": made.role, "state": state, "file": str(out)}
    call.out.document(call.out.worded(said, role="role", state="enrolment"))


async def confirm_key(registrar: Node, key: KeyId) -> dict[str, Any]:
    """Confirm a waiting key with the registrar's key file.

    Raises:
        NotFound: `enrolment-unknown`.
    """
    waiting = (await registrar.get("/api/enrolments"))["enrolments"]
    found = next((item for item in waiting if item["key"] == key), None)
    if found is None:
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    envelope = dsse.decode(str(found["envelope"]).encode())
    signer = registrar.key.signer
    second = dsse.Signature(signer.key, signer.private.sign(envelope.pae))
    signed = envelope.with_signature(second).encode().decode()
    path = f"/api/enrolments/{key}/confirm"
    return dict(await registrar.post(path, {"envelope": signed}))


async def redeem_code(node: Node, code: str) -> tuple[KeyFile, str]:
    """Make a key, offer it by a code as a browser does; return it and its state."""
    start = await node.open_post("/api/enrol/start", {"code": code})
    made = KeyFile.make(
        start["party"], start["role"], MACHINE.draw(32), unit=start["unit"], desk=start["desk"]
    )
    author = Author(made.signer, str(start["log"]), str(start["at"]), (), MACHINE.draw)
    offered = payloads.key_enrolled(
        author, b64encode(made.private.public).decode(), made.role, made.unit, made.desk
    )
    answer = await node.open_post("/api/enrol", _offer(code, offered))
    return made, str(answer["state"])


def _offer(code: str, offered: Submission) -> dict[str, str]:
    return {"code": code, "envelope": offered.envelope.decode()}
