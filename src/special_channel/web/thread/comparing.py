"""Compare a correction with the note that it corrects, in the words of the same language."""

from __future__ import annotations

from collections.abc import Iterable

from special_channel.core.entries import Entry, NotePosted
from special_channel.web.shared.changed_words import changed_words
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import Content
from special_channel.web.thread.views import Comparison


def comparison(
    note: Entry | None, position: str, before: Content, after: Content
) -> Comparison | None:
    """Return what a correction changes; None if a text is absent, or in another language.

    Args:
        note: The corrected note.
        position: Its number.
        before: Its content.
        after: The correction's content.
    """
    if not isinstance(note, NotePosted) or before.lang != after.lang:
        return None
    # A correction leaves questions as they are, and does not repeat them.
    asked = {ask.part for ask in note.asks}
    first = [words for words in before.original if words.ordinal not in asked]
    if not all(words.presence == "present" for words in (*first, *after.original)):
        return None
    return Comparison(
        position=position,
        lang=after.lang,
        runs=changed_words(_text(first), _text(after.original)),
    )


def _text(paragraphs: Iterable[Words]) -> str:
    return "\n\n".join(words.text for words in paragraphs)
