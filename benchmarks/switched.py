"""A node with a switch between variants of its code: `python -m benchmarks.switched`.

Reads a variant's name from standard input, a name a line, switches, and prints the name. So both
sides of a comparison share process, memory, connections, database and minute. To measure a change,
write the old code here as a variant. Not part of the product.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import uvloop

from special_channel import telemetry
from special_channel.broker import append, groups
from special_channel.cli.serving import SWITCH_SECONDS, run_node
from special_channel.config import load
from special_channel.core.bytes import ed25519, suites
from special_channel.escalation.deps import WorkerSettings
from special_channel.stores.record import at_once

BASE: Final = "as-is"

Variant = Callable[[], AbstractContextManager[Any]]


@contextmanager
def _checked_twice() -> Iterator[None]:
    check = suites.verify

    def twice(*arguments: Any) -> None:  # noqa: ANN401 - as they come
        check(*arguments)
        check(*arguments)

    with patch.object(suites, "verify", twice):
        yield


@contextmanager
def _openssl_only() -> Iterator[None]:
    scheme = replace(suites.SUITES["ed25519"], verify=ed25519.openssl)
    with patch.object(suites, "SUITES", {**suites.SUITES, "ed25519": scheme}):
        yield


def _by_openssl(key: suites.PrivateKey, message: bytes) -> bytes:
    return key._key.sign(message)  # type: ignore[call-arg] # noqa: SLF001 - as before


def _batches_of(count: int) -> Variant:
    return lambda: patch.object(WorkerSettings, "batch", property(lambda _: count))


VARIANTS: Final[dict[str, Variant]] = {
    "same": nullcontext,
    "checked-twice": _checked_twice,
    "openssl-only": _openssl_only,
    "openssl-signs": lambda: patch.object(suites.PrivateKey, "sign", _by_openssl),
    "locked-first": lambda: patch.object(groups, "plain", lambda _: False),
    "groups-of-one": lambda: patch.multiple(append, MAX_GROUP=1, GATHER=0),
    "arrays-only": lambda: patch.object(at_once, "_one", lambda _: False),
    "not-gathered": lambda: patch.object(append, "GATHER", 0),
    "batches-of-100": _batches_of(100),
    "batches-of-200": _batches_of(200),
    "batches-of-500": _batches_of(500),
}
"""Variants by name.

`same` changes nothing; its ratio is the noise of a comparison. `checked-twice` adds a signature
check to every entry; a comparison must find this known cost. `openssl-only` checks signatures as
before ADR 19, `openssl-signs` makes them as before ADR 24. `locked-first` locks the heads before it
judges, as before ADR 20. `groups-of-one` commits every entry alone and shows the price of a commit.
`not-gathered` commits at once whatever waits, as before ADR 23. `arrays-only` hands PostgreSQL
arrays of rows even for one row. `batches-of-…` takes so many due times together, in place of 400.
"""


class Switch:
    """The switch; remembers the current variant."""

    def __init__(self) -> None:
        self._applied = ExitStack()

    def use(self, name: str) -> None:
        """Undo the last variant and apply a new one.

        Raises:
            KeyError: The variant does not exist.
        """
        self._applied.close()
        self._applied = ExitStack()
        if name != BASE:
            self._applied.enter_context(VARIANTS[name]())


async def switching() -> None:
    """Read variants' names and apply them until standard input is closed or names no variant."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    switch = Switch()
    while line := await reader.readline():
        name = line.decode().strip()
        if name not in {BASE, *VARIANTS}:
            print(f"there is no variant {name}", file=sys.stderr)
            break
        switch.use(name)
        print(name, flush=True)


async def run(config: Path, parts: tuple[str, ...]) -> None:
    """Run a node until standard input is closed or names an unknown variant."""
    async with asyncio.TaskGroup() as tasks:
        node = tasks.create_task(run_node(load(config), parts))
        await switching()
        node.cancel()


if __name__ == "__main__":
    telemetry.configure("error", json_lines=False)
    sys.setswitchinterval(SWITCH_SECONDS)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(run(Path(sys.argv[1]), tuple(sys.argv[2:]) or ("web",)))
