"""A year's figures on both sides, and alerts in every state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.numbers.figures import DEFINITIONS, OUTCOMES, Mean, Measure, Share
from special_channel.core.time.calendars import Words as Phrase
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.alerts.pages import alerts_page as alerts_of
from special_channel.web.alerts.pages import thread_alerts_page
from special_channel.web.alerts.queries import AlertsQuery
from special_channel.web.alerts.views import AlertsView, AlertView
from special_channel.web.figures.pages import figures_page as page_of
from special_channel.web.figures.queries import measure_of
from special_channel.web.figures.views import FiguresView, MonthOutcomes, SideItem
from special_channel.web.shared.words import Pair
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import at, en, hexes, own, zh

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


APART = {"crossed": 3, "unconfirmed": 1, "withdrawn": 2, "requested": 5, "ended": 3}


def side(party: Party, lang: Lang, *, agreed: bool) -> SideItem:
    months = tuple(
        MonthOutcomes(year=2026, month=month, outcomes=dict(zip(OUTCOMES, counts, strict=True)))
        for month, counts in ASKED.items()
    )
    return SideItem(
        answering=party,
        known="2026-11-24T08:39:00Z",
        asks=254,
        counted=247,
        **APART,
        measures=tuple(
            measure_of(each, threshold if agreed else None, catalogue(lang))
            for each, threshold in zip(MEASURES, AGREED, strict=True)
        ),
        months=months,
    )


def figures_page(party: Party, lang: Lang) -> ViewPage:
    """Both sides', agreed."""
    sides = tuple(side(each, lang, agreed=True) for each in (party, peer_of(party)))
    view = FiguresView(
        eu=1205, cn=989, definitions=DEFINITIONS, agreed=True, sides=sides, effect=""
    )
    return page_of(view, 2026, 2026)


def own_figures(party: Party, lang: Lang) -> ViewPage:
    """One's own alone; nothing was asked yet."""
    empty = SideItem(
        answering=party,
        known=None,
        asks=0,
        counted=0,
        **dict.fromkeys(APART, 0),
        measures=tuple(
            measure_of(replace(each, value=_nothing(each), undecided=0), None, catalogue(lang))
            for each in MEASURES
        ),
        months=(),
    )
    view = FiguresView(
        eu=13, cn=0, definitions=DEFINITIONS, agreed=False, sides=(empty,), effect=""
    )
    return page_of(view, 2026, 2027)


def _nothing(measure: Measure) -> Share | Mean:
    return Mean(timedelta(0), 0) if isinstance(measure.value, Mean) else Share(0, 0)


HEAD = Phrase(en="Head of unit", zh="处长")
DESK = Phrase(en="Desk", zh="经办")


def line(party: Party, seed: int, made: datetime, **changed) -> AlertView:
    sent = AlertView(
        id=hexes(seed),
        kind="step",
        number="EU-877 Q1",
        thread_url="/threads/EU-142",
        made_at=made,
        due=at(23, 9, 30),
        step=1,
        title=HEAD,
        role="head",
        name=own(party, "Tereza Šťastná", "李文静"),
        channel="mail",
        state="sent",
        attempts=1,
        closed_at=made + timedelta(seconds=2),
    )
    return sent.model_copy(update=changed)


def lines(party: Party) -> tuple[AlertView, ...]:
    """Every kind and every state."""
    morning = at(24, 8)
    head, desk = own(party, "Tereza Šťastná", "李文静"), own(party, "Astrid Lindqvist", "周明")
    sent = partial(line, party)
    return (
        sent(1, morning, acknowledged=((head, at(24, 8, 12)),)),
        sent(2, at(24, 8, 30), kind="repeat", repeat=1, open=True),
        sent(3, morning, kind="warning", step=175, number="CN-340 Q2", role="desk", name=desk),
        sent(4, morning, state="waiting", attempts=0, closed_at=None, held_until=at(25, 1)),
        sent(
            5, morning, state="waiting", attempts=3, closed_at=None, next_at=at(24, 8, 55),
            error="mail-temporary",
        ),
        sent(6, morning, state="diverted", channel="mail", attempts=4, error="mail-temporary"),
        sent(7, morning, channel="wecom-duty", role="", name=""),
        sent(8, morning, state="undeliverable", attempts=9, error="mail-refused"),
        sent(9, morning, state="superseded", closed_at=at(24, 8, 5), attempts=0),
        sent(10, morning, state="digested"),
        sent(
            11, morning, kind="digest", number="", thread_url="", title=None, step=0, due=None,
            listed=("EU-877 Q1", "EU-877 Q2", "CN-340 Q1", "EU-1021 Q1"),
        ),
        sent(12, morning, state="refused", error="channel-gone"),
        sent(13, morning, state="acknowledged", attempts=0, title=DESK),
    )  # fmt: skip


def alerts_page(party: Party) -> ViewPage:
    view = AlertsView(items=lines(party), older=at(23, 8))
    return alerts_of(view, AlertsQuery(before=at(25, 8)))


def empty_alerts(party: Party) -> ViewPage:
    del party
    return alerts_of(AlertsView(items=()), AlertsQuery(show="mine"))


def thread_alerts(party: Party) -> ViewPage:
    subject = Pair(en("Certificates for five applications"), zh("五份申请的证明"))
    of_first = [each for each in lines(party)[:6] if each.number == "EU-877 Q1"]
    groups = [
        {"number": "EU-877 Q1", "due": at(23, 9, 30), "items": of_first, "steps": ()},
        {"number": "EU-877 Q2", "due": at(26, 9, 30), "items": (), "steps": ()},
    ]
    return thread_alerts_page("EU-142", subject, groups)
