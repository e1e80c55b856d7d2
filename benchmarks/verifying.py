"""Check a bundle by the command line, in a process of its own, and measure that process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.environments import ROOT


@dataclass(frozen=True, slots=True)
class Verified:
    """One check of a bundle; None for what was not measured.

    Attributes:
        seconds: Wall time, start of the program included.
        cpu_us: Processor time, in microseconds.
        mb: Peak memory.
        verdict: The report's verdict, or why there is none.
    """

    seconds: float | None
    cpu_us: float | None
    mb: float | None
    verdict: str


# The kernel counts the memory of the bench, which forks, into `ru_maxrss` of its child; never into
# VmHWM, which starts again when the child's program does.
_MEASURED: Final = """
import sys
from special_channel.__main__ import main
try:
    main()
finally:
    with open("/proc/self/status") as status:
        sys.stderr.write(status.read())
"""


def verify_apart(bundle: Path, trust: Path) -> Verified:
    """Run `special-channel verify` on a bundle."""
    command = [sys.executable, "-c", _MEASURED, "verify", str(bundle)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--trust", str(trust), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    with process:
        report = process.stdout.read() if process.stdout else b""
        status_at_end = process.stderr.read().decode() if process.stderr else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Verified(
        time.perf_counter() - began,
        (used.ru_utime + used.ru_stime) * 1e6,
        int(status_at_end.rpartition("VmHWM:")[2].split()[0]) * 1024 / 1e6,
        str(json.loads(report)["verdict"]),
    )
