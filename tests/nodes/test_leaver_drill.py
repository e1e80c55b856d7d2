"""Drill: an official leaves (docs/rules.md, K9 and K10).

Two leaders state the leaving, by commands; two whole nodes. Sessions and streams close, what was
begun is named for the colleagues, and nothing is signed for the leaver any more.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from functools import partial

import aiohttp
import pytest
import pytest_asyncio

from special_channel.cli.output import draft_number
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.rows.writing import part_refs, sign
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.views import Views
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api, sent
from tests.nodes.desk import words
from tests.nodes.staff import Staff
from tests.nodes.whole import assert_equal
from tests.web.reading import Page

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]

SECONDS = 15
"""Time from the second leader's signature until nothing is read any more."""


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


async def test_leaver_loses_everything_at_once_and_hands_on_the_work(made, capsys):
    leaver, colleague = (made.officials["eu", "desk", number] for number in (1, 2))
    head = made.officials["eu", "head", 1]
    thread = await began(made, leaver)
    staff = await Staff.of(made, capsys)
    official = await staff.known(leaver, "desk", "Anna Nowak")
    await staff.known(colleague, "desk", "Jan Kos")
    await staff.answered()
    number = await staff.number(leaver)
    function = ("--role", "desk", "--desk", "permits", "--unit", "Unit")
    waits = await staff.run(leaver, "person", "grant", await staff.number(colleague), *function)
    assert waits["state"] == "waiting"
    async with aiohttp.ClientSession() as http:
        api = await Api(http, staff.url).sign_in(leaver.signer)
        draft = await lay_before(made, api, leaver, thread)
        took = await leave(staff, api, (head, staff.registrar), number)
    print("seconds to the end of the stream, of all keys, on the other side:", took)  # noqa: T201
    assert max(took) < SECONDS
    await nothing_is_signed(staff, leaver, thread)
    assert await staff.refused(staff.registrar, "act", "sign", waits["id"]) == "person-ended"
    assert (await staff.run(staff.registrar, "act", "refuse", waits["id"]))["state"] == "refused"
    await colleagues_go_on(staff, colleague, number, thread, draft)
    await leaders_review(staff, head)
    sentence = "recorded that Export permits desk"
    for party in ("eu", "cn"):
        text = Page(await staff.page(made.officials[party, "desk", 2], "/people/eu", party)).text
        assert ("has left" in text) or ("离" in text), text
        assert official.name not in text
    assert sentence in Page(await staff.page(colleague, "/people/eu")).text
    await returns(staff, official.person)
    await made.caught_up()
    await assert_equal(made)


async def began(made: Channel, leaver: KeyFile) -> str:
    """Open a thread of the leaver's, with a question of each side."""
    thread = await made.open_thread("eu", "Certificates")
    due = "2027-01-15T16:30:00Z"
    await made.note("eu", thread, "When?", asks=[made.ask("eu", due)])
    await made.caught_up()
    await made.note("cn", thread, "By whom?", asks=[made.ask("cn", due)])
    await made.caught_up()
    return thread


async def lay_before(made: Channel, api: Api, leaver: KeyFile, thread: str) -> str:
    """Leave a draft, and a signed one that waits for release; return the latter."""
    fields = {"fields": {"text": "Half a sentence"}, "version": 0, "page": "a"}
    assert (await api.call("PUT", f"/api/drafts/{thread}", fields)).status == 200
    part = words("To be released.")
    stated = {"thread": thread, "body": {}, "lang": "en", "parts": part_refs((part,))}
    note = sign(
        await made.payload("eu", leaver.key, "note.posted", **stated), [leaver.signer], [part]
    )
    answer = await api.call("POST", "/api/clearances", sent(note))
    assert answer.status == 200
    return str(answer.document["id"])


async def leave(
    staff: Staff, api: Api, leaders: tuple[KeyFile, KeyFile], number: str
) -> list[float]:
    """Let two leaders state the leaving, in doubt since the beginning; return the seconds."""
    made, leaver = staff.made, staff.made.officials["eu", "desk", 1]
    since = ("--since", "EU-1")
    begun = await staff.run(leaders[0], "person", "left", number, *since)
    assert begun["state"] == "waiting"
    told = await staff.told(leaders[1], "person", "left", number, *since)
    assert told.startswith("act-waits: ")
    assert f"act: {draft_number(begun['id'])}" in told
    assert begun["id"] not in told
    headers = {"Authorization": f"Bearer {api.token}"}
    async with api.http.get(f"{api.url}/api/stream", headers=headers) as stream:
        while await stream.content.readline() != b"event: menu\n":
            pass
        began = time.monotonic()
        await staff.run(leaders[1], "act", "sign", begun["id"])
        over = (await stream.content.read()).decode().strip().split("\n\n")[-1].split("\n")
        took = [time.monotonic() - began]
    assert over[0] == "event: over"
    assert json.loads(over[1].removeprefix("data: "))["code"] in {"person-ended", "session-over"}
    assert (await staff.row(leaver)).now == "left"
    took.append(time.monotonic() - began)
    await made.until(partial(_left, made, leaver), "cn")
    took.append(time.monotonic() - began)
    assert (await api.call("GET", "/api/sessions")).status == 401
    row = await staff.row(leaver)
    assert all(grant.end is not None for grant in row.grants)
    return took


async def _left(made: Channel, key: KeyFile) -> bool:
    return (await Views(made.nodes["cn"].core.record.pool).keys([key.key]))[key.key].now == "left"


async def nothing_is_signed(staff: Staff, leaver: KeyFile, thread: str) -> None:
    """Neither a note nor a new session of the leaver's, and no further function."""
    with pytest.raises(BadSignature) as refused:
        await staff.made.note("eu", thread, "Too late.")
    assert refused.value.code == "person-ended"
    async with aiohttp.ClientSession() as http:
        api = Api(http, staff.url)
        answer = await api.answer(await api.challenge(leaver.signer), leaver.signer)
        assert (answer.status, answer.code) == (422, "person-ended")
    number, function = await staff.number(leaver), ("--role", "desk", "--desk", "permits")
    code = await staff.refused(
        staff.registrar, "person", "grant", number, *function, "--unit", "Unit"
    )
    assert code == "person-ended"


async def colleagues_go_on(
    staff: Staff, colleague: KeyFile, number: str, thread: str, draft: str
) -> None:
    """A colleague reads what was begun, and takes the draft over."""
    html = await staff.page(colleague, f"/people/eu/{number}")
    page = Page(html)
    heading = next(each for each in page.names("heading") if each.startswith("Work to be"))
    work = [row[0] for row in page.rows(heading)[1:]]
    for what in (
        "draft", "signed draft that waits for release", "question to our side, open",
        "question to the other side, open",
    ):  # fmt: skip
        assert what in work
    assert any(each.startswith("disputed entry, not reviewed") for each in work)
    assert f"/clearances/{draft}" in html
    taken = await staff.made.nodes["eu"].core.record.pool.fetchval(
        "SELECT text FROM desk.drafts WHERE place = $1", thread
    )
    assert "Half a sentence" in taken


async def leaders_review(staff: Staff, head: KeyFile) -> None:
    """Two leaders confirm what the leaver signed in doubt: nobody else can any more."""
    listed = await staff.run(head, "review", "list", "--scope", "all")
    assert listed["position"].startswith("EU-")
    await staff.act(head, staff.registrar, "review", "confirm", "--all", "--for-others")
    async with staff.signed_in(head) as api:
        assert (await api.call("GET", "/api/reviews?scope=all")).document["items"] == []


async def returns(staff: Staff, before: str) -> None:
    """Who comes back is another person of the record."""
    invited = await staff.run(
        staff.registrar,
        *("person", "invite", "Anna Nowak", "--role", "desk", "--desk", "permits"),
        *("--unit", "Unit", "--email", "anna@eu.example"),
    )
    await staff.run(staff.second, "act", "sign", invited["id"])
    [*rows] = await Views(staff.made.nodes["eu"].core.record.pool).side_persons("eu")
    assert rows[-1].person != before
    assert rows[-1].left is None
