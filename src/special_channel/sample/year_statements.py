"""Build each side's statements of one application of the fictional year, as bodies and rows.

The EU side relies on suppliers, days later and with their dates; MOFCOM on its bureau. Does not
choose times or lists of statements (`year.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.desk.payloads import Fields
from special_channel.sample.year_lives import Life

_HEARD: Final = timedelta(days=6)
_EXPECTED: Final = timedelta(days=90)
"""Time until the expected end of tests and opinions, from each statement of it."""

_FRIDAY: Final = 4
_DECISIONS: Final = frozenset({"approved", "refused"})
_ASKED: Final = frozenset({"supplement", "returned"})
_PAPERS: Final = (
    "end_user_certificate",
    "contract",
    "technical_description",
    "test_report",
    "translation",
)
"""Papers that are missing, one by the application's number."""

_REMARKS: Final = {
    "returned": "resubmit",
    "not_accepted": "end_use_unclear",
    "refused": "law",
}
"""Reasons that MOFCOM gives, by state."""


def eu_state(life: Life, on: date) -> str:
    """Return the state known to the EU side on a date, as reported by suppliers."""
    if life.learned is not None and life.learned <= on:
        return life.end
    if life.returned is not None:
        back, again = life.returned
        if back + _HEARD <= on < again + _HEARD:
            return "returned"
    heard = life.accepted is not None and life.found and life.accepted + _HEARD <= on
    return "review" if heard else "submitted"


def cn_state(life: Life, on: date) -> str:
    """Return the state known to MOFCOM on a date."""
    if life.end and life.decided is not None and life.decided <= on and not life.disputed:
        return life.end
    if life.accepted is None or on < life.accepted:
        return "supplement" if life.accepted is None else "provincial"
    if life.council:
        return "council"
    if life.returned is not None and life.returned[0] <= on < life.returned[1]:
        return "returned"
    return "expert" if _is_uncounted(life, on) else "review"


def _is_uncounted(life: Life, on: date) -> bool:
    if life.uncounted is None:
        return False
    first, last = life.uncounted
    return first <= on and (last is None or on < last)


def cn_dates(life: Life, until: date) -> list[date]:
    """Return the dates of MOFCOM's statements on its own initiative, apart from lists."""
    spans = [*(life.returned or ()), *(life.uncounted or ())]
    ends = [] if life.disputed else [life.decided]
    council = [life.accepted] if life.council else []
    moved = _moved(life, until)[:-1]
    return [on for on in (*spans, *ends, *council, *moved) if on is not None]


def told_later(life: Life, news: Sequence[date]) -> bool:
    """Tell whether the only news is an acceptance anew that MOFCOM states with its decision.

    So it is for every second application that was returned and decided.
    """
    if life.returned is None or life.decided is None:
        return False
    return [*news] == [life.returned[1]] and int(life.number[-1]) % 2 == 1


def _moved(life: Life, until: date) -> list[date]:
    """Return the expected ends of time that is still not counted, up to the first after a date.

    On the day of each but the last one, MOFCOM states the next.
    """
    if life.uncounted is None or life.uncounted[1] is not None:
        return []
    first = life.uncounted[0]
    times = max(0, (until - first) // _EXPECTED) + 1
    return [first + n * _EXPECTED for n in range(1, times + 1)]


def cn_statement(life: Life, as_of: date, until: date) -> Fields:
    """Build MOFCOM's statement on its own initiative, with the whole course."""
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
    """Yield the acts up to a date, in order."""
    acts: list[tuple[date, Fields]] = []
    if life.accepted is not None:
        acts.append((life.accepted, {"act": "accepted"}))
    if life.council and life.accepted is not None:
        acts.append((life.accepted, {"act": "council"}))
    if life.returned is not None:
        acts += zip(life.returned, ({"act": "returned"}, {"act": "accepted"}), strict=True)
    if life.uncounted is not None:
        first, last = life.uncounted
        expected = (last or _moved(life, until)[-1]).isoformat()
        acts.append((first, {"act": "uncounted", "basis": life.basis, "expected_until": expected}))
        acts += [(last, {"act": "counted"})] if last else []
    if life.decided is not None and not life.disputed:
        acts.append((life.decided, {"act": "decided" if life.end in _DECISIONS else life.end}))
    for on, act in acts:
        if on <= until:
            yield {"on": on.isoformat(), **act}


def cn_answer(life: Life, on: date) -> Fields:
    """Build the return sheet's fields for a number that MOFCOM finds."""
    state = cn_state(life, on)
    fields: Fields = {"state": state, "as_of": on.isoformat()} | _decision(life, state)
    accepted = life.accepted
    if life.returned is not None and life.returned[1] <= on:
        accepted = life.returned[1]
    if accepted is not None and accepted <= on:
        fields["accepted_on"] = accepted.isoformat()
    if state in _ASKED:
        fields["missing"] = [_PAPERS[int(life.number[-7:]) % len(_PAPERS)]]
    if state in _REMARKS:
        fields["remark"] = _REMARKS[state]
    if state in {"review", "expert", "council"}:
        fields["clock"] = {"expert": "not_counted", "council": "no_limit"}.get(state, "runs")
    return fields


def eu_end(life: Life) -> Fields:
    """Build the EU side's statement of an end, with the supplier's dates."""
    assert life.learned is not None  # noqa: S101 - own bug: the caller asks for those alone
    assert life.decided is not None  # noqa: S101
    decided = min(_later(life.decided, life.estimate // 4), life.learned)
    acts: list[Value] = []
    if life.accepted is not None:
        accepted = life.returned[1] if life.returned else life.accepted
        started = min(_later(accepted, life.estimate), decided)
        acts.append({"act": "accepted", "on": started.isoformat()})
    act = "decided" if life.end in _DECISIONS else life.end
    acts.append({"act": act, "on": decided.isoformat()})
    body: Fields = {
        "number": life.number,
        "state": life.end,
        "as_of": life.learned.isoformat(),
        "source": "supplier",
        "clock": acts,
    }
    if life.end in _DECISIONS:
        body |= {"decision": life.end, "decided_on": decided.isoformat()}
    return body


def _later(day: date, days: int) -> date:
    """Return a day some days later; of a weekend, the Friday before: no authority acts on it."""
    later = day + timedelta(days=days)
    return later - timedelta(days=max(0, later.weekday() - _FRIDAY)) if days else day


def private_columns(life: Life, row: int) -> Fields:
    """Build the private columns of the EU side for a row."""
    firm = life.firm
    columns: Fields = {
        "eu_company": firm.name,
        "member_state": firm.state,
        "is_sme": "true" if firm.small else "false",
        "control_code": firm.control_code,
        "end_use_sector": firm.sector,
    }
    return {"row": row, "number": life.number, "columns": columns}
