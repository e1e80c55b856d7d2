"""What the processes of one node tell each other where its parts run apart.

Not used where all parts are one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

import structlog

from special_channel.core.errors import ChannelError
from special_channel.escalation.relay import AlarmRelay
from special_channel.link.status import LinkStatus
from special_channel.link.status_relay import StatusRelay
from special_channel.ports import Clock
from special_channel.ports.mirror import Sleep
from special_channel.stores.alarms_told import PostgresAlarmsTold
from special_channel.stores.link_state import PostgresLinkBoard
from special_channel.stores.sessions import Pool
from special_channel.wiring.sources import AlarmBoard

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 5.0


def start_telling(
    tasks: asyncio.TaskGroup,
    pool: Pool,
    status: LinkStatus,
    alarms: AlarmBoard,
    clock: Clock,
    *,
    keeps_link: bool,
) -> None:
    """Tell and hear how the link stands and which alarms are on, until cancelled."""
    link_status = StatusRelay(status, PostgresLinkBoard(pool), clock)
    step = link_status.tell if keeps_link else link_status.hear
    relay = AlarmRelay(PostgresAlarmsTold(pool), alarms.own, alarms.take, clock)
    tasks.create_task(in_turns(step, asyncio.sleep), name="link-told")
    tasks.create_task(in_turns(relay.step, asyncio.sleep), name="alarms-told")


async def in_turns(step: Callable[[], Awaitable[None]], sleep: Sleep) -> NoReturn:
    """Take a step every few seconds until cancelled; one that fails is taken with the next turn."""
    while True:
        try:
            await step()
        except ChannelError as error:
            log.warning("parts.untold", problem=error.code)
        await sleep(EVERY_SECONDS)
