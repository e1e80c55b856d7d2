"""Threads of the fictional year: which applications each is about, and what is written in it.

Texts stand in `config/sample/year.toml`. Has no questions with due times: entries are dated at
loading, and nothing of a year ago should fall due today. Does not sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from special_channel.core.entries import Model
from special_channel.core.ids import Party
from special_channel.desk.payloads import Fields
from special_channel.sample.story import Pair, read_as

APPLICATIONS: Final = 3
"""A thread is about so many at most."""

About = Literal["not_found", "returned", "expert", "approved", "review", "council"]


class Talk(Model):
    """A thread on one list of the year, counted from 1: its opener's note, then the other side's.

    `about`: rows by what MOFCOM's sheet answers of them. `closes`: its opener closes it.
    """

    turn: Annotated[int, Field(ge=1, le=99)]
    by: Party
    about: About
    subject: Pair
    first: Pair
    second: Pair
    closes: bool = False


class _File(Model):
    v: Literal[1]
    threads: list[Talk]


@dataclass(frozen=True, slots=True)
class Placed:
    """A thread with the applications that it is about. `name`: in the journal."""

    name: str
    talk: Talk
    applications: tuple[str, ...]


def talks(folder: Path) -> tuple[Talk, ...]:
    """Read the threads of the year.

    Raises:
        Malformed: `sample-malformed`.
    """
    return tuple(read_as(_File, folder / "year.toml").threads)


def of_turn(told: Sequence[Talk], place: int, answers: Sequence[Fields]) -> tuple[Placed, ...]:
    """Return the threads on a list, by its place from 0, with those of its rows that fit.

    Of a list without such rows, there is none.
    """
    found = []
    for number, talk in enumerate(told, 1):
        fits = tuple(
            str(row["number"]) for row in answers if talk.about in (row["match"], row.get("state"))
        )[:APPLICATIONS]
        if talk.turn == place + 1 and fits:
            found.append(Placed(f"thread-{number}", talk, fits))
    return tuple(found)
