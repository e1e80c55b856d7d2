"""Sections of a brief about questions and promises: what leads, and what became of it.

Does not say that anybody kept a promise: that is for the side that it was made to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.numbers.briefing import leading, promise_state
from special_channel.core.rows.questions import QuestionRow
from special_channel.desk.briefs import Section
from special_channel.messages.dates import full_date
from special_channel.web.reading.brief_ground import (
    Ground,
    line_of,
    more,
    point_line,
)
from special_channel.web.reading.meetings import asks_about, told
from special_channel.web.reading.own_words import about_asks
from special_channel.web.shared.dues import due_of, withdrawn_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import line, said
from special_channel.web.shell.content import question_in
from special_channel.web.shell.last_heard import LastHeard, last_heard_of

PROMISES: Final = 4


async def asked(ground: Ground, asker: Party, code: str) -> Section:
    """Return the section of one side's questions that lead."""
    context = ground.context
    rows = [row for row in ground.asks if row.asker == asker]
    top = leading(rows, ground.urgency)
    words = await told(context, (row.note for row in top))
    threads = await context.own.views.threads_by_id([row.thread for row in top])
    known_at = await last_heard_of(context, top)
    private = await about_asks(context, top) if ground.internal else {}
    heading = f"{code}-ours" if ground.internal else "asked-by"
    lines = tuple(
        line_of(
            ask_number(row),
            question_in(words.said.get(row.note), row.part, context.lang),
            _ask_details(ground, row, str(threads[row.thread].position), known_at.at(row)),
            f"/entries/{row.position}",
            private.get(row.thread, ()),
        )
        for row in top
    )
    return Section(
        code,
        ground.say(heading, side=ground.side(asker)),
        lines,
        ground.say("no-question", side=ground.side(asker)),
        more(ground, len(rows) - len(top)),
    )


def _ask_details(
    ground: Ground, row: QuestionRow, thread: str, heard: datetime | None
) -> tuple[str, ...]:
    context = ground.context
    view, withdrawn = context, withdrawn_of(row)
    sentence = said(row.outcome(), due_of(context, row), view, heard=heard, withdrawn=withdrawn)
    found = [sentence.rstrip(".。")]  # the brief parts what it tells by semicolons
    urgency = ground.urgency(row)
    if urgency != "normal":
        found.insert(0, context.t.label("urgency", urgency))
    if row.referred:
        found.append(ground.say("referred", level=context.t.label("role", row.referred[-1].level)))
    return (*found, ground.say("thread", number=thread))


async def promises(ground: Ground) -> Section:
    """Return the section of agreed promises, those that are open first."""
    found = [
        (row, point)
        for row, points in ground.held
        for point in points
        if point.kind == "promise" and point.standing == "agreed"
    ]
    asks = await asks_about(ground.context, [point for _, point in found])
    known_at = await last_heard_of(ground.context, asks.values())
    states = {point.point: promise_state(point, asks) for _, point in found}
    # What is open first; of one kind in the order of the meetings, the last first.
    found.sort(key=lambda each: states[each[1].point] in {"answered", "ended"})
    shown = found[:PROMISES]
    words = await told(ground.context, (point.point for _, point in shown))
    lines = []
    for row, point in shown:
        put = [asks[each.note, each.q] for each in point.asks if (each.note, each.q) in asks]
        details = [ground.say("promised-by", side=ground.side(point.who))]
        if point.due:
            due = full_date(date.fromisoformat(point.due), ground.context.lang)
            details.append(ground.say("named-day", date=due))
        details.append(_became(ground, states[point.point], put, known_at))
        lines.append(point_line(ground, row, point, words, tuple(details)))
    return Section(
        "promises", ground.say("promises"), tuple(lines), ground.say("no-promise"),
        more(ground, len(found) - len(shown)),
    )  # fmt: skip


def _became(ground: Ground, state: str, put: Sequence[QuestionRow], known_at: LastHeard) -> str:
    if not put:
        return ground.say("promise-unasked")
    last = put[-1]
    answer = last.answer
    where = f"{last.answering.upper()}-{answer.index}" if answer else ask_number(last)
    context = ground.context
    silent = line(last.outcome(), due_of(context, last), known_at.at(last), context)
    return ground.say(f"promise-{state}", number=where, said=silent)
