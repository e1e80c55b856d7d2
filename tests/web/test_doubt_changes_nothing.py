"""Doubt over a year of delivered notes changes no state, due time or figure (K21; attack 18)."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import from_posix
from special_channel.messages.catalogue import Lang, catalogue
from tests.core.test_audit_doubts import ask
from tests.permits import issue, reply, request
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page
from tests.world import World

API = (
    "asks", "deadlines", "threads?show=all", "figures", "numbers", "applications", "batches",
    "licences", "priorities", "meetings",
)  # fmt: skip
LANGS: tuple[Lang, ...] = ("en", "zh-CN")
PAGES = (
    "figures", "numbers", "deadlines", "inbox?scope=all", "threads?show=all", "applications",
    "differences", "licences", "priority", "batches", "meetings", "brief/working/handover",
    "brief/working/internal?since=2026-01-01", "numbers.csv", "applications.csv",
)  # fmt: skip


def year() -> World:
    """Twelve months of questions, half of them answered; a list, a licence and a meeting."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"], state="review", as_of="2026-11-20")
    world.exchange()
    world.answer_batch(batch, [{"row": 1, "number": "A-1", "state": "approved"}])
    point, asked = world.point("eu", world.meeting("eu")), request(world, "A-2")
    world.exchange()
    world.agree("cn", point)
    issue(world, applications=["A-1"])
    reply(world, asked, {"A-2": "not_now"})
    world.exchange()
    for month in range(12):
        ask(world, month)
    due = from_posix(world.clock.seconds + 86400)
    thread = world.open_thread("cn").leaf.thread
    world.note("cn", thread, asks=[world.ask("cn", due)])
    for party in PARTIES:  # the last entry of each log is one that no page below names otherwise
        world.grant(party, "newcomer")
    world.exchange()
    return world


def stated(answer: Any, site: PagesNode) -> Any:
    """An answer of the API without doubt."""
    if isinstance(answer, list):
        return [stated(each, site) for each in answer]
    if isinstance(answer, dict):
        return {name: stated(each, site) for name, each in answer.items() if name != "doubt"}
    return plain(answer, "en", site) if isinstance(answer, str) else answer


def plain(text: str, lang: Lang, site: PagesNode) -> str:
    """A text without the words of doubt, and without the numbers of the logs' last entries."""
    t = catalogue(lang)
    counted = re.escape(t.gettext("doubted.counted", eu=0, cn=0)).replace("0", r"\d+")
    text = re.sub(f" ?{counted}", "", text)
    text = re.sub(rf" ?[(（]?{t.label('doubt', 'disputed')}[)）]?", "", text)
    for party in PARTIES:
        size = site.node.world.sides[site.node.party].copies[party].size
        text = text.replace(f"{party.upper()}-{size - 1}", f"{party.upper()}-last")
    return " ".join(text.split())


async def shown(site: PagesNode) -> dict[str, Any]:
    """What pages, files and the API show of the record, but for the doubt."""
    found: dict[str, Any] = {}
    for path in API:
        answer = await site.get(f"/api/{path}", "clerk", headers={"Accept": "application/json"})
        assert answer.status == 200, path
        sizes = {"eu", "cn"}  # of the logs, which the suspensions have made longer
        told = stated(json.loads(answer.html), site)
        found[path] = {name: each for name, each in told.items() if name not in sizes}
    for path in PAGES:
        for lang in LANGS:
            answer = await site.get(f"/{path}", "clerk", lang)
            assert answer.status == 200, path
            file = ".csv" in path
            cells = (cell for row in csv.reader(io.StringIO(answer.html)) for cell in row)
            text = " | ".join(cells) if file else Page(answer.html).one("main").text
            found[f"/{path} {lang}"] = plain(text, lang, site)
    return found


@pytest.mark.timeout(600)  # a busy machine takes a minute
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_doubt_over_a_year_changes_no_state_time_or_figure(pages_of, party: Party):
    world = year()
    site = await pages_of(world, party)
    before = await shown(site)
    assert before["figures"] != {}
    assert len(before["asks"]["items"]) == 7  # those without an answer
    for each in PARTIES:
        world.append(each, world.suspension(each, "desk", since=0))
    world.exchange()
    await catch_up(site.node)
    assert "存疑" in (await site.get("/deadlines", "clerk", "zh-CN")).text
    after = await shown(site)
    for path, was in before.items():
        assert after[path] == was, path
