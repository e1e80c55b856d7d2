"""The root puts persons and machines of every role in place, from the command line (K15, K19)."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.directory import KeyRow
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.key_holders import KeyHolders
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api
from tests.nodes.test_machine_drill import Drill
from tests.nodes.whole import assert_equal

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


class Office(Drill):
    """The EU's root and operator, who enrol machines without any registrar."""

    @property
    def safe(self) -> Path:
        folder = self.made.folder / "safe"
        folder.mkdir(exist_ok=True)
        return folder

    async def prepared(self, role: str) -> dict[str, Any]:
        where = ("--out", str(self.safe), "--config", str(self.settings))
        return await self.run("machine", "prepare", role, *where)

    async def owner(self) -> str:
        row = await self.row("eu", self.made.officials["eu", "desk", 1].key)
        return row.person

    async def row(self, node: Party, key: str) -> KeyRow:
        rows = await self.made.nodes[node].core.record.rows(frozenset({("key", key)}))
        row = rows["key", key]
        assert isinstance(row, KeyRow)
        return row

    async def stated(self, role: str, key: dict[str, Any]) -> tuple[str, ...]:
        """Return the options of a role's request."""
        words: tuple[str, ...] = ("--role", role, "--suite", "ed25519", "--public", key["public"])
        if role in {"checkpoint", "cosigning"}:
            following = await self.prepared(role)
            words += ("--name", key["name"], "--next", following["commitment"])
        if role == "service":
            words += ("--owner", await self.owner(), "--desk", "permits")
            words += ("--kinds", "licence.drawn", "--kinds", "application.asserted")
        return (*words, "--reason", "lost")

    async def in_every_process(self, key: dict[str, Any]) -> None:
        """Put the key's file among the node's keys and wait until its processes have it."""
        shutil.copy2(key["file"], self.keys)
        core = self.made.nodes["eu"].core
        holders = KeyHolders(core.record.pool)

        async def held() -> bool:
            return not await holders.without(key["key"], core.clock.now())

        await self.made.until(held)

    async def enrolled(self, role: str) -> dict[str, Any]:
        """Let two parts, and a key that signs its own enrolment, put a machine's key in place."""
        key = await self.prepared(role)
        request = await self.request("machine.enrolled", *await self.stated(role, key))
        if role in {"checkpoint", "cosigning"}:
            await self.in_every_process(key)
        itself = [Path(key["file"])] if role in {"node", "service"} else []
        await self.submit(await self.signed(request, *itself, *self.parts[:2]))
        return key


async def test_root_enrols_a_machine_of_every_role(made, capsys):
    office = Office(made, capsys)
    keys = {}
    for role in ("link", "node", "service", "checkpoint", "cosigning"):
        keys[role] = await office.enrolled(role)
    await made.note("eu", await made.open_thread("eu"), "Under the new keys.")
    await made.caught_up()
    await assert_equal(made)
    for role, key in keys.items():
        row = await office.row("cn", key["key"])
        assert (row.machine, row.now, row.rooted) == (role, "active", True)
    service = await office.row("cn", keys["service"]["key"])
    assert (service.owner, service.home) == (await office.owner(), "permits")
    assert service.kinds == ("application.asserted", "licence.drawn")
    order = ("--until", "2099-12-31T22:59:59Z", "--purpose", "Licences", "--order", "Order 9/2026")
    await office.act("access.granted", "--key", keys["service"]["key"], *order)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        signer = KeyFile.read(Path(keys["service"]["file"])).signer
        api = await Api(http, made.settings("eu").node.url).sign_in(signer)
        assert (await api.call("GET", "/api/threads")).status == 200


async def _put_in_place(office: Office, role: str) -> None:
    key, _ = await office.new_official(role, 1)
    await office.made.caught_up()
    row = await office.row("cn", key.key)
    assert (row.role, row.now, row.rooted) == (role, "active", True)


async def test_root_puts_a_person_of_every_role_in_place(made, capsys):
    office = Office(made, capsys)
    for role in ("desk", "head", "director", "oversight", "registrar"):
        await _put_in_place(office, role)
    await assert_equal(made)


async def test_request_for_a_machine_that_the_node_would_refuse_is_not_written(made, capsys):
    """Refused before the parts sign, who would have come for nothing."""
    office = Office(made, capsys)
    key = await office.prepared("service")
    named = ("machine.enrolled", "--suite", "ed25519", "--public", key["public"])
    service = (*named, "--role", "service", "--reason", "routine")
    owner, desk = ("--owner", await office.owner()), ("--desk", "permits")
    kinds = ("--kinds", "licence.drawn")
    out = office.offline / "refused.json"
    for words, exits, code in (
        ((*service, *desk, *kinds), 3, "root-field-missing"),
        ((*service, *owner, *kinds), 3, "root-field-missing"),
        ((*service, *owner, *desk), 3, "root-field-missing"),
        ((*service, "--owner", "9" * 32, *desk, *kinds), 5, "person-unknown"),
        ((*service, *owner, *desk, "--kinds", "note.posted"), 4, "service-kind"),
        ((*named, "--role", "link", "--reason", "lost", *owner), 3, "root-field-unfit"),
        ((*named, "--role", "node", "--reason", "lost", *kinds), 3, "root-field-unfit"),
    ):
        where = ("--config", str(office.settings), "--out", str(out))
        found = await office.run("root", "request", *words, *where, exits=exits)
        assert found["code"] == code, words
    assert not out.exists()


async def test_holders_read_owner_and_kinds_of_a_service_in_both_languages(made, capsys):
    office = Office(made, capsys)
    key = await office.prepared("service")
    request = await office.request("machine.enrolled", *await office.stated("service", key))
    words = json.loads(request.read_text("utf-8"))["words"]
    assert "Answers for the service: " + await office.owner() in words["en"]
    assert any(line.startswith("May write: ") and "." not in line for line in words["en"])
    assert any(line.startswith("业务系统负责人：") for line in words["zh"])
