"""Base of the in-memory harness: payloads, appending, mirroring, cosigning. Only core, no I/O.

Each side judges and folds its own copy, so a test can compare verdicts and states of both.
Each commit has one entry and its checkpoint. `append(..., honest=False)` writes the entry of a
broken or lying node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import PARTIES, Party, Position, ThreadId, peer_of
from special_channel.core.bytes.suites import Suite
from special_channel.core.bytes.times import from_posix, posix
from special_channel.core.entries import PRIVATE_KINDS
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import EMPTY_ROOT
from special_channel.core.replay.replay import Replay, UnjudgedEntry
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import data_part, part_refs, sign, text_part
from special_channel.core.rules.judge_context import Pin
from special_channel.core.rules.persons import ACTS
from special_channel.core.rules.state import EntryRow
from tests.sides import OFFICIALS, REGISTRARS, Entry, Hand, Side


class Ground:
    """Two sides that sign and append entries and exchange logs."""

    def __init__(self, suite: Suite = "ed25519") -> None:
        self.clock = Hand()
        self.sides: dict[Party, Side] = {party: Side(party, suite) for party in PARTIES}
        self.pins = {party: Pin(party, side.origin, side.pin) for party, side in self.sides.items()}
        for side in self.sides.values():
            side.replay = Replay(self.pins)
            side.replay.roots.update({(pin.origin, 0): EMPTY_ROOT for pin in self.pins.values()})
        self._drawn = 0

    @property
    def eu(self) -> Side:
        return self.sides["eu"]

    @property
    def cn(self) -> Side:
        return self.sides["cn"]

    # What is signed ------------------------------------------------------------------

    def draw(self, length: int = 32) -> bytes:
        """Return new pseudo-random bytes, the same in each run."""
        self._drawn += 1
        return sha256(f"drawn {self._drawn}".encode()).digest()[:length]

    def thread_id(self) -> ThreadId:
        return self.draw(16).hex()

    def text(self, words: str, role: str = "text") -> bytes:
        return text_part(role, self.draw(), words)

    def data(self, type_: str, document: Value) -> bytes:
        return data_part(self.draw(), type_, document)

    def seen(self, party: Party) -> list[Value]:
        """Return the newest checkpoints of a side, as an official states them in `seen`."""
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
        """Return a payload with the common fields; `by` names an official."""
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
        also: Sequence[str] | None = None,
        honest: bool = True,
    ) -> Entry:
        """Sign a payload by its author (and by `also`) and append it to the party's log.

        An act on people is signed by a second registrar too, unless `also` says who signs. An
        honest node refuses what the judge refuses.
        """
        side = self.sides[party]
        stated = dict(payload)
        also = seconds(side, stated) if also is None else also
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
        counts: tuple[int, int] | None = None,
    ) -> Entry:
        """Append a signed entry; `honest=False` may state a wrong frontier, time or counts."""
        side = self.sides[party]
        envelope = dsse.decode(submission.envelope)
        payload = canonical.loads(envelope.payload)
        assert isinstance(payload, dict)
        kind, thread = str(payload["kind"]), payload.get("thread")
        directory, ordinal = counts or side.own.counter.next(kind, thread)
        entry = Entry(
            Position(party, side.own.size),
            Leaf(
                accepted=accepted or self._accepted(side),
                frontier=(side.mirror.size if frontier is None else frontier,),
                directory=directory,
                kind=kind,
                thread=thread,
                ordinal=ordinal,
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
        """Judge and fold at one side; a refused entry changes nothing."""
        try:
            incoming = read(entry.submission, whole=False)
        except Refused as error:
            return error
        assert incoming.entry.kind not in PRIVATE_KINDS
        presented = UnjudgedEntry(
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
        """Mirror a party's log at its peer, with all checks and a cosignature."""
        source, peer = self.sides[party].own, self.sides[peer_of(party)]
        size = source.size if upto is None else upto
        for entry in source.entries[peer.mirror.size : size]:
            self._grow(peer, entry, self._take(peer, entry))
        peer.mirror.notes |= {at: note for at, note in source.notes.items() if at <= size}
        if cosign and size:
            note = peer.cosign(source.notes[size], self.clock.seconds)
            source.cosigned[size] = peer.mirror.cosigned[size] = note

    def exchange(self) -> None:
        """Deliver all entries to both sides."""
        for party in PARTIES:
            self.deliver(party)

    def stamp(self, party: Party, *, send: bool = True) -> str:
        """Return a stamped head of a party's log (rule 9), known to the peer if `sent`."""
        side = self.sides[party]
        time = max(self.clock.seconds, side.own.stamp, posix(side.own.entries[-1].leaf.accepted))
        note = side.cosign(side.own.notes[side.own.size], time)
        side.own.stamped, side.own.stamp = note, time
        if send:
            self.deliver(party, cosign=False)
            self.sides[peer_of(party)].mirror.stamped = note
        return note


def seconds(side: Side, payload: Mapping[str, Value]) -> Sequence[str]:
    """Return the registrars who complete an act on people; none for other kinds and the root."""
    rule = ACTS.get(str(payload["kind"]))
    author = next((name for name, one in side.keys.items() if one.key == payload["by"]), "")
    if rule is None or author.startswith("root"):
        return ()
    rest = [name for name in reversed(REGISTRARS) if name != author]
    by_new_key = payload["kind"] == "key.enrolled" or (
        payload["kind"] == "machine.enrolled" and author not in {*OFFICIALS, *REGISTRARS}
    )
    return rest if by_new_key else rest[:1]
