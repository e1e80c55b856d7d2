"""Checks of two nodes without a backlog (P5), on all data."""

from __future__ import annotations

from special_channel.broker.rebuild import folded
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rules.state import digest_of
from special_channel.ports import Stored
from special_channel.stores.record import PostgresRecord
from tests.channel import Channel

_PAGE = 500


async def entries(record: PostgresRecord, log: Party) -> list[Stored]:
    """A whole log of a node."""
    found: list[Stored] = []
    size = (await record.head(log)).size
    while len(found) < size:
        found.extend(await record.entries(log, len(found), _PAGE))
    return found


async def assert_equal(channel: Channel) -> None:
    """Both nodes have the same bytes and states, and each view is the fold of the logs."""
    eu, cn = (channel.nodes[party].core.record for party in PARTIES)
    for log in PARTIES:
        assert await entries(eu, log) == await entries(cn, log), log
        size = (await eu.head(log)).size
        assert await eu.checkpoints(log, -1, size) == await cn.checkpoints(log, -1, size)
    assert await eu.state() == await cn.state()
    for record in (eu, cn):
        await assert_views_are_the_fold(record)


async def assert_views_are_the_fold(record: PostgresRecord) -> None:
    """Rows folded step by step equal rows rebuilt from the logs."""
    sizes = {log: (await record.head(log)).size for log in PARTIES}
    rows = await folded(record, sizes)
    assert (sizes["eu"], sizes["cn"], digest_of(rows)) == await record.state()
    views = {key: row for key, row in rows.items() if key[0] != "entry"}
    assert views == dict(await record.rows(frozenset(views)))
