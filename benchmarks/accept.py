"""How many entries a node accepts over HTTP, each receipted after fsync."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from benchmarks.figures import Figure, machine, quantile
from benchmarks.load import Sent, body_of, send
from benchmarks.stage import Stage, node, sign_in, stage
from benchmarks.usage import Usage


async def accept(folder: Path, *, quick: bool, checks: Figure, openssl: Figure) -> list[Figure]:
    """Measure one sender, 64 senders and batches with the link off; batches with it on.

    Rates are compared with one core's signature checks, by the node's library and by OpenSSL.
    """
    singles, entries = (300, 6_000) if quick else (2_000, 30_000)
    async with stage(folder) as ready:
        with node(ready, "eu", "web") as process:
            pids: tuple[int, ...] = (process.pid,)
            one, one_cpu = await _send(ready, pids, singles, senders=1)
            many, many_cpu = await _send(ready, pids, entries, senders=64)
            batched, batched_cpu = await _send(ready, pids, entries, senders=4, batch=200)
        with contextlib.ExitStack() as nodes:
            cn = nodes.enter_context(node(ready, "cn", "web", "link"))
            eu = nodes.enter_context(node(ready, "eu", "web", "link"))
            pids = (eu.pid, cn.pid)
            linked, linked_cpu = await _send(ready, pids, entries, senders=4, batch=200)
    conditions = f"one node process, embedded PostgreSQL with fsync, loopback, {machine()}"

    def beside(rate: float) -> str:
        """Say a rate's share of one core's checks by OpenSSL; `ratio` holds the other one."""
        return f"{rate / openssl.value:.2f} of {openssl.name}"

    return [
        Figure(
            "accept_http_1_p50_ms",
            quantile(one.latencies, 0.5) * 1000,
            "ms",
            f"1 sender, link off, {conditions}; {one_cpu}",
        ),
        Figure(
            "accept_http_64_per_s",
            many.rate,
            "/s",
            f"64 senders, link off, {conditions}; {many_cpu}; {beside(many.rate)}",
            checks.name,
            many.rate / checks.value,
        ),
        Figure(
            "accept_http_64_p99_ms", quantile(many.latencies, 0.99) * 1000, "ms", "the same run"
        ),
        Figure(
            "accept_batched_per_s",
            batched.rate,
            "/s",
            f"4 senders, 200 entries a request, link off, {conditions}; {batched_cpu}; "
            f"{beside(batched.rate)}",
            checks.name,
            batched.rate / checks.value,
        ),
        Figure(
            "accept_batched_per_s_linked",
            linked.rate,
            "/s",
            "the same with both nodes running, mirroring and cosigning on the same cores; "
            f"{linked_cpu}; {beside(linked.rate)}",
            checks.name,
            linked.rate / checks.value,
        ),
    ]


async def _send(
    ready: Stage, nodes: tuple[int, ...], count: int, *, senders: int, batch: int = 1
) -> tuple[Sent, str]:
    """Send notes signed beforehand; return what came of it, and the CPU time an entry took."""
    notes = await asyncio.to_thread(ready.notes, count)
    bodies = [
        (body_of(notes[start : start + batch]), len(notes[start : start + batch]))
        for start in range(0, count, batch)
    ]
    token = await sign_in(ready.ports["eu"], ready.key)
    before = Usage.now(nodes)
    sent = await send(ready.ports["eu"], token, bodies, senders)
    return sent, Usage.now(nodes).per_entry(before, sent.entries)
