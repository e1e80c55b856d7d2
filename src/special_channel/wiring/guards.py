"""Assemble the guards that stop a node from signing after a loss of entries, for one process.

Does not restore the shared log: the link does.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from special_channel.broker.guarding import PrivateGuard
from special_channel.broker.owing import OwedWriter
from special_channel.broker.recovering import Recovery, settle_guard
from special_channel.broker.starting import StartAlone, StartCheck
from special_channel.config import Settings
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import timestamp
from special_channel.desk.readings import ReadingSealer
from special_channel.link.link import Link
from special_channel.ports.conditions import FORKED
from special_channel.ports.start import AloneDecision
from special_channel.stores.published import NoteGate, PublishedFiles
from special_channel.stores.reads import Readings
from special_channel.stores.recovery import Recoveries
from special_channel.stores.start_notes import StartMarks, StartNotes
from special_channel.wiring.founding import guard_folder
from special_channel.wiring.sources import SystemClock

if TYPE_CHECKING:
    from special_channel.wiring.node import Core

MOST_WORDS: Final = 200
"""Most characters of an operator's name, and of a reason."""

TAKEN_LOOKS: Final = 16
TAKEN_SECONDS: Final = 0.25
"""Number and interval of the looks for an effect; a running node polls every two seconds."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The private log's guard, and the comparison at the start."""

    private: PrivateGuard
    start: StartCheck
    notes: StartNotes


def open_guard(settings: Settings, party: Party) -> tuple[PublishedFiles, NoteGate]:
    """Open the rollback guard, and the gate that passes notes of our logs through it."""
    published = PublishedFiles(guard_folder(settings))
    return published, NoteGate(published, frozenset({party, "private"}))


def make_guards(core: Core) -> Guards:
    """Make the guards of one process."""
    folder, identity = guard_folder(core.settings), core.identity
    notes = StartNotes(folder, identity.party)
    return Guards(
        private=PrivateGuard(
            core.record.head,
            core.published,
            identity.private_origin,
            core.alarms,
            partial(settle_guard, core.record, core.published, "private"),
        ),
        start=StartCheck(
            StartMarks(core.record.pool, folder, identity.party),
            notes,
            core.clock,
            core.alarms,
            always=core.settings.link.wait_for_peer_at_start,
        ),
        notes=notes,
    )


def make_recovery(core: Core, link: Link) -> Recovery:
    """Make the acts by which a log continues after a loss."""

    async def after() -> None:
        await core.guards.private.look()
        await link.healer.check()

    return Recovery(
        party=core.identity.party,
        record=core.record,
        append=core.appender.act,
        published=core.published,
        recoveries=Recoveries(core.record.pool),
        tail_lost=lambda: link.healer.tail_lost,
        forked=lambda: core.committer.read_only == FORKED,
        after=after,
    )


async def ask_to_start_alone(settings: Settings, by: str, reason: str) -> str:
    """Store a request to start without the peer, and wait for the node's reaction.

    Returns `signs` (the node accepted), `not-needed` (the node does not wait) or `left` (no node
    runs; the next start uses the request if the node has to wait).

    Raises:
        Malformed: `start-alone-words` if name or reason are not one line of text each.
    """
    for words in (by, reason):
        if not words.strip() or len(words) > MOST_WORDS or not words.isprintable():
            raise Malformed(
                "start-alone-words", "Name and reason are one line each.", limit=MOST_WORDS
            )
    notes = StartNotes(guard_folder(settings), settings.node.party)
    request = AloneDecision(by, reason, timestamp(SystemClock().now()))
    notes.ask_alone(request)
    for _ in range(TAKEN_LOOKS):
        await asyncio.sleep(TAKEN_SECONDS)
        if notes.asked_alone() is None:
            note = notes.read()
            accepted = note is not None and note.alone is not None and note.alone.at == request.at
            return "signs" if accepted else "not-needed"
    return "left"


def reading_sealer(core: Core) -> ReadingSealer:
    """Make the task that seals readings of all processes in the private log."""
    return ReadingSealer(
        core.appender.perform,
        core.identity,
        core.clock,
        core.guards.private.look,
        Readings(core.record.pool),
        timedelta(days=core.settings.limits.reading_days),
    )


def start_guards(tasks: asyncio.TaskGroup, core: Core, link: Link, parts: tuple[str, ...]) -> None:
    """Start the guards' tasks."""
    tasks.create_task(core.guards.private.run(asyncio.sleep), name="private-guard")
    if "link" not in parts or not core.settings.link.peer:
        # Every process signs, so every process without the link checks whether it may sign again.
        tasks.create_task(link.run_healing(), name="healing")
    if "escalate" not in parts:
        return
    append = core.appender.perform
    owed = OwedWriter(append, core.identity, core.clock, core.guards.private.look)
    tasks.create_task(owed.run(asyncio.sleep), name="owed")
    tasks.create_task(reading_sealer(core).run(asyncio.sleep), name="readings")
    alone = StartAlone(
        check=core.guards.start,
        notes=core.guards.notes,
        identity=core.identity,
        append=append,
        waits=lambda: core.committer.read_only,
        renew=link.healer.renew_guard,
        go=link.healer.check,
        draw=lambda: core.randomness.bytes(32),
        clock=core.clock,
        lang="zh-CN" if core.identity.party == "cn" else "en",
    )
    tasks.create_task(alone.run(asyncio.sleep), name="start-alone")
