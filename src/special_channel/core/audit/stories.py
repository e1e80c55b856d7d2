"""Detect split views: notes inside entries, the reader's heads, notes and receipts.

Does not check the checkpoint of a log (`logs.py`), does not judge entries, and does not name
entries in doubt (`doubts.py`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

from special_channel.core.audit.entries import ReadEntry
from special_channel.core.audit.evidence import LogEvidence
from special_channel.core.audit.findings import Finding, FindingCollector, Place
from special_channel.core.audit.logs import (
    LogAudit,
    check_note,
    check_receipt,
    check_trusted_head,
)
from special_channel.core.audit.restorations import restorations_of
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import KeyId, Party, Position, peer_of
from special_channel.core.entries import (
    DeadlineMoved,
    DeadlinePassed,
    SharedEntry,
)
from special_channel.core.log.checkpoint import parse as parse_checkpoint
from special_channel.core.log.receipt import Receipt
from special_channel.core.rules.signing_keys import new_key

Logs = Mapping[Party, LogAudit]


def checkpoint_of(data: bytes) -> bytes:
    """Return a checkpoint note: the note itself, or the note inside a receipt."""
    receipt = _receipt(data)
    return data if receipt is None else receipt.checkpoint.encode()


def _receipt(data: bytes) -> Receipt | None:
    try:
        return Receipt.parse(data.decode())
    except (ChannelError, UnicodeDecodeError):
        return None


def check_inner_notes(read: ReadEntry, logs: Logs, collector: FindingCollector) -> None:
    """Check the notes within an entry for split views; the judge checks the rest."""
    assert isinstance(read.entry, DeadlinePassed | DeadlineMoved)  # noqa: S101 - own bug, not input
    own, peer = read.position.party, peer_of(read.position.party)
    head = read.entry.body.head if isinstance(read.entry, DeadlinePassed) else None
    for party, note in ((own, read.entry.body.delivered), (peer, head)):
        findings: list[Finding] = []
        place = Place(read.position.party, read.position.index, read.leaf.id)
        if note is not None:
            check_note(logs[party], note.encode(), FindingCollector(findings).here(place))
        collector.findings.extend(
            each for each in findings if each.code in {"split-view", "note-disputed"}
        )


class RequiredNotes:
    """Sizes of earlier notes required by `seen` of judged entries; a byte for each size."""

    def __init__(self, logs: Logs) -> None:
        """Create an empty collection."""
        self._logs = logs
        self._origins = {log.trusted.origin: party for party, log in logs.items()}
        self._required = {party: bytearray(log.size) for party, log in logs.items()}

    def add(self, entry: SharedEntry) -> None:
        """Add the sizes in an entry's `seen`."""
        for seen in entry.seen:
            party = self._origins.get(seen.log)
            if party is not None and 0 < seen.size < len(self._required[party]):
                self._required[party][seen.size] = 1

    def compare(self, evidence: Mapping[Party, LogEvidence], collector: FindingCollector) -> None:
        """Report missing and superfluous earlier notes of the bundle."""
        for party, required in self._required.items():
            log = evidence.get(party, LogEvidence())
            for size in log.earlier:
                if 0 <= size < len(required) and required[size]:
                    required[size] = 0
                else:
                    collector.add("note-uncalled", _note_place(party, size))
            size = required.find(1)
            while size >= 0:
                code = "note-absent" if size in log.absent else "note-missing"
                collector.add(code, _note_place(party, size))
                size = required.find(1, size + 1)


def _note_place(party: Party, size: int) -> Place:
    return Place(party, file=f"data/logs/{party}/checkpoints/{size}")


def check_held(
    held: Sequence[bytes],
    logs: Logs,
    valid: Mapping[Position, SharedEntry],
    collector: FindingCollector,
) -> None:
    """Compare the logs with notes and receipts of the reader, from outside the bundle (P4).

    Args:
        held: Notes and receipts, as bytes.
        logs: Both logs.
        valid: Valid entries; only `log.restored` matters.
        collector: Collector for findings.
    """
    orders = {party: restorations_of(valid, party) for party in logs}
    for party, pinned in logs.items():
        check_trusted_head(pinned, orders[party], collector.here(Place(party)))
    for number, data in enumerate(held):
        log, receipt = _log_of(checkpoint_of(data), logs), _receipt(data)
        place = Place(log.party if log else "", file=f"held/{number}")
        if log is None:
            collector.add("note-malformed", place)
        elif receipt is None:
            check_note(log, data, collector.here(place), restorations=orders[log.party])
        else:
            check_receipt(log, receipt, orders[log.party], collector.here(place))


def _log_of(note: bytes, logs: Logs) -> LogAudit | None:
    try:
        origin = parse_checkpoint(note.decode())[1].origin
    except (ChannelError, UnicodeDecodeError):
        return None
    return next((log for log in logs.values() if log.trusted.origin == origin), None)


class SignatureIndex:
    """Entries by signing key, eight bytes per signature.

    Used after the last entry, when all doubt is known.
    """

    def __init__(self) -> None:
        """Create an empty collection."""
        self._by_key: dict[KeyId, dict[Party, array[int]]] = {}

    def add(self, read: ReadEntry) -> None:
        """Add the signing keys of an entry."""
        for signature in read.envelope.signatures:
            if signature.keyid == new_key(read.entry):
                continue  # an enrolment proves possession, whatever happens to the key later
            by_party = self._by_key.setdefault(signature.keyid, {})
            by_party.setdefault(read.position.party, array("Q")).append(read.position.index)

    @property
    def keys(self) -> Iterable[KeyId]:
        """All signing keys."""
        return self._by_key

    def by(self, key: KeyId, party: Party) -> Sequence[int]:
        """Return the indices of a party's entries with a signature of the key."""
        return self._by_key.get(key, {}).get(party, ())
