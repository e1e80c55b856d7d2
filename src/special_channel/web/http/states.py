"""State of a node's link and reminders, for pages and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LinkState:
    """State of the link to the peer.

    Attributes:
        down_since: Time since which the peer has not answered; None while the peer answers.
        last_heard: Time of the peer's last answer.
        stopped: Code of the reason for not following the peer's log; empty while following.
        gap: Index of the peer's incomplete entry, if other entries wait.
        behind: Number of the peer's entries not judged here.
        undelivered_since: Time since which our entries do not arrive; None while entries arrive.
        peer_undelivered_since: The same for the peer's entries, as reported by its node.
    """

    down_since: datetime | None = None
    last_heard: datetime | None = None
    stopped: str = ""
    gap: int | None = None
    behind: int = 0
    undelivered_since: datetime | None = None
    peer_undelivered_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemindersState:
    """State of reminders on this node, and on the other node by its report.

    Attributes:
        stopped_since: Time since which our reminders do not run; None while reminders run.
        peer_stopped_since: The same for the other side's reminders.
        canary_at: Time of the last successful trial of a reminder.
        canary_lost: Whether a trial failed.
    """

    stopped_since: datetime | None = None
    peer_stopped_since: datetime | None = None
    canary_at: datetime | None = None
    canary_lost: bool = False
