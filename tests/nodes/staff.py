"""People of the EU at their command lines, in drills; the node holds no registrar's key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from special_channel.cli.app import run as run_command
from special_channel.core.bytes.ids import PersonId
from special_channel.core.entries import Role
from special_channel.core.rows.directory import KeyRow
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.people import Official, Officials
from special_channel.stores.views import Views
from tests.channel import Channel
from tests.nodes.api import Api


@dataclass
class Staff:
    """The EU's people by their key files. `registrar`, `second`: those of the founding."""

    made: Channel
    out: pytest.CaptureFixture[str]
    registrar: KeyFile
    second: KeyFile
    _numbers: dict[PersonId, int] = field(default_factory=dict)

    @classmethod
    async def of(cls, made: Channel, out: pytest.CaptureFixture[str]) -> Staff:
        """Start the EU's node anew, without the demonstration's help in enrolling."""
        keys = made.settings("eu").node.keys
        await made.stop("eu")
        await made.start("eu", demo={"mailbox": True})
        first, second = (KeyFile.read(keys / f"registrar{which}.json") for which in ("", "-2"))
        return cls(made, out, first, second)

    @property
    def url(self) -> str:
        return self.made.settings("eu").node.url

    async def run(self, who: KeyFile, *words: str) -> Any:
        """Run a command with a person's key file; return its last document."""
        code, out, err = await self._type(who, *words)
        assert code == 0, err
        documents = [json.loads(line) for line in out.splitlines() if line[:1] in ("{", "[")]
        return documents[-1] if documents else None

    async def refused(self, who: KeyFile, *words: str) -> str:
        """Run a command that the node refuses; return the code."""
        return (await self.told(who, *words)).partition(":")[0]

    async def told(self, who: KeyFile, *words: str) -> str:
        """Run a command that the node refuses; return what it prints."""
        code, _, err = await self._type(who, *words)
        assert code
        return err

    async def _type(self, who: KeyFile, *words: str) -> tuple[int, str, str]:
        file = self.made.folder / f"{who.key[3:]}.json"
        if not file.exists():
            who.write(file)
        trust = self.made.folder / "trust.json"
        trust.write_bytes(self.made.trust)
        where = ("--node", self.url, "--as", str(file), "--trust", str(trust), "--json")
        self.out.readouterr()
        with capture_logs():  # nodes of this process log meanwhile; the command doesn't print that
            code = await asyncio.to_thread(run_command, [*words, *where])
        out, err = self.out.readouterr()
        return code, out, err

    async def act(self, first: KeyFile, second: KeyFile, *words: str) -> Any:
        """Let a person begin an act that waits, and another one sign it."""
        begun = await self.run(first, *words)
        assert begun["state"] == "waiting"
        done = await self.run(second, "act", "sign", begun["id"])
        assert done["state"] == "done"
        return done

    async def row(self, key: KeyFile | str) -> KeyRow:
        """Look up a key."""
        id_ = key if isinstance(key, str) else key.key
        return (await Views(self.made.nodes["eu"].core.record.pool).keys([id_]))[id_]

    async def number(self, key: KeyFile) -> str:
        """Return the number of a key's holder."""
        return str((await self.row(key)).number)

    async def known(self, key: KeyFile, role: Role, name: str, desk: str = "permits") -> Official:
        """Put an official into the EU's directory; return the official with the pseudonym."""
        core = self.made.nodes["eu"].core
        person = (await self.row(key)).person
        mail = f"{name.lower().replace(' ', '.')}@eu.example"
        added = Official(0, name, role, "Unit", desk, mail, "en")
        await core.officials.bind(key.key, await core.officials.add(added, person))
        found = await Officials(core.record.pool).of_key(key.key)
        assert found
        return found

    async def new_laptop(
        self, registrar: KeyFile, second: KeyFile, official: Official, name: str
    ) -> KeyFile:
        """Let a person enrol a key on another computer, confirmed by two."""
        drawn = await self.run(registrar, "enrol", "code", str(official.id))
        file = self.made.folder / f"{name}.json"
        await self.run(second, "enrol", "redeem", drawn["code"], "--out", str(file))
        key = KeyFile.read(file)
        for who in (registrar, second):
            result = await self.run(who, "act", "sign", await self.waiting_key(who, key))
        assert result["state"] == "done"
        return key

    async def waiting_key(self, who: KeyFile, key: KeyFile) -> str:
        """Return the act of a key that waits, as a person who may sign it sees it."""
        async with self.signed_in(who) as api:
            acts = (await api.call("GET", "/api/acts")).document["acts"]
        return next(str(each["id"]) for each in acts if each["by"] == key.key)

    @asynccontextmanager
    async def signed_in(self, who: KeyFile) -> AsyncIterator[Api]:
        """Open a session of a person."""
        async with aiohttp.ClientSession() as http:
            yield await Api(http, self.url).sign_in(who.signer)

    async def page(self, who: KeyFile, path: str, party: str = "eu") -> str:
        """Read a page of a node as text."""
        url = self.made.settings(party).node.url  # type: ignore[arg-type]
        async with aiohttp.ClientSession() as http:
            api = await Api(http, url).sign_in(who.signer)
            answer = await api.call("GET", path)
        assert answer.status == 200, answer.body
        return answer.body.decode()

    async def answered(self) -> None:
        """Let the other side write something, so that it is known to hold all of ours (K3)."""
        await self.made.caught_up()
        await self.made.open_thread("cn")
        await self.made.caught_up()
