"""Conditions: current faults of a node, with one set of codes for every report.

`/readyz`, `status`, `/metrics` and the log use these codes. Does not detect faults: the part of
the node that notices a fault sounds an alarm (`ports.Alarms`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

PROBE_LATE: Final = "probe-late"
DATABASE: Final = "database-unavailable"
GUARD: Final = "guard-unavailable"
ROLLED_BACK: Final = "log-rolled-back"
FORKED: Final = "log-forked"
"""The peer stores another entry under our signature: only the root can end a fork."""

CODES: Final = frozenset(
    {
        "accepted-order",
        "address-missing",
        "alert-channels-dead",
        "alert-channel-away",
        "alert-undeliverable",
        "calendar-missing",
        "canary-lost",
        "clock-skew",
        "cosignature-refused",
        "cosignature-unwanted",
        "database-changed",
        DATABASE,
        "deadline-provisional",
        "entry-missing",
        "escalation-failed",
        "escalation-stopped",
        "escalation-unmanned",
        "file-found",
        "file-not-delivered",
        "guard-missing",
        GUARD,
        "heal-refused",
        "internal",
        "known-entry-forged",
        "ledger-skew",
        "link-down",
        "link-failed",
        FORKED,
        ROLLED_BACK,
        "log-tail-lost",
        "mail-temporary",
        "machine-changed",
        "mirror-stopped",
        "own-entry-refused",
        "own-key-forged",
        "parts-missing",
        "peer-awaited",
        "peer-behind",
        "peer-checkpoint-key-changed",
        "peer-entry-refused",
        "peer-escalation-stopped",
        "peer-root-changed",
        "peer-undelivered",
        "people-burst",
        "private-log-behind",
        PROBE_LATE,
        "published-damaged",
        "record-damaged",
        "redis-evicts",
        "redis-unavailable",
        "registrar-changed",
        "root-acted",
        "scanner-silent",
        "started-alone",
        "stop-card-guessed",
        "timer-stuck",
        "undelivered",
        "views-diverged",
    }
)
"""Codes of all conditions of a node; docs/operating.md has a remedy for each."""


PEER_PEOPLE_ALARMS: Final = frozenset({"peer-root-changed", "peer-checkpoint-key-changed"})
"""Alarms about acts of the other side, until somebody has compared by telephone."""

PEOPLE_ALARMS: Final = PEER_PEOPLE_ALARMS | {
    "machine-changed",
    "people-burst",
    "registrar-changed",
    "root-acted",
}
"""Alarms about acts on people, until somebody has looked into it who is not the author."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One current fault.

    Attributes:
        code: One of `CODES`.
        since: When the fault was first noticed; None if noticed by another process of the node.
        facts: Figures and codes for the operator; never names or content.
    """

    code: str
    since: datetime | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """Readiness and current faults of a node's process.

    Attributes:
        reason: Code of the fault that prevents appending to our side's log; empty if ready.
        conditions: All current faults, in order of code.
    """

    reason: str
    conditions: tuple[Condition, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether the process can append to our side's log."""
        return not self.reason
