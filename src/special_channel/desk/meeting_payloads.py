"""The payloads of meetings, their points and marks, that officials sign outside a browser.

The twin of `web/static/js/written.js`. Whether an entry is allowed is the node's to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from special_channel.core.canonical import Value
from special_channel.core.ids import EntryId, Party
from special_channel.core.submission import Submission
from special_channel.core.writing import text_part
from special_channel.desk.payloads import Author, Fields, Translated, paragraphs, signed


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in its language, and a courtesy translation of it."""

    lang: str
    text: str
    translation: Translated | None = None


@dataclass(frozen=True, slots=True)
class MeetingDraft:
    """A meeting before it is signed. `on` is a day, `present` holds sides and roles."""

    words: Wording
    on: str
    place: str
    level: str
    present: tuple[tuple[Party, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PointDraft:
    """A point before it is signed: whose statement or promise, and the day that was named."""

    words: Wording
    kind: Literal["statement", "promise"]
    who: Party
    due: str = ""


def meeting_held(author: Author, said: MeetingDraft) -> Submission:
    """Draft a meeting; its points name it by the id of what this returns."""
    body: Fields = {"on": said.on, "place": said.place, "level": said.level}
    if said.present:
        body["present"] = [{"party": party, "role": role} for party, role in said.present]
    return _written(author, "meeting.held", {"body": body}, said.words, role="subject")


def point_noted(author: Author, meeting: EntryId, said: PointDraft) -> Submission:
    """Note a point of an own meeting."""
    body: Fields = {"point": said.kind, "who": said.who}
    if said.due:
        body["due"] = said.due
    return _written(author, "point.noted", {"ref": meeting, "body": body}, said.words)


def point_agreed(author: Author, point: EntryId) -> Submission:
    """Say that a point of the other side's meeting is as the own side understood it."""
    return signed(author, "point.agreed", {"ref": point, "body": {}})


def point_differed(author: Author, point: EntryId, words: Wording) -> Submission:
    """Say how the own side understood a point of the other side's meeting."""
    return _written(author, "point.differed", {"ref": point, "body": {}}, words)


def _written(
    author: Author,
    kind: str,
    fields: Fields,
    words: Wording,
    role: Literal["subject", "text"] = "text",
) -> Submission:
    """Sign what is its words: the authentic parts, then those of the translation."""
    own = [words.text] if role == "subject" else paragraphs(words.text)
    other: list[str] = []
    body = dict(fields["body"]) if isinstance(fields["body"], dict) else {}
    if words.translation:
        text = words.translation.text
        other = [text] if role == "subject" else paragraphs(text)
        places: list[Value] = list(range(len(own), len(own) + len(other)))
        body["translation"] = {"lang": words.translation.lang, "parts": places}
    disclosures = [text_part(role, author.salt(), each) for each in (*own, *other)]
    return signed(author, kind, {**fields, "lang": words.lang, "body": body}, disclosures)
