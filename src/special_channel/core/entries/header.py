"""Common fields of entries, and small nested models.

Does not verify signatures or commitments, and does not judge against the past: see `judge.py`.
Models are never serialised again: signatures cover the bytes as received.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from special_channel.core.bytes.fields import Count, Lang, Marking, Model, Ordinal, Version, Word
from special_channel.core.bytes.ids import (
    Digest,
    EntryId,
    GrantNumber,
    KeyId,
    Origin,
    Party,
    PersonId,
    QuestionNumber,
    ThreadId,
    Timestamp,
)


class Seen(Model):
    """A checkpoint verified by the author's client."""

    log: Origin
    size: Count
    root: Digest


class PartRef(Model):
    """Role and commitment of a part."""

    k: Literal["subject", "text", "data", "file"]
    c: Digest


class Translation(Model):
    """The parts with a courtesy translation; the other parts are the authentic text."""

    lang: Lang
    parts: Annotated[tuple[Ordinal, ...], Field(min_length=1, max_length=200)]


class Promise(Model):
    """A promise at a meeting: its point, and the other side's entry agreeing to the point."""

    point: EntryId
    agreed: EntryId


class Ask(Model):
    """A question to a party, with its due time.

    `due` is the instant; `rule` names the charter's reply rule for `due`, `calendar` is the digest
    of the calendar used for counting. `part` is the ordinal of the paragraph with the question;
    `promise` is the agreed promise, for a question about a promise.
    """

    # In the clear, so that a question outlives the erasure of its text.

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
    """Answered questions of a note: numbers, or ranges such as `3-250`."""

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
        """Refuse backward ranges, and more than `MAX_TICKED` numbers."""
        # Otherwise a short payload could name millions of questions, each looked up under the
        # head's lock.
        spans = [_span(item) for item in q]
        if any(first >= end for first, end in spans):
            raise ValueError("a range runs backwards")
        if sum(end - first for first, end in spans) > MAX_TICKED:
            raise ValueError("too many numbers")
        return q

    def numbers(self) -> tuple[str, ...]:
        """Expand the ranges; return distinct numbers in order."""
        numbers = dict.fromkeys(number for item in self.q for number in range(*_span(item)))
        return tuple(str(number) for number in numbers)


MAX_TICKED: Final = 1000
"""Maximum of question numbers in an item of `answers`; a note has at most 100 questions."""


def _span(item: str) -> tuple[int, int]:
    first, _, last = item.partition("-")
    return int(first), int(last or first) + 1


MAX_NAMED: Final = 200
"""Maximum of entries that one entry names in `entries`."""


def _distinct(entries: tuple[EntryId, ...]) -> tuple[EntryId, ...]:
    if len(set(entries)) != len(entries):
        raise ValueError("an entry is named twice")
    return entries


NamedEntries = Annotated[
    tuple[EntryId, ...], Field(min_length=1, max_length=MAX_NAMED), AfterValidator(_distinct)
]
"""Distinct entries, of any threads, that one signed entry is about."""


class KeyOrPerson(Model):
    """A key, or a person with all keys: exactly one of the two."""

    key: KeyId | None = None
    person: PersonId | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        """Refuse neither and both."""
        if (self.key is None) == (self.person is None):
            raise ValueError("name a key or a person")
        return self


class AskRef(Model):
    """A reference to a question: the id of its note, and its number."""

    id: EntryId
    q: QuestionNumber


class Empty(Model):
    """A body without fields."""


class Header(Model):
    """Fields of every entry.

    `grant` is `as` in the payload: the author's function by the number of the grant; absent for
    grant 1, and for machines and root parts, which have no grants.
    """

    v: Version
    log: Origin
    by: KeyId
    grant: GrantNumber | None = Field(default=None, alias="as")
    at: Timestamp
    seen: Annotated[tuple[Seen, ...], Field(max_length=3)]

    def optional(self, field: str, default: object) -> Any:  # noqa: ANN401 - as `getattr`
        """Return a field absent from some kinds, such as `thread` or `parts`, or a default."""
        # Twenty times as fast as `getattr` with a default, which searches a model everywhere.
        return self.__dict__.get(field, default)


class InThread(Header):
    """An entry of a thread."""

    thread: ThreadId


class Written(Header):
    """An entry with parts written by a person."""

    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=1000)]
    lang: Lang
    marking: Marking | None = None


class WithData(Header):
    """An entry with a single part, a `data` disclosure."""

    parts: Annotated[tuple[PartRef, ...], Field(min_length=1, max_length=1)]
