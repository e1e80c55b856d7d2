"""Report times of valid entries that rules compare, and no verdict follows from.

Notices: an implausible time of writing, and what the mirror reports as well (`rules/timing.py`).
Compares times that owners of logs state; reads no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.audit.entries import ReadEntry
from special_channel.core.audit.findings import FindingCollector
from special_channel.core.audit.logs import LogAudit
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import posix
from special_channel.core.replay.replay import Replay
from special_channel.core.rules.timing import is_timed, time_notices

IMPLAUSIBLE_SECONDS: Final = 24 * 3600
"""Largest difference between the author's clock and the log's clock without a notice."""


def check_times(
    read: ReadEntry, replay: Replay, logs: Mapping[Party, LogAudit], collector: FindingCollector
) -> None:
    """Report the times of an entry that was just found valid."""
    stated, accepted = read.entry.at, read.leaf.accepted
    if stated != accepted and abs(posix(stated) - posix(accepted)) > IMPLAUSIBLE_SECONDS:
        collector.at(read.position, read.leaf.id, "time-implausible")
    if not is_timed(read.entry, replay.rows):
        return
    leaves = logs[read.position.party].leaves

    def accepted_at(index: int) -> str:
        leaf = leaves[index]
        return leaf.accepted if leaf else ""

    for notice in time_notices(read.placed, replay.charters, replay.rows, accepted_at):
        named = {"key": notice.key, "until": notice.until}
        facts = {name: fact for name, fact in named.items() if fact}
        collector.at(read.position, read.leaf.id, notice.code, **facts)
