"""A long inbox: pages of at most 400 KB, which lead on to each thread."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.parts import MAX_SUBJECT
from tests.web.pages_node import PagesNode
from tests.web.reading import Page, group_of, numbers
from tests.world import Entry, World

MOST_BYTES = 400_000
"""Of the HTML of any page."""

SUBJECTS = {
    "en": "Supplement to the applications for permanent magnets in the list of week 47, " * 9,
    "zh-CN": "关于第四十七周清单中稀土永磁材料出口许可申请的补充说明，" * 20,
    # Each takes five bytes of HTML.
    "signs": "&" * MAX_SUBJECT,
}
DAYS = ("11-25", "11-26", "11-27", "11-30", "12-01", "12-02", "12-03", "12-04", "12-07")


def opened(world: World, party: Party, first: str, second: str) -> Entry:
    """Open a thread with the longest subject, and with its translation."""
    lang, other = ("zh-CN", "en") if first == "zh-CN" else ("en", "zh-CN")
    body = {"batch": "standing", "translation": {"lang": other, "parts": [1]}}
    stated = {"thread": world.thread_id(), "lang": lang, "body": body}
    parts = [
        world.text(SUBJECTS[each][:MAX_SUBJECT].strip(), "subject") for each in (first, second)
    ]
    return world.append(party, world.payload(party, "thread.opened", **stated), parts)


async def scene(
    pages_of, first: str, second: str, questions: int = 160
) -> tuple[PagesNode, dict[str, set[str]]]:
    """Labelled threads: half of them to answer, half awaited, 60 to read; numbers by group."""
    world = World.founded()
    found: dict[str, set[str]] = {"ours": set(), "theirs": set(), "read": set()}
    threads = []
    for number in range(questions):
        party: Party = "cn" if number % 2 else "eu"
        thread = opened(world, party, first, second)
        due = f"2026-{DAYS[number % len(DAYS)]}T{9 + number % 14:02d}:30:00Z"
        said = (SUBJECTS[first],)
        world.note(party, thread.leaf.thread, said, asks=[world.ask(party, due)])
        found["ours" if peer_of(party) == "eu" else "theirs"].add(str(thread.position))
        threads.append(thread)
    for _ in range(60):
        threads.append(opened(world, "cn", first, second))
        found["read"].add(str(threads[-1].position))
    world.exchange()
    site = await pages_of(world, "eu")
    me = world.eu.person("desk")
    ids = [each.leaf.thread for each in threads if each.leaf.thread]
    for label in ("Magnets & 磁材", "Ask Legal first", "W47"):
        await site.own.desk.marks.add_label(me, ids, label)
    return site, found


def next_of(page: Page, group: str) -> str:
    """The link from a portion of a group to the next; empty at the end."""
    links = [
        each.attributes["href"] for each in page.marked("rel") if each.attributes["rel"] == "next"
    ]
    return next((each for each in links if each.endswith(f"#g-{group}")), "")


@pytest.mark.parametrize(
    ("first", "second", "lang"),
    [("zh-CN", "en", "zh-CN"), ("signs", "signs", "en")],
)
async def test_filtered_inbox_leads_on_to_each_thread_on_pages_of_400_kb(
    pages_of, first, second, lang
):
    site, found = await scene(pages_of, first, second)
    me = "scope=all&label=Magnets+%26+%E7%A3%81%E6%9D%90"
    for query, group in ((me, "theirs"), (me, "read"), (f"{me}&group=ours", "ours")):
        at, seen = f"/inbox?{query}", list[str]()
        while at:
            shown = await site.get(at, lang=lang)
            assert len(shown.html.encode()) <= MOST_BYTES, at
            places = shown.page.names("navigation")
            assert len(places) == len({*places})
            seen += numbers(group_of(shown.page, group))
            [heading] = shown.page.marked("id", f"g-{group}")
            assert str(len(found[group])) in heading.text
            at = next_of(shown.page, group)
            assert not at or {*parse_qsl(query)} < {*parse_qsl(urlsplit(at).query)}
        assert len(seen) == len({*seen})
        assert {*seen} == found[group]


async def test_inbox_without_a_filter_has_at_most_400_kb(pages_of):
    site, _ = await scene(pages_of, "signs", "signs")
    at, seen = "/inbox?scope=all", list[str]()
    while at:
        shown = await site.get(at)
        assert len(shown.html.encode()) <= MOST_BYTES, at
        seen += numbers(group_of(shown.page, "ours"))
        # The rest of the group is on the page of deadlines.
        assert "All 80 by date" in shown.page.links()
        at = next_of(shown.page, "ours")
    assert len(seen) == len({*seen}) == 30


async def test_acts_lead_back_to_the_portion(pages_of):
    site, _ = await scene(pages_of, "en", "en", 120)
    query = "scope=all&label=W47&part=g-theirs&page=2"
    page = (await site.get(f"/inbox?{query}")).page
    [form] = [
        each for each in page.all("form") if "Assign the chosen threads" in each.names("button")
    ]
    [back] = [e.attributes["value"] for e in form.within() if e.attributes.get("name") == "next"]
    assert sorted(parse_qsl(urlsplit(back).query)) == sorted(parse_qsl(query))
    assert "Page 2 of" in page.text
