"""Payloads that let a log continue after a loss. Does not send or judge entries."""

from __future__ import annotations

from special_channel.core.rows.submission import Submission
from special_channel.desk.payloads import Author, signed


def private_restored(author: Author, size: int, last: int, root: str) -> Submission:
    """Accept, as registrar, the loss of the private log's last entries; a head of unit signs next.

    `size` is the number of entries stored here; `last` and `root` are size and root signed last
    according to the guard.
    """
    body = {"size": size, "signed": last, "root": root}
    return signed(author, "private.restored", {"body": dict(body)})


def log_restored(author: Author, size: int) -> Submission:
    """State, as a part of the root, the size from which our shared log continues."""
    return signed(author, "log.restored", {"body": {"size": size}})
