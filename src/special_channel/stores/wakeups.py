"""Change notifications (hints) to the other processes of a node, through Redis.

Hints have no content and are unreliable: they may be lost, doubled or late, so listeners also
poll from time to time. A process tells itself without them (`broker/live.py`). Other clients of
Redis can publish any bytes: malformed hints are counted and count as `EVERYTHING`.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, NoReturn
from weakref import WeakSet

import structlog
from redis.asyncio import Redis

from special_channel.core.bytes.errors import Unavailable
from special_channel.stores.cancelled import raise_if_cancelled
from special_channel.stores.redis_connection import redis_errors

log = structlog.get_logger(__name__)

EVERYTHING: Final = "*"
"""Topic sent to listeners when hints may have been lost: check everything watched."""

MAX_WAITING: Final = 1000
"""Most topics queued for one listener; more are replaced by `EVERYTHING`."""

HINT: Final = re.compile(rb"([!-~]{1,100}) ([!-~]{1,200})")
"""Sender and topic, in printable ASCII."""

FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 2.0
"""Pause between connection attempts to Redis. Short: Redis restarts in 0.1 s."""

PACE_SECONDS: Final = 0.025
"""Pause between hints to other processes. The first hint is sent immediately; 25 ms are
invisible to readers."""

PING_SECONDS: Final = 10.0
"""A connection silent for this long is pinged."""

REPLY_SECONDS: Final = 10.0
"""A connection without a reply this long after the ping is closed."""


class Subscription:
    """Endless iterator over topics published since its construction, queued without duplicates.

    Needs no close: wakeups keep only weak references to subscriptions.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, None] = {}
        self._any = asyncio.Event()

    def put(self, topic: str) -> None:
        """Queue a topic unless queued already; the queue is bounded (`MAX_WAITING`)."""
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
    """Exponential back-off: doubles the pause on failure, resets on success."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE_SECONDS

    def works(self) -> None:
        """Reset the pause after a success."""
        self._pause = FIRST_PAUSE_SECONDS

    def next_pause(self) -> float:
        """Return the pause in seconds and double the next one."""
        pause = self._pause
        self._pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return pause


class RedisWakeups:
    """Hints between processes about a change. `run` belongs in a task group of the process."""

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

        `sender` identifies this process, to drop echoes; `unreadable` counts malformed messages.
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

    def hint(self, topic: str) -> None:
        """Send a hint to the other processes; never raises and never waits for Redis."""
        # The caller has told this process: told twice, all that waits would look twice.
        self._outgoing.put(topic)

    async def tell_now(self) -> None:
        """Tell other processes once that anything may have changed, for a process that ends.

        An outage of Redis is no error: listeners poll.
        """
        with contextlib.suppress(Unavailable), redis_errors():
            await self._client.publish(self._channel, f"{self._sender} {EVERYTHING}")

    def subscribe(self) -> AsyncIterator[str]:
        """Return an iterator over topics published from now on, including `EVERYTHING`."""
        listener = Subscription()
        self._listeners.add(listener)
        return listener

    async def run(self) -> NoReturn:
        """Exchange hints with other processes until cancelled; survives outages of Redis."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._for_ever(self._send))
            group.create_task(self._for_ever(self._listen))
        raise AssertionError("both run for ever")

    def _tell(self, topic: str) -> None:
        for listener in tuple(self._listeners):
            listener.put(topic)

    async def _for_ever(self, work: Callable[[Progress], Awaitable[None]]) -> None:
        """Retry after each failure, with back-off."""
        progress = Progress()
        while True:
            try:
                with redis_errors():
                    await work(progress)
            except Unavailable:
                # Harmless: listeners get `EVERYTHING` once Redis is back.
                await asyncio.sleep(progress.next_pause())
            except Exception:
                # A failing hint must not end the process; without hints listeners poll.
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
            raise_if_cancelled()
            progress.works()
            # Meanwhile topics are queued without duplicates: commits may come faster than other
            # processes can react.
            await asyncio.sleep(PACE_SECONDS)

    async def _listen(self, progress: Progress) -> None:
        async with self._client.pubsub() as hints:
            await hints.subscribe(self._channel)
            pinged = False
            while True:
                patience = self._reply_seconds if pinged else self._ping_seconds
                message = await hints.get_message(timeout=patience)
                raise_if_cancelled()
                if message is not None:
                    pinged = False
                    progress.works()
                    self._receive(message)
                elif pinged:
                    # Half-open: without the ping the connection would stay silent for ever.
                    raise Unavailable("redis-unavailable", "The reminder store fell silent.")
                else:
                    pinged = True
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
