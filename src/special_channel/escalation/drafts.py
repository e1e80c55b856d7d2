"""Values between check and write: intents, drafts, and drafts prepared before the lock.

Does not decide and does not write: `checker.py` and `writer.py` do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.submission import Authored
from special_channel.escalation.plan import key_of
from special_channel.escalation.relevance import REQUESTED_SHARE
from special_channel.escalation.statements import Moving
from special_channel.stores.outbox import Outgoing
from special_channel.stores.work import QuestionKey


@dataclass(frozen=True, slots=True)
class Intent:
    """A look's decision to write, to be checked again under the lock.

    Attributes:
        row: The question at the time of the look.
        raised: Steps raised about its due time by then, lowest step first.
        moved_to: A new due time, after late delivery or a new calendar release.
        delivery_note: Proof of delivery, if the due time passed and is not recorded yet.
        head: The answering side's stamped head, with `delivery_note`.
        desk: Desk of the author of our question, or empty.
        has_steps: Whether a step was raised before, so that an alert may have been sent.
        warning_share: Per cent of elapsed time, if our desk is warned; 100 if our desk is
            reminded of a date that we requested.
    """

    row: QuestionRow
    raised: Sequence[EscalationRow] = ()
    moved_to: Moving | None = None
    delivery_note: str = ""
    head: str | None = None
    desk: str = ""
    has_steps: bool = False
    warning_share: int = 0

    @property
    def ask(self) -> QuestionKey:
        """The key of the question."""
        return key_of(self.row)

    @property
    def is_reminder(self) -> bool:
        """Whether to remind our desk of a date that we requested."""
        return self.warning_share == REQUESTED_SHARE

    @property
    def due(self) -> str:
        """The due time at the time of the look."""
        return self.row.due


@dataclass(slots=True)
class Draft:
    """Entries and alerts to write, and events for the process log after the commit."""

    shared: list[Authored] = field(default_factory=list)
    private: list[Authored] = field(default_factory=list)
    deferred: list[QuestionKey] = field(default_factory=list)
    alerts: list[Outgoing] = field(default_factory=list)
    events: list[tuple[str, QuestionRow, datetime]] = field(default_factory=list)
    unmanned: bool = False

    def add(self, other: Draft) -> None:
        """Add the entries, alerts and events of another draft."""
        self.shared += other.shared
        self.private += other.private
        self.alerts += other.alerts
        self.events += other.events
        self.unmanned = self.unmanned or other.unmanned


@dataclass(frozen=True, slots=True)
class Facts:
    """Inputs, next to the intent, of the draft about a passed due time.

    Attributes:
        row: The question.
        raised: Steps raised about its due time, lowest step first.
        url: URL of the thread's page on our node.
    """

    row: QuestionRow
    raised: Sequence[EscalationRow]
    url: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """Drafts built before the lock, with their inputs and the time `at` of their entries."""

    at: datetime
    drafts: Mapping[QuestionKey, tuple[Facts, Draft]]

    def about(self, ask: QuestionKey, facts: Facts, now: datetime) -> Draft | None:
        """Return the draft about a question if its inputs are unchanged, else None.

        `facts` and `now` are the inputs and the time under the lock.
        """
        before, draft = self.drafts.get(ask, (None, None))
        # A draft later than the lock's time was built by a clock that was ahead.
        return draft if before == facts and self.at <= now else None
