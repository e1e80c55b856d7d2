"""What escalation states: payloads signed by the node key, naming both heads as seen.

Does not decide when; does not append.
"""

from __future__ import annotations

from datetime import datetime

from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.core.asks import AskRow
from special_channel.core.canonical import Value
from special_channel.core.submission import Submission
from special_channel.core.times import timestamp
from special_channel.core.writing import sign
from special_channel.ports import Head
from special_channel.ports.work import AlertState, AskKey


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


def deadline_moved(
    identity: Identity, heads: Heads, now: datetime, row: AskRow, due: str
) -> Submission:
    """Move the due time of an ask that was delivered too late for it (rule 12)."""
    body: dict[str, Value] = {"q": row.q, "due": due, "basis": "delivered-late"}
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
    alert: tuple[str, str, AskKey],
    state: AlertState,
) -> Submission:
    """Say what became of an alert: its id, its channel, its ask."""
    id_, channel, (note, q) = alert
    body: dict[str, Value] = {
        "alert": id_,
        "channel": channel,
        "state": state,
        "ask": {"id": note, "q": q},
    }
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
