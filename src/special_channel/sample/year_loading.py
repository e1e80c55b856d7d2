"""Load the fictional year through the API: sign, release and send in order of its days.

With a demonstration's clock (`Stage.past`), lists, statements and letters are accepted on their own
days: the clock is set to a day, the sides send, and the next day begins once the nodes have
cosigned every entry. Without a clock, lists and statements are accepted at the present, their
bodies have dates in `as_of` and `on`, and letters are left out: questions of a past year must not
fall due today. Resuming an interrupted load stores nothing twice: nodes store a request whole or
not at all, so checking its first entry is enough.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby, pairwise
from typing import Final

from special_channel.core.bytes.ids import PARTIES, EntryId, Party
from special_channel.core.rows.submission import Submission
from special_channel.core.sense.companies import companies
from special_channel.desk import payloads
from special_channel.desk.payloads import Author, Fields, application_asserted, licence_issued
from special_channel.sample.sending import (
    id_of,
    release_sheet,
    send_or_resend,
    send_private,
    send_reasoned,
    thread_of,
    wait_until_delivered,
    wait_until_mirrored,
)
from special_channel.sample.stage import Official, PastClock, Stage
from special_channel.sample.year import Turn
from special_channel.sample.year_course import Act
from special_channel.sample.year_letters import Letters
from special_channel.sample.year_plan import YearPlan, moment, plan
from special_channel.sample.year_texts import read_texts

_AFTER_DUE: Final = timedelta(seconds=1)
_TOGETHER: Final = 150
"""Statements in a request: the other node reads these while ours stores the next."""


@dataclass(frozen=True, slots=True)
class YearLoaded:
    """Counts of sent items: lists, rows of lists, statements of single applications, and so on."""

    lists: int
    rows: int
    statements: int
    licences: int
    links: int
    threads: int = 0
    meetings: int = 0


async def load_year(
    stage: Stage, turns: Sequence[Turn], until: date | None = None, *, share: int = 1
) -> YearLoaded:
    """Load the year; return after delivery to both sides.

    Args:
        stage: The nodes' officials; with `past`, entries have their own dates.
        turns: The lists.
        until: With `past`, the last day of the year.
        share: Load every n-th thread of a course only, at least the first.

    Raises:
        ChannelError: A node's refusal; `link-slow` if the link does not deliver.
    """
    if stage.past is None or until is None:
        await _load_present(stage, turns)
        return _counts(turns)
    turns = [turn for turn in turns if turn.answered < until]
    planned = plan(read_texts(stage.folder), turns, stage.calendars, until, share=share)
    await _YearLoader(stage, stage.past, turns, planned).load(until)
    return _counts(turns, planned)


def _counts(turns: Sequence[Turn], planned: YearPlan | None = None) -> YearLoaded:
    return YearLoaded(
        len(turns),
        sum(len(turn.rows) for turn in turns),
        sum(len(turn.stated) + len(turn.acts) for turn in turns),
        sum(len(turn.licences) for turn in turns),
        sum(len(turn.links) for turn in turns),
        len(planned.threads) if planned else 0,
        len(planned.meetings) if planned else 0,
    )


async def _load_present(stage: Stage, turns: Sequence[Turn]) -> None:
    """Load lists and statements at the present, the sides at once; no letters."""
    listed: asyncio.Queue[tuple[Turn, EntryId]] = asyncio.Queue()

    async def lists() -> None:
        for turn in turns:
            listed.put_nowait((turn, await _list(stage, turn)))
            await _report(stage, turn)

    async def answers() -> None:
        for _ in turns:
            turn, batch = await listed.get()
            await wait_until_mirrored(stage, "eu")
            await _answer(stage, turn, batch)
            await _issue(stage, turn)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lists())
        tasks.create_task(answers())
    await _until_delivered(stage)


async def _until_delivered(stage: Stage) -> None:
    await asyncio.gather(*(wait_until_delivered(stage, party) for party in PARTIES))


class _YearLoader:
    """Goes through the year's days: sets the clock, lets both sides send, waits for delivery."""

    def __init__(
        self, stage: Stage, past: PastClock, turns: Sequence[Turn], planned: YearPlan
    ) -> None:
        self._stage, self._past, self._plan = stage, past, planned
        self._batches: dict[str, EntryId] = {}
        self._lists = {turn.closed: turn for turn in turns}
        self._sheets = {turn.answered: turn for turn in turns}
        # MOFCOM states what it issues and links on the next list's day, when it sends no sheet.
        self._later = {after.closed: turn for turn, after in pairwise(turns)}
        self._later |= {turn.answered: turn for turn in turns[-1:]}
        self._acts = {day: list(acts) for day, acts in groupby(planned.acts, lambda act: act.on)}
        self._late: list[tuple[datetime, Party]] = []
        """Due times that pass before their answers, with the asking side, earliest first."""

    async def load(self, until: date) -> None:
        """Load missing entries, to the end of a day."""
        await _until_delivered(self._stage)  # what an interrupted load stored last
        letters = await self._letters()
        days = sorted({*self._lists, *self._sheets, *self._acts})
        for (year, number), month in groupby(days, lambda day: (day.year, day.month)):
            chosen = list(month)
            count = sum(len(self._acts.get(day, ())) for day in chosen)
            self._stage.say(
                "%(month)s: %(count)s entries of correspondence",
                month=f"{year}-{number:02d}",
                count=count,
            )
            for day in chosen:
                await self._load_day(letters, day)
        await self._pass_due_times(datetime.combine(until + timedelta(days=1), time(0), UTC))
        await _until_delivered(self._stage)

    async def _letters(self) -> Letters:
        stage = self._stage
        digest, charter = await stage.officials["eu-desk-1"].charter()
        desks = [f"{party}-desk-2" for party in PARTIES]
        persons = {name: await stage.officials[name].person() for name in desks}
        named = partial(_thread_of, stage)
        return Letters(
            self._plan,
            read_texts(stage.folder),
            stage.calendars,
            digest,
            charter,
            named,
            self._batches,
            persons,
        )

    async def _load_day(self, letters: Letters, day: date) -> None:
        """Let the sides send a day's entries; wait until each node has what the other's stored."""
        await self._pass_due_times(moment(day))
        self._past.advance(moment(day))
        acts = self._acts.get(day, [])
        # Each side waits as an official who signs in to send something, else as its first desk.
        senders = {party: f"{party}-desk-1" for party in PARTIES}
        senders |= {act.party: act.by for act in acts}
        senders |= {party: f"{party}-desk-1" for party in self._sheet_sides(day)}
        asked = [self._stage.officials[name] for name in senders.values()]
        await asyncio.gather(
            *(self._side(letters, party, day, [a for a in acts if a.party == party])
              for party in PARTIES),
            *(official.sign_in() for official in asked),
        )  # fmt: skip
        # A node cosigns what it mirrors at once, as no part of it is missing: on the same day.
        await asyncio.gather(*(official.until_mirrored() for official in asked))
        for act in acts:
            if act.late:
                heapq.heappush(self._late, (letters.dues[act.name], act.party))

    async def _pass_due_times(self, until: datetime) -> None:
        """Stop at every passing due time, until the asking node has recorded the passing."""
        while self._late and self._late[0][0] < until:
            due, passing = self._late[0][0], list[Party]()
            while self._late and self._late[0][0] == due:
                passing.append(heapq.heappop(self._late)[1])
            if self._past.now() > due:
                continue  # an interrupted load was here before
            sizes = {
                party: (await self._stage.officials[f"{party}-desk-1"].sizes())[party].size
                for party in set(passing)
            }
            self._past.advance(due + _AFTER_DUE)
            for party, size in sizes.items():
                official = self._stage.officials[f"{party}-desk-1"]
                await official.until(party, size + passing.count(party))
                # No official stored it, so that the end of the day would not wait for it.
                await wait_until_mirrored(self._stage, party)

    async def _side(self, letters: Letters, party: Party, day: date, acts: Sequence[Act]) -> None:
        """Send a side's list or return sheet of a day, and letters, a request for every writer."""
        async with asyncio.TaskGroup() as tasks:
            # No letter is about a list or a sheet of its own day.
            tasks.create_task(self._sheet(party, day))
            for writer in {act.by for act in acts}:
                own = [act for act in acts if act.by == writer]
                shared = [act for act in own if act.kind != "assign"]
                tasks.create_task(self._send(letters, shared))
                private = [act for act in own if act.kind == "assign"]
                tasks.create_task(self._assign(letters, private))

    def _sheet_sides(self, day: date) -> Sequence[Party]:
        """Return the sides that send a sheet, or statements, on a day."""
        if day in self._sheets or day in self._later:
            return PARTIES
        return ("eu",) if day in self._lists else ()

    async def _sheet(self, party: Party, day: date) -> None:
        """Send a side's list or return sheet of a day, and the statements with it."""
        if party == "eu" and (turn := self._lists.get(day)):
            self._batches[turn.list] = await _list(self._stage, turn)
        if turn := self._sheets.get(day):
            # Both sides' statements on one day: each node reads one side's while it stores its own.
            if party == "eu":
                await _report(self._stage, turn)
            else:
                await _answer(self._stage, turn, self._batches[turn.list])
        if party == "cn" and (turn := self._later.get(day)):
            await _issue(self._stage, turn)

    async def _send(self, letters: Letters, acts: Sequence[Act]) -> None:
        """Sign and send a writer's letters of a day in a single request."""
        if not acts:
            return
        official = self._stage.officials[acts[0].by]
        names = [name for act in acts for name in letters.names(act)]

        async def sign() -> list[Submission]:
            author, now = await official.author(), self._stage.now()
            return [entry for act in acts for entry in letters.sign(act, author, now)]

        # For a company's name, the node asks for a reason.
        texts = " ".join(text.en for act in acts for text in act.texts)
        named = next(companies(texts), None) is not None
        entries, _ = await send_or_resend(self._stage, official, names, sign, ask=named)
        letters.learn(entries)

    async def _assign(self, letters: Letters, acts: Sequence[Act]) -> None:
        for act in acts:
            official = self._stage.officials[act.by]

            async def sign(act: Act = act, official: Official = official) -> Submission:
                author = await official.author(private=True)
                return letters.sign(act, author, self._stage.now())[0]

            await send_private(self._stage, act.name, official, sign)


def _thread_of(stage: Stage, name: str) -> str:
    return thread_of(stage, f"{name}-opened")


# ---------------------------------------------------------------- lists and return sheets


async def _list(stage: Stage, turn: Turn) -> EntryId:
    """Release and send a list; return its id."""
    desk, head = stage.officials["eu-desk-1"], stage.officials["eu-head"]

    async def sign() -> Submission:
        return payloads.batch_listed(await desk.author(), turn.list, turn.rows)

    entry, _ = await release_sheet(stage, turn.list, desk, head, sign)
    stage.say("list %(list)s: %(rows)s rows", list=turn.list, rows=len(turn.rows))
    return id_of(entry)


async def _report(stage: Stage, turn: Turn) -> None:
    """Send the EU side's statements since the list before, and store a list's private columns."""
    desk = stage.officials["eu-desk-1"]

    async def keep() -> Submission:
        author = await desk.author(private=True)
        return payloads.columns_kept(author, turn.list, turn.kept)

    async def tell() -> None:
        # One after the other: a link and a statement can be on the same application.
        await _state(stage, f"{turn.list}-links-eu", desk, _links(turn, "eu"), _linked)
        await _state(stage, f"{turn.list}-stated", desk, turn.stated, application_asserted)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(send_private(stage, f"{turn.list}-kept", desk, keep))
        tasks.create_task(tell())


async def _answer(stage: Stage, turn: Turn, batch: EntryId) -> None:
    """Send MOFCOM's statements of applications, and the return sheet of a list."""
    desk, head = stage.officials["cn-desk-1"], stage.officials["cn-head"]
    # Not beside the sheet: what is found in it would change while it is read.
    await _state(stage, f"{turn.list}-acts", desk, turn.acts, application_asserted)

    async def sign() -> Submission:
        return payloads.batch_answered(await desk.author(), batch, turn.answers)

    await release_sheet(stage, f"{turn.list}-answers", desk, head, sign)
    stage.say(
        "return sheet of list %(list)s: %(rows)s rows", list=turn.list, rows=len(turn.answers)
    )


async def _issue(stage: Stage, turn: Turn) -> None:
    """Send MOFCOM's links and licences of a list, whose sheet is stored."""
    desk = stage.officials["cn-desk-1"]
    # One after the other: a link and a licence can be on the same application.
    await _state(stage, f"{turn.list}-links-cn", desk, _links(turn, "cn"), _linked)
    await _state(stage, f"{turn.list}-licences", desk, turn.licences, licence_issued)


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
    """Send many statements, some in each request, unless already sent before an interruption.

    They are on different applications: the node checks some while it stores others. Which request
    comes first in the log is free: within a day, the order of different applications is not the
    seed's.
    """

    async def send(first: int) -> None:
        part = f"{name}-{first}"
        journalled = stage.journal.read(part)
        if journalled is not None and await official.position(id_of(journalled)):
            return
        author = await official.author()
        entries = [build(author, body) for body in bodies[first : first + _TOGETHER]]
        stage.journal.write({part: entries[0]})
        # The EU heard of many days otherwise than CN states them.
        await send_reasoned(official, entries, ask=official.party == "eu")

    async with asyncio.TaskGroup() as tasks:
        for first in range(0, len(bodies), _TOGETHER):
            tasks.create_task(send(first))
