"""Checks of a node's entries before a command prints them.

Checks parts against commitments, the envelope's signatures, the receipt's path to a checkpoint,
and, with a trust file, the checkpoint's signature. Does not judge whether a key was in use:
`special-channel verify` replays the directory of an export.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from special_channel.cli.client import Node
from special_channel.cli.people import Holders
from special_channel.cli.trusted import TrustedLogs
from special_channel.core.bytes import dsse, parts, suites
from special_channel.core.bytes.errors import BadSignature, ChannelError, RuleBroken
from special_channel.core.bytes.ids import KeyId, Position
from special_channel.core.entries import Entry, parse
from special_channel.core.log import checkpoint, merkle
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.receipt import Receipt, verify_receipt
from special_channel.core.rows.log_keys import key_at
from special_channel.core.rules.signing_keys import SigningKey

PAGE: Final = 50
"""Entries per response of the API."""

Keys = Mapping[KeyId, SigningKey]
"""Public keys, by key id."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check, with content for display.

    Attributes:
        word: `ok`, `bad` (other than signed), or `damaged` (by the node's own account).
        entry: The signed entry; None unless `ok`.
        accepted: Time of acceptance in the log.
        payload: The signed payload, as JSON.
        parts: Content of the parts; None for an absent part.
        damaged: Places of parts that are damaged at the node.
    """

    word: str
    entry: Entry | None = None
    accepted: str = ""
    payload: bytes = b"null"
    parts: tuple[parts.Part | None, ...] = ()
    damaged: tuple[int, ...] = ()


async def check_entries(
    node: Node, ids: Sequence[str], holders: Holders, trust: TrustedLogs | None
) -> dict[str, Checked]:
    """Fetch entries with their proofs, and check them; results by id."""
    keys = {
        key: SigningKey(holder.suite, holder.public, holder.rp) for key, holder in holders.items()
    }
    results: dict[str, Checked] = {}
    for first in range(0, len(ids), PAGE):
        page = ",".join(ids[first : first + PAGE])
        for item in (await node.get("/api/entries", {"ids": page}))["entries"]:
            results[str(item["id"])] = check_entry(item, keys, trust)
    return results


def check_entry(item: Mapping[str, Any], keys: Keys, trust: TrustedLogs | None) -> Checked:
    """Check an entry of the API."""
    damaged = [str(one) for one in item.get("damaged", ())]
    if any(not one.startswith("part:") for one in damaged):
        return Checked("damaged")
    try:
        result = _check(item, keys, trust)
    except ChannelError:
        return Checked("bad")
    return replace(result, damaged=tuple(int(one[5:]) for one in damaged))


def _check(item: Mapping[str, Any], keys: Keys, trust: TrustedLogs | None) -> Checked:
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
    content = _check_parts(entry, item["parts"])
    return Checked("ok", entry, leaf.accepted, envelope.payload, content)


def _check_signatures(envelope: dsse.Envelope, entry: Entry, keys: Keys) -> None:
    for signature in envelope.signatures:
        if signature.keyid not in keys:
            raise BadSignature("key-unknown", "The directory has no such key.")
        suite, public, rp = keys[signature.keyid]
        suites.verify(suite, public, envelope.pae, signature.sig, rp)
    if entry.by not in {signature.keyid for signature in envelope.signatures}:
        raise BadSignature("signature-missing", "The author's signature is missing.")


def _check_receipt(
    receipt: Receipt, position: Position, log: str, trust: TrustedLogs | None
) -> None:
    if trust is not None:
        trusted = trust[position.party]
        head = checkpoint.parse(receipt.checkpoint)[1]
        key = key_at(trusted.keys, head.size).verifier
        verify_receipt(receipt, key, origin=trusted.origin)
        return
    head = checkpoint.parse(receipt.checkpoint)[1]
    if head.origin != log:
        raise RuleBroken("checkpoint-origin", "The checkpoint is that of another log.")
    hashed = merkle.leaf_hash(receipt.extra)
    merkle.verify_inclusion(hashed, receipt.index, head.size, receipt.proof, head.root)


def _check_parts(entry: Entry, disclosures: Sequence[str]) -> tuple[parts.Part | None, ...]:
    content: list[parts.Part | None] = []
    for place, ref in enumerate(entry.optional("parts", ())):
        disclosure = disclosures[place].encode() if place < len(disclosures) else b""
        if disclosure:
            parts.check(ref.c, disclosure)
        content.append(parts.parse(disclosure) if disclosure else None)
    return tuple(content)
