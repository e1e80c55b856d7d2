"""Process that reads one uploaded file within limits and exits.

Bytes arrive on stdin; stdout gets one JSON object: `{"ok": …}` with the job's result,
`{"refused": …}` for an invalid file, `{"fault": …}` for an internal error. Limits apply before
the first byte is read. Imports little, since every file pays the start-up (50 ms of processor
time). Does not log: a traceback would quote the file.
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

from special_channel.core.bytes.errors import Malformed

JOBS: Final = {
    "table": "special_channel.desk.tables:job",
    "look": "special_channel.scanners.active:job",
    "holding": "special_channel.scanners.listing:job",
    "preview": "special_channel.desk.preview_job:job",
    "text": "special_channel.desk.text_job:job",
    "crossing": "special_channel.desk.crossing_job:job",
}
"""Name → function from bytes to JSON values; imported on demand."""

FAULT_STATUS: Final = 70
"""Exit status of an internal error: sysexits.h, EX_SOFTWARE."""

MEMORY: Final = "memory"
OPEN_FILES: Final = 64


def main(job: str, cpu_seconds: int, memory_bytes: int, wall_seconds: int) -> int:
    """Read stdin, run the job, write the result; return the exit status."""
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
    """Set this process's limits as hard limits, so that the job can't lift them.

    Raises:
        OSError, ValueError: A limit can't be set; the caller must not read the file.
    """
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(limit, (value, value))
    # If the parent is gone, the alarm ends this process.
    signal.alarm(wall_seconds)
    # Lower priority than the node's; some system call filters forbid `nice`.
    with contextlib.suppress(OSError):
        os.nice(5)


def _function(name: str) -> Callable[[bytes], Any]:
    module, _, function = name.partition(":")
    target: Callable[[bytes], Any] = getattr(import_module(module), function)
    return target
