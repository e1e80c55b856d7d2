"""MOFCOM's return sheets of the fictional year can be true, each after all that came before."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from special_channel.core.entries import ReturnRow
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement, ClockFact
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.history import before
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row
from special_channel.sample.year import Turn, turns
from special_channel.wiring.files import calendars

CONFIG: Final = Path(__file__).resolve().parents[2] / "config"
BOTH: Final = calendars(CONFIG / "calendars")
DAYS: Final = WorkingDays(BOTH["cn"])


class Record:
    """What MOFCOM stated, by number, as the fold keeps it."""

    def __init__(self) -> None:
        self.rows: dict[str, ApplicationRow] = {}
        self.index = 0

    def state(self, fields: dict[str, Any], source: str, acts: list[dict[str, Any]]) -> None:
        self.index += 1
        clock = tuple(
            ClockFact(
                each["act"], each["on"], each.get("basis", ""), each.get("expected_until", "")
            )
            for each in acts
        )
        said = AssertedStatement(
            fields["state"],
            fields["as_of"],
            source,
            clock,
            fields.get("decision", ""),
            fields.get("decided_on", ""),
            index=self.index,
            id=f"{self.index:064x}",
        )
        number = fields["number"]
        row = self.rows.get(number) or ApplicationRow(number)
        self.rows[number] = replace(row, cn=(*row.cn, said))

    def answers(self, turn: Turn) -> list[Finding]:
        """Check a return sheet, then take it into the record."""
        asked = {str(row["number"]): str(row.get("question", "")) for row in turn.rows}
        fields: list[dict[str, Any]] = [dict(row) for row in turn.answers]
        found: list[Finding] = []
        for each in fields:
            row = ReturnRow.model_validate_json(orjson.dumps(each))
            own = before(self.rows.get(row.number), "cn")
            found += return_row(row, Around(turn.answered, DAYS, own, asked.get(row.number, "")))
        for each in fields:
            accepted = each.get("accepted_on")
            acts = [{"act": "accepted", "on": accepted}] if accepted else []
            if each.get("state"):
                self.state(each, "return-sheet", acts)
        return found


def test_no_row_of_the_year_is_refused_and_few_are_to_be_confirmed():
    record, rows = Record(), 0
    rules: dict[str, Counter[str]] = defaultdict(Counter)
    for turn in turns(BOTH["eu"], BOTH["cn"]):
        for act in turn.acts:
            fields: dict[str, Any] = dict(act)
            record.state(fields, fields["source"], fields["clock"])
        rows += len(turn.answers)
        for finding in record.answers(turn):
            rules[finding.grade][finding.rule] += 1
    assert rows > 5000
    assert rules["refuse"] == {}
    assert sum(rules["confirm"].values()) <= rows / 100, rules["confirm"]
