"""HTML of every page, both nodes, both languages, without a browser."""

from __future__ import annotations

import gzip
import re
from html.parser import HTMLParser

import pytest

from special_channel.web.shared.states import bar_of
from special_channel.web.shared.words import Pair
from special_channel.web.shell.markup import visible
from special_channel.web.shell.render import page_response, render
from special_channel.web.thread.views import NoteView
from tests.web.reading import Page
from tests.web.samples import every_page
from tests.web.samples.inbox import inbox_page
from tests.web.samples.people import en, frame, zh
from tests.web.samples.threads import thread_items, thread_page, thread_view

BOTH = [("eu", "en"), ("eu", "zh-CN"), ("cn", "zh-CN"), ("cn", "en")]
NAMES = list(every_page("eu", "en"))
VOID = {"meta", "link", "br", "hr", "img", "input", "rect", "line", "circle", "path"}


class Reading(HTMLParser):
    """Parse a page; collect tags, and the text of each part."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.parts: dict[tuple[str, str], str] = {}
        self._open: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag not in VOID:
            self._open.append((tag, given))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        opened, _ = self._open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"

    def handle_data(self, data):
        for place in range(len(self._open) - 1, -1, -1):
            _, given = self._open[place]
            if "data-part" in given:
                entry = next(
                    a["data-entry-id"]
                    for _, a in reversed(self._open[:place])
                    if "data-entry-id" in a
                )
                key = (entry or "", given["data-part"] or "")
                self.parts[key] = self.parts.get(key, "") + data
                return


def read(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    reading.close()
    assert not reading._open
    return reading


@pytest.fixture(params=BOTH, ids=["eu-en", "eu-zh", "cn-zh", "cn-en"])
def side(request):
    return request.param


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_well_formed_and_asks_nothing_that_the_policy_forbids(side, name):
    shown = every_page(*side)[name]
    reading = read(render(shown.page, shown.frame))
    for tag, given in reading.tags:
        assert "style" not in given, f"<{tag}> has a style of its own"
        assert not [key for key in given if key.startswith("on")], f"<{tag}> has a handler"
        assert tag not in {"style", "iframe", "base", "object", "embed"}
        for key in ("src", "href", "action"):
            assert not (given.get(key) or "").startswith(
                ("http:", "https:", "//", "data:", "javascript:")
            ) or (name == "mailbox")
        if tag == "script":
            assert given["src"]
            assert given["type"] == "module"
    ids = [given["id"] for _, given in reading.tags if given.get("id")]
    assert len(ids) == len(set(ids))
    assert reading.tags[0] == ("html", {"lang": side[1]})


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_is_left_in_the_other_language(side, name):
    shown = every_page(*side)[name]
    html = render(shown.page, shown.frame)
    assert "%(" not in html
    if side[1] == "zh-CN":
        # The glossary marks its English terms as English.
        english = r'<(t[dh])[^>]*\blang="en"[^>]*>.*?</\1>'
        text = Page(re.sub(english, "", html, flags=re.DOTALL)).source
        assert not re.findall(r"\b(Awaiting|working days|Signed data|Not checked|Sign in)\b", text)


def test_every_part_on_the_page_is_exactly_what_was_signed(side):
    reading = read(render(thread_page(side[0]), frame(*side)))
    for entry in (item for item in thread_items(side[0]) if isinstance(item, NoteView)):
        translated = entry.translation.paragraphs if entry.translation else ()
        for words in (*entry.paragraphs, *translated):
            if words.presence == "present":
                assert reading.parts[entry.entry_id, str(words.ordinal)] == words.text


def test_what_an_official_typed_never_becomes_markup():
    hostile = '<img src=x onerror=alert(1)>"&{{7*7}}'
    changed = {"paragraphs": (zh(hostile, 0),)}
    items = tuple(
        item.model_copy(update=changed) if isinstance(item, NoteView) else item
        for item in thread_items("eu")
    )
    html = render(
        thread_page("eu", items=items, title=Pair(en(hostile, 0))),
        frame("eu", "en", here="/?" + hostile),
    )
    assert "<img" not in html
    assert read(html).parts[items[1].entry_id, "0"] == hostile


def test_turning_characters_stay_in_the_text_and_are_fenced_in():
    assert visible("a\u202eb") == 'a<bdi class="ctl">\u202e</bdi>b'


def test_no_name_of_the_other_sides_people_is_on_a_page(side):
    other = ("陈思远", "李文静") if side[0] == "eu" else ("Astrid Lindqvist", "Ilona Kőszegi")
    for name in ("inbox", "thread", "batch"):
        shown = every_page(*side)[name]
        html = render(shown.page, shown.frame)
        assert not [person for person in other if person in html]


def test_the_own_side_comes_first(side):
    html = render(inbox_page(side[0]), frame(*side))
    first, second = ("Brussels", "Beijing") if side[1] == "en" else ("布鲁塞尔", "北京")
    if side[0] == "cn":
        first, second = second, first
    assert html.index(first) < html.index(second)
    page = Page(html)
    lanes = [each.attributes["class"] for each in page.marked("class")]
    assert [each for each in lanes if each.startswith("lane ")] == [
        f"lane f-{side[0]}", "lane f-cn" if side[0] == "eu" else "lane f-eu",
    ]  # fmt: skip
    language = page.marked("name", "to")[0].attributes["value"]
    assert language == ("en" if side[0] == "eu" else "zh-CN")


def test_words_accuse_nobody(side):
    for shown in every_page(*side).values():
        page = Page(render(shown.page, shown.frame))
        labels = (each.attributes.get("aria-label", "") for each in page.within())
        words = " ".join([page.source, *labels]).lower()
        assert not re.findall(r"\b(missed|overdue|owes?|failed to)\b|案件|检查点|预警|线程", words)


def test_a_reader_without_a_key_gets_no_live_stream_and_no_navigation():
    html = render(every_page("eu", "en")["signin"].page, frame("eu", "en", signed_in=False))
    assert "data-after" not in html
    assert "data-key=" not in html
    assert 'class="side"' not in html


def test_a_view_hides_words_and_never_leaves_them_out():
    note = thread_view("eu").items[1]
    for view in ("original", "pair", "en", "zh"):
        reading = read(render(thread_page("eu", shown=view), frame("eu", "en")))
        assert {"0", "1", "2", "3"} <= {
            part for entry, part in reading.parts if entry == note.entry_id
        }


def test_a_name_in_the_readers_language_stands_first():
    pair = Pair(zh("标题"), en("Title"))
    assert (pair.first("en").text, pair.first("zh-CN").text) == ("Title", "标题")
    assert Pair(en("Only")).first("zh-CN").text == "Only"
    assert Pair(en("Only")).second("zh-CN") is None


def test_a_bar_fills_its_scale_whatever_the_counts():
    bar = bar_of({"review": 2, "approved": 7, "a-new-state": 3})
    slices = bar.slices()
    assert [s.bucket for s in slices] == ["done", "running", "unknown"]
    assert slices[-1].start + slices[-1].width == 1000
    assert (bar.total, bar.done) == (12, 7)
    assert bar_of({}).slices() == ()


def test_first_load_stays_small():
    page = render(inbox_page("eu"), frame("eu", "en")).encode()
    assert len(gzip.compress(page, 6)) < 10_000


def test_a_seal_shows_the_registration_number(side):
    items = [item for item in thread_items(side[0]) if isinstance(item, NoteView)]
    html = render(thread_page(side[0]), frame(*side))
    for item in items:
        assert f"<small>{item.position[:2]}</small>{item.position[3:]}" in html


def test_a_page_may_be_compressed():
    shown = every_page("eu", "en")["terms"]
    response = page_response(shown.page, shown.frame, 200)
    assert (response.status, response.compression) == (200, True)


CRUMBS = {
    "thread": "Threads List L2026-41 Thread EU-142",
    "new-thread": "Threads List L2026-41 New thread",
    "note-correct": "Threads Thread EU-142 Correct EU-340",
    "suspend": "Threads Thread EU-142 Propose to suspend the clock",
    "assign": "Threads Assign 2 threads",
    "thread-alerts": "Threads Thread EU-142 Alert history",
    "batch": "Lists List L2026-41",
    "answer": "Lists List L2026-41 Answer",
    "amendment": "Lists List L2026-41 Amend EU-120",
    "priority": "Priority Request for priority EU-870",
    "charter": "Charter and calendars Charter 4",
    "signoff-sheet": "To release Note: L2026-43 Sign-off sheet",
    "acts": "People and keys Second signatures",
    "act": "People and keys Second signatures Revoke a key of Łukasz Żelazny for good",
    "act-new": "People and keys Stop a key",
    "new-code": "People and keys New code for Ilona Kőszegi",
    "access-new": "Access Grant access",
    "access-grant": "Access Grant Nadia Benali access",
}
"""What stands above a page and its own name: pages of one kind begin alike."""


@pytest.mark.parametrize("name", CRUMBS)
def test_crumbs_of_pages_of_one_kind_begin_alike(name):
    shown = every_page("eu", "en")[name]
    page = Page(render(shown.page, shown.frame))
    crumb = page.one("navigation", "You are here")
    assert " ".join(" ".join(crumb.pieces()).split()) == CRUMBS[name]


@pytest.mark.parametrize("name", ["thread", "new-thread", "batch", "charter"])
def test_menu_marks_the_page_at_which_the_crumbs_begin(name):
    shown = every_page("eu", "en")[name]
    page = Page(render(shown.page, shown.frame))
    first = next(iter(page.one("navigation", "You are here").links().values()))
    current = [
        link.attributes["href"]
        for link in page.all("link")
        if link.attributes.get("aria-current") == "page"
    ]
    assert current == [first]
