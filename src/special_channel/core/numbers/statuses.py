"""What a side held of an application, statement by statement, as far as numbers need it.

For counting applications as of a date: the last of these whose date is not after it is what the
side held then. Does not count, and does not count days: where a calendar is needed, others do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import (
    COUNTING,
    SHEETS,
    ApplicationRow,
    AssertedStatement,
    ClockMark,
    events,
)
from special_channel.core.time.statutory import Event

End = Literal["", "approved", "refused", "decided", "not_accepted", "withdrawn", "returned"]
"""How it ended, if it did. `decided`: which way is not stated."""

Begun = Literal["", "now", "before"]
"""Whether a state says that it was accepted, where no date of that is held."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one statement comes to. Dates are ISO text, empty where none is stated.

    Attributes:
        as_of: The date of the statement.
        accepted: The last acceptance.
        ended: When it ended; with `returned`, until it is accepted anew.
        paused: Time was not counted since acceptance, or there is no limit.
        returned: When it was first sent back, or reported as returned.
        begun: Without a date of acceptance: its state comes after acceptance, `now`, or did so
            `before`.
    """

    as_of: str
    accepted: str = ""
    ended: str = ""
    end: End = ""
    paused: bool = False
    returned: str = ""
    begun: Begun = ""


_APPROVED: Final = ("approved", "issued", "used", "expired", "customs_query")
_ENDS: Final[Mapping[str, End]] = {
    **dict.fromkeys(_APPROVED, "approved"),
    "refused": "refused",
    "not_accepted": "not_accepted",
    "withdrawn": "withdrawn",
    "returned": "returned",
}
"""States that say how it ended. After approval come issue, use, lapse and customs' questions."""

_ACCEPTED: Final = frozenset({"accepted", "review", "expert", "council", "refused", *_APPROVED})
"""States that no application has before it is accepted."""

_DECISIONS: Final[Mapping[str, End]] = {"approved": "approved", "refused": "refused"}


def held(row: ApplicationRow, party: Party) -> tuple[Held, ...]:
    """Return what a side held, by date and then in its order; what repeats is left out."""
    made: list[Held] = []
    begun = False
    before: tuple[object, ...] | None = None
    said: list[AssertedStatement | ClockMark] = [*row.history(party), *row.marks(party)]
    for each in sorted(said, key=lambda one: one.index):
        substance = _substance(each)
        if substance == before:
            continue
        before = substance
        until = _until(row, party, each.index)
        course = events(until, party)
        last = until.latest(party)
        one = (
            _held(each, course)
            if isinstance(each, AssertedStatement)
            else _marked(each, course, last)
        )
        now = last is not None and last.state in _ACCEPTED
        made.append(_begun(one, now=now, before=begun))
        begun = begun or now or bool(one.accepted)
    return tuple(sorted(made, key=lambda one: one.as_of))


def _until(row: ApplicationRow, party: Party, index: int) -> ApplicationRow:
    """Return the application as it was when a side had stated up to an index."""
    said = tuple(each for each in row.history(party) if each.index <= index)
    marks = tuple(each for each in row.marks(party) if each.index <= index)
    if party == "eu":
        return replace(row, eu=said, eu_marks=marks)
    return replace(row, cn=said, cn_marks=marks)


def _substance(said: AssertedStatement | ClockMark) -> tuple[object, ...]:
    """Return what of a statement could change anything but its date.

    Sheets say week by week that time goes on, or stands still, as of their date.
    """
    if isinstance(said, ClockMark):
        return (said.index,)
    sheet = said.source in SHEETS
    acts = tuple(
        (fact.act, "" if sheet and fact.act in COUNTING else fact.on) for fact in said.clock
    )
    return said.state, said.decision, said.decided_on, acts


def _held(said: AssertedStatement, course: Sequence[Event]) -> Held:
    made = _through(said.as_of, course)
    end = _ENDS.get(said.state) or _DECISIONS.get(said.decision, "")
    if made.end == "decided":
        way = _DECISIONS.get(said.decision) or (end if end in _DECISIONS else "decided")
        return replace(made, end=way)
    if end and end != made.end:
        return replace(made, end=end, ended=said.decided_on or said.as_of)
    if made.end and not end:  # the last word is that it goes on; from when, is not stated
        return replace(made, end="", ended="", accepted="")
    return made


def _marked(mark: ClockMark, course: Sequence[Event], last: AssertedStatement | None) -> Held:
    """Take one act's word: it says more of the course than the state stated before it."""
    made = _through(mark.on, course)
    decision = _DECISIONS.get(last.decision) if last is not None else None
    return replace(made, end=decision) if decision and made.end == "decided" else made


def _begun(made: Held, *, now: bool, before: bool) -> Held:
    if made.accepted or not (now or before):
        return made
    return replace(made, begun="now" if now else "before")


def _through(as_of: str, course: Sequence[Event]) -> Held:
    made = Held(as_of)
    for event in course:
        made = _taken(made, event)
    return made


def _taken(made: Held, event: Event) -> Held:
    on = event.on.isoformat()
    match event.act:
        case "accepted":
            return replace(made, accepted=on, ended="", end="", paused=False)
        case "uncounted" | "council":
            return replace(made, paused=True)
        case "returned":
            return replace(made, end="returned", ended=on, returned=made.returned or on)
        case "decided" | "not_accepted" | "withdrawn":
            return replace(made, end=event.act, ended=on)
        case _:
            return made
