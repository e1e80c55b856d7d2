"""Checks entries that a node returned, before a command prints them.

From what the node sent along alone: parts against commitments, the envelope's signatures, the
receipt's path to a checkpoint. With a trust file the checkpoint's signature as well. Does not judge
whether a key was in use: `special-channel verify` replays the directory, from an export.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from special_channel.cli.client import Node
from special_channel.core.audit.trust import Trust
from special_channel.core.bytes import dsse, parts, suites
from special_channel.core.bytes.errors import BadSignature, ChannelError, RuleBroken
from special_channel.core.bytes.ids import PARTIES, KeyId, Position
from special_channel.core.entries import Entry, KeyEnrolled, PartyFounded, parse
from special_channel.core.log import checkpoint, merkle
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.receipt import Receipt, verify_receipt

PAGE: Final = 50
"""Entries that the API returns at once."""

Keys = Mapping[KeyId, tuple[str, bytes]]
"""Suite and public key, by key id."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry as far as it may be shown.

    Attributes:
        word: `ok`, `bad` (not what was signed), or `damaged` (the node says so).
        entry: What was signed; None unless `ok`.
        accepted: The log's own time for it.
        payload: The signed payload, as JSON.
        parts: What its parts hold, None for what is not here.
        damaged: Places of parts that are damaged at the node.
    """

    word: str
    entry: Entry | None = None
    accepted: str = ""
    payload: bytes = b"null"
    parts: tuple[parts.Part | None, ...] = ()
    damaged: tuple[int, ...] = ()


async def check_entries(node: Node, ids: Sequence[str], trust: Trust | None) -> dict[str, Checked]:
    """Fetch these entries with their proofs, and check each."""
    keys = _keys(await node.get("/api/directory"))
    found: dict[str, Checked] = {}
    for first in range(0, len(ids), PAGE):
        some = ",".join(ids[first : first + PAGE])
        for item in (await node.get("/api/entries", {"ids": some}))["entries"]:
            found[str(item["id"])] = check_entry(item, keys, trust)
    return found


def check_entry(item: Mapping[str, Any], keys: Keys, trust: Trust | None) -> Checked:
    """Check one entry of the API."""
    damaged = [str(one) for one in item.get("damaged", ())]
    if any(not one.startswith("part:") for one in damaged):
        return Checked("damaged")
    try:
        found = _check(item, keys, trust)
    except ChannelError:
        return Checked("bad")
    return replace(found, damaged=tuple(int(one[5:]) for one in damaged))


def _check(item: Mapping[str, Any], keys: Keys, trust: Trust | None) -> Checked:
    data, position = str(item["envelope"]).encode(), Position.parse(str(item["position"]))
    envelope = dsse.decode(data)
    entry = parse(envelope.payload)
    if envelope.id != item["id"]:
        raise RuleBroken("proof-mismatch", "This is another entry.")
    _check_signatures(envelope, entry, keys)
    receipt = Receipt.parse(str(item["receipt"]))
    leaf = Leaf.parse(receipt.extra)
    if (leaf.id, leaf.envelope_digest) != (envelope.id, sha256(data).hexdigest()):
        raise RuleBroken("proof-mismatch", "The receipt is another entry's.")
    if receipt.index != position.index:
        raise RuleBroken("proof-mismatch", "The receipt is of another place.")
    _check_receipt(receipt, position, entry.log, trust)
    found = _check_parts(entry, item["parts"])
    return Checked("ok", entry, leaf.accepted, envelope.payload, found)


def _check_signatures(envelope: dsse.Envelope, entry: Entry, keys: Keys) -> None:
    for signature in envelope.signatures:
        if signature.keyid not in keys:
            raise BadSignature("key-unknown", "The directory has no such key.")
        suite, public = keys[signature.keyid]
        suites.verify(suite, public, envelope.pae, signature.sig)
    if entry.by not in {signature.keyid for signature in envelope.signatures}:
        raise BadSignature("signature-missing", "The author's signature is missing.")


def _check_receipt(receipt: Receipt, position: Position, log: str, trust: Trust | None) -> None:
    if trust is not None:
        trusted = trust.parties[position.party]
        verify_receipt(receipt, trusted.checkpoint_key, origin=trusted.origin)
        return
    head = checkpoint.parse(receipt.checkpoint)[1]
    if head.origin != log:
        raise RuleBroken("checkpoint-origin", "The checkpoint is that of another log.")
    hashed = merkle.leaf_hash(receipt.extra)
    merkle.verify_inclusion(hashed, receipt.index, head.size, receipt.proof, head.root)


def _check_parts(entry: Entry, given: Sequence[str]) -> tuple[parts.Part | None, ...]:
    found: list[parts.Part | None] = []
    for place, ref in enumerate(entry.optional("parts", ())):
        disclosure = given[place].encode() if place < len(given) else b""
        if disclosure:
            parts.check(ref.c, disclosure)
        found.append(parts.parse(disclosure) if disclosure else None)
    return tuple(found)


def _keys(directory: Mapping[str, Any]) -> Keys:
    """Return the keys of both directories. A key's id is the hash of what it names."""
    found: dict[KeyId, tuple[str, bytes]] = {}
    for party in PARTIES:
        for item in directory[party]:
            entry = parse(dsse.decode(str(item["envelope"]).encode()).payload)
            named: list[tuple[str, str]] = []
            if isinstance(entry, PartyFounded):
                named = [(entry.body.suite, entry.body.public)]
                named += [(key.suite, key.public) for key in entry.body.keys]
            elif isinstance(entry, KeyEnrolled):
                named = [(entry.body.suite, entry.body.public)]
            for suite, public in named:
                known = b64decode(public)
                found[suites.key_id(party, suite, known)] = suite, known
    return found
