"""Long lists of the office, templates and keys: pages of at most 400 KB, with links to all."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import get_args

import pytest

from special_channel.desk.text_templates import MAX_TEXT, MAX_TITLE
from special_channel.messages.catalogue import Lang
from special_channel.web.people.pages import registrar_page
from special_channel.web.people.views import PendingKeys
from special_channel.web.shell.templates import TemplateItem
from special_channel.web.usual.pages import templates_page
from special_channel.web.usual.queries import MOST_KEPT
from special_channel.web.usual.views import TemplateFilters, TemplatesView
from tests.web.samples.access import key_items, registrar
from tests.web.test_long_private_lists import read_on


@pytest.mark.parametrize("lang", get_args(Lang))
def test_every_template_of_a_full_shelf_is_reachable(lang):
    """As many and as long as a desk may keep; a quotation mark has five bytes in HTML."""
    items = tuple(
        TemplateItem(
            id=f"kept:{number}", kind="answer", title=f"No. {number} ".ljust(MAX_TITLE, "&"),
            en='"Sent" & kept. '.ljust(MAX_TEXT, '"'), zh="译文后补。".ljust(MAX_TEXT, "补"),
            kept=True,
        )
        for number in range(MOST_KEPT)
    )  # fmt: skip
    view = TemplatesView(items=items, total=len(items))
    query = TemplateFilters(kind="answer")
    pages = read_on(lambda asked: templates_page(view, query, asked), "kept", lang)
    names = [each.name for page in pages for each in page.all("heading") if each.name[:4] == "No. "]
    assert names == [each.title.strip() for each in items]
    links = [each.attributes["href"] for page in pages for each in page.marked("rel", "next")]
    assert links
    assert all("kind=answer" in each for each in links), "the filter stays"


def test_every_key_of_500_persons_is_reachable_by_the_registrar():
    """Two keys each, and an enrolment of each that waits."""
    view = registrar("eu").view
    assert isinstance(view, PendingKeys)
    key, pending = key_items("eu")[0], view.enrolments[0]
    keys = [
        key.model_copy(update={"author": replace(key.author, number=f"EU-{n}")})
        for n in range(1000)
    ]
    waits = PendingKeys(
        enrolments=tuple(pending.model_copy(update={"name": f"Official {n}"}) for n in range(500))
    )
    desks = {pending.desk: key.author.desk}
    made = partial(registrar_page, waits, keys, desks)
    shown = " ".join(page.text for page in read_on(made, "keys"))
    assert all(f"EU-{n} ·" in shown for n in range(1000))
    _, *pages = read_on(made, "pend")
    names = [
        each.name for page in pages for each in page.all("heading") if "Official " in each.name
    ]
    assert names == [each.name for each in waits.enrolments]
