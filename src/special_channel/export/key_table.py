"""The table of both sides' keys: whose, for what, from when to when, and the doubt about them.

Made from the shared logs alone, so bundles of both sides have the same rows for the same scope. Has
no names of officials, which no shared log holds. Does not encode cells: `tables.py` does.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.audit.entries import PlacedEntries
from special_channel.core.bytes.ids import KeyId, Party, Position
from special_channel.core.bytes.suites import fingerprint
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rules.doubt import doubt_of, keys_in_doubt
from special_channel.core.rules.state import EntryRow, Rows
from special_channel.export.spill import rows_of
from special_channel.export.stated_doubt import StatedDoubt

KEYS: Final = (
    ("side", "所属方"),
    ("person", "人员编号"),
    ("functions", "职责"),
    ("suite", "签名算法"),
    ("fingerprint", "指纹"),
    ("state", "状态"),
    ("enrolled", "启用条目"),
    ("enrolled_at", "启用时间"),
    ("suspended", "停用条目"),
    ("suspended_at", "停用时间"),
    ("suspended_reason", "停用原因"),
    ("restored", "恢复条目"),
    ("restored_at", "恢复时间"),
    ("ended", "终止条目"),
    ("ended_at", "终止时间"),
    ("ended_reason", "终止原因"),
    ("doubtful_since", "存疑起点"),
    ("doubtful_at", "存疑起点时间"),
    ("signed", "签名条目数"),
    ("disputed", "存疑条目数"),
    ("confirmed", "确认本人签名条目数"),
    ("disowned", "声明非其人员签名条目数"),
)
"""Columns in English and Chinese."""

_COUNTS: Final = ("signed", "disputed", "confirmed", "disowned")


def key_lines(
    rows: Rows, entries: PlacedEntries, stated: StatedDoubt, in_scope: Callable[[Position], bool]
) -> Iterator[Sequence[object]]:
    """Yield a line per key: EU's first, persons by number, then machines and root parts.

    Args:
        rows: Rows folded from the entries.
        entries: The valid entries, which state the reasons, and the times of all lines.
        stated: All keys, and the doubt about them.
        in_scope: Whether an entry is in scope, and so counted.
    """
    counts = _counts(rows, stated, in_scope)
    persons = {(row.party, row.person): row.number for row in rows_of(rows, PersonRow)}
    for row in sorted(stated.keys, key=_order):
        index = _LogIndex(row.party, entries)
        # A suspension that was over before the enrolment is of the person's other keys alone.
        stops = [
            stop for stop in row.stops if stop.restored is None or stop.restored > row.enrolled
        ]
        restored = [stop.restored for stop in stops if stop.restored is not None]
        stopped = [stop.index for stop in stops]
        ended = [] if row.ended is None else [row.ended]
        doubtful = [] if (since := stated.doubts.first(row)) is None else [since]
        yield [
            row.party.upper(),
            row.number or "",
            _functions(row, persons),
            row.suite,
            fingerprint(row.suite, b64decode(row.public)),
            row.now,
            *(index.numbers([row.enrolled]), index.times([row.enrolled])),
            *(index.numbers(stopped), index.times(stopped), index.reasons(stopped)),
            *(index.numbers(restored), index.times(restored)),
            *(index.numbers(ended), index.times(ended), index.reasons(ended)),
            *(index.numbers(doubtful), index.times(doubtful)),
            *(counts[row.key][word] for word in _COUNTS),
        ]


def _order(row: KeyRow) -> tuple[bool, bool, int, str, int, KeyId]:
    return row.party != "eu", bool(row.machine), row.number, row.machine, row.enrolled, row.key


def _counts(
    rows: Rows, stated: StatedDoubt, in_scope: Callable[[Position], bool]
) -> Mapping[KeyId, Counter[str]]:
    """Count the valid entries in scope by signer: all, and those in doubt by word."""
    counts: defaultdict[KeyId, Counter[str]] = defaultdict(Counter)
    for row in rows_of(rows, EntryRow):
        if row.code or not in_scope(row.position):
            continue
        for key in row.signers:
            counts[key]["signed"] += 1
        if stated.none:
            continue
        doubt = doubt_of(row.signers, row.index, stated.doubts, stated.reviews.get(row.id))
        if doubt is not None:
            # Only the keys that cause the doubt: a second signer's key is not in question.
            for key in keys_in_doubt(row.signers, row.index, stated.doubts):
                counts[key][doubt.word] += 1
    return counts


def _functions(row: KeyRow, persons: Mapping[tuple[Party, str], int]) -> str:
    """Return a machine's role, or each function that a person's key could use, with its span."""
    if row.machine:
        return f"{row.machine} {row.home}".rstrip()
    return "; ".join(
        _function(row.party, grant, persons) for grant in row.grants if _could_use(row, grant)
    )


def _function(party: Party, grant: Grant, persons: Mapping[tuple[Party, str], int]) -> str:
    end = "" if grant.end is None else Position(party, grant.end)
    number = persons.get((party, grant.absent))
    absent = f" for {number}" if number else ""
    return f"{grant.role} {grant.desk} {Position(party, grant.start)}..{end}{absent}"


def _could_use(row: KeyRow, grant: Grant) -> bool:
    """Tell whether a key may use a grant (K9) that was in force before the key ended."""
    met = grant.end is None or grant.end > row.enrolled
    return met and (row.ended is None or grant.start < row.ended) and row.may_use(grant)


@dataclass(frozen=True, slots=True)
class _LogIndex:
    """Numbers, times and reasons of a side's entries by index, joined by blanks."""

    party: Party
    entries: PlacedEntries

    def numbers(self, indexes: Sequence[int]) -> str:
        return " ".join(str(Position(self.party, index)) for index in indexes)

    def times(self, indexes: Sequence[int]) -> str:
        return " ".join(self.entries.accepted(Position(self.party, index)) for index in indexes)

    def reasons(self, indexes: Sequence[int]) -> str:
        """Return the reasons that the entries state, omitting those without one."""
        placed = (self.entries.at(Position(self.party, index)) for index in indexes)
        bodies = (each.entry.optional("body", None) for each in placed if each is not None)
        return " ".join(reason for body in bodies if (reason := getattr(body, "reason", "")))
