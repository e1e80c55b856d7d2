"""Payloads of entries with a text and its courtesy translation, signed outside a browser.

Mirrors `web/static/js/written.js`. The node judges whether an entry is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import Digest, EntryId, PersonId, ThreadId
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import text_part
from special_channel.desk.payloads import Author, Fields, Translated, paragraphs, signed

TextRole = Literal["subject", "text"]
"""What the parts of an entry are: a subject of one line, or paragraphs."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in a language, with a courtesy translation."""

    lang: str
    text: str
    translation: Translated | None = None


def corrected(author: Author, thread: ThreadId, note: EntryId, words: Wording) -> Submission:
    """Replace the text of a note of our side; questions and dates stay."""
    return written(author, "note.corrected", {"thread": thread, "ref": note}, words)


def translated(
    author: Author,
    thread: ThreadId,
    note: EntryId,
    words: Wording,
    role: TextRole = "text",
) -> Submission:
    """Add a courtesy translation of our side to a note of either side, or to a thread's subject.

    `role`: `subject` for the opening of a thread.
    """
    return written(author, "note.translated", {"thread": thread, "ref": note}, words, role)


def withdrawn(author: Author, thread: ThreadId, note: EntryId, reason: Wording) -> Submission:
    """Withdraw a note of our side; an empty reason states none."""
    return written(author, "note.withdrawn", {"thread": thread, "ref": note}, reason)


def assigned(author: Author, thread: ThreadId, person: PersonId, remark: Wording) -> Submission:
    """Assign a thread to an official of our side, or to nobody; `author.log` is the private log."""
    body: Fields = {"person": person} if person else {}
    return written(author, "thread.assigned", {"thread": thread, "body": body}, remark)


def quarantine_asked(author: Author, file: Digest, person: PersonId, reason: Wording) -> Submission:
    """Ask for a quarantined file; `author.log` is the private log."""
    return written(author, "quarantine.asked", {"body": {"file": file, "person": person}}, reason)


def quarantine_agreed(author: Author, request: EntryId, person: PersonId) -> Submission:
    """Agree to another person's request for a quarantined file."""
    return signed(author, "quarantine.agreed", {"ref": request, "body": {"person": person}})


def written(
    author: Author,
    kind: str,
    fields: Fields,
    words: Wording,
    role: TextRole = "text",
) -> Submission:
    """Sign an entry with a text: the authentic parts, then those of the translation.

    A subject is one part. Without words the entry has neither parts nor a language.
    """
    pieces = _subject if role == "subject" else paragraphs
    original = pieces(words.text)
    other = pieces(words.translation.text) if words.translation and original else []
    body = dict(cast(Fields, fields.get("body", {})))
    if other and words.translation:
        numbers: list[Value] = list(range(len(original), len(original) + len(other)))
        body["translation"] = {"lang": words.translation.lang, "parts": numbers}
    stated: Fields = {**fields, "body": body}
    if original:
        stated["lang"] = words.lang
    parts = [text_part(role, author.salt(), text) for text in (*original, *other)]
    return signed(author, kind, stated, parts)


def _subject(text: str) -> list[str]:
    return [text] if text else []
