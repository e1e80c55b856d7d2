"""A side's statutory clock in words: its day, and the sentence that explains the day.

Does not count days: `core.time.statutory` does. A sentence names the side that stated the acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import (
    ApplicationRow,
    ClockFact,
    ClockMark,
    events,
)
from special_channel.core.time.calendars import Calendar, days_between
from special_channel.core.time.statutory import (
    DECISION_DAYS,
    Event,
    Standing,
    StatutoryClock,
    Uncounted,
    deemed_after,
    statutory_clock,
)
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.messages.dates import full_date
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import RecordViewpoint, side_name


class ClockView(View):
    """A side's statutory clock of an application, today in Beijing.

    Attributes:
        stated: Whether the side states any act of the procedure.
        accepted: Day of acceptance, stated or by law (`deemed`).
        accepted_on: Last day of acceptance that the side states.
        day: Working days since `accepted`, in China's calendar.
        over: More days than the limit; never if some time was not counted.
        provisional: No calendar covers some counted date.
        short: Text of a column, such as "day 31 of 45".
        sentence: Sentence that explains the day and names the side that stated the acts.
    """

    standing: Standing
    stated: bool
    accepted: date | None = None
    accepted_on: date | None = None
    deemed: bool
    day: int
    limit: int | None = None
    last_day: date | None = None
    over: bool
    provisional: bool
    short: str
    sentence: str


def clock_of(view: RecordViewpoint, row: ApplicationRow, party: Party) -> ClockView:
    """Return the clock of an application by a side's statements."""
    acts, by = events(row, party), _stated_by(view, row, party)
    return _in_words(view.lang, view.calendar("cn"), acts, view.today("cn"), by)


@dataclass(frozen=True, slots=True)
class ClocksOfCn:
    """What words on the clock by CN's statements depend on, beside the statements: for a day.

    Attributes:
        calendar: China's calendar.
        today: The date in Beijing.
        name: CN's name.
    """

    lang: Lang
    calendar: Calendar
    today: date
    name: str

    @classmethod
    def of(cls, view: RecordViewpoint) -> ClocksOfCn:
        """Return them for a reader; once for many applications."""
        name = side_name(view, "cn").short.first(view.lang).text
        return cls(view.lang, view.calendar("cn"), view.today("cn"), name)

    def clock(self, row: ApplicationRow) -> ClockView:
        """Return the clock of an application, as `clock_of` does."""
        acts = events(row, "cn")
        return _in_words(self.lang, self.calendar, acts, self.today, ("cn", self.name))


# Rows of a page often have equal acts.
@lru_cache(maxsize=4096)
def counted(calendar: Calendar, acts: tuple[Event, ...], on: date) -> StatutoryClock:
    """Return the clock of acts on a date."""
    return statutory_clock(calendar, acts, on)


@lru_cache(maxsize=4096)
def _in_words(
    lang: Lang, calendar: Calendar, acts: tuple[Event, ...], on: date, by: tuple[Party, str]
) -> ClockView:
    """Return the clock of acts on a date. `by`: the side, and its source or name."""
    t, clock = catalogue(lang), counted(calendar, acts, on)
    return ClockView(
        standing=clock.standing,
        stated=bool(acts),
        accepted=clock.accepted,
        accepted_on=next((each.on for each in reversed(acts) if each.act == "accepted"), None),
        deemed=clock.deemed,
        day=clock.day,
        limit=clock.limit,
        last_day=clock.last_day,
        over=clock.over,
        provisional=clock.provisional,
        short=short(t, clock),
        sentence=_attributed(t, by, pieces(t, calendar, acts, clock, on)),
    )


def short(t: Catalogue, clock: StatutoryClock) -> str:
    """Write a clock for a column."""
    facts = {"day": clock.day, "limit": clock.limit or DECISION_DAYS}
    if clock.over:
        return t.gettext("clock-short.over", **facts)
    if clock.standing == "running" and clock.limit is not None and clock.day > clock.limit:
        return t.gettext("clock-short.day", **facts)
    if clock.standing == "ended" and clock.accepted is None:
        return t.gettext("clock-short.ended-before")
    return t.gettext(f"clock-short.{clock.standing}", **facts)


def used_days(t: Catalogue, days: int, clock: str, *, paused: bool) -> str:
    """Write the working days that a return sheet states as used.

    `clock`: its word for the clock. `paused`: whether the side had stated by then, of the same
    round, that time is not counted, in whatever entry. More days than the limit never stand without
    a word on such time.
    """
    if days <= DECISION_DAYS:
        return t.ngettext("%(num)s of 45 working days", "%(num)s of 45 working days", days)
    said = paused or clock in {"not_counted", "no_limit"}
    return t.gettext("clock.used-beside" if said else "clock.used-over", days=days)


def _stated_by(view: RecordViewpoint, row: ApplicationRow, party: Party) -> tuple[Party, str]:
    """Return a side with its source (EU) or its name (CN)."""
    if party == "eu":
        return party, _source(row)
    return party, side_name(view, party).short.first(view.lang).text


def _attributed(t: Catalogue, by: tuple[Party, str], sentence: str) -> str:
    """Attribute a sentence to its side: an estimate of the EU's, or a statement of CN."""
    party, name = by
    if party == "eu":
        return t.gettext("clock.by-eu", source=t.label("source", name), said=sentence)
    return t.gettext("clock.by-cn", side=name, said=sentence)


def _source(row: ApplicationRow) -> str:
    """Return the source of the EU's last statement on the procedure, else of its last state."""
    statements = row.live("eu")
    on_procedure = [
        each for each in statements if isinstance(each, ClockMark) or each.clock or each.decided_on
    ]
    last = (on_procedure or statements)[-1:]
    return last[0].source if last else "unstated"


def pieces(
    t: Catalogue, calendar: Calendar, acts: tuple[Event, ...], clock: StatutoryClock, on: date
) -> str:
    """Explain a clock's day in one sentence."""
    semicolon, stop = ("; ", ".") if t.lang == "en" else ("；", "。")
    return semicolon.join(_pieces(t, calendar, acts, clock, on)) + stop


def _pieces(
    t: Catalogue, calendar: Calendar, acts: tuple[Event, ...], clock: StatutoryClock, on: date
) -> Iterator[str]:
    if clock.accepted is None:
        yield _not_accepted(t, calendar, acts, clock, on)
        return
    yield _accepted(t, clock)
    yield from _day(t, clock)
    until = next((e.on for e in reversed(acts) if clock.standing == "ended" and e.on <= on), on)
    yield from _closures(t.lang, calendar, clock.accepted, until)
    yield from (_span(t, span) for span in clock.spans)
    if clock.last_day is not None and clock.limit is not None and clock.day <= clock.limit:
        yield t.gettext("clock.last-day", limit=clock.limit, date=full_date(clock.last_day, t.lang))
    if clock.provisional:
        yield t.gettext("clock.provisional")


def _not_accepted(
    t: Catalogue, calendar: Calendar, acts: tuple[Event, ...], clock: StatutoryClock, on: date
) -> str:
    if clock.standing == "ended":
        return t.gettext("clock.ended-before")
    past = [event for event in acts if event.on <= on]
    if not past:
        return t.gettext("clock.not-accepted")
    if past[-1].act == "supplement":
        return t.gettext("clock.supplement", date=full_date(past[-1].on, t.lang))
    received = [event.on for event in past if event.act == "received"]
    if not received:
        return t.gettext("clock.not-accepted")
    until = deemed_after(calendar, received[-1])
    return t.gettext(
        "clock.received",
        date=full_date(received[-1], t.lang),
        until=full_date(until, t.lang),
    )


def _accepted(t: Catalogue, clock: StatutoryClock) -> str:
    assert clock.accepted is not None  # noqa: S101 - called for accepted applications only
    how = "deemed" if clock.deemed else "accepted-again" if clock.acceptances > 1 else "accepted"
    return t.gettext(f"clock.{how}", date=full_date(clock.accepted, t.lang))


def _day(t: Catalogue, clock: StatutoryClock) -> Iterator[str]:
    facts = {"day": clock.day, "limit": clock.limit or DECISION_DAYS}
    if clock.standing == "unlimited":
        yield t.gettext("clock.council")
    if clock.standing == "ended":
        yield t.gettext("clock.ended", **facts)
    elif clock.limit is None or clock.day > clock.limit:
        yield t.gettext("clock.day-alone", **facts)
    else:
        yield t.gettext("clock.day", **facts)
    if clock.over:
        yield t.gettext("clock.over", **facts)


# Many applications of a page were accepted on the same dates.
@lru_cache(maxsize=4096)
def _closures(lang: Lang, calendar: Calendar, accepted: date, until: date) -> tuple[str, ...]:
    """Name the closures and make-up days of the calendar between acceptance and a date."""
    t = catalogue(lang)
    closed: list[tuple[date, date, str]] = []
    made_up: list[str] = []
    # No day is named outside: a date of acceptance can be of another century.
    first, last = (
        max(accepted + timedelta(days=1), calendar.reach[0]),
        min(until, calendar.reach[1]),
    )
    for day in days_between(first, last):
        note = calendar.note(day)
        if note.name is None:
            continue
        name = note.name.en if lang == "en" else note.name.zh
        if note.kind == "make-up":
            made_up.append(full_date(day, lang))
        elif closed and closed[-1][2] == name and closed[-1][1] == day - timedelta(days=1):
            closed[-1] = (closed[-1][0], day, name)
        else:
            closed.append((day, day, name))
    comma = ", " if lang == "en" else "、"
    spans = comma.join(
        f"{_dates(t, first, last)}{_in_brackets(t, name)}" for first, last, name in closed
    )
    sentences = (
        ("clock.closed", {"spans": spans}),
        ("clock.made-up", {"days": comma.join(made_up)}),
    )
    return tuple(t.gettext(msgid, **facts) for msgid, facts in sentences if any(facts.values()))


def _span(t: Catalogue, span: Uncounted) -> str:
    basis = _in_brackets(t, t.label("uncounted", span.basis or "unstated"))
    if span.last is not None:
        last = max(span.first, span.last - timedelta(days=1))
        return t.gettext("clock.uncounted", span=_dates(t, span.first, last), basis=basis)
    facts = {"date": full_date(span.first, t.lang), "basis": basis}
    if span.expected_until is None:
        return t.gettext("clock.uncounted-since", **facts)
    until = full_date(span.expected_until, t.lang)
    return t.gettext("clock.uncounted-until", **facts, until=until)


def act_text(t: Catalogue, fact: ClockFact, *, sheet: bool = False) -> str:
    """Write an act with its date; for time not counted also the reason and the expected end.

    Args:
        t: The catalogue of the reader's language.
        fact: The act.
        sheet: A weekly sheet repeats that time is counted, as of its date: no new beginning.
    """
    on = date.fromisoformat(fact.on)
    if sheet and fact.act == "counted":
        return t.gettext("clock.counted-as-of", date=full_date(on, t.lang))
    if fact.act == "uncounted":
        until = date.fromisoformat(fact.expected_until) if fact.expected_until else None
        return _span(t, Uncounted(on, None, fact.basis, until))
    gap = " " if t.lang == "en" else ""
    return f"{t.label('act', fact.act)}{gap}{full_date(on, t.lang)}"


def _dates(t: Catalogue, first: date, last: date) -> str:
    if first == last:
        return full_date(first, t.lang)
    return t.gettext("clock.span", first=full_date(first, t.lang), last=full_date(last, t.lang))


def _in_brackets(t: Catalogue, words: str) -> str:
    return f" ({words})" if t.lang == "en" else f"（{words}）"
