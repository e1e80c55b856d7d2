"""One story or two: notes inside entries, what the reader holds, keys put in doubt.

Does not check a log's own checkpoint (`audit_logs.py`) and does not judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from special_channel.core.audit_entries import Entries, Read
from special_channel.core.audit_logs import LogAudit, check_note, check_receipt
from special_channel.core.checkpoint import parse as parse_checkpoint
from special_channel.core.directory import KeyRow, PartyRow
from special_channel.core.entries import (
    DeadlineMoved,
    DeadlinePassed,
    KeyEnrolled,
    LogRestored,
    SharedEntry,
)
from special_channel.core.errors import ChannelError
from special_channel.core.evidence import LogEvidence
from special_channel.core.findings import Collected, Finding, Place
from special_channel.core.ids import Party, Position, peer_of
from special_channel.core.receipt import Receipt
from special_channel.core.state import RowKey, Rows
from special_channel.core.times import posix

DISPUTED_SECONDS = 24 * 3600
"""How soon after an entry a suspension of its key puts it in doubt."""

Logs = Mapping[Party, LogAudit]


def checkpoint_of(held: bytes) -> bytes:
    """Return the checkpoint note of what a reader holds: itself, or the one in a receipt."""
    receipt = _receipt(held)
    return held if receipt is None else receipt.checkpoint.encode()


def _receipt(data: bytes) -> Receipt | None:
    try:
        return Receipt.parse(data.decode())
    except (ChannelError, UnicodeDecodeError):
        return None


def check_inner_notes(reads: Iterable[Read], logs: Logs, found: Collected) -> None:
    """Look for two stories in the notes within entries; their judge says the rest."""
    for read in reads:
        if not isinstance(read.entry, DeadlinePassed | DeadlineMoved):
            continue
        own, peer = read.position.party, peer_of(read.position.party)
        head = read.entry.body.head if isinstance(read.entry, DeadlinePassed) else None
        for party, note in ((own, read.entry.body.delivered), (peer, head)):
            here: list[Finding] = []
            place = Place(read.position.party, read.position.index, read.leaf.id)
            if note is not None:
                check_note(logs[party], note.encode(), Collected(here).here(place))
            found.findings.extend(each for each in here if each.code == "split-view")


def check_notes(
    reads: Iterable[Read], logs: Logs, given: Mapping[Party, LogEvidence], found: Collected
) -> None:
    """Compare the earlier notes with those that judged entries call for by `seen`."""
    origins = {log.trusted.origin: party for party, log in logs.items()}
    called = {
        (origins[seen.log], seen.size)
        for read in reads
        for seen in read.entry.seen
        if seen.log in origins and 0 < seen.size < logs[origins[seen.log]].size
    }
    held = {(party, size) for party, log in given.items() for size in log.earlier}
    for party, size in called ^ held:
        code = "note-uncalled"
        if (party, size) in called:
            code = "note-absent" if size in given[party].absent else "note-missing"
        found.add(code, Place(party, file=f"data/logs/{party}/checkpoints/{size}"))


def check_held(
    held: Sequence[bytes], logs: Logs, valid: Mapping[Position, SharedEntry], found: Collected
) -> None:
    """Compare the logs with notes and receipts that the reader has from elsewhere (P4)."""
    restored = {
        position.party: entry.body.size
        for position, entry in valid.items()
        if isinstance(entry, LogRestored)
    }
    for number, data in enumerate(held):
        log, receipt = _log_of(checkpoint_of(data), logs), _receipt(data)
        place = Place(log.party if log else "", file=f"held/{number}")
        if log is None:
            found.add("note-malformed", place)
        elif receipt is None:
            check_note(log, data, found.here(place))
        else:
            check_receipt(log, receipt, restored.get(log.party), found.here(place))


def _log_of(note: bytes, logs: Logs) -> LogAudit | None:
    try:
        origin = parse_checkpoint(note.decode())[1].origin
    except (ChannelError, UnicodeDecodeError):
        return None
    return next((log for log in logs.values() if log.trusted.origin == origin), None)


def check_directory(entries: Entries, rows: Rows) -> None:
    """Compare the founded log keys with the pinned ones, and name entries in doubt."""
    for party, log in entries.logs.items():
        row = rows.get(("party", party))
        pinned = log.trusted.checkpoint_key.encode(), log.trusted.cosigning_key.encode()
        # A log cut back to nothing has no founding, and would else be complete.
        founded = (row.checkpoint_vkey, row.cosigning_vkey) if isinstance(row, PartyRow) else None
        if founded != pinned and (founded is not None or log.size == 0):
            entries.found.at(Position(party, 0), "", "trust-missing")
    for position, read in entries.read.items():
        if isinstance(read.entry, KeyEnrolled):
            continue  # possession was proven, whoever has the key later
        if any(_disputed(entries, position, rows, ("key", key)) for key in read.signers):
            entries.found.at(position, read.leaf.id, "key-disputed")


def _disputed(entries: Entries, position: Position, rows: Rows, key: RowKey) -> bool:
    """Tell whether the key was stopped, and not restored, within a day after it signed this."""
    row = rows.get(key)
    if not isinstance(row, KeyRow) or row.now == "active" or row.party != position.party:
        return False
    stopped = next((event for event in row.events if event.index > position.index), None)
    if stopped is None:
        return False
    before = entries.leaf(position)
    after = entries.leaf(Position(row.party, stopped.index))
    assert before is not None  # noqa: S101 - own bug: what was read has a leaf
    assert after is not None  # noqa: S101 - own bug: what was folded has a leaf
    return posix(after.accepted) - posix(before.accepted) <= DISPUTED_SECONDS
