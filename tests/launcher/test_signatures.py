"""The process that checks signatures: what it says, and what becomes of those who ask it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import psutil  # type: ignore[import-untyped]
import pytest
import pytest_asyncio

from special_channel.core.judge import Check
from special_channel.core.suites import PrivateKey
from special_channel.launcher.signatures import SignatureProcess

KEY = PrivateKey.from_seed("ed25519", bytes(32))


def check(message: bytes, signed: bytes | None = None) -> Check:
    """Make a check of a signature over `signed`, else over the message."""
    return "ed25519", KEY.public, message, KEY.sign(message if signed is None else signed)


@pytest_asyncio.fixture
async def hands() -> AsyncIterator[SignatureProcess]:
    made = SignatureProcess(enough=2)
    yield made
    await made.stop()


async def started(hands: SignatureProcess) -> int:
    """Offer enough for the process to be started, and return its id."""
    assert await hands.verify([check(b"one"), check(b"two")]) is None
    assert hands.pid is not None
    return hands.pid


async def test_nobody_is_there_before_there_is_enough_to_do(hands):
    assert await hands.verify([check(b"one")]) is None
    assert hands.pid is None
    assert await hands.verify([check(b"two")]) is None
    assert hands.pid is not None


async def test_says_of_each_whether_it_holds(hands):
    await started(hands)
    asked = [
        check(b"a note"),
        check(b"a note", signed=b"another note"),
        ("ed25519", bytes(31), b"a note", bytes(64)),
        ("no-such-suite", KEY.public, b"a note", bytes(64)),
        check(b""),
        check(b"x" * 200_000),
    ]
    assert await hands.verify(asked) == [True, False, False, False, True, True]
    assert await hands.verify([]) == []


async def test_its_environment_holds_nothing_of_ours(hands, monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://secret")
    pid = await started(hands)
    assert await hands.verify([check(b"a note")]) == [True]
    assert set(psutil.Process(pid).environ()) <= {"PYTHONPATH", "LC_CTYPE"}


async def test_killed_it_is_done_without_and_started_again(hands):
    first = await started(hands)
    os.kill(first, signal.SIGKILL)
    assert await hands.verify([check(b"a note")]) is None
    assert hands.pid is None
    second = await started(hands)
    assert second != first
    assert await hands.verify([check(b"a note")]) == [True]


async def test_whoever_is_cancelled_leaves_no_answer_for_the_next(hands):
    await started(hands)
    task = asyncio.ensure_future(hands.verify([check(b"x", signed=b"y")] * 500))
    await asyncio.sleep(0)  # it has asked
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert hands.pid is None
    await started(hands)
    assert await hands.verify([check(b"a note")]) == [True]


async def test_ends_with_its_pipe(hands):
    pid = await started(hands)
    process = psutil.Process(pid)
    assert hands._process.stdin is not None
    hands._process.stdin.close()
    await hands._process.wait()
    assert not process.is_running()
