"""Replay from nothing: both logs in causal order, every fault named, going on after each.

Judges with the same functions as a node (`judge`, `needs`, `fold`), over rows in memory.
Numbered steps; the code cites them:

1. Each log: lines, order of times and frontiers, roots, checkpoint, cosignatures.
2. Which entries the scope calls for, from the leaves (`scope.required`).
3. Each entry in causal order: digest, form, id, leaf, signatures, judge, fold.
4. Notes inside entries and notes that the reader holds: one tree, or two stories.
5. Contents: commitments, files, the four words for absence.

What the exporter states (scope, absences) never excuses an entry from steps 1 to 3: a signature is
checked wherever an envelope can be read, and an entry that can't be judged is a fault.

Does not read files, and reads no trust from a bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from special_channel.core.audit_entries import Entries, Invalid, Read
from special_channel.core.audit_logs import (
    LogAudit,
    check_head,
    check_note,
    read_lines,
)
from special_channel.core.audit_parts import Erased, PartsAudit, erasures
from special_channel.core.audit_stories import (
    check_directory,
    check_held,
    check_inner_notes,
    check_notes,
)
from special_channel.core.charter import CharterRow, in_force
from special_channel.core.entries import DIRECTORY_KINDS, PeerRefused, SharedEntry
from special_channel.core.errors import Refused
from special_channel.core.evidence import Evidence, LogEvidence
from special_channel.core.findings import Collected, Place, Report, ordered
from special_channel.core.ids import PARTIES, Party, Position, peer_of
from special_channel.core.judge import prove
from special_channel.core.leaf import Leaf
from special_channel.core.past import Past, Placed
from special_channel.core.replay import Replay
from special_channel.core.scope import Class, Scope, required
from special_channel.core.state import Rows
from special_channel.core.times import posix
from special_channel.core.trust import Trust

IMPLAUSIBLE_SECONDS = 24 * 3600
"""How far the author's clock may be from the log's before it is worth a notice."""

LOST = "part-missing"
"""A node's code for an entry whose `data` part was declared lost (docs/formats/link.md)."""

_NODE_SAYS = {"entry-id": "leaf-entry-disagree"}
"""A node's code for what a verifier names more exactly."""


@dataclass(frozen=True, slots=True)
class Audited:
    """The report, and the state as far as the bundle shows it.

    `placed` are the valid entries that were judged; `classes` says why each is here.
    """

    report: Report
    rows: Rows
    placed: tuple[Placed, ...]
    classes: Mapping[Position, Class]


def audit(evidence: Evidence, trust: Trust) -> Audited:
    """Check a bundle's content against what the reader trusts; never raises on bad content."""
    return _Audit(evidence, trust).run()


class _Audit:
    """The work of `audit`, step by step."""

    def __init__(
        self, evidence: Evidence, trust: Trust, gone: frozenset[Position] = frozenset()
    ) -> None:
        """Begin; `gone` are entries without effect, because both logs call their `data` lost."""
        self._evidence = evidence
        self._trust = trust
        self._gone = gone
        self._found = Collected()
        self._logs: dict[Party, LogAudit] = {}
        self._entries = Entries(evidence, self._logs, self._found)
        self._valid: dict[Position, SharedEntry] = {}
        self._placed: list[Placed] = []
        self._classes: dict[Position, Class] = {}
        self._unread: dict[Position, Leaf] = {}

    def run(self) -> Audited:
        for party in PARTIES:
            if party in self._trust.parties:
                evidence = self._evidence.logs.get(party, LogEvidence())
                self._logs[party] = read_lines(party, evidence, self._trust)
            else:
                self._found.add("trust-missing", Place(party))
        if len(self._logs) < len(PARTIES):
            return Audited(self._report(0, {}), {}, (), {})
        self._entries.read_all()
        self._check_logs()
        self._choose()
        replay = self._replay()
        gone = self._declared_gone()
        if gone and not self._gone:
            # What both logs call lost has no effect, even where this bundle has its `data`:
            # bundles of both sides give one state. Only a replay without it says which.
            return _Audit(self._evidence, self._trust, gone).run()
        check_notes(self._judged(), self._logs, self._evidence.logs, self._found)
        check_held(self._evidence.held, self._logs, self._valid, self._found)
        check_directory(self._entries, replay.rows)
        self._name_invalid()
        present = self._check_parts()
        report = self._report(present, replay.rows)
        return Audited(report, replay.rows, tuple(self._placed), self._classes)

    # Step 1, and step 4 for the notes of the bundle -----------------------------------

    def _check_logs(self) -> None:
        for party, log in self._logs.items():
            evidence = self._evidence.logs.get(party, LogEvidence())
            check_head(log, evidence.checkpoint)
            for size, note in evidence.earlier.items():
                place = Place(party, file=f"data/logs/{party}/checkpoints/{size}")
                check_note(log, note, self._found.here(place), filed=size)
        check_inner_notes(self._entries.read.values(), self._logs, self._found)

    # Step 2 --------------------------------------------------------------------------

    def _choose(self) -> None:
        leaves = {party: log.leaves for party, log in self._logs.items()}
        scope = self._evidence.scope
        self._classes = required(scope, leaves, self._entries.at)
        of_scope = False
        for position in self._classes:
            leaf = self._entries.leaf(position)
            assert leaf is not None  # noqa: S101 - own bug: `required` chooses leaves
            if leaf.id not in self._evidence.envelopes:
                self._found.at(position, leaf.id, "entry-missing")
                if (leaf.id, -1) in self._evidence.damaged:
                    # Stated beside the fault, never in its place: it says why, and excuses nothing.
                    self._found.at(position, leaf.id, "entry-damaged")
            if position not in self._entries.read and position not in self._entries.invalid:
                self._unread[position] = leaf
            of_scope = of_scope or scope.of in {leaf.thread, leaf.id}
        if scope.of and not of_scope:
            self._found.add("entry-missing", Place(id=scope.of))
        for position, read in self._entries.read.items():
            if position not in self._classes:
                self._found.at(position, read.leaf.id, "out-of-scope")

    def _judged(self) -> Iterator[Read]:
        """Yield the entries that the scope calls for, without context."""
        for position, read in self._entries.read.items():
            if self._classes.get(position, "context") != "context":
                yield read

    # Step 3 --------------------------------------------------------------------------

    def _replay(self) -> Replay:
        pins = {party: log.trusted.pin for party, log in self._logs.items()}
        replay = Replay(pins, _Roots(self._logs))
        for position in self._causal():
            read = self._entries.read.get(position)
            if read is None:
                continue
            try:
                self._judge(read, replay)
            except Refused as error:
                self._refuse(read, error)
        return replay

    def _causal(self) -> Iterator[Position]:
        """Yield all positions, each after its past, as far as the frontiers allow."""
        done: dict[Party, int] = dict.fromkeys(PARTIES, 0)
        while waiting := [each for each in PARTIES if done[each] < self._logs[each].size]:
            ready = [each for each in waiting if self._ready(Position(each, done[each]), done)]
            party = (ready or waiting)[0]
            position = Position(party, done[party])
            if not ready:
                # Each waits for the other, or for more than there is: no such past ever was.
                leaf = self._entries.leaf(position)
                self._found.at(position, leaf.id if leaf else "", "frontier-beyond")
            yield position
            done[party] += 1

    def _ready(self, position: Position, done: Mapping[Party, int]) -> bool:
        leaf = self._entries.leaf(position)
        return leaf is None or leaf.peer_frontier <= done[peer_of(position.party)]

    def _judge(self, read: Read, replay: Replay) -> None:
        class_ = self._classes.get(read.position, "context")
        if class_ == "context":
            prove(read.envelope, read.entry, replay.rows)
            return
        placed = read.placed
        if read.disagrees:
            replay.note_invalid(placed, "leaf-entry-disagree")
            self._is_invalid(read, "leaf-entry-disagree")
            return
        if read.lacking or read.position in self._gone:
            self._judge_without_data(read, replay)
            return
        if not read.committed:
            # Its leaf commits to other signatures over this payload: state them as given.
            _prove_into(self._found, read, replay.rows)
        refusal = replay.put(placed, read.envelope, None if read.committed else read.signers)
        if refusal is not None:
            raise refusal
        self._valid[read.position] = read.entry
        self._placed.append(placed)
        stated, accepted = read.entry.at, read.leaf.accepted
        if stated != accepted and abs(posix(stated) - posix(accepted)) > IMPLAUSIBLE_SECONDS:
            self._found.at(read.position, read.leaf.id, "time-implausible")

    def _judge_without_data(self, read: Read, replay: Replay) -> None:
        """Check the signatures of an entry whose `data` is not there; it has no effect."""
        replay.note_invalid(read.placed, LOST)
        prove(read.envelope, read.entry, replay.rows)
        if read.position in self._gone:
            self._is_invalid(read, LOST)
        else:
            self._leave_unjudged(read)

    def _is_invalid(self, read: Read, code: str, facts: Mapping[str, str | int] = {}) -> None:
        found = Invalid(read.position, read.leaf.id, code, facts)
        self._entries.invalid[read.position] = found

    def _declared_gone(self) -> frozenset[Position]:
        """Return entries whose `data` a valid erasure calls lost and the other log refuses so.

        Never one of a directory kind: without it nothing else can be judged.
        """
        erased, refused = erasures(self._valid), self._refusals()
        return frozenset(
            position
            for position, read in self._entries.read.items()
            if read.entry.kind not in DIRECTORY_KINDS
            and LOST in refused.get(position, ())
            and any(
                ref.k == "data" and _is_lost(erased.get((read.leaf.id, place)))
                for place, ref in enumerate(read.entry.optional("parts", ()))
            )
        )

    def _refuse(self, read: Read, error: Refused) -> None:
        lacks = self._lacks(read.leaf, error)
        if lacks is not None:
            self._leave_unjudged(read, lacks=str(lacks))
        else:
            self._is_invalid(read, error.code, error.facts)
        if error.code == "key-unknown":
            # Whether its key is enrolled where an entry is missing, nobody can tell.
            self._unread[read.position] = read.leaf

    def _leave_unjudged(self, read: Read, **facts: str) -> None:
        self._found.at(read.position, read.leaf.id, "entry-unjudged", **facts)
        self._unread[read.position] = read.leaf

    def _lacks(self, leaf: Leaf, error: Refused) -> Position | None:
        """Return the first entry for whose lack, reported at its place, another is refused.

        Both are faults: only the name of the second differs. A key that no readable entry enrols
        is `key-unknown`, whatever else is lacking.
        """

        def first(wanted: Callable[[Leaf], bool]) -> Position | None:
            found = [position for position, each in self._unread.items() if wanted(each)]
            return min(found, key=lambda each: (each.party != "eu", each.index), default=None)

        match error.code:
            case "reference":
                return first(lambda each: each.id == error.facts.get("id"))
            case "thread-unknown":
                opened = ("thread.opened", leaf.thread)
                return first(lambda each: (each.kind, each.thread) == opened)
            case "charter-absent":
                return first(lambda each: each.kind == "charter.adopted")
            case _:
                return None

    def _refusals(self) -> dict[Position, frozenset[str]]:
        """Return the codes by which valid entries of the other log refuse entries."""
        found: dict[Position, frozenset[str]] = {}
        for position, entry in self._valid.items():
            if isinstance(entry, PeerRefused):
                refused = Position(peer_of(position.party), entry.body.index)
                found[refused] = found.get(refused, frozenset()) | {entry.body.code}
        return found

    def _name_invalid(self) -> None:
        """Report what has no effect: declared where the other side has refused it (rule 18)."""
        refused = self._refusals()
        for position, invalid in self._entries.invalid.items():
            stated = _NODE_SAYS.get(invalid.code, invalid.code)
            declared = stated in refused.get(position, ())
            if declared:
                self._found.at(position, invalid.id, "entry-refused", code=stated)
            if not declared or invalid.code == "key-unknown":
                # A key that nobody enrolled is a fault even where the other log says so, too.
                self._found.at(position, invalid.id, invalid.code, **invalid.facts)
        for position, codes in refused.items():
            if position in self._valid:
                # The other node judged otherwise, or states what is not so: its state is another.
                leaf = self._entries.read[position].leaf
                self._found.at(position, leaf.id, "refusal-differs", code=min(codes))

    # Step 5, and the report ------------------------------------------------------------

    def _check_parts(self) -> int:
        parts = PartsAudit(self._evidence, erasures(self._valid), self._found)
        for position, read in self._entries.read.items():
            class_ = self._classes.get(position, "context")
            place = Place(position.party, position.index, read.leaf.id)
            parts.check(place, read.entry, class_, read.given)
        parts.finish()
        return parts.present

    def _report(self, present: int, rows: Rows) -> Report:
        logs = self._logs.values()
        scope: dict[str, str] = {"kind": self._evidence.scope.kind}
        if self._evidence.scope.of:
            scope["of"] = self._evidence.scope.of
        subject = subject_of(self._evidence.scope, self._placed)
        if subject is not None:
            scope["position"] = str(subject.position)
        return Report(
            ordered([*self._found.findings, *(each for log in logs for each in log.findings)]),
            scope,
            tuple(log.summary for log in logs) if len(logs) == len(PARTIES) else (),
            {
                "leaves": sum(log.size for log in logs),
                "envelopes": len(self._evidence.envelopes),
                "valid": len(self._valid),
                "parts": present,
                "files": len(self._evidence.files),
            },
            effect=self._effect(rows),
        )

    def _effect(self, rows: Rows) -> dict[str, str]:
        """Return the words of the charter that is in force at the end of both logs."""
        end = Past(
            "eu", *(self._logs[party].size if party in self._logs else 0 for party in PARTIES)
        )
        charters = tuple(row for row in rows.values() if isinstance(row, CharterRow))
        charter = in_force(charters, end)
        if charter is None:
            return {}
        return {"en": charter.charter.effect_en, "zh": charter.charter.effect_zh}


def subject_of(scope: Scope, placed: Iterable[Placed]) -> Placed | None:
    """Return the first valid entry that opens the scope's thread, or that lists its batch."""
    for each in placed:
        kind, thread = each.entry.kind, each.entry.optional("thread", None)
        if scope.kind == "thread" and (kind, thread) == ("thread.opened", scope.of):
            return each
        if scope.kind == "batch" and (kind, each.id) == ("batch.listed", scope.of):
            return each
    return None


class _Roots:
    """Roots of both trees, by origin and size, as the judge looks them up."""

    def __init__(self, logs: Mapping[Party, LogAudit]) -> None:
        self._trees = {log.trusted.origin: log.tree for log in logs.values()}

    def get(self, place: tuple[str, int], /) -> bytes | None:
        tree = self._trees.get(place[0])
        return tree.root(place[1]) if tree is not None else None


def _is_lost(erased: Erased | None) -> bool:
    return erased is not None and erased.basis == "lost"


def _prove_into(found: Collected, read: Read, rows: Rows) -> None:
    """Check the signatures of an envelope that its leaf does not commit to."""
    try:
        prove(read.envelope, read.entry, rows)
    except Refused as error:
        found.at(read.position, read.leaf.id, error.code, **error.facts)
