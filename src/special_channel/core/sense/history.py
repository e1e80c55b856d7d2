"""Statements of a side on an application before a new one, without those that it corrected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.entries import StatementRef
from special_channel.core.rows.applications import (
    REVOCATION,
    ApplicationRow,
    AssertedStatement,
    events_of,
)
from special_channel.core.rows.replacements import Place
from special_channel.core.sense.stages import BEFORE, FINAL, FLAG, NOT_COUNTED, OUT, RUNNING
from special_channel.core.time.statutory import Event

_BEFORE: Final = {
    "accepted": BEFORE,
    "decided": BEFORE | RUNNING,
}
"""Stages before an act."""

Correction = Literal["", "fits", "unknown", "replaced"]
"""How the statement fits that a correction names: `unknown` if the side made no such statement on
the number, `replaced` if another correction names it already; empty without a correction."""


@dataclass(frozen=True, slots=True)
class Before:
    """A side's earlier statements of a number.

    Attributes:
        party: The side.
        statements: Its statements that are not replaced by a correction, oldest first.
        accepted_on: Last stated date of acceptance; empty without one.
        correction: Whether the new statement corrects one of these; that one is left out.
        corrected: The statement left out, if it states a state.
        course: Acts of the statements, oldest first.
        found_as: Number last stated for a reference; empty without one.
    """

    party: Party
    statements: tuple[AssertedStatement, ...] = ()
    accepted_on: str = ""
    correction: Correction = ""
    corrected: AssertedStatement | None = None
    course: tuple[Event, ...] = ()
    found_as: str = ""

    @property
    def last(self) -> AssertedStatement | None:
        """The latest statement."""
        return self.statements[-1] if self.statements else None

    @property
    def newest(self) -> AssertedStatement | None:
        """The statement of the latest day, the later one of two; the latest if it lacks its day."""
        last = self.last
        if last is None or not last.as_of:
            return last
        return max(reversed(self.statements), key=lambda each: each.as_of)

    def still(self, act: str, on: str) -> AssertedStatement | None:
        """Return the last statement by which an act had not come on a later day than `on`.

        None if the side stated the act of this day, or an end of the round since then, already.
        """
        day = date.fromisoformat(on)
        if any((each.act, each.on) == (act, day) for each in self.course):
            return None
        later = [each for each in self.statements if each.as_of > on]
        stage = next((each for each in reversed(later) if each.state in _BEFORE.get(act, ())), None)
        if stage is None:
            return None
        until = date.fromisoformat(stage.as_of)
        ended = any(each.act in OUT and day <= each.on <= until for each in self.course)
        return None if ended else stage

    def filed_since(self, on: str) -> bool:
        """Tell whether the side stated a receipt or an acceptance of a later day."""
        acts = (each for each in self.course if each.act in {"received", "accepted"})
        return any(each.on.isoformat() > on for each in acts)

    @property
    def decided(self) -> AssertedStatement | None:
        """The decision that stands: the latest one, unless a state before one was stated since."""
        for each in reversed(self.statements):
            if each.decision:
                return each
            if each.state not in FINAL | FLAG:
                return None
        return None

    @property
    def revoked(self) -> tuple[str, ...]:
        """Days on which the side revoked an approval."""
        return tuple(each.as_of for each in self.statements if each.source == REVOCATION)

    def position(self, statement: AssertedStatement) -> str:
        """Return the number of the entry that contains a statement."""
        return str(Position(self.party, statement.index))


def before(
    row: ApplicationRow | None, party: Party, corrects: StatementRef | None = None
) -> Before:
    """Return a side's statements on an application so far, without the statement `corrects`."""
    if row is None:
        return Before(party, correction="unknown" if corrects else "")
    place = _named(row, party, corrects) if corrects else None
    live = row.live(party)
    others = tuple(each for each in live if each.place != place)
    course = events_of(others)
    return Before(
        party,
        tuple(each for each in others if isinstance(each, AssertedStatement)),
        next((each.on.isoformat() for each in reversed(course) if each.act == "accepted"), ""),
        _fit(row, party, place) if corrects else "",
        next((e for e in live if isinstance(e, AssertedStatement) and e.place == place), None),
        course,
        _found_as(row, place) if party == "cn" else "",
    )


def _found_as(row: ApplicationRow, without: Place | None) -> str:
    """Return the number that CN last stated for a reference, of what no correction replaces."""
    replaced = row.replacements("cn")
    for each in reversed(row.matches):
        place = each.index, each.row
        if each.found_as and place != without and replaced.live(place):
            return each.found_as
    return ""


def until(row: ApplicationRow, party: Party, index: int) -> ApplicationRow:
    """Return an application without what a side stated in an entry and after it.

    `index`: of the entry in the side's log. What the other side stated stays.
    """
    corrections = tuple(e for e in row.corrections if e.party != party or e.index < index)
    stated = tuple(each for each in row.history(party) if each.index < index)
    marks = tuple(each for each in row.marks(party) if each.index < index)
    if party == "eu":
        return replace(row, eu=stated, eu_marks=marks, corrections=corrections)
    matches = tuple(each for each in row.matches if each.index < index)
    return replace(row, cn=stated, cn_marks=marks, matches=matches, corrections=corrections)


def uncounted_by(row: ApplicationRow, party: Party, index: int) -> bool:
    """Tell whether a side had stated time that is not counted, by an entry of its log.

    Of the round that begins with the last acceptance stated by then; of all acts without one.
    `index`: of the entry, which counts as well.
    """
    course = events_of(until(row, party, index + 1).live(party))
    accepted = [place for place, each in enumerate(course) if each.act == "accepted"]
    return any(each.act in NOT_COUNTED for each in course[accepted[-1] if accepted else 0 :])


def corrected_at(row: ApplicationRow, party: Party, place: Place) -> StatementRef | None:
    """Return what a side's statement at a place corrects; None for nothing."""
    for each in row.corrections:
        if each.party == party and (each.index, each.row) == place:
            return StatementRef(id=each.corrected, row=each.corrected_row or None)
    return None


def earlier(row: ApplicationRow | None, party: Party, place: Place) -> Before:
    """Return a side's statements before the one at a place, as `before` returned them then."""
    if row is None:
        return Before(party)
    return before(until(row, party, place[0]), party, corrected_at(row, party, place))


def _named(row: ApplicationRow, party: Party, ref: StatementRef) -> Place | None:
    """Return the place of a named statement; None if the side made no such one on the number."""
    places = {(each.id, each.row): each.place for each in row.history(party)}
    places |= {(each.id, 0): each.place for each in row.marks(party)}
    if party == "cn":
        places |= {(each.id, each.row): (each.index, each.row) for each in row.matches}
    return places.get((ref.id, ref.row or 0))


def _fit(row: ApplicationRow, party: Party, place: Place | None) -> Correction:
    if place is None:
        return "unknown"
    return "fits" if row.replacements(party).live(place) else "replaced"
