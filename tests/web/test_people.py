"""Pages of a side's people: who holds what, with which keys, and each change in a sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

import special_channel
from special_channel.core.entries import parse
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rows.writing import sign
from special_channel.desk.act_words import ACTS, REASONS, Step, journal_word
from special_channel.desk.acts import offer
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.ports.conditions import PEOPLE_ALARMS
from special_channel.web.persons.journal import act_words, reason_words
from special_channel.web.shared.viewpoint import RecordViewpoint
from special_channel.web.shell.changes import ChangeWriter
from special_channel.web.shell.directory_views import PersonState
from special_channel.web.shell.render import render
from special_channel.wiring.root_acts import RECORDED
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.samples.directory import own_people, view
from tests.web.samples.people import NOW, frame
from tests.web.test_page_acts import kept_privately
from tests.world import World


async def people(site: PagesNode, who: str = "desk", query: str = "", lang: str = "en") -> Page:
    return (await site.get(f"/people{query}", who, lang)).page


def answered() -> World:
    """Return a world whose EU side is known to be held by the CN side."""
    world = World.founded()
    world.open_thread("cn")
    world.exchange()
    return world


def line_of(page: Page, name: str) -> list[str]:
    [row] = [row for row in page.rows() if row[0].startswith(name)]
    return row


async def test_people_show_names_desks_and_numbers(pages_of):
    site = await pages_of(answered(), "eu")
    page = await people(site)
    person, functions, keys, state, _ = line_of(page, "Ilona Kőszegi")
    assert person == "Ilona Kőszegi Licensing · 3"
    assert (keys, state) == ("1", "in order")
    assert functions == "desk officer, Licensing"
    assert "Persons: 8, keys: 8, registrars: 2." in page.text
    chinese = await people(site, lang="zh-CN")
    assert line_of(chinese, "Ilona Kőszegi")[0] == "Ilona Kőszegi 许可处 · 3号"


async def test_other_side_has_desk_and_number_alone(pages_of):
    site = await pages_of(World.founded(), "eu")
    page = (await site.get("/people/cn")).page
    assert line_of(page, "Licensing · 3")[1:] == ["desk officer, Licensing", "1", "in order"]
    ours = await site.get("/people/eu")
    for name in ("Ilona", "Łukasz", "Tereza"):
        assert name not in ours.page.one("main").text


async def test_page_without_names_reads_none(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.watch()
    for path, reads in (("/people", True), ("/people/eu", False)):
        await site.get(path)
        assert any("ORDER BY o.id" in each for each in site.statements) is reads, path


def test_machines_of_a_side_are_listed_by_role():
    people_ = view("eu", named=False)
    node, checkpoint, cosigning, *links = people_.machines
    assert people_.by_role == {
        "node": [node],
        "checkpoint": [checkpoint],
        "cosigning": [cosigning],
        "link": links,
    }
    assert len(links) == 2


def test_every_state_of_a_person_can_be_chosen():
    [choice] = Page(render(own_people("eu"), frame("eu", "en"))).marked("name", "state")
    codes = [each.attributes["value"] for each in choice.all("option")]
    assert codes == ["", *get_args(PersonState)]
    assert choice.names("option") == [
        *("all", "in order", "all keys suspended", "a key suspended", "no key in use"),
        *("no function in force", "has left"),
    ]


def test_end_of_a_function_is_told_with_person_and_function():
    world = World.founded()
    person, until = world.eu.person("clerk"), "2026-11-24T09:00:00Z"
    world.grant("eu", "clerk", grant=2, desk="customs", until=until)
    world.clock.forward(7200)
    rows = world.eu.replay.rows.values()
    writer = ChangeWriter(
        RecordViewpoint("eu", "en", NOW, None, {}, {}),
        "eu",
        {row.person: row for row in rows if isinstance(row, PersonRow)},
        {row.key: row for row in rows if isinstance(row, KeyRow)},
    )
    said = []
    for grant, by, reason in ((1, "registrar", "ended"), (2, "node", "time-over")):
        body = {"person": person, "grant": grant, "reason": reason}
        ended = world.append("eu", world.payload("eu", "role.ended", by=by, body=body))
        said.append(writer.words(parse(ended.envelope.payload)))
    assert said == [
        "The EU side ended a function of licensing · 4: desk officer, licensing.",
        "A function of licensing · 4 ended at its time limit: desk officer, customs.",
    ]


async def test_stopped_key_is_shown_with_its_doubt(pages_of):
    world = World.founded()
    since = world.eu.copies["eu"].size - 2
    world.append("eu", world.suspension("eu", "clerk", since=since))
    site = await pages_of(world, "eu")
    *_, keys, state, _ = line_of(await people(site), "Łukasz Żelazny")
    assert (keys, state) == ("1, 1 suspended", f"key doubtful since EU-{since}")


@pytest.mark.parametrize(("query", "names"), [
    ("?text=kőszegi", ["Ilona Kőszegi Licensing · 3"]),
    ("?text=%C2%B7+7", ["Licensing · 7"]),
    ("?role=head", ["Tereza Šťastná Licensing · 6"]),
    ("?state=left", []),
])  # fmt: skip
async def test_people_are_found_by_name_number_function_and_state(pages_of, query, names):
    site = await pages_of(World.founded(), "eu")
    page = await people(site, query=query)
    assert [row[0] for row in page.rows()[1:]] == names
    assert page.links()["Clear the filters"] == "/people"


async def test_one_registrar_who_can_sign_is_too_few(pages_of):
    world = World.founded()
    world.append("eu", world.suspension("eu", "second-registrar"))
    page = await people(await pages_of(world, "eu"))
    assert "Registrars of our side who can sign now: 1." in page.text
    assert "Heads of unit and directors of our side who can sign now" not in page.text


async def test_new_function_is_not_yet_known_to_the_other_side(pages_of):
    world = answered()
    world.grant("eu", "clerk", grant=2, role="desk", desk="customs")
    site = await pages_of(world, "eu")
    function = line_of(await people(site), "Łukasz")[1]
    assert function == "desk officer, Licensing desk officer, customs not yet known to CN"


@pytest.mark.parametrize(("who", "offered"), [
    ("desk", {"Ilona Kőszegi", "Łukasz Żelazny", "Tereza Šťastná", "Licensing · 7"}),
    ("other-desk", {"customs · 5"}),
    ("oversight", {"audit · 8"}),
])  # fmt: skip
async def test_keys_are_stopped_by_the_desk_and_the_leaders(pages_of, who, offered):
    site = await pages_of(World.founded(), "eu")
    page = await people(site, who)
    stops = [name for name in page.links() if name.startswith("Stop keys")]
    assert {name.removeprefix("Stop keys (").removesuffix(")") for name in stops} == offered


async def test_person_lists_functions_keys_and_changes(pages_of):
    world = World.founded()
    world.add_key("eu", "clerk", "laptop")
    world.append("eu", world.suspension("eu", "clerk", whole=True))
    site = await pages_of(world, "eu")
    shown = await site.get("/people/eu/4", "head")
    main = shown.page.one("main")
    assert main.names("heading")[0] == "Łukasz Żelazny"
    assert "CN sees “Licensing · 4”." in main.text
    assert [row[3].split(" EU-")[0] for row in main.rows("Keys 2")[1:]] == ["suspended"] * 2
    assert "The EU side stopped all keys of Licensing · 4." in main.text
    assert "The EU side granted Licensing · 4 a function: desk officer, Licensing." in main.text
    assert "Licensing · 3" not in main.text
    assert {"End a function", "Lift a suspension", "Record the departure"} <= main.links().keys()
    assert (await site.get("/people/eu/99")).status == 404
    mine = (await site.get("/people/eu/4", "desk")).page.one("main")
    assert [name for name in mine.links() if name in {"End a function", "Grant a function"}] == []


async def test_changes_read_the_same_on_both_nodes(pages_of):
    world = World.founded()
    world.append("eu", world.suspension("eu", "clerk"))
    world.exchange()
    sites = [await pages_of(world, party) for party in ("eu", "cn")]
    lists = [(await site.get("/people/eu")).page.one("main") for site in sites]
    first, second = [each.marked("class", "small changes")[0].all("listitem") for each in lists]
    said = [[item.text.partition(" · ")[2] for item in each] for each in (first, second)]
    assert said[0] == said[1]
    assert said[0][0].startswith("The EU side stopped a key of Licensing · 4.")
    chinese = (await sites[1].get("/people/eu", lang="zh-CN")).page.text
    assert "欧方停用许可处4号的一个密钥。" in chinese


async def test_people_are_the_same_over_the_api(pages_of):
    site = await pages_of(World.founded(), "eu")
    body = json.loads((await site.get("/api/people?limit=3")).html)
    assert (body["party"], body["total"], len(body["items"])) == ("eu", 8, 3)
    assert body["items"][2]["name"] == "Ilona Kőszegi"
    peer = json.loads((await site.get("/api/people?party=cn")).html)
    assert all("name" not in item for item in peer["items"])
    changes = json.loads((await site.get("/api/people/changes?party=cn&limit=1")).html)
    assert (changes["total"], len(changes["items"])) == (14, 1)


async def test_people_are_taken_along_as_a_file(pages_of):
    site = await pages_of(World.founded(), "eu")
    shown = await site.get("/people.csv?role=desk", "head")
    named = 'attachment; filename="people-2026-11-24-EU-13-CN-13.csv"'
    assert shown.headers["Content-Disposition"] == named
    lines = shown.html.lstrip("\ufeff").splitlines()
    assert lines[1].startswith("number,name,title,functions")
    assert [line.split(",")[1] for line in lines[2:4]] == ["Ilona Kőszegi", "Łukasz Żelazny"]


async def record(site: PagesNode, **body: str) -> None:
    """Let the node record an act on people."""
    world = site.node.world
    payload = world.payload("eu", "act.recorded", by="node", body=body) | {
        "log": site.node.identity.private_origin,
        "seen": [],
    }
    await kept_privately(site, sign(payload, [world.eu.keys["node"]], []))


async def test_journal_tells_each_act_on_people(pages_of):
    world = World.founded()
    stop = world.append("eu", world.suspension("eu", "clerk"))
    site = await pages_of(world, "eu")
    person, key = world.eu.person("clerk"), world.eu.keys["clerk"].key
    await record(site, act="key-suspended", key=key, of=stop.id, reason="stolen")
    await record(site, act="role-granted-asked", person=person)
    await record(site, act="something-new")
    page = (await site.get("/people/journal", "oversight")).page
    [listed] = page.marked("class", "small changes")
    said = [item.text.partition(" · ")[2] for item in listed.all("listitem")]
    done = "Suspension of a key: in the record"
    assert said == [
        "something-new",
        "Grant of a function: first signature, Łukasz Żelazny (Licensing · 4)",
        f"{done}, Łukasz Żelazny (Licensing · 4), reason: stolen {stop.position}",
    ]
    assert "All lines of the journal: 3" in (await people(site, "head")).text
    body = json.loads((await site.get("/api/people/journal", "head")).html)
    assert (body["total"], body["items"][1]["person"]) == (3, 4)
    for path in ("/people/journal", "/api/people/journal"):
        assert (await site.get(path, "desk")).status == 403
    assert "stolen" not in (await people(site)).text


def written_words() -> set[str]:
    """The words that the program writes into the journal, besides those of acts that wait."""
    call = re.compile(r'\b(?:record_act|recorded)\([^()"]*"([a-z-]+)"')
    sources = Path(special_channel.__file__).parent.rglob("*.py")
    return {RECORDED}.union(*(call.findall(each.read_text("utf-8")) for each in sources))


@pytest.mark.parametrize("lang", LANGS)
def test_every_word_of_the_journal_has_words(lang):
    words = written_words()
    assert words >= {"invited", "root", "stop-card-printed", "stop-card-used", "alarm-taken"}
    steps = get_args(Step)
    words |= {journal_word(kind, step) for kind in ACTS for step in steps}
    assert {word for word in words if act_words(catalogue(lang), word) == word} == set()


def test_every_reason_of_the_journal_has_words():
    reasons = {"reported", *PEOPLE_ALARMS}.union(*REASONS.values())
    chinese = catalogue("zh-CN")  # in English some words are the codes
    assert {each for each in reasons if reason_words(chinese, each) == each} == set()


async def test_journal_tells_which_alarm_a_person_took(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    await record(site, act="alarm-taken", person=world.eu.person("head"), reason="machine-changed")
    said = (await site.get("/people/journal", "head")).text
    assert "Alarm looked into, Tereza Šťastná" in said
    assert "reason: A key of a machine of our side changed" in said


async def test_act_that_waits_is_shown_with_its_person(pages_of):
    world = answered()
    site = await pages_of(world, "eu")
    payload = world.revocation("eu", "clerk")
    await offer(site.own.desk.acts, sign(payload, [world.eu.keys["head"]], []),
                world.eu.keys["head"].key, "stolen")  # fmt: skip
    page = await people(site, "head")
    page.one("heading", "Waiting for a second signature 1Open all")
    assert "Revocation of a key: Łukasz Żelazny (Licensing · 4)" in page.text
    assert "first signature: Tereza Šťastná (Licensing · 6)" in page.text
    assert "stolen" not in page.text
    other = (await site.get("/people/eu/3", "head")).page
    assert "Revocation of a key" not in other.text
    assert "Revocation of a key" in (await site.get("/people/eu/4", "head")).page.text
    assert "Waiting for a second signature" not in (await people(site)).text
