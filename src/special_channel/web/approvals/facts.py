"""The signed fields of a draft in words, for kinds that are neither a sheet nor a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from special_channel.core.bytes.fields import Model
from special_channel.core.entries import (
    ApplicationAsserted,
    ApplicationLinked,
    ApprovalRevoked,
    ClockMarked,
    Entry,
    LicenceDrawn,
    LicenceIssued,
    MeetingHeld,
    PointMarked,
    PointNoted,
    PriorityAnswered,
    PriorityRequested,
)
from special_channel.messages.dates import full_date
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.events import event_facts
from special_channel.web.shell.meetings import levels

MANY: Final = 5
"""Numbers in a sentence; the fields below it have all."""

NAMES: Final = ("release-field", "field", "mark-field", "sheet")
"""Vocabularies of the names of fields, the first that knows a name."""

VALUES: Final[Mapping[str, str]] = {
    "type": "licence",
    "per": "per",
    "unit": "unit",
    "reason": "priority-reason",
    "answer": "priority",
    "remark": "priority-remark",
    "source": "source",
    "act": "act",
    "how": "end",
    "state": "state",
    "after": "state",
    "decision": "decision",
    "who": "side",
    "party": "side",
    "role": "role",
    "point": "point",
    "word": "mark",
}
"""Vocabulary of the codes of a field."""

BASES: Final[Mapping[str, str]] = {"clock.marked": "uncounted", "application.linked": "link"}
"""Vocabulary of the field `basis` by kind; of all others `quantity`."""

SAID_ELSEWHERE: Final = frozenset(
    {"translation", "corrects", "approval", "charter", "present", "parts", "id"}
)
"""Fields that are ids, or that the text shows."""


def sentence_facts(context: PageContext, entry: Entry, refs: str) -> dict[str, str | int]:
    """Return the facts of an event's sentence. `refs`: numbers of the entries in question."""
    facts: dict[str, str | int] = {
        **event_facts(context, entry, refs),
        "number": _numbers(context, _named(getattr(entry, "body", None))),
    }
    match entry:
        case ApplicationLinked(body=body):
            facts["other"] = body.former
        case ApplicationAsserted(body=body):
            facts["state"] = context.t.state(body.state, body.source)
            facts["date"] = _day(context, body.as_of)
        case ClockMarked(body=body):
            facts["mark"] = context.t.label("act", body.act)
        case _:
            pass
    return facts


def _named(body: object) -> Sequence[str]:
    """Return the applications named in a body, else its licence or the charter's number."""
    many = getattr(body, "applications", ()) or getattr(body, "answers", ())
    one = (getattr(body, name, None) for name in ("number", "application", "licence"))
    return [str(getattr(each, "number", each)) for each in many or filter(None, one)]


def body_facts(context: PageContext, entry: Entry) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the signed fields that a sentence leaves out, as labels and values."""
    if not isinstance(
        entry,
        LicenceIssued
        | LicenceDrawn
        | ClockMarked
        | ApprovalRevoked
        | PriorityRequested
        | PriorityAnswered
        | ApplicationAsserted
        | ApplicationLinked
        | MeetingHeld
        | PointNoted
        | PointMarked,
    ):
        return ()
    return tuple(_facts(context, entry.kind, entry.body))


def _facts(context: PageContext, kind: str, body: Model) -> list[tuple[str, tuple[str, ...]]]:
    facts = []
    for name, value in body:
        if name in SAID_ELSEWHERE or value in (None, ()):
            continue
        values = value if isinstance(value, tuple) else (value,)
        facts.append((_label(context, name), tuple(_value(context, kind, name, v) for v in values)))
    return facts


def _value(context: PageContext, kind: str, name: str, value: Any) -> str:  # noqa: ANN401
    if isinstance(value, Model):
        parts = (text for _, texts in _facts(context, kind, value) for text in texts)
        return " · ".join(parts)
    if name == "level":
        return next(
            (each.title(context.lang) for each in levels(context) if each.level == value), value
        )
    group = BASES.get(kind, "quantity") if name == "basis" else VALUES.get(name, "")
    text = str(value)
    return context.t.label(group, text) if group else _day(context, text)


def _label(context: PageContext, name: str) -> str:
    labels = (context.t.label(group, name) for group in NAMES)
    return next((label for label in labels if label != name), name)


def _numbers(context: PageContext, numbers: Sequence[str]) -> str:
    shown = (", " if context.lang == "en" else "、").join(numbers[:MANY])
    return f"{shown} …" if len(numbers) > MANY else shown


def _day(context: PageContext, text: str) -> str:
    """Return a date in words; return another text unchanged."""
    try:
        return full_date(date.fromisoformat(text), context.lang)
    except ValueError:
        return text
