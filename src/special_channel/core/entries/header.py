"""The fields that all entries share, and the small models inside them.

Does not verify signatures, commitments or anything against the past: `judge.py` does.
Nothing here is ever serialised again: what is signed is the bytes that came in.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from special_channel.core.ids import (
    Digest,
    EntryId,
    KeyId,
    Origin,
    Party,
    QuestionNumber,
    ThreadId,
    Timestamp,
)

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Version = Annotated[int, Field(ge=1, le=1)]
"""`1`, and not `true`, which a `Literal` would take for it."""

Ordinal = Annotated[int, Field(ge=0, le=999)]
"""Place of a part in an entry's `parts`, counted from 0."""

Lang = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]
"""BCP 47 tag of the authentic text, such as `en` or `zh-CN`."""

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,47}$")]
"""A coded term; `messages/` has its words in both languages."""

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""One line of text: a desk's title, a list's number. Never a person's name."""

ApplicationNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]+$")
]
"""MOFCOM's number, opaque: no public source gives its format."""

ControlCode = Annotated[str, StringConstraints(pattern=r"^[0-9][A-E][0-9]{3}(\.[a-z0-9.]{1,8})?$")]
"""A code of the control list, such as `1C905.a`."""

NoteText = Annotated[str, StringConstraints(min_length=1, max_length=4096)]
"""A whole C2SP signed note, its signature lines included."""

Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{2,200}={0,2}$")]

Marking = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]

Suite = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,32}$")]
"""A signature suite. Open: a verifier that lacks one says `suite-unsupported` and goes on."""


class Model(BaseModel):
    """Strict, frozen, no unknown fields."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


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
