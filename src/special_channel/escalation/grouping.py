"""Group the alerts to one recipient: send singly, fold into a digest, or hold.

Pure. More than `SINGLY` messages in `WINDOW` to one recipient on one channel become a digest: chat
services block senders of too many messages, and officials do not read fifty mails. Does not send
or store alerts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from special_channel.stores.outbox import AlertKind, Outgoing, QueuedAlerts, SentMessage, Way

SINGLY: Final = 3
WINDOW: Final = timedelta(minutes=15)

NEVER_LISTED: Final[frozenset[AlertKind]] = frozenset({"digest", "canary", "notice"})
"""Kinds of alerts without a question; sent singly, never part of a digest."""

GATHER: Final = timedelta(seconds=5)
"""Wait after the newest of many alerts, before the digest is built: alerts of one due time are
written in batches over some seconds, and belong into one message."""

GATHER_MOST: Final = timedelta(seconds=60)
"""Longest wait after the oldest of many alerts, even while more arrive."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Alerts of one recipient and channel to send, to fold into a digest, and to hold `until`."""

    send: Sequence[Outgoing] = ()
    fold: Sequence[Outgoing] = ()
    hold: Sequence[Outgoing] = ()
    until: datetime | None = None


def gathering_channels(
    queues: Iterable[QueuedAlerts], left: Mapping[Way, Sequence[SentMessage]], now: datetime
) -> dict[Way, datetime]:
    """Return the channels where many alerts are still arriving, with the end of the wait.

    Args:
        queues: Queued alerts, counted by recipient and channel.
        left: Messages sent within the window, by recipient and channel.
        now: Current time.

    Returns:
        The end of the wait by recipient and channel.
    """
    # All queued alerts count. Otherwise the first batch of a herd would become a digest alone, and
    # the other batches would wait for a whole window.
    return {
        one.way: until
        for one in queues
        if _are_many(one.count, left.get(one.way, ()))
        and now < (until := _gathered(one.oldest, one.newest))
    }


def grouped(alerts: Sequence[Outgoing], left: Sequence[SentMessage], now: datetime) -> Grouping:
    """Group alerts to one recipient on one channel.

    Args:
        alerts: Alerts that are due.
        left: Messages sent there within the window, oldest first.
        now: Current time.
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


def _are_many(count: int, left: Sequence[SentMessage]) -> bool:
    return count > 1 and count + len(left) > SINGLY


def _gathered(oldest: datetime, newest: datetime) -> datetime:
    """Return the end of the wait for more alerts."""
    return min(newest + GATHER, oldest + GATHER_MOST)


def _free(left: Sequence[SentMessage]) -> datetime:
    """Return when the next message may be sent: a window after a digest or `SINGLY` messages."""
    starts = [each.at for each in left if each.kind == "digest"]
    if len(left) >= SINGLY:
        starts.append(left[-SINGLY].at)
    return max((at + WINDOW for at in starts), default=datetime.min.replace(tzinfo=UTC))
