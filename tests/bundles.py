"""Make evidence and trust files from a world, as one side's exporter would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from special_channel.core.audit.evidence import Evidence, LogEvidence
from special_channel.core.audit.parts import data_of, disclosures
from special_channel.core.audit.scope import Class, Scope, required
from special_channel.core.audit.trust import RootPin, Trust, TrustedParty, parse, write
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.entries import SharedEntry
from special_channel.core.entries import parse as parse_entry
from special_channel.core.log.leaf import Leaf
from tests.stories import ATTACHED
from tests.world import Copy, Entry, World, merged


def trust_file(world: World) -> bytes:
    """Return the trust file of an overseer who trusts both parties of a world."""
    return write(
        TrustedParty(party=party, origin=side.origin, root=RootPin(number=1, pin=side.pin))
        for party, side in world.sides.items()
    )


def trust_of(world: World) -> Trust:
    return parse(trust_file(world))


def lines_of(copy: Copy) -> bytes:
    return b"".join(entry.leaf.encode() + b"\n" for entry in copy.entries)


def parts_of(entry: Entry) -> bytes:
    return canonical.dumps([(part or b"").decode() for part in entry.submission.parts])


def log_evidence(copy: Copy, *, size: int | None = None) -> LogEvidence:
    """Return the evidence of one log up to a size, with the cosigned checkpoint if there is one."""
    end = copy.size if size is None else size
    lines = b"".join(entry.leaf.encode() + b"\n" for entry in copy.entries[:end])
    note = copy.cosigned.get(end, copy.notes[end])
    earlier = {at: text.encode() for at, text in copy.notes.items() if at < end}
    return LogEvidence(lines, merged(note, copy.notes[end]).encode(), earlier)


def evidence_of(
    world: World, party: Party = "eu", scope: Scope | None = None, **changed: object
) -> Evidence:
    """Return the evidence of one side for a scope, as a bundle would contain it."""
    return laid_out(all_of(world, party, scope, **changed))


def all_of(
    world: World, party: Party = "eu", scope: Scope | None = None, **changed: object
) -> Evidence:
    """Return all evidence of one side, with every note and every part."""
    copies: Mapping[Party, Copy] = world.sides[party].copies
    entries = [entry for copy in copies.values() for entry in copy.entries]
    content: dict[str, object] = {
        "scope": scope or Scope("everything"),
        "logs": {log: log_evidence(copy) for log, copy in copies.items()},
        "envelopes": {entry.id: entry.submission.envelope for entry in entries},
        "parts": {entry.id: parts_of(entry) for entry in entries if entry.submission.parts},
        "files": {},
        "lengths": {sha256(ATTACHED).hexdigest(): len(ATTACHED)},
    }
    return Evidence(**(content | changed))  # type: ignore[arg-type]


def laid_out(evidence: Evidence) -> Evidence:
    """Return the evidence without notes and parts that its scope does not require."""
    leaves = {
        party: tuple(_leaf(line) for line in log.lines[:].splitlines())
        for party, log in evidence.logs.items()
    }
    entries = {
        Position(party, index): _entry(evidence, leaf)
        for party, held in leaves.items()
        for index, leaf in enumerate(held)
        if leaf is not None and leaf.id in evidence.envelopes
    }

    def data(position: Position) -> bytes | None:
        leaf, entry = leaves[position.party][position.index], entries[position]
        held = evidence.parts.get(leaf.id) if leaf else None
        return data_of(entry, disclosures(held))[0] if entry else None

    classes = required(evidence.scope, leaves, entries.get, data)
    parts: dict[str, bytes] = {}
    called: set[tuple[str, int]] = set()
    for position, entry in entries.items():
        class_ = classes.get(position, "context")
        leaf = leaves[position.party][position.index]
        if entry is None or leaf is None:
            continue
        if class_ != "context":
            called.update((seen.log, seen.size) for seen in entry.seen)
        if leaf.id in evidence.parts:
            parts[leaf.id] = _called(evidence.parts[leaf.id], entry, class_)
    logs = {}
    for party, log in evidence.logs.items():
        origin = f"{party}.channel.example/log"
        earlier = {at: note for at, note in log.earlier.items() if (origin, at) in called}
        logs[party] = replace(log, earlier=earlier)
    return replace(evidence, logs=logs, parts=dict(evidence.parts) | parts)


def _leaf(line: bytes) -> Leaf | None:
    try:
        return Leaf.parse(line)
    except Malformed:
        return None


def _entry(evidence: Evidence, leaf: Leaf) -> SharedEntry | None:
    try:
        return parse_entry(dsse.decode(evidence.envelopes[leaf.id]).payload)  # type: ignore[return-value]  # private ones are refused by the audit
    except Malformed:
        return None


def _called(disclosed: bytes, entry: SharedEntry, class_: Class) -> bytes:
    """Return the list of disclosures that a bundle shows for an entry of a class."""
    shown = canonical.loads(disclosed, max_bytes=2**30)
    refs = entry.optional("parts", ())
    assert isinstance(shown, list)
    kept = [
        text if class_ == "scope" or (class_ == "named" and ref.k == "data") else ""
        for text, ref in zip(shown, refs, strict=True)
    ]
    return canonical.dumps(kept)
