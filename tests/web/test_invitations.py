"""Invitations on the page of people: codes drawn and not used, renewed and taken back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from special_channel.core.bytes.errors import ChannelError
from special_channel.desk import enrolment
from special_channel.desk.invitations import CODE_LIFE, TOLD
from tests.web.pages_node import PagesNode, Shown
from tests.web.reading import Element, Page
from tests.web.test_enrolment import entry, official_of
from tests.world import World

HEADING = (
    "Invitations {}One-time codes created and not used. "
    "A code is shown once, to the person who creates it."
)
CODES = "/api/enrolments/codes"


@pytest.fixture
async def site(pages_of) -> PagesNode:
    made: PagesNode = await pages_of(World.founded(), "eu")
    return made


async def drawn(site: PagesNode, who: str = "registrar") -> str:
    """Draw a code for the official of the permits desk on a page, and read it there."""
    person = (await official_of(site)).person
    return shown_code((await site.post("/people/acts/code", {"person": person}, who)).page)


def shown_code(page: Page) -> str:
    [code] = page.marked("class", "fp mono")
    assert re.fullmatch(r"(?:\w{4}-){2}\w{4}", code.text)
    return code.text


async def invitations(site: PagesNode, who: str = "registrar", lang: str = "en") -> list[Element]:
    """Return the lines of the section."""
    page = (await site.get("/people", who, lang)).page
    return [each for each in page.all("listitem") if "/people/invitations/" in actions(each)]


def actions(line: Element) -> str:
    return " ".join(form.attributes["action"] for form in line.marked("action"))


async def api(site: PagesNode, method: str, path: str, who: str = "registrar") -> tuple[int, Any]:
    sent: dict[str, Any] = {"json": {}} if method == "POST" else {}
    shown: Shown = await site.ask(method, path, who, "en", **sent)
    return shown.status, json.loads(shown.html or "null")


async def words_of(site: PagesNode) -> list[str]:
    """Words of the journal, oldest first."""
    shown = await site.get("/api/people/journal", "head")
    return [each["act"] for each in json.loads(shown.html)["items"]][::-1]


async def works(site: PagesNode, code: str) -> bool:
    shown = await site.ask("POST", "/api/enrol/start", "", "en", json={"code": code})
    body = json.loads(shown.html)
    assert shown.status == 200 or body["code"] == "code-unknown"
    return shown.status == 200


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "One-time code for Ilona Kőszegi drawn by registry · 1, "),
        ("zh-CN", "Ilona Kőszegi的一次性代码 registry · 1号于"),
    ],
)
async def test_code_not_used_is_listed_without_its_text(site, lang, told):
    code = await drawn(site)
    [line] = await invitations(site, lang=lang)
    assert line.text.startswith(told)
    for who in ("registrar", "head", "desk"):
        assert code not in (await site.get("/people", who)).html
    assert await words_of(site) == ["code-drawn"]
    said = (await site.get("/people/journal", "head", lang)).text
    assert ("One-time code drawn" if lang == "en" else "生成一次性代码") in said


async def test_invitations_are_shown_to_registrars_alone(site):
    await drawn(site)
    (await site.get("/people", "registrar")).page.one("heading", HEADING.format(1))
    for who in ("head", "desk", "oversight"):
        assert "Invitations" not in (await site.get("/people", who)).page.text
        assert (await api(site, "GET", CODES, who))[0] == 403


async def test_code_taken_back_enrols_no_key(site):
    code = await drawn(site)
    [line] = await invitations(site)
    line.one("button", "Take back (Ilona Kőszegi)")
    number = re.search(r"/people/invitations/(\d+)/take-back", actions(line))
    assert number
    done = await site.post(number[0], {}, "registrar")
    assert (done.status, done.headers["Location"]) == (303, "/people#invitations")
    page = (await site.get("/people", "registrar")).page
    page.one("heading", HEADING.format(0))
    assert "No code waits to be used." in page.text
    assert not await works(site, code)
    deps = site.own.desk.enrolment
    with pytest.raises(ChannelError, match="code-unknown"):
        await enrolment.offer(deps, code, (await entry(site, 1)).envelope)
    assert await words_of(site) == ["code-drawn", "code-taken-back"]
    again = await site.post(number[0], {}, "registrar")
    assert again.status == 404
    assert f"One-time code {number[1]} does not exist, or was used or taken back." in again.text
    assert await words_of(site) == ["code-drawn", "code-taken-back"]


async def test_new_code_takes_the_place_of_the_one_before(site):
    before = await drawn(site)
    [line] = await invitations(site)
    line.one("button", "Draw a new code (Ilona Kőszegi)")
    renewed = re.search(r"/people/invitations/\d+/renew", actions(line))
    assert renewed
    shown = await site.post(renewed[0], {}, "second-registrar")
    shown.page.one("heading", "New code for Ilona Kőszegi")
    code = shown_code(shown.page)
    assert (await works(site, before), await works(site, code)) == (False, True)
    [line] = await invitations(site)
    assert "drawn by registry · 2, " in line.text
    assert await words_of(site) == ["code-drawn", "code-taken-back", "code-drawn"]
    key = await enrolment.offer(site.own.desk.enrolment, code, (await entry(site, 1)).envelope)
    assert await enrolment.state_of(site.own.desk.enrolment, key) == "waiting"
    assert await invitations(site) == []


async def test_nobody_but_a_registrar_renews_or_takes_back(site):
    code = await drawn(site)
    [line] = await invitations(site)
    for path in re.findall(r"/people/invitations/\d+/[a-z-]+", actions(line)):
        for who in ("desk", "head", "oversight"):
            assert (await site.post(path, {}, who)).status == 403
            number, act = path.split("/")[3:]
            assert (await api(site, "POST", f"{CODES}/{number}/{act}", who))[0] == 403
    assert await works(site, code)
    assert await words_of(site) == ["code-drawn"]


async def test_api_lists_renews_and_takes_back(site):
    code = await drawn(site)
    status, body = await api(site, "GET", CODES)
    [item] = body["invitations"]
    assert (status, item["name"], item["lapsed"]) == (200, "Ilona Kőszegi", False)
    assert "code" not in item
    status, renewed = await api(site, "POST", f"{CODES}/{item['number']}/renew")
    assert (status, await works(site, renewed["code"])) == (200, True)
    assert not await works(site, code)
    [item] = (await api(site, "GET", CODES))[1]["invitations"]
    assert (await api(site, "POST", f"{CODES}/{item['number']}/take-back"))[0] == 200
    assert not await works(site, renewed["code"])
    assert (await api(site, "GET", CODES))[1] == {"invitations": []}
    for number in (item["number"], "0", "٣", "9" * 19, "x"):
        for act in ("renew", "take-back"):
            status, refused = await api(site, "POST", f"{CODES}/{number}/{act}")
            assert (status, refused["code"]) == (404, "invitation-absent")


async def test_lapsed_code_is_listed_for_two_weeks(site):
    code = await drawn(site)
    clock = site.node.clock
    clock.ahead += int(CODE_LIFE.total_seconds())
    [line] = await invitations(site)
    assert "lapsed" in line.text
    assert [each.text for each in line.all("button")] == ["Draw a new code (Ilona Kőszegi)"]
    assert not await works(site, code)
    [item] = (await api(site, "GET", CODES))[1]["invitations"]
    assert item["lapsed"]
    await api(site, "POST", f"{CODES}/{item['number']}/renew")
    # A code that had lapsed is not taken back.
    assert await words_of(site) == ["code-drawn", "code-drawn"]
    clock.ahead += int((CODE_LIFE + TOLD).total_seconds()) - 1
    assert len(await invitations(site)) == 1
    clock.ahead += 1
    assert await invitations(site) == []


async def test_codes_of_one_second_are_told_once(site):
    first, second = await drawn(site), await drawn(site)
    assert await works(site, first)
    assert await works(site, second)
    assert await words_of(site) == ["code-drawn"]
    assert len(await invitations(site)) == 2
