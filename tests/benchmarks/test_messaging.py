"""The comparison with tiny numbers on real servers: all respond; speed is not tested."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil

import pytest

from benchmarks import broker_servers, environments, messaging, own_broker, stage, synapse
from benchmarks.messaging import FLOORS, SENDERS, Comparison, Load, Result
from tests import servers

TINY = Load(turns=1, seconds=0.05, warm_up_seconds=0.01)
BODY = "x" * 700
CLIENTS = environments.installed(broker_servers.LOCK, broker_servers.PLACE)


def need(program: str) -> None:
    if not (shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/lib/rabbitmq/bin")):
        pytest.skip(f"no {program}: apt-get install {program}")


def need_clients() -> None:
    if CLIENTS is None:
        pytest.skip("no clients of other brokers: ./bench --only messaging installs them")


async def confirmed(contestant) -> dict[int, Result]:
    results = {senders: Result() for senders in SENDERS}
    for senders in SENDERS:
        await messaging.burst(contestant, senders, 0.05, results[senders])
    return results


def check(results: dict[int, Result]) -> None:
    for result in results.values():
        for each in (
            result.rates,
            result.p50_ms,
            result.p99_ms,
            result.server_us,
            result.sender_us,
        ):
            assert len(each) == 1
            assert each[0] > 0
        assert 0 <= result.others[0] <= 1


@pytest.mark.parametrize(
    ("program", "broker"),
    [("rabbitmq-server", broker_servers.rabbitmq), ("nats-server", broker_servers.nats)],
)
async def test_installed_broker_confirms_messages(program, broker):
    need(program)
    need_clients()
    with servers.open_folder() as folder:
        async with broker(folder / "broker", BODY) as contestant:
            check(await confirmed(contestant))
    assert any(part.isdigit() for part in contestant.title.split(".")), "its version"


@pytest.mark.parametrize(
    ("program", "broker", "said", "answer"),
    [
        # AMQP 0-9-1, 4.2.2: the header; Connection.Start is method 10 of class 10.
        ("rabbitmq-server", broker_servers.rabbitmq_server, b"AMQP\0\0\x09\x01", b"\0\x0a\0\x0a"),
        ("nats-server", broker_servers.nats_server, b"", b'"jetstream":true'),
    ],
)
async def test_installed_server_answers_without_a_client(program, broker, said, answer):
    need(program)
    with servers.open_folder() as folder:
        async with broker(folder / "broker") as running, asyncio.timeout(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
            writer.write(said)
            assert answer in await reader.read(4096)
            writer.close()
            assert running.version[0].isdigit()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", running.port)


def test_synapse_is_asked_on_loopback_and_federates_with_nobody(tmp_path):
    settings = json.loads(json.dumps(synapse.settings(tmp_path, 1, synapse.sqlite(tmp_path))))
    [listener] = settings["listeners"]
    assert listener["bind_addresses"] == ["127.0.0.1"]
    assert listener["resources"] == [{"names": ["client"]}]
    assert settings["trusted_key_servers"] == []
    assert settings["rc_message"]["burst_count"] >= 10**9, "no limit of rates"


async def test_redis_stream_confirms_messages():
    with servers.open_folder() as folder:
        async with broker_servers.redis_stream(folder / "redis", BODY) as contestant:
            check(await confirmed(contestant))
            assert list((folder / "redis" / "appendonlydir").iterdir())


async def test_bare_insert_and_floors_confirm_messages():
    with servers.open_folder() as folder:
        async with contextlib.AsyncExitStack() as stack:
            opened = broker_servers.postgres(folder / "postgres")
            running = await stack.enter_async_context(opened)
            insert = await stack.enter_async_context(broker_servers.bare_insert(running, BODY))
            check(await confirmed(insert))
            floors = own_broker.floors(folder / "floors", running, BODY.encode())
            for floor in await stack.enter_async_context(floors):
                check(await confirmed(floor))


async def test_synapse_confirms_messages():
    need_clients()
    with servers.open_folder() as folder:
        async with synapse.on_sqlite(folder / "synapse", BODY) as contestant:
            check(await confirmed(contestant))


async def test_own_notes_of_about_700_bytes_are_receipted():
    with servers.open_folder() as folder:
        async with stage.stage(folder) as ready, own_broker.ours(ready) as contestant:
            check(await confirmed(contestant))
        assert 690 <= len(ready.content()) <= 710  # as many digits as the sizes in `seen` have


def comparison() -> Comparison:
    """Two turns of a broker and of another broker."""
    ours = {1: Result([100, 90], [4, 5], [9, 9], [2000, 2100], [200, 210], [0, 0])}
    other = {1: Result([200, 300], [2, 1], [3, 3], [500, 400], [300, 310], [0, 0])}
    return Comparison(
        {"ours": "This broker", "nats": "NATS"}, {"ours": "", "nats": ""},
        {"ours": ours, "nats": other}, {}, "",
    )  # fmt: skip


def test_ratio_to_another_broker_is_of_the_same_turn():
    rate, p50 = comparison().ours_to("nats", 1)
    assert (rate.low, rate.median, rate.high) == (0.3, 0.4, 0.5)
    assert (p50.low, p50.median, p50.high) == (2, 3.5, 5)


def test_figures_have_the_names_that_can_be_asked_for():
    figures = messaging.figures(comparison())
    assert {figure.name for figure in figures} <= set(messaging.NAMES)
    by_name = {figure.name: figure for figure in figures}
    assert by_name["messaging_nats_1_per_s"].ratio == 0.4
    assert by_name["messaging_ours_1_per_s"].ratio is None
    assert "0.40 (0.30 to 0.50, 2 pairs)" in by_name["messaging_nats_1_per_s"].conditions


def test_floors_are_those_of_the_table():
    assert FLOORS == (
        "floor_constant", "floor_select", "floor_row", "floor_guard", "floor_signed",
    )  # fmt: skip
