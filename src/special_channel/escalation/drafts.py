"""What a look came to: what it means to write, and what was made of that before the lock.

Does not decide and does not write: `firing.py` and `acting.py` do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.submission import Authored
from special_channel.core.rules.private import EscalationRow
from special_channel.escalation.plan import key_of
from special_channel.escalation.statements import Moving
from special_channel.escalation.wanted import REQUESTED_SHARE
from special_channel.ports.work import AskKey, Outgoing


@dataclass(frozen=True, slots=True)
class Intent:
    """What a look means to write, if under the lock it is still so.

    Attributes:
        row: The ask when it was looked at.
        raised: The steps raised about its due time by then, the first one first.
        moved_to: Another due time, where it was delivered too late or a release arrived.
        passes: Proof of delivery, where the due time has passed and is not recorded.
        head: The answering side's stamped head, with `passes`.
        desk: Whose ask it is on the own side, or empty.
        told: Whether a step about it was raised before, so that an alert may have left.
        warns: Per cent of the time that has gone, where the own desk is to be warned; all of
            it where the desk is reminded of a date that it requested.
    """

    row: QuestionRow
    raised: Sequence[EscalationRow] = ()
    moved_to: Moving | None = None
    passes: str = ""
    head: str | None = None
    desk: str = ""
    told: bool = False
    warns: int = 0

    @property
    def ask(self) -> AskKey:
        """About which ask."""
        return key_of(self.row)

    @property
    def reminds(self) -> bool:
        """Whether our own desk is to be reminded of a date that it requested."""
        return self.warns == REQUESTED_SHARE

    @property
    def due(self) -> str:
        """The due time in force when it was looked at."""
        return self.row.due


@dataclass(slots=True)
class Draft:
    """What is to be written, and what to tell the process log once it is."""

    shared: list[Authored] = field(default_factory=list)
    private: list[Authored] = field(default_factory=list)
    held: list[AskKey] = field(default_factory=list)
    alerts: list[Outgoing] = field(default_factory=list)
    told: list[tuple[str, QuestionRow, datetime]] = field(default_factory=list)
    unmanned: bool = False

    def add(self, other: Draft) -> None:
        """Write this as well."""
        self.shared += other.shared
        self.private += other.private
        self.alerts += other.alerts
        self.told += other.told
        self.unmanned = self.unmanned or other.unmanned


@dataclass(frozen=True, slots=True)
class Facts:
    """What is written about a due time that passed follows from these, beside the intent.

    Attributes:
        row: The ask.
        raised: The steps raised about its due time, the first one first.
        url: Address of the thread's page on the own node.
    """

    row: QuestionRow
    raised: Sequence[EscalationRow]
    url: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """Drafts that were made before the lock, when, and from which facts."""

    at: datetime
    drafts: Mapping[AskKey, tuple[Facts, Draft]]

    def about(self, ask: AskKey, facts: Facts, now: datetime) -> Draft | None:
        """Return the draft about an ask if it still holds under the lock.

        One that is of a later time than the lock's was made by a clock that was ahead.
        """
        before, draft = self.drafts.get(ask, (None, None))
        return draft if before == facts and self.at <= now else None
