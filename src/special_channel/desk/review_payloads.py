"""Payloads of reviews that officials sign outside a browser. The node judges whose entry it is."""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.doubt import Word
from special_channel.desk.payloads import Author, Fields, signed


def entry_reviewed(author: Author, word: Word, entries: Sequence[EntryId]) -> Submission:
    """Confirm or disown disputed entries."""
    body: Fields = {"word": word, "entries": [*entries]}
    return signed(author, "entry.reviewed", {"body": body})
