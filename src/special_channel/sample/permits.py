"""The sample's licences and its request for priority: CN states, the EU asks, CN answers in part.

Does not touch a store. Its general licence names fictional customers: both sides' charter opts in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.canonical import Value
from special_channel.core.entries import Model
from special_channel.core.entries.header import ControlCode, Name, Word
from special_channel.core.entries.permits import LicenceLine, LicenceNumber
from special_channel.core.ids import Party
from special_channel.core.quantities import Amount, Basis, Unit
from special_channel.core.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.payloads import Author, Fields
from special_channel.sample.sending import id_of, sent
from special_channel.sample.stage import Stage
from special_channel.sample.story import Facts, Label, read_as

Day = Annotated[int, Field(ge=-400, le=400)]
"""Days from the day of loading."""

ListedRow = Annotated[int, Field(ge=1, le=2000)]


class Answer(Model):
    """CN's answer on one row of the request."""

    row: ListedRow
    answer: Literal["granted", "not_now", "cannot"]


class Priority(Model):
    """Rows that are asked to come first."""

    rows: Annotated[list[ListedRow], Field(min_length=1, max_length=100)]
    reason: Word
    answers: Annotated[list[Answer], Field(min_length=1)]


class SampleLicence(Model):
    """A licence; `core.entries.permits.Licence` says what the fields are."""

    name: Label
    licence: LicenceNumber
    type: Literal["individual", "general", "certificate"]
    per: Literal["licence", "calendar_year", "licence_year"]
    issued: Day
    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="to")]
    rows: list[ListedRow]
    lines: list[LicenceLine]
    customers: list[Name] = Field(default_factory=list)


class SampleDraw(Model):
    """A draw-down."""

    name: Label
    licence: LicenceNumber
    code: ControlCode
    quantity: Amount
    unit: Unit
    basis: Basis
    on: Day
    customer: Name | None = None


class Permits(Model):
    """The file."""

    v: Literal[1]
    asked_by: Label
    stated_by: Label
    priority: Priority
    licences: list[SampleLicence]
    draws: list[SampleDraw]


async def load(
    stage: Stage, facts: Facts, mirrored: Callable[[Party], Awaitable[None]]
) -> dict[str, str]:
    """Ask for priority, then answer and state licences; return positions by name.

    Raises:
        Malformed: `sample-malformed`.
        ChannelError: What a node refuses.
    """
    told = read_as(Permits, stage.folder / "permits.toml")
    asking, stating = stage.officials[told.asked_by], stage.officials[told.stated_by]
    asked = [facts.numbers[row] for row in told.priority.rows]

    async def ask() -> list[Submission]:
        author = await asking.author()
        return [payloads.priority_requested(author, asked, told.priority.reason)]

    requests, positions = await sent(stage, asking, ["priority"], ask)
    await mirrored(asking.party)
    request = id_of(requests["priority"])

    async def state() -> list[Submission]:
        return _stated(told, facts, await stating.author(), request)

    licences = [each.name for each in told.licences]
    names = ["priority-answer", *licences, *(each.name for each in told.draws)]
    _, stated = await sent(stage, stating, names, state)
    await mirrored(stating.party)
    return positions | stated


def _stated(told: Permits, facts: Facts, author: Author, request: str) -> list[Submission]:
    answers: list[Value] = [
        {"number": facts.numbers[each.row], "answer": each.answer} for each in told.priority.answers
    ]
    return [
        payloads.priority_answered(author, request, answers),
        *(payloads.licence_issued(author, _licence(each, facts)) for each in told.licences),
        *(payloads.licence_drawn(author, _draw(each, facts)) for each in told.draws),
    ]


def _licence(each: SampleLicence, facts: Facts) -> Fields:
    lines: list[Value] = [line.model_dump() for line in each.lines]
    body: Fields = {
        "licence": each.licence,
        "type": each.type,
        "lines": lines,
        "per": each.per,
        "issued_on": _worked(facts, each.issued),
        "valid_from": _day(facts, each.first),
        "valid_to": _day(facts, each.last),
    }
    named: Fields = {
        "applications": [facts.numbers[row] for row in each.rows],
        "customers": list(each.customers),
    }
    return body | {name: value for name, value in named.items() if value}


def _draw(each: SampleDraw, facts: Facts) -> Fields:
    said = each.model_dump(exclude={"name", "on"}, exclude_none=True)
    return {**said, "on": _worked(facts, each.on)}


def _day(facts: Facts, days: int) -> str:
    return (facts.today + timedelta(days=days)).isoformat()


def _worked(facts: Facts, days: int) -> str:
    return facts.day(days).isoformat()
