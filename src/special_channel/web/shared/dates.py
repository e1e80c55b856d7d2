"""Due times of one question: their history, and the dates that a reader may sign.

Does not decide whether a due time may move: the judge does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

import orjson

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import Charter, CharterRow, charter_of
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.due_history import DueFact, history
from special_channel.core.rules.rebasing import Rebase, RebaseTimes, rebase
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.suspending import may_suspend, suspended_days
from special_channel.core.time.due import Calendars, due
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import RecordViewpoint

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


class DateLine(View):
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
class DateReader:
    """A reader of due times, with the charters adopted by either side.

    Attributes:
        writes: The role may sign entries to the other side.
        adopted: Look up the calendars that a charter adopted; None if a release is missing.
    """

    view: RecordViewpoint
    role: str
    writes: bool
    charters: tuple[CharterRow, ...]
    adopted: Callable[[Charter], Calendars | None]


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
    recount = rebase_of(reader, row, delivered) if reader.writes else None
    if recount is not None and not recount.changes(row):
        recount = None
    refers = asks and row.is_open and is_passed(row) and reader.role in MAY_SIGN["referral.sent"]
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
    counted = [due(reader.view.calendars, row.answering, start, days) for days in OFFERED]
    return tuple(
        _offer(one.instant, {"q": row.q, "due": one.stamp} | more)
        for one in counted
        if not one.provisional
    )


def _offer(at: datetime, body: dict[str, Value]) -> DateOffer:
    return DateOffer(at=at, body=_json(body))


def _json(body: dict[str, Value]) -> str:
    return orjson.dumps(body).decode()
