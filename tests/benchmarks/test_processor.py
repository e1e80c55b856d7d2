"""Processor time by the scheduler's accounting, of the right threads."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.processor import (
    Machine,
    Reading,
    process_nanoseconds,
    read,
    trees,
)
from benchmarks.usage import Usage

BUSY = """
import subprocess, sys, threading, time
def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass
for seconds in map(float, sys.argv[1:]):
    ended = threading.Thread(target=burn, args=(seconds,)); ended.start(); ended.join()
print("done", flush=True); sys.stdin.read()
"""


@pytest.fixture
def busy():
    """A process with two ended threads that used 60 ms."""
    command = [sys.executable, "-c", BUSY, "0.03", "0.03"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"done\n"
        yield process.pid
        process.stdin.close()


def test_time_of_threads_that_ended_counts(busy):
    living = sum(
        int((task / "schedstat").read_text().split()[0])
        for task in Path(f"/proc/{busy}/task").iterdir()
    )
    assert process_nanoseconds(busy) >= living + 60_000_000


def test_time_is_finer_than_a_tick_of_the_clock():
    pid, seen = os.getpid(), {process_nanoseconds(os.getpid())}
    while len(seen) < 20:
        seen.add(process_nanoseconds(pid))
    tick = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    assert max(seen) - min(seen) < 20 * tick


def test_time_matches_what_the_process_says_of_itself():
    before, own = process_nanoseconds(os.getpid()), time.process_time_ns()
    after = process_nanoseconds(os.getpid())
    assert before <= own <= after


def test_time_of_a_process_that_is_gone_is_an_error():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(OSError, match=r"[Nn]o such process|Invalid"):
        process_nanoseconds(process.pid)


def test_reading_counts_a_new_process_whole():
    before = Reading({1: 100}, {1: "node"})
    now = Reading({1: 130, 3: 7}, {1: "node", 3: "postgres"})
    assert now.since(before) == {"node": 30, "postgres": 7}


def test_ended_process_counts_from_the_reading_before_its_end():
    before = Reading({1: 100, 2: 50, 9: 4}, {}, {1: 1000, 2: 10}, {1: 0, 2: 1, 9: 2})
    # 2 used 20 more, its child 9 used 6 more, a child of 2 that no reading saw used 5.
    now = Reading({1: 130}, {1: "node"}, {1: 1000 + 70 + 10 + 10 + 5}, {1: 0})
    assert now.since(before) == {"node": 30 + 20 + 6 + 5}


def test_ended_process_that_nobody_waited_for_takes_nothing_away():
    before = Reading({1: 100, 2: 50}, {}, {1: 0, 2: 0}, {1: 0, 2: 1})
    assert Reading({1: 130}, {1: "node"}, {1: 0}, {1: 0}).since(before) == {"node": 30}


def test_time_of_a_child_that_ended_between_readings_counts():
    def group(_process: object) -> str:
        return "own"

    before = read([os.getpid()], group)
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    tick = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    assert read([os.getpid()], group).since(before)["own"] >= 200_000_000 - 2 * tick


def test_reading_groups_children_with_their_parent(busy):
    found = read([os.getpid()], lambda process: "own" if process.pid == os.getpid() else "below")
    assert found.groups[busy] == "below"
    assert found.groups[os.getpid()] == "own"
    assert busy in {process.pid for process in trees([os.getpid()])}


def test_usage_says_microseconds_an_entry():
    before, after = Usage(1.0, 2.0, 3.0), Usage(1.5, 2.1, 3.01)
    assert (
        after.per_entry(before, 1000) == "CPU in µs an entry: node 500, PostgreSQL 100, sender 10"
    )


def test_usage_counts_this_process_as_sender():
    before = Usage.now([])
    end = time.thread_time() + 0.02
    while time.thread_time() < end:
        pass
    assert Usage.now([]).sender - before.sender >= 0.02


def test_machine_is_at_least_as_busy_as_this_process():
    before, tick = Machine.now(), 1 / os.sysconf("SC_CLK_TCK")
    end = time.thread_time() + 0.2
    while time.thread_time() < end:
        pass
    assert Machine.now().busy - before.busy >= 0.2 - 2 * tick


def test_share_of_others_is_what_nobody_measured(monkeypatch):
    monkeypatch.setattr("psutil.cpu_count", lambda: 2)
    assert Machine(13, 102).others_since(Machine(10, 100), 1) == 0.5
    assert Machine(10.9, 102).others_since(Machine(10, 100), 1) == 0  # ticks are coarse
    assert Machine(20, 102).others_since(Machine(10, 100), 0) == 1
