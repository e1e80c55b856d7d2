"""What escalation states: payloads signed by the node key, naming both heads as seen.

Does not decide when; does not append.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.canonical import Value
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.submission import Authored
from special_channel.ports.work import Outgoing


def deadline_passed(
    stating: NodeEntrySigner, row: QuestionRow, notes: tuple[str, str | None]
) -> Authored:
    """State that no answer had reached us by the due time in force (rule 11).

    `notes` are the proof of delivery and the answering side's stamped head.
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


def deadline_moved(stating: NodeEntrySigner, row: QuestionRow, moving: Moving) -> Authored:
    """Move the due time of an own ask."""
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
    """Say that a step was taken: its number, its role, what was known."""
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
    """Say what became of an alert: its id, its channel, its ask; of a digest, what it lists."""
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
