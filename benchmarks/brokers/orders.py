"""What all senders share: orders come as JSON lines, what came of each goes out as one.

Run by the Python of `var/brokers`, which has nothing of this project. The first line that a
sender writes names its client's version; from then on it takes orders.
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
"""Senders that an order may ask for."""


async def take_orders(version: str, opened: AbstractAsyncContextManager[Post]) -> None:
    """Carry out what stdin asks for until it is closed."""
    async with opened as post:
        print(json.dumps({"version": version}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            burst = await run_burst(post, order["senders"], order["seconds"])
            print(json.dumps(asdict(burst)), flush=True)
