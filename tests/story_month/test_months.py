"""Spring Festival, Golden Week, a Friday list, a link cut over a weekend, the year's end.

The whole story is the table in `months.md`, read and approved line by line; its head says how
each line follows. When a line changes, read it again before you take it over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from special_channel.core.bytes.ids import PARTIES
from tests.story_month.telling import Asked, Months, head_of, months

SKEW = {"clock-skew"}
TABLE = Path(__file__).with_name("months.md")
HEAD = (
    "| Brussels | Beijing | what happened, entry, who was told | EU node | CN node |",
    "|---|---|---|---|---|",
)


async def spring_festival(m: Months) -> None:
    await m.until("2026-02-09 10:00", "eu")
    a = await m.ask("asks A, five working days", "eu", "reply-5wd", "A: certificates")
    await m.until("2026-02-10 09:30", "cn")
    body = {"entries": [a.key[0]]}
    await m.do("acknowledges A", "cn", "note.acknowledged", thread=a.thread, body=body)
    await m.until("2026-02-13 16:40", "eu")
    b = await m.ask("asks B on Friday evening", "eu", "reply-5wd", "B: control codes")
    await m.until("2026-02-24 10:00", "cn")
    await m.answer("answers A", "cn", a)
    await m.until("2026-02-27 17:29:59", "cn")
    await m.answer("answers B with a second to spare", "cn", b)


async def golden_week(m: Months) -> None:
    await m.until("2026-09-18 18:05", "eu")
    numbers = ["FIKTIV-26-0009317", "FIKTIV-26-0011845"]
    listed = await m.do(
        "signs the Friday list, released", "eu", "batch.listed", **sheet(m, numbers)
    )
    c = await m.ask(
        "asks C about the list", "eu", "reply-5wd", "C: are these held?", batch=listed.id
    )
    await m.until("2026-09-24 15:00", "cn")
    await m.do("returns the list", "cn", "batch.answered", ref=listed.id, **returned(m, numbers))
    await m.until("2026-09-24 17:29:59", "cn")
    await m.answer("answers C", "cn", c)
    await m.until("2026-09-30 20:00", "cn")
    d = await m.ask("asks D before Golden Week", "eu", "reply-5wd", "D: on-site check")
    await m.until("2026-10-08 10:00", "cn")
    proposal = await m.do(
        "proposes another date for D", "cn", "date.proposed", thread=d.thread, ref=d.key[0],
        body={"q": "1", "due": "2026-10-15T09:30:00Z"},
    )  # fmt: skip
    await m.until("2026-10-08 10:00", "eu")
    f = await m.ask("asks F, two working days", "eu", "reply-2wd", "F: a number")
    await m.until("2026-10-08 11:00", "eu")
    await m.do(
        "agrees", "eu", "deadline.moved", thread=d.thread, ref=d.key[0],
        body={"q": "1", "due": "2026-10-15T09:30:00Z", "basis": "agreed", "proposal": proposal.id},
    )  # fmt: skip
    await m.until("2026-10-10 18:00", "eu")
    await m.do(
        "closes F's thread while an alert waits", "eu", "thread.closed", thread=f.thread,
        body={"asks": [{"id": f.key[0], "q": "1"}]},
    )  # fmt: skip
    await m.until("2026-10-10 19:00", "eu")
    g = await m.ask("asks G on Saturday evening", "eu", "reply-5wd", "G: quantities")
    await m.until("2026-10-12 10:00", "eu")
    await m.do(
        "writes an internal note about D", "eu", "note.internal", thread=d.thread, lang="en",
        words=["Ours alone."],
    )  # fmt: skip
    await m.until("2026-10-14 16:00", "cn")
    e = await m.answer("answers D and asks E back", "cn", d, rule="reply-5wd")
    assert e is not None
    await a_link_cut_over_a_weekend(m, g)
    await m.until("2026-10-21 15:00", "eu")
    await m.answer("answers E", "eu", e)


async def a_link_cut_over_a_weekend(m: Months, g: Asked) -> None:
    await m.until("2026-10-15 17:00", "eu")
    await m.link_down("the link is cut")
    await m.until("2026-10-15 17:05", "eu")
    h = await m.ask("asks H into the cut", "eu", "reply-2wd", "H: a date")
    await m.until("2026-10-16 17:10", "cn")
    await m.answer("answers G into the cut", "cn", g)
    await m.until("2026-10-19 12:00", "eu")
    await m.write("H's date has passed, and H has not arrived")
    await m._states(h)
    await m.until("2026-10-19 14:00", "eu")
    await m.link_up("the link is back")
    await m.until("2026-10-20 10:00", "cn")
    await m.answer("answers H", "cn", h)


async def nine_hours_without_escalation(m: Months) -> None:
    await m.until("2026-10-20 10:00", "eu")
    await m.until("2026-10-21 15:30", "eu")
    k = await m.ask("asks K", "eu", "reply-5wd", "K: remarks")
    await m.until("2026-10-28 07:00", "eu")
    await m.stop("eu")
    await m.until("2026-10-28 16:00", "eu")
    await m.start("eu")
    await m.until("2026-10-29 11:00", "cn")
    await m.answer("answers K", "cn", k)


async def year_end(m: Months) -> None:
    await m.until("2026-12-16 11:00", "cn")
    o = await m.ask("asks M", "cn", "reply-5wd", "M: customs")
    await m.until("2026-12-28 10:00", "eu")
    n = await m.ask("asks N beyond all calendars", "eu", "reply-5wd", "N: renewals")
    await m.until("2027-01-04 10:00", "eu")
    await m.answer("answers M", "eu", o)
    await m.until("2027-01-06 10:00", "eu")
    await m.write("no release for 2027 has come")
    await m._states(n)


def sheet(m: Months, numbers: list[str]) -> dict[str, Any]:
    rows = [
        {
            "row": place,
            "number": number,
            "urgency": "urgent",
            "rank": place,
            "first_listed": "2026-09-18",
            "times_listed": 1,
        }
        for place, number in enumerate(numbers, 1)
    ]
    body = {"list": "L2026-38", "rows": len(rows)}
    return {"body": body, "data": [m.world.data("list", {"rows": rows})], "also": ["head"]}


def returned(m: Months, numbers: list[str]) -> dict[str, Any]:
    rows = [
        {"row": place, "number": number, "match": "found" if place == 1 else "not_found"}
        for place, number in enumerate(numbers, 1)
    ]
    part = m.world.data("return-sheet", {"rows": rows})
    return {"body": {"rows": len(rows)}, "data": [part], "also": ["head"]}


@pytest.mark.timeout(120)
async def test_the_months_are_told_as_approved(fresh_database, redis_url, tmp_path):
    async with months(fresh_database, redis_url, tmp_path) as m:
        await spring_festival(m)
        await golden_week(m)
        await nine_hours_without_escalation(m)
        await year_end(m)
        counted = await m.figures()
        # Jumping clocks look like skew to requests that are under way.
        heard = [
            f"Alarms of {side.upper()}: {', '.join(sorted(set(m.nodes[side].alarms.heard) - SKEW))}"
            for side in PARTIES
        ]
    told = "\n".join([*HEAD, *m.rows, "", *counted, "", *heard, ""])
    (tmp_path / "months.md").write_text(told, encoding="utf-8")
    approved = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
    table = approved[len("\n".join(head_of(approved))) :].lstrip("\n")
    assert told.splitlines() == table.splitlines(), tmp_path / "months.md"
