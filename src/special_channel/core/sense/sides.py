"""Rules for a statement against what the other side states of the application (S-061 to S-064).

Two statements agree, follow one another, can't both be true, or say too little to tell. The EU
reports what it was told, so it is asked to look again; CN states its own acts, and is shown what
the EU states. No finding decides which side is right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import AssertedStatement
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding, Grade, Rule, facts_of
from special_channel.core.sense.history import Before
from special_channel.core.sense.stages import BEFORE, FINAL, GRANTED, OUT, RUNNING
from special_channel.core.time.statutory import ENDING, Event

SIDES_RULES: Final = {
    rule.id: rule
    for rule in (
        Rule("S-061", ("confirm", "note")),
        Rule("S-062", ("note",)),
        Rule("S-063", ("confirm", "note")),
        Rule("S-064", ("confirm",)),
    )
}
"""The rules by number."""

Relation = Literal["agree", "older", "incompatible", "unknown"]
"""`older`: the same course, of which one side has newer news. `unknown`: can't be told."""

_CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("drafted", "submitted", "provincial"), "P"),
    "supplement": "S",
    **dict.fromkeys(RUNNING, "R"),
    **dict.fromkeys(GRANTED, "G"),
    "refused": "X",
    "not_accepted": "N",
    "returned": "B",
    "withdrawn": "W",
}
"""Classes of states; another state, such as a customs query, takes no part."""

_THEN: Final = "PSRGXNBW"

_TABLE: Final[Mapping[str, str]] = {
    "P": "aooooooo",
    "S": "oaoooooo",
    "R": "eeaooeoo",
    "G": "iiiaiiii",
    "X": "fffiaiii",
    "N": "oooffaii",
    "B": "ooooooao",
    "b": "oaoooaao",
    "W": "fffiiiia",
}
"""The class stated first by the class stated then, in the order of `_THEN`.

`a`: agree. `o`: older. `i`: incompatible. `e`: incompatible, unless a side states an end of the
round between them. `f`: incompatible, unless the later side states a new filing between them. `b`:
returned, by a side that did not act: it may have been a request for a supplement.
"""

_ANOTHER_ROUND: Final[Mapping[str, frozenset[str]]] = {
    "e": frozenset({"returned", "withdrawn"}),
    "f": frozenset({"received", "accepted"}),
}

_HEARD_FROM: Final = frozenset({"supplier", "company", "applicant", "list"})
"""Sources that call a request for a supplement a return."""

_CALLED: Final = 10
"""Working days within which a return after a request for a supplement is that request."""

_APART: Final = 1
"""Working days by which dates of one act may differ: the act, and its notice."""

_ENDED: Final = frozenset("GXNBW")
"""Classes of states after which a round has ended."""

_EXCLUDING: Final[Mapping[str, frozenset[str]]] = {
    "accepted": BEFORE,
    "council": BEFORE,
    "decided": BEFORE | RUNNING,
    "not_accepted": RUNNING | FINAL,
}
"""States of a later day that an act excludes within one round."""


@dataclass(frozen=True, slots=True)
class Said:
    """A state as a side states it.

    Attributes:
        state: The state.
        as_of: Its day; empty without one.
        source: Where it comes from.
        acts: Dated acts that the side states.
        revoked: Days on which the side revoked an approval.
    """

    state: str
    as_of: str
    source: str
    acts: Sequence[Event] = ()
    revoked: Sequence[str] = ()

    @property
    def group(self) -> str:
        """The class of the state; empty for one that takes no part."""
        return _CLASSES.get(self.state, "")

    @property
    def heard(self) -> bool:
        """Whether it is a return by a side that did not act."""
        return self.state == "returned" and self.source in _HEARD_FROM


def as_said(stated: AssertedStatement | None, of: Before) -> Said | None:
    """Return a side's statement with the side's acts; None without a statement."""
    if stated is None:
        return None
    return Said(stated.state, stated.as_of, stated.source, of.course, of.revoked)


def relation(one: Said, other: Said, days: WorkingDays) -> Relation:
    """Compare two states, each of another side.

    `days`: working days in China.
    """
    found = _together(one, other, days)
    taken_back = found == "incompatible" and (_taken_back(one, other) or _taken_back(other, one))
    return "older" if taken_back else found


def _taken_back(approved: Said, other: Said) -> bool:
    """Return whether an approval was revoked between the day of its statement and the other's."""
    return approved.group == "G" and any(
        approved.as_of <= on and (on <= other.as_of or not other.as_of)
        for on in (*approved.revoked, *other.revoked)
    )


def _together(one: Said, other: Said, days: WorkingDays) -> Relation:
    groups = {one.group, other.group}
    if "" in groups:
        return "unknown"
    if not one.as_of or not other.as_of:
        return "incompatible" if groups == {"G", "X"} else "unknown"
    if one.as_of == other.as_of:
        return _same_day(one, other)
    first, then = sorted((one, other), key=lambda each: each.as_of)
    return _in_turn(first, then, days)


def _in_turn(first: Said, then: Said, days: WorkingDays) -> Relation:
    if then.heard and (first.group == "N" or _called(first, then, days)):
        return "agree"
    code = _TABLE["b" if first.heard else first.group][_THEN.index(then.group)]
    if code == "a":
        return "older" if first.group == then.group and first.state != then.state else "agree"
    if code in _ANOTHER_ROUND:
        acts = then.acts if code == "f" else (*first.acts, *then.acts)
        again = any(
            each.act in _ANOTHER_ROUND[code] and first.as_of < each.on.isoformat() <= then.as_of
            for each in acts
        )
        code = "o" if again else "i"
    return "older" if code == "o" else "incompatible"


def _called(first: Said, then: Said, days: WorkingDays) -> bool:
    """Return whether a return is the request for a supplement that the other side states."""
    apart = days.between(date.fromisoformat(first.as_of), date.fromisoformat(then.as_of))
    return first.group == "S" and apart is not None and apart <= _CALLED


_SAME_DAY: Final = frozenset(map(frozenset, ("GX", "GR", "GN", "RN", "GW", "XW")))
"""Classes that can't both be true on one day."""


def _same_day(one: Said, other: Said) -> Relation:
    groups = frozenset({one.group, other.group})
    heard = one.heard or other.heard
    if len(groups) == 1 or (heard and groups in {frozenset("SB"), frozenset("NB")}):
        return "agree"
    return "incompatible" if groups in _SAME_DAY else "unknown"


@dataclass(frozen=True, slots=True)
class Across:
    """A side's statement beside the other side's.

    Attributes:
        party: The side that speaks.
        peer: The other side's statements.
        days: Working days in China.
        row: Row of the sheet; 1 without a sheet.
    """

    party: Party
    peer: Before
    days: WorkingDays
    row: int = 1

    @property
    def grade(self) -> Grade:
        """The EU is asked about what it was told; CN is shown what the EU states."""
        return "confirm" if self.party == "eu" else "note"

    @property
    def theirs(self) -> Said | None:
        """The state of the other side's newest statement, with its acts; None without one."""
        return as_said(self.peer.newest, self.peer)

    def state(self, said: Said, *, newer: bool = False) -> Iterator[Finding]:
        """Yield a state that can't be true together with the other side's.

        `newer`: whether newer news of the other side are named.
        """
        theirs = self.theirs
        if theirs is None or not said.state:
            return
        facts = facts_of(
            peer=("side", self.peer.party),
            state=("state", theirs.state),
            date=("date", theirs.as_of),
        )
        found = relation(said, theirs, self.days)
        if found == "incompatible":
            variant = "" if theirs.as_of else "undated"
            yield Finding("S-061", self.grade, self.row, ("state", "as_of"), facts, variant)
        elif newer and found == "older" and said.as_of < theirs.as_of:
            yield Finding("S-062", "note", self.row, ("state", "as_of"), facts)

    def dates(self, said: Said, acts: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
        """Yield dates of acceptance or decision that the other side states otherwise, in one round.

        Dates of acceptance are left alone once both sides state the same end; dates of two
        different decisions are S-061.

        Args:
            said: What the side states.
            acts: Field and date by act; an empty date is none.
        """
        theirs = self.theirs.group if self.theirs else ""
        ended = said.group == theirs and theirs in _ENDED
        for act, (field, on) in acts.items():
            stated = [each.on for each in self.peer.course if each.act == act]
            another = {said.group, theirs} == {"G", "X"} if act == "decided" else ended
            if not on or not stated or another:
                continue
            first, then = sorted((date.fromisoformat(on), stated[-1]))
            apart = self.days.between(first, then)
            if apart is None or apart <= _APART or self._parted(said, act, first, then):
                continue
            facts = facts_of(
                field=("field", f"{act}_on"),
                own=("date", on),
                peer=("side", self.peer.party),
                theirs=("date", stated[-1].isoformat()),
            )
            yield Finding("S-063", self.grade, self.row, (field,), facts)

    def _parted(self, said: Said, act: str, first: date, then: date) -> bool:
        """Return whether two dates of an act belong to two rounds or to two decisions."""
        decided = act == "decided"
        ends = OUT if decided else ENDING
        acts = (*said.acts, *self.peer.course)
        ended = any(each.act in ends and first <= each.on <= then for each in acts)
        filed = any(each.act in _ANOTHER_ROUND["f"] and first < each.on <= then for each in acts)
        revoked = any(
            first.isoformat() <= day <= then.isoformat()
            for day in (*said.revoked, *self.peer.revoked)
        )
        return ended or (decided and (filed or revoked))

    def act(self, act: str, on: str) -> Iterator[Finding]:
        """Yield an act of the authority, as the EU states it, that a later state of CN excludes."""
        # The same act of another day is S-063.
        if self.party == "cn" or any(each.act == act for each in self.peer.course):
            return
        later = [each for each in self.peer.statements if each.as_of > on]
        day = date.fromisoformat(on)
        stage = next((each for each in reversed(later) if self._excludes(each, act, day)), None)
        if stage:
            facts = facts_of(
                act=("act", act),
                on=("date", on),
                peer=("side", self.peer.party),
                state=("state", stage.state),
                date=("date", stage.as_of),
            )
            yield Finding("S-064", "confirm", self.row, ("on",), facts)

    def _excludes(self, stage: AssertedStatement, act: str, on: date) -> bool:
        until = date.fromisoformat(stage.as_of)
        if act == "supplement":
            # Papers are asked for before the acceptance.
            accepted = [
                each.on for each in self.peer.course if each.act == "accepted" and each.on < on
            ]
            running = stage.state in RUNNING | FINAL
            return running and bool(accepted) and not self._came(OUT, max(accepted), until)
        revoked = any(on.isoformat() <= day <= stage.as_of for day in self.peer.revoked)
        if act == "decided" and revoked:
            return False
        # After an end, or a new filing, another round runs.
        another = _ANOTHER_ROUND["f"] if act == "not_accepted" else OUT
        return stage.state in _EXCLUDING.get(act, ()) and not self._came(another, on, until)

    def _came(self, acts: Collection[str], first: date, last: date) -> bool:
        return any(each.act in acts and first <= each.on <= last for each in self.peer.course)
