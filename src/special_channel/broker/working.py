"""The working set of one group of entries: rows and roots loaded once, then judged and folded.

Admission and mirror use the same steps: load, then `place` entries in order.
Does not lock, sign or write: its callers do, inside one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import KeyId, Party, Position, peer_of
from special_channel.core.entries import (
    COUNTED_KINDS,
    COUNTED_PRIVATE_KINDS,
    PRIVATE_KINDS,
    AccessGranted,
    SharedEntry,
)
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.replay.fold import fold
from special_channel.core.replay.judge import judge, prove
from special_channel.core.replay.needs import (
    PARTY_ROWS,
    needs,
    needs_answered,
    needs_behind,
    roots_needed,
)
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rows.submission import Incoming, Submission
from special_channel.core.rules.judge_context import Candidate, JudgeContext, Pin
from special_channel.core.rules.signers import needs_of_owner
from special_channel.core.rules.state import EntryRow, Row, RowKey, Rows
from special_channel.ports import Head, LogName, SharedTransaction, Stored

MAX_ROOTS: Final = 4096
"""Roots cached between commits, since clients name the newest few."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Position, frontier, acceptance time and counts of an entry to be appended."""

    position: Position
    frontier: int
    accepted: str
    directory: int
    ordinal: int


class RootCache:
    """Cache of roots by (origin, size). A root at a size never changes, so no entry goes stale."""

    def __init__(self) -> None:
        self._by_tree: dict[tuple[str, int], bytes] = {}

    def get(self, tree: tuple[str, int]) -> bytes | None:
        """Return a cached root; None if absent."""
        return self._by_tree.get(tree)

    def put(self, tree: tuple[str, int], root: bytes) -> None:
        """Cache a root; evict the oldest if the cache is full."""
        if len(self._by_tree) >= MAX_ROOTS:
            del self._by_tree[next(iter(self._by_tree))]
        self._by_tree[tree] = root


class WorkingSet:
    """Rows and roots of a group, and the changed rows.

    Attributes:
        changed: Rows to write, by key.
    """

    def __init__(
        self,
        pins: Mapping[Party, Pin],
        cache: RootCache | None = None,
        rows: Rows | None = None,
    ) -> None:
        """Begin with `rows` that were read under the lock of the same transaction."""
        self._pins = pins
        self._cache = cache or RootCache()
        self._parties = {pin.origin: party for party, pin in pins.items()}
        self._roots: dict[tuple[str, int], bytes] = {}
        self._preloaded = frozenset(rows or ())
        self._rows: dict[RowKey, Row] = dict(rows or {})
        self._before: dict[RowKey, Row | None] = {}  # values before the changes since `keep`
        self._answers: dict[tuple[Party, int], int] = {}
        self._context = JudgeContext(pins, self._rows, self._roots, ())
        self.changed: dict[RowKey, Row] = {}

    @property
    def rows(self) -> Mapping[RowKey, Row]:
        """All rows in memory, changes included."""
        return self._rows

    async def load(
        self, transaction: SharedTransaction, incoming: Iterable[Incoming], *, ids: bool = True
    ) -> None:
        """Load the rows and roots for judging and folding entries, in one batch.

        `ids`: look up whether entries are stored already; otherwise the unique index decides.
        """
        keys: set[RowKey] = set()
        trees: set[tuple[Party, int]] = set()
        entries: list[tuple[SharedEntry, bytes | None]] = []
        private: list[KeyId] = []
        for item in incoming:
            if ids:
                keys.add(("entry", item.id))
            if item.entry.kind in PRIVATE_KINDS:
                keys.update(_private_needs(item))
                private.append(item.entry.by)
                continue
            entry = shared(item)
            entries.append((entry, item.data))
            keys.update(needs(entry, item.signers, item.data))
            trees.update(self._missing_roots(entry))
        await self._take(transaction, keys)
        # A note of the same group is not stored yet; the rows it answers were loaded above.
        behind = self._behind(entries)
        behind |= {key for by in private for key in needs_of_owner(self._rows, by)}
        asked: set[RowKey] = set()
        while behind - asked:
            asked |= behind
            await self._take(transaction, behind)
            behind = self._behind(entries)
        self._note_charters()
        if trees:
            for (party, size), root in (await transaction.roots(frozenset(trees))).items():
                self._roots[self._pins[party].origin, size] = root
                self._cache.put((self._pins[party].origin, size), root)

    def _behind(self, entries: Iterable[tuple[SharedEntry, bytes | None]]) -> set[RowKey]:
        return {key for entry, data in entries for key in needs_behind(entry, self._rows, data)}

    async def load_answers(
        self, transaction: SharedTransaction, log: Party, incoming: Iterable[tuple[Incoming, int]]
    ) -> None:
        """Load how much of `log` the other side knows, for acts on people in it (K3).

        `incoming`: entries of `log` with their frontiers.
        """
        sizes = {size for item, size in incoming if needs_answered(shared(item)) and size}
        if sizes:
            other = peer_of(log)
            found = await transaction.frontiers(other, frozenset(size - 1 for size in sizes))
            self._answers.update(((log, index + 1), known) for index, known in found.items())

    async def _take(self, transaction: SharedTransaction, keys: set[RowKey]) -> None:
        """Read rows, except those changed by this group or passed in at the start."""
        for key, row in (await transaction.rows(frozenset(keys - self._preloaded))).items():
            if key not in self.changed and key not in self._before:
                self._rows[key] = row

    def _missing_roots(self, entry: SharedEntry) -> Iterator[tuple[Party, int]]:
        """Yield trees whose roots are not cached yet."""
        for tree in roots_needed(entry):
            root = self._cache.get(tree)
            if root is not None:
                self._roots[tree] = root
            elif tree[0] in self._parties:
                yield self._parties[tree[0]], tree[1]

    def know(self, origin: str, size: int, root: bytes) -> None:
        """Add a root of a mirrored page that is not stored yet."""
        self._roots[origin, size] = root

    def judge_context(self) -> JudgeContext:
        """Return the judge's lookups."""
        return self._context

    def context_at(self, entry: SharedEntry, past: Past) -> JudgeContext:
        """Return the judge's lookups for an entry in a past; see `load_answers`."""
        if not needs_answered(entry):
            return self._context
        return self._context._replace(answered=self._answers.get((past.party, past.frontier), 0))

    def place(
        self, incoming: Incoming, place: Slot, signed: frozenset[KeyId] | None = None
    ) -> Stored:
        """Judge an entry at its slot, and fold it. `signed`: the verified signers; None: verify.

        Raises:
            Refused: The judge's codes; nothing changed.
        """
        entry = shared(incoming)
        if signed is None:
            signed = prove(incoming.envelope, entry, self._rows)
        candidate = Candidate(incoming.envelope, entry, incoming.id, signed, incoming.data)
        past = Past(place.position.party, place.position.index, place.frontier)
        judge(candidate, past, self.context_at(entry, past))
        placed = Placed(
            place.position,
            place.frontier,
            place.accepted,
            incoming.id,
            entry,
            incoming.data,
            signed,
        )
        for key, row in fold(self._rows, placed).items():
            self._change(key, row)
        if entry.kind == "charter.adopted":
            self._note_charters()
        return stored(incoming, place)

    def place_invalid(self, entry: Stored, roles: str = "") -> None:
        """Record an entry of the peer's log that has no effect (rule 18)."""
        assert entry.log != "private"  # noqa: S101 - own bug: only shared logs are mirrored
        row = EntryRow(
            id=entry.id,
            party=entry.log,
            index=entry.index,
            kind=entry.kind,
            thread=entry.thread,
            by=entry.by,
            roles=roles,
            code=entry.code,
        )
        if ("entry", entry.id) not in self._rows:
            self._change(("entry", entry.id), row)

    def _change(self, key: RowKey, row: Row) -> None:
        if key not in self._before:
            self._before[key] = self._rows.get(key)
        self._rows[key] = row

    def _note_charters(self) -> None:
        keys = [key for key in self._rows if key[0] == "charter"]
        rows = (self._rows[key] for key in keys)
        charters = tuple(row for row in rows if isinstance(row, CharterRow))
        self._context = JudgeContext(self._pins, self._rows, self._roots, charters)

    def keep(self) -> None:
        """Add the changes since the last `keep` or `drop` to `changed`."""
        self.changed.update((key, self._rows[key]) for key in self._before)
        self._before.clear()

    def drop(self) -> None:
        """Undo the changes since the last `keep`: their request was refused."""
        for key, row in self._before.items():
            if row is None:
                del self._rows[key]
            else:
                self._rows[key] = row
        self._before.clear()
        self._note_charters()


def shared(incoming: Incoming) -> SharedEntry:
    """Return the entry, typed as an entry of a shared log.

    Raises:
        RuleBroken: `kind-other-log`.
    """
    entry = incoming.entry
    if entry.kind in PRIVATE_KINDS:
        raise RuleBroken(
            "kind-other-log", "This kind stands in a private log alone.", kind=entry.kind
        )
    return entry  # type: ignore[return-value]  # the kinds of PRIVATE_KINDS are exactly PrivateEntry


def stored(incoming: Incoming, place: Slot) -> Stored:
    """Build the stored form of an entry of a shared log."""
    counts = place.directory, place.ordinal
    leaf = leaf_of(incoming, place.accepted, (place.frontier,), counts)
    position, by = place.position, incoming.entry.by
    return stored_with(position.party, position.index, leaf, incoming.submission, by)


def leaf_of(
    incoming: Incoming, accepted: str, frontier: tuple[int, ...], counts: tuple[int, int]
) -> Leaf:
    """Build the leaf of an entry; `frontier` as in `Leaf`, `counts`: DIRECTORY and ordinal."""
    directory, ordinal = counts
    return Leaf(
        accepted=accepted,
        frontier=frontier,
        directory=directory,
        kind=incoming.entry.kind,
        thread=thread_of(incoming),
        ordinal=ordinal,
        id=incoming.id,
        envelope_digest=sha256(incoming.submission.envelope).hexdigest(),
    )


def thread_of(incoming: Incoming) -> str | None:
    """Return an entry's thread; None for a kind without one."""
    thread: str | None = incoming.entry.optional("thread", None)
    return thread


async def counter_at(
    transaction: SharedTransaction, head: Head, incoming: Iterable[Incoming]
) -> LeafCounter:
    """Return the counts at a log's head, for leaves of these entries (K26)."""
    threads = frozenset(thread for item in incoming if (thread := thread_of(item)) is not None)
    counted = COUNTED_PRIVATE_KINDS if head.log == "private" else COUNTED_KINDS
    ordinals = await transaction.ordinals(head.log, threads, head.size)
    return LeafCounter(counted, head.directory, ordinals)


def stored_with(
    log: LogName, index: int, leaf: Leaf, submission: Submission, by: str, code: str = ""
) -> Stored:
    """Build the stored form of an entry of any log from its leaf.

    `by`: the author; empty for an entry that can't be read.
    """
    return Stored(
        log=log,
        index=index,
        id=leaf.id,
        leaf=leaf.encode(),
        envelope=submission.envelope,
        parts=submission.parts,
        kind=leaf.kind,
        thread=leaf.thread,
        by=by,
        accepted=leaf.accepted,
        frontier=leaf.frontier[0],
        order=sum(leaf.frontier) + (0 if log == "private" else index),
        code=code,
        ordinal=leaf.ordinal,
        directory=leaf.directory,
    )


def _private_needs(item: Incoming) -> Iterator[RowKey]:
    """Yield the shared rows that a private entry's judge reads."""
    yield from (("key", key) for key in item.signers)
    thread = thread_of(item)
    if thread is not None:
        yield "thread", thread
    if item.entry.kind in COUNTED_PRIVATE_KINDS:  # the root may have signed it
        yield from PARTY_ROWS
    if isinstance(item.entry, AccessGranted) and item.entry.body.key is not None:
        yield "key", item.entry.body.key
