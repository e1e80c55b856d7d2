"""Set aside the end of the other side's log that its root declared void, as evidence (K30).

Runs with the database owner's role: the node's own can't change the record. Does not verify who
declared it, and leaves the views as they are: the caller does both.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import EntryId, Party, Position, peer_of
from special_channel.core.log.merkle import Frontier, root_nodes
from special_channel.stores.mirror import RESUMED
from special_channel.stores.owner import Connection, connect_owner, unfenced
from special_channel.stores.sessions import Pool

_FENCED: Final = (
    *("heads", "entries", "parts", "erased", "nodes", "checkpoints", "cosigned", "time_notices"),
)

_KEEP: Final = """
INSERT INTO record.disowned (log, idx, leaf, envelope, parts, note, by)
SELECT e.log, e.idx, e.leaf, e.envelope,
    coalesce((SELECT array_agg(p.disclosure ORDER BY p.ordinal) FROM record.parts AS p
        WHERE (p.log, p.idx) = (e.log, e.idx)), '{}'),
    coalesce(
        (SELECT n.note FROM record.cosigned AS n WHERE (n.log, n.size) = (e.log, e.idx + 1)),
        (SELECT n.note FROM record.checkpoints AS n WHERE (n.log, n.size) = (e.log, e.idx + 1))),
    $3
FROM record.entries AS e WHERE e.log = $1 AND e.idx >= $2 ORDER BY e.idx
"""

_REMOVE: Final = (
    "DELETE FROM record.entries WHERE log = $1 AND idx >= $2",
    "DELETE FROM record.parts WHERE log = $1 AND idx >= $2",
    (
        "DELETE FROM record.erased"
        " WHERE (log = $1 AND idx >= $2) OR (erasure_log = $1 AND erasure_idx >= $2)"
    ),
    "DELETE FROM record.nodes WHERE log = $1 AND (idx + 1) << level > $2",
    "DELETE FROM record.checkpoints WHERE log = $1 AND size > $2",
    "DELETE FROM record.cosigned WHERE log = $1 AND size > $2",
    "DELETE FROM record.time_notices WHERE log = $1 AND idx >= $2",
    # Queued behind a gap of the tail, so of the same tree.
    "DELETE FROM record.waiting WHERE log = $1 AND $2::bigint >= 0",
)

# The newest stamped head of the other side may be of the tail. Its time stays: no leaf may precede
# it (rule 8).
_HEAD: Final = """
UPDATE record.heads AS h SET size = $2, frontier = $3, stamped = NULL,
    accepted = coalesce(e.accepted, ''), directory = coalesce(e.directory, 0),
    cosigned = coalesce((SELECT max(n.size) FROM record.cosigned AS n WHERE n.log = $1), 0)
FROM (SELECT 1) AS one LEFT JOIN record.entries AS e ON e.log = $1 AND e.idx = $2 - 1
WHERE h.log = $1
"""

_MOVED: Final = """
SELECT count(*) FROM record.disowned AS d, record.heads AS h
WHERE d.log = $1 AND d.by = $3 AND h.log = $1 AND h.size = $2
"""

_FOLLOWED: Final = """
SELECT 1 FROM record.disowned WHERE log = $1 AND by = $2
UNION ALL SELECT 1 FROM record.entries WHERE log = $1 AND id = $2 AND code = ''
LIMIT 1
"""

_RESTING: Final = """
SELECT min(idx) FROM record.entries WHERE log = $1 AND frontier > $2
"""

_RESTING_PRIVATELY: Final = """
SELECT min(idx) FROM private.entries WHERE ord - frontier > $1
"""
"""A private leaf states the sizes of our shared log and the other side's; `ord` is their sum."""


@dataclass(frozen=True, slots=True)
class Disowned:
    """An entry that was set aside.

    Attributes:
        position: Its place in the log, as it was mirrored.
        leaf: Its line.
        envelope: What was signed; empty if it never came.
        note: The note of the commit that ended with it, or empty.
        by: Id of the `log.restored` that declared it void.
    """

    position: Position
    leaf: bytes
    envelope: bytes
    note: str
    by: EntryId


class PostgresDisowning:
    """A session with the database owner's role."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def set_aside(self, log: Party, size: int, by: EntryId) -> tuple[int, Frontier]:
        """Move what a mirrored log has beyond a size; let its mirror go on.

        Repeated before the mirror has gone on, it moves nothing and returns the same, so that an
        interrupted caller can finish.

        Returns:
            The number of entries moved, and the tree that stays.

        Raises:
            RuleBroken: `nothing-disowned` if the mirror is not larger or follows this order;
                `disowned-size` if no commit of this size was mirrored; `disowned-relied` if our
                logs rest on the tail.
            Unavailable: `database-unavailable`, also if another writer does not end in time.
        """
        async with unfenced(self._connection, "record", _FENCED):
            if moved := await self._moved(log, size, by):
                return moved, Frontier(size, await self._peaks(log, size))
            moved = await self._check(log, size, by)
            await self._connection.execute(_KEEP, log, size, by)
            for statement in _REMOVE:
                await self._connection.execute(statement, log, size)
            tree = Frontier(size, await self._peaks(log, size))
            await self._connection.execute(_HEAD, log, size, list(tree.hashes))
            await self._connection.execute(
                "INSERT INTO record.evidence (log, size, code, ours, theirs, detail)"
                " VALUES ($1, $2, $3, '', '', $4)",
                *(log, size, RESUMED, f"Disowned by {by}."),
            )
        return moved, tree

    async def _moved(self, log: Party, size: int, by: EntryId) -> int:
        """Return how many entries an order has moved; 0 once the mirror has gone on."""
        moved: int = await self._connection.fetchval(_MOVED, log, size, by)
        return moved

    async def _check(self, log: Party, size: int, by: EntryId) -> int:
        """Return the number of entries beyond the size; raises as `set_aside`."""
        held: int = await self._connection.fetchval(
            "SELECT size FROM record.heads WHERE log = $1", log
        )
        # An order that was carried out, or that the log here has, calls other entries void: those
        # that the mirror has copied since are the true log.
        if held <= size or await self._connection.fetchval(_FOLLOWED, log, by):
            raise RuleBroken("nothing-disowned", "Nothing here is void by this order.", size=size)
        ends = await self._connection.fetchval(
            "SELECT 1 FROM record.checkpoints WHERE (log, size) = ($1, $2)", log, size
        )
        if ends is None:
            raise RuleBroken("disowned-size", "No commit of this size was mirrored.", size=size)
        own = peer_of(log)
        resting = await self._connection.fetchval(_RESTING, own, size)
        if resting is not None:
            where = str(Position(own, resting))
            raise RuleBroken("disowned-relied", "Our log rests on the tail.", position=where)
        privately = await self._connection.fetchval(_RESTING_PRIVATELY, size)
        if privately is not None:
            where = f"PRIVATE-{privately}"
            raise RuleBroken("disowned-relied", "Our private log rests on it.", position=where)
        return held - size

    async def _peaks(self, log: Party, size: int) -> tuple[bytes, ...]:
        hashes = {
            (row["level"], row["idx"]): row["hash"]
            for row in await self._connection.fetch(
                "SELECT level, idx, hash FROM record.nodes WHERE log = $1", log
            )
        }
        return tuple(hashes[node] for node in root_nodes(size))


@contextlib.asynccontextmanager
async def open_disowning(owner_dsn: str) -> AsyncIterator[PostgresDisowning]:
    """Connect as the database's owner.

    Raises:
        Unavailable: `database-unavailable`.
    """
    async with connect_owner(owner_dsn) as connection:
        yield PostgresDisowning(connection)


async def disowned(pool: Pool, log: Party) -> Sequence[Disowned]:
    """Return what was set aside of a log, in the order in which it was."""
    rows = await pool.fetch(
        "SELECT idx, leaf, envelope, note, by FROM record.disowned WHERE log = $1 ORDER BY number",
        log,
    )
    return [
        Disowned(
            Position(log, row["idx"]), row["leaf"], row["envelope"], row["note"] or "", row["by"]
        )
        for row in rows
    ]
