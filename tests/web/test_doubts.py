"""Entries in doubt on pages and in the API (K21, K22): words for both sides, and no effect lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes.ids import Party
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
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
