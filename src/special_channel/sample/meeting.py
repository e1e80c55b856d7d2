"""The sample's meeting: one side drafts its points, the other marks some of them.

Does not touch a store. What is signed is written into the journal before it is sent, so a load
that was interrupted sends the same bytes again, which changes nothing. The question about the
agreed promise is left for a person to put.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from special_channel.core import dsse
from special_channel.core.entries import Model
from special_channel.core.ids import Party
from special_channel.core.submission import Submission
from special_channel.desk import meeting_payloads as payloads
from special_channel.desk.meeting_payloads import MeetingDraft, PointDraft, Wording
from special_channel.desk.payloads import Author, Translated
from special_channel.sample.sending import sent
from special_channel.sample.stage import Stage
from special_channel.sample.story import Facts, Label, Pair, Text, read_as

_OWN: Final[Mapping[Party, tuple[str, str]]] = {"eu": ("en", "zh-CN"), "cn": ("zh-CN", "en")}
"""The language that a side writes in, and that of its courtesy translations."""


class Point(Model):
    """One point; `due` in days from the day of loading. Without `mark` it waits."""

    name: Label
    kind: Literal["statement", "promise"]
    who: Party
    due: Annotated[int, Field(ge=1, le=365)] | None = None
    en: Text
    zh: Text
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


async def load(
    stage: Stage, facts: Facts, mirrored: Callable[[Party], Awaitable[None]]
) -> dict[str, str]:
    """Draft the meeting, mark its points; return positions by name.

    Raises:
        Malformed: `sample-malformed`.
        ChannelError: What a node refuses.
    """
    told = read_as(Meeting, stage.folder / "meeting.toml")
    drafter, marker = stage.officials[told.by], stage.officials[told.marked_by]
    names = ["meeting", *(point.name for point in told.points)]

    async def draft() -> list[Submission]:
        return _drafted(told, facts, await drafter.author(), drafter.party)

    entries, positions = await sent(stage, drafter, names, draft)
    await mirrored(drafter.party)
    marked = [point for point in told.points if point.mark]

    async def mark() -> list[Submission]:
        author = await marker.author()
        return [_mark(point, facts, author, entries[point.name], marker.party) for point in marked]

    _, marks = await sent(stage, marker, [f"{point.name}-mark" for point in marked], mark)
    await mirrored(marker.party)
    return positions | marks


def _drafted(told: Meeting, facts: Facts, author: Author, party: Party) -> list[Submission]:
    on = facts.day(told.on).isoformat()
    present = tuple(_role(each) for each in told.present)
    words = _words(facts, told.subject, party)
    meeting = payloads.meeting_held(
        author, MeetingDraft(words, on, told.place, told.level, present)
    )
    id_ = dsse.decode(meeting.envelope).id
    points = [
        payloads.point_noted(
            author,
            id_,
            PointDraft(
                _words(facts, Pair(en=point.en, zh=point.zh), party),
                point.kind,
                point.who,
                facts.day(point.due).isoformat() if point.due else "",
            ),
        )
        for point in told.points
    ]
    return [meeting, *points]


def _mark(
    point: Point, facts: Facts, author: Author, noted: Submission, party: Party
) -> Submission:
    id_ = dsse.decode(noted.envelope).id
    if point.mark == "agreed":
        return payloads.point_agreed(author, id_)
    words = _words(facts, Pair(en=point.mark_en or "–", zh=point.mark_zh or "–"), party)
    return payloads.point_differed(author, id_, words)


def _words(facts: Facts, pair: Pair, party: Party) -> Wording:
    own, other = _OWN[party]
    texts = {"en": pair.en, "zh-CN": pair.zh}
    return Wording(
        own, facts.filled(texts[own], own), Translated(other, facts.filled(texts[other], other))
    )


def _role(text: str) -> tuple[Party, str]:
    party, _, role = text.partition(":")
    return ("eu" if party == "eu" else "cn"), role
