"""Read figures on questions, in a single query for a period.

Does not count: `core/numbers/figures.py` does. The other side's figures are shown only if the
charter in force adopted definitions and thresholds.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import timestamp
from special_channel.core.numbers.figures import (
    DEFINITIONS,
    Figures,
    Mean,
    Measure,
    Name,
    Period,
    are_counted,
    case_of,
    figures,
    meets,
)
from special_channel.core.rows.charter import AgreedFigures
from special_channel.messages.catalogue import Catalogue
from special_channel.web.figures.views import FiguresView, MeasureItem, MonthOutcomes, SideItem
from special_channel.web.shared.query import Query, Whole, read_day
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import effect_text

FIRST_YEAR: Final = 2025
"""First year of the channel (reference: public record of its beginning)."""

FIRST: Final = date(2000, 1, 1)
"""Earliest date of a period over the API."""

IMI: Final[dict[Name, int]] = {
    "acknowledged-in-time": 1,
    "days-to-answer": 2,
    "answered-in-time": 3,
    "date-passed": 4,
    "referred": 5,
}
"""Number of the IMI indicator that a measure is or corresponds to."""


class YearQuery(Query):
    """A year; by default the present year in our capital."""

    year: Whole | None = None


class FiguresQuery(Query):
    """Dates in UTC; `until` is not included. `lang`: the reader's language."""

    since: str = ""
    until: str = ""
    lang: str = ""

    def period(self) -> Period:
        """Return the period.

        Raises:
            Malformed: `date-malformed`, with the parameter.
        """
        return Period(_instant("since", self.since), _instant("until", self.until))


def year_of(context: PageContext, query: YearQuery) -> int:
    """Return the year asked for.

    Raises:
        Malformed: `request-malformed` for a year without figures.
    """
    present = context.today(context.party).year
    year = present if query.year is None else query.year
    if not FIRST_YEAR <= year <= present:
        raise Malformed("request-malformed", "There are no figures of that year.", field="year")
    return year


def period_of(year: int) -> Period:
    """Return a year in UTC, for equal counts on both sides."""
    return Period(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))


async def read(context: PageContext, period: Period) -> FiguresView:
    """Read our side's figures, and both sides' if the charter adopted the definitions."""
    rows = await context.own.stores.asked.asked(period.since, period.until)
    known = {context.party: context.now}
    for party, note in zip(PARTIES, rows.stamped, strict=True):
        at = context.stamped(party, note) if note and party != context.party else None
        if at is not None:
            known[party] = at
    adopted = context.document.figures if context.document else None
    agreed = adopted if adopted is not None and are_counted(adopted) else None
    cases = tuple(case_of(*row) for row in rows.rows)
    never = datetime.min.replace(tzinfo=UTC)
    return FiguresView(
        eu=rows.eu,
        cn=rows.cn,
        since=timestamp(period.since) if period.since else None,
        until=timestamp(period.until) if period.until else None,
        definitions=DEFINITIONS,
        other_definitions=adopted.definitions if adopted and not agreed else None,
        agreed=agreed is not None,
        sides=tuple(
            side_of(
                figures(cases, party, known.get(party, never), period),
                known.get(party),
                agreed,
                context.t,
            )
            for party in ((context.party, context.peer) if agreed else (context.party,))
        ),
        effect=effect_text(context),
    )


def side_of(
    counted: Figures, known: datetime | None, agreed: AgreedFigures | None, t: Catalogue
) -> SideItem:
    """Return the figures of a side, with thresholds and the reader's words."""
    return SideItem(
        answering=counted.answering,
        known=timestamp(known) if known else None,
        asks=counted.asks,
        counted=counted.counted,
        **dict(counted.apart),
        measures=tuple(
            measure_of(each, agreed.threshold(each.name) if agreed else None, t)
            for each in counted.measures
        ),
        months=tuple(
            MonthOutcomes(year=each.year, month=each.month, outcomes=dict(each.outcomes))
            for each in counted.months
        ),
    )


def measure_of(measure: Measure, threshold: int | None, t: Catalogue) -> MeasureItem:
    """Return a measure with its threshold and the reader's words."""
    value = measure.value
    tenths = value.tenths
    return MeasureItem(
        measure=measure.name,
        title=t.label("figure", measure.name),
        definition=t.label("figure-how", measure.name),
        value=None if tenths is None else f"{tenths // 10}.{tenths % 10}",
        part=None if isinstance(value, Mean) else value.part,
        whole=value.whole,
        undecided=measure.undecided,
        imi=IMI.get(measure.name),
        agreed=threshold,
        reached=None if threshold is None else meets(measure, threshold),
    )


def _instant(name: str, text: str) -> datetime | None:
    """Return the first instant of a date in UTC.

    Raises:
        Malformed: `date-malformed`.
    """
    on = read_day(text, field=name)
    if on is None:
        return None
    if on < FIRST:
        raise Malformed("date-malformed", "A date looks like 2026-11-24.", field=name)
    return datetime.combine(on, time(), UTC)
