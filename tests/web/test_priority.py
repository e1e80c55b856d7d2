"""Requests for priority: what each side reads and may do, by role and visible text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.entries import parse_model
from special_channel.core.entries.permits import PriorityAnswers, PriorityRequest
from tests.permits import request
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.world import Entry, World

REMARKED = {"A-1": ("granted", ""), "A-2": ("not_now", "in_turn"), "A-3": ("", "")}
NUMBERS = tuple(REMARKED)


def answered(world: World, asked: Entry, answers: dict[str, tuple[str, str]]) -> Entry:
    said = [
        {"number": number, "answer": answer} | ({"remark": remark} if remark else {})
        for number, (answer, remark) in answers.items()
        if answer
    ]
    payload = world.payload("cn", "priority.answered", ref=asked.id, body={"answers": said})
    return world.append("cn", payload)


def told() -> tuple[World, Entry, Entry, Entry]:
    """Two requests, the first answered in part; CN states A-1 otherwise than the EU."""
    world = World.founded(columns=["state", "as_of"])
    world.list_batch(list(NUMBERS), state="review", as_of="2026-11-20")
    body = {"number": "A-1", "state": "approved", "as_of": "2026-11-23", "source": "bureau"}
    world.append("cn", world.payload("cn", "application.asserted", body=body))
    first = request(world, *NUMBERS)
    later = request(world, "A-3", reason="stock_low")
    world.exchange()
    answer = answered(world, first, REMARKED)
    world.exchange()
    return world, first, later, answer


async def page(site: PagesNode, path: str, lang: str = "en", who: str = "desk") -> Page:
    shown = await site.get(path, who=who, lang=lang)
    assert shown.status == 200, shown.text
    return Page(shown.html)


async def read(site: PagesNode, path: str) -> dict[str, Any]:
    shown = await site.get(path, headers={"Accept": "application/json"})
    assert shown.status == 200, shown.html
    return dict(json.loads(shown.html))


async def test_requests_are_listed_newest_first_with_what_is_open(pages_of):
    world, first, later, _ = told()
    site = await pages_of(world, "eu")
    shown = await page(site, "/priority")
    assert shown.names("heading")[:2] == ["Priority", "Requests 2"]
    head, *rows = shown.rows("Requests 2")
    assert head == [
        "Request", "Requested", "Reason", "Applications", "Not answered yet", "Priority granted",
    ]  # fmt: skip
    assert [[row[0], *row[2:]] for row in rows] == [
        [str(later.position), "stock runs out", "1", "1", "0"],
        [str(first.position), "production stops", "3", "1", "1"],
    ]
    assert shown.links()[str(first.position)] == f"/priority/{first.position}"
    assert "Choose applications for the request." in shown.names("link")
    assert not shown.all("navigation", "Pages")
    sizes = await read(site, "/api/priorities")
    assert f"Based on entries up to EU-{sizes['eu'] - 1} and CN-{sizes['cn'] - 1}." in shown.text


async def test_api_gives_the_rows_of_the_page(pages_of):
    world, first, later, answer = told()
    site = await pages_of(world, "cn")
    found = await read(site, "/api/priorities")
    assert found["total"] == 2
    assert [each["position"] for each in found["items"]] == [
        str(later.position), str(first.position),
    ]  # fmt: skip
    [second] = (await read(site, "/api/priorities?first=2&limit=1"))["items"]
    assert second == {
        "position": str(first.position), "request": first.id, "accepted": second["accepted"],
        "reason": "line_stop", "applications": 3, "open": 1, "granted": 1,
    }  # fmt: skip
    detail = await read(site, f"/api/priorities/{first.position}")
    in_ = str(answer.position)
    assert detail == second | {
        "wanted": [
            {"number": "A-1", "state": "approved", "answer": "granted", "answered_in": in_},
            {"number": "A-2", "state": "review", "answer": "not_now", "remark": "in_turn",
             "answered_in": in_},
            {"number": "A-3", "state": "review"},
        ]
    }  # fmt: skip


async def test_request_shows_state_answer_and_remark_of_each_number(pages_of):
    world, first, _, answer = told()
    site = await pages_of(world, "eu")
    shown = await page(site, f"/priority/{first.position}")
    shown.one("heading", f"Request for priority {first.position}")
    head, *rows = shown.rows("Applications 3")
    assert head == ["Application number", "State", "Answer"]
    noted = "The answer “granted” and the state “approved” (23 Nov 2026) say different things."
    assert rows == [
        ["A-1", "approved", f"granted {answer.position} {noted}"],
        ["A-2", "under review", f"not now will be dealt with in its turn · {answer.position}"],
        ["A-3", "under review", "no answer had reached us"],
    ]
    links = shown.links()
    assert links["A-1"] == "/applications/A-1"
    assert links[str(answer.position)] == f"/entries/{answer.position}"
    assert links[str(first.position)] == f"/entries/{first.position}"
    assert "Check" not in shown.names("button")


async def test_chinas_official_signs_the_answers_that_were_chosen(pages_of):
    world, first, _, _ = told()
    site = await pages_of(world, "cn")
    path = f"/priority/{first.position}"
    shown = await page(site, path)
    head, *rows = shown.rows("Applications 3")
    assert head[3:] == ["Your answer", "Remark"]
    assert rows[2][:3] == ["A-3", "under review", "not answered so far"]
    choice = shown.one("combobox", "Your answer on A-1")
    assert choice.names("option") == ["–", "granted", "not now", "cannot"]
    remark = shown.one("combobox", "Remark on A-3")
    assert remark.names("option") == [
        "–", "will be dealt with in its turn", "papers are to be supplemented first",
        "is being examined", "is decided already", "not available for legal reasons",
    ]  # fmt: skip
    assert shown.signs("priority.answered") == []
    assert not shown.all("region", "What you will sign")
    fields = {"answer-1": "cannot", "remark-1": "law", "answer-2": "granted", "answer-0": ""}
    checked = Page((await site.post(path, fields)).html)
    [body] = checked.signs("priority.answered")
    said = parse_model(PriorityAnswers, body.encode()).answers
    assert [(each.number, each.answer, each.remark) for each in said] == [
        ("A-2", "cannot", "law"), ("A-3", "granted", None),
    ]  # fmt: skip
    assert "Answers on 2 applications." in checked.one("region", "What you will sign").text
    kept = checked.one("main").fields()
    assert {name: value for name, value in kept.items() if value and name != "csrf"} == {
        "answer-1": "cannot", "remark-1": "law", "answer-2": "granted",
    }  # fmt: skip


@pytest.mark.parametrize("fields", [{"answer-0": "perhaps"}, {"remark-2": "no_reason"}])
async def test_answer_or_remark_that_is_none_is_refused(pages_of, fields):
    world, first, _, _ = told()
    site = await pages_of(world, "cn")
    shown = await site.post(f"/priority/{first.position}", fields)
    assert shown.status == 400
    assert "request-malformed" in shown.text


async def test_eu_neither_answers_nor_sees_the_form(pages_of):
    world, first, _, _ = told()
    site = await pages_of(world, "eu")
    shown = await site.post(f"/priority/{first.position}", {"answer-0": "granted"})
    assert shown.status == 403
    assert not Page((await site.get(f"/priority/{first.position}")).html).all("combobox")


async def test_official_without_the_right_to_write_sees_no_form(pages_of):
    world, first, _, _ = told()
    site = await pages_of(world, "cn")
    shown = await page(site, f"/priority/{first.position}", who="oversight")
    assert len(shown.rows("Applications 3")[0]) == 3


async def test_request_is_signed_with_one_reason_for_the_chosen_numbers(pages_of):
    world, *_ = told()
    site = await pages_of(world, "eu")
    shown = await page(
        site, "/new-priority?application=A-3&application=A-1&application=A-3&application=X-9"
    )
    bodies = [parse_model(PriorityRequest, each.encode())
              for each in shown.signs("priority.requested")]  # fmt: skip
    assert [(each.reason, each.applications) for each in bodies] == [
        (reason, ("A-3", "A-1"))
        for reason in ("line_stop", "stock_low", "long_pending", "health_safety")
    ]
    shown.one("heading", "Applications 2")
    assert "Not known here, and left out: X-9" in shown.names("status")
    for reason in ("production stops", "stock runs out", "long pending"):
        assert any(name.startswith(reason) for name in shown.names("button"))


async def test_request_for_no_application_offers_nothing_to_sign(pages_of):
    world, *_ = told()
    site = await pages_of(world, "eu")
    shown = await page(site, "/new-priority?application=X-9")
    assert shown.signs("priority.requested") == []
    assert "No application was chosen." in shown.text


@pytest.mark.parametrize("number", ["CN-1", "EU-0", "EU-99999", "nothing"])
async def test_request_that_is_not_there_is_named(pages_of, number):
    world, *_ = told()
    site = await pages_of(world, "eu")
    shown = await site.get(f"/priority/{number}")
    assert shown.status == 404
    assert "priority-unknown" in shown.text


async def test_application_names_its_request_and_the_answer(pages_of):
    world, first, later, answer = told()
    site = await pages_of(world, "eu")
    shown = await page(site, "/applications/A-1")
    assert f"Asked in {first.position}: " in shown.text
    assert f"CN answered in {answer.position}: granted." in shown.text
    assert f"/priority/{first.position}" in shown.links().values()
    open_ = await page(site, "/applications/A-3")
    assert f"Asked in {later.position}: " in open_.text
    assert "No answer had reached us." in open_.text
    assert "answered in" not in open_.text


async def test_fifty_requests_fill_a_page(pages_of):
    world = World.founded()
    world.list_batch(["A-1"])
    asked = [request(world, "A-1", reason="long_pending") for _ in range(51)]
    world.exchange()
    site = await pages_of(world, "eu")
    shown = await page(site, "/priority")
    assert len(shown.rows("Requests 51")) == 1 + 50
    pages = shown.one("navigation", "Pages")
    assert "Page 1 of 2" in pages.text
    assert pages.links() == {"Next": "/priority?page=2"}
    last = await page(site, "/priority?page=2")
    assert [row[0] for row in last.rows("Requests 51")[1:]] == [str(asked[0].position)]
    assert last.one("navigation", "Pages").links() == {"Previous": "/priority?page=1"}
    assert "No request" not in shown.text


async def test_before_any_request_the_page_says_so(pages_of):
    site = await pages_of(World.founded(), "cn")
    shown = await page(site, "/priority")
    assert "No request for priority yet." in shown.text
    assert shown.rows() == []
    assert "Choose applications for the request." not in shown.names("link")


async def test_chinese_page_has_the_same_rows(pages_of):
    world, first, _, answer = told()
    site = await pages_of(world, "cn")
    shown = await page(site, f"/priority/{first.position}", lang="zh-CN", who="oversight")
    [_, *rows] = shown.rows()
    assert [row[0] for row in rows] == list(NUMBERS)
    assert rows[0][2] == f"可优先办理 {answer.position}"
    assert (await page(site, "/priority", lang="zh-CN")).rows()[2][2] == "停产"
