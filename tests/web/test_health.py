"""What a monitor reads of a process: alive, ready or not and why, and the measures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient, TestServer

from special_channel.ports.conditions import Condition, Health
from special_channel.telemetry import Metrics
from special_channel.web.http.health import Monitored, make_monitor_app
from tests.world import World

SINCE = datetime(2026, 11, 24, 9, tzinfo=UTC)
DOWN = Health("log-rolled-back", (Condition("link-down", SINCE), Condition("mail-down", None)))


async def asked(
    path: str, health: Health, exposition: Callable[[], bytes] | None = None
) -> tuple[int, str, str]:
    """Status, type and text of an answer."""
    app = make_monitor_app(Monitored("eu", ("web", "link"), lambda: health, exposition))
    async with TestClient(TestServer(app)) as client, client.get(path) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.text()


async def test_process_that_is_ready_says_so_with_200():
    status, type_, text = await asked("/readyz", Health(""))
    assert (status, type_) == (200, "application/json")
    assert text == '{"party":"eu","parts":["web","link"],"ready":true,"reason":"","alarms":[]}'


async def test_process_that_can_not_append_names_its_fault_and_alarms():
    status, _, text = await asked("/readyz", DOWN)
    assert status == 503
    assert '"ready":false,"reason":"log-rolled-back"' in text
    assert '{"code":"link-down","since":"2026-11-24T09:00:00+00:00"}' in text
    assert '{"code":"mail-down"}' in text


@pytest.mark.parametrize("health", [Health(""), DOWN])
async def test_process_that_lives_says_ok(health):
    assert (await asked("/healthz", health))[::2] == (200, "ok\n")


async def test_measures_are_served_only_where_they_are_written():
    status, type_, text = await asked("/metrics", DOWN, lambda: b"up 1\n")
    assert (status, type_, text) == (200, "text/plain; version=0.0.4", "up 1\n")
    assert (await asked("/metrics", DOWN))[0] == 404


async def test_refused_requests_are_counted_by_code(pages_of):
    measures = Metrics()
    site = await pages_of(World.founded(), "eu", measures=measures)
    for path in ("/threads/EU-99999", "/threads/EU-99998", "/nowhere"):
        assert (await site.get(path)).status == 404
    counted = {
        code: measures.registry.get_sample_value("sc_refused_total", {"code": code})
        for code in ("thread-unknown", "page-unknown")
    }
    assert counted == {"thread-unknown": 2, "page-unknown": 1}
