"""An EU node alone at its web part, and officials whose keys are in every state."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import data_part, part_refs, sign, text_part
from special_channel.desk.keyfile import KeyFile
from special_channel.ports import LogName
from special_channel.wiring import files
from tests.channel import Channel
from tests.nodes.api import Api

Made = Submission | list[Submission] | dict[str, Any]


@dataclass
class Desk:
    """An EU node with its web part alone, so that only these tests write to it."""

    channel: Channel
    api: Api
    thread: str
    keys: dict[str, KeyFile] = field(default_factory=dict)

    async def payload(self, kind: str, by: str = "desk", **fields: Any) -> dict[str, Any]:
        return await self.channel.payload("eu", self.keys[by].key, kind, **fields)

    async def note(
        self, by: str = "desk", parts: tuple[bytes, ...] = (), **fields: Any
    ) -> Submission:
        """A valid note, changed by `fields`."""
        parts = parts or (words("A paragraph."),)
        stated = {"thread": self.thread, "body": {}, "lang": "en", "parts": part_refs(parts)}
        payload = await self.payload("note.posted", by, **stated)
        return sign(payload | fields, [self.keys[by].signer], parts)

    async def list(self, *clearing: str, rows: int = 1) -> Submission:
        """A weekly list of numbers that were on none before, cleared by these officials."""
        new = os.urandom(4).hex()
        sheet = [
            {
                "row": row,
                "number": f"{new}-{row}",
                "urgency": "normal",
                "rank": row,
                "first_listed": "2026-11-20",
                "times_listed": 1,
            }
            for row in range(1, rows + 1)
        ]
        part = data_part(os.urandom(32), "list", {"rows": sheet})
        body = {"list": "W47", "rows": 1}
        payload = await self.payload("batch.listed", body=body, parts=part_refs((part,)))
        signers = [self.keys["desk"].signer, *(self.keys[name].signer for name in clearing)]
        return sign(payload, signers, [part])

    def ask(self, **changed: Any) -> dict[str, Any]:
        return self.channel.ask("eu", "2027-01-15T16:30:00Z") | changed


def words(text: str, role: str = "text") -> bytes:
    return text_part(role, os.urandom(32), text)


async def strangers(made: Channel) -> dict[str, KeyFile]:
    """Officials with keys in every state."""
    keys = {
        "desk": made.officials["eu", "desk", 1],
        "clerk": made.officials["eu", "desk", 2],
        "head": made.officials["eu", "head", 1],
        "cn": made.officials["cn", "desk", 1],
        "oversight": await made.enrol("eu", "oversight", "oversight"),
        "suspended": await made.enrol("eu", "desk", "permits", 3),
        "revoked": await made.enrol("eu", "desk", "permits", 4),
        "unknown": KeyFile.make("eu", "desk", os.urandom(32), desk="permits"),
    }
    stop = {"key": keys["suspended"].key, "reason": "stated-at-home"}
    payload = await made.payload("eu", keys["clerk"].key, "key.suspended", body=stop)
    await made.submit("eu", payload, keys["clerk"].signer)
    end = {"key": keys["revoked"].key, "reason": "stated-at-home"}
    registrars = files.registrars(made.settings("eu"))
    payload = await made.payload("eu", registrars[0].key, "key.revoked", body=end)
    await made.submit("eu", payload, *registrars)
    return keys


def raw(desk: Desk, payload: bytes, parts: tuple[bytes, ...] = ()) -> Submission:
    """Arbitrary bytes, validly signed."""
    signer = desk.keys["desk"].signer
    signature = signer.private.sign(dsse.pae(dsse.ENTRY_TYPE, payload))
    signed = dsse.Envelope(dsse.ENTRY_TYPE, payload, (dsse.Signature(signer.key, signature),))
    return Submission(signed.encode(), parts)


def payload_of(item: Submission) -> dict[str, Any]:
    return dict(json.loads(dsse.decode(item.envelope).payload))


def forged(item: Submission) -> Submission:
    """The last signature's first byte turned over."""
    envelope = dsse.decode(item.envelope)
    last = envelope.signatures[-1]
    bad = dsse.Signature(last.keyid, bytes([last.sig[0] ^ 1]) + last.sig[1:])
    signatures = (*envelope.signatures[:-1], bad)
    return Submission(replace(envelope, signatures=signatures).encode(), item.parts)


@dataclass(frozen=True)
class Record:
    """All data that an append changes."""

    heads: tuple[Any, ...]
    state: tuple[int, int, str]


async def record(desk: Desk) -> Record:
    held = desk.channel.nodes["eu"].core.record
    logs: tuple[LogName, ...] = (*PARTIES, "private")
    heads = [await held.head(log) for log in logs]
    return Record(tuple(heads), await held.state())


Case = Callable[[Desk], Awaitable[Made]]
CASES: dict[str, tuple[str, Case]] = {}


def refused(code: str) -> Callable[[Case], Case]:
    """Add a case with its expected code."""

    def noted(case: Case) -> Case:
        CASES[case.__name__.strip("_").replace("_", "-")] = code, case
        return case

    return noted
