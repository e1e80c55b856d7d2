"""A thread of 10,000 entries: a part on each page, cursors to the rest, nothing lost between."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest

from special_channel.broker.act import Act
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.bytes.parts import MAX_PART_BYTES
from special_channel.core.rows.writing import part_refs, sign
from special_channel.messages.catalogue import Lang
from special_channel.stores.record import queries
from special_channel.stores.thread_windows import END, after
from special_channel.web.thread.ticks import MOST_TICKS
from special_channel.web.thread.windows import PRINTED, WHOLE, WINDOW
from tests import damage
from tests.damage import tamper
from tests.web.pages_node import PagesNode, Shown, catch_up
from tests.web.reading import Element
from tests.web.test_long_histories import counted
from tests.world import Entry, World

MOST_BYTES = 400_000
"""Of the HTML of any page."""

MANY = 10_000
FEW = 300
LATER = "2027-11-24T09:00:00Z"

ROWS = """
SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_user_tables
WHERE schemaname IN ('record', 'private')
"""

PLANS = """
SELECT generic_plans AS once, custom_plans AS anew FROM pg_prepared_statements
WHERE statement LIKE '%AS w (place, ord, log)%'
"""


def ids(shown: Shown) -> list[str]:
    """Numbers of the entries of a page, in order."""
    [timeline] = shown.page.marked("data-timeline")
    return [each.attributes["id"] for each in timeline.marked("data-position") if "id" in
            each.attributes]  # fmt: skip


def conversation(world: World, length: int) -> tuple[Entry, list[Entry]]:
    """A thread in which both sides write by turns, with acknowledgements of several threads."""
    thread, other = world.open_thread("eu"), world.open_thread("eu", "Another one")
    entries = [thread]
    world.exchange()
    for number in count():
        if len(entries) >= length:
            break
        party = PARTIES[(number // 3) % 2]
        entries.append(world.note(party, thread.leaf.thread, (f"Note {number}.",)))
        if number % 3 == 2:
            world.exchange()
        if number % 20 == 19:
            aside = world.note(party, other.leaf.thread)
            world.exchange()
            entries.append(world.acknowledge(peer_of(party), entries[-1], aside))
            world.exchange()
    world.exchange()
    return thread, entries


async def shown_ids(site: PagesNode, path: str, **options: Any) -> list[str]:
    shown = await site.get(path, **options)
    assert shown.status == 200, shown.text
    return ids(shown)


def links(shown: Shown) -> Mapping[str, str]:
    return {each.attributes["rel"]: each.attributes["href"] for each in shown.page.marked("rel")}


async def rows_read(site: PagesNode, path: str) -> tuple[Counter[str], Shown]:
    """Rows that the database reads for a request, by table and its own count, and the answer."""
    pool = site.node.record.pool

    async def counted() -> Counter[str]:
        held = [await pool.acquire() for _ in range(pool.get_max_size())]
        for connection in held:
            await connection.execute("SELECT pg_stat_force_next_flush()")
            await connection.execute("SELECT 1")
        rows = await held[0].fetch(ROWS)
        for connection in held:
            await pool.release(connection)
        return Counter({row["relname"]: row["rows"] for row in rows})

    await site.get(path)
    fewest: Counter[str] | None = None
    # What else reads in the meantime, such as a look at due times, is not in each of three.
    for _ in range(3):
        before = await counted()
        shown = await site.get(path)
        rows = await counted() - before
        fewest = rows if fewest is None else fewest & rows
    assert fewest
    return fewest, shown


@pytest.mark.timeout(600)
async def test_page_of_10000_entries_reads_and_weighs_as_one_of_300(pages_of):
    read: dict[tuple[int, str], Counter[str]] = {}
    for length in (FEW, MANY):
        world = World.founded()
        thread = world.open_thread("eu")
        world.exchange()
        asks = [world.ask("eu", LATER)]
        first = world.note("eu", thread.leaf.thread, ("An early question?",), asks=asks)
        for number in range(length - 2):
            # One side alone writes: no bound may be searched through the other side's silence.
            world.note("eu", thread.leaf.thread, (f"Note {number}: 缺少印章，请补正。",))
        world.exchange()
        site = await pages_of(world, "cn")
        path = f"/threads/{thread.position}"
        middle = f"EU-{thread.position.index + length // 2}"
        await site.post(f"{path}/read", {})
        await tamper(site.node.database.superuser, "ANALYZE")
        for place, query in (
            ("newest", ""),
            ("start", "?at=start"),
            ("middle", f"?at={middle}"),
            ("update", f"/now?first={middle}&last={middle}"),
        ):
            rows, shown = await rows_read(site, path + query)
            assert shown.status == 200
            assert len(shown.html.encode()) <= MOST_BYTES
            read[length, place] = rows
            if place != "update":
                assert WINDOW - 5 <= len(ids(shown)) <= WINDOW
                # What is open stays at the top of each part.
                assert f"{first.position} Q1" in shown.page.one("complementary").text
        rows, answer = await rows_read(site, f"/api{path}")
        read[length, "api"] = rows
        assert WINDOW - 5 <= len(json.loads(answer.html)["items"]) <= WINDOW
    for (length, place), rows in read.items():
        # A bisection looks at few more rows of a longer thread.
        more = rows - read[FEW, place]
        assert length == FEW or more.total() <= 150, (place, more)


@pytest.mark.parametrize(("length", "most"), [(10, 10), (300, WINDOW)])
async def test_newest_part_decodes_what_it_shows(pages_of, length, most):
    """And the opening and the first note, which have the subject and a promise."""
    world = World.founded()
    thread, _ = conversation(world, length)
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    await site.post(f"{path}/read", {})
    await site.get(path)
    with counted(queries.stored) as decoded:
        shown = await site.get(path)
    assert len(ids(shown)) == most
    assert len(decoded) == most + (2 if length > most else 0)


async def test_thread_of_thirty_entries_is_one_part(pages_of):
    world = World.founded()
    thread, entries = conversation(world, 30)
    site = await pages_of(world, "cn")
    assert WINDOW < len(entries) < WHOLE
    shown = await shown_ids(site, f"/threads/{thread.position}")
    assert {*shown} == {str(entry.position) for entry in entries}


async def test_cuts_of_a_thread_are_planned_once(pages_of):
    """Planning takes longer than the cuts: a guess at their number made it of every page."""
    world = World.founded()
    thread, entries = conversation(world, 60)
    site = await pages_of(world, "eu")
    views, id_ = site.own.stores.views, thread.leaf.thread
    place = await views.place(id_, entries[30].position)
    for _ in range(100):
        before, *_, whole = await views.edges(id_, place, after(place), END)
    assert (before.entries, whole.entries) == (30, 60)
    pool = site.node.record.pool
    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    plans: Counter[str] = Counter()
    for connection in held:
        for row in await connection.fetch(PLANS):
            plans += Counter(dict(row))
        await pool.release(connection)
    assert plans["once"] > plans["anew"], plans


@pytest.mark.parametrize("party", PARTIES)
async def test_cursors_lead_through_every_entry_in_both_directions(pages_of, party):
    world = World.founded()
    thread, entries = conversation(world, 3 * WINDOW + 7)
    site = await pages_of(world, party)
    path = f"/threads/{thread.position}"
    everything = {str(entry.position) for entry in entries}
    for start, rel in (("?at=start", "next"), ("?at=end", "prev")):
        parts, address = [], path + start
        while address:
            shown = await site.get(address, lang="zh-CN" if party == "cn" else "en")
            parts.append(ids(shown))
            assert len(parts[-1]) <= WINDOW
            address = links(shown).get(rel, "")
        if rel == "prev":
            parts.reverse()
        order = [number for part in parts for number in part]
        assert len(order) == len(entries)
        assert {*order} == everything
        assert order[0] == str(thread.position)
        through = []
        cursor: dict[str, str] = {"at": "start"}
        while cursor:
            query = "&".join(f"{name}={value}" for name, value in cursor.items())
            part = json.loads((await site.get(f"/api{path}?{query}")).html)
            through += [item["position"] for item in part["items"]]
            window = part["window"]
            assert window["earlier"] + len(part["items"]) + window["later"] == len(entries)
            cursor = {"later_than": window["last"]} if window["later"] else {}
        assert through == order


@pytest.mark.parametrize(("entries", "shown"), [(WHOLE - 1, WHOLE - 1), (WHOLE, WINDOW)])
async def test_thread_of_few_entries_is_one_part(pages_of, entries, shown):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    for number in range(entries - 1):
        world.note("cn", thread.leaf.thread, (f"Note {number}",))
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    newest, at_end = await shown_ids(site, path), await shown_ids(site, f"{path}?at=end")
    assert len(newest) == len(at_end) == shown
    at_start = await shown_ids(site, f"{path}?at={thread.position}")
    assert (at_start == newest) is (entries < WHOLE)


async def test_address_of_an_entry_opens_the_part_that_has_it(pages_of):
    world = World.founded()
    thread, entries = conversation(world, 3 * WINDOW)
    site = await pages_of(world, "eu")
    for place in (0, 1, WINDOW, len(entries) - 1):
        number = str(entries[place].position)
        assert number in await shown_ids(site, f"/threads/{thread.position}?at={number}")
        moved = await site.get(f"/entries/{number}")
        assert moved.headers["Location"] == f"/threads/{thread.position}?at={number}#{number}"
    await site.post(f"/threads/{thread.position}/read", {})
    newest = await shown_ids(site, f"/threads/{thread.position}?at=end")
    for unknown in ("EU-1", "nothing", "EU-999999999"):
        assert await shown_ids(site, f"/threads/{thread.position}?at={unknown}") == newest


@pytest.mark.parametrize("cursor", ["earlier_than", "later_than"])
@pytest.mark.parametrize("number", ["EU-1", "EU-999999999", "nothing"])
async def test_cursor_of_another_thread_is_refused_by_its_code(pages_of, cursor, number):
    world = World.founded()
    thread = world.open_thread("eu")
    site = await pages_of(world, "eu")
    for path in (f"/threads/{thread.position}", f"/api/threads/{thread.position}"):
        refused = await site.get(f"{path}?{cursor}={number}")
        assert refused.status == 404
        assert "entry-unknown" in refused.html


async def test_thread_opens_at_what_is_unread_and_is_read_in_order(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    await site.get(path)
    notes = [world.note("cn", thread.leaf.thread, (f"Note {n}.",)) for n in range(2 * WINDOW + 9)]
    world.exchange()
    await catch_up(site.node)
    unread = [str(note.position) for note in notes]
    for _ in range(4):
        shown = await site.get(path)
        fresh = [each.attributes["id"] for each in shown.page.marked("data-unread")]
        assert fresh == unread[: len(fresh)]
        assert shown.text.count("New since your last visit") == (1 if fresh else 0)
        unread = unread[len(fresh) :]
    assert not unread
    assert path not in (await site.get("/inbox")).page.links().values()


async def test_part_beyond_unread_entries_leaves_them_unread(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    await site.get(path)
    notes = [world.note("cn", thread.leaf.thread) for _ in range(2 * WINDOW)]
    world.exchange()
    await catch_up(site.node)
    newest = await site.get(f"{path}?at=end")
    assert "Earlier notes are new to you." in newest.text
    first = newest.page.one("link", "Show the first of them").attributes["href"]
    assert first == f"{path}?at={notes[0].position}#{notes[0].position}"
    again = await site.get(path)
    assert str(notes[0].position) in [e.attributes["id"] for e in again.page.marked("data-unread")]
    # Unless the reader says so.
    form = newest.page.one("button", "Mark the thread as read")
    assert form.around is not None
    back = await site.post(f"{path}/read", {"back": f"{path}?at=end"})
    assert back.headers["Location"] == f"{path}?at=end"
    after = await site.get(path)
    assert after.page.marked("data-unread") == []
    assert ids(after) == ids(newest)


async def test_mark_unread_holds_across_the_edge_of_a_part(pages_of):
    world = World.founded()
    thread, entries = conversation(world, 3 * WINDOW)
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    await site.post(f"{path}/read", {})
    assert (await site.get(f"{path}?at=start")).page.marked("data-unread") == []
    order: list[str] = []
    address = f"{path}?at=start"
    while address:
        shown = await site.get(address)
        order += ids(shown)
        address = links(shown).get("next", "")
    from_cn = [number for number in order if number.startswith("CN")]
    chosen = from_cn[5]
    await site.post(f"{path}/unread", {"entry": chosen})
    shown = await site.get(path)
    fresh = [each.attributes["id"] for each in shown.page.marked("data-unread")]
    assert fresh[0] == chosen
    assert {*fresh} == {each for each in from_cn[5:] if each in ids(shown)}
    assert len(entries) == len(order)


def entry_on(shown: Shown, entry: Entry) -> Element:
    """The element of an entry."""
    found = shown.page.by_id(str(entry.position))
    assert found is not None
    return found


def hrefs(element: Element) -> list[str]:
    return [each.attributes["href"] for each in element.all("link")]


def far_away(world: World, thread: Entry) -> None:
    """Fill two parts of a thread."""
    world.exchange()
    for _ in range(2 * WINDOW):
        world.note("cn", thread.leaf.thread)
    world.exchange()


async def test_correction_and_withdrawal_count_from_another_part(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    wrong, gone, chinese = (
        world.note("eu", thread.leaf.thread, (words,)) for words in ("An error.", "Gone.", "Alone.")
    )
    far_away(world, thread)
    about = {"thread": thread.leaf.thread, "ref": wrong.id, "lang": "en"}
    correction = world.append(
        "eu", world.payload("eu", "note.corrected", **about), [world.text("No error.")]
    )
    withdrawal = world.about("eu", "note.withdrawn", gone)
    about |= {"ref": chinese.id, "lang": "zh-CN"}
    world.append("eu", world.payload("eu", "note.translated", **about), [world.text("仅英文。")])
    world.exchange()
    site = await pages_of(world, "cn")
    path = f"/threads/{thread.position}"
    shown = await site.get(f"{path}?at=start")
    assert not {str(e.position) for e in (correction, withdrawal)} & {*ids(shown)}
    number = str(correction.position)
    assert f"{path}?at={number}#{number}" in hrefs(entry_on(shown, wrong))
    assert "Withdrawn by" in entry_on(shown, gone).text
    assert "仅英文。" in entry_on(shown, chinese).text
    # And back: the correction names its note, and shows what it changes.
    end = await site.get(f"{path}?at={number}")
    corrected = entry_on(end, correction)
    assert f"Show what changed against {wrong.position}" in corrected.text
    assert f"{path}?at={wrong.position}#{wrong.position}" in hrefs(corrected)


async def test_question_counts_its_answer_and_move_of_another_part(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    asked = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", LATER, part=0)])
    far_away(world, thread)
    date = {"q": "1", "due": "2027-12-01T09:00:00Z"}
    proposed = world.about("cn", "date.proposed", asked, body=date)
    world.exchange()
    body = date | {"basis": "agreed", "proposal": proposed.id}
    moved = world.about("eu", "deadline.moved", asked, body=body)
    world.exchange()
    site = await pages_of(world, "cn")
    path = f"/threads/{thread.position}"
    # The browser checks the due time in force by the entry that moved it.
    start = await site.get(f"{path}?at=start")
    [row] = entry_on(start, asked).marked("data-moved")
    assert row.attributes["data-moved"] == moved.id
    newest = await site.get(f"{path}?at=end")
    assert f"{asked.position} Q1" in newest.page.one("complementary").text
    answer = world.answer("cn", asked)
    world.exchange()
    await catch_up(site.node)
    shown = await site.get(f"{path}?at=start")
    assert f"Answered in {answer.position}" in entry_on(shown, asked).text
    answering = entry_on(await site.get(f"{path}?at=end"), answer)
    assert f"{path}?at={asked.position}#{asked.position}" in hrefs(answering)


async def test_update_of_a_part_inserts_nothing_beyond_its_edge(pages_of):
    world = World.founded()
    thread, entries = conversation(world, 2 * WINDOW)
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    start = await site.get(f"{path}?at=start")
    end = await site.get(f"{path}?at=end")
    [first_part], [last_part] = start.page.marked("data-first"), end.page.marked("data-first")
    assert "data-last" in first_part.attributes
    assert "data-last" not in last_part.attributes
    cursor = end.page.marked("data-after")[0].attributes["data-after"]
    arrived = world.note("cn", thread.leaf.thread, ("Just written.",))
    world.exchange()
    await catch_up(site.node)
    query = f"first={last_part.attributes['data-first']}&after={cursor}"
    update = await site.get(f"{path}/now?{query}")
    [place] = update.page.marked("data-before")
    assert place.marked("data-position")[0].attributes["id"] == str(arrived.position)
    held = first_part.attributes
    query = f"first={held['data-first']}&last={held['data-last']}&after={cursor}"
    update = await site.get(f"{path}/now?{query}")
    assert update.page.marked("data-before") == []
    assert f"Later notes ({len(entries) - len(ids(start)) + 1})" in update.text


@pytest.mark.parametrize(
    ("texts", "length"),
    [(("A note.",), PRINTED + 20), (("A long paragraph. " * 1600, "Note."), 30)],
)
async def test_print_holds_every_entry_in_parts_of_400_kb(pages_of, texts, length):
    world = World.founded()
    thread = world.open_thread("eu")
    notes = [world.note("eu", thread.leaf.thread, texts) for _ in range(length)]
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    [link] = (await site.get(path)).page.marked("data-print-all")
    assert "data-act" not in link.attributes
    address: str = link.attributes["href"]
    printed: list[str] = []
    while address:
        shown = await site.get(address)
        assert shown.page.by_id("compose") is None
        assert len(shown.page.marked("data-print")) == 1
        assert len(shown.html.encode()) <= MOST_BYTES
        before, part = len(printed), ids(shown)
        printed += part
        shows = f"Shown: entries {before + 1} to {len(printed)} of {length + 1}."
        assert shows in shown.text
        address = links(shown).get("next", "")
    assert printed == [str(thread.position), *(str(note.position) for note in notes)]


async def test_internal_notes_are_in_one_part_each(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    site: PagesNode = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    for number in range(3):
        for _ in range(WINDOW):
            world.clock.forward(1)
            world.note("eu", thread.leaf.thread)
        await catch_up(site.node)
        await internal(world, site, thread, f"Internal {number}.")
        world.clock.forward(1)
    seen: list[str] = []
    address = f"{path}?at=start"
    while address:
        shown = await site.get(address)
        seen += re.findall(r"Internal \d\.", shown.text)
        address = links(shown).get("next", "")
    assert seen == [f"Internal {number}." for number in range(3)]
    for number in range(3):
        shown = await site.get(f"{path}?at=EU-P-{number}")
        # A part that is opened at an entry begins a little before it.
        found = re.findall(r"Internal \d\.", shown.text)
        assert f"Internal {number}." in found
        assert len(found) < 3
        assert shown.page.by_id(f"EU-P-{number}") is not None
    other = world.open_thread("eu")
    await catch_up(site.node)
    elsewhere = await site.get(f"/threads/{other.position}?at=EU-P-0")
    assert (elsewhere.status, re.findall(r"Internal \d\.", elsewhere.text)) == (200, [])


async def internal(world: World, site: PagesNode, thread: Entry, words: str) -> None:
    """Write an internal note of our side."""
    party = site.node.party
    payload = world.payload(party, "note.internal", thread=thread.leaf.thread, lang="en")
    parts = [world.text(words)]
    payload |= {"log": world.sides[party].private_origin, "seen": []}
    submission = sign(payload | {"parts": part_refs(parts)}, [world.sides[party].keys["desk"]],
                      parts)  # fmt: skip

    async def decide(_transaction: object, _heads: object) -> Act:
        return Act(private=[submission])

    await site.own.acts.appender.act(decide)


async def test_heavy_notes_make_a_shorter_part(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    text = "A long paragraph about certificates. " * 800
    notes = [world.note("eu", thread.leaf.thread, (text, f"Note {n}.")) for n in range(30)]
    world.exchange()
    site = await pages_of(world, "cn")
    address, seen = f"/threads/{thread.position}?at=start", []
    while address:
        shown = await site.get(address)
        assert len(shown.html.encode()) <= MOST_BYTES
        seen += ids(shown)
        address = links(shown).get("next", "")
    assert seen == [str(thread.position), *(str(note.position) for note in notes)]


@pytest.mark.parametrize("answered", [True, False], ids=["answered", "open"])
async def test_parts_with_many_questions_have_400_kb(pages_of, answered):
    """Thirty questions in each note: they weighed nothing, and a print of them had 810 KB."""
    world, many = World.founded(), [str(q) for q in range(1, 31)]
    thread = world.open_thread("eu")
    world.exchange()
    for _ in range(20):
        asks = [world.ask("eu", LATER, q) for q in many]
        note = world.note("eu", thread.leaf.thread, ("Which papers are missing? " * 10,), asks=asks)
        world.exchange()
        if answered:
            world.answer("cn", note, many)
            world.exchange()
    readers: dict[Party, Lang] = {"eu": "en", "cn": "zh-CN"}
    for party, lang in readers.items():
        site = await pages_of(world, party)
        for way in ("?at=start", "?print=1"):
            address, seen = f"/threads/{thread.position}{way}", []
            while address:
                shown = await site.get(address, "desk", lang)
                assert len(shown.html.encode()) <= MOST_BYTES
                seen += ids(shown)
                address = links(shown).get("next", "")
            assert len(seen) == len({*seen}) == (41 if answered else 21)


def many_questions() -> tuple[World, Entry, dict[str, str]]:
    """A thread with 150 open questions to the CN: their numbers, with what a draft says of each."""
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    every: dict[str, str] = {}
    for _ in range(5):
        asks = [world.ask("eu", LATER, str(q)) for q in range(1, 31)]
        note = world.note("eu", thread.leaf.thread, ("Which papers?",), asks=asks)
        every |= {f"{note.position} Q{q}": f"{note.id} {q}" for q in range(1, 31)}
    world.exchange()
    return world, thread, every


def ticks_of(shown: Shown) -> set[str]:
    """Numbers of the questions that the form offers to answer."""
    ticks = [each.attributes["data-label"] for each in shown.page.marked("name", "answer")]
    assert len(ticks) == len({*ticks})
    return {*ticks}


async def test_form_of_many_open_questions_has_the_one_it_begins_with(pages_of):
    world, thread, every = many_questions()
    site = await pages_of(world, "cn")
    ticks = ticks_of(await site.get(f"/threads/{thread.position}"))
    assert len(ticks) == MOST_TICKS
    left = min({*every} - ticks)
    shown = await site.get(f"/threads/{thread.position}?{urlencode({'answer': left})}")
    assert len(ticks_of(shown)) == MOST_TICKS
    boxes = shown.page.marked("name", "answer")
    assert [each.attributes["data-label"] for each in boxes if "checked" in each.attributes] == [
        left
    ]


async def test_form_of_many_open_questions_has_those_that_the_draft_answers(pages_of):
    world, thread, every = many_questions()
    site = await pages_of(world, "cn")
    address = f"/threads/{thread.position}"
    ticks = ticks_of(await site.get(address))
    left = {*every} - ticks
    answers = [every[number] for number in [*left, min(ticks)]]
    # Whatever else a draft has ticked, such as a question answered since, has no box.
    text = json.dumps({"text": "Enclosed.", "answers": [*answers, f"{'ab' * 32} 1"]})
    key, now = world.cn.keys["desk"].key, site.own.node.clock.now()
    await site.own.desk.drafts.save(key, thread.leaf.thread, text, now)
    for path in (address, f"{address}/now?after=0.0.0"):
        offered = ticks_of(await site.get(path))
        assert len(offered) == MOST_TICKS
        assert left | {min(ticks)} <= offered
    # More than the form has places for are all there.
    text = json.dumps({"text": "Enclosed.", "answers": [*every.values()][3:]})
    await site.own.desk.drafts.save(key, thread.leaf.thread, text, now)
    assert ticks_of(await site.get(address)) == {*[*every][3:]}


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            "30 more open questions are not listed here; the page of deadlines has them.",
        ),
        ("zh-CN", "另有30个待答复问题未在此列出，见“答复时间”页面。"),
    ],
)
async def test_form_says_how_many_open_questions_it_does_not_list(pages_of, lang, words):
    world, thread, _ = many_questions()
    site = await pages_of(world, "cn")
    address = f"/threads/{thread.position}"
    for path in (address, f"{address}/now?after=0.0.0"):
        [said] = (await site.get(path, "desk", lang)).page.marked("data-live", "unlisted")
        assert said.links() == {words: "/deadlines"}
    # The side that asked has none to answer.
    asking = await pages_of(world, "eu")
    [said] = (await asking.get(address, "desk", lang)).page.marked("data-live", "unlisted")
    assert not said.text.strip()


@pytest.mark.parametrize("text", ["&" * 16_000, "\u202ea" * 4_000, "'" * 16_000])
async def test_marks_of_a_text_are_weighed_as_html_has_them(pages_of, text):
    world = World.founded()
    thread = world.open_thread("eu")
    notes = [world.note("eu", thread.leaf.thread, (text,)) for _ in range(12)]
    world.exchange()
    site = await pages_of(world, "cn")
    address, seen = f"/threads/{thread.position}?at=start", []
    while address:
        shown = await site.get(address)
        assert len(shown.html.encode()) <= MOST_BYTES
        seen += ids(shown)
        address = links(shown).get("next", "")
    assert seen == [str(thread.position), *(str(note.position) for note in notes)]


@pytest.mark.parametrize("letter", ["a", "证"])
async def test_note_of_the_longest_paragraph_is_on_a_page_of_400_kb(pages_of, letter):
    """The formats bound a paragraph, and a note only by the request that brings it."""
    world = World.founded()
    thread = world.open_thread("eu")
    world.note("eu", thread.leaf.thread, ("Before it.",))
    length = (MAX_PART_BYTES - 200) // len(letter.encode())
    note = world.note("eu", thread.leaf.thread, (letter * length,))
    world.note("eu", thread.leaf.thread, ("After it.",))
    world.exchange()
    site = await pages_of(world, "cn")
    shown = await site.get(f"/threads/{thread.position}?at={note.position}")
    assert letter * length in shown.html
    assert len(shown.html.encode()) <= MOST_BYTES


async def test_lost_entry_is_named_in_one_part_alone(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    notes = [world.note("eu", thread.leaf.thread, (f"Note {n}.",)) for n in range(3 * WINDOW)]
    world.exchange()
    site: PagesNode = await pages_of(world, "cn")
    lost = notes[WINDOW + 3], notes[-1]
    for entry in lost:
        deleted = damage.entry_deleted("eu", entry.position.index)
        await tamper(site.node.database.superuser, *deleted)
    address, shown_items = f"/threads/{thread.position}?at=start", []
    while address:
        shown = await site.get(address)
        [timeline] = shown.page.marked("data-timeline")
        shown_items += [each.attributes["id"] for each in timeline.inside
                        if isinstance(each, Element) and "id" in each.attributes]  # fmt: skip
        address = links(shown).get("next", "")
    assert shown_items == [str(entry.position) for entry in (thread, *notes)]
    newest = await site.get(f"/threads/{thread.position}?at=end")
    assert str(notes[-1].position) in newest.text
