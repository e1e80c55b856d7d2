"""Judge a page's commits in order under the lock, before the follower stores them.

Does not store: `follower.py` does, in the transaction in which rows and roots were loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from special_channel.broker.working import Slot, WorkingSet, shared, stored_with
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import KeyId, Party, Position
from special_channel.core.log.merkle import Frontier
from special_channel.core.replay.needs import PARTY_ROWS, roots_needed
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKeys
from special_channel.core.rows.past import Placed
from special_channel.core.rows.submission import Incoming, Submission
from special_channel.core.rules.judge_context import Pin
from special_channel.core.rules.state import RowKey, Rows
from special_channel.core.rules.timing import (
    COOLED,
    TimeNotice,
    grants_timed,
    is_timed,
    time_notices,
)
from special_channel.link.checking import (
    CheckedCommit,
    CheckedEntry,
    LogProgress,
    MirrorStopped,
    verify_note,
)
from special_channel.ports import SharedTransaction, Stored
from special_channel.stores.mirror import Gap

FORGED: Final = "own-key-forged"
"""Code of a tail of our own log, under our signature, that this node did not write."""

Proofs = dict[int, frozenset[KeyId] | Refused]


class Judging:
    """Judges commits in order and collects the ones with a signed checkpoint."""

    def __init__(
        self, pins: Mapping[Party, Pin], log: Party, proofs: Proofs, *, own_tail: bool
    ) -> None:
        self.working = WorkingSet(pins)
        self._log = log
        self._proofs = proofs
        self._own_tail = own_tail
        self._parties: Rows = {}
        self.kept: list[CheckedCommit] = []
        self.entries: list[Stored] = []
        self.commits: list[tuple[int, str]] = []
        self.gaps: list[Gap] = []
        self.notices: list[tuple[int, TimeNotice]] = []
        """What the times of kept entries show, by index (K8, K28)."""
        self._granted: dict[int, str] = {}  # when grants that notices ask for were accepted

    async def load(
        self, transaction: SharedTransaction, commits: Sequence[CheckedCommit], before: LogProgress
    ) -> None:
        """Load rows and roots for every entry in one batch."""
        incoming = [
            entry.incoming for commit in commits for entry in commit.entries if entry.incoming
        ]
        await self.working.load(transaction, incoming)
        frontiers = [
            (entry.incoming, entry.leaf.peer_frontier)
            for commit in commits
            for entry in commit.entries
            if entry.incoming
        ]
        await self.working.load_answers(transaction, self._log, frontiers)
        if ("party", self._log) not in self.working.rows:  # no entry needed the row
            self._parties = await transaction.rows(frozenset(PARTY_ROWS))
        sizes = {
            size
            for item in incoming
            for origin, size in roots_needed(shared(item))
            if origin == before.origin and size > before.tree.size
        }
        for size, root in _inner_roots(before.tree, commits, sizes):
            self.working.know(before.origin, size, root)
        await self._load_granted(transaction, commits)

    async def _load_granted(
        self, transaction: SharedTransaction, commits: Sequence[CheckedCommit]
    ) -> None:
        """Load when new leaders who sign acts on people were appointed, if there are any."""
        starts = {
            start
            for commit in commits
            for entry in commit.entries
            if entry.incoming and entry.leaf.kind in COOLED
            for start in grants_timed(self._placed(entry, entry.incoming), self.working.rows)
        }
        if starts:
            self._granted.update(await transaction.accepted(self._log, frozenset(starts)))

    def all(self, commits: Sequence[CheckedCommit]) -> MirrorStopped | None:
        """Judge commits up to the first with a missing or wrong checkpoint signature."""
        for commit in commits:
            written: list[Stored] = []
            notices: list[tuple[int, TimeNotice]] = []
            for entry in commit.entries:
                written.append(self._place(entry))
                notices.extend((entry.index, found) for found in self._times(entry, written[-1]))
            try:
                verify_note(commit, self._keys(commit))
                self._check_own(commit, written)
            except MirrorStopped as fault:
                self.working.drop()
                return fault
            self.working.keep()
            self.kept.append(commit)
            self.entries.extend(written)
            self.commits.append((commit.after.tree.size, commit.note))
            self.gaps.extend(entry.gap for entry in commit.entries if entry.gap)
            self.notices.extend(notices)
        return None

    def _times(self, entry: CheckedEntry, written: Stored) -> Iterator[TimeNotice]:
        """Yield what the times of an entry just judged show; nothing of an invalid one."""
        if written.code or entry.incoming is None:
            return
        if written.kind == "role.granted":  # a later entry of the page may rest on it
            self._granted[entry.index] = written.accepted
        if not is_timed(shared(entry.incoming), self.working.rows):
            return
        charters = self.working.judge_context().charters()
        yield from time_notices(
            self._placed(entry, entry.incoming),
            charters,
            self.working.rows,
            lambda index: self._granted.get(index, ""),
        )

    def _placed(self, entry: CheckedEntry, incoming: Incoming) -> Placed:
        return Placed(
            Position(self._log, entry.index),
            entry.leaf.peer_frontier,
            entry.leaf.accepted,
            incoming.id,
            shared(incoming),
            incoming.data,
            frozenset(incoming.signers),
        )

    def _check_own(self, commit: CheckedCommit, written: Sequence[Stored]) -> None:
        """Refuse an entry of our own lost tail that this node never admitted (K30)."""
        invalid = next((entry for entry in written if entry.code), None)
        if self._own_tail and invalid is not None:
            raise MirrorStopped(
                FORGED,
                "Our own key signed an entry that this node never admitted.",
                commit.note,
                index=invalid.index,
                reason=invalid.code,
            )

    def _keys(self, commit: CheckedCommit) -> LogKeys:
        key: RowKey = ("party", self._log)
        row = self.working.rows.get(key) or self._parties.get(key)
        if not isinstance(row, PartyRow):
            raise MirrorStopped(
                "root-untrusted",
                "The log does not begin with the founding by the pinned root.",
                commit.note,
            )
        # After the commit's entries: a valid succession among them already names the new key.
        return row.checkpoint

    def _place(self, entry: CheckedEntry) -> Stored:
        leaf = entry.leaf
        code = entry.code
        place = Slot(
            Position(self._log, entry.index),
            leaf.peer_frontier,
            leaf.accepted,
            leaf.directory,
            leaf.ordinal,
        )
        if entry.incoming is not None and not code:
            proof = self._proofs.get(entry.index)
            try:
                if isinstance(proof, Refused):
                    raise proof
                return self.working.place(entry.incoming, place, proof)
            except Refused as error:
                code = error.code
        invalid = as_stored(self._log, entry, code)
        self.working.place_invalid(invalid, entry.roles)
        return invalid


def as_stored(log: Party, entry: CheckedEntry, code: str) -> Stored:
    """Build the stored form of a mirrored entry; `code`: empty for a valid entry."""
    submission = Submission(entry.envelope, entry.parts)
    by = entry.incoming.entry.by if entry.incoming is not None else ""
    return stored_with(log, entry.index, entry.leaf, submission, by, code)


def _inner_roots(
    tree: Frontier, commits: Sequence[CheckedCommit], sizes: set[int]
) -> list[tuple[int, bytes]]:
    """Compute the page's tree roots, which the record lacks until the page is stored."""
    roots: list[tuple[int, bytes]] = []
    if not sizes:
        return roots
    for commit in commits:
        for entry in commit.entries:
            tree, _ = tree.append([entry.leaf.hash])
            if tree.size in sizes:
                roots.append((tree.size, tree.root()))
    return roots
