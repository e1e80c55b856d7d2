"""Alert history: what was told to whom on the own side, which way, and what became of it.

Own work, never the other side's. Holds no case content: an alert has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal

from special_channel.core.time.calendars import Words as Titles
from special_channel.messages.catalogue import Lang
from special_channel.ports.work import AlertKind, AlertState
from special_channel.web.shared.steps import Step
from special_channel.web.shared.words import Pair

Show = Literal["all", "mine"]
SHOWS: Final[tuple[Show, ...]] = ("all", "mine")

WARNING_STEPS: Final = 100
"""A warning's step is this and the share of the time that had gone by."""


@dataclass(frozen=True, slots=True)
class Told:
    """Whom an alert tells: one of the own people, or a group that reads a channel.

    Attributes:
        role: Code of the charter's role; empty for a group, or for somebody who is no longer
            in the own directory.
        name: From the own directory.
    """

    role: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert on one way.

    Attributes:
        number: The ask: `EU-877 Q1`; empty for a list of several.
        listed: The asks that a list names.
        made_at: When it was made, by the node's clock.
        held_until: Kept back until the recipient's office opens.
        closed_at: When it ended: delivered, for `sent`.
        next_at: When it is tried again, while it waits.
        error: Code of the last failure, or empty.
        acknowledged: Who said that they have the step, and when.
        open: A person may still say so.
    """

    id: str
    url: str
    kind: AlertKind
    number: str
    thread_url: str
    made_at: datetime
    due: datetime | None
    step: int
    title: Titles | None
    told: Told
    channel: str
    state: AlertState
    attempts: int
    repeat: int = 0
    listed: tuple[str, ...] = ()
    held_until: datetime | None = None
    closed_at: datetime | None = None
    next_at: datetime | None = None
    error: str = ""
    acknowledged: tuple[tuple[str, datetime], ...] = ()
    open: bool = False

    @property
    def share(self) -> int | None:
        """Per cent of the time that had gone by, for a warning."""
        return self.step - WARNING_STEPS if self.kind == "warning" else None

    def office(self, lang: Lang) -> str:
        """Return the step's title in the reader's language."""
        if self.title is None:
            return ""
        return self.title.zh if lang == "zh-CN" else self.title.en


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts about one ask, the oldest first, and all steps of our ladder while it is open."""

    number: str
    due: datetime
    lines: tuple[AlertLine, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """All alerts of this node, the newest first; or one person's."""

    template: ClassVar[str] = "alerts.html"
    page: ClassVar[str] = "alerts"

    lines: tuple[AlertLine, ...]
    show: Show = "all"
    older_url: str | None = None
    back_url: str | None = None


@dataclass(frozen=True, slots=True)
class ThreadAlertsPage:
    """Alerts about one thread, ask by ask."""

    template: ClassVar[str] = "thread_alerts.html"
    page: ClassVar[str] = "thread-alerts"

    number: str
    title: Pair
    groups: tuple[AlertGroup, ...]
