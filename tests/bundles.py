"""Evidence and trust made of a world, as an exporter of one side would hand them on."""

from __future__ import annotations

from collections.abc import Mapping

from special_channel.core import canonical
from special_channel.core.evidence import Evidence, LogEvidence
from special_channel.core.ids import Party
from special_channel.core.scope import Scope
from special_channel.core.trust import Trust, TrustedParty, parse, root_key, write
from tests.world import Copy, Entry, World, merged


def trust_file(world: World) -> bytes:
    """The trust file of an overseer who trusts both parties of this world."""
    return write(
        tuple(
            TrustedParty(
                party=party,
                origin=side.origin,
                root_key=root_key("ed25519", side.keys["root"].private.public),
                checkpoint_vkey=side.checkpoint_vkey,
                cosign_vkey=side.cosigning_vkey,
            )
            for party, side in world.sides.items()
        )
    )


def trust_of(world: World) -> Trust:
    return parse(trust_file(world))


def lines_of(copy: Copy) -> bytes:
    return b"".join(entry.leaf.encode() + b"\n" for entry in copy.entries)


def parts_of(entry: Entry) -> bytes:
    return canonical.dumps([(part or b"").decode() for part in entry.submission.parts])


def log_evidence(copy: Copy, *, size: int | None = None) -> LogEvidence:
    """One log up to a size; the checkpoint is the cosigned one, else the plain one."""
    end = copy.size if size is None else size
    lines = b"".join(entry.leaf.encode() + b"\n" for entry in copy.entries[:end])
    note = copy.cosigned.get(end, copy.notes[end])
    return LogEvidence(lines, merged(note, copy.notes[end]).encode())


def evidence_of(
    world: World, party: Party = "eu", scope: Scope | None = None, **changed: object
) -> Evidence:
    """Everything that one side holds."""
    copies: Mapping[Party, Copy] = world.sides[party].copies
    entries = [entry for copy in copies.values() for entry in copy.entries]
    content: dict[str, object] = {
        "scope": scope or Scope("everything"),
        "logs": {log: log_evidence(copy) for log, copy in copies.items()},
        "envelopes": {entry.id: entry.submission.envelope for entry in entries},
        "parts": {entry.id: parts_of(entry) for entry in entries if entry.submission.parts},
        "files": {},
    }
    return Evidence(**(content | changed))  # type: ignore[arg-type]
