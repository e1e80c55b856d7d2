"""Quote a note for the composer: its number, then its text, in lines that begin with ">"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from special_channel.messages.catalogue import Lang
from special_channel.web.shared.words import Words
from special_channel.web.thread.views import Item, NoteView

MOST_QUOTED: Final = 2_000
"""Characters of a text that are quoted; a longer text ends with … there."""


def quotation(items: Iterable[Item], number: str, lang: Lang) -> str:
    """Return the quotation of a note of a thread; empty if the number names none to be quoted.

    The text is in the reader's language if the note has one, otherwise as signed. Absent
    paragraphs are left out.
    """
    notes = (item for item in items if isinstance(item, NoteView) and item.quotable)
    note = next((note for note in notes if note.position == number), None)
    if note is None:
        return ""
    present = (words.text for words in _read(note, lang) if words.presence == "present")
    text = "\n\n".join(present)
    if len(text) > MOST_QUOTED:
        text = text[:MOST_QUOTED].rstrip() + "…"
    colon = ":" if lang == "en" else "："
    lines = (f"{number}{colon}", *text.split("\n")) if text else (number,)
    # A blank line would part paragraphs; a quotation is one, so that it can be erased as one.
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _read(note: NoteView, lang: Lang) -> Sequence[Words]:
    translated = note.translation.paragraphs if note.translation else ()
    wanted = lang == "zh-CN"
    if translated and note.lang.startswith("zh") != wanted == translated[0].chinese:
        return translated
    return note.paragraphs
