"""Pages of a real node, asked for as a browser without JavaScript does."""

from __future__ import annotations

import re

import pytest

from special_channel.core.bytes.ids import peer_of
from tests.stories import DUE, LATER, busy
from tests.web.pages_node import NAMES, catch_up
from tests.web.reading import Element, Page, group_of, numbers
from tests.web.test_quotas import call
from tests.world import FOUNDED, World

LANGS = ("en", "zh-CN")


def menu_of(work: list[str], office: list[str]) -> list[str]:
    """Pages of a menu in order: those of work and office differ by role."""
    permits = ["batches", "applications", "licences", "priority"]
    reports = ["numbers", "figures", "fairness", "alerts"]
    return [*work, *permits, "meetings", "deadlines", *reports, *office]


REFUSED = [
    ("/registrar", "desk", 403),
    ("/registrar", "head", 403),
    ("/registrar", "second-registrar", 200),
    ("/clearances", "oversight", 403),
    ("/clearances", "director", 200),
    ("/threads/new", "oversight", 403),
    ("/inbox", "oversight", 200),
    ("/inbox?scope=theirs", "desk", 400),
    ("/threads?show=some", "desk", 400),
    ("/threads?page=0", "desk", 400),
    ("/threads?page=-1", "desk", 400),
    ("/threads?page=9999999999999999999999", "desk", 400),
    ("/batches?page=one", "desk", 400),
    ("/batches/CN-1", "desk", 404),
    ("/batches/nothing", "desk", 404),
    ("/threads/EU-999999", "desk", 404),
    ("/meetings/EU-999999", "desk", 404),
    ("/meetings?level=kings", "desk", 400),
    ("/meetings/new", "oversight", 403),
    ("/threads/new?promise=EU-1", "desk", 404),
    ("/brief/kings/handover", "desk", 404),
    ("/brief/working/internal", "oversight", 200),
    ("/brief/working/handover?since=soon", "desk", 400),
    ("/threads/..%2f..%2fetc", "desk", 404),
    ("/clearances/" + "0" * 64, "desk", 404),
    ("/entries/EU-99999", "desk", 404),
    ("/nowhere", "desk", 404),
]


@pytest.fixture(params=["eu", "cn"])
def party(request):
    return request.param


def number(entry) -> str:
    return str(entry.position)


def asked(world: World, due: str = DUE, words=("Is it complete?",), **changed):
    """A delivered thread with a question of the EU to CN."""
    thread = world.open_thread("eu")
    ask = world.ask("eu", due, part=0, **changed)
    note = world.note("eu", thread.leaf.thread, words, asks=[ask])
    world.exchange()
    return thread, note


async def test_every_page_reads_without_a_script_in_both_languages_on_both_sides(pages_of, party):
    story = busy()
    site = await pages_of(story.world, party)
    batch, thread = number(story.batch), number(story.thread)
    expected = {
        "/inbox": "Certificate without stamp",
        "/inbox?scope=all": "Certificate without stamp",
        "/threads?show=all": "海关编码",
        f"/threads/{thread}": "May the certificate be sent again?",
        f"/threads/{number(story.other_thread)}": "请说明。",
        "/batches": "W47",
        f"/batches/{batch}": "=HYPERLINK(1)",
        f"/batches/{batch}/new-thread?application=A-1": "A-1",
        "/deadlines": f"{story.note.position} Q2",
        "/rules?year=2026": "10",
        "/threads/new": NAMES[party]["desk"],
        "/figures": "IMI",
        "/numbers": "W47",
        "/alerts": NAMES[party]["desk"],
        f"/threads/{thread}/alerts": thread,
        "/keys": NAMES[party]["desk"],
        "/clearances": NAMES[party]["desk"],
        "/mailbox": NAMES[party]["desk"],
    }
    for lang in LANGS:
        for path, words in expected.items():
            shown = await site.get(path, lang=lang)
            assert shown.status == 200, path
            assert words in shown.text, path
            assert shown.page.language == lang
            assert shown.headers["Content-Language"] == lang
            assert shown.headers["Cache-Control"] == "no-store"
            assert "%(" not in shown.html, path
            assert not re.findall(r"\b(event|label|flag|step)\.[a-z]", shown.text), path
        for path in ("/sign-in", "/enrol"):
            shown = await site.get(path, who="", lang=lang)
            assert shown.status == 200
            assert shown.page.language == lang


async def test_a_page_asks_the_same_number_of_questions_however_much_there_is(pages_of):
    small, large = World.founded(), World.founded()
    counted: dict[str, list[int]] = {}
    for world, times in ((small, 1), (large, 25)):
        batch = world.list_batch([f"A-{n}" for n in range(2 * times)])
        thread, _ = asked(world)
        for n in range(times):
            other = world.open_thread("cn", f"Thread {n}", batch=batch.id if n else "standing")
            world.note("cn", other.leaf.thread, (f"Words {n}.",), by=("desk", "clerk")[n % 2])
            world.note("eu", thread.leaf.thread, (f"More {n}.",), asks=[world.ask("eu", LATER)])
        world.exchange()
        site = await pages_of(world, "eu")
        await site.watch()
        paths = {
            "inbox": "/inbox",
            "inbox of all": "/inbox?scope=all",
            "threads": "/threads?show=all",
            "thread": f"/threads/{thread.position}",
            "batches": "/batches",
            "deadlines": "/deadlines?desk=1",
            "batch": f"/batches/{batch.position}",
        }
        for name, path in paths.items():
            assert (await site.get(path)).status == 200
            counted.setdefault(name, []).append(len(site.statements))
    for name, (few, many) in counted.items():
        # Nothing is asked for what is not there; a fixed number of questions more, never one a row:
        # of a long thread the bounds of its window, the window, its opening and what it mentions.
        assert many <= few + 6, name
        assert many <= 50, name


async def test_what_an_official_typed_stays_text(pages_of):
    hostile = '<img src=x onerror=alert(1)> "&" {{7*7}} %(num)s'
    world = World.founded()
    thread = world.open_thread("eu", hostile)
    world.note("eu", thread.leaf.thread, (hostile,), asks=[world.ask("eu", DUE, part=0)])
    batch = world.list_batch(["<b>A-1</b>"], list_="<i>W47</i>")
    world.exchange()
    site = await pages_of(world, "cn")
    for path in (
        "/inbox?scope=all",
        "/threads",
        f"/threads/{thread.position}",
        "/batches",
        f"/batches/{batch.position}",
        "/threads?show=open&x=" + "%3Cimg%3E",
    ):
        shown = await site.get(path, lang="zh-CN")
        assert shown.status == 200
        made = {(each.tag, each.source) for each in shown.page.within()}
        assert made.isdisjoint({("b", "A-1"), ("i", "W47"), ("img", "")}), path
    shown = await site.get(f"/threads/{thread.position}", lang="zh-CN")
    assert hostile in [part.source for part in shown.page.marked("data-part", "0")]


async def test_only_own_people_have_names(pages_of, party):
    story = busy()
    site = await pages_of(story.world, party)
    # Even if the own directory were wrong about a key of the other side's.
    theirs = story.world.sides[peer_of(party)].keys["desk"].key
    people = await site.own.desk.officials.all()
    await site.own.desk.officials.bind(theirs, people[1].id)
    shown = await site.get(f"/threads/{story.thread.position}")
    assert NAMES[party]["desk"] in shown.text
    assert NAMES[party]["clerk"] not in shown.text
    # The first person after the founding's two registrars.
    assert "· 3" in shown.text


async def test_without_a_session_a_page_leads_to_sign_in_and_back(pages_of):
    site = await pages_of(World.founded(), "eu")
    root = await site.get("/", who="")
    assert (root.status, root.headers["Location"]) == (303, "/sign-in")
    inner = await site.get("/threads?show=all", who="")
    assert (inner.status, inner.headers["Location"]) == (303, "/sign-in?next=/threads%3Fshow%3Dall")
    assert (await site.get("/")).headers["Location"] == "/inbox"
    for elsewhere in ("//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere"):
        shown = await site.get("/sign-in", who="", params={"next": elsewhere})
        assert [each.attributes["data-next"] for each in shown.page.marked("data-next")] == ["/"]


async def test_a_session_of_the_other_node_opens_nothing(pages_of):
    site = await pages_of(World.founded(), "cn")
    token = await site.sign_in("desk")
    shown = await site.get("/inbox", who="", headers={"Cookie": f"sc-session-eu={token}"})
    assert shown.status == 303


async def test_who_may_not_or_asks_for_nothing_gets_a_page_that_says_so(pages_of):
    site = await pages_of(World.founded(), "cn")
    for path, who, status in REFUSED:
        for lang in LANGS:
            shown = await site.get(path, who=who, lang=lang)
            assert shown.status == status, path
            assert shown.page.language == lang
            assert (status == 200) != bool(shown.page.codes()), path


@pytest.mark.parametrize(
    ("lang", "named"),
    [
        ("en", ["Work", "Permits", "Meetings", "Deadlines", "Reports", "Office"]),
        ("zh-CN", ["日常办理", "许可事项", "会谈", "答复时间", "统计报表", "内部管理"]),
    ],
)
async def test_menu_has_six_groups(pages_of, lang, named):
    site = await pages_of(World.founded(), "eu")
    page = (await site.get("/inbox", lang=lang)).page
    [menu] = [each for each in page.all("navigation") if each.marked("data-nav")]
    # The button that opens the menu on a narrow page is a group without a list.
    groups = [each for each in menu.all("group") if "role" in each.attributes]
    assert [group.name for group in groups] == named
    # A group of one page has its name from the page.
    headed = [group.name for group in groups if group.text.startswith(group.name)]
    assert headed == [named[0], named[1], *(["Meetings", "Deadlines"] if lang == "en" else
                      named[2:4]), named[4], named[5]]  # fmt: skip
    # The demonstration's mails are no page of the channel.
    assert not menu.marked("data-nav", "mailbox")
    assert (await site.get("/mailbox", lang=lang)).status == 200


async def test_differences_are_reached_from_applications(pages_of):
    site = await pages_of(World.founded(), "eu")
    page = (await site.get("/applications?differs=state")).page
    href = page.one("link", "Differences side by side").attributes["href"]
    assert href == "/differences?differs=state"
    there = (await site.get(href)).page
    [current] = [each for each in there.marked("data-nav") if "aria-current" in each.attributes]
    assert current.attributes["data-nav"] == "applications"


async def test_a_menu_names_only_pages_that_exist_for_the_reader(pages_of):
    site = await pages_of(World.founded(), "eu", mailbox=None)
    for who, pages in (
        (
            "desk",
            [*menu_of(["inbox", "clearance", "drafts", "new-thread", "notices", "threads", "search",
                       "review"], ["people", "rules"]), "new-thread"],
        ),
        (
            "oversight",
            menu_of(
                ["inbox", "notices", "threads", "search", "review"], ["people", "rules", "access"]
            ),
        ),
        (
            "head",
            [*menu_of(["inbox", "clearance", "drafts", "new-thread", "notices", "threads", "unit",
                       "search", "review", "quarantine"],
                      ["people", "rules", "channels"]), "new-thread"],
        ),
        (
            "second-registrar",
            menu_of(["inbox", "clearance", "notices", "threads", "search", "review", "quarantine"],
                    ["people", "rules", "channels"]),
        ),
    ):  # fmt: skip
        shown = await site.get("/inbox", who=who)
        named = shown.page.marked("data-nav")
        assert [each.attributes["data-nav"] for each in named] == pages
        for each in named:
            path = each.attributes["href"]
            assert (await site.get(path, who=who)).status == 200, path
    assert (await site.get("/mailbox")).status == 404


async def test_oversight_reads_and_has_no_form_to_write(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    shown = await site.get(f"/threads/{story.thread.position}", who="oversight")
    assert "May the certificate be sent again?" in shown.text
    assert shown.page.by_id("compose") is None
    assert shown.page.marked("data-sign") == []


async def test_a_thread_is_found_by_its_id_and_an_entry_by_its_number(pages_of):
    story = busy()
    site = await pages_of(story.world, "cn")
    thread = number(story.thread)
    for path, place in (
        (f"/threads/{story.thread.leaf.thread}", f"/threads/{thread}"),
        (
            f"/entries/{story.note.position}",
            f"/threads/{thread}?at={story.note.position}#{story.note.position}",
        ),
        (
            f"/entries/{story.note.id}",
            f"/threads/{thread}?at={story.note.position}#{story.note.position}",
        ),
        (f"/entries/{story.batch.position}", f"/batches/{story.batch.position}"),
    ):
        shown = await site.get(path)
        assert (shown.status, shown.headers["Location"]) == (303, place)
    envelope = await site.get(f"/entries/{story.note.position}/envelope")
    assert envelope.html.encode() == story.note.submission.envelope
    receipt = await site.get(f"/entries/{story.note.position}/receipt")
    assert receipt.html.startswith("c2sp.org/tlog-proof@v1\n")
    kept = [each.headers["Cache-Control"] for each in (envelope, receipt)]
    assert kept == ["no-store", "no-store"], "a browser keeps nothing of the record"


@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("cn", "zh-CN")])
async def test_evidence_says_in_words_who_signed_what_and_when(party, lang, pages_of):
    world = World.founded()
    granted = world.grant("eu", "newcomer")
    enrolled = world.add_key("eu", "newcomer", "laptop")
    listed = world.list_batch(["A-1"])
    world.exchange()
    site = await pages_of(world, party)
    found = (await site.get(f"/entries/{enrolled.position}/evidence", "clerk", lang)).page
    words = {
        "eu": "Enrolment of a key: The EU side enrolled a key of",
        "cn": "启用密钥：欧方启用",
    }
    assert words[party] in found.text
    assert len(found.all("definition")) >= 4
    where = f"/api/entries/{enrolled.position}/evidence?lang={lang}"
    status, told = await call(site, "GET", where, "clerk")
    assert (status, told["kind"], told["refused"]) == (200, "key.enrolled", "")
    assert told["words"] in found.text
    persons = [each["person"] for each in (told["author"], *told["others"])]
    assert {world.eu.person(who) for who in ("newcomer", "registrar")} < set(persons)
    assert len(set(persons)) == 3
    shown = (await site.get(f"/entries/{listed.position}/evidence", "clerk", lang)).page
    assert f"/batches/{listed.position}" in shown.links().values()
    assert f"/entries/{listed.position}/receipt" in shown.links().values()
    # From a list of people the number leads to words, never to signed data.
    people = (await site.get("/people/eu/9", "clerk", lang)).page
    links = people.links().values()
    assert f"/entries/{granted.position}/evidence" in links
    assert not any(link.endswith("/envelope") for link in links)
    assert (await site.get("/entries/EU-999/evidence")).status == 404


async def test_a_draft_and_the_questions_to_answer_stand_in_the_form(pages_of):
    world = World.founded()
    thread, note = asked(world, due="2026-11-26T09:30:00Z")
    site = await pages_of(world, "cn")
    key = world.cn.keys["desk"].key
    text = '{"text": "来文收悉，谢谢。", "text_tr": "Received."}'
    await site.own.desk.drafts.save(key, thread.leaf.thread, text, site.own.node.clock.now())
    shown = await site.get(f"/threads/{thread.position}", lang="zh-CN")
    form = shown.page.by_id("compose")
    assert form
    fields = form.fields()
    assert (fields["text"], fields["text_tr"]) == ("来文收悉，谢谢。", "Received.")
    assert shown.page.marked("data-note", note.id)
    assert shown.page.marked("data-charter", world.charter_digest)
    # Three working days, 17:30 in Brussels.
    assert shown.page.marked("data-due", "2026-11-27T16:30:00Z")
    other = await site.get(f"/threads/{thread.position}", who="clerk", lang="zh-CN")
    assert "来文收悉" not in other.html


def items_of(page: Page) -> dict[str, Element]:
    """Return the items of a thread by position."""
    return {
        each.attributes["id"]: each
        for each in page.all("listitem")
        if each.attributes.get("class", "").partition(" ")[0] in {"entry", "ev"}
    }


def shapes_of(page: Page) -> dict[str, object]:
    """Return the items of a thread by position, each with everything that is in it."""
    return {position: item.shape() for position, item in items_of(page).items()}


def marks(page: Page, attribute: str) -> list[str]:
    """Return the values of an attribute, in order."""
    return [each.attributes[attribute] for each in page.marked(attribute)]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("view", ["pair", "original"])
async def test_update_of_a_thread_has_items_as_the_page(pages_of, lang, view):
    story = busy()
    translated = {"translation": {"lang": "en", "parts": [1]}}
    thread = story.thread.leaf.thread
    story.world.note("cn", thread, ("可以。", "Yes."), lang="zh-CN", body=translated)
    story.world.exchange()
    for party in ("eu", "cn"):
        site = await pages_of(story.world, party)
        path = f"/threads/{story.thread.position}"
        # Whoever reads the page is remembered; the update marks nothing as read.
        update = await site.get(f"{path}/now?view={view}&after=0.0.0", lang=lang)
        page = shapes_of((await site.get(f"{path}?view={view}", lang=lang)).page)
        assert shapes_of(update.page) == page
        assert {str(each.position) for each in (story.note, story.passed, story.answer)} <= set(
            page
        )
        assert marks(update.page, "data-before") == [*list(page)[1:], ""]


async def test_update_holds_only_what_changed_since(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    eu, cn = (len(story.world.sides["eu"].copies[party].entries) for party in ("eu", "cn"))

    async def update(thread, after: str) -> tuple[list[str], list[str]]:
        shown = await site.get(f"/threads/{thread.position}/now{after}")
        live = [each.split() for each in marks(shown.page, "data-live")]
        return list(items_of(shown.page)), [each[0] for each in live if each[1:] == ["evidence"]]

    # The page is current: by the clock a note with questions may have changed, and a file may
    # have arrived.
    note, answer = str(story.note.position), story.answer.position
    moving = [note, str(story.with_file.position)]
    assert await update(story.thread, f"?after={eu}.{cn}.{eu}") == ([], moving)
    # An entry is an arrival, once: its own evidence comes with it.
    arrived, renewed = await update(story.thread, f"?after={eu}.{answer.index}.{eu}")
    assert (arrived, sorted(renewed)) == ([str(answer)], sorted([str(answer), *moving]))
    # A delivery renews the notes that it reached.
    assert await update(story.batch_thread, f"?after={eu}.{cn}.{eu}") == ([], [])
    _, delivered = await update(story.batch_thread, f"?after={eu}.{cn}.0")
    assert len(delivered) == 1
    assert await update(story.batch_thread, "") == ([], [])


async def test_update_refuses_what_is_no_cursor(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    shown = await site.get(f"/threads/{story.thread.position}/now?after=yesterday")
    assert shown.status == 400
    assert "cursor-malformed" in shown.html


async def test_the_inbox_groups_by_who_is_to_answer(pages_of):
    world = World.founded()
    thread, _ = asked(world, due="2026-11-26T09:30:00Z")
    quiet = world.open_thread("eu", "Nothing is asked here")
    world.exchange()
    here = {"eu": "theirs", "cn": "ours"}
    for party, group in here.items():
        site = await pages_of(world, party)
        page = (await site.get("/inbox")).page
        assert str(thread.position) in numbers(group_of(page, group))
        read = numbers(group_of(page, "read"))
        assert (str(quiet.position) in read) == (party == "cn")  # not news to its author
        assert str(thread.position) not in read


async def test_scopes_hide_what_is_in_other_hands_and_nothing_that_is_in_nobodys(pages_of):
    world = World.founded()
    subjects = {
        who: world.open_thread("eu", f"Opened by {who}", by=who) for who in ("desk", "head")
    }
    nobody = world.open_thread("cn", "Opened across")
    for thread in (*subjects.values(), nobody):
        party = thread.position.party
        ask = world.ask(party, "2026-11-26T09:30:00Z")
        author = {"by": "head"} if thread is subjects["head"] else {}
        world.note(party, thread.leaf.thread, asks=[ask], **author)
    world.exchange()
    site = await pages_of(world, "eu")
    for scope, hidden in (("mine", {"Opened by head"}), ("unit", set()), ("all", set())):
        text = (await site.get(f"/inbox?scope={scope}")).text
        subjects_shown = {
            s for s in ("Opened by desk", "Opened by head", "Opened across") if s in text
        }
        assert subjects_shown == {"Opened by desk", "Opened by head", "Opened across"} - hidden


async def test_a_batch_is_paged_and_filtered_on_the_server(pages_of):
    world = World.founded()
    listed = [f"F-{n:03}" for n in range(1, 231)]
    batch = world.list_batch(listed, state="review", as_of="2026-11-20")
    world.exchange()
    rows = [
        {"row": n, "number": f"F-{n:03}", "state": "approved", "as_of": "2026-11-23"}
        for n in (1, 150, 230)
    ]
    world.answer_batch(batch, rows)
    world.exchange()
    site = await pages_of(world, "cn")
    url = f"/batches/{batch.position}"

    async def shown(query: str) -> list[str]:
        page = await site.get(url + query)
        assert page.status == 200
        return [each for each in page.page.names("rowheader") if each.startswith("F-")]

    assert await shown("") == listed[:100]
    assert await shown("?page=3") == listed[200:]
    beyond = await site.get(f"{url}?page=4")
    assert beyond.status == 303
    assert beyond.headers["Location"] == f"{url}?all=1&page=3"
    assert await shown("?state=approved") == ["F-001", "F-150", "F-230"]
    assert await shown("?differs=1") == ["F-001", "F-150", "F-230"]
    assert await shown("?match=found&text=f-15") == ["F-150"]
    assert await shown("?text=%25") == []
    assert await shown("?state=nonsense%27") == []
    page = await site.get(url + "?state=review&page=1")
    following = page.page.marked("rel", "next")[0].attributes["href"]
    assert await shown(following.removeprefix(url)) == listed[100:200]


async def test_what_arrives_is_on_the_next_page_without_a_script(pages_of):
    world = World.founded()
    thread, note = asked(world, due="2026-11-26T09:30:00Z")
    site = await pages_of(world, "eu")
    assert "It is sent." not in (await site.get(f"/threads/{thread.position}")).text
    world.answer("cn", note)
    world.exchange()
    await catch_up(site.node)
    shown = await site.get(f"/threads/{thread.position}")
    assert "It is sent." in shown.text
    assert "No question is open in this thread." in shown.text


async def test_a_page_travels_compressed(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    shown = await site.get(f"/threads/{story.thread.position}")
    assert shown.headers["Content-Encoding"] in {"gzip", "deflate"}
    assert int(shown.headers["Content-Length"]) < len(shown.html.encode()) / 3
    plain = await site.get("/inbox", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers


def worked_on(world: World):
    """A thread with every kind of entry about a note, closed at the end."""
    thread, note = asked(world, due="2026-11-26T09:30:00Z")
    id_ = thread.leaf.thread
    translated = world.payload(
        "cn", "note.translated", thread=id_, ref=note.id, lang="zh-CN", by="clerk"
    )
    world.append("cn", translated, [world.text("是否齐全？")])
    corrected = world.payload("eu", "note.corrected", thread=id_, ref=note.id, lang="en")
    correction = world.append("eu", corrected, [world.text("Is it complete, with the stamp?")])
    late = {"q": "1", "due": "2026-11-27T09:30:00Z"}
    world.exchange()
    proposal = world.about("cn", "date.proposed", note, body=late)
    world.exchange()
    moved = late | {"basis": "agreed", "proposal": proposal.id}
    world.about("eu", "deadline.moved", note, body=moved)
    world.exchange()
    closing = world.payload("eu", "thread.closed", thread=id_)
    closed = world.append("eu", closing | {"body": {"asks": []}})
    crossing = world.note("cn", id_, ("Sent before the close arrived.",))
    world.exchange()
    return thread, correction, closed, crossing


async def test_only_a_note_sent_meanwhile_crossed_the_close(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    id_ = thread.leaf.thread
    world.exchange()
    world.note("cn", id_, ("Sent long before.",))
    world.exchange()
    closing = world.payload("eu", "thread.closed", thread=id_)
    closed = world.append("eu", closing | {"body": {"asks": []}})
    crossing = world.note("cn", id_, ("Sent before the close arrived.",))
    world.exchange()
    for party in ("eu", "cn"):
        shown = await (await pages_of(world, party)).get(f"/threads/{thread.position}")
        items = items_of(shown.page)
        crossed = [where for where, item in items.items() if "Crossed the close" in item.text]
        assert crossed == [str(crossing.position)]
        assert f"Crossed the close in {closed.position}" in shown.text


async def test_corrections_translations_closings_and_moved_dates_are_told(pages_of, party):
    world = World.founded()
    thread, correction, closed, crossing = worked_on(world)
    site = await pages_of(world, party)
    shown = await site.get(f"/threads/{thread.position}")
    assert "This thread is closed" in shown.text
    assert str(closed.position) in shown.text
    assert shown.page.by_id("compose") is None
    [again] = shown.page.marked("data-sign", "thread.reopened")
    assert again.attributes["data-ref"] == closed.id
    assert "是否齐全？" in shown.text
    assert f"#{correction.position}" in shown.page.links().values()
    own = "Brussels, 17:30 Beijing" if party == "eu" else "Beijing, 10:30 Brussels"
    time = "10:30" if party == "eu" else "17:30"
    assert f"The date of EU-{FOUNDED + 1} Q1 is now Fri 27 Nov {time} {own}" in shown.text
    dues = [each.attributes["datetime"] for each in shown.page.marked("data-due")]
    assert dues.count("2026-11-27T09:30:00Z") == 1
    assert "crossed the close" in items_of(shown.page)[str(crossing.position)].text.lower()
    url = f"/threads/{thread.position}"
    assert url in (await site.get("/threads?show=closed")).page.links().values()
    assert url not in (await site.get("/threads")).page.links().values()
