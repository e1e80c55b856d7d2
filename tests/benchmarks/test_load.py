"""The sender's own HTTP: bodies with a length, in chunks, and into a file."""

from __future__ import annotations

import asyncio
import contextlib
import io

import pytest

from benchmarks.brokers.bursts import run_burst
from benchmarks.load import Connection

WITH_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
IN_CHUNKS = (
    b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\na\r\n, in parts\r\n0\r\n\r\n"
)
REFUSED = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"


@contextlib.asynccontextmanager
async def answering(*answers: bytes):
    """A server that gives one response per request, then closes."""

    async def serve(reader, writer):
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            for byte in answer:
                writer.write(bytes([byte]))  # as slowly as a network may bring it
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        connection = await Connection.open(server.sockets[0].getsockname()[1])
        yield connection
        connection.close()


async def test_answers_with_length_and_in_chunks_follow_on_one_connection():
    async with answering(IN_CHUNKS, WITH_LENGTH, IN_CHUNKS) as connection:
        assert await connection.put("/", b"") == (201, b"hello, in parts")
        assert await connection.get("/") == (200, b"hello")
        assert await connection.post("/", b"") == (201, b"hello, in parts")


async def test_download_writes_what_came():
    target = io.BytesIO()
    async with answering(WITH_LENGTH) as connection:
        assert await connection.download("/bundle", target) == 5
    assert target.getvalue() == b"hello"


async def test_download_that_is_refused_writes_nothing():
    target = io.BytesIO()
    async with answering(REFUSED) as connection:
        with pytest.raises(RuntimeError, match="503 b'busy'"):
            await connection.download("/bundle", target)
    assert target.getvalue() == b""


async def test_download_that_breaks_off_is_an_error():
    async with answering(WITH_LENGTH[:-2]) as connection:
        with pytest.raises(RuntimeError, match="2 bytes are missing"):
            await connection.download("/bundle", io.BytesIO())


async def test_burst_counts_what_was_under_way_at_its_end():
    posted = []

    async def post(number):
        posted.append(number)
        await asyncio.sleep(0)

    burst = await run_burst(post, 3, 0)
    assert sorted(posted) == [0, 1, 2]
    assert burst.count == 3
    assert burst.rate == 3 / burst.seconds


async def test_burst_ends_with_the_first_message_that_fails():
    async def post(_number):
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await run_burst(post, 2, 60)
