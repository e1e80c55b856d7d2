"""Meetings and their points: the drafting side adds points, the other side marks points.

A question about a promise names the entry that agreed to the promise.
"""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import Ask, MeetingHeld, PointMarked, PointNoted
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    row,
)
from special_channel.core.kinds.translation import judge_translation
from special_channel.core.rows import meetings
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.state import Row, RowKey, Rows


def _judge_meeting(entry: MeetingHeld, case: Case) -> None:
    _only(entry, "subject")
    charter = case.charter
    levels = charter.charter.levels if charter is not None else ()
    if entry.body.level not in {level.level for level in levels}:
        raise RuleBroken("meeting-level", "The charter has no such level.", level=entry.body.level)
    if len(set(entry.body.present)) != len(entry.body.present):
        raise Malformed("entry-malformed", "A role is named once.", field="body.present")


def _fold_meeting(entry: MeetingHeld, _: Rows, placed: Placed) -> Iterator[Row]:
    yield meetings.held(placed, entry)


def _noted_needs(entry: PointNoted, _: bytes | None) -> Iterator[RowKey]:
    yield "meeting", entry.ref


def _judge_noted(entry: PointNoted, case: Case) -> None:
    _only(entry, "text")
    _by(_meeting(entry.ref, case).party, case.past)


def _fold_noted(entry: PointNoted, rows: Rows, placed: Placed) -> Iterator[Row]:
    yield from meetings.noted(row(rows, MeetingRow, ("meeting", entry.ref)), placed, entry)


def _marked_needs(entry: PointMarked, _: bytes | None) -> Iterator[RowKey]:
    for mark in entry.body.entries:
        yield "point", mark.id


def _judge_marked(entry: PointMarked, case: Case) -> None:
    _only(entry, "text")
    if bool(entry.parts) != (entry.lang is not None):
        raise Malformed("entry-malformed", "Words have a language.", field="lang")
    # Else a reader could not tell which point a paragraph is about.
    explaining = sorted(part for mark in entry.body.entries for part in mark.parts)
    if explaining != list(range(len(entry.parts))):
        raise Malformed("entry-malformed", "Each part explains one mark.", field="body.entries")
    for mark in entry.body.entries:
        point = _point(mark.id, case)
        if point.party == case.past.party:
            raise NotAllowed("owner", "The other side marks this point.", id=mark.id)


def _fold_marked(entry: PointMarked, rows: Rows, placed: Placed) -> Iterator[Row]:
    for mark in entry.body.entries:
        point = row(rows, PointRow, ("point", mark.id))
        yield meetings.marked(point, placed, agreed=mark.word == "agreed")


def judge_promise(question: Ask, case: Case) -> None:
    """Refuse a question about a point that is no promise of the side asked, or not agreed.

    Raises:
        RuleBroken: `reference`, `ask-promise`.
    """
    if question.promise is None:
        return
    point = _point(question.promise.point, case)
    if (point.kind, point.who) != ("promise", question.who) or not point.agreed_by(
        question.promise.agreed, case.past
    ):
        raise RuleBroken("ask-promise", "The question names no agreed promise of the side asked.")


def _meeting(meeting: str, case: Case) -> MeetingRow:
    row = case.context.row(("meeting", meeting), MeetingRow)
    if row is None or not case.past.holds(row.position):
        raise RuleBroken("reference", "The entry names no meeting of its past.", id=meeting)
    return row


def _point(point: str, case: Case) -> PointRow:
    row = case.context.row(("point", point), PointRow)
    if row is None or not case.past.holds(row.position):
        raise RuleBroken("reference", "The entry names no point of its past.", id=point)
    return row


def _by(party: Party, past: Past) -> None:
    if party != past.party:
        raise NotAllowed("owner", "This is not for this side to say of that meeting.")


def _only(entry: MeetingHeld | PointNoted | PointMarked, role: str) -> None:
    if any(part.k != role for part in entry.parts):
        raise Malformed("entry-malformed", f"Its parts are all of role {role}.", field="parts")
    judge_translation(entry)


KINDS = (
    Kind(MeetingHeld, judge=_judge_meeting, fold=_fold_meeting),
    Kind(PointNoted, _noted_needs, _judge_noted, _fold_noted),
    Kind(PointMarked, _marked_needs, _judge_marked, _fold_marked),
)
