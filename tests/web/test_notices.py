"""The page of notices: news, what the reader chose, watched and muted threads; API alike."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import time, timedelta
from typing import Any

import pytest

from special_channel.channels.event_mails import PersonalNotice, write_notice
from special_channel.core.bytes.ids import Position
from special_channel.core.rules.notifying import NoticeChoice, NoticeException
from special_channel.stores.personal_notices import NoticeRow, notice_id
from special_channel.web.shared.query import read_clock
from tests.permits import LICENCE, draw, issue
from tests.web.pages_node import PagesNode, Shown
from tests.world import World


async def tell(site: PagesNode, who: str, key: str, **facts: Any) -> None:
    """Store a notice on a person's page, as escalation does."""
    now = site.own.node.clock.now()
    stated: dict[str, Any] = {"event": "answer", "at": now, "url": "/threads/CN-14"}
    stated |= {"reason": "mine", "asked": "CN-15", "question": "2"}
    about, thread = facts.pop("about", key), facts.pop("thread", "")
    medium = facts.pop("medium", "page")
    notice = PersonalNotice(**stated | facts)
    person = site.node.world.sides[site.node.party].person(who)
    row = NoticeRow(
        id=notice_id(key, medium, person),
        kind=notice.event,
        about=about,
        thread=thread,
        person=person,
        medium=medium,
        channel="",
        recipient="",
        document=write_notice(notice),
        at=now,
        listed=False,
        next_at=now,
    )
    logs = site.own.desk.notices
    before = await logs.next("private")
    assert await logs.add("private", before, (before or 0) + 1, [row])


def title(shown: Shown) -> str:
    """Return the text of the browser's tab."""
    return shown.html.partition("<title>")[2].partition("</title>")[0]


async def test_news_are_shown_counted_in_the_title_and_seen(pages_of):
    world = World.founded()
    thread = world.open_thread("cn", "First")
    world.exchange()
    site = await pages_of(world, "eu")
    due = site.own.node.clock.now() + timedelta(days=1)
    place = {"url": f"/threads/{thread.position}", "thread": thread.leaf.thread}
    await tell(site, "desk", "cn:1", event="question", due=due, **place)
    await tell(site, "desk", "cn:2")
    for path in ("/inbox", "/notices"):
        shown = await site.get(path)
        assert title(shown).startswith("(2) ")
        links = [each.name for each in shown.page.one("list", "New for you").all("link")]
        assert "Question to us, answer due Wed 25 Nov 09:00 · CN-15, question 2" in links
        assert title(await site.get(path, "clerk"))[0] != "("
    await site.get(f"/threads/{thread.position}")
    assert title(await site.get("/notices")).startswith("(1) ")
    done = await site.post("/notices/seen", {"back": "/inbox"})
    assert (done.status, done.headers["Location"]) == (303, "/inbox")
    assert "Nothing new for you." in (await site.get("/notices")).text


async def test_a_licence_is_named_on_our_page_and_in_no_notice_of_a_browser(pages_of):
    world = World.founded()
    issue(world)
    used = draw(world, "4500")
    world.exchange()
    site = await pages_of(world, "eu")
    place = str(used.position)
    facts = {"event": "licence", "reason": "licence", "about": used.id, "position": place}
    facts |= {"url": f"/entries/{place}", "asked": "", "question": ""}
    await tell(site, "desk", "licence:1", **facts)
    await tell(site, "desk", "licence:1", **facts, medium="browser")
    news = (await site.get("/notices")).page.one("list", "New for you")
    link = news.one("link")
    said = f"At least 80 % of the quantity of licence {LICENCE} is stated as used · {place}"
    assert (link.name, link.attributes["href"]) == (said, f"/entries/{place}")
    opened = await site.get(f"/entries/{place}")
    assert opened.headers["Location"].startswith("/licences/")
    answer = await site.ask("POST", "/api/notices/shown", "desk", "en", json={})
    [item] = json.loads(answer.html)["items"]
    assert item["text"] == f"At least 80 % of a licence’s quantity is stated as used · {place}"
    assert LICENCE not in answer.html


async def test_choice_is_stored_by_page_and_api(pages_of):
    site = await pages_of(World.founded(), "eu")
    person = site.node.world.eu.person("desk")
    page = (await site.get("/notices")).page
    chosen = [each.name for each in page.all("radio") if "checked" in each.attributes]
    assert [name.partition(" ")[0] for name in chosen] == ["Mine"]
    typed = page.one("textbox", "Time of the digest, Brussels A time such as 08:30 or 17:00")
    assert typed.attributes["value"] == "08:30", "no field of times, which browsers write their way"
    await site.post(
        "/notices",
        {"preset": "digest", "digest_at": "9\uff1a15", "line_stops": "on", "share": "75"},
    )
    await site.post("/notices/exceptions", {"event": "release", "medium": "mail", "told": "on"})
    [_head, row] = (await site.get("/notices")).page.rows("Exceptions 1")
    assert row[:3] == ["Something to release", "Mail", "at once"]
    stored = await site.own.desk.choices.of(person)
    exceptions = (NoticeException("release", "mail", on=True),)
    assert stored == NoticeChoice(
        "digest", time(9, 15), line_stops=True, exceptions=exceptions, share=75
    )
    await site.post("/notices/exceptions", {"event": "release", "medium": "mail"})
    body = {"preset": "everything", "digest_at": "08:30", "line_stops": False}
    answer = json.loads((await site.ask("POST", "/api/notices", "desk", "en", json=body)).html)
    assert (answer["preset"], answer["exceptions"]) == ("everything", [])
    assert await site.own.desk.choices.of(person) == NoticeChoice("everything")


@pytest.mark.parametrize(
    "typed", ["08:30", "8:30", "\uff10\uff18\uff1a\uff13\uff10", " \uff12\uff13\uff1a59\u3000"]
)
async def test_browser_lets_through_what_is_read_as_a_time(pages_of, typed):
    page = (await (await pages_of(World.founded(), "eu")).get("/notices")).page
    [field] = page.marked("name", "digest_at")
    pattern = field.attributes["pattern"]
    assert pattern is not None
    assert read_clock(typed) >= time(8, 30)
    assert re.fullmatch(pattern, typed)
    assert not re.fullmatch(pattern, "24:00")
    assert not re.fullmatch(pattern, "\uff12\uff14\uff1a\uff10\uff10")


async def test_browser_shows_each_notice_in_one_window_alone(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.post("/notices/browser", {"on": "1"})
    assert (await site.own.desk.choices.of(site.node.world.eu.person("desk"))).browser
    await tell(site, "desk", "cn:1", medium="browser")
    for number in range(2, 7):
        await tell(site, "head", f"cn:{number}", medium="browser")
    asked = [site.ask("POST", "/api/notices/shown", "desk", "zh-CN", json={}) for _ in range(3)]
    answers = [json.loads(each.html)["items"] for each in await asyncio.gather(*asked)]
    [item] = [item for items in answers for item in items]
    assert item["text"] == "已收到答复 \u00b7 CN-15 问题2"
    assert "New for you 0" in (await site.get("/notices")).text, (
        "a notice of the browser is no news"
    )
    shown = json.loads((await site.ask("POST", "/api/notices/shown", "head", "en", json={})).html)
    assert len(shown["items"]) == 3, "no flood"
    await site.post("/notices/browser", {"on": ""})
    assert "Show no more notices" not in (await site.get("/notices")).text


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("/notices", {"preset": "all", "digest_at": "08:30"}, "“preset” is none of the choices"),
        ("/notices", {"preset": "mine", "digest_at": "noon"}, "Write a time of day as 08:30."),
        ("/notices", {"preset": "mine", "digest_at": "8:30", "share": "51"}, "“share” is none"),
        ("/notices/exceptions", {"event": "rain", "medium": "mail"}, "“event” is none"),
        ("/notices/exceptions", {"event": "entry", "medium": "smoke"}, "“medium” is none"),
    ],
)
async def test_unknown_choice_is_refused_and_nothing_is_stored(pages_of, path, fields, words):
    site = await pages_of(World.founded(), "eu")
    refused = await site.post(path, fields)
    assert refused.status == 400
    assert words in refused.text
    assert await site.own.desk.choices.all() == {}


async def test_thread_is_watched_or_muted_on_its_page(pages_of):
    world = World.founded()
    thread = world.open_thread("cn", "First")
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/{thread.position}"
    assert {"Watch", "Mute"} <= {*(await site.get(path)).page.names("button")}
    done = await site.post(f"{path}/follow", {"how": "watched"})
    assert (done.status, done.headers["Location"]) == (303, path)
    assert "You watch this thread" in (await site.get(path)).text
    assert "You watch this thread" not in (await site.get(path, "clerk")).text
    await site.ask("POST", f"/api{path}/follow", "desk", "en", json={"how": "muted"})
    [listed] = (
        (await site.get("/notices")).page.one("list", "Watched and muted threads 1").all("listitem")
    )
    assert "You muted this thread" in listed.text
    await site.post(f"{path}/follow", {"how": "", "back": "/notices"})
    assert await site.own.desk.choices.followed(world.eu.person("desk")) == {}
    assert "none of the choices" in (await site.post(f"{path}/follow", {"how": "loved"})).text


async def test_thread_beyond_the_most_is_followed_once_another_is_left(pages_of):
    world = World.founded()
    last, more = (world.open_thread("cn", f"Thread {number}") for number in (1, 2))
    world.exchange()
    site = await pages_of(world, "eu")
    for number in range(499):
        await site.own.desk.choices.follow(world.eu.person("desk"), f"{number:032x}", "muted")

    async def follow(position: Position, how: str) -> tuple[int, dict[str, Any]]:
        path = f"/api/threads/{position}/follow"
        shown = await site.ask("POST", path, "desk", "en", json={"how": how})
        return shown.status, json.loads(shown.html)

    assert (await follow(last.position, "watched"))[0] == 200
    status, refused = await follow(more.position, "watched")
    assert (status, refused["code"]) == (409, "followed-limit")
    assert refused["title"] == "You watch or mute 500 threads already."
    assert (await follow(last.position, "muted"))[0] == 200, "it counts already"
    assert (await follow(last.position, ""))[0] == 200
    assert (await follow(more.position, "watched"))[0] == 200


async def test_far_page_of_news_reads_no_more_than_a_list_holds(pages_of, monkeypatch):
    """Without a filter a far page read everything before it."""
    site = await pages_of(World.founded(), "eu")
    for number in range(3):
        await tell(site, "desk", f"cn:{number}")
    monkeypatch.setattr("special_channel.web.notices.queries.MAX_ROWS", 2)
    shown = [json.loads((await site.get(f"/api/notices?first={n}")).html) for n in (1, 2, 3)]
    assert [(len(each["items"]), each["total"]) for each in shown] == [(2, 3), (1, 3), (0, 3)]
