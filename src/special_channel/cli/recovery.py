"""`special-channel recover` and `start-alone`: going on after a restore.

Does not compare logs: the node does. Builds the entries to sign.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from special_channel.broker.starting import WAITS
from special_channel.cli.command import command, flag, option, repeated, required
from special_channel.cli.files import read_file
from special_channel.cli.local import on_settings
from special_channel.cli.machine import MACHINE
from special_channel.cli.official import sent_entry, signed_again
from special_channel.cli.output import Output
from special_channel.cli.passphrases import asking
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Reader
from special_channel.config import Settings
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.desk.recovery_payloads import log_restored, private_restored
from special_channel.messages.catalogue import catalogue
from special_channel.ports.conditions import FORKED
from special_channel.wiring.guards import ask_to_start_alone

GONE: Final = (
    "What only a backup can restore",
    (
        "lost entries of our private log: internal notes, releases, steps taken, who read what, "
        "the columns of lists that stay with us"
    ),
    (
        "entries of our shared log that were never delivered, unless the browser or program that "
        "sent them still has them: then it sends them again"
    ),
    "names and addresses of officials",
    "drafts, including those sent for release",
    "sign-ins, one-time codes, calendar links and saved views",
    "files that were not delivered",
)
"""A heading and its list, as on the page After a restore."""


@command()
@flag(
    "--accept-loss", "Sign that the end of the private log is lost: a registrar first, then a head."
)
@repeated(
    "--root",
    "Sign with this file of a part of the root that the end of our shared log is lost; repeat it.",
    "file",
)
@option(
    "--signed",
    "Append this act, made by root request log.restored and signed by the root offline.",
    "file",
)
@remote
async def recover(
    call: Call, *, accept_loss: bool, root: Sequence[Path], signed: Path | None
) -> None:
    """Show what each of our logs lost after a restore, and how to continue.

    It is for registrars, heads of unit and directors. Without an option nothing is signed.
    """
    state = await call.node.get("/api/recovery")
    if root:
        await _restore_shared(call, state, [KeyFile.read(part, asking()).signer for part in root])
    elif signed is not None:
        await _post(call, "/api/recovery/shared", Submission(read_file(signed).strip()))
        if state["reason"] == FORKED:
            call.out.say(catalogue(call.out.lang).gettext("recover.forked"))
    elif accept_loss:
        await _accept_private(call, state)
    else:
        _explain(call, state)


def _explain(call: Call, state: dict[str, Any]) -> None:
    out, reader = call.out, Reader.of(call)
    shown: dict[str, Any] = {"reason": state["reason"]} if state["reason"] else {}
    for name in ("shared", "private"):
        if lost := state.get(name):
            shown[f"{name}_held"], shown[f"{name}_signed"] = lost["held"], lost["signed"]
            shown[f"{name}_last"] = reader.time(lost.get("last_accepted"))
    out.document(state if out.as_json else shown)
    page = catalogue(out.lang)
    reason = page.sentence(state["reason"]) if state["reason"] else None
    for line in (*((reason.text, reason.next_step) if reason else ()), *_advice(state)):
        out.say(page.gettext(line))
    if _lost(state) or state["reason"]:
        heading, *lines = map(page.gettext, GONE)
        out.say("\n- ".join([heading, *lines]))


def _lost(state: dict[str, Any]) -> bool:
    return state.get("shared") is not None or state.get("private") is not None


def _advice(state: dict[str, Any]) -> Iterator[str]:
    if state.get("shared") is not None:
        yield "recover.tail" if state["tail_lost"] else "recover.healing"
    if state.get("private") is not None:
        yield "recover.second" if state.get("pending") else "recover.first"
    if not _lost(state):
        if state["reason"] in WAITS:
            yield "recover.unseen"
        elif not state["reason"]:
            yield "recover.whole"


async def _accept_private(call: Call, state: dict[str, Any]) -> None:
    """Sign the acceptance as registrar, or the same bytes as the second person.

    Raises:
        RuleBroken: `nothing-lost`; `clearance-differs` if the waiting entry names other sizes.
    """
    lost = state.get("private")
    if lost is None:
        raise RuleBroken("nothing-lost", "Nothing of this log is lost.")
    author = await call.official.author(private=True)
    named = {"size": lost["held"], "signed": lost["signed"], "root": lost["root"]}
    pending = str(state.get("pending") or "")
    if pending and _body(pending) == named:
        entry = Submission(signed_again(dsse.decode(pending.encode()), author.signer).encode())
    else:
        entry = private_restored(author, lost["held"], lost["signed"], lost["root"])
    await _post(call, "/api/recovery/private", entry)


async def _restore_shared(call: Call, state: dict[str, Any], parts: Sequence[Signer]) -> None:
    lost = state.get("shared")
    if lost is None:
        raise RuleBroken("nothing-lost", "Nothing of this log is lost.")
    author = Author(parts[0], state["log"], timestamp(MACHINE.now()), (), MACHINE.draw)
    entry = log_restored(author, lost["held"])
    envelope = dsse.decode(entry.envelope)
    for part in parts[1:]:
        envelope = signed_again(envelope, part)
    await _post(call, "/api/recovery/shared", Submission(envelope.encode()))


async def _post(call: Call, path: str, entry: Submission) -> None:
    receipts = (await call.node.post(path, sent_entry(entry)))["receipts"]
    for receipt in receipts:
        call.out.receipt(receipt)
    if not receipts:
        call.out.document({"waits_for": "head"} if call.out.as_json else {})
        call.out.say(catalogue(call.out.lang).gettext("recover.second"))


def _body(envelope: str) -> object:
    payload = canonical.loads(dsse.decode(envelope.encode()).payload)
    return payload.get("body") if isinstance(payload, dict) else None


@command()
@required("--by", "Give your own name.", "name")
@required("--reason", "State why the node does not wait for the other side's node.")
@on_settings
def start_alone(out: Output, settings: Settings, *, by: str, reason: str) -> None:
    """Let this node sign before our log was compared with the other side's copy.

    It runs only on the node's own machine. If the other side has more of our log, what is
    signed from now on can never be delivered. Name and reason are recorded in the private log.
    """
    state = asyncio.run(ask_to_start_alone(settings, by, reason))
    shown = state if out.as_json else catalogue(out.lang).gettext(f"start-alone.{state}")
    out.document({"start_alone": shown})
