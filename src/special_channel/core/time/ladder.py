"""One side's own ladder: who on that side is told next, and when.

Does not read files, does not know who holds a role, and never speaks of the other side:
each node tells its own people (rule 15). Whether an ask is still open is decided by
`questions.py`, before a step is taken. What crosses to a higher level of the other side is a
named person's signed act, never a step.

There is one step ahead at a time: the one after the last taken, no sooner than its
`min_dwell` after that really happened. So an outage never tells the desk and the
director in the same second, and there is no code for catching up.
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
from special_channel.core.bytes.ids import OfficialRole, Party
from special_channel.core.time.calendars import Calendar, Words

HIGHEST_UNATTENDED: Final = 3
"""Levels run from 0 (desk) to 5 (Commissioner, minister). The top two, 4 and 5, are
reached by hand only: no machine wakes a minister."""

UNATTENDED_ROLES: Final = frozenset(get_args(OfficialRole))
"""Roles that the directory enrols keys for; the levels above have none."""


SHORTEST_REPEAT: Final = 60
"""Seconds between an alert and its repeat, at least."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Wait(_Model):
    """A span: own working days (same time of day, within office hours) plus seconds."""

    working_days: Annotated[int, Field(ge=0, le=250)] = 0
    seconds: Annotated[int, Field(ge=0, le=31_536_000)] = 0

    def after(self, instant: datetime, calendar: Calendar) -> datetime:
        """Return the instant that lies this span after another."""
        if self.working_days:
            instant = calendar.add_working_days(instant, self.working_days)
        return instant + timedelta(seconds=self.seconds)


class Repeat(_Model):
    """The same alert once more, until somebody acknowledges the step."""

    every: Wait
    times: Annotated[int, Field(ge=1, le=9)]

    @model_validator(mode="after")
    def _leaves_time(self) -> Self:
        if _span(self.every) < (0, SHORTEST_REPEAT):
            raise ValueError("a repeat leaves no time to read the alert before it")
        return self


class Step(_Model):
    """One step: who is told, how long after the due time, and how long after the step before.

    `level`: 0 desk, 1 head of unit, 2 director, 3 deputy head, 4 and 5 by hand only.
    `desk`: the office unit where a role exists in several; absent: the ask's own desk, else all
    of the role whom no other step names by their desk.
    `urgent`: does not wait for the recipient's office hours.
    `repeat`: whom it tells is told again; acknowledged, answered or overtaken, no more.
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
        """Whether only a person may take this step."""
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
        for one, following in pairwise(self.steps):
            if following.level < one.level:
                raise ValueError("a step goes down to a lower level")
            if _span(following.after) < _span(one.after):
                raise ValueError("a step comes before the one beneath it")
        if self.steps[0].by_hand:
            raise ValueError("the first step is one that a machine may not take")
        if any(not one.by_hand and one.role not in UNATTENDED_ROLES for one in self.steps):
            raise ValueError("a step names a role that the directory does not know")
        return self

    def tells(self, step: Step, role: str, desk: str) -> bool:
        """Tell whether a step is for who holds this role at this desk.

        Of two steps of one role, whoever has the desk that one of them names is told by that alone.
        """
        if step.role != role or step.desk not in {None, desk}:
            return False
        return step.desk == desk or all((one.role, one.desk) != (role, desk) for one in self.steps)

    def __hash__(self) -> int:
        """Hash by name: plans are kept by ladder, and all of its steps take long to hash."""
        return hash((self.side, self.id, self.version))

    @property
    def digest(self) -> str:
        """SHA-256, lower-case hex, of the canonical JSON form."""
        content = self.model_dump(mode="json", exclude_none=True)
        return sha256(canonical.dumps(content)).hexdigest()


@dataclass(frozen=True, slots=True)
class Taken:
    """The last step taken for an ask and due, and when it really happened."""

    number: int
    fired: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """The step ahead.

    Attributes:
        step: Who is told.
        at: When, UTC. For a step by hand: from when a person may think of it.
        skipped: Steps whose holder is absent. Their turn passes to this one.
        planned: When the ladder alone would have it, before `min_dwell`; `at` is later
            where the step before was taken late.
        unmanned: Nobody on the ladder is there. The step is taken all the same, so that
            the record says so, and the node alarms its operator.
    """

    step: Step
    at: datetime
    skipped: tuple[int, ...]
    planned: datetime
    unmanned: bool = False

    def is_due(self, now: datetime) -> bool:
        """Say whether a machine is to take it now; never true of a step by hand."""
        return not self.step.by_hand and self.at <= now


def parse_ladder(data: Mapping[str, object]) -> Ladder:
    """Read a ladder file that `tomllib` has parsed.

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
    last: Taken | None = None,
    absent: AbstractSet[int] = frozenset(),
) -> Planned | None:
    """Return the step ahead, or None when all have been taken.

    Args:
        ladder: The own side's.
        calendar: The own side's: steps wait for its working days.
        due: The due time in force, UTC.
        last: The last step taken for this ask and due.
        absent: Numbers of steps that nobody holds just now. They are skipped and the
            next takes their turn, at their time: nobody is told later because somebody
            is away. A step by hand is never reached by skipping alone.
    """
    ahead = [step for step in ladder.steps if last is None or step.number > last.number]
    if not ahead:
        return None
    turn = ahead[0]
    there = [step for step in ahead if step.number not in absent and step.by_hand == turn.by_hand]
    step = there[0] if there else turn
    skipped = tuple(one.number for one in ahead if one.number < step.number)
    planned = turn.after.after(due, calendar)
    at = planned if last is None else max(planned, turn.min_dwell.after(last.fired, calendar))
    return Planned(step, at, skipped, planned, unmanned=not there)


def steps_ahead(
    ladder: Ladder, calendar: Calendar, due: datetime, last: Taken | None = None
) -> tuple[Planned, ...]:
    """Foresee every step still ahead if each is taken when planned: "next steps on our side"."""
    plan: list[Planned] = []
    while following := next_step(ladder, calendar, due, last):
        plan.append(following)
        last = Taken(following.step.number, following.at)
    return tuple(plan)


def _span(wait: Wait) -> tuple[int, int]:
    return wait.working_days, wait.seconds
