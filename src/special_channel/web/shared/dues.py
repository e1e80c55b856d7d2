"""Due times of questions: in force, their history, dates that a reader may sign, and our ladder.

Does not decide outcomes (`core.rows.questions` does), nor whether a due time may move (the judge
does).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

import orjson

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import Party, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import Charter, CharterRow, charter_of
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.due_history import DueFact, history
from special_channel.core.rules.rebasing import Rebase, RebaseTimes, rebase
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.suspending import may_suspend, suspended_days
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.calendars import Words as Phrase
from special_channel.core.time.due import Calendars, working_days_left
from special_channel.core.time.due import due as due_after
from special_channel.web.shared.capitals import Due, local
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import RecordViewpoint
from special_channel.web.shared.words import Pair

OFFERED: Final = (1, 2, 3, 5, 10)
"""Working days of the answering side from the due time or today to each date on offer."""

LEVELS: Final = ("head", "director")
"""Levels of the other side for a referral: roles of the directory."""

Standing = Literal["open", "agreed", "in-force", "earlier"]
"""State of a proposal, `open` or `agreed`; of other due times, `in-force` or `earlier`."""


class DateOffer(View):
    """A date to propose or to set. `body` is the JSON body of the entry to sign."""

    at: datetime
    body: str


class Referral(View):
    """A level of the other side for a referral, with the JSON body of the entry to sign."""

    level: str
    body: str


class DateLine(EntryItem):
    """A line of the history of a due time.

    Attributes:
        what: `asked` with the question, `proposed` or `accepted` by the answering side, `moved` by
            the asker.
        party: The side that signed the entry `position`.
        basis: Basis of a move.
        body: JSON body of the agreement, for an open proposal to which the reader may agree.
        suspended: First and last date of a proposed suspension.
    """

    what: Literal["asked", "proposed", "moved", "accepted"]
    at: datetime
    party: Party
    position: str
    basis: str = ""
    standing: Standing = "earlier"
    provisional: bool = False
    body: str = ""
    suspended: tuple[date, date] | None = None


class QuestionDates(View):
    """Dates of a question that a reader may sign.

    Attributes:
        accept: The requested date, if the reader may accept it for the answering side.
        renewals: Dates that the reader may request after the answer was withdrawn.
        offers: Dates that the reader may propose.
        suspend_from: First day in the form for a suspension, if the reader may propose one.
        rebase: Due time by the charter in force, if the reader may set it.
        referrals: Levels of the other side, if the reader may refer the question.
    """

    accept: DateOffer | None = None
    renewals: tuple[DateOffer, ...] = ()
    offers: tuple[DateOffer, ...] = ()
    suspend_from: date | None = None
    rebase: DateOffer | None = None
    referrals: tuple[Referral, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenOver:
    """That somebody took a step over, signed in the private log.

    Attributes:
        by: The person, from the own directory; the role and number of a key without one.
        at: When the entry was accepted, not when the step was raised.
        you: The reader.
    """

    by: str
    at: datetime
    you: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of our ladder. The other side's steps are never shown.

    Attributes:
        role: Code of the role to alert.
        at: Time of the step.
        name: The person, from our directory.
        state: `next`, `told`, `acknowledged` or `later`.
        raised: Id of the entry of the escalation.
        title: Title in our ladder.
        desk: The office unit, if the ladder names a unit.
        by_hand: The step is taken by a person, from `at` on, and not by the node.
        held_until: Time at which a delayed alert is sent.
        taken_over: The person of our side who took over, and the time.
    """

    role: str
    at: datetime
    name: str | None = None
    state: Literal["told", "acknowledged", "next", "later"] = "later"
    you: bool = False
    raised: str = ""
    title: Phrase | None = None
    desk: Pair | None = None
    by_hand: bool = False
    held_until: datetime | None = None
    taken_over: TakenOver | None = None


@dataclass(frozen=True, slots=True)
class DateReader:
    """A reader of due times, with the charters adopted by either side.

    Attributes:
        roles: Roles of all functions in force.
        writes: One of the roles may sign entries to the other side.
        adopted: Look up the calendars that a charter adopted; None if a release is missing.
    """

    view: RecordViewpoint
    roles: AbstractSet[str]
    writes: bool
    charters: tuple[CharterRow, ...]
    adopted: Callable[[Charter], Calendars | None]


def due_of(view: RecordViewpoint, row: QuestionRow) -> Due:
    """Return a question's due time in force.

    A due time without timers does not pass: a provisional or requested date, the date of an
    undelivered question, or of a question with an answer withdrawn afterwards (rule 11).
    """
    requested = not row.is_agreed
    withdrawn = row.outcome() == "withdrawn"
    undelivered = not row.passed and row.index >= view.delivered[row.asker]
    timeless = row.is_provisional or requested or withdrawn or undelivered
    due = due_at(
        view,
        instant(row.due),
        row.answering,
        waiting=row.is_open and not timeless,
        provisional=row.is_provisional,
    )
    if not (requested or withdrawn or undelivered):
        return due
    return replace(due, requested=requested, withdrawn=withdrawn, undelivered=undelivered)


def due_at(
    view: RecordViewpoint,
    at: datetime,
    answering: Party,
    *,
    waiting: bool = True,
    provisional: bool = False,
) -> Due:
    """Return a due time with the working days left on the answering side."""
    calendar = view.calendar(answering)
    left = _working_days(calendar, calendar.local(view.now).date(), at)
    return Due(
        at=at,
        answering=answering,
        working_days=left,
        passed=waiting and view.now >= at,
        provisional=provisional or left is None,
    )


# Due times of a page are at the close of business of a few days.
@lru_cache(maxsize=4096)
def _working_days(calendar: Calendar, today: date, at: datetime) -> int | None:
    """Return the working days left; None if the calendar does not cover the date."""
    until = calendar.local(at).date()
    if not calendar.covers(until):
        return None
    own = {calendar.side: calendar}
    return working_days_left(own, calendar.side, calendar.midnight(today), at)


def has_ladder(row: QuestionRow) -> bool:
    """Tell whether a question has a ladder: it is open, and its due time can pass."""
    return row.is_open and row.is_agreed and row.outcome() != "withdrawn"


def nearest(rows: Sequence[QuestionRow]) -> QuestionRow:
    """Return the question with the nearest due time."""
    return min(rows, key=lambda row: (row.due, row.index, int(row.q)))


def nearest_of(rows: Sequence[QuestionRow]) -> dict[ThreadId, QuestionRow]:
    """Return each thread's question with the nearest due time."""
    questions: dict[ThreadId, list[QuestionRow]] = {}
    for row in rows:
        questions.setdefault(row.thread, []).append(row)
    return {thread: nearest(each) for thread, each in questions.items()}


def within_this_week(view: RecordViewpoint, due: Due) -> bool:
    """Tell whether a due time is ahead and within our side's current week."""
    today = local(view.now, view.party).date()
    sunday = today + timedelta(days=6 - today.weekday())
    return not due.passed and local(due.at, view.party).date() <= sunday


def withdrawn_of(row: QuestionRow) -> tuple[datetime, datetime] | None:
    """Return the times of the last answer and its withdrawal; None while an answer is valid."""
    pair = row.taken_back
    return (instant(pair[0].accepted), instant(pair[1].accepted)) if pair else None


def question_dates(
    reader: DateReader, row: QuestionRow, delivered: datetime | None
) -> QuestionDates:
    """Return the dates of a question that the reader may sign.

    `delivered`: its delivery time, if known.
    """
    answers = reader.writes and row.is_open and row.answering == reader.view.party
    asks = row.asker == reader.view.party
    at = instant(row.due)
    requested = answers and not row.is_agreed and reader.view.now < at  # rule 11: none in the past
    renews = asks and reader.writes and row.outcome() == "withdrawn"
    suspends = suspension_calendars(reader, row) is not None
    may_refer = not reader.roles.isdisjoint(MAY_SIGN["referral.sent"])
    recount = rebase_of(reader, row, delivered) if reader.writes else None
    if recount is not None and not recount.changes(row):
        recount = None
    refers = asks and row.is_open and is_passed(row) and may_refer
    return QuestionDates(
        accept=_offer(at, {"q": row.q, "due": row.due, "basis": "agreed"}) if requested else None,
        renewals=_closes(reader, row, reader.view.now, {"basis": "withdrawn"}) if renews else (),
        offers=_closes(reader, row, max(at, reader.view.now), {}) if answers else (),
        suspend_from=reader.view.today(row.answering) if suspends else None,
        rebase=_offer(recount.counted.instant, recount.body(row)) if recount else None,
        referrals=tuple(
            Referral(level=level, body=_json({"q": row.q, "level": level}))
            for level in (LEVELS if refers else ())
        ),
    )


def due_history(view: RecordViewpoint, row: QuestionRow, *, writes: bool) -> tuple[DateLine, ...]:
    """Return a question's due times, oldest first; empty if the first was never moved."""
    facts = history(row)
    return tuple(_line(view, row, fact, writes=writes) for fact in facts) if len(facts) > 1 else ()


def rebase_of(reader: DateReader, row: QuestionRow, delivered: datetime | None) -> Rebase | None:
    """Count a question of our side by the charter in force.

    Returns:
        None if nothing changed since the last count, or if a calendar is missing here.
    """
    charter = reader.view.charter
    calendars = reader.adopted(charter.charter) if charter else None
    if row.asker != reader.view.party or charter is None or calendars is None:
        return None
    times = RebaseTimes(reader.view.now, delivered)
    return rebase(row, reader.charters, charter, calendars, times)


def suspension_calendars(reader: DateReader, row: QuestionRow) -> Calendars | None:
    """Return the calendars for a suspension of a question's clock.

    Returns:
        None if the reader may not propose a suspension, or if a calendar is missing here.
    """
    may = reader.writes and row.answering == reader.view.party and may_suspend(row, reader.charters)
    charter = charter_of(reader.charters, row.counted_by[0])
    if not may or is_passed(row) or charter is None:
        return None
    return reader.adopted(charter)


def is_passed(row: QuestionRow) -> bool:
    """Tell whether an entry states that the due time in force passed."""
    return any(fact.due == row.due for fact in row.passed)


def _line(view: RecordViewpoint, row: QuestionRow, fact: DueFact, *, writes: bool) -> DateLine:
    agrees = row.asker == view.party and row.is_open and writes
    body = ""
    if fact.what == "proposed" and not fact.agreed and agrees:
        # The basis names a suspension, so that nobody agrees to one as to a mere date.
        basis = "suspended" if fact.suspended else "agreed"
        body = _json({"q": row.q, "due": fact.due, "basis": basis, "proposal": fact.id})
    calendar = view.calendar(row.answering)
    return DateLine(
        what=fact.what,
        at=instant(fact.due),
        party=fact.position.party,
        position=str(fact.position),
        basis=fact.basis,
        standing=_standing(fact),
        provisional=fact.provisional,
        body=body,
        suspended=suspended_days(calendar, fact.suspended) if fact.suspended else None,
    )


def _standing(fact: DueFact) -> Standing:
    if fact.what == "proposed":
        return "agreed" if fact.agreed else "open"
    return "in-force" if fact.in_force else "earlier"


def _closes(
    reader: DateReader, row: QuestionRow, start: datetime, more: dict[str, Value]
) -> tuple[DateOffer, ...]:
    """Return closes of business of the answering side; no date without an adopted calendar."""
    counted = [due_after(reader.view.calendars, row.answering, start, days) for days in OFFERED]
    return tuple(
        _offer(one.instant, {"q": row.q, "due": one.stamp} | more)
        for one in counted
        if not one.provisional
    )


def _offer(at: datetime, body: dict[str, Value]) -> DateOffer:
    return DateOffer(at=at, body=_json(body))


def _json(body: dict[str, Value]) -> str:
    return orjson.dumps(body).decode()
