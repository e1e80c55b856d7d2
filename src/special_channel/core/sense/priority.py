"""Rules for requests for priority and for CN's answers (S-085 to S-087).

An unknown code alone is refused: a request can concern what nobody stated yet, and CN decides the
order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from special_channel.core.bytes.ids import Position
from special_channel.core.entries.permits import PriorityAnswer, PriorityAnswers, PriorityRequest
from special_channel.core.rows.applications import ApplicationRow, events
from special_channel.core.sense.codes import CODE_RULES, unknown
from special_channel.core.sense.findings import FactKind, Finding, Rule, facts_of, in_order
from special_channel.core.sense.history import until
from special_channel.core.sense.list_past import replaced_by
from special_channel.core.sense.read_rows import as_read
from special_channel.core.sense.stages import BEFORE, FINAL, OUT
from special_channel.core.sense.vocabularies import PRIORITY_REASON, PRIORITY_REMARK
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.statutory import DECISION_DAYS, statutory_clock

PRIORITY_RULES: Final = CODE_RULES | {
    rule.id: rule
    for rule in (
        Rule("S-024", ("confirm",)),
        Rule("S-085", ("confirm",)),
        Rule("S-086", ("confirm",)),
        Rule("S-087", ("confirm", "note")),
    )
}
"""The rules by number."""

SOON: Final = 5
"""Joint working days within which an unanswered request is not repeated."""

_REMARKS: Final[Mapping[str, frozenset[str]]] = {
    "granted": frozenset({"being_examined"}),
    "not_now": frozenset({"in_turn", "supplement_first", "being_examined"}),
    "cannot": frozenset({"already_decided", "law"}),
}
"""Coded remarks that fit an answer."""

_SUPPLEMENTED: Final = BEFORE | {"returned"}
"""States in which the supplement comes first."""


@dataclass(frozen=True, slots=True)
class PriorityAround:
    """Values with which a request or an answer is read.

    Attributes:
        today: The date in Beijing.
        calendars: The calendars of China and of the EU; a joint day is worked in both.
        applications: Applications of the record, by number.
        stops: Numbers whose last listing is a production stop.
        waiting: The open request for a number: position of its entry, and its date.
    """

    today: date
    calendars: tuple[Calendar, Calendar]
    applications: Mapping[str, ApplicationRow] = field(default_factory=dict)
    stops: frozenset[str] = frozenset()
    waiting: Mapping[str, tuple[str, date]] = field(default_factory=dict)


def request(body: PriorityRequest, around: PriorityAround) -> tuple[Finding, ...]:
    """Check a request; the row is the place of the application in it."""
    return in_order(
        [
            *unknown("reason", body.reason, "priority-reason", PRIORITY_REASON.codes),
            *(
                finding
                for row, number in enumerate(body.applications, start=1)
                for finding in _requested(row, number, body.reason, around)
            ),
        ]
    )


def _requested(row: int, number: str, reason: str, around: PriorityAround) -> Iterator[Finding]:
    application = around.applications.get(number)
    named: tuple[FactKind, str] = ("number", number)
    if application is None or not application.listed:
        yield Finding(
            "S-085", "confirm", row, ("applications",), facts_of(number=named), "unlisted"
        )
    last = application.latest("cn") if application else None
    if last and last.state in FINAL | OUT:
        facts = facts_of(number=named, state=("state", last.state), date=("date", last.as_of))
        yield Finding("S-085", "confirm", row, ("applications",), facts, "ended")
    if link := replaced_by(application):
        facts = facts_of(
            number=named,
            new=("number", link.number),
            position=("number", str(Position(link.party, link.index))),
        )
        yield Finding("S-024", "confirm", row, ("applications",), facts, "priority")
    variant, more = _against(number, reason, application, around)
    if variant:
        facts = facts_of(number=named, reason=("priority-reason", reason), **more)
        yield Finding("S-086", "confirm", row, ("reason",), facts, variant)
    if number in around.waiting:
        position, asked = around.waiting[number]
        days = _joint(asked, around)
        if days is not None and days <= SOON:
            facts = facts_of(number=named, position=("number", position), date=("date", str(asked)))
            yield Finding("S-086", "confirm", row, ("applications",), facts, "again")


def _against(
    number: str, reason: str, application: ApplicationRow | None, around: PriorityAround
) -> tuple[str, dict[str, tuple[FactKind, str]]]:
    """Return what speaks against a reason: the variant of the sentence, and its facts."""
    if reason == "line_stop" and number not in around.stops:
        return "stop", {}
    if reason != "long_pending" or application is None:
        return "", {}
    clock = statutory_clock(around.calendars[0], events(application, "cn"), around.today)
    if clock.standing == "running" and clock.day <= DECISION_DAYS:
        return "day", {"day": ("number", str(clock.day))}
    return ("paused", {}) if clock.standing in {"uncounted", "unlimited"} else ("", {})


def _joint(asked: date, around: PriorityAround) -> int | None:
    """Count days worked on both sides after a day up to today; None for uncovered days."""
    days = [asked + timedelta(days=n + 1) for n in range(max(0, (around.today - asked).days))]
    if len(days) > 4 * SOON:
        return None
    if not all(each.covers(day) for each in around.calendars for day in days):
        return None
    return sum(all(each.is_working_day(day) for each in around.calendars) for day in days)


def answer(body: PriorityAnswers, around: PriorityAround) -> tuple[Finding, ...]:
    """Check CN's answers; the row is the place of the answer in the entry."""
    return in_order(
        finding
        for row, each in enumerate(body.answers, start=1)
        for finding in (
            *unknown("remark", each.remark, "priority-remark", PRIORITY_REMARK.codes, row),
            *_answered(row, each, around.applications.get(each.number)),
        )
    )


def read_answer(
    stated: PriorityAnswer, answered: int, application: ApplicationRow | None
) -> tuple[Finding, ...]:
    """Return what a reader may note of an answer, by CN's statements before it.

    `answered`: index of the entry with the answer.
    """
    # What is stated or corrected later would change the note with the day of reading.
    then = application and until(application, "cn", answered)
    return as_read(_answered(1, stated, then), ".read")


def _answered(
    row: int, stated: PriorityAnswer, application: ApplicationRow | None
) -> Iterator[Finding]:
    last = application.latest("cn") if application else None
    state = last.state if last else ""
    facts: dict[str, tuple[FactKind, str]] = {
        "number": ("number", stated.number), "answer": ("priority", stated.answer),
        "date": ("date", last.as_of if last else ""),
    }  # fmt: skip
    if stated.answer == "granted" and state in FINAL | OUT:
        yield Finding(
            "S-087", "confirm", row, ("answer",), facts_of(**facts, state=("state", state)), "state"
        )
    remark = stated.remark
    if not remark:
        return
    if remark not in _REMARKS[stated.answer]:
        yield Finding(
            "S-087",
            "confirm",
            row,
            ("remark",),
            facts_of(**facts, remark=("priority-remark", remark)),
            "remark",
        )
    elif remark == "supplement_first" and state and state not in _SUPPLEMENTED:
        more = facts_of(**facts, remark=("priority-remark", remark), state=("state", state))
        yield Finding("S-087", "confirm", row, ("remark",), more, "supplement")
