"""Every line on stderr of a node's process is a JSON object.

The process is a real one, and PostgreSQL and Redis are away for some seconds while notes are sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from special_channel.cli.exits import exit_code
from special_channel.core.bytes.errors import Unavailable
from tests.channel import Channel
from tests.kills.run import as_toml
from tests.nodes.api import Api
from tests.nodes.monitored import Monitored, codes, monitored, until

OUTAGE_SECONDS = 3.0

OTHERS = """
import asyncio, gc, logging, sys, threading, warnings
from special_channel import telemetry

telemetry.configure("info", json_lines=True)

def fails():
    raise ValueError("two\\nlines")

async def forgotten():
    asyncio.get_running_loop().create_task(fails_later())
    await asyncio.sleep(0)
    await asyncio.sleep(0)

async def fails_later():
    fails()

class Ends:
    def __del__(self):
        fails()

logging.getLogger("asyncpg.pool").error("a library says so", exc_info=True)
logging.getLogger("asyncio").warning("two\\nlines")
warnings.warn("take heed", stacklevel=1)
asyncio.run(forgotten()); gc.collect()
thread = threading.Thread(target=fails); thread.start(); thread.join()
Ends()
logging.getLogger("aiohttp.server").error("a name \\udc80 that is not text")
fails()
"""


def lines(text: str) -> list[dict[str, Any]]:
    """Parse each line; the failure shows a line that is not an object."""
    found = []
    for line in text.splitlines():
        try:
            parsed = json.loads(line)
        except ValueError:
            raise AssertionError(line) from None
        assert isinstance(parsed, dict), line
        found.append(parsed)
    return found


def test_lines_of_libraries_warnings_and_faults_are_json():
    done = subprocess.run(
        [sys.executable, "-c", OTHERS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    said = lines(done.stderr)
    assert {"level", "event", "timestamp"} <= set.intersection(*map(set, said))
    events = [each["event"] for each in said]
    assert "a library says so" in events
    assert "two\nlines" in events
    assert any("take heed" in event for event in events)
    traced = [each for each in said if "ValueError: two\nlines" in each.get("exception", "")]
    assert {each["event"] for each in traced} >= {"uncaught", "unraisable"}
    assert sum(each["event"] == "uncaught" for each in traced) == 2, "the thread's, and the last"
    assert any("never retrieved" in event for event in events)


@asynccontextmanager
async def process(node: Monitored, code: int = 0) -> AsyncIterator[Path]:
    """Run the EU node as a process of its own, to this exit code; its stderr is the file."""
    # As in the shipped unit: addresses of servers stand in the environment.
    settings = node.made.settings("eu", database={}, redis={})
    servers = {"database": node.made.more["database"], "redis": node.made.more["redis"]}
    environment = {
        f"SPECIAL_CHANNEL_{section}__{name}".upper(): value
        for section, values in servers.items()
        for name, value in values.items()
    }
    config, said = node.made.folder / "eu.toml", node.made.folder / "eu.stderr"
    config.write_text(as_toml(settings), encoding="utf-8")
    with said.open("wb") as stderr:
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "special_channel", "serve", "--config", str(config)),
            stderr=stderr,
            env=os.environ | environment,
        )
    try:
        yield said
    finally:
        if not code:
            with contextlib.suppress(ProcessLookupError):
                running.send_signal(signal.SIGTERM)
        ended = await running.wait()
    assert ended == code, said.read_text(encoding="utf-8")


async def read_pages(api: Api) -> None:
    """Read until cancelled, ignoring errors."""
    while True:
        with contextlib.suppress(aiohttp.ClientError):
            await api.call("GET", "/api/threads")
            await api.call("GET", "/inbox")
        await asyncio.sleep(0.01)


async def write_notes(made: Channel, thread: str) -> None:
    """Write on the other side until cancelled: the process under test mirrors it."""
    while True:
        await made.note("cn", thread)


@pytest.mark.timeout(180)
async def test_lines_of_an_outage_under_load_are_json():
    async with monitored() as node:
        made = node.made
        thread = await made.open_thread("cn")
        await made.caught_up()
        await made.stop("eu")
        async with process(node) as said:
            url = made.settings("eu").node.url

            async def ready() -> tuple[int, dict[str, Any]]:
                with contextlib.suppress(aiohttp.ClientConnectorError):
                    async with node.http.get(f"{url}/readyz") as response:
                        return response.status, await response.json()
                return 0, {}

            await until(ready, lambda answer: answer[0] == 200)
            api = await Api(node.http, url).sign_in(made.officials["eu", "desk", 1].signer)
            async with asyncio.TaskGroup() as tasks:
                load = [tasks.create_task(read_pages(api)) for _ in range(4)]
                load.append(tasks.create_task(write_notes(made, thread)))
                await node.own.postgres.stop()
                await node.own.redis.stop()
                # A commit that the outage cut comes first.
                await until(
                    ready, lambda told: told[0] == 503 and "database-unavailable" in codes(told[1])
                )
                await asyncio.sleep(OUTAGE_SECONDS)  # what is tried again meanwhile says so
                await node.own.redis.start()
                await node.own.postgres.start()
                await until(ready, lambda answer: answer[0] == 200)
                for each in load:
                    each.cancel()
        written = lines(said.read_text(encoding="utf-8"))
        told = [each["code"] for each in written if each["event"] == "alarm"]
        assert told.count("database-unavailable") == 1, "one outage is one line"
        await ends_in_json(node)
        await made.start("eu")


async def ends_in_json(node: Monitored) -> None:
    """An error at start is a line of the same form."""
    made = node.made
    with socket.create_server(("127.0.0.1", made.ports["eu"])):
        async with process(node, exit_code(Unavailable(""))) as said:
            pass
    assert lines(said.read_text(encoding="utf-8"))[-1]["code"] == "port-in-use"


def test_lines_of_a_node_are_no_output_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A node of the tests' process logs while a test reads the JSON that a command printed."""
    structlog.get_logger(__name__).warning("link.down")
    assert capsys.readouterr() == ("", "")
