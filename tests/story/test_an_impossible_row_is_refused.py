"""A row of a return sheet that cannot be true is refused to its author over the API as well."""

from __future__ import annotations

import pytest

from special_channel.core.bytes.errors import ChannelError
from special_channel.web.http.services import SERVICES
from tests.channel import Channel
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
