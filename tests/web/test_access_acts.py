"""Grants of access as whole acts: two overseers grant, one refuses, takes back or ends (K29)."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import pytest

from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, sign
from special_channel.desk.access import LIFE, MOST_WAITING, AccessActs
from special_channel.stores.people import Official
from special_channel.web.shell import private_log
from tests.core.test_judge_machines import machine
from tests.web.pages_node import PagesNode, Shown, catch_up
from tests.world import World

TODAY = {"until": "2099-12-31T22:59:00Z", "purpose": "Audit of permits", "order": "Order 7/2026"}
OVERSEERS = ("oversight", "auditor", "inspector")
TEN_YEARS = 3650 * 86_400


@dataclass
class Scene:
    """EU's pages with a thread, and three overseers who may read nothing yet."""

    world: World
    site: PagesNode
    thread: Any

    @property
    def acts(self) -> AccessActs:
        return self.site.own.acts.access

    def key(self, who: str) -> KeyId:
        return self.world.eu.keys[who].key

    def payload(self, by: str = "oversight", reader: str = "inspector", **body: Any) -> Any:
        stated = {"person": self.world.eu.person(reader)} | TODAY | body
        stated = {name: value for name, value in stated.items() if value is not None}
        payload = self.world.payload("eu", "access.granted", by=by, body=stated)
        return payload | {"log": self.world.eu.private_origin, "seen": []}

    def ended(self, grant: str, by: str = "oversight") -> Submission:
        payload = self.world.payload("eu", "access.ended", by=by, ref=grant)
        payload |= {"log": self.world.eu.private_origin, "seen": []}
        return sign(payload, [self.world.eu.keys[by]])

    async def begin(self, by: str = "oversight", **body: Any) -> Submission:
        entry = sign(self.payload(by, **body), [self.world.eu.keys[by]])
        outcome = await self.acts.offer(entry, self.key(by))
        assert outcome.act.state == "waiting"
        return entry

    async def end(self, entry: Submission) -> Accepted:
        [accepted] = await private_log.store(self.site.own, [entry])
        return accepted

    def second(self, entry: Submission, who: str = "auditor") -> Awaitable[Any]:
        signer = self.world.eu.keys[who]
        both = signed_too(entry, signer)
        return self.acts.sign(dsse.decode(both).id, both, signer.key)

    async def get(self, path: str, who: str = "oversight", lang: str = "en") -> Shown:
        return await self.site.get(path, who=who, lang=lang)


def signed_too(entry: Submission, signer: Signer) -> bytes:
    envelope = dsse.decode(entry.envelope)
    signature = dsse.Signature(signer.key, signer.private.sign(envelope.pae))
    return envelope.with_signature(signature).encode()


def id_of(entry: Submission) -> str:
    return dsse.decode(entry.envelope).id


async def code_of(doing: Awaitable[object]) -> str:
    try:
        await doing
    except ChannelError as error:
        return error.code
    return ""


@pytest.fixture
async def scene(pages_of) -> Scene:
    world = World.founded()
    thread = world.open_thread("eu", "First")
    world.exchange()
    site = await pages_of(world, "eu")
    site.scoped = True
    for who in ("auditor", "inspector"):
        world.grant("eu", who, role="oversight", desk="audit")
        world.add_key("eu", who, who)
    await catch_up(site.node)
    for who, name in (("auditor", "Åsa Öberg"), ("inspector", "Nadia Benali")):
        person = Official(0, name, "oversight", "Audit", "audit", f"{who}@eu.example", "en")
        number = await site.own.desk.officials.add(person, world.eu.person(who))
        await site.own.desk.officials.bind(world.eu.keys[who].key, number)
    return Scene(world, site, thread)


async def test_two_overseers_grant_and_the_third_reads(scene):
    assert (await scene.get("/inbox", "inspector")).status == 403
    entry = await scene.begin()
    assert (await scene.get("/inbox", "inspector")).status == 403, "one signature gives nothing"
    done = await scene.second(entry)
    assert done.act.state == "done"
    assert done.accepted.number.startswith("PRIVATE-")
    assert (await scene.get("/inbox", "inspector")).status == 200


async def test_another_kind_grants_no_access(scene):
    entry = scene.ended("e" * 64)
    assert await code_of(scene.acts.offer(entry, scene.key("oversight"))) == "kind-other-log"
    assert await scene.acts.waiting() == []


async def test_same_grant_sent_again_waits_once_and_is_done_once(scene):
    entry = await scene.begin()
    again = await scene.acts.offer(entry, scene.key("oversight"))
    assert again.act.state == "waiting"
    assert len(await scene.acts.waiting()) == 1
    done = await scene.second(entry)
    size = (await scene.site.node.record.head("private")).size
    body = {"envelope": entry.envelope.decode(), "parts": []}
    shown = await scene.site.ask("POST", "/api/access", "oversight", "en", json=body)
    answer = json.loads(shown.html)
    assert answer["state"] == "done"
    assert answer["position"] == done.accepted.number
    assert answer["receipt"] == done.accepted.receipt
    assert (await scene.site.node.record.head("private")).size == size


async def test_same_grant_does_not_wait_twice(scene):
    """Begun twice by one overseer, or by two: the second sees which one waits, and signs it."""
    begun = await scene.begin()
    for who in ("oversight", "auditor"):
        payload = scene.payload(who) | {"at": "2026-11-20T08:00:00Z"}
        sent = sign(payload, [scene.world.eu.keys[who]]).envelope.decode()
        shown = await scene.site.ask("POST", "/api/access", who, "en", json={"envelope": sent})
        answer = json.loads(shown.html)
        assert (shown.status, answer["code"]) == (409, "act-waits"), who
        assert answer["facts"] == {"id": id_of(begun)}
    await scene.begin(purpose="Another audit")
    assert len(await scene.acts.waiting()) == 2


async def test_form_links_the_same_grant_that_waits(scene):
    reader = scene.world.eu.person("inspector")
    path = (
        f"/access/new?look=1&reader={reader}&scope=everything&until=2099-12-31 23:59"
        "&purpose=Audit of permits&order=Order 7/2026"
    )
    assert (await scene.get(path)).page.marked("data-act", "begin-act")
    begun = await scene.begin("auditor")
    shown = await scene.get(path)
    assert shown.page.links()["Open the act that waits"] == f"/access/{id_of(begun)}"
    assert not shown.page.marked("data-act", "begin-act")


async def test_one_overseer_counts_once(scene):
    scene.world.add_key("eu", "oversight", "tablet")
    await catch_up(scene.site.node)
    entry = await scene.begin()
    assert await code_of(scene.second(entry, "tablet")) == "act-own"
    assert len(await scene.acts.waiting()) == 1


async def test_nobody_else_is_the_second(scene):
    entry = await scene.begin()
    for who in ("desk", "head", "registrar"):
        assert await code_of(scene.second(entry, who)) == "signature-missing", who
    assert await code_of(scene.second(entry, "inspector")) == "own-grant"
    assert (await scene.get("/inbox", "inspector")).status == 403


async def test_own_access_does_not_even_wait(scene):
    entry = sign(scene.payload("oversight", "oversight"), [scene.world.eu.keys["oversight"]])
    assert await code_of(scene.acts.offer(entry, scene.key("oversight"))) == "own-grant"
    assert await scene.acts.waiting() == []


async def test_owner_of_a_service_signs_no_grant_for_it(scene):
    """What the service reads, the overseer who answers for it reads."""
    owner = scene.world.eu.person("auditor")
    enrolment = machine(scene.world, "eu", "service", owner=owner)
    scene.world.append("eu", enrolment, also=["registrar", "head"])
    await catch_up(scene.site.node)
    service = scene.key("new")
    begun = sign(scene.payload(person=None, key=service), [scene.world.eu.keys["oversight"]])
    await scene.acts.offer(begun, scene.key("oversight"))
    path = f"/api/access/{id_of(begun)}"
    may = {who: json.loads((await scene.get(path, who)).html)["may"] for who in OVERSEERS}
    assert may == {"oversight": "withdraw", "auditor": "read", "inspector": "sign"}
    assert "Can sign second: Nadia Benali." in (await scene.get("/access")).text
    assert await code_of(scene.second(begun)) == "own-grant"
    offered = {
        who: [
            option.attributes["value"]
            for option in (await scene.get("/access/new", who)).page.within()
            if option.tag == "option"
        ]
        for who in OVERSEERS
    }
    assert [who for who in OVERSEERS if service in offered[who]] == ["oversight", "inspector"]
    assert (await scene.second(begun, "inspector")).act.state == "done"


async def test_other_bytes_are_not_the_grant(scene):
    entry = await scene.begin()
    other = sign(scene.payload(purpose="Other"), [scene.world.eu.keys["auditor"]]).envelope
    signing = scene.acts.sign(id_of(entry), other, scene.key("auditor"))
    assert await code_of(signing) == "act-differs"


async def test_signature_of_somebody_else_lets_nothing_wait(scene):
    entry = sign(scene.payload("oversight"), [scene.world.eu.keys["oversight"]])
    assert await code_of(scene.acts.offer(entry, scene.key("auditor"))) == "signature-missing"
    assert await scene.acts.waiting() == []


async def test_grant_that_would_end_before_it_begins_is_refused(scene):
    entry = sign(scene.payload(until="2020-01-01T00:00:00Z"), [scene.world.eu.keys["oversight"]])
    assert await code_of(scene.acts.offer(entry, scene.key("oversight"))) == "access-until"


async def test_grant_with_both_signatures_is_checked_at_every_door(scene):
    """Whoever comes with both signatures meets the checks of the page (K29)."""
    size = (await scene.site.node.record.head("private")).size
    faults = {
        "access-until": scene.payload(until="2020-01-01T00:00:00Z"),
        "access-reader": scene.payload(reader="desk"),
        "own-grant": scene.payload(reader="auditor"),
    }
    for code, payload in faults.items():
        signers = [scene.world.eu.keys[who] for who in ("oversight", "auditor")]
        envelope = sign(payload, signers).envelope
        entry = {"envelope": envelope.decode(), "parts": []}
        for path, body in (("/api/private/entries", {"entries": [entry]}), ("/api/access", entry)):
            shown = await scene.site.ask("POST", path, "oversight", "en", json=body)
            assert json.loads(shown.html)["code"] == code, path
    assert (await scene.site.node.record.head("private")).size == size
    assert await scene.acts.waiting() == []


async def test_private_door_takes_a_grant_that_two_overseers_signed(scene):
    signers = [scene.world.eu.keys[who] for who in ("oversight", "auditor")]
    entry = {"envelope": sign(scene.payload(), signers).envelope.decode(), "parts": []}
    path, body = "/api/private/entries", {"entries": [entry]}
    first = await scene.site.ask("POST", path, "oversight", "en", json=body)
    assert first.status == 200, first.html
    assert (await scene.get("/inbox", "inspector")).status == 200
    scene.site.node.clock.ahead += 100 * 365 * 86_400
    again = await scene.site.ask("POST", path, "oversight", "en", json=body)
    assert again.status == 200, "a repeated entry gets the same receipt, whatever the time"


async def test_time_that_passed_while_a_grant_waited_refuses_the_second(scene):
    entry = await scene.begin(until="2026-11-25T08:00:00Z")
    scene.site.node.clock.ahead += int(LIFE.total_seconds()) // 2
    assert await code_of(scene.second(entry)) == "access-until"
    assert (await scene.get("/inbox", "inspector")).status == 403


async def test_overseer_begins_no_more_than_a_page_of_grants(scene):
    scene.world.add_key("eu", "oversight", "tablet")
    await catch_up(scene.site.node)
    entries = [await scene.begin(order=f"Order {number}") for number in range(MOST_WAITING)]
    for who in ("oversight", "tablet"):
        more = sign(scene.payload(who, order="One more"), [scene.world.eu.keys[who]])
        body = {"envelope": more.envelope.decode(), "parts": []}
        for lang, said in (
            ("en", f"You began {MOST_WAITING} grants"),
            ("zh-CN", "已达上限（20项）"),
        ):
            refused = await scene.site.ask("POST", "/api/access", who, lang, json=body)
            assert json.loads(refused.html)["code"] == "access-waiting"
            assert said in refused.html
    reader = scene.world.eu.person("inspector")
    filled = f"look=1&reader={reader}&scope=everything&until=2099-12-11 23:59&purpose=A&order=B"
    form = await scene.get(f"/access/new?{filled}")
    assert f"You began {MOST_WAITING} grants" in form.text, "said before anything is signed"
    assert not form.page.marked("data-act", "begin-act")
    assert (await scene.get(f"/access/new?{filled}", "auditor")).page.marked(
        "data-act", "begin-act"
    )
    again = await scene.acts.offer(entries[0], scene.key("oversight"))
    assert again.act.state == "waiting", "one that waits may be sent again"
    await scene.begin("auditor", order="Another overseer's")
    await scene.acts.close(id_of(entries[0]), "withdrawn", scene.key("oversight"))
    await scene.begin(order="One more")


@pytest.mark.parametrize(("who", "how", "state"), [
    ("auditor", "refuse", "refused"),
    ("oversight", "withdraw", "withdrawn"),
])  # fmt: skip
async def test_grant_that_is_closed_is_never_granted(scene, who, how, state):
    entry = await scene.begin()
    path = f"/access/{id_of(entry)}"
    assert (await scene.site.post(f"{path}/{how}", {}, who)).headers["Location"] == path
    assert (await scene.acts.rows.get(id_of(entry))).state == state
    assert await code_of(scene.second(entry)) == "act-over"
    assert await code_of(scene.acts.offer(entry, scene.key("oversight"))) == "act-over"
    assert (await scene.get("/inbox", "inspector")).status == 403
    words = {"refused": "Refused", "withdrawn": "Taken back"}[state]
    assert words in (await scene.get("/access")).page.one("region", "Not granted").text


@pytest.mark.parametrize(
    ("who", "how", "state"),
    [("auditor", "refuse", "refused"), ("oversight", "withdraw", "withdrawn")],
)
async def test_api_says_what_became_of_a_grant_that_was_closed(scene, who, how, state):
    path = f"/api/access/{id_of(await scene.begin())}"
    told = await scene.site.ask("POST", f"{path}/{how}", who, "en", json={})
    assert json.loads(told.html)["state"] == state
    assert (await scene.acts.waiting()) == []


async def test_only_the_first_takes_back_and_only_another_refuses(scene):
    path = f"/access/{id_of(await scene.begin())}"
    expected = {
        ("auditor", "withdraw"): "act-first",
        ("oversight", "refuse"): "act-own",
        ("inspector", "refuse"): "act-second",
        ("head", "refuse"): "role-access",
    }
    for (who, how), code in expected.items():
        assert code in (await scene.site.post(f"{path}/{how}", {}, who)).html, (who, how)
        told = await scene.site.ask("POST", f"/api{path}/{how}", who, "en", json={})
        assert json.loads(told.html)["code"] == code, (who, how)
    assert len(await scene.acts.waiting()) == 1


async def test_done_grant_is_not_taken_back(scene):
    entry = await scene.begin()
    await scene.second(entry)
    assert await code_of(
        scene.acts.close(id_of(entry), "withdrawn", scene.key("oversight"))
    ) == "act-over"  # fmt: skip
    assert (await scene.get("/inbox", "inspector")).status == 200


async def test_grant_lapses_after_two_weeks(scene):
    entry = await scene.begin()
    scene.site.node.clock.ahead += int(LIFE.total_seconds())
    assert await scene.acts.waiting() == []
    assert await code_of(scene.second(entry)) == "act-over"
    shown = (await scene.get("/access")).page.one("region", "Not granted").text
    assert "Nadia Benali" in shown
    assert "Lapsed" in shown


async def test_grant_that_is_done_takes_no_place_among_those_not_granted(scene):
    done, refused = await scene.begin(), await scene.begin(order="Order 8/2026")
    await scene.acts.close(id_of(refused), "refused", scene.key("auditor"))
    await scene.second(done)
    now = scene.site.node.clock.now()
    assert [row.id for row in await scene.acts.rows.not_granted(now, 1)] == [id_of(refused)]


async def test_end_sent_again_gets_the_same_receipt(scene):
    entry = await scene.begin()
    await scene.second(entry)
    end = scene.ended(id_of(entry))
    first = await scene.end(end)
    size = (await scene.site.node.record.head("private")).size
    again = await scene.end(end)
    assert (again.number, again.receipt) == (first.number, first.receipt)
    assert (await scene.site.node.record.head("private")).size == size


async def test_one_overseer_ends_an_access_at_once(scene):
    entry = await scene.begin()
    await scene.second(entry)
    assert (await scene.get("/inbox", "inspector")).status == 200
    await scene.end(scene.ended(id_of(entry), "auditor"))
    assert (await scene.get("/inbox", "inspector")).status == 403
    assert "Ended" in (await scene.get("/access")).text


@pytest.mark.parametrize("who", ["desk", "head", "registrar"])
async def test_no_step_is_told_to_heads_and_registrars(scene, who):
    """Neither the waiting grant nor its steps are among acts on people or in the journal."""
    entry = await scene.begin(purpose="Secret purpose", order="Secret order")
    closed = await scene.begin(purpose="Secret purpose", order="Secret order 2")
    await scene.site.post(f"/access/{id_of(closed)}/refuse", {}, "auditor")
    waiting = id_of(entry)
    for path in ("/access", "/access/new", f"/access/{waiting}", "/api/access",
                 f"/api/access/{waiting}"):  # fmt: skip
        shown = await scene.get(path, who)
        assert shown.status == 403, path
        assert "Secret" not in shown.html
    assert (await scene.get(f"/people/acts/{waiting}", who)).status == 404
    for path in ("/people/acts", "/people/journal", "/people", "/api/acts", "/api/people/journal"):
        html = (await scene.get(path, who)).html
        assert "Secret" not in html, path
        assert "access.granted" not in html, path
        assert waiting not in html, path
        assert 'href="/access"' not in html, path


# Pages ----------------------------------------------------------------------------------


async def test_page_says_what_one_may_read_until_when_why_and_on_which_order(scene):
    page = (await scene.get("/access", "inspector")).text
    assert "No grant of access in force lets you read." in page
    entry = await scene.begin(threads=[scene.thread.leaf.thread])
    await scene.second(entry)
    mine = (await scene.get("/access", "inspector")).page.one("region", "What you may read").text
    for words in (
        f"Threads {scene.thread.position}", "31 Dec 2099 23:59", "Audit of permits", "Order 7/2026"
    ):  # fmt: skip
        assert words in mine, words
    chinese = (await scene.get("/access", "inspector", "zh-CN")).text
    for words in ("本人可查阅的内容", f"事项{scene.thread.position}", "书面命令", "有效期至"):
        assert words in chinese, words


async def test_waiting_grant_is_a_card_for_each_overseer(scene):
    entry = await scene.begin()
    first = (await scene.get("/access")).text
    assert "You began this; one person counts once. Can sign second: Åsa Öberg." in first
    second = await scene.get("/access", "auditor")
    assert "Grant Nadia Benali access" in second.text
    assert "you are an overseer, and neither the reader nor the first signer" in second.text
    button = second.page.one("button", "Sign the grant (Grant Nadia Benali access)")
    assert button.attributes["data-at"] == "access"
    assert button.attributes["data-ref"] == id_of(entry)
    reader = (await scene.get("/access", "inspector")).html
    assert 'data-act="sign-act"' not in reader, "nobody signs for themselves"


async def test_page_opens_for_the_last_time_of_the_calendar(scene):
    entry = await scene.begin(until="9999-12-31T23:59:59Z")
    for path in ("/access", f"/access/{id_of(entry)}"):
        shown = await scene.get(path)
        assert shown.status == 200, path
        assert "31 Dec 9999 23:59" in shown.text


async def test_overseer_is_named_by_any_key_that_our_directory_names(scene):
    for key in ("tablet", "phone"):
        scene.world.add_key("eu", "auditor", key)
    await catch_up(scene.site.node)
    await scene.begin()
    assert "Can sign second: Åsa Öberg." in (await scene.get("/access")).text


async def test_menu_counts_what_waits_for_an_overseer_alone(scene):
    await scene.begin()
    counts = {}
    for who in ("oversight", "auditor", "inspector"):
        page = (await scene.get("/access", who)).page
        links = [each for each in page.all("link") if each.attributes["href"] == "/access"]
        counts[who] = links[0].text
    assert "1" in counts["auditor"]
    assert "1" not in counts["oversight"] + counts["inspector"]


async def test_form_shows_the_grant_in_words_made_of_what_is_signed(scene):
    reader = scene.world.eu.person("inspector")
    number = str(scene.thread.position)
    path = (
        f"/access/new?look=1&reader={reader}&scope=named&threads={number}&first=2026-11-01"
        "&last=2026-11-30&until=2099-12-11 23:59&purpose=Audit&order=Order 8"
    )
    shown = await scene.get(path)
    [button] = shown.page.marked("data-act", "begin-act")
    assert json.loads(button.attributes["data-body"]) == {
        "person": reader,
        "threads": [scene.thread.leaf.thread],
        "dates": {"first": "2026-11-01", "last": "2026-11-30"},
        "until": "2099-12-11T22:59:00Z",
        "purpose": "Audit",
        "order": "Order 8",
    }
    assert button.attributes["data-log"] == scene.world.eu.private_origin
    said = f"Threads {number}; Entries of 1 Nov 2026 to 30 Nov 2026"
    assert said in shown.text


@pytest.mark.parametrize(("changed", "said"), [
    ({"reader": ""}, "No reader is chosen."),
    ({"scope": ""}, "It is not said what may be read."),
    ({"scope": "named"}, "It is not said what may be read."),
    ({"scope": "named", "threads": "EU-999999"}, "This thread does not exist."),
    ({"scope": "named", "first": "2026-11-01"}, "Write a date as 2026-11-24"),
    ({"scope": "named", "first": "2026-11-30", "last": "2026-11-01"}, "The last day is before"),
    ({"until": "tomorrow"}, "is not a date and time"),
    ({"until": "2020-01-01 00:00"}, "The access would end before it begins."),
    ({"order": " "}, "The purpose or the written order is missing."),
])  # fmt: skip
async def test_form_with_a_fault_says_so_and_offers_nothing_to_sign(scene, changed, said):
    fields = {
        "look": "1",
        "reader": scene.world.eu.person("inspector"),
        "scope": "everything",
        "until": "2099-12-11 23:59",
        "purpose": "Audit",
        "order": "Order 8",
    }
    query = "&".join(f"{name}={value}" for name, value in (fields | changed).items())
    shown = await scene.get(f"/access/new?{query}")
    assert shown.status == 200
    assert said in shown.text
    assert not shown.page.marked("data-act", "begin-act")


async def test_reader_whose_access_ended_is_told_what_to_do_next(scene):
    entry = await scene.begin()
    await scene.second(entry)
    await scene.end(scene.ended(id_of(entry)))
    shown = await scene.get("/inbox", "inspector")
    assert shown.status == 403
    assert "Give the written order to two overseers other than you" in shown.text
    button = [
        each for each in shown.page.all("link", "Access") if each.attributes.get("class") == "btn"
    ]
    assert [each.attributes["href"] for each in button] == ["/access"]
