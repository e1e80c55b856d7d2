"""Disputed entries: what the API states of each, and where the page leads."""

from __future__ import annotations

import pytest

from special_channel.core.rows.directory import KeyRow
from special_channel.web.reviews.pages import Chosen, review_page
from special_channel.web.reviews.views import MOST, ReviewsFound, ReviewsQuery
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shell.content import EXCERPT
from special_channel.web.shell.render import render
from tests.web.reading import Page
from tests.web.samples.people import at, frame, hexes, zh
from tests.web.samples.reviews import disputed, review_sample
from tests.web.test_long_threads import MOST_BYTES
from tests.web.test_quotas import call
from tests.world import World


async def test_api_states_who_wrote_a_disputed_note_and_what_to_do(pages_of):
    world = World.founded()
    enrolled = world.eu.replay.rows["key", world.eu.keys["desk"].key]
    assert isinstance(enrolled, KeyRow)
    world.add_key("eu", "desk", "laptop")
    thread = world.open_thread("eu", by="clerk")
    note = world.note("eu", thread.leaf.thread)
    world.append("eu", world.suspension("eu", "desk", since=note.position.index))
    world.exchange()
    site = await pages_of(world, "eu")
    _, found = await call(site, "GET", "/api/reviews", "laptop")
    [item] = found["items"]
    number = str(note.position)
    assert item == {
        "entry_id": note.id,
        "position": number,
        "kind": "note.posted",
        "accepted": note.leaf.accepted,
        "author": {
            "party": "eu",
            "number": f"EU-{enrolled.enrolled}",
            "role": "desk",
            "desk": {
                "original": {"text": "Licensing", "lang": "en", "presence": "present"},
                "translation": {"text": "许可处", "lang": "zh-CN", "presence": "present"},
            },
            "name": "Ilona Kőszegi",
            "key": enrolled.key,
            "person": world.eu.person("desk"),
            "place": 3,
            "absent": "",
        },
        "doubt": {"key": enrolled.key, "since": number, "word": "disputed"},
        "thread": str(thread.position),
        "words": {
            "text": "May it be sent again?",
            "lang": "en",
            "ordinal": 0,
            "presence": "present",
        },
        "outcome": "delivered",
        "outcome_at": note.leaf.accepted,
        "second": False,
        "on_people": False,
        "remedy": {"code": "thread", "url": f"/entries/{number}"},
        "may": True,
    }


def test_disputed_entry_leads_to_its_place():
    page = Page(render(review_sample("eu"), frame("eu", "en")))
    links = page.links()
    numbers = [f"EU-{index}" for index in (815, 812, 813, 817)]
    assert {number: links[number] for number in numbers} == {
        number: f"/entries/{number}" for number in numbers
    }


def test_doubt_is_sent_as_key_entry_and_word_alone():
    doubt = Doubt(
        key="eu:1", since="EU-812", word="disputed", party="eu", signature="author",
        at=at(23, 17), delivered=at(23, 17, 5),
    )  # fmt: skip
    assert doubt.model_dump() == {"key": "eu:1", "since": "EU-812", "word": "disputed"}


@pytest.mark.parametrize("chosen", ["", "confirmed", "disowned"])
def test_page_of_200_disputed_entries_has_at_most_400_kb(chosen):
    """Chinese texts of the longest excerpt, each quoted again in what is to be signed."""
    _, first, *_ = disputed("cn")
    items = tuple(
        first.model_copy(
            update={"may": True, "entry_id": hexes(at), "position": f"CN-{100_000 + at}",
                    "thread": "CN-99999", "words": zh("请" * EXCERPT)}
        )
        for at in range(MOST)
    )  # fmt: skip
    words: Chosen = {item.position: chosen for item in items} if chosen else {}
    view = ReviewsFound(eu=877, cn=340, total=MOST + 14, mine=True, items=items)
    html = render(review_page(view, words, ReviewsQuery()), frame("cn", "zh-CN"))
    assert len(html.encode()) <= MOST_BYTES
