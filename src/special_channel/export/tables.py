"""CSV tables for people: applications, licences, questions, passed due times and keys, all derived.

Does not prove anything: every row names its source entries. Cells are escaped, so that a
spreadsheet reads no formula, and direction marks are shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from special_channel.core.audit.entries import PlacedEntries
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.bytes.scripts import visible
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.questions import Outcome, QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.doubt import KnownDoubts, SignedEntry
from special_channel.core.rules.state import EntryRow, Rows
from special_channel.desk.cells import neutral
from special_channel.export.key_table import KEYS, key_lines
from special_channel.export.spill import rows_of
from special_channel.export.stated_doubt import StatedDoubt, stated_doubt

BOM: Final = b"\xef\xbb\xbf"
"""Byte order mark, without which spreadsheets on Windows misread Chinese."""

NOTICE: Final = (
    "Derived from the entries of this bundle; not evidence.",
    "由本包内的条目推算得出，不是证据。",
)


def tables(
    rows: Rows,
    entries: PlacedEntries,
    effect: Mapping[str, str],
    notice: tuple[str, str] | None = None,
    in_scope: Callable[[Position], bool] = lambda _: True,
) -> dict[str, bytes]:
    """Encode all tables by file name.

    Args:
        rows: Rows folded from the entries.
        entries: The valid entries, and the times of all lines.
        effect: The charter's words, at the foot of every table.
        notice: The notice about damaged entries, in both languages.
        in_scope: Whether the scope includes an entry: of a question its note, and so its answers.
            Other notes are in a bundle only because an entry of the scope names them.
    """
    asks = [row for row in _in_order(rows) if in_scope(row.position)]
    stated = stated_doubt(rows)
    disputed = list(_disputed(rows, stated, in_scope))
    foot = [*([notice] if notice else []), *([(effect["en"], effect["zh"])] if effect else [])]
    return {
        "applications.csv": _csv(_APPLICATIONS, _applications(rows), foot),
        "licences.csv": _csv(_LICENCES, _licences(rows), foot),
        "asks.csv": _csv(_ASKS, _asks(rows, asks), foot),
        "passed.csv": _csv(_PASSED, _passed(asks), foot),
        "keys.csv": _csv(KEYS, key_lines(rows, entries, stated, in_scope), foot),
        # Nearly every record is without doubt, and its bundles are without this table.
        **({"disputed.csv": _csv(_DISPUTED, disputed, foot)} if disputed else {}),
    }


_APPLICATIONS: Final = (
    ("number", "编号"),
    ("eu_state", "欧方所述状态"),
    ("eu_as_of", "欧方截至"),
    ("eu_source", "欧方条目"),
    ("cn_state", "中方所述状态"),
    ("cn_as_of", "中方截至"),
    ("cn_source", "中方条目"),
    ("states_differ", "状态不一致"),
    ("eu_replaced", "欧方已更正条目"),
    ("cn_replaced", "中方已更正条目"),
)
_LICENCES: Final = (
    ("licence", "许可证编号"),
    ("type", "种类"),
    ("issued_on", "签发日期"),
    ("valid_from", "有效期起"),
    ("valid_to", "有效期止"),
    ("ended", "终止方式"),
    ("ended_on", "终止日期"),
    ("code", "管制编码"),
    ("quantity", "许可数量"),
    ("per", "数量期间"),
    ("drawn", "已使用数量（各期合计）"),
    ("unit", "计量单位"),
    ("basis", "数量口径"),
    ("applications", "所列申请"),
    ("customers", "所列客户"),
    ("source", "中方条目"),
    ("draws", "使用数量条目"),
)
_ASKS: Final = (
    ("ask", "问题"),
    ("thread", "事项"),
    ("answering", "答复方"),
    ("asked", "提出时间"),
    ("due", "答复时间"),
    ("agreed", "是否约定"),
    ("outcome", "结果"),
    ("answered", "实际答复时间"),
    ("answer", "答复条目"),
)
_PASSED: Final = (
    ("ask", "问题"),
    ("due", "答复时间"),
    ("fired", "记录时间"),
    ("both_known", "双方记录均已知"),
    ("heard", "对方记录已知至"),
    ("entry", "条目"),
)
_DISPUTED: Final = (
    ("entry", "条目"),
    ("kind", "种类"),
    ("since", "存疑起点"),
    ("word", "确认结果"),
)


_OUTCOMES: Final[Mapping[Outcome, str]] = {
    "unanswered-confirmed": "no-answer-in-either-record",
    "unanswered-unconfirmed": "no-answer-received",
}
"""Table names of outcomes with misleading codes; other outcomes are named as in rule 13."""


def _applications(rows: Rows) -> Iterator[Sequence[object]]:
    for row in sorted(rows_of(rows, ApplicationRow), key=lambda row: row.number):
        cells: list[object] = [row.number]
        sides: tuple[Party, Party] = ("eu", "cn")
        for party in sides:
            state = row.latest(party)
            cells += (
                [state.state, state.as_of, Position(party, state.index)] if state else ["", "", ""]
            )
        eu, cn = row.latest("eu"), row.latest("cn")
        differ = eu is not None and cn is not None and eu.state != cn.state
        replaced = [_replaced(row, party) for party in sides]
        yield [*cells, "yes" if differ else "no", *replaced]


def _replaced(row: ApplicationRow, party: Party) -> str:
    """Name the entries with a side's statements that corrections replace."""
    indices = sorted({index for index, _ in row.replacements(party).by})
    return " ".join(str(Position(party, index)) for index in indices)


def _disputed(
    rows: Rows, stated: StatedDoubt, in_scope: Callable[[Position], bool]
) -> Iterator[Sequence[object]]:
    """Yield a line per entry in doubt or disowned, by log and index (rules.md, K21)."""
    if stated.none:
        return
    signed = (
        SignedEntry(row.id, row.position, row.signers, row.kind)
        for row in rows_of(rows, EntryRow)
        if not row.code and in_scope(row.position)
    )
    known = KnownDoubts.found(stated.doubts, stated.keys, signed, stated.reviews)
    for position in sorted(known.entries, key=lambda at: (at.party != "eu", at.index)):
        each = known.entries[position]
        since = each.doubt.begin(position.party)
        yield [position, each.signed.kind, since or "", each.doubt.word]


def _licences(rows: Rows) -> Iterator[Sequence[object]]:
    """Yield a line per licence and control code, by CN's latest statement.

    Draw-downs count if their unit and basis are the licence's, and no correction replaces them.
    """
    draws = sorted(rows_of(rows, DrawRow), key=lambda draw: draw.index)
    for row in sorted(rows_of(rows, LicenceRow), key=lambda row: row.licence):
        now = row.now
        for line in now.lines:
            allowed = line.counted()
            used = [
                draw
                for draw in draws
                if (draw.licence, draw.code) == (row.licence, line.code)
                and draw.corrected < 0
                and draw.counted().of_one_kind(allowed)
            ]
            left = allowed.less([draw.counted() for draw in used])
            drawn = replace(allowed, millionths=allowed.millionths - left.millionths)
            yield [
                row.licence,
                now.type,
                now.issued_on,
                now.valid_from,
                now.valid_to,
                now.ended.how if now.ended else "",
                now.ended.on if now.ended else "",
                line.code,
                allowed.amount,
                now.per,
                drawn.amount,
                allowed.dimension,
                allowed.basis,
                " ".join(now.applications),
                "; ".join(now.customers),
                Position("cn", now.index),
                " ".join(str(Position("cn", draw.index)) for draw in used),
            ]


def _asks(rows: Rows, asks: Sequence[QuestionRow]) -> Iterator[Sequence[object]]:
    for ask in asks:
        thread = rows.get(("thread", ask.thread))
        answer = ask.answer
        yield [
            _number(ask),
            thread.position if isinstance(thread, ThreadRow) and thread.opened else ask.thread,
            ask.answering.upper(),
            ask.accepted,
            ask.due,
            "yes" if ask.is_agreed else "no",
            _OUTCOMES.get(ask.outcome(), ask.outcome()),
            answer.accepted if answer else "",
            Position(ask.answering, answer.index) if answer else "",
        ]


def _passed(asks: Sequence[QuestionRow]) -> Iterator[Sequence[object]]:
    for ask in asks:
        for fact in ask.passed:
            yield [
                _number(ask),
                fact.due,
                fact.fired,
                "yes" if fact.confirmed else "no",
                Position(ask.answering, fact.heard - 1) if fact.heard else "",
                Position(ask.asker, fact.index),
            ]


def _in_order(rows: Rows) -> list[QuestionRow]:
    return sorted(rows_of(rows, QuestionRow), key=lambda row: (row.asker, row.index, int(row.q)))


def _number(ask: QuestionRow) -> str:
    return f"{ask.position} Q{ask.q}"


def _csv(
    columns: Sequence[tuple[str, str]],
    lines: Iterable[Sequence[object]],
    foot: Sequence[tuple[str, str]],
) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(NOTICE)
    writer.writerow([name for name, _ in columns])
    writer.writerow([chinese for _, chinese in columns])
    for line in lines:
        writer.writerow([_cell(str(cell)) for cell in line])
    for sentence in foot:
        writer.writerow([_cell(words) for words in sentence])
    return BOM + text.getvalue().encode()


def _cell(text: str) -> str:
    return neutral(visible(text))
