"""Commits in one round trip (ADR 20): accepted on memory, refused only under the lock."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio

from special_channel.broker.groups import GroupPlanner
from special_channel.broker.offering import plain
from special_channel.broker.rebuild import rebuild
from special_channel.core.bytes.dsse import decode
from special_channel.core.bytes.errors import ChannelError, Corrupt, OutcomeUnknown, Unavailable
from special_channel.core.bytes.times import posix
from special_channel.core.entries import COUNTED_KINDS
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.numbering import LeafCounter
from special_channel.core.log.receipt import Receipt
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import file_part, part_refs, sign
from special_channel.launcher.postgres import OWNER
from special_channel.stores.record import at_once
from tests import damage, servers
from tests.core.auditing import signed_thread
from tests.link.nodes import Node, open_node, signed
from tests.link.test_two_nodes import note
from tests.proxy import Line, Proxy, to_socket
from tests.servers import Database
from tests.stories import DUE
from tests.world import World


@dataclass(frozen=True)
class Behind(Database):
    """A database, reached by the node's role through a proxy."""

    folder: Path = field(default_factory=Path)

    def dsn(self, role: str = OWNER) -> str:
        straight = super().dsn(role)
        there, here = quote(str(self.server._sockets)), quote(str(self.folder))
        return straight.replace(there, here) if role == "channel_node" else straight


@dataclass
class Wire:
    """What the node's role sends to its database: (connection, bytes), a write each."""

    proxy: Proxy
    database: Database
    sent: list[tuple[Line, bytes]] = field(default_factory=list)
    at: Callable[[bytes], None] = lambda _: None
    lose: Callable[[bytes], bool] = lambda _: False

    def __post_init__(self) -> None:
        self.proxy.swallow = self._look

    def _look(self, data: bytes, line: Line) -> bool:
        self.sent.append((line, data))
        self.at(data)
        return self.lose(data)


@pytest.fixture
def thread(world: World) -> str:
    """A thread, included in nodes made later."""
    made = world.open_thread("eu").leaf.thread
    world.exchange()
    assert made is not None
    return made


@pytest_asyncio.fixture
async def wire(fresh_database) -> AsyncIterator[Wire]:
    """A database behind a proxy."""
    straight = await fresh_database()
    with servers.open_folder() as folder:
        sockets = Path(straight.server._sockets)
        async with to_socket(sockets / ".s.PGSQL.5432", folder / ".s.PGSQL.5432") as proxy:
            yield Wire(proxy, Behind(straight.server, straight.name, folder))


@pytest_asyncio.fixture
async def node(make_node, world, thread, wire) -> AsyncIterator[Node]:
    """EU's node over the wire, at work; a first note has filled its memory."""
    made: Node = await make_node(world, "eu", wire.database)
    await made.catch_up_alone()
    await made.appender.submit([note(world, "eu", thread)])
    yield made


async def ids(node: Node) -> list[str]:
    """The ids in the node's own log."""
    return [entry.id for entry in await node.record.entries("eu", 0, 1000)]


async def stands_once(node: Node, id_: str) -> None:
    """Tell that the entry stands once, in a tree that its stored nodes make."""
    assert (await ids(node)).count(id_) == 1
    head = await node.record.head("eu")
    async with node.record.begin() as transaction:
        roots = await transaction.roots(frozenset({("eu", head.size)}))
    assert roots["eu", head.size] == head.frontier.root()


def locked(wire: Wire) -> int:
    """How many transactions were begun."""
    return sum(b"BEGIN" in data for _, data in wire.sent)


# One round trip --------------------------------------------------------------------------


async def test_plain_note_is_committed_by_one_message(node, world, thread, wire):
    await node.appender.submit([note(world, "eu", thread)])
    wire.sent.clear()
    [accepted] = await node.appender.submit([note(world, "eu", thread)])
    assert len(wire.sent) == 1
    await stands_once(node, accepted.id)
    assert Receipt.parse(accepted.receipt).index == accepted.index
    assert await node.record.checkpoint("eu", accepted.index + 1) is not None


async def test_group_of_requests_shares_one_statement(node, world, thread, wire):
    await node.appender.submit([note(world, "eu", thread)])
    wire.sent.clear()
    notes = [note(world, "eu", thread) for _ in range(40)]
    answers = await asyncio.gather(*(node.appender.submit([each]) for each in notes))
    assert locked(wire) == 0
    assert len(wire.sent) < len(notes)  # how they are grouped is up to the machine
    assert {one.index for [one] in answers} == set(
        range(answers[0][0].index, answers[0][0].index + 40)
    )
    state = await node.record.state()
    assert state[0] == max(one.index for [one] in answers) + 1


async def test_rows_written_at_once_are_those_of_a_rebuild(node, world, thread, wire):
    wire.sent.clear()
    asks = [world.ask("eu", DUE)]
    payload = world.payload("eu", "note.posted", thread=thread, lang="en", asks=asks)
    await node.appender.submit([signed(world, "eu", payload, "May it be sent again?")])
    await node.appender.submit([note(world, "eu", thread), note(world, "eu", thread)])
    assert locked(wire) == 0
    before = await node.record.state()
    await rebuild(node.record)
    assert await node.record.state() == before


async def miscounted(node: Node) -> list[int]:
    """Indices in the own log of leaves whose counts do not follow from those before (K26)."""
    counter = LeafCounter(COUNTED_KINDS)
    entries = await node.record.entries("eu", 0, 1000)
    return [one.index for one in entries if not counter.follows(Leaf.parse(one.leaf))]


async def test_counts_go_on_in_both_ways_of_a_commit(node, world, thread, wire, make_node):
    """In a request of several entries, in a group, behind a refusal, and under the lock."""
    other = await make_node(world, "eu", node.database, node.published._folder)
    submit = node.appender.submit
    await submit([note(world, "eu", thread), note(world, "eu", thread)])
    requests = [[note(world, "eu", thread)] for _ in range(21)]
    requests.insert(10, [note(world, "eu", thread), note(world, "eu", "ab" * 16)])
    answers = await asyncio.gather(*map(submit, requests), return_exceptions=True)
    refused = [place for place, each in enumerate(answers) if isinstance(each, ChannelError)]
    assert refused == [10]
    await other.appender.submit([note(world, "eu", thread)])
    withdrawn = (await submit([note(world, "eu", thread)]))[0].id
    payload = world.payload("eu", "note.withdrawn", thread=thread, ref=withdrawn)
    await submit([sign(payload, [world.eu.keys["desk"]])])
    await submit([note(world, "eu", thread)])
    await node.mirror_all()
    await submit([note(world, "eu", thread)])
    assert await miscounted(node) == []
    last = (await node.record.entries("eu", await node.size("eu") - 1, 1))[0]
    head = await node.record.head("eu")
    assert (last.directory, last.ordinal) == (head.directory, 1 + 1 + 2 + 21 + 1 + 4)


async def test_thread_and_its_first_notes_in_one_request_are_counted(node, world, wire):
    for _ in range(2):  # statements are prepared the first time
        wire.sent.clear()
        opened = signed_thread(world)
        thread = json.loads(decode(opened.envelope).payload)["thread"]
        notes = [note(world, "eu", thread), note(world, "eu", thread)]
        first = (await node.appender.submit([opened, *notes]))[0].index
        stored = await node.record.entries("eu", first, 3)
        assert [entry.ordinal for entry in stored] == [1, 2, 3]
        assert locked(wire) == 0
    on_lane = [data for line, data in wire.sent if line is wire.sent[0][0]]
    assert len(on_lane) == 2, "one message reads what is missing, one writes"


async def test_session_for_commits_has_its_own_planner(node):
    lane = await node.record._lane.connection()
    assert await lane.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
    assert await node.record.pool.fetchval("SHOW plan_cache_mode") == "auto"


# Rule 1: accept on memory, refuse only under the lock --------------------------------------


async def test_mirrored_entries_in_between_are_seen(node, world, thread):
    """An entry must not be refused because cached rows are stale."""
    theirs = world.open_thread("cn").leaf.thread
    await node.mirror_all()
    size = (await node.record.head("cn")).size
    seen = [{"log": world.cn.origin, "size": size, "root": world.cn.own.roots[size].hex()}]
    payload = world.payload("eu", "note.posted", thread=theirs, lang="en") | {"seen": seen}
    [accepted] = await node.appender.submit([signed(world, "eu", payload, "An answer.")])
    await stands_once(node, accepted.id)


async def test_key_suspended_in_between_signs_nothing_more(node, world, thread, make_node):
    """Another process of this side suspends a key; memory has it in force."""
    other = await make_node(world, "eu", node.database, node.published._folder)
    act = {"key": world.eu.keys["desk"].key, "reason": "stated-at-home"}
    payload = world.payload("eu", "key.suspended", by="clerk", body=act)
    await other.appender.submit([sign(payload, [world.eu.keys["clerk"]])])
    mine = note(world, "eu", thread)
    with pytest.raises(ChannelError) as refused:
        await node.appender.submit([mine])
    assert refused.value.code == "key-suspended"
    assert await node.size("eu") == await other.size("eu")


async def test_refusal_is_given_under_the_lock(node, world, thread, wire):
    wire.sent.clear()
    with pytest.raises(ChannelError) as refused:
        await node.appender.submit([note(world, "eu", "ab" * 16)])
    assert refused.value.code == "thread-unknown"
    assert locked(wire) == 1


async def test_refused_request_leaves_its_group_alone(node, world, thread):
    notes = [note(world, "eu", thread), note(world, "eu", "ab" * 16), note(world, "eu", thread)]
    answers = await asyncio.gather(
        *(node.appender.submit([each]) for each in notes), return_exceptions=True
    )
    assert [isinstance(each, ChannelError) for each in answers] == [False, True, False]


async def test_second_writer_and_this_one_take_turns(node, world, thread, make_node):
    other = await make_node(world, "eu", node.database, node.published._folder)
    answers = []
    for writer in (node, other) * 4:
        answers += await writer.appender.submit([note(world, "eu", thread)])
    notes = [(writer, note(world, "eu", thread)) for writer in (node, other) * 10]
    raced = await asyncio.gather(*(writer.appender.submit([each]) for writer, each in notes))
    answers += [one for [one] in raced]
    assert len({one.index for one in answers}) == len(answers) == 28
    assert set(await ids(node)) >= {one.id for one in answers}
    # Its memory was behind the guard that both share: no reason to call the database rolled back.
    assert (node.committer.read_only, other.committer.read_only) == ("", "")
    await stands_once(node, answers[-1].id)


async def test_stamp_by_another_process_is_never_undercut(node, world, thread, make_node):
    """Rule 8: a leaf is not older than a head that was stamped before."""
    later = world.clock.seconds + 3600
    async with node.shared.begin() as transaction:  # the link's role: nobody here forgets
        await transaction.note("eu", "stamped", size=0, stamp=later)
    [accepted] = await node.appender.submit([note(world, "eu", thread)])
    stored = (await node.record.entries("eu", accepted.index, 1))[0]
    assert posix(stored.accepted) >= later


async def test_entry_sent_again_gets_the_receipt_that_exists(node, world, thread):
    mine = note(world, "eu", thread)
    [first] = await node.appender.submit([mine])
    [second] = await node.appender.submit([mine])
    assert (second.index, second.receipt, second.known) == (first.index, first.receipt, True)
    await stands_once(node, first.id)


async def test_restored_dump_under_a_running_node_is_noticed(node, world, thread):
    """Rule 20: cached rows must not hide a loss in the database."""
    tables = ("heads", "entries", "parts", "nodes", "checkpoints", "notes")
    owner = node.database.superuser
    connection = await asyncpg.connect(owner)
    for name in tables:
        copy = f"CREATE TABLE public.old_{name} AS SELECT * FROM record.{name}"  # noqa: S608
        await connection.execute(copy)
    [lost] = await node.appender.submit([note(world, "eu", thread)])
    await connection.execute("SET session_replication_role = replica")
    for name in tables:
        await connection.execute(
            f"DELETE FROM record.{name}; INSERT INTO record.{name} SELECT * FROM public.old_{name}"  # noqa: S608
        )
    await connection.close()
    size = await node.size("eu")
    with pytest.raises(Unavailable, match="read-only"):
        await node.appender.submit([note(world, "eu", thread)])
    assert node.committer.read_only == "log-rolled-back"
    assert (await node.size("eu"), lost.id in await ids(node)) == (size, False)


async def test_tree_damaged_underneath_stops_the_commit(node, world, thread):
    """Both roots are compared before the commit: nothing is stored over a damaged tree."""
    size = await node.size("eu")
    where = f"log = 'eu' AND level = {size.bit_length() - 1} AND idx = 0"
    await damage.tamper(
        node.database.superuser,
        f"UPDATE record.nodes SET hash = {damage.HASH} WHERE {where}",  # noqa: S608
    )
    with pytest.raises(Corrupt, match="root-mismatch"):
        await node.appender.submit([note(world, "eu", thread)])
    assert await node.size("eu") == size


# Rule 4: a reply that is lost ---------------------------------------------------------------


async def test_lost_reply_of_a_stored_note_ends_in_its_receipt(node, world, thread, wire):
    mine = note(world, "eu", thread)
    wire.lose = lambda data: mine.envelope in data
    [accepted] = await node.appender.submit([mine])
    assert wire.proxy.swallowed == 1
    assert not accepted.known
    await stands_once(node, accepted.id)


async def test_statement_that_never_arrived_is_unknown(node, world, thread, wire):
    """The statement may still wait for the heads, so the outcome is reported as unknown."""
    mine = note(world, "eu", thread)
    cut: list[bytes] = []

    def at(data: bytes) -> None:
        if mine.envelope in data and not cut:
            cut.append(data)
            raise ConnectionResetError

    wire.at = at
    with pytest.raises(OutcomeUnknown, match="commit-unknown"):
        await node.appender.submit([mine])
    [accepted] = await node.appender.submit([mine])
    await stands_once(node, accepted.id)


async def test_session_killed_at_the_statement_is_unknown(node, world, thread):
    """The statement waits for the heads when its session dies; the next note has a new one."""
    lane = await node.record._lane.connection()
    mine, pid = note(world, "eu", thread), lane.get_server_pid()
    async with node.shared.begin() as transaction:
        await transaction.lock_shared()
        sending = asyncio.ensure_future(node.appender.submit([mine]))
        connection = await asyncpg.connect(node.database.superuser)
        while not await connection.fetchval(
            "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1", pid
        ):
            pass
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
        while await connection.fetchval("SELECT true FROM pg_stat_activity WHERE pid = $1", pid):
            pass
        await connection.close()
    with pytest.raises(OutcomeUnknown, match="commit-unknown"):
        await sending
    [accepted] = await node.appender.submit([mine])
    await stands_once(node, accepted.id)
    assert (await node.record._lane.connection()).get_server_pid() != pid


async def test_statement_left_waiting_is_never_called_unwritten(node, world, thread, wire):
    """Cut off while waiting for the heads, the note is stored once they are free."""
    mine = note(world, "eu", thread)
    async with node.shared.begin() as transaction:
        await transaction.lock_shared()
        sent = asyncio.Event()
        wire.at = lambda data: sent.set() if mine.envelope in data else None
        sending = asyncio.ensure_future(node.appender.submit([mine]))
        await sent.wait()
        connection = await asyncpg.connect(node.database.superuser)
        while not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ):
            pass
        wire.proxy.cut()
        wire.proxy.heal()
        await connection.close()
    with contextlib.suppress(OutcomeUnknown):
        [accepted] = await sending
        assert accepted.id in await ids(node)
    [accepted] = await node.appender.submit([mine])
    await stands_once(node, accepted.id)


# Rules 5 and 7, and bounds --------------------------------------------------------------------


async def test_note_with_a_file_is_committed_under_the_lock(node, world, thread, wire):
    part = file_part(bytes(32), "permit.pdf", "application/pdf", 3, "ab" * 32)
    payload = world.payload("eu", "note.posted", thread=thread, lang="en")
    payload |= {"parts": part_refs([part])}
    wire.sent.clear()
    with pytest.raises(ChannelError) as refused:
        await node.appender.submit([sign(payload, [world.eu.keys["desk"]], [part])])
    assert refused.value.code == "file-missing"
    assert locked(wire) == 1
    assert not any(b"record.append" in line.sent and data for line, data in wire.sent[-1:])


async def test_only_threads_and_notes_are_plain(node, world, thread):
    entries = [read(entry.submission, whole=True) for entry in world.eu.own.entries]
    entries.append(read(note(world, "eu", thread), whole=True))
    kinds = {item.entry.kind: plain(item) for item in entries}
    assert {kind for kind in kinds if kinds[kind]} == {"thread.opened", "note.posted"}
    assert {"party.founded", "key.enrolled", "charter.adopted"} <= kinds.keys()


async def test_rows_remembered_are_bounded(node, world, thread, wire, monkeypatch):
    monkeypatch.setattr(at_once, "MAX_ROWS", 12)
    wire.sent.clear()
    for _ in range(30):
        await node.appender.submit([note(world, "eu", thread)])
        assert len(node.record._cache.read) <= 12 + 8
        assert len(node.record._cache.rows) <= len(node.record._cache.read)
        assert len(node.record._cache.ordinals) <= 2 * len(node.record._cache.read)
    assert locked(wire) == 0


async def test_sessions_are_gone_once_the_record_is_closed(world, thread, fresh_database, tmp_path):
    database = await fresh_database()
    async with open_node(world, "eu", database, tmp_path) as made:
        await made.catch_up_alone()
        await made.appender.submit([note(world, "eu", thread)])
    assert made.record._lane._held is None
    open_ = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND usename = 'channel_node'"
    connection = await asyncpg.connect(database.superuser)
    try:
        async with asyncio.timeout(20):
            while await connection.fetchval(open_, database.name):
                pass
    finally:
        await connection.close()


async def test_own_bug_on_memory_is_answered_under_the_lock(node, world, thread, monkeypatch):
    """After any failure of the single statement, the path with locks decides."""
    judged = GroupPlanner._judged

    def fails_once(*_):
        monkeypatch.setattr(GroupPlanner, "_judged", judged)
        raise ZeroDivisionError

    monkeypatch.setattr(GroupPlanner, "_judged", fails_once)
    [accepted] = await node.appender.submit([note(world, "eu", thread)])
    await stands_once(node, accepted.id)
