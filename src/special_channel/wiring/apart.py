"""What the processes of one node tell each other where its parts run apart.

Not used where all parts are one process.
"""

from __future__ import annotations

import asyncio

from special_channel.escalation.relay import AlarmRelay
from special_channel.link.status import LinkStatus
from special_channel.link.telling import Telling
from special_channel.ports import Clock
from special_channel.stores.alarms_told import PostgresAlarmsTold
from special_channel.stores.link_state import PostgresLinkBoard
from special_channel.stores.sessions import Pool
from special_channel.wiring.sources import AlarmBoard


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
    telling = Telling(status, PostgresLinkBoard(pool), clock, asyncio.sleep)
    tasks.create_task(telling.run(keeps_link=keeps_link), name="link-told")
    relay = AlarmRelay(PostgresAlarmsTold(pool), alarms.own, alarms.take, clock)
    tasks.create_task(relay.run(asyncio.sleep), name="alarms-told")
