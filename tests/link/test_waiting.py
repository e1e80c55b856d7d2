"""What the peer serves behind a gap: kept and shown, judged once the gap is filled (rule 18)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Position
from special_channel.core.log.leaf import Leaf
from special_channel.link import waiting
from special_channel.link.checking import EntryMissing, MirrorStopped
from tests.link.nodes import Counted, Node, following, page_of, point, serving, signed, until_equal
from tests.link.test_mirror import TAMPERINGS


@dataclass
class Withheld:
    """Intercepts the peer's pages, and withholds parts of some entries.

    Attributes:
        envelopes: Indices whose envelope does not come.
        data: Indices whose parts do not come.
        served: Indices of the entries that each answer brought whole.
    """

    envelopes: set[int] = field(default_factory=set)
    data: set[int] = field(default_factory=set)
    served: list[list[int]] = field(default_factory=list)

    def __call__(self, request: Any, body: bytes) -> bytes:
        if not request.path.endswith(("/log", "/wait")):
            return body
        page = orjson.loads(body)
        entries = [entry for commit in page["commits"] for entry in commit["entries"]]
        brought = []
        for index, entry in enumerate(entries, page["first"]):
            if index in self.envelopes:
                entry["envelope"] = ""
            elif index in self.data:
                entry["parts"] = ["" for _ in entry["parts"]]
            else:
                brought.append(index)
        self.served.append(brought)
        return orjson.dumps(page)


def note(world, thread, *words):
    payload = world.payload("eu", "note.posted", thread=thread, lang="en")
    return signed(world, "eu", payload, *words)


async def written(eu: Node, thread, *texts: str) -> list[int]:
    """Notes of the EU, each in a separate commit."""
    return [(await eu.appender.submit([note(eu.world, thread, text)]))[0].index for text in texts]


async def waits(cn: Node):
    return await cn.house.stores.room.waits("eu")


async def behind(cn: Node) -> int:
    """Step until the mirror reports a gap; return its position."""
    while True:
        try:
            await cn.link.mirror.step()
        except EntryMissing as gap:
            return gap.index


@pytest.fixture
def thread(world):
    found = world.open_thread("eu").leaf.thread
    world.exchange()
    return found


async def test_later_entries_are_kept_and_shown_and_have_no_effect(world, thread, eu, cn):
    line = Withheld()
    async with serving(eu, tap=line) as url:
        point(cn, url)
        gap, *later = await written(eu, thread, "Withheld.", "One.", "Two.", "Three.")
        line.envelopes.add(gap)
        before = await cn.record.state()
        assert await behind(cn) == gap
    found = await waits(cn)
    assert (found.entries, found.lacking, found.gap) == (4, 1, Position("eu", gap))
    lines = await cn.house.stores.room.lines("eu", 10, thread=thread)
    assert [(one.position.index, one.lacking) for one in lines] == [
        (gap, True),
        *((index, False) for index in later),
    ]
    assert {one.kind for one in lines} == {"note.posted"}
    assert (cn.link.status.gap, cn.link.status.waiting) == (gap, 4)
    assert await cn.size("eu") == gap
    assert (await cn.record.head("eu")).cosigned == gap
    assert (await cn.record.state())[2] == before[2]


async def test_once_the_gap_is_filled_what_waits_is_judged_and_not_fetched_again(
    world, thread, eu, cn
):
    line = Withheld()
    async with serving(eu, tap=line) as url, serving(cn) as back:
        point(cn, url)
        point(eu, back)
        gap, *_ = await written(eu, thread, "Withheld.", "One.", "Two.", "Three.")
        line.envelopes.add(gap)
        await behind(cn)
        # What is written meanwhile comes as well, and alone.
        (fourth,) = await written(eu, thread, "Four.")
        line.served.clear()
        assert await behind(cn) == gap
        assert line.served == [[], [fourth], []]
        assert (await waits(cn)).entries == 5
        line.envelopes.clear()
        line.served.clear()
        while await cn.size("eu") <= fourth:
            await cn.link.mirror.step()
        assert line.served == [[gap]]
        assert set(await cn.codes("eu")) == {""}
        assert (await cn.record.head("eu")).cosigned == await eu.size("eu")
        assert "entry-missing" not in cn.alarms.ringing
        async with following(eu, cn):
            await until_equal(eu, cn)
        assert await eu.record.state() == await cn.record.state()
        assert ((await waits(cn)).entries, cn.link.status.gap) == (0, None)


async def test_own_entries_go_on_meanwhile_and_claim_nothing_of_what_waits(world, thread, eu, cn):
    line = Withheld()
    async with serving(eu, tap=line) as url:
        point(cn, url)
        gap, later = await written(eu, thread, "Withheld.", "Later.")
        line.envelopes.add(gap)
        await behind(cn)
        payload = world.payload("cn", "note.posted", thread=thread, lang="en")
        own = (await cn.appender.submit([signed(world, "cn", payload, "Ours.")]))[0].index
        (note_,) = await eu.record.entries("eu", later, 1)
        body = {"entries": [note_.id]}
        stated = world.payload("cn", "note.acknowledged", thread=thread, body=body)
        with pytest.raises(RuleBroken) as refused:
            await cn.appender.submit([signed(world, "cn", stated)])
    assert refused.value.code == "reference", "what waits can't be acknowledged"
    stored = (await cn.record.entries("cn", own, 1))[0]
    assert Leaf.parse(stored.leaf).peer_frontier == gap


@pytest.mark.parametrize("code", TAMPERINGS)
async def test_a_hostile_peer_is_refused_behind_a_gap_as_elsewhere(cn, world, code):
    first = world.eu.own.size
    for _ in range(3):
        world.open_thread("eu")

    def change(page):
        page["commits"][0]["entries"][0]["envelope"] = ""
        TAMPERINGS[code](page)

    with pytest.raises(MirrorStopped) as stopped:
        await cn.take(page_of(world, "eu", first, change=change))
    assert stopped.value.code == code
    assert (await cn.house.stores.evidence.last("eu")).code == code
    assert [one.position.index for one in await cn.house.stores.room.lines("eu", 9)] == [first]
    assert await cn.size("eu") == first


@pytest.mark.parametrize("ordinal", [1, 3, 5])
async def test_wrong_count_behind_a_gap_stops_the_mirror(cn, world, ordinal):
    """Counts go on from stored entries, from those that wait, and from those of the page (K26)."""
    thread = world.open_thread("eu")
    await cn.mirror_all()
    first = world.eu.own.size
    for _ in range(2):
        world.note("eu", thread.leaf.thread)

    def change(page):
        page["commits"][0]["entries"][0]["envelope"] = ""

    with pytest.raises(EntryMissing):
        await cn.take(page_of(world, "eu", first, change=change))
    submission = note(world, thread.leaf.thread, "Counted wrongly.")
    counts = thread.leaf.directory, ordinal
    world.append_signed("eu", submission, honest=False, counts=counts)
    await cn.link.mirror._keep(page_of(world, "eu", first, upto=first + 1, change=change))
    with pytest.raises(MirrorStopped) as stopped:
        await cn.link.mirror._keep(page_of(world, "eu", first + 2))
    assert stopped.value.code == "ordinal"
    lines = await cn.house.stores.room.lines("eu", 9)
    assert [one.position.index for one in lines] == [first, first + 1]


async def test_junk_in_place_of_an_envelope_or_a_part_is_not_kept(cn, world):
    first = world.eu.own.size
    thread = world.open_thread("eu").leaf.thread
    for _ in range(3):
        world.note("eu", thread, ("Signed.", "Signed, too."))
    junk = "J" * 100

    def change(page):
        entries = [commit["entries"][0] for commit in page["commits"]]
        entries[0]["envelope"] = ""
        entries[1]["envelope"] = junk
        entries[2]["parts"][1] = junk

    with pytest.raises(EntryMissing):
        await cn.take(page_of(world, "eu", first, change=change))
    kept = [
        entry for one in await cn.house.stores.room.commits("eu", first, 9) for entry in one.entries
    ]
    assert [entry.lacking for entry in kept] == [True, True, False, False]
    assert [len(entry.parts) for entry in kept] == [0, 0, 2, 2]
    assert kept[2].parts[1] is None
    assert not any(junk.encode() in entry.envelope for entry in kept)


async def test_list_whose_data_is_withheld_changes_no_row_until_it_comes(cn, world):
    """Counts are kept by the logs' sizes: rows may not change by a part that comes late."""
    first = world.eu.own.size
    world.list_batch(["A-1"])

    def change(page):
        page["commits"][0]["entries"][0]["parts"][0] = ""

    with pytest.raises(EntryMissing):
        await cn.take(page_of(world, "eu", first, change=change))
    heads = await cn.record.heads()
    assert heads["eu"].size == first
    listed = "SELECT count(*) FROM record.listings"
    assert await cn.record.pool.fetchval(listed) == 0
    await cn.take(page_of(world, "eu", first))
    heads = await cn.record.heads()
    assert heads["eu"].size == first + 1
    assert await cn.record.pool.fetchval(listed) == 1


async def test_a_node_killed_in_between_goes_on_from_what_it_kept(make_node, world, thread, eu, cn):
    line = Withheld()
    async with serving(eu, tap=line) as url:
        point(cn, url)
        gap, *later = await written(eu, thread, "Withheld.", "One.", "Two.")
        line.envelopes.add(gap)
        await behind(cn)
        again = await make_node(world, "cn", database=cn.database)
        again.house.peer.client.randomness = Counted(itertools.count(1000))
        point(again, url)
        line.served.clear()
        assert await behind(again) == gap
        assert line.served == [[], []], "nothing is fetched twice"
        # It dies once more, between judging and forgetting.
        line.envelopes.clear()
        await again.link.mirror._follower.take(await again.house.peer.client.log(gap, 1))
        ready = await again.link.mirror._waiting.ready(gap + 1)
        await again.link.mirror._follower.take(ready)
        third = await make_node(world, "cn", database=cn.database)
        assert await third.size("eu") == later[-1] + 1
        assert (await waits(third)).entries == 0
        assert await third.house.stores.room.lines("eu", 9) == []
        assert not await third.link.mirror._behind()
        left = await third.record.pool.fetchval("SELECT count(*) FROM record.waiting")
        assert left == 0


async def test_no_more_waits_than_there_is_room_for_and_the_rest_comes_afterwards(
    world, thread, eu, cn, monkeypatch
):
    line = Withheld()
    async with serving(eu, tap=line) as url:
        point(cn, url)
        gap, *later = await written(eu, thread, "Withheld.", *map(str, range(5)))
        line.envelopes.add(gap)
        monkeypatch.setattr(waiting, "MAX_ENTRIES", 3)
        for _ in range(2):
            await behind(cn)
            assert (await waits(cn)).entries == 3
        monkeypatch.setattr(waiting, "MAX_ENTRIES", 4096)
        monkeypatch.setattr(waiting, "MAX_BYTES", 1)
        await behind(cn)
        assert (await waits(cn)).entries == 3
        assert cn.link.status.waiting == 6
        line.envelopes.clear()
        while await cn.size("eu") <= later[-1]:
            await cn.link.mirror.step()
    assert set(await cn.codes("eu")) == {""}


async def test_a_second_gap_holds_what_comes_behind_it(world, thread, eu, cn):
    line = Withheld()
    async with serving(eu, tap=line) as url:
        point(cn, url)
        first, between, second, last = await written(eu, thread, "A.", "B.", "C.", "D.")
        line.envelopes |= {first, second}
        assert await behind(cn) == first
        line.envelopes.remove(first)
        assert await behind(cn) == second
        assert await cn.size("eu") == between + 1
        assert (await waits(cn)).gap == Position("eu", second)
        line.envelopes.clear()
        while await cn.size("eu") <= last:
            await cn.link.mirror.step()
    assert set(await cn.codes("eu")) == {""}


async def test_a_data_part_declared_lost_ends_the_wait_and_its_entry_has_no_effect(
    world, thread, eu, cn
):
    """The verifier says the same of it: without its data nothing can be said."""
    batch = world.list_batch(["CN-1", "CN-2"])
    lost = batch.position.index
    line = Withheld(data={lost})
    async with serving(eu, tap=line) as url:
        point(cn, url)
        world.note("eu", thread)
        await eu.write_own()
        assert await behind(cn) == lost
        assert (await cn.record.head("eu")).cosigned == lost
        world.erase("eu", batch, [0], basis="lost")
        await eu.write_own()
        line.served.clear()
        while await cn.size("eu") < world.eu.own.size:
            try:
                await cn.link.mirror.step()
            except EntryMissing:
                continue
    assert (await cn.codes("eu"))[lost:] == ["part-missing", "", ""]
    assert [index for page in line.served for index in page] == [lost + 2]
    assert (await cn.record.head("eu")).cosigned == await cn.size("eu")
    assert (await waits(cn)).entries == 0
    await cn.link.refusals.step()
    refused = await cn.house.stores.book.of_kind("cn", "peer.refused", 1)
    assert len(refused) == 1


async def test_a_declaration_that_nobody_may_make_ends_no_wait(world, thread, eu, cn):
    """Signed by a key that is held, and refused by the judge: nothing is stored."""
    batch = world.list_batch(["CN-1"])
    lost = batch.position.index
    body = {"parts": [0], "basis": "lost"}
    payload = world.payload("eu", "part.erased", by="desk", ref=batch.id, body=body)
    world.append_signed("eu", signed(world, "eu", payload), honest=False)
    line = Withheld(data={lost})
    async with serving(eu, tap=line) as url:
        point(cn, url)
        await eu.write_own()
        for _ in range(2):
            assert await behind(cn) == lost
    assert await cn.size("eu") == lost
    assert (await waits(cn)).entries == 2
