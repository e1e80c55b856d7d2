"""Pages of help: every task of a side, whom to ask, and what the statement names."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from scripts.make_help_pictures import FOLDER, TABLE, Picture, pictures
from special_channel.core.bytes.ids import PARTIES
from special_channel.messages.catalogue import catalogue
from special_channel.stores.people import Official
from special_channel.web.help.pages import GAPS, TASKS, tasks_of
from special_channel.web.shell.problem_page import ASKS_REGISTRAR
from tests.world import World

LANGUAGES = ("en", "zh-CN")
MAIL = "m.wisniewska@eu-desk.example"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("party", PARTIES)
async def test_help_has_a_page_for_each_task_of_the_side(pages_of, party, lang):
    site = await pages_of(World.founded(), party)
    listed = (await site.get("/help", lang=lang)).page.one("main").links()
    told = catalogue(lang)
    for code, task in TASKS.items():
        address, title = f"/help/{code}", told.gettext(f"help.{code}.title")
        shown = await site.get(address, lang=lang)
        if code not in tasks_of(party):
            assert (shown.status, address in listed.values()) == (404, False)
            assert "help-unknown" in shown.html
            continue
        assert listed[title] == address
        main = shown.page.one("main")
        assert next(each.text for each in main.all("heading")) == title
        assert len(main.all("listitem")) == task.steps + task.wrong
        assert "help." not in shown.text
        reader = task.role or "desk"
        assert (await site.get(task.url, reader, lang)).status in {200, 303}
        begin = told.gettext("help.begin")
        own = (await site.get(address, reader, lang)).page.one("main").links()
        assert own[begin] == task.url
        assert (begin in main.links()) is (task.role is None), "a link that is refused"


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_help_names_a_registrars_mail_and_the_desks(pages_of, lang):
    world = World.founded()
    site = await pages_of(world, "eu", duty_telephone="+32 2 555 01 10")
    person = Official(0, "Marta Wiśniewska", "registrar", "Unit", "registry", MAIL, "en")
    await site.own.desk.officials.add(person, world.eu.person("registrar"))
    main = (await site.get("/help", lang=lang)).page.one("main")
    assert main.links()[MAIL] == f"mailto:{MAIL}"
    shown = f"Marta Wiśniewska ({MAIL})" if lang == "en" else f"Marta Wiśniewska（{MAIL}）"
    assert shown in main.text
    assert "+32 2 555 01 10" in main.text
    desks: Any = world.charter()["desks"]
    peers = [desk for desk in desks if desk["party"] == "cn"]
    assert peers
    for desk in peers:
        assert desk["title_en" if lang == "en" else "title_zh"] in main.text
    assert "/people/cn" in main.links().values()
    other = await pages_of(world, "cn")
    assert MAIL not in (await other.get("/help", lang=lang)).html


@pytest.mark.parametrize("party", PARTIES)
async def test_help_says_whom_to_ask_and_when_the_other_desk_is_open(pages_of, party):
    site = await pages_of(World.founded(), party)
    for path in ("/help", "/help/answer", "/help/accessibility"):
        text = (await site.get(path)).text
        assert "No registrar is named in our directory." in text
        assert "open today" in text


@pytest.mark.parametrize(
    ("party", "lang", "standard", "law", "dates"),
    [
        ("eu", "en", "EN 301 549", "European Ombudsman", "30 Nov 2026 / 1 Dec 2026"),
        ("eu", "zh-CN", "EN 301 549", "欧洲监察专员", "2026年11月30日 / 2026年12月1日"),
        ("cn", "en", "GB/T 37668", "Barrier-Free Environment", "30 Nov 2026 / 1 Dec 2026"),
        ("cn", "zh-CN", "GB/T 37668", "无障碍环境建设法", "2026年11月30日 / 2026年12月1日"),
    ],
)
async def test_statement_names_gaps_and_law_of_the_node(
    pages_of, party, lang, standard, law, dates
):
    """The node's side decides which procedure there is, not the language that is read."""
    site = await pages_of(World.founded(), party)
    shown = await site.get("/help/accessibility", lang=lang)
    assert [date for date in dates.split(" / ") if date not in shown.text] == []
    assert standard in shown.text
    assert law in shown.text
    for gap in GAPS:
        assert catalogue(lang).gettext(f"help.gap.{gap}") in shown.text


async def test_menu_of_the_reader_leads_to_help(pages_of):
    site = await pages_of(World.founded(), "eu")
    assert (await site.get("/inbox")).page.marked("href", "/help")
    assert (await site.get("/help", who="")).status == 303


def size_of(webp: bytes) -> tuple[int, int]:
    """Read width and height of the canvas of a WebP with an extended header."""
    assert (webp[:4], webp[8:16]) == (b"RIFF", b"WEBPVP8X")
    width, height = (int.from_bytes(webp[at : at + 3], "little") + 1 for at in (24, 27))
    return width, height


@pytest.mark.parametrize("picture", [*pictures()], ids=lambda each: each.file)
def test_picture_shows_the_controls_of_the_page_of_today(picture: Picture):
    """A control with another name: run scripts/make_help_pictures.py. A comma changes nothing."""
    row = tomllib.loads(TABLE.read_text("utf-8"))[picture.file]
    assert row["outline"] == picture.outline
    data = (FOLDER / picture.file).read_bytes()
    assert size_of(data) == (row["width"], row["height"])
    assert len(data) <= 32 * 1024


def test_pictures_of_help_stay_small_and_are_all_shown():
    files = {each.name: each.stat().st_size for each in FOLDER.iterdir()}
    assert files.keys() == {each.file for each in pictures()}
    # The wheel carries them all, a page loads one: what is bounded is their average, so that a new
    # task may bring its two pictures, and none may make up for its size by the others' number.
    assert sum(files.values()) <= 17 * 1024 * len(files)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_task_shows_its_picture_with_words_for_it(pages_of, lang):
    site = await pages_of(World.founded(), "eu")
    for code in tasks_of("eu"):
        shown = await site.get(f"/help/{code}", lang=lang)
        [image] = shown.page.one("main").all("img")
        assert image.name == catalogue(lang).gettext(f"help.{code}.picture")
        async with site.client.get(site.base + image.attributes["src"]) as answer:
            taken = await answer.read()
        assert answer.headers["Content-Type"] == "image/webp"
        assert taken == (FOLDER / f"{code}-{lang}.webp").read_bytes()
        assert {"width", "height"} <= image.attributes.keys()
        # On a narrow screen it is read in its own size.
        words = catalogue(lang).gettext("help.enlarge")
        assert shown.page.one("main").links()[words] == image.attributes["src"]


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_refusal_names_the_registrar_to_ask(pages_of, lang):
    world = World.founded()
    site = await pages_of(world, "eu")
    person = Official(0, "Marta Wiśniewska", "registrar", "Unit", "registry", MAIL, "en")
    await site.own.desk.officials.add(person, world.eu.person("registrar"))
    refused = await site.get("/unit", "desk", lang)
    assert refused.status == 403
    assert "Marta Wiśniewska" in refused.page.one("main").text
    assert refused.page.one("main").links()[MAIL] == f"mailto:{MAIL}"
    # Nobody is named where there is nobody to ask, and to nobody who is signed out.
    for path, who in (("/threads/EU-9999", "desk"), ("/unit", "")):
        assert MAIL not in (await site.get(path, who, lang)).text


def test_errors_that_name_your_registrar_name_a_person():
    """The names are shown for these codes, and for no others."""
    steps = {
        key.removeprefix("error.").removesuffix(".next")
        for key, words in catalogue("en").singular.items()
        if key.startswith("error.") and key.endswith(".next") and "your registrar" in words
    }
    assert steps == ASKS_REGISTRAR
