"""Templates: a side's and a desk's texts for usual questions and answers, in page and API."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES
from special_channel.desk.text_templates import filled, parse_templates
from tests.web.pages_node import PagesNode
from tests.world import World

EXAMPLES = Path(__file__).resolve().parents[2] / "config/templates"
NUMBER = "FIKTIV-26-0000001"
OPENING = {"batch": "standing", "applications": [NUMBER]}
KEPT = {"kind": "answer", "title": "Follows", "text": "It follows.", "translation": "后补。"}


async def call(site: PagesNode, method: str, path: str, **body: object) -> dict[str, Any]:
    """Call the API as an official of the desk; return the status and the document."""
    headers = {"Accept": "application/json"}
    answer = await site.ask(
        method, f"/api/templates{path}", "desk", "en", json=body, headers=headers
    )
    return {"status": answer.status, **orjson.loads(answer.html)}


async def titles(site: PagesNode) -> list[str]:
    """Titles of the templates, in their order."""
    return [item["title"] for item in (await call(site, "GET", ""))["items"]]


def file(**more: object) -> dict[str, object]:
    """A file with one template, changed by `more`."""
    words = {"en": "Text", "zh": "文本"}
    one = {"id": "one", "kind": "answer", "title": words, "text": words}
    return {"v": 1, "side": "eu", "templates": [one]} | more


def test_example_files_hold_equal_templates_in_both_languages():
    read = [tomllib.loads((EXAMPLES / f"{each}.toml").read_text("utf-8")) for each in PARTIES]
    eu, cn = (parse_templates(data, party) for data, party in zip(read, PARTIES, strict=True))
    assert eu.templates == cn.templates
    assert len(eu.templates) >= 12
    for each in eu.templates:
        # As many gaps in one language as in the other.
        assert each.text.en.count("[") == each.text.zh.count("【"), each.id


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"side": "cn"}, "side"),
        ({"v": 2}, "v"),
        ({"templates": [*file()["templates"], *file()["templates"]]}, "file"),  # type: ignore[misc]
    ],
)
def test_file_with_a_fault_is_refused_with_its_place(fault, field):
    with pytest.raises(Malformed) as refused:
        parse_templates(file(**fault), "eu")
    assert (refused.value.code, refused.value.facts["field"]) == ("templates-malformed", field)


def test_gaps_of_both_languages_are_filled_and_others_stay():
    text = "[number] of [date] 【number】 [number"
    assert filled(text, {"number": "A-1"}) == "A-1 of [date] A-1 [number"


async def test_kept_template_is_the_desks_own_and_used_ones_come_first(pages_of):
    world = World.founded()
    thread = world.open_thread("eu", body=OPENING)
    site = await pages_of(world, "eu")
    assert await titles(site) == []
    for title in ("First", "Second"):
        kept = await call(site, "POST", "", **(KEPT | {"title": title}))
    assert await titles(site) == ["First", "Second"]
    second = kept["items"][1]["id"]
    used = await call(site, "POST", f"/{second}/use", thread=str(thread.position))
    texts = {"kind": "answer", "text": "It follows.", "translation": "后补。"}
    assert used == {"status": 200} | texts
    assert await titles(site) == ["Second", "First"]
    # The composer offers them in the same order, and overseers, who write nothing, have none.
    html = (await site.get(f"/threads/{thread.position}")).html
    assert 0 < html.index(">Second</option>") < html.index(">First</option>")
    assert (await site.ask("GET", "/templates", "oversight", "en")).status == 403
    gone = await call(site, "DELETE", f"/{second}")
    assert [item["title"] for item in gone["items"]] == ["First"]
    again = await call(site, "POST", f"/{second}/use")
    assert (again["status"], again["code"]) == (404, "template-unknown")


async def test_only_application_of_a_thread_is_filled_in(pages_of):
    world = World.founded()
    thread = world.open_thread("eu", body=OPENING)
    site = await pages_of(world, "eu")
    text = {"text": "About [application number].", "translation": "关于【申请编号】。"}
    kept = await call(site, "POST", "", **(KEPT | text))
    path = f"/{kept['items'][0]['id']}/use"
    for where, number in (
        ({"thread": str(thread.position)}, NUMBER),
        ({"applications": [NUMBER]}, NUMBER),
        ({"applications": [NUMBER, "FIKTIV-26-0000002"]}, ""),
    ):
        used = await call(site, "POST", path, **where)
        assert used["text"] == f"About {number or '[application number]'}."
        assert used["translation"] == f"关于{number or '【申请编号】'}。"


@pytest.mark.parametrize(
    ("more", "code"),
    [({"title": " "}, "template-empty"), ({"text": "\n"}, "template-empty")],
)
async def test_template_without_name_or_text_is_refused(pages_of, more, code):
    site = await pages_of(World.founded(), "eu")
    refused = await call(site, "POST", "", **(KEPT | more))
    assert (refused["status"], refused["code"]) == (400, code)
    assert await titles(site) == []


@pytest.mark.parametrize("party", PARTIES)
async def test_templates_are_reached_from_own_menu_and_drafts(pages_of, party):
    lang, name = ("en", "Templates") if party == "eu" else ("zh-CN", "函件模板")
    site = await pages_of(World.founded(), party)
    for address, times in (("/inbox", 1), ("/drafts", 2)):
        links = (await site.get(address, "desk", lang)).page.marked("href", "/templates")
        assert [link.text.strip() for link in links] == [name] * times
    current = (await site.get("/templates", "desk", lang)).page.marked("aria-current", "page")
    assert [link.attributes["href"] for link in current] == ["/drafts"]
    for other in ("oversight", "registrar"):
        assert "/templates" not in (await site.get("/threads", other, lang)).html


@pytest.mark.parametrize("party", PARTIES)
async def test_draft_is_kept_as_template_without_the_script(pages_of, party):
    lang = "en" if party == "eu" else "zh-CN"
    world = World.founded()
    site = await pages_of(world, party)
    key = world.sides[party].keys["desk"].key
    draft = orjson.dumps({"text": "Own <b>.", "text_tr": "Other"}).decode()
    await site.own.desk.drafts.save(key, "new", draft, site.own.node.clock.now())
    page = (await site.get("/templates?draft=new", "desk", lang)).page
    fields = {"title": "A & B", "kind": "question", "text": "Own <b>.", "translation": "Other"}
    shown = page.fields()
    assert {name: shown[name] for name in ("text", "translation")} == {
        name: fields[name] for name in ("text", "translation")
    }
    assert (await site.post("/templates", fields, "desk", lang)).status == 303
    html = (await site.get("/templates", "desk", lang)).html
    assert "A &amp; B" in html
    assert "Own &lt;b&gt;." in html


async def test_draft_of_a_thread_on_a_list_begins_a_template(pages_of):
    """Its name has four characters more than the address took: the link led to an error."""
    world = World.founded()
    week = world.list_batch(["A-1"])
    site = await pages_of(world, "eu")
    name, key = f"new-{week.id}", world.eu.keys["desk"].key
    draft = orjson.dumps({"text": "Own."}).decode()
    await site.own.desk.drafts.save(key, name, draft, site.own.node.clock.now())
    form = (await site.get(f"/batches/{week.position}/new-thread")).page
    page = (await site.get(form.links()["Keep as a template"].removesuffix("#new"))).page
    assert page.fields()["text"] == "Own."
