"""Requests for quarantined files: who may ask and agree, for which file, and for how long."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest

from special_channel.core.rows.writing import part_refs, sign
from special_channel.stores.file_scans import DueFile
from special_channel.web.quarantine.queries import matching
from special_channel.web.quarantine.views import QuarantineFilters
from tests.scanners.servers import EICAR
from tests.web.pages_node import PagesNode
from tests.web.test_menu import counted
from tests.web.test_quotas import call
from tests.web.test_scanned_files import DIGESTS, arrive, noted, scanning

__all__ = ["scanning"]

VIRUS = DIGESTS[2]
FILE = f"/api/quarantine/{VIRUS}/file"


async def send(site: PagesNode, who: str, kind: str, **fields: Any) -> dict[str, Any]:
    """Sign an entry of the private log and send it; return the node's answer."""
    world, side = site.node.world, site.node.world.sides["eu"]
    parts = (world.text("A false alarm?"),) if kind == "quarantine.asked" else ()
    payload = world.payload("eu", kind, by=who, **fields)
    payload |= {"log": side.private_origin, "seen": []}
    if parts:
        payload |= {"parts": part_refs(parts), "lang": "en"}
    made = sign(payload, [side.keys[who]], parts)
    entry = {"envelope": made.envelope.decode(), "parts": [part.decode() for part in parts]}
    _, told = await call(site, "POST", "/api/private/entries", who, {"entries": [entry]})
    return dict(told)


async def one_find(site: PagesNode) -> str:
    """Let the scanners refuse a file; return its digest in the private log."""
    await arrive(site)
    await site.own.desk.scanner.scan(DueFile(VIRUS, len(EICAR), ("first", "second"), 0))
    [find] = await site.own.desk.scanner.scans.finds(9)
    return str(find.files[0])


async def waiting(site: PagesNode) -> dict[str, int]:
    """Return what the menus of both people count as waiting for their agreement."""
    people = ("registrar", "head")
    return {who: counted(await site.get("/numbers", who))["quarantine"] for who in people}


async def test_request_opens_the_file_to_its_requester_for_hours(pages_of, scanning):
    world, _ = noted()
    site = await pages_of(world, "eu", scanners=scanning)
    file, person = await one_find(site), world.eu.person
    unknown = {"file": "0" * 64, "person": person("head")}
    assert (await send(site, "head", "quarantine.asked", body=unknown))["code"] == "reference"
    asking = {"file": file, "person": person("head")}
    receipt = (await send(site, "head", "quarantine.asked", body=asking))["receipts"][0]
    agreeing = {"ref": receipt["id"], "body": {"person": person("registrar")}}
    assert (await call(site, "GET", FILE, "head"))[1]["code"] == "quarantine-closed"
    assert "Waits for another person" in (await site.get("/quarantine", "head")).text
    assert await waiting(site) == {"registrar": 1, "head": 0}
    page = (await site.get("/quarantine", "registrar")).page
    page.one("button", "Sign and agree (virus.docx)")
    assert "receipts" in await send(site, "registrar", "quarantine.agreed", **agreeing)
    assert await waiting(site) == {"registrar": 0, "head": 0}

    for who, status in (("head", 200), ("registrar", 403), ("desk", 403)):
        answer = await site.client.get(
            site.base + FILE, headers={"Cookie": f'sc-session-eu="{await site.sign_in(who)}"'}
        )
        assert answer.status == status
        assert (b"file.bin" in await answer.read()) == (who == "head")
    ask = await site.get(f"/quarantine/{VIRUS}/ask", "head", "zh-CN")
    assert "Eicar-Test-Signature" in ask.text
    assert (await site.get(f"/quarantine/{DIGESTS[0]}/ask", "head")).status == 404
    assert (await site.get(f"/quarantine/{VIRUS}/ask", "desk")).status == 403
    assert "Ask for the file" not in (await site.get("/quarantine", "head")).text

    site.node.clock.ahead += 25 * 3600
    await site.own.desk.door.sessions.sweep(site.node.clock.now())
    assert (await call(site, "GET", FILE, "head"))[1]["code"] == "quarantine-closed"
    late = await site.get("/quarantine", "head", "zh-CN")
    assert "下载时间已过" in late.text
    assert "申请取出" in late.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", True),
        ("?text=VIRUS", True),
        ("?text=unheard", False),
        ("?look=waits&sort=newest", True),
        ("?look=taken", False),
    ],
)
async def test_finds_are_filtered_alike_on_page_api_and_file(pages_of, scanning, query, found):
    world, _ = noted()
    site = await pages_of(world, "eu", scanners=scanning)
    await one_find(site)

    async def listed(query: str) -> list[bool]:
        shown = await site.get(f"/quarantine{query}", "head")
        _, view = await call(site, "GET", f"/api/quarantine{query}", "head")
        href = shown.page.one("link", "CSV").attributes["href"]
        rows = [*csv.reader(io.StringIO((await site.get(href, "head")).html.lstrip("\ufeff")))]
        page = bool(shown.page.all("heading")[1:]) and "virus.docx" in shown.text
        assert ("No file matches." in shown.text) is not page
        return [page, bool(view["files"]), any(row[:1] == ["virus.docx"] for row in rows)]

    assert await listed(query) == [found] * 3
    assert (await site.post(f"/quarantine/{VIRUS}", {}, "head")).status == 303
    assert await listed("?look=taken") == [True] * 3
    assert await listed("?look=waits") == [False] * 3
    assert (await site.get("/quarantine?look=lost", "head")).status == 400


async def test_finds_are_ordered_by_time_or_by_what_is_to_be_looked_into(pages_of, scanning):
    world, _ = noted()
    site = await pages_of(world, "eu", scanners=scanning)
    await one_find(site)
    [find] = await site.own.desk.scanner.scans.finds(9)
    hour = timedelta(hours=1)
    # As the database returns them: those that nobody has looked into, then the newest.
    finds = [
        replace(find, threat="second", at=find.at + hour),
        replace(find, threat="third", at=find.at + 2 * hour, taken=find.at),
        replace(find, threat="first", taken=find.at),
    ]
    orders: tuple[tuple[Literal["waits", "newest", "oldest"], list[str]], ...] = (
        ("waits", ["second", "third", "first"]),
        ("newest", ["third", "second", "first"]),
        ("oldest", ["first", "second", "third"]),
    )
    for sort, expected in orders:
        ordered = matching(finds, QuarantineFilters(sort=sort))
        assert [each.threat for each in ordered] == expected
