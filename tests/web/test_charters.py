"""Charters on their pages: what one changes, the same adopted, a new one brought from a file."""

from __future__ import annotations

import io
import json
import tomllib
from hashlib import sha256
from typing import Any

import aiohttp
import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.rules.releases import release_id
from special_channel.core.time.calendars import merge, parse_release
from special_channel.desk.charter import MAX_BYTES, read_charter
from special_channel.web.http.sessions import csrf_token
from tests.core.calendar_files import CALENDARS, both_sides
from tests.core.test_charter_changes import stated
from tests.web.pages_node import PagesNode, Shown
from tests.web.reading import Page
from tests.world import World

REGISTRAR = "second-registrar"
RULE = {"rule": "three-working-days", "working_days": 3, "count": "answering"}
SLOWER: dict[str, Any] = {"number": 2, "reply_rules": [RULE | {"working_days": 5}]}


def founded() -> World:
    return World.founded(calendars=stated())


def text_of(world: World, **changed: Any) -> bytes:
    """A charter as somebody might write it: not canonical."""
    return json.dumps(world.charter(**{"calendars": stated()} | changed), indent=2).encode()


def digest_of(text: bytes) -> str:
    return sha256(canonical.dumps(json.loads(text))).hexdigest()


def would_sign(page: Shown) -> dict[str, Any] | None:
    """The body of `charter.adopted` that a click signs, if one can."""
    bodies = Page(page.html).signs("charter.adopted")
    return json.loads(bodies[0]) if bodies else None


def part_of(page: Shown) -> dict[str, Any]:
    shown = Page(page.html).by_id("crossing")
    assert shown
    return dict(json.loads("".join(each for each in shown.inside if isinstance(each, str))))


async def bring(
    site: PagesNode,
    path: str,
    charter: bytes | None = None,
    *releases: bytes,
    who: str = REGISTRAR,
    lang: str = "en",
) -> Shown:
    """Send the form with its files."""
    form = aiohttp.FormData()
    form.add_field("csrf", csrf_token(await site.sign_in(who)))
    if charter is not None:
        form.add_field("charter", io.BytesIO(charter), filename="charter.json")
    for number, text in enumerate(releases):
        form.add_field("releases", text, filename=f"release-{number}.toml")
    return await site.ask("POST", path, who, lang, data=form)


def newer() -> tuple[bytes, list[dict[str, Any]]]:
    """A second Chinese release for 2026 as a file, and calendars that name it."""
    text = (CALENDARS / "cn-2026.toml").read_text("utf-8").replace("\nrelease = 1", "\nrelease = 2")
    release = parse_release(tomllib.loads(text))
    held = both_sides()["cn"].releases
    merged = merge([one for one in held if one.year != release.year] + [release])
    named = stated()
    [cn] = [one for one in named if one["party"] == "cn"]
    for one in cn["releases"]:
        if one["year"] == release.year:
            one |= {"id": release_id(release), "digest": release.digest}
    cn["digest"] = merged.digest
    return text.encode(), named


async def test_the_same_is_adopted_by_what_the_page_shows_and_signs(pages_of):
    world = founded()
    theirs = world.adopt("eu", calendars=stated(), **SLOWER)
    world.exchange()
    site = await pages_of(world, "cn")
    digest = digest_of(text_of(world, **SLOWER))
    rules = await site.get("/rules", REGISTRAR, lang="zh-CN")
    assert Page(rules.html).links()["通过同一章程 (2)"] == f"/rules/charters/{digest}"
    page = await site.get(f"/rules/charters/{digest}", REGISTRAR)
    rows = Page(page.html).rows()
    assert ["three-working-days", "Working days", "3", "5"] in rows
    assert not [row for row in rows if "Markings" in row], "equal in both"
    assert would_sign(page) == {"number": 2, "digest": digest}
    part = part_of(page)
    assert (part["role"], part["type"]) == ("data", "charter")
    assert canonical.dumps(part["data"]) == canonical.dumps(json.loads(text_of(world, **SLOWER)))
    world.adopt("cn", calendars=stated(), **SLOWER)
    world.exchange()
    after = await (await pages_of(world, "cn")).get(f"/rules/charters/{digest}", REGISTRAR)
    assert would_sign(after) is None
    assert "in force" in after.text
    assert f"adopted in {theirs.position}" in after.text


@pytest.mark.parametrize("who", ["desk", "head", "oversight"])
async def test_others_read_what_it_changes_and_sign_nothing(pages_of, who):
    world = founded()
    world.adopt("eu", calendars=stated(), **SLOWER)
    world.exchange()
    site = await pages_of(world, "cn")
    path = f"/rules/charters/{digest_of(text_of(world, **SLOWER))}"
    page = await site.get(path, who)
    assert "three-working-days Working days 3 5" in page.text
    assert "Our registrar can adopt it here." in page.text
    assert would_sign(page) is None
    assert "/rules/propose" not in (await site.get("/rules", who)).html
    for refused in (
        await site.get("/rules/propose", who),
        await bring(site, "/rules/propose", text_of(world, number=3), who=who),
        await bring(site, path, who=who),
    ):
        assert (refused.status, "role-access" in refused.html) == (403, True)


async def test_a_document_is_taken_along_byte_for_byte_and_nothing_else_is(pages_of):
    world = founded()
    site = await pages_of(world, "eu")
    digest = digest_of(text_of(world))
    taken = await site.get(f"/rules/charters/{digest}.json")
    assert sha256(taken.html.encode()).hexdigest() == digest
    assert taken.headers["Content-Disposition"] == 'attachment; filename="charter-1.json"'
    for path in (f"/rules/charters/{'0' * 64}", f"/rules/charters/{'0' * 64}.json"):
        assert (await site.get(path)).status == 404


async def test_a_charter_is_brought_checked_compared_and_then_signed(pages_of):
    world = founded()
    site = await pages_of(world, "eu")
    form = await site.get("/rules/propose", REGISTRAR)
    assert "The next charter has the number 2" in form.text
    assert would_sign(form) is None
    text = text_of(world, **SLOWER)
    page = await bring(site, "/rules/propose", text)
    assert "No errors." in page.text
    assert "three-working-days Working days 3 5" in page.text
    body = would_sign(page)
    assert body == {"number": 2, "digest": digest_of(text)}
    # What the button signs is what the judge takes.
    payload = world.payload("eu", "charter.adopted", by="registrar", body=body)
    world.append("eu", payload, [world.data("charter", part_of(page)["data"])])
    again = await bring(await pages_of(world, "eu"), "/rules/propose", text)
    assert (would_sign(again), "charter-number" in again.text) == (None, True)


async def lay_charter(site: PagesNode, **stated_: Any) -> str:
    """Lay a charter as its page does; its draft's id."""
    world = site.node.world
    page = await bring(site, "/rules/propose", text_of(world, **stated_))
    payload = world.payload("eu", "charter.adopted", by=REGISTRAR, body=would_sign(page))
    parts = [world.data("charter", part_of(page)["data"])]
    stated = payload | {"parts": part_refs(parts)}
    sent = sign(stated, [world.eu.keys[REGISTRAR]], parts)
    entry = {"envelope": sent.envelope.decode(), "parts": [part.decode() for part in sent.parts]}
    laid = await site.ask(
        "POST", "/api/entries", REGISTRAR, "en", json={"entries": [entry], "lay": True}
    )
    assert laid.status == 200, laid.html
    [id_] = json.loads(laid.html)["laid"]
    return str(id_)


async def test_charter_that_waits_is_found_among_second_signatures(pages_of):
    site = await pages_of(founded(), "eu")
    id_ = await lay_charter(site, **SLOWER)
    shown = await site.get("/people/acts", "head")
    assert shown.page.one("heading", "1 act waits for a second signature")
    link = shown.page.links()["Compare and sign (Adopt charter no. 2)"]
    assert link == f"/clearances/{id_}"
    assert (await site.get(link, "head")).status == 200
    assert "Adopt charter" not in (await site.get("/people/acts", "desk")).text


async def test_charter_that_waits_says_what_each_leader_may_do_in_the_chosen_order(pages_of):
    """Whoever laid it was asked to sign it a second time, and no order moved it."""
    site = await pages_of(founded(), "eu")
    rules = [RULE | {"working_days": days} for days in (5, 6)]
    laid = [await lay_charter(site, number=2, reply_rules=[rule]) for rule in rules]
    urls = [f"/clearances/{id_}" for id_ in laid]

    async def found(who: str, query: str = "") -> list[tuple[str, str]]:
        shown = await site.get(f"/people/acts{query}", who)
        links = shown.page.all("link")
        return [
            (each.text.partition(" (")[0], each.attributes["href"])
            for each in links
            if each.attributes["href"] in urls
        ]

    assert await found("head", "?may=sign") == [("Compare and sign", url) for url in urls]
    assert await found("head", "?sort=newest") == [("Compare and sign", url) for url in urls[::-1]]
    assert await found(REGISTRAR) == [("Open", url) for url in urls]
    assert await found(REGISTRAR, "?may=sign") == []
    assert len(await found(REGISTRAR, "?may=withdraw")) == 2
    assert len(await found("registrar", "?may=sign")) == 2


async def test_a_release_that_is_not_here_is_brought_with_it_and_kept(pages_of):
    world = founded()
    file, named = newer()
    text = text_of(world, number=2, calendars=named)
    site = await pages_of(world, "eu")
    lacking = await bring(site, "/rules/propose", text)
    assert would_sign(lacking) is None
    assert "names calendar release cn-2026-2, which is not on this node" in lacking.text
    assert "cn-2026-2" in lacking.text  # and still what it changes
    other = (CALENDARS / "cn-2026.toml").read_bytes().replace(b"\nrelease = 1", b"\nrelease = 3")
    wrong = await bring(site, "/rules/propose", text, other)
    assert "charter-release-differs" in wrong.text
    assert len(site.own.times.releases.held()) == 4
    page = await bring(site, "/rules/propose", text, file)
    assert would_sign(page) == {"number": 2, "digest": digest_of(text)}
    assert "Calendar releases" in page.text
    # Kept once, and from now on a charter with it can be counted by here.
    await bring(site, "/rules/propose", text, file)
    assert len(site.own.times.releases.held()) == 5
    _, charter = read_charter(text)
    assert site.own.times.adopted(charter) is not None


async def test_the_side_that_adopts_the_same_brings_the_release_too(pages_of):
    world = founded()
    file, named = newer()
    world.adopt("eu", number=2, calendars=named)
    world.exchange()
    site = await pages_of(world, "cn")
    path = f"/rules/charters/{digest_of(text_of(world, number=2, calendars=named))}"
    page = await site.get(path, REGISTRAR, lang="zh-CN")
    assert would_sign(page) is None
    assert "章程所列日历版本cn-2026-2不在本节点" in page.text
    assert "charter-release-missing" in page.text
    assert would_sign(await bring(site, path, None, file)) is not None


def broken(world: World) -> dict[str, tuple[bytes, tuple[bytes, ...], str]]:
    """What may be brought, and the code by which it is refused."""
    good = text_of(world, number=2)
    other = stated()
    other[0]["digest"] = "0" * 64
    parties = json.loads(good)["parties"]
    parties[0]["origin"] = "other.example/log"
    return {
        "no JSON": (b"number = 2", (), "charter-not-json"),
        "not UTF-8": (b"\xff\xfe{}", (), "charter-not-json"),
        "a name twice": (b'{"v":1,"v":1}', (), "charter-not-json"),
        "too deep": (b"[" * 100_000, (), "charter-not-json"),
        "a list": (b"[]", (), "charter-malformed"),
        "a field missing": (b'{"v":1}', (), "charter-malformed"),
        "a fraction": (good.replace(b'"rules": 1', b'"rules": 1.5'), (), "json-number"),
        "the number in force": (text_of(world), (), "charter-number"),
        "a number left out": (text_of(world, number=3), (), "charter-not-next"),
        "unknown rules": (text_of(world, number=2, rules=7), (), "rules-unsupported"),
        "other logs": (text_of(world, number=2, parties=parties), (), "charter-mismatch"),
        "other calendars": (
            text_of(world, number=2, calendars=other),
            (),
            "charter-calendar-differs",
        ),
        "no TOML": (good, (b"{}",), "file-not-toml"),
        "no calendar": (good, (b"v = 1",), "calendar-malformed"),
    }


@pytest.mark.parametrize("which", broken(founded()))
async def test_what_cannot_be_proposed_is_refused_by_its_code_and_nothing_is_kept(pages_of, which):
    world = founded()
    text, releases, code = broken(world)[which]
    site = await pages_of(world, "eu")
    page = await bring(site, "/rules/propose", text, *releases)
    assert (page.status, would_sign(page)) == (200, None)
    assert code in page.text
    assert len(site.own.times.releases.held()) == 4


def test_a_charter_beyond_its_limit_is_refused():
    with pytest.raises(Malformed, match="json-too-large"):
        read_charter(b" " * (MAX_BYTES + 1))


async def test_a_form_without_its_file_is_refused(pages_of):
    site = await pages_of(founded(), "eu")
    page = await bring(site, "/rules/propose")
    assert (page.status, "request-malformed" in page.html) == (400, True)


async def test_the_first_charter_is_told_whole(pages_of):
    world = founded()
    site = await pages_of(world, "eu")
    page = await site.get(f"/rules/charters/{digest_of(text_of(world))}", lang="zh-CN")
    assert "此为首份章程" in page.text
    assert "three-working-days 工作日 – 3" in page.text
    spoken = {each.text: each.attributes.get("lang") for each in Page(page.html).within()}
    assert spoken["Fictional ministry eu"] == "en"
    assert spoken["虚构部委"] == "zh-CN"
