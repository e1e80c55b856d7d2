"""Check the cooling time and the hourly limit of acts on people (docs/rules.md, K8).

From the first charter on, our own node refuses the signature of a person who became registrar,
head or director less than `limits.cooling_seconds` ago, and an act that would exceed the number
per hour. Does not judge an act: mirror and verifiers report a short cooling time as a notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from special_channel.broker.trial import Trial
from special_channel.core.bytes.errors import NotAllowed, Unavailable
from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import EntryReviewed, KeySuspended, RoleEnded
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.ports import Transaction
from special_channel.stores import acts

MAX_AN_HOUR: Final = 60
"""Acts on people that may begin in an hour, unless the settings differ (K8).

Stops of keys and reviews of own entries are not counted.
"""

HOUR: Final = timedelta(hours=1)

LEADERS: Final = frozenset({"registrar", "head", "director"})
"""Roles that cool: they may sign acts on people other than those of their desk."""


async def check_door(
    transaction: Transaction, trial: Trial, now: datetime, most: int | None
) -> None:
    """Refuse an act that our own node does not take yet.

    `most`: acts that may begin within an hour; None for an act that has begun.

    Raises:
        NotAllowed: `cooling`.
        Unavailable: `directory-rate`.
    """
    if trial.charter is None:
        return
    if most is not None and await _is_rate_reached(transaction, trial, now - HOUR, most):
        raise Unavailable(
            "directory-rate",
            "Too many acts on people were begun within an hour.",
            limit=most,
            seconds=int(HOUR.total_seconds()),
        )
    if _is_own_review(trial):
        return
    seconds = trial.charter.charter.limits.cooling_seconds
    for row in _signers(trial):
        if not _stops_own(trial, row):
            await _check_cooled(transaction, trial, row, (now, seconds))


async def _is_rate_reached(
    transaction: Transaction, trial: Trial, since: datetime, most: int
) -> bool:
    # Whoever holds a stolen key could otherwise begin acts until nobody can stop it; K11 bounds
    # how many stops one person begins.
    if trial.candidate.entry.kind == "key.suspended" or _is_own_review(trial):
        return False
    return await acts.count_since(transaction, since) >= most


async def _check_cooled(
    transaction: Transaction, trial: Trial, row: KeyRow, limit: tuple[datetime, int]
) -> None:
    """Refuse a leader all of whose leading grants in force are younger than the limit."""
    now, seconds = limit
    grants = _leading(row, trial)
    if not grants or any(_founded(grant) for grant in grants):
        return
    times = await acts.accepted_at(transaction, trial.past.party, {grant.start for grant in grants})
    ready = min(map(instant, times.values())) + timedelta(seconds=seconds)
    if ready > now:
        raise NotAllowed(
            "cooling",
            "A new registrar, head or director does not sign acts on people yet.",
            until=timestamp(ready),
        )


def _signers(trial: Trial) -> Iterable[KeyRow]:
    rows = (trial.context.key(key) for key in sorted(trial.candidate.signed))
    return [row for row in rows if row is not None and row.person and row.key != _new(trial)]


def _new(trial: Trial) -> KeyId:
    """Return the key that an enrolment brings, which counts for nobody."""
    entry = trial.candidate.entry
    return entry.by if entry.kind == "key.enrolled" else ""


def _leading(row: KeyRow, trial: Trial) -> list[Grant]:
    grants = (grant for grant in row.grants if grant.holds(trial.past, trial.past.party))
    return [grant for grant in grants if grant.role in LEADERS]


def _founded(grant: Grant) -> bool:
    return grant.rooted or grant.start == 0


def _is_own_review(trial: Trial) -> bool:
    """Return whether a valid review is signed by one person: the holder of the keys in doubt.

    Such a review gives nobody power, and comes through `POST /api/entries` as well, without a count
    or a cooling time.
    """
    if not isinstance(trial.candidate.entry, EntryReviewed) or trial.lack is not None:
        return False
    return len({row.person for row in _signers(trial)}) == 1


def _stops_own(trial: Trial, row: KeyRow) -> bool:
    """Return whether a signer gives up an own key or function: that can't wait."""
    entry = trial.candidate.entry
    if isinstance(entry, RoleEnded):
        return entry.body.person == row.person
    if not isinstance(entry, KeySuspended):
        return False
    target = trial.context.key(entry.body.key) if entry.body.key else None
    return row.person == (target.person if target else entry.body.person)
