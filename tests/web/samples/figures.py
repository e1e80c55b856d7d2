"""A year's figures on both sides, and alerts in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.numbers.figures import OUTCOMES, Mean, Measure, Month, Share
from special_channel.core.time.calendars import Words as Phrase
from special_channel.web.pages.alerts import (
    AlertGroup,
    AlertLine,
    AlertsPage,
    ThreadAlertsPage,
    Told,
)
from special_channel.web.pages.figures import FiguresPage, SideFigures, chart, indicator
from special_channel.web.shared.words import Pair
from tests.web.samples.people import at, en, hexes, zh

MEASURES = (
    Measure("acknowledged-in-time", Share(212, 243), 4),
    Measure("days-to-answer", Mean(timedelta(days=1021, hours=7), 229), 18),
    Measure("answered-in-time", Share(187, 236), 11),
    Measure("date-passed", Share(38, 236), 11),
    Measure("referred", Share(3, 236), 11),
    Measure("days-to-acknowledge", Mean(timedelta(days=410), 230), 17),
)
AGREED = (80, 16, 80, None, 5, None)
ASKED = {
    9: (41, 7, 4, 0, 0, 1, 2, 1, 1),
    10: (58, 12, 9, 0, 2, 0, 3, 0, 1),
    11: (30, 3, 1, 11, 1, 1, 0, 1, 0),
}


def side(party: Party, *, agreed: bool) -> SideFigures:
    months = tuple(
        Month(2026, month, tuple(zip(OUTCOMES, counts, strict=True)))
        for month, counts in ASKED.items()
    )
    return SideFigures(
        party=party,
        asks=254,
        counted=247,
        apart=(
            ("crossed", 3),
            ("unconfirmed", 1),
            ("withdrawn", 2),
            ("requested", 5),
            ("ended", 3),
        ),
        indicators=tuple(
            indicator(each, threshold if agreed else None)
            for each, threshold in zip(MEASURES, AGREED, strict=True)
        ),
        chart=chart(2026, months),
        known=at(24, 8, 39),
    )


def figures_page(party: Party) -> FiguresPage:
    """Both sides', agreed."""
    return FiguresPage(
        2026,
        (side(party, agreed=True), side(peer_of(party), agreed=True)),
        ("EU-1204", "CN-988"),
        "imi-1",
        agreed=True,
        previous_url="/figures?year=2025",
    )


def own_figures(party: Party) -> FiguresPage:
    """One's own alone; nothing was asked yet."""
    empty = replace(
        side(party, agreed=False),
        asks=0,
        counted=0,
        apart=(
            ("crossed", 0),
            ("unconfirmed", 0),
            ("withdrawn", 0),
            ("requested", 0),
            ("ended", 0),
        ),
        indicators=tuple(
            indicator(replace(each, value=_nothing(each), undecided=0), None) for each in MEASURES
        ),
        chart=chart(2026, ()),
    )
    return FiguresPage(2026, (empty,), ("EU-12", "–"), "imi-1", next_url="/figures?year=2027")


def _nothing(measure: Measure) -> Share | Mean:
    return Mean(timedelta(0), 0) if isinstance(measure.value, Mean) else Share(0, 0)


HEAD = Phrase(en="Head of unit", zh="处长")
DESK = Phrase(en="Desk", zh="经办")


def line(seed: int, made: datetime, **changed) -> AlertLine:
    made_of = AlertLine(
        id=hexes(seed),
        url=f"/alerts/{hexes(seed)}",
        kind="step",
        number="EU-877 Q1",
        thread_url="/threads/EU-142",
        made_at=made,
        due=at(23, 9, 30),
        step=1,
        title=HEAD,
        told=Told("head", "Tereza Šťastná"),
        channel="mail",
        state="sent",
        attempts=1,
        closed_at=made + timedelta(seconds=2),
    )
    return replace(made_of, **changed)


def lines() -> tuple[AlertLine, ...]:
    """Every kind and every state."""
    morning = at(24, 8)
    return (
        line(1, morning, acknowledged=(("Tereza Šťastná", at(24, 8, 12)),)),
        line(2, morning, kind="repeat", repeat=1, open=True),
        line(3, morning, kind="warning", step=175, number="CN-340 Q2", told=Told("desk", "周明")),
        line(4, morning, state="waiting", attempts=0, closed_at=None, held_until=at(25, 1)),
        line(
            5, morning, state="waiting", attempts=3, closed_at=None, next_at=at(24, 8, 55),
            error="mail-temporary",
        ),
        line(6, morning, state="diverted", channel="mail", attempts=4, error="mail-temporary"),
        line(7, morning, channel="wecom-duty", told=Told()),
        line(8, morning, state="undeliverable", attempts=9, error="mail-refused"),
        line(9, morning, state="superseded", closed_at=at(24, 8, 5), attempts=0),
        line(10, morning, state="digested"),
        line(
            11, morning, kind="digest", number="", thread_url="", title=None, step=0, due=None,
            listed=("EU-877 Q1", "EU-877 Q2", "CN-340 Q1", "EU-1021 Q1"),
        ),
        line(12, morning, state="refused", error="channel-gone"),
        line(13, morning, state="acknowledged", attempts=0, title=DESK),
    )  # fmt: skip


def alerts_page(party: Party) -> AlertsPage:
    del party
    return AlertsPage(lines(), older_url="/alerts?before=x", back_url="/alerts")


def empty_alerts(party: Party) -> AlertsPage:
    del party
    return AlertsPage((), show="mine")


def thread_alerts(party: Party) -> ThreadAlertsPage:
    del party
    title = Pair(en("Certificates for five applications"), zh("五份申请的证明"))
    return ThreadAlertsPage(
        "EU-142",
        title,
        (
            AlertGroup("EU-877 Q1", at(23, 9, 30), lines()[:6]),
            AlertGroup("EU-877 Q2", at(26, 9, 30), ()),
        ),
    )
