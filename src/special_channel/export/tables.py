"""CSV tables for people: applications, asks, due times that passed. Derived, and they say so.

Does not prove anything: every row names the entries it comes from. A cell that a
spreadsheet would take for a formula is made text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

from special_channel.core.applications import ApplicationRow
from special_channel.core.asks import AskRow
from special_channel.core.ids import Party, Position
from special_channel.core.state import Row, Rows
from special_channel.core.threads import ThreadRow
from special_channel.desk.cells import neutral

BOM: Final = b"\xef\xbb\xbf"
"""Without it, spreadsheet programs on Windows read Chinese as another encoding."""

NOTICE: Final = (
    "Derived from the entries of this bundle; not evidence.",
    "由本包内的条目推算得出，不是证据。",
)

_R = TypeVar("_R")


def tables(rows: Rows) -> dict[str, bytes]:
    """Return all tables by file name."""
    return {
        "applications.csv": _csv(_APPLICATIONS, _applications(rows)),
        "asks.csv": _csv(_ASKS, _asks(rows)),
        "passed.csv": _csv(_PASSED, _passed(rows)),
    }


_APPLICATIONS: Final = (
    ("number", "编号"),
    ("eu_state", "欧方所述状态"),
    ("eu_as_of", "欧方截至"),
    ("eu_source", "欧方条目"),
    ("cn_state", "中方所述状态"),
    ("cn_as_of", "中方截至"),
    ("cn_source", "中方条目"),
    ("differs", "不一致"),
)
_ASKS: Final = (
    ("ask", "问题"),
    ("thread", "事项"),
    ("answering", "答复方"),
    ("asked", "提出时间"),
    ("due", "期限"),
    ("outcome", "结果"),
    ("answered", "答复时间"),
    ("answer", "答复条目"),
)
_PASSED: Final = (
    ("ask", "问题"),
    ("due", "期限"),
    ("fired", "记录时间"),
    ("confirmed", "对方已确认"),
    ("heard", "已收到对方记录至"),
    ("entry", "条目"),
)


def _applications(rows: Rows) -> Iterator[Sequence[object]]:
    for row in sorted(_of(rows, ApplicationRow), key=lambda row: row.number):
        cells: list[object] = [row.number]
        sides: tuple[Party, Party] = ("eu", "cn")
        for party in sides:
            said = row.latest(party)
            cells += [said.state, said.as_of, Position(party, said.index)] if said else ["", "", ""]
        yield [*cells, "yes" if row.differs() else "no"]


def _asks(rows: Rows) -> Iterator[Sequence[object]]:
    for ask in _in_order(rows):
        thread = rows.get(("thread", ask.thread))
        answer = ask.answers[0] if ask.answers else None
        yield [
            _number(ask),
            thread.position if isinstance(thread, ThreadRow) and thread.opened else ask.thread,
            ask.answering.upper(),
            ask.accepted,
            ask.due,
            ask.outcome(),
            answer.accepted if answer else "",
            Position(ask.answering, answer.index) if answer else "",
        ]


def _passed(rows: Rows) -> Iterator[Sequence[object]]:
    for ask in _in_order(rows):
        for fact in ask.passed:
            yield [
                _number(ask),
                fact.due,
                fact.fired,
                "yes" if fact.confirmed else "no",
                Position(ask.answering, fact.heard - 1) if fact.heard else "",
                Position(ask.asker, fact.index),
            ]


def _in_order(rows: Rows) -> list[AskRow]:
    return sorted(_of(rows, AskRow), key=lambda row: (row.asker, row.index, int(row.q)))


def _number(ask: AskRow) -> str:
    return f"{ask.position} Q{ask.q}"


def _of(rows: Rows, kind: type[_R]) -> list[_R]:
    values: Iterable[Row] = rows.values()
    return [row for row in values if isinstance(row, kind)]


def _csv(columns: Sequence[tuple[str, str]], lines: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(NOTICE)
    writer.writerow([name for name, _ in columns])
    writer.writerow([chinese for _, chinese in columns])
    for line in lines:
        writer.writerow([neutral(str(cell)) for cell in line])
    return BOM + text.getvalue().encode()
