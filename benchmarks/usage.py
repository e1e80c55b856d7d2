"""Processor time of nodes, their servers and the sender.

Wall time hides it on a shared machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.processor import Reading, by_name, read


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds: nodes' own processes, their PostgreSQL, this process."""

    nodes: float
    postgres: float
    sender: float

    @classmethod
    def now(cls, nodes: Iterable[int]) -> Usage:
        """Return what these processes with all below them have used until now."""
        spent = read(nodes, by_name).since(Reading({}, {}))
        own = time.process_time_ns()
        return cls(spent.get("node", 0) / 1e9, spent.get("postgres", 0) / 1e9, own / 1e9)

    def per_entry(self, before: Usage, entries: int) -> str:
        """Say what was used since `before`, in microseconds an entry."""
        used = (
            (self.nodes - before.nodes, "node"),
            (self.postgres - before.postgres, "PostgreSQL"),
            (self.sender - before.sender, "sender"),
        )
        each = ", ".join(f"{name} {seconds / entries * 1e6:.0f}" for seconds, name in used)
        return f"CPU in µs an entry: {each}"
