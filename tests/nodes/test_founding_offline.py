"""A founding in earnest from the command line: parts and persons sign where their keys are.

Each holder and person has a folder of their own, as on machines without a network. The node's
folder never holds a secret of the root or of a person (docs/rules.md, K15).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from special_channel.cli.app import run as run_command
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.directory import KeyRow, PartyRow
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.root_files import parse_request
from special_channel.wiring.founding import Founded, found
from tests import servers
from tests.channel import Channel, settings
from tests.nodes.whole import assert_equal

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]

PHRASE = "correct horse battery staple"


@pytest_asyncio.fixture
async def ceremony(capsys) -> AsyncIterator[Ceremony]:
    with servers.open_folder() as folder:
        made = Ceremony(folder, capsys)
        yield made
        if made.channel is not None:
            await made.channel.stop_all()


class Ceremony:
    """The EU's founding: the node's machine, the safes, and the persons' computers."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.ports: dict[Party, int] = {party: servers.free_port() for party in PARTIES}
        self.keys = folder / "eu" / "keys"
        self.config = folder / "node.toml"
        self.channel: Channel | None = None
        self._write_settings()
        self.phrase = folder / "phrase"
        self.phrase.write_text(PHRASE, encoding="utf-8")
        self.phrase.chmod(0o600)

    def _write_settings(self) -> None:
        made = settings(self.folder, "eu", self.ports)
        lines = []
        for name, section in (("node", made.node), ("escalation", made.escalation)):
            fields = section.model_dump(mode="json", exclude_none=True).items()
            lines += [f"[{name}]", *(f"{field} = {json.dumps(value)}" for field, value in fields)]
        self.config.write_text("\n".join(lines), encoding="utf-8")

    async def run(self, *words: str, exits: int = 0) -> dict[str, Any]:
        """Run a command; return the document that it prints, or its code."""
        self.capsys.readouterr()
        assert await asyncio.to_thread(run_command, [*words, "--json"]) == exits
        out, err = self.capsys.readouterr()
        if exits:
            return {"code": err.partition(":")[0]}
        found_: dict[str, Any] = json.loads(
            [line for line in out.splitlines() if line.startswith("{")][-1]
        )
        return found_

    async def make_set(self, place: str) -> dict[str, Any]:
        """Make three parts in a place, sealed."""
        return await self.run(
            *("root", "make", "--party", "eu", "--parts", "3", "--threshold", "2"),
            *("--out", str(self.folder / place), "--passphrase-file", str(self.phrase)),
        )

    def file(self, place: str, pattern: str) -> Path:
        [file] = (self.folder / place).glob(pattern)
        return file

    async def person(self, name: str, role: str, desk: str) -> Path:
        """Make a person's key on a computer of their own; return the public half."""
        place = self.folder / name
        place.mkdir()
        await self.run(
            *("keygen", str(place / "key.json"), "--party", "eu", "--role", role, "--desk", desk),
            *("--unit", "Unit A.1", "--founder", str(place / "founder.json")),
        )
        return place / "founder.json"

    async def request(self, *founders: Path, exits: int = 0) -> dict[str, Any]:
        named = [word for file in founders for word in ("--founder", str(file))]
        return await self.run(
            *("root", "request", "party.founded", "--config", str(self.config)),
            *("--roots", str(self.file("first", "*-set.json"))),
            *("--following", str(self.file("second", "*-commitments.json"))),
            *(*named, "--out", str(self.folder / "founding.json")),
            exits=exits,
        )

    async def sign(self, name: str, key: Path) -> Path:
        out = self.folder / f"signed-{name}.json"
        await self.run(
            *("root", "sign", str(self.folder / "founding.json"), "--part", str(key)),
            *("--yes", "--out", str(out), "--passphrase-file", str(self.phrase)),
        )
        return out

    async def combine(self, *signed: Path, exits: int = 0) -> dict[str, Any]:
        return await self.run(
            *("root", "combine", str(self.folder / "founding.json"), *map(str, signed)),
            *("--out", str(self.folder / "founding.signed")),
            exits=exits,
        )

    async def found(self, exits: int = 0) -> dict[str, Any]:
        signed = str(self.folder / "founding.signed")
        return await self.run(
            "found", "--signed", signed, "--config", str(self.config), exits=exits
        )

    async def prepare(self) -> list[Path]:
        """Make both sets and three persons, request, and sign; return the signatures."""
        await self.make_set("first")
        await self.make_set("second")
        named = (("anna", "registrar", "registry"), ("bo", "registrar", "registry"))
        founders = [await self.person(*each) for each in (*named, ("chris", "head", "unit"))]
        await self.request(*founders)
        parts = sorted((self.folder / "first").glob("eu-root-*-[13].json"))
        return [
            *[await self.sign(part.stem, part) for part in parts],
            *[await self.sign(who, self.folder / who / "key.json") for who in PEOPLE],
        ]


PEOPLE = ("anna", "bo", "chris")


async def test_side_is_founded_by_parts_that_were_never_on_its_node(ceremony):
    signed = await ceremony.prepare()
    await ceremony.combine(*signed)
    printed = await ceremony.found()
    first = parse_request((ceremony.folder / "founding.json").read_bytes())
    assert first.missing([])[0] == 2
    assert sorted(file.name for file in ceremony.keys.glob("*.json")) == [
        "checkpoint-next.json", "checkpoint.json", "cosigning-next.json", "cosigning.json",
        "link.json", "node.json",
    ]  # fmt: skip
    eu = Founded(**printed)
    cn = await found(settings(ceremony.folder, "cn", ceremony.ports))
    # Without the demonstration's registrar at the node, which confirms keys of its own accord.
    made = Channel(ceremony.folder, ceremony.ports, (eu, cn), {}, more={"demo": {"mailbox": True}})
    ceremony.channel = made
    await asyncio.gather(*(made.start(party) for party in PARTIES))
    await made.caught_up()
    keys = {who: KeyFile.read(ceremony.folder / who / "key.json") for who in PEOPLE}
    for node in made.nodes.values():
        rows = await node.core.record.rows(
            frozenset({("party", "eu"), *(("key", key.key) for key in keys.values())})
        )
        founded = rows["party", "eu"]
        assert isinstance(founded, PartyRow)
        assert founded.roots[-1].threshold == 2
        assert [row.now for row in rows.values() if isinstance(row, KeyRow)] == ["active"] * 3
    # Two of the persons act at once, with keys from their own computers.
    person = {"person": "7" * 32, "grant": 1, "role": "desk", "desk": "permits", "unit": "Unit"}
    granted = await made.payload("eu", keys["anna"].key, "role.granted", body=person)
    await made.submit("eu", granted, keys["anna"].signer, keys["chris"].signer)
    await made.caught_up()
    await assert_equal(made)


async def test_founding_lacks_no_signature_and_is_made_once(ceremony):
    signed = await ceremony.prepare()
    assert (await ceremony.combine(*signed[1:], exits=4))["code"] == "root-threshold"
    assert (await ceremony.combine(*signed[:-1], exits=4))["code"] == "root-signer-missing"
    await ceremony.combine(*signed)
    await ceremony.found()
    assert (await ceremony.found(exits=3))["code"] == "already-founded"


async def test_founding_of_another_node_founds_nothing(ceremony):
    signed = await ceremony.prepare()
    await ceremony.combine(*signed)
    kept = ceremony.config.read_text("utf-8")
    ceremony.config.write_text(kept.replace("eu.channel.example/log", "eu.other.example/log"))
    assert (await ceremony.found(exits=3))["code"] == "founding-differs"
    ceremony.config.write_text(kept)
    (ceremony.keys / "node.json").unlink()
    KeyFile.make("eu", "node", b"\x07" * 32).write(ceremony.keys / "node.json")
    assert (await ceremony.found(exits=3))["code"] == "founding-differs"
    (ceremony.folder / "founding.signed").write_bytes(b"{}")
    assert (await ceremony.found(exits=3))["code"] == "root-file-malformed"


async def test_request_made_again_has_the_same_machines(ceremony):
    await ceremony.prepare()
    request = ceremony.folder / "founding.json"
    founders = [ceremony.folder / who / "founder.json" for who in PEOPLE]
    first = json.loads(parse_request(request.read_bytes()).payload)["body"]
    await ceremony.request(*founders)
    second = json.loads(parse_request(request.read_bytes()).payload)["body"]
    assert first["machines"] == second["machines"]
    assert first["roots"] == second["roots"]
    assert (await ceremony.request(exits=3))["code"] == "root-field-missing"
    other = json.loads(founders[0].read_text("utf-8")) | {"party": "cn"}
    founders[0].write_text(json.dumps(other), "utf-8")
    assert (await ceremony.request(*founders, exits=3))["code"] == "root-field-unfit"
