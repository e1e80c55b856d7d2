"""One story or two: notes inside entries, what the reader holds, keys put in doubt.

Does not check a log's own checkpoint (`logs.py`) and does not judge.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

from special_channel.core.audit.entries import Read
from special_channel.core.audit.evidence import LogEvidence
from special_channel.core.audit.findings import Collected, Finding, Place
from special_channel.core.audit.logs import LogAudit, check_note, check_receipt
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import KeyId, Party, Position, peer_of
from special_channel.core.bytes.times import posix
from special_channel.core.entries import (
    DeadlineMoved,
    DeadlinePassed,
    KeyEnrolled,
    LogRestored,
    SharedEntry,
)
from special_channel.core.log.checkpoint import parse as parse_checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.receipt import Receipt
from special_channel.core.rows.directory import KeyRow, PartyRow
from special_channel.core.rules.state import Rows

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


def check_inner_notes(read: Read, logs: Logs, found: Collected) -> None:
    """Look for two stories in the notes within an entry; its judge says the rest."""
    if not isinstance(read.entry, DeadlinePassed | DeadlineMoved):
        return
    own, peer = read.position.party, peer_of(read.position.party)
    head = read.entry.body.head if isinstance(read.entry, DeadlinePassed) else None
    for party, note in ((own, read.entry.body.delivered), (peer, head)):
        here: list[Finding] = []
        place = Place(read.position.party, read.position.index, read.leaf.id)
        if note is not None:
            check_note(logs[party], note.encode(), Collected(here).here(place))
        found.findings.extend(each for each in here if each.code == "split-view")


class CalledNotes:
    """Sizes whose earlier notes judged entries call for by `seen`, a byte a size."""

    def __init__(self, logs: Logs) -> None:
        """Begin with none."""
        self._logs = logs
        self._origins = {log.trusted.origin: party for party, log in logs.items()}
        self._called = {party: bytearray(log.size) for party, log in logs.items()}

    def add(self, entry: SharedEntry) -> None:
        """Take down what an entry calls for."""
        for seen in entry.seen:
            party = self._origins.get(seen.log)
            if party is not None and 0 < seen.size < len(self._called[party]):
                self._called[party][seen.size] = 1

    def compare(self, given: Mapping[Party, LogEvidence], found: Collected) -> None:
        """Compare them with the earlier notes of the bundle."""
        for party, called in self._called.items():
            log = given.get(party, LogEvidence())
            for size in log.earlier:
                if 0 <= size < len(called) and called[size]:
                    called[size] = 0
                else:
                    found.add("note-uncalled", _note_place(party, size))
            size = called.find(1)
            while size >= 0:
                code = "note-absent" if size in log.absent else "note-missing"
                found.add(code, _note_place(party, size))
                size = called.find(1, size + 1)


def _note_place(party: Party, size: int) -> Place:
    return Place(party, file=f"data/logs/{party}/checkpoints/{size}")


def check_held(
    held: Sequence[bytes], logs: Logs, valid: Mapping[Position, SharedEntry], found: Collected
) -> None:
    """Compare the logs with notes and receipts that the reader has from elsewhere (P4).

    Of the valid entries only the kind `log.restored` is looked at.
    """
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


class Signed:
    """Which entries each key signed, in eight bytes a signature, until it is known which lasted."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_key: dict[KeyId, dict[Party, array[int]]] = {}

    def add(self, read: Read) -> None:
        """Take down whose signatures an entry carries."""
        if isinstance(read.entry, KeyEnrolled):
            return  # possession was proven, whoever has the key later
        for signature in read.envelope.signatures:
            by_party = self._by_key.setdefault(signature.keyid, {})
            by_party.setdefault(read.position.party, array("Q")).append(read.position.index)

    @property
    def keys(self) -> Iterable[KeyId]:
        """All keys that signed."""
        return self._by_key

    def by(self, key: KeyId, party: Party) -> Sequence[int]:
        """Return the indices of a party's entries that carry a signature of this key."""
        return self._by_key.get(key, {}).get(party, ())


def check_directory(logs: Logs, signed: Signed, rows: Rows, found: Collected) -> None:
    """Compare the founded log keys with the pinned ones, and name entries in doubt."""
    for party, log in logs.items():
        row = rows.get(("party", party))
        pinned = log.trusted.checkpoint_key.encode(), log.trusted.cosigning_key.encode()
        # A log cut back to nothing has no founding, and would else be complete.
        founded = (row.checkpoint_vkey, row.cosigning_vkey) if isinstance(row, PartyRow) else None
        if founded != pinned and (founded is not None or log.size == 0):
            found.at(Position(party, 0), "", "trust-missing")
    for key in signed.keys:
        row = rows.get(("key", key))
        if isinstance(row, KeyRow) and row.now != "active":
            for index in signed.by(key, row.party):
                before = logs[row.party].leaves[index]
                assert before is not None  # noqa: S101 - own bug: what was read has a leaf
                if _is_disputed(logs[row.party], row, index, before):
                    found.at(Position(row.party, index), before.id, "key-disputed")


def _is_disputed(log: LogAudit, row: KeyRow, index: int, before: Leaf) -> bool:
    """Tell whether the key was stopped, and not restored, within a day after it signed this."""
    stopped = next((event for event in row.events if event.index > index), None)
    if stopped is None:
        return False
    after = log.leaves[stopped.index]
    assert after is not None  # noqa: S101 - own bug: what was folded has a leaf
    return posix(after.accepted) - posix(before.accepted) <= DISPUTED_SECONDS
