"""Features of Jinja removed from templates: none that escapes, and none in use."""

from __future__ import annotations

import gc
from datetime import date

import pytest
from jinja2 import DictLoader, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from special_channel.messages.catalogue import LANGS
from special_channel.web.shell.render import environment
from special_channel.web.shell.templating import PlainEnvironment
from tests.world import World


class Named(str):
    """Text of a subclass, such as a code."""

    __slots__ = ()


def rendered(source, **facts):
    environment = PlainEnvironment(
        loader=DictLoader({"page": source}), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page").render(**facts)


@pytest.mark.parametrize(
    "value",
    [
        "plain 许可证", "", "<", ">", "a & b", '"', "'", Named("<b>"), Markup("<b>"), 7, 0, True,
        None, 1.5, date(2026, 11, 26), ("<", 1), Markup("<i>{}</i>").format("<"),
    ],
    ids=lambda value: f"{type(value).__name__} {value!r}",
)  # fmt: skip
def test_a_value_is_written_as_jinja_writes_it(value):
    assert rendered("{{ value }}", value=value) == escape(value)


def test_what_is_not_there_is_an_error():
    with pytest.raises(UndefinedError):
        rendered("{{ value }}")


def test_what_a_macro_or_a_call_made_is_not_escaped_again():
    source = (
        "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}"
        "{% macro around(text) %}<p>{{ text }}{{ caller() }}</p>{% endmacro %}"
        "{% for one in ('<', 'x') %}{% call around(text=one) %}{{ bold(one) }}{{ loop.index }}"
        "{% endcall %}{% endfor %}"
    )
    assert rendered(source) == "<p>&lt;<b>&lt;</b>1</p><p>x<b>x</b>2</p>"


async def test_what_a_page_was_made_of_goes_with_it_and_waits_for_no_collector(pages_of):
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


@pytest.mark.parametrize("lang", LANGS)
def test_no_function_of_the_templates_asks_for_jinjas_context(lang):
    held = environment(lang)
    asking = [name for name, each in held.globals.items() if hasattr(each, "jinja_pass_arg")]
    assert not asking
    assert held.finalize is None
