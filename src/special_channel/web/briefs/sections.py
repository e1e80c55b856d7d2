"""Sections of a brief: questions, promises, line stops and differences.

The order never depends on the size of a company. Does not judge a side's statement, nor whether a
promise was kept: only its recipient can say so. Reads our private log for an internal brief alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from special_channel.core.bytes.ids import Party, ThreadId, peer_of
from special_channel.core.numbers.briefing import Urgency, leading, promise_state
from special_channel.core.numbers.corrected import Correction
from special_channel.core.rows.applications import AssertedStatement
from special_channel.core.rows.charter import charter_of
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.desk.briefs import BriefLine, Section
from special_channel.desk.columns import decode_rows
from special_channel.messages.dates import full_date
from special_channel.stores.applications import ListedApplication
from special_channel.web.briefs.record import BriefRecord
from special_channel.web.shared.clocks import clock_of
from special_channel.web.shared.corrections import correction_item, correction_said
from special_channel.web.shared.differences import differences_of
from special_channel.web.shared.dues import due_of, withdrawn_of
from special_channel.web.shared.own_cells import own_cell
from special_channel.web.shared.references import application_url, ask_number, point_name
from special_channel.web.shared.silence import line as status_line
from special_channel.web.shared.silence import said as status_sentence
from special_channel.web.shared.viewpoint import side_name
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import Content, excerpt, question_in
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.meetings import contents_of
from special_channel.web.shell.questions import last_heard_of

PROMISES: Final = 4
STOPS: Final = 4
POINTS: Final = 2
"""Points that are understood differently."""

CORRECTIONS: Final = 20
"""Corrections that are named; all of them count."""

COLUMNS: Final = 4
"""Private columns of a list that fit on a line of a brief."""

LEADING: Final = (
    "eu_company", "exporter_zh", "member_state", "filed_via_province", "stock_out_on",
    "jobs_at_risk", "rank_reason", "end_use_sector", "control_code", "case_id",
)  # fmt: skip
"""First private columns, in this order: the applicant, then the consequences."""


@dataclass(frozen=True, slots=True)
class BriefSource:
    """Rows of a brief, with functions for its lines and sentences.

    Attributes:
        record: Rows of the present or an earlier record.
        private: Whether facts of our private log are added: their past is unknown.
        meetings: The level's last meetings, last held first.
        points: Their points, each with its meeting.
        questions: Open questions of both sides.
    """

    context: PageContext
    internal: bool
    record: BriefRecord
    private: bool
    meetings: Sequence[MeetingRow]
    points: Sequence[tuple[MeetingRow, PointRow]]
    questions: Sequence[QuestionRow]

    def side(self, party: Party) -> str:
        """Return a side's short name."""
        return side_name(self.context, party).short.first(self.context.lang).text

    def say(self, code: str, **facts: str | int) -> str:
        """Return a sentence of briefs."""
        return self.context.t.gettext(f"brief.{code}", **facts)

    def numbered(self, number: object) -> str:
        """Return an entry's number, with a word next to it if the entry is in doubt."""
        return numbered(self.context, str(number))

    def date(self, text: str) -> str:
        """Return a date of the record in the reader's language; a dash for an empty text."""
        return full_date(date.fromisoformat(text), self.context.lang) if text else "–"

    def state(self, stated: AssertedStatement) -> str:
        """Return the words for a state."""
        return self.context.t.state(stated.state, stated.source)

    def urgency(self, row: QuestionRow) -> Urgency:
        """Return the urgency of a question's reply rule, from the charter named in the question."""
        charter = charter_of(self.context.charters, row.charter)
        rule = charter.reply_rule(row.rule) if charter and row.rule else None
        return rule.urgency if rule else "normal"

    def section(
        self, code: str, lines: Iterable[BriefLine], left: int, empty: str, heading: str = "",
        **facts: str | int,
    ) -> Section:  # fmt: skip
        """Return a section; `left` is the number of omitted lines."""
        more = self.say("more", count=left) if left > 0 else ""
        title = self.say(heading or code, **facts)
        return Section(code, title, tuple(lines), self.say(empty, **facts), more)

    def line(
        self, number: str, words: Words, details: Iterable[str], url: str, *private: str
    ) -> BriefLine:
        """Return a line with text of an entry; a dash for an absent text."""
        words = self.context.readable(words)
        text, lang = words.text or "–", words.lang or "en"
        return BriefLine(self.numbered(number), text, lang, tuple(details), private, url)

    def point(
        self, meeting: MeetingRow, point: PointRow, text: Content | None, details: Iterable[str]
    ) -> BriefLine:
        """Return a line about a point."""
        words = question_in(text, -1, self.context.lang)
        url = f"/meetings/{meeting.position}?entry={point.position}#{point.position}"
        return self.line(point_name(meeting, point), words, details, url)


# Questions and promises ---------------------------------------------------------------


async def questions(source: BriefSource, asker: Party, code: str) -> Section:
    """Write the section of a side's leading questions."""
    context = source.context
    rows = [row for row in source.questions if row.asker == asker]
    top = leading(rows, source.urgency)
    texts = await source.record.notes(top)
    threads = await source.record.threads([row.thread for row in top])
    heard = await last_heard_of(context, top)
    private = (
        await _private_of_threads(context, sorted(threads)) if source.private and threads else {}
    )
    lines = [
        source.line(
            ask_number(row),
            question_in(texts.get(row.note), row.part, context.lang),
            _question_details(source, row, str(threads[row.thread].position), heard.at(row)),
            f"/entries/{row.position}",
            *private.get(row.thread, ()),
        )
        for row in top
    ]
    heading, left = f"{code}-ours" if source.internal else "asked-by", len(rows) - len(top)
    return source.section(code, lines, left, "no-question", heading, side=source.side(asker))


def _question_details(
    source: BriefSource, row: QuestionRow, thread: str, heard: datetime | None
) -> list[str]:
    context, urgency = source.context, source.urgency(row)
    view, withdrawn = context, withdrawn_of(row)
    due = due_of(context, row)
    sentence = status_sentence(row.outcome(), due, view, heard=heard, withdrawn=withdrawn)
    details = [context.t.label("urgency", urgency)] if urgency != "normal" else []
    details.append(sentence.rstrip(".。"))  # details are separated by semicolons
    if row.referred:
        level = context.t.label("role", row.referred[-1].level)
        details.append(source.say("referred", level=level))
    return [*details, source.say("thread", number=source.numbered(thread))]


async def promises(source: BriefSource) -> Section:
    """Write the section of agreed promises, unanswered promises first."""
    context = source.context
    agreed = [
        (meeting, point)
        for meeting, point in source.points
        if (point.kind, point.standing) == ("promise", "agreed")
    ]
    about = await source.record.questions_about([point for _, point in agreed])
    heard = await last_heard_of(context, about.values())
    states = {point.point: promise_state(point, about) for _, point in agreed}
    agreed.sort(key=lambda each: states[each[1].point] in {"answered", "ended"})
    shown = agreed[:PROMISES]
    texts = await contents_of(context, (point.point for _, point in shown))
    lines = []
    for meeting, point in shown:
        details = [source.say("promised-by", side=source.side(point.who))]
        if point.due:
            details.append(source.say("named-day", date=source.date(point.due)))
        asked = [about[each.note, each.q] for each in point.asks if (each.note, each.q) in about]
        if asked:
            last = asked[-1]
            answer = last.answer
            number = f"{last.answering.upper()}-{answer.index}" if answer else ask_number(last)
            due = due_of(context, last)
            status = status_line(last.outcome(), due, heard.at(last), context)
            facts = {"number": source.numbered(number), "said": status}
            details.append(source.say(f"promise-{states[point.point]}", **facts))
        else:
            details.append(source.say("promise-unasked"))
        lines.append(source.point(meeting, point, texts.get(point.point), details))
    return source.section("promises", lines, len(agreed) - len(shown), "no-promise")


# Applications and differences ---------------------------------------------------------


async def stops(source: BriefSource) -> Section:
    """Write the section of line stops without a decision."""
    context = source.context
    waiting = [each for each in await source.record.line_stops() if not _decided(each)]
    shown = waiting[:STOPS]
    private = await _private_of_applications(context, shown) if source.private else {}
    lines = []
    for each in shown:
        number, details = each.application.number, []
        if each.batch is not None:
            number_of_list = source.numbered(f"EU-{each.batch.index}")
            list_ = source.say("dated", text=each.batch.list, date=number_of_list)
            details.append(list_)
        if each.application.cn:
            clock = clock_of(context, each.application, "cn").short
            details.append(source.say("clock", side=source.side("cn"), clock=clock))
        states, kept = _states(source, each), private.get(number, ())
        url = application_url(number)
        lines.append(BriefLine(number, states, context.lang, tuple(details), kept, url))
    return source.section("stops", lines, len(waiting) - len(shown), "no-stop")


def _decided(listed: ListedApplication) -> bool:
    latest = listed.application.latest("cn")
    return latest is not None and bool(latest.decision or latest.decided_on)


def _states(source: BriefSource, listed: ListedApplication) -> str:
    texts = []
    for party in (source.context.party, source.context.peer):
        latest = listed.application.latest(party)
        text = source.state(latest) if latest else "–"
        if latest and latest.as_of:
            text = source.say("dated", text=text, date=source.date(latest.as_of))
        texts.append(f"{source.side(party)}{source.say('colon')}{text}")
    return source.say("semicolon").join(texts)


async def differences(source: BriefSource) -> Section:
    """Write the section of differing points and applications."""
    context = source.context
    points = [each for each in source.points if each[1].standing == "differed"][:POINTS]
    ids = (id_ for _, point in points for id_ in (point.point, point.marks[-1].id))
    texts = await contents_of(context, ids)
    lines = []
    for meeting, point in points:
        other = question_in(texts.get(point.marks[-1].id), -1, context.lang)
        understood = context.readable(other).text or "–"
        details = (
            source.say("drafted-by", side=source.side(point.party)),
            source.say("understands", side=source.side(peer_of(point.party)), text=understood),
        )
        lines.append(source.point(meeting, point, texts.get(point.point), details))
    rows, total = await source.record.differing()
    sides = {"ours": source.side(context.party), "theirs": source.side(context.peer)}
    for row in rows:
        number, text = row.application.number, source.say("statements-differ")
        pairs = tuple(
            source.say("differs", what=context.t.label("difference", each.kind), own=each.own,
                       peer=each.peer, **sides)
            for each in differences_of(context.t, row.application, context.party)
        )  # fmt: skip
        lines.append(BriefLine(number, text, context.lang, pairs, (), application_url(number)))
    return source.section("differences", lines, total - len(rows), "no-difference")


async def corrections(source: BriefSource, made: Sequence[Correction]) -> Section:
    """Write the section of later corrections: before and after, with their positions."""
    context = source.context
    items = [correction_item(context.t, each) for each in made]
    lines = [
        BriefLine(
            item.number,
            correction_said(context.t, item, source.numbered),
            context.lang,
            (source.side(item.by),),
            url=item.url,
        )
        for item in items[:CORRECTIONS]
    ]
    left = len(items) - len(lines)
    return source.section("corrections", lines, left, "no-correction")


# Our private log, for internal briefs alone -------------------------------------------


async def _private_of_threads(
    context: PageContext, threads: Sequence[ThreadId]
) -> Mapping[ThreadId, tuple[str, ...]]:
    """Return by thread the names of its handlers and the beginning of the last internal note."""
    t = context.t
    views = context.own.stores.views
    hands = await views.hands(threads, context.party)
    written = await views.private_of_threads(threads)
    people = await context.own.desk.officials.of_keys(
        sorted({k for keys in hands.values() for k in keys})
    )
    texts: dict[ThreadId, tuple[str, ...]] = {}
    for thread in threads:
        names = sorted({people[key].name for key in hands.get(thread, ()) if key in people})
        joined = t.gettext("brief.comma").join(names)
        lines = [t.gettext("brief.hands", names=joined)] if names else []
        notes = written.get(thread)
        beginning = excerpt(notes[-1], context.lang) if notes else None
        if beginning and beginning.presence == "present":  # an erased note is not quoted
            lines.append(t.gettext("brief.note", text=context.readable(beginning).text))
        texts[thread] = tuple(lines)
    return texts


async def _private_of_applications(
    context: PageContext, rows: Sequence[ListedApplication]
) -> Mapping[str, tuple[str, ...]]:
    """Return by number the private columns of an application's last list."""
    t, colon = context.t, context.t.gettext("brief.colon")
    lists = sorted({row.batch.list for row in rows if row.batch is not None})
    views = context.own.stores.views
    kept = {name: decode_rows(await views.kept_columns(name)) for name in lists}
    return {
        row.application.number: tuple(
            f"{t.label('column', name)}{colon}{own_cell(t, name, value)}"
            for name, value in _cells(kept[row.batch.list].get(row.listing.row, {}))[:COLUMNS]
        )
        for row in rows
        if row.batch is not None and row.listing is not None
    }


def _cells(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the filled private columns of a row, `LEADING` first."""
    cells = sorted(row.get("columns", {}).items(), key=_place)
    return [(str(name), str(value)) for name, value in cells if value]


def _place(cell: tuple[str, object]) -> tuple[int, str]:
    name = cell[0]
    return (LEADING.index(name) if name in LEADING else len(LEADING), name)
