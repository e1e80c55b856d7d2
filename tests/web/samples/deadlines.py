"""Deadlines over a year's end: closures of both sides, a year without a calendar, moved dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.time.calendars import DayNote, days_between
from special_channel.core.time.calendars import Words as Phrase
from special_channel.web.deadlines.pages import Lanes, Mark, lane
from special_channel.web.deadlines.pages import deadlines_page as page
from special_channel.web.deadlines.queries import DAYS
from special_channel.web.deadlines.views import DeadlineItem, DeadlinesQuery, DeadlinesView
from special_channel.web.shared.dues import Step
from special_channel.web.shared.words import Pair
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.batches import TITLE, batch_ref
from tests.web.samples.inbox import due
from tests.web.samples.people import at, en, zh

FIRST = date(2026, 11, 23)
YEAR_END = Phrase(en="End of year", zh="年末放假")
NEW_YEAR = Phrase(en="New Year", zh="元旦")


def lane_days(party: Party) -> dict[date, DayNote]:
    days = {}
    for on in days_between(FIRST, FIRST + timedelta(days=DAYS - 1)):
        weekend = on.weekday() > 4
        if party == "eu" and date(2026, 12, 24) <= on <= date(2026, 12, 31):
            days[on] = DayNote("closed", YEAR_END)
        elif on.year == 2027:
            days[on] = DayNote("assumed-weekend" if weekend else "assumed")
        elif party == "cn" and on == date(2026, 12, 6):
            days[on] = DayNote("make-up", NEW_YEAR)
        else:
            days[on] = DayNote("weekend" if weekend else "workday")
    return days


LABELS = {
    "EU-142": "Certificates for five applications",
    "CN-288": "0119号申请：管制编码",
    "CN-289": "0120号申请：管制编码",
    "EU-150": "Quarterly list of customers",
    "EU-128": "Return of application 0098",
    "EU-160": "On-site verification",
    "EU-133": "Nine numbers",
} | {f"EU-{n}": "Dates on renewed licences" for n in range(201, 209)}


def sample_lanes(party: Party) -> Lanes:
    other = peer_of(party)
    own_marks = [
        mark("EU-142", 26, "due", ("EU-142 Q1", "EU-142 Q2")),
        mark("CN-288", 27, party),
        mark("CN-289", 27, party),
        mark("EU-150", 32, party),
    ]
    peer_marks = [
        mark("EU-128", 25, "due"),
        *(mark(f"EU-{n}", 30, other) for n in range(201, 209)),
        replace(mark("EU-160", 70, other), provisional=True),
        mark("EU-133", 24, "done"),
    ]
    now, later = at(24, 8), at(28, 7, 0, 12)
    hours = {
        on: (now, now + timedelta(minutes=90)) for on in lane_days(party)
        if on.weekday() < 5 and on.month < 12
    } | {date(2026, 12, 28): (later, later + timedelta(minutes=150))}  # fmt: skip
    wall = datetime.combine(date(2026, 11, 24), time(9, 36))
    own, peer = (
        lane(side, lane_days(side), marks, wall)
        for side, marks in ((party, own_marks), (other, peer_marks))
    )
    return Lanes(own, peer, hours, LABELS)


def mark(thread: str, day: int, tone: str, asks: tuple[str, ...] = ()) -> Mark:
    on = date(2026, 11, 1) + timedelta(days=day - 1)
    return Mark(thread, f"/threads/{thread}#{thread}", on, asks or (f"{thread} Q1",), tone)


def sample_items(party: Party) -> tuple[DeadlineItem, ...]:
    other = peer_of(party)
    first = DeadlineItem(
        number="EU-142 Q1",
        thread="EU-142",
        title=TITLE,
        due=due(party, 26, 2),
        outcome="open",
        next_step=Step("head", at(26, 16, 30), None, "next"),
        batch=batch_ref(),
    )

    def another(**facts: object) -> DeadlineItem:
        return first.model_copy(update=facts)

    guessed = replace(due(other, 4, 0, 12), provisional=True, working_days=None)
    over = due(party, 18, 0)
    return (
        another(
            number="EU-877 Q2",
            due=due(other, 20, 0, passed=True),
            outcome="unanswered-confirmed",
            next_step=Step("director", at(23, 8), None, "told"),
        ),
        first,
        another(
            number="CN-288 Q1",
            thread="CN-288",
            title=Pair(zh("0119号申请：烧结磁体块的税则归类"), en("Tariff heading, 0119")),
            due=due(other, 27, 3),
            first_due=at(24, 9),
            basis="agreed",
            proposed=at(2, 9, 30, 12),
            batch=None,
        ),
        another(number="EU-142 Q3", due=guessed),
        another(number="EU-90 Q1", due=over, outcome="late", answered_in="CN-300", next_step=None),
        another(
            number="EU-91 Q1", due=over, outcome="crossed", answered_in="CN-301", next_step=None
        ),
        another(number="EU-92 Q1", due=due(other, 18, 0), outcome="ended", next_step=None),
    )


def deadlines_page(party: Party) -> ViewPage:
    view = DeadlinesView(
        eu=878,
        cn=302,
        items=sample_items(party),
        total=107,
        ours=3,
        theirs=9,
        passed=1,
        earlier=1,
        later=2,
        batches=(("EU-120", "L2026-41"), ("standing", "General correspondence")),
        next_due=due(party, 26, 2),
    )
    query = DeadlinesQuery(side="ours", batch="EU-120")
    return page(view, sample_lanes(party), query)
