"""Two leaders review what others signed (K22): as an act, on the page, over the API."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import orjson
import pytest

from special_channel.desk import acts
from tests.web.pages_node import PagesNode
from tests.web.test_acts import LIMITS, code_of, deps_of, journal, key_of, offer, second, signed
from tests.web.test_acts_pages import call
from tests.world import Entry, World

ALL = "/review?scope=all"


class Left:
    """A thread and a note of an official of the EU who left; the head of unit opened another."""

    def __init__(self, cooling: int = 0) -> None:
        self.world = World.founded(limits=LIMITS | {"cooling_seconds": cooling})
        self.world.add_key("eu", "head", "tablet")
        self.thread = self.world.open_thread("eu")
        self.note = self.world.note("eu", self.thread.leaf.thread)
        self.later = self.world.open_thread("eu", by="head")
        person = self.world.eu.person("desk")
        body = {"person": person, "since": self.thread.position.index}
        self.world.append(
            "eu", self.world.payload("eu", "person.left", by="director", body=body),
            also=["registrar"],
        )  # fmt: skip
        # The other side answers, and so knows everyone of the EU (K3).
        self.world.exchange()
        self.world.open_thread("cn")
        self.world.exchange()

    def review(self, by: str, word: str, *entries: Entry) -> Any:
        body = {"word": word, "entries": [entry.id for entry in entries]}
        return self.world.payload("eu", "entry.reviewed", by=by, body=body)

    def doubt_head(self) -> None:
        """The head's first key comes into doubt too; the tablet stays."""
        stop = self.world.suspension("eu", "head", "director", since=self.later.position.index)
        self.world.append("eu", stop)
        self.world.exchange()


@pytest.fixture
def left() -> Left:
    return Left()


@pytest.fixture
async def site(pages_of, left: Left) -> PagesNode:
    made: PagesNode = await pages_of(left.world, "eu")
    return made


async def words_of(site: PagesNode) -> dict[str, str]:
    """The word of each disputed entry of the EU, as the head reads it."""
    found = json.loads((await call(site, "GET", "/api/reviews?scope=all", "director")).html)
    return {item["position"]: item["doubt"]["word"] for item in found["items"]}


# The act ------------------------------------------------------------------------------------


async def test_review_of_others_waits_until_a_second_leader_signs(site, left):
    begun = await offer(site, left.review("head", "disowned", left.thread, left.note), "head")
    assert (begun.act.state, begun.accepted) == ("waiting", None)
    assert len(await words_of(site)) == 2
    assert await code_of(second(site, begun, "tablet")) == "act-own"
    assert await code_of(second(site, begun, "clerk")) == "act-second"
    done = await second(site, begun, "registrar")
    assert done.act.state == "done"
    assert done.accepted is not None
    assert [line["act"] for line in await journal(site)] == [
        "entry-reviewed-asked",
        "entry-reviewed",
    ]
    assert await words_of(site) == {}


async def test_two_leaders_who_sign_together_review_at_once(site, left):
    done = await offer(site, left.review("head", "confirmed", left.note), "registrar", "head")
    assert done.act.state == "done"


@pytest.mark.parametrize("by", ["clerk", "other-desk", "oversight"])
async def test_who_leads_nobody_begins_no_review_of_others(by, site, left):
    assert await code_of(offer(site, left.review(by, "confirmed", left.note), by)) == "act-second"


async def test_review_without_doubt_about_one_entry_does_not_wait(site, left):
    """The judge stops at the missing leader; the node looks at each entry all the same."""
    both = left.review("registrar", "confirmed", left.note, left.later)
    assert await code_of(offer(site, both, "registrar")) == "review-undoubted"


async def test_own_review_is_stored_at_once(pages_of, left):
    left.doubt_head()
    site = await pages_of(left.world, "eu")
    done = await offer(site, left.review("tablet", "confirmed", left.later), "tablet")
    assert done.act.state == "done"


async def test_own_review_of_a_new_leader_needs_no_cooling(pages_of):
    """It gives nobody power (K8); a review of what others signed waits."""
    left = Left(cooling=86_400)
    left.doubt_head()
    site = await pages_of(left.world, "eu")
    others = left.review("director", "confirmed", left.note)
    assert await code_of(offer(site, others, "director")) == "cooling"
    done = await offer(site, left.review("tablet", "confirmed", left.later), "tablet")
    assert done.act.state == "done"


async def test_own_review_counts_for_no_hour_whichever_way_it_comes(pages_of, left):
    """It comes through `POST /api/entries` uncounted: `POST /api/acts` counts it no more (K8)."""
    left.doubt_head()
    site = await pages_of(left.world, "eu")
    one = replace(deps_of(site.node), an_hour=1)

    async def begin(payload: Any, *names: str, reason: str = "") -> str:
        sent = signed(site.node, payload, *names)
        outcome = await acts.offer(one, sent, key_of(site.node, names[-1]), reason)
        return outcome.act.state

    assert await begin(left.review("tablet", "confirmed", left.later), "tablet") == "done"
    ending = left.world.revocation("eu", "clerk", by="registrar")
    assert await begin(ending, "registrar", reason="lost") == "waiting"
    assert await begin(left.review("tablet", "disowned", left.later), "tablet") == "done"
    others = left.review("registrar", "disowned", left.note)
    assert await code_of(begin(others, "registrar")) == "directory-rate"


async def test_review_by_two_leaders_counts_for_the_hour(site, left):
    begun = await offer(site, left.review("head", "disowned", left.note), "head")
    assert (await second(site, begun, "registrar")).act.state == "done"
    sent = signed(site.node, left.world.revocation("eu", "clerk"), "head")
    one = replace(deps_of(site.node), an_hour=1)
    again = acts.offer(one, sent, key_of(site.node, "head"), "lost")
    assert await code_of(again) == "directory-rate"


async def test_who_is_in_doubt_is_none_of_the_two(pages_of, left):
    left.doubt_head()
    site = await pages_of(left.world, "eu")
    both = left.review("registrar", "disowned", left.note, left.later)
    begun = await offer(site, both, "registrar")
    path = f"/api/acts/{begun.act.id}"
    may = {
        who: json.loads((await call(site, "GET", path, who)).html)["may"]
        for who in ("tablet", "director", "registrar")
    }
    assert may == {"tablet": "read", "director": "sign", "registrar": "withdraw"}
    assert await code_of(second(site, begun, "tablet")) == "act-second"
    assert (await second(site, begun, "director")).act.state == "done"


# The page -----------------------------------------------------------------------------------


async def test_leader_chooses_and_begins_the_act(site, left):
    numbers = [str(left.thread.position), str(left.note.position)]
    page = (await site.get(ALL, "head")).page
    assert len(page.all("radio")) == 4
    fields = {f"word-{numbers[0]}": "confirmed", f"word-{numbers[1]}": "disowned"}
    shown = (await site.post(ALL, fields, "head")).page
    begins = shown.marked("data-act", "begin-act")
    bodies = [json.loads(each.attributes["data-body"]) for each in begins]
    assert bodies == [
        {"word": "confirmed", "entries": [left.thread.id]},
        {"word": "disowned", "entries": [left.note.id]},
    ]
    assert {each.attributes["data-kind"] for each in begins} == {"entry.reviewed"}
    assert "To confirm: 1. To disown: 1." in shown.text
    assert "Disowning alone changes nothing." in shown.text
    assert "作为第一人签名" in (await site.post(ALL, fields, "head", "zh-CN")).text
    every = (await site.post(ALL, {"all": "disowned"}, "head")).page
    [body] = [
        json.loads(each.attributes["data-body"]) for each in every.marked("data-act", "begin-act")
    ]
    assert body == {"word": "disowned", "entries": [left.thread.id, left.note.id]}


async def test_review_that_waits_is_read_and_signed_among_the_second_signatures(site, left):
    begun = await offer(site, left.review("head", "disowned", left.note), "head")
    number = str(left.note.position)
    listed = (await site.get(ALL, "registrar")).page
    waits = {href for text, href in listed.links().items() if text.startswith("Waits for a")}
    assert waits == {f"/people/acts/{begun.act.id}"}
    assert len(listed.all("radio")) == 2
    fields = {f"word-{number}": "confirmed"}
    again = (await site.post(ALL, fields, "registrar")).page
    assert again.marked("data-act", "begin-act") == []
    shown = await site.get("/people/acts", "registrar")
    title = "Disown disputed entries of others: 1"
    assert shown.page.one("button", f"Sign the review ({title})")
    facts = shown.page.facts()
    assert facts["Entries"] == f"{number} (Note)"
    assert facts["Keys of"] == "Ilona Kőszegi"
    assert "you are a registrar" in shown.text
    chinese = (await site.get("/people/acts", "registrar", "zh-CN")).text
    assert "声明他人存疑条目1个非我方人员签名" in chinese
    assert (await site.post(f"/people/acts/{begun.act.id}/refuse", {}, "registrar")).status == 303
    assert len((await site.get(ALL, "registrar")).page.all("radio")) == 4


async def test_review_by_leaders_that_waits_keeps_nobody_from_the_own(pages_of, left):
    left.doubt_head()
    site = await pages_of(left.world, "eu")
    begun = await offer(site, left.review("registrar", "disowned", left.later), "registrar")
    assert begun.act.state == "waiting"
    assert len((await site.get("/review", "tablet")).page.all("radio")) == 2
    [item] = orjson.loads((await call(site, "GET", "/api/reviews", "tablet")).html)["items"]
    assert (item["may"], item.get("act")) == (True, None)
    # Who may not see the act does not get its id.
    found = orjson.loads((await call(site, "GET", "/api/reviews?scope=all", "clerk")).html)
    assert {item.get("act") for item in found["items"]} == {None}


async def test_only_leaders_choose_for_others(site, left):
    page = (await site.get(ALL, "clerk")).page
    assert page.one("heading", "2 disputed entries of our side")
    assert page.all("radio") == []
    fields = {f"word-{left.note.position}": "disowned"}
    shown = (await site.post(ALL, fields, "clerk")).page
    assert shown.marked("data-act", "begin-act") == []
    found = orjson.loads((await call(site, "GET", "/api/reviews?scope=all", "clerk")).html)
    assert [item["may"] for item in found["items"]] == [False, False]


async def test_leader_reviews_the_own_entries_alone(pages_of, left):
    left.doubt_head()
    site = await pages_of(left.world, "eu")
    page = (await site.get(ALL, "tablet")).page
    [own] = [row for row in page.rows() if row[0].startswith(str(left.later.position))]
    assert own[-1] == "Signed with your key: review it alone."
    assert len(page.all("radio")) == 4


@pytest.mark.parametrize(("who", "said"), [("head", [False, True]), ("director", [False, False])])
async def test_only_who_signed_second_reads_so(pages_of, who, said):
    world = World.founded()
    thread = world.open_thread("eu")
    payload = world.payload("eu", "note.posted", thread=thread.leaf.thread, lang="en")
    released = world.append("eu", payload, [world.text("Released.")], also=["head"])
    world.append("eu", world.suspension("eu", "desk", "director", since=thread.position.index))
    world.exchange()
    site = await pages_of(world, "eu")
    found = json.loads((await call(site, "GET", "/api/reviews?scope=all", who)).html)["items"]
    assert [item["position"] for item in found] == [str(thread.position), str(released.position)]
    assert [item["second"] for item in found] == said
    page = (await site.get(ALL, who)).page.text
    assert page.count("You signed as the second official.") == sum(said)
