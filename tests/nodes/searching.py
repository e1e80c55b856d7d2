"""Finds a text in bytes however it is wrapped: base64, gzip, deflate, JSON escapes, hex."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_DEPTH = 4
_WINDOWS = (zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS)


def found(canaries: Iterable[str], data: bytes) -> set[str]:
    """Return the texts found anywhere in the data."""
    wanted = {form: text for text in canaries for form in _forms(text)}
    return {
        text for layer in _layers(data, _DEPTH) for form, text in wanted.items() if form in layer
    }


def _forms(text: str) -> set[bytes]:
    escaped = json.dumps(text)[1:-1].encode()
    return {text.encode(), escaped, text.encode("utf-16-le"), text.encode("utf-16-be")}


def _layers(data: bytes, depth: int) -> Iterator[bytes]:
    yield data
    if not depth:
        return
    for inner in _inside(data):
        yield from _layers(inner, depth - 1)


def _inside(data: bytes) -> Iterator[bytes]:
    for run in _RUN.findall(data):
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(run.rstrip(b"=") + b"=" * (-len(run.rstrip(b"=")) % 4), b"-_")
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(run.rstrip(b"=") + b"=" * (-len(run.rstrip(b"=")) % 4))
    for run in _HEX.findall(data):
        yield binascii.unhexlify(run)
    yield from _inflated(data)


def _inflated(data: bytes) -> Iterator[bytes]:
    """Every stream of gzip or zlib, at any offset."""
    for mark, window in ((b"\x1f\x8b\x08", _WINDOWS[0]), (b"\x78", _WINDOWS[1])):
        start = data.find(mark)
        while start >= 0:
            with contextlib.suppress(zlib.error):
                text = zlib.decompressobj(window).decompress(data[start:])
                if len(text) > 8:
                    yield text
            start = data.find(mark, start + 1)
