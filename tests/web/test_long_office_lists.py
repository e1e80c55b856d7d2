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
from special_channel.web.shared.portions import PortionQuery
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.templates import TemplateItem
from special_channel.web.usual.pages import templates_page
from special_channel.web.usual.queries import MOST_KEPT
from special_channel.web.usual.views import TemplateFilters, TemplatesView
from tests.web.samples.access import key_items, registrar
from tests.web.test_long_private_lists import read_on
from tests.web.test_long_threads import MOST_BYTES
from tests.world import World


def long_templates() -> tuple[TemplateItem, ...]:
    """As many and as long as a desk may keep; a quotation mark has five bytes in HTML."""
    return tuple(
        TemplateItem(
            id=f"kept:{number}", kind="answer", title=f"No. {number} ".ljust(MAX_TITLE, "&"),
            en='"Sent" & kept. '.ljust(MAX_TEXT, '"'), zh="译文后补。".ljust(MAX_TEXT, "补"),
            kept=True,
        )
        for number in range(MOST_KEPT)
    )  # fmt: skip


@pytest.mark.parametrize("lang", get_args(Lang))
def test_every_template_of_a_full_shelf_is_reachable(lang):
    items = long_templates()
    view = TemplatesView(items=items, total=len(items))
    query = TemplateFilters(kind="answer")
    pages = read_on(lambda asked: templates_page(view, query, asked), "kept", lang)
    names = [each.name for page in pages for each in page.all("heading") if each.name[:4] == "No. "]
    assert names == [each.title.strip() for each in items]
    links = [each.attributes["href"] for page in pages for each in page.marked("rel", "next")]
    assert links
    assert all("kind=answer" in each for each in links), "the filter stays"


@pytest.mark.parametrize("lang", get_args(Lang))
def test_full_shelf_beside_a_long_draft_is_on_pages_of_400_kb(lang):
    """The fields of the new template have what a template may have of the draft."""
    view = TemplatesView(items=long_templates(), text='"' * 60_000, translation="补" * 60_000)
    draft = "a" * 32

    def made(asked: PortionQuery) -> ViewPage:
        return templates_page(view, TemplateFilters(), asked, draft)

    pages = read_on(made, "kept", lang)
    for page in pages:
        [own, other] = [page.marked("name", name)[0] for name in ("text", "translation")]
        assert {own.text, other.text} == {'"' * MAX_TEXT, "补" * MAX_TEXT}
        backs = [each.attributes["value"] for each in page.marked("name", "back")]
        assert any(each.startswith(f"/templates?draft={draft}") for each in backs)
    said = {"en": "at most 4000 characters.", "zh-CN": "以4000字为限"}[lang]
    assert said in pages[0].text


async def test_removed_template_and_discarded_draft_lead_back_to_their_portion(pages_of):
    """They led to the first portion, without the filter."""
    site = await pages_of(World.founded(), "eu")
    author, at = site.node.world.eu.keys["desk"].key, site.own.node.clock.now()
    text, own = "A text of usual length. " * 160, site.own.desk
    for n in range(MOST_KEPT):
        form = {"title": f"No. {n}", "kind": "answer", "text": text, "translation": text}
        assert (await site.post("/templates", form)).status == 303
    for n in range(150):
        await own.drafts.save(author, f"promise-{n:032x}", '{"text":"Words"}', at)
    lists = {
        "/templates?kind=answer": "/templates/remove",
        "/drafts?form=promise": "/drafts/discard",
    }
    for path, act in lists.items():
        here = f"{path}&part=kept&page=2"
        shown = await site.get(here)
        assert (shown.status, len(shown.html.encode()) <= MOST_BYTES) == (200, True)
        form, *_ = [
            each for each in shown.page.marked("action") if each.attributes["action"] == act
        ]
        fields = {each.attributes["name"]: each.attributes["value"] for each in form.marked("name")}
        gone = await site.post(act, fields)
        assert (gone.status, gone.headers["Location"]) == (303, f"{here}#kept")


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
