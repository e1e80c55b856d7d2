"""Threads of the fictional year, with their applications and texts.

Texts are in `config/sample/year.toml`. Has no questions with due times: entries are dated at
loading, and questions of a past year must not fall due today. Does not sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import Model
from special_channel.desk.payloads import Fields
from special_channel.sample.story import Pair, read_as

APPLICATIONS: Final = 3
"""Most applications in a thread."""

About = Literal["not_found", "returned", "expert", "approved", "review", "council"]


class ThreadTexts(Model):
    """A thread on one list of the year, counted from 1: the opener's note, then a reply.

    `about` selects rows by MOFCOM's answer. `closes` tells whether the opener closes the thread.
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
    threads: list[ThreadTexts]


@dataclass(frozen=True, slots=True)
class PlannedThread:
    """A thread with its applications. `name` is the name in the journal."""

    name: str
    talk: ThreadTexts
    applications: tuple[str, ...]


def talks(folder: Path) -> tuple[ThreadTexts, ...]:
    """Parse the threads of the year.

    Raises:
        Malformed: `sample-malformed`.
    """
    return tuple(read_as(_File, folder / "year.toml").threads)


def of_turn(
    talks_: Sequence[ThreadTexts], place: int, answers: Sequence[Fields]
) -> tuple[PlannedThread, ...]:
    """Return the threads on a list, given its index from 0, with matching rows of its answers.

    Threads without matching rows are omitted.
    """
    threads = []
    for number, talk in enumerate(talks_, 1):
        numbers = tuple(
            str(row["number"]) for row in answers if talk.about in (row["match"], row.get("state"))
        )[:APPLICATIONS]
        if talk.turn == place + 1 and numbers:
            threads.append(PlannedThread(f"thread-{number}", talk, numbers))
    return tuple(threads)
