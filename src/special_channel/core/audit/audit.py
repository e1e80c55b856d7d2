"""Audit a bundle: replay both logs in causal order and report all faults.

Judges with the same functions as a node (`judge`, `needs`, `fold`), over rows in memory. A fault
never stops the audit. Comments cite the numbered steps:

1. Each log: lines, order of times and frontiers, counts.
2. Entries required by the scope, from the leaves (`scope.required`).
3. Each entry in causal order: digest, form, id, leaf, signatures, judge, fold. Then the chain of
   each root from the reader's pin, which gives the keys of all notes.
4. Checkpoints, roots, cosignatures, earlier notes; notes inside entries; heads, notes and receipts
   of the reader: a consistent tree or a split view.
5. Contents: commitments, files, reasons for absence.

Statements of the exporter (scope, absences) never excuse an entry from steps 1 to 3: the signatures
of every readable envelope are checked, and an entry that can't be judged is a fault.

Entries are read, judged and discarded singly; memory holds a few bytes per entry. Does not read
files, and takes no trust from a bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass

from special_channel.core.audit.doubts import EntryDoubts
from special_channel.core.audit.entries import Entries, PlacedEntries, ReadEntry, checks_of
from special_channel.core.audit.evidence import Evidence, LogEvidence
from special_channel.core.audit.findings import FindingCollector, Place, Report, ordered
from special_channel.core.audit.logs import (
    LeafFrontiers,
    LogAudit,
    TreeRoots,
    read_lines,
)
from special_channel.core.audit.notes import NotesAudit, recovers
from special_channel.core.audit.parts import ErasedPart, PartsAudit, erasures
from special_channel.core.audit.scope import Class, Scope, classes_of
from special_channel.core.audit.stories import (
    RequiredNotes,
    SignatureIndex,
    check_held,
)
from special_channel.core.audit.times import check_times
from special_channel.core.audit.trust import RootPin, Trust
from special_channel.core.audit.verdicts import Verdicts
from special_channel.core.bytes.checks import Begin, ChecksAhead, at_once
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position, peer_of
from special_channel.core.entries import DIRECTORY_KINDS, PartErased
from special_channel.core.log.leaf import Leaf
from special_channel.core.replay.judge import prove
from special_channel.core.replay.replay import Replay
from special_channel.core.rows.charter import CharterRow, in_force
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.state import Row, RowKey, Rows

LOST = "part-missing"
"""A node's code for an entry with a lost `data` part (docs/formats/link.md)."""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The report, and the state replayed from the bundle.

    `placed`: the valid judged entries; `classes`: classes of entries by position.
    """

    report: Report
    rows: Rows
    placed: PlacedEntries
    classes: Mapping[Position, Class]


MakeRows = Callable[[], MutableMapping[RowKey, Row]]
"""Return an empty mapping for the rows of a replay."""


def audit(
    evidence: Evidence, trust: Trust, *, make_rows: MakeRows = dict, begin: Begin = at_once
) -> AuditResult:
    """Check a bundle's content against the reader's trust; never raises on bad content.

    Args:
        evidence: The content.
        trust: The reader's trusted keys and policy.
        make_rows: Returns the mapping for rows; needed for records too large for memory.
        begin: Checks signatures in batches, possibly in parallel with the judge.
    """
    return _Audit(evidence, trust, make_rows, begin).run()


class _Audit:
    """Implementation of `audit`, step by step."""

    def __init__(
        self,
        evidence: Evidence,
        trust: Trust,
        make_rows: MakeRows,
        begin: Begin,
        gone: frozenset[Position] = frozenset(),
    ) -> None:
        """Prepare an audit; `gone`: entries without effect, with `data` lost by both logs."""
        self._evidence = evidence
        self._trust = trust
        self._make_rows = make_rows
        self._begin = begin
        self._checks = ChecksAhead(begin)
        self._gone = gone
        self._collector = FindingCollector()
        self._logs: dict[Party, LogAudit] = {}
        self._entries = Entries(evidence, self._logs, self._collector)
        self._verdicts = Verdicts(self._entries, self._collector)
        self._parts = PartsAudit(evidence, self._collector)
        self._signed = SignatureIndex()
        self._erasable: list[Position] = []
        self._notes = NotesAudit(evidence, self._logs, self._collector)
        self._subject: Placed | None = None

    def run(self) -> AuditResult:
        for party in PARTIES:
            if party in self._trust.parties:
                evidence = self._evidence.logs.get(party, LogEvidence())
                self._logs[party] = read_lines(party, evidence, self._trust)
            else:
                self._collector.add("trust-missing", Place(party))
        if len(self._logs) < len(PARTIES):
            return AuditResult(self._report((), {}), {}, PlacedEntries(self._entries, {}), {})
        leaves = {party: log.leaves for party, log in self._logs.items()}
        classes = classes_of(self._evidence.scope, leaves, self._entries.at, self._entries.data)
        replay = self._read_all(classes)
        self._verdicts.decide()
        gone = self._declared_gone()
        if gone and not self._gone:
            # An entry whose `data` both logs call lost has no effect, even if the bundle has the
            # `data`, so that bundles of both sides give the same state. Replay without them.
            return _Audit(self._evidence, self._trust, self._make_rows, self._begin, gone).run()
        roots = self._notes.chain(replay.rows)
        self._notes.check(self._checks, self._entries)
        held = self._evidence.held
        check_held(held, self._logs, self._verdicts.stating, self._collector)
        doubts = EntryDoubts(self._logs, self._signed, replay.rows, self._verdicts)
        doubts.report(self._collector)
        self._verdicts.name_invalid()
        self._check_erased(classes)
        placed = PlacedEntries(self._entries, self._verdicts.valid)
        report = self._report(replay.charters, roots)
        return AuditResult(report, replay.rows, placed, classes)

    # Steps 2 to 5, entry by entry -----------------------------------------------------

    def _read_all(self, classes: Mapping[Position, Class]) -> Replay:
        pins = self._notes.first_pins()
        verify = self._checks.verify
        replay = Replay(
            pins, TreeRoots(self._logs), self._make_rows(), verify, LeafFrontiers(self._logs)
        )
        self._verdicts.begin({party: log.size for party, log in self._logs.items()})
        notes = RequiredNotes(self._logs)
        erasing = self._ids_in_erasures()
        reads = self._readable(classes)
        for read, class_ in self._checks.ahead(reads, lambda item: checks_of(item[0], replay.rows)):
            self._notes.add(read)
            self._signed.add(read)
            if class_ not in {None, "context"}:
                notes.add(read.entry)
            self._judge(read, class_ or "context", replay)
            if read.leaf.id in erasing:
                self._erasable.append(read.position)
            else:
                self._check_parts(read, class_ or "context")
        self._entries.finish()
        notes.compare(self._evidence.logs, self._collector)
        return replay

    def _readable(
        self, classes: Mapping[Position, Class]
    ) -> Iterator[tuple[ReadEntry, Class | None]]:
        """Yield all readable entries in causal order, before judgement."""
        scope = self._evidence.scope
        of_scope = not scope.of
        for position, leaf in self._causal():
            class_ = "scope" if scope.kind == "everything" else classes.get(position)
            of_scope = of_scope or (class_ is not None and scope.of in {leaf.thread, leaf.id})
            read = self._read(position, leaf, class_)
            if read is not None:
                yield read, class_
        if not of_scope:
            self._collector.add("entry-missing", Place(id=scope.of))

    def _read(self, position: Position, leaf: Leaf, class_: Class | None) -> ReadEntry | None:
        data = self._evidence.envelopes.get(leaf.id)
        read = self._entries.read(position, leaf, data) if data is not None else None
        if class_ is None:
            if read is not None:
                self._collector.at(position, leaf.id, "out-of-scope")
            return read
        if data is None:
            self._collector.at(position, leaf.id, "entry-missing")
            if (leaf.id, -1) in self._evidence.damaged:
                # An addition to the fault with the exporter's reason, never a replacement.
                self._collector.at(position, leaf.id, "entry-damaged")
        if read is None and position not in self._entries.invalid:
            self._verdicts.unread.add(position, leaf)
        return read

    def _causal(self) -> Iterator[tuple[Position, Leaf]]:
        """Yield all leaves in causal order, as far as the frontiers allow."""
        done: dict[Party, int] = dict.fromkeys(PARTIES, 0)
        rest = {party: iter(self._logs[party].leaves) for party in PARTIES}
        # The next leaf of each unfinished log; None for a malformed leaf.
        heads = {party: next(rest[party]) for party in PARTIES if self._logs[party].size}
        while heads:
            ready = [
                party
                for party, leaf in heads.items()
                if leaf is None or leaf.peer_frontier <= done[peer_of(party)]
            ]
            party = min(ready or heads, key=PARTIES.index)
            position, leaf = Position(party, done[party]), heads.pop(party)
            if not ready:
                # The logs wait for each other, or for leaves beyond the end: no such past exists.
                self._collector.at(position, leaf.id if leaf else "", "frontier-beyond")
            if leaf is not None:
                yield position, leaf
            done[party] += 1
            if done[party] < self._logs[party].size:
                heads[party] = next(rest[party])

    # Step 3 --------------------------------------------------------------------------

    def _judge(self, read: ReadEntry, class_: Class, replay: Replay) -> None:
        try:
            self._try(read, class_, replay)
        except Refused as error:
            self._verdicts.refuse(read, error)

    def _try(self, read: ReadEntry, class_: Class, replay: Replay) -> None:
        if class_ == "context":
            self._prove(read, replay)
            return
        placed = read.placed
        if read.disagrees:
            replay.note_invalid(placed, "leaf-entry-disagree")
            self._verdicts.add_invalid(read.position, read.leaf, "leaf-entry-disagree")
            return
        if read.lacking or read.position in self._gone:
            self._judge_without_data(read, replay)
            return
        if not read.committed:
            # The leaf commits to other signatures over the payload: report faults of these here.
            self._prove_into_findings(read, replay)
        recovered = recovers(read, replay.rows)
        refusal = replay.put(placed, read.envelope, None if read.committed else read.signers)
        if refusal is not None:
            raise refusal
        self._verdicts.add_valid(read)
        if self._subject is None:
            self._subject = subject_of(self._evidence.scope, (placed,))
        if recovered:
            self._collector.at(read.position, read.leaf.id, "root-recovered")
        check_times(read, replay, self._logs, self._collector)

    def _judge_without_data(self, read: ReadEntry, replay: Replay) -> None:
        """Check the signatures of an entry without its `data`; the entry has no effect."""
        replay.note_invalid(read.placed, LOST)
        self._prove(read, replay)
        if read.position in self._gone:
            self._verdicts.add_invalid(read.position, read.leaf, LOST)
        else:
            self._verdicts.leave_unjudged(read)

    def _prove(self, read: ReadEntry, replay: Replay) -> None:
        prove(read.envelope, read.entry, replay.rows, self._checks.verify)

    def _prove_into_findings(self, read: ReadEntry, replay: Replay) -> None:
        """Check the signatures of an uncommitted envelope; report a refusal as a finding."""
        try:
            self._prove(read, replay)
        except Refused as error:
            self._collector.at(read.position, read.leaf.id, error.code, **error.facts)

    def _declared_gone(self) -> frozenset[Position]:
        """Return entries with `data` lost by a valid erasure and refused for it by the other log.

        Excludes directory kinds: without the directory no later entry can be judged.
        """
        erased = erasures(self._verdicts.stating)
        refused = (
            position for position, codes in self._verdicts.refusals().items() if LOST in codes
        )
        reads = ((position, self._entries.again(position)) for position in refused)
        return frozenset(
            position
            for position, read in reads
            if read is not None
            and read.entry.kind not in DIRECTORY_KINDS
            and any(
                ref.k == "data" and _is_lost(erased.get((read.leaf.id, place)))
                for place, ref in enumerate(read.entry.optional("parts", ()))
            )
        )

    # Step 5, and the report ------------------------------------------------------------

    def _ids_in_erasures(self) -> frozenset[EntryId]:
        """Return ids named by erasures, valid or not; their content is checked at the end."""
        entries = (
            self._entries.at(Position(party, index))
            for party, log in self._logs.items()
            for index, leaf in enumerate(log.leaves)
            if leaf is not None and leaf.kind == "part.erased"
        )
        return frozenset(entry.ref for entry in entries if isinstance(entry, PartErased))

    def _check_parts(self, read: ReadEntry, class_: Class) -> None:
        place = Place(read.position.party, read.position.index, read.leaf.id)
        self._parts.check(place, read.entry, class_, read.disclosed)

    def _check_erased(self, classes: Mapping[Position, Class]) -> None:
        self._parts.erased = erasures(self._verdicts.stating)
        for position in self._erasable:
            read = self._entries.again(position)
            assert read is not None  # noqa: S101 - the entry was read before
            self._check_parts(read, classes.get(position, "context"))
        self._parts.finish()

    def _report(self, charters: tuple[CharterRow, ...], roots: Mapping[Party, RootPin]) -> Report:
        logs = self._logs.values()
        scope: dict[str, str] = {"kind": self._evidence.scope.kind}
        if self._evidence.scope.of:
            scope["of"] = self._evidence.scope.of
        if self._subject is not None:
            scope["position"] = str(self._subject.position)
        return Report(
            ordered([*self._collector.findings, *(each for log in logs for each in log.findings)]),
            scope,
            tuple(log.summary for log in logs) if len(logs) == len(PARTIES) else (),
            {
                "leaves": sum(log.size for log in logs),
                "envelopes": len(self._evidence.envelopes),
                "valid": self._verdicts.count,
                "parts": self._parts.present,
                "files": len(self._evidence.files),
            },
            effect=self._effect(charters),
            roots={party: (pin.number, pin.pin) for party, pin in roots.items()},
        )

    def _effect(self, charters: tuple[CharterRow, ...]) -> dict[str, str]:
        """Return the effect texts of the charter in force at the end of both logs."""
        end = Past(
            "eu", *(self._logs[party].size if party in self._logs else 0 for party in PARTIES)
        )
        charter = in_force(charters, end)
        if charter is None:
            return {}
        return {"en": charter.charter.effect_en, "zh": charter.charter.effect_zh}


def subject_of(scope: Scope, placed: Iterable[Placed]) -> Placed | None:
    """Return the first valid entry that opens the scope's thread or lists the scope's batch."""
    for each in placed:
        kind, thread = each.entry.kind, each.entry.optional("thread", None)
        if scope.kind == "thread" and (kind, thread) == ("thread.opened", scope.of):
            return each
        if scope.kind == "batch" and (kind, each.id) == ("batch.listed", scope.of):
            return each
    return None


def _is_lost(erased: ErasedPart | None) -> bool:
    return erased is not None and erased.basis == "lost"
