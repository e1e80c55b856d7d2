"""Form of entries that may have words: text parts, and their language."""

from __future__ import annotations

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import NoteWithdrawn, QuarantineAsked, ThreadAssigned


def judge_words(entry: NoteWithdrawn | QuarantineAsked | ThreadAssigned) -> None:
    """Refuse parts without text, and words without a language or the other way round.

    Raises:
        Malformed: `entry-malformed`.
    """
    if any(part.k != "text" for part in entry.parts):
        raise Malformed("entry-malformed", "The parts of this kind are texts.", field="parts")
    if (entry.lang is None) != (not entry.parts):
        raise Malformed("entry-malformed", "A text is in a language stated.", field="lang")
