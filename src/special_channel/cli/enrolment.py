"""`special-channel enrol …`: list, code, codes, renew, take-back, confirm, redeem.

Keys stay in their files: the command signs, the node only stores.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from special_channel.cli.acting import show_act
from special_channel.cli.client import Node
from special_channel.cli.command import Count, argument, group, option, required
from special_channel.cli.machine import MACHINE
from special_channel.cli.official import Signing, signed_again
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Item, Reader, Table, label, text, time
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import KeyId
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author

app = group()

CODES: Final = "/api/enrolments/codes"

Table(
    path="/api/enrolments",
    help="List keys that wait for the registrar.",
    columns=(text("name"), label("role", "role"), text("unit"), text("desk"), time("at")),
    items="enrolments",
).add_to(app, "list")


@app.command("code")
@argument("official", "Give the person's number.", Count())
@remote
async def code(call: Call, official: int) -> None:
    """Print another one-time code for a person of our directory."""
    _show_code(call, await call.node.post(CODES, {"official": official}))


Table(
    path=CODES,
    help="List one-time codes that are drawn and not used.",
    columns=(text("number"), text("name"), text("by"), time("drawn"), time("expires")),
    items="invitations",
).add_to(app, "codes")


@app.command("renew")
@argument("number", "Give the code's number, as `enrol codes` lists it.", Count())
@remote
async def renew(call: Call, number: int) -> None:
    """Print a new one-time code in place of one that was not used."""
    _show_code(call, await call.node.post(f"{CODES}/{number}/renew", {}))


@app.command("take-back")
@argument("number", "Give the code's number, as `enrol codes` lists it.", Count())
@remote
async def take_back(call: Call, number: int) -> None:
    """Take back a one-time code that was not used."""
    await call.node.post(f"{CODES}/{number}/take-back", {})
    done = {"number": number, "state": "withdrawn"}
    call.out.document(call.out.worded(done, state="act-state"))


def _show_code(call: Call, issued: Item) -> None:
    if not call.out.as_json:
        issued = {**issued, "expires": Reader.of(call).time(issued["expires"])}
    call.out.document(issued)


@app.command("confirm")
@argument("key", "Give the key's id, as its holder reads it.", "text")
@remote
async def confirm(call: Call, key: str) -> None:
    """Confirm a key: sign what its holder submitted. It counts once two persons have signed."""
    read_aloud = "".join(key.split()).lower()
    party = call.official.party
    id_ = read_aloud if ":" in read_aloud else f"{party}:{read_aloud}"
    show_act(call, await confirm_key(call.official, id_))


@app.command("redeem")
@argument("code", "Give the one-time code.")
@required("--out", "Write the new key file here.", "file")
@option("--label", "Name this computer, such as Laptop 2; the name stays on your side.")
@remote
async def redeem(call: Call, code: str, out: Path, label: str) -> None:
    """Make a key here and offer it by a one-time code; a registrar confirms it."""
    key, state = await redeem_code(call.node, code, label)
    key.write(out)
    made = {"key": key.key, "role": key.role, "state": state, "file": str(out)}
    call.out.document(call.out.worded(made, role="role", state="enrolment"))


async def confirm_key(signing: Signing, key: KeyId) -> dict[str, Any]:
    """Sign the act of a waiting key with a person's key file; return what became of it.

    Raises:
        NotFound: `enrolment-unknown`.
    """
    waiting = (await signing.node.get("/api/enrolments"))["enrolments"]
    item = next((each for each in waiting if each["key"] == key), None)
    if item is None:
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    envelope = dsse.decode(str(item["envelope"]).encode())
    signed = signed_again(envelope, signing.node.key.signer)
    body = {"envelope": signed.encode().decode()}
    return dict(await signing.node.post(f"/api/acts/{envelope.id}", body))


async def redeem_code(node: Node, code: str, label: str = "") -> tuple[KeyFile, str]:
    """Make a key and offer the key by a code, as a browser does; return key and state."""
    start = await node.open_post("/api/enrol/start", {"code": code})
    key = KeyFile.make(
        start["party"], start["role"], MACHINE.draw(32), unit=start["unit"], desk=start["desk"]
    )
    author = Author(key.signer, str(start["log"]), str(start["at"]), (), MACHINE.draw)
    offered = payloads.key_enrolled(author, key.public, str(start["person"]))
    sent = {"code": code, "envelope": offered.envelope.decode(), "label": label}
    answer = await node.open_post("/api/enrol", sent)
    return key, str(answer["state"])
