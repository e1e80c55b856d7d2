"""Templates of pages: no macro hides a name that every page calls, no indentation is sent."""

from __future__ import annotations

import pytest
from jinja2 import nodes

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
