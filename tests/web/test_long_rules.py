"""Pages of rules, keys and counts at their longest: at most 400 KB, and everything in reach."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any, get_args
from urllib.parse import urldefrag

import pytest
from pydantic import BaseModel

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.charter import parse
from special_channel.messages.catalogue import Lang
from special_channel.stores.reads import Opened
from special_channel.web.applications.views import DifferencesFound
from special_channel.web.calendars.views import RulesView
from special_channel.web.charter.pages import charter_page
from special_channel.web.charter.queries import KEPT
from special_channel.web.charter.views import CharterDetail, ToSign
from special_channel.web.charter.words import comparison
from special_channel.web.key.views import KeyDetail, SessionItem, SinceView
from special_channel.web.listed.pages import listed_page
from special_channel.web.listed.views import ListedFilters, ListedView
from special_channel.web.shared.viewpoint import Viewpoint
from special_channel.web.shell.render import render
from tests.core.test_charter_changes import stated
from tests.web.samples import every_page
from tests.web.samples.people import at, hexes
from tests.web.test_charters import REGISTRAR, bring, digest_of, founded, would_sign
from tests.web.test_long_private_lists import read_on
from tests.web.test_long_threads import MOST_BYTES
from tests.world import World

LANGUAGES: dict[Party, Lang] = {"eu": "en", "cn": "zh-CN"}


def size(party: Party, name: str, **changed: Any) -> int:
    """Bytes of HTML of a sample page with other fields."""
    shown = every_page(party, LANGUAGES[party])[name]
    assert isinstance(shown.page.view, BaseModel)
    view = shown.page.view.model_copy(update=changed)
    return len(render(replace(shown.page, view=view), shown.frame).encode())


def longest_charter() -> dict[str, Any]:
    """As many desks and rules as a charter may have, with long titles full of marks."""
    titles = {"title_en": '"' * 80, "title_zh": "处" * 80}
    world = World.founded()
    desks = [{"desk": f"desk{n}", "party": PARTIES[n % 2], **titles} for n in range(98)]
    rules = [
        {"rule": f"rule-{n}", "working_days": 5, "count": "both", "warnings": [10, 50], **titles}
        for n in range(50)
    ]
    return world.charter(
        desks=[*desks, {"desk": "licensing", "party": "eu", **titles}],
        reply_rules=rules,
        release=[{"kind": f"kind.{n}", "roles": ["desk", "head"]} for n in range(50)],
        columns=[f"column{n}" for n in range(50)],
        levels=[{"level": f"level{n}", **titles} for n in range(10)],
        effect_en='"' * 1000,
        effect_zh="效" * 1000,
    )


@pytest.mark.parametrize("party", PARTIES)
def test_longest_charter_is_read_to_its_end_before_its_adoption(party):
    lang = LANGUAGES[party]
    view = every_page(party, lang)["charter"].page.view
    assert isinstance(view, CharterDetail)
    text = canonical.dumps(longest_charter(), max_depth=8)
    changes = comparison(Viewpoint(party, lang, at(3, 9)), hexes(1), None, parse(text))
    to_sign = ToSign(part=text.decode(), body="{}")
    view = view.model_copy(update={"changes": changes, "to_sign": to_sign, "refused": None})
    pages = read_on(partial(charter_page, view), "changes", lang)
    assert len(pages) > 1
    shown = [each.text for page in pages for each in page.marked("scope", "rowgroup")]
    every = [subject for section in changes.sections for subject in section.subjects]
    assert len(shown) == len(every)
    acts = [len(page.marked("data-sign", "charter.adopted")) for page in pages]
    assert acts == [*([0] * (len(pages) - 1)), 1]
    first = {"en": "Read the changes to their end first: page 1 of", "zh-CN": "变更内容阅读至末页"}
    assert first[lang] in pages[0].text


@pytest.mark.parametrize("lang", get_args(Lang))
async def test_longest_proposal_is_read_to_its_end_before_its_act(pages_of, lang):
    """Its page had 480 KB: the changes and what is signed, and a file that is sent once."""
    site = await pages_of(founded(), "eu")
    text = json.dumps(longest_charter() | {"number": 2, "calendars": stated()}).encode()
    shown = await bring(site, "/rules/propose", text, lang=lang)
    first, pages = shown, [shown]
    while links := shown.page.marked("rel", "next"):
        address = urldefrag(links[0].attributes["href"]).url
        shown = await site.get(address, REGISTRAR, lang)
        pages.append(shown)
    assert len(pages) > 1
    assert max(len(each.html.encode()) for each in pages) <= MOST_BYTES
    assert [would_sign(each) for each in pages] == [
        *([None] * (len(pages) - 1)), {"number": 2, "digest": digest_of(text)}
    ]  # fmt: skip
    names = [each.text for page in pages for each in page.page.marked("scope", "rowgroup")]
    assert len([each for each in names if " desk" in each]) == len(longest_charter()["desks"]) - 1
    assert len(names) == len({*names})
    # Another charter in its place: what is shown is never of two charters.
    other = json.dumps(json.loads(text) | {"effect_en": "Another effect."}).encode()
    await bring(site, "/rules/propose", other)
    again = await site.get(first.page.marked("rel", "next")[0].attributes["href"], REGISTRAR, lang)
    assert again.page.marked("rel", "next") == again.page.marked("scope", "rowgroup") == []
    assert would_sign(again) is None
    gone = {"en": "not kept here any more", "zh-CN": "已不再保存于此"}
    assert gone[lang] in again.text


async def test_proposal_that_is_refused_is_not_kept_and_leads_nowhere(pages_of):
    """Its later pages would offer for signature what the first refuses."""
    world = founded()
    site = await pages_of(world, "eu")
    text = json.dumps(longest_charter() | {"number": 2, "calendars": stated()}).encode()
    await bring(site, "/rules/propose", text)
    key = world.eu.keys[REGISTRAR].key
    assert await site.own.desk.drafts.load(key, KEPT) is not None
    shown = await bring(site, "/rules/propose", text, b"no release")
    assert shown.page.marked("rel", "next") == []
    assert would_sign(shown) is None
    assert "once the charter can be proposed" in shown.text
    assert await site.own.desk.drafts.load(key, KEPT) is None


@pytest.mark.parametrize("kept", ["", "[1]", '{"file": "x"}', '{"file": "x", "charter": "no"}'])
async def test_kept_file_that_is_no_charter_is_asked_for_again(pages_of, kept):
    """The reader's own browser may save any draft under its name."""
    world = founded()
    site = await pages_of(world, "eu")
    now = at(3, 9)
    await site.own.desk.drafts.save(world.eu.keys[REGISTRAR].key, KEPT, kept, now)
    shown = await site.get(f"/rules/propose?charter={hexes(1)}&page=2", REGISTRAR, "en")
    assert shown.status == 200
    assert "not kept here any more" in shown.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
async def test_proposal_with_a_mark_of_classification_is_not_kept(pages_of, encoding):
    world = founded()
    site = await pages_of(world, "eu")
    marked = longest_charter() | {"number": 2, "calendars": stated(), "effect_zh": "绝密★启用前"}
    refused = await bring(site, "/rules/propose", json.dumps(marked).encode(encoding))
    assert "text-state-secret" in refused.text
    key = world.eu.keys[REGISTRAR].key
    assert await site.own.desk.drafts.load(key, KEPT) is None


@pytest.mark.parametrize("lang", get_args(Lang))
def test_every_group_of_a_column_with_many_values_is_reachable(lang):
    """A list may state any text as the member state."""
    view = every_page("eu", lang)["fairness"].page.view
    assert isinstance(view, ListedView)
    states, *others = view.groupings
    lines = tuple(states.lines[0].model_copy(update={"value": f"State {n}"}) for n in range(1000))
    view = view.model_copy(
        update={"groupings": (states.model_copy(update={"lines": lines}), *others)}
    )
    _, *pages = read_on(partial(listed_page, view, ListedFilters()), "g-member_state", lang)
    named = [each.name for page in pages for each in page.all("rowheader")]
    assert [each for each in named if each[:6] == "State "] == [each.value for each in lines]


@pytest.mark.parametrize("party", PARTIES)
def test_rules_with_a_charter_of_each_month_of_25_years_have_400_kb(party):
    view = every_page(party, LANGUAGES[party])["rules"].page.view
    assert isinstance(view, RulesView)
    assert size(party, "rules", charters=(view.charters[2],) * 300) <= MOST_BYTES


@pytest.mark.parametrize("party", PARTIES)
def test_key_in_use_for_decades_has_400_kb(party):
    """300 changes of the key, 60 suspensions, and as much opened as the page lists."""
    view = every_page(party, LANGUAGES[party])["key"].page.view
    assert isinstance(view, KeyDetail)
    opened = Opened(what="thread", subject="一" * 64, times=3, first=at(3, 9), last=at(3, 9))
    session = SessionItem(opened=at(3, 9), ended=at(3, 17), address="2001:db8::1234:5678:9abc")
    since = SinceView(
        at=at(3, 9), acts=1, shared=1, private=1, threads=1, files=1, exports=1, subjects=900,
        opened=(opened,) * 500, sessions=(session,) * 300,
    )  # fmt: skip
    long = {"spans": view.spans * 100, "stops": view.stops * 60, "items": view.items * 17}
    assert size(party, "key", since=since, **long) <= MOST_BYTES


@pytest.mark.parametrize("party", PARTIES)
def test_page_of_differences_and_of_preferences_have_400_kb(party):
    view = every_page(party, LANGUAGES[party])["differences"].page.view
    assert isinstance(view, DifferencesFound)
    longest = max(view.items, key=lambda each: len(str(each)))
    assert size(party, "differences", items=(longest,) * 100) <= MOST_BYTES
    assert size(party, "preferences") <= MOST_BYTES
