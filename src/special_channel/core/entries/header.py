"""The fields that all entries share, and the small models inside them.

Does not verify signatures, commitments or anything against the past: `judge.py` does.
Nothing here is ever serialised again: what is signed is the bytes that came in.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, field_validator

from special_channel.core.bytes.fields import Count, Lang, Marking, Model, Ordinal, Version, Word
from special_channel.core.bytes.ids import (
    Digest,
    EntryId,
    KeyId,
    Origin,
    Party,
    QuestionNumber,
    ThreadId,
    Timestamp,
)


class Seen(Model):
    """A checkpoint that the author's client had verified."""

    log: Origin
    size: Count
    root: Digest


class PartRef(Model):
    """Role and commitment of one part."""

    k: Literal["subject", "text", "data", "file"]
    c: Digest


class Translation(Model):
    """Which parts are a courtesy translation; the others are the authentic text."""

    lang: Lang
    parts: Annotated[tuple[Ordinal, ...], Field(min_length=1, max_length=200)]


class Promise(Model):
    """A promise of a meeting: its point, and the entry by which the other side agreed to it."""

    point: EntryId
    agreed: EntryId


class Ask(Model):
    """A question, in the clear so that it outlives the erasure of its text.

    `due` is the instant; `rule` names the charter's reply rule that gave it, with the
    digest of the calendar used. `part` is the ordinal of the paragraph that asks; `promise`
    is the agreed promise that the question is about.
    """

    q: QuestionNumber
    who: Party
    due: Timestamp
    charter: Digest
    rule: Word | None = None
    calendar: Digest | None = None
    provisional: bool = False
    part: Ordinal | None = None
    promise: Promise | None = None


class Answers(Model):
    """Asks of one note that are ticked off: numbers, or ranges such as `3-250`."""

    id: EntryId
    q: Annotated[
        tuple[
            Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}(-[1-9][0-9]{0,3})?$")],
            ...,
        ],
        Field(min_length=1, max_length=500),
    ]

    @field_validator("q")
    @classmethod
    def _bounded(cls, q: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse ranges that run backwards, and more numbers than a note has room to ask.

        Else a short payload could name millions, each looked up under the head's lock.
        """
        spans = [_span(item) for item in q]
        if any(first >= end for first, end in spans):
            raise ValueError("a range runs backwards")
        if sum(end - first for first, end in spans) > MAX_TICKED:
            raise ValueError("too many numbers")
        return q

    def numbers(self) -> tuple[str, ...]:
        """Spell the ranges out, each number once, in order."""
        found = dict.fromkeys(number for item in self.q for number in range(*_span(item)))
        return tuple(str(number) for number in found)


MAX_TICKED: Final = 1000
"""Numbers that one item of `answers` may tick off; a note asks at most 100 questions."""


def _span(item: str) -> tuple[int, int]:
    first, _, last = item.partition("-")
    return int(first), int(last or first) + 1


class AskRef(Model):
    """One ask: the note that asks, and the question's number in it."""

    id: EntryId
    q: QuestionNumber


class Empty(Model):
    """A body that says nothing beyond its kind."""


class Header(Model):
    """What every entry states."""

    v: Version
    log: Origin
    by: KeyId
    at: Timestamp
    seen: Annotated[tuple[Seen, ...], Field(max_length=3)]

    def optional(self, field: str, default: object) -> Any:  # noqa: ANN401 - as `getattr`
        """Return a field that not every kind has, such as `thread` or `parts`.

        As `getattr` with a default, in a twentieth of the time: a model without the field
        looks everywhere first.
        """
        return self.__dict__.get(field, default)


class InThread(Header):
    """An entry of one thread."""

    thread: ThreadId


class Written(Header):
    """An entry that carries parts written by a person."""

    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=1000)]
    lang: Lang
    marking: Marking | None = None


class WithData(Header):
    """An entry whose one part is a `data` disclosure."""

    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=1)]
