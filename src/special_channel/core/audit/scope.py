"""Compute the entries that an export of a scope must contain.

Exporter and verifier use the same function over the complete leaves, so the verifier detects
missing entries. Does not read bundles and does not check permission to export.

Classes of entries, strongest first:
`scope`    in the scope: judged, with content; missing content is a gap;
`named`    outside the scope, but named by a judged entry: judged too;
`context`  included for its leaf's kind alone, to prove it unrelated: not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position, ThreadId
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    ApplicationAsserted,
    ApprovalRevoked,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    ClockMarked,
    DeadlineMoved,
    DifferenceMarked,
    EntryReviewed,
    LicenceDrawn,
    LicenceIssued,
    NoteAcknowledged,
    NotePosted,
    PartErased,
    PointMarked,
    SharedEntry,
    ThreadClosed,
    ThreadOpened,
)
from special_channel.core.kinds.lists import corrected_by
from special_channel.core.log.leaf import Leaf

Class = Literal["scope", "named", "context"]

RECORD_KINDS: Final = frozenset({"part.erased", "peer.refused", "log.restored"})
"""Always included, like the directory: statements about missing or invalid entries."""

BATCH_KINDS: Final = frozenset({"thread.opened", "batch.amended", "batch.answered"})
"""Kinds whose leaf does not state the batch, so a batch's scope includes all such entries."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Scope of an export.

    Attributes:
        kind: `everything`, a `thread`, or a `batch` with the threads opened on the batch.
        of: The id of the thread or batch; empty for `everything`.
    """

    kind: Literal["everything", "thread", "batch"]
    of: str = ""


ACROSS_THREADS: Final = "note.acknowledged"
"""Kind whose leaf states no thread where the entry names notes of several threads.

The scope of a thread or batch includes every such entry, to prove that none is missing.
"""


def is_across(kind: str, thread: ThreadId | None) -> bool:
    """Tell whether only an entry itself, not its leaf, states which threads it is about."""
    return kind == ACROSS_THREADS and thread is None


def may_hold(scope: Scope, kind: str, thread: ThreadId | None) -> bool:
    """Tell from a leaf whether a scope may hold the entry for itself; `required` decides."""
    always = DIRECTORY_KINDS | RECORD_KINDS | (BATCH_KINDS if scope.kind == "batch" else set())
    if scope.kind == "everything" or kind in always or thread == scope.of:
        return True
    return is_across(kind, thread)


Leaves = Mapping[Party, Sequence[Leaf | None]]
"""Both logs' leaves by index; None for a malformed leaf."""

Find = Callable[[Position], SharedEntry | None]
"""Return the entry at a position, or None if absent or malformed."""


FindData = Callable[[Position], bytes | None]
"""Return the document of the `data` part of the entry at a position, or None if absent."""


def names(entry: SharedEntry, data: bytes | None = None) -> frozenset[EntryId]:
    """Return the ids of entries named by an entry and by its `data`."""
    ids = {entry.optional("ref", "")}
    match entry:
        case ThreadOpened():
            ids.add("" if entry.body.batch == "standing" else entry.body.batch)
        case NotePosted():
            ids.update(answer.id for answer in entry.answers)
            for promise in (ask.promise for ask in entry.asks if ask.promise is not None):
                ids.update((promise.point, promise.agreed))
        case ThreadClosed():
            ids.update(listed.id for listed in entry.body.asks)
        case DeadlineMoved():
            ids.add(entry.body.proposal or "")
        case BatchListed() | BatchAmended() | BatchAnswered():
            ids.update(ref.id for ref in corrected_by(entry, data))
        case NoteAcknowledged() | EntryReviewed():
            ids.update(entry.body.entries)
        case _:
            ids.update(_statements(entry))
    return frozenset(ids - {""})


def _statements(entry: SharedEntry) -> Iterator[EntryId]:
    """Yield the ids of points that an entry marks, or of statements that it is about."""
    match entry:
        case PointMarked():
            yield from (mark.id for mark in entry.body.entries)
        case ApplicationAsserted() | ClockMarked() | LicenceIssued() | LicenceDrawn():
            yield entry.body.corrects.id if entry.body.corrects else ""
        case ApprovalRevoked():
            yield entry.body.approval.id
            yield entry.body.corrects.id if entry.body.corrects else ""
        case DifferenceMarked():
            yield from (entry.body.eu.id, entry.body.cn.id)
            yield entry.body.ask.id if entry.body.ask else ""
        case _:
            pass


class _Finder:
    """Worklist algorithm of `required`."""

    def __init__(self, scope: Scope, leaves: Leaves, find: Find, data: FindData) -> None:
        self._scope = scope
        self._leaves = leaves
        self._find = find
        self._data = data
        self._by_id: dict[EntryId, list[Position]] = {}
        self._openings: dict[str, list[Position]] = {}
        self._amended: list[Position] = []
        self.classes: dict[Position, Class] = {}
        for position, leaf in self.all():
            self._by_id.setdefault(leaf.id, []).append(position)
            if leaf.kind == "thread.opened" and leaf.thread is not None:
                self._openings.setdefault(leaf.thread, []).append(position)
            if leaf.kind == "batch.amended":
                self._amended.append(position)

    def all(self) -> Iterator[tuple[Position, Leaf]]:
        for party in PARTIES:
            for index, leaf in enumerate(self._leaves[party]):
                if leaf is not None:
                    yield Position(party, index), leaf

    def start(self) -> None:
        """Classify entries by scope and kind."""
        threads = self._threads()
        for position, leaf in self.all():
            if self._in_scope(leaf, threads) or leaf.kind in DIRECTORY_KINDS:
                self.classes[position] = "scope"
            elif leaf.kind in RECORD_KINDS:
                self.classes[position] = "context" if leaf.kind == "part.erased" else "named"
            elif self._scope.kind == "batch" and leaf.kind in BATCH_KINDS:
                in_batch = self._is_about(self._find(position))
                self.classes[position] = "scope" if in_batch else "context"
            elif is_across(leaf.kind, leaf.thread):
                in_threads = self._names_any(self._find(position), threads)
                self.classes[position] = "scope" if in_threads else "context"

    def _in_scope(self, leaf: Leaf, threads: frozenset[str]) -> bool:
        if self._scope.kind == "everything":
            return True
        return leaf.thread in threads or (self._scope.kind == "batch" and leaf.id == self._scope.of)

    def _threads(self) -> frozenset[str]:
        if self._scope.kind != "batch":
            return frozenset({self._scope.of} - {""})
        return frozenset(
            thread
            for thread, positions in self._openings.items()
            if any(self._opens_batch(self._find(position)) for position in positions)
        )

    def _opens_batch(self, entry: SharedEntry | None) -> bool:
        return isinstance(entry, ThreadOpened) and entry.body.batch == self._scope.of

    def _is_about(self, entry: SharedEntry | None) -> bool:
        return isinstance(entry, BatchAmended | BatchAnswered) and entry.ref == self._scope.of

    def _names_any(self, entry: SharedEntry | None, threads: frozenset[str]) -> bool:
        places = (
            place
            for entry_id in (names(entry) if entry is not None else ())
            for place in self._by_id.get(entry_id, ())
        )
        leaves = (self._leaves[place.party][place.index] for place in places)
        return any(leaf is not None and leaf.thread in threads for leaf in leaves)

    def close(self) -> None:
        """Add entries named by judged entries, transitively."""
        pending = [position for position, class_ in self.classes.items() if class_ != "context"]
        while pending:
            position = pending.pop()
            entry = self._find(position)
            if entry is not None:
                pending.extend(self._add(self._named_by(entry, self._data(position))))

    def judge_erasures(self) -> None:
        """Classify erasures of included entries as `named`; other erasures stay `context`."""
        for position, class_ in list(self.classes.items()):
            entry = self._find(position) if class_ == "context" else None
            if isinstance(entry, PartErased) and self._includes(entry.ref):
                self.classes[position] = "named"

    def _includes(self, entry_id: EntryId) -> bool:
        return any(
            self.classes.get(position, "context") != "context"
            for position in self._by_id.get(entry_id, ())
        )

    def _named_by(self, entry: SharedEntry, data: bytes | None) -> Iterator[Position]:
        for entry_id in names(entry, data):
            yield from self._by_id.get(entry_id, ())
        yield from self._openings.get(entry.optional("thread", None) or "", ())
        if isinstance(entry, BatchAmended):
            yield from self._amendments(entry.ref)

    def _amendments(self, batch: EntryId) -> Iterator[Position]:
        """Yield the amendments of a list: each is judged against the rows that others left."""
        for position in self._amended:
            entry = self._find(position)
            if isinstance(entry, BatchAmended) and entry.ref == batch:
                yield position

    def _add(self, positions: Iterable[Position]) -> Iterator[Position]:
        for position in positions:
            if self.classes.get(position, "context") == "context":
                self.classes[position] = "named"
                yield position


class EverythingClasses(Mapping[Position, Class]):
    """Classes for an export of everything: each position with a leaf, computed on access."""

    def __init__(self, leaves: Leaves) -> None:
        """Create the mapping over both logs' leaves."""
        self._leaves = leaves

    def __getitem__(self, position: Position) -> Class:
        leaves = self._leaves[position.party]
        if not position.index < len(leaves) or leaves[position.index] is None:
            raise KeyError(position)
        return "scope"

    def __iter__(self) -> Iterator[Position]:
        for party in PARTIES:
            for index, leaf in enumerate(self._leaves[party]):
                if leaf is not None:
                    yield Position(party, index)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def classes_of(
    scope: Scope, leaves: Leaves, find: Find, data: FindData
) -> Mapping[Position, Class]:
    """Return the result of `required`; for `everything` without building a dictionary."""
    if scope.kind == "everything":
        return EverythingClasses(leaves)
    return required(scope, leaves, find, data)


def required(scope: Scope, leaves: Leaves, find: Find, data: FindData) -> dict[Position, Class]:
    """Return the positions that an export of the scope must contain, with their classes."""
    finder = _Finder(scope, leaves, find, data)
    finder.start()
    finder.close()
    finder.judge_erasures()
    return finder.classes
