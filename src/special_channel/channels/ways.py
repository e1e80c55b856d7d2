"""Try the ways to people: by a letter that says it is a test, or by a look whether they are there.

Does not decide whom to tell of a due time and keeps nothing: `escalation` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal, NoReturn

import structlog

from special_channel.channels.alerts import Composer
from special_channel.core.errors import ChannelError, NotFound, Unavailable
from special_channel.messages.catalogue import Lang
from special_channel.ports import Clock, Randomness
from special_channel.ports.mail import Channel
from special_channel.ports.mirror import Alarms

log = structlog.get_logger(__name__)

Outcome = Literal["sent", "later", "refused"]

DEAD: Final = "alert-channels-dead"
"""The alarm that nobody can be told of anything."""

AWAY: Final = "alert-channel-away"
"""The alarm that some of several ways are not there."""

AGAIN_SECONDS: Final = 60.0
"""Until the next look while a way is away."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one test.

    Attributes:
        channel: Its name in the settings.
        outcome: `later`: the same may go through another time.
        said: The other end's own words, or what kept us from hearing any.
        code: The error's, empty if it was sent.
        facts: The error's.
    """

    channel: str
    outcome: Outcome
    said: str
    code: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ways:
    """All ways of one node, the preferred first."""

    channels: Mapping[str, Channel]
    composer: Composer
    clock: Clock
    randomness: Randomness

    async def test(self, to: str, lang: Lang, names: Sequence[str] = ()) -> tuple[Tried, ...]:
        """Send a test letter through these channels, or through all.

        Raises:
            NotFound: `channel-unknown`.
            Unavailable: `alert-channels-dead`: there is none.
        """
        unknown = next((name for name in names if name not in self.channels), None)
        if unknown is not None:
            raise NotFound("channel-unknown", "There is no such channel.", channel=unknown[:40])
        if not self.channels:
            raise Unavailable(DEAD, "No way to people is configured.")
        chosen = tuple(dict.fromkeys(names or self.channels))
        async with asyncio.TaskGroup() as tasks:
            trying = [tasks.create_task(self._try(name, to, lang)) for name in chosen]
        return tuple(one.result() for one in trying)

    async def _try(self, name: str, to: str, lang: Lang) -> Tried:
        # Each test is a letter of its own: a receiver that drops repeats must show it.
        drawn = self.randomness.bytes(32)
        id_ = sha256(b"special-channel/alert-test/v1\n" + drawn).hexdigest()
        letter = self.composer.test_letter(id_, to, lang, self.clock.now())
        try:
            delivered = await self.channels[name].send(letter)
        except ChannelError as error:
            outcome: Outcome = "later" if isinstance(error, Unavailable) else "refused"
            said = str(error.facts.get("said") or error.facts.get("reason") or error.detail)
            return Tried(name, outcome, said, error.code, error.facts)
        return Tried(name, "sent", delivered.provider)


@dataclass(frozen=True, slots=True)
class ChannelWatch:
    """Looks at start, and from then on, whether anybody could be told of anything."""

    channels: Mapping[str, Channel]
    alarms: Alarms
    sleep: Callable[[float], Awaitable[None]]
    every_seconds: float

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        while True:
            away = await self.look()
            await self.sleep(min(AGAIN_SECONDS, self.every_seconds) if away else self.every_seconds)

    async def look(self) -> tuple[str, ...]:
        """Look at each channel once; sound or quiet the alarms; return those that are away."""
        async with asyncio.TaskGroup() as tasks:
            looks = {
                name: tasks.create_task(_there(name, one)) for name, one in self.channels.items()
            }
        away = tuple(name for name, there in looks.items() if not there.result())
        dead = len(away) == len(self.channels)
        if dead:
            self.alarms.sound(DEAD, channels=", ".join(away))
        else:
            self.alarms.quiet(DEAD)
        if away and not dead:
            self.alarms.sound(AWAY, channels=", ".join(away))
        else:
            self.alarms.quiet(AWAY)
        return away or (DEAD,) if dead else away


async def _there(name: str, channel: Channel) -> bool:
    try:
        await channel.reach()
    except ChannelError as error:
        log.warning("channel.away", channel=name, problem=error.code)
        return False
    except Exception:
        # A fault of one channel must stop neither the look at the others nor the node.
        log.exception("channel.failed", channel=name)
        return False
    return True
