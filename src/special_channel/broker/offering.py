"""Checks of submissions against stored entries and files. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from special_channel.broker.prover import at_entry
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotAllowed, Refused
from special_channel.core.bytes.ids import KeyId
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.rows.screening import check_files, named_files, screen
from special_channel.core.rows.submission import Incoming, Submission
from special_channel.ports import SharedRecord, Transaction

_PLAIN: Final = frozenset({"thread.opened", "note.posted", "note.acknowledged"})

ACTED_KINDS: Final = DIRECTORY_KINDS - {"charter.adopted", "entry.reviewed"}
"""Kinds that nobody sends as an entry: acts on people, and acts of the root (K8). A charter gives
nobody power here, and a review is its author's own word."""


def refuse_acted(kind: str) -> None:
    """Refuse a kind that `desk/acts.py` alone appends.

    Raises:
        NotAllowed: `act-unknown`.
    """
    if kind in ACTED_KINDS:
        raise NotAllowed("act-unknown", "An act on people begins as an act.", kind=kind)


def plain(item: Incoming) -> bool:
    """Tell whether an entry can be committed in one round trip.

    True for kinds that change only rows of threads, notes and questions, and name no file.
    """
    # Without a thread, an acknowledgement changes another table; a named file has to be looked up
    # under the lock.
    in_thread = item.entry.optional("thread", None) is not None
    return in_thread and item.entry.kind in _PLAIN and next(named_files(item), None) is None


async def screen_new(record: SharedRecord, incoming: Sequence[Incoming]) -> None:
    """Refuse entries whose text can be misread, unless all entries are stored already.

    Raises:
        Refused: The codes of `door.screen`, with `entry`, the index in the request.
    """
    try:
        for place, item in enumerate(incoming):
            at_entry(place, screen, item)
    except Refused:
        ids = {item.id for item in incoming}
        if len(await record.find(list(ids))) < len(ids):
            raise


async def stored_files(transaction: Transaction, incoming: Iterable[Incoming]) -> Mapping[str, int]:
    """Return the lengths of stored files named by entries, by digest.

    Valid for as long as the caller holds the lock on the heads: sweeps and erasures wait for it.
    """
    digests = {file.sha256 for item in incoming for _, file in named_files(item)}
    return await transaction.file_lengths(sorted(digests)) if digests else {}


def check_stored(incoming: Sequence[Incoming], stored: Mapping[str, int]) -> None:
    """Refuse entries whose files are missing or have another length.

    Raises:
        Refused: The codes of `door.check_files`, with `entry`, the index in the request.
    """
    for place, item in enumerate(incoming):
        at_entry(place, check_files, item, stored)


async def forged_at(record: SharedRecord, offered: Submission, sender: KeyId | None) -> str:
    """Return the position of the stored entry that `offered` forges; empty if none (P2).

    Args:
        record: Where the entry is looked up by id.
        offered: The submission with a bad signature or other parts.
        sender: Key of the sending session; None for this node itself.

    Returns:
        The position; empty also if the sender's key did not sign the stored entry.
    """
    # Otherwise anybody who is signed in could keep an alarm on by sending a changed copy.
    offered_id = dsse.decode(offered.envelope).id
    stored = (await record.find([offered_id])).get(offered_id)
    if stored is None or stored.code:
        return ""
    signers = {signature.keyid for signature in dsse.decode(stored.envelope).signatures}
    return f"{stored.log.upper()}-{stored.index}" if sender is None or sender in signers else ""
