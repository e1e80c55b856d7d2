"""Two logs in memory, with real keys and bytes made by the core's functions.

The Merkle proofs are computed here by the definition of RFC 6962, so that the client is
checked against another implementation than the node's own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Literal

from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.entries import COUNTED_KINDS, RootSet
from special_channel.core.log import checkpoint
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.log.receipt import Receipt
from special_channel.core.rows import submission
from special_channel.core.rows.directory import commitment, root_pin
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


def person(party: Party, name: str) -> str:
    """Return the pseudonym of the holder of a key of that name."""
    return sha256(f"person {party} {name}".encode()).hexdigest()[:32]


def stated(signer: Signer) -> dict[str, Any]:
    """Return suite and public key as payloads state them."""
    return {"suite": signer.private.suite, "public": b64(signer.private.public)}


def roots(
    party: Party,
    parts: Sequence[str] = ("root", "root-2", "root-3"),
    after: Sequence[str] = ("next", "next-2", "next-3"),
) -> dict[str, Any]:
    """Return a root set of which two parts sign."""
    keys = sorted((key(party, name) for name in parts), key=lambda each: each.key)
    coming = [key(party, name).private for name in after]
    return {
        "keys": [stated(each) for each in keys],
        "threshold": 2,
        "next": sorted(commitment(each.suite, each.public) for each in coming),
        "next_threshold": 2,
    }


def pin(party: Party, **changed: Any) -> str:
    """Return the digest by which a browser pins a party's roots."""
    return root_pin(RootSet.model_validate_json(json.dumps(roots(party) | changed)))


REGISTRARS = ("registrar", "registrar-2")


def founding(party: Party, origin: str, **changed: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "log": origin,
        "kind": "party.founded",
        "by": key(party, "root").key,
        "at": AT,
        "seen": [],
        "body": {
            "party": party,
            "private": f"{party}.channel.example/private",
            "roots": roots(party),
            "persons": [
                stated(key(party, name))
                | {"person": person(party, name), "role": "registrar", "desk": "registry"}
                | {"unit": "Fictional registry"}
                for name in REGISTRARS
            ],
            "machines": [
                {"role": role, **stated(key(party, role))}
                | ({"name": origin} if role in {"checkpoint", "cosigning"} else {})
                for role in ("node", "checkpoint", "cosigning", "link")
            ],
        }
        | changed,
    }


def enrolment(origin: str, who: Signer, person_: str) -> dict[str, Any]:
    return {
        "v": 1,
        "log": origin,
        "kind": "key.enrolled",
        "by": who.key,
        "at": AT,
        "seen": [],
        "body": {"person": person_, **stated(who)},
    }


class Log:
    """A party's log in memory."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.origin = f"{party}.channel.example/log"
        self.items: list[dict[str, Any]] = []
        self.hashes: list[bytes] = []
        self.counter = LeafCounter(COUNTED_KINDS)
        self.signer = key(party, "checkpoint")

    def head(self, size: int | None = None) -> tuple[Checkpoint, str]:
        hashes = self.hashes[:size]
        head = Checkpoint(self.origin, len(hashes), tree(hashes))
        signature = checkpoint.sign(head, self.signer.private, self.origin)
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
            log.append(self.founding_of(party))

    def founding_of(self, party: Party) -> Submission:
        signers = [key(party, name) for name in ("root", "root-2", *REGISTRARS)]
        return sign(founding(party, self.logs[party].origin), signers)

    def enrol(
        self, party: Party, name: str, suite: Suite = "ed25519", role: str = "desk"
    ) -> Signer:
        """Grant a person the first function, and enrol the key of that name."""
        return self.enrol_key(party, key(party, name, suite), role=role)

    def enrol_key(
        self,
        party: Party,
        who: Signer,
        by: Signer | None = None,
        *,
        role: str = "desk",
        **body: Any,
    ) -> Signer:
        """Grant a new person a function, and enrol a key, confirmed by `by` or the registrar."""
        holder = body.pop("person", None) or person(party, who.key)
        self.grant(party, holder, role=role)
        payload = enrolment(self.logs[party].origin, who, holder)
        payload["body"] |= body
        self.logs[party].append(sign(payload, [who, by or key(party, "registrar")]))
        return who

    def grant(
        self, party: Party, holder: str, by: Signer | None = None, **body: Any
    ) -> dict[str, Any]:
        """Grant a function, by default the first one of the licensing desk."""
        stated_body = {
            "person": holder,
            "grant": 1,
            "role": "desk",
            "desk": "licensing",
            "unit": "Fictional unit",
        } | body
        return self.act(party, by or key(party, "registrar"), "role.granted", body=stated_body)

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
