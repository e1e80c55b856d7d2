"""Deadlines: six weeks in two lanes, and each question with its date and what became of it.

Does not decide an outcome and does not count days: `core.rows.questions` and `core.time.due` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal

from special_channel.core.rows.questions import Outcome
from special_channel.web.pages.lanes import Lanes
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.references import BatchRef
from special_channel.web.shared.steps import Step
from special_channel.web.shared.words import Pair

SideFilter = Literal["", "ours", "theirs"]
StateFilter = Literal["", "passed", "provisional", "decided"]
SIDE_FILTERS: Final[tuple[SideFilter, ...]] = ("", "ours", "theirs")
STATE_FILTERS: Final[tuple[StateFilter, ...]] = ("", "passed", "provisional", "decided")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for. `side` and `state` empty: all that is awaited.

    Attributes:
        batch: Its list's position (`EU-77`), `standing`, or empty for all.
        desk: Only what is in their own unit's hands, or in nobody's.
    """

    side: SideFilter = ""
    state: StateFilter = ""
    batch: str = ""
    desk: bool = False

    def __bool__(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.side or self.state or self.batch or self.desk)


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One question.

    Attributes:
        number: Such as `EU-877 Q1`.
        url: Where it stands in its thread.
        next_step: Of the own ladder; None once nobody waits.
        first_due: The date that was first asked, where it was moved, and by which basis.
        proposed: A date that the answering side proposed and that is not in force.
        known: Up to when the other side's record is known, where only ours holds no answer.
    """

    number: str
    url: str
    thread: str
    title: Pair
    due: Due
    outcome: Outcome
    answered_in: str | None = None
    next_step: Step | None = None
    batch: BatchRef | None = None
    first_due: datetime | None = None
    basis: str = ""
    proposed: datetime | None = None
    known: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinesPage:
    """The deadlines.

    Attributes:
        ours: How many questions await the own side's answer, within what is asked for.
        earlier: How many dates lie before the six weeks, and how many after.
        shared: When both are at work on the next day on which they are, and from which day
            on other hours hold within the six weeks, if they do.
        batches: What to choose from: value and name.
        urls: The page without filters.
    """

    template: ClassVar[str] = "deadlines.html"
    page: ClassVar[str] = "deadlines"

    lanes: Lanes
    rows: tuple[DeadlineRow, ...]
    paging: Paging
    asked: Asked
    ours: int = 0
    theirs: int = 0
    passed: int = 0
    earlier: int = 0
    later: int = 0
    shared: tuple[tuple[datetime, datetime], ...] = ()
    batches: tuple[tuple[str, str], ...] = ()
    next_due: Due | None = None
