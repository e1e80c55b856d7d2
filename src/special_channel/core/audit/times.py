"""Report times of valid entries that rules compare, and no verdict follows from (K8, K28).

Notices: an implausible time of writing, a function whose time was over, and a leader who signed an
act on people too soon. Compares times that owners of logs state; reads no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from special_channel.core.audit.entries import ReadEntry
from special_channel.core.audit.findings import FindingCollector
from special_channel.core.audit.logs import LogAudit
from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.bytes.times import posix
from special_channel.core.entries import KeySuspended, RoleEnded, SharedEntry
from special_channel.core.replay.replay import Replay
from special_channel.core.rows.charter import in_force
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rules.persons import ACTS, LEADERS, person_acted_on
from special_channel.core.rules.signing_keys import new_key
from special_channel.core.rules.state import Rows

IMPLAUSIBLE_SECONDS: Final = 24 * 3600
"""Largest difference between the author's clock and the log's clock without a notice."""


_COOLED: Final = (ACTS.keys() | {"key.suspended"}) - {"charter.adopted"}
"""Acts on people, which a node does not take from a new leader. A charter is none of them."""


def check_times(
    read: ReadEntry, replay: Replay, logs: Mapping[Party, LogAudit], collector: FindingCollector
) -> None:
    """Report the times of an entry that was just found valid."""
    stated, accepted = read.entry.at, read.leaf.accepted
    if stated != accepted and abs(posix(stated) - posix(accepted)) > IMPLAUSIBLE_SECONDS:
        collector.at(read.position, read.leaf.id, "time-implausible")
    until = _until(read.entry, replay.rows)
    if until and accepted >= until:
        collector.at(read.position, read.leaf.id, "grant-overdue", until=until)
    if read.entry.kind in _COOLED:
        for key in _too_soon(read, replay, logs):
            collector.at(read.position, read.leaf.id, "cooling-short", key=key)


def _until(entry: SharedEntry, rows: Rows) -> str:
    """Return the time limit of the author's function; empty without one."""
    row = rows.get(("key", entry.by))
    if not isinstance(row, KeyRow) or new_key(entry) is not None:
        return ""
    number = entry.grant or 1
    return next((grant.until for grant in row.grants if grant.number == number), "")


def _too_soon(read: ReadEntry, replay: Replay, logs: Mapping[Party, LogAudit]) -> Iterator[KeyId]:
    """Yield keys of leaders who signed before the charter's time after their grant (K8)."""
    past, entry = read.placed.past, read.entry
    charter = in_force(replay.charters, past)
    if charter is None:
        return
    leaves = logs[past.party].leaves
    for row in _persons(read, replay.rows):
        held = (one for one in row.grants if one.holds(past, past.party))
        grants: list[Grant] = [one for one in held if one.role in LEADERS]
        if not grants or any(grant.rooted for grant in grants) or _gives_up(entry, row, replay):
            continue
        begun = [leaf.accepted for grant in grants if (leaf := leaves[grant.start])]
        ready = min(map(posix, begun)) + charter.charter.limits.cooling_seconds
        if ready > posix(read.leaf.accepted):
            yield row.key


def _persons(read: ReadEntry, rows: Rows) -> Iterator[KeyRow]:
    for key in sorted(read.signers - {new_key(read.entry)}):
        row = rows.get(("key", key))
        if isinstance(row, KeyRow) and row.person:
            yield row


def _gives_up(entry: SharedEntry, row: KeyRow, replay: Replay) -> bool:
    """Return whether a signer gives up a function or key of the own: that can't wait."""
    if not isinstance(entry, RoleEnded | KeySuspended):
        return False
    return person_acted_on(entry, replay.rows) == row.person
