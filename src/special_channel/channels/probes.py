"""Test channels: send test letters, and check connections periodically.

Does not choose recipients of alerts and stores nothing: `escalation` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, NoReturn

import structlog

from special_channel.channels.alerts import Composer
from special_channel.core.bytes.errors import ChannelError, NotFound, Unavailable
from special_channel.messages.catalogue import Lang
from special_channel.ports import Alarms, Clock, Randomness
from special_channel.ports.mail import Channel

log = structlog.get_logger(__name__)

Outcome = Literal["sent", "later", "refused"]

DEAD: Final = "alert-channels-dead"
"""Alarm: no channel works, so nobody can be alerted."""

AWAY: Final = "alert-channel-away"
"""Alarm: some of several channels are unreachable."""

AGAIN_SECONDS: Final = 60.0
"""Time until the next check while a channel is unreachable."""


@dataclass(frozen=True, slots=True)
class ChannelTestResult:
    """Result of one channel test.

    Attributes:
        channel: The channel's name in the settings.
        outcome: `later` means that a retry may succeed.
        said: The service's response text, or the reason for a missing response.
        code: The error's code, empty if the letter was sent.
        facts: The error's facts.
    """

    channel: str
    outcome: Outcome
    said: str
    code: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelTester:
    """Sends test letters through a node's channels, concurrently."""

    channels: Mapping[str, Channel]
    composer: Composer
    clock: Clock
    randomness: Randomness

    async def test(
        self, to: str, lang: Lang, names: Sequence[str] = ()
    ) -> tuple[ChannelTestResult, ...]:
        """Send a test letter through the named channels, or through all.

        Raises:
            NotFound: `channel-unknown`.
            Unavailable: `alert-channels-dead`: no channel is configured.
        """
        unknown = next((name for name in names if name not in self.channels), None)
        if unknown is not None:
            raise NotFound("channel-unknown", "There is no such channel.", channel=unknown[:40])
        if not self.channels:
            raise Unavailable(DEAD, "No way to people is configured.")
        chosen = tuple(dict.fromkeys(names or self.channels))
        async with asyncio.TaskGroup() as tasks:
            sending = [tasks.create_task(self._try(name, to, lang)) for name in chosen]
        return tuple(task.result() for task in sending)

    async def _try(self, name: str, to: str, lang: Lang) -> ChannelTestResult:
        # A new random id each time, since receivers drop repeats.
        random = self.randomness.bytes(32)
        id_ = sha256(b"special-channel/alert-test/v1\n" + random).hexdigest()
        letter = self.composer.test_letter(id_, to, lang, self.clock.now())
        try:
            delivered = await self.channels[name].send(letter)
        except ChannelError as error:
            outcome: Outcome = "later" if isinstance(error, Unavailable) else "refused"
            reply = str(error.facts.get("said") or error.facts.get("reason") or error.detail)
            return ChannelTestResult(name, outcome, reply, error.code, error.facts)
        return ChannelTestResult(name, "sent", delivered.provider)


@dataclass(frozen=True, slots=True)
class ChannelWatch:
    """Checks at start and periodically whether any channel works."""

    channels: Mapping[str, Channel]
    alarms: Alarms
    sleep: Callable[[float], Awaitable[None]]
    every_seconds: float

    async def run(self) -> NoReturn:
        """Check until cancelled."""
        while True:
            away = await self.check()
            await self.sleep(min(AGAIN_SECONDS, self.every_seconds) if away else self.every_seconds)

    async def check(self) -> tuple[str, ...]:
        """Check each channel once, update the alarms, and return names of unreachable channels."""
        async with asyncio.TaskGroup() as tasks:
            checks = {
                name: tasks.create_task(_is_reachable(name, channel))
                for name, channel in self.channels.items()
            }
        away = tuple(name for name, check in checks.items() if not check.result())
        dead = len(away) == len(self.channels)
        for code, is_on in ((DEAD, dead), (AWAY, bool(away) and not dead)):
            if is_on:
                self.alarms.sound(code, channels=", ".join(away))
            else:
                self.alarms.quiet(code)
        return away or (DEAD,) if dead else away


async def _is_reachable(name: str, channel: Channel) -> bool:
    try:
        await channel.reach()
    except ChannelError as error:
        log.warning("channel.away", channel=name, problem=error.code)
        return False
    except Exception:
        # A bug in one channel must stop neither the other checks nor the node.
        log.exception("channel.failed", channel=name)
        return False
    return True
