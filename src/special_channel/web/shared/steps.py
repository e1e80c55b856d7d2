"""Steps of our side's ladder, as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from special_channel.core.time.calendars import Words as Phrase
from special_channel.web.shared.words import Pair


@dataclass(frozen=True, slots=True)
class TakenOver:
    """That somebody took a step over, signed in the private log.

    Attributes:
        by: The person, from the own directory; the role and number of a key without one.
        at: When the entry was accepted, not when the step was raised.
        you: The reader.
    """

    by: str
    at: datetime
    you: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the own ladder. Never one of the other side's.

    Attributes:
        role: Code of the role that is told.
        at: From when.
        name: The person, from the own directory.
        state: `next`, `told`, `acknowledged` or `later`.
        raised: Id of the entry by which it was taken.
        title: What the own ladder calls it.
        desk: The office unit, where the ladder names one.
        by_hand: No machine takes it: from `at` on a person may.
        held_until: Nobody was told of it yet: its alert leaves then.
        taken_over: Who of the own side took it over, and when.
    """

    role: str
    at: datetime
    name: str | None = None
    state: Literal["told", "acknowledged", "next", "later"] = "later"
    you: bool = False
    raised: str = ""
    title: Phrase | None = None
    desk: Pair | None = None
    by_hand: bool = False
    held_until: datetime | None = None
    taken_over: TakenOver | None = None
