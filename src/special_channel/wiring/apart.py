"""Share link status and alarms between the processes of one node, if its parts run separately.

Unused in a node of one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import structlog

from special_channel.core.bytes.errors import ChannelError
from special_channel.escalation.relay import AlarmRelay
from special_channel.link.status import LinkStatus, StatusRelay
from special_channel.ports import Clock, Sleep
from special_channel.stores.alarms_told import SharedAlarms
from special_channel.stores.link_state import LinkBoard
from special_channel.stores.sessions import Pool
from special_channel.wiring.sources import AlarmBoard

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 5.0


def start_sharing(
    tasks: asyncio.TaskGroup,
    pool: Pool,
    status: LinkStatus,
    alarms: AlarmBoard,
    clock: Clock,
    *,
    keeps_link: bool,
) -> None:
    """Start tasks that exchange link status and alarms with the node's other processes.

    `keeps_link`: this process runs the link, so its status is written instead of read.
    """
    link_status = StatusRelay(status, LinkBoard(pool), clock)
    step = link_status.tell if keeps_link else link_status.hear
    relay = AlarmRelay(SharedAlarms(pool), alarms.own, alarms.take, clock)
    tasks.create_task(repeat(step, asyncio.sleep), name="link-told")
    tasks.create_task(repeat(relay.step, asyncio.sleep), name="alarms-told")


async def repeat(step: Callable[[], Awaitable[None]], sleep: Sleep) -> NoReturn:
    """Run a step every `EVERY_SECONDS` until cancelled; failed steps are logged and repeated."""
    while True:
        try:
            await step()
        except ChannelError as error:
            log.warning("parts.untold", problem=error.code)
        await sleep(EVERY_SECONDS)
