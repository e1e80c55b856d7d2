"""The order of the year's statements: those on the same application never beside each other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.rows.submission import Submission
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author, Fields
from special_channel.sample import year_loading
from special_channel.sample.sending import id_of
from special_channel.sample.stage import Official, PastClock, Stage
from special_channel.sample.year import Link, Turn
from special_channel.sample.year_plan import YearPlan
from tests.core.calendar_files import both_sides

NUMBERS = [f"FIKTIV-25-{number:07}" for number in range(320)]


class Desk:
    """An official of either side, at a node that takes the longer the more it is sent."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.under_way: list[str] = []
        self.met: set[tuple[str, ...]] = set()
        self.stored: list[str] = []
        self.signed_in = False
        self._signer = KeyFile.make(party, "desk", bytes(range(32)), unit="u", desk="p").signer

    async def sign_in(self) -> None:
        self.signed_in = True

    async def author(self, *, private: bool = False) -> Author:
        log = f"{self.party}-{'private' if private else 'shared'}"
        return Author(self._signer, log, "2025-08-11T09:00:00Z", (), bytes)

    async def asked(self, _entries: Sequence[Submission]) -> Sequence[Fields]:
        return []

    async def all_reasons(self, _given: object) -> Sequence[Submission]:
        return []

    async def send(self, entries: Sequence[Submission], *, private: bool = False) -> list[str]:
        [kind] = {json.loads(dsse.decode(one.envelope).payload)["kind"] for one in entries}
        if not private:
            self.under_way.append(kind)
            self.met.add(tuple(self.under_way))
        for _ in entries:
            await asyncio.sleep(0)
        if not private:
            self.under_way.remove(kind)
            self.stored.append(kind)
        return ["" for _ in entries]

    async def lay_before(self, entry: Submission, _confirmed: Sequence[Submission] = ()) -> EntryId:
        self.stored.append(json.loads(dsse.decode(entry.envelope).payload)["kind"])
        return id_of(entry)

    async def release(self, _draft: EntryId) -> str:
        assert self.signed_in, "while the draft was laid before them"
        return "CN-1"


def _silent(_msgid: str, /, **_facts: str | int) -> None:
    """Show no progress."""


def scene(desk: Desk) -> Stage:
    names = (f"{desk.party}-desk-1", f"{desk.party}-head")
    return Stage(
        {name: cast("Official", desk) for name in names},
        Path(),
        both_sides(),
        lambda: datetime(2025, 8, 11, 9, tzinfo=UTC),
        bytes,
        _silent,
    )


def turn(party: Party) -> Turn:
    """A list with two links and so many statements that they take three requests."""
    said: tuple[Fields, ...] = tuple(
        {"number": number, "state": "returned", "as_of": "2025-08-08", "source": "bureau"}
        for number in NUMBERS
    )
    kept: tuple[Fields, ...] = ({"row": 1, "company": "Fictional Ltd"},)
    answers: tuple[Fields, ...] = ({"row": 1, "number": NUMBERS[0], "match": "found"},)
    links = tuple(Link(party, NUMBERS[n], NUMBERS[n + 1], "refiled") for n in (0, 2))
    days = date(2025, 8, 8), date(2025, 8, 11)
    return Turn("L2025-32", *days, said, (), kept, said, answers, links=links)


async def test_eu_states_links_and_then_the_rest() -> None:
    desk = Desk("eu")
    await year_loading._report(scene(desk), turn("eu"))
    assert desk.stored == ["application.linked", *["application.asserted"] * 3]
    assert not [met for met in desk.met if len(set(met)) > 1], "never beside each other"
    assert ("application.asserted",) * 3 in desk.met, "different applications at once"


async def test_mofcom_states_acts_and_then_the_sheet() -> None:
    desk = Desk("cn")
    await year_loading._answer(scene(desk), turn("cn"), "ab" * 32)
    assert desk.stored == [*["application.asserted"] * 3, "batch.answered"]
    assert not [met for met in desk.met if len(set(met)) > 1], "never beside each other"
    assert ("application.asserted",) * 3 in desk.met, "different applications at once"


async def test_mofcom_states_links_and_then_licences() -> None:
    desk = Desk("cn")
    issued: Fields = {"licence": "FIKTIV-TY-25-0001", "type": "general", "lines": []}
    issued |= {"issued_on": "2025-12-02", "valid_from": "2025-12-02", "valid_to": "2026-12-01"}
    await year_loading._issue(scene(desk), replace(turn("cn"), licences=(issued,)))
    assert desk.stored == ["application.linked", "licence.issued"]
    assert not [met for met in desk.met if len(set(met)) > 1], "never beside each other"


def test_what_mofcom_issues_is_stated_with_the_next_list_and_never_left_out() -> None:
    first = turn("cn")
    second = replace(first, list="L2025-34", closed=date(2025, 8, 22), answered=date(2025, 8, 25))
    loader = year_loading._YearLoader(
        scene(Desk("cn")), cast("PastClock", None), [first, second], YearPlan({}, {}, ())
    )
    assert loader._later == {second.closed: first, second.answered: second}
    assert loader._sheet_sides(second.closed) == ("eu", "cn")
    assert loader._sheet_sides(first.closed) == ("eu",)
