"""Charter and calendars on a page: each day as its release says, and who adopted what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from special_channel.core.bytes.ids import PARTIES
from special_channel.web.calendars.pages import written_year
from tests.web.pages_node import catch_up
from tests.web.reading import Element, Page
from tests.web.samples.calendars import CALENDARS
from tests.world import World


def days_shown(section: Element, year: int) -> dict[date, str]:
    """What a side's twelve tables say of each date."""
    tables = section.marked("class", "month")
    assert len(tables) == 12
    return {
        date(year, month, int(day.text.split()[0])): day.attributes.get("class", "workday")
        for month, table in enumerate(tables, 1)
        for day in table.all("cell")
        if day.text
    }


@pytest.mark.parametrize("party", PARTIES)
async def test_each_day_of_each_year_is_what_its_release_says(pages_of, party):
    site = await pages_of(World.founded(), party)
    for year in (2025, 2026, 2027):
        page = await site.get(f"/rules?year={year}", lang="zh-CN")
        assert page.status == 200
        for side in PARTIES:
            [section] = page.page.marked("aria-labelledby", f"cal-{side}")
            first = date(year, 1, 1)
            expected = [
                first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)
            ]
            shown = days_shown(section, year)
            assert shown == {on: CALENDARS[side].note(on).kind for on in expected}
            assert ("尚未启用" in section.text) == (year == 2027)
        order = [each.attributes.get("aria-labelledby", "") for each in page.page.all("region")]
        assert next(each for each in order if each.startswith("cal-")) == f"cal-{party}"
    assert "国庆节调休" in (await site.get("/rules?year=2026", lang="zh-CN")).text
    assert "derived" in (await site.get("/rules?year=2026")).text


def test_month_has_each_of_its_days_once_and_no_other():
    page = Page(str(written_year(CALENDARS["eu"], 2024, "en")))
    assert all(len(week) == 7 for week in page.rows())
    assert len([cell for cell in page.all("cell") if cell.text]) == 366


async def test_who_adopted_which_bytes_and_what_is_in_force_is_told(pages_of):
    world = World.founded()
    site = await pages_of(world, "cn")
    page = await site.get("/rules")
    assert "Charter 1 in force" in page.text
    digest = world.charter_digest
    assert " ".join(digest[n : n + 4] for n in range(0, 64, 4)) in page.text
    assert page.text.index("adopted in CN-") < page.text.index("adopted in EU-")
    assert "three-working-days 3 working days, days of the answering side" in page.text
    assert "not named in the charter in force" in page.text  # it names another calendar's digest
    world.adopt("eu", number=2)
    world.exchange()
    await catch_up(site.node)
    page = await site.get("/rules")
    assert "Charter 2 adopted by one side" in page.text
    assert "Charter 1 in force" in page.text
    world.adopt("cn", number=2)
    world.exchange()
    await catch_up(site.node)
    page = await site.get("/rules", lang="zh-CN")
    assert "第2号章程 现行" in page.text
    assert "第1号章程 此前" in page.text


async def test_page_says_where_and_with_which_keys_each_role_signs(pages_of):
    client = {
        "sides": [{"party": "eu", "origins": ["https://client.eu.example", "https://b.example"]}],
        "digests": ["1" * 64],
    }
    suites = [{"role": "head", "suites": ["webauthn-es256", "es256"]}]
    limits = {"file_bytes": 1, "minimum_notice_seconds": 30, "cooling_seconds": 3_600}
    site = await pages_of(World.founded(client=client, suites=suites, limits=limits), "eu")
    [card] = (await site.get("/rules")).page.marked("aria-labelledby", "kc")
    digest = " ".join(["1111"] * 16)
    assert "Client, EU https://client.eu.example https://b.example" in card.text
    assert f"Digests of the client’s files {digest}" in card.text
    assert "head of unit authenticator key (ES256) or software key (ES256)" in card.text
    assert "Waiting time 60 minutes" in card.text
    assert "No client is listed" not in card.text
    [card] = (await site.get("/rules", lang="zh-CN")).page.marked("aria-labelledby", "kc")
    assert "欧方客户端" in card.text
    assert "处长 认证器密钥（ES256）或软件密钥（ES256）" in card.text
    del limits["cooling_seconds"]
    site = await pages_of(World.founded(limits=limits), "cn")
    [card] = (await site.get("/rules")).page.marked("aria-labelledby", "kc")
    assert "Waiting time 24 hours No client is listed" in card.text


async def test_a_registrar_alone_is_told_how_to_adopt(pages_of):
    site = await pages_of(World.founded(), "eu")
    shown = await site.get("/rules", who="second-registrar")
    assert "special-channel charter adopt" in shown.text
    assert site.own.node.url in shown.text
    assert 'href="/rules/propose"' in shown.html
    for who in ("desk", "head", "oversight"):
        assert "charter adopt" not in (await site.get("/rules", who=who)).text


@pytest.mark.parametrize("year", ["2024", "2028", "x", "-1", ""])
async def test_a_year_that_is_not_there_is_refused(pages_of, year):
    site = await pages_of(World.founded(), "eu")
    assert (await site.get(f"/rules?year={year}")).status == 400
