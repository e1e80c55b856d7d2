"""Payloads of meetings, their points and marks, signed outside a browser.

Mirrors `web/static/js/written.js`. The node judges whether an entry is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.rows.submission import Submission
from special_channel.desk.payloads import Author, Fields, paragraphs, signed
from special_channel.desk.written import Wording, written


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
    return written(author, "meeting.held", {"body": body}, draft.words, role="subject")


def point_noted(author: Author, meeting: EntryId, draft: PointDraft) -> Submission:
    """Add a point to a meeting of our side."""
    body: Fields = {"point": draft.kind, "who": draft.who}
    if draft.due:
        body["due"] = draft.due
    return written(author, "point.noted", {"ref": meeting, "body": body}, draft.words)


def point_agreed(author: Author, point: EntryId) -> Submission:
    """Confirm a point of the other side's meeting as our side understood it."""
    body: Fields = {"entries": [{"id": point, "word": "agreed"}]}
    return signed(author, "point.marked", {"body": body})


def point_differed(author: Author, point: EntryId, words: Wording) -> Submission:
    """State how our side understood a point of the other side's meeting."""
    translated = paragraphs(words.translation.text) if words.translation else []
    parts: list[Value] = list(range(len(paragraphs(words.text)) + len(translated)))
    body: Fields = {"entries": [{"id": point, "word": "differed", "parts": parts}]}
    return written(author, "point.marked", {"body": body}, words)
