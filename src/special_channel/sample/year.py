"""Generate the fictional year list by list: each side's statements of the applications, with dates.

Bodies of entries are dated by `as_of` and `on`: the EU side's from suppliers and lists, MOFCOM's
from the bureau and return sheets. The sides differ as in reality: a supplier reports late, or gives
another day of acceptance. Does not sign.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that the year is the same everywhere
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.time.calendars import Calendar
from special_channel.desk.payloads import Fields
from special_channel.sample.year_lives import A_YEAR, SEED, Life, closes, lives
from special_channel.sample.year_statements import (
    cn_answer,
    cn_dates,
    cn_statement,
    eu_end,
    eu_state,
    private_columns,
    told_later,
)

RELISTED: Final = (*[60] * 8, *[110] * 4, 50)
"""Rows listed again at most, on each list; the last number counts for all lists after it."""

_UNFOUND_TIMES: Final = 3
"""Lists with a number that MOFCOM does not find; then the supplier is asked."""

_UNANSWERED: Final = 0.04
"""Share of a list's rows without an answer in the return sheet."""

_DISPUTED: Final = 0.012
"""Share of approvals, according to suppliers, that MOFCOM still reports as under review."""

FIRST_GENERAL: Final = date(2025, 12, 2)
"""Publication day of the first general licences for rare earths."""

GENERAL: Final = 3
CUSTOMERS: Final = 3
"""Customers of each general licence: the firms listed most often with its control code."""

_LICENSED: Final = 8
"""One in so many approvals has a stated licence, chosen by the application's number."""

_QUESTIONS: Final = {"submitted": "accepted", "review": "status", "returned": "reason"}
_ROW_ORDER: Final = {"line_stop": 0, "urgent": 1, "normal": 2}


REFILED: Final = timedelta(days=10)
"""Time until returned papers, or an application with a corrected number, are listed again."""

_REFILED_ONE_IN: Final = 9
_CORRECTED_ONE_IN: Final = 6


@dataclass(frozen=True, slots=True)
class Link:
    """A side's statement that a number replaces an earlier number."""

    by: Party
    number: str
    former: str
    basis: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One list with the statements around it.

    Attributes:
        list: The list's number.
        stated: The EU side's statements of applications since the list before.
        rows: Shared columns of the list; `kept` has the EU side's private columns.
        acts: MOFCOM's statements of applications since its sheet before.
        answers: The return sheet.
        licences: MOFCOM's statements of licences issued since its sheet before.
        links: Statements by either side that a number of the list replaces an earlier number.
    """

    list: str
    closed: date
    answered: date
    stated: tuple[Fields, ...]
    rows: tuple[Fields, ...]
    kept: tuple[Fields, ...]
    acts: tuple[Fields, ...]
    answers: tuple[Fields, ...]
    licences: tuple[Fields, ...] = ()
    links: tuple[Link, ...] = ()


def turns(
    eu: Calendar,
    cn: Calendar,
    until: date = A_YEAR,
    *,
    seed: int = SEED,
    first: int | None = None,
    share: int = 1,
) -> tuple[Turn, ...]:
    """Generate the lists until a day.

    Args:
        eu: The Commission's calendar.
        cn: China's calendar.
        until: The last day on which a list may be closed.
        seed: Seed of all random choices.
        first: Number of lists from the beginning; None for all.
        share: Use every n-th application only: a small year for tests.
    """
    every = lives(eu, cn, seed, until)
    chosen = [life for place, life in enumerate(every) if place % share == 0]
    return tuple(_YearGenerator(cn, chosen, closes(eu, until)[:first], seed).all())


class _YearGenerator:
    """State of the generator: listings so far, and links between numbers."""

    def __init__(
        self, cn: Calendar, chosen: Sequence[Life], lists: Sequence[date], seed: int
    ) -> None:
        self._cn = cn
        self._draw = random.Random(seed + 1)  # noqa: S311 - fiction
        self._lists = lists
        self._lives = [self._maybe_disputed(life) for life in chosen]
        self._times: dict[str, int] = {}
        self._links: dict[str, tuple[Link, ...]] = {}
        self._refile()

    def all(self) -> Iterator[Turn]:
        before = answered_before = date.min
        for place, close in enumerate(self._lists):
            listed = self._listed(place, close)
            answered = self._next_worked(close)
            rows = tuple(self._row(life, row, close) for row, life in enumerate(listed, 1))
            yield Turn(
                list=f"L{close.isocalendar().year}-{close.isocalendar().week:02d}",
                closed=close,
                answered=answered,
                stated=tuple(self._stated(before, close)),
                rows=rows,
                kept=tuple(private_columns(life, row) for row, life in enumerate(listed, 1)),
                acts=tuple(self._acts(place, answered_before, answered)),
                answers=tuple(self._answers(listed, answered)),
                licences=tuple(self._licences(place, answered_before, answered)),
                links=tuple(
                    link
                    for life in listed
                    if life.cohort == place
                    for link in self._links.get(life.number, ())
                ),
            )
            before, answered_before = close, answered

    def _maybe_disputed(self, life: Life) -> Life:
        disputed = life.end == "approved" and self._draw.random() < _DISPUTED
        return replace(life, disputed=disputed)

    def _refile(self) -> None:
        """Let some applications return under another number: refiled, or with a new number."""
        # Each number keeps its own history, so that all counts remain; the new number belongs to
        # the same firm. MOFCOM also states every second link.
        refiled = [life for life in self._lives if life.end == "not_accepted"]
        corrected = [life for life in self._lives if not life.found]
        formers = [(life, "refiled") for life in refiled[::_REFILED_ONE_IN]]
        formers += [(life, "corrected") for life in corrected[::_CORRECTED_ONE_IN]]
        for count, (former, basis) in enumerate(formers):
            place = self._successor(former)
            if place is None:
                continue
            life = replace(self._lives[place], firm=former.firm)
            self._lives[place] = life
            sides: tuple[Party, ...] = PARTIES if count % 2 else ("eu",)
            self._links[life.number] = tuple(
                Link(party, life.number, former.number, basis) for party in sides
            )

    def _successor(self, former: Life) -> int | None:
        """Return the index of an application that is new on the first list after the return."""
        since = (former.learned or former.filed + 2 * REFILED) + REFILED
        later = (
            cohort
            for cohort, close in enumerate(self._lists)
            if cohort > former.cohort and close > since
        )
        cohort = next(later, None)
        fits = (
            place
            for place, life in enumerate(self._lives)
            if life.cohort == cohort and life.found and life.number not in self._links
        )
        return next(fits, None)

    def _listed(self, place: int, close: date) -> list[Life]:
        """Return the applications on a list: all new ones, and a sample of the undecided ones."""
        new = [life for life in self._lives if life.cohort == place]
        waiting = [
            life
            for life in self._lives
            if life.cohort < place
            and not (life.learned and life.learned <= close)
            and (life.found or self._times[life.number] < _UNFOUND_TIMES)
        ]
        limit = RELISTED[min(place, len(RELISTED) - 1)]
        relisted = self._draw.sample(waiting, min(limit, len(waiting)))
        replaced = self._replaced(place)
        rows = [*new, *(life for life in relisted if life.number not in replaced)]
        return sorted(rows, key=lambda life: (_ROW_ORDER[life.urgency], life.cohort, life.number))

    def _replaced(self, place: int) -> frozenset[str]:
        """Return numbers in whose place another one is on this list, or was on an earlier one."""
        return frozenset(
            link.former
            for life in self._lives
            if life.cohort <= place
            for link in self._links.get(life.number, ())
        )

    def _row(self, life: Life, row: int, close: date) -> Fields:
        self._times[life.number] = times = self._times.get(life.number, 0) + 1
        as_of = close - timedelta(days=1)
        state = eu_state(life, as_of)
        stop: Fields = {}
        if life.urgency == "line_stop":
            stop["stop_on"] = (close + timedelta(days=9 + times + row % 5)).isoformat()
        return stop | {
            "row": row,
            "number": life.number,
            "urgency": life.urgency,
            "rank": row,
            "first_listed": self._lists[life.cohort].isoformat(),
            "times_listed": times,
            "state": state,
            "as_of": as_of.isoformat(),
            "question": _QUESTIONS.get(state, "status"),
        }

    def _stated(self, after: date, until: date) -> Iterator[Fields]:
        """Yield ends reported to the EU side between two lists."""
        for life in self._lives:
            if life.learned is not None and after < life.learned <= until:
                yield eu_end(life)

    def _acts(self, place: int, after: date, until: date) -> Iterator[Fields]:
        """Yield MOFCOM's statements of listed applications, each with the whole course."""
        for life in self._lives:
            if life.cohort > place or not life.found:
                continue
            since = date.min if life.cohort == place else after
            dates = [on for on in cn_dates(life, until) if since < on <= until]
            if dates and not told_later(life, dates):
                yield cn_statement(life, max(dates), until)

    def _answers(self, listed: Sequence[Life], on: date) -> Iterator[Fields]:
        for row, life in enumerate(listed, 1):
            if self._draw.random() < _UNANSWERED:
                continue
            answer: Fields = {"row": row, "number": life.number, "match": "found"}
            if not life.found:
                yield answer | {"match": "not_found", "remark": "typo"}
                continue
            yield answer | cn_answer(life, on)

    def _licences(self, place: int, after: date, until: date) -> Iterator[Fields]:
        """Yield the first general licences on their day, and individual ones of some approvals."""
        if after < FIRST_GENERAL <= until:
            yield from self._general_licences(place)
        for life in self._lives:
            if life.end != "approved" or life.disputed or life.decided is None:
                continue
            if life.cohort > place or int(life.number[-7:]) % _LICENSED != 0:
                continue
            issued = self._next_worked(life.decided + timedelta(days=2))
            since = date.min if life.cohort == place else after
            if since < issued <= until:
                yield _individual_licence(life, issued)

    def _general_licences(self, place: int) -> Iterator[Fields]:
        """Yield general licences as published on 2 December 2025."""
        # Three licences: valid for one year, with an annual quantity and named customers.
        for number, (code, quantity) in enumerate((("1C905.a", "420"), ("1C904.a", "90")) * 2, 1):
            firms = Counter(
                life.firm.name
                for life in self._lives
                if life.cohort <= place and life.firm.control_code == code
            )
            if number <= GENERAL:
                yield _licence(f"FIKTIV-TY-25-{number:04d}", "general", FIRST_GENERAL) | {
                    "lines": [
                        {"code": code, "quantity": quantity, "unit": "t", "basis": "gross"},
                    ],
                    "per": "licence_year",
                    "customers": [name for name, _ in firms.most_common(CUSTOMERS)],
                }

    def _next_worked(self, day: date) -> date:
        day += timedelta(days=1)
        while not self._cn.is_working_day(day):
            day += timedelta(days=1)
        return day


def _individual_licence(life: Life, issued: date) -> Fields:
    quantity = str(100 + int(life.number[-7:]) % 37 * 50)
    return _licence(f"FIKTIV-DX-{life.number[-7:]}", "individual", issued) | {
        "lines": [
            {
                "code": life.firm.control_code,
                "quantity": quantity,
                "unit": "kg",
                "basis": "gross",
            },
        ],
        "per": "licence",
        "applications": [life.number],
    }


def _licence(number: str, type_: str, issued: date) -> Fields:
    return {
        "licence": number,
        "type": type_,
        "issued_on": issued.isoformat(),
        "valid_from": issued.isoformat(),
        "valid_to": (issued + timedelta(days=364)).isoformat(),
    }
