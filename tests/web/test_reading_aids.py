"""What a side may note of the other side's statements stands on its own page, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.desk.payloads import Fields
from special_channel.messages.catalogue import LANGS, Lang, catalogue
from tests import damage
from tests.permits import LICENCE, draw, issue
from tests.web.pages_node import PagesNode, catch_up
from tests.web.read_everything import ASKED, KEYS, Everything, asked
from tests.web.reading import Page
from tests.web.test_disputed_everywhere import Walk, cells, walk_of
from tests.web.test_effect import taken
from tests.web.test_meetings import pdf_text
from tests.world import Entry, World

SOURCES: Final = Path(__file__).parents[2] / "src" / "special_channel"

SENTENCES: Final = (*KEYS, *(f"{rule}.ask" for rule in ASKED))


def pattern(key: str, lang: Lang) -> str:
    """A sentence of the catalogue with any facts."""
    words = catalogue(lang).singular[f"sense.{key}"]
    return re.sub(r"%\\\(\w+\\\)s", ".{1,40}?", re.escape(words))


SAID: Final = re.compile(
    "|".join(pattern(key, lang) for lang in LANGS for key in SENTENCES)
    + "|"
    + "|".join(sorted({key.partition(".")[0] for key in SENTENCES}))
    + "|Possible question|可询问事项："
)


def stated(world: World, state: str, as_of: str = "2026-11-20", number: str = "A-1") -> Entry:
    body: dict[str, Any] = {"number": number, "state": state, "as_of": as_of, "source": "bureau"}
    return world.append("cn", world.payload("cn", "application.asserted", body=body))


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


async def test_state_of_a_list_that_was_corrected_is_noted_no_longer(pages_of):
    """The note stood beside the corrected state."""
    world = World.founded()
    week = world.list_batch(["A-1", "A-2"], state="submitted", as_of="2027-02-26")
    body: dict[str, Any] = {
        "number": "A-1", "state": "submitted", "as_of": "2026-11-20", "source": "supplier",
        "corrects": {"id": week.id, "row": 1},
    }  # fmt: skip
    world.append("eu", world.payload("eu", "application.asserted", body=body))
    world.exchange()
    shown = await page(await pages_of(world, "cn"), f"/batches/{week.position}")
    [note] = shown.marked("class", "rmk")
    assert "26 Feb 2027" in note.text


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
    sound: Fields = {"row": 2, "number": "A-2", "state": "review", "as_of": "2026-11-20",
             "accepted_on": "2026-11-02"}  # fmt: skip
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


async def chosen(site: PagesNode, who: str = "desk", choice: str = "on") -> None:
    """Choose whether to see possible questions."""
    told = await site.post("/preferences/questions", {"questions": choice}, who)
    assert told.status == 303, told.text


@pytest.mark.timeout(300)  # some 200 readings
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_no_output_of_a_side_holds_a_note_on_the_other_side(pages_of, party: Party):
    made = Everything(party)
    site = await pages_of(made.disputed.world, party)
    if party == "eu":
        for who in ("desk", "clerk"):
            await chosen(site, who)
    walk = await walk_of(site, made.disputed)
    await catch_up(site.node)
    lang: Lang = "en" if party == "eu" else "zh-CN"
    noted = ""
    for path in made.pages()[party]:
        words = (await page(site, path, lang)).text
        assert SAID.search(words), path
        noted += words
    if party == "eu":
        unsaid = [key for key in SENTENCES if not re.search(pattern(key, lang), noted)]
        assert unsaid == [], "every sentence stands on a page"
    own = made.pages()[party] | {
        path.format_map(walk.names)
        for path in (
            *("/meetings/{meeting}", "/priority/{priority}", "/batches/{batch}"),
            *(f"/applications/A-{number}" for number in (1, 2, 3, 4, 9)),
            f"/licences/{LICENCE}",
        )
    }
    found = []
    for each in made.reads(party):
        path = each.path.format_map(walk.names)
        if path not in own and (said := SAID.search(await text_of(walk, path, each.who, lang))):
            found.append((path, said[0]))
    assert found == []


LAW_ROWS: Final[list[Fields]] = [
    {"row": 1, "number": "A-1", "state": "returned", "as_of": "2026-11-20"},
    {"row": 2, "number": "A-2", "state": "not_accepted", "as_of": "2026-11-20"},
]


async def test_possible_questions_are_shown_to_those_who_chose_them_alone(pages_of):
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    world.answer_batch(batch, LAW_ROWS)
    world.exchange()
    path = f"/batches/{batch.position}"
    site = await pages_of(world, "eu")
    assert (await page(site, path)).marked("class", "rmk") == []
    offered = await page(site, "/preferences")
    assert "Possible questions are not shown." in offered.text
    assert offered.one("button", "Show possible questions").attributes["value"] == "on"
    await chosen(site)
    first, second = (await page(site, path)).marked("class", "rmk")
    assert first.text.startswith("Possible question: Sent back without papers or a remark.")
    assert "(Administrative Licensing Law, Art. 32)" in first.text
    assert "(Administrative Licensing Law, Art. 38)" in second.text
    chinese = await page(site, path, "zh-CN")
    assert (
        "可询问事项：退回而未列明材料或备注：系要求补正还是不予受理？（《行政许可法》第三十二条）"
        in chinese.text
    )
    assert (await page_as(site, path, "head")).marked("class", "rmk") == [], "a colleague"
    await chosen(site, choice="off")
    assert (await page(site, path)).marked("class", "rmk") == []
    other = await pages_of(world, "cn")
    assert (await page(other, path)).marked("class", "rmk") == []
    assert "/preferences/questions" not in (await other.get("/preferences")).html
    refused = await other.post("/preferences/questions", {"questions": "on"})
    assert refused.status == 403
    assert (await site.post("/preferences/questions", {"questions": "maybe"})).status == 400


async def page_as(site: PagesNode, path: str, who: str) -> Page:
    return Page((await site.get(path, who)).html)


async def test_question_made_from_a_possible_one_begins_with_an_empty_text(pages_of):
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    world.answer_batch(batch, LAW_ROWS)
    late: dict[str, Any] = {
        "number": "A-3", "state": "submitted", "as_of": "2026-11-20", "source": "bureau",
        "clock": [{"act": "received", "on": "2026-11-02"},
                  {"act": "supplement", "on": "2026-11-16"}],
    }  # fmt: skip
    world.append("cn", world.payload("cn", "application.asserted", body=late))
    world.exchange()
    site = await pages_of(world, "eu")
    await chosen(site)
    for path in (f"/batches/{batch.position}", "/applications/A-3"):
        link = (await page(site, path)).all("link", "Write a question")[0]
        form = await site.get(link.attributes["href"])
        assert form.status == 200
        assert not SAID.search(form.html + form.text)
        assert [each.text for each in form.page.within() if each.tag == "textarea"]
        assert not [
            each.text for each in form.page.within() if each.tag == "textarea" and each.text
        ]
    reader = await page_as(site, f"/batches/{batch.position}", "oversight")
    assert reader.all("link", "Write a question") == []


async def test_statement_on_an_application_is_noted_to_its_reader_alone(pages_of):
    world = World.founded()
    stated(world, "review")
    stated(world, "submitted", "2026-11-24")
    world.exchange()
    site = await pages_of(world, "eu")
    shown = (await page(site, "/applications/A-1")).marked("class", "rmk")
    assert [each.text for each in shown] == [
        (
            "“under review” (20 Nov 2026), then “submitted, not accepted yet”: neither a"
            " correction, nor a return, nor a new filing is stated."
        ),
        (
            "No date of acceptance is stated; no statutory day is counted."
            " (Dual-Use Items Regulations, Art. 17, to be checked)"
        ),
    ]
    assert "未说明更正、退回或者重新申请。" in (await page(site, "/applications/A-1", "zh-CN")).text
    assert not SAID.search((await site.get("/api/applications/A-1")).html)
    own = await page(await pages_of(world, "cn"), "/applications/A-1")
    assert own.marked("class", "rmk") == []


async def test_licence_and_its_draw_downs_are_noted_to_their_reader_alone(pages_of):
    world = World.founded()
    issue(world, valid_from="2026-11-20", valid_to="2027-11-19")
    draw(world, "6000", on="2026-11-23")
    draw(world, "1", on="2027-11-22")
    world.exchange()
    path = f"/licences/{LICENCE}"
    site = await pages_of(world, "eu")
    words = [each.text for each in (await page(site, path)).marked("class", "rmk")]
    assert any("left of" in each for each in words)
    assert any("These statements can’t be read together: 22 Nov 2027" in each for each in words)
    assert not SAID.search((await site.get(f"/api{path}")).html)
    assert (await page(await pages_of(world, "cn"), path)).marked("class", "rmk") == []


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
        r"\b(read_row|read_return|read_statement|read_issue|read_draw|read_answer|read_promise"
        r"|as_read|reading_notes|then_of)\b"
    )
    users = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if names.search(path.read_text())
    }
    assert users == {
        "core/sense/read_rows.py", "core/sense/read_statements.py",
        "core/sense/priority.py", "core/sense/promises.py",
        "web/lists/reading.py", "web/lists/pages.py",
        "web/priority/reading.py", "web/priority/pages.py",
        "web/meetings/reading.py", "web/meetings/pages.py",
        "web/applications/reading.py", "web/applications/footnotes.py",
        "web/licences/reading.py", "web/licences/pages.py", "web/shell/reading.py",
    }  # fmt: skip


STATING: Final = (
    "'batch.listed', 'batch.answered', 'licence.issued', 'licence.drawn', 'application.asserted'"
)


async def test_page_is_shown_without_notes_where_an_entry_is_not_found(pages_of):
    """A page whose notes need the day of an entry that the record lacks is shown all the same."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    world.answer_batch(batch, LAW_ROWS)
    issue(world)
    draw(world, "3")
    stated(world, "review", number="A-3")
    world.exchange()
    eu = await pages_of(world, "eu")
    for party, site in (("cn", eu), ("eu", await pages_of(world, "cn"))):
        lost = f"DELETE FROM record.entries WHERE log = '{party}' AND kind IN ({STATING})"  # noqa: S608
        await damage.tamper(site.node.database.superuser, lost)
        for path in (f"/batches/{batch.position}", "/applications/A-3", f"/licences/{LICENCE}"):
            shown = await site.get(path)
            assert shown.status == 200, (party, path, shown.text[:500])


@pytest.mark.parametrize("weeks", [1, 2])
async def test_papers_asked_for_again_are_compared_with_the_sheet_before(pages_of, weeks):
    """In a second sheet for one list, or for the next list with the application."""
    world = World.founded()
    batches = [world.list_batch(["A-1"], list_=f"W{48 + week}") for week in range(weeks)]
    world.exchange()
    asks: Fields = {"row": 1, "number": "A-1", "state": "supplement"}
    for batch, as_of, papers in (
        (batches[0], "2026-11-10", ["contract"]),
        (batches[-1], "2026-11-20", ["contract", "end_user_cert"]),
    ):
        world.answer_batch(batch, [asks | {"as_of": as_of, "missing": list(papers)}])
    world.exchange()
    site = await pages_of(world, "eu")
    await chosen(site)
    path = f"/batches/{batches[-1].position}"
    words = " ".join(each.text for each in (await page(site, path)).marked("class", "rmk"))
    assert re.search(pattern("S-056.ask", "en"), words)
