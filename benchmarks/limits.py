"""What this machine can do at most: one core's Ed25519 verifications, one disk's fsyncs."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from special_channel.core.suites import PrivateKey, verify


def ed25519_verify_per_s(seconds: float) -> Figure:
    """Verify one signature again and again on one core."""
    key = PrivateKey.from_seed("ed25519", bytes(32))
    message = b"x" * 700
    signature = key.sign(message)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(100):
            verify("ed25519", key.public, message, signature)
        count += 100
    rate = count / (time.perf_counter() - start)
    return Figure(
        "limit_ed25519_verify_per_s", rate, "/s", "one core, 700 bytes, through core.suites"
    )


def fsync_per_s(seconds: float) -> Figure:
    """Write a page and wait for the disk, again and again."""
    with tempfile.NamedTemporaryFile(dir=Path.cwd()) as file:
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            os.pwrite(file.fileno(), b"x" * 8192, (count % 1000) * 8192)
            os.fdatasync(file.fileno())
            count += 1
        rate = count / (time.perf_counter() - start)
    return Figure(
        "limit_fsync_per_s",
        rate,
        "/s",
        "8 KiB pwrite and fdatasync, one writer, data folder's disk",
    )
