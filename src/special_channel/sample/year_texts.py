"""Parse the texts of the fictional year's correspondence: config/sample/year.toml.

A text may have slots in braces; `year_plan.py` fills them. Does not plan and does not sign.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import Model
from special_channel.sample.story import Label, Pair, Text, read_as

About = Literal["not_found", "returned", "expert", "approved", "review", "any", "none"]
"""Rows of a list by MOFCOM's answer; `any` row; `none` for a thread on the standing batch."""


class Topic(Model):
    """A subject of a side: a note with a question and its answer, then a second question.

    Attributes:
        by: The asking side.
        rule: Reply rule of the charter for both questions.
        about: Rows concerned, by their answers.
        note: The asking side's text above its question.
        ask: The first question; `answer` is the other side's note that answers it.
        more: The second question; `reply` answers it.
    """

    by: Party
    rule: Label
    about: About
    subject: Pair
    note: Pair
    ask: Pair
    answer: Pair
    more: Pair
    reply: Pair


class Agenda(Model):
    """A meeting of either side, with a statement and a promise of either side.

    `differed` is how the other side understood the drafting side's statement.
    """

    subject: Pair
    ours: Pair
    theirs: Pair
    our_promise: Pair
    their_promise: Pair
    differed: Pair


class Firm(Pair):
    """A fictional company's name in two languages."""


class YearTexts(Model):
    """Texts of the year. `again` introduces a second question, `remark` an assignment."""

    v: Literal[1]
    firms: Annotated[list[Firm], Field(min_length=2)]
    withdrawn: Annotated[list[Pair], Field(min_length=1)]
    again: Annotated[list[Pair], Field(min_length=1)]
    remark: Annotated[list[Pair], Field(min_length=1)]
    places: dict[Party, Text]
    topics: Annotated[list[Topic], Field(min_length=2)]
    meetings: Annotated[list[Agenda], Field(min_length=1)]


def read_texts(folder: Path) -> YearTexts:
    """Parse the texts of the year.

    Raises:
        NotFound: `sample-missing`.
        Malformed: `sample-malformed`.
    """
    return read_as(YearTexts, folder / "year.toml")
