"""Shared steps of sample loaders: release by two signatures, send, wait for the link.

Entries are journalled before sending, so that the same bytes are sent after an
interruption. Does not know the sample's content.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotFound, Refused, RuleBroken
from special_channel.core.bytes.ids import EntryId, Party, ThreadId, peer_of
from special_channel.core.rows.submission import Submission
from special_channel.core.sense.reasons import GivenReason
from special_channel.sample.stage import Official, Stage

_R = TypeVar("_R")

LOOKS: Final = 10
"""Looks at a draft whose checks change meanwhile."""

Sign = Callable[[], Awaitable[Submission]]


async def release_sheet(
    stage: Stage, name: str, author: Official, second: Official, sign: Sign
) -> tuple[Submission, str]:
    """Sign a sheet and have it released; after an interruption, reuse the journalled entry."""
    journalled = stage.journal.read(name)
    if journalled is not None:
        position = await author.position(id_of(journalled))
        with suppress(NotFound):
            return journalled, position or await release(second, id_of(journalled))
    entry = await sign()
    stage.journal.write({name: entry})
    # The second official comes in meanwhile.
    await asyncio.gather(
        second.sign_in(),
        _reasoned(author, [entry], lambda reasons: author.lay_before(entry, reasons)),
    )
    return entry, await release(second, id_of(entry))


async def release(second: Official, draft: EntryId) -> str:
    """Look at a waiting draft and release it; return the position.

    Both sides load at once: an entry that arrived after the look may change what the rules find.
    Then the draft is looked at again, as an official would, up to `LOOKS` times.

    Raises:
        RuleBroken: `release-unseen`, `release-changed`.
    """
    looks = 1
    while True:
        try:
            return await second.release(draft)
        except RuleBroken as refused:
            if refused.code not in ("release-unseen", "release-changed") or looks == LOOKS:
                raise
        looks += 1


async def send_or_resend(
    stage: Stage,
    official: Official,
    names: list[str],
    sign: Callable[[], Awaitable[list[Submission]]],
    *,
    ask: bool = False,
) -> tuple[dict[str, Submission], dict[str, str]]:
    """Sign and send in one request; after an interruption, send the journalled entries again.

    `ask`: as `send_reasoned`. Returns entries and positions, by name.
    """
    entries = {
        name: journalled for name in names if (journalled := stage.journal.read(name)) is not None
    }
    if len(entries) < len(names):
        entries = dict(zip(names, await sign(), strict=True))
        stage.journal.write(entries)
    positions = await send_reasoned(official, list(entries.values()), ask=ask)
    return entries, dict(zip(entries, positions, strict=True))


async def send_reasoned(
    official: Official, entries: Sequence[Submission], *, ask: bool = False
) -> list[str]:
    """Send entries in one request, with reasons for what the node finds; return their positions.

    `ask`: the node is asked first, where it is likely to find something.
    """
    sent = await _reasoned(
        official, entries, lambda reasons: official.send([*entries, *reasons]), ask=ask
    )
    return sent[: len(entries)]


async def _reasoned(
    official: Official,
    entries: Sequence[Submission],
    send: Callable[[Sequence[Submission]], Awaitable[_R]],
    *,
    ask: bool = False,
) -> _R:
    """Send entries; if the node asks, give the reason of fictional officials for what it finds.

    They state what their source states. Both sides load at once, so that what the node finds may
    have changed since it was asked: it is asked up to `LOOKS` times.
    """
    reasons = await _reasons(official, entries) if ask else []
    looks = 0
    while True:
        try:
            return await send(reasons)
        except Refused as error:
            if error.code != "sense-unconfirmed" or looks == LOOKS:
                raise
        looks += 1
        reasons = await _reasons(official, entries)


async def _reasons(official: Official, entries: Sequence[Submission]) -> list[Submission]:
    """Sign a reason for each finding to confirm that the node has in entries."""
    given: dict[int, list[GivenReason]] = {}
    for item in await official.asked(entries):
        why = GivenReason((item["code"],), item["rows"], "as_source")
        given.setdefault(item["entry"], []).append(why)
    return list(await official.all_reasons([(entries[n], why) for n, why in given.items()]))


async def send_private(stage: Stage, name: str, official: Official, sign: Sign) -> None:
    """Send an entry to the private log; after an interruption, send the same bytes again."""
    entry = stage.journal.read(name)
    if entry is None:
        entry = await sign()
        stage.journal.write({name: entry})
    try:
        await official.send([entry], private=True)
    except Refused as error:
        if error.code != "entry-duplicate":
            raise


def id_of(entry: Submission) -> EntryId:
    """Return an entry's id."""
    return dsse.decode(entry.envelope).id


def thread_of(stage: Stage, name: str) -> ThreadId:
    """Return the id of the thread opened under a name: from the journal, or a new id."""
    journalled = stage.journal.read(name)
    if journalled is None:
        return stage.draw(16).hex()
    return str(json.loads(dsse.decode(journalled.envelope).payload)["thread"])


async def wait_until_mirrored(stage: Stage, party: Party) -> None:
    """Wait until the other node has received all of a party's log."""
    size = (await _somebody(stage, party).sizes())[party].size
    await _somebody(stage, peer_of(party)).until(party, size)


async def wait_until_delivered(stage: Stage, party: Party) -> None:
    """Wait until the other node has cosigned all of a party's log."""
    await _somebody(stage, party).until_delivered()


def _somebody(stage: Stage, party: Party) -> Official:
    return next(official for official in stage.officials.values() if official.party == party)
