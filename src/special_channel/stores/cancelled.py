"""Detect cancellation of a task that a database driver swallowed."""

from __future__ import annotations

import asyncio


def raise_if_cancelled(before: int = 0) -> None:
    """Raise if this task was cancelled and the driver swallowed the cancellation.

    `before`: the number of earlier cancellations; a failed task group leaves a count behind
    (before Python 3.13).

    Raises:
        CancelledError: The task was cancelled.
    """
    # Redis' driver sends under `asyncio.wait_for`, which before Python 3.12 loses a cancellation
    # in the very step in which the sending ends (CPython gh-86296). PostgreSQL's driver raises an
    # error of its own on cancellation while a connection is lost. Without this check a loop would
    # run for ever and keep its process from stopping.
    if cancellations() > before:
        raise asyncio.CancelledError


def cancellations() -> int:
    """Return how often this task was cancelled."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
