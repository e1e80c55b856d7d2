"""Program of the process that checks signatures for `verify` (`cores.py`).

Reads batches from standard input and writes answers to standard output; exits at the end of the
input, so with the main process. Does not judge entries.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import IO, Final

from special_channel.core.bytes.checks import Check, is_good

BATCH: Final = Struct(">III")
"""Header of a batch: number of the batch, number of checks, number of bytes after the header."""

LENGTHS: Final = Struct(">IIIII")
"""Header of a check: lengths of suite, public key, message, signature and relying party.

These follow the header. An empty relying party stands for none.
"""

ANSWER: Final = Struct(">I")
"""Header of answers: number of the batch. Then one byte a check: 1 for a good signature, else 0."""

HELLO: Final = 0
"""Batch number of the first answer, which has no checks: the process is ready."""


def main() -> None:
    """Answer batches in order until the end of the input."""
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer batches until the end of `requests`."""
    _send(answers, HELLO, b"")
    while len(head := requests.read(BATCH.size)) == BATCH.size:
        number, count, size = BATCH.unpack(head)
        _send(answers, number, bytes(map(is_good, _decode(requests.read(size), count))))


def encode(number: int, checks: Iterable[Check]) -> bytes:
    """Encode a batch for `serve`."""
    pieces = [b""]
    for suite, public, message, signature, rp in checks:
        fields = (suite.encode(), public, message, signature, (rp or "").encode())
        pieces += (LENGTHS.pack(*map(len, fields)), *fields)
    pieces[0] = BATCH.pack(number, len(pieces) // 6, sum(map(len, pieces)))
    return b"".join(pieces)


def _decode(data: bytes, count: int) -> Iterator[Check]:
    place = 0
    for _ in range(count):
        lengths = LENGTHS.unpack_from(data, place)
        place += LENGTHS.size
        fields = []
        for length in lengths:
            fields.append(data[place : place + length])
            place += length
        suite, public, message, signature, rp = fields
        yield suite.decode(), public, message, signature, rp.decode() or None


def _send(answers: IO[bytes], number: int, each: bytes) -> None:
    answers.write(ANSWER.pack(number) + each)
    answers.flush()
