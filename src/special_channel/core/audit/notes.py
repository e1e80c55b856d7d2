"""Check all notes of a bundle, by the keys that follow from each root's chain (K14, K16).

The end of step 3 and step 4 of the audit, once both logs are replayed. Does not judge entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from special_channel.core.audit.chain import first_pin, root_pins
from special_channel.core.audit.entries import Entries, ReadEntry
from special_channel.core.audit.evidence import Evidence, LogEvidence
from special_channel.core.audit.findings import FindingCollector, Place
from special_channel.core.audit.logs import LogAudit, check_head, check_note, checks_of_filed
from special_channel.core.audit.stories import check_inner_notes
from special_channel.core.audit.trust import RootPin
from special_channel.core.bytes.checks import ChecksAhead
from special_channel.core.bytes.ids import Party, Position, peer_of
from special_channel.core.entries import DeadlineMoved, DeadlinePassed, RootsRotated
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rules.judge_context import Pin
from special_channel.core.rules.state import Rows


class NotesAudit:
    """Checks the notes of both logs; `logs` is filled by the caller before the first use."""

    def __init__(
        self, evidence: Evidence, logs: Mapping[Party, LogAudit], collector: FindingCollector
    ) -> None:
        self._evidence = evidence
        self._logs = logs
        self._collector = collector
        self._with_notes: list[Position] = []

    def first_pins(self) -> dict[Party, Pin]:
        """Return the pin of each side's first root set, for the judge."""
        return {party: self._first_pin(log) for party, log in self._logs.items()}

    def _first_pin(self, log: LogAudit) -> Pin:
        leaf = log.leaves[0] if log.size else None
        founding = self._evidence.envelopes.get(leaf.id) if leaf is not None else None
        return first_pin(log.trusted, founding)

    def add(self, read: ReadEntry) -> None:
        """Remember an entry that holds notes."""
        if isinstance(read.entry, DeadlinePassed | DeadlineMoved):
            self._with_notes.append(read.position)

    def chain(self, rows: Rows) -> dict[Party, RootPin]:
        """Follow each root from the reader's pin; return the sets in force.

        A side whose chain does not have the pinned set keeps no key: no note of it is checked.
        """
        in_force: dict[Party, RootPin] = {}
        for party, log in self._logs.items():
            pins, row = root_pins(party, rows), rows.get(("party", party))
            if log.trusted.root in pins:
                log.owner = row if isinstance(row, PartyRow) else None
                in_force[party] = pins[-1]
            elif pins:
                self._collector.at(Position(party, 0), "", "root-untrusted")
            elif log.size == 0:
                # A log cut to size 0 has no founding, and would otherwise pass as complete.
                self._collector.at(Position(party, 0), "", "trust-missing")
        for party, log in self._logs.items():
            log.peer = self._logs[peer_of(party)].owner
        return in_force

    def check(self, checks: ChecksAhead, entries: Entries) -> None:
        """Check checkpoints, earlier notes, and the notes inside entries."""
        for party, log in self._logs.items():
            evidence = self._evidence.logs.get(party, LogEvidence())
            check_head(log, evidence.checkpoint, log.peer)
            filed = checks.ahead(evidence.earlier.items(), partial(checks_of_filed, log))
            for size, note in filed:
                place = Place(party, file=f"data/logs/{party}/checkpoints/{size}")
                find = self._collector.here(place)
                check_note(log, note, find, filed=size, check=checks.verify)
        for position in self._with_notes:
            read = entries.again(position)
            assert read is not None  # noqa: S101 - the entry was read before
            check_inner_notes(read, self._logs, self._collector)


def recovers(read: ReadEntry, rows: Rows) -> bool:
    """Tell whether an entry replaces a root set without the parts in use (K14).

    `rows` are those before the entry.
    """
    row = rows.get(("party", read.position.party))
    if not isinstance(read.entry, RootsRotated) or not isinstance(row, PartyRow):
        return False
    last = row.roots[-1]
    return len(read.signers & set(last.keys)) < last.threshold
