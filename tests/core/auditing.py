"""What the audit's tests share: changed evidence, forged notes, and reading a report."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

from special_channel.core.audit.audit import audit
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.audit.trust import Trust
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.log import checkpoint, merkle
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.merkle import Frontier, leaf_hash
from special_channel.core.log.receipt import Receipt
from special_channel.core.rows.writing import part_refs, sign
from tests.bundles import all_of, evidence_of, laid_out, trust_of
from tests.stories import ATTACHED
from tests.world import Entry, Side, World

FILES = {sha256(ATTACHED).hexdigest(): sha256(ATTACHED).hexdigest()}


def report_of(world: World, **changed: Any) -> Report:
    return audit(evidence_of(world, **changed), trust_of(world)).report


def codes(report: Report) -> list[str]:
    return [each.code for each in report.findings]


def at(report: Report, code: str) -> list[str]:
    """Positions of the findings with a code, as printed for people."""
    return [
        f"{each.place.log.upper()}-{each.place.index}"
        for each in report.findings
        if each.code == code
    ]


def changed_log(evidence: Evidence, party: Party, **changed: Any) -> Evidence:
    logs = dict(evidence.logs)
    logs[party] = replace(logs[party], **changed)
    return replace(evidence, logs=logs)


def lines(evidence: Evidence, party: Party) -> list[bytes]:
    return evidence.logs[party].lines[:].splitlines(keepends=True)


def forged(side: Side, size: int, root: bytes, origin: str | None = None) -> str:
    """A note with the log's valid signature over arbitrary content."""
    head = Checkpoint(origin or side.origin, size, root)
    line = checkpoint.sign(head, side.keys["checkpoint"].private, side.origin)
    return checkpoint.make_note(head, line)


def receipt_for(world: World, index: int, size: int) -> bytes:
    own = world.eu.own
    _, nodes = Frontier.EMPTY.append(entry.leaf.hash for entry in own.entries[:size])
    proof = merkle.inclusion_proof(index, size, {(level, at): node for level, at, node in nodes})
    leaf = own.entries[index].leaf.encode()
    return Receipt(leaf, index, proof, own.notes[size]).encode().encode()


def signed_thread(world: World, party: Party = "eu") -> Any:
    parts = [world.text("Subject", "subject")]
    payload = world.payload(
        party,
        "thread.opened",
        thread=world.thread_id(),
        lang="en",
        body={"batch": "standing"},
        parts=part_refs(parts),
        seen=[],
    )
    return sign(payload, [world.sides[party].keys["desk"]], parts)


def substituted(evidence: Evidence, entry: Entry, data: bytes) -> Evidence:
    return replace(evidence, envelopes=dict(evidence.envelopes) | {entry.id: data})


def with_line(
    world: World, party: Party, envelope: bytes, kind: str, thread: str | None
) -> Evidence:
    """A bundle whose log has one more line, validly signed, with an arbitrary envelope."""
    world.exchange()
    evidence = all_of(world)
    own = world.sides[party].own
    read = dsse.decode(envelope)
    directory, ordinal = own.counter.next(kind, thread)
    leaf = replace(
        own.entries[-1].leaf,
        directory=directory,
        kind=kind,
        thread=thread,
        ordinal=ordinal,
        id=read.id,
        envelope_digest=read.digest,
    )
    frontier, _ = own.frontier.append([leaf_hash(leaf.encode())])
    note = world.sides[party].sign_checkpoint(frontier.size, frontier.root())
    before = evidence.logs[party]
    lines = before.lines[:] + leaf.encode() + b"\n"
    log = replace(before, lines=lines, checkpoint=note.encode())
    changed = replace(
        evidence,
        logs=dict(evidence.logs) | {party: log},
        envelopes=dict(evidence.envelopes) | {read.id: envelope},
    )
    return laid_out(changed)


def with_parts(evidence: Evidence, entry: Entry, *given: str) -> Evidence:
    return replace(evidence, parts=dict(evidence.parts) | {entry.id: canonical.dumps(list(given))})


def texts(entry: Entry) -> list[str]:
    return [(part or b"").decode() for part in entry.submission.parts]


def scoped(evidence: Evidence, scope: Scope, trust: Trust, *, keep: set[str]) -> Report:
    """The report on a bundle of a scope with the given entries and the directory."""
    envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ in keep}
    parts = {id_: data for id_, data in evidence.parts.items() if id_ in keep}
    kept = replace(evidence, scope=scope, envelopes=envelopes, parts=parts, files={})
    return audit(laid_out(kept), trust).report


def directory(world: World) -> set[str]:
    return {
        entry.id
        for side in world.sides.values()
        for entry in side.own.entries
        if entry.leaf.kind in DIRECTORY_KINDS
    }
