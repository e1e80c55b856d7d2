"""The process that checks signatures for `verify`: batches on standard input, answers on output.

Ends when its input does, so never later than the process that started it (`cores.py`). Does not
know whose keys they are, and judges nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import IO, Final

from special_channel.core.bytes.checks import Check, is_good

BATCH: Final = Struct(">III")
"""Before a batch: its number, the number of its checks, and of the bytes that follow."""

LENGTHS: Final = Struct(">IIII")
"""Before a check: the lengths of suite, public key, message and signature, whose bytes follow."""

ANSWER: Final = Struct(">I")
"""Before the answers: the number of their batch. One byte a check follows, 1 if good, else 0."""

HELLO: Final = 0
"""The number of an answer without checks, which says that the process is ready for batches."""


def main() -> None:
    """Answer batches, in their order, until the input ends."""
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer batches until the requests end."""
    _send(answers, HELLO, b"")
    while len(head := requests.read(BATCH.size)) == BATCH.size:
        number, count, size = BATCH.unpack(head)
        _send(answers, number, bytes(map(is_good, _decode(requests.read(size), count))))


def encode(number: int, checks: Iterable[Check]) -> bytes:
    """Return a batch as `serve` reads it."""
    pieces = [b""]
    for suite, public, message, signature in checks:
        name = suite.encode()
        lengths = LENGTHS.pack(len(name), len(public), len(message), len(signature))
        pieces += (lengths, name, public, message, signature)
    pieces[0] = BATCH.pack(number, len(pieces) // 5, sum(map(len, pieces)))
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
        suite, public, message, signature = fields
        yield suite.decode(), public, message, signature


def _send(answers: IO[bytes], number: int, each: bytes) -> None:
    answers.write(ANSWER.pack(number) + each)
    answers.flush()
