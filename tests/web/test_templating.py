"""A page frees its objects after rendering, and values are escaped as by Jinja."""

from __future__ import annotations

import gc
from datetime import date

import pytest
from jinja2 import DictLoader, StrictUndefined
from markupsafe import Markup, escape

from special_channel.messages.dates import month_of_year
from special_channel.web.shell.markup import escaped, unbroken
from special_channel.web.shell.render import FreeingEnvironment
from tests.world import World


class Named(str):
    """Text of a subclass, such as a code."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        "plain 许可证", "", "<", ">", "a & b", '"', "'", Named("<b>"), Markup("<b>"), 7, 0, True,
        None, 1.5, date(2026, 11, 26), ("<", 1), Markup("<i>{}</i>").format("<"),
    ],
    ids=lambda value: f"{type(value).__name__} {value!r}",
)  # fmt: skip
def test_value_is_escaped_as_by_jinja(value):
    assert escaped(value) == escape(value)


async def test_page_is_freed_without_the_collector(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    addresses = ("/inbox", "/threads", "/batches", "/deadlines", "/rules", "/meetings")
    for address in addresses:
        assert (await site.get(address)).status == 200, "templates are compiled, modules kept"
    gc.collect()
    gc.disable()
    try:
        for address in addresses:
            await site.get(address)
        left = [each for each in _left() if type(each).__module__.startswith("special_channel")]
    finally:
        gc.enable()
    assert not left


def test_page_fact_named_like_a_global_leaves_other_pages_whole():
    """A module of macros, imported first by such a page, still has its globals for the next."""
    texts = {
        "macros": "{% macro mark() %}{{ shared }}{% endmacro %}",
        "page": "{% from 'macros' import mark %}{{ mark() }}",
    }
    env = FreeingEnvironment(loader=DictLoader(texts), undefined=StrictUndefined, autoescape=True)
    env.globals["shared"] = "kept"
    page = env.get_template("page")
    assert page.render(shared="of the page") == "kept"
    assert page.render(other=1) == "kept"


def _left() -> list[object]:
    """Return objects freed only by the garbage collector."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("Thu 26 Nov 17:30 Brussels, Fri 27 Nov 00:30 Beijing", ["Thu 26 Nov", "Fri 27 Nov"]),
        ("3 Dec 2026 – 30 Nov 2027", ["3 Dec 2026", "30 Nov 2027"]),
        ("北京时间11月27日（周五）10:12，布鲁塞尔时间03:12", ["11月27日（周五）"]),
        ("2026年11月27日至12月3日（周四）", ["2026年11月27日", "12月3日（周四）"]),
        ("45 Novels & 7月", []),
    ],
)
def test_no_line_ends_inside_a_date(text, dates):
    marked = unbroken(text)
    _, *kept = marked.split('<span class="nw">')
    assert [each.partition("</span>")[0] for each in kept] == dates
    assert marked.striptags() == text


@pytest.mark.parametrize(("lang", "words"), [("en", "Jul 2025"), ("zh-CN", "2025年7月")])
def test_month_is_written_with_its_year(lang, words):
    assert month_of_year(2025, 7, lang) == words
