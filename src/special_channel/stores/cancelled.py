"""Whether a task was cancelled, where a driver does not pass that on."""

from __future__ import annotations

import asyncio


def still_wanted(before: int = 0) -> None:
    """End here if this task was cancelled and the driver did not pass that on.

    Redis' driver sends under `asyncio.wait_for`, which before Python 3.12 loses a cancellation
    that comes in the very step in which the sending ends (CPython gh-86296). PostgreSQL's raises
    an error of its own if one comes while a connection is lost. A loop would then run for ever
    and keep its process from stopping. `before`: how often it had been cancelled earlier; a task
    group that failed leaves a count behind (before Python 3.13).

    Raises:
        CancelledError: The task was cancelled.
    """
    if cancellations() > before:
        raise asyncio.CancelledError


def cancellations() -> int:
    """Return how often this task was cancelled."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
