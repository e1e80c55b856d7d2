"""Any bytes in headers and bodies of any request: refused by code, never a fault of the node."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Iterator

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from special_channel.telemetry.metrics import Metrics
from special_channel.web.http.routes import ROUTES
from tests.nodes.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPES = (
    b"application/json",
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=none-such",
    b"multipart/form-data",
    b"multipart/form-data; boundary=x",
    b"\xff\xfe",
)
HEADERS = (
    b"Authorization", b"Cookie", b"Accept-Language", b"Last-Event-ID", b"Range", b"If-None-Match",
    b"Origin", b"Content-Encoding", b"Accept", b"Sec-Fetch-Site", b"Signature",
)  # fmt: skip
BODIES = (
    b"",
    b"\xff\xfe\x00",
    b"[" * 200_000,
    b'{"a":' * 50_000,
    b"--x\r\n\r\n",
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n\xff',
    b"csrf=%ff&file=%00",
    b'{"envelope": "\\ud800", "session": true}',
)


@contextlib.contextmanager
def no_fault() -> Iterator[None]:
    """Check that no response was a traceback."""
    with capture_logs() as lines:
        yield
    assert [line for line in lines if line["event"] == "request.failed"] == []


async def answer(
    desk: Desk, sent: bytes, *, whole: bool = True, until: asyncio.Event | None = None
) -> bytes:
    """Send bytes to the node; return the first line that comes back. Leaves after `until`."""
    port = desk.channel.nodes["eu"].port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        line = await asyncio.wait_for(reader.readline(), 20) if whole else b""
        if until is not None:
            await asyncio.wait_for(until.wait(), 20)
        return line
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def request(method: str, path: str, headers: dict[bytes, bytes], body: bytes) -> bytes:
    named = {b"Host": b"localhost", b"Connection": b"close"} | headers
    named[b"Content-Length"] = str(len(body)).encode()
    lines = b"".join(b"%b: %b\r\n" % pair for pair in named.items())
    return b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method.encode(), path.encode(), lines, body)


def addresses() -> list[tuple[str, str]]:
    """Every route, with a word in each place of its address; streams never end."""
    return [
        (method, "/".join("x" if part.startswith("{") else part for part in path.split("/")))
        for method, path, _ in ROUTES
        if "stream" not in path
    ]


# aiohttp drops the file of a part that ends early; it goes at once, with its last reference.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
async def test_bodies_of_any_bytes_are_refused_by_code(desk: Desk) -> None:
    rng = random.Random(6)  # noqa: S311 - a test's choice
    signed_in = {b"Authorization": f"Bearer {desk.api.token}".encode()}
    with no_fault():
        for method, path in addresses():
            for body in (rng.choice(BODIES), rng.randbytes(rng.randrange(1, 3000))):
                headers = signed_in | {b"Content-Type": rng.choice(TYPES)}
                line = await answer(desk, request(method, path, headers, body))
                assert line.split(b" ")[1][:1] != b"5", (method, path, body[:40], line)
    assert (await desk.api.call("GET", "/api/status")).status == 200


async def test_client_that_leaves_within_an_export_is_no_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is closing when the next chunk is written, and not yet gone."""
    write, written, ended = web.StreamResponse.write, list[int](), asyncio.Event()

    async def write_after_hanging_up(response: web.StreamResponse, data: bytes) -> None:
        response._req.transport.close()
        written.append(len(data))
        try:
            await write(response, data)
        finally:
            ended.set()

    monkeypatch.setattr(web.StreamResponse, "write", write_after_hanging_up)
    signed_in = {b"Authorization": f"Bearer {desk.api.token}".encode()}
    with no_fault():
        # The first line comes before the first chunk is written: this side stays until the end.
        await answer(desk, request("GET", "/api/export", signed_in, b""), until=ended)
        monkeypatch.undo()
        assert (await desk.api.call("GET", "/api/status")).status == 200
    assert len(written) == 1


async def test_a_file_in_a_form_that_is_open_to_all_is_closed(desk: Desk) -> None:
    """It is no language; left open, it would warn and fail this test."""
    part = b'--x\r\nContent-Disposition: form-data; name="to"; filename="a"\r\n\r\nen\r\n--x--\r\n'
    headers = {b"Content-Type": b"multipart/form-data; boundary=x"}
    line = await answer(desk, request("POST", "/lang", headers, part))
    assert line.split(b" ")[1] == b"400"


@pytest.mark.parametrize("name", HEADERS)
async def test_headers_of_any_bytes_are_refused_by_code(desk: Desk, name: bytes) -> None:
    with no_fault():
        for value in (b"\xff\xfe", "逾期".encode(), b"Bearer \xff", b"sc-session-eu=\xff; a=\xfe"):
            for method, path in (("GET", "/"), ("GET", "/api/status"), ("POST", "/api/entries")):
                line = await answer(desk, request(method, path, {name: value}, b"{}"))
                assert line.split(b" ")[1][:1] != b"5", (name, value, path, line)


def unreadable(metrics: Metrics) -> float:
    """Return how many requests of browsers could not be read; other tests send some, too."""
    found = re.search(rb'sc_unreadable_total\{source="browser"\} ([\d.]+)', metrics.exposition())
    return float(found[1]) if found else 0.0


async def test_a_client_that_leaves_in_its_body_is_no_fault(desk: Desk) -> None:
    own = desk.channel.nodes["eu"].core.metrics
    before = unreadable(own)
    signed_in = {b"Authorization": f"Bearer {desk.api.token}".encode()}
    with no_fault():
        for path in ("/api/entries", "/api/files", "/api/lists/check"):
            whole = request("POST", path, signed_in, b"x" * 100_000)
            await answer(desk, whole[:-50_000], whole=False)
        async with asyncio.timeout(60):
            while unreadable(own) < before + 3:
                await desk.api.call("GET", "/api/status")
