"""Macros of the pages' templates: no name of theirs hides one that every page calls."""

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
