"""Check a commit without trusting its sender: form, order, root, checkpoint, envelopes, parts.

Pure. Does not judge entries against their past: `follower.py` does, with `core.replay.judge`. A
fault of one entry makes only the entry invalid; one of the log itself stops its mirror (rule 18).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from special_channel.core.bytes import canonical, dsse, parts
from special_channel.core.bytes.errors import ChannelError, Malformed, RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import COUNTED_KINDS, PRIVATE_KINDS, Entry, PartRef, parse
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import Frontier
from special_channel.core.log.numbering import LeafCounter, last_ordinals
from special_channel.core.rows.log_keys import LogKeys, verify_checkpoint
from special_channel.core.rows.submission import Incoming, Submission
from special_channel.link.pages import SentCommit, SentEntry
from special_channel.stores.mirror import Gap


class MirrorStopped(RuleBroken):
    """The log's owner contradicts its log, its signature or the form; `note`: the checkpoint."""

    def __init__(self, code: str, detail: str, note: str, /, **facts: str | int) -> None:
        super().__init__(code, detail, **facts)
        self.note = note


class FrontierBeyond(RuleBroken):
    """A leaf's frontier exceeds our copy of the other log.

    Either our database lost entries, or the leaf is false.
    """


class EntryMissing(RuleBroken):
    """An envelope or a `data` part is missing: no later entry can be judged yet.

    Later commits are queued (`waiting.py`). Missing texts and file descriptors do not raise
    this error: verdicts do not depend on them, and no cosignature covers the gap (rule 18).
    """

    @property
    def index(self) -> int:
        """Index of the incomplete entry."""
        return int(self.facts["index"])


LOST: Final = "part-missing"
"""Code of an entry whose `data` part its owner declared lost: the entry can't be judged."""


@dataclass(frozen=True, slots=True)
class LogProgress:
    """Where a reader of a log is: its tree and the last leaf's values.

    Attributes:
        party: The log's owner.
        origin: The log's origin line.
        tree: The tree of all leaves read.
        accepted: `accepted` of the last leaf, empty before the first.
        frontier: The last leaf's frontier.
        directory: The last leaf's number of directory entries.
        ordinals: The last ordinal of each thread that the leaves to be read may belong to.
        stamped: POSIX text form of the newest stamped head's time, empty if none.
    """

    party: Party
    origin: str
    tree: Frontier
    accepted: str = ""
    frontier: int = 0
    directory: int = 0
    ordinals: Mapping[str, int] = field(default_factory=dict)
    stamped: str = ""

    @property
    def counter(self) -> LeafCounter:
        """A counter that goes on from the last leaf."""
        return LeafCounter(COUNTED_KINDS, self.directory, self.ordinals)


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry that the checkpoint commits to.

    Attributes:
        index: Index in the log.
        leaf: The parsed leaf.
        envelope: The bytes that the leaf commits to, empty if missing.
        parts: Disclosures that fit their commitments, None for others.
        incoming: The entry for the judge, None if malformed or without envelope.
        code: The error code if the form is invalid, else empty.
        gap: The missing parts, None if complete.
        lacking: The envelope or a `data` part is missing: the entry can't be judged.
    """

    index: int
    leaf: Leaf
    envelope: bytes
    parts: tuple[bytes | None, ...]
    incoming: Incoming | None
    code: str = ""
    gap: Gap | None = None
    lacking: bool = False

    @property
    def roles(self) -> str:
        """First letters of the parts' roles; empty for an entry that can't be read."""
        if self.incoming is None:
            return ""
        return "".join(part.k[0] for part in self.incoming.entry.optional("parts", ()))


@dataclass(frozen=True, slots=True)
class CheckedCommit:
    """A commit with its computed tree; the note is not verified yet (`verify_note`)."""

    note: str
    entries: tuple[CheckedEntry, ...]
    nodes: tuple[tuple[int, int, bytes], ...]
    after: LogProgress
    early: tuple[int, ...]
    """Indices with `accepted` before the last leaf's or a stamp's time: an alarm, still valid."""


def check_commit(
    before: LogProgress, sent: SentCommit, other_size: int, lost: AbstractSet[int] = frozenset()
) -> CheckedCommit:
    """Check a commit that follows `before`; `other_size`: the other log's size in our record.

    `lost`: indices of entries whose `data` part is declared lost; they have no effect.

    Raises:
        MirrorStopped: `leaf-malformed`, `frontier-falling`, `ordinal`.
        FrontierBeyond: `frontier-beyond`.
        EntryMissing: `entry-missing`.
    """
    commit = check_waiting(before, sent, other_size)
    return replace(commit, entries=tuple(_judgeable(entry, lost) for entry in commit.entries))


def _judgeable(entry: CheckedEntry, lost: AbstractSet[int]) -> CheckedEntry:
    if not entry.lacking:
        return entry
    if entry.index not in lost or entry.incoming is None:
        raise EntryMissing(
            "entry-missing", "An envelope or a data part did not come.", index=entry.index
        )
    return replace(entry, lacking=False, code=LOST)


def check_waiting(before: LogProgress, sent: SentCommit, other_size: int) -> CheckedCommit:
    """Check a commit as `check_commit` does, but accept entries with missing parts.

    Raises:
        MirrorStopped: `leaf-malformed`, `frontier-falling`, `ordinal`.
        FrontierBeyond: `frontier-beyond`.
    """
    start = before.tree.size
    counter = before.counter
    leaves: list[Leaf] = []
    early: list[int] = []
    last, accepted = before.frontier, max(before.accepted, before.stamped)
    for index, entry in enumerate(sent.entries, start):
        leaf = _leaf(entry, index, sent.note)
        _check_order(leaf, last, counter, index, sent.note)
        if leaf.peer_frontier > other_size:
            raise FrontierBeyond(
                "frontier-beyond",
                "A leaf claims more of the other log than is held.",
                index=index,
                frontier=leaf.peer_frontier,
            )
        if leaf.accepted < accepted:
            early.append(index)
        last, accepted = leaf.peer_frontier, max(accepted, leaf.accepted)
        leaves.append(leaf)
    after, nodes = follow(before, leaves)
    return CheckedCommit(
        note=sent.note,
        entries=tuple(
            examine(leaf, index, entry)
            for index, (leaf, entry) in enumerate(zip(leaves, sent.entries, strict=True), start)
        ),
        nodes=nodes,
        after=after,
        early=tuple(early),
    )


def _check_order(leaf: Leaf, last: int, counter: LeafCounter, index: int, note: str) -> None:
    """Compare a leaf with the leaves before it: `last` frontier and counts."""
    if leaf.peer_frontier < last:
        raise MirrorStopped(
            "frontier-falling", "A leaf's frontier is below the last.", note, index=index
        )
    if not counter.follows(leaf):
        raise MirrorStopped(
            "ordinal",
            "A leaf's place in its thread, or its number of directory entries, is wrong.",
            note,
            index=index,
        )


def follow(
    before: LogProgress, leaves: Sequence[Leaf]
) -> tuple[LogProgress, tuple[tuple[int, int, bytes], ...]]:
    """Append leaves to the tree; return the reader's new progress and the new tree nodes."""
    if not leaves:
        return before, ()
    tree, nodes = before.tree.append([leaf.hash for leaf in leaves])
    last = leaves[-1]
    after = replace(
        before,
        tree=tree,
        accepted=last.accepted,
        frontier=last.peer_frontier,
        directory=last.directory,
        ordinals={**before.ordinals, **last_ordinals(leaves)},
    )
    return after, tuple(nodes)


def _leaf(entry: SentEntry, index: int, note: str) -> Leaf:
    try:
        leaf = Leaf.parse(entry.leaf.encode())
    except Malformed:
        leaf = None
    if leaf is None or len(leaf.frontier) != 1:
        raise MirrorStopped(
            "leaf-malformed", "A leaf is not a line of a shared log.", note, index=index
        )
    return leaf


def verify_note(commit: CheckedCommit, keys: LogKeys) -> Checkpoint:
    """Check that the owner signed exactly the tree of the entries, by the key of its size.

    Raises:
        MirrorStopped: `checkpoint-malformed`, `checkpoint-unsigned`, `checkpoint-key`,
            `checkpoint-signature`, `checkpoint-origin`, `root-mismatch`.
    """
    after = commit.after
    try:
        signed = verify_checkpoint(commit.note, keys, origin=after.origin)
    except ChannelError as error:
        raise MirrorStopped(error.code, error.detail, commit.note) from error
    if (signed.size, signed.root) != (after.tree.size, after.tree.root()):
        raise MirrorStopped(
            "root-mismatch",
            "The signed root is not that of the entries.",
            commit.note,
            size=signed.size,
        )
    return signed


def examine(leaf: Leaf, index: int, sent: SentEntry) -> CheckedEntry:
    """Compare an entry as sent with its leaf; parts that do not fit are left out."""
    envelope = sent.envelope.encode()
    if sha256(envelope).hexdigest() != leaf.envelope_digest:
        return CheckedEntry(index, leaf, b"", (), None, lacking=True)
    try:
        decoded, entry = _read(envelope)
    except ChannelError as error:
        return CheckedEntry(index, leaf, envelope, (), None, error.code)
    refs: Sequence[PartRef] = entry.optional("parts", ())
    disclosures = _fitting(refs, sent.parts)
    missing = tuple(place for place, part in enumerate(disclosures) if part is None)
    gap = Gap(index, missing) if missing else None
    code = _disagreement(leaf, decoded, entry)
    if code:
        return CheckedEntry(index, leaf, envelope, disclosures, None, code, gap)
    incoming = Incoming(
        Submission(envelope, disclosures), decoded, entry, decoded.id, _data(refs, disclosures)
    )
    lacking = any(refs[place].k == "data" for place in missing)
    return CheckedEntry(index, leaf, envelope, disclosures, incoming, gap=gap, lacking=lacking)


def _read(envelope: bytes) -> tuple[dsse.Envelope, Entry]:
    decoded = dsse.decode(envelope)
    if decoded.payload_type != dsse.ENTRY_TYPE:
        raise Malformed("payload-type", "The envelope holds no entry.")
    return decoded, parse(decoded.payload)


def _disagreement(leaf: Leaf, envelope: dsse.Envelope, entry: Entry) -> str:
    if entry.kind in PRIVATE_KINDS:
        return "kind-other-log"
    stated = (envelope.id, entry.kind, entry.optional("thread", None))
    return "" if stated == (leaf.id, leaf.kind, leaf.thread) else "leaf-entry-disagree"


def _fitting(refs: Sequence[PartRef], sent: Sequence[str]) -> tuple[bytes | None, ...]:
    """Return the disclosures that fit their commitments; None for a missing or unfitting one."""
    texts = [*sent, *[""] * len(refs)][: len(refs)]
    return tuple(
        text.encode() if _fits(ref, text) else None for ref, text in zip(refs, texts, strict=True)
    )


def _fits(ref: PartRef, text: str) -> bool:
    if not text or parts.commitment(text.encode()) != ref.c:
        return False
    # A `data` part that was signed malformed is stored: it is the proof that its entry is
    # invalid. Other malformed parts are never stored, since pages show stored parts.
    if ref.k == "data":
        return True
    try:
        return parts.parse(text.encode()).role == ref.k
    except Malformed:
        return False


def _data(refs: Sequence[PartRef], disclosures: Sequence[bytes | None]) -> bytes | None:
    """Return the canonical data of the `data` part; None if missing or malformed."""
    for ref, disclosure in zip(refs, disclosures, strict=True):
        if ref.k != "data" or disclosure is None:
            continue
        try:
            part = parts.parse(disclosure)
        except Malformed:
            return None
        if isinstance(part, parts.DataPart):
            return canonical.dumps(part.data, max_depth=parts.MAX_DEPTH)
    return None
