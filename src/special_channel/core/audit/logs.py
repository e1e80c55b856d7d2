"""Check a log of a bundle: lines, counts, roots, notes, times. Reports all faults.

Does not check entries: `audit.py` does. Does not read files: notes are passed as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from special_channel.core.audit.evidence import LogEvidence
from special_channel.core.audit.findings import Finding, LogSummary, Place, finding
from special_channel.core.audit.trust import PartyKeys, Trust
from special_channel.core.bytes.checks import Check, Verify
from special_channel.core.bytes.errors import BadSignature, ChannelError, Malformed
from special_channel.core.bytes.ids import Party, peer_of
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
    """

    party: Party
    trusted: PartyKeys
    trust: Trust
    leaves: Leaves
    tree: Tree
    findings: list[Finding] = field(default_factory=list)
    head: Checkpoint | None = None
    genuine: bool = False
    delivered: int = 0

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


def check_head(audit: LogAudit, note: bytes | None) -> None:
    """Check the log's checkpoint: form, signature, size, root, cosignatures."""
    if note is None:
        audit.find("checkpoint-missing")
        return
    try:
        text = note.decode()
        audit.head = checkpoints.verify(
            text, audit.trusted.checkpoint_key, origin=audit.trusted.origin
        )
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
    _check_cosignatures(audit, text)


def _check_cosignatures(audit: LogAudit, note: str) -> None:
    """Check cosignatures: the other side's is required, other cosignatures must be valid."""
    peer = audit.trust.parties[peer_of(audit.party)]
    times = {
        key: time
        for key in audit.trust.policy.witnesses.values()
        if (time := _cosigned(audit, note, key)) is not None
    }
    delivered = _cosigned(audit, note, peer.cosigning_key)
    if delivered is not None:
        audit.delivered = min(delivered, LAST)
    elif Note.parse(note).signature_of(peer.cosigning_key) is None:
        audit.find("cosignature-absent")
    known = audit.trust.policy.logs
    log_known = not known or audit.trusted.checkpoint_key in known
    if not log_known or not audit.trust.policy.satisfied_by(times):
        audit.find("quorum")


def _cosigned(audit: LogAudit, note: str, key: VerifierKey) -> int | None:
    try:
        return checkpoints.cosigned_at(note, key)
    except ChannelError as error:
        if error.code == "cosignature-bad":
            audit.find("cosignature-bad", name=key.name)
        return None


def checks_of_filed(audit: LogAudit, filed: tuple[int, bytes]) -> Iterator[Check]:
    """Yield the check of the log's signature on an earlier note, given as (size, note)."""
    try:
        parsed = Note.parse(filed[1].decode())
    except (Malformed, UnicodeDecodeError):
        return
    yield from checkpoints.check_of(parsed, audit.trusted.checkpoint_key)


def check_note(
    audit: LogAudit,
    note: bytes,
    find: Callable[..., None],
    *,
    filed: int | None = None,
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
        check: Replaces `suites.verify`.
    """
    try:
        parsed = Note.parse(note.decode())
    except (Malformed, UnicodeDecodeError):
        find("checkpoint-malformed")
        return
    try:
        head = checkpoints.verify(
            parsed, audit.trusted.checkpoint_key, origin=audit.trusted.origin, check=check
        )
    except ChannelError as error:
        find(error.code)
        return
    if filed is not None and (head.size != filed or len(parsed.signatures) != 1):
        # Filed notes contain the owner's line alone, so the right file for a size is unique.
        find("checkpoint-malformed")
    if head.size > audit.size:
        if filed is None:
            find("head-older", size=head.size, lines=audit.size)
        else:
            find("checkpoint-inconsistent")
        return
    if audit.tree.root(head.size) != head.root:
        find("split-view" if audit.genuine else "checkpoint-inconsistent")
        return
    _check_stamp(audit, parsed, head.size, find)


def _check_stamp(audit: LogAudit, note: Note, size: int, find: Callable[..., None]) -> None:
    """Rule 9: no leaf beyond a stamped head is accepted before the stamp."""
    if note.signature_of(audit.trusted.cosigning_key) is None:
        return  # most notes have no stamp
    try:
        time = checkpoints.cosigned_at(note, audit.trusted.cosigning_key)
    except BadSignature:
        find("cosignature-bad")
        return
    leaf = audit.leaves[size] if size < audit.size else None
    if leaf is not None and leaf.accepted < from_posix(time):
        audit.find("accepted-order", size, leaf.id)


def check_receipt(
    audit: LogAudit, receipt: Receipt, restored: int | None, find: Callable[..., None]
) -> None:
    """Check a receipt of the reader against the lines (P4).

    `find` adds findings about the receipt as a whole. `restored` is the size declared by
    `log.restored`: contradictions beyond this size are declared.
    """
    try:
        head, line = verify_receipt(
            receipt, audit.trusted.checkpoint_key, origin=audit.trusted.origin
        )
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
    if restored is not None and head.size > restored:
        audit.find("receipt-void", receipt.index, size=restored)
    audit.find("split-view" if audit.genuine else "receipt-mismatch", receipt.index)


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
