"""`special-channel machine …`: prepare, list and enrol keys of the node's machines.

Keys are drawn, listed and sign their own enrolment on their machine; two persons sign as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from special_channel.cli.acting import send_act, show_act
from special_channel.cli.client import Node
from special_channel.cli.command import (
    Choice,
    argument,
    flag,
    group,
    option,
    repeated,
    required,
)
from special_channel.cli.files import read_file, write_whole
from special_channel.cli.local import local, on_settings
from special_channel.cli.official import signed_again
from special_channel.cli.output import Output
from special_channel.cli.passphrases import PASSPHRASE, asking
from special_channel.cli.remote import Call, remote
from special_channel.cli.usage import confirm
from special_channel.config import Settings
from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.errors import ChannelError, Malformed, RuleBroken
from special_channel.core.bytes.ids import KeyId, MachineRole, Party, Position, party_of
from special_channel.core.entries import Machine, MachineEnrolled, PartyFounded, parse
from special_channel.core.rows.directory import KeyRow, commitment, decoded_key
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.signing_keys import SELF_SIGNED
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Fields
from special_channel.wiring.machines import machine_keys, prepare_key

app = group()

ROLES: Final = ("node", "checkpoint", "cosigning", "link", "service")
"""Machines with a key; a service's lies where the service runs, the others on the node's."""

_COLUMNS: Final = ("side", "role", "key", "from", "until", "state")


@app.command("prepare")
@argument("role", "Draw a key for this machine.", Choice(*ROLES))
@option(
    "--out folder",
    "Write the key's file into this folder; without it, to the node's keys.",
    "folder",
)
@on_settings
def prepare(out: Output, settings: Settings, *, role: MachineRole, folder: Path | None) -> None:
    """Draw a machine's next key, write its file, and print its commitment.

    Keep the file in a safe until the key is needed. The entry that names the key before it states
    the commitment.
    """
    made = prepare_key(settings, role, folder)
    key = made.key
    shown = {
        "role": role,
        "key": key.key,
        "suite": key.private.suite,
        "public": key.public,
        "name": key.name,
        "fingerprint": suites.fingerprint(key.private.suite, key.private.public),
        "commitment": made.commitment,
        "file": str(made.file),
    }
    out.document(out.worded(shown, role="role"))


@app.command("list")
@on_settings
def list_keys(out: Output, settings: Settings) -> None:
    """List the keys of both sides' machines, and since when each is in use.

    A checkpoint or cosigning key ends with the entry that names the next one.
    """
    found = asyncio.run(machine_keys(settings))
    rows = [out.worded(row, side="side", role="role", state="key-state") for row in _rows(found)]
    out.rows(rows, _COLUMNS)


def _rows(found: Mapping[Party, Sequence[KeyRow]]) -> Iterator[dict[str, Any]]:
    for party, keys in found.items():
        for key in keys:
            yield {
                "side": party,
                "role": key.machine,
                "key": key.key,
                "from": str(Position(party, key.enrolled)),
                "until": "" if key.ended is None else str(Position(party, key.ended)),
                "state": key.now,
            }


@app.command("sign")
@argument("request", "Sign this request, which the page of machines wrote.", "file")
@required("--key new", "Sign with the new key's file.", "file")
@option("--out target", "Write the signed file here; without it, next to the request.", "file")
@flag("--yes", "Do not ask after showing the act.")
@PASSPHRASE
@local
def sign(
    out: Output,
    *,
    request: Path,
    new: Path,
    target: Path | None,
    yes: bool,
    passphrase_file: Path | None,
) -> None:
    """Show the enrolment of a node's or service's new key, and sign it with that key.

    It runs where the key lies, without the node. Bring the signed file to the page again.
    """
    unsigned = dsse.Envelope(dsse.ENTRY_TYPE, read_file(request).strip())
    key = KeyFile.read(new, asking(passphrase_file))
    entry = own_enrolment(unsigned.payload, key.key)
    body = entry.body
    shown = {
        "role": body.role,
        "key": key.key,
        "fingerprint": suites.fingerprint(body.suite, decoded_key(body.public)),
        "reason": body.reason,
        **({"owner": body.owner, "desk": body.desk} if body.owner else {}),
        **({"kinds": list(body.kinds)} if body.kinds else {}),
        "id": unsigned.id,
    }
    out.document(out.worded(shown, role="role", reason="act-reason"))
    if not yes:
        confirm("Sign this act?")
    signature = dsse.Signature(key.key, key.private.sign(unsigned.pae))
    file = target or request.with_name(f"{request.stem}-signed.json")
    write_whole(file, unsigned.with_signature(signature).encode())
    out.document({"signed_by": key.key, "file": str(file)})


def own_enrolment(payload: bytes, key: KeyId) -> MachineEnrolled:
    """Return the enrolment of a node's or service's key, which that key signs itself.

    Raises:
        Malformed: `machine-request` for anything else, so that the command signs nothing else.
    """
    try:
        entry = parse(payload)
    except ChannelError:
        entry = None
    if not isinstance(entry, MachineEnrolled) or _enrolled(entry) != entry.by or entry.by != key:
        raise Malformed("machine-request", "This is no enrolment of this key.")
    return entry


def _enrolled(entry: MachineEnrolled) -> KeyId | None:
    """Return the id of the key enrolled, of a role whose keys sign their own enrolment."""
    body = entry.body
    # The author of another role's enrolment is a person, whose key must not sign here.
    if body.role not in SELF_SIGNED:
        return None
    return suites.key_id(party_of(entry.by), body.suite, decoded_key(body.public))


@app.command("enrol")
@argument("role", "Enrol a key of this machine.", Choice(*ROLES))
@required("--public", "Give the new public key, as machine prepare prints it.")
@required("--reason", "Give the reason.", Choice("routine", "lost", "compromised"))
@option("--next following", "Commit to the key that follows, by the digest that prepare prints.")
@option("--owner", "Name the person who answers for a service, by pseudonym.")
@option("--desk", "Name the desk of a service in the charter.")
@repeated("--kinds", "Let a service write this kind of entry; repeat it.", "text")
@option(
    "--key new", "Sign with this new key as well: a node's key signs its own enrolment.", "file"
)
@remote
async def enrol(  # noqa: PLR0913 - options
    call: Call,
    *,
    role: MachineRole,
    public: str,
    reason: str,
    following: str,
    owner: str,
    desk: str,
    kinds: Sequence[str],
    new: Path | None,
) -> None:
    """Begin the enrolment of a machine's key; another person signs by special-channel act sign.

    A checkpoint or cosigning key takes the place of the one in use as soon as the second person has
    signed. Put its file into the node's keys first.
    """
    body: Fields = {"role": role, "suite": "ed25519", "public": public, "reason": reason}
    if role in {"checkpoint", "cosigning"}:
        body["name"] = await _successor_name(call.node, call.official.party, role, public)
    if following:
        body["next"] = following
    if role == "service":
        body |= {"owner": owner, "desk": desk, "kinds": sorted(kinds)}
    author = await call.official.author()
    if new is None:
        entry = payloads.signed(author, "machine.enrolled", {"body": body})
    else:
        itself = replace(author, signer=KeyFile.read(new).signer)
        envelope = payloads.signed(itself, "machine.enrolled", {"body": body}).envelope
        signed = signed_again(dsse.decode(envelope), call.node.key.signer)
        entry = Submission(signed.encode(), ())
    show_act(call, await send_act(call.official, entry))


async def _successor_name(node: Node, party: Party, role: str, public: str) -> str:
    """Return the name of the last key of a role, which must commit to the new one.

    Raises:
        RuleBroken: `successor-uncommitted`: only the root may name this key.
    """
    directory = await node.get("/api/directory")
    last: Machine | None = None
    for item in directory[party]:
        entry = parse(dsse.decode(str(item["envelope"]).encode()).payload)
        named = entry.body.machines if isinstance(entry, PartyFounded) else ()
        if isinstance(entry, MachineEnrolled):
            named = (entry.body,)
        last = next((one for one in named if one.role == role), last)
    if last is None or last.next != commitment("ed25519", decoded_key(public)):
        raise RuleBroken(
            "successor-uncommitted", "The last key does not commit to this one; the root may."
        )
    return last.name or ""
