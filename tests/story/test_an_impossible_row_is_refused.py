"""Rows and statements that cannot be true are refused to their author over the API as well."""

from __future__ import annotations

import pytest

from special_channel.core.bytes.errors import ChannelError
from special_channel.desk import lists
from special_channel.desk.payloads import Fields
from special_channel.web.http.services import SERVICES
from tests.channel import Channel
from tests.permits import list_row
from tests.story.sheets import Sheets

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_row_that_cannot_be_true_is_refused_over_the_api(made: Channel) -> None:
    week = Sheets(made, "L2026-49", rows=2)
    await week.clear("eu", await week.lay_list())
    await made.caught_up()
    size = (await made.nodes["cn"].core.record.head("cn")).size
    with pytest.raises(ChannelError) as refused:
        await week.lay_row(match="not_found", state="review", as_of="2026-11-20")
    assert refused.value.code == "answer-impossible"
    assert refused.value.facts["rule"] == "S-027"
    # Nothing is stored and nothing waits; the same row as it can be is laid to release.
    assert (await made.nodes["cn"].core.record.head("cn")).size == size
    waiting = made.nodes["cn"].app[SERVICES].desk.clearances
    assert await waiting.waiting() == []
    await week.lay_row(match="not_found")
    assert len(await waiting.waiting()) == 1


IMPOSSIBLE: list[tuple[list[Fields], str]] = [
    ([{"as_of": "2099-01-01", "state": "review"}], "S-009"),
    ([{}, {"state": "review"}], "S-011"),
    ([{"as_of": "2026-11-20"}], "S-011"),
    ([{}, {"number": "FIKTIV-1"}], "S-005"),
]


@pytest.mark.parametrize(("rows", "rule"), IMPOSSIBLE)
async def test_list_that_cannot_be_true_is_refused(
    made: Channel, rows: list[Fields], rule: str
) -> None:
    week = Sheets(made, "L2026-51")
    waiting = made.nodes["eu"].app[SERVICES].desk.clearances
    before = len(await waiting.waiting())
    with pytest.raises(ChannelError) as refused:
        await week.lay_listed(*rows)
    facts = refused.value.facts
    assert (refused.value.code, facts["rule"], facts["row"]) == ("list-impossible", rule, len(rows))
    assert facts["number"] == rows[-1].get("number", f"FIKTIV-{len(rows)}")
    assert len(await waiting.waiting()) == before


async def test_amendment_that_cannot_be_true_is_refused(made: Channel) -> None:
    week = Sheets(made, "L2026-52", rows=2)
    await week.clear("eu", await week.lay_list())
    standing = lists.weekly_list(week.file("list-eu.csv"), frozenset()).checked().rows
    again = list_row(9, str(standing[0]["number"]))
    for sheet, rule, row in (
        ({"added": [again]}, "S-005", 9),
        ({"added": [list_row(9, "FIKTIV-9", first_listed="2099-01-01")]}, "S-009", 9),
    ):
        with pytest.raises(ChannelError) as refused:
            await week.lay_amended(**sheet)
        facts = refused.value.facts
        assert (refused.value.code, facts["rule"], facts["row"]) == ("list-impossible", rule, row)
    # A row whose number is taken off by the same amendment can be listed again.
    await week.lay_amended(added=[again], withdrawn=[{"row": standing[0]["row"]}])


@pytest.mark.parametrize(
    ("acts", "rule"),
    [
        ({"clock": [{"act": "accepted", "on": "2099-01-01"}]}, "S-009"),
        ({"source": "list"}, "S-065"),
    ],
)
async def test_statement_that_cannot_be_true_is_refused(
    made: Channel, acts: Fields, rule: str
) -> None:
    week = Sheets(made, "")
    size = (await made.nodes["cn"].core.record.head("cn")).size
    with pytest.raises(ChannelError) as refused:
        await week.state(**acts)
    facts = refused.value.facts
    assert (refused.value.code, facts["rule"]) == ("statement-impossible", rule)
    assert facts["number"] == "FIKTIV-1"
    assert str(facts["words"])
    assert (await made.nodes["cn"].core.record.head("cn")).size == size
    await week.state()


async def test_act_that_cannot_follow_is_refused_until_it_can(made: Channel) -> None:
    week = Sheets(made, "")
    with pytest.raises(ChannelError) as refused:
        await week.mark("counted", "2026-11-20")
    assert (refused.value.code, refused.value.facts["rule"]) == ("statement-impossible", "S-067")
    await week.mark("accepted", "2026-11-02")
    with pytest.raises(ChannelError):
        await week.mark("counted", "2026-11-20")
    await week.mark("uncounted", "2026-11-10", basis="test")
    await week.mark("counted", "2026-11-20")


async def test_licence_and_draw_down_that_cannot_be_true_are_refused(made: Channel) -> None:
    week = Sheets(made, "")
    long = {"valid_from": "2026-11-20", "valid_to": "2029-11-21"}
    await week.refuses(week.licence(**long), "licence-impossible", "S-073")
    await week.licence(valid_from="2026-11-20", valid_to="2027-11-19")
    await week.refuses(week.draw("2026-11-19"), "licence-impossible", "S-081")
    await week.draw("2026-11-20")
