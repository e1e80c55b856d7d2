"""A side's escalation ladder: the next person to alert, and the time of the alert.

Does not read files, does not know the holders of roles and never alerts the other side: each node
alerts its own people (rule 15). `questions.py` decides whether a question is still open, before a
step is taken. A referral to a higher level of the other side is a person's signed act, never a
step.

Only the next step is planned: the step after the last taken, at least `min_dwell` after the last
step really happened. So after an outage desk and director are never alerted in the same second,
and the ladder needs no code for catching up.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Word
from special_channel.core.bytes.ids import Party, PersonRole
from special_channel.core.time.calendars import Calendar, Words

HIGHEST_UNATTENDED: Final = 3
"""Levels run from 0 (desk) to 5 (Commissioner, minister). Levels 4 and 5 are reached by hand
only: no machine wakes a minister."""

UNATTENDED_ROLES: Final = frozenset(get_args(PersonRole))
"""Roles of persons in the directory; the levels above have no keys."""


SHORTEST_REPEAT: Final = 60
"""Minimum seconds between an alert and its repeat."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Wait(_Model):
    """A delay: working days of our side (same time of day, within office hours) plus seconds."""

    working_days: Annotated[int, Field(ge=0, le=250)] = 0
    seconds: Annotated[int, Field(ge=0, le=31_536_000)] = 0

    def after(self, instant: datetime, calendar: Calendar) -> datetime:
        """Add the delay to an instant."""
        if self.working_days:
            instant = calendar.add_working_days(instant, self.working_days)
        return instant + timedelta(seconds=self.seconds)


class Repeat(_Model):
    """Repeats of an alert until somebody acknowledges the step."""

    every: Wait
    times: Annotated[int, Field(ge=1, le=9)]

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        if _span(self.every) < (0, SHORTEST_REPEAT):
            raise ValueError("a repeat leaves no time to read the alert before it")
        return self


class Step(_Model):
    """A step: the recipient, the delay after the due time, and the delay after the last step.

    `level`: 0 desk, 1 head of unit, 2 director, 3 deputy head, 4 and 5 by hand only.
    `desk`: the unit, for a role that exists in several units; if None, the question's desk, or
    else all holders of the role without a step for their own desk.
    `urgent`: does not wait for the recipient's office hours.
    `repeat`: repeats the alert until the step is acknowledged, answered or overtaken.
    """

    number: Annotated[int, Field(ge=1, le=9)]
    level: Annotated[int, Field(ge=0, le=5)]
    role: Word
    desk: Word | None = None
    title: Words
    after: Wait
    min_dwell: Wait = Wait()
    urgent: bool = False
    repeat: Repeat | None = None

    @property
    def by_hand(self) -> bool:
        """Whether only a person may take the step."""
        return self.level > HIGHEST_UNATTENDED


class Ladder(_Model):
    """A side's steps, in order."""

    v: Literal[1]
    side: Party
    id: Word
    version: Annotated[int, Field(ge=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=9, strict=False)]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if [step.number for step in self.steps] != list(range(1, len(self.steps) + 1)):
            raise ValueError("steps are numbered 1, 2, 3 without a gap")
        for step, following in pairwise(self.steps):
            if following.level < step.level:
                raise ValueError("a step goes down to a lower level")
            if _span(following.after) < _span(step.after):
                raise ValueError("a step comes before the one beneath it")
        if self.steps[0].by_hand:
            raise ValueError("the first step is one that a machine may not take")
        if any(not step.by_hand and step.role not in UNATTENDED_ROLES for step in self.steps):
            raise ValueError("a step names a role that the directory does not know")
        return self

    def tells(self, step: Step, role: str, desk: str) -> bool:
        """Tell whether a step alerts the holder of a role at a desk.

        If several steps have the same role, a step with the holder's desk takes precedence.
        """
        if step.role != role or step.desk not in {None, desk}:
            return False
        return step.desk == desk or all(
            (other.role, other.desk) != (role, desk) for other in self.steps
        )

    def __hash__(self) -> int:
        """Hash side, id and version alone."""
        # A ladder is a cache key for plans, and hashing all steps takes long.
        return hash((self.side, self.id, self.version))

    @property
    def digest(self) -> str:
        """SHA-256, lower-case hex, of the canonical JSON form."""
        content = self.model_dump(mode="json", exclude_none=True)
        return sha256(canonical.dumps(content)).hexdigest()


@dataclass(frozen=True, slots=True)
class TakenStep:
    """The last step taken for a question and due time, with its actual time."""

    number: int
    fired: datetime


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """The next step.

    Attributes:
        step: The step, with its recipient.
        at: Time of the step, UTC. For a step by hand: the earliest time.
        skipped: Numbers of steps with absent holders; `step` takes their turn.
        planned: Time without regard to `min_dwell`; `at` is later if the last step was taken
            late.
        unmanned: All remaining holders are absent. The step is still taken, so that the
            record shows the absence, and the node alarms its operator.
    """

    step: Step
    at: datetime
    skipped: tuple[int, ...]
    planned: datetime
    unmanned: bool = False

    def is_due(self, now: datetime) -> bool:
        """Tell whether the node must take the step now; always False for a step by hand."""
        return not self.step.by_hand and self.at <= now


def parse_ladder(data: Mapping[str, object]) -> Ladder:
    """Validate a ladder file parsed by `tomllib`.

    Raises:
        Malformed: `ladder-malformed`, with the first fault.
    """
    try:
        return Ladder.model_validate(dict(data))
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "file"
        raise Malformed(
            "ladder-malformed",
            f"The ladder file does not hold together at {where}: {first['msg']}.",
            field=where,
        ) from fault


def next_step(
    ladder: Ladder,
    calendar: Calendar,
    due: datetime,
    last: TakenStep | None = None,
    absent: AbstractSet[int] = frozenset(),
) -> PlannedStep | None:
    """Return the next step, or None after the last step.

    Args:
        ladder: Our side's ladder.
        calendar: Our side's calendar: steps wait for its working days.
        due: The due time in force, UTC.
        last: The last step taken for the question and due time.
        absent: Numbers of steps without a present holder. They are skipped; the next step
            takes their turn and time, so an absence delays no alert. Skipping alone never
            reaches a step by hand.
    """
    ahead = [step for step in ladder.steps if last is None or step.number > last.number]
    if not ahead:
        return None
    turn = ahead[0]
    manned = [step for step in ahead if step.number not in absent and step.by_hand == turn.by_hand]
    step = manned[0] if manned else turn
    skipped = tuple(before.number for before in ahead if before.number < step.number)
    planned = turn.after.after(due, calendar)
    at = planned if last is None else max(planned, turn.min_dwell.after(last.fired, calendar))
    return PlannedStep(step, at, skipped, planned, unmanned=not manned)


def steps_ahead(
    ladder: Ladder, calendar: Calendar, due: datetime, last: TakenStep | None = None
) -> tuple[PlannedStep, ...]:
    """Plan all remaining steps, each taken on time: "next steps on our side"."""
    plan: list[PlannedStep] = []
    while following := next_step(ladder, calendar, due, last):
        plan.append(following)
        last = TakenStep(following.step.number, following.at)
    return tuple(plan)


def _span(wait: Wait) -> tuple[int, int]:
    return wait.working_days, wait.seconds
