"""Payloads of meetings, their points and marks, signed outside a browser.

Mirrors `web/static/js/written.js`. The node judges whether an entry is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import text_part
from special_channel.desk.payloads import Author, Fields, Translated, paragraphs, signed


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in its language, with an optional courtesy translation."""

    lang: str
    text: str
    translation: Translated | None = None


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """A meeting before signing. `on` is a day; `present` lists sides and roles."""

    words: Wording
    on: str
    place: str
    level: str
    present: tuple[tuple[Party, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PointDraft:
    """A point before signing: a side's statement or promise, with a promised day if any."""

    words: Wording
    kind: Literal["statement", "promise"]
    who: Party
    due: str = ""


def meeting_held(author: Author, draft: MeetingDraft) -> Submission:
    """Draft a meeting; its points refer to the returned entry by id."""
    body: Fields = {"on": draft.on, "place": draft.place, "level": draft.level}
    if draft.present:
        body["present"] = [{"party": party, "role": role} for party, role in draft.present]
    return _written(author, "meeting.held", {"body": body}, draft.words, role="subject")


def point_noted(author: Author, meeting: EntryId, draft: PointDraft) -> Submission:
    """Add a point to a meeting of our side."""
    body: Fields = {"point": draft.kind, "who": draft.who}
    if draft.due:
        body["due"] = draft.due
    return _written(author, "point.noted", {"ref": meeting, "body": body}, draft.words)


def point_agreed(author: Author, point: EntryId) -> Submission:
    """Confirm a point of the other side's meeting as our side understood it."""
    body: Fields = {"entries": [{"id": point, "word": "agreed"}]}
    return signed(author, "point.marked", {"body": body})


def point_differed(author: Author, point: EntryId, words: Wording) -> Submission:
    """State how our side understood a point of the other side's meeting."""
    translated = paragraphs(words.translation.text) if words.translation else []
    parts: list[Value] = list(range(len(paragraphs(words.text)) + len(translated)))
    body: Fields = {"entries": [{"id": point, "word": "differed", "parts": parts}]}
    return _written(author, "point.marked", {"body": body}, words)


def _written(
    author: Author,
    kind: str,
    fields: Fields,
    words: Wording,
    role: Literal["subject", "text"] = "text",
) -> Submission:
    """Sign a text as parts: the authentic parts, then the parts of the translation."""
    original = [words.text] if role == "subject" else paragraphs(words.text)
    translated: list[str] = []
    body = dict(fields["body"]) if isinstance(fields["body"], dict) else {}
    if words.translation:
        text = words.translation.text
        translated = [text] if role == "subject" else paragraphs(text)
        part_numbers: list[Value] = list(range(len(original), len(original) + len(translated)))
        body["translation"] = {"lang": words.translation.lang, "parts": part_numbers}
    disclosures = [text_part(role, author.salt(), text_) for text_ in (*original, *translated)]
    return signed(author, kind, {**fields, "lang": words.lang, "body": body}, disclosures)
