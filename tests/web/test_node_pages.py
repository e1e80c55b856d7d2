"""Pages of the node by role and visible text: link, alert channels, mailbox."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from special_channel.messages.catalogue import Lang
from special_channel.stores.mailbox import MailboxItem
from special_channel.web.http.states import LinkState, RemindersState
from special_channel.web.node.mails import MailFilters
from special_channel.web.node.pages import channels_page, link_page, mailbox_page
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import render
from tests.web.pages_node import NAMES
from tests.web.reading import Page
from tests.web.samples.access import channels, mailbox
from tests.web.samples.link import heads, link, status, unchecked
from tests.web.samples.people import at, frame
from tests.world import World

DESK = NAMES["eu"]["desk"]
SUBJECT = "Our answer is not recorded · CN-877, question 2"


def shown(page: ViewPage, lang: Lang = "en") -> Page:
    return Page(render(page, frame("eu", lang)))


def test_link_page_lists_both_logs_ours_first():
    rows = shown(link("eu")).rows("Both logs")
    assert rows == [
        ["Both logs", "Entries here", "Cosigned"],
        ["Log of EU", "902", "902"],
        ["Log of CN", "877", "877"],
    ]


def test_link_page_names_the_gap_and_what_waits_behind_it():
    page = shown(link("eu"))
    assert "CN-877 has not fully arrived." in page.text
    assert "3 later entries of MOFCOM have arrived and wait to be checked." in page.text
    assert "3 more are still with the other node." in page.text
    first, second, *_ = [each.text for each in page.all("listitem") if "CN-8" in each.text]
    assert "has not fully arrived" in first
    assert "arrived, not checked yet; waiting for CN-877" in second
    assert page.links()["Thread EU-142"] == "/threads/EU-142"
    assert "are listed" not in page.text


@pytest.mark.parametrize(("lines", "listed"), [(4, False), (3, True)])
def test_link_page_says_when_not_all_entries_are_listed(lines, listed):
    view = status(waits_for="CN-877", queued=4, waiting=1, behind=4)
    page = shown(link_page(view, heads("eu"), unchecked("eu")[:lines]))
    assert ("The first 3 are listed." in page.text) == listed
    assert "1 later entry of MOFCOM has arrived and waits to be checked." in page.text
    assert "still with the other node" not in page.text


def test_link_page_without_a_gap_reads_so():
    page = shown(link_page(status(link_stopped="log-forked"), heads("eu")))
    assert "All entries that arrived are checked." in page.text
    assert "Copying of the other side’s log has stopped." in page.text
    assert "answered last" not in page.text


def test_channels_are_shown_in_order_with_results():
    head, mail, permits, duty = shown(channels("eu")).rows()
    assert head == ["Channel", "Reaches", "This test", "Test"]
    assert mail[1:3] == ["one person", "–"]
    assert permits[:3] == ["permits", "a group", "accepted Reply: HTTP 200 ok"]
    assert duty[:2] == ["duty", "a group"]
    assert "HTTP 410 no hook" in duty[2]
    assert "Reply:" not in duty[2], "the sentence has the reply already"
    assert duty[2].endswith("channel-gone")


def test_node_without_channels_says_that_nobody_is_alerted():
    page = shown(channels_page({}))
    assert "nobody is alerted when a date passes" in page.text
    assert page.one("main").names("button") == []


def test_mail_is_shown_with_recipient_and_link():
    page = shown(mailbox("eu"))
    page.one("heading", SUBJECT)
    assert "To Tomáš Novotný · Mon 23 Nov 10:01 Brussels" in page.text
    assert page.links()[f"Open the mail in a new window {SUBJECT}"] == "/mailbox/abababababababab"
    empty = shown(mailbox_page((), 0, MailFilters())).text
    assert "Reminders, notices and daily digests appear here once they are sent." in empty


async def test_mails_are_filtered_ordered_and_taken_along(pages_of):
    site = await pages_of(World.founded(), "eu")
    mailbox_ = site.own.desk.mailbox
    assert mailbox_ is not None
    [official] = [each for each in await site.own.desk.officials.all() if each.name == DESK]
    for number, (to, subject) in enumerate(
        ((official.email, "A date comes"), ("x@eu.example", "=HYPERLINK(1)"))
    ):
        sent = datetime(2026, 11, 24, 8 + number, tzinfo=UTC)
        await mailbox_.deliver(MailboxItem(f"{number:064}", to, subject, "Some words.", sent))

    async def subjects(query: str) -> list[str]:
        page = (await site.get(f"/mailbox?{query}")).page
        return [each.text for each in page.one("main").all("heading")[1:]]

    assert await subjects("") == ["=HYPERLINK(1)", "A date comes"]
    assert await subjects("sort=oldest") == ["A date comes", "=HYPERLINK(1)"]
    for text in ("DATE", DESK.split()[0].lower(), official.email):
        assert await subjects(urlencode({"text": text})) == ["A date comes"]
    assert len(await subjects("text=some+words")) == 2
    none = await site.get("/mailbox?text=nothing+like+it")
    assert "No mail matches." in none.text
    href = (await site.get("/mailbox?sort=oldest")).page.one("link", "CSV").attributes["href"]
    rows = [*csv.reader(io.StringIO((await site.get(href)).html.lstrip("\ufeff")))]
    assert rows[0][:3] == ["Time (Brussels time)", "Recipient", "Subject"]
    assert [row[2] for row in rows[2:4]] == ["A date comes", "'=HYPERLINK(1)"]
    assert rows[2][1].startswith(DESK)
    assert "Shown:" not in (await site.get("/mailbox")).text


async def test_mailbox_says_how_many_mails_page_and_file_leave_out(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.node.record.pool.execute(
        "INSERT INTO desk.mailbox (id, recipient, subject, text, at, raw)"
        " SELECT md5(n::text) || md5((-n)::text), 'x@eu.example', 'Mail ' || n, '',"
        " '2026-11-24T08:00:00Z', '' FROM generate_series(1, 1003) AS n"
    )
    shown = await site.get("/mailbox")
    assert "Shown: 1 to 100 of 1003." in shown.text
    href = shown.page.one("link", "XLSX").attributes["href"]
    cookie = {"Cookie": f'sc-session-eu="{await site.sign_in("desk")}"'}
    async with site.client.get(f"{site.base}{href}", headers=cookie) as answer:
        assert answer.status == 200
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as book:
            assert "1000 / 1003" in book.read("xl/sharedStrings.xml").decode()
    assert "Shown: 1 to 100 of 115." in (await site.get("/mailbox?text=mail+1")).text
    few = await site.get("/mailbox?text=mail+100")
    assert "Shown:" not in few.text


def notices(**changes: object) -> list[str]:
    """Return the visible notices above a page."""
    around = replace(frame("eu", "en"), **changes)  # type: ignore[arg-type]
    page = Page(render(mailbox("eu"), around))
    return [
        each.text
        for each in page.within()
        if each.attributes.get("class") == "notice" and not each.hidden
    ]


@pytest.mark.parametrize(("state", "start"), [
    (RemindersState(at(23, 9)), "Reminders on our side have not run since Mon 23 Nov 10:00"),
    (RemindersState(None, at(22, 9)), "The other side’s reminders have not run since Sun 22 Nov"),
    (RemindersState(canary_lost=True), "The hourly test of our reminders failed."),
])  # fmt: skip
def test_every_page_says_when_reminders_do_not_run(state, start):
    [notice] = notices(reminders=state)
    assert notice.startswith(start)


@pytest.mark.parametrize(("state", "undelivered", "words"), [
    (LinkState(down_since=at(24, 7)), 1, "1 signed entry waits here"),
    (LinkState(undelivered_since=at(24, 7)), 2, "Delivery to MOFCOM of what our side has signed"),
    (LinkState(peer_undelivered_since=at(24, 7)), 0, "The node of MOFCOM reports: delivery"),
    (LinkState(gap=0, behind=3), 0, "3 entries of MOFCOM are not checked here yet: CN-0 has"),
])  # fmt: skip
def test_every_page_says_what_the_link_does_not_deliver(state, undelivered, words):
    [notice] = notices(link=state, undelivered=undelivered)
    assert words in notice


def test_page_without_faults_has_no_notices():
    assert notices() == []
    assert notices(link=LinkState(undelivered_since=at(24, 7))) == [], "all is delivered by now"


async def test_heads_and_status_name_the_same_sizes(pages_of):
    site = await pages_of(World.founded(), "eu")
    heads_ = json.loads((await site.get("/api/heads")).html)
    status = json.loads((await site.get("/api/status")).html)
    sizes = {each["party"]: each["size"] for each in heads_["heads"]}
    assert sizes == {"eu": status["eu"], "cn": status["cn"]}
    assert heads_["state"] == status["state"]
    held = json.loads((await site.get(f"/api/heads?log=eu&size={sizes['eu']}")).html)
    assert held["heads"] == heads_["heads"]
    assert (await site.get("/api/heads?log=xx")).status == 400
    assert heads_["charter"]["number"] == heads_["charter"]["document"]["number"]
    rows = Page((await site.get("/link")).html).rows("Both logs")
    assert [row[1] for row in rows[1:]] == [str(sizes["eu"]), str(sizes["cn"])]
