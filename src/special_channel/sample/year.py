"""The fictional year, list by list: what each side states of the applications, and when.

Bodies of entries, dated by `as_of` and `on`, as officials would have signed them: the EU side's
from suppliers and lists, MOFCOM's from the bureau and return sheets. The sides differ where in
life they did: a supplier hears late, or takes another day for that of acceptance. Does not sign.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that the year comes out the same everywhere
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from special_channel.core.calendars import Calendar
from special_channel.core.canonical import Value
from special_channel.desk.payloads import Fields
from special_channel.sample.year_lives import SEED, Life, closes, lives

RELISTED: Final = (60, 130)
"""At most so many rows are listed again: on the first eight lists, and on later ones."""

FIRST_LISTS: Final = 8
_UNANSWERED: Final = 0.04
"""Share of a list's rows that the return sheet leaves for later."""

_DISPUTED: Final = 0.012
"""Share of approvals, by suppliers' word, that MOFCOM goes on calling under review."""

FIRST_GENERAL: Final = date(2025, 12, 2)
"""The day on which the first general licences for rare earths were published."""

GENERAL: Final = 3
_LICENSED: Final = 5
"""Every so manieth approval has its licence stated, by the application's number."""

_HEARD: Final = timedelta(days=6)
_DECISIONS: Final = frozenset({"approved", "refused"})
_QUESTIONS: Final = {"submitted": "accepted", "review": "status", "returned": "reason"}
_ROW_ORDER: Final = {"line_stop": 0, "urgent": 1, "normal": 2}


@dataclass(frozen=True, slots=True)
class Turn:
    """One list and what is stated around it.

    Attributes:
        list: The list's number.
        stated: What the EU side states of applications since the list before.
        rows: The list as it crosses, `kept` with what stays with the EU side.
        acts: What MOFCOM states of applications since its sheet before.
        answers: The return sheet.
        licences: What MOFCOM states of licences issued since its sheet before.
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


def turns(
    eu: Calendar, cn: Calendar, *, seed: int = SEED, first: int | None = None, share: int = 1
) -> tuple[Turn, ...]:
    """Tell the year.

    Args:
        eu: The Commission's calendar.
        cn: China's.
        seed: Of all that is drawn.
        first: So many lists from the beginning; None for all.
        share: Every n-th application alone: a small year for tests.
    """
    told = [life for place, life in enumerate(lives(eu, cn, seed)) if place % share == 0]
    return tuple(_Telling(cn, told, closes(eu)[:first], seed).all())


class _Telling:
    """What has been listed so far."""

    def __init__(
        self, cn: Calendar, told: Sequence[Life], lists: Sequence[date], seed: int
    ) -> None:
        self._cn = cn
        self._draw = random.Random(seed + 1)  # noqa: S311 - fiction
        self._lists = lists
        self._lives = [self._known_otherwise(life) for life in told]
        self._times: dict[str, int] = {}

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
                kept=tuple(_kept(life, row) for row, life in enumerate(listed, 1)),
                acts=tuple(self._acts(place, answered_before, answered)),
                answers=tuple(self._answers(listed, answered)),
                licences=tuple(self._licences(place, answered_before, answered)),
            )
            before, answered_before = close, answered

    def _known_otherwise(self, life: Life) -> Life:
        disputed = life.end == "approved" and self._draw.random() < _DISPUTED
        return replace(life, disputed=disputed)

    def _listed(self, place: int, close: date) -> list[Life]:
        """Return who is on a list: all new ones, and of those that wait some again."""
        new = [life for life in self._lives if life.cohort == place]
        waiting = [
            life
            for life in self._lives
            if life.cohort < place and not (life.learned and life.learned <= close)
        ]
        most = RELISTED[place >= FIRST_LISTS]
        again = self._draw.sample(waiting, min(most, len(waiting)))
        return sorted(
            [*new, *again], key=lambda life: (_ROW_ORDER[life.urgency], life.cohort, life.number)
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
        """What the EU side hears of ends, between two lists."""
        for life in self._lives:
            if life.learned is not None and after < life.learned <= until:
                yield _eu_end(life)

    def _acts(self, place: int, after: date, until: date) -> Iterator[Fields]:
        """What MOFCOM states of those listed, with the whole course each time."""
        for life in self._lives:
            if life.cohort > place or not life.found:
                continue
            since = date.min if life.cohort == place else after
            dates = [on for on in _cn_dates(life) if since < on <= until]
            if dates:
                yield _cn_statement(life, max(dates), until)

    def _answers(self, listed: Sequence[Life], on: date) -> Iterator[Fields]:
        for row, life in enumerate(listed, 1):
            if self._draw.random() < _UNANSWERED:
                continue
            answer: Fields = {"row": row, "number": life.number, "match": "found"}
            if not life.found:
                yield answer | {"match": "not_found", "remark": "typo"}
                continue
            yield answer | _answered(life, on)

    def _licences(self, place: int, after: date, until: date) -> Iterator[Fields]:
        """State the first general licences on their day, and individual ones of some approvals."""
        if after < FIRST_GENERAL <= until:
            yield from _general_licences()
        for life in self._lives:
            if life.end != "approved" or life.disputed or life.decided is None:
                continue
            issued = life.decided + timedelta(days=3)
            since = date.min if life.cohort == place else after
            known = life.cohort <= place and since < issued <= until
            if known and int(life.number[-7:]) % _LICENSED == 0:
                yield _individual_licence(life, issued)

    def _next_worked(self, day: date) -> date:
        day += timedelta(days=1)
        while not self._cn.is_working_day(day):
            day += timedelta(days=1)
        return day


def _general_licences() -> Iterator[Fields]:
    """Three, as published on 2 December 2025: one year, an annual quantity of magnets."""
    for place, (code, quantity) in enumerate((("1C905.a", "420"), ("1C904.a", "90")) * 2, 1):
        if place <= GENERAL:
            yield _licence(f"FIKTIV-TY-25-{place:04d}", "general", FIRST_GENERAL) | {
                "lines": [
                    {"code": code, "quantity": quantity, "unit": "t", "basis": "gross"},
                ],
                "per": "licence_year",
            }


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


def eu_state(life: Life, on: date) -> str:
    """Return what the EU side holds on a date, from what suppliers have told it."""
    if life.learned is not None and life.learned <= on:
        return life.end
    if life.returned is not None:
        back, again = life.returned
        if back + _HEARD <= on < again + _HEARD:
            return "returned"
    heard = life.accepted is not None and life.found and life.accepted + _HEARD <= on
    return "review" if heard else "submitted"


def cn_state(life: Life, on: date) -> str:
    """Return what MOFCOM holds on a date."""
    if life.end and life.decided is not None and life.decided <= on and not life.disputed:
        return life.end
    if life.accepted is None or on < life.accepted:
        return "supplement" if life.accepted is None else "provincial"
    if life.council:
        return "council"
    if life.returned is not None and life.returned[0] <= on < life.returned[1]:
        return "returned"
    return "expert" if _stands_still(life, on) else "review"


def _stands_still(life: Life, on: date) -> bool:
    if life.uncounted is None:
        return False
    first, last = life.uncounted
    return first <= on and (last is None or on < last)


def _cn_dates(life: Life) -> list[date]:
    """Return the dates of what MOFCOM states by itself, without being asked by a list."""
    spans = [*(life.returned or ()), *(life.uncounted or ())]
    ends = [] if life.disputed else [life.decided]
    council = [life.accepted] if life.council else []
    return [on for on in (*spans, *ends, *council) if on is not None]


def _cn_statement(life: Life, as_of: date, until: date) -> Fields:
    state = cn_state(life, as_of)
    return {
        "number": life.number,
        "state": state,
        "as_of": as_of.isoformat(),
        "source": "bureau",
        "clock": list(_course(life, until)),
        **_decision(life, state),
    }


def _decision(life: Life, state: str) -> Fields:
    if state not in _DECISIONS or life.decided is None:
        return {}
    return {"decision": state, "decided_on": life.decided.isoformat()}


def _course(life: Life, until: date) -> Iterator[Value]:
    """Write the acts up to a date, in their order."""
    acts: list[tuple[date, Fields]] = []
    if life.accepted is not None:
        acts.append((life.accepted, {"act": "accepted"}))
    if life.council and life.accepted is not None:
        acts.append((life.accepted, {"act": "council"}))
    if life.returned is not None:
        acts += zip(life.returned, ({"act": "returned"}, {"act": "accepted"}), strict=True)
    if life.uncounted is not None:
        first, last = life.uncounted
        expected = (last or first + timedelta(days=45)).isoformat()
        acts.append((first, {"act": "uncounted", "basis": life.basis, "expected_until": expected}))
        acts += [(last, {"act": "counted"})] if last else []
    if life.decided is not None and not life.disputed:
        acts.append((life.decided, {"act": "decided" if life.end in _DECISIONS else life.end}))
    for on, act in acts:
        if on <= until:
            yield {"on": on.isoformat(), **act}


def _answered(life: Life, on: date) -> Fields:
    """Write what a return sheet says of a number that is found."""
    state = cn_state(life, on)
    said: Fields = {"state": state, "as_of": on.isoformat()} | _decision(life, state)
    accepted = life.accepted
    if life.returned is not None and life.returned[1] <= on:
        accepted = life.returned[1]
    if accepted is not None and accepted <= on:
        said["accepted_on"] = accepted.isoformat()
    if state in {"review", "expert", "council"}:
        said["clock"] = {"expert": "not_counted", "council": "no_limit"}.get(state, "runs")
    return said


def _eu_end(life: Life) -> Fields:
    """Write what a supplier told of the end, with its own dates."""
    assert life.learned is not None  # noqa: S101 - own bug: the caller asks for those alone
    assert life.decided is not None  # noqa: S101
    decided = min(life.decided + timedelta(days=life.estimate // 4), life.learned)
    acts: list[Value] = []
    if life.accepted is not None:
        accepted = life.returned[1] if life.returned else life.accepted
        started = min(accepted + timedelta(days=life.estimate), decided)
        acts.append({"act": "accepted", "on": started.isoformat()})
    act = "decided" if life.end in _DECISIONS else life.end
    acts.append({"act": act, "on": decided.isoformat()})
    said: Fields = {
        "number": life.number,
        "state": life.end,
        "as_of": life.learned.isoformat(),
        "source": "supplier",
        "clock": acts,
    }
    if life.end in _DECISIONS:
        said |= {"decision": life.end, "decided_on": decided.isoformat()}
    return said


def _kept(life: Life, row: int) -> Fields:
    firm = life.firm
    columns: Fields = {
        "eu_company": firm.name,
        "member_state": firm.state,
        "is_sme": "true" if firm.small else "false",
        "control_code": firm.control_code,
        "end_use_sector": firm.sector,
    }
    return {"row": row, "number": life.number, "columns": columns}
