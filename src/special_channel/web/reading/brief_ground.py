"""What the sections of a one-page brief stand on, and how a line of one is written.

Does not choose what a section names. Says nothing of which side is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.numbers.briefing import Urgency
from special_channel.core.rows.charter import CharterRow, charter_of
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.desk.briefs import BriefLine
from special_channel.web.reading.meetings import Told, point_number
from special_channel.web.shared.people import side_name
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import question_in
from special_channel.web.shell.context import PageContext

MEETINGS: Final = 5
"""Meetings of the level whose promises and differences are looked at, the last held first."""

ASKS: Final = 1000


@dataclass(frozen=True, slots=True)
class Ground:
    """What all sections of one brief stand on.

    Attributes:
        held: The level's last meetings with their points.
        asks: All open questions of both sides.
    """

    context: PageContext
    internal: bool
    held: Sequence[tuple[MeetingRow, Sequence[PointRow]]]
    asks: Sequence[QuestionRow]
    charters: tuple[CharterRow, ...]

    def side(self, party: Party) -> str:
        """Return what a side is called, in the reader's language."""
        return side_name(self.context, party).short.first(self.context.lang).text

    def say(self, code: str, **facts: str | int) -> str:
        """Return a sentence of briefs."""
        return self.context.t.gettext(f"brief.{code}", **facts)

    def urgency(self, row: QuestionRow) -> Urgency:
        """Return how urgent the rule of a question is, by the charter that it names."""
        charter = charter_of(self.charters, row.charter)
        rule = charter.reply_rule(row.rule) if charter and row.rule else None
        return rule.urgency if rule else "normal"


def since_of(text: str) -> date | None:
    """Read the date of an address.

    Raises:
        Malformed: `date-malformed`.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Malformed("date-malformed", "A date looks like 2026-11-24.") from None


async def ground_of(context: PageContext, level: str, *, internal: bool) -> Ground:
    """Read what all sections of a level's brief stand on."""
    found, _ = await context.own.meetings.meetings(level, MEETINGS)
    points = await context.own.meetings.points([row.meeting for row in found])
    rows = await context.own.record.rows(frozenset())
    return Ground(
        context,
        internal,
        [(row, [each for each in points if each.meeting == row.meeting]) for row in found],
        await context.own.views.asks(only_open=True, limit=ASKS),
        tuple(row for row in rows.values() if isinstance(row, CharterRow)),
    )


def line_of(
    number: str, words: Words, details: tuple[str, ...], url: str, private: tuple[str, ...] = ()
) -> BriefLine:
    """Return a line of a brief; a dash where the words are not here."""
    return BriefLine(number, words.text or "–", words.lang or "en", details, private, url)


def more(ground: Ground, count: int) -> str:
    """Say how many were left out."""
    return ground.say("more", count=count) if count > 0 else ""


def point_line(
    ground: Ground, row: MeetingRow, point: PointRow, words: Told, details: tuple[str, ...]
) -> BriefLine:
    """Return a line about a point of a meeting."""
    said = words.said.get(point.point)
    text = question_in(said, -1, ground.context.lang)
    url = f"/meetings/{row.position}#{point.position}"
    return line_of(point_number(row, point), text, details, url)
