"""`special-channel serve`, `web`, `link`, `escalate`: run a node, whole or in parts.

SIGINT and SIGTERM stop the node cleanly, with exit code 0. Does not assemble a node: wiring does.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog
import uvloop
from click.exceptions import Exit

from special_channel import telemetry
from special_channel.cli import options
from special_channel.cli.command import Command, command, repeated
from special_channel.cli.exits import exit_code
from special_channel.config import Settings, load
from special_channel.core.bytes.errors import ChannelError, Malformed, Unavailable
from special_channel.wiring.node import PARTS
from special_channel.wiring.serving import serve as serve_node

log = structlog.get_logger(__name__)

# Python's default, 5 ms, would stall threads that verify signatures while the loop runs.
SWITCH_SECONDS: Final = 0.0005
"""Seconds a thread waits before a request for Python's global lock."""

# Python's default, 700 objects, is some thirty entries. `settle` freezes the objects of the start.
COLLECT_AFTER: Final = (20_000, 20, 50)
"""Thresholds of the three garbage collector generations: objects, then collections."""


@command()
@options.CONFIG
@repeated("--part", "Run this part: web, link or escalate. Repeat it; without it, all run.", "name")
def serve(*, config: Path, part: tuple[str, ...]) -> None:
    """Run a node: all its parts in one process, or those named."""
    _serve(config, part or PARTS)


def _alone(part: str, text: str) -> Command:
    return command(help=text)(options.CONFIG(lambda config: _serve(config, (part,))))


web = _alone("web", "Run a node's pages and API alone.")
link = _alone("link", "Run a node's link alone.")
escalate = _alone("escalate", "Run a node's due times and alerts alone.")


def _serve(config: Path, parts: tuple[str, ...]) -> None:
    for part in parts:
        if part not in PARTS:
            raise Malformed("part-unknown", "A part is web, link or escalate.", part=part)
    settings = load(config)
    telemetry.configure(settings.telemetry.level, json_lines=settings.telemetry.json_lines)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        run_until_signal(lambda: run_node(settings, parts))
    except ChannelError as error:
        if not settings.telemetry.json_lines:
            raise
        # A collector reads this stream: its last line has the form of all others.
        log.critical("ended", code=error.code, detail=error.detail, facts=error.facts)
        raise Exit(exit_code(error)) from error


async def run_node(settings: Settings, parts: tuple[str, ...]) -> None:
    """Run a node, or parts of a node, until cancelled.

    Raises:
        ChannelError: If the node can't start or must stop; `port-in-use`.
    """

    def started(port: int) -> None:
        settle()
        log.info("ready", party=settings.node.party, port=port, parts=",".join(parts))

    try:
        await serve_node(settings, parts, started)
    except OSError as error:
        raise port_error(error, settings.node.port) from error


def settle() -> None:
    """Freeze the objects of the start and collect garbage less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def port_error(error: OSError, port: int) -> Exception:
    """Return the error for a failed listen."""
    if error.errno == errno.EADDRINUSE:
        return Unavailable("port-in-use", "Something else listens on the port.", port=port)
    return error


def run_until_signal(work: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine to its end, or cancel on SIGINT or SIGTERM."""
    uvloop.run(_until_signal(work))


async def _until_signal(work: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    asked = False

    def stop() -> None:
        nonlocal asked
        # Once: a second signal must not interrupt the orderly end that the first began.
        if not asked and main is not None:
            asked = True
            main.cancel()

    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop)
    try:
        await work()
    except asyncio.CancelledError:
        if not asked:
            raise
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)
