"""Suspending the clock of one question: the days typed, what they give, what would be signed.

Does not count: `reading` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from special_channel.web.shared.words import Facts, Words


@dataclass(frozen=True, slots=True)
class Proposed:
    """A suspension that was checked. `body` is what a click signs, as JSON."""

    first: date
    last: date
    days: int
    due: datetime
    body: str


@dataclass(frozen=True, slots=True)
class SuspendPage:
    """The form for one question.

    Attributes:
        thread: The thread's number; `thread_id` its id.
        ask: How the form names the question, such as `EU-877:1`; `number` how people do.
        due: The date in force.
        given: First and last day as typed.
        refused: Code and facts by which these can't be proposed.
    """

    template: ClassVar[str] = "suspend.html"
    page: ClassVar[str] = "threads"

    thread: str
    thread_id: str
    entry_id: str
    ask: str
    number: str
    text: Words
    due: datetime
    given: tuple[str, str]
    proposed: Proposed | None = None
    refused: tuple[str, Facts] | None = None
