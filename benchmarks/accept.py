"""How many entries a node accepts over HTTP, each receipted after fsync."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from benchmarks.figures import Figure, machine, quantile
from benchmarks.load import Sent, body_of, send
from benchmarks.stage import Stage, node, sign_in, stage


async def accept(folder: Path, *, quick: bool, verify_rate: float) -> list[Figure]:
    """Measure one sender, 64 senders and batches with the link off; batches with it on."""
    singles, entries = (300, 6_000) if quick else (2_000, 30_000)
    async with stage(folder) as ready:
        with node(ready, "eu", "web"):
            one = await _send(ready, singles, senders=1)
            many = await _send(ready, entries, senders=64)
            batched = await _send(ready, entries, senders=4, batch=200)
        with contextlib.ExitStack() as nodes:
            nodes.enter_context(node(ready, "cn", "web", "link"))
            nodes.enter_context(node(ready, "eu", "web", "link"))
            linked = await _send(ready, entries, senders=4, batch=200)
    conditions = f"one node process, embedded PostgreSQL with fsync, loopback, {machine()}"
    core = "limit_ed25519_verify_per_s"
    return [
        Figure(
            "accept_http_1_p50_ms",
            quantile(one.latencies, 0.5) * 1000,
            "ms",
            f"1 sender, link off, {conditions}",
        ),
        Figure(
            "accept_http_64_per_s",
            many.rate,
            "/s",
            f"64 senders, link off, {conditions}",
            core,
            many.rate / verify_rate,
        ),
        Figure(
            "accept_http_64_p99_ms", quantile(many.latencies, 0.99) * 1000, "ms", "the same run"
        ),
        Figure(
            "accept_batched_per_s",
            batched.rate,
            "/s",
            f"4 senders, 200 entries a request, link off, {conditions}",
            core,
            batched.rate / verify_rate,
        ),
        Figure(
            "accept_batched_per_s_linked",
            linked.rate,
            "/s",
            "the same with both nodes running, mirroring and cosigning on the same cores",
            core,
            linked.rate / verify_rate,
        ),
    ]


async def _send(ready: Stage, count: int, *, senders: int, batch: int = 1) -> Sent:
    notes = await asyncio.to_thread(ready.notes, count)
    bodies = [
        (body_of(notes[start : start + batch]), len(notes[start : start + batch]))
        for start in range(0, count, batch)
    ]
    token = await sign_in(ready.ports["eu"], ready.key)
    return await send(ready.ports["eu"], token, bodies, senders)
