"""Use an address no more once its service has said that it is gone.

Forgets it with the process, and when a test gets through: whoever set a new robot up under the
same address need not restart the node. Does not tell the operator: `ways` and the outbox do.
"""

from __future__ import annotations

from special_channel.channels.posting import gone, misconfigured
from special_channel.core.errors import NotAllowed
from special_channel.ports import Delivered, Letter
from special_channel.ports.mail import Channel


class Standing:
    """Port `Channel` around another one."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._gone: str | None = None

    @property
    def group(self) -> bool:
        """Tell what the channel itself tells."""
        return self._channel.group

    async def reach(self) -> None:
        """Look whether the other end is there; one that is gone is not.

        Raises:
            Unavailable: as `send`; `channel-misconfigured` for an address that is gone.
        """
        if self._gone is not None:
            raise misconfigured(self._gone, 0)
        await self._channel.reach()

    async def send(self, letter: Letter) -> Delivered:
        """Hand a letter over; see `ports.Mail`. A letter that only tries the way is always sent."""
        if self._gone is not None and not letter.only_tries:
            raise gone(self._gone, 0)
        try:
            delivered = await self._channel.send(letter)
        except NotAllowed as error:
            if error.code == "channel-gone":
                self._gone = str(error.facts["said"])
            raise
        self._gone = None
        return delivered
