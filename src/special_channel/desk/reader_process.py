"""The process that reads one file that a person sent: within limits, and then it ends.

Bytes in on stdin, one JSON object out on stdout, nothing else: `{"ok": …}` what the job found,
`{"refused": …}` what is wrong with the file, `{"fault": …}` what is wrong here. The limits come
before the first byte is read. Imports little, since each file pays for it (50 ms of computing
time). Does not log: what a traceback quotes would be the file's.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import orjson

from special_channel.core.errors import Malformed

JOBS: Final = {"table": "special_channel.desk.tables:job"}
"""Name → function that takes bytes and returns what JSON can hold; imported when asked for."""

FAULT_STATUS: Final = 70
"""Exit status of a reader that could not do its work: sysexits.h, EX_SOFTWARE."""

MEMORY: Final = "memory"
OPEN_FILES: Final = 64


def main(job: str, cpu_seconds: int, memory_bytes: int, wall_seconds: int) -> int:
    """Read stdin, do the job, write the result; return the exit status."""
    try:
        confine(cpu_seconds, memory_bytes, wall_seconds)
        result: dict[str, Any] = {"ok": _function(JOBS[job])(sys.stdin.buffer.read())}
    except Malformed as error:
        result = {"refused": {"code": error.code, "detail": error.detail, "facts": error.facts}}
    except MemoryError:
        result = {"stopped": MEMORY}
    except Exception as error:  # noqa: BLE001 - the name alone leaves: no content
        result = {"fault": type(error).__name__}
    sys.stdout.buffer.write(orjson.dumps(result))
    return FAULT_STATUS if "fault" in result else 0


def confine(cpu_seconds: int, memory_bytes: int, wall_seconds: int) -> None:
    """Set this process's limits, hard ones: what it reads can't lift them.

    Raises:
        OSError, ValueError: A limit that can't be set; then nothing is to be read.
    """
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(limit, (value, value))
    # Should whoever watches this process be gone, it ends by itself.
    signal.alarm(wall_seconds)
    with contextlib.suppress(OSError):  # a courtesy to the node, which not every filter allows
        os.nice(5)


def _function(name: str) -> Callable[[bytes], Any]:
    module, _, function = name.partition(":")
    found: Callable[[bytes], Any] = getattr(import_module(module), function)
    return found
