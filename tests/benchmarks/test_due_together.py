"""Herds of due times compared with job queues: all jobs run and count; speed is not tested."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from benchmarks import document, due_together, environments, peers_beside
from benchmarks.due_together import OURS, Herds, Size, Together, _Contestant, _Run
from benchmarks.environments import Absent
from benchmarks.peers_beside import Herd, Killed, Peer
from tests import servers
from tests.sweeps import whole

PACKAGES = environments.installed(peers_beside.LOCK, peers_beside.PLACE)


def together() -> Together:
    herds = {
        "ours": Herds([600, 500], [400, 420], [900, 910], [800, 810]),
        "arq": Herds([1000, 1000], [300, 300], [700, 700], [500, 500]),
    }
    return Together(
        {"ours": "A node 1, two signatures", "arq": "arq 2, one worker"},
        {"ours": "Signs twice.", "arq": "Signs nothing."},
        herds,
        {"ours": Killed(0, 0, 6.25), "arq": Killed(1900, 3, None)},
        {"Celery": "it does not start: No module named celery"},
        "2 herds of 40 each, load 0.1",
    )


@pytest.mark.timeout(600)  # a busy machine starts nodes slowly, and this kills one
@whole
async def test_node_fires_herds_and_all_after_a_kill(monkeypatch):
    monkeypatch.setattr(due_together, "PEERS", {})
    monkeypatch.setattr(due_together, "SPARE_SECONDS", 10)
    monkeypatch.setattr(due_together, "AFTER_KILL_SECONDS", 120)  # a busy machine starts slowly
    with servers.open_folder() as folder:
        found = await due_together.due_together(folder, quick=True, size=Size(20, 1))
    assert [len(values) for values in vars_of(found.herds[OURS])] == [1, 1, 1, 1]
    assert all(value > 0 for [value] in vars_of(found.herds[OURS]))
    assert (found.killed[OURS].unrun, found.killed[OURS].twice) == (0, 0)
    # All of 5 and 20. Of how many silence was confirmed in time is the machine's, not the code's.
    assert re.search(r"for \d+ of 25 questions, 0 of them passed twice", found.conditions)


def vars_of(herds: Herds) -> list[list[float]]:
    return [herds.rates, herds.p50_ms, herds.p99_ms, herds.cpu_us]


async def test_peer_runs_a_herd_before_and_after_a_kill(monkeypatch, tmp_path):
    if PACKAGES is None:
        pytest.skip("no job queues: ./bench --only peers installs them")
    monkeypatch.setattr(peers_beside, "AFTER_KILL_SECONDS", 0)
    async with peers_beside.peer("arq", tmp_path / "arq") as (made, title):
        assert title.startswith("arq 0.")
        herd = await made.herd(30)
        killed = await made.killed(30, asyncio.Lock())
    assert min(herd.rate, herd.p50_ms, herd.p99_ms, herd.cpu_us) > 0
    assert 0 <= killed.unrun <= 27
    assert made.worker.returncode is not None


async def test_absent_peers_are_named_with_the_reason(monkeypatch, tmp_path, capsys):
    def missing(*_arguments):
        raise Absent("the packages of requirements-peers.lock could not be installed")

    monkeypatch.setattr(peers_beside, "ensure_installed", missing)
    async with AsyncExitStack() as stack:
        found, absent = await due_together.start_installed(stack, tmp_path)
    assert found == []
    assert list(absent) == [title for title, _ in peers_beside.PEERS.values()]
    assert "Celery is left out: the packages of requirements-peers" in capsys.readouterr().err


async def test_peer_that_fails_is_left_out_and_others_go_on(capsys):
    async def herd(_count):
        return Herd(100, 1, 2, 3)

    async def killed(_count, _turn):
        return Killed(0, 0, None)

    async def short(_count, _turn=None):
        raise RuntimeError("19 of 20 jobs ran")

    whole = _Contestant(OURS, "A node", "", herd, killed)
    contestants = {
        OURS: whole,
        "arq": replace(whole, name="arq", title="arq 1", herd=short),
        "celery": replace(whole, name="celery", title="Celery 2", killed=short),
        "bullmq": replace(whole, name="bullmq", title="BullMQ 3"),
    }
    run = _Run(contestants, {})
    await run.take_turns(Size(20, 2))
    await run.kill_all(20)
    assert list(run.contestants) == [OURS, "bullmq"]
    assert run.herds["bullmq"].rates == [100, 100]  # without the first, smaller one
    assert run.absent == {"arq 1": "19 of 20 jobs ran", "Celery 2": "19 of 20 jobs ran"}
    assert "arq 1 is left out: 19 of 20 jobs ran" in capsys.readouterr().err


async def test_node_that_fails_ends_the_comparison():
    async def short(_count, _turn=None):
        raise RuntimeError("19 of 20 questions fired")

    run = _Run({OURS: _Contestant(OURS, "A node", "", short, short)}, {})
    with pytest.raises(RuntimeError, match="19 of 20 questions"):
        await run.take_turns(Size(20, 1))


async def test_jobs_of_earlier_herds_and_half_lines_are_not_counted(tmp_path):
    made = Peer("arq", tmp_path, "", 0, tmp_path / "out.txt")
    made.out.write_text("3 9.5\n4 0.25\n5 0.5\n4 7.5\n6 1.", encoding="utf-8")
    assert made.ran(4) == [(4, 0.25), (5, 0.5), (4, 7.5)]
    assert await made.wait(4, 2, time.time()) == {4: 0.25, 5: 0.5}
    assert await made.wait(4, 9, time.time() - 1) == {4: 0.25, 5: 0.5}


def test_peer_that_does_not_start_says_its_last_words(tmp_path):
    made = Peer("none", tmp_path / "python", "", 0, tmp_path / "out.txt")
    made.python.write_text("#!/bin/sh\necho 'no module' >&2; exit 1\n", encoding="utf-8")
    made.python.chmod(0o755)
    with pytest.raises(Absent, match=r"^it does not start: no module$"):
        made.find_version()


def test_figures_say_our_rate_over_the_peers():
    named = {figure.name: figure for figure in due_together.figures(together())}
    assert set(named) <= set(due_together.NAMES)
    assert named["peer_arq_herd_per_s"].ratio == pytest.approx(0.55)
    assert named["peer_ours_herd_per_s"].ratio is None
    assert named["peer_arq_unrun_after_kill"].value == 1900
    assert "3 ran twice" in named["peer_arq_unrun_after_kill"].conditions
    assert "peer_arq_last_after_kill_s" not in named
    assert named["peer_ours_last_after_kill_s"].value == 6.25


def test_herds_come_back_as_they_were_kept(tmp_path):
    document.keep("peers", together(), tmp_path)
    kept = document.kept_peers(tmp_path)
    assert replace(kept, herds={}) == replace(together(), herds={})
    assert kept.herds["ours"].rates == [600, 500]


def test_table_of_herds_says_ratio_kill_and_what_is_absent():
    section = document.peers_section(together())
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert rows[1:] == [
        "| **A node 1, two signatures** | 550 | 410 | 905 | 805 |  | 0 | 6.25 | 0 |",
        "| arq 2, one worker | 1,000 | 300 | 700 | 500 | 0.55 | 1,900 | – | 3 |",
    ]
    assert "* A node: Signs twice." in section
    assert "* Peers: Signs nothing." in section
    assert "* Celery was not measured: it does not start: No module" in section
    assert "Medians of 2 herds of 40 each, load 0.1." in section
    assert "A node 1<" in document.peers_chart(together())
