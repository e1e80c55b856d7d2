"""Runs a step at intervals, for tasks that look again and again.

Does not back off and does not catch errors of this program: `link/link.py` and the escalation's
worker do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from special_channel.core.bytes.errors import ChannelError
from special_channel.ports import Sleep

log = structlog.get_logger(__name__)


async def repeat(
    step: Callable[[], Awaitable[object]], sleep: Sleep, seconds: float, event: str
) -> NoReturn:
    """Run a step until cancelled, with a pause after each; log an error as `event` and go on."""
    while True:
        try:
            await step()
        except ChannelError as error:
            log.warning(event, problem=error.code)
        await sleep(seconds)
