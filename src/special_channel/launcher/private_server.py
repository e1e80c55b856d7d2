"""What private servers have in common: to be started and found ready, stopped, killed, waited for.

Does not know which server it is, nor how it says that it is ready: each has its own class.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from special_channel.core.errors import Unavailable
from special_channel.launcher import processes


class PrivateServer(ABC):
    """A server of this node alone, a child of this process.

    Attributes:
        title: Its name in messages.
        grace: How it is asked to end.
        patience: Seconds that a start may take, recovery after a crash included.
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
        """Return the process id of the running server."""
        return self._running().pid

    async def start(self, seconds: float | None = None) -> None:
        """Start the server and wait until it answers.

        Args:
            seconds: Patience, if other than this server's own.

        Raises:
            Unavailable: `server-not-started`.
        """
        try:
            async with asyncio.timeout(self.patience if seconds is None else seconds):
                await self._clear_away()
                await self._attempt()
        except BaseException as failed:
            await self.stop()
            if isinstance(failed, TimeoutError):
                raise self._not_started() from failed
            raise

    async def stop(self) -> None:
        """Shut down in order; does nothing if it is not running."""
        if self._process:
            await self._process.stop(self.grace)
            self._process = None

    async def restart(self) -> None:
        """Stop if need be, then start in the same place."""
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        """Send SIGKILL, for tests of crashes; `restart` brings it back."""
        await self._running().kill()

    async def ended(self) -> None:
        """Wait until the server is gone, for whatever reason."""
        await self._running().ended()

    @abstractmethod
    async def _clear_away(self) -> None:
        """End a server that a killed launcher left, and remove what would be in the way."""

    @abstractmethod
    async def _attempt(self) -> None:
        """Start the process and return once it is ready."""

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
