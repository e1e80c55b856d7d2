"""Check signatures in a second process while `verify` judges entries in the main process (ADR 25).

A signature without a positive answer is checked again in the main process, so a faulty checking
process costs time and changes no verdict. Does not judge entries.
"""

# A process, not a thread: both libraries check without Python's lock, but after each check a thread
# waits for that lock, and the judge for the thread.

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

import special_channel
from special_channel.cli.checker import ANSWER, HELLO, encode
from special_channel.core.bytes.checks import Answers, Begin, Check, at_once

START_AFTER: Final = 500
"""Checks in the main process before a second process is started; a smaller bundle needs none."""

UNANSWERED: Final = 2
"""Batches sent and not answered: one in progress, one queued."""

PATIENCE_MS: Final = 5
"""Milliseconds to wait for an answer: about the time to check a batch in the main process."""

MOST_LATE: Final = 3
"""Late answers after which the process is ended, since no core is free for the process."""

_READ_BYTES: Final = 64 * 1024

_SOURCE: Final = str(Path(special_channel.__file__).resolve().parents[1])
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from special_channel.cli.checker import main; main()"
)
"""Program of the process: this source tree, isolated from environment and folder (`-I`)."""


def usable_cores() -> int:
    """Return the number of cores available to this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def checks_on(cores: int) -> Iterator[Begin]:
    """Yield a `Begin` that sends batches to a second process, which ends with the context.

    On one core batches are checked at once.
    """
    if cores == 1:
        yield at_once
        return
    checker = Checker()
    try:
        yield checker.begin
    finally:
        checker.end()


class _Batch:
    """A batch sent to the process; `answers` is None until the process answers."""

    def __init__(self, number: int, size: int) -> None:
        self.number = number
        self.size = size
        self.answers: Sequence[bool] | None = None


class Checker:
    """A process that checks signatures, started after `START_AFTER` checks.

    A process that exits early, answers late `MOST_LATE` times or sends malformed answers is ended
    and not started again.
    """

    def __init__(self, start_after: int = START_AFTER) -> None:
        """Prepare without a process; `start_after`: checks in the main process before its start."""
        self._checks_before = start_after
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._late = 0
        self._numbers = count(HELLO)
        self._hello = _Batch(next(self._numbers), 0)
        self._unanswered = deque([self._hello])
        self._unsent = memoryview(b"")
        self._received = b""

    def begin(self, checks: Sequence[Check]) -> Answers:
        """Send a batch, or check the batch at once while the process is busy; a `Begin`."""
        if not self._is_free():
            self._checks_before -= len(checks)
            return at_once(checks)
        batch = _Batch(next(self._numbers), len(checks))
        self._unanswered.append(batch)
        self._unsent = memoryview(encode(batch.number, checks))
        self._exchange(0)
        return lambda: self._wait(batch)

    def is_ready(self, patience_ms: int = 0) -> bool:
        """Start the process if necessary, and return whether the process is ready for batches."""
        if self._process is None and not self._ended:
            self._start()
        self._exchange(patience_ms)
        return not self._ended and self._hello.answers is not None

    def end(self) -> None:
        """End the process; unanswered checks count as not good."""
        self._ended = True
        self._unanswered.clear()
        process, self._process = self._process, None
        if process is not None:
            with process:  # closes the pipes and waits
                process.kill()

    def _is_free(self) -> bool:
        return (
            self._checks_before <= 0
            and self.is_ready()
            and not self._unsent
            and len(self._unanswered) < UNANSWERED
        )

    def _start(self) -> None:
        try:
            process = subprocess.Popen(  # noqa: S603 - this program, without a shell
                [sys.executable or "", "-I", "-c", _PROGRAM, _SOURCE],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8"},
                cwd="/",
                # ^C at the terminal reaches this process alone, which ends the other one.
                process_group=0,
            )
        except (OSError, subprocess.SubprocessError):
            self.end()
            return
        self._process = process
        for pipe in _pipes(process):
            os.set_blocking(pipe, False)

    def _wait(self, batch: _Batch) -> Sequence[bool]:
        """Return the answers to a batch; after a timeout every check counts as not good."""
        while batch.answers is None and self._exchange(PATIENCE_MS):
            pass
        self._late += batch.answers is None
        if self._late >= MOST_LATE:
            self.end()
        return batch.answers or [False] * batch.size

    def _exchange(self, patience_ms: int) -> bool:
        """Write and read what the pipes allow; return false if nothing moved within the time."""
        if self._process is None:
            return False
        requests, answers = _pipes(self._process)
        events: dict[int, int] = {}
        poll = select.poll()
        poll.register(answers, select.POLLIN)
        if self._unsent:
            poll.register(requests, select.POLLOUT)
        try:
            events = dict(poll.poll(patience_ms))
            if requests in events:
                self._unsent = self._unsent[os.write(requests, self._unsent) :]
            if answers in events and not self._take(os.read(answers, _READ_BYTES)):
                self.end()
        except OSError:  # it ended
            self.end()
        return bool(events)

    def _take(self, data: bytes) -> bool:
        """Take answers, which come in the order of the batches; tell whether they are such."""
        self._received += data
        while self._unanswered and len(self._received) >= ANSWER.size:
            batch = self._unanswered[0]
            end = ANSWER.size + batch.size
            answers = self._received[ANSWER.size : end]
            if ANSWER.unpack_from(self._received) != (batch.number,) or max(answers, default=0) > 1:
                return False
            if len(answers) < batch.size:
                break
            batch.answers = [answer == 1 for answer in answers]
            self._unanswered.popleft()
            self._received = self._received[end:]
        return bool(data) and (bool(self._unanswered) or not self._received)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    assert process.stdin is not None and process.stdout is not None  # noqa: PT018, S101 - own bug: both are pipes
    return process.stdin.fileno(), process.stdout.fileno()
