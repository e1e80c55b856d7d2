"""Steps of our side's ladder, for pages."""

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
    """A step of our ladder. The other side's steps are never shown.

    Attributes:
        role: Code of the role to alert.
        at: Time of the step.
        name: The person, from our directory.
        state: `next`, `told`, `acknowledged` or `later`.
        raised: Id of the entry of the escalation.
        title: Title in our ladder.
        desk: The office unit, if the ladder names a unit.
        by_hand: The step is taken by a person, from `at` on, and not by the node.
        held_until: Time at which a delayed alert is sent.
        taken_over: The person of our side who took over, and the time.
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
