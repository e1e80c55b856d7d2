"""Read processor time in nanoseconds from the scheduler's accounting.

Clock ticks of /proc/PID/stat last 10 ms: too coarse for a burst of 80 notes. Linux counts a
thread's `sum_exec_runtime` in nanoseconds. /proc/PID/task/*/schedstat shows living threads only;
the process's CPU clock adds ended threads, so this module reads the clock.

A process that ended has no clock. Its time is in its parent's /proc/PID/stat once the parent has
waited for it, rounded down to ticks: a parent's sum is short by two ticks at most, however many
children ended. The time of a process that nobody of the tree waited for is lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

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
    """Processor time of processes at one moment, by process id.

    Attributes:
        nanoseconds: Time of the process.
        groups: Group that the time counts for.
        waited: Nanoseconds of its ended descendants, as far as they were waited for.
        parents: Id of the parent.
    """

    nanoseconds: Mapping[int, int]
    groups: Mapping[int, str]
    waited: Mapping[int, int] = field(default_factory=dict)
    parents: Mapping[int, int] = field(default_factory=dict)

    def since(self, before: Reading) -> dict[str, int]:
        """Return the nanoseconds spent since `before`, by group.

        A process started in between counts in full. A process ended in between counts for the
        group of the parent that waited for it.
        """
        spent: dict[str, int] = {}
        for pid, now in self.nanoseconds.items():
            used = now - before.nanoseconds.get(pid, 0) + self._ended(pid, before)
            group = self.groups[pid]
            spent[group] = spent.get(group, 0) + used
        return spent

    def _ended(self, parent: int, before: Reading) -> int:
        """Return what descendants used between `before` and their end."""
        waited = self.waited.get(parent, 0) - before.waited.get(parent, 0)
        return max(waited - self._counted(parent, before), 0)

    def _counted(self, parent: int, before: Reading) -> int:
        """Return what `before` has of descendants that ended since."""
        return sum(
            before.nanoseconds[pid] + before.waited.get(pid, 0) + self._counted(pid, before)
            for pid, its_parent in before.parents.items()
            if its_parent == parent and pid not in self.nanoseconds
        )


def read(pids: Iterable[int], group_of: Callable[[psutil.Process], str]) -> Reading:
    """Read the processor time of processes with all their descendants."""
    nanoseconds: dict[int, int] = {}
    groups: dict[int, str] = {}
    waited: dict[int, int] = {}
    parents: dict[int, int] = {}
    for process in trees(pids):
        try:
            group = group_of(process)
            parents[process.pid] = process.ppid()
            times = process.cpu_times()
            nanoseconds[process.pid] = process_nanoseconds(process.pid)
        except (psutil.NoSuchProcess, OSError):
            continue  # ended in between
        groups[process.pid] = group
        waited[process.pid] = round((times.children_user + times.children_system) * 1e9)
    return Reading(nanoseconds, groups, waited, parents)


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
