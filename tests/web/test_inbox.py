"""The inbox: what is shown of much that waits, whose it is, and what is new."""

from __future__ import annotations

import json
from typing import Any

import orjson

from special_channel.broker.act import Act
from special_channel.core.bytes.ids import Party
from special_channel.core.rows.writing import sign
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Element, Page, group_of, numbers
from tests.world import World

DUE = "2026-11-27T09:30:00Z"
MANY = 60
NEAREST = 30


def cards(page: Page) -> list[str]:
    """What is read out of each card of the drawing of the next days."""
    [drawing] = page.marked("class", "ruler")
    return [
        each.attributes["aria-label"] for each in drawing.marked("aria-label") if each.tag == "a"
    ]


def pips(row: Element) -> tuple[int, int]:
    """How many steps of a row are ahead, and how many were taken."""
    [steps] = row.marked("class", "pips")
    taken = [each.attributes.get("class") for each in steps.within()]
    return taken.count(None), taken.count("on")


def asking(world: World, many: int, due: str = DUE, party: Party = "eu") -> list[Any]:
    """Threads of one side's, each with a question."""
    made = []
    for n in range(many):
        thread = world.open_thread(party, f"Subject {n}")
        world.note(party, thread.leaf.thread, asks=[world.ask(party, due)])
        made.append(thread)
    return made


async def write(site: PagesNode, kind: str, by: str, **fields: Any) -> str:
    """Append an entry to the own private log; return its id."""
    node = site.node
    payload = node.world.payload(node.party, kind, by=by, **fields)
    payload |= {"log": node.identity.private_origin, "seen": []}
    signed = sign(payload, [node.world.sides[node.party].keys[by]], [])

    async def decide(_transaction, _heads) -> Act:
        return Act(private=[signed])

    [receipt] = await node.appender.act(decide)
    return receipt.id


async def test_of_much_that_waits_the_nearest_is_shown_and_all_of_it_counted(pages_of):
    world = World.founded()
    near = asking(world, MANY)
    far = asking(world, 1, "2027-03-12T09:30:00Z")
    asking(world, 2, "2026-11-27T16:30:00Z", "cn")
    world.exchange()
    site = await pages_of(world, "eu")
    page = (await site.get("/inbox")).page
    shown = numbers(group_of(page, "theirs"))
    assert shown == [str(thread.position) for thread in near[:NEAREST]]
    [heading] = [each for each in page.names("heading") if each.startswith("Awaiting CN")]
    assert heading.startswith(f"Awaiting CN {MANY + 1}")
    ours = numbers(group_of(page, "ours"))
    assert len(ours) == 2
    more = [card.split()[1] for card in cards(page)]
    drawn = sum(1 + int(each) if each.startswith("+") else 1 for each in more)
    assert drawn == MANY + 2
    # The table names what the page lists, and says where the rest is.
    head, *rows = page.rows()
    assert head == ["Thread", "Subject", "Who answers", "Due"]
    assert {row[0] for row in rows} == {*shown, *ours}
    assert all(row[1].startswith("Subject ") for row in rows)
    assert {name: to for name, to in page.links().items() if name.endswith("by date")} == {
        f"All {MANY + 1} by date": "/deadlines?side=theirs&desk=1",
        f"All {MANY + 2} by date": "/deadlines?desk=1",
    }
    assert str(far[0].position) not in page.text
    everyones = (await site.get("/inbox?scope=all")).page
    assert everyones.links()[f"All {MANY + 2} by date"] == "/deadlines"


async def test_a_card_of_a_thread_that_no_list_shows_has_its_words(pages_of):
    world = World.founded()
    asking(world, NEAREST)
    [late] = asking(world, 1, "2026-12-03T09:30:00Z")
    world.exchange()
    page = (await (await pages_of(world, "cn")).get("/inbox")).page
    assert str(late.position) not in numbers(page.marked("data-row"))
    [card] = [each for each in cards(page) if each.startswith(f"{late.position} ")]
    assert card.startswith(f"{late.position} Subject 0, Thu 3 Dec")


async def test_what_others_wrote_is_new_until_it_was_shown(pages_of):
    world = World.founded()
    own = world.open_thread("eu", "Own words alone")
    [theirs] = asking(world, 1, "2026-11-26T16:30:00Z", "cn")
    [mixed] = asking(world, 1)
    world.note("eu", mixed.leaf.thread, ("A colleague adds.",), by="head")
    world.exchange()
    site = await pages_of(world, "eu")

    async def unread(who: str) -> list[str]:
        page = (await site.get("/inbox?scope=all", who=who)).page
        return numbers(page.marked("data-unread"))

    assert await unread("desk") == [str(theirs.position), str(mixed.position)]
    assert await unread("head") == [str(theirs.position), str(own.position)]
    await site.get(f"/threads/{theirs.position}")
    await site.get(f"/threads/{mixed.position}")
    assert await unread("desk") == []
    text = (await site.get("/inbox")).text
    assert "0 threads have something that you have not seen" in text
    world.note("cn", theirs.leaf.thread, ("And one more thing.",))
    world.note("eu", mixed.leaf.thread, ("Own words.",))
    world.exchange()
    await catch_up(site.node)
    assert await unread("desk") == [str(theirs.position)]


async def test_new_laptop_shows_as_read_what_was_read_on_the_old_one(pages_of):
    """Marks are the person's; nor is news what the person signed with another key."""
    world = World.founded()
    theirs = world.open_thread("cn", "A question")
    own = world.open_thread("eu", "Own words alone")
    world.add_key("eu", "desk", "laptop")
    world.exchange()
    site = await pages_of(world, "eu")
    await site.get(f"/threads/{theirs.position}")
    page = (await site.get("/inbox?scope=all", who="laptop")).page
    assert numbers(page.marked("data-unread")) == []
    thread = orjson.loads((await site.get(f"/api/threads/{own.position}", who="laptop")).html)
    assert not any(item.get("unread") for item in thread["items"])
    world.note("cn", theirs.leaf.thread, ("One more thing.",))
    world.exchange()
    await catch_up(site.node)
    page = (await site.get("/inbox?scope=all", who="laptop")).page
    assert numbers(page.marked("data-unread")) == [str(theirs.position)]


async def test_question_given_to_a_colleague_is_mine_only_if_i_wrote_in_its_thread(pages_of):
    world = World.founded()
    [own] = asking(world, 1)
    [theirs] = asking(world, 1, party="cn")
    world.exchange()
    site = await pages_of(world, "eu")
    clerk = {"person": world.eu.person("clerk")}

    async def mine(who: str) -> list[bool]:
        html = (await site.get("/inbox?scope=mine", who)).html
        return [f"/threads/{each.position}" in html for each in (own, theirs)]

    assert await mine("desk") == [True, True]
    for thread in (own, theirs):
        await write(site, "thread.assigned", "desk", thread=thread.leaf.thread, body=clerk)
    assert await mine("desk") == [True, False]
    assert await mine("clerk") == [True, True]
    await write(site, "thread.assigned", "desk", thread=theirs.leaf.thread, body={})
    assert await mine("desk") == [True, True]


async def test_inbox_asks_once_for_open_questions_and_for_names_of_our_side(pages_of):
    """Filters, holders and ladders all name officials: each asked for them anew."""
    world = World.founded()
    [own], [theirs] = asking(world, 1), asking(world, 1, party="cn")
    world.exchange()
    site = await pages_of(world, "eu")
    clerk = {"person": world.eu.person("clerk")}
    await write(site, "thread.assigned", "desk", thread=own.leaf.thread, body=clerk)
    await site.watch()
    page = (await site.get("/inbox?scope=all")).page
    assert numbers(group_of(page, "ours")) == [str(theirs.position)]
    [row] = group_of(page, "theirs")
    assert "Assigned to " in row.text
    assert "Next on our side: Head of unit" in row.text
    for asked in ("desk.officials o ORDER", "doc FROM record.asks"):
        assert sum(asked in each for each in site.statements) == 1, asked


async def test_a_row_says_which_step_was_taken_of_how_many(pages_of):
    world = World.founded()
    thread = world.open_thread("eu", "Steps")
    asks = [world.ask("eu", DUE), world.ask("eu", DUE, q="2")]
    note = world.note("eu", thread.leaf.thread, asks=asks)
    world.exchange()
    site = await pages_of(world, "eu")
    [row] = group_of((await site.get("/inbox")).page, "theirs")
    # Two of them no machine takes: nobody waits for those.
    steps = sum(not step.by_hand for step in site.own.times.ladder.steps)
    assert "Next on our side: Head of unit" in row.text
    assert pips(row) == (steps, 0)
    assert "0 of 2 answered" in row.text
    raised = {"id": note.id, "q": "1", "due": DUE, "fired": DUE, "known": "confirmed"}
    for step, role in ((1, "head"), (2, "director")):
        body = raised | {"step": step, "role": role}
        await write(site, "escalation.raised", "node", body=body)
    [row] = group_of((await site.get("/inbox")).page, "theirs")
    assert "Raised on our side to: Director" in row.text
    assert pips(row) == (steps - 2, 2)
    page = (await site.get("/deadlines")).text
    assert "Raised on our side to: Director" in page
    assert "Next on our side: Head of unit" in page


async def test_api_lists_threads_from_the_last_one_on(pages_of):
    world = World.founded()
    made = [str(thread.position) for thread in asking(world, 3)]
    site = await pages_of(world, "eu")
    answer = json.loads((await site.get("/api/threads?limit=2")).html)
    assert [item["number"] for item in answer["items"]] == [made[2], made[1]]
    assert answer["items"][0]["subjects"] == ["Subject 2"]
    assert {"eu", "cn"} <= answer.keys()
    # Rows of the state stay inside: a client has numbers, texts and counts.
    assert not {"opened", "closes", "reopened"} & answer["items"][0].keys()
    before = answer["items"][-1]["order"]
    rest = json.loads((await site.get(f"/api/threads?before={before}")).html)
    assert [item["number"] for item in rest["items"]] == [made[0]]


async def test_api_refuses_an_unknown_way_to_show_threads(pages_of):
    site = await pages_of(World.founded(), "eu")
    for path in ("/api/threads?show=mine", "/api/threads?limit=-1", "/api/asks?answering=us"):
        answer = await site.get(path)
        assert (answer.status, json.loads(answer.html)["code"]) == (400, "request-malformed")


async def test_note_marked_unread_is_unread_from_there_until_opened(pages_of):
    """The newest entry is the reader's own: the mark alone keeps the thread to be read."""
    world = World.founded()
    thread = world.open_thread("cn", "To read later")
    id_ = thread.leaf.thread
    first = world.note("cn", id_, ("First.",))
    world.exchange()
    colleague = world.note("eu", id_, ("A colleague's.",), by="clerk")
    world.note("eu", id_, ("The reader's own.",))
    world.exchange()
    site = await pages_of(world, "eu")
    where = f"/threads/{thread.position}"
    page = (await site.get(where)).page
    assert "Mark unread" in " ".join(page.names("button"))
    assert where not in (await site.get("/inbox?scope=all")).page.links().values()
    marked = await site.post(f"{where}/unread", {"entry": str(colleague.position)})
    assert (marked.status, marked.headers["Location"]) == (303, "/inbox")
    for _ in range(2):  # the list reads nothing
        page = (await site.get("/inbox?scope=all")).page
        assert numbers(page.marked("data-unread")) == [str(thread.position)]
    page = (await site.get(where)).page
    unread = [each.attributes["id"] for each in page.marked("data-unread")]
    assert unread == [str(colleague.position)]
    assert str(first.position) not in unread
    assert where not in (await site.get("/inbox?scope=all")).page.links().values()
    unknown = await site.post(f"{where}/unread", {"entry": "EU-9999"})
    assert (unknown.status, unknown.page.codes()) == (404, ["entry-unknown"])
    again = await site.ask(
        "POST", f"/api{where}/unread", "desk", "en", json={"entry": str(colleague.position)}
    )
    assert again.status == 200, again.html
    page = (await site.get("/inbox?scope=all")).page
    assert numbers(page.marked("data-unread")) == [str(thread.position)]
