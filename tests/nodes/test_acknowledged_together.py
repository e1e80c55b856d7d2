"""Notes of several threads acknowledged in one signature, on two nodes and for a verifier."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.payloads import Author
from special_channel.export.verify import verify
from special_channel.stores.reads import Reads
from special_channel.stores.views import Views
from tests.channel import Channel
from tests.nodes.api import Api, Reply

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Told:
    """Three threads of the EU's with a note each, and the entry that acknowledges all three."""

    made: Channel
    threads: list[str]
    notes: list[Accepted]
    entry: Accepted
    events: list[str]

    async def numbers(self) -> list[str]:
        rows = await views(self.made, "eu").threads_by_id(self.threads)
        return [str(rows[thread].position) for thread in self.threads]


def views(made: Channel, party: Party) -> Views:
    return Views(made.nodes[party].core.record.pool)


def position(entry: Accepted) -> str:
    return f"{entry.log.upper()}-{entry.index}"


async def signed(made: Channel, *notes: tuple[str, str]) -> Submission:
    """Sign an acknowledgement as an official of China's desk does."""
    origin = made.nodes["cn"].core.identity.origin("cn")
    seen = tuple(await made.seen("cn"))
    signer = made.officials["cn", "desk", 1].signer
    return payloads.acknowledged(Author(signer, origin, made.now("cn"), seen, os.urandom), *notes)


async def api_of(made: Channel, http: aiohttp.ClientSession, party: Party) -> Api:
    api = Api(http, made.nodes[party].core.settings.node.url)
    return await api.sign_in(made.officials[party, "desk", 1].signer)


async def get(made: Channel, party: Party, path: str) -> Reply:
    async with aiohttp.ClientSession() as http:
        return await (await api_of(made, http, party)).call("GET", path)


async def listen(made: Channel, party: Party, events: list[str], after: str) -> None:
    """Read the live stream of a side's official."""
    async with aiohttp.ClientSession() as http:
        api = await api_of(made, http, party)
        headers = {"Authorization": f"Bearer {api.token}"}
        async with http.get(f"{api.url}/api/stream?after={after}", headers=headers) as stream:
            async for line in stream.content:
                events.append(line.decode())  # noqa: PERF401 - each as it comes


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(two_nodes: Channel) -> AsyncIterator[Told]:
    threads = [await two_nodes.open_thread("eu", f"Subject {number}") for number in range(3)]
    notes = [await two_nodes.note("eu", thread, f"Note in {thread}") for thread in threads]
    await two_nodes.caught_up()
    sizes = [(await two_nodes.nodes["eu"].core.record.head(log)).size for log in PARTIES]
    events: list[str] = []
    after = f"{sizes[0]}.{sizes[1]}.{sizes[0]}"
    listening = asyncio.ensure_future(listen(two_nodes, "eu", events, after))
    pairs = [(thread, note.id) for thread, note in zip(threads, notes, strict=True)]
    entry = await signed(two_nodes, *pairs)
    [accepted] = await two_nodes.nodes["cn"].core.appender.submit([entry])
    await two_nodes.caught_up()

    async def heard() -> bool:
        return any(accepted.id in line for line in events)

    await two_nodes.until(heard)
    listening.cancel()
    yield Told(two_nodes, threads, notes, accepted, events)


@pytest.mark.parametrize("party", PARTIES)
async def test_each_thread_lists_the_entry_on_both_sides(told: Told, party: Party) -> None:
    for thread, note in zip(told.threads, told.notes, strict=True):
        entries = await views(told.made, party).thread_entries(thread)
        assert [entry.kind for entry in entries] == [
            "thread.opened",
            "note.posted",
            "note.acknowledged",
        ]
        assert entries[-1].id == told.entry.id
        assert entries[-1].thread is None
        row = (await views(told.made, party).notes_by_id([note.id]))[note.id]
        assert [mark.id for mark in row.acknowledged] == [told.entry.id]
        assert row.thread == thread


@pytest.mark.parametrize("party", PARTIES)
async def test_pages_of_each_thread_show_the_act_on_its_own_note(told: Told, party: Party) -> None:
    for number, note in zip(await told.numbers(), told.notes, strict=True):
        view: dict[str, Any] = (await get(told.made, party, f"/api/threads/{number}")).document
        [item] = [each for each in view["items"] if each["kind"] == "note.acknowledged"]
        assert item["position"] == position(told.entry)
        assert item["facts"] == {"ref": position(note)}
        [shown] = [each for each in view["items"] if each["kind"] == "note.posted"]
        [stage] = [each for each in shown["stages"] if each["name"] == "acknowledged"]
        assert stage["position"] == position(told.entry)


async def test_both_sides_and_a_rebuild_hold_the_same_state(told: Told) -> None:
    states = [await told.made.nodes[party].core.record.state() for party in PARTIES]
    assert states[0] == states[1]


async def test_each_thread_is_news_to_the_author_until_it_is_shown(told: Told) -> None:
    key = told.made.officials["eu", "desk", 1].key
    pool = told.made.nodes["eu"].core.record.pool
    reads, person = Reads(pool), (await Views(pool).keys([key]))[key].person
    assert (await reads.news(person, told.threads)).threads == set(told.threads)
    [number, *_] = await told.numbers()
    assert (await get(told.made, "eu", f"/threads/{number}")).status == 200
    assert (await reads.news(person, told.threads)).threads == set(told.threads[1:])


async def test_the_live_event_names_each_thread(told: Told) -> None:
    [line] = [each for each in told.events if told.entry.id in each]
    assert all(thread in line for thread in told.threads)


async def test_the_address_of_the_entry_leads_to_one_of_its_threads(told: Told) -> None:
    async with aiohttp.ClientSession() as http:
        api = await api_of(told.made, http, "eu")
        answer = await http.get(
            f"{api.url}/entries/{position(told.entry)}",
            headers={"Authorization": f"Bearer {api.token}"},
            allow_redirects=False,
        )
    [path, fragment] = answer.headers["Location"].split("#")
    thread, _, cursor = path.removeprefix("/threads/").partition("?")
    assert thread in await told.numbers()
    assert cursor == f"at={fragment}"
    assert fragment == position(told.entry)


@pytest.mark.parametrize("party", PARTIES)
async def test_an_export_of_one_thread_holds_the_entry_and_proves(told: Told, party: Party) -> None:
    [number, *_] = await told.numbers()
    data = (await get(told.made, party, f"/api/export?scope={number}")).body
    report = verify(data, told.made.trust)
    assert report.verdict == "authentic-and-complete"
    assert told.entry.id.encode() in data


async def test_one_own_note_refuses_all(told: Told) -> None:
    made = told.made
    # A thread of its own: the tests above count what the three threads list.
    another = await made.open_thread("cn", "Ours alone")
    own = await made.note("cn", another, "Ours.")
    await made.caught_up()
    pairs = [(thread, note.id) for thread, note in zip(told.threads, told.notes, strict=True)]
    size = (await made.nodes["cn"].core.record.head("cn")).size
    entry = await signed(made, *pairs, (another, own.id))
    with pytest.raises(Refused) as caught:
        await made.nodes["cn"].core.appender.submit([entry])
    assert (caught.value.code, caught.value.facts["id"]) == ("owner", own.id)
    assert (await made.nodes["cn"].core.record.head("cn")).size == size
