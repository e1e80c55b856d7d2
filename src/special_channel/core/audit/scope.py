"""Which entries an export of a scope must hold, so that anyone can count them.

Exporter and verifier use this one function, over leaves that are always all there. Does
not read bundles and does not decide who may export what.

Classes of entries, strongest first:
`scope`    in the named scope: content included, judged, a gap counts;
`named`    not in scope, but named by an entry that is judged: judged itself;
`context`  only its leaf's kind calls for it: shown to be of no concern, not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    BatchAmended,
    BatchAnswered,
    DeadlineMoved,
    NotePosted,
    PartErased,
    SharedEntry,
    ThreadClosed,
    ThreadOpened,
)
from special_channel.core.log.leaf import Leaf

Class = Literal["scope", "named", "context"]

RECORD_KINDS: Final = frozenset({"part.erased", "peer.refused", "log.restored"})
"""Always included, like the directory: they say what is missing or has no effect."""

BATCH_KINDS: Final = frozenset({"thread.opened", "batch.amended", "batch.answered"})
"""A leaf does not say of which batch these are, so a batch's scope includes them all."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an export is about.

    Attributes:
        kind: `everything`, one `thread`, or one `batch` with the threads opened on it.
        of: The thread's id, or the batch's; empty for `everything`.
    """

    kind: Literal["everything", "thread", "batch"]
    of: str = ""


Leaves = Mapping[Party, Sequence[Leaf | None]]
"""Both logs' leaves by index; None for one that is malformed."""

Find = Callable[[Position], SharedEntry | None]
"""Returns the entry at a position, or None where it is absent or malformed."""


def names(entry: SharedEntry) -> frozenset[EntryId]:
    """Return the ids of the entries that this one names."""
    found = {entry.optional("ref", "")}
    match entry:
        case ThreadOpened():
            found.add("" if entry.body.batch == "standing" else entry.body.batch)
        case NotePosted():
            found.update(answer.id for answer in entry.answers)
            for promise in (ask.promise for ask in entry.asks if ask.promise is not None):
                found.update((promise.point, promise.agreed))
        case ThreadClosed():
            found.update(listed.id for listed in entry.body.asks)
        case DeadlineMoved():
            found.add(entry.body.proposal or "")
        case _:
            pass
    return frozenset(found - {""})


class _Finder:
    """The work of `required`."""

    def __init__(self, scope: Scope, leaves: Leaves, find: Find) -> None:
        self._scope = scope
        self._leaves = leaves
        self._find = find
        self._by_id: dict[EntryId, list[Position]] = {}
        self._openings: dict[str, list[Position]] = {}
        self.found: dict[Position, Class] = {}
        for position, leaf in self.all():
            self._by_id.setdefault(leaf.id, []).append(position)
            if leaf.kind == "thread.opened" and leaf.thread is not None:
                self._openings.setdefault(leaf.thread, []).append(position)

    def all(self) -> Iterator[tuple[Position, Leaf]]:
        for party in PARTIES:
            for index, leaf in enumerate(self._leaves[party]):
                if leaf is not None:
                    yield Position(party, index), leaf

    def start(self) -> None:
        """Put in what scope and kinds call for."""
        threads = self._threads()
        for position, leaf in self.all():
            if self._in_scope(leaf, threads) or leaf.kind in DIRECTORY_KINDS:
                self.found[position] = "scope"
            elif leaf.kind in RECORD_KINDS:
                self.found[position] = "context" if leaf.kind == "part.erased" else "named"
            elif self._scope.kind == "batch" and leaf.kind in BATCH_KINDS:
                of_it = self._is_about(self._find(position))
                self.found[position] = "scope" if of_it else "context"

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

    def close(self) -> None:
        """Add what judged entries name, until nothing is added."""
        waiting = [position for position, class_ in self.found.items() if class_ != "context"]
        while waiting:
            entry = self._find(waiting.pop())
            if entry is not None:
                waiting.extend(self._add(self._named_by(entry)))

    def judge_erasures(self) -> None:
        """Judge the erasures of what is included; the others stay context."""
        for position, class_ in list(self.found.items()):
            entry = self._find(position) if class_ == "context" else None
            if isinstance(entry, PartErased) and self._includes(entry.ref):
                self.found[position] = "named"

    def _includes(self, entry_id: EntryId) -> bool:
        return any(
            self.found.get(position, "context") != "context"
            for position in self._by_id.get(entry_id, ())
        )

    def _named_by(self, entry: SharedEntry) -> Iterator[Position]:
        for entry_id in names(entry):
            yield from self._by_id.get(entry_id, ())
        yield from self._openings.get(entry.optional("thread", ""), ())

    def _add(self, positions: Iterable[Position]) -> Iterator[Position]:
        for position in positions:
            if self.found.get(position, "context") == "context":
                self.found[position] = "named"
                yield position


class Everything(Mapping[Position, Class]):
    """What an export of everything holds: each position with a leaf, and nothing kept of it."""

    def __init__(self, leaves: Leaves) -> None:
        """Begin with both logs' leaves."""
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


def classes_of(scope: Scope, leaves: Leaves, find: Find) -> Mapping[Position, Class]:
    """Return what `required` does, without a list where everything is called for."""
    return Everything(leaves) if scope.kind == "everything" else required(scope, leaves, find)


def required(scope: Scope, leaves: Leaves, find: Find) -> dict[Position, Class]:
    """Return the positions that an export of this scope holds, and why each."""
    finder = _Finder(scope, leaves, find)
    finder.start()
    finder.close()
    finder.judge_erasures()
    return finder.found
