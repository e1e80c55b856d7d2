"""Hints that something changed: at once within the process, by Redis to the others.

Does not carry content, and nobody may depend on it: a hint may be lost, doubled or late,
so whoever listens also looks again from time to time. Within one process hints need no
Redis at all. Anybody who reaches Redis can publish any bytes: those that are no hint mean
`EVERYTHING`, are counted, and cost nothing else.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, NoReturn
from weakref import WeakSet

import structlog
from redis.asyncio import Redis

from special_channel.core.errors import Unavailable
from special_channel.stores.cancelled import still_wanted
from special_channel.stores.redis_connection import redis_errors

log = structlog.get_logger(__name__)

EVERYTHING: Final = "*"
"""Topic that a listener gets when hints may have been lost: look at all you watch."""

MAX_WAITING: Final = 1000
"""Topics kept for one listener; beyond that it is told to look at everything."""

HINT: Final = re.compile(rb"([!-~]{1,100}) ([!-~]{1,200})")
"""Sender and topic, in printable ASCII."""

FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 2.0
"""Between tries to reach Redis. Short: Redis restarts in 0.1 s and costs nothing to ask."""

PACE_SECONDS: Final = 0.025
"""Between hints to other processes. The first goes at once; nobody sees a fortieth of a second."""

PING_SECONDS: Final = 10.0
"""A connection that says nothing for this long is asked whether it still lives."""

REPLY_SECONDS: Final = 10.0
"""Without a reply for this long after the question, the connection is given up."""


class Subscription:
    """An iterator over topics, for ever. Topics that wait are kept once each, in order.

    It counts from its making. Nothing is left behind when its owner drops it.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._any = asyncio.Event()

    def put(self, topic: str) -> None:
        """Add a topic unless it waits already, so that a slow listener costs no memory."""
        if topic not in self._waiting and len(self._waiting) >= MAX_WAITING:
            self._waiting = {EVERYTHING: None}
        self._waiting[topic] = None
        self._any.set()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> str:
        while not self._waiting:
            self._any.clear()
            await self._any.wait()
        topic = next(iter(self._waiting))
        del self._waiting[topic]
        return topic


class Progress:
    """The pause before the next try: doubled on failure, short again once something worked."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE_SECONDS

    def works(self) -> None:
        """Start over with a short pause."""
        self._pause = FIRST_PAUSE_SECONDS

    def next_pause(self) -> float:
        """Return the pause in seconds and double it for the next time."""
        pause = self._pause
        self._pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return pause


class RedisWakeups:
    """Port `Wakeups`. `run` belongs in a task group of the process."""

    def __init__(
        self,
        client: Redis,
        prefix: str,
        sender: str,
        ping_seconds: float = PING_SECONDS,
        reply_seconds: float = REPLY_SECONDS,
        unreadable: Callable[[], None] = lambda: None,
    ) -> None:
        """Use the channel `prefix:wake`.

        `sender` is this process's own, to tell its echoes; `unreadable` counts messages that
        are no hint.
        """
        if not sender or " " in sender:
            raise ValueError("a sender is one word")
        self._unreadable = unreadable
        self._ping_seconds = ping_seconds
        self._reply_seconds = reply_seconds
        self._client = client
        self._channel = f"{prefix}:wake"
        self._sender = sender
        self._listeners: WeakSet[Subscription] = WeakSet()
        self._outgoing = Subscription()

    async def publish(self, topic: str) -> None:
        """Send a hint; never raises and never waits for Redis."""
        self.hint(topic)

    def hint(self, topic: str) -> None:
        """Send a hint from code that is not a coroutine."""
        self._tell(topic)
        self._outgoing.put(topic)

    def subscribe(self) -> AsyncIterator[str]:
        """Listen from now on, to `EVERYTHING` too."""
        listener = Subscription()
        self._listeners.add(listener)
        return listener

    async def run(self) -> NoReturn:
        """Carry hints to and from other processes until cancelled, through any outage."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._for_ever(self._send))
            group.create_task(self._for_ever(self._listen))
        raise AssertionError("both run for ever")

    def _tell(self, topic: str) -> None:
        for listener in tuple(self._listeners):
            listener.put(topic)

    async def _for_ever(self, work: Callable[[Progress], Awaitable[None]]) -> None:
        """Begin again after each failure; the pause grows until something works."""
        progress = Progress()
        while True:
            try:
                with redis_errors():
                    await work(progress)
            except Unavailable:
                # Harmless by promise: listeners get `EVERYTHING` once it is back.
                await asyncio.sleep(progress.next_pause())
            except Exception:
                # A hint is never worth the process; without hints everybody looks by the clock.
                log.exception("wakeups.failed")
                self._tell(EVERYTHING)
                await asyncio.sleep(progress.next_pause())

    async def _send(self, progress: Progress) -> None:
        async for topic in self._outgoing:
            try:
                await self._client.publish(self._channel, f"{self._sender} {topic}")
            except BaseException:
                self._outgoing.put(EVERYTHING)
                raise
            still_wanted()
            progress.works()
            # What comes meanwhile waits once a topic: commits come faster than others can look.
            await asyncio.sleep(PACE_SECONDS)

    async def _listen(self, progress: Progress) -> None:
        async with self._client.pubsub() as hints:
            await hints.subscribe(self._channel)
            asked = False
            while True:
                patience = self._reply_seconds if asked else self._ping_seconds
                message = await hints.get_message(timeout=patience)
                still_wanted()
                if message is not None:
                    asked = False
                    progress.works()
                    self._receive(message)
                elif asked:
                    # Half-open: without this question it would stay silent for ever.
                    raise Unavailable("redis-unavailable", "The reminder store fell silent.")
                else:
                    asked = True
                    await hints.ping()

    def _receive(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._tell(EVERYTHING)
        elif message["type"] == "message":
            hint = HINT.fullmatch(message["data"])
            if hint is None:
                self._unreadable()
                self._tell(EVERYTHING)
            elif hint[1] != self._sender.encode():
                self._tell(hint[2].decode("ascii"))
