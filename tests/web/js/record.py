"""Two logs in memory, with real keys and bytes made by the core's functions.

The Merkle proofs are computed here by the definition of RFC 6962, so that the client is
checked against another implementation than the node's own.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any, Literal

from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.entries import COUNTED_KINDS
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.log.receipt import Receipt
from special_channel.core.rows import submission
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, part_refs, sign, text_part

AT = "2026-11-24T08:40:00Z"
THREAD = "0123456789abcdef0123456789abcdef"
Party = Literal["eu", "cn"]
Suite = Literal["ed25519", "es256"]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def tree(hashes: list[bytes]) -> bytes:
    """Return the root by the definition (RFC 6962, 2.1)."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return sha256(b"\x01" + tree(hashes[:k]) + tree(hashes[k:])).digest()


def path(index: int, hashes: list[bytes]) -> tuple[bytes, ...]:
    """Return the audit path by the definition (RFC 6962, 2.1.1)."""
    if len(hashes) == 1:
        return ()
    k = split(len(hashes))
    if index < k:
        return (*path(index, hashes[:k]), tree(hashes[k:]))
    return (*path(index - k, hashes[k:]), tree(hashes[:k]))


def split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def key(party: Party, name: str, suite: Suite = "ed25519") -> Signer:
    """Return a key derived from its name."""
    private = PrivateKey.from_seed(suite, sha256(f"{party} {name}".encode()).digest())
    return Signer(suites.key_id(party, suite, private.public), private)


def founding(party: Party, origin: str) -> dict[str, Any]:
    root = key(party, "root")
    roles = ("registrar", "node", "checkpoint", "cosigning", "link")
    keys = [
        {"role": role, "suite": "ed25519", "public": b64(key(party, role).private.public)}
        | ({"name": origin} if role in {"checkpoint", "cosigning"} else {})
        for role in roles
    ]
    return {
        "v": 1,
        "log": origin,
        "kind": "party.founded",
        "by": root.key,
        "at": AT,
        "seen": [],
        "body": {
            "party": party,
            "private": f"{party}.channel.example/private",
            "suite": "ed25519",
            "public": b64(root.private.public),
            "keys": keys,
        },
    }


def enrolment(party: Party, origin: str, who: Signer, role: str = "desk") -> dict[str, Any]:
    return {
        "v": 1,
        "log": origin,
        "kind": "key.enrolled",
        "by": who.key,
        "at": AT,
        "seen": [],
        "body": {
            "suite": who.private.suite,
            "public": b64(who.private.public),
            "role": role,
            "unit": "Fictional unit",
            "desk": "licensing",
        },
    }


class Log:
    """A party's log in memory."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.origin = f"{party}.channel.example/log"
        self.items: list[dict[str, Any]] = []
        self.hashes: list[bytes] = []
        self.counter = LeafCounter(COUNTED_KINDS)

    def head(self, size: int | None = None) -> tuple[Checkpoint, str]:
        hashes = self.hashes[:size]
        head = Checkpoint(self.origin, len(hashes), tree(hashes))
        signature = checkpoint.sign(head, key(self.party, "checkpoint").private, self.origin)
        return head, checkpoint.make_note(head, signature)

    def append(self, sent: Submission, accepted: str = AT) -> dict[str, Any]:
        incoming = submission.read(sent, whole=True)
        thread = getattr(incoming.entry, "thread", None)
        kind = incoming.entry.kind
        counts = self.counter.count(kind, thread)
        leaf = Leaf(
            accepted=accepted,
            frontier=(0,),
            directory=counts[0],
            kind=kind,
            thread=thread,
            ordinal=counts[1],
            id=incoming.id,
            envelope_digest=incoming.envelope.digest,
        )
        self.hashes.append(leaf.hash)
        index = len(self.items)
        _, note = self.head()
        receipt = Receipt(leaf.encode(), index, path(index, self.hashes), note)
        item = {
            "id": incoming.id,
            "envelope": sent.envelope.decode(),
            "parts": [(part or b"").decode() for part in sent.parts],
            "leaf": leaf.encode().decode(),
            "position": f"{self.party.upper()}-{index}",
            "verdict": "",
            "receipt": receipt.encode(),
            "delivered": False,
            "kind": kind,
            "thread": thread,
        }
        self.items.append(item)
        return item


def payload_of(envelope: str) -> dict[str, Any]:
    """Return an entry's payload."""
    payload: dict[str, Any] = json.loads(dsse.decode(envelope.encode()).payload)
    return payload


class Record:
    """Both logs, founded, with methods to write entries."""

    def __init__(self) -> None:
        self.logs: dict[str, Log] = {"eu": Log("eu"), "cn": Log("cn")}
        for party in ("eu", "cn"):
            log = self.logs[party]
            log.append(sign(founding(party, log.origin), [key(party, "root")]))

    def enrol(self, party: Party, name: str, suite: Suite = "ed25519") -> Signer:
        return self.enrol_key(party, key(party, name, suite))

    def enrol_key(self, party: Party, who: Signer, by: Signer | None = None, **body: Any) -> Signer:
        log = self.logs[party]
        payload = enrolment(party, log.origin, who)
        payload["body"] |= body
        log.append(sign(payload, [who, by or key(party, "registrar")]))
        return who

    def note(self, party: Party, who: Signer, texts: list[str], **fields: Any) -> dict[str, Any]:
        log = self.logs[party]
        salts = (sha256(f"{len(log.items)} {n}".encode()).digest() for n in range(len(texts)))
        disclosures = [text_part("text", s, t) for s, t in zip(salts, texts, strict=True)]
        payload: dict[str, Any] = {
            "v": 1,
            "log": log.origin,
            "kind": "note.posted",
            "thread": THREAD,
            "by": who.key,
            "at": AT,
            "seen": [],
            "body": {},
            "lang": "en",
            "parts": part_refs(disclosures),
        } | fields
        return log.append(sign(payload, [who], disclosures))

    def act(
        self, party: Party, who: Signer, kind: str, *, second: Signer | None = None, **fields: Any
    ) -> dict[str, Any]:
        log = self.logs[party]
        payload: dict[str, Any] = {
            "v": 1,
            "log": log.origin,
            "kind": kind,
            "by": who.key,
            "at": AT,
            "seen": [],
        }
        signers = [who, second] if second else [who]
        return log.append(sign(payload | {"body": {}} | fields, signers))

    def find(self, entry_id: str) -> dict[str, Any] | None:
        items = [item for log in self.logs.values() for item in log.items]
        return next((item for item in items if item["id"] == entry_id), None)

    def public(self, key_id: str) -> tuple[str, bytes]:
        for item in (each for log in self.logs.values() for each in log.items):
            if item["kind"] == "key.enrolled":
                payload = payload_of(item["envelope"])
                if payload["by"] == key_id:
                    body = payload["body"]
                    return body["suite"], base64.b64decode(body["public"])
        raise AssertionError(key_id)
