"""A task of each role, done through the accessibility tree alone: names, roles, states, a keyboard.

Desk officer, head of unit, director, registrar and overseer, on both sides. Nothing is found by a
selector; what a task needs and the tree lacks, nobody with a screen reader can do.
"""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.web.http.services import SERVICES
from tests.axtree import Reader
from tests.channel import Channel
from tests.story.sheets import Sheets
from tests.story.test_access_is_granted import NAMES, begin, number_of, press
from tests.story.windows import Window, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

LANGS: dict[Party, Lang] = {"eu": "en", "cn": "zh-CN"}


def words_of(party: Party) -> Catalogue:
    """Return the words that a side's officials hear."""
    return catalogue(LANGS[party])


async def chooses(me: Reader, name: str, value: str, *, key: str = "ArrowDown") -> None:
    """Choose of a list that has the focus, by one key."""
    for _ in range(40):
        await me.press(key)
        await me.finds("combobox", name, focused=True)
        if (await me.finds("combobox", name, focused=True)).value == value:
            return
    raise AssertionError(f"{name} has no {value!r}")


async def ends_well(me: Reader, there: Window) -> None:
    """No control without a name had the focus, and the browser complained of nothing."""
    assert me.nameless == []
    assert await there.quiet() == []


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_desk_officer_answers_a_question_by_names_alone(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    t, other = words_of(party), peer_of(party)
    subject = f"By names, for {party}"
    thread = await made.open_thread(other, subject)
    note = await made.note(other, thread, asks=[made.ask(other, "2099-01-05T09:30:00Z")])
    await made.caught_up()
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol()
        await there.go("/inbox")
        me = Reader(there.page)
        await me.activates("link", re.compile(note.number), within=("main", None))
        await me.arrives(re.compile(subject))
        form = ("form", re.compile(note.number))
        await me.finds("form", form[1])
        await me.finds("checkbox", re.compile(note.number), within=form, checked="true")
        text = re.compile(t.gettext("Original"))
        await me.reaches("textbox", text, within=form)
        await me.types("1")
        send = t.gettext("Sign and send")
        await me.activates("button", re.compile(send), within=form)
        dialog = ("dialog", t.gettext("Sign and send?"))
        await me.finds(*dialog, modal=True)
        marking = t.gettext("Marking")
        await me.reaches("combobox", marking, within=dialog)
        await chooses(me, marking, t.gettext("none"))
        await me.activates("button", send, within=dialog)
        side = party.upper()
        stored = re.escape(t.label("script", "sent")).replace(r"\{position\}", rf"{side}\-\d+")
        await me.hears(re.compile(stored))
        await me.finds("article", re.compile(rf"{side}-\d+"))
        await ends_well(me, there)


async def looks_at_rows(me: Reader) -> None:
    """Go through the rows that must be seen, by the key for the next row."""
    rows = len((await me.tree()).one("main").all("rowheader"))
    for _ in range(rows):
        await me.press("j")


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_head_releases_a_sheet_by_names_alone(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    t = words_of(party)
    week = Sheets(made, f"L2026-4{4 + (party == 'cn')}", skip=40 + 20 * (party == "cn"))
    draft = await week.lay_list()
    if party == "cn":
        await week.clear("eu", draft)
        await made.caught_up()
        await week.lay_return()
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol("head")
        await there.go("/inbox")
        me = Reader(there.page)
        place = t.label("page", "clearance")
        await me.activates("link", re.compile(f"^{place}.*1"))
        await me.arrives(place)
        await looks_at_rows(me)
        sign = t.gettext("Sign and release")
        release = t.gettext("Release to %(side)s", side="")
        await me.activates("button", re.compile(release), within=("main", None))
        dialog = ("dialog", t.gettext("Sign and release?"))
        await me.finds(*dialog, modal=True)
        await me.activates("button", sign, within=dialog)
        released = t.gettext("Released as %(position)s.", position=f"{party.upper()}-")
        await me.hears(released.rstrip(".。"))
        await ends_well(me, there)


async def assigns(me: Reader, t: Catalogue, number: str) -> str:
    """Assign the chosen thread to the first colleague; return how the list names them."""
    await me.arrives(t.gettext("Assign %(number)s", number=number))
    to = t.gettext("Assign to")
    await me.reaches("combobox", to)
    await me.press("ArrowDown")
    colleague = (await me.finds("combobox", to, focused=True)).value
    assert colleague not in {"", t.gettext("Choose a colleague")}
    await me.activates("button", t.gettext("Sign and assign"))
    dialog = ("dialog", t.gettext("Sign?"))
    await me.finds(*dialog, modal=True)
    await me.activates("button", t.gettext("Sign"), within=dialog)
    return colleague


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_director_assigns_a_thread_by_names_alone(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    t = words_of(party)
    thread = await made.open_thread(peer_of(party), f"Of nobody, for {party}")
    await made.caught_up()
    rows = await made.nodes[party].app[SERVICES].stores.views.threads_by_id([thread])
    number = str(rows[thread].position)
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol("director")
        await there.go("/inbox")
        me = Reader(there.page)
        unit = t.label("page", "unit")
        await me.activates("link", re.compile(unit), within=("navigation", t.gettext("Main")))
        await me.arrives(re.compile(unit))
        choose = t.gettext("Choose %(number)s", number=number)
        await me.reaches("checkbox", choose)
        await me.press("Space")
        await me.finds("checkbox", choose, checked="true")
        await me.activates("button", t.gettext("Assign the chosen threads"))
        colleague = await assigns(me, t, number)
        await me.arrives(re.compile(unit))
        name = re.split(r" \(|（", colleague)[0]
        await me.finds("cell", re.compile(re.escape(name)))
        lines = (await me.tree()).all("row")
        [row] = [each.text for each in lines if re.search(rf"{number}\b", each.text)]
        assert f"Of nobody, for {party}" in row
        assert name in row
        await ends_well(me, there)


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_registrar_invites_a_person_by_names_alone(
    made: Channel, chromium: Playwright, party: Party
) -> None:
    t = words_of(party)
    async with window(chromium, made, party, LANGS[party]) as there:
        await there.enrol("registrar")
        await there.go("/inbox")
        me = Reader(there.page)
        people = t.label("page", "people")
        await me.activates("link", people, within=("navigation", t.gettext("Main")))
        await me.arrives(people)
        invite = t.gettext("Invite a person")
        await me.activates("link", invite)
        await me.arrives(invite)
        for field, typed in (("Name", "Ada Fictional"), ("Unit", "G.1")):
            await me.reaches("textbox", t.gettext(field), within=("main", None))
            await me.types(typed)
        await me.reaches("textbox", t.gettext("Mail address"))
        await me.types("ada@example.eu")
        await me.activates("button", t.gettext("Invite"))
        draw = t.gettext("Draw a one-time code")
        await me.activates("button", draw)
        shown = t.gettext("The code, shown only once")
        await me.finds("heading", shown)
        await me.hears(re.compile(rf"^{shown} \w{{4}}(-\w{{4}})+$"))
        await ends_well(me, there)


@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("eu", "zh-CN"), ("cn", "zh-CN")])
async def test_overseer_takes_an_export_by_names_alone(
    made: Channel, chromium: Playwright, party: Party, lang: Lang
) -> None:
    t = catalogue(lang)
    subject = f"To be audited on {party}, {lang}"
    number = await number_of(made, await made.open_thread("eu", subject))
    await made.caught_up()
    async with AsyncExitStack() as stack:
        windows = [
            await stack.enter_async_context(window(chromium, made, party, "en-GB")) for _ in NAMES
        ]
        first, second, reader = windows
        for each, name in zip(windows, NAMES, strict=True):
            each.expected.append("403")  # nobody is admitted yet
            await each.enrol("oversight", f"{name} {lang}")
        await begin(first, number, f"{NAMES[2]} {lang}")
        page = await second.go("/access")
        async with page.expect_event("domcontentloaded"):
            await press(page, "[data-act=sign-act]", "access.granted")

        await reader.go("/access")
        me = Reader(reader.page)
        if lang == "zh-CN":
            await me.activates("button", "中文")
        await me.arrives(t.label("page", "access"))
        await me.activates("link", number, within=("main", None))
        await me.arrives(re.compile(subject))
        async with reader.page.expect_download() as coming:
            await me.activates(
                "link", re.compile(t.gettext("Download the evidence")), within=("main", None)
            )
        bundle = (await (await coming.value).path()).read_bytes()
        assert zipfile.ZipFile(io.BytesIO(bundle)).testzip() is None
        await ends_well(me, reader)
