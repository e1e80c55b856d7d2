"""Figures, read at one moment of both logs; one query however many asks there are.

Does not count: `core/numbers/figures.py` does. Shows the other side's only where the charter in
force adopted definitions and thresholds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.numbers.figures import (
    DEFINITIONS,
    Case,
    Figures,
    Period,
    are_counted,
    case_of,
    figures,
)
from special_channel.core.rows.charter import AgreedFigures
from special_channel.web.pages.figures import FiguresPage, SideFigures, chart, indicator
from special_channel.web.shared.capitals import local
from special_channel.web.shell.context import Scene

FIRST_YEAR = 2025
"""The channel's first (reference: public record of its beginning). No page goes before it."""


@dataclass(frozen=True, slots=True)
class Read:
    """What figures are a function of.

    Attributes:
        eu: Size of EU's log, `cn` of CN's: the (m, n) of the numbers.
        known: Up to when each log is known here; absent if nothing of it was ever stamped.
    """

    eu: int
    cn: int
    cases: tuple[Case, ...]
    known: Mapping[Party, datetime]

    def of(self, party: Party, period: Period) -> Figures:
        """Count one side's."""
        known = self.known.get(party, datetime.min.replace(tzinfo=UTC))
        return figures(self.cases, party, known, period)


def agreed(scene: Scene) -> AgreedFigures | None:
    """Return what the charter in force adopted about figures."""
    return scene.document.figures if scene.document else None


def shown(scene: Scene) -> tuple[Party, ...]:
    """Return whose figures are shown, one's own first."""
    adopted = agreed(scene)
    if adopted is not None and are_counted(adopted):
        return scene.party, scene.peer
    return (scene.party,)


async def read(scene: Scene, period: Period) -> Read:
    """Read the asks of a period."""
    found = await scene.own.asked.asked(period.since, period.until)
    known = {scene.party: scene.now}
    for party, note in zip(PARTIES, found.stamped, strict=True):
        at = scene.stamped(party, note) if note and party != scene.party else None
        if at is not None:
            known[party] = at
    return Read(found.eu, found.cn, tuple(case_of(*row) for row in found.rows), known)


def year_of(scene: Scene, text: str | None) -> int:
    """Return the year asked for; the present one in the own capital without.

    Raises:
        Malformed: `request-malformed`.
    """
    present = local(scene.now, scene.party).year
    if text is None:
        return present
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:5]) <= present):
        raise Malformed("request-malformed", "There are no figures of that year.", field="year")
    return int(text)


def period_of(year: int) -> Period:
    """Return a year, in UTC: both sides count the same asks."""
    return Period(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))


async def figures_page(scene: Scene, year: int) -> FiguresPage:
    """Read the page."""
    period = period_of(year)
    found = await read(scene, period)
    adopted, parties = agreed(scene), shown(scene)
    present = local(scene.now, scene.party).year
    return FiguresPage(
        year=year,
        sides=tuple(_side(found, party, period, year, adopted) for party in parties),
        up_to=(_last("eu", found.eu), _last("cn", found.cn)),
        definitions=DEFINITIONS,
        agreed=len(parties) > 1,
        other_definitions=adopted.definitions if adopted and not are_counted(adopted) else "",
        previous_url=f"/figures?year={year - 1}" if year > FIRST_YEAR else None,
        next_url=f"/figures?year={year + 1}" if year < present else None,
    )


def _side(
    found: Read, party: Party, period: Period, year: int, adopted: AgreedFigures | None
) -> SideFigures:
    counted = found.of(party, period)
    thresholds = adopted if adopted and are_counted(adopted) else None
    return SideFigures(
        party=party,
        asks=counted.asks,
        counted=counted.counted,
        apart=counted.apart,
        indicators=tuple(
            indicator(each, thresholds.threshold(each.name) if thresholds else None)
            for each in counted.measures
        ),
        chart=chart(year, counted.months),
        known=found.known.get(party),
    )


def _last(party: Party, size: int) -> str:
    return str(Position(party, size - 1)) if size else "–"
