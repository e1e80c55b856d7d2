"""A stranger is told to sign in before anything of a request is judged, on every route."""

from __future__ import annotations

import asyncio
import re

import pytest

from special_channel.web.http.routes import PUBLIC, ROUTES
from tests.web.pages_node import PagesNode
from tests.world import World

OPEN = {
    ("GET", "/"), ("GET", "/sign-in"), ("GET", "/enrol"), ("GET", "/lang"), ("POST", "/lang"),
    ("GET", "/stop"), ("POST", "/stop"), ("POST", "/api/stop"),
    ("GET", "/calendar/{token}.ics"),
    ("POST", "/api/signin/challenge"), ("POST", "/api/signin"),
    ("POST", "/api/enrol/start"), ("POST", "/api/enrol"), ("GET", "/api/enrol/status"),
}  # fmt: skip
"""Routes that are public on purpose. Whoever adds one says so here."""

Bad = tuple[bytes, bytes, dict[bytes, bytes], bytes]
"""What stands in each place of an address, the query, headers and body."""

JSON = {b"Content-Type": b"application/json"}
FORM = {b"Content-Type": b"application/x-www-form-urlencoded"}
PARTS = {b"Content-Type": b"multipart/form-data; boundary=x"}

BAD: dict[str, Bad] = {
    "nothing wrong": (b"1", b"", {}, b""),
    "control in query": (b"1", b"?page=%00", {}, b""),
    "control in query name": (b"1", b"?%0a=1", {}, b""),
    "no text in query": (b"1", b"?lang=%ff&scope=%ed%a0%80", {}, b""),
    "control in address": (b"%00", b"", {}, b""),
    "no text in address": (b"%ff%fe", b"", {}, b""),
    "long number": (b"9" * 3000, b"?page=" + b"9" * 3000, {}, b""),
    "no json": (b"1", b"", JSON, b"{"),
    "deep json": (b"1", b"", JSON, b"[" * 50_000),
    "other type": (b"1", b"", {b"Content-Type": b"image/png"}, b"x"),
    "unknown charset": (b"1", b"", {b"Content-Type": b"text/plain; charset=none"}, b"x"),
    "type of any bytes": (b"1", b"", {b"Content-Type": b"\xff\xfe"}, b"x"),
    "no form": (b"1", b"", FORM, b"%ff&%00=" + b"&" * 5000),
    "no parts": (b"1", b"", PARTS, b"--y\r\n\r\n"),
    "no boundary": (b"1", b"", {b"Content-Type": b"multipart/form-data"}, b"x"),
    "no gzip": (b"1", b"", JSON | {b"Content-Encoding": b"gzip"}, b"x"),
    "length beyond limits": (b"1", b"", JSON | {b"Content-Length": b"9" * 12}, b""),
    "no range": (b"1", b"", {b"Range": b"bytes=9-1", b"If-None-Match": b"\xff"}, b""),
    "no event": (b"1", b"", {b"Last-Event-ID": b"\xff\xfe", b"Accept-Language": b"\xff"}, b""),
    "no credential": (b"1", b"?x=%00", {b"Authorization": b"Bearer \xff"}, b"x"),
    "no cookie": (b"1", b"?x=%00", {b"Cookie": b"sc-session-cn=\xff; =; a"}, b"x"),
    "from another site": (b"1", b"?x=%00", {b"Origin": b"null"}, b"x"),
}


async def answer(site: PagesNode, method: str, path: str, bad: Bad, accept: bytes) -> str:
    """Send a request; return status line and redirect."""
    place, query, headers, body = bad
    address = re.sub(rb"\{[^}]*\}", lambda _: place, path.encode()) + query
    sent = {b"Host": b"localhost", b"Accept": accept, b"Connection": b"close"}
    sent |= {b"Content-Length": str(len(body)).encode()} | headers
    lines = b"".join(b"%b: %b\r\n" % each for each in sent.items())
    port = int(site.base.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"%b %b HTTP/1.1\r\n%b\r\n%b" % (method.encode(), address, lines, body))
        async with asyncio.timeout(30):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
    finally:
        writer.close()
    where = re.search(r"^Location: (\S+)", head, re.MULTILINE)
    return f"{head.split()[1]} {where[1].partition('?')[0] if where else ''}".strip()


def test_public_routes_are_named():
    assert PUBLIC == OPEN
    assert {(method, path) for method, path, _ in ROUTES} > OPEN


@pytest.mark.parametrize("name", BAD)
async def test_stranger_is_told_to_sign_in_before_all_else(pages_of, name):
    site = await pages_of(World.founded(), "cn")
    wrong = {}
    for method, path, _ in ROUTES:
        if (method, path) in OPEN:
            continue
        page = method == "GET" and not path.startswith("/api/")
        found = await answer(site, method, path, BAD[name], b"text/html")
        if found != ("303 /sign-in" if page else "401"):
            wrong[f"{method} {path}"] = found
    assert wrong == {}


async def test_machine_client_is_told_to_sign_in_by_code(pages_of):
    site = await pages_of(World.founded(), "cn")
    bad = BAD["control in query"]
    for path in ("/inbox", "/threads", "/api/heads"):
        assert await answer(site, "GET", path, bad, b"application/json") == "401"


@pytest.mark.parametrize(("method", "path"), sorted(OPEN))
async def test_public_route_asks_no_session(pages_of, method, path):
    site = await pages_of(World.founded(), "cn")
    found = await answer(site, method, path, BAD["nothing wrong"], b"application/json")
    assert found.partition(" ")[0] in {"200", "303", "400", "404"}
