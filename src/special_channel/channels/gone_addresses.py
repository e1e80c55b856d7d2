"""Stop using an address after its service reported the address as gone.

The state is reset by a restart, and by a successful test, so that an operator can set up a new
robot under the same address without a restart. Does not inform the operator: the channel watch
and the outbox do.
"""

from __future__ import annotations

from special_channel.channels.posting import failure
from special_channel.core.bytes.errors import NotAllowed
from special_channel.ports import Delivered, Letter
from special_channel.ports.mail import Channel


class GoneAddressGuard:
    """Port `Channel` that wraps another channel and blocks a gone address."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._gone: str | None = None

    @property
    def group(self) -> bool:
        """Whether the wrapped channel reaches a whole group."""
        return self._channel.group

    async def reach(self) -> None:
        """Check the connection; fail at once for a gone address.

        Raises:
            Unavailable: as `send`; `channel-misconfigured` for a gone address.
        """
        if self._gone is not None:
            raise failure("misconfigured", self._gone, 0)
        await self._channel.reach()

    async def send(self, letter: Letter) -> Delivered:
        """Send a letter; see `ports.Channel`. Test letters are sent even to a gone address."""
        if self._gone is not None and not letter.only_tries:
            raise failure("gone", self._gone, 0)
        try:
            delivered = await self._channel.send(letter)
        except NotAllowed as error:
            if error.code == "channel-gone":
                self._gone = str(error.facts["said"])
            raise
        self._gone = None
        return delivered
