"""Load the sample: sign entries with the demo officials' keys and send them.

The sides take turns, since a reply needs the delivered note. Does not access a store; entries are
dated at loading. Signed entries are journalled before sending, so that an interrupted load skips
entries that a log already contains.
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, peer_of
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.submission import Submission
from special_channel.core.time.calendars import days_between
from special_channel.desk import lists, payloads, returns
from special_channel.desk.payloads import Attachment, Author, Question
from special_channel.desk.questions import by_rule
from special_channel.desk.sheet import Sheet
from special_channel.sample import meeting, permits, story
from special_channel.sample.sending import (
    id_of,
    release_sheet,
    send_private,
    send_reasoned,
    thread_of,
    wait_until_delivered,
    wait_until_mirrored,
)
from special_channel.sample.stage import Official, Stage
from special_channel.sample.story import (
    OWN,
    Facts,
    Pair,
    SampleEntry,
    SampleQuestion,
    SampleThread,
    Story,
    worked,
)

_STATED: Final = frozenset({"first_listed", "as_of", "accepted_on", "decided_on"})
_FORESEEN: Final = frozenset({"stop_on", "stock_out_on", "rank_reason"})
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Positions of loaded entries: by the names of threads.toml, and `list`, `return`."""

    positions: Mapping[str, str]


@dataclass(slots=True)
class _LoadState:
    """State of the load: signed entries and their positions."""

    facts: Facts
    batch: EntryId
    threads: dict[str, str]
    digest: str
    charter: Charter
    ids: dict[str, EntryId] = field(default_factory=dict)
    files: dict[tuple[Party, str], Attachment] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _PlannedEntry:
    """One entry to sign: the opening of a thread, or a later entry."""

    tale: SampleThread
    step: SampleEntry | None

    @property
    def by(self) -> str:
        return self.step.by if self.step else self.tale.by

    @property
    def party(self) -> Party:
        return "eu" if self.by.startswith("eu-") else "cn"

    @property
    def name(self) -> str:
        return self.step.name if self.step else self.tale.name


async def load(stage: Stage) -> Loaded:
    """Load list, return sheet and threads; return after delivery of the last questions.

    Raises:
        ChannelError: A node's refusal; `link-slow` if the link does not deliver.
    """
    tales = story.read(stage.folder / "threads.toml")
    state = await _list(stage, tales)
    await _return(stage, tales, state)
    # Threads with seconds to answer come last, so that their due times are still ahead.
    last = [tale for tale in tales.threads if _has_seconds(state.charter, tale)]
    await _send_threads(stage, state, [tale for tale in tales.threads if tale not in last])
    for piece in (meeting, permits):
        state.positions |= await piece.load(stage, state.facts)
    stage.say("the questions that will fall due")
    await _send_threads(stage, state, last)
    await asyncio.gather(*(wait_until_delivered(stage, party) for party in PARTIES))
    return Loaded(state.positions)


# ---------------------------------------------------------------- list and return sheet


async def _list(stage: Stage, tales: Story) -> _LoadState:
    eu, second = stage.officials["eu-desk-1"], stage.officials["eu-head"]
    digest, charter = await eu.charter()
    sheet = lists.weekly_list(
        (stage.folder / "list-eu.csv").read_bytes(), frozenset(charter.columns)
    ).checked()
    shift = _shift(stage, tales, "eu")
    rows = [shift.row(row) for row in sheet.rows]
    stage.say(
        "list %(list)s: %(rows)s rows, %(columns)s columns stay at home",
        list=sheet.list,
        rows=len(rows),
        columns=len(sheet.columns),
    )

    async def sign() -> Submission:
        return payloads.batch_listed(await eu.author(), sheet.list, rows)

    listed, position = await release_sheet(stage, "list", eu, second, sign)
    await _store_private_columns(stage, "list-columns", eu, sheet, shift)
    numbers = {int(str(row["row"])): str(row["number"]) for row in rows}
    return _LoadState(
        Facts(stage.now().date(), sheet.list, numbers, partial(_both_work, stage)),
        id_of(listed),
        {tale.name: thread_of(stage, tale.name) for tale in tales.threads},
        digest,
        charter,
        positions={"list": position},
    )


async def _return(stage: Stage, tales: Story, state: _LoadState) -> None:
    cn, head = stage.officials["cn-desk-1"], stage.officials["cn-head"]
    await wait_until_mirrored(stage, "eu")
    sheet = returns.return_sheet((stage.folder / "return-cn.csv").read_bytes()).checked()
    shift = _shift(stage, tales, "cn")
    rows = [shift.row(row) for row in sheet.rows]
    stage.say("return sheet: %(rows)s rows", rows=len(rows))

    async def sign() -> Submission:
        return payloads.batch_answered(await cn.author(), state.batch, rows)

    _, state.positions["return"] = await release_sheet(stage, "return", cn, head, sign)
    await _store_private_columns(stage, "return-columns", cn, sheet, shift)
    await wait_until_mirrored(stage, "cn")


async def _store_private_columns(
    stage: Stage, name: str, official: Official, sheet: Sheet, shift: Shift
) -> None:
    async def sign() -> Submission:
        rows = [shift.row(row) for row in sheet.kept]
        return payloads.columns_kept(await official.author(private=True), sheet.list, rows)

    await send_private(stage, name, official, sign)


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves a sheet's dates by some days, so that the sample stays recent."""

    days: int
    works: Callable[[date], bool]

    def row(self, row: payloads.Fields) -> payloads.Fields:
        """Move a row's dates, and count its working days anew."""
        moved = {name: self._value(name, value) for name, value in row.items()}
        accepted, as_of = moved.get("accepted_on"), moved.get("as_of")
        if "days_used" in moved and isinstance(accepted, str) and isinstance(as_of, str):
            first, last = date.fromisoformat(accepted), date.fromisoformat(as_of)
            moved["days_used"] = sum(map(self.works, days_between(first, last)[1:]))
        return moved

    def _value(self, name: str, value: Value) -> Value:
        if isinstance(value, dict):
            return self.row(value)
        if not isinstance(value, str):
            return value
        if name in _STATED:
            # Statements and decisions are dated on working days.
            return worked(self._moved(value), self.works, -1).isoformat()
        if name in _FORESEEN:
            return _ISO_DATE.sub(lambda match: self._moved(match[0]).isoformat(), value)
        return value

    def _moved(self, day: str) -> date:
        return date.fromisoformat(day) + timedelta(days=self.days)


def _shift(stage: Stage, tales: Story, party: Party) -> Shift:
    days = (stage.now().date() - tales.closed_on).days
    return Shift(days, stage.calendars[party].is_working_day)


def _both_work(stage: Stage, day: date) -> bool:
    return all(calendar.is_working_day(day) for calendar in stage.calendars.values())


# ---------------------------------------------------------------- threads


async def _send_threads(stage: Stage, state: _LoadState, tales: Sequence[SampleThread]) -> None:
    waiting = {tale.name: _acts(tale) for tale in tales}
    while any(waiting.values()):
        for party in PARTIES:
            acts = [act for name in waiting for act in _turn(waiting[name], party)]
            if acts:
                stage.say("%(side)s: %(count)s entries", side=party, count=len(acts))
                await _send(stage, state, acts)
                await wait_until_mirrored(stage, party)


def _acts(tale: SampleThread) -> list[_PlannedEntry]:
    return [_PlannedEntry(tale, None), *(_PlannedEntry(tale, step) for step in tale.entries)]


def _turn(acts: list[_PlannedEntry], party: Party) -> list[_PlannedEntry]:
    """Remove and return one side's entries up to the other side's next entry."""
    turn: list[_PlannedEntry] = []
    while acts and acts[0].party == party:
        turn.append(acts.pop(0))
    return turn


async def _send(stage: Stage, state: _LoadState, acts: Sequence[_PlannedEntry]) -> None:
    """Sign one side's turn and send it as one request, then send private notes."""
    authors = {
        name: await stage.officials[name].author() for name in sorted({act.by for act in acts})
    }
    shared = [
        act
        for act in acts
        if (act.step is None or act.step.kind != "internal")
        and not await _is_stored(stage, state, act)
    ]
    entries: dict[str, Submission] = {}
    for act in shared:
        entry = await _entry(stage, state, act, authors[act.by])
        state.ids[act.name] = id_of(entry)
        entries[act.name] = entry
    if entries:
        stage.journal.write(entries)
        positions = await send_reasoned(stage.officials[shared[0].by], list(entries.values()))
        state.positions |= dict(zip(entries, positions, strict=True))
    for act in acts:
        if act.step is not None and act.step.kind == "internal":
            await _send_internal(stage, state, act.tale, act.step)


async def _is_stored(stage: Stage, state: _LoadState, act: _PlannedEntry) -> bool:
    """Tell whether an interrupted load stored this entry; if so, reuse its id and position."""
    entry = stage.journal.read(act.name)
    position = await stage.officials[act.by].position(id_of(entry)) if entry else None
    if entry is None or position is None:
        return False
    state.ids[act.name] = id_of(entry)
    state.positions[act.name] = position
    return True


async def _send_internal(
    stage: Stage, state: _LoadState, tale: SampleThread, step: SampleEntry
) -> None:
    official = stage.officials[step.by]
    lang, _ = OWN[official.party]
    text = state.facts.filled(step.text or "", lang)

    async def sign() -> Submission:
        author = await official.author(private=True)
        return payloads.note_internal(author, state.threads[tale.name], lang, text)

    await send_private(stage, step.name, official, sign)


async def _entry(stage: Stage, state: _LoadState, act: _PlannedEntry, author: Author) -> Submission:
    thread = state.threads[act.tale.name]
    if act.step is None:
        return _opening(state, act.tale, author, act.party)
    match act.step.kind:
        case "acknowledge":
            return payloads.acknowledged(author, (thread, state.ids[act.step.note or ""]))
        case "close":
            return payloads.closed(author, thread, ())
        case "note" | "internal":
            return await _note(stage, state, act.step, author, thread)


def _opening(state: _LoadState, tale: SampleThread, author: Author, party: Party) -> Submission:
    subject = tale.subject.wording(party, state.facts.filled)
    return payloads.thread_opened(
        author,
        payloads.ThreadDraft(
            state.threads[tale.name],
            subject.lang,
            subject.text,
            subject.translation,
            state.batch if tale.on == "list" else "standing",
            tuple(state.facts.numbers[row] for row in tale.rows),
        ),
    )


async def _note(
    stage: Stage, state: _LoadState, step: SampleEntry, author: Author, thread: str
) -> Submission:
    official = stage.officials[step.by]
    pair = Pair(en=step.en or "–", zh=step.zh or "–")
    words = pair.wording(official.party, state.facts.filled)
    draft = payloads.NoteDraft(
        thread,
        words.lang,
        words.text,
        words.translation,
        tuple(_question(stage, state, asked, official.party) for asked in step.questions),
        tuple(_answer(state, answer) for answer in step.answers),
        tuple([await _file(stage, state, official, name) for name in step.files]),
        state.digest,
    )
    return payloads.note_posted(author, draft)


def _question(stage: Stage, state: _LoadState, question: SampleQuestion, party: Party) -> Question:
    lang, translated = OWN[party]
    texts = {"en": question.en, "zh-CN": question.zh}
    who = peer_of(party)
    counted = by_rule(state.charter, question.rule, stage.calendars, who, stage.now())
    return Question(
        state.facts.filled(texts[lang], lang),
        state.facts.filled(texts[translated], translated),
        who,
        counted.due,
        counted.rule,
        counted.calendar,
        counted.provisional,
    )


def _answer(state: _LoadState, text: str) -> tuple[EntryId, tuple[str, ...]]:
    name, _, numbers = text.partition(":")
    return state.ids[name], tuple(numbers.split(","))


async def _file(stage: Stage, state: _LoadState, official: Official, name: str) -> Attachment:
    key = (official.party, name)
    if key not in state.files:
        type_ = mimetypes.guess_type(name)[0] or "application/octet-stream"
        data = (stage.folder / "files" / name).read_bytes()
        state.files[key] = await official.upload(name, type_, data)
    return state.files[key]


def _has_seconds(charter: Charter, tale: SampleThread) -> bool:
    """Tell whether a thread has a question by a reply rule that counts seconds."""
    rules = {rule.rule for rule in charter.reply_rules if rule.seconds}
    return any(question.rule in rules for step in tale.entries for question in step.questions)
