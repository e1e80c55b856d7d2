"""Templates of pages: no macro hides a name that every page calls, no indentation is sent."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError, nodes, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from special_channel.web.shell.render import environment

ENVIRONMENT = environment("en")


@pytest.mark.parametrize("name", sorted(ENVIRONMENT.list_templates(["html"])))
def test_no_macro_takes_the_name_of_what_every_page_calls(name):
    """The frame of a page would call the macro: a header named a place of a record as its city."""
    assert ENVIRONMENT.loader
    tree = ENVIRONMENT.parse(ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0])
    taken = {each.name for each in tree.find_all(nodes.Macro)}
    for found in tree.find_all(nodes.FromImport):
        taken |= {each if isinstance(each, str) else each[1] for each in found.names}
    assert taken & ENVIRONMENT.globals.keys() == set()


def test_a_templates_indentation_is_not_sent_and_its_words_are() -> None:
    source = "<ul>\n  <li>a  b\n\t  c{% if said %}\n   d{% endif %}</li>\n</ul>\n{{ said }}"
    text = ENVIRONMENT.from_string(source).render(said="e\n  f")
    assert text == "<ul>\n<li>a  b\nc d</li>\n</ul>\ne\n  f"


def test_a_template_escapes_text_and_no_markup() -> None:
    source = "{{ text }} {{ markup }} {{ number }} {{ nothing }} {{ plain.text }}"
    facts = {"text": "<&>", "markup": Markup("<b>"), "number": 1850, "nothing": None}
    text = ENVIRONMENT.from_string(source).render(**facts, plain={"text": '"'})
    assert text == "&lt;&amp;&gt; <b> 1850 None &#34;"


def test_a_function_that_asks_for_the_context_gets_it_and_any_other_what_it_is_given() -> None:
    @pass_context
    def said(context: Context, name: str) -> str:
        return f"{context[name]}{name}"

    source = (
        "{% macro row(x) %}[{{ x }}{{ caller() }}]{% endmacro %}"
        "{% block main %}{% for name in names %}"
        "{% call row(said(name)) %}{{ plain(name, end='!') }}{{ dict(a=name).a }}{% endcall %}"
        "{% endfor %}{% endblock %}"
    )
    facts = {"a": "<", "b": "2", "names": ["a", "b"]}
    text = ENVIRONMENT.from_string(source).render(
        said=said, plain=lambda name, end: name.upper() + end, **facts
    )
    assert text == "[&lt;aA!a][2bB!b]"


def test_a_name_that_nothing_has_is_not_called() -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        ENVIRONMENT.from_string("{{ nobody() }}").render()
