"""Which alerts to one recipient leave alone, which in one message, and which wait.

Pure. More than `SINGLY` messages in `WINDOW` to one recipient on one channel become one
that lists them: chat services block whoever sends more, and nobody reads fifty mails.
Does not send or keep anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from special_channel.ports.work import AlertKind, Left, Outgoing, Queued, Way

SINGLY: Final = 3
WINDOW: Final = timedelta(minutes=15)

NEVER_LISTED: Final[frozenset[AlertKind]] = frozenset({"digest", "canary", "notice"})
"""Kinds that are about no question; each leaves alone."""

GATHER: Final = timedelta(seconds=5)
"""After the newest alert of many, before they are listed: what falls due at one instant
is written in batches over some seconds, and is one message all the same."""

GATHER_MOST: Final = timedelta(seconds=60)
"""After the oldest of them, whatever still comes."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """What becomes of the alerts whose turn has come, for one recipient and channel."""

    send: Sequence[Outgoing] = ()
    fold: Sequence[Outgoing] = ()
    hold: Sequence[Outgoing] = ()
    until: datetime | None = None


def gathering(
    queues: Iterable[Queued], left: Mapping[Way, Sequence[Left]], now: datetime
) -> dict[Way, datetime]:
    """Return the ways on which many alerts are still coming, and until when each is left alone.

    All that waits there counts: what is written in batches over some seconds must not have its
    first batch listed, and the others kept back for a window.

    Args:
        queues: What waits on each way.
        left: What left on each within the window.
        now: The present.
    """
    return {
        one.way: until
        for one in queues
        if _are_many(one.count, left.get(one.way, ()))
        and now < (until := _gathered(one.oldest, one.newest))
    }


def grouped(alerts: Sequence[Outgoing], left: Sequence[Left], now: datetime) -> Grouping:
    """Group alerts to one recipient on one channel.

    Args:
        alerts: Those whose turn has come.
        left: What left there within the window, in order.
        now: The present.
    """
    alone = [one for one in alerts if one.kind in NEVER_LISTED]
    rest = [one for one in alerts if one.kind not in NEVER_LISTED]
    if not rest or len(rest) + len(left) <= SINGLY:
        return Grouping(send=[*alone, *rest])
    since = [one.since for one in rest]
    gathered = _gathered(min(since), max(since))
    if _are_many(len(rest), left) and now < gathered:
        return Grouping(send=alone, hold=rest, until=gathered)
    free = _free(left)
    if free > now and not any(one.urgent for one in rest):
        return Grouping(send=alone, hold=rest, until=free)
    if len(rest) == 1:
        return Grouping(send=[*alone, *rest])
    return Grouping(send=alone, fold=rest)


def _are_many(count: int, left: Sequence[Left]) -> bool:
    return count > 1 and count + len(left) > SINGLY


def _gathered(oldest: datetime, newest: datetime) -> datetime:
    """Return until when one waits for more of the same."""
    return min(newest + GATHER, oldest + GATHER_MOST)


def _free(left: Sequence[Left]) -> datetime:
    """Return from when one more message may leave: after a digest, or after so many."""
    held = [each.at for each in left if each.kind == "digest"]
    if len(left) >= SINGLY:
        held.append(left[-SINGLY].at)
    return max((at + WINDOW for at in held), default=datetime.min.replace(tzinfo=UTC))
