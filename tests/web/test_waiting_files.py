"""What waits for a person is taken along as well: the rows of the page, for its readers alone."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import groupby

import orjson
import pytest

from tests.stories import busy
from tests.web.pages_node import PagesNode
from tests.web.test_acts import LIMITS, offer
from tests.web.test_every_list_file import records
from tests.web.test_notices import tell
from tests.web.test_people_alarms import sounded
from tests.web.test_quarantine import one_find, send
from tests.web.test_quotas import call
from tests.web.test_scanned_files import noted, scanning
from tests.world import World

__all__ = ["scanning"]  # a fixture


async def taken(site: PagesNode, path: str, who: str, lang: str = "en") -> list[dict[str, str]]:
    """Rows of the file to which a page leads; both endings have an address."""
    page = (await site.get(path, who, lang)).page
    addresses = {each: page.one("link", each).attributes["href"] for each in ("XLSX", "CSV")}
    assert addresses["XLSX"] == addresses["CSV"].replace(".csv?", ".xlsx?")
    cookie = {"Cookie": f'sc-session-{site.node.party}="{await site.sign_in(who)}"'}
    async with site.client.get(site.base + addresses["XLSX"], headers=cookie) as answer:
        assert answer.status == 200
    return await records(site, addresses["CSV"], who)


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_file_of_the_inbox_has_its_groups_in_order(pages_of, party):
    site = await pages_of(busy().world, party)
    rows = await taken(site, "/inbox?scope=all", "desk")
    asks = orjson.loads((await site.get("/api/asks?scope=all")).html)["items"]
    by_us = [each["number"] for each in asks if each["asker"] != party]
    ours = [row for row in rows if row["answering"] == party.upper()]
    assert {row["question"] for row in ours} <= {*by_us}
    assert ours or not by_us
    assert [row["due"] for row in ours] == sorted(row["due"] for row in ours)
    groups = [name for name, _ in groupby(row["inbox_group"] for row in rows)]
    assert len(groups) == len({*groups}), "each group once, in one piece"


async def test_file_of_news_marks_none_as_seen(pages_of):
    site = await pages_of(World.founded(), "eu")
    due = site.own.node.clock.now() + timedelta(days=1)
    await tell(site, "desk", "cn:1", event="question", due=due)
    await tell(site, "desk", "cn:2")
    rows = await taken(site, "/notices", "desk")
    news = orjson.loads((await site.get("/api/notices")).html)
    assert [row["news"] for row in rows] == [each["text"] for each in news["items"]]
    assert news["total"] == 2
    assert await records(site, "/notices.csv", "clerk") == [], "what another person is told"
    assert "CSV" not in (await site.get("/notices", "clerk")).page.names("link")


async def test_file_of_disputed_entries_says_what_came_of_them(pages_of):
    world = World.founded()
    world.add_key("eu", "desk", "laptop")
    thread = world.open_thread("eu", by="clerk")
    note = world.note("eu", thread.leaf.thread)
    world.append("eu", world.suspension("eu", "desk", since=note.position.index))
    world.exchange()
    site = await pages_of(world, "eu")
    [row] = await taken(site, "/review", "laptop")
    assert row["entry"].startswith(str(note.position))
    assert (row["entry_kind"], row["first_words"]) == ("Note", "May it be sent again?")
    assert (row["signer"], row["came"]) == ("Ilona Kőszegi", "delivered")
    assert await taken(site, "/review?scope=all", "head") == [row]
    assert await records(site, "/review.csv", "clerk") == []
    assert (await site.get("/review.csv?scope=theirs", "laptop")).status == 400


async def test_file_of_alarms_is_for_those_who_look_into_them(pages_of):
    site = await pages_of(World.founded(), "eu")
    await sounded(site, "root-acted")
    await sounded(site, "peer-root-changed", log="cn")
    rows = await taken(site, "/alarms", "head")
    _, told = await call(site, "GET", "/api/alarms", "head")
    assert [(row["entry"], row["alarm"]) for row in rows] == [
        (each["position"], each["words"]) for each in told["alarms"]
    ]
    assert all(row["to_do"] for row in rows)
    assert (await site.get("/alarms.csv", "desk")).status == 403


async def test_file_of_waiting_acts_names_who_signed_and_who_can(pages_of):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    site = await pages_of(world, "eu")
    await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    [row] = await taken(site, "/people/acts", "registrar")
    [act] = orjson.loads((await site.get("/api/acts", "registrar")).html)["acts"]
    assert row["act"] == act["title"]
    assert row["signed_by"]
    assert row["can_sign"]
    assert row["lapses"] > row["time"]
    assert await records(site, "/people/acts.csv", "other-desk") == []


async def test_journal_is_filtered_ordered_and_taken_along(pages_of):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    site = await pages_of(world, "eu")
    await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    await offer(site, world.suspension("eu", "clerk"), "head", reason="lost")

    async def acts(query: str) -> list[str]:
        """Acts over the API; page and file have the same ones."""
        status, answer = await call(site, "GET", f"/api/people/journal?{query}", "head")
        assert status == 200, answer
        rows = await taken(site, f"/people/journal?{query}", "head")
        found = [each["act"] for each in answer["items"]]
        assert [row["act_code"] for row in rows] == found
        assert answer["total"] == len(found)
        return found

    newest = await acts("")
    assert len(newest) > 1
    assert await acts("sort=oldest") == newest[::-1]
    assert await acts("since=2000-01-01&until=2099-01-01") == newest
    assert await acts("since=2099-01-01") == []
    empty = await site.get("/people/journal?until=2000-01-01", "head")
    assert "No act on people matches." in empty.text
    for wrong in ("/people/journal?sort=act", "/people/journal.csv?since=soon"):
        assert (await site.get(wrong, "head")).status == 400
    assert (await site.get("/people/journal.csv", "desk")).status == 403


async def test_file_of_quarantine_has_the_find_and_no_bytes(pages_of, scanning):
    world, _ = noted()
    site = await pages_of(world, "eu", scanners=scanning)
    asking = {"file": await one_find(site), "person": world.eu.person("head")}
    assert "receipts" in await send(site, "head", "quarantine.asked", body=asking)
    [row] = await taken(site, "/quarantine", "head")
    assert (row["file_name"], row["find"]) == ("virus.docx", "Eicar-Test-Signature")
    assert row["asked_by"]
    assert (row["agreed_by"], row["looked_into"]) == ("", "")
    assert (await site.get("/quarantine.csv", "desk")).status == 403


async def test_file_of_grants_is_for_overseers_alone(pages_of):
    world = World.founded()
    thread = world.open_thread("eu", "First")
    world.exchange()
    site = await pages_of(world, "eu")
    site.scoped = True
    await site.grant_access(threads=[thread.leaf.thread])
    [row] = await taken(site, "/access", "oversight")
    [grant] = json.loads((await site.get("/api/access", "oversight")).html)["grants"]
    assert (row["grant"], row["grant_reader"]) == (grant["position"], grant["reader"]["name"])
    assert str(thread.position) in row["scope"]
    assert (row["purpose"], row["written_order"]) == (grant["purpose"], grant["order"])
    for who in ("head", "registrar", "desk"):
        assert (await site.get("/access.csv", who)).status == 403
