"""Rules for a note with its questions, and for numbers in its text (S-072, S-089 to S-092)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.sense.findings import Finding, Rule, facts_of, in_order
from special_channel.core.sense.texts import PlacedText
from special_channel.core.time.calendars import Calendar

ASKING_RULES: Final = {
    rule.id: rule
    for rule in (
        Rule("S-089", ("confirm",), "calendar-both"),
        Rule("S-090", ("confirm",)),
        Rule("S-091", ("confirm", "note")),
        Rule("S-092", ("confirm",)),
    )
}
"""The rules by number."""

_NUMBER: Final = re.compile(r"(?<![\w/.-])[A-Za-z0-9][\w/.-]{4,62}[A-Za-z0-9](?![\w/-])", re.ASCII)
"""A word that can be an application number: no source defines their form."""

_DIGITS: Final = 3
"""Digits of the shortest number that is looked for."""

MOST_NUMBERS: Final = 200
"""Words of a text that are looked up."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question of a note: its place, text, and its time if no rule counts it; None otherwise.

    `provisional`: A rule counts its time past the days that calendars cover. `told`: The question
    names no text of its own, and the note has one.
    """

    row: int
    text: str
    due: datetime | None = None
    provisional: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True)
class NoteAround:
    """Values with which a note is read.

    Attributes:
        answering: The side to answer.
        calendar: Its calendar.
        open_asks: Folded texts of our side's open questions in the thread, by position and number.
        unanswered: Position and number of the other side's open questions in the thread.
        linked: Application numbers of the thread and of the note.
        known: Words of the text that are application numbers of the record.
        near: Numbers of the record that other words may be meant to be, by word.
    """

    answering: Party
    calendar: Calendar
    open_asks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    unanswered: Sequence[tuple[str, str]] = ()
    linked: Collection[str] = ()
    known: Collection[str] = ()
    near: Mapping[str, str] = field(default_factory=dict)


def folded(text: str) -> str:
    """Fold a question for comparison: width, case, blanks and the last sign are alike."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return words.rstrip(" ?.!。")


def numbers_in(texts: Iterable[PlacedText]) -> tuple[str, ...]:
    """Return words that can be application numbers, each once, at most `MOST_NUMBERS`."""
    found: dict[str, None] = {}
    for each in texts:
        if each.place == "file":
            continue
        for word in _NUMBER.finditer(unicodedata.normalize("NFKC", each.text)):
            if sum(map(str.isdecimal, word[0])) >= _DIGITS:
                found[word[0]] = None
                if len(found) == MOST_NUMBERS:
                    return tuple(found)
    return tuple(found)


def note(
    asks: Sequence[AskedQuestion],
    texts: Sequence[PlacedText],
    around: NoteAround,
    *,
    answers: bool = True,
) -> tuple[Finding, ...]:
    """Check a note. `answers`: it answers a question, or its author was asked whether it does."""
    found = [finding for each in asks for finding in _asked(each, around)]
    found += _numbers(texts, around)
    if around.unanswered and not answers:
        position, q = around.unanswered[0]
        first = facts_of(position=("number", position), q=("number", q))
        found.append(Finding("S-092", "confirm", 1, ("answers",), first))
    return in_order(found)


def _asked(question: AskedQuestion, around: NoteAround) -> Iterator[Finding]:
    if question.due is not None and _closed(question.due, around.calendar):
        local = around.calendar.local(question.due)
        facts = facts_of(
            capital=("capital", around.answering),
            date=("date", local.date().isoformat()),
            time=("text", f"{local:%H:%M}"),
        )
        yield Finding("S-089", "confirm", question.row, ("question",), facts)
    if question.provisional:
        yield Finding("S-072", "note", question.row, ("question",), {}, "question")
    text = folded(question.text)
    if not text and not question.told:
        yield Finding("S-090", "confirm", question.row, ("question",), {}, "empty")
    for (position, q), words in around.open_asks.items():
        if text and words == text:
            facts = facts_of(position=("number", position), q=("number", q))
            yield Finding("S-090", "confirm", question.row, ("question",), facts, "open")


def _closed(due: datetime, calendar: Calendar) -> bool:
    """Tell whether nobody is in the office; the end of office hours is office time."""
    day = calendar.local(due).date()
    if not calendar.covers(day):
        return False
    hours = calendar.office_hours(day)
    return hours is None or not hours[0] <= due <= hours[1]


def _numbers(texts: Sequence[PlacedText], around: NoteAround) -> Iterator[Finding]:
    for word in numbers_in(texts):
        if word in around.linked:
            continue
        facts = facts_of(number=("number", word))
        if word in around.known:
            yield Finding("S-091", "note", 1, ("text",), facts, "unlinked")
            continue
        linked = next((each for each in around.linked if _one_edit(word, each)), "")
        near = linked or around.near.get(word, "")
        if near:
            facts |= facts_of(other=("number", near))
            variant = "near" if linked else "record"
            yield Finding("S-091", "confirm", 1, ("text",), facts, variant)


def _one_edit(a: str, b: str) -> bool:
    """Tell whether one substitution, insertion, omission or exchange of neighbours parts two."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    first = next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    rest_a, rest_b = a[first:], b[first:]
    if len(a) != len(b):
        longer, shorter = (rest_a, rest_b) if len(a) > len(b) else (rest_b, rest_a)
        return longer[1:] == shorter
    exchanged = rest_a[1:2] + rest_a[:1] == rest_b[:2] and rest_a[2:] == rest_b[2:]
    return rest_a[1:] == rest_b[1:] or exchanged
