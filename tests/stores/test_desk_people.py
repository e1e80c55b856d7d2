"""A side's data on its own people: read marks, names by key, drafts sent back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import RuleBroken
from special_channel.stores import migrations
from special_channel.stores.clearances import KEPT_RETURNED, Clearance, Clearances
from special_channel.stores.drafts import DraftQuota, Drafts, Replaces
from special_channel.stores.migrations import migrate
from special_channel.stores.people import Official, Officials
from special_channel.stores.reads import ReadMark, Reads
from special_channel.stores.sessions import Pool, SessionRules, open_pool

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
KEY, OTHER = "eu:" + "a" * 32, "eu:" + "b" * 32
PERSON = "e" * 32
THREAD = "c" * 32


@pytest_asyncio.fixture
async def pool(each_fresh_database) -> AsyncIterator[Pool]:
    database = await each_fresh_database()
    async with open_pool(database.node, SessionRules(connections=4, durable=False)) as opened:
        yield opened


async def test_a_mark_moves_for_one_of_many_calls_and_never_goes_back(pool):
    reads = Reads(pool)
    moved = await asyncio.gather(*(reads.mark(KEY, THREAD, ReadMark(3, 5), NOW) for _ in range(12)))
    assert sum(moved) == 1
    assert not await reads.mark(KEY, THREAD, ReadMark(2, 4), LATER)
    assert await reads.marks(KEY) == {THREAD: ReadMark(3, 5, LATER)}
    # One log grew; the other's size, as an older page had it, does not pull the mark back.
    assert await reads.mark(KEY, THREAD, ReadMark(4, 1), LATER)
    assert (await reads.marks(KEY, [THREAD]))[THREAD] == ReadMark(4, 5, LATER)


async def test_marks_are_each_readers_own(pool):
    reads = Reads(pool)
    await reads.mark(KEY, THREAD, ReadMark(1, 1), NOW)
    assert await reads.marks(OTHER) == {}
    assert await reads.marks(KEY, []) == {}
    assert await reads.marks(KEY, ["d" * 32]) == {}


async def test_marks_by_key_become_those_of_the_person(empty_database, monkeypatch):
    """Of two computers the furthest marks count; marks of a machine stay those of its key."""
    every = migrations.migrations()
    monkeypatch.setattr(migrations, "migrations", lambda: [m for m in every if m.number < 480])
    await migrate(empty_database.dsn())
    connection = await asyncpg.connect(empty_database.dsn("postgres"))
    try:
        # Views are written in commits alone, which this test has none of.
        await connection.execute("SET session_replication_role = replica")
        for key in (KEY, OTHER):
            await connection.execute(
                "INSERT INTO record.keys"
                " (key, doc, digest, party, role, unit, desk, idx, standing, person)"
                " VALUES ($1, '{}', '', 'eu', 'desk', '', '', 0, 'active', $2)",
                *(key, PERSON),
            )
        marks = [
            (KEY, THREAD, 3, 5, NOW),
            (OTHER, THREAD, 4, 1, LATER),
            (OTHER, "d" * 32, 1, 1, NOW),
        ]
        marks.append(("eu:service", THREAD, 7, 7, NOW))
        await connection.executemany(
            "INSERT INTO desk.read_marks VALUES ($1, $2, $3, $4, $5)", marks
        )
    finally:
        await connection.close()
    monkeypatch.undo()
    await migrate(empty_database.dsn())
    async with open_pool(empty_database.node, SessionRules(connections=2, durable=False)) as pool:
        reads = Reads(pool)
        assert await reads.marks(PERSON) == {
            THREAD: ReadMark(4, 5, LATER), "d" * 32: ReadMark(1, 1, NOW),
        }  # fmt: skip
        assert await reads.marks("eu:service") == {THREAD: ReadMark(7, 7, NOW)}
        assert await reads.mark(PERSON, THREAD, ReadMark(5, 5), LATER)
        assert await reads.marks(KEY) == {}


async def test_names_come_by_key_for_those_keys_alone(pool):
    officials = Officials(pool)
    person = Official(0, "Łukasz Żelazny", "desk", "Unit", "licensing", "l@eu.example", "en")
    number = await officials.add(person, uuid4().hex)
    await officials.bind(KEY, number)
    await officials.bind(KEY, number)
    assert await officials.keys_of(number) == [KEY]
    found = await officials.of_keys([KEY, OTHER])
    assert {key: official.name for key, official in found.items()} == {KEY: person.name}
    assert await officials.of_keys([OTHER]) == {}


async def test_a_draft_that_was_sent_back_waits_for_its_author_alone(pool):
    clearances = Clearances(pool)
    for place, by in enumerate((KEY, OTHER)):
        id_ = f"{place}" * 64
        await clearances.put([Clearance(id_, b"{}", (b"{}",), by, NOW, "waiting")])
        await clearances.put([Clearance(id_, b"another", (), by, NOW, "waiting")])
    assert len(await clearances.waiting()) == 2
    await clearances.close("0" * 64, "returned", "Row 3 twice.")
    await clearances.close("1" * 64, "cleared")
    assert len(await clearances.waiting()) == 0
    [back] = await clearances.returned(KEY)
    assert (back.id, back.envelope, back.remark) == ("0" * 64, b"{}", "Row 3 twice.")
    assert await clearances.returned(OTHER) == []


async def test_of_one_act_all_drafts_are_laid_or_none(pool):
    clearances = Clearances(pool)
    first, unkept = (Clearance(id_, b"{}", (), KEY, NOW, "waiting") for id_ in ("e" * 64, "\0"))
    with pytest.raises(asyncpg.CharacterNotInRepertoireError):
        await clearances.put([first, unkept])
    assert len(await clearances.waiting()) == 0


async def test_waiting_drafts_of_one_person_are_limited(pool):
    clearances = Clearances(pool, most=DraftQuota(count=2, length=100))
    officials = Officials(pool)
    same = await officials.add(
        Official(0, "A", "desk", "Unit", "licensing", "a@eu.example", "en"), uuid4().hex
    )
    third = "eu:" + "c" * 32
    for key in (KEY, third):
        await officials.bind(key, same)

    async def put(*ids: str, by: str = KEY, length: int = 10) -> str:
        drafts = [Clearance(id_ * 64, b"{}", (b"x" * length,), by, NOW, "waiting") for id_ in ids]
        try:
            await clearances.put(drafts)
        except RuleBroken as error:
            return error.code
        return ""

    assert await put("0", "1", "2") == "release-limit", "of one act all or none"
    assert len(await clearances.waiting()) == 0
    assert await put("0", length=60) == ""
    assert await put("1", length=60) == "release-limit", "two are allowed, not so many bytes"
    assert await put("1") == ""
    assert await put("1") == "", "the same id again is the same draft"
    assert await put("2", by=third) == "release-limit", "another key of the same person"
    assert await put("2", by=OTHER) == "", "another person"
    await clearances.close("1" * 64, "returned")
    assert await put("3") == ""


async def test_waiting_drafts_sent_at_once_keep_to_the_limit(pool):
    clearances = Clearances(pool, most=DraftQuota(count=3, length=1000))
    drafts = [Clearance(f"{n}" * 64, b"{}", (), KEY, NOW, "waiting") for n in range(8)]
    put = await asyncio.gather(*(clearances.put([d]) for d in drafts), return_exceptions=True)
    assert sum(isinstance(each, RuleBroken) for each in put) == 5
    assert len(await clearances.waiting()) == 3


async def test_drafts_taken_back_again_and_again_do_not_pile_up(pool):
    clearances = Clearances(pool)
    for n in range(KEPT_RETURNED + 5):
        await clearances.put([Clearance(f"{n:064}", b"{}", (), KEY, NOW, "waiting")])
        await clearances.close(f"{n:064}", "returned")
    await clearances.put([Clearance("f" * 64, b"{}", (), OTHER, NOW, "waiting")])
    assert await pool.fetchval("SELECT count(*) FROM desk.clearances") == KEPT_RETURNED + 1
    assert len(await clearances.returned(KEY)) == KEPT_RETURNED
    assert len(await clearances.waiting()) == 1


async def test_draft_saved_by_another_page_is_not_replaced(pool):
    drafts = Drafts(pool)
    first = await drafts.save(KEY, THREAD, '{"text":"one"}', NOW, Replaces(0, "a"))
    assert first
    # Another page began from nothing, or from what is no longer there.
    for version in (0, first + 1000):
        over = Replaces(version, "b")
        assert await drafts.save(KEY, THREAD, '{"text":"two"}', LATER, over) is None
        assert await drafts.save(KEY, THREAD, "", LATER, over) is None
    held = await drafts.load(KEY, THREAD)
    assert held is not None
    assert (held.text, held.at, held.version) == ('{"text":"one"}', NOW, first)
    second = await drafts.save(KEY, THREAD, '{"text":"two"}', LATER, Replaces(first, "b"))
    assert second not in {None, first}
    assert await drafts.save(KEY, THREAD, '{"text":"x"}', LATER, Replaces(first, "a")) is None


async def test_draft_is_written_on_with_another_key_of_the_person(pool):
    drafts, officials = Drafts(pool), Officials(pool)
    person = Official(0, "Łukasz Żelazny", "desk", "Unit", "licensing", "l@eu.example", "en")
    number = await officials.add(person, uuid4().hex)
    for key in (KEY, OTHER):
        await officials.bind(key, number)
    first = await drafts.save(KEY, THREAD, '{"text":"one"}', NOW, Replaces(0, "a"))
    assert first
    # The new computer has not read it yet: what is typed there replaces nothing.
    assert await drafts.save(OTHER, THREAD, '{"text":"x"}', LATER, Replaces(0, "b")) is None
    held = await drafts.load(OTHER, THREAD)
    assert held is not None
    assert held.version == first
    second = await drafts.save(OTHER, THREAD, '{"text":"two"}', LATER, Replaces(first, "b"))
    assert second
    assert await drafts.save(KEY, THREAD, '{"text":"x"}', LATER, Replaces(first, "a")) is None
    assert await drafts.save(OTHER, THREAD, '{"text":"three"}', LATER)
    loaded = await drafts.load(KEY, THREAD)
    assert loaded is not None
    assert loaded.text == '{"text":"three"}'
    assert await drafts.load("eu:" + "c" * 32, THREAD) is None, "another person's key reads none"
    # What one browser has shown for signing is not the other's.
    assert await drafts.save(KEY, "sign note", '{"a":1}', NOW)
    assert await drafts.load(OTHER, "sign note") is None
    assert await drafts.save(OTHER, THREAD, "", LATER) == 0
    assert await drafts.load(KEY, THREAD) is None


async def test_draft_sent_back_is_its_authors_under_any_key(pool):
    clearances, officials = Clearances(pool), Officials(pool)
    person = Official(0, "Łukasz Żelazny", "desk", "Unit", "licensing", "l@eu.example", "en")
    number = await officials.add(person, uuid4().hex)
    for key in (KEY, OTHER):
        await officials.bind(key, number)
    await clearances.put([Clearance("f" * 64, b"{}", (), KEY, NOW, "waiting")])
    assert await clearances.of_person("f" * 64, OTHER)
    assert await clearances.of_person("f" * 64, "eu:" + "c" * 32) is None
    await clearances.close("f" * 64, "returned", "Row 3 twice.")
    assert [each.remark for each in await clearances.returned(OTHER)] == ["Row 3 twice."]


async def test_draft_whose_reply_was_lost_is_saved_again(pool):
    drafts = Drafts(pool)
    await drafts.save(KEY, THREAD, '{"text":"one"}', NOW, Replaces(0, "a"))
    assert await drafts.save(KEY, THREAD, '{"text":"one, two"}', LATER, Replaces(0, "a"))
    held = await drafts.load(KEY, THREAD)
    assert held is not None
    assert held.text == '{"text":"one, two"}'
    # A page without a name is nobody's own.
    assert await drafts.save(OTHER, THREAD, "{}", NOW, Replaces(0))
    assert await drafts.save(OTHER, THREAD, "{}", NOW, Replaces(0)) is None


async def test_draft_deleted_elsewhere_is_not_begun_anew_unasked(pool):
    drafts = Drafts(pool)
    version = await drafts.save(KEY, THREAD, '{"text":"one"}', NOW, Replaces(0, "a"))
    assert version is not None
    assert await drafts.save(KEY, THREAD, "", NOW, Replaces(version, "b")) == 0
    assert await drafts.save(KEY, THREAD, "", NOW, Replaces(version, "b")) == 0, "once more"
    assert await drafts.save(KEY, THREAD, '{"text":"two"}', LATER, Replaces(version, "a")) is None
    assert await drafts.load(KEY, THREAD) is None
    again = await drafts.save(KEY, THREAD, '{"text":"two"}', LATER, Replaces(0, "a"))
    assert again is not None
    assert again > version, "no version comes twice"


async def test_draft_of_the_nodes_own_forms_replaces_any(pool):
    drafts = Drafts(pool)
    await drafts.save(KEY, THREAD, '{"text":"typed"}', NOW, Replaces(0, "a"))
    assert await drafts.save(KEY, THREAD, '{"text":"from a file"}', LATER)
    assert await drafts.save(KEY, THREAD, '{"text":"x"}', LATER, Replaces(0, "a")) is None
    assert await drafts.save(KEY, THREAD, "", LATER) == 0
    assert await drafts.load(KEY, THREAD) is None
