"""Both protocols against real servers, and against servers that lie, stall or flood."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from datetime import date

import pytest

from special_channel.core.bytes.errors import Malformed, Unavailable
from special_channel.ports.scanning import Engine as Named
from special_channel.wiring.scanning import make_scanners
from tests.channel import settings
from tests.scanners.servers import EICAR, Engine, clamd, icap, zipped

CLEAN = bytes(range(256)) * 9000  # more than two rows of a stored file
DOCX = {"word/document.xml": b"<w:document/>", "word/embeddings/one.bin": EICAR}


def scanner(folder, address: str, **more):
    kind = "icap" if address.startswith("icap") else "clamd"
    section = {"kind": kind, "address": address, "timeout_seconds": 5, **more}
    made = make_scanners(settings(folder, "eu", {"eu": 1, "cn": 2}, scanners={"first": section}))
    return made["first"]


async def rows(data: bytes):
    yield b""  # an empty row must not end the file
    for first in range(0, len(data), 2**20):
        yield data[first : first + 2**20]


async def scanned(made, data: bytes):
    return await made.scan(rows(data), len(data))


SERVERS = [
    (clamd, {}),
    (icap, {}),
    (icap, {"echoes": True}),
    (icap, {"page": True}),
    (icap, {"options": False}),
]


@pytest.mark.parametrize(("serve", "how"), SERVERS)
@pytest.mark.parametrize("method", ["respmod", "reqmod"])
async def test_eicar_is_found_in_file_zip_and_docx(tmp_path, serve, how, method):
    if serve is clamd and method == "reqmod":
        return
    async with serve(**how) as running:
        made = scanner(tmp_path, running.address, method=method)
        for data in (b"", b"x", CLEAN, zipped(a_txt=b"harmless")):
            assert not (await scanned(made, data)).found
            assert running.engine.files[-1] == data
        for data in (EICAR, zipped(a_txt=EICAR), zipped(DOCX)):
            scan = await scanned(made, data)
            assert scan.found
            assert scan.threat == ("" if how.get("page") else "Eicar-Test-Signature")


async def test_engine_names_signatures_and_their_date(tmp_path):
    socket = str(tmp_path / "clamd.ctl")
    async with clamd(path=socket) as first, icap() as second, icap(options=False) as third:
        assert await scanner(tmp_path, first.address).engine() == Named(
            "ClamAV 1.4.3", "27812", date(2026, 11, 28)
        )
        assert await scanner(tmp_path, second.address).engine() == Named(
            "Sample Scanner 2.1", "27812"
        )
        bare = scanner(tmp_path, third.address)
        assert await bare.engine() == Named("ICAP")
        # Without OPTIONS the tag comes with the verdict.
        assert (await scanned(bare, b"x")).engine == Named("ICAP", "27812")


HOSTILE = [
    b"",
    b"\0",
    b"stream: INSTREAM size limit exceeded. ERROR\0",
    b"\xff" * 100_000,
    b"ICAP/1.0 500 Server error\r\n\r\n",
    b"ICAP/1.0 404 Service not found\r\n\r\n",
    b"ICAP/1.0 2\xb2\xb3 odd digits\r\n\r\n",
    b"ICAP/1.0 200 OK\r\n" + b"A: b\r\n" * 200,
    b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=9\r\n\r\nHTTP/1.1 200 OK\r\n\r\nzz\r\n",
    b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=9\r\n\r\nHTTP/1.1 200 OK\r\n\r\n5\r\nab",
]


@pytest.mark.parametrize("raw", HOSTILE)
@pytest.mark.parametrize("serve", [clamd, icap])
async def test_answer_that_is_no_verdict_is_refused(tmp_path, serve, raw):
    async with serve(Engine(raw=raw)) as running:
        with pytest.raises(Unavailable) as caught:
            await scanned(scanner(tmp_path, running.address), CLEAN)
    assert caught.value.code == "scanner-unavailable"


async def test_changed_or_longer_file_counts_as_find(tmp_path):
    for body in (b"1\r\ny\r\n0\r\n\r\n", b"ffffffffffff\r\nyyy", b"-1\r\n"):
        head = b"ICAP/1.0 200 OK\r\nEncapsulated: res-hdr=0, res-body=19\r\n\r\n"
        raw = head + b"HTTP/1.1 200 OK\r\n\r\n" + body
        async with icap(Engine(raw=raw)) as running:
            assert (await scanned(scanner(tmp_path, running.address), b"x")).found


async def test_name_of_a_find_is_one_bounded_line(tmp_path):
    bad = "Bad\u202egpj\r\n" + "<b>" + "x" * 300
    async with clamd(Engine(threats={EICAR: bad})) as running:
        threat = (await scanned(scanner(tmp_path, running.address), EICAR)).threat
    assert threat.startswith("Bad gpj <b>x")
    assert len(threat) == 100


async def test_scanner_that_is_down_or_slow_gives_no_verdict(tmp_path):
    async with clamd() as running:
        address = running.address
        running.engine.answers.clear()
        with pytest.raises(Unavailable, match="no verdict") as slow:
            await scanned(scanner(tmp_path, address, timeout_seconds=0.2), b"x")
        assert slow.value.facts["reason"] == "answer"
    with pytest.raises(Unavailable) as down:
        await scanned(scanner(tmp_path, address), b"x")
    assert down.value.facts["reason"] == "connection"


async def test_answer_before_the_end_of_the_file_counts(tmp_path):
    """A server that knows enough answers early and does not read on."""
    reading = asyncio.Event()

    async def early(_reader, writer):
        writer.write(b"ICAP/1.0 200 OK\r\nX-Virus-ID: Early\r\n\r\n")
        await writer.drain()
        await reading.wait()
        writer.close()

    server = await asyncio.start_server(early, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    big = bytes(30 * 2**20)
    try:
        scan = await scanned(scanner(tmp_path, f"icap://127.0.0.1:{port}/x"), big)
    finally:
        reading.set()
        server.close()
    assert (scan.found, scan.threat) == (True, "Early")


@pytest.mark.parametrize(
    ("kind", "address", "wrong"),
    [
        ("clamd", "/run/clamd.ctl", False),
        ("clamd", "tcp://scan.example", False),
        ("icap", "icaps://scan.example/avscan", False),
        ("clamd", "scan.example:3310", True),
        ("clamd", "icap://scan.example/x", True),
        ("icap", "/run/clamd.ctl", True),
        ("icap", "tcp://scan.example", True),
        ("icap", "icap://scan.example:99999/x", True),
        ("icap", "icap:///x", True),
    ],
)
def test_address_of_another_kind_is_refused(tmp_path, kind, address, wrong):
    sections = {"first": {"kind": kind, "address": address}}
    made = settings(tmp_path, "eu", {"eu": 1, "cn": 2}, scanners=sections)
    with pytest.raises(Malformed) if wrong else nullcontext():
        make_scanners(made)
