"""Dates of a question: its history in words, proposals to agree to, dates to propose.

Does not decide whether a date may be moved: the judge does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import orjson

from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.charter import charter_of
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.due_history import DueFact, history
from special_channel.core.rules.rebasing import Rebase, RebaseTimes, rebase
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.suspending import may_suspend, suspended_days
from special_channel.core.time.due import Calendars, due
from special_channel.web.pages.dates import (
    DateOffer,
    Referral,
    SaidDate,
    Standing,
    SuspensionOffer,
)
from special_channel.web.shell.context import PageContext

OFFERED: Final = (1, 2, 3, 5, 10)
"""Working days of the answering side, after the date in force or today, that are offered."""


REFERRED_TO: Final = ("head", "director")
"""Levels that are offered, by the directory's roles."""


def said_dates(context: PageContext, row: QuestionRow) -> tuple[SaidDate, ...]:
    """Return what was said of a question's date; nothing where it has its first one alone."""
    facts = history(row)
    if len(facts) == 1:
        return ()
    return tuple(_said(context, row, fact) for fact in facts)


def _said(context: PageContext, row: QuestionRow, fact: DueFact) -> SaidDate:
    """Return one line. Who agrees to a suspension names it as such, beside its date."""
    agreeable = (
        fact.what == "proposed"
        and not fact.agreed
        and row.is_open
        and row.asker == context.party
        and context.writes
    )
    basis = "suspended" if fact.suspended else "agreed"
    body = {"q": row.q, "due": fact.due, "basis": basis, "proposal": fact.id}
    calendar = context.calendar(row.answering)
    return SaidDate(
        what=fact.what,
        at=instant(fact.due),
        party=fact.position.party,
        position=str(fact.position),
        said_at=instant(fact.accepted),
        basis=fact.basis,
        standing=_standing(fact),
        provisional=fact.provisional,
        body=orjson.dumps(body).decode() if agreeable else "",
        suspended=suspended_days(calendar, fact.suspended) if fact.suspended else None,
    )


def _standing(fact: DueFact) -> Standing:
    if fact.what == "proposed":
        return "agreed" if fact.agreed else "open"
    return "in-force" if fact.in_force else "earlier"


def offers(context: PageContext, row: QuestionRow) -> tuple[DateOffer, ...]:
    """Return closes of business that the reader may propose for a question to their side.

    None where no adopted calendar covers the days: what isn't firm is not offered.
    """
    if row.answering != context.party or not row.is_open or not context.writes:
        return ()
    start = max(instant(row.due), context.now)
    counted = [due(context.calendars, context.party, start, days) for days in OFFERED]
    return tuple(
        DateOffer(
            one.instant,
            orjson.dumps({"q": row.q, "due": timestamp(one.instant)}).decode(),
        )
        for one in counted
        if not one.provisional
    )


def acceptance(context: PageContext, row: QuestionRow) -> DateOffer | None:
    """Return the requested date that the reader may accept for the answering side.

    None once it has come: nobody agrees to what is over (rule 11).
    """
    ours = row.answering == context.party and row.is_open and context.writes
    if not ours or row.is_agreed or context.now >= instant(row.due):
        return None
    body = {"q": row.q, "due": row.due, "basis": "agreed"}
    return DateOffer(instant(row.due), orjson.dumps(body).decode())


def renewals(context: PageContext, row: QuestionRow) -> tuple[DateOffer, ...]:
    """Return closes of business for an own question whose answer was withdrawn after its date."""
    if row.asker != context.party or row.outcome() != "withdrawn" or not context.writes:
        return ()
    counted = [due(context.calendars, row.answering, context.now, days) for days in OFFERED]
    return tuple(
        DateOffer(
            one.instant,
            orjson.dumps({"q": row.q, "due": one.stamp, "basis": "withdrawn"}).decode(),
        )
        for one in counted
        if not one.provisional
    )


def referrals(context: PageContext, row: QuestionRow) -> tuple[Referral, ...]:
    """Return the levels to which the reader may take a question whose date has passed.

    Never a machine's act: a head of unit or a director of the waiting side signs it.
    """
    leads = context.reader.row.role in MAY_SIGN["referral.sent"]
    if row.asker != context.party or not row.is_open or not is_passed(row) or not leads:
        return ()
    return tuple(
        Referral(level, orjson.dumps({"q": row.q, "level": level}).decode())
        for level in REFERRED_TO
    )


def rebase_of(context: PageContext, row: QuestionRow, delivered: datetime | None) -> Rebase | None:
    """Count an own question by the charter in force; None where that has nothing new to say.

    `delivered`: when it had reached the other side. None also while a calendar is lacking here.
    """
    calendars = context.own.adopted(context.charter.charter) if context.charter else None
    if row.asker != context.party or context.charter is None or calendars is None:
        return None
    moment = RebaseTimes(context.now, delivered)
    return rebase(row, context.charters, context.charter, calendars, moment)


def rebase_offer(
    context: PageContext, row: QuestionRow, delivered: datetime | None
) -> DateOffer | None:
    """Return the date to which the reader may move their side's question, as one click signs it."""
    found = rebase_of(context, row, delivered) if context.writes else None
    if found is None or not found.changes(row):
        return None
    return DateOffer(found.counted.instant, orjson.dumps(found.body(row)).decode())


def may_propose_suspension(context: PageContext, row: QuestionRow) -> bool:
    """Tell whether the reader may propose that a question's clock be suspended."""
    return (
        context.writes
        and row.answering == context.party
        and may_suspend(row, context.charters)
        and not is_passed(row)
        and counted_by(context, row) is not None
    )


def suspension_offer(context: PageContext, row: QuestionRow) -> SuspensionOffer | None:
    """Return what the form begins with: today, where the question is to be answered."""
    if not may_propose_suspension(context, row):
        return None
    calendar = context.calendar(row.answering)
    return SuspensionOffer(f"{row.position}:{row.q}", calendar.local(context.now).date())


def counted_by(context: PageContext, row: QuestionRow) -> Calendars | None:
    """Return the calendars by which a question's date was counted; None while one is lacking."""
    charter = charter_of(context.charters, row.counted_by[0])
    return context.own.adopted(charter) if charter else None


def is_passed(row: QuestionRow) -> bool:
    """Tell whether the date in force is recorded as passed."""
    return any(fact.due == row.due for fact in row.passed)
