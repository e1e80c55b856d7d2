"""Load the fictional year through the API: sign, release and send in order.

The sides work concurrently; MOFCOM answers a list after its arrival. Bodies carry dates in
`as_of` and `on`, while acceptance is on the day of loading. Resuming an interrupted load stores
nothing twice: nodes store a request whole or not at all, so checking its first entry is enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import PARTIES, EntryId, Party, ThreadId, peer_of
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.payloads import (
    Author,
    Fields,
    NoteDraft,
    ThreadDraft,
    application_asserted,
    licence_issued,
)
from special_channel.sample.sending import (
    id_of,
    release_sheet,
    send_or_resend,
    send_private,
    thread_of,
    wait_until_delivered,
    wait_until_mirrored,
)
from special_channel.sample.stage import Official, Stage
from special_channel.sample.story import Pair
from special_channel.sample.year import Turn
from special_channel.sample.year_threads import PlannedThread, of_turn, talks


@dataclass(frozen=True, slots=True)
class YearLoaded:
    """Counts of sent items: lists, rows of lists, statements of single applications, and so on."""

    lists: int
    rows: int
    statements: int
    licences: int
    links: int
    threads: int


async def load_year(stage: Stage, turns: Sequence[Turn]) -> YearLoaded:
    """Load the year; return after delivery to both sides.

    Raises:
        ChannelError: A node's refusal; `link-slow` if the link does not deliver.
    """
    listed: asyncio.Queue[EntryId] = asyncio.Queue()
    async with asyncio.TaskGroup() as tasks:
        listing = tasks.create_task(_lists(stage, turns, listed))
        tasks.create_task(_answers(stage, turns, listed))
    threads = await _threads(stage, turns, listing.result())
    await asyncio.gather(*(wait_until_delivered(stage, party) for party in PARTIES))
    return YearLoaded(
        len(turns),
        sum(len(turn.rows) for turn in turns),
        sum(len(turn.stated) + len(turn.acts) for turn in turns),
        sum(len(turn.licences) for turn in turns),
        sum(len(turn.links) for turn in turns),
        threads,
    )


async def _lists(
    stage: Stage, turns: Sequence[Turn], listed: asyncio.Queue[EntryId]
) -> list[EntryId]:
    """Sign and send the lists; return the batches in order."""
    desk, head = stage.officials["eu-desk-1"], stage.officials["eu-head"]
    batches = []
    for turn in turns:
        await _state(stage, f"{turn.list}-stated", desk, turn.stated, application_asserted)

        async def sign(turn: Turn = turn) -> Submission:
            return payloads.batch_listed(await desk.author(), turn.list, turn.rows)

        entry, _ = await release_sheet(stage, turn.list, desk, head, sign)
        listed.put_nowait(id_of(entry))
        batches.append(id_of(entry))
        await _state(stage, f"{turn.list}-links-eu", desk, _links(turn, "eu"), _linked)

        async def keep(turn: Turn = turn) -> Submission:
            author = await desk.author(private=True)
            return payloads.columns_kept(author, turn.list, turn.kept)

        await send_private(stage, f"{turn.list}-kept", desk, keep)
        stage.say("list %(list)s: %(rows)s rows", list=turn.list, rows=len(turn.rows))
    return batches


async def _answers(stage: Stage, turns: Sequence[Turn], listed: asyncio.Queue[EntryId]) -> None:
    desk, head = stage.officials["cn-desk-1"], stage.officials["cn-head"]
    for turn in turns:
        batch = await listed.get()
        await wait_until_mirrored(stage, "eu")
        await _state(stage, f"{turn.list}-acts", desk, turn.acts, application_asserted)
        await _state(stage, f"{turn.list}-licences", desk, turn.licences, licence_issued)
        await _state(stage, f"{turn.list}-links-cn", desk, _links(turn, "cn"), _linked)

        async def sign(turn: Turn = turn, batch: EntryId = batch) -> Submission:
            return payloads.batch_answered(await desk.author(), batch, turn.answers)

        await release_sheet(stage, f"{turn.list}-answers", desk, head, sign)
        stage.say(
            "return sheet of list %(list)s: %(rows)s rows", list=turn.list, rows=len(turn.answers)
        )


async def _threads(stage: Stage, turns: Sequence[Turn], batches: Sequence[EntryId]) -> int:
    """Open the threads on their lists, one after another; return their number."""
    talks_ = talks(stage.folder)
    placed = [
        (thread, batch)
        for place, (turn, batch) in enumerate(zip(turns, batches, strict=True))
        for thread in of_turn(talks_, place, turn.answers)
    ]
    for thread, batch in placed:
        await _thread(stage, thread, batch)
    stage.say("%(count)s threads of the year", count=len(placed))
    return len(placed)


async def _thread(stage: Stage, placed: PlannedThread, batch: EntryId) -> None:
    """Let one side open a thread with a note, the other side answer, and the opener close it."""
    talk, other = placed.talk, peer_of(placed.talk.by)
    for party in PARTIES:
        await wait_until_mirrored(stage, party)
    opener, second = (stage.officials[f"{party}-desk-1"] for party in (talk.by, other))
    thread = thread_of(stage, f"{placed.name}-opened")

    async def begin() -> list[Submission]:
        author = await opener.author()
        words = talk.subject.wording(talk.by, _as_written)
        draft = ThreadDraft(
            thread, words.lang, words.text, words.translation, batch, placed.applications
        )
        return [payloads.thread_opened(author, draft), _note(author, thread, talk.by, talk.first)]

    async def reply() -> list[Submission]:
        return [_note(await second.author(), thread, other, talk.second)]

    async def close() -> list[Submission]:
        return [payloads.closed(await opener.author(), thread, ())]

    await send_or_resend(stage, opener, [f"{placed.name}-opened", f"{placed.name}-first"], begin)
    await wait_until_mirrored(stage, talk.by)
    await send_or_resend(stage, second, [f"{placed.name}-second"], reply)
    await wait_until_mirrored(stage, other)
    if talk.closes:
        await send_or_resend(stage, opener, [f"{placed.name}-closed"], close)


def _as_written(text: str, _lang: str) -> str:
    return text


def _note(author: Author, thread: ThreadId, party: Party, pair: Pair) -> Submission:
    words = pair.wording(party, _as_written)
    return payloads.note_posted(
        author, NoteDraft(thread, words.lang, words.text, words.translation)
    )


def _links(turn: Turn, party: Party) -> tuple[Fields, ...]:
    return tuple(
        {"number": link.number, "former": link.former, "basis": link.basis}
        for link in turn.links
        if link.by == party
    )


def _linked(author: Author, body: Fields) -> Submission:
    return payloads.application_linked(
        author, str(body["number"]), str(body["former"]), str(body["basis"])
    )


async def _state(
    stage: Stage,
    name: str,
    official: Official,
    bodies: Sequence[Fields],
    build: Callable[[Author, Fields], Submission],
) -> None:
    """Send many statements in one request, unless already sent before an interruption."""
    journalled = stage.journal.read(name)
    if not bodies or (journalled is not None and await official.position(id_of(journalled))):
        return
    author = await official.author()
    entries = [build(author, body) for body in bodies]
    stage.journal.write({name: entries[0]})
    await official.send(entries)
