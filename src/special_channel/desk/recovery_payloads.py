"""Payloads by which people let a log go on after a loss. Does not send or judge anything."""

from __future__ import annotations

from special_channel.core.submission import Submission
from special_channel.desk.payloads import Author, signed


def private_restored(author: Author, held: int, last: int, root: str) -> Submission:
    """Accept, as registrar, the loss of the end of the private log; a head signs after.

    `held`: entries that are here; `last` and `root`: size and root that the guard says were signed.
    """
    body = {"size": held, "signed": last, "root": root}
    return signed(author, "private.restored", {"body": dict(body)})


def log_restored(author: Author, held: int) -> Submission:
    """State, by the root key, from which size our shared log goes on."""
    return signed(author, "log.restored", {"body": {"size": held}})
