"""Sheets and statements of the fictional year can be true, each after all that came before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import ListRow, ReturnRow
from special_channel.core.entries.batches import Assertion, Link
from special_channel.core.entries.permits import Licence
from special_channel.core.rows.application_facts import ListAppearance, MatchFact, NumberLink
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement, ClockFact
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.history import before
from special_channel.core.sense.licences import LicenceAround, licence
from special_channel.core.sense.links import LinkAround, link
from special_channel.core.sense.list_case import ListAround, NumberRecord
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row
from special_channel.core.sense.statements import StatementAround, assertion
from special_channel.desk.columns import cells_of
from special_channel.desk.known_numbers import KnownNumbers
from special_channel.desk.list_checks import ListRecord, list_findings, readable
from special_channel.desk.payloads import Fields
from special_channel.desk.similar import Cells, PastNumbers
from special_channel.sample.year import Link as Linked
from special_channel.sample.year import Turn, turns
from special_channel.wiring.files import calendars

CONFIG: Final = Path(__file__).resolve().parents[2] / "config"
BOTH: Final = calendars(CONFIG / "calendars")
DAYS: Final = WorkingDays(BOTH["cn"])
UNTIL: Final = date(2026, 11, 29)

Grades = dict[str, Counter[str]]


class Record:
    """What both sides stated, by number, as the fold keeps it."""

    def __init__(self) -> None:
        self.rows: dict[str, ApplicationRow] = {}
        self.last: dict[str, ListingRow] = {}
        self.cells: dict[str, Cells] = {}
        self.lists = 0
        self.index = 0

    def row(self, number: str) -> ApplicationRow:
        return self.rows.get(number) or ApplicationRow(number)

    def state(
        self, fields: Mapping[str, Any], source: str, acts: Iterable[Any], party: Party = "cn"
    ) -> None:
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
        row = self.row(fields["number"])
        self.rows[row.number] = (
            replace(row, eu=(*row.eu, said)) if party == "eu" else replace(row, cn=(*row.cn, said))
        )

    def links(self, turn: Turn) -> list[Finding]:
        """Check links between numbers, each after those before."""
        found: list[Finding] = []
        for stated in turn.links:
            body = {"number": stated.number, "former": stated.former, "basis": stated.basis}
            found += link(Link.model_validate(body), LinkAround(stated.by, self.rows))
            self.link(stated)
        return found

    def link(self, stated: Linked) -> None:
        self.index += 1
        fact = NumberLink(stated.by, self.index, "", stated.number, stated.former, stated.basis)
        for number in (stated.number, stated.former):
            row = self.row(number)
            self.rows[number] = replace(row, links=(*row.links, fact))

    def lists_of(self, turn: Turn) -> list[Finding]:
        """Check a list with its own columns, then take it into the record."""
        rows = readable(turn.rows)
        assert len(rows) == len(turn.rows)
        kept = {int(str(each["row"])): cells_of(each) for each in turn.kept}
        numbers = {row.number: self.number(row.number) for row in rows}
        past = PastNumbers(
            KnownNumbers(self.rows),
            {
                number: cells
                for number, cells in self.cells.items()
                if number not in numbers and self.undecided(number)
            },
            frozenset(row.number for row in rows if self.unfound(row.number)),
            {number: cells for number, cells in self.cells.items() if self.row(number).cn},
        )
        around = ListAround(turn.closed, turn.closed, lists=self.lists, days=DAYS)
        found = list_findings(rows, ListRecord(around, numbers, past, kept=kept))
        self.lists += 1
        self.last = {}
        self.cells = {row.number: kept[row.row] for row in rows}
        for row in rows:
            self.listed(row)
        return [*found]

    def listed(self, row: ListRow) -> None:
        self.last[row.number] = ListingRow(
            "", row.row, row.number, row.urgency, row.rank, row.first_listed, row.times_listed,
            row.question or "",
        )  # fmt: skip
        application = self.row(row.number)
        appearance = ListAppearance(self.index, "", row.row)
        listed = (*application.listed, appearance)
        self.rows[row.number] = replace(application, listed=listed)
        self.state({**row.model_dump()}, "list", (), "eu")

    def number(self, number: str) -> NumberRecord:
        row = self.rows.get(number)
        formers = [link.former for link in row.links if link.number == number] if row else []
        listed = any(self.row(each).listed for each in (number, *formers))
        return NumberRecord(row, listed, self.last.get(number))

    def undecided(self, number: str) -> bool:
        last = self.row(number).latest("cn")
        return last is None or not last.decision

    def unfound(self, number: str) -> bool:
        row = self.row(number)
        return bool(row.matches and not row.cn)

    def statement(self, body: Fields, party: Party, turn: Turn) -> tuple[Finding, ...]:
        """Check a statement by either side, on the day of the list or of its answer."""
        on = turn.closed if party == "eu" else turn.answered
        stated = Assertion.model_validate_json(orjson.dumps(body))
        around = StatementAround(party, on, DAYS, self.rows.get(stated.number))
        return assertion(stated, around)

    def licences(self, turn: Turn) -> list[Finding]:
        """Check licences on the day of the answer, with what CN stated before."""
        around = LicenceAround(turn.answered, DAYS, applications=self.rows)
        bodies = [Licence.model_validate_json(orjson.dumps(body)) for body in turn.licences]
        return [finding for body in bodies for finding in licence(body, around)]

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
            self.answer(each)
        return found

    def answer(self, fields: dict[str, Any]) -> None:
        number, accepted = fields["number"], fields.get("accepted_on")
        if fields.get("state"):
            acts = [{"act": "accepted", "on": accepted}] if accepted else []
            self.state(fields, "return-sheet", acts)
        else:
            self.index += 1
            row = self.row(number)
            match = MatchFact(self.index, fields["row"], fields["match"], "")
            self.rows[number] = replace(row, matches=(*row.matches, match))
        self.last[number] = replace(
            self.last[number],
            answered=self.index,
            match=fields["match"],
            state=fields.get("state", ""),
            accepted_on=accepted or "",
            missing=tuple(fields.get("missing", ())),
            remark=fields.get("remark", ""),
        )


@cache
def year() -> tuple[dict[str, Grades], int, int, int]:
    """Check the year's sheets in order; return rules by sheet and grade, and numbers of rows."""
    record, listed, stated, answered = Record(), 0, 0, 0
    rules: dict[str, Grades] = defaultdict(lambda: defaultdict(Counter))
    sides: tuple[Party, Party] = ("eu", "cn")
    for turn in turns(BOTH["eu"], BOTH["cn"], UNTIL):
        linked = record.links(turn)
        rules["link"]["any"].update(each.variant for each in linked)
        for finding in record.lists_of(turn):
            rules["list"][finding.grade][f"{finding.rule} {finding.variant}".strip()] += 1
        for party, bodies in zip(sides, (turn.stated, turn.acts), strict=True):
            for body in bodies:
                stated += 1
                for finding in record.statement(body, party, turn):
                    rules["statement"][finding.grade][finding.rule] += 1
                fields: dict[str, Any] = dict(body)
                record.state(fields, fields["source"], fields["clock"], party)
        for finding in record.licences(turn):
            rules["licence"][finding.grade][finding.rule] += 1
        for finding in record.answers(turn):
            rules["return"][finding.grade][finding.rule] += 1
        listed += len(turn.rows)
        answered += len(turn.answers)
    return rules, listed, stated, answered


DIFFERENT: Final = frozenset({"S-061", "S-063"})
"""Rules of true differences between the sides: their number is no fault of the rules."""


def doubtful(grades: Grades) -> int:
    return sum(count for rule, count in grades["confirm"].items() if rule not in DIFFERENT)


def test_no_return_row_of_the_year_is_refused_and_few_are_to_be_confirmed():
    rules, _, _, rows = year()
    assert rows > 4500
    assert rules["return"]["refuse"] == {}
    assert sum(rules["return"]["confirm"].values()) <= rows / 100, rules["return"]["confirm"]
    # MOFCOM states another end on the day of the one that it expected.
    assert rules["return"]["note"]["S-060"] <= rows / 1000


def test_no_list_row_of_the_year_is_refused_and_few_are_to_be_confirmed():
    rules, rows, _, _ = year()
    assert rows > 4500
    assert rules["list"]["refuse"] == {}
    assert doubtful(rules["list"]) <= rows / 100, rules["list"]["confirm"]


def test_no_statement_of_the_year_is_refused_and_few_are_to_be_confirmed():
    rules, _, statements, _ = year()
    assert statements > 1000
    assert rules["statement"]["refuse"] == {}
    assert doubtful(rules["statement"]) <= statements / 100, rules["statement"]
    # Few acts of the EU's are excluded by a later day of CN's.
    assert rules["statement"]["confirm"]["S-064"] <= statements / 1000


def test_no_link_of_the_year_is_refused_or_to_be_confirmed():
    rules, _, _, _ = year()
    assert sum(len(turn.links) for turn in turns(BOTH["eu"], BOTH["cn"], UNTIL)) > 10
    assert rules["link"]["any"] == {}


def test_no_licence_of_the_year_is_refused():
    rules, _, _, _ = year()
    assert rules["licence"]["refuse"] == {}
    assert rules["licence"]["confirm"] == {}
