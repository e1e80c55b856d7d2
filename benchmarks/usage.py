"""CPU time of nodes, their servers and the sender: what wall time hides on a shared machine."""

from __future__ import annotations

import resource
from collections.abc import Iterable
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds, user and system: nodes' own processes, their PostgreSQL, this process."""

    nodes: float
    postgres: float
    sender: float

    @classmethod
    def now(cls, nodes: Iterable[int]) -> Usage:
        """Return what these processes with all below them have used until now."""
        own = resource.getrusage(resource.RUSAGE_SELF)
        spent = {"nodes": 0.0, "postgres": 0.0}
        for pid in nodes:
            process = psutil.Process(pid)
            for each in (process, *process.children(recursive=True)):
                try:
                    times = each.cpu_times()
                    group = "postgres" if "postgres" in each.name() else "nodes"
                except psutil.NoSuchProcess:
                    continue
                spent[group] += times.user + times.system
        return cls(spent["nodes"], spent["postgres"], own.ru_utime + own.ru_stime)

    def per_entry(self, before: Usage, entries: int) -> str:
        """Say what was used since `before`, in microseconds an entry."""
        used = (
            (self.nodes - before.nodes, "node"),
            (self.postgres - before.postgres, "PostgreSQL"),
            (self.sender - before.sender, "sender"),
        )
        each = ", ".join(f"{name} {seconds / entries * 1e6:.0f}" for seconds, name in used)
        return f"CPU in µs an entry: {each}"
