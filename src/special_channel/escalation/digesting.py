"""Which alerts to one recipient leave alone, which in one message, and which wait.

Pure. More than `SINGLY` messages in `WINDOW` to one recipient on one channel become one
that lists them: chat services block whoever sends more, and nobody reads fifty mails.
Does not send or keep anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from special_channel.ports.work import Left, Outgoing

SINGLY: Final = 3
WINDOW: Final = timedelta(minutes=15)

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


def grouped(alerts: Sequence[Outgoing], left: Sequence[Left], now: datetime) -> Grouping:
    """Group alerts to one recipient on one channel.

    Args:
        alerts: Those whose turn has come.
        left: What left there within the window, in order.
        now: The present.
    """
    alone = [one for one in alerts if one.kind in {"digest", "canary"}]
    rest = [one for one in alerts if one.kind not in {"digest", "canary"}]
    if not rest or len(rest) + len(left) <= SINGLY:
        return Grouping(send=[*alone, *rest])
    since = [one.since for one in rest]
    gathered = min(max(since) + GATHER, min(since) + GATHER_MOST)
    if len(rest) > 1 and now < gathered:
        return Grouping(send=alone, hold=rest, until=gathered)
    free = _free(left)
    if free > now and not any(one.urgent for one in rest):
        return Grouping(send=alone, hold=rest, until=free)
    if len(rest) == 1:
        return Grouping(send=[*alone, *rest])
    return Grouping(send=alone, fold=rest)


def _free(left: Sequence[Left]) -> datetime:
    """Return from when one more message may leave: after a digest, or after so many."""
    held = [each.at for each in left if each.kind == "digest"]
    if len(left) >= SINGLY:
        held.append(left[-SINGLY].at)
    return max((at + WINDOW for at in held), default=datetime.min.replace(tzinfo=UTC))
