"""A node as a process that changes between variants while it runs: `python -m benchmarks.switched`.

Reads one variant's name a line on standard input and answers with the name once it is in use. Both
sides of a comparison so share one process: its memory, its connections, its database, its minute.
A new way of doing something is measured by writing its old way here, as a variant. Not a part of
the product.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import uvloop

from special_channel import telemetry
from special_channel.broker import append
from special_channel.cli.serving import SWITCH_SECONDS, run_node
from special_channel.config import load
from special_channel.core import suites

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


VARIANTS: Final[dict[str, Variant]] = {
    "same": nullcontext,
    "checked-twice": _checked_twice,
    "groups-of-one": lambda: patch.object(append, "MAX_GROUP", 1),
}
"""What can be in use instead of the code as it is.

`same` changes nothing: its ratio is the noise of a comparison. `checked-twice` costs each entry one
check of a signature more, which is known: its ratio shows whether a comparison finds that.
`groups-of-one` commits each entry alone: what a commit costs by itself.
"""


class Switch:
    """Holds the variant in use."""

    def __init__(self) -> None:
        self._applied = ExitStack()

    def use(self, name: str) -> None:
        """Take the last variant back and apply this one.

        Raises:
            KeyError: There is no such variant.
        """
        self._applied.close()
        self._applied = ExitStack()
        if name != BASE:
            self._applied.enter_context(VARIANTS[name]())


async def run(config: Path, parts: tuple[str, ...]) -> None:
    """Run a node until standard input is closed, or asks for a variant that does not exist."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    switch = Switch()
    async with asyncio.TaskGroup() as tasks:
        node = tasks.create_task(run_node(load(config), parts))
        while line := await reader.readline():
            name = line.decode().strip()
            if name not in {BASE, *VARIANTS}:
                print(f"there is no variant {name}", file=sys.stderr)
                break
            switch.use(name)
            print(name, flush=True)
        node.cancel()


if __name__ == "__main__":
    telemetry.configure("error", json_lines=False)
    sys.setswitchinterval(SWITCH_SECONDS)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(run(Path(sys.argv[1]), tuple(sys.argv[2:]) or ("web",)))
