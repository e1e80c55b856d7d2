"""A world of two parties in memory: keys from seeds, a clock moved by hand, core alone.

Each side judges and folds what it holds, so a test can ask both for their verdicts and
states. A commit holds one entry; each has its checkpoint. `append(..., honest=False)`
writes what a broken or lying node would.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from special_channel.core import canonical, checkpoint, dsse, suites
from special_channel.core.canonical import Value
from special_channel.core.checkpoint import Checkpoint
from special_channel.core.court import Pin
from special_channel.core.entries import PRIVATE_KINDS
from special_channel.core.errors import Refused
from special_channel.core.ids import PARTIES, Party, Position, ThreadId, peer_of
from special_channel.core.leaf import Leaf
from special_channel.core.merkle import EMPTY_ROOT, Frontier
from special_channel.core.note import Note
from special_channel.core.replay import Presented, Replay
from special_channel.core.state import EntryRow, digest_of
from special_channel.core.submission import Submission, read
from special_channel.core.suites import PrivateKey, Suite
from special_channel.core.times import from_posix, posix
from special_channel.core.writing import Signer, data_part, part_refs, sign, text_part

START = "2026-11-24T08:00:00Z"
OFFICIALS = {
    "desk": ("desk", "licensing"),
    "clerk": ("desk", "licensing"),
    "other-desk": ("desk", "customs"),
    "head": ("head", "licensing"),
    "director": ("director", "licensing"),
    "oversight": ("oversight", "audit"),
    "second-registrar": ("registrar", "registry"),
}
"""Officials that each side enrols: role and desk."""

NODE_KEYS = ("registrar", "node", "checkpoint", "cosigning", "link")


@dataclass
class Hand:
    """A clock moved by hand."""

    seconds: int = posix(START)

    @property
    def now(self) -> str:
        return from_posix(self.seconds)

    def forward(self, seconds: int = 1) -> str:
        self.seconds += seconds
        return self.now


@dataclass(frozen=True)
class Entry:
    """One entry as a log holds it."""

    position: Position
    leaf: Leaf
    submission: Submission

    @property
    def id(self) -> str:
        return self.leaf.id

    @property
    def envelope(self) -> dsse.Envelope:
        return dsse.decode(self.submission.envelope)

    @property
    def payload(self) -> dict[str, Any]:
        value = canonical.loads(self.envelope.payload)
        assert isinstance(value, dict)
        return value


@dataclass
class Copy:
    """What one side holds of a log."""

    entries: list[Entry] = field(default_factory=list)
    frontier: Frontier = Frontier.EMPTY
    roots: list[bytes] = field(default_factory=lambda: [EMPTY_ROOT])
    notes: dict[int, str] = field(default_factory=dict)
    cosigned: dict[int, str] = field(default_factory=dict)
    stamped: str | None = None
    stamp: int = 0

    @property
    def size(self) -> int:
        return len(self.entries)

    def grow(self, entry: Entry) -> None:
        self.frontier, _ = self.frontier.append([entry.leaf.hash])
        self.entries.append(entry)
        self.roots.append(self.frontier.root())


class Side:
    """A party: its keys, and what its node holds and concludes."""

    def __init__(self, party: Party, suite: Suite = "ed25519") -> None:
        self.party = party
        self.origin = f"{party}.channel.example/log"
        self.private_origin = f"{party}.channel.example/private"
        self.keys: dict[str, Signer] = {}
        for name in ("root", *NODE_KEYS):
            self.make_key(name)
        for name in OFFICIALS:
            self.make_key(name, suite)
        self.copies: dict[Party, Copy] = {"eu": Copy(), "cn": Copy()}
        self.verdicts: dict[Position, str] = {}
        self.replay: Replay

    def make_key(self, name: str, suite: Suite = "ed25519") -> Signer:
        seed = sha256(f"{self.party} {name}".encode()).digest()
        private = PrivateKey.from_seed(suite, seed)
        signer = Signer(suites.key_id(self.party, suite, private.public), private)
        self.keys[name] = signer
        return signer

    @property
    def own(self) -> Copy:
        return self.copies[self.party]

    @property
    def mirror(self) -> Copy:
        return self.copies[peer_of(self.party)]

    @property
    def cosigning_name(self) -> str:
        return f"{self.party}.channel.example/cosigner"

    @property
    def checkpoint_vkey(self) -> str:
        return checkpoint.log_key(self.keys["checkpoint"].private, self.origin).encode()

    @property
    def cosigning_vkey(self) -> str:
        return checkpoint.cosigner_key(self.keys["cosigning"].private, self.cosigning_name).encode()

    def sign_checkpoint(self, size: int, root: bytes) -> str:
        head = Checkpoint(self.origin, size, root)
        line = checkpoint.sign(head, self.keys["checkpoint"].private, self.origin)
        return checkpoint.make_note(head, line)

    def cosign(self, note: str, time: int) -> str:
        parsed, head = checkpoint.parse(note)
        key = self.keys["cosigning"].private
        line = checkpoint.cosign(head, key, self.cosigning_name, time)
        return parsed.with_signature(line).encode()

    @property
    def digest(self) -> str:
        """The state digest over all that this side holds."""
        return digest_of(self.replay.rows)

    @property
    def sizes(self) -> tuple[int, int]:
        return self.copies["eu"].size, self.copies["cn"].size


class World:
    """Two sides, and what passes between them."""

    def __init__(self, suite: Suite = "ed25519") -> None:
        self.clock = Hand()
        self.sides: dict[Party, Side] = {party: Side(party, suite) for party in PARTIES}
        self.pins = {
            party: Pin(party, side.origin, side.keys["root"].key)
            for party, side in self.sides.items()
        }
        for side in self.sides.values():
            side.replay = Replay(self.pins)
            side.replay.roots.update({(pin.origin, 0): EMPTY_ROOT for pin in self.pins.values()})
        self._drawn = 0

    @classmethod
    def founded(cls, suite: Suite = "ed25519", **charter: Any) -> World:
        """A world at work: both founded, officials enrolled, one charter adopted by both."""
        world = cls(suite)
        for party in PARTIES:
            world.found(party)
        for party in PARTIES:
            for name in OFFICIALS:
                world.enrol(party, name)
        for party in PARTIES:
            world.adopt(party, **charter)
        world.exchange()
        return world

    @property
    def eu(self) -> Side:
        return self.sides["eu"]

    @property
    def cn(self) -> Side:
        return self.sides["cn"]

    # What is signed ------------------------------------------------------------------

    def draw(self, length: int = 32) -> bytes:
        """Bytes that differ each time and are the same in each run."""
        self._drawn += 1
        return sha256(f"drawn {self._drawn}".encode()).digest()[:length]

    def thread_id(self) -> ThreadId:
        return self.draw(16).hex()

    def text(self, words: str, role: str = "text") -> bytes:
        return text_part(role, self.draw(), words)

    def data(self, type_: str, document: Value) -> bytes:
        return data_part(self.draw(), type_, document)

    def seen(self, party: Party) -> list[Value]:
        """The newest checkpoints that an official of this side has verified."""
        return [
            {
                "log": self.sides[log].origin,
                "size": copy.size,
                "root": copy.roots[copy.size].hex(),
            }
            for log, copy in self.sides[party].copies.items()
            if copy.size
        ]

    def payload(self, party: Party, kind: str, **fields: Any) -> dict[str, Value]:
        """A payload with all that every entry states; `by` names an official."""
        by = self.sides[party].keys[fields.pop("by", "desk")]
        stated: dict[str, Value] = {
            "v": 1,
            "log": self.sides[party].origin,
            "kind": kind,
            "by": by.key,
            "at": self.clock.now,
            "seen": self.seen(party),
            "body": {},
        }
        return stated | {name: value for name, value in fields.items() if value is not None}

    # What is appended ----------------------------------------------------------------

    def append(
        self,
        party: Party,
        payload: Mapping[str, Value],
        parts: Sequence[bytes] = (),
        *,
        also: Sequence[str] = (),
        honest: bool = True,
    ) -> Entry:
        """Sign a payload by its author (and by `also`) and append it to the party's log.

        An honest node refuses what the judge refuses.
        """
        side = self.sides[party]
        stated = dict(payload)
        if parts:
            stated["parts"] = part_refs(parts)
        author = next(
            (signer for signer in side.keys.values() if signer.key == stated["by"]),
            side.keys["desk"],
        )
        signers = [author, *(side.keys[name] for name in also)]
        return self.append_signed(party, sign(stated, signers, parts), honest=honest)

    def append_signed(
        self,
        party: Party,
        submission: Submission,
        *,
        honest: bool = True,
        frontier: int | None = None,
        accepted: str | None = None,
    ) -> Entry:
        """Append what is signed already; a liar may state another frontier or time."""
        side = self.sides[party]
        envelope = dsse.decode(submission.envelope)
        payload = canonical.loads(envelope.payload)
        assert isinstance(payload, dict)
        entry = Entry(
            Position(party, side.own.size),
            Leaf(
                accepted=accepted or self._accepted(side),
                frontier=(side.mirror.size if frontier is None else frontier,),
                kind=str(payload["kind"]),
                thread=payload.get("thread"),
                id=envelope.id,
                envelope_digest=envelope.digest,
            ),
            submission,
        )
        refusal = self._take(side, entry)
        if refusal is not None and honest:
            raise refusal
        self._grow(side, entry, refusal)
        side.own.notes[side.own.size] = side.sign_checkpoint(side.own.size, side.own.roots[-1])
        return entry

    def _accepted(self, side: Side) -> str:
        before = side.own.entries[-1].leaf.accepted if side.own.entries else ""
        return max(self.clock.now, before, from_posix(side.own.stamp))

    def _take(self, side: Side, entry: Entry) -> Refused | None:
        """Judge and fold at one side; nothing is kept of what is refused."""
        try:
            incoming = read(entry.submission, whole=False)
        except Refused as error:
            return error
        assert incoming.entry.kind not in PRIVATE_KINDS
        presented = Presented(
            entry.position,
            entry.leaf.peer_frontier,
            entry.leaf.accepted,
            incoming.envelope,
            incoming.entry,  # type: ignore[arg-type]  # the assertion says so
            incoming.data,
        )
        known = side.replay.rows.get(("entry", incoming.id))
        refusal = side.replay.place(presented)
        if refusal is not None and known is None:
            side.replay.rows.pop(("entry", incoming.id))
        return refusal

    def _grow(self, side: Side, entry: Entry, refusal: Refused | None) -> None:
        copy = side.copies[entry.position.party]
        copy.grow(entry)
        side.verdicts[entry.position] = refusal.code if refusal else ""
        origin = self.sides[entry.position.party].origin
        side.replay.roots[origin, copy.size] = copy.roots[-1]
        if refusal is not None:
            self._name_invalid(side, entry, refusal.code)

    def _name_invalid(self, side: Side, entry: Entry, code: str) -> None:
        row = EntryRow(
            id=entry.id,
            party=entry.position.party,
            index=entry.position.index,
            kind=entry.leaf.kind,
            thread=entry.leaf.thread,
            by=str(entry.payload["by"]),
            roles="".join(part["k"][0] for part in entry.payload.get("parts", [])),
            code=code,
        )
        side.replay.rows.setdefault(("entry", entry.id), row)

    # What crosses --------------------------------------------------------------------

    def deliver(self, party: Party, upto: int | None = None, *, cosign: bool = True) -> None:
        """Mirror a party's log at its peer, which judges from nothing and cosigns."""
        source, peer = self.sides[party].own, self.sides[peer_of(party)]
        size = source.size if upto is None else upto
        for entry in source.entries[peer.mirror.size : size]:
            self._grow(peer, entry, self._take(peer, entry))
        peer.mirror.notes |= {at: note for at, note in source.notes.items() if at <= size}
        if cosign and size:
            note = peer.cosign(source.notes[size], self.clock.seconds)
            source.cosigned[size] = peer.mirror.cosigned[size] = note

    def exchange(self) -> None:
        """Bring both sides to all there is."""
        for party in PARTIES:
            self.deliver(party)

    def stamp(self, party: Party, *, send: bool = True) -> str:
        """A stamped head of the party's log (rule 9), known to its peer if sent."""
        side = self.sides[party]
        time = max(self.clock.seconds, side.own.stamp, posix(side.own.entries[-1].leaf.accepted))
        note = side.cosign(side.own.notes[side.own.size], time)
        side.own.stamped, side.own.stamp = note, time
        if send:
            self.deliver(party, cosign=False)
            self.sides[peer_of(party)].mirror.stamped = note
        return note

    # Entries of the vocabulary -------------------------------------------------------

    def found(self, party: Party) -> Entry:
        side = self.sides[party]
        root = side.keys["root"]
        names = {"checkpoint": side.origin, "cosigning": side.cosigning_name}
        body: dict[str, Value] = {
            "party": party,
            "private": side.private_origin,
            "suite": root.private.suite,
            "public": _base64(root),
            "keys": [
                {"role": role, "suite": "ed25519", "public": _base64(side.keys[role])}
                | ({"name": names[role]} if role in names else {})
                for role in NODE_KEYS
            ],
        }
        return self.append(party, self.payload(party, "party.founded", by="root", body=body))

    def enrol(self, party: Party, name: str, **changed: Any) -> Entry:
        side = self.sides[party]
        role, desk = OFFICIALS.get(name, ("desk", "licensing"))
        signer = side.keys[name]
        body = {
            "suite": signer.private.suite,
            "public": _base64(signer),
            "role": role,
            "unit": "Unit A.1",
            "desk": desk,
        }
        payload = self.payload(party, "key.enrolled", by=name, body=body | changed)
        return self.append(party, payload, also=["registrar"])

    def charter(self, **changed: Any) -> dict[str, Value]:
        """The charter document that both sides adopt."""
        document: dict[str, Value] = {
            "v": 1,
            "number": 1,
            "rules": 1,
            "parties": [
                {
                    "party": party,
                    "origin": self.sides[party].origin,
                    "name_en": f"Fictional ministry {party}",
                    "name_zh": "虚构部委",
                    "short_en": party.upper(),
                    "short_zh": "虚构",
                }
                for party in PARTIES
            ],
            "desks": [
                {"desk": "licensing", "party": party, "title_en": "Licensing", "title_zh": "许可处"}
                for party in PARTIES
            ],
            "release": [
                {"kind": "batch.listed", "roles": ["head", "director"]},
                {"kind": "batch.answered", "roles": ["head", "director"]},
            ],
            "reply_rules": [
                {"rule": "three-working-days", "working_days": 3, "count": "answering"}
            ],
            "calendars": [{"party": "cn", "digest": "c" * 64, "last": "2026-12-31"}],
            "office_hours": [
                {"party": "eu", "zone": "Europe/Brussels", "opens": 540, "closes": 1050}
            ],
            "markings": ["limited"],
            "columns": [],
            "limits": {"file_bytes": 52_428_800, "minimum_notice_seconds": 30},
            "standing_en": "Standing batch",
            "standing_zh": "常设批次",
        }
        return document | changed

    def adopt(self, party: Party, **changed: Any) -> Entry:
        document = self.charter(**changed)
        digest = sha256(canonical.dumps(document)).hexdigest()
        body: dict[str, Value] = {"number": document["number"], "digest": digest}
        payload = self.payload(party, "charter.adopted", by="registrar", body=body)
        return self.append(party, payload, [self.data("charter", document)])

    @property
    def charter_digest(self) -> str:
        """The digest of the first charter, unchanged."""
        return sha256(canonical.dumps(self.charter())).hexdigest()

    def open_thread(
        self, party: Party, subject: str = "Certificate without stamp", **fields: Any
    ) -> Entry:
        body = {"batch": fields.pop("batch", "standing")}
        stated = {"thread": self.thread_id(), "lang": "en", "body": body} | fields
        payload = self.payload(party, "thread.opened", **stated)
        return self.append(party, payload, [self.text(subject, "subject")])

    def note(
        self,
        party: Party,
        thread: ThreadId | None,
        words: Sequence[str] = ("May it be sent again?",),
        **fields: Any,
    ) -> Entry:
        """Post a note; `asks` and `answers` as in the payload."""
        payload = self.payload(party, "note.posted", **({"thread": thread, "lang": "en"} | fields))
        return self.append(party, payload, [self.text(paragraph) for paragraph in words])

    def ask(self, party: Party, due: str, q: str = "1", **changed: Any) -> dict[str, Value]:
        """A question to the other side."""
        asked: dict[str, Value] = {
            "q": q,
            "who": peer_of(party),
            "due": due,
            "charter": self.charter_digest,
        }
        return asked | changed

    def about(self, party: Party, kind: str, entry: Entry, **fields: Any) -> Entry:
        """Append an entry without parts that names another one, in its thread."""
        stated = {"thread": entry.leaf.thread, "ref": entry.id} | fields
        return self.append(party, self.payload(party, kind, **stated))

    def answer(self, party: Party, note: Entry, q: Sequence[str] = ("1",)) -> Entry:
        """A note that ticks off questions of another."""
        ticked = [{"id": note.id, "q": list(q)}]
        return self.note(party, note.leaf.thread, ("It is sent.",), answers=ticked)

    def passing(
        self, party: Party, note: Entry, due: str, *, head: str | None = None, **changed: Any
    ) -> dict[str, Value]:
        """The payload of `deadline.passed`, with the newest proof of delivery."""
        own = self.sides[party].own
        delivered = min(size for size in own.cosigned if size > note.position.index)
        body = {
            "q": "1",
            "due": due,
            "fired": self.clock.now,
            "delivered": own.cosigned[delivered],
            "head": head,
        } | changed
        body = {name: value for name, value in body.items() if value is not None}
        stated = {"by": "node", "thread": note.leaf.thread, "ref": note.id, "body": body}
        return self.payload(party, "deadline.passed", **stated)

    def pass_due(self, party: Party, note: Entry, due: str, **changed: Any) -> Entry:
        return self.append(party, self.passing(party, note, due, **changed))

    def list_batch(self, numbers: Sequence[str], *, list_: str = "W47", **row: Any) -> Entry:
        """A weekly list of the EU's, cleared by a head of unit."""
        rows: list[Value] = [
            {
                "row": place,
                "number": number,
                "urgency": "normal",
                "rank": place,
                "first_listed": "2026-11-20",
                "times_listed": 1,
            }
            | row
            for place, number in enumerate(numbers, 1)
        ]
        body: dict[str, Value] = {"list": list_, "rows": len(rows)}
        payload = self.payload("eu", "batch.listed", body=body)
        return self.append("eu", payload, [self.data("list", {"rows": rows})], also=["head"])

    def answer_batch(self, batch: Entry, rows: Sequence[Mapping[str, Value]]) -> Entry:
        """A return sheet of CN's, cleared by a head of unit."""
        sheet: list[Value] = [{"match": "found"} | dict(row) for row in rows]
        body: dict[str, Value] = {"rows": len(sheet)}
        payload = self.payload("cn", "batch.answered", ref=batch.id, body=body)
        parts = [self.data("return-sheet", {"rows": sheet})]
        return self.append("cn", payload, parts, also=["head"])

    def erase(self, party: Party, entry: Entry, parts: Sequence[int], **changed: Any) -> Entry:
        """Erase parts of an entry by order at this side, and say so."""
        body = {"parts": list(parts), "basis": "order", "order": "Order 7/2026"} | changed
        payload = self.payload(party, "part.erased", by="head", ref=entry.id, body=body)
        erased = self.append(party, payload)
        copy = self.sides[party].copies[entry.position.party]
        held = copy.entries[entry.position.index]
        kept = tuple(
            None if place in parts else part for place, part in enumerate(held.submission.parts)
        )
        copy.entries[entry.position.index] = replace(
            held, submission=replace(held.submission, parts=kept)
        )
        return erased

    def presented(self, party: Party) -> list[Presented]:
        """A log's valid entries as its owner placed them, to be replayed in another order."""
        found = []
        for entry in self.sides[party].own.entries:
            incoming = read(entry.submission, whole=False)
            found.append(
                Presented(
                    entry.position,
                    entry.leaf.peer_frontier,
                    entry.leaf.accepted,
                    incoming.envelope,
                    incoming.entry,  # type: ignore[arg-type]  # shared logs hold no private kind
                    incoming.data,
                )
            )
        return found


def _base64(signer: Signer) -> str:
    return b64encode(signer.private.public).decode()


def merged(*notes: str) -> str:
    """One note with the lines of several over the same tree."""
    note = Note.parse(notes[0])
    for other in notes[1:]:
        for line in Note.parse(other).signatures:
            note = note.with_signature(line)
    return note.encode()
