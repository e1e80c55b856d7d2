"""Deadlines over a year's end: closures of both sides, a year without a calendar, moved dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.time.calendars import Words as Phrase
from special_channel.web.pages.deadlines import Asked, DeadlineRow, DeadlinesPage
from special_channel.web.pages.lanes import DAYS, Lane, LaneDay, LaneMark, Lanes, lane, place
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.steps import Step
from special_channel.web.shared.words import Pair
from tests.web.samples.batches import TITLE, batch_ref
from tests.web.samples.inbox import due
from tests.web.samples.people import at, en, zh

FIRST = date(2026, 11, 23)
YEAR_END = Phrase(en="End of year", zh="年末放假")
NEW_YEAR = Phrase(en="New Year", zh="元旦")


def lane_days(party: Party) -> list[LaneDay]:
    made = []
    for n in range(DAYS):
        on = FIRST + timedelta(days=n)
        if party == "eu" and date(2026, 12, 24) <= on <= date(2026, 12, 31):
            made.append(LaneDay(on, "closed", YEAR_END))
        elif on.year == 2027:
            made.append(LaneDay(on, "assumed-weekend" if on.weekday() > 4 else "assumed"))
        elif party == "cn" and on == date(2026, 12, 6):
            made.append(LaneDay(on, "make-up", NEW_YEAR))
        else:
            made.append(LaneDay(on, "weekend" if on.weekday() > 4 else "workday"))
    return made


def one(party: Party, marks: list[LaneMark]) -> Lane:
    return lane(party, lane_days(party), marks, date(2026, 11, 24), 0.4)


def sample_lanes(party: Party) -> Lanes:
    other = peer_of(party)
    own_marks = [
        mark("EU-142", "Certificates for five applications", 26, "due", ("EU-142 Q1", "EU-142 Q2")),
        mark("CN-288", "0119号申请：管制编码", 27, party),
        mark("CN-289", "0120号申请：管制编码", 27, party),
        mark("EU-150", "Quarterly list of customers", 32, party),
    ]
    peer_marks = [
        mark("EU-128", "Return of application 0098", 25, "due"),
        *(mark(f"EU-{n}", "Dates on renewed licences", 30, other) for n in range(201, 209)),
        replace(mark("EU-160", "On-site verification", 70, other), provisional=True),
        mark("EU-133", "Nine numbers", 24, "done"),
    ]
    shared = tuple(
        place(n) for n in range(DAYS)
        if (FIRST + timedelta(days=n)).weekday() < 5 and n < 31
    )  # fmt: skip
    return Lanes(one(party, own_marks), one(other, peer_marks), shared)


def mark(number: str, label: str, day: int, tone: str, asks: tuple[str, ...] = ()) -> LaneMark:
    on = date(2026, 11, 1) + timedelta(days=day - 1)
    return LaneMark(
        number, f"/threads/{number}#{number}", label, on, asks or (f"{number} Q1",), tone
    )


def sample_rows(party: Party) -> tuple[DeadlineRow, ...]:
    other = peer_of(party)
    head = Step("head", at(26, 16, 30), None, "next")
    first = DeadlineRow(
        number="EU-142 Q1",
        url="/threads/EU-142#EU-142",
        thread="EU-142",
        title=TITLE,
        due=due(party, 26, 2),
        outcome="open",
        next_step=head,
        batch=batch_ref(),
    )
    return (
        replace(
            first,
            number="EU-877 Q2",
            due=due(other, 20, 0, passed=True),
            outcome="unanswered-confirmed",
            next_step=Step("director", at(23, 8), None, "told"),
        ),
        first,
        replace(
            first,
            number="CN-288 Q1",
            thread="CN-288",
            title=Pair(zh("0119号申请：烧结磁体块的税则归类"), en("Tariff heading, 0119")),
            due=due(other, 27, 3),
            first_due=at(24, 9),
            basis="agreed",
            proposed=at(2, 9, 30, 12),
            batch=None,
        ),
        replace(first, number="EU-142 Q3", due=replace(due(other, 4, 0, 12), provisional=True,
                                                       working_days=None)),
        replace(first, number="EU-90 Q1", due=due(party, 18, 0), outcome="late",
                answered_in="CN-300", next_step=None),
        replace(first, number="EU-91 Q1", due=due(party, 18, 0), outcome="crossed",
                answered_in="CN-301", next_step=None),
        replace(first, number="EU-92 Q1", due=due(other, 18, 0), outcome="ended", next_step=None),
    )  # fmt: skip


def deadlines_page(party: Party) -> DeadlinesPage:
    shared = datetime(2026, 11, 24, 8, tzinfo=UTC)
    later = datetime(2026, 12, 28, 7, tzinfo=UTC)
    return DeadlinesPage(
        lanes=sample_lanes(party),
        rows=sample_rows(party),
        paging=Paging(1, 2, 107, None, "/deadlines?page=2"),
        asked=Asked(side="ours", batch="EU-120"),
        ours=3,
        theirs=9,
        passed=1,
        earlier=1,
        later=2,
        shared=(
            (shared, shared + timedelta(minutes=90)),
            (later, later + timedelta(minutes=150)),
        ),
        batches=(("EU-120", "L2026-41"), ("standing", "General correspondence")),
        next_due=due(party, 26, 2),
    )
