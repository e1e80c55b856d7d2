from __future__ import annotations

import os
import signal
import sys

import pytest

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher import processes

AS_WE_ARE = processes.Confinement()


def test_root_that_cannot_be_shed_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(processes, "works", lambda _: False)
    with pytest.raises(Unavailable) as refused:
        processes.confinement()
    assert refused.value.code == "root-not-shed"


def test_another_user_has_nothing_to_shed(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert processes.confinement() == AS_WE_ARE


def test_a_program_that_is_not_there_is_no_way_to_shed_root():
    assert not processes.works(processes.Confinement(("no-such-program",)))


async def test_a_server_deaf_to_kind_words_is_killed(tmp_path):
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    deaf += "; print('deaf', flush=True); time.sleep(600)"
    log = tmp_path / "log"
    process = processes.start(
        [sys.executable, "-c", deaf], log=log, way=AS_WE_ARE, at_parent_death=signal.SIGKILL
    )
    while processes.last_line(log) != "deaf":
        os.sched_yield()
    await process.stop(((signal.SIGTERM, 0.05),))
    assert not process.running
    assert await process.ended() == -signal.SIGKILL


async def test_a_log_is_turned_over_once_it_is_large(tmp_path):
    log = tmp_path / "server.log"
    log.write_bytes(b"x" * (1 << 20) + b"old")
    process = processes.start(
        ["/bin/echo", "new"], log=log, way=AS_WE_ARE, at_parent_death=signal.SIGKILL
    )
    await process.ended()
    assert log.read_text(encoding="ascii") == "new\n"
    assert (tmp_path / "server.log.1").read_bytes().endswith(b"old")


async def test_the_end_of_a_process_that_is_gone_already_is_no_wait():
    await processes.wait_for_end(
        2**22 - 1
    )  # beyond the largest pid that Linux gives out by default
