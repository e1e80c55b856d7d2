"""The course of a procedure: whether an act can follow the acts before.

Acts of a course are in order of their dates. An acceptance may lack its date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from special_channel.core.rows.applications import COUNTING, ClockFact
from special_channel.core.sense.findings import Grade
from special_channel.core.sense.stages import FINAL, FLAG, OUT, RUNNING

ENDING: Final = OUT | {"decided"}
"""Acts after which a round has ended."""

_NEW: Final = frozenset({"received", "accepted"})
"""First acts of a new filing."""

_ACCEPTED: Final = RUNNING | FINAL | FLAG | {"returned", "withdrawn"}
"""States of an application that was accepted, or can have been."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a round is after its acts so far.

    Attributes:
        accepted: The acceptance.
        running: Whether it was accepted and has not ended.
        pause: The act since which time is not counted.
        decided: The decision.
        over: Whether the round ended without a decision.
    """

    accepted: ClockFact | None = None
    running: bool = False
    pause: ClockFact | None = None
    decided: ClockFact | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Misplaced:
    """An act out of its place.

    Attributes:
        rule: Number of the rule.
        grade: Gravity.
        variant: Which of the rule's sentences.
        other: The other act; None without a stated one.
    """

    rule: str
    grade: Grade
    variant: str = ""
    other: ClockFact | None = None


def standing(acts: Sequence[ClockFact]) -> Standing:
    """Return where a round is after acts in order."""
    now = Standing()
    for act in acts:
        now = _after(now, act)
    return now


def _after(now: Standing, act: ClockFact) -> Standing:
    match act.act:
        case "accepted":
            return Standing(accepted=act, running=True)
        case "received" | "supplement":
            return Standing() if now.over or now.decided else now
        case "decided":
            return replace(now, running=False, pause=None, decided=act)
        case "uncounted" | "counted" | "council":
            # A revoked approval can be examined again: the round of the decision runs on.
            pause = act if act.act == "uncounted" else None
            return Standing(accepted=now.accepted, running=True, pause=pause)
        case _:
            return Standing(over=True)


def round_of(acts: Sequence[ClockFact]) -> Sequence[ClockFact]:
    """Return the acts of the last round, with its end."""
    ends = [place for place, act in enumerate(acts[:-1], 1) if act.act in OUT]
    return acts[ends[-1] if ends else 0 :]


def misplaced(acts: Sequence[ClockFact], place: int, state: str) -> Misplaced | None:
    """Return how an act does not follow from the acts before; None if it can.

    `place`: index of the act. `state`: the latest state by the same side; empty without any.
    """
    act, now, later = acts[place], standing(acts[:place]), acts[place + 1 :]
    if now.decided and act.act != "withdrawn":
        return _after_decision(act, now.decided)
    # Without a stated acceptance, the state shows whether there can have been any.
    accepted = next((each for each in round_of_rest(later) if each.act == "accepted"), None)
    unstated = not now.over and accepted is None and state in _ACCEPTED
    running = now.running or unstated
    wrong = None
    match act.act:
        case "accepted" if now.accepted and now.running and now.accepted.on != act.on:
            wrong = Misplaced("S-055", "confirm", other=now.accepted)
        case "received" | "supplement" | "not_accepted" if now.accepted and now.running:
            wrong = Misplaced("S-068", "confirm", "after", now.accepted)
        case "decided" if not running:
            wrong = Misplaced("S-068", "confirm", "before" if accepted else "without", accepted)
        case "council" if not running:
            wrong = Misplaced("S-068", "refuse", "before" if accepted else "without", accepted)
        case "uncounted" if not running or (now.pause and now.pause.basis):
            wrong = Misplaced("S-067", "refuse")
        case "counted" if not running or not (now.pause or _implied_later(later)):
            wrong = Misplaced("S-067", "refuse")
    return wrong


def _after_decision(act: ClockFact, decided: ClockFact) -> Misplaced:
    if act.act in _NEW:
        return Misplaced("S-057", "confirm", other=decided)
    if act.act in COUNTING:
        return Misplaced("S-067", "refuse")
    return Misplaced("S-068", "refuse", "after", decided)


def round_of_rest(later: Sequence[ClockFact]) -> Sequence[ClockFact]:
    """Return the acts up to the end of the round."""
    ends = [place for place, act in enumerate(later) if act.act in OUT]
    return later[: ends[0]] if ends else later


def _implied_later(later: Sequence[ClockFact]) -> bool:
    """Return whether a state alone says since when time is not counted: it can be since earlier."""
    return any(act.act == "uncounted" and not act.basis for act in later)
