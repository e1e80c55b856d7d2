"""Unusual parts of requests, one by one, for tests that combine them."""

from __future__ import annotations


def request(
    *,
    method: bytes = b"POST",
    target: bytes = b"/api/entries",
    version: bytes = b"HTTP/1.1",
    auth: bytes = b"",
    headers: tuple[bytes, ...] = (),
    length: tuple[bytes, ...] | None = None,
    body: bytes = b"",
    end: bytes = b"\r\n",
) -> bytes:
    """Write a request; `length` stands where Content-Length of the body would."""
    framing = (b"Content-Length: %d" % len(body),) if length is None else length
    lines = [b"%b %b %b" % (method, target, version), b"Host: localhost"]
    lines += [b"Content-Type: application/json", *([auth] if auth else []), *headers, *framing]
    return end.join([*lines, b"", b""]) + body


def chunked(body: bytes, size: bytes = b"") -> bytes:
    return b"%b\r\n%b\r\n0\r\n\r\n" % (size or b"%x" % len(body), body)


TARGETS = (
    b"/api/entries", b"/api/entries/", b"/api/entries?x=1", b"/api/entries?", b"/api/entries#f",
    b"/api/%65ntries", b"/api/entries%00", b"//api/entries", b"/api/./entries", b"/API/entries",
    b"/api/entries;a", b"http://localhost/api/entries", b"*", b"/api/entries?lang=zh_CN",
    b"/api/entries\xff", b"/api/private/entries", b"/api/entries/x",
)  # fmt: skip
METHODS = (
    b"post", b"HEAD", b"OPTIONS", b"PUT", b"GET", b"DELETE", b"PATCH", b"TRACE", b"POSTX", b"PO ST",
)  # fmt: skip
VERSIONS = (b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.1 ", b"http/1.1", b"")
HEADERS: tuple[tuple[bytes, ...], ...] = (
    (b"Expect: 100-continue",),
    (b"Expect: a miracle",),
    (b"Connection: close",),
    (b"Connection: keep-alive",),
    (b"Connection: upgrade", b"Upgrade: websocket"),
    (b"Accept: text/html", b"Accept-Language: zh-CN"),
    (b"Accept-Language: \xff",),
    (b"Content-Type: text/plain",),
    (b"Content-Type: \xff\xfe",),
    (b"Content-Encoding: gzip",),
    (b"Content-Encoding: br",),
    (b"Content-Encoding: none-such",),
    (b"X-Forwarded-For: 198.51.100.1",),
    (b"X-Forwarded-For: x", b"X-Forwarded-For: \xff, 10.0.0.1"),
    (b"Origin: null",),
    (b"Sec-Fetch-Site: cross-site",),
    (b"Host: elsewhere",),
    (b"A : b",),
    (b"A: b", b" folded"),
    (b"A: \x00",),
    (b"no colon",),
    (b": no name",),
    (b"A: b\nContent-Length: 0",),
    (b"A: b\rB: c",),
    (b"Long: " + b"x" * 20_000,),
    tuple(b"H%d: x" % number for number in range(120)),
    (b"Authorization: Bearer other",),
    (b"Cookie: a=b; =; \xff",),
)


def lengths(body: bytes) -> list[tuple[bytes, ...]]:
    exact = b"%d" % len(body)
    return [
        (),
        (b"Content-Length: " + exact, b"Content-Length: " + exact),
        (b"Content-Length: " + exact, b"Content-Length: 0"),
        (b"Content-Length: %b, %b" % (exact, exact),),
        (b"Content-Length: +" + exact,),
        (b"Content-Length: -1",),
        (b"Content-Length: 0x10",),
        (b"Content-Length:",),
        (b"Content-Length: " + b"9" * 30,),
        (b"Content-Length: 100000",),
        (b"Content-Length : " + exact,),
        (b"Content-Length:\t%b\t" % exact,),
        (b"Content-Length: 00" + exact,),
        (b"Content-Length: 10",),
        (b"Transfer-Encoding: chunked", b"Content-Length: " + exact),
        (b"Transfer-Encoding: identity", b"Content-Length: " + exact),
        (b"Transfer-Encoding: gzip, chunked",),
        (b"Transfer-Encoding: chunked, chunked",),
        (b"Transfer-Encoding: xchunked",),
        (b"Transfer-Encoding: \x0bchunked",),
    ]
