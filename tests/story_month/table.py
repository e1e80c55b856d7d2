"""The table of the months: each fact once, then the words of both nodes' pages.

Does not let time pass and does nothing to the record, but for what looking at pages leaves.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any

from special_channel.channels.alerts import LATE, Alert
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import instant
from special_channel.core.entries import parse
from special_channel.core.numbers.figures import Mean, case_of, figures
from special_channel.core.rows.questions import QuestionRow
from special_channel.escalation.alert_factory import read
from special_channel.stores.figures import FigureQueries
from special_channel.stores.work import QuestionKey
from tests.escalation.bureau import ZONES, Bureau
from tests.link.nodes import Node
from tests.web.pages_node import PagesNode
from tests.world import World

PLACES: dict[Party, str] = {"eu": "Brussels", "cn": "Beijing"}


@dataclass
class Asked:
    """A question of the story."""

    key: QuestionKey
    thread: str
    number: str


@dataclass
class Table:
    """Both nodes, with the table of their facts."""

    world: World
    nodes: dict[Party, Node]
    pages: dict[Party, PagesNode] = field(default_factory=dict)
    bureaus: dict[Party, Bureau] = field(default_factory=dict)
    asks: dict[QuestionKey, Asked] = field(default_factory=dict)
    stopped: set[Party] = field(default_factory=set)
    rows: list[str] = field(default_factory=list)
    _known: dict[tuple[Party, str], int] = field(default_factory=dict)
    _held: set[str] = field(default_factory=set)
    _link: AsyncExitStack | None = None

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.clock.seconds, UTC)

    async def write(self, what: str) -> None:
        """Add facts that are new since the last call."""
        facts: list[tuple[str, QuestionKey | None]] = [(what, None)] if what else []
        for side in PARTIES:
            for log in (side, "private"):
                facts += await self._new(side, log)
            facts += await self._kept_back(side)
        touched = dict.fromkeys(key for _, key in facts if key in self.asks)
        for text, _ in facts:
            if text:
                self._row(text)
        for key in touched:
            if key is not None:
                await self._states(self.asks[key])

    def _row(self, text: str, states: tuple[str, str] = ("", "")) -> None:
        times = (f"{self.now.astimezone(ZONES[side]):%a %d %b %H:%M:%S}" for side in PARTIES)
        self.rows.append("| " + " | ".join([*times, text, *states]) + " |")

    async def _new(self, side: Party, log: str) -> list[tuple[str, QuestionKey | None]]:
        record = self.nodes[side].record
        first = self._known.get((side, log), 0)
        entries = await record.entries(log, first, 1000)  # type: ignore[arg-type]
        self._known[side, log] = first + len(entries)
        found = []
        for stored in entries:
            entry = parse(dsse.decode(stored.envelope).payload)
            if entry.kind == "access.read":
                continue  # the table's own looking at pages
            # Private entries are not numbered here: looking at pages takes numbers, too.
            number = f"{log.upper()}-{stored.index}" if log == side else f"{side.upper()} private"
            text, keys = await self._said(side, stored.id, entry)
            found.append((f"{number} `{entry.kind}` {text}".rstrip(), keys[0] if keys else None))
            found += [("", key) for key in keys[1:]]
        return [(text, key) for text, key in found if text or key]

    async def _said(self, side: Party, id_: str, entry: Any) -> tuple[str, list[QuestionKey]]:
        """An entry in a few words, and its questions."""
        body = entry.body
        keys: list[QuestionKey] = []
        text = ""
        match entry.kind:
            case "note.posted":
                keys = [(one.id, q) for one in entry.answers for q in one.numbers()]
                words = [f"answers {self.asks[key].number}" for key in keys if key in self.asks]
                words += [f"asks, due {self._due(ask)}" for ask in entry.asks]
                text = "; ".join(words)
                keys += [key for key in self.asks if key[0] == id_]
            case "deadline.passed":
                keys = [(entry.ref, body.q)]
                text = f"{self.asks[keys[0]].number}: fired {self._clock(body.fired)}"
            case "deadline.moved" | "date.proposed":
                keys = [(entry.ref, body.q)]
                basis = getattr(body, "basis", "to")
                text = f"{self.asks[keys[0]].number}: {basis}, {self._due(body)}"
            case "escalation.raised":
                keys = [(body.id, body.q)]
                number = self.asks[keys[0]].number
                text = f"{number}: step {body.step}, {body.role}, {body.known}"
            case "alert.sent":
                text = await self._alert(side, body)
            case "note.acknowledged":
                keys = [key for key in self.asks if key[0] in body.entries]
            case "thread.closed":
                keys = [(one.id, one.q) for one in body.asks]
            case _:
                pass  # it is about no question
        return text, keys

    async def _alert(self, side: Party, body: Any) -> str:
        row = await self.nodes[side].record.pool.fetchrow(
            "SELECT note, q, step, recipient, document FROM work.outbox WHERE id = $1", body.alert
        )
        assert row is not None
        key = (row["note"], row["q"])
        told, alert = row["recipient"].partition("@")[0], read(Alert, row["document"])
        late = alert.at - alert.planned
        mark = f", {late} late" if late >= LATE else ""
        return f"{self.asks[key].number}: step {row['step']} to {told}: {body.state}{mark}"

    async def _kept_back(self, side: Party) -> list[tuple[str, QuestionKey | None]]:
        rows = await self.nodes[side].record.pool.fetch(
            "SELECT id, note, q, step, recipient, not_before FROM work.outbox"
            " WHERE state = 'waiting' AND not_before > $1 ORDER BY step, recipient",
            self.now,
        )
        found: list[tuple[str, QuestionKey | None]] = []
        for row in rows:
            if row["id"] not in self._held:
                self._held.add(row["id"])
                key = (row["note"], row["q"])
                told, at = row["recipient"].partition("@")[0], row["not_before"]
                when = f"{at.astimezone(ZONES[side]):%a %d %b %H:%M}"
                number = self.asks[key].number
                text = f"{number}: step {row['step']} to {told} waits until {when} {PLACES[side]}"
                found.append((f"{side.upper()} outbox {text}", None))
        return found

    async def _states(self, asked: Asked) -> None:
        """Add the words of both nodes' pages about a question."""
        said = []
        for side in PARTIES:
            words = await self.page_says(side, asked)
            row = await self._askrow(side, asked)
            said.append("not here" if row is None else f"{row.outcome()}: {words}")
        self._row(asked.number, (said[0], said[1]))

    async def _askrow(self, side: Party, asked: Asked) -> QuestionRow | None:
        rows = await self.bureaus[side].house.stores.asks.get([asked.key])
        return rows[0] if rows else None

    async def figures(self) -> list[str]:
        """Both sides' figures, which are equal on both nodes."""
        counted = []
        for node in self.nodes.values():
            found = await FigureQueries(node.record.pool).asked(None, None)
            cases = [case_of(*row) for row in found.rows]
            counted.append([figures(cases, side, self.now) for side in PARTIES])
        assert counted[0] == counted[1]
        said = []
        for side in counted[0]:
            apart = ", ".join(f"{name} {count}" for name, count in side.apart)
            said.append(f"{side.answering.upper()} answers {side.asks} asks; apart: {apart}")
            for each in side.measures:
                value = each.value
                of = value.whole if isinstance(value, Mean) else f"{value.part} of {value.whole}"
                tenths = "-" if value.tenths is None else f"{value.tenths / 10:.1f}"
                said.append(f"- {each.name}: {tenths} ({of}; undecided {each.undecided})")
        return said

    async def page_says(self, side: Party, asked: Asked) -> str:
        """The words of a side's thread page about a question."""
        lang = "en" if side == "eu" else "zh-CN"
        row = await self.nodes[side].record.pool.fetchrow(
            "SELECT party, idx FROM record.threads WHERE key = $1", asked.thread
        )
        if row is None:
            return ""
        path = f"/threads/{row['party'].upper()}-{row['idx']}"
        shown = await self.pages[side].get(path, lang=lang)
        assert shown.status == 200
        for item in re.findall(r'(?s)<li class="ask".*?</li>', shown.html):
            if f'<span class="q">{asked.number}</span>' in item:
                state = re.findall(r"(?s)<small>(.*?)</small>", item)[:1]
                state += re.findall(r"(?s)<span data-ask-state>(.*?)</span></li>", item)
                words = re.findall(r'(?s)<p class="said">(.*?)</p>', item)
                said = [" ".join(_plain(each).split()) for each in (*state, *words)]
                return " · ".join(said)
        return "?"

    def _due(self, ask: Any) -> str:
        at = instant(ask.due)
        both = " / ".join(f"{at.astimezone(ZONES[side]):%a %d %b %H:%M}" for side in PARTIES)
        return both + (" (provisional)" if getattr(ask, "provisional", False) else "")

    def _clock(self, stamp: str) -> str:
        return f"{instant(stamp).astimezone(ZONES['eu']):%H:%M:%S} Brussels"


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))
