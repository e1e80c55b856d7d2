"""What this machine can do at most: one core's Ed25519 checks, one disk's fsyncs."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure
from special_channel.core.bytes import ed25519
from special_channel.core.bytes.suites import PrivateKey, verify


def ed25519_verify_per_s(seconds: float) -> Figure:
    """Check one signature again and again on one core, as the node does."""

    def check(public: bytes, message: bytes, signature: bytes) -> None:
        verify("ed25519", public, message, signature)

    conditions = f"one core, 700 bytes, through core.suites, accepted by {ed25519.LIBRARY}"
    return Figure("limit_ed25519_verify_per_s", _checks_per_s(check, seconds), "/s", conditions)


def ed25519_openssl_per_s(seconds: float) -> Figure:
    """Do the same by OpenSSL alone, the library that every node has."""
    rate = _checks_per_s(ed25519.openssl, seconds)
    return Figure("limit_ed25519_openssl_per_s", rate, "/s", "the same by OpenSSL alone")


def _checks_per_s(check: Callable[[bytes, bytes, bytes], None], seconds: float) -> float:
    key = PrivateKey.from_seed("ed25519", bytes(32))
    message = b"x" * 700
    signature = key.sign(message)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(100):
            check(key.public, message, signature)
        count += 100
    return count / (time.perf_counter() - start)


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
