"""The demonstration's two node processes: started, waited for, stopped.

The nodes end with the demonstration's process, even after SIGKILL. Calls only their health check.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator
from typing import Final

import aiohttp

from special_channel.cli.demo.settings import Plan
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.launcher import processes
from special_channel.launcher.processes import ServerProcess
from special_channel.sample.stage import Progress

START_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
MAX_RESTARTS: Final = 20
"""Restarts of a node before the demonstration gives up."""

_GRACE: Final[processes.Grace] = ((signal.SIGTERM, 20.0),)
"""A node ends its servers in order: PostgreSQL writes its last checkpoint."""


def check_ports(plan: Plan) -> None:
    """Check that the ports are free.

    Raises:
        Unavailable: `port-in-use`.
    """
    for party in PARTIES:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", plan.ports[party]))
            except OSError as error:
                raise Unavailable(
                    "port-in-use", "Something else listens on the port.", port=plan.ports[party]
                ) from error


@contextlib.asynccontextmanager
async def running(plan: Plan, say: Progress) -> AsyncIterator[dict[Party, ServerProcess]]:
    """Run the nodes while the block lasts; yield their processes after the start.

    Raises:
        Unavailable: `node-not-started`, with the last line of the node's log.
    """
    started: dict[Party, ServerProcess] = {}
    try:
        for party in PARTIES:
            started[party] = _start(plan, party)
        await asyncio.gather(*(_ready(plan, party, started[party]) for party in PARTIES))
        for party in PARTIES:
            say("%(side)s serves at %(url)s", side=party, url=plan.url(party))
        yield started
    finally:
        await asyncio.shield(
            asyncio.gather(*(process.stop(_GRACE) for process in started.values()))
        )


async def watch(plan: Plan, started: dict[Party, ServerProcess], say: Progress) -> None:
    """Restart a node after an unexpected end; the record is kept.

    Raises:
        Unavailable: `node-ended` if a node ends `MAX_RESTARTS` times.
    """

    async def keep(party: Party) -> None:
        for _ in range(MAX_RESTARTS):
            await processes.wait_for_end(started[party].pid)
            say("the %(side)s node ended; starting it again", side=party)
            started[party] = _start(plan, party)
            await _ready(plan, party, started[party])
            say("%(side)s serves at %(url)s", side=party, url=plan.url(party))
        await processes.wait_for_end(started[party].pid)
        raise _failed(plan, party, "node-ended")

    async with asyncio.TaskGroup() as tasks:
        for party in PARTIES:
            tasks.create_task(keep(party))


def _start(plan: Plan, party: Party) -> ServerProcess:
    command = (sys.executable, "-m", "special_channel", "serve", "--config")
    return processes.start(
        [*command, plan.folder.settings(party).resolve()],
        log=plan.folder.log(party),
        way=processes.Confinement(),
        at_parent_death=signal.SIGTERM,
    )


async def _ready(plan: Plan, party: Party, process: ServerProcess) -> None:
    async with aiohttp.ClientSession() as http:
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await _answers(http, plan.url(party)):
                    if not process.running:
                        raise _failed(plan, party, "node-not-started")
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise _failed(plan, party, "node-not-started") from None


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/readyz") as response:
            return response.ok
    except aiohttp.ClientError:
        return False


def _failed(plan: Plan, party: Party, code: str) -> Unavailable:
    said = processes.last_line(plan.folder.log(party))[:300]
    return Unavailable(
        code,
        "A node ended or did not start.",
        side=party,
        log=str(plan.folder.log(party)),
        said=said,
    )
