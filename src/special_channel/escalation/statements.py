"""Build escalation's entries, signed by the node key, with both heads as seen by the node.

Does not decide when an entry is due; does not append.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.canonical import Value
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.submission import Authored
from special_channel.stores.outbox import Outgoing


def deadline_passed(
    stating: NodeEntrySigner, row: QuestionRow, notes: tuple[str, str | None]
) -> Authored:
    """Build `deadline.passed`: no answer had arrived by the current due time (rule 11).

    `notes` are the proof of delivery and the answering side's stamped head, if known.
    """
    proof, head = notes
    body: dict[str, Value] = {
        "q": row.q,
        "due": row.due,
        "fired": stating.at,
        "delivered": proof,
    }
    if head is not None:
        body["head"] = head
    return _in_thread(stating, row, "deadline.passed", body)


@dataclass(frozen=True, slots=True)
class Moving:
    """A new due time and its evidence (rule 12).

    Attributes:
        due: The new due time, as a timestamp.
        basis: `delivered-late` or `calendar`; moves on other grounds are signed by people.
        delivered: Proof of late delivery.
        counted_by: Digests of charter and calendar, if different from the question's.
        provisional: Whether the due time depends on days without a calendar.
    """

    due: str
    basis: Literal["delivered-late", "calendar"]
    delivered: str = ""
    counted_by: tuple[str, str] | None = None
    provisional: bool = False


def deadline_moved(stating: NodeEntrySigner, row: QuestionRow, moving: Moving) -> Authored:
    """Build `deadline.moved` for our question."""
    body: dict[str, Value] = {"q": row.q, "due": moving.due, "basis": moving.basis}
    if moving.delivered:
        body["delivered"] = moving.delivered
    if moving.counted_by is not None:
        body["charter"], body["calendar"] = moving.counted_by
    if moving.provisional:
        body["provisional"] = True
    return _in_thread(stating, row, "deadline.moved", body)


def escalation_raised(
    stating: NodeEntrySigner, row: QuestionRow, step: tuple[int, str, str]
) -> Authored:
    """Build `escalation.raised` from a step's number, role and state of knowledge."""
    number, role, known = step
    body: dict[str, Value] = {
        "id": row.note,
        "q": row.q,
        "due": row.due,
        "step": number,
        "role": role,
        "fired": stating.at,
        "known": known,
    }
    return stating.private("escalation.raised", body)


def alert_sent(
    stating: NodeEntrySigner, alert: Outgoing, state: str, of: Sequence[str] = ()
) -> Authored:
    """Build `alert.sent`, with an alert's final state; `of` lists the alerts of a digest."""
    note, q = alert.ask
    body: dict[str, Value] = {"alert": alert.id, "channel": alert.channel, "state": state}
    if note and q:
        body["ask"] = {"id": note, "q": q}
    if of:
        body["of"] = list(of)
    return stating.private("alert.sent", body)


def _in_thread(
    stating: NodeEntrySigner, row: QuestionRow, kind: str, body: Mapping[str, Value]
) -> Authored:
    return stating.shared(kind, body, {"thread": row.thread, "ref": row.note})
