"""A page frees its objects after rendering, and values are escaped as by Jinja."""

from __future__ import annotations

import gc
from datetime import date

import pytest
from markupsafe import Markup, escape

from special_channel.web.shell.markup import escaped
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


def _left() -> list[object]:
    """Return objects freed only by the garbage collector."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
