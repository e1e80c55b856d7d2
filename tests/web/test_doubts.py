"""Entries in doubt on pages and in the API (K21, K22): words for both sides, and no effect lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes.ids import Party
from tests.permits import LICENCE, draw, issue
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page
from tests.web.test_stream import event, opened
from tests.world import Entry, World


class Doubted:
    """A thread of the EU whose opening and note a doubtful key signed; a second key reviews."""

    def __init__(self) -> None:
        self.world = World.founded()
        self.world.add_key("eu", "desk", "laptop")
        self.thread = self.world.open_thread("eu")
        self.note = self.world.note("eu", self.thread.leaf.thread)
        self.later = self.world.note("eu", self.thread.leaf.thread, ("By the clerk.",), by="clerk")
        self.world.exchange()

    def doubt(self) -> Entry:
        stop = self.world.suspension("eu", "desk", since=self.thread.position.index)
        entry = self.world.append("eu", stop)
        self.world.exchange()
        return entry

    def review(self, word: str, *entries: Entry) -> Entry:
        body = {"word": word, "entries": [entry.id for entry in entries]}
        entry = self.world.append(
            "eu", self.world.payload("eu", "entry.reviewed", by="laptop", body=body)
        )
        self.world.exchange()
        return entry


@pytest.fixture
def doubted() -> Doubted:
    return Doubted()


async def thread(pages: PagesNode, doubted: Doubted) -> tuple[Page, dict[str, Any]]:
    path, lang = (
        f"/threads/{doubted.thread.position}",
        "en" if pages.node.party == "eu" else "zh-CN",
    )
    page = Page((await pages.get(path, "clerk", lang)).html)
    answer = await pages.get(f"/api{path}", "clerk", headers={"Accept": "application/json"})
    return page, json.loads(answer.html)


def doubts(answer: dict[str, Any]) -> dict[str, Any]:
    return {item["position"]: item.get("doubt") for item in answer["items"]}


def entry(page: Page, of: Entry) -> str:
    [item] = [
        each for each in page.all("listitem") if each.attributes.get("id") == str(of.position)
    ]
    return item.text


async def test_our_side_reads_what_is_to_be_reviewed(pages_of, doubted):
    doubted.doubt()
    page, answer = await thread(await pages_of(doubted.world, "eu"), doubted)
    since = str(doubted.thread.position)
    assert f"Signed with a key that may not have been in its holder’s hands since {since} (" in (
        entry(page, doubted.note)
    )
    assert "Not yet reviewed." in entry(page, doubted.note)
    assert "holder’s hands" not in entry(page, doubted.later)
    key = doubted.world.eu.keys["desk"].key
    stated = {"key": key, "since": since, "word": "disputed"}
    assert doubts(answer)[str(doubted.note.position)] == stated
    assert doubts(answer)[str(doubted.later.position)] is None


async def test_the_other_side_reads_that_the_entry_remains_valid(pages_of, doubted):
    doubted.doubt()
    page, answer = await thread(await pages_of(doubted.world, "cn"), doubted)
    since = str(doubted.thread.position)
    said = f"欧方表示，自{since}起该密钥是否由本人持有存疑。该条目仍然有效；"
    assert said in entry(page, doubted.note)
    assert "送达。" in entry(page, doubted.note)
    assert doubts(answer)[str(doubted.note.position)]["word"] == "disputed"


@pytest.mark.parametrize(
    ("party", "said"),
    [
        ("eu", "The EU side states that its official did not write this."),
        ("cn", "欧方表示，该条目非其人员签名。"),
    ],
)
async def test_a_disowned_text_stays_readable(party: Party, said, pages_of, doubted):
    doubted.doubt()
    doubted.review("disowned", doubted.note)
    page, answer = await thread(await pages_of(doubted.world, party), doubted)
    assert said in entry(page, doubted.note)
    assert "May it be sent again?" in entry(page, doubted.note)
    assert any(words in entry(page, doubted.note) for words in ("Show the text", "显示内容"))
    assert doubts(answer)[str(doubted.note.position)]["word"] == "disowned"


async def test_a_confirmed_entry_is_as_any_other(pages_of, doubted):
    doubted.doubt()
    doubted.review("confirmed", doubted.note)
    page, answer = await thread(await pages_of(doubted.world, "eu"), doubted)
    assert "holder’s hands" not in entry(page, doubted.note)
    assert doubts(answer)[str(doubted.note.position)] is None


# Review --------------------------------------------------------------------------------


async def test_the_official_says_which_entries_are_hers(pages_of, doubted):
    doubted.doubt()
    pages = await pages_of(doubted.world, "eu")
    page = Page((await pages.get("/review", "laptop")).html)
    page.one("heading", "Review 2 disputed entries")
    assert {link: href for link, href in page.links().items() if "To review" in link} == {
        "To review2(2 waiting)": "/review"
    }
    numbers = [str(doubted.thread.position), str(doubted.note.position)]
    assert [row[0].split(" ")[0] for row in page.rows() if row[0].startswith("EU")] == numbers
    assert "The EU side states doubt about the key from" in page.text
    fields = {f"word-{numbers[0]}": "confirmed", f"word-{numbers[1]}": "disowned"}
    shown = Page((await pages.post("/review", fields, "laptop")).html)
    assert "1 mine, 1 not mine." in shown.text
    assert "“Not mine” alone changes nothing." in shown.text
    bodies = [json.loads(body) for body in shown.signs("entry.reviewed")]
    assert bodies == [
        {"word": "confirmed", "entries": [doubted.thread.id]},
        {"word": "disowned", "entries": [doubted.note.id]},
    ]
    every = Page((await pages.post("/review", {"all": "confirmed"}, "laptop")).html)
    [body] = [json.loads(body) for body in every.signs("entry.reviewed")]
    assert body == {"word": "confirmed", "entries": [doubted.thread.id, doubted.note.id]}


async def test_what_is_reviewed_leaves_the_page(pages_of, doubted):
    doubted.doubt()
    doubted.review("confirmed", doubted.note)
    doubted.review("disowned", doubted.thread)
    pages = await pages_of(doubted.world, "eu")
    page = (await pages.get("/review", "laptop")).page
    page.one("heading", "No entry of yours is disputed")
    assert page.links()["Stop a key"] == "/stop"
    # The menu names the page that is open, and no other page names it.
    elsewhere = (await pages.get("/people", "laptop")).page
    assert [link for link in elsewhere.links() if "To review" in link] == []


async def test_leaders_read_all_disputed_entries_of_their_side(pages_of, doubted):
    doubted.doubt()
    pages = await pages_of(doubted.world, "eu")
    assert "No entry of yours is disputed" in (await pages.get("/review", "head")).text
    page = (await pages.get("/review?scope=all", "head")).page
    page.one("heading", "2 disputed entries of our side")
    assert len(page.all("radio")) == 4
    answer = await pages.get("/api/reviews?scope=all", "head", headers=JSON)
    found = json.loads(answer.html)
    assert [item["position"] for item in found["items"]] == [
        str(doubted.thread.position),
        str(doubted.note.position),
    ]
    assert found["items"][0]["doubt"]["word"] == "disputed"


async def test_a_wrong_word_is_refused(pages_of, doubted):
    doubted.doubt()
    pages = await pages_of(doubted.world, "eu")
    fields = {f"word-{doubted.note.position}": "forged"}
    assert "request-malformed" in (await pages.post("/review", fields, "laptop")).text


JSON = {"Accept": "application/json"}


async def test_acts_on_people_come_first_with_what_undoes_them(pages_of):
    """The registrar's key: its grants, enrolments and stops (K23)."""
    world = World.founded()
    world.add_key("eu", "registrar", "spare")
    since = world.eu.own.size
    granted = world.grant("eu", "newcomer", grant=1)
    enrolled = world.add_key("eu", "newcomer", "laptop")
    stop = world.append("eu", world.suspension("eu", "clerk", by="registrar"))
    world.append("eu", world.suspension("eu", "registrar", since=since))
    world.exchange()
    pages = await pages_of(world, "eu")
    found = json.loads((await pages.get("/api/reviews", "spare", headers=JSON)).html)
    urls = {item["position"]: item["remedy"]["url"] for item in found["items"]}
    person, keys = world.eu.person("newcomer"), world.eu.keys
    assert urls == {
        str(granted.position): f"/people/acts/new?kind=role.ended&person={person}",
        str(enrolled.position): f"/people/acts/new?kind=key.revoked&key={keys['laptop'].key}",
        str(stop.position): f"/people/acts/new?kind=key.restored&key={keys['clerk'].key}",
    }
    page = (await pages.get("/review", "spare")).page
    assert set(urls.values()) <= set(page.links().values())


# Figures, briefs and files --------------------------------------------------------------


async def test_figures_and_briefs_count_disputed_entries_and_say_how_many(pages_of, doubted):
    pages = await pages_of(doubted.world, "eu")
    counted = "Disputed or disowned, valid and counted all the same: EU 2, CN 0 entries."
    paths = ("/figures", "/numbers", "/brief/ministers/handover")
    before = [(await pages.get(path, "clerk")).text for path in paths]
    assert not any("Disputed" in text for text in before)
    doubted.doubt()
    await catch_up(pages.node)
    for path in paths:
        assert counted in (await pages.get(path, "clerk")).text
    assert counted in (await pages.get("/applications.csv", "clerk")).html


async def test_lists_have_the_word_beside_the_number(pages_of):
    world = World.founded()
    batch = world.list_batch(["A-1"], state="review", as_of="2026-11-20")
    stop = world.suspension("eu", "desk", since=batch.position.index)
    world.append("eu", stop)
    world.exchange()
    pages = await pages_of(world, "eu")
    number = str(batch.position)
    assert f"{number} (disputed)" in (await pages.get("/applications.csv", "clerk")).html
    for path in ("/applications/A-1", "/batches"):
        assert f"{number} disputed" in (await pages.get(path, "clerk")).text
    page = await pages.get(f"/batches/{number}", "clerk")
    assert "may not have been in its holder’s hands since" in page.text


@pytest.mark.parametrize(
    ("party", "said", "disowned"),
    [
        (
            "eu",
            "A further signature was made with a key that may not have been in its holder’s hands",
            "The EU side states that a further signature is not its official’s.",
        ),
        ("cn", "起另一签名所用密钥是否由本人持有存疑", "欧方表示，该条目的另一签名非其人员所签。"),
    ],
)
async def test_doubt_about_a_further_signature_is_not_the_authors(
    party: Party, said, disowned, pages_of
):
    """An official released a list, and later doubts the own key: nothing is said of the author."""
    world = World.founded()
    world.add_key("eu", "head", "laptop")
    batch = world.list_batch(["A-1"])
    world.append("eu", world.suspension("eu", "head", "director", since=batch.position.index))
    world.exchange()
    pages, path = await pages_of(world, party), f"/batches/{batch.position}"
    lang = "en" if party == "eu" else "zh-CN"
    assert said in (await pages.get(path, "clerk", lang)).text
    body = {"word": "disowned", "entries": [batch.id]}
    world.append("eu", world.payload("eu", "entry.reviewed", by="laptop", body=body))
    world.exchange()
    await catch_up(pages.node)
    assert disowned in (await pages.get(path, "clerk", lang)).text


async def test_page_of_a_list_with_a_disputed_thread_opens(pages_of):
    """Rows of threads have their number as a position, not as text."""
    world = World.founded()
    batch = world.list_batch(["A-1"])
    thread = world.open_thread("eu", batch=batch.id)
    world.append("eu", world.suspension("eu", "desk", since=thread.position.index))
    world.exchange()
    pages = await pages_of(world, "eu")
    shown = await pages.get(f"/batches/{batch.position}", "clerk")
    assert shown.status == 200
    assert f"{thread.position} disputed" in shown.text


# Over the API and in the live stream ------------------------------------------------------


def doubts_in(answer: object) -> dict[str, str]:
    """Return the word of each doubt in an answer, by the number of the entry that states it."""
    found: dict[str, str] = {}
    if isinstance(answer, list):
        for each in answer:
            found |= doubts_in(each)
    if isinstance(answer, dict):
        if "doubt" in answer:
            assert set(answer["doubt"]) == {"key", "since", "word"}
            number = answer["position"] if "position" in answer else answer["number"]
            found[number] = answer["doubt"]["word"]
        for each in answer.values():
            found |= doubts_in(each)
    return found


@pytest.mark.parametrize("reader", ["eu", "cn"])
async def test_api_states_the_doubt_about_each_entry_that_it_names(reader, pages_of):
    """Entries of both sides in doubt, for readers of both sides alike."""
    world = World.founded()
    since = {party: side.own.size for party, side in world.sides.items()}
    batch = world.list_batch(["A-1"], state="review", as_of="2026-11-20")
    meeting = world.meeting("eu")
    point = world.point("eu", meeting)
    world.exchange()
    mark, issued, drawn = world.agree("cn", point), issue(world), draw(world, "5")
    world.exchange()
    site = await pages_of(world, reader)
    paths = {
        f"/api/batches/{batch.position}": {batch},
        "/api/applications/A-1": {batch},
        "/api/applications": {batch},
        f"/api/meetings/{meeting.position}": {meeting, point, mark},
        "/api/meetings": {meeting},
        f"/api/licences/{LICENCE}": {issued, drawn},
        f"/api/entries/{point.id}": {point},
        f"/api/entries?ids={point.id},{issued.id}": {point, issued},
    }
    for path in paths:
        assert doubts_in(json.loads((await site.get(path, "clerk", headers=JSON)).html)) == {}, path
    for party, first in since.items():
        world.append(party, world.suspension(party, "desk", since=first))
    world.exchange()
    await catch_up(site.node)
    for path, disputed in paths.items():
        answer = json.loads((await site.get(path, "clerk", headers=JSON)).html)
        stated = dict.fromkeys((str(entry.position) for entry in disputed), "disputed")
        assert doubts_in(answer) == stated, path


async def test_stream_states_the_doubt_about_an_entry(pages_of, doubted):
    doubted.doubt()
    doubted.review("disowned", doubted.note)
    site = await pages_of(doubted.world, "cn")
    async with opened(site, "1.0.0") as stream:
        sizes = {party: doubted.world.sides["cn"].copies[party].size for party in ("eu", "cn")}
        told = [await event(stream) for _ in range(sum(sizes.values()) - 1)]
    words = {said["position"]: said["doubt"]["word"] for _, _, said in told if "doubt" in said}
    assert words == {
        str(doubted.thread.position): "disputed",
        str(doubted.note.position): "disowned",
    }
