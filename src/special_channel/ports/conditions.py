"""Conditions: what is wrong in a node now, in one vocabulary for all who report it.

`/readyz`, `status`, `/metrics` and the log take their words from here. Does not detect
anything: whoever notices a condition sounds it (`ports.mirror.Alarms`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from special_channel.ports import Transaction

PROBE_LATE: Final = "probe-late"
DATABASE: Final = "database-unavailable"
GUARD: Final = "guard-unavailable"
ROLLED_BACK: Final = "log-rolled-back"

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
        "file-not-delivered",
        "guard-missing",
        GUARD,
        "heal-refused",
        "internal",
        "known-entry-forged",
        "ledger-skew",
        "link-down",
        "link-failed",
        "log-forked",
        ROLLED_BACK,
        "log-tail-lost",
        "mail-temporary",
        "mirror-stopped",
        "own-entry-refused",
        "parts-missing",
        "peer-awaited",
        "peer-behind",
        "peer-entry-refused",
        "peer-escalation-stopped",
        "peer-undelivered",
        "private-log-behind",
        PROBE_LATE,
        "published-damaged",
        "record-damaged",
        "redis-evicts",
        "redis-unavailable",
        "started-alone",
        "timer-stuck",
        "undelivered",
        "views-diverged",
    }
)
"""Code of every condition that a node can report; docs/operating.md says what to do about each."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is wrong now.

    Attributes:
        code: One of `CODES`.
        since: When it was first noticed; None if another process of the node noticed it.
        facts: Figures and codes for the operator; never names or content.
    """

    code: str
    since: datetime | None = None
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """How a node's process stands.

    Attributes:
        reason: Code for which it can't append to its own log; empty: it is ready.
        conditions: All that is wrong, in order of code.
    """

    reason: str
    conditions: tuple[Condition, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether the process can append to its own log."""
        return not self.reason


class ProbeRows(Protocol):
    """The table to which a probe writes, with the rights with which entries are appended."""

    async def write(self, transaction: Transaction, process: str, now: datetime) -> None:
        """Write this process's row; durable when the transaction has ended."""
        ...


class GuardProbe(Protocol):
    """Tries whether the rollback guard can be written. Blocks; any number may run at a time."""

    def write(self) -> None:
        """Write and sync a file in the guard's folder, and open the guard itself for writing.

        Raises:
            Unavailable: `guard-unavailable`.
        """
        ...
