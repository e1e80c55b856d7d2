"""What a side may note of the other side's statements stands on its own page, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.desk.payloads import Fields
from special_channel.messages.catalogue import LANGS, catalogue
from tests.permits import request
from tests.web.disputed import DisputedWorld
from tests.web.disputed_routes import READ, Read
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page
from tests.web.test_disputed_everywhere import Walk, cells, walk_of
from tests.web.test_effect import taken
from tests.web.test_meetings import pdf_text
from tests.world import Entry, World

SOURCES: Final = Path(__file__).parents[2] / "src" / "special_channel"

KEYS: Final = (
    *("S-009.read", "S-027", "S-032", "S-033", "S-039", "S-044", "S-045", "S-048"),
    *("S-087.state.read", "S-087.remark.read", "S-087.supplement.read"),
    *("S-088.before", "S-088.closed", "S-088.far", "S-088.undated"),
)  # fmt: skip
"""Sentences of the other side's statements."""

SAID: Final = re.compile(
    "|".join(
        re.sub(r"%\\\(\w+\\\)s", ".{1,40}?", re.escape(catalogue(lang).singular[f"sense.{key}"]))
        for lang in LANGS
        for key in KEYS
    )
    + r"|S-009|S-08[78]"
)


def stated(world: World, state: str, as_of: str = "2026-11-20", number: str = "A-1") -> Entry:
    body: dict[str, Any] = {"number": number, "state": state, "as_of": as_of, "source": "bureau"}
    return world.append("cn", world.payload("cn", "application.asserted", body=body))


def asked(world: World, answers: dict[str, tuple[str, str]]) -> Entry:
    """A request for priority with CN's answers and coded remarks."""
    made = request(world, *answers)
    world.exchange()
    said = [
        {"number": number, "answer": answer} | ({"remark": remark} if remark else {})
        for number, (answer, remark) in answers.items()
    ]
    payload = world.payload("cn", "priority.answered", ref=made.id, body={"answers": said})
    world.append("cn", payload)
    world.exchange()
    return made


async def page(site: PagesNode, path: str, lang: str = "en") -> Page:
    shown = await site.get(path, lang=lang)
    assert shown.status == 200, shown.text
    return Page(shown.html)


async def test_answer_on_priority_is_noted_to_its_reader_alone(pages_of):
    world = World.founded()
    world.list_batch(["A-1", "A-2", "A-3", "A-4"])
    stated(world, "issued")
    stated(world, "review", number="A-3")
    made = asked(
        world,
        {
            "A-1": ("granted", ""),
            "A-2": ("granted", "law"),
            "A-3": ("not_now", "supplement_first"),
            "A-4": ("not_now", "in_turn"),
        },
    )
    site = await pages_of(world, "eu")
    path = f"/priority/{made.position}"
    shown = await page(site, path)
    first, second, third = (each.text for each in shown.marked("class", "rmk"))
    assert first == (
        "The answer “granted” and the state “licence issued” (20 Nov 2026) say different things."
    )
    assert "“granted” and its remark “not available for legal reasons” say different" in second
    assert "first” and the state “under review” (20 Nov 2026) say different things." in third
    chinese = await page(site, path, "zh-CN")
    assert "与此前反馈的状态“已发证”（2026年11月20日）含义不同。" in chinese.text
    assert not SAID.search((await site.get(f"/api/priorities/{made.position}")).html)
    own = await page(await pages_of(world, "cn"), path)
    assert own.marked("class", "rmk") == []


async def test_note_on_an_answer_never_changes_with_the_day_of_reading(pages_of):
    world = World.founded()
    world.list_batch(["A-1", "A-2"])
    issued = stated(world, "issued")
    made = asked(world, {"A-1": ("granted", ""), "A-2": ("granted", "")})
    corrected: dict[str, Any] = {
        "number": "A-1", "state": "review", "as_of": "2026-11-20", "source": "bureau",
        "corrects": {"id": issued.id},
    }  # fmt: skip
    world.append("cn", world.payload("cn", "application.asserted", body=corrected))
    stated(world, "refused", "2026-11-24", "A-2")
    world.exchange()
    shown = await page(await pages_of(world, "eu"), f"/priority/{made.position}")
    [note] = shown.marked("class", "rmk")
    assert "“licence issued”" in note.text


async def test_promise_is_noted_to_the_side_that_did_not_record_it(pages_of):
    world = World.founded()
    held = world.meeting("cn", on="2026-11-19")
    for who, due in (("cn", "2026-11-18"), ("eu", "2026-12-25"), ("cn", "2027-12-01"), ("cn", None),
                     ("cn", "2026-12-01")):  # fmt: skip
        world.point("cn", held, point="promise", who=who, **({"due": due} if due else {}))
    world.point("cn", held, "Lines stop.")
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/meetings/{held.position}"
    shown = await page(site, path)
    assert [each.text.split(" (")[0] for each in shown.marked("class", "small soft rmk")] == [
        "Promised for 18 Nov 2026: that is before the meeting of 19 Nov 2026.",
        "Promised for 25 Dec 2026: not a working day of EU.",
        "Promised for 1 Dec 2027: more than one year after the meeting.",
        "The promise has no date.",
    ]
    chinese = await page(site, path, "zh-CN")
    assert "该承诺未注明日期。" in chinese.text
    assert not SAID.search((await site.get(f"/api/meetings/{held.position}")).html)
    assert not SAID.search((await page(await pages_of(world, "cn"), path)).text)


async def test_answer_that_does_not_fit_together_is_noted_to_its_reader_alone(pages_of):
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    odd: Fields = {"row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-20",
           "decision": "approved", "decided_on": "2026-11-23"}  # fmt: skip
    sound: Fields = {"row": 2, "number": "A-2", "state": "review", "as_of": "2026-11-20"}
    world.answer_batch(batch, [odd, sound])
    world.exchange()
    path = f"/batches/{batch.position}"
    site = await pages_of(world, "eu")
    [note] = (await page(site, path)).marked("class", "rmk")
    assert "Decision “approved”, but the state is “under review”." in note.text
    assert "is later than the date of the statement (20 Nov 2026)" in note.text
    chinese = await page(site, path, "zh-CN")
    assert len(chinese.marked("class", "rmk")) == 1
    assert not SAID.search((await site.get(f"{path}?print=all")).html)
    assert not SAID.search((await site.get(f"/api{path}")).html)
    assert (await page(await pages_of(world, "cn"), path)).marked("class", "rmk") == []


class Everything:
    """A record with each finding on either side's statements, as the other side reads it."""

    def __init__(self, party: Party) -> None:
        self.disputed = DisputedWorld()
        world, theirs = self.disputed.world, peer_of(party)
        self.week = world.list_batch(["A-1"], list_="W48", first_listed="2026-12-24")
        odd: Fields = {"row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-20",
               "decision": "approved", "decided_on": "2026-11-23"}  # fmt: skip
        world.exchange()
        world.answer_batch(self.week, [odd])
        stated(world, "issued", "2026-11-23")
        self.priority = asked(world, {"A-1": ("granted", ""), "A-2": ("granted", "law")})
        self.meeting = world.meeting(theirs, on="2026-11-19")
        late = world.point(theirs, self.meeting, point="promise", who=theirs, due="2026-12-25")
        self.promise = world.point(theirs, self.meeting, point="promise", who=theirs)
        world.exchange()
        world.mark(party, (late, ()), (self.promise, ()))
        world.exchange()
        self.late = late

    def reads(self, party: Party) -> list[Read]:
        """Every route of the node, and prints and questions of the statements themselves."""
        reads = [each for of in READ.values() for each in of if party in each.parties]
        week, asked_, held = (
            str(each.position) for each in (self.week, self.priority, self.meeting)
        )
        own = [
            f"/batches/{week}?print=all", f"/api/batches/{week}", f"/batches/{week}/rows.csv",
            f"/api/priorities/{asked_}", f"/entries/{asked_}/evidence",
            f"/api/meetings/{held}", f"/entries/{held}/evidence",
            f"/threads/new?promise={self.late.position}", f"/entries/{self.late.position}/evidence",
        ]  # fmt: skip
        return reads + [Read(path, "desk") for path in own]

    def pages(self) -> dict[Party, set[str]]:
        """The pages that show a note."""
        held = f"/meetings/{self.meeting.position}"
        return {
            "eu": {
                *(held, f"/priority/{self.priority.position}", f"/batches/{self.week.position}"),
            },
            "cn": {held, f"/batches/{self.week.position}"},
        }


@pytest.mark.timeout(300)  # some 200 readings
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_no_output_of_a_side_holds_a_note_on_the_other_side(pages_of, party: Party):
    made = Everything(party)
    site = await pages_of(made.disputed.world, party)
    walk = await walk_of(site, made.disputed)
    await catch_up(site.node)
    lang = "en" if party == "eu" else "zh-CN"
    for path in made.pages()[party]:
        assert SAID.search((await page(site, path, lang)).text), path
    own = made.pages()[party] | {
        path.format_map(walk.names) for path in ("/meetings/{meeting}", "/priority/{priority}")
    }
    found = []
    for each in made.reads(party):
        path = each.path.format_map(walk.names)
        if path not in own and SAID.search(await text_of(walk, path, each.who, lang)):
            found.append(path)
    assert found == []


async def text_of(walk: Walk, path: str, who: str, lang: str) -> str:
    """All text of an output, also that of a file."""
    if re.search(r"\.pdf(\?|$)", path):
        return " ".join(pdf_text(await taken(walk.site, path, lang), "-raw").split())
    if re.search(r"\.xlsx(\?|$)", path):
        return "\n".join(cells(path, await taken(walk.site, path, lang)))
    shown = await walk.site.get(path, who, lang)
    assert shown.status == 200, (path, shown.text[-300:])
    return shown.html + shown.text


def test_no_print_shows_a_note_of_a_page():
    styles = (SOURCES / "web" / "static" / "css" / "print.css").read_text()
    hidden = re.findall(r"([^{}]*)\{display:none[^}]*\}", styles)
    assert any(".rmk" in each.split(",") for each in hidden)


def test_notes_on_the_other_side_are_made_for_pages_alone():
    names = re.compile(
        r"\b(read_row|read_return|answer_notes|read_answer|read_promise|as_read|reading_notes)\b"
    )
    users = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if names.search(path.read_text())
    }
    assert users == {
        "core/sense/read_rows.py", "core/sense/priority.py", "core/sense/promises.py",
        "web/lists/findings.py", "web/lists/pages.py",
        "web/priority/reading.py", "web/priority/pages.py",
        "web/meetings/reading.py", "web/meetings/pages.py",
    }  # fmt: skip
