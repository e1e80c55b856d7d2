"""State of the link for pages and metrics: up or down since, last response, queued entries.

In memory of one process; not part of the record. Pages show whether the link is up, and alerts
explain unconfirmed dates; processes without the link read its status from the database
(`StatusRelay`). Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final

from special_channel.core.bytes.ids import Party, Position
from special_channel.ports import Clock
from special_channel.stores.link_state import LinkBoard, LinkReport

REMINDERS_STOPPED: Final = timedelta(seconds=60)
"""If the peer's reminders last ran longer ago, they count as stopped."""

REPORT_LASTS: Final = timedelta(minutes=15)
"""Validity of the peer's report on undelivered entries: longer than any heartbeat interval."""


SILENT: Final = timedelta(seconds=60)
"""After this time without a report the process of the link, and so the link, counts as down."""


@dataclass(slots=True)
class LinkStatus:
    """The link as this node sees it.

    Attributes:
        up: Whether the peer answered the last request.
        since: Time of the last change of `up`, None before the first response or failure.
        heard: Time of the peer's last response, None if never in this process.
        stopped: The code for which the mirror is stopped, empty if running.
        waiting: Number of entries of the peer's log not judged here, by the peer's stated size.
        gap: Index of the incomplete entry that blocks later ones, if any.
        reminders_since: Time since which the peer's reminders are stopped, by the peer's report;
            None if running or not reported.
        peer_undelivered: When the peer's oldest undelivered entry was accepted, by the peer's
            report; None if every entry is delivered.
        peer_told: Time of the peer's last report on undelivered entries.
        polled: Size of the peer's log up to which it has our cosignature, by its last poll of this
            process; 0 before the first.
    """

    up: bool = False
    since: datetime | None = None
    heard: datetime | None = None
    stopped: str = ""
    waiting: int = 0
    gap: int | None = None
    reminders_since: datetime | None = None
    peer_undelivered: datetime | None = None
    peer_told: datetime | None = None
    polled: int = 0

    @property
    def down_since(self) -> datetime | None:
        """Start of the current outage; None while the peer answers and before the first try."""
        return None if self.up else self.since

    def gap_of(self, peer: Party) -> Position | None:
        """Return the position of the peer's incomplete entry that blocks later ones, if any."""
        return None if self.gap is None else Position(peer, self.gap)

    def reminders(self, seconds_ago: int, now: datetime) -> None:
        """Record the seconds since the peer's reminders last ran, as reported by the peer."""
        ran = timedelta(seconds=seconds_ago)
        self.reminders_since = now - ran if ran > REMINDERS_STOPPED else None

    def undelivered(self, age: int, now: datetime) -> None:
        """Record the age in seconds of the peer's oldest undelivered entry, as reported."""
        self.peer_undelivered = now - timedelta(seconds=age) if age else None
        self.peer_told = now

    def peer_oldest(self, now: datetime) -> datetime | None:
        """Return when the peer's oldest undelivered entry was accepted, by a recent report."""
        return self.peer_undelivered if self.peer_spoke(now) else None

    def peer_spoke(self, now: datetime) -> bool:
        """Return whether the peer's last report on undelivered entries is still valid."""
        return self.peer_told is not None and now - self.peer_told <= REPORT_LASTS

    def answered(self, now: datetime) -> bool:
        """Record a response of the peer; return whether the link was down."""
        was_down = not self.up
        if was_down:
            self.up, self.since = True, now
        self.heard = now
        return was_down

    def failed(self, now: datetime) -> bool:
        """Record a failed request; return whether the link was up or untried before."""
        was_up = self.up or self.since is None
        if was_up:
            self.up, self.since = False, now
        return was_up


SHARED: Final = [
    field.name for field in fields(LinkReport) if field.name in LinkStatus.__dataclass_fields__
]
"""Fields of `LinkStatus` that are shared as they are."""


class StatusRelay:
    """Writes the status (`tell`) in the process of the link, reads it (`hear`) in the others."""

    def __init__(self, status: LinkStatus, board: LinkBoard, clock: Clock) -> None:
        self._status = status
        self._board = board
        self._clock = clock

    async def tell(self) -> None:
        """Write this process's status of the link.

        Raises:
            Unavailable: `database-unavailable`.
        """
        shared = {name: getattr(self._status, name) for name in SHARED}
        report = LinkReport(self._clock.now(), self._status.down_since, **shared)
        await self._board.tell(report)

    async def hear(self) -> None:
        """Copy the last report into this process's status; an old report means link down.

        Raises:
            Unavailable: `database-unavailable`.
        """
        report = await self._board.told()
        if report is None:
            return
        status, down = self._status, self._down_since(report)
        status.up = down is None and report.heard is not None
        status.since = down or report.heard
        for name in SHARED:
            setattr(status, name, getattr(report, name))

    def _down_since(self, report: LinkReport) -> datetime | None:
        if report.down_since is None and self._clock.now() - report.told > SILENT:
            return report.told
        return report.down_since
