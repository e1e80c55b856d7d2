"""The form by which the answering side proposes that the clock of a question be suspended.

Nothing is written here: the reader's browser signs `date.proposed` from what the page shows, and
the asker agrees with `deadline.moved`, which the judge decides.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound, Refused, RuleBroken
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.suspending import SuspensionPlan, suspend, suspended_days
from special_channel.web.pages.suspend import Proposed, SuspendPage
from special_channel.web.reading.dates import counted_by, may_propose_suspension
from special_channel.web.shared.references import ask_number
from special_channel.web.shell.content import content, question
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.proofs import find_entry

_MANY: Final = 1000


async def find_ask(context: PageContext, row: ThreadRow, which: str) -> QuestionRow:
    """Return the question of a thread that the reader may have suspended, by `EU-877:1`.

    Raises:
        NotFound: `ask-unknown`.
        RuleBroken: `suspension-not-open` for one that is not theirs to answer, that has passed, or
            whose rule is never suspended.
    """
    asks = await context.own.views.asks(threads=[row.thread], only_open=True, limit=_MANY)
    found = next((ask for ask in asks if f"{ask.position}:{ask.q}" == which), None)
    if found is None:
        raise NotFound("ask-unknown", "There is no such open question here.")
    if not may_propose_suspension(context, found):
        raise RuleBroken("suspension-not-open", "The reader can't propose to suspend its clock.")
    return found


async def suspension(
    context: PageContext, thread: ThreadRow, ask: QuestionRow, given: tuple[str, str]
) -> SuspendPage:
    """Return the form, checked once both days are typed."""
    note = await find_entry(context.own, ask.note)
    erased = await context.own.views.erased([ask.note])
    proposed, refused = None, None
    if all(given):
        try:
            proposed = _proposed(context, ask, _checked(context, ask, given))
        except Refused as error:
            refused = error.code, tuple(error.facts.items())
    return SuspendPage(
        thread=str(thread.position),
        thread_id=thread.thread,
        entry_id=ask.note,
        ask=f"{ask.position}:{ask.q}",
        number=ask_number(ask),
        text=question(content(note, erased.get(note.id, ())), ask.part),
        due=instant(ask.due),
        given=given,
        proposed=proposed,
        refused=refused,
    )


def _checked(context: PageContext, ask: QuestionRow, given: tuple[str, str]) -> SuspensionPlan:
    calendars = counted_by(context, ask)
    assert calendars is not None  # noqa: S101 - it is offered with them alone
    first, last = (_day(name, text) for name, text in zip(("first", "last"), given, strict=True))
    return suspend(ask, context.charters, calendars, first, last)


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(
            "suspension-malformed", "A day looks like 2026-12-01.", field=field
        ) from None


def _proposed(context: PageContext, ask: QuestionRow, found: SuspensionPlan) -> Proposed:
    body = found.body(ask.q)
    span = body["suspended"]
    assert isinstance(span, dict)  # noqa: S101 - `SuspensionPlan.body` has made it
    first, last = suspended_days(
        context.calendar(ask.answering), (str(span["first"]), str(span["last"]))
    )
    return Proposed(first, last, found.days, found.due, canonical.dumps(body).decode())
