"""Figures as JSON: the numbers, what they are of, and by which definitions.

Does not count and does not render.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.times import timestamp
from special_channel.core.numbers.figures import DEFINITIONS, Figures, Period, are_counted
from special_channel.messages.catalogue import catalogue
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.pages.figures import indicator
from special_channel.web.reading.figures import Read, agreed, read, shown
from special_channel.web.shell.context import Scene, scene
from special_channel.web.shell.frame import effect_text

FIRST: Final = date(2000, 1, 1)


class MeasureItem(Body):
    """One measure. `value`: per cent of a share, days of a time; absent of nothing.

    `part` of `whole` asks; `undecided` are in neither. `imi` is the IMI indicator that it is
    or stands in for. `agreed` is the charter's threshold, `reached` whether it is met.
    """

    measure: str
    title: str
    definition: str
    value: str | None = None
    part: int | None = None
    whole: int
    undecided: int
    imi: int | None = None
    agreed: int | None = None
    reached: bool | None = None


class SideItem(Body):
    """One answering side's figures; `known` is up to when its record is known here."""

    answering: str
    known: str | None = None
    asks: int
    counted: int
    crossed: int
    unconfirmed: int
    ended: int
    measures: tuple[MeasureItem, ...]


class FiguresItem(Body):
    """Figures, with the sizes (m, n) of both logs that they are a function of.

    `effect` is the charter's text on what dates and answers mean in law; empty without a charter.
    """

    eu: int
    cn: int
    since: str | None = None
    until: str | None = None
    definitions: str
    agreed: bool
    sides: tuple[SideItem, ...]
    effect: str


@operation(
    Operation("Read figures on asks", response=FiguresItem, query=("since", "until", "lang"))
)
async def get_figures(request: web.Request) -> FiguresItem:
    """Return the own side's figures; both sides' once the charter adopted definitions.

    `since` and `until` are dates in UTC; the last is not included.
    """
    seen = await scene(request)
    period = Period(_date(request, "since"), _date(request, "until"))
    found = await read(seen, period)
    parties = shown(seen)
    return FiguresItem(
        eu=found.eu,
        cn=found.cn,
        since=timestamp(period.since) if period.since else None,
        until=timestamp(period.until) if period.until else None,
        definitions=DEFINITIONS,
        agreed=len(parties) > 1,
        sides=tuple(_side(seen, found, found.of(party, period)) for party in parties),
        effect=effect_text(seen),
    )


def _side(seen: Scene, found: Read, counted: Figures) -> SideItem:
    adopted, label = agreed(seen), catalogue(seen.lang).label
    thresholds = adopted if adopted and are_counted(adopted) else None
    known = found.known.get(counted.answering)
    items = []
    for measure in counted.measures:
        made = indicator(measure, thresholds.threshold(measure.name) if thresholds else None)
        items.append(
            MeasureItem(
                measure=made.name,
                title=label("figure", made.name),
                definition=label("figure-how", made.name),
                value=made.value,
                part=made.part,
                whole=made.whole,
                undecided=made.undecided,
                imi=made.imi,
                agreed=made.threshold,
                reached=made.reached,
            )
        )
    apart = dict(counted.apart)
    return SideItem(
        answering=counted.answering,
        known=timestamp(known) if known else None,
        asks=counted.asks,
        counted=counted.counted,
        crossed=apart["crossed"],
        unconfirmed=apart["unconfirmed"],
        ended=apart["ended"],
        measures=tuple(items),
    )


def _date(request: web.Request, name: str) -> datetime | None:
    """Read a date of the query as its first instant in UTC.

    Raises:
        Malformed: `date-malformed`.
    """
    text = request.query.get(name)
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if found < FIRST:
        raise Malformed("date-malformed", "A date is 2026-11-24.", field=name)
    return datetime.combine(found, time(), UTC)
