"""The process that checks signatures for `verify`: no verdict depends on its behaviour."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from special_channel.cli import cores, evidence
from special_channel.cli.app import run
from special_channel.cli.checker import ANSWER, encode, serve
from special_channel.cli.cores import Checker, checks_on, usable_cores
from special_channel.core.bytes import suites
from special_channel.core.bytes.checks import Check, ChecksAhead, at_once
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.suites import PrivateKey
from tests.authenticator import Authenticator
from tests.bundles import trust_file
from tests.export.bundling import bundle
from tests.world import World

LONG_MS = 60_000
"""Longer than a busy machine takes to start a process."""

KEY = PrivateKey.from_seed("ed25519", bytes(32))
P256 = PrivateKey.from_seed("es256", bytes(31) + b"1")
TOUCHED = Authenticator(bytes(31) + b"2")
GOOD: list[Check] = [
    (key.suite, key.public, b"%d" % n, key.sign(b"%d" % n), rp)
    for n in range(2)
    for key, rp in ((KEY, None), (P256, None), (TOUCHED, TOUCHED.rp))
]
FORGED: list[Check] = [(*check[:2], check[2] + b"!", *check[3:]) for check in GOOD]


@pytest.fixture
def started(monkeypatch) -> list[subprocess.Popen[bytes]]:
    """Every process started by a checker."""
    processes: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
        processes.append(popen(*words, **options))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return processes


@pytest.fixture
def patient(monkeypatch) -> None:
    """Wait for each result without a limit, so that a test knows its source."""
    monkeypatch.setattr(cores, "PATIENCE_MS", LONG_MS)


@contextmanager
def checker() -> Iterator[Checker]:
    """A checker whose process was given the time to start, or to fail."""
    made = Checker(start_after=0)
    try:
        made.is_ready(LONG_MS)
        yield made
    finally:
        made.end()


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a process was ended and its pipes were closed."""
    pipes = (process.stdin, process.stdout)
    return process.returncode is not None and all(pipe.closed for pipe in pipes if pipe)


def assert_judged(made: Checker) -> None:
    """Good signatures are accepted and forged signatures refused by either checker."""
    ahead = ChecksAhead(made.begin)
    for check in ahead.ahead(FORGED, lambda each: (each,)):
        with pytest.raises(BadSignature):
            ahead.verify(*check)
    ahead = ChecksAhead(made.begin)
    for check in ahead.ahead(GOOD, lambda each: (each,)):
        ahead.verify(*check)


def answers_of(*batches: Sequence[Check]) -> bytes:
    """The process's results after its greeting."""
    sent = b"".join(encode(number, batch) for number, batch in enumerate(batches, 1))
    answers = io.BytesIO()
    serve(io.BytesIO(sent), answers)
    return answers.getvalue().removeprefix(ANSWER.pack(0))


# What it answers -----------------------------------------------------------------------


def test_answers_keep_the_order_of_their_checks():
    mixed = [GOOD[0], FORGED[1], GOOD[1], FORGED[0]]
    assert answers_of(mixed, [], GOOD[:1]) == (
        ANSWER.pack(1) + b"\1\0\1\0" + ANSWER.pack(2) + ANSWER.pack(3) + b"\1"
    )


@pytest.mark.parametrize(
    "check",
    [
        ("dsa", KEY.public, b"", b"", None),
        ("签", KEY.public, b"", b"", None),
        ("ed25519", b"", b"", b"", None),
        ("ed25519", KEY.public, bytes(300_000), bytes(70_000), None),
        ("es256", bytes(65), b"", bytes(64), None),
        ("webauthn-es256", TOUCHED.public, b"0", TOUCHED.sign(b"0"), None),
        ("webauthn-es256", TOUCHED.public, b"0", TOUCHED.sign(b"0"), "签.example"),
    ],
)
def test_odd_check_is_answered_and_the_next_as_well(check):
    assert answers_of([check, GOOD[0]]) == ANSWER.pack(1) + b"\0\1"


def test_unfinished_batch_is_not_answered():
    answers = io.BytesIO()
    serve(io.BytesIO(encode(1, GOOD)[:7]), answers)
    assert answers.getvalue() == ANSWER.pack(0)


@pytest.mark.usefixtures("patient")
def test_process_answers_batches_in_their_order(started):
    with checker() as made:
        waiting = [made.begin(each) for each in (GOOD, FORGED)]
        assert [answers() for answers in reversed(waiting)] == [[False] * 6, [True] * 6]
        assert len(started) == 1
        assert started[0].poll() is None
    assert has_ended(started[0])


@pytest.mark.usefixtures("patient", "started")
def test_batch_larger_than_a_pipe_is_answered():
    large = bytes(1024 * 1024)
    check: Check = (KEY.suite, KEY.public, large, KEY.sign(large), None)
    with checker() as made:
        assert made.begin([check, FORGED[0]])() == [True, False]


def test_answers_that_nobody_asks_for_block_nothing():
    """More of them than a pipe holds: entries may be refused before their signatures count."""
    none: Check = ("none", b"", b"", b"", None)
    with checker() as made:
        for _ in range(100):
            made.begin([none] * 2_000)
            while made._unanswered:
                made.is_ready(LONG_MS)
        assert made.is_ready()
        assert next(made._numbers) == 101


# When there is a process ---------------------------------------------------------------


def test_single_core_has_no_process(started):
    with checks_on(1) as begin:
        assert begin is at_once
    assert not started
    assert usable_cores() >= 1


def test_few_checks_start_no_process(started):
    with checks_on(2) as begin:
        for _ in range(cores.START_AFTER // len(GOOD)):
            assert begin(GOOD)() == [True] * 6
        assert not started
        begin(GOOD)
        begin(GOOD)
        assert len(started) == 1
    assert has_ended(started[0])


def test_process_is_started_with_fixed_words(started, monkeypatch, tmp_path):
    """Environment and working folder do not affect the program, and ^C does not reach it."""
    (tmp_path / "special_channel").mkdir()
    (tmp_path / "special_channel" / "__init__.py").write_text("raise SystemExit")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with checker() as made:
        assert made.is_ready()
        assert_judged(made)
        assert started[0].args[:3] == [sys.executable, "-I", "-c"]
        assert os.getpgid(started[0].pid) != os.getpgid(0)


# What breaks it ------------------------------------------------------------------------


def test_process_ends_when_the_verifier_fails(started):
    def fail() -> None:
        with checker() as made:
            made.begin(GOOD)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert has_ended(started[0])


@pytest.mark.parametrize("python", ["", "/nowhere/python", "/"])
def test_process_that_can_not_start_is_done_without(python, monkeypatch, started):
    monkeypatch.setattr(sys, "executable", python)
    with checker() as made:
        assert_judged(made)
        assert not made.is_ready()
    assert not started


READY = """
import os, signal, struct, sys
def say(data):
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
say(bytes(4))
"""
ASKED = READY + "sys.stdin.buffer.read(12)\n"
LIES = {
    "ends at once": "",
    "fails at once": "raise SystemExit(1)",
    "prints first": "print('a word', flush=True); input()",
    "greets and ends": READY,
    "says good to all, unasked": READY + "say(bytes([1]) * 1_000); sys.stdin.read()",
    "says good to all, for ever": READY + "while 1: say(bytes([1]) * 1_000)",
    "answers another batch": ASKED + "say(struct.pack('>I', 9) + bytes([1]) * 6); sys.stdin.read()",
    "answers otherwise": ASKED + "say(struct.pack('>I', 1) + b'y' * 6); sys.stdin.read()",
    "answers in part": ASKED + "say(struct.pack('>I', 1) + bytes(1))",
    "reads nothing": READY + "signal.pause()",
    "closes its output": READY + "os.close(1); sys.stdin.read()",
}


@pytest.mark.parametrize("program", LIES.values(), ids=LIES)
def test_broken_process_makes_nothing_good(program, monkeypatch, started):
    monkeypatch.setattr(cores, "_PROGRAM", program)
    with checker() as made:
        for _ in range(cores.MOST_LATE + 1):
            assert_judged(made)
        assert len(started) == 1
    assert has_ended(started[0])


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP])
def test_process_that_stops_amid_batches_is_done_without(sign, started):
    with checker() as made:
        assert made.is_ready()
        os.kill(started[0].pid, signal.SIGSTOP)
        os.waitid(os.P_PID, started[0].pid, os.WSTOPPED | os.WNOWAIT)
        begun = made.begin(FORGED)
        os.kill(started[0].pid, sign)
        assert begun() == [False] * 6
        for _ in range(cores.MOST_LATE + 1):
            assert_judged(made)
    assert has_ended(started[0])


def test_failure_of_a_check_is_not_an_answer(monkeypatch):
    """An error other than a refusal, such as lack of memory, ends process and command."""

    def fail(*_: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(suites, "verify", fail)
    with pytest.raises(MemoryError):
        answers_of(GOOD)
    with checks_on(2) as begin, pytest.raises(MemoryError):
        begin(GOOD)()


_OWNER = """
from special_channel.cli.cores import Checker
made = Checker(0)
assert made.is_ready(60_000)
print(made._process.pid, flush=True)
input()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")
def test_process_ends_with_a_killed_command():
    with subprocess.Popen([sys.executable, "-c", _OWNER], stdin=-1, stdout=-1) as owner:
        assert owner.stdout is not None
        process = os.pidfd_open(int(owner.stdout.readline()))
        owner.kill()
    try:
        ended, _, _ = select.select([process], [], [], LONG_MS / 1000)
        assert ended
    finally:
        os.close(process)


# The command ---------------------------------------------------------------------------


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("on", [1, 2])
def test_verify_checks_on_the_cores_that_it_may_use(on, monkeypatch, started, tmp_path, capsys):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    for number in range(100):
        world.note("eu", thread, (f"Note {number}.",))
    world.exchange()
    (tmp_path / "bundle.zip").write_bytes(bundle(world))
    (tmp_path / "trust.json").write_bytes(trust_file(world))
    verify, here = suites.verify, []

    def noted(*check: Any) -> None:
        here.append(check)
        verify(*check)

    monkeypatch.setattr(suites, "verify", noted)
    monkeypatch.setattr(evidence, "usable_cores", lambda: on)
    typed = ["verify", str(tmp_path / "bundle.zip"), "--trust", str(tmp_path / "trust.json")]

    def verified() -> int:
        here.clear()
        assert run([*typed, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["verdict"] == "authentic-and-complete"
        return len(here)

    alone = verified()
    assert not started
    with checker() as made:
        monkeypatch.setattr(cores, "Checker", lambda: made)
        assert (verified() < alone * 2 / 3) == (on > 1)
    assert all(has_ended(each) for each in started)
