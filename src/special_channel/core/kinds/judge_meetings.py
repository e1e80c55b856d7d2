"""What meetings and their points ask of their past, under rules 1.

The drafter's side adds points, the other marks them; a question about a promise names the
agreement to it. Does not repeat what holds for all kinds.
"""

from __future__ import annotations

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.entries import Ask, MeetingHeld, PointAgreed, PointDiffered, PointNoted
from special_channel.core.kinds.judge_translation import judge_translation
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.court import Court


def judge_meeting(
    entry: MeetingHeld | PointNoted | PointAgreed | PointDiffered,
    past: Past,
    court: Court,
    charter: InForce | None,
) -> None:
    """Refuse a meeting at no level of the charter, and words that are not this side's to say.

    Raises:
        Malformed: `entry-malformed`.
        NotAllowed: `owner`.
        RuleBroken: `meeting-level`, `reference`.
    """
    match entry:
        case MeetingHeld():
            _only(entry, "subject")
            _judge_held(entry, charter)
        case PointNoted():
            _only(entry, "text")
            _by(_meeting(entry.ref, past, court).party, past)
        case PointDiffered():
            _only(entry, "text")
            _by(peer_of(_point(entry.ref, past, court).party), past)
        case PointAgreed():  # pragma: no branch - a closed union
            _by(peer_of(_point(entry.ref, past, court).party), past)


def _judge_held(entry: MeetingHeld, charter: InForce | None) -> None:
    levels = charter.charter.levels if charter is not None else ()
    if entry.body.level not in {level.level for level in levels}:
        raise RuleBroken("meeting-level", "The charter has no such level.", level=entry.body.level)
    if len(set(entry.body.present)) != len(entry.body.present):
        raise Malformed("entry-malformed", "A role is named once.", field="body.present")


def judge_promise(ask: Ask, past: Past, court: Court) -> None:
    """Refuse a question about a promise that is none, or that was not agreed to.

    Raises:
        RuleBroken: `reference`, `ask-promise`.
    """
    if ask.promise is None:
        return
    point = _point(ask.promise.point, past, court)
    if (point.kind, point.who) != ("promise", ask.who) or not point.agreed_by(
        ask.promise.agreed, past
    ):
        raise RuleBroken("ask-promise", "The question names no agreed promise of the side asked.")


def _meeting(meeting: str, past: Past, court: Court) -> MeetingRow:
    row = court.row(("meeting", meeting), MeetingRow)
    if row is None or not past.holds(row.position):
        raise RuleBroken("reference", "The entry names no meeting of its past.", id=meeting)
    return row


def _point(point: str, past: Past, court: Court) -> PointRow:
    row = court.row(("point", point), PointRow)
    if row is None or not past.holds(row.position):
        raise RuleBroken("reference", "The entry names no point of its past.", id=point)
    return row


def _by(party: Party, past: Past) -> None:
    if party != past.party:
        raise NotAllowed("owner", "This is not for this side to say of that meeting.")


def _only(entry: MeetingHeld | PointNoted | PointDiffered, role: str) -> None:
    if any(part.k != role for part in entry.parts):
        raise Malformed("entry-malformed", f"Its parts are all of role {role}.", field="parts")
    judge_translation(entry)
