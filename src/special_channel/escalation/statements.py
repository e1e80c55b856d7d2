"""What escalation states: payloads signed by the node key, naming both heads as seen.

Does not decide when; does not append.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.core.asks import AskRow
from special_channel.core.canonical import Value
from special_channel.core.submission import Submission
from special_channel.core.times import timestamp
from special_channel.core.writing import sign
from special_channel.ports import Head
from special_channel.ports.work import Outgoing


def deadline_passed(
    identity: Identity,
    heads: Heads,
    now: datetime,
    row: AskRow,
    notes: tuple[str, str | None],
) -> Submission:
    """State that no answer had reached us by the due time in force (rule 11).

    `notes` are the proof of delivery and the answering side's stamped head.
    """
    proof, head = notes
    body: dict[str, Value] = {
        "q": row.q,
        "due": row.due,
        "fired": timestamp(now),
        "delivered": proof,
    }
    if head is not None:
        body["head"] = head
    return _in_thread(identity, heads, now, row, ("deadline.passed", body))


@dataclass(frozen=True, slots=True)
class Moving:
    """Another due time, and what bears it out (rule 12).

    Attributes:
        due: The instant.
        basis: `delivered-late` or `calendar`; people move on other grounds.
        delivered: Proof of late delivery.
        counted_by: Digests of charter and calendar, where they are not the ask's.
        provisional: It rests on days that no calendar covers.
    """

    due: str
    basis: Literal["delivered-late", "calendar"]
    delivered: str = ""
    counted_by: tuple[str, str] | None = None
    provisional: bool = False


def deadline_moved(
    identity: Identity, heads: Heads, now: datetime, row: AskRow, moving: Moving
) -> Submission:
    """Move the due time of an own ask."""
    body: dict[str, Value] = {"q": row.q, "due": moving.due, "basis": moving.basis}
    if moving.delivered:
        body["delivered"] = moving.delivered
    if moving.counted_by is not None:
        body["charter"], body["calendar"] = moving.counted_by
    if moving.provisional:
        body["provisional"] = True
    return _in_thread(identity, heads, now, row, ("deadline.moved", body))


def escalation_raised(
    identity: Identity, heads: Heads, now: datetime, row: AskRow, step: tuple[int, str, str]
) -> Submission:
    """Say that a step was taken: its number, its role, what was known."""
    number, role, known = step
    body: dict[str, Value] = {
        "id": row.note,
        "q": row.q,
        "due": row.due,
        "step": number,
        "role": role,
        "fired": timestamp(now),
        "known": known,
    }
    return _private(identity, heads, now, "escalation.raised", body)


def alert_sent(
    identity: Identity,
    heads: Heads,
    now: datetime,
    alert: Outgoing,
    state: str,
    of: Sequence[str] = (),
) -> Submission:
    """Say what became of an alert: its id, its channel, its ask; of a digest, what it lists."""
    note, q = alert.ask
    body: dict[str, Value] = {"alert": alert.id, "channel": alert.channel, "state": state}
    if note and q:
        body["ask"] = {"id": note, "q": q}
    if of:
        body["of"] = list(of)
    return _private(identity, heads, now, "alert.sent", body)


def _in_thread(
    identity: Identity,
    heads: Heads,
    now: datetime,
    row: AskRow,
    what: tuple[str, dict[str, Value]],
) -> Submission:
    stated = _header(identity, heads, now, identity.origin(identity.party))
    kind, body = what
    about: dict[str, Value] = {"thread": row.thread, "ref": row.note}
    return sign(stated | about | {"kind": kind, "body": body}, [identity.node])


def _private(
    identity: Identity, heads: Heads, now: datetime, kind: str, body: dict[str, Value]
) -> Submission:
    stated = _header(identity, heads, now, identity.private_origin)
    return sign(stated | {"kind": kind, "body": body}, [identity.node])


def _header(identity: Identity, heads: Heads, now: datetime, log: str) -> dict[str, Value]:
    seen: list[Value] = [_seen(identity, head) for head in (heads.own, heads.peer) if head.size]
    return {"v": 1, "log": log, "by": identity.node.key, "at": timestamp(now), "seen": seen}


def _seen(identity: Identity, head: Head) -> Value:
    return {
        "log": identity.origin(head.log),
        "size": head.size,
        "root": head.frontier.root().hex(),
    }
