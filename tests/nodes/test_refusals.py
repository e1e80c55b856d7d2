"""Refusals over a node's HTTP API: a code for each, and nothing written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from yarl import URL

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Refused
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign
from tests.nodes import refused_form, refused_past, refused_signers
from tests.nodes.api import sent
from tests.nodes.desk import (
    CASES,
    Desk,
    forged,
    record,
    words,
)

NOTED = (refused_form, refused_past, refused_signers)
"""Importing them notes their cases down in CASES."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


def acts_on_people(made: Submission) -> bool:
    try:
        return b'"kind":"key.' in dsse.decode(made.envelope).payload
    except Refused:
        return False  # an envelope that is none is refused for its form


@pytest.mark.parametrize("name", sorted(CASES))
async def test_it_is_refused_by_its_own_code_and_nothing_is_written(desk: Desk, name: str) -> None:
    code, case = CASES[name]
    made = await case(desk)
    before = await record(desk)
    if isinstance(made, Submission) and acts_on_people(made):
        # An act on people does not come through this door; the judge's code is the same.
        assert (await desk.api.send(made)).code == "act-unknown"
        with pytest.raises(Refused) as refused:
            await desk.channel.nodes["eu"].core.appender.submit([made])
        assert refused.value.code == code
        assert await record(desk) == before
        return
    if isinstance(made, dict):
        reply = await desk.api.call("POST", "/api/entries", made)
    else:
        reply = await desk.api.send(*(made if isinstance(made, list) else [made]))
    assert (reply.code, reply.headers["Content-Type"]) == (code, "application/problem+json")
    assert 400 <= reply.status < 500
    assert reply.document["title"] not in {"", code}, "a sentence for people"
    assert await record(desk) == before


async def test_what_the_cases_start_from_is_taken(desk: Desk) -> None:
    """Otherwise a case might be refused for another reason."""
    for item in (await desk.note(), await desk.list("head"), await desk.note(asks=[desk.ask()])):
        assert (await desk.api.send(item)).status == 200


async def test_a_refused_entry_says_which_of_the_request_it_is(desk: Desk) -> None:
    reply = await desk.api.send(await desk.note(), await desk.note(thread="0" * 32))
    assert reply.document["facts"]["entry"] == 1


async def test_a_request_over_its_limit_is_refused_as_it_comes(desk: Desk) -> None:
    before = await record(desk)
    limit = desk.channel.settings("eu").limits.request_bytes
    reply = await desk.api.call("POST", "/api/entries", data=_spaces(limit + 1))
    assert (reply.status, reply.code) == (413, "request-too-large")
    assert await record(desk) == before


async def _spaces(count: int) -> AsyncIterator[bytes]:
    """A body without a stated length."""
    for start in range(0, count, 65536):
        yield b" " * min(65536, count - start)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/entries/%00", 404),
        ("GET", "/api/threads/EU-1%00", 404),
        ("POST", "/api/acts/%00/refuse", 404),
        ("GET", "/api/drafts/a%00b", 404),
        ("GET", "/api/threads?from=%00", 400),
    ],
)
async def test_an_address_with_a_control_character_is_refused_and_no_fault(
    desk: Desk, method: str, path: str, status: int
) -> None:
    body: dict[str, str] | None = {} if method == "POST" else None
    url = URL(desk.api.url + path, encoded=True)
    headers = {"Authorization": f"Bearer {desk.api.token}"}
    async with desk.api.http.request(method, url, json=body, headers=headers) as reply:
        assert reply.status == status, await reply.text()


async def test_a_problem_is_told_in_the_readers_language(desk: Desk) -> None:
    item = await desk.note(thread="0" * 32)
    titles = set()
    for lang in ("en", "zh-CN"):
        body = {"entries": [sent(item)]}
        reply = await desk.api.call("POST", "/api/entries", body, Accept_Language=lang)
        assert reply.headers["Content-Language"] == lang
        titles.add(reply.document["title"])
    assert len(titles) == 2


# Clearance ----------------------------------------------------------------------------


async def test_what_lacks_a_second_signature_waits_for_one_where_its_sender_asks_for_that(
    desk: Desk,
) -> None:
    made, before = await desk.list(), await record(desk)
    for _ in range(2):  # sent again, it waits once
        reply = await desk.api.call("POST", "/api/entries", {"entries": [sent(made)], "lay": True})
        assert reply.status == 200
        [draft] = reply.document.pop("laid")
        assert reply.document["receipts"] == []
        assert draft == dsse.decode(made.envelope).id
        waiting = (await desk.api.call("GET", "/api/clearances")).document["clearances"]
        assert [each["id"] for each in waiting] == [draft]
    assert await record(desk) == before


async def test_of_an_act_of_which_a_part_is_not_hers_to_lay_nothing_waits(desk: Desk) -> None:
    was = (await desk.api.call("GET", "/api/clearances")).document
    body = {"entries": [sent(await desk.list()), sent(await desk.note("clerk"))], "lay": True}
    reply = await desk.api.call("POST", "/api/entries", body)
    assert (reply.status, reply.code) == (422, "signature-missing")
    assert (await desk.api.call("GET", "/api/clearances")).document == was


# Private log --------------------------------------------------------------------------


async def test_the_private_log_refuses_by_code_and_writes_nothing(desk: Desk) -> None:
    part = words("For us alone.")
    stated: dict[str, Any] = {
        "thread": desk.thread,
        "body": {},
        "lang": "en",
        "parts": part_refs((part,)),
    }
    origin = desk.channel.settings("eu").node.private_origin
    good = await desk.payload("note.internal", **stated) | {"log": origin}
    signer = desk.keys["desk"].signer
    before = await record(desk)
    for code, item in {
        "entry-other-log": sign(good | {"log": "eu.channel.example/log"}, [signer], [part]),
        "kind-other-log": await desk.note(),
        "thread-unknown": sign(good | {"thread": "0" * 32}, [signer], [part]),
        "key-suspended": sign(
            good | {"by": desk.keys["suspended"].key}, [desk.keys["suspended"].signer], [part]
        ),
        "signature-bad": forged(sign(good, [signer], [part])),
    }.items():
        reply = await desk.api.send(item, path="/api/private/entries")
        assert reply.code == code
    assert await record(desk) == before
    taken = await desk.api.send(sign(good, [signer], [part]), path="/api/private/entries")
    assert taken.status == 200
    assert (await record(desk)).heads[:2] == before.heads[:2], "the shared logs stay as they are"
