"""Orders for senders: JSON lines on standard input, results as JSON lines on standard output.

Run by the Python of `var/brokers`, without this project's packages. A sender's first line names the
version of its client; orders follow.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict

from bursts import Post, run_burst

ADDRESS = os.environ["BENCH_ADDRESS"]
BODY = os.environ["BENCH_BODY"].encode()
MOST = 64
"""Largest number of senders in an order."""


async def take_orders(version: str, opened: AbstractAsyncContextManager[Post]) -> None:
    """Carry out orders until standard input is closed."""
    async with opened as post:
        print(json.dumps({"version": version}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            burst = await run_burst(post, order["senders"], order["seconds"])
            print(json.dumps(asdict(burst)), flush=True)
