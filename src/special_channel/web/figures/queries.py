"""Read figures on questions, in a single query for a period.

By the present record, or as recorded then. Does not count: `core/numbers/figures.py` does. The
other side's figures are shown only if the charter in force adopted definitions and thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import instant, timestamp
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
from special_channel.core.rows.recorded_talks import note_as_recorded, question_as_recorded
from special_channel.messages.catalogue import Catalogue
from special_channel.stores.figures import AskedRow
from special_channel.web.figures.views import FiguresView, MeasureItem, MonthOutcomes, SideItem
from special_channel.web.shared.extents import NO_ENTRY, ExtentView, extent_of
from special_channel.web.shared.query import Query, Text, Whole, read_day
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.extents import ExtentQuery, context_then, read_extent
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


class ThenQuery(Query):
    """The earlier record of figures; without values, the present record.

    Attributes:
        counting: `recorded`: as recorded at the end of the period, unless entries are given.
        eu: Last entry of the EU's log to count, such as `EU-811`; `-` for no entry.
        cn: The same of CN's log.
        eu_known: Time up to which the EU's answers were known, such as `2026-11-24T08:00:00Z`;
            `-` for no time. By default the time of the EU's last counted entry.
        cn_known: The same of CN.
    """

    counting: Literal["", "recorded"] = ""
    eu: Text = ""
    cn: Text = ""
    eu_known: Text = ""
    cn_known: Text = ""

    @property
    def address(self) -> str:
        """The earlier record as in an address."""
        return urlencode([(name, getattr(self, name)) for name in _THEN if getattr(self, name)])


_THEN: Final = tuple(ThenQuery.model_fields)

PRESENT: Final = ThenQuery()


class YearQuery(ThenQuery):
    """A year; by default the present year in our capital."""

    year: Whole | None = None


class FiguresQuery(ThenQuery):
    """Dates in UTC; `until` is not included. `lang`: the reader's language."""

    since: str = ""
    until: str = ""
    lang: str = ""

    def period(self) -> Period:
        """Return the period.

        Raises:
            Malformed: `date-malformed`, with the parameter; `date-order`.
        """
        since, until = _instant("since", self.since), _instant("until", self.until)
        if since and until and since > until:
            raise Malformed("date-order", "The last day is before the first.")
        return Period(since, until)


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


async def read(context: PageContext, period: Period, query: ThenQuery = PRESENT) -> FiguresView:
    """Read our side's figures, and both sides' if the charter adopted the definitions.

    Raises:
        Malformed: `date-malformed`, `position-malformed`, `extent-outside`.
    """
    extent = await _extent(context, period, query)
    then = context_then(context, extent) if extent else context
    rows = await context.own.stores.asked.asked(period.since, period.until)
    pairs = _recorded(rows.rows, extent) if extent else rows.rows
    known = _known(context, rows.stamped)
    if extent:
        known = await _known_then(context, extent, query, known)
    adopted = then.document.figures if then.document else None
    agreed = adopted if adopted is not None and are_counted(adopted) else None
    cases = tuple(case_of(*row) for row in pairs)
    never = datetime.min.replace(tzinfo=UTC)
    return FiguresView(
        eu=extent.eu if extent else rows.eu,
        cn=extent.cn if extent else rows.cn,
        extent=extent,
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
        effect=effect_text(then),
    )


async def _extent(context: PageContext, period: Period, query: ThenQuery) -> ExtentView | None:
    if not query.address:
        return None
    chosen = ExtentQuery(counting="recorded", eu=query.eu, cn=query.cn)
    # Entries of the present second count.
    now = context.now + timedelta(seconds=1)
    return await read_extent(context, chosen, min(period.until or now, now))


def _recorded(rows: Sequence[AskedRow], extent: ExtentView) -> list[AskedRow]:
    """Return the questions as of the last entries; those asked later are left out."""
    sizes = extent_of(extent).sizes
    known = ((question_as_recorded(ask, sizes), note) for ask, note in rows)
    return [(ask, note and note_as_recorded(note, sizes)) for ask, note in known if ask is not None]


def _known(context: PageContext, stamped: tuple[str | None, str | None]) -> dict[Party, datetime]:
    """Return the times up to which both logs are known now."""
    known = {context.party: context.now}
    for party, note in zip(PARTIES, stamped, strict=True):
        at = context.stamped(party, note) if note and party != context.party else None
        if at is not None:
            known[party] = at
    return known


async def _known_then(
    context: PageContext, extent: ExtentView, query: ThenQuery, present: Mapping[Party, datetime]
) -> dict[Party, datetime]:
    """Return the times up to which both logs were known at the last entries.

    `present`: those known now; no address names a later time than is known.

    Raises:
        Malformed: `date-malformed`.
    """
    texts, known = {"eu": query.eu_known, "cn": query.cn_known}, dict[Party, datetime]()
    for party, size in extent_of(extent).sizes.items():
        accepted = await context.own.stores.asked.accepted(party, size)
        if texts[party] == NO_ENTRY:
            continue
        if texts[party]:
            at = _time(f"{party}_known", texts[party])
            if party in present:
                known[party] = min(at, present[party])
        elif accepted:
            known[party] = instant(accepted)
    return known


def _time(name: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        message = "A time looks like 2026-11-24T08:00:00Z."
        raise Malformed("date-malformed", message, field=name) from None


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
        Malformed: `date-malformed`, `date-range`.
    """
    on = read_day(text, field=name)
    if on is None:
        return None
    if on < FIRST:
        first, last = FIRST.isoformat(), date.max.isoformat()
        raise Malformed("date-range", "No record is older.", first=first, last=last)
    return datetime.combine(on, time(), UTC)
