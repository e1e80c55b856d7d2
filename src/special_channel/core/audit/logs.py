"""Check a log of a bundle: lines, counts, roots, notes, times. Reports all faults.

Does not check entries: `audit.py` does. Does not read files: notes are passed as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from special_channel.core.audit.evidence import LogEvidence
from special_channel.core.audit.findings import Finding, LogSummary, Place, finding
from special_channel.core.audit.restorations import Restorations, find_void
from special_channel.core.audit.trust import Trust, TrustedParty
from special_channel.core.bytes.checks import Check, Verify
from special_channel.core.bytes.errors import BadSignature, ChannelError, Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import LAST, from_posix
from special_channel.core.entries import COUNTED_KINDS
from special_channel.core.log import checkpoint as checkpoints
from special_channel.core.log.checkpoint import Checkpoint
from special_channel.core.log.lines import Leaves
from special_channel.core.log.merkle import leaf_hash
from special_channel.core.log.note import Note, VerifierKey
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.log.receipt import Receipt, verify_receipt
from special_channel.core.log.tree import Tree
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import (
    LogKey,
    LogKeys,
    key_at,
    signing_keys,
    trusted,
    verify_checkpoint,
)


@dataclass(slots=True)
class LogAudit:
    """State of a log's audit.

    Attributes:
        leaves: Leaves by index; None for a malformed leaf.
        tree: The tree of all lines.
        head: The checkpoint, if signed by the log's key.
        genuine: Whether the lines have the root of `head`. Only then another signed root
            proves a split view.
        delivered: POSIX time of the other side's cosignature; 0 without.
        owner: The owner's row with all keys of its notes, once both logs are replayed; None
            without a founding that the reader's pin leads to.
        peer: The other side's row, in the same way.
    """

    party: Party
    trusted: TrustedParty
    trust: Trust
    leaves: Leaves
    tree: Tree
    findings: list[Finding] = field(default_factory=list)
    head: Checkpoint | None = None
    genuine: bool = False
    delivered: int = 0
    owner: PartyRow | None = None
    peer: PartyRow | None = None

    @property
    def size(self) -> int:
        """Number of lines."""
        return len(self.leaves)

    @property
    def summary(self) -> LogSummary:
        """Size and root of the log, for the report."""
        root = self.tree.root(self.size) or b""
        return LogSummary(self.party, self.trusted.origin, self.size, root.hex(), self.delivered)

    def find(self, code: str, index: int = -1, entry_id: str = "", /, **facts: str | int) -> None:
        """Add a finding about the log or an entry."""
        self.findings.append(finding(code, Place(self.party, index, entry_id), **facts))


def read_lines(party: Party, evidence: LogEvidence, trust: Trust) -> LogAudit:
    """Parse a log's lines; a missing newline at the end is a fault."""
    leaves = Leaves(evidence.lines)
    tree = Tree(leaf_hash(leaves.line(index)) for index in range(len(leaves)))
    audit = LogAudit(party, trust.parties[party], trust, leaves, tree)
    for index, leaf in enumerate(leaves):
        if leaf is None or (not leaves.whole and index == len(leaves) - 1):
            audit.find("leaf-malformed", index)
    _check_order(audit)
    _check_counts(audit)
    return audit


def _check_order(audit: LogAudit) -> None:
    """Rules 1 and 8: `accepted` and frontier never fall."""
    accepted, frontier = "", 0
    for index, leaf in enumerate(audit.leaves):
        if leaf is None:
            continue
        if leaf.accepted < accepted:
            audit.find("accepted-order", index, leaf.id)
        if leaf.peer_frontier < frontier:
            audit.find("frontier-fell", index, leaf.id)
        accepted, frontier = max(accepted, leaf.accepted), max(frontier, leaf.peer_frontier)


def _check_counts(audit: LogAudit) -> None:
    """K26: place in the thread and number of directory entries, up to a malformed leaf."""
    counter = LeafCounter(COUNTED_KINDS)
    for index, leaf in enumerate(audit.leaves):
        if leaf is None:
            return  # nobody knows what this leaf counts
        if not counter.follows(leaf):
            audit.find("ordinal", index, leaf.id)


def check_head(audit: LogAudit, note: bytes | None, peer: PartyRow | None) -> None:
    """Check the log's checkpoint: form, signature, size, root, cosignatures.

    Args:
        audit: The log, with its owner's row.
        note: The checkpoint.
        peer: Row of the side that does not own the log.
    """
    if note is None:
        audit.find("checkpoint-missing")
        return
    try:
        parsed = checkpoints.parse(note.decode())[0]
        if audit.owner is None:
            return  # without a founding nobody knows whose signature to expect
        audit.head = verify_checkpoint(parsed, audit.owner.checkpoint, origin=audit.trusted.origin)
    except UnicodeDecodeError:
        audit.find("checkpoint-malformed")
        return
    except ChannelError as error:
        audit.find(error.code)
        return
    if audit.head.size != audit.size:
        audit.find("leaf-count", size=audit.head.size, lines=audit.size)
    elif audit.tree.root(audit.size) != audit.head.root:
        audit.find("root-mismatch", size=audit.size)
    else:
        audit.genuine = True
    _check_cosignatures(audit, parsed, audit.owner, peer)


def _check_cosignatures(audit: LogAudit, note: Note, own: PartyRow, peer: PartyRow | None) -> None:
    """Check cosignatures: the other side's is required, other cosignatures must be valid."""
    times = {
        key: time
        for key in audit.trust.policy.witnesses.values()
        if (time := _cosigned(audit, note, key)) is not None
    }
    if peer is not None and _signers(note, peer.cosigning):
        audit.delivered = min(_delivered(audit, note, peer) or 0, LAST)
    else:
        audit.find("cosignature-absent")
    known = audit.trust.policy.logs
    log_known = not known or bool(known & {key.verifier for key in own.checkpoint})
    if not log_known or not audit.trust.policy.satisfied_by(times):
        audit.find("quorum")


def _delivered(audit: LogAudit, note: Note, peer: PartyRow) -> int | None:
    """Return the time of the other side's cosignature, by a key that is not called compromised."""
    for key in _signers(note, trusted(peer.cosigning)):
        return _cosigned(audit, note, key)
    audit.find("cosignature-bad", name=_signers(note, peer.cosigning)[0].name)
    return None


def _signers(note: Note, keys: LogKeys) -> list[VerifierKey]:
    """Return those of the keys that have a line on the note."""
    verifiers = [key.verifier for key in keys]
    return [key for key in verifiers if note.signature_of(key) is not None]


def _cosigned(audit: LogAudit, note: Note, key: VerifierKey) -> int | None:
    try:
        return checkpoints.cosigned_at(note, key)
    except ChannelError as error:
        if error.code == "cosignature-bad":
            audit.find("cosignature-bad", name=key.name)
        return None


def check_trusted_head(
    audit: LogAudit, restorations: Restorations, find: Callable[..., None]
) -> None:
    """Compare the lines with the head of this log that the reader verified before (P4).

    Args:
        audit: The log, after `check_head`.
        restorations: The log's restorations.
        find: Adds a finding about the log as a whole.
    """
    held = audit.trust.heads.get(audit.party)
    if held is None:
        return
    if held.size > audit.size:
        find("head-older", size=held.size, lines=audit.size)
        return
    root = audit.tree.root(held.size)
    if root is None or root.hex() != held.root:
        find_void(restorations, held.size, find)
        find("split-view" if audit.genuine else "checkpoint-inconsistent")


def checks_of_filed(audit: LogAudit, filed: tuple[int, bytes]) -> Iterator[Check]:
    """Yield the check of the log's signature on an earlier note, given as (size, note)."""
    if audit.owner is None:
        return
    try:
        parsed = Note.parse(filed[1].decode())
        key = key_at(audit.owner.checkpoint, filed[0])
        yield from checkpoints.check_of(parsed, key.verifier)
    except (Malformed, UnicodeDecodeError):
        return


def check_note(
    audit: LogAudit,
    note: bytes,
    find: Callable[..., None],
    *,
    filed: int | None = None,
    restorations: Restorations = (),
    check: Verify | None = None,
) -> None:
    """Check another note of this log against its lines (the tree must extend it).

    Args:
        audit: The log, after `check_head`.
        note: The note.
        find: Adds a finding at the note's location.
        filed: The size in the file name of an earlier note; None for a note from outside the
            bundle. An outside note may have a larger size: then the export is older than the
            note.
        restorations: The log's restorations, for a note from outside the bundle.
        check: Replaces `suites.verify`.
    """
    if audit.owner is None:
        return  # the founding is a fault already
    try:
        parsed = Note.parse(note.decode())
    except (Malformed, UnicodeDecodeError):
        find("checkpoint-malformed")
        return
    try:
        keys = audit.owner.checkpoint
        head = verify_checkpoint(parsed, keys, origin=audit.trusted.origin, check=check)
    except ChannelError as error:
        find(error.code)
        return
    if filed is not None and (head.size != filed or not _filed_lines(parsed, keys, head.size)):
        # Filed notes contain the owner's lines alone, so the right file for a size is unique.
        find("checkpoint-malformed")
    if head.size > audit.size:
        if filed is None:
            find("head-older", size=head.size, lines=audit.size)
        else:
            find("checkpoint-inconsistent")
    elif audit.tree.root(head.size) != head.root:
        find_void(restorations, head.size, find)
        find(_other_tree(audit, parsed) if audit.genuine else "checkpoint-inconsistent")
    else:
        _check_stamp(audit, audit.owner, parsed, find)


def _filed_lines(note: Note, keys: LogKeys, size: int) -> bool:
    """Tell whether a note has the lines that its owner stored with it, in their order.

    The line of the key of its size, then those of keys that a routine succession ended in the same
    commit (K16). A commit has at most as many entries as its size.
    """
    lines = [(line.name, line.key_hash) for line in note.signatures]
    verifiers = [key.verifier for key in signing_keys(keys, 0, size)]
    stored = [(key.name, key.key_hash) for key in verifiers]
    return lines == stored[: len(lines)]


def _other_tree(audit: LogAudit, note: Note) -> str:
    """Return the code of another tree of the same size as the lines have, signed by the log's key.

    If the owner has called the key of this size compromised, the thief may have signed it: only a
    second witness proves that the owner told two stories (K17).
    """
    assert audit.owner is not None  # noqa: S101 - own bug: the note was verified by its keys
    keys = audit.owner.checkpoint
    if key_at(keys, checkpoints.parse_body(note.text).size) in trusted(keys):
        return "split-view"
    rows = [row for row in (audit.owner, audit.peer) if row is not None]
    witnesses = [key for row in rows for key in trusted(row.cosigning)]
    return "split-view" if any(_witnessed(note, key) for key in witnesses) else "note-disputed"


def _witnessed(note: Note, key: LogKey) -> bool:
    try:
        checkpoints.cosigned_at(note, key.verifier)
    except ChannelError:
        return False
    return True


def _check_stamp(audit: LogAudit, owner: PartyRow, note: Note, find: Callable[..., None]) -> None:
    """Rule 9: no leaf beyond a stamped head is accepted before the stamp."""
    stamping = _signers(note, trusted(owner.cosigning))
    if not stamping:
        return  # most notes have no stamp
    try:
        time = checkpoints.cosigned_at(note, stamping[0])
    except BadSignature:
        find("cosignature-bad")
        return
    size = checkpoints.parse_body(note.text).size
    leaf = audit.leaves[size] if size < audit.size else None
    if leaf is not None and leaf.accepted < from_posix(time):
        audit.find("accepted-order", size, leaf.id)


def check_receipt(
    audit: LogAudit, receipt: Receipt, restorations: Restorations, find: Callable[..., None]
) -> None:
    """Check a receipt of the reader against the lines (P4).

    `find` adds findings about the receipt as a whole. A contradiction beyond the size of one of the
    `restorations` is declared.
    """
    if audit.owner is None:
        return  # the founding is a fault already
    try:
        noted = checkpoints.parse(receipt.checkpoint)[1]
        key = key_at(audit.owner.checkpoint, noted.size).verifier
        head, line = verify_receipt(receipt, key, origin=audit.trusted.origin)
    except ChannelError as error:
        audit.find("receipt-mismatch", receipt.index, code=error.code)
        return
    if head.size > audit.size:
        find("head-older", size=head.size, lines=audit.size)
    if receipt.index >= audit.size:
        return
    same_line = audit.leaves.line(receipt.index) == line
    same_root = head.size > audit.size or audit.tree.root(head.size) == head.root
    if same_line and same_root:
        return
    find_void(
        restorations, head.size, lambda code, **facts: audit.find(code, receipt.index, **facts)
    )
    note = Note.parse(receipt.checkpoint)
    audit.find(_other_tree(audit, note) if audit.genuine else "receipt-mismatch", receipt.index)


class TreeRoots:
    """Roots of both trees, looked up by origin and size."""

    def __init__(self, logs: Mapping[Party, LogAudit]) -> None:
        self._trees = {log.trusted.origin: log.tree for log in logs.values()}

    def get(self, place: tuple[str, int], /) -> bytes | None:
        """Compute a root; None for another log."""
        tree = self._trees.get(place[0])
        return tree.root(place[1]) if tree is not None else None


class LeafFrontiers:
    """Frontiers of the leaves of both logs, by party and index."""

    def __init__(self, logs: Mapping[Party, LogAudit]) -> None:
        self._logs = logs

    def get(self, place: tuple[Party, int], /) -> int | None:
        """Look up a frontier; None for a leaf that is absent or malformed."""
        party, index = place
        leaves = self._logs[party].leaves
        leaf = leaves[index] if index < len(leaves) else None
        return None if leaf is None else leaf.peer_frontier
