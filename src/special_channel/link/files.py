"""Download attachments that the peer's entries name, after the entries (rule 17).

Does not delay entries: an entry counts as delivered without its files.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from special_channel.core.bytes.errors import ChannelError, Malformed, Refused, Unavailable
from special_channel.link.client import PeerClient
from special_channel.ports import Alarms, Clock
from special_channel.stores.mirror import SharedFiles

_AT_ONCE: Final = 500
"""Missing files tried in one step; the next step continues."""

_RESUMED: Final = 8
"""Reconnections within one file before the file is retried in a later step."""

_FIRST_RETRY_SECONDS: Final = 5.0
_LAST_RETRY_SECONDS: Final = 900.0


class FileFetcher:
    """Downloads missing files one at a time; a failing file is retried without delaying others."""

    def __init__(
        self, files: SharedFiles, client: PeerClient, clock: Clock, alarms: Alarms
    ) -> None:
        self._files = files
        self._client = client
        self._clock = clock
        self._alarms = alarms
        self._retries: dict[str, tuple[float, float]] = {}

    async def step(self) -> int:
        """Try each missing file past its back-off; return the number of files received.

        Raises:
            Unavailable: `database-unavailable`.
        """
        received = 0
        missing = await self._files.missing(_AT_ONCE)
        if not missing:
            self._alarms.quiet("file-not-delivered")
        for sha256, length in missing:
            due, delay = self._retries.get(sha256, (0.0, _FIRST_RETRY_SECONDS))
            if due > self._clock.monotonic():
                continue
            try:
                await self._files.receive(sha256, length, self._stream(sha256, length))
            except ChannelError as error:
                self._later(sha256, delay, error)
                continue
            self._retries.pop(sha256, None)
            received += 1
        return received

    def _later(self, sha256: str, delay: float, error: ChannelError) -> None:
        following = min(delay * 2, _LAST_RETRY_SECONDS)
        self._retries[sha256] = (self._clock.monotonic() + delay, following)
        if isinstance(error, Refused):
            self._alarms.sound("file-not-delivered", sha256=sha256, reason=error.code)

    async def _stream(self, sha256: str, length: int) -> AsyncIterator[bytes]:
        """Yield the file's bytes; resume a broken transfer at its last offset."""
        offset = 0
        for last in [False] * _RESUMED + [True]:
            try:
                async for chunk in self._client.file(sha256, offset):
                    offset += len(chunk)
                    yield chunk
            except Unavailable:
                if last:
                    raise
                continue
            break
        if offset != length:
            raise Malformed("file-length", "The file has another length than was signed.")
