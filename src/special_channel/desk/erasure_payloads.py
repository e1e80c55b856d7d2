"""Payloads of erasure orders, in the shared log and in our private log.

Complements `payloads.py`. Does not judge who may erase or which parts are erasable: the node does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.desk.payloads import Author, Fields, signed


def erased(
    author: Author,
    kind: Literal["part.erased", "private.erased"],
    entry: EntryId,
    parts: Sequence[int],
    why: tuple[str, str],
) -> Submission:
    """Order the erasure of an entry's parts on our side.

    Args:
        author: The author; for a private entry `author.log` is the private log.
        kind: Kind of the order, by the log of the entry.
        entry: The entry.
        parts: Numbers of its parts.
        why: Basis of the erasure, and the legal demand or an empty text.
    """
    basis, order = why
    body: Fields = {"parts": list(parts), "basis": basis}
    if order:
        body["order"] = order
    return signed(author, kind, {"ref": entry, "body": body})
