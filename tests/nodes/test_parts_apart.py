"""A node in separate processes: pages know the state of the link nevertheless.

What is wrong in the process of the link or of the due times is an alarm on the pages, too; and a
port that is taken is named, whichever part was to listen there.
"""

from __future__ import annotations

import socket

import pytest

from special_channel.cli import serving
from special_channel.core.bytes.errors import Unavailable
from special_channel.stores.alarms_told import SharedAlarms
from special_channel.stores.link_state import LinkBoard
from special_channel.web.http.services import SERVICES
from tests import servers
from tests.channel import channel

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.timeout(120)
async def test_pages_apart_from_the_link_do_not_call_it_up_while_it_is_down():
    with servers.open_folder() as folder:
        async with channel(folder, ("web", "link")) as made:
            board = LinkBoard(made.nodes["eu"].core.record.pool)
            await made.stop("cn")

            async def told_down() -> bool:
                told = await board.told()
                return told is not None and told.down_since is not None

            await made.until(told_down)
            told = await board.told()
            assert told is not None
            await made.stop("eu")
            pages = await made.start("eu", ("web",))

            async def heard() -> bool:
                return pages.app[SERVICES].status.link().down_since is not None

            await made.until(heard)
            shown = pages.app[SERVICES].status.link()
            assert told.down_since is not None
            assert (shown.last_heard, shown.gap) == (told.heard, None)
            assert shown.down_since == told.down_since

            other = SharedAlarms(pages.core.record.pool)
            await other.tell(["escalation-unmanned"], pages.core.clock.now())

            async def alarmed() -> bool:
                return "escalation-unmanned" in pages.app[SERVICES].status.alarms()

            await made.until(alarmed)

            await made.stop("eu")
            with (
                socket.create_server(("127.0.0.1", made.ports["eu"])),
                pytest.raises(Unavailable) as refused,
            ):
                await serving.run_node(made.settings("eu"), ("web",))
            assert refused.value.code == "port-in-use"
