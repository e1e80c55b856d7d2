"""What is to be confirmed in texts, files, questions, promises and priority has its reason."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import sign
from special_channel.core.sense.reasons import GivenReason
from special_channel.desk.known_numbers import KnownNumbers
from special_channel.desk.similar import near_known
from special_channel.web.shell import act_looks
from tests.permits import request
from tests.web.pages_node import PagesNode
from tests.web.test_acts_found import HELD, point, priority
from tests.web.test_marked_texts import asked, sent
from tests.web.test_reasons import reasoned
from tests.web.test_sign_routes import RELEASE, answered, asked_of, changed, routes_of, waiting
from tests.web.test_texts_found import TEXT, waits
from tests.world import Entry, World

PATHS = ["/api/entries", "/api/clearances"]


def body(path: str, made: Submission, reasons: Submission | None = None) -> dict[str, Any]:
    """A request to store an entry, or to lay it to release, with the author's reasons."""
    if "entries" in path:
        return {"entries": [sent(made), *([sent(reasons)] if reasons else [])], "lay": True}
    return sent(made) | ({"confirmed": sent(reasons)} if reasons else {})


def wanted(world: World, _thread: str, _meeting: Entry) -> Submission:
    return request(world, "B-1").submission


def asking(world: World, thread: str, _meeting: Entry) -> Submission:
    due = "2026-12-20T02:00:00Z"  # a Sunday in Beijing
    asks = [world.ask("eu", due, part=0, rule=None)]
    return world.note("eu", thread, ["When was it accepted?"], asks=asks).submission


def writing(world: World, thread: str, _meeting: Entry) -> Submission:
    return world.note("eu", thread, TEXT.split("\n\n"), marking="limited").submission


def promising(world: World, _thread: str, meeting: Entry) -> Submission:
    promise = {"point": "promise", "who": "eu", "due": "2026-12-06"}  # a Sunday
    return world.point("eu", meeting, **promise).submission


ACTS = {
    "priority": (wanted, ("S-085", "S-086"), "B-1: it was on no list."),
    "question": (asking, ("S-089",), "Question 1: 20 Dec 2026 10:00 is not office time in Beijing"),
    "text": (writing, ("S-097", "S-099"), "Paragraph 1: This looks like personal data"),
    "promise": (promising, ("S-088",), "Promised for 6 Dec 2026:"),
}


async def placed(pages_of, act: str) -> tuple[PagesNode, Submission, tuple[str, ...], str]:
    """The EU's node, and an act of its desk that is not sent."""
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    meeting = world.meeting("eu")
    world.exchange()
    site = await pages_of(world, "eu")
    make, rules, words = ACTS[act]
    return site, make(world, str(thread), meeting), rules, words


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("act", ACTS)
async def test_act_without_its_reason_is_refused(pages_of, act, path):
    site, made, rules, words = await placed(pages_of, act)
    refused = await asked(site, "POST", path, body(path, made))
    assert (refused["http"], refused["code"]) == (409, "sense-unconfirmed")
    assert refused["facts"]["rule"] == rules[0]
    assert refused["facts"]["rules"] == ",".join(rules)
    assert refused["facts"]["about"] == read(made, whole=True).id
    assert words in refused["title"]
    # A reason for another rule, or by a colleague, is none.
    other = reasoned(site, made, GivenReason(("S-046",), (), "checked_file"), party="eu")
    theirs = GivenReason(rules, (), "checked_file")
    colleagues = reasoned(site, made, theirs, party="eu", who="clerk")
    for unfit in (other, colleagues):
        refused = await asked(site, "POST", path, body(path, made, unfit))
        assert refused["code"] == "sense-unconfirmed"
    assert await site.own.stores.record.find([read(made, whole=True).id]) == {}
    assert await site.own.desk.clearances.waiting() == []


@pytest.mark.parametrize("act", ACTS)
async def test_act_with_its_reason_is_stored_and_the_reason_stays(pages_of, act):
    site, made, rules, _ = await placed(pages_of, act)
    looked = await asked(site, "POST", "/api/entries/look", {"entries": [sent(made)]})
    assert {(each["code"], each["entry"]) for each in looked["confirm"]} == {
        (rule, 0) for rule in rules
    }
    reasons = reasoned(site, made, GivenReason(rules, (), "checked_file"), party="eu")
    answer = await asked(site, "POST", PATHS[0], body(PATHS[0], made, reasons))
    assert answer["http"] == 200, answer
    id_, entry = read(made, whole=True).id, read(reasons, whole=True).id
    assert [each["id"] for each in answer["receipts"]] == [id_, entry]
    assert await site.own.stores.views.confirmations([id_]) == {id_: [entry]}
    # What is stored is stored: sent again, it needs nothing.
    assert (await asked(site, "POST", PATHS[0], body(PATHS[0], made)))["http"] == 200


async def shown(site: PagesNode, *entries: dict[str, Any]) -> list[tuple[str, int, str]]:
    """For what the dialog before a signature asks for a reason: rule, entry, sentences."""
    draft = json.dumps({"steps": [{"entries": list(entries)}]})
    fields = {"fields": {"draft": [draft]}, "version": None}
    answer = await asked(site, "PUT", "/api/drafts/sign x", fields)
    return [(each["code"], each["entry"], each["text"]) for each in answer["confirm"]]


async def test_dialog_asks_for_one_reason_for_each_rule_of_each_entry(pages_of):
    world = World.founded()
    world.list_batch(["A-1"], list_="W46", urgency="line_stop", stop_on="2026-12-08")
    world.exchange()
    site = await pages_of(world, "eu")
    assert await shown(site, priority("A-1")) == []
    found = await shown(site, priority("B-1", "B-2", reason="stock_low"))
    assert found == [("S-085", 0, "B-1: it was on no list.\nB-2: it was on no list.")]
    meeting = {"make": "written", "kind": "meeting.held", "body": HELD}
    sunday = await shown(site, meeting, point("2026-12-06"))
    assert [each[:2] for each in sunday] == [("S-088", 1)]
    # A list's rows have their own place; an internal note crosses to nobody.
    log = site.own.node.identity.private_origin
    inside = {"make": "written", "kind": "note.internal", "log": log, "text": TEXT}
    assert await shown(site, inside) == []


async def test_what_the_form_asks_otherwise_needs_no_reason(pages_of):
    """A marking answers for words for inside, and the form asks of each open question."""
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    world.exchange()
    due = "2026-12-22T02:00:00Z"
    world.note("cn", thread, ["Why?"], asks=[world.ask("cn", due, part=0)])
    world.exchange()
    site = await pages_of(world, "eu")
    note = {"make": "note", "thread": thread, "text": "TLP:AMBER"}
    assert [each[0] for each in await shown(site, note)] == ["S-096"]
    assert await shown(site, note | {"marking": "limited"}) == []
    made = world.note("eu", thread, ["TLP:AMBER"], marking="limited").submission
    assert (await asked(site, "POST", PATHS[0], body(PATHS[0], made)))["http"] == 200


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "Author: checked against the file"), ("zh-CN", "拟稿人：已核对卷宗")]
)
async def test_releasing_official_sees_the_reason_beside_the_finding(pages_of, lang, told):
    site, draft = await waits(pages_of, "eu")
    stored = await site.own.desk.clearances.get(draft)
    assert stored is not None
    made = Submission(stored.envelope, stored.parts)
    reason = GivenReason(("S-097", "S-099"), (), "checked_file")
    entry = sent(reasoned(site, made, reason, party="eu"))
    kept = await asked(site, "POST", "/api/private/entries", {"entries": [entry]})
    assert kept["http"] == 200
    page = await site.get(f"/clearances/{draft}", "head", lang)
    assert page.text.count(told) == 2
    [card] = page.page.marked("data-draft")
    assert card.attributes["data-confirmed"]
    answer = await site.ask("GET", f"/api/clearances/{draft}", "head", "en")
    given = {each["rule"]: each["given"] for each in json.loads(answer.html)["found"]}
    assert given == {
        "S-097": "checked against the file",
        "S-099": "checked against the file",
        "S-098": "",
    }


@pytest.mark.parametrize("path", [*PATHS, "/api/entries/look"])
async def test_number_unknown_in_a_text_is_compared_with_those_listed(pages_of, path):
    """The node answered that something went wrong: its route did not reach the lists."""
    world = World.founded()
    world.list_batch(["FIKTIV-26-O000123"])
    thread = world.open_thread("eu").leaf.thread
    world.exchange()
    site = await pages_of(world, "eu")
    asks = [world.ask("eu", "2026-12-03T02:00:00Z", part=0, rule=None)]
    made = world.note("eu", thread, [TYPED], asks=asks).submission
    told = await asked(site, "POST", path, body(path, made))
    if "look" in path:
        assert told["http"] == 200, told
        [found] = told["confirm"]
        assert (found["code"], found["entry"]) == ("S-091", 0)
        assert LISTED in found["text"]
    else:
        assert (told["http"], told["code"]) == (409, "sense-unconfirmed"), told
        assert told["facts"]["rules"] == "S-091"
        assert LISTED in told["title"]
    note = {"make": "note", "thread": thread, "text": TYPED}
    [(rule, entry, words)] = await shown(site, note)
    assert (rule, entry) == ("S-091", 0)
    assert LISTED in words


TYPED = "What of FIKTIV-26-0000123?"
LISTED = "FIKTIV-26-O000123"


async def test_numbers_of_the_record_are_compared_beside_the_loop(pages_of, monkeypatch):
    """With 100,000 numbers a comparison takes seconds, in which the node answered nobody."""
    threads = []

    def beside(compare: Any) -> Any:
        def recorded(*given: Any) -> Any:
            if given[1]:  # a set begins empty
                threads.append(threading.current_thread())
            return compare(*given)

        return recorded

    monkeypatch.setattr(KnownNumbers, "learn", beside(KnownNumbers.learn))
    monkeypatch.setattr(act_looks, "near_known", beside(near_known))
    world = World.founded()
    world.list_batch([LISTED])
    world.exchange()
    site = await pages_of(world, "cn")
    thread = world.open_thread("cn").leaf.thread
    found = await shown(site, {"make": "note", "thread": thread, "text": TYPED})
    assert [each[0] for each in found] == ["S-091"]
    stated = {"number": "FIKTIV-26-0000123", "state": "review", "as_of": "2026-11-20"}
    payload = world.payload("cn", "application.asserted", body=stated | {"source": "bureau"})
    made = sign(payload, [world.cn.keys["desk"]])
    told = await asked(site, "POST", "/api/entries/look", {"entries": [sent(made)]})
    assert "S-006" in {each["code"] for each in told["confirm"]}
    # The numbers are read once, for a note as for a statement.
    assert len(threads) == 2
    assert threading.main_thread() not in threads


ROUTE = ({"word": "check", "role": "desk"}, {"word": "release", "role": "head"})


async def test_reason_for_a_text_changed_on_its_route_is_asked_and_kept(pages_of):
    """The dialog asked for it, and what was signed was thrown away."""
    world = World.founded(release=RELEASE)
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of(*ROUTE))
    draft = await waiting(site, note)
    changed_id, made = await changed(site, draft, "clerk", "Write to jana@fictional.example.")
    said = {"answer": "changed", "next": changed_id, "draft": made}
    assert await answered(site, draft, "clerk", 2, **said) == (409, "sense-unconfirmed")
    held = await site.own.desk.clearances.waiting()
    assert [each.id for each in held] == [draft]
    about = Submission(made["envelope"].encode(), tuple(part.encode() for part in made["parts"]))
    reason = GivenReason(("S-097",), (), "checked_file")
    entry = reasoned(site, about, reason, party="eu", who="clerk")
    said["confirmed"] = sent(entry)
    assert await answered(site, draft, "clerk", 2, **said) == (200, "")
    kept = await site.own.stores.views.confirmations([changed_id])
    assert kept == {changed_id: [read(entry, whole=True).id]}
    page = await site.get(f"/clearances/{changed_id}", "head")
    assert "Author: checked against the file" in page.text
