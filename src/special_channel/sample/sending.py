"""What loaders of samples do alike: release by two signatures, send, wait for the link.

Each act is written into the journal before it is sent, so that the same bytes go again after an
interruption. Does not know what is told.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from special_channel.core import dsse
from special_channel.core.errors import NotFound, Refused
from special_channel.core.ids import EntryId, Party, ThreadId, peer_of
from special_channel.core.submission import Submission
from special_channel.sample.stage import Official, Stage

Sign = Callable[[], Awaitable[Submission]]


async def released(
    stage: Stage, name: str, author: Official, second: Official, sign: Sign
) -> tuple[Submission, str]:
    """Sign a sheet and have it released, or take up what was signed before the interruption."""
    kept = stage.journal.read(name)
    if kept is not None:
        position = await author.position(id_of(kept))
        with suppress(NotFound):
            return kept, position or await second.release(id_of(kept))
    entry = await sign()
    stage.journal.write({name: entry})
    await author.lay_before(entry)
    return entry, await second.release(id_of(entry))


async def sent(
    stage: Stage,
    official: Official,
    names: list[str],
    sign: Callable[[], Awaitable[list[Submission]]],
) -> tuple[dict[str, Submission], dict[str, str]]:
    """Sign and send in one request, or send again what was signed before the interruption.

    Returns entries and positions, by name.
    """
    kept = {name: entry for name in names if (entry := stage.journal.read(name)) is not None}
    if len(kept) < len(names):
        kept = dict(zip(names, await sign(), strict=True))
        stage.journal.write(kept)
    positions = await official.send(list(kept.values()))
    return kept, dict(zip(kept, positions, strict=True))


async def send_private(stage: Stage, name: str, official: Official, sign: Sign) -> None:
    """Send an entry to the private log; the same bytes again if that was interrupted."""
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
    """Return the id of a thread that is opened under a name: new, or of before the interruption."""
    kept = stage.journal.read(name)
    if kept is None:
        return stage.draw(16).hex()
    return str(json.loads(dsse.decode(kept.envelope).payload)["thread"])


async def mirrored(stage: Stage, party: Party) -> None:
    """Wait until the other node holds all of a party's log."""
    wanted = (await _somebody(stage, party).sizes())[party].size
    await _somebody(stage, peer_of(party)).until(party, wanted)


async def delivered(stage: Stage, party: Party) -> None:
    """Wait until the other node has cosigned all of a party's log."""
    own = _somebody(stage, party)
    wanted = (await own.sizes())[party].size
    await own.until(party, wanted, delivered=True)


def _somebody(stage: Stage, party: Party) -> Official:
    return next(each for each in stage.officials.values() if each.party == party)
