"""What people offer to the append, looked at against what is stored. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from special_channel.broker.prover import at_entry
from special_channel.broker.receipts import Readable
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.screening import check_files, named_files, screen
from special_channel.core.rows.submission import Incoming, Submission
from special_channel.ports import Transaction

_PLAIN: Final = frozenset({"thread.opened", "note.posted", "note.acknowledged"})


def plain(item: Incoming) -> bool:
    """Tell whether an entry can be committed in one round trip.

    It changes rows of threads, notes and questions alone. A file that it names would have to be
    looked for under the lock.
    """
    return item.entry.kind in _PLAIN and next(named_files(item), None) is None


async def screen_new(record: Readable, incoming: Sequence[Incoming]) -> None:
    """Refuse what a reader would take for something else, unless it is stored already.

    Raises:
        Refused: The codes of `door.screen`, with `entry`, the place in the request.
    """
    try:
        for place, item in enumerate(incoming):
            at_entry(place, screen, item)
    except Refused:
        ids = {item.id for item in incoming}
        if len(await record.find(list(ids))) < len(ids):
            raise


async def stored_files(transaction: Transaction, incoming: Iterable[Incoming]) -> Mapping[str, int]:
    """Return the lengths of the files that these entries name and that are here, by digest.

    Whoever holds the heads may rely on it: neither a sweep nor an erasure comes between.
    """
    digests = {file.sha256 for item in incoming for _, file in named_files(item)}
    return await transaction.file_lengths(sorted(digests)) if digests else {}


def check_stored(incoming: Sequence[Incoming], stored: Mapping[str, int]) -> None:
    """Refuse entries whose files are not here or of another length.

    Raises:
        Refused: The codes of `door.check_files`, with `entry`, the place in the request.
    """
    for place, item in enumerate(incoming):
        at_entry(place, check_files, item, stored)


async def forged_at(record: Readable, offered: Submission, sender: KeyId | None) -> str:
    """Return the position of the stored entry that this is a forgery of, empty if of none (P2).

    Empty, too, for the session of somebody who did not sign that entry: anybody signed in could
    keep an alarm on by sending a changed copy. `sender` is None for this node itself.
    """
    offered_id = dsse.decode(offered.envelope).id
    held = (await record.find([offered_id])).get(offered_id)
    if held is None or held.code:
        return ""
    signers = {each.keyid for each in dsse.decode(held.envelope).signatures}
    return f"{held.log.upper()}-{held.index}" if sender is None or sender in signers else ""
