"""Check a sheet waiting for release: counts, changes, and rows to be seen first.

Pure: the record is an argument. Findings never block a release: the second official decides about
every such row after the row was on screen. Does not repeat the checks of a file, done before the
author's signature.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final, Literal

import orjson

from special_channel.core.bytes.ids import Digest
from special_channel.core.entries import ListRow, ReturnRow
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rules.releasing import LINE_STOP
from special_channel.core.sense import findings as sense
from special_channel.desk import answers
from special_channel.desk.amending import AmendedRow
from special_channel.desk.answers import AnswerRecord, PrefilledRow, same_as

VERSION: Final = 7
"""Version of these checks, kept with each release; a change of a check raises it."""

Group = Literal["state", "match", "urgency", "amendment", "release-change"]
"""Vocabulary of a count's code."""

RETURN_CHECKS: Final[Mapping[str, tuple[str, ...]]] = {
    "dates": ("S-009", "S-010", "S-044", "S-045", "S-046", "S-047", "S-049"),
    "states": (
        *("S-001", "S-027", "S-028", "S-030", "S-031", "S-032", "S-033", "S-034", "S-035"),
        *("S-039", "S-048", "S-052", "S-053", "S-054", "S-055", "S-057", "S-059", "S-068"),
        *("S-101",),
    ),
    "papers": ("S-036", "S-037", "S-038", "S-042", "S-043", "S-056"),
    "names": ("S-099",),
}
"""Rules of a return sheet by the check that they belong to; notes are in none."""

LIST_CHECKS: Final[Mapping[str, tuple[str, ...]]] = {
    "list-dates": ("S-009", "S-010", "S-012", "S-016"),
    "list-states": ("S-001", "S-011", "S-018", "S-052", "S-057", "S-061"),
    "list-numbers": ("S-005", "S-006", "S-007", "S-013", "S-014", "S-020", "S-024", "S-025"),
    "list-ranks": ("S-017",),
    "list-columns": ("S-023",),
}
"""The same for a list and its amendments."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason for which a row must be on screen before a release.

    Attributes:
        row: Row number.
        code: `line_stop`, `correction`, or the number of a rule.
        check: Name of the check with the finding; the code of a finding without a check.
        words: The stop date; may be empty.
        sense: The finding of the rule.
    """

    row: int
    code: str
    check: str
    words: str = ""
    sense: sense.Finding | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of rows, by a code of a vocabulary; `newly`: rows that had another state before."""

    group: Group
    code: str
    rows: int
    newly: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet as checked.

    Attributes:
        rows: Number of rows.
        counts: Rows by state, urgency or kind of change, most first.
        changes: Rows by kind of change against the last sheet; empty for an amendment.
        findings: Reasons to see rows, by row.
        passed: Names of checks without a finding.
    """

    rows: int
    counts: tuple[Tally, ...]
    changes: tuple[Tally, ...]
    findings: tuple[Finding, ...]
    passed: tuple[str, ...] = ()

    def look(self) -> tuple[int, ...]:
        """Return the numbers of rows that must be on screen."""
        return tuple(sorted({finding.row for finding in self.findings}))

    def digest(self) -> Digest:
        """Return the SHA-256 of the result, so that another result of the checks is noticed."""
        result = {"version": VERSION, **asdict(self)}
        return sha256(orjson.dumps(result, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def kept(self) -> dict[str, Any]:
        """Return the part of the result that our side stores with a release.

        Words of findings are left out, since words quote texts that can be erased.
        """
        return {
            "version": VERSION,
            "summary": self.digest(),
            "changes": [[each.code, each.rows] for each in self.changes],
            "findings": [[each.row, each.code] for each in self.findings],
        }


def check_answer(
    rows: Sequence[ReturnRow],
    remarks: Mapping[int, str],
    latest: Mapping[int, PrefilledRow],
    record: AnswerRecord,
) -> Checked:
    """Check a return sheet.

    Args:
        rows: The signed rows.
        remarks: Free remarks by row.
        latest: Our side's latest statement of each row.
        record: The list, and the statements about its applications.
    """
    listed = record.listed
    findings = [
        Finding(row.row, LINE_STOP, LINE_STOP, listed[row.row].stop_on)
        for row in rows
        if row.row in listed and _stops(listed[row.row])
    ]
    findings += _corrections(rows)
    findings += _graver(answers.findings(rows, remarks, record), RETURN_CHECKS)
    return _checked(
        len(rows),
        Counter(_state(row.state or "", row.match) for row in rows),
        Counter(_change(row, latest.get(row.row)) for row in rows),
        findings,
        RETURN_CHECKS,
    )


def check_list(
    rows: Sequence[ListRow],
    before: Mapping[str, ListingRow],
    found: Iterable[sense.Finding] = (),
) -> Checked:
    """Check a weekly list.

    Args:
        rows: The signed rows.
        before: Rows of the last list that were not taken off, by application number.
        found: Findings of the rules of plausibility in the rows.
    """
    findings = [
        Finding(row.row, LINE_STOP, LINE_STOP, row.stop_on or "") for row in rows if row.stop_on
    ]
    findings += _corrections(rows)
    findings += _graver(found, LIST_CHECKS)
    changes = Counter(_relisted(row, before.get(row.number)) for row in rows)
    gone = len(before.keys() - {row.number for row in rows})
    if before and gone:
        changes["release-change", "dropped", False] = gone
    urgency = Counter[_Code](("urgency", row.urgency, False) for row in rows)
    return _checked(len(rows), urgency, changes if before else Counter(), findings, LIST_CHECKS)


def check_amendment(lines: Sequence[AmendedRow], found: Iterable[sense.Finding] = ()) -> Checked:
    """Check an amendment of a list: rows before and after, and findings as in `check_list`."""
    findings = [
        Finding(line.row, LINE_STOP, LINE_STOP, line.after[2])
        for line in lines
        if line.after and line.after[0] == LINE_STOP
    ]
    findings += _graver(found, LIST_CHECKS)
    acts = Counter[_Code](("amendment", _act(line), False) for line in lines)
    return _checked(len(lines), acts, Counter(), findings, LIST_CHECKS)


_Code = tuple[Group, str, bool]


def _corrections(rows: Sequence[ListRow | ReturnRow]) -> list[Finding]:
    return [Finding(row.row, "correction", "correction") for row in rows if row.corrects]


def _graver(
    found: Iterable[sense.Finding], checks: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """Yield the findings that a second official must see, with their checks."""
    for each in found:
        if each.grade != "note":
            check = next(name for name, rules in checks.items() if each.rule in rules)
            yield Finding(each.row, each.rule, check, sense=each)


def _checked(
    rows: int,
    counts: Counter[_Code],
    changes: Counter[_Code],
    findings: Iterable[Finding],
    checks: Mapping[str, tuple[str, ...]],
) -> Checked:
    ordered = sorted(findings, key=lambda finding: (finding.row, finding.code))
    found = {finding.code for finding in ordered}
    passed = tuple(name for name, codes in checks.items() if found.isdisjoint(codes))
    return Checked(rows, _tallies(counts), _tallies(changes), tuple(ordered), passed)


def _tallies(counted: Counter[_Code]) -> tuple[Tally, ...]:
    """Return the counts, new states first, the most frequent first."""
    ordered = sorted(counted.items(), key=lambda each: (not each[0][2], -each[1], each[0]))
    return tuple(Tally(group, code, rows, newly) for (group, code, newly), rows in ordered)


def _stops(row: ListingRow) -> bool:
    return row.urgency == LINE_STOP and row.withdrawn < 0


def _state(state: str, match: str) -> _Code:
    return ("state", state, False) if state else ("match", match, False)


def _change(row: ReturnRow, latest: PrefilledRow | None) -> _Code:
    """Return the code of a row's change against our side's latest statement."""
    if latest is None or not latest.fields:
        return "release-change", "first", False
    if same_as(row, latest):
        return "release-change", "same", False
    before = _state(str(latest.fields.get("state", "")), str(latest.fields.get("match", "")))
    now = _state(row.state or "", row.match)
    return (now[0], now[1], True) if now != before else ("release-change", "details", False)


def _relisted(row: ListRow, before: ListingRow | None) -> _Code:
    """Return the code of a row's change against the last list."""
    if before is None:
        return "release-change", "added", False
    if before.urgency != row.urgency:
        return "urgency", row.urgency, True
    return "release-change", "again", False


def _act(line: AmendedRow) -> str:
    if line.before is None:
        return "added"
    return "changed" if line.after else "withdrawn"
