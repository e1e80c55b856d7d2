"""Load the sample's licences and priority request: CN states, the EU requests, CN answers in part.

Does not access a store. The general licence names fictional customers, as the charter's opt-in
allows.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.fields import ControlCode, Name, Word
from special_channel.core.bytes.quantities import Amount, Basis, Unit
from special_channel.core.entries import Model
from special_channel.core.entries.permits import LicenceLine, LicenceNumber
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.payloads import Author, Fields
from special_channel.sample.sending import id_of, send_or_resend, wait_until_mirrored
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
    """Rows of a priority request."""

    rows: Annotated[list[ListedRow], Field(min_length=1, max_length=100)]
    reason: Word
    answers: Annotated[list[Answer], Field(min_length=1)]


class SampleLicence(Model):
    """A licence, with fields as in `core.entries.permits.Licence`."""

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
    """Content of the file."""

    v: Literal[1]
    asked_by: Label
    stated_by: Label
    priority: Priority
    licences: list[SampleLicence]
    draws: list[SampleDraw]


async def load(stage: Stage, facts: Facts) -> dict[str, str]:
    """Request priority, then answer and state licences; return positions by name.

    Raises:
        Malformed: `sample-malformed`.
        ChannelError: A node's refusal.
    """
    content = read_as(Permits, stage.folder / "permits.toml")
    asking, stating = stage.officials[content.asked_by], stage.officials[content.stated_by]
    numbers = [facts.numbers[row] for row in content.priority.rows]

    async def ask() -> list[Submission]:
        author = await asking.author()
        return [payloads.priority_requested(author, numbers, content.priority.reason)]

    requests, positions = await send_or_resend(stage, asking, ["priority"], ask)
    await wait_until_mirrored(stage, asking.party)
    request = id_of(requests["priority"])

    async def state() -> list[Submission]:
        # MOFCOM issues on its own working days, whether or not the EU's offices are open.
        works = stage.calendars["cn"].is_working_day
        return _stated(content, replace(facts, works=works), await stating.author(), request)

    licences = [item.name for item in content.licences]
    names = ["priority-answer", *licences, *(item.name for item in content.draws)]
    _, statements = await send_or_resend(stage, stating, names, state)
    await wait_until_mirrored(stage, stating.party)
    return positions | statements


def _stated(content: Permits, facts: Facts, author: Author, request: str) -> list[Submission]:
    answers: list[Value] = [
        {"number": facts.numbers[item.row], "answer": item.answer}
        for item in content.priority.answers
    ]
    return [
        payloads.priority_answered(author, request, answers),
        *(payloads.licence_issued(author, _licence(item, facts)) for item in content.licences),
        *(payloads.licence_drawn(author, _draw(item, facts)) for item in content.draws),
    ]


def _licence(licence: SampleLicence, facts: Facts) -> Fields:
    lines: list[Value] = [line.model_dump() for line in licence.lines]
    body: Fields = {
        "licence": licence.licence,
        "type": licence.type,
        "lines": lines,
        "per": licence.per,
        "issued_on": _worked(facts, licence.issued),
        "valid_from": _day(facts, licence.first),
        "valid_to": _day(facts, licence.last),
    }
    lists: Fields = {
        "applications": [facts.numbers[row] for row in licence.rows],
        "customers": list(licence.customers),
    }
    return body | {name: value for name, value in lists.items() if value}


def _draw(draw: SampleDraw, facts: Facts) -> Fields:
    fields = draw.model_dump(exclude={"name", "on"}, exclude_none=True)
    return {**fields, "on": _worked(facts, draw.on)}


def _day(facts: Facts, days: int) -> str:
    return (facts.today + timedelta(days=days)).isoformat()


def _worked(facts: Facts, days: int) -> str:
    return facts.day(days).isoformat()
