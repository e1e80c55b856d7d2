"""The drill of 23:00, a stolen laptop, by the numbered steps of docs/security/incidents.md.

From the call to the suspension in seconds, what is known next morning, the new key, the review. Two
whole nodes. The laptop is signed in, with a live stream open; the duty officer types the code that
the owner reads out.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256

import aiohttp
import pytest
import pytest_asyncio

from special_channel.broker.receipts import Accepted
from special_channel.cli.app import run as run_command
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.writing import file_part, part_refs, sign, text_part
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.stop_cards import print_card
from special_channel.stores.people import Official
from special_channel.stores.views import Views
from special_channel.web.http.services import SERVICES
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api, sent
from tests.nodes.desk import words
from tests.nodes.staff import Staff
from tests.nodes.whole import assert_equal
from tests.web.reading import Page

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]

SECONDS = 15
"""Time from the call until the key signs and reads nothing more, on a busy machine too."""


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


@dataclass
class Theft:
    """What the thief did with the laptop since an instant, in one thread."""

    staff: Staff
    owner: Official
    laptop: KeyFile
    since: datetime
    written: Accepted
    other: Accepted


async def stopped(made: Channel, key: KeyFile, party: Party) -> bool:
    rows = await Views(made.nodes[party].core.record.pool).keys([key.key])
    return rows[key.key].now == "suspended"


async def test_stolen_laptop_from_the_call_to_the_review(made, capsys):
    laptop, colleague = (made.officials["eu", "desk", number] for number in (1, 2))
    spare = await made.enrol("eu", "desk", "permits", 3)
    overseer = await made.enrol("eu", "oversight", "oversight")
    staff = await Staff.of(made, capsys)
    owner = await staff.known(laptop, "desk", "Ilona Fictional")
    told = [owner, await staff.known(made.officials["eu", "head", 1], "head", "Tereza Fictional")]
    for key in (staff.registrar, staff.second):
        told.append(await staff.known(key, "registrar", f"Registrar {key.key[3:7]}"))  # noqa: PERF401
    told.append(await staff.known(overseer, "oversight", "Audit Fictional"))
    code = await print_card(made.nodes["eu"].app[SERVICES].desk.stop, owner)
    await staff.answered()
    async with aiohttp.ClientSession() as http:
        api = await Api(http, staff.url).sign_in(laptop.signer)
        theft = await stolen(staff, api, owner, spare)
        took = await by_call(theft, api, code)  # (1) and (2)
        assert (await api.call("GET", "/api/sessions")).status in {401, 422}
    took |= await is_told(theft, told)  # (3)
    assert max(took.values()) < SECONDS
    with pytest.raises(BadSignature) as refused:
        await made.note("eu", "c" * 32, "Too late.")
    assert refused.value.code == "key-suspended"
    began = time.monotonic()
    await morning(theft)  # (4)
    await revoked_and_restored(theft)  # (5)
    fresh = await staff.new_laptop(staff.registrar, colleague, owner, "new-laptop")  # (6)
    await reviewed(theft, fresh)  # (7)
    took["morning, new key and review"] = time.monotonic() - began
    words_ = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in took.items())
    print(f"Stolen laptop: {words_}.")  # noqa: T201
    await made.caught_up()
    await assert_equal(made)


async def stolen(staff: Staff, api: Api, owner: Official, spare: KeyFile) -> Theft:
    """Write, privately too; open a thread and a file, take an export, stop a colleague's key."""
    made, core = staff.made, staff.made.nodes["eu"].core
    laptop = made.officials["eu", "desk", 1]
    since = core.clock.now().replace(microsecond=0)
    thread = await made.open_thread("eu")
    written = await made.note("eu", thread, "Written by whom?")
    data = os.urandom(500)
    upload = await api.call("POST", "/api/files", data=data, Content_Type="text/plain")
    parts = (
        text_part("text", os.urandom(32), "See the file."),
        file_part(os.urandom(32), "a.txt", "text/plain", len(data), sha256(data).hexdigest()),
    )
    fields = {"thread": thread, "body": {}, "lang": "en", "parts": part_refs(parts)}
    note = sign(
        await made.payload("eu", laptop.key, "note.posted", **fields), [laptop.signer], parts
    )
    assert (await api.send(note)).status == 200
    private = {"log": core.settings.node.private_origin, "thread": thread, "body": {}, "lang": "en"}
    part = words("Only for us.")
    payload = await made.payload("eu", laptop.key, "note.internal") | private
    internal = sign(payload | {"parts": part_refs((part,))}, [laptop.signer], [part])
    stored = await api.call("POST", "/api/private/entries", {"entries": [sent(internal)]})
    assert stored.status == 200, stored.body
    for path in (
        f"/api/threads/EU-{written.index - 1}", f"/api/files/{upload.document['sha256']}",
        "/api/export?scope=all",
    ):  # fmt: skip
        assert (await api.call("GET", path)).status == 200
    body = {"key": spare.key, "reason": "stated-at-home"}
    stop = sign(await made.payload("eu", laptop.key, "key.suspended", body=body), [laptop.signer])
    act = {"envelope": stop.envelope.decode(), "reason": "suspected"}
    done = await api.call("POST", "/api/acts", act)
    assert done.document["state"] == "done"
    [other] = [await _entry(made, done.document["id"])]
    return Theft(staff, owner, laptop, since, written, other)


async def _entry(made: Channel, id_: str) -> Accepted:
    found = (await made.nodes["eu"].core.record.find([id_]))[id_]
    return Accepted(found.id, found.log, found.index, "")


async def by_call(theft: Theft, api: Api, code: str) -> dict[str, float]:
    """Let the duty officer type the code; return the seconds to each of three effects."""
    made, laptop = theft.staff.made, theft.laptop
    headers = {"Authorization": f"Bearer {api.token}"}
    async with api.http.get(f"{api.url}/api/stream", headers=headers) as stream:
        while await stream.content.readline() != b"event: menu\n":
            pass
        began = time.monotonic()
        call = ["key", "stop", code, "--mail", theft.owner.email]
        call += ["--since", timestamp(theft.since), "--node", api.url]
        assert await asyncio.to_thread(run_command, call) == 0
        await made.until(partial(stopped, made, laptop, "eu"))
        took = {"to the stop": time.monotonic() - began}
        assert b"event: over\n" in await stream.content.read()
        took["to the end of the stream"] = time.monotonic() - began
        await made.until(partial(stopped, made, laptop, "cn"), "cn")
        took["to the other side"] = time.monotonic() - began
    return took


async def is_told(theft: Theft, told: list[Official]) -> dict[str, float]:
    """Mail to owner, head, registrars and oversight; the other side's page says it neutrally."""
    staff, began = theft.staff, time.monotonic()
    for each in told:
        await staff.made.until(partial(_lettered, staff.made, each.email))
    took = {"to all letters": time.monotonic() - began}
    number = await staff.number(theft.laptop)
    cn = staff.made.officials["cn", "desk", 1]
    for path, said in (
        ("/people/eu", "The EU side stopped all keys of Export permits desk"),
        (f"/people/eu/{number}", "The EU side stopped all keys of Export permits desk"),
        ("/link", "last changed its persons or keys at EU-"),
    ):
        text = Page(await staff.page(cn, path, "cn")).text
        assert said in text, path
        assert theft.owner.name not in text
    return took


async def _lettered(made: Channel, mail: str) -> bool:
    rows = await made.nodes["eu"].core.record.pool.fetch(
        "SELECT text FROM desk.mailbox WHERE recipient = $1", mail
    )
    return any("all keys of person" in row["text"] for row in rows)


async def morning(theft: Theft) -> None:
    """The head opens the key's page: what was signed and opened since, and from where."""
    head = theft.staff.made.officials["eu", "head", 1]
    page = Page(await theft.staff.page(head, f"/keys/{theft.laptop.key}"))
    heading = next(each for each in page.names("heading") if each.startswith("Signed and opened"))
    assert heading
    facts = page.facts()
    assert {name: facts[name] for name in (
        "acts on people", "shared entries signed", "private entries signed", "threads opened",
        "files opened", "exports taken",
    )} == {
        "acts on people": "1", "shared entries signed": "4", "private entries signed": "1",
        "threads opened": "1", "files opened": "1", "exports taken": "1",
    }  # fmt: skip
    assert "address 127.0.0.1" in page.text
    signed = page.rows(next(x for x in page.names("heading") if x.startswith("Entries signed")))
    assert {f"EU-{theft.written.index}", f"EU-{theft.other.index}"} <= {row[0] for row in signed}
    assert any("disputed" in row[2] for row in signed)


async def revoked_and_restored(theft: Theft) -> None:
    """Two others revoke the laptop's key with its doubt, and lift the stop of the person."""
    staff, head = theft.staff, theft.staff.made.officials["eu", "head", 1]
    number = await staff.number(theft.laptop)
    since = ("--since", timestamp(theft.since))
    revoked = ("key", "revoke", theft.laptop.key, "--reason", "stolen", *since)
    await staff.act(staff.registrar, head, *revoked)
    restored = ("key", "restore", "--person", number, "--reason", "found")
    await staff.act(staff.registrar, head, *restored)
    row = await staff.row(theft.laptop)
    assert row.now == "revoked"
    assert row.since is not None
    # The time is kept to the second: an entry of the same second may be the first one.
    assert row.since < theft.written.index
    # The thief's stop of a colleague is lifted as well, from the list of acts on people.
    spare = await staff.row(staff.made.officials["eu", "desk", 3])
    await staff.act(staff.registrar, head, "key", "restore", spare.key, "--reason", "mistaken")


async def reviewed(theft: Theft, fresh: KeyFile) -> None:
    """The owner confirms one entry and disowns the rest; until then the strip stays."""
    staff = theft.staff
    assert f"Entries from EU-{theft.written.index - 1} <" in await staff.page(fresh, "/keys")
    async with staff.signed_in(fresh) as api:
        items = (await api.call("GET", "/api/reviews")).document["items"]
    assert items[0]["position"] == f"EU-{theft.other.index}", "acts on people come first"
    assert len(items) == 4
    note = f"EU-{theft.written.index}"
    await staff.run(fresh, "review", "disown", items[0]["position"], note)
    assert "Review these entries" in await staff.page(fresh, "/keys")
    await staff.run(fresh, "review", "confirm", "--all")
    async with staff.signed_in(fresh) as api:
        assert (await api.call("GET", "/api/reviews")).document["items"] == []
    assert "Review these entries" not in await staff.page(fresh, "/keys")
    await staff.made.caught_up()
    cn = staff.made.officials["cn", "desk", 1]
    text = Page(await staff.page(cn, f"/threads/EU-{theft.written.index - 1}", "cn")).text
    assert "The EU side states that its official did not write this." in text
