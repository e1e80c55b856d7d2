"""Read processor time in nanoseconds from the scheduler's accounting.

Clock ticks of /proc/PID/stat last 10 ms: too coarse for a burst of 80 notes. Linux counts a
thread's `sum_exec_runtime` in nanoseconds. /proc/PID/task/*/schedstat shows living threads only;
the process's CPU clock adds ended threads, so this module reads the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

_SCHEDULER_CLOCK = 2
"""CPUCLOCK_SCHED in Linux's include/linux/posix-timers_types.h."""


def process_nanoseconds(pid: int) -> int:
    """Return the processor time of all threads of a process, ended ones included.

    Raises:
        OSError: The process does not exist.
    """
    # What clock_getcpuclockid(3) computes; Python offers that for threads only.
    return time.clock_gettime_ns(~pid << 3 | _SCHEDULER_CLOCK)


def trees(pids: Iterable[int]) -> list[psutil.Process]:
    """Return processes with all their descendants."""
    every: list[psutil.Process] = []
    for pid in pids:
        process = psutil.Process(pid)
        every += [process, *process.children(recursive=True)]
    return every


@dataclass(frozen=True, slots=True)
class Reading:
    """Nanoseconds and group of processes at one moment, by process id."""

    nanoseconds: Mapping[int, int]
    groups: Mapping[int, str]

    def since(self, before: Reading) -> dict[str, int]:
        """Return the nanoseconds spent since `before`, by group.

        A process started in between counts in full; a process ended in between is lost.
        """
        spent: dict[str, int] = {}
        for pid, now in self.nanoseconds.items():
            group = self.groups[pid]
            spent[group] = spent.get(group, 0) + now - before.nanoseconds.get(pid, 0)
        return spent


def read(pids: Iterable[int], group_of: Callable[[psutil.Process], str]) -> Reading:
    """Read the processor time of processes with all their descendants."""
    nanoseconds: dict[int, int] = {}
    groups: dict[int, str] = {}
    for process in trees(pids):
        try:
            group = group_of(process)
            nanoseconds[process.pid] = process_nanoseconds(process.pid)
        except (psutil.NoSuchProcess, OSError):
            continue  # ended in between
        groups[process.pid] = group
    return Reading(nanoseconds, groups)


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor seconds of the whole machine, in clock ticks, and the time."""

    busy: float
    at: float

    @classmethod
    def now(cls) -> Machine:
        """Read both. Time stolen by the host counts as busy."""
        times = psutil.cpu_times()
        idle = times.idle + times.iowait + times.guest + times.guest_nice  # the last count twice
        return cls(float(sum(times) - idle), time.perf_counter())

    def others_since(self, before: Machine, ours: float) -> float:
        """Return the share of all processors used by others; `ours` is our processor seconds."""
        all_ = (self.at - before.at) * (psutil.cpu_count() or 1)
        return min(max(self.busy - before.busy - ours, 0.0) / all_, 1.0)


def by_name(process: psutil.Process) -> str:
    """Group a node's processes: PostgreSQL, or the node with its other children."""
    return "postgres" if "postgres" in process.name() else "node"
