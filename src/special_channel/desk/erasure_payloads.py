"""Payloads of erasure orders, in the shared log and in our private log.

Complements `payloads.py`. Does not judge who may erase or which parts are erasable: the node does.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.desk.payloads import Author, Fields, signed


def part_erased(
    author: Author, entry: EntryId, parts: Sequence[int], basis: str, order: str
) -> Submission:
    """Order the erasure of an entry's parts on our side; `order` names the legal demand."""
    return _erasure(author, "part.erased", entry, parts, (basis, order))


def private_erased(
    author: Author, entry: EntryId, parts: Sequence[int], basis: str, order: str
) -> Submission:
    """Order the erasure of parts of a private entry; `author.log` is the private log."""
    return _erasure(author, "private.erased", entry, parts, (basis, order))


def _erasure(
    author: Author, kind: str, entry: EntryId, parts: Sequence[int], why: tuple[str, str]
) -> Submission:
    basis, order = why
    body: Fields = {"parts": list(parts), "basis": basis}
    if order:
        body["order"] = order
    return signed(author, kind, {"ref": entry, "body": body})
