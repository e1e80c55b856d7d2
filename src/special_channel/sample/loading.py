"""Load the sample: sign it with the demo officials' keys and send it as they would.

The two sides take turns, since a reply can only be written to what has arrived. Does not
touch a store; dates are those of loading. What is signed is written into the journal before it
is sent, so that a load that was interrupted skips what stands in a log already.
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

from special_channel.core.canonical import Value
from special_channel.core.charter import Charter
from special_channel.core.ids import PARTIES, EntryId, Party, peer_of
from special_channel.core.submission import Submission
from special_channel.desk import lists, payloads
from special_channel.desk.lists import Sheet
from special_channel.desk.payloads import Attachment, Author, Question, Translated
from special_channel.desk.questions import by_rule
from special_channel.sample import meeting, permits, story
from special_channel.sample.sending import (
    delivered,
    id_of,
    mirrored,
    released,
    send_private,
    thread_of,
)
from special_channel.sample.stage import Official, Stage
from special_channel.sample.story import Asked, Facts, Pair, Step, Story, Tale, worked

_STATED: Final = frozenset({"first_listed", "as_of", "accepted_on", "decided_on"})
_FORESEEN: Final = frozenset({"stop_on", "stock_out_on", "rank_reason"})
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_OWN: Final[Mapping[Party, tuple[str, str]]] = {"eu": ("en", "zh-CN"), "cn": ("zh-CN", "en")}
"""The language that a side writes in, and that of its courtesy translations."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Positions of what was loaded: by the names of threads.toml, and `list`, `return`."""

    positions: Mapping[str, str]


@dataclass(slots=True)
class _Telling:
    """What has been signed so far."""

    facts: Facts
    batch: EntryId
    threads: dict[str, str]
    digest: str
    charter: Charter
    ids: dict[str, EntryId] = field(default_factory=dict)
    files: dict[tuple[Party, str], Attachment] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Act:
    """One thing to sign: the opening of a tale, or one step of it."""

    tale: Tale
    step: Step | None

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
    """Load list, return sheet and threads; return once the last questions are delivered.

    Raises:
        ChannelError: What a node refuses; `link-slow` if nothing is delivered.
    """
    tales = story.read(stage.folder / "threads.toml")
    telling = await _list(stage, tales)
    await _return(stage, tales, telling)
    last = [tale for tale in tales.threads if _timed(telling.charter, tale)]
    await _tell(stage, telling, [tale for tale in tales.threads if tale not in last])
    for piece in (meeting, permits):
        telling.positions |= await piece.load(stage, telling.facts, partial(mirrored, stage))
    stage.say("the questions that will fall due")
    await _tell(stage, telling, last)
    await asyncio.gather(*(delivered(stage, party) for party in PARTIES))
    return Loaded(telling.positions)


# ---------------------------------------------------------------- list and return sheet


async def _list(stage: Stage, tales: Story) -> _Telling:
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

    listed, position = await released(stage, "list", eu, second, sign)
    await _keep_home(stage, "list-columns", eu, sheet, shift)
    numbers = {int(str(row["row"])): str(row["number"]) for row in rows}
    return _Telling(
        Facts(stage.now().date(), sheet.list, numbers, partial(_both_work, stage)),
        id_of(listed),
        {tale.name: thread_of(stage, tale.name) for tale in tales.threads},
        digest,
        charter,
        positions={"list": position},
    )


async def _return(stage: Stage, tales: Story, telling: _Telling) -> None:
    cn, head = stage.officials["cn-desk-1"], stage.officials["cn-head"]
    await mirrored(stage, "eu")
    sheet = lists.return_sheet((stage.folder / "return-cn.csv").read_bytes()).checked()
    shift = _shift(stage, tales, "cn")
    rows = [shift.row(row) for row in sheet.rows]
    stage.say("return sheet: %(rows)s rows", rows=len(rows))

    async def sign() -> Submission:
        return payloads.batch_answered(await cn.author(), telling.batch, rows)

    _, telling.positions["return"] = await released(stage, "return", cn, head, sign)
    await _keep_home(stage, "return-columns", cn, sheet, shift)
    await mirrored(stage, "cn")


async def _keep_home(
    stage: Stage, name: str, official: Official, sheet: Sheet, shift: Shift
) -> None:
    async def sign() -> Submission:
        rows = [shift.row(row) for row in sheet.kept]
        return payloads.columns_kept(await official.author(private=True), sheet.list, rows)

    await send_private(stage, name, official, sign)


@dataclass(frozen=True, slots=True)
class Shift:
    """By how many days a sheet's dates move, so that the sample never looks old.

    What was stated or decided was so on a day that the side works, or on the one before that is.
    """

    days: int
    works: Callable[[date], bool]

    def row(self, row: payloads.Fields) -> payloads.Fields:
        """Move a row's dates."""
        return {name: self._value(name, value) for name, value in row.items()}

    def _value(self, name: str, value: Value) -> Value:
        if isinstance(value, dict):
            return self.row(value)
        if not isinstance(value, str):
            return value
        if name in _STATED:
            return worked(self._moved(value), self.works, -1).isoformat()
        if name in _FORESEEN:
            return _ISO_DATE.sub(lambda found: self._moved(found[0]).isoformat(), value)
        return value

    def _moved(self, day: str) -> date:
        return date.fromisoformat(day) + timedelta(days=self.days)


def _shift(stage: Stage, tales: Story, party: Party) -> Shift:
    days = (stage.now().date() - tales.closed_on).days
    return Shift(days, stage.calendars[party].is_working_day)


def _both_work(stage: Stage, day: date) -> bool:
    return all(calendar.is_working_day(day) for calendar in stage.calendars.values())


# ---------------------------------------------------------------- threads


async def _tell(stage: Stage, telling: _Telling, tales: Sequence[Tale]) -> None:
    waiting = {tale.name: _acts(tale) for tale in tales}
    while any(waiting.values()):
        for party in PARTIES:
            acts = [act for name in waiting for act in _turn(waiting[name], party)]
            if acts:
                stage.say("%(side)s: %(count)s entries", side=party, count=len(acts))
                await _send(stage, telling, acts)
                await mirrored(stage, party)


def _acts(tale: Tale) -> list[_Act]:
    return [_Act(tale, None), *(_Act(tale, step) for step in tale.entries)]


def _turn(acts: list[_Act], party: Party) -> list[_Act]:
    """Take off what this side can sign before the other has to."""
    taken: list[_Act] = []
    while acts and acts[0].party == party:
        taken.append(acts.pop(0))
    return taken


async def _send(stage: Stage, telling: _Telling, acts: Sequence[_Act]) -> None:
    """Sign one side's turn and send it as one request, then what stays private."""
    authors = {
        name: await stage.officials[name].author() for name in sorted({act.by for act in acts})
    }
    shared = [
        act
        for act in acts
        if (act.step is None or act.step.kind != "internal")
        and not await _stands(stage, telling, act)
    ]
    entries: dict[str, Submission] = {}
    for act in shared:
        entry = await _entry(stage, telling, act, authors[act.by])
        telling.ids[act.name] = id_of(entry)
        entries[act.name] = entry
    if entries:
        stage.journal.write(entries)
        positions = await stage.officials[shared[0].by].send(list(entries.values()))
        telling.positions |= dict(zip(entries, positions, strict=True))
    for act in acts:
        if act.step is not None and act.step.kind == "internal":
            await _send_internal(stage, telling, act.tale, act.step)


async def _stands(stage: Stage, telling: _Telling, act: _Act) -> bool:
    """Tell whether an interrupted load got as far as this act; if so, take up what it made."""
    kept = stage.journal.read(act.name)
    position = await stage.officials[act.by].position(id_of(kept)) if kept else None
    if kept is None or position is None:
        return False
    telling.ids[act.name] = id_of(kept)
    telling.positions[act.name] = position
    return True


async def _send_internal(stage: Stage, telling: _Telling, tale: Tale, step: Step) -> None:
    official = stage.officials[step.by]
    lang = _OWN[official.party][0]
    text = telling.facts.filled(step.text or "", lang)

    async def sign() -> Submission:
        author = await official.author(private=True)
        return payloads.note_internal(author, telling.threads[tale.name], lang, text)

    await send_private(stage, step.name, official, sign)


async def _entry(stage: Stage, telling: _Telling, act: _Act, author: Author) -> Submission:
    thread = telling.threads[act.tale.name]
    if act.step is None:
        return _opening(telling, act.tale, author, act.party)
    match act.step.kind:
        case "acknowledge":
            return payloads.acknowledged(author, thread, telling.ids[act.step.note or ""])
        case "close":
            return payloads.closed(author, thread, ())
        case "note" | "internal":
            return await _note(stage, telling, act.step, author, thread)


def _opening(telling: _Telling, tale: Tale, author: Author, party: Party) -> Submission:
    own, other = _OWN[party]
    return payloads.thread_opened(
        author,
        payloads.ThreadDraft(
            telling.threads[tale.name],
            own,
            _in(telling, tale.subject, own),
            Translated(other, _in(telling, tale.subject, other)),
            telling.batch if tale.on == "list" else "standing",
            tuple(telling.facts.numbers[row] for row in tale.rows),
        ),
    )


async def _note(
    stage: Stage, telling: _Telling, step: Step, author: Author, thread: str
) -> Submission:
    official = stage.officials[step.by]
    own, other = _OWN[official.party]
    words = Pair(en=step.en or "–", zh=step.zh or "–")
    draft = payloads.NoteDraft(
        thread,
        own,
        _in(telling, words, own),
        Translated(other, _in(telling, words, other)),
        tuple(_question(stage, telling, asked, official.party) for asked in step.questions),
        tuple(_answer(telling, each) for each in step.answers),
        tuple([await _file(stage, telling, official, name) for name in step.files]),
        telling.digest,
    )
    return payloads.note_posted(author, draft)


def _question(stage: Stage, telling: _Telling, asked: Asked, party: Party) -> Question:
    own, other = _OWN[party]
    words = Pair(en=asked.en, zh=asked.zh)
    now = stage.now()
    who = peer_of(party)
    counted = by_rule(telling.charter, asked.rule, stage.calendars, who, now)
    return Question(
        _in(telling, words, own),
        _in(telling, words, other),
        who,
        counted.due,
        counted.rule,
        counted.calendar,
        counted.provisional,
    )


def _answer(telling: _Telling, text: str) -> tuple[EntryId, tuple[str, ...]]:
    name, _, numbers = text.partition(":")
    return telling.ids[name], tuple(numbers.split(","))


async def _file(stage: Stage, telling: _Telling, official: Official, name: str) -> Attachment:
    key = (official.party, name)
    if key not in telling.files:
        type_ = mimetypes.guess_type(name)[0] or "application/octet-stream"
        data = (stage.folder / "files" / name).read_bytes()
        telling.files[key] = await official.upload(name, type_, data)
    return telling.files[key]


def _in(telling: _Telling, pair: Pair, lang: str) -> str:
    return telling.facts.filled(pair.en if lang == "en" else pair.zh, lang)


def _timed(charter: Charter, tale: Tale) -> bool:
    """Tell whether a thread asks by a rule that counts seconds: it is told last."""
    rules = {rule.rule for rule in charter.reply_rules if rule.seconds}
    return any(asked.rule in rules for step in tale.entries for asked in step.questions)
