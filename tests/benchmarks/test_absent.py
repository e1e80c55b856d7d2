"""A missing broker is reported with the package to install; the others are measured."""

from __future__ import annotations

import contextlib
import sys
from contextlib import AsyncExitStack

import pytest

from benchmarks import broker_servers, contestants, environments, messaging, synapse
from benchmarks.contestants import Contestant
from benchmarks.environments import Absent


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    """A PATH without programs, and no further folders."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(broker_servers, "RABBITMQ_FOLDERS", "")
    monkeypatch.setattr(broker_servers, "SYSTEM_FOLDERS", "")


@contextlib.asynccontextmanager
async def here():
    async def run(_senders, _seconds):
        raise AssertionError

    yield Contestant("redis", "Redis", "", [], None, run)


@pytest.mark.parametrize(
    ("broker", "package"),
    [(broker_servers.rabbitmq, "rabbitmq-server"), (broker_servers.nats, "nats-server")],
)
async def test_absent_server_says_what_to_install(nothing_installed, tmp_path, broker, package):
    with pytest.raises(
        Absent, match=rf"^{package} is not installed \(apt-get install {package}\)$"
    ):
        async with broker(tmp_path / "broker", "body"):
            pass
    assert not (tmp_path / "broker").exists()


async def test_absent_server_is_named_and_others_go_on(nothing_installed, tmp_path, capsys):
    brokers = {
        "nats": lambda: broker_servers.nats(tmp_path / "nats", "body"),
        "redis": here,
    }
    async with AsyncExitStack() as stack:
        found, absent = await messaging.start_installed(stack, brokers)
    assert [each.name for each in found] == ["redis"]
    assert absent == {
        "NATS JetStream": "nats-server is not installed (apt-get install nats-server)"
    }
    assert "NATS JetStream is left out: nats-server is not installed" in capsys.readouterr().err


async def test_server_that_ends_says_its_last_words(tmp_path):
    command = [sys.executable, "-c", "import sys; sys.exit('the disk is full')"]
    async with contestants.server(command, tmp_path) as process:
        with pytest.raises(Absent, match=r"^it does not start: the disk is full$"):
            await contestants.until_open(contestants.free_port(), process, tmp_path)


async def test_server_ends_with_what_it_started(tmp_path):
    child = "import time; time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    async with contestants.server([sys.executable, "-c", parent], tmp_path) as process:
        pass
    assert process.returncode is not None


def test_packages_that_do_not_install_leave_a_peer_out(monkeypatch, tmp_path, capfd):
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    lock = tmp_path / "requirements-broken.lock"
    lock.write_text("no-hash-here==1\n", encoding="utf-8")
    with pytest.raises(Absent, match=r"^the packages of requirements-broken\.lock could not be"):
        environments.ensure_installed(lock, tmp_path / "place")
    assert environments.installed(lock, tmp_path / "place") is None


def test_environment_counts_only_for_its_own_lock(tmp_path):
    lock, place = tmp_path / "a.lock", tmp_path / "place"
    place.mkdir()
    lock.write_text("one\n", encoding="utf-8")
    (place / "a.lock").write_text("another\n", encoding="utf-8")
    assert environments.installed(lock, place) is None
    (place / "a.lock").write_text("one\n", encoding="utf-8")
    assert environments.installed(lock, place) == place / "bin" / "python"


@pytest.mark.parametrize(
    ("stated", "version"),
    [
        ("Server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1", "Redis 8.1.1"),
        ("Valkey server v=9.0.0 sha=00000000:0 malloc=libc bits=64 build=1", "Valkey 9.0.0"),
        ("something else", "Redis"),
    ],
)
def test_redis_version_is_read_from_what_it_states(stated, version):
    assert broker_servers.redis_version(stated) == version


def test_synapse_listens_on_loopback_alone(tmp_path):
    [listener] = synapse.settings(tmp_path, 8008, synapse.sqlite(tmp_path))["listeners"]
    assert listener["bind_addresses"] == ["127.0.0.1"]
    assert listener["resources"] == [{"names": ["client"]}]
