"""Read due times of questions from the record, in a fixed number of queries.

Does not write: moving a due time is an entry. Does not page in the database: few questions are
open at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound, Refused, RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.suspending import suspend
from special_channel.web.deadlines.views import (
    DeadlineItem,
    DeadlinesQuery,
    DeadlinesView,
    RebaseItem,
    RebasesFound,
    SuspensionPlanned,
    SuspensionQuery,
    SuspensionView,
)
from special_channel.web.shared.capitals import Due, local
from special_channel.web.shared.dues import due_of, has_ladder, rebase_of, suspension_calendars
from special_channel.web.shared.query import read_day
from special_channel.web.shared.references import BatchRef, ask_number
from special_channel.web.shared.silence import known
from special_channel.web.shell.content import question_in
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.questions import delivered, ladders, last_heard_of
from special_channel.web.shell.scopes import fitting
from special_channel.web.shell.threads import MANY, batch_refs, find_thread, subjects
from special_channel.web.shell.translations import notes_said

PAGE: Final = 100
"""Rows of a page."""

OPEN: Final = 500
"""Open questions of a side that are read, nearest first."""

DECIDED: Final = 500
"""Answered or ended questions that are read, latest due time first."""

BACK: Final = timedelta(weeks=6)
"""Age of answered or ended questions that are read."""


DAYS: Final = 42
"""Six weeks from the Monday of this week, which the page draws."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its thread; `on` is the due date in the answering side's capital."""

    row: QuestionRow
    thread: ThreadRow
    due: Due
    on: date


@dataclass(frozen=True, slots=True)
class Matching:
    """Questions that match a filter, with references to their lists.

    Attributes:
        near: Questions before the filter by list and state, whose lists the filter offers.
        questions: The questions that match.
    """

    refs: Mapping[str, BatchRef]
    near: Sequence[Question]
    questions: Sequence[Question]


async def matching(context: PageContext, query: DeadlinesQuery) -> Matching:
    """Read the questions that match a filter, in its order."""
    since, until = read_day(query.since) or date.min, read_day(query.until) or date.max
    rows = await _rows(context, query)
    threads = await context.own.stores.views.threads_by_id(sorted({row.thread for row in rows}))
    fits = await fitting(context, "unit" if query.desk == "1" else "all", [*threads.values()])
    near = [
        _question(context, row, threads[row.thread])
        for row in rows
        if row.thread in threads and fits(threads[row.thread])
    ]
    refs = await batch_refs(context, [each.thread.opening.batch for each in near])
    questions = [
        each
        for each in near
        if query.batch in {"", _batch_of(refs, each.thread)}
        and (query.state != "passed" or each.due.passed)
        and (query.state != "provisional" or each.due.provisional)
        and since <= each.on <= until
    ]
    if query.sort:
        questions.sort(key=lambda each: each.due.at, reverse=query.sort == "latest")
    return Matching(refs, near, questions)


async def deadlines(context: PageContext, query: DeadlinesQuery, found: Matching) -> DeadlinesView:
    """Read a page of questions."""
    questions, refs = found.questions, found.refs
    shown = questions[(query.page - 1) * PAGE : query.page * PAGE]
    titles = await subjects(context, [each.thread for each in shown])
    steps = await ladders(context, [each.row for each in shown])
    known_at = await last_heard_of(context, [each.row for each in shown])
    first = first_day(context)

    def item(each: Question) -> DeadlineItem:
        row = each.row
        proposal = row.proposals[-1].due if row.proposals and row.is_open else row.due
        return DeadlineItem(
            number=ask_number(row),
            thread=str(each.thread.position),
            title=titles.title(each.thread),
            due=each.due,
            outcome=row.outcome(),
            answered_in=f"{row.answering.upper()}-{row.answer.index}" if row.answer else None,
            next_step=steps.standing(row)[0] if has_ladder(row) else None,
            batch=refs.get(each.thread.opening.batch),
            first_due=instant(row.first_due) if row.moves else None,
            basis=row.moves[-1].basis if row.moves else "",
            proposed=instant(proposal) if proposal != row.due else None,
            known=known(row.outcome(), each.due, known_at.at(row), context),
        )

    return DeadlinesView(
        **context.sizes,
        items=tuple(item(each) for each in shown),
        total=len(questions),
        ours=sum(each.row.is_open and each.due.answering == context.party for each in questions),
        theirs=sum(each.row.is_open and each.due.answering == context.peer for each in questions),
        passed=sum(each.due.passed for each in questions),
        earlier=sum(each.on < first for each in questions),
        later=sum(each.on >= first + timedelta(days=DAYS) for each in questions),
        batches=_batches(context, refs, found.near),
        next_due=min(
            (each.due for each in questions if not each.due.passed),
            key=lambda due: due.at,
            default=None,
        ),
    )


async def labels(
    context: PageContext, view: DeadlinesView, found: Matching, numbers: Iterable[str]
) -> dict[str, str]:
    """Return the subjects of threads in the reader's language, by number.

    Args:
        context: The request.
        view: The page of questions, whose subjects are read already.
        found: Questions of the threads.
        numbers: Numbers of the threads.
    """
    titles = {each.thread: each.title for each in view.items}
    named = {str(each.thread.position): each.thread for each in found.questions}
    missing = [named[number] for number in numbers if number not in titles]
    if missing:
        more = await subjects(context, missing)
        titles |= {str(thread.position): more.title(thread) for thread in missing}
    return {
        number: context.readable(title.first(context.lang)).text for number, title in titles.items()
    }


def first_day(context: PageContext) -> date:
    """Return the Monday of this week in our capital."""
    today = context.today(context.party)
    return today - timedelta(days=today.weekday())


def _question(context: PageContext, row: QuestionRow, thread: ThreadRow) -> Question:
    due = due_of(context, row)
    return Question(row, thread, due, local(due.at, due.answering).date())


async def _rows(context: PageContext, query: DeadlinesQuery) -> Sequence[QuestionRow]:
    """Read questions of the sides and the state in the filter, nearest first."""
    sides: dict[str, tuple[Party, ...]] = {"ours": (context.party,), "theirs": (context.peer,)}
    answering = sides.get(query.side, (context.party, context.peer))
    if query.state == "decided":
        since = timestamp(context.now - BACK)
        decided = await context.own.stores.past_asks.decided(since, DECIDED)
        return [row for row in decided if row.answering in answering]
    rows = [
        row
        for party in answering
        for row in await context.own.stores.views.asks(answering=party, only_open=True, limit=OPEN)
    ]
    return sorted(rows, key=lambda row: (row.due, row.answering != context.party, row.index, row.q))


def _batch_of(refs: Mapping[str, BatchRef], thread: ThreadRow) -> str:
    ref = refs.get(thread.opening.batch)
    return ref.position if ref else "standing"


def _batches(
    context: PageContext, refs: Mapping[str, BatchRef], questions: Sequence[Question]
) -> tuple[tuple[str, str], ...]:
    names = {ref.position: ref.name for ref in refs.values()}
    if context.document is not None:
        zh = context.lang == "zh-CN"
        names["standing"] = context.document.standing_zh if zh else context.document.standing_en
    positions = {_batch_of(refs, each.thread) for each in questions}
    return tuple(sorted((each, names.get(each, each)) for each in positions))


async def suspension(context: PageContext, number: str, query: SuspensionQuery) -> SuspensionView:
    """Read a question whose clock the reader may propose to suspend; plan the days, if both given.

    Raises:
        NotFound: `thread-unknown`, `ask-unknown`.
        RuleBroken: `suspension-not-open` for a question of the other side, with a passed due time,
            or with a rule that forbids it.
    """
    thread = await find_thread(context, number)
    rows = await context.own.stores.views.asks(threads=[thread.thread], only_open=True, limit=MANY)
    row = next((each for each in rows if f"{each.position}:{each.q}" == query.ask), None)
    if row is None:
        raise NotFound("ask-unknown", "There is no such open question here.")
    calendars = suspension_calendars(context.dates, row)
    if calendars is None:
        raise RuleBroken("suspension-not-open", "The reader can't propose to suspend its clock.")
    texts = await notes_said(context, [row])
    view = SuspensionView(
        thread=str(thread.position),
        thread_id=thread.thread,
        note=row.note,
        number=ask_number(row),
        text=question_in(texts.get(row.note), row.part, context.lang),
        due=instant(row.due),
    )
    if not (query.first and query.last):
        return view
    try:
        first, last = _day("first", query.first), _day("last", query.last)
        plan = suspend(row, context.charters, calendars, first, last)
    except Refused as error:
        field = str(error.facts.get("field", ""))
        return view.model_copy(update={"refused": error.code, "field": field})
    body = canonical.dumps(plan.body(row.q)).decode()
    planned = SuspensionPlanned(first=first, last=last, days=plan.days, due=plan.due, body=body)
    return view.model_copy(update={"planned": planned})


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed("suspension-malformed", "Not a day: 2026-12-01.", field=field) from None


async def rebases(context: PageContext) -> RebasesFound:
    """Count open questions of our side by the charter in force."""
    rows = await context.own.stores.views.asks(answering=context.peer, only_open=True, limit=MANY)
    reached = await delivered(context, [row.position for row in rows])
    counted = [(row, rebase_of(context.dates, row, reached.at(row.position))) for row in rows]
    return RebasesFound(
        charter=context.charter.number if context.charter else 0,
        items=tuple(
            RebaseItem(
                ask=f"{row.position}:{row.q}",
                thread=row.thread,
                ref=row.note,
                rule=row.rule,
                due=row.due,
                to=recount.counted.stamp,
                provisional=recount.counted.provisional,
                changes=recount.changes(row),
                body=dict(recount.body(row)),
            )
            for row, recount in counted
            if recount is not None
        ),
    )
