"""Twenty random causal interleavings through two real nodes give the same state."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import PARTIES
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.acts import Officials
from tests.nodes.whole import assert_equal

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACTS = 14


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cuttable() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder, ("web", "link"), proxied=True) as made:
            yield made


@pytest.mark.parametrize("seed", range(20))
async def test_both_nodes_end_in_one_state_and_views_are_the_fold(
    cuttable: Channel, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - a test's choice
    officials = Officials(cuttable, seed)
    for _ in range(ACTS):
        line = cuttable.lines[rng.choice(PARTIES)]
        rng.choice((line.cut, line.stall, line.heal, line.heal, lambda: None))()
        await officials.act(rng.choice(PARTIES))
    for line in cuttable.lines.values():
        line.heal()
    await cuttable.caught_up()
    await assert_equal(cuttable)
