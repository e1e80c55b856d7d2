"""Load the fictional year through the API that officials use: signed, cleared, sent in order.

The two sides work beside each other; MOFCOM answers a list once it has arrived. Entries are
dated by `as_of` and `on` in their bodies: when a node accepted them is the day of loading. What
an interrupted load had stored is not stored twice: a request is kept whole or not at all, so its
first entry tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from special_channel.core.ids import PARTIES, EntryId
from special_channel.core.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.payloads import Author, Fields, application_asserted, licence_issued
from special_channel.sample.sending import (
    delivered,
    id_of,
    mirrored,
    released,
    send_private,
)
from special_channel.sample.stage import Official, Stage
from special_channel.sample.year import Turn


@dataclass(frozen=True, slots=True)
class YearLoaded:
    """How much was sent: lists, their rows, statements of single applications."""

    lists: int
    rows: int
    statements: int
    licences: int


async def load_year(stage: Stage, turns: Sequence[Turn]) -> YearLoaded:
    """Load the year; return once all of it is delivered on both sides.

    Raises:
        ChannelError: What a node refuses; `link-slow` if nothing is delivered.
    """
    listed: asyncio.Queue[EntryId] = asyncio.Queue()
    async with asyncio.TaskGroup() as both:
        both.create_task(_lists(stage, turns, listed))
        both.create_task(_answers(stage, turns, listed))
    await asyncio.gather(*(delivered(stage, party) for party in PARTIES))
    return YearLoaded(
        len(turns),
        sum(len(turn.rows) for turn in turns),
        sum(len(turn.stated) + len(turn.acts) for turn in turns),
        sum(len(turn.licences) for turn in turns),
    )


async def _lists(stage: Stage, turns: Sequence[Turn], listed: asyncio.Queue[EntryId]) -> None:
    desk, head = stage.officials["eu-desk-1"], stage.officials["eu-head"]
    for turn in turns:
        await _state(stage, f"{turn.list}-stated", desk, turn.stated, application_asserted)

        async def sign(turn: Turn = turn) -> Submission:
            return payloads.batch_listed(await desk.author(), turn.list, turn.rows)

        entry, _ = await released(stage, turn.list, desk, head, sign)
        listed.put_nowait(id_of(entry))

        async def keep(turn: Turn = turn) -> Submission:
            author = await desk.author(private=True)
            return payloads.columns_kept(author, turn.list, turn.kept)

        await send_private(stage, f"{turn.list}-kept", desk, keep)
        stage.say("list %(list)s: %(rows)s rows", list=turn.list, rows=len(turn.rows))


async def _answers(stage: Stage, turns: Sequence[Turn], listed: asyncio.Queue[EntryId]) -> None:
    desk, head = stage.officials["cn-desk-1"], stage.officials["cn-head"]
    for turn in turns:
        batch = await listed.get()
        await mirrored(stage, "eu")
        await _state(stage, f"{turn.list}-acts", desk, turn.acts, application_asserted)
        await _state(stage, f"{turn.list}-licences", desk, turn.licences, licence_issued)

        async def sign(turn: Turn = turn, batch: EntryId = batch) -> Submission:
            return payloads.batch_answered(await desk.author(), batch, turn.answers)

        await released(stage, f"{turn.list}-answers", desk, head, sign)


async def _state(
    stage: Stage,
    name: str,
    official: Official,
    bodies: Sequence[Fields],
    made: Callable[[Author, Fields], Submission],
) -> None:
    """State something of many in one request, unless that was done before an interruption."""
    kept = stage.journal.read(name)
    if not bodies or (kept is not None and await official.position(id_of(kept))):
        return
    author = await official.author()
    entries = [made(author, body) for body in bodies]
    stage.journal.write({name: entries[0]})
    await official.send(entries)
