"""Load the sample's meeting: one side drafts its points, the other side marks some of them.

Does not access a store. Signed entries are journalled before sending, so that an interrupted load
sends the same bytes again, without effect. The question about the agreed promise is left for a
user of the demonstration.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import Model
from special_channel.core.rows.submission import Submission
from special_channel.desk import meeting_payloads as payloads
from special_channel.desk.meeting_payloads import MeetingDraft, PointDraft
from special_channel.desk.payloads import Author
from special_channel.sample.sending import id_of, send_or_resend, wait_until_mirrored
from special_channel.sample.stage import Stage
from special_channel.sample.story import Facts, Label, Pair, Text, read_as


class Point(Pair):
    """One point; `due` in days from the day of loading. A point without `mark` is left open."""

    name: Label
    kind: Literal["statement", "promise"]
    who: Party
    due: Annotated[int, Field(ge=1, le=365)] | None = None
    mark: Literal["agreed", "differed"] | None = None
    mark_en: Text | None = None
    mark_zh: Text | None = None


class Meeting(Model):
    """The meeting; `on` in days from the day of loading, `present` as `eu:head`."""

    v: Literal[1]
    by: Label
    marked_by: Label
    on: Annotated[int, Field(ge=-60, le=0)]
    place: Text
    level: Label
    present: Annotated[list[str], Field(max_length=20)]
    subject: Pair
    points: Annotated[list[Point], Field(min_length=1, max_length=20)]


async def load(stage: Stage, facts: Facts) -> dict[str, str]:
    """Draft the meeting and mark its points; return positions by name.

    Raises:
        Malformed: `sample-malformed`.
        ChannelError: A node's refusal.
    """
    content = read_as(Meeting, stage.folder / "meeting.toml")
    drafter, marker = stage.officials[content.by], stage.officials[content.marked_by]
    names = ["meeting", *(point.name for point in content.points)]

    async def draft() -> list[Submission]:
        return _drafted(content, facts, await drafter.author(), drafter.party)

    entries, positions = await send_or_resend(stage, drafter, names, draft)
    await wait_until_mirrored(stage, drafter.party)
    marked = [point for point in content.points if point.mark]

    async def mark() -> list[Submission]:
        author = await marker.author()
        return [_mark(point, facts, author, entries[point.name], marker.party) for point in marked]

    _, marks = await send_or_resend(stage, marker, [f"{point.name}-mark" for point in marked], mark)
    await wait_until_mirrored(stage, marker.party)
    return positions | marks


def _drafted(content: Meeting, facts: Facts, author: Author, party: Party) -> list[Submission]:
    on = facts.day(content.on).isoformat()
    present = tuple(_role(participant) for participant in content.present)
    words = content.subject.wording(party, facts.filled)
    meeting = payloads.meeting_held(
        author, MeetingDraft(words, on, content.place, content.level, present)
    )
    points = [
        payloads.point_noted(
            author,
            id_of(meeting),
            PointDraft(
                point.wording(party, facts.filled),
                point.kind,
                point.who,
                facts.day(point.due).isoformat() if point.due else "",
            ),
        )
        for point in content.points
    ]
    return [meeting, *points]


def _mark(
    point: Point, facts: Facts, author: Author, noted: Submission, party: Party
) -> Submission:
    if point.mark == "agreed":
        return payloads.point_agreed(author, id_of(noted))
    words = Pair(en=point.mark_en or "–", zh=point.mark_zh or "–")
    return payloads.point_differed(author, id_of(noted), words.wording(party, facts.filled))


def _role(text: str) -> tuple[Party, str]:
    party, _, role = text.partition(":")
    return ("eu" if party == "eu" else "cn"), role
