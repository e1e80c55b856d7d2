"""Views of due times, for pages and API.

Does not decide outcomes or count days: `core/rows/questions.py` and `core/time/due.py` do.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlencode

from pydantic import StringConstraints, model_validator

from special_channel.core.rows.questions import Outcome
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.days import Day, in_order
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.dues import Step
from special_channel.web.shared.query import PageQuery, Query, Text
from special_channel.web.shared.references import BatchRef, entry_url
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.words import Pair, Words

OVER: Final[frozenset[Outcome]] = frozenset({"in-time", "late", "crossed", "answered", "ended"})
"""Outcomes of questions that nobody waits for."""


class DeadlinesQuery(PageQuery):
    """Filter of the list; without one, all open questions.

    Attributes:
        side: Answering side.
        batch: Position of a weekly list (`EU-77`), or `standing`; empty for all.
        desk: `1` for threads of the reader's unit and threads of no unit.
        since: First due day, in the answering side's capital; `until`: the last. Empty for all.
        sort: The nearest due time first, or the latest; by default the latest of decided questions
            and the nearest of others.
    """

    side: Literal["", "ours", "theirs"] = ""
    state: Literal["", "passed", "provisional", "decided"] = ""
    batch: Annotated[Text, StringConstraints(max_length=32)] = ""
    desk: str = ""
    since: Day = ""
    until: Day = ""
    sort: Literal["", "nearest", "latest"] = ""

    _ordered = model_validator(mode="after")(in_order)

    @property
    def fields(self) -> dict[str, str]:
        """Fields that filter."""
        fields = {"side": self.side, "state": self.state, "batch": self.batch}
        fields["desk"] = "1" if self.desk == "1" else ""
        fields |= {"since": self.since, "until": self.until, "sort": self.sort}
        return {name: value for name, value in fields.items() if value}

    @property
    def url(self) -> str:
        """Address of the list with this filter."""
        return f"/deadlines?{urlencode(self.fields) or 'side='}"


class DeadlineItem(EntryItem):
    """A question with its due time in force.

    Attributes:
        number: Number such as `EU-877 Q1`.
        thread: Number of the thread.
        next_step: Step of our ladder; None once nobody waits.
        first_due: First due time, if moved; `basis` is that of the last move.
        proposed: Last date proposed by the answering side, if not in force.
        known: Sentence: up to when the other side's record is known, for a passed due time.
    """

    numbered: ClassVar = "number"

    number: str
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

    @property
    def url(self) -> str:
        """Address of the note in its thread."""
        return entry_url(self.thread, self.number.partition(" ")[0])


class DeadlinesView(SizesView):
    """A page of questions, nearest first, with counts of all that match the filter.

    Attributes:
        ours: Open questions for our side.
        theirs: Open questions for the other side.
        passed: Due times that passed without an answer in our record.
        earlier: Due times before the six weeks drawn.
        later: Due times after the six weeks drawn.
        batches: Values and names for the filter.
        next_due: Nearest due time that has not passed.
    """

    items: tuple[DeadlineItem, ...]
    total: int
    ours: int
    theirs: int
    passed: int
    earlier: int
    later: int
    batches: tuple[tuple[str, str], ...]
    next_due: Due | None = None


class SuspensionQuery(Query):
    """Form for a suspension: the question (`EU-877:1`), first and last day."""

    ask: Text = ""
    first: Text = ""
    last: Text = ""


class SuspensionPlanned(View):
    """A suspension that can be proposed. `body` is the JSON body of the entry to sign.

    Attributes:
        days: Working days that would no longer count.
        due: New due time.
    """

    first: date
    last: date
    days: int
    due: datetime
    body: str


class SuspensionView(View):
    """A question whose clock the reader may propose to suspend.

    Attributes:
        thread: Number of the thread.
        thread_id: Id of the thread.
        note: Id of the note with the question.
        number: Number such as `EU-877 Q1`.
        due: Due time in force.
        refused: Code for days that can't be proposed.
        field: The field in question.
    """

    thread: str
    thread_id: str
    note: str
    number: str
    text: Words
    due: datetime
    planned: SuspensionPlanned | None = None
    refused: str = ""
    field: str = ""


class RebaseItem(View):
    """A question of our side: due time in force, and due time by the charter in force.

    `body` is the body of a `deadline.moved` in `thread` about the note `ref`.
    """

    ask: str
    thread: str
    ref: str
    rule: str
    due: str
    to: str
    provisional: bool
    changes: bool
    body: dict[str, Any]


class RebasesFound(View):
    """Recounted questions, nearest first. Empty while a calendar of the charter is missing here."""

    charter: int
    items: tuple[RebaseItem, ...]
