"""Traces of reading, effects of forms, and words of pages about due times."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from special_channel.broker.act import Act
from special_channel.channels.alerts import Composer
from special_channel.channels.smtp import SmtpServer, message_of
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import instant
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.desk import enrolment, invitations
from special_channel.stores.clearances import Clearance
from special_channel.stores.mailbox import MailboxItem
from special_channel.stores.people import Official
from special_channel.web.http.states import LinkState
from tests.channels.test_alerts import ALERT, ZONES
from tests.stories import busy
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page, group_of, numbers
from tests.world import FOUNDED, World, marked

ASKED = FOUNDED + 1
"""Index of the note that asks, after its thread is opened."""

DUE = "2026-11-24T09:00:00Z"
CROSSED = 1300
"""Seconds until an answer that was given in time arrives after the date."""


def asked(world: World, due: str = DUE):
    thread = world.open_thread("eu")
    ask = world.ask("eu", due, part=0)
    note = world.note("eu", thread.leaf.thread, ("Is it complete?",), asks=[ask])
    world.exchange()
    return thread, note


def absent(page: Page) -> list[str]:
    """Why the second part of each note is not there."""
    parts = page.marked("data-absent")
    return [each.attributes["data-absent"] for each in parts if each.attributes["data-part"] == "1"]


async def private_log(site) -> list[Any]:
    size = (await site.node.record.head("private")).size
    entries = await site.node.record.entries("private", 0, size + 1)
    return [canonical.loads(dsse.decode(entry.envelope).payload) for entry in entries]


# What reading leaves behind -------------------------------------------------------------


async def test_what_arrives_late_is_new_even_where_it_stands_before_what_was_read(pages_of):
    world = World.founded()
    thread, _ = asked(world)
    for n in range(3):
        world.note("eu", thread.leaf.thread, (f"More {n}.",), by="head")
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    await site.get(path)
    again = await site.get(path)
    assert again.page.marked("data-unread") == []
    inbox = (await site.get("/inbox")).page
    assert str(thread.position) not in numbers(group_of(inbox, "read"))

    late = world.note("cn", thread.leaf.thread, ("Written without having seen those.",))
    world.exchange()
    await catch_up(site.node)
    shown = await site.get(path)
    listed = [each.attributes["id"] for each in shown.page.marked("data-unread")]
    assert listed == [str(late.position)]
    order = [each.attributes["id"] for each in shown.page.marked("class", "entry")]
    assert order.index(str(late.position)) < len(order) - 1
    assert "New since your last visit" in shown.text


async def test_a_node_that_can_not_write_still_shows_its_pages(pages_of):
    world = World.founded()
    thread, _ = asked(world)
    site = await pages_of(world, "eu")
    site.node.committer.read_only = "log-rolled-back"
    shown = await site.get(f"/threads/{thread.position}")
    assert shown.status == 200
    assert "Is it complete?" in shown.text
    assert [row["what"] for row in await site.node.record.pool.fetch("SELECT what FROM desk.reads")]


# Due times --------------------------------------------------------------------------------


async def test_a_question_for_us_says_until_when_and_who_is_told_next(pages_of):
    world = World.founded()
    thread, _ = asked(world, "2026-11-26T09:30:00Z")
    ours = await (await pages_of(world, "cn")).get(f"/threads/{thread.position}", lang="zh-CN")
    assert f"EU-{ASKED} Q1 待我方答复 还剩2个工作日 约定答复时间：北京时间11月26日" in ours.text
    assert "我方下一步提醒：处长" in ours.text
    theirs = await (await pages_of(world, "eu")).get(f"/threads/{thread.position}")
    assert f"EU-{ASKED} Q1 Awaiting CN In 2 working days Agreed date: Thu 26 Nov" in theirs.text
    assert "Tereza Šťastná" in theirs.text
    assert "周明" not in theirs.text


async def test_a_date_that_passed_is_told_in_the_words_of_the_record_on_both_sides(pages_of):
    world = World.founded()
    thread, note = asked(world)
    world.clock.forward(3700)
    world.pass_due("eu", note, DUE, head=world.stamp("cn"))
    world.exchange()
    own = await (await pages_of(world, "eu")).get(f"/threads/{thread.position}")
    silent = "As of Tue 24 Nov 10:00 neither record holds an answer."
    assert f"EU-{ASKED} Q1 Awaiting CN {silent}" in own.text
    peer = await (await pages_of(world, "cn")).get(f"/threads/{thread.position}")
    silent = "Our answer is not recorded. As of Tue 24 Nov 17:00 neither record holds an answer."
    assert f"EU-{ASKED} Q1 For us to answer {silent}" in peer.text
    for shown in (own, peer):
        assert not re.findall(r"\b(missed|overdue|owes?|failed)\b", shown.text.lower())


async def test_without_the_link_the_record_says_up_to_where_it_was_held(pages_of):
    world = World.founded()
    thread, note = asked(world)
    world.clock.forward(1200)
    newest = world.stamp("cn")
    world.clock.forward(2500)
    world.pass_due("eu", note, DUE, head=newest)
    world.deliver("eu")
    site = await pages_of(world, "eu")
    shown = await site.get(f"/threads/{thread.position}")
    silent = "No answer had reached us by Tue 24 Nov 10:00; the other side’s record is known up to"
    assert f"{silent} Tue 24 Nov 09:20." in shown.text


async def test_an_answer_that_crossed_the_date_is_told_with_both_times(pages_of):
    world = World.founded()
    thread, note = asked(world)
    world.clock.forward(3000)
    old_head = world.stamp("cn")
    world.clock.forward(590)
    answer = world.answer("cn", note)
    sites = {"cn": await pages_of(world, "cn")}
    waiting = await sites["cn"].get(f"/threads/{thread.position}")
    assert "Answered Tue 24 Nov 16:59. Not yet delivered." in waiting.text
    world.clock.forward(20)
    world.pass_due("eu", note, DUE, head=old_head)
    world.clock.forward(CROSSED)
    world.exchange()
    await catch_up(sites["cn"].node)
    sites["eu"] = await pages_of(world, "eu")
    for party, times in (("eu", ("09:59", "10:21")), ("cn", ("16:59", "17:21"))):
        shown = await sites[party].get(f"/threads/{thread.position}")
        assert f"Answered in {answer.position}; crossed" in shown.text
        said = re.search(
            r"Crossed: the record of CN states (.*?); it reached the EU node at (.*?)\.", shown.text
        )
        assert said
        assert all(time in words for time, words in zip(times, said.groups(), strict=True))


async def test_a_link_that_is_down_is_told_with_what_waits(pages_of):
    world = World.founded()
    thread, _ = asked(world)
    world.note("eu", thread.leaf.thread, ("Waits here.",))
    down = LinkState(down_since=instant(DUE))
    site = await pages_of(world, "eu", link=lambda: down)
    shown = await site.get(f"/threads/{thread.position}")
    assert "The link to EU has been down" not in shown.text
    assert "The link to CN has been down since" in shown.text
    assert "1 signed entry waits here" in shown.text
    assert shown.text.count(f"Stored as EU-{ASKED + 1}") == 1


# What is absent, refused, private ----------------------------------------------------------


async def test_what_was_erased_is_not_what_is_missing(pages_of):
    story = busy()
    world = story.world
    site = await pages_of(world, "eu")
    order = world.erase("eu", story.note, [1])
    world.exchange()
    await catch_up(site.node)
    before = await site.get(f"/threads/{story.thread.position}")
    assert str(order.position) not in before.text
    async with site.node.record.begin() as transaction:
        await transaction.erase(order.position)
    shown = await site.get(f"/threads/{story.thread.position}")
    assert f"Content erased by order, see {order.position}" in shown.text
    assert f"/entries/{order.position}/evidence" in shown.page.links().values()
    assert "Good morning." in shown.text
    assert "May the certificate" not in shown.html
    assert shown.page.marked("data-entry-id", story.note.id)
    assert absent(shown.page) == ["erased", "missing"]
    assert "not arrived here yet" in shown.text
    chinese = await site.get(f"/threads/{story.thread.position}?lang=zh-CN")
    assert f"部分内容已依法删除，见 {order.position}" in chinese.text
    peer = await pages_of(world, "cn")
    unseen = await peer.get(f"/threads/{story.thread.position}")
    assert "erased" in absent(unseen.page), "it never came, and the log says why"
    assert f"Content erased by order, see {order.position}" in unseen.text


async def test_what_the_other_side_erased_there_stays_here_and_says_so(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    order = story.world.erase("cn", story.note, [1])
    story.world.exchange()
    await catch_up(site.node)
    shown = await site.get(f"/threads/{story.thread.position}")
    assert "May the certificate" in shown.text
    assert f"our copy stays until we order its erasure, see {order.position}" in shown.text
    chinese = await site.get(f"/threads/{story.thread.position}?lang=zh-CN")
    assert f"我方所存内容待我方决定删除，见 {order.position}" in chinese.text


async def test_an_entry_without_effect_is_shown_with_its_code(pages_of):
    world = World.founded()
    thread, _ = asked(world)
    payload = world.payload("cn", "note.posted", thread=thread.leaf.thread, lang="en", by="node")
    world.append("cn", payload, [world.text("From a machine.")], honest=False)
    world.exchange()
    site = await pages_of(world, "eu")
    shown = await site.get(f"/threads/{thread.position}")
    assert "role" in shown.page.codes()
    assert "From a machine." in shown.text
    listed = (await site.get("/threads")).text
    assert "From a machine." not in listed


async def noted_here(world: World, site, thread) -> dsse.Envelope:
    """Write an internal note of the EU's desk; return the signed entry."""
    parts = [world.text("Only for us: <b>wait</b>.")]
    payload = world.payload("eu", "note.internal", thread=thread.leaf.thread, lang="en") | {
        "log": site.node.identity.private_origin,
        "parts": part_refs(parts),
        "seen": [],
    }
    return await kept_privately(site, sign(payload, [world.eu.keys["desk"]], parts))


async def kept_privately(site, submission: Submission) -> dsse.Envelope:
    """Put an entry into the own private log."""

    async def decide(_transaction, _heads):
        return Act(private=[submission])

    await site.own.acts.appender.act(decide)
    return dsse.decode(submission.envelope)


async def test_an_internal_note_stays_on_the_side_that_wrote_it(pages_of):
    world = World.founded()
    thread, _ = asked(world)
    site = await pages_of(world, "eu")
    await noted_here(world, site, thread)
    shown = await site.get(f"/threads/{thread.position}")
    assert "Only on our side Internal note. Ilona Kőszegi Only for us: <b>wait</b>." in shown.text
    other = await (await pages_of(world, "cn")).get(f"/threads/{thread.position}")
    assert "Only for us" not in other.html


async def test_an_internal_note_that_was_erased_says_by_which_order_to_who_may_give_one(pages_of):
    world = World.founded()
    thread, _ = asked(world)
    page = f"/threads/{thread.position}"
    site = await pages_of(world, "eu")
    note = await noted_here(world, site, thread)
    body = {"parts": [0], "basis": "order", "order": "Order <7/2026>"}
    payload = world.payload("eu", "private.erased", ref=note.id, body=body, by="head")
    payload |= {"log": site.node.identity.private_origin, "seen": []}
    await kept_privately(site, sign(payload, [world.eu.keys["head"]]))
    [number] = [
        f"EU-P-{entry.index}"
        for entry in await site.node.record.entries("private", 0, 100)
        if entry.kind == "private.erased"
    ]
    for who, lang, words in (
        ("head", "en", f"Erased by order. See {number} (Order <7/2026>)"),
        ("second-registrar", "zh-CN", f"见 {number} （Order <7/2026>）"),
    ):
        told = await site.get(page, who, lang)
        assert words in told.text
        [where] = [to for to in told.page.links().values() if to.startswith("/api/private/")]
        assert json.loads((await site.get(where, who)).html)["kind"] == "private.erased"
    for who in ("desk", "oversight"):
        gone = await site.get(page, who)
        assert "Only on our side Internal note. Ilona Kőszegi Erased by order." in gone.text
        assert "Only for us" not in gone.html
        assert number not in gone.html
        assert "7/2026" not in gone.html
        assert (await site.get(where, who)).status == 403
        # A page that is open asks for this, and takes its words off.
        anew = await site.get(f"{page}/now", who)
        assert "Only on our side Internal note. Ilona Kőszegi Erased by order." in anew.text
        assert "Only for us" not in anew.html


# Forms -------------------------------------------------------------------------------------


async def test_the_language_is_switched_without_a_script_and_remembered(pages_of):
    site = await pages_of(World.founded(), "eu")
    switched = await site.post("/lang", {"to": "zh-CN", "back": "/threads?show=all"})
    assert (switched.status, switched.headers["Location"]) == (303, "/threads?show=all")
    assert "sc-lang-eu=zh-CN" in switched.headers["Set-Cookie"]
    assert {official.language for official in await site.own.desk.officials.all()} == {
        "en",
        "zh-CN",
    }
    assert (await site.get("/lang?to=en&next=/keys", who="")).headers["Location"] == "/keys"
    for elsewhere in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere", "x"):
        away = await site.post("/lang", {"to": "en", "back": elsewhere})
        assert away.headers["Location"] == "/"
    assert (await site.post("/lang", {"to": "fr", "back": "/"})).status == 400


async def test_signing_out_ends_the_session_and_no_other_page_can_do_it(pages_of):
    site = await pages_of(World.founded(), "cn")
    for fields in ({"csrf": ""}, {"csrf": "0" * 64}):
        refused = await site.post("/sign-out", fields)
        assert refused.status == 403
    token = await site.sign_in("desk")
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert (await site.ask("POST", "/sign-out", "desk", "en", headers=foreign)).status == 403
    assert (await site.get("/inbox")).status == 200
    ended = await site.post("/sign-out", {})
    assert (ended.status, ended.headers["Location"]) == (303, "/sign-in")
    cookie = {"Cookie": f"sc-session-cn={token}"}
    assert (await site.get("/inbox", who="", headers=cookie)).status == 303


async def test_a_thread_is_marked_as_read_by_a_form(pages_of):
    world = World.founded()
    thread = world.open_thread("cn", "To read")
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    assert path in (await site.get("/inbox")).html
    marked = await site.post(f"{path}/read", {"back": "/inbox"})
    assert (marked.status, marked.headers["Location"]) == (303, "/inbox")
    assert path not in (await site.get("/inbox")).html


def laid_before(world: World, site) -> Clearance:
    rows = [
        {
            "row": 1,
            "number": "A-1",
            "urgency": "normal",
            "rank": 1,
            "first_listed": "2026-11-20",
            "times_listed": 1,
        }
    ]
    parts = [world.data("list", {"rows": rows})]
    payload = world.payload("eu", "batch.listed", body={"list": "W48", "rows": 1})
    submission = sign(payload | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
    incoming = read(submission, whole=True)
    by = world.eu.keys["desk"].key
    return Clearance(
        incoming.id,
        submission.envelope,
        tuple(shown or b"" for shown in submission.parts),
        by,
        site.own.node.clock.now(),
        "waiting",
    )


async def test_a_draft_waits_byte_for_byte_and_goes_back_with_a_remark(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    draft = laid_before(world, site)
    await site.own.desk.clearances.put([draft])
    payload = dsse.decode(draft.envelope).payload.decode()
    shown = await site.get(f"/clearances/{draft.id}", who="head")
    assert payload in shown.text
    assert "A sheet of 1 row" in shown.text
    assert f'data-act="clear" data-ref="{draft.id}"' in shown.html
    author = await site.get("/clearances")
    assert "You wrote this" in author.text
    assert f'data-ref="{draft.id}"' not in author.html

    back = await sent_back(world, site, draft.id, "Row 1: <twice>")
    assert back.status == 200
    [kept] = await site.node.record.entries("private", 0, 10)
    assert kept.kind == "draft.returned"
    assert (await sent_back(world, site, draft.id, "Again")).status == 404
    assert "Row 1: <twice>" in (await site.get("/clearances")).text
    assert "Row 1" not in (await site.get("/clearances", who="head")).text


async def sent_back(world: World, site, draft: str, remark: str, **changed):
    """Send a draft back as the head of unit's browser does."""
    part = world.text(remark)
    fields = {"body": {"id": draft}, "lang": "en", "parts": part_refs([part])} | changed
    payload = world.payload("eu", "draft.returned", by="head") | {
        "log": site.own.node.identity.private_origin, "seen": [],
    }  # fmt: skip
    note = sign(payload | fields, [world.eu.keys["head"]], [part])
    body = {"envelope": note.envelope.decode(), "parts": [part.decode()]}
    path = f"/api/clearances/{draft}/return"
    return await site.ask("POST", path, "head", "en", json=body)


@pytest.mark.parametrize(
    ("party", "kind", "changed", "code"),
    [
        ("cn", "batch.listed", {}, "owner"),
        ("eu", "batch.answered", {}, "owner"),
        ("eu", "batch.listed", {"log": "cn"}, "entry-other-log"),
        ("eu", "batch.listed", {"log": "private"}, "entry-other-log"),
        ("eu", "referral.sent", {}, "role"),
        ("eu", "batch.listed", {}, ""),
        ("cn", "batch.answered", {}, ""),
    ],
)
async def test_what_is_not_hers_to_state_nobody_lays_before_another(
    pages_of, party, kind, changed, code
):
    """The second official is not asked to sign what the log would refuse for ever."""
    world = World.founded()
    site = await pages_of(world, party)
    row = {"row": 1, "number": "A-1"}
    every: dict[str, dict[str, Any]] = {
        "batch.listed": {"body": {"list": "W47", "rows": 1}},
        "batch.answered": {"ref": "a" * 64, "body": {"rows": 1}},
        "referral.sent": {
            "thread": "1" * 32, "ref": "a" * 64,
            "body": {"q": "1", "level": "directors"},
        },
    }  # fmt: skip
    parts = [
        world.text("Please look.")
        if kind == "referral.sent"
        else world.data("list", {"rows": [row]})
    ]
    payload = world.payload(party, kind, parts=part_refs(parts), **every[kind])
    logs = {
        "cn": world.sides["cn"].origin, "private": site.own.node.identity.private_origin
    }  # fmt: skip
    if changed:
        payload |= {"log": logs[changed["log"]], "seen": []}
    draft = sign(payload, [world.sides[party].keys["desk"]], parts)
    body = {"envelope": draft.envelope.decode(), "parts": [part.decode() for part in parts]}
    answer = await site.ask("POST", "/api/clearances", "desk", "en", json=body)
    assert json.loads(answer.html).get("code", "") == code
    assert len(await site.own.desk.clearances.waiting()) == (0 if code else 1)


async def test_what_is_said_of_another_draft_or_by_another_sends_nothing_back(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    draft = laid_before(world, site)
    await site.own.desk.clearances.put([draft])
    other = await sent_back(world, site, draft.id, "No", body={"id": "a" * 64})
    assert "clearance-differs" in other.html
    stranger = world.eu.keys["desk"].key
    forged = await sent_back(world, site, draft.id, "No", by=stranger)
    assert "signature-missing" in forged.html
    assert len(await site.own.desk.clearances.waiting()) == 1
    assert await site.node.record.entries("private", 0, 10) == []


async def test_its_author_takes_a_draft_back_and_an_answer_up_again(pages_of):
    world = World.founded()
    week = world.list_batch(["A-1", "A-2"], list_="W47")
    world.exchange()
    site = await pages_of(world, "cn")
    rows = [{"row": 1, "number": "A-1", "match": "found", "text": 1}]
    parts = [world.data("return", {"rows": rows}), world.text("已电话告知")]
    payload = world.payload("cn", "batch.answered", ref=week.id, body={"rows": 1}, lang="zh-CN")
    made = sign(payload | {"parts": part_refs(parts)}, [world.cn.keys["desk"]], parts)
    id_ = read(made, whole=True).id
    by = world.cn.keys["desk"].key
    draft = Clearance(id_, made.envelope, tuple(parts), by, site.own.node.clock.now(), "waiting")
    await site.own.desk.clearances.put([draft])
    path = f"/clearances/{id_}/take-up"
    assert (await site.post(path, {}, "head")).status == 404, "the draft is of another official"
    queue = await site.get("/clearances")
    assert "Free remark 1 A-1 found 已电话告知" in queue.text
    assert "Take back" in queue.text
    back = await site.post(path, {})
    assert back.headers["Location"] == f"/batches/{week.position}/answer"
    kept = json.loads((await site.get(f"/api/drafts/answer-{week.id}")).html)["fields"]["rows"]
    assert [json.loads(row) for row in kept] == [
        {"row": 1, "number": "A-1", "match": "found", "words": "已电话告知"}
    ]
    assert len(await site.own.desk.clearances.waiting()) == 0
    assert "Edit it again" in (await site.get("/clearances")).text
    assert (await site.post(path, {})).status == 303, "as often as its author likes"


async def test_draft_edited_again_replaces_nothing_written_meanwhile(pages_of):
    world = World.founded()
    opened = world.open_thread("eu")
    site, thread = await pages_of(world, "eu"), opened.leaf.thread
    signer, parts = world.eu.keys["desk"], [world.text("As it was sent back.")]
    payload = world.payload("eu", "note.posted", thread=thread, lang="en")
    made = sign(payload | {"parts": part_refs(parts)}, [signer], parts)
    id_, at = read(made, whole=True).id, site.own.node.clock.now()
    await site.own.desk.clearances.put(
        [Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")]
    )
    begun = '{"text":"Begun meanwhile"}'
    drafts = site.own.desk.drafts
    version = await drafts.save(signer.key, thread, begun, at)
    refused = await site.post(f"/clearances/{id_}/take-up", {})
    assert refused.status == 409
    assert "You have another draft in this form. Nothing was changed." in refused.text
    assert "delete it under Drafts" in refused.text
    kept = await drafts.load(signer.key, thread)
    assert (kept.text, kept.version) == (begun, version)
    assert len(await site.own.desk.clearances.waiting()) == 1
    await drafts.save(signer.key, thread, "", at)
    assert await taken_up(site, id_) == f"/threads/{opened.position}#compose"
    again = json.loads((await drafts.load(signer.key, thread)).text)
    # What is added to it stays when it is called for once more.
    more = json.dumps(again | {"marking": "none"})
    await drafts.save(signer.key, thread, more, at)
    await taken_up(site, id_)
    assert (await drafts.load(signer.key, thread)).text == more
    assert await site.own.desk.clearances.waiting() == []


async def test_its_author_takes_a_meeting_up_again_with_its_points(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    signer = world.eu.keys["desk"]
    at = site.own.node.clock.now()

    async def lay(kind: str, parts: list[bytes], **fields: Any) -> str:
        payload = world.payload("eu", kind, lang="en", parts=part_refs(parts), **fields)
        made = sign(payload, [signer], parts)
        id_ = read(made, whole=True).id
        draft = Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")
        await site.own.desk.clearances.put([draft])
        return id_

    held = {
        "on": "2026-11-19", "place": "Brussels 布鲁塞尔", "level": "directors",
        "present": [{"party": "eu", "role": "head"}, {"party": "cn", "role": "desk"}],
        "translation": {"lang": "zh-CN", "parts": [1]},
    }  # fmt: skip
    subjects = [world.text("On lists", "subject"), world.text("关于清单", "subject")]
    meeting = await lay("meeting.held", subjects, body=held)
    promise = {"point": "promise", "who": "cn", "due": "2026-12-01"}
    point = await lay("point.noted", [world.text("The papers come.")], ref=meeting, body=promise)
    await site.own.desk.clearances.close(meeting, "returned", "Name the place")
    assert "Edit it again" in (await site.get("/clearances")).text
    back = await site.post(f"/clearances/{meeting}/take-up", {})
    assert back.headers["Location"] == f"/meetings/new?sent-back={meeting}"
    fields = json.loads((await site.get("/api/drafts/meeting")).html)["fields"]["new"]
    assert fields[:5] == ["On lists", "关于清单", "2026-11-19", "Brussels 布鲁塞尔", "directors"]
    assert fields[5:13] == ["false", "true", "false", "false", "true", "false", "false", "false"]
    assert fields[13:18] == ["promise", "cn", "2026-12-01", "The papers come.", ""]
    assert len(fields) == 13 + 5, "the form grows by as many points as there are"
    assert (await site.own.desk.clearances.get(point)).state == "returned", (
        "it is written anew with it"
    )


async def taken_up(site: PagesNode, id_: str) -> str:
    """Edit a draft that was sent back; return the form's address without the draft."""
    form = await site.post(f"/clearances/{id_}/take-up", {})
    return re.sub(rf"[?&]sent-back={id_}", "", form.headers["Location"])


async def test_its_author_takes_points_and_marks_of_a_meeting_that_stands_up_again(pages_of):
    """Each draft is added to the half-written text on the meeting's page."""
    world = World.founded()
    world.exchange()
    held = world.meeting("eu", "On lists")
    point = world.point("eu", held, "The papers come.")
    world.exchange()
    sites = {party: await pages_of(world, party) for party in PARTIES}

    async def back(party: Party, kind: str, said: str, **fields: Any) -> str:
        site, signer, parts = sites[party], world.sides[party].keys["desk"], [world.text(said)]
        payload = world.payload(party, kind, lang="en", parts=part_refs(parts), **fields)
        made = sign(payload, [signer], parts)
        id_ = read(made, whole=True).id
        at = site.own.node.clock.now()
        draft = Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")
        await site.own.desk.clearances.put([draft])
        await site.own.desk.clearances.close(draft.id, "returned", "Say when")
        queue = (await site.get("/clearances")).text
        assert f"{said} What to change: Say when Edit it again" in queue
        return await taken_up(site, id_)

    async def kept(party: Party) -> dict[str, Any]:
        shown = await sites[party].get(f"/api/drafts/words-{held.id}")
        return dict(json.loads(shown.html)["fields"])

    here = f"/meetings/{held.position}"
    for number in range(1, 9):
        body = {"point": "promise", "who": "cn", "due": f"2026-12-0{number}"}
        where = await back("eu", "point.noted", f"Paper {number}.", ref=held.id, body=body)
        assert where == f"{here}#add-points"
    assert await kept("eu") == {
        held.id: [
            field
            for number in range(1, 9)
            for field in ("promise", "cn", f"2026-12-0{number}", f"Paper {number}.", "")
        ]
    }
    assert 'id="add-points"' in (await sites["eu"].get(here)).html
    here += f"?entry={point.position}#{point.position}"
    differs = {"body": {"entries": [marked(point.id, [0])]}}
    assert await back("cn", "point.marked", "Not all.", **differs) == here
    assert await kept("cn") == {point.id: ["Not all.", ""]}


async def waiting_key(world: World, site) -> str:
    """Let the key of a newcomer, whose function stands in the log, wait for signatures."""
    signer = world.eu.make_key("newcomer")
    world.grant("eu", "newcomer")
    await catch_up(site.node)
    envelope = sign(world.enrolment("eu", "newcomer"), [signer]).envelope
    official = Official(0, "Zdeněk Dvořák", "desk", "Unit A.1", "licensing", "z@eu.example", "en")
    deps = site.own.desk.enrolment
    person = world.eu.person("newcomer")
    number = await site.own.desk.officials.add(official, person)
    invited, by = replace(official, id=number, person=person), world.eu.keys["registrar"].key
    await invitations.draw(deps, invited, "2345-6789-ABCD", by)
    return await enrolment.offer(deps, "2345-6789-ABCD", envelope)


async def test_key_that_is_refused_never_enters_the_log(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    key = await waiting_key(world, site)
    [act] = await site.own.desk.acts.acts.waiting(site.own.node.clock.now())
    path = f"/people/acts/{act.id}"
    # A colleague of the newcomer’s desk may sign it, and so refuse it; people elsewhere may not.
    assert (await site.post(f"{path}/refuse", {}, "other-desk")).status == 404
    assert (await site.get(path, "other-desk")).status == 404
    refused = await site.post(f"{path}/refuse", {}, "second-registrar")
    assert refused.status == 303
    assert not await site.own.stores.views.keys([key])
    assert (await site.post(f"{path}/refuse", {}, "second-registrar")).status == 409


async def test_mailbox_shows_a_mail_as_it_arrives_and_its_raw_message(pages_of):
    site = await pages_of(World.founded(), "eu")
    letter = Composer("eu", ZONES, site.own.node.url).letter(replace(ALERT, lang="zh-CN"))
    server = SmtpServer("", 25, "none", "special-channel@localhost", "localhost")
    raw = message_of(letter, server)
    facts = letter.id, "desk@eu.example", letter.subject, letter.text, letter.at
    await site.own.desk.mailbox.deliver(MailboxItem(*facts, raw))
    before = MailboxItem("1", "desk@eu.example", "EU-877", "Of before.\n\nhttps://x", letter.at)
    await site.own.desk.mailbox.deliver(before)
    listed = (await site.get("/mailbox")).page
    assert "From 中欧出口许可沟通平台 · To" in listed.text
    assert letter.text.splitlines()[0] in listed.text
    assert "Of before. https://x" in " ".join(listed.text.split()), "kept as text alone"
    assert listed.one("heading", letter.subject).attributes["lang"] == "zh-CN"
    path = listed.links()[f"Open the mail in a new window {letter.subject}"]
    assert path == f"/mailbox/{letter.id[:16]}"
    arrived = await site.get(path)
    assert arrived.html.replace("\r\n", "\n").strip() == letter.html
    policy = arrived.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; form-action 'none'")
    message = await site.get(listed.links()[f"Raw message {letter.subject}"])
    assert message.headers["Content-Type"] == "message/rfc822"
    assert message.html == raw.decode()
    for unknown in ("/mailbox/1", "/mailbox/0000000000000000/raw"):
        assert (await site.get(unknown)).status == 404
