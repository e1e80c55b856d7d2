"""A row of a return sheet with what it is read with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from special_channel.core.entries import ReturnRow
from special_channel.core.rows.applications import COUNTING
from special_channel.core.sense.course import ENDING
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import FactKind, Finding, Grade, facts_of
from special_channel.core.sense.history import Before
from special_channel.core.sense.stages import FINAL, FLAG, NOT_COUNTED, OUT


@dataclass(frozen=True, slots=True)
class Around:
    """What a row is read with.

    Attributes:
        today: The date in Beijing.
        days: Working days in China.
        own: CN's earlier statements of the number, without the one that the row corrects.
        question: The question in the row of the list; empty without one.
        remark: Whether the row has a free remark.
        licence: A licence in force that names the application; empty without one.
        asked: Papers that CN's latest statement asks for, of the same round; empty without any.
        peer: The EU's statements of the number; None where they are not read.
        linked: Whether a side states another number in the place of this one.
    """

    today: date
    days: WorkingDays
    own: Before
    question: str = ""
    remark: bool = False
    licence: str = ""
    asked: tuple[str, ...] = ()
    peer: Before | None = None
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A row with what it is read with."""

    row: ReturnRow
    around: Around

    @property
    def own(self) -> Before:
        """CN's earlier statements."""
        return self.around.own

    @property
    def state(self) -> str:
        """The state; empty without one."""
        return self.row.state or ""

    @property
    def acceptance(self) -> str:
        """The date of acceptance, as this row or an earlier statement of its round states it.

        A row can restate the end of a round, or the decision before that end.
        """
        accepted, decided = self.own.accepted_on, self.row.decided_on
        later = [
            (each.act, each.on.isoformat())
            for each in self.own.course
            if each.act in OUT and each.on.isoformat() >= accepted
        ]
        restated = [act == self.state or (decided or "9") <= on for act, on in later]
        return self.row.accepted_on or (accepted if all(restated) else "")

    @property
    def decision(self) -> str:
        """The date of the decision, as this row or an earlier statement states it."""
        decided = self.own.decided
        return self.row.decided_on or (decided.decided_on if decided else "")

    @property
    def counted_until(self) -> str:
        """Last day for counting days from the acceptance; empty if unknown.

        A decision ends the count, even without a stated day. A revoked decision leaves open how
        much time counts.
        """
        own, accepted = self.own, self.acceptance
        if any(on >= accepted for on in own.revoked):
            return ""
        ends = [(each.act, each.on.isoformat()) for each in own.course if each.act in ENDING]
        decided = [on for act, on in ends if act == "decided" and on >= accepted]
        # A customs query says that there was a decision only where one is stated.
        if self.state in FINAL or (self.state in FLAG and (own.decided or decided)):
            until = self.decision or max(decided, default="")
        else:
            until = "" if decided else self.row.as_of or ""
        ended = any(act in OUT and accepted <= on <= until for act, on in ends)
        return "" if ended and self.state not in OUT else until

    @property
    def paused(self) -> bool:
        """Whether the side stated, since the acceptance, that time is not counted."""
        # Without an acceptance it is `""`, so that each statement counts.
        return any(
            each.act in NOT_COUNTED and each.on.isoformat() >= self.acceptance
            for each in self.own.course
        )

    @property
    def uncounted_since(self) -> str:
        """The day since which time of this round is not counted; empty without an act and basis.

        A pause that only a state implies may have begun earlier. It is over once the round has
        ended or time is counted again, also on the same day: acts of one day are in the order of
        the procedure, not in the order in which they happened.
        """
        last = next((each for each in reversed(self.own.course) if each.act in COUNTING), None)
        if last is None or last.act != "uncounted" or not last.basis:
            return ""
        later = [each for each in self.own.course if each.on >= last.on and each is not last]
        over = any(each.act in ENDING or each.act == "counted" for each in later)
        since = last.on.isoformat()
        return "" if over or since < self.acceptance else since

    @property
    def explained(self) -> bool:
        """Whether there is a remark of either kind."""
        return bool(self.row.remark) or self.around.remark

    def dates(self) -> Sequence[tuple[str, str]]:
        """Return the filled dates of things that have happened, by field."""
        row = self.row
        pairs = (
            ("as_of", row.as_of),
            ("accepted_on", row.accepted_on),
            ("decided_on", row.decided_on),
        )
        return [(name, day) for name, day in pairs if day]

    def found(
        self, rule: str, grade: Grade, *fields: str, **facts: tuple[FactKind, str]
    ) -> Finding:
        """Return a finding about the row, with its fields and the facts of its sentence."""
        return Finding(rule, grade, self.row.row, fields, facts_of(**facts))

    def named_state(self) -> tuple[FactKind, str]:
        """Return the state as a fact of a sentence."""
        return "state", self.state or "unknown"

    def working_days(self, after: str, until: str) -> int | None:
        """Count working days after a day up to another one; None if one is missing or uncovered."""
        if not after or not until:
            return None
        return self.around.days.between(date.fromisoformat(after), date.fromisoformat(until))
