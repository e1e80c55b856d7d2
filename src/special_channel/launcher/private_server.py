"""Base class of private servers: start, readiness, stop, kill, wait.

Does not know the kind of server or its readiness check: subclasses do.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import ClassVar, Self

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher import folders, processes


@contextlib.contextmanager
def prepared(
    data: Path, sockets: Path, longest_name: str, way: processes.Confinement | None
) -> Iterator[tuple[Path, processes.Confinement]]:
    """Lock the data folder, make the socket folder, and let the confined server use both.

    Yields:
        The absolute data folder, and how to drop root: detected if `way` is None.

    Raises:
        Refused: `socket-path-too-long`.
        Unavailable: `data-in-use`, `socket-folder-not-private`, `root-not-shed`.
    """
    confined = way or processes.confinement()
    with folders.locked_folder(data) as folder, folders.private_sockets(sockets, longest_name):
        confined.give(folder)
        confined.give(sockets)
        yield folder, confined


class PrivateServer(ABC):
    """A server for this node alone, running as a child process.

    Attributes:
        title: The server's name in messages.
        grace: Signals for stopping the server, with time limits.
        patience: Longest time of a start in seconds, including recovery after a crash.
    """

    title: ClassVar[str]
    grace: ClassVar[processes.Grace]
    patience: ClassVar[float]

    def __init__(self, log: Path, way: processes.Confinement) -> None:
        self._log = log
        self._way = way
        self._process: processes.ServerProcess | None = None

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        return self._running().pid

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Run the server while the block lasts."""
        try:
            await self.start()
            yield self
        finally:
            await self.stop()

    async def start(self, seconds: float | None = None) -> None:
        """Start the server and wait until it answers.

        Args:
            seconds: Time limit, instead of `patience`.

        Raises:
            Unavailable: `server-not-started`.
        """
        try:
            async with asyncio.timeout(self.patience if seconds is None else seconds):
                await self._remove_leftovers()
                await self._launch()
        except BaseException as failed:
            await self.stop()
            if isinstance(failed, TimeoutError):
                raise self._not_started() from failed
            raise

    async def stop(self) -> None:
        """Shut down in order; do nothing if the server is not running."""
        if self._process:
            await self._process.stop(self.grace)
            self._process = None

    async def restart(self) -> None:
        """Stop if running, then start on the same folders."""
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        """Send SIGKILL, for tests of crashes; `restart` recovers the server."""
        await self._running().kill()

    async def ended(self) -> None:
        """Wait until the server's process has ended, for any reason."""
        await self._running().ended()

    @abstractmethod
    async def _remove_leftovers(self) -> None:
        """End the server of a killed launcher and remove its leftover files."""

    @abstractmethod
    async def _launch(self) -> None:
        """Start the process and wait until it is ready."""

    def _running(self) -> processes.ServerProcess:
        if self._process is None:
            raise Unavailable("server-not-running", f"The private {self.title} is not running.")
        return self._process

    def _not_started(self) -> Unavailable:
        return Unavailable(
            "server-not-started",
            f"The private {self.title} did not start: {processes.last_line(self._log)}. "
            f"All that it said is in {self._log}.",
            server=self.title,
            log=str(self._log),
        )
