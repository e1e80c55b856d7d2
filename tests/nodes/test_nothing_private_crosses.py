"""P8: no byte of the private log, no name of a directory, no private column is sent over the link.

Canaries are planted wherever one side keeps something for itself; then all that crossed,
all that the other node holds, and the exports of both nodes are taken apart and searched.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import data_part, part_refs, sign, text_part
from special_channel.desk.access import Scope, access_body, granted_by_root
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.launcher.postgres import SUPERUSER
from special_channel.ports import Transaction
from special_channel.stores.absences import Absence, Absences
from special_channel.stores.file_references import FileReferences
from special_channel.stores.head_choices import HeadChoice, HeadChoices
from special_channel.stores.own_keys import OwnKeys
from special_channel.stores.people import Official, Officials
from special_channel.stores.reads import ReadMark
from special_channel.stores.saved_views import SavedViews
from special_channel.stores.thread_marks import ThreadMarks
from special_channel.stores.views import Views
from special_channel.web.http.services import SERVICES
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api, sent
from tests.nodes.desk import words
from tests.nodes.searching import found
from tests.world import marked

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEETING = "CANARY 会谈 meant to cross"
"""In a point of a meeting, and in the words of a mark."""

WORDS = "CANARY 可以公开 meant to cross"
"""In a shared note: the search must find it, or it proves nothing."""


REASONS: dict[Party, str] = {"eu": "stolen", "cn": "suspected"}
"""Why each side stopped a key: a word of its own list, which the other side never reads."""


DATES: dict[Party, dict[str, str]] = {
    "eu": {"first": "2031-03-07", "last": "2031-03-09"},
    "cn": {"first": "2032-04-11", "last": "2032-04-13"},
}
"""The scope of an overseer: days that nothing else names."""

UNTIL: dict[Party, str] = {"eu": "2033-05-17T21:47:13Z", "cn": "2034-06-19T20:46:11Z"}
"""Until when the overseer reads."""


AWAY: dict[Party, str] = {"eu": "2035-07-21", "cn": "2036-08-23"}
"""Last day of an official's absence."""

REMIND: dict[Party, str] = {"eu": "2037-09-25", "cn": "2038-10-27"}
"""Day of an official's reminder."""


def hidden_of(party: Party) -> set[str]:
    """All that stays at home of a side, by the words in which it is written."""
    days = {*DATES[party].values(), UNTIL[party], AWAY[party], REMIND[party]}
    return {*secrets_of(party).values(), *days}


def secrets_of(party: Party) -> dict[str, str]:
    """A canary for each place of a side's private data."""
    places = (
        "internal", "column", "name", "address", "unit", "draft", "clearance", "file", "remark",
        "reason", "computer", "purpose", "order", "assigned", "view", "label", "filing",
        "heads",
    )  # fmt: skip
    return {place: f"CANARY 机密 {place} of {party} 7f3a" for place in places}


async def plant(made: Channel, party: Party, http: aiohttp.ClientSession) -> None:
    """Write this side's canaries, over the API if possible."""
    secret, key = secrets_of(party), made.officials[party, "desk", 1]
    core = made.nodes[party].core
    thread = await made.open_thread(party)
    await made.note(party, thread, WORDS)
    officials = Officials(core.record.pool)
    head = made.officials[party, "head", 1]
    person = Official(0, secret["name"], "head", secret["unit"], "unit", secret["address"], "en")
    number = await officials.add(person, uuid4().hex)
    await officials.bind(head.key, number)
    assert await OwnKeys(core.record.pool).set_label(number, head.key, secret["computer"])
    saved = SavedViews(core.record.pool)
    await saved.save(key.key, "threads", secret["view"], "show=all", core.clock.now())
    choice = HeadChoice({secret["heads"]: "urgency"}, key.key, core.clock.now())
    await HeadChoices(core.record.pool).keep("licensing", "d" * 64, choice)
    await let_read(made, party)
    await keep_privately(made, party, thread)
    await mark_privately(made, party, thread)
    api = await Api(http, made.settings(party).node.url).sign_in(key.signer)
    draft = {"fields": {"text": secret["draft"]}}
    assert (await api.call("PUT", f"/api/drafts/{thread}", draft)).status == 200
    part = words(secret["clearance"])
    stated = {"thread": thread, "body": {}, "lang": "en", "parts": part_refs((part,))}
    waiting = sign(
        await made.payload(party, key.key, "note.posted", **stated), [key.signer], [part]
    )
    assert (await api.call("POST", "/api/clearances", sent(waiting))).status == 200
    await send_back(made, party, api, waiting)
    upload = await api.call(
        "POST", "/api/files", data=secret["file"].encode(), Content_Type="text/plain"
    )
    assert upload.status == 200
    assert (await api.call("GET", f"/api/threads/{party.upper()}-0")).status in {200, 404}
    await stop_a_key(made, party, api)


async def let_read(made: Channel, party: Party) -> None:
    """Let an overseer read some days, for a purpose, by the root's parts."""
    secret, core = secrets_of(party), made.nodes[party].core
    overseer = await made.enrol(party, "oversight", "oversight")
    row = (await Views(core.record.pool).keys([overseer.key]))[overseer.key]
    folder = made.settings(party).node.keys
    parts = [KeyFile.read(folder / f"root-{number}.json").signer for number in (1, 2)]
    scope = Scope(days=(DATES[party]["first"], DATES[party]["last"]))
    body = access_body(row.person, scope, UNTIL[party], secret["purpose"], secret["order"])
    origin = core.settings.node.private_origin
    author = Author(parts[0], origin, made.now(party), (), os.urandom)
    access = made.nodes[party].app[SERVICES].acts.access
    granted = await access.offer(granted_by_root(author, body, parts), parts[0].key)
    assert granted.accepted is not None


async def stop_a_key(made: Channel, party: Party, api: Api) -> None:
    """Stop a colleague's key, the reason kept at home."""
    lost = await made.enrol(party, "desk", made.officials[party, "desk", 1].desk, 9)
    key, body = made.officials[party, "desk", 1], {"key": lost.key, "reason": "stated-at-home"}
    stop = sign(await made.payload(party, key.key, "key.suspended", body=body), [key.signer])
    act = {"envelope": stop.envelope.decode(), "reason": REASONS[party]}
    assert (await api.call("POST", "/api/acts", act)).document["state"] == "done"


async def send_back(made: Channel, party: Party, api: Api, waiting: Submission) -> None:
    """Return a draft with a remark, as a second official does."""
    origin = made.nodes[party].core.settings.node.private_origin
    key = made.officials[party, "desk", 1]
    remark = words(secrets_of(party)["remark"])
    draft = dsse.decode(waiting.envelope).id
    fields: dict[str, Any] = {"log": origin, "body": {"id": draft}, "lang": "en"}
    payload = await made.payload(party, key.key, "draft.returned", seen=[])
    payload |= fields | {"parts": part_refs((remark,))}
    note = sign(payload, [key.signer], [remark])
    answer = await api.call("POST", f"/api/clearances/{draft}/return", sent(note))
    assert answer.status == 200


async def mark_privately(made: Channel, party: Party, thread: str) -> None:
    """A reminder, a label and a file reference of a thread."""
    secret, key, core = secrets_of(party), made.officials[party, "desk", 1], made.nodes[party].core
    official = (await Views(core.record.pool).keys([key.key]))[key.key].person
    marks, threads = ThreadMarks(core.record.pool), [thread]
    await marks.remind(official, threads, ReadMark(), date.fromisoformat(REMIND[party]))
    await marks.add_label(official, threads, secret["label"])
    now = core.clock.now()
    await FileReferences(core.record.pool).record(thread, secret["filing"], official, now)


async def keep_privately(made: Channel, party: Party, thread: str) -> None:
    """An internal note, the columns of a list, and why a finding was confirmed and released."""
    secret, key, core = secrets_of(party), made.officials[party, "desk", 1], made.nodes[party].core
    origin = core.settings.node.private_origin
    note = text_part("text", os.urandom(32), secret["internal"])
    # As a list keeps them: by these the EU node alone counts who is listed.
    own = dict.fromkeys(("eu_company", "member_state", "end_use_sector"), secret["column"])
    row: dict[str, Any] = {"row": 1, "number": "A-1", "columns": own}
    columns = data_part(os.urandom(32), "columns", {"rows": [row]})
    internal: dict[str, Any] = {"thread": thread, "body": {}, "lang": "en"}
    kept: dict[str, Any] = {"body": {"list": "W47", "rows": 1}}
    official = (await Views(core.record.pool).keys([key.key]))[key.key].person
    await Absences(core.record.pool).state(Absence(official, date.fromisoformat(AWAY[party])))
    given: dict[str, Any] = {"thread": thread, "body": {"person": official}, "lang": "en"}
    remark = text_part("text", os.urandom(32), secret["assigned"])
    reason = text_part("text", os.urandom(32), secret["reason"])
    finding: dict[str, Any] = {"rules": ["S-052"], "reason": "other", "text": 0}
    about: dict[str, Any] = {"id": await state(made, party), "sense": 1, "confirmed": [finding]}
    confirmed: dict[str, Any] = {"lang": "en", "body": about}
    private = []
    for kind, fields, part in (
        ("note.internal", internal, note),
        ("thread.assigned", given, remark),
        ("columns.kept", kept, columns),
        ("sense.confirmed", confirmed, reason),
    ):
        stated = {"log": origin, "parts": part_refs((part,))} | fields
        payload = await made.payload(party, key.key, kind) | stated
        private.append(sign(payload, [key.signer], [part]))
    ids = [dsse.decode(item.envelope).id for item in private]
    released = {"log": origin, "body": {"id": "a" * 64, "confirmed": ids[-1:]}}
    payload = await made.payload(party, key.key, "draft.cleared") | released
    for items in (private, [sign(payload, [key.signer], [])]):

        async def decide(
            _transaction: Transaction, _heads: Heads, items: list[Submission] = items
        ) -> Act:
            return Act(private=items)

        assert len(await core.appender.act(decide)) == len(items)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def planted() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder, proxied=True) as made, aiohttp.ClientSession() as http:
            for party in PARTIES:
                await plant(made, party, http)
            await meet(made)
            await pass_a_due_time(made)
            await made.caught_up()
            await read_briefs(made, http)
            for node in made.nodes.values():
                await node.link.heads.exchange()
            yield made


async def state(made: Channel, party: Party) -> str:
    """State something of an application, which pages, figures and briefs then show."""
    key, source = made.officials[party, "desk", 1], {"eu": "supplier", "cn": "bureau"}[party]
    body = {"number": "FIKTIV-7F3A", "state": "review", "as_of": "2026-11-20", "source": source}
    payload = await made.payload(party, key.key, "application.asserted") | {"body": body}
    return (await made.submit(party, payload, key.signer)).id


async def meet(made: Channel) -> None:
    """Each side drafts a meeting; the other marks its point in words of its own."""
    for party in PARTIES:
        body: dict[str, Any] = {"on": "2026-11-19", "place": "Brussels", "level": "working"}
        held = await write(made, party, "meeting.held", [words("Held", "subject")], body=body)
        body = {"point": "promise", "who": party}
        point = await write(made, party, "point.noted", [words(MEETING)], ref=held, body=body)
        await made.caught_up()
        body = {"entries": [marked(point, [0])]}
        await write(made, peer_of(party), "point.marked", [words(MEETING)], body=body)


async def write(made: Channel, party: Party, kind: str, parts: list[bytes], **fields: Any) -> str:
    """Sign and append an entry of the given text; return its id."""
    key = made.officials[party, "desk", 1]
    stated = {"lang": "en", "parts": part_refs(parts)} | fields
    payload = await made.payload(party, key.key, kind, **stated)
    accepted = await made.submit(party, payload, key.signer, parts=tuple(parts))
    return accepted.id


async def read_briefs(made: Channel, http: aiohttp.ClientSession) -> None:
    """Read both briefs, on screen and as PDF; reading sends nothing to the other side."""
    for party in PARTIES:
        key = made.officials[party, "desk", 1]
        api = await Api(http, made.settings(party).node.url).sign_in(key.signer)
        for kind in ("internal", "handover"):
            for path in (f"/brief/working/{kind}", f"/brief/working/{kind}.pdf"):
                assert (await api.call("GET", path)).status == 200


async def pass_a_due_time(made: Channel) -> None:
    """Let each side's ladder raise an alert to the address of its head."""
    for party in PARTIES:
        thread = await made.open_thread(party)
        due = made.nodes[party].core.clock.now() + timedelta(seconds=60)
        await made.note(party, thread, asks=[made.ask(party, timestamp(due))])
    await made.caught_up()
    for node in made.nodes.values():  # both clocks at once, so the link goes on
        clock = node.core.clock
        clock.now = partial(_ahead, clock.now)  # type: ignore[method-assign]
        stores = node.escalating.worker._deps.stores
        assert stores.ledger is not None
        object.__setattr__(stores, "ledger", partial(_ledger_ahead, stores.ledger))
    for party in PARTIES:
        # Reminders go by Redis's own clock, which nobody moved; the sweep reads ours.
        await made.nodes[party].escalating.worker.sweep()
        await made.until(partial(_raised, made, party), party)


async def _ledger_ahead(now: Callable[[Any], Awaitable[datetime]], transaction: Any) -> datetime:
    return await now(transaction) + timedelta(seconds=90)


def _ahead(now: Callable[[], datetime]) -> datetime:
    return now() + timedelta(seconds=90)


async def _raised(made: Channel, party: Party) -> bool:
    found_here = await made.nodes[party].core.record.entries("private", 0, 500)
    return any(entry.kind == "escalation.raised" for entry in found_here)


def crossed(made: Channel) -> bytes:
    """The bytes of all connections of the link."""
    return b"\n".join(
        bytes(way)
        for line in made.lines.values()
        for one in line.lines
        for way in (one.sent, one.received)
    )


async def held(made: Channel, party: Party) -> bytes:
    """Every value of every table of a node's database."""
    embedded = made.nodes[party].core.engines.embedded
    assert embedded is not None
    connection = await asyncpg.connect(embedded.postgres.dsn(SUPERUSER))
    try:
        tables = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        rows = [
            row
            for schema, table in tables
            for row in await connection.fetch(f'SELECT * FROM "{schema}"."{table}"')  # noqa: S608
        ]
    finally:
        await connection.close()
    assert len(tables) > 20, "the whole database"
    return b"\n".join(plain for row in rows for value in row.values() for plain in _plain(value))


def _plain(value: object) -> Iterator[bytes]:
    if isinstance(value, list):
        for item in value:
            yield from _plain(item)
    else:
        yield value if isinstance(value, bytes) else str(value).encode()


async def private_ids(made: Channel, party: Party) -> list[str]:
    return [entry.id for entry in await made.nodes[party].core.record.entries("private", 0, 500)]


async def test_what_was_hidden_is_there_at_home(planted: Channel) -> None:
    """Otherwise there would be no private data to send."""
    for party in PARTIES:
        hidden = hidden_of(party)
        assert hidden - found(hidden, await held(planted, party)) == set()
        assert len(await private_ids(planted, party)) >= 2


async def test_what_was_meant_to_cross_is_found_by_the_same_search(planted: Channel) -> None:
    assert found([WORDS, MEETING], crossed(planted)) == {WORDS, MEETING}
    for party in PARTIES:
        # Inside the base64 of an envelope, so the search does take things apart.
        unit = f'"by":"{planted.officials[party, "desk", 1].key}"'
        assert found([unit], crossed(planted)) == {unit}


async def test_no_canary_crossed_the_link(planted: Channel) -> None:
    everything = crossed(planted)
    assert len(everything) > 50_000
    for party in PARTIES:
        assert found(hidden_of(party), everything) == set()
        assert found(await private_ids(planted, party), everything) == set()


async def test_no_canary_stands_in_the_other_nodes_database(planted: Channel) -> None:
    for party in PARTIES:
        database = await held(planted, peer_of(party))
        assert found(hidden_of(party), database) == set()
        assert found(await private_ids(planted, party), database) == set()


async def test_no_canary_stands_in_an_export_of_either_node(planted: Channel) -> None:
    """What a side takes along holds nothing private of the other side, and nothing of its own."""
    async with aiohttp.ClientSession() as http:
        for home in PARTIES:
            key = planted.officials[home, "desk", 1]
            api = await Api(http, planted.settings(home).node.url).sign_in(key.signer)
            [*entries] = await planted.nodes[home].core.record.entries("eu", 0, 500)
            opened = next(each for each in entries if each.kind == "thread.opened")
            for scope in ("all", f"EU-{opened.index}"):
                bundle = await api.call("GET", f"/api/export?scope={scope}")
                assert bundle.status == 200, bundle.body
                assert found([WORDS], bundle.body) == {WORDS}, "the search reads bundles"
                for party in PARTIES:
                    hidden = hidden_of(party) | {f'"reason":"{REASONS[party]}"'}
                    assert found(hidden, bundle.body) == set()
                    assert found(await private_ids(planted, party), bundle.body) == set()


async def test_no_reason_of_a_stop_crosses(planted: Channel) -> None:
    stopped = '"kind":"key.suspended"'
    assert found([stopped], crossed(planted)) == {stopped}
    for party in PARTIES:
        reason = REASONS[party]
        assert found([reason], await held(planted, party)) == {reason}
        assert found([reason], crossed(planted)) == set()
        assert found([reason], await held(planted, peer_of(party))) == set()


@pytest.mark.parametrize(
    "wrap",
    [
        base64.b64encode,
        lambda data: base64.urlsafe_b64encode(b"x" + data),
        gzip.compress,
        lambda data: b"junk" + gzip.compress(base64.b64encode(b"xx" + data)) + b"junk",
        lambda data: json.dumps(data.decode()).encode(),
        lambda data: data.hex().encode(),
    ],
    ids=["base64", "base64url", "gzip", "base64-in-gzip", "json", "hex"],
)
async def test_the_search_sees_through_wrapping(wrap: Any) -> None:
    assert found([WORDS], wrap(WORDS.encode())) == {WORDS}
