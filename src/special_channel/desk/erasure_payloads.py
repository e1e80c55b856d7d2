"""The payloads of orders to erase, in the shared log and in the own private log.

As `payloads.py` for all else. Does not judge who may or what can go: the node does.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.ids import EntryId
from special_channel.core.submission import Submission
from special_channel.desk.payloads import Author, Fields, signed


def part_erased(
    author: Author, entry: EntryId, parts: Sequence[int], basis: str, order: str
) -> Submission:
    """Order that parts of an entry are erased on the own side; `order` names what demands it."""
    return _erasure(author, "part.erased", entry, parts, (basis, order))


def private_erased(
    author: Author, entry: EntryId, parts: Sequence[int], basis: str, order: str
) -> Submission:
    """Order the same of an entry of the private log; `author.log` is that log."""
    return _erasure(author, "private.erased", entry, parts, (basis, order))


def _erasure(
    author: Author, kind: str, entry: EntryId, parts: Sequence[int], why: tuple[str, str]
) -> Submission:
    basis, order = why
    body: Fields = {"parts": list(parts), "basis": basis}
    if order:
        body["order"] = order
    return signed(author, kind, {"ref": entry, "body": body})
