"""A file that tells no encoding: page, amendment, answer and API ask, and read it as chosen."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.desk.test_lists import HEADER, csv, line
from tests.web.pages_node import Shown
from tests.world import World

POLISH = "Fikcyjne Łożyska Śląsk"
CHECK = "/batches/check"


def polish(*rows: int) -> bytes:
    lines = (line(row).replace("Fictional AG", POLISH).replace("t,1,", f"t,{row},") for row in rows)
    return csv(*lines, bom=False).decode().encode("windows-1250")


def sent(data: bytes) -> dict[str, io.BytesIO]:
    file = io.BytesIO(data)
    file.name = "lista.csv"
    return {"file": file}


def offered(shown: Shown) -> list[str]:
    """Return the encodings that a page offers; nothing is chosen beforehand."""
    found = shown.page.marked("name", "encoding")
    if len(found) > 1:
        assert not [each for each in found if "checked" in each.attributes]
    return [each.attributes["value"] for each in found]


async def crossing(site: Any, path: str) -> list[str]:
    [part] = (await site.get(path)).page.marked("data-bytes")[:1]
    data = json.loads(part.source)["data"]
    return [row["number"] for row in data.get("rows") or data["added"]]


@pytest.mark.parametrize(
    ("lang", "question", "name", "button"),
    [
        (
            "en",
            "In which encoding was this file saved?",
            "Central European (Windows-1250)",
            "Read the file so",
        ),
        ("zh-CN", "该文件以何种字符编码保存？", "中欧（Windows-1250）", "按此读取文件"),
    ],
)
async def test_list_is_read_in_the_encoding_that_is_chosen(pages_of, lang, question, name, button):
    site = await pages_of(World.founded(), "eu")
    shown = await site.post(CHECK, sent(polish(1, 2)), lang=lang)
    assert offered(shown) == ["windows-1250", "windows-1252", "windows-1251"]
    assert question in shown.text
    assert button in shown.text
    assert POLISH in shown.text, "a line as it would be read"
    assert "Fikcyjne £o¿yska Œl¹sk" in shown.text, "and as a wrong choice would read it"
    assert "list-encoding" in shown.page.codes()
    assert offered(await site.get(CHECK, lang=lang)) == offered(shown), "it waits for the choice"
    done = await site.post(CHECK, {"encoding": "windows-1250"}, lang=lang)
    assert (done.status, done.headers["Location"]) == (303, CHECK)
    read = await site.get(CHECK, lang=lang)
    [chosen] = read.page.marked("data-chosen", "encoding")
    assert name in chosen.text
    assert await crossing(site, CHECK) == ["FIKTIV-1", "FIKTIV-2"]
    await site.post(CHECK, {"drop:encoding": "1"}, lang=lang)
    assert len(offered(await site.get(CHECK, lang=lang))) == 3


async def test_encoding_that_is_not_offered_is_no_choice(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.post(CHECK, sent(polish(1)))
    for chosen in ("utf-7", "iso-8859-2", ""):
        await site.post(CHECK, {"encoding": chosen})
        assert len(offered(await site.get(CHECK))) == 3


async def test_columns_of_the_desk_are_known_once_the_encoding_is_chosen(pages_of):
    """Heads beyond ASCII are read before they are looked up."""
    site = await pages_of(World.founded(), "eu")
    header = HEADER.replace("application_no", "Číslo žádosti")
    data = csv(line(1), header=header, bom=False).decode().encode("windows-1250")
    for again in (False, True):
        await site.post(CHECK, sent(data))
        await site.post(CHECK, {"encoding": "windows-1250"})
        shown = await site.get(CHECK)
        if not again:
            assert "list-columns" in shown.page.codes()
            [choice] = [
                each.attributes["name"]
                for each in shown.page.marked("name")
                if each.attributes["name"].startswith("head:")
                and "zadosti" in each.attributes["name"]
            ]
            await site.post(CHECK, {choice: "application_no"})
        assert await crossing(site, CHECK) == ["FIKTIV-1"]


async def test_amendment_is_read_in_the_encoding_that_is_chosen(pages_of):
    world = World.founded()
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent")
    world.exchange()
    site = await pages_of(world, "eu")
    url = f"/batches/{batch.position}/amend"
    shown = await site.post(url, sent(polish(1, 2)))
    assert offered(shown) == ["windows-1250", "windows-1252", "windows-1251"]
    await site.post(url, {"encoding": "windows-1250"})
    assert await crossing(site, url) == ["FIKTIV-2"]


async def test_answer_is_read_in_the_encoding_that_is_chosen(pages_of):
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"], list_="L2026-47")
    world.exchange()
    site = await pages_of(world, "cn")
    url = f"/batches/{batch.position}/answer"
    text = f"Application number,State,As of,Company\r\nA-1,under review,2026-11-20,{POLISH}\r\n"
    shown = await site.post(url, sent(text.encode("windows-1250")))
    assert offered(shown) == ["windows-1250", "windows-1252", "windows-1251"]
    assert "copied into the answer" not in shown.text
    done = await site.post(url, {"encoding": "windows-1250"})
    assert (done.status, done.headers["Location"]) == (303, url)
    assert "1 of 2 rows answered, 1 open" in (await site.get(url)).text


async def test_api_asks_and_takes_the_same_choice(pages_of):
    site = await pages_of(World.founded(), "eu")
    path = "/api/lists/check"
    asked = await site.ask("POST", path, "desk", "en", data=polish(1))
    document = json.loads(asked.html)
    assert (asked.status, document["code"]) == (400, "list-encoding")
    assert [*document["facts"]] == ["windows-1250", "windows-1252", "windows-1251"]
    assert POLISH in document["facts"]["windows-1250"]
    path = f"{path}?encoding=windows-1250"
    read = json.loads((await site.ask("POST", path, "desk", "en", data=polish(1))).html)
    assert read["kept"][0]["columns"]["eu_company"] == POLISH
    unknown = await site.ask("POST", f"{path}0", "desk", "en", data=polish(1))
    assert unknown.status == 400
