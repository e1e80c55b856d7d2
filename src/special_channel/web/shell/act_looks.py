"""Check requests for priority, promises and notes against the record.

Serves the dialog before a signature, the doors, the release page, the API and the command line.
Covers only our own entries; entries of the other side are mirrored unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from aiohttp import web

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Position, peer_of
from special_channel.core.bytes.times import instant
from special_channel.core.entries.meetings import Noting
from special_channel.core.entries.permits import PriorityAnswers, PriorityRequest
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.sense import asking, priority, promises
from special_channel.core.sense.asking import AskedQuestion, NoteAround
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.priority import PriorityAround
from special_channel.desk.proposed import ProposedEntry, of_entry
from special_channel.desk.similar import near_known
from special_channel.messages.sense import said
from special_channel.web.shell.context import PageContext, checking_context, proposed_entries

READ: Final = frozenset(
    {"priority.requested", "priority.answered", "meeting.held", "point.noted", "note.posted"}
)
"""Kinds with rules of their own."""


async def look_at_acts(
    context: PageContext, entries: Sequence[ProposedEntry]
) -> tuple[Finding, ...]:
    """Return the findings in entries, checked against the record."""
    return tuple(each for found in await look_at_each(context, entries) for each in found)


async def look_at_each(
    context: PageContext, entries: Sequence[ProposedEntry], *, asked: bool = False
) -> tuple[Sequence[Finding], ...]:
    """Return the findings of every entry, checked against the record, in the order of entries.

    `asked`: The author was asked, for every open question, whether the note is an answer.
    """
    # A page names the meeting of the same request before it is signed.
    held = {each.id or "first": each for each in entries if each.kind == "meeting.held"}
    found: list[Sequence[Finding]] = []
    for entry in entries:
        try:
            found.append(await _of_entry(context, entry, held, asked=asked))
        except (ArithmeticError, TypeError, ValueError):
            found.append(())  # the judge refuses it with its own code
    return tuple(found)


async def _of_entry(
    context: PageContext, entry: ProposedEntry, held: Mapping[str, ProposedEntry], *, asked: bool
) -> tuple[Finding, ...]:
    match entry.kind:
        case "priority.requested":
            request = PriorityRequest.model_validate(_strict(entry.body))
            return priority.request(request, await _around(context, request.applications))
        case "priority.answered":
            answers = PriorityAnswers.model_validate(_strict(entry.body))
            numbers = [each.number for each in answers.answers]
            return priority.answer(answers, await _around(context, numbers))
        case "meeting.held":
            on = date.fromisoformat(str(entry.body.get("on", "")))
            return promises.meeting(on, context.today("cn"))
        case "point.noted":
            point = Noting.model_validate(_strict(entry.body))
            meeting = held.get(entry.ref)
            day = str(meeting.body.get("on", "")) if meeting else await _held_on(context, entry.ref)
            held_on = date.fromisoformat(day) if day else None
            return promises.promise(point, held_on, context.calendar(point.who))
        case "note.posted":
            return await _note(context, entry, asked=asked)
        case _:
            return ()


def _strict(body: Mapping[str, Any]) -> dict[str, Any]:
    """Convert a JSON body for a strict model: lists become tuples, empty fields are dropped."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in body.items()
        if value is not None and value != ""
    }


async def _held_on(context: PageContext, meeting: str) -> str:
    row = await context.own.stores.meetings.meeting(meeting) if meeting else None
    return row.on if row else ""


async def _around(context: PageContext, numbers: Sequence[str]) -> PriorityAround:
    stores = context.own.stores
    rows = await stores.views.applications(list(numbers))
    stops = await stores.views.line_stops(list(numbers))
    calendars = (context.calendar("cn"), context.calendar("eu"))
    waiting = await _waiting(context, rows)
    return PriorityAround(context.today("cn"), calendars, rows, stops, waiting)


async def _waiting(
    context: PageContext, rows: Mapping[str, ApplicationRow]
) -> dict[str, tuple[str, date]]:
    """Return unanswered requests by application number: position, and date in Beijing."""
    open_ = {row.number: row.asked[-1].index for row in rows.values() if row.priority() == "asked"}
    dates: dict[int, date] = {}
    for index in sorted(set(open_.values()))[-MOST_REQUESTS:]:
        request = await context.own.stores.permits.priority(index)
        if request:
            dates[index] = context.calendar("cn").local(instant(request.accepted)).date()
    return {
        number: (str(Position("eu", index)), dates[index])
        for number, index in open_.items()
        if index in dates
    }


MOST_REQUESTS: Final = 20
"""Requests whose date is looked up, the newest: older ones are out of the five days."""


async def _note(context: PageContext, entry: ProposedEntry, *, asked: bool) -> tuple[Finding, ...]:
    views = context.own.stores.views
    thread = await views.thread(entry.thread) if entry.thread else None
    rows = await views.asks(threads=[entry.thread], only_open=True) if thread else ()
    numbers = asking.numbers_in(entry.texts)
    known = await views.applications(list(numbers)) if numbers else {}
    linked = {*entry.numbers, *_linked(thread)}
    unknown = [each for each in numbers if each not in linked and each not in known]
    around = NoteAround(
        peer_of(context.party),
        context.calendar(peer_of(context.party)),
        await _open_texts(context, rows) if entry.asks else {},
        [(str(row.position), row.q) for row in rows if row.answering == context.party],
        linked,
        frozenset(known),
        await _near_numbers(context, unknown),
    )
    answers = asked or bool(entry.answers)
    return asking.note(_asked(entry), entry.texts, around, answers=answers)


async def _near_numbers(context: PageContext, words: Sequence[str]) -> Mapping[str, str]:
    """Return known numbers that unknown words of a text may be meant to be, by word."""
    sought = [each for each in words if not _NO_NUMBER.fullmatch(each)]
    if not sought:
        return {}
    known = await context.own.desk.numbers.known()
    year = context.today("cn").year
    # A long text has thousands of words, which are compared with each other as well.
    return await context.own.desk.reader.aside(lambda: near_known(sought, known, year))


_NO_NUMBER: Final = re.compile(r"\d{4}-\d{2}-\d{2}|(?:EU|CN)-\d+", re.ASCII)
"""Words that are dates and numbers of entries."""


def _linked(thread: ThreadRow | None) -> frozenset[str]:
    """Return the application numbers on which a thread was opened."""
    opened = thread.opened if thread else ()
    return frozenset(number for each in opened for number in each.applications)


def _asked(entry: ProposedEntry) -> tuple[AskedQuestion, ...]:
    """Return the questions of a note with their texts; a time counted by a rule is left out."""
    texts = [each.text for each in entry.texts if each.place == "question"]
    told = any(each.place == "text" and each.text.strip() for each in entry.texts)
    made = []
    for number, ask in enumerate(entry.asks):
        # A page has the words in the question, a signed note in its parts, in the same order.
        words = str(ask.get("text") or "") or (texts[number] if number < len(texts) else "")
        due = None if ask.get("rule") or not ask.get("due") else instant(str(ask["due"]))
        provisional = bool(ask.get("rule") and ask.get("provisional"))
        own = "part" in ask or "text" in ask
        made.append(AskedQuestion(number + 1, words, due, provisional, told and not own))
    return tuple(made)


async def _open_texts(
    context: PageContext, rows: Sequence[QuestionRow]
) -> dict[tuple[str, str], str]:
    """Return the folded texts of our side's open questions, by position and number."""
    own = [row for row in rows if row.asker == context.party]
    stored = await context.own.stores.record.find([row.note for row in own]) if own else {}
    texts: dict[tuple[str, str], str] = {}
    for row in own:
        note = stored.get(row.note)
        if note is not None:
            entry = of_entry(note.envelope, note.parts)
            words = [each.text for each in entry.texts if each.place == "question"]
            place = [str(ask.get("q")) for ask in entry.asks].index(row.q)
            if place < len(words):
                texts[str(row.position), row.q] = asking.folded(words[place])
    return texts


async def refuse_impossible_acts(request: web.Request, sent: Sequence[Submission]) -> None:
    """Refuse impossible entries, unless stored already.

    Impossible: a meeting on a future day, a promise for a day before its meeting, an unknown word
    in a request for priority, or in an answer to such a request.

    Raises:
        RuleBroken: `promise-impossible`, `statement-impossible` with the first application.
    """
    entries = proposed_entries(request, sent)
    if not any(each.kind in _REFUSED for each in entries):
        return
    context = await checking_context(request)
    acts = [each for each in entries if each.kind in _REFUSED]
    for entry in acts:
        held = [each for each in acts if each.id == entry.ref]
        found = await look_at_acts(context, [*held, entry])
        refused = [each for each in found if each.grade == "refuse"]
        if refused and not await context.own.stores.record.find([entry.id]):
            words = said(context.t, refused[0])
            if entry.kind in {"meeting.held", "point.noted"}:
                raise RuleBroken("promise-impossible", "A day can't be right.", words=words)
            raise RuleBroken(
                "statement-impossible",
                "The statement has an unknown word.",
                number=_number(entry, refused[0].row),
                rule=refused[0].rule,
                count=len(refused),
                words=words,
            )


_REFUSED: Final = frozenset(
    {"meeting.held", "point.noted", "priority.requested", "priority.answered"}
)
"""Kinds with something that is refused."""


def _number(entry: ProposedEntry, row: int) -> str:
    """Return the application number in a row of a request for priority or of the answer."""
    stated = entry.body.get("applications") or entry.body.get("answers") or [""]
    named = stated[row - 1]
    return str(named["number"] if isinstance(named, Mapping) else named)
