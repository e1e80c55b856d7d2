"""Signature checks on the cores that nothing else uses: what `verify` passes to the verifier.

Both libraries check without Python's lock, so entries are judged meanwhile (ADR 25). Does not
judge.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from special_channel.core.bytes.checks import Answers, Begin, Check, at_once, is_good

MOST: Final = 2
"""Threads at most. Judging takes longer than checking and has one thread, so more would idle."""

THREADS: Final = "signatures"
"""What their names begin with."""


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def checks_on(cores: int) -> Iterator[Begin]:
    """Give a `Begin` whose batches are checked by threads, which end with the context.

    A single core gains nothing by a thread: there a batch is checked at once.
    """
    if cores == 1:
        yield at_once
        return
    with ThreadPoolExecutor(min(cores, MOST), THREADS) as pool:

        def begin(checks: Sequence[Check]) -> Answers:
            return pool.submit(_answers, checks).result

        yield begin


def _answers(checks: Sequence[Check]) -> Sequence[bool]:
    return [is_good(check) for check in checks]
