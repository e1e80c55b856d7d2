"""Pages offer acts, links and who does what: no command lines, but to who runs the node."""

from __future__ import annotations

import re
from typing import Final

import pytest

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.messages.catalogue import LANGS, Lang
from special_channel.web.shell.render import render
from tests.web.reading import Page
from tests.web.samples import Shown, every_page
from tests.world import World

COMMAND: Final = re.compile(r"special-channel [a-z]")

ADMINISTRATORS: Final = {
    *("rules", "propose", "propose-refused", "act-new-machine"),
    *("recovery-healing", "recovery-tail-lost", "recovery-waits"),
}
"""Pages of registrars and of who runs the node: charters from files, machines' keys, a restore."""

SIGNING: Final = (
    *("acknowledge", "suspend", "listed-reference", "application-correct", "application-revoke"),
    *("licence-record", "priority-ask", "charter", "propose", "review-chosen"),
)

READERS: Final[tuple[tuple[Party, str], ...]] = (
    *(("eu", who) for who in ("desk", "head", "oversight", "registrar")),
    ("cn", "desk"),
)

SIGNERS: Final[dict[Lang, str]] = {
    "en": "Desk officials, heads of unit and directors of the EU check and sign weekly lists.",
    "zh-CN": "周清单由欧方经办人、处长、司局负责人核对并签名。",
}

KEYS: Final[dict[Lang, tuple[str, str]]] = {
    "en": ("Signing needs your key in this browser; without it, see My keys.", "My keys"),
    "zh-CN": ("签名须使用本浏览器中的密钥；本浏览器中没有密钥的，请见我的密钥。", "我的密钥"),
}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("party", PARTIES)
def test_officials_pages_name_no_command(party: Party, lang: Lang):
    pages = every_page(party, lang)
    told = {name for name, shown in pages.items() if COMMAND.search(page_of(shown).text)}
    assert told == ADMINISTRATORS


def page_of(shown: Shown) -> Page:
    return Page(render(shown.page, shown.frame))


@pytest.mark.parametrize("lang", LANGS)
def test_page_that_signs_says_where_a_key_is_enrolled(lang: Lang):
    pages = every_page("eu", lang)
    words, name = KEYS[lang]
    for each in SIGNING:
        page = page_of(pages[each])
        assert words in page.text, each
        assert page.links()[name] == "/keys", each


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("listed", [False, True], ids=["no list", "a list"])
async def test_lists_have_the_form_or_say_who_signs_them(pages_of, lang, listed):
    world = World.founded()
    if listed:
        world.list_batch(["FIKTIV-26-1"])
    world.exchange()
    nodes = {party: await pages_of(world, party) for party in PARTIES}
    for party, who in READERS:
        shown = await nodes[party].get("/batches", who, lang)
        signs = party == "eu" and who in {"desk", "head"}
        forms = [each.attributes.get("action") for each in shown.page.all("form")]
        assert ("/batches/check" in forms) == signs, who
        assert (SIGNERS[lang] in shown.text) != signs, who
        assert not COMMAND.search(shown.text)


async def test_check_and_amendment_of_a_list_name_no_command(pages_of):
    world = World.founded()
    entry = world.list_batch(["FIKTIV-26-1"])
    world.exchange()
    site = await pages_of(world, "eu")
    for path in ("/batches/check", f"/batches/{entry.position}/amend"):
        shown = await site.get(path)
        assert shown.status == 200
        assert not COMMAND.search(shown.text), path
