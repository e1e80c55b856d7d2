"""Make the payload that states the revocation of an approval."""

from __future__ import annotations

from special_channel.core.rows.submission import Submission
from special_channel.desk.payloads import Author, Fields, signed


def approval_revoked(author: Author, body: Fields) -> Submission:
    """State that an approval was revoked; `body` as `core.entries.permits.Revocation`."""
    return signed(author, "approval.revoked", {"body": body})
