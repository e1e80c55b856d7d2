"""Drills of the root from the command line, against running nodes (docs/rules.md, K14 and K15).

The parts sign in a folder of their own, as on machines without a network.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.cli.app import run as run_command
from special_channel.core.rows.directory import KeyRow, PartyRow
from special_channel.core.rows.writing import sign
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.root_files import parse_request
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api
from tests.nodes.whole import assert_equal

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


class Ceremony:
    """The EU's root at work: the node's machine, and a folder for the parts' holders."""

    def __init__(self, made: Channel, capsys: pytest.CaptureFixture[str]) -> None:
        self.made = made
        self.capsys = capsys
        self.offline = made.folder / "offline"
        self.offline.mkdir()
        self.keys = made.folder / "eu" / "keys"
        self.parts = [self.keys / f"root-{number}.json" for number in (1, 2, 3)]
        self.settings = self._settings()

    def _settings(self) -> Path:
        """Write the node's settings as a file, with the addresses of its running servers."""
        settings = self.made.settings("eu")
        engines = self.made.nodes["eu"].core.engines
        sections: dict[str, dict[str, Any]] = {
            "node": settings.node.model_dump(mode="json", exclude_none=True),
            "database": {"url": engines.node, "link_url": engines.link, "owner_url": engines.owner},
            "redis": {"url": engines.redis},
            "escalation": settings.escalation.model_dump(mode="json"),
            **{
                f"pins.{party}": pin.model_dump(mode="json") for party, pin in settings.pins.items()
            },
        }
        lines = []
        for name, section in sections.items():
            fields = (f"{field} = {json.dumps(value)}" for field, value in section.items())
            lines += [f"[{name}]", *fields, ""]
        file = self.made.folder / "node.toml"
        file.write_text("\n".join(lines), encoding="utf-8")
        return file

    async def run(self, *words: str, exits: int = 0) -> dict[str, Any]:
        """Run a command; return the document that it prints."""
        self.capsys.readouterr()
        assert await asyncio.to_thread(run_command, [*words, "--json"]) == exits
        out, err = self.capsys.readouterr()
        if exits:
            return {"code": err.partition(":")[0]}
        # Nodes of this process write their log to the same place.
        documents = [line for line in out.splitlines() if line[:1] in ("{", "[")]
        found: dict[str, Any] = json.loads(documents[-1])
        return found

    async def request(self, act: str, *options: str, exits: int = 0) -> Path:
        out = self.offline / f"{act}-{len(list(self.offline.iterdir()))}.json"
        config = ("--config", str(self.settings), "--out", str(out))
        await self.run("root", "request", act, *options, *config, exits=exits)
        return out

    async def signed(self, request: Path, *parts: Path) -> Path:
        """Let parts sign a request, and combine their signatures."""
        signatures = [
            (await self.run("root", "sign", str(request), "--part", str(part), "--yes"))["file"]
            for part in parts
        ]
        out = request.with_suffix(".signed")
        await self.run("root", "combine", str(request), *signatures, "--out", str(out))
        return out

    async def submit(self, signed: Path, exits: int = 0) -> dict[str, Any]:
        return await self.run("submit", str(signed), "--config", str(self.settings), exits=exits)

    async def act(self, act: str, *options: str, parts: tuple[Path, ...] = ()) -> dict[str, Any]:
        """Request, sign by two parts, combine and submit an act."""
        request = await self.request(act, *options)
        return await self.submit(await self.signed(request, *(parts or tuple(self.parts[:2]))))

    def payload(self, request: Path) -> dict[str, Any]:
        """Return the payload of a request."""
        found: dict[str, Any] = json.loads(parse_request(request.read_bytes()).payload)
        return found

    async def new_official(self, role: str, number: int) -> tuple[KeyFile, Path]:
        """Let the root grant a role to a new person and enrol the person's key."""
        file = self.offline / f"{role}-{number}.json"
        await self.run("keygen", str(file), "--party", "eu", "--role", role, "--desk", "registry")
        key = KeyFile.read(file)
        function = ("--role", role, "--desk", "registry", "--unit", "Registry")
        granted = await self.request("role.granted", *function)
        person = self.payload(granted)["body"]["person"]
        await self.submit(await self.signed(granted, *self.parts[:2]))
        stated = ("--person", person, "--suite", "ed25519", "--public", key.public)
        await self.act("key.enrolled", *stated, parts=(file, *self.parts[:2]))
        return key, file


async def test_all_registrars_lost(made, capsys):
    """K15: the root grants two registrars and enrols their keys; nothing else is needed."""
    drill = Ceremony(made, capsys)
    started = time.monotonic()
    for number in (1, 2):
        (drill.keys / f"registrar{'' if number == 1 else '-2'}.json").unlink()
    registrars = [(await drill.new_official("registrar", number))[0] for number in (1, 2)]
    seconds = time.monotonic() - started
    await made.caught_up()
    for node in made.nodes.values():
        rows = await node.core.record.rows(frozenset(("key", key.key) for key in registrars))
        for key in registrars:
            row = rows["key", key.key]
            assert isinstance(row, KeyRow)
            assert (row.role, row.now, row.rooted) == ("registrar", "active", True)
    # A new registrar acts at once: the root's grant needs no answer from the other side (K3).
    official = await _enrolled_by(made, registrars)
    await made.caught_up()
    row = (await made.nodes["cn"].core.record.rows(frozenset({("key", official.key)})))[
        "key", official.key
    ]
    assert isinstance(row, KeyRow)
    assert row.now == "active"
    await assert_equal(made)
    print(f"All registrars lost: two new ones after {seconds:.1f} s of commands.")  # noqa: T201


async def _enrolled_by(made: Channel, registrars: list[KeyFile]) -> KeyFile:
    """Let two registrars grant a desk's function and enrol a key."""
    first, second = registrars
    key = KeyFile.make("eu", "desk", b"\x07" * 32, unit="Unit", desk="permits")
    person = "7" * 32
    body = {"person": person, "grant": 1, "role": "desk", "desk": "permits", "unit": "Unit"}
    granted = await made.payload("eu", first.key, "role.granted", body=body)
    await made.submit("eu", granted, first.signer, second.signer)
    enrolment = {"person": person, "suite": "ed25519", "public": key.public}
    payload = await made.payload("eu", key.key, "key.enrolled", body=enrolment)
    await made.submit("eu", payload, key.signer, first.signer, second.signer)
    return key


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "recovery"])
async def test_root_is_replaced_by_the_set_it_committed_to(made, capsys, planned):
    """K14: the next parts take the place of the last, with or without the last."""
    drill = Ceremony(made, capsys)
    passphrase = made.folder / "passphrase"
    passphrase.write_text("correct horse battery staple\n", encoding="utf-8")
    passphrase.chmod(0o600)
    coming = await _set_of(drill, ["root-next-1", "root-next-2", "root-next-3"])
    following = await drill.run(
        *("root", "make", "--party", "eu", "--parts", "5", "--threshold", "3"),
        *("--out", str(drill.offline / "third"), "--passphrase-file", str(passphrase)),
    )
    stem = next((drill.offline / "third").glob("*-commitments.json"))
    request = await drill.request("roots.rotated", "--roots", str(coming), "--following", str(stem))
    new = [drill.keys / f"root-next-{number}.json" for number in (1, 2)]
    old = drill.parts[:2] if planned else []
    await drill.submit(await drill.signed(request, *new, *old))
    await made.caught_up()
    row = (await made.nodes["cn"].core.record.rows(frozenset({("party", "eu")})))["party", "eu"]
    assert isinstance(row, PartyRow)
    assert (len(row.roots), row.roots[-1].next_threshold) == (2, 3)
    assert following["threshold"] == 3
    # The parts before sign nothing more.
    grant = ("--role", "registrar", "--desk", "registry", "--unit", "Registry")
    late = await drill.request("role.granted", *grant)
    found = await drill.run(
        *("root", "sign", str(late), "--part", str(drill.parts[0]), "--yes"), exits=4
    )
    assert found["code"] == "root-part-unasked"
    await drill.act("role.granted", *grant, parts=tuple(new))


async def _set_of(drill: Ceremony, names: list[str]) -> Path:
    """Write the public half of a set of parts in files."""
    parts = sorted(
        (KeyFile.read(drill.keys / f"{name}.json") for name in names), key=lambda x: x.key
    )
    file = drill.offline / "next-set.json"
    keys = [{"suite": part.private.suite, "public": part.public} for part in parts]
    file.write_text(json.dumps({"v": 1, "party": "eu", "keys": keys, "threshold": 2}), "utf-8")
    return file


async def test_submit_takes_what_the_root_signed_and_nothing_else(made, capsys):
    drill = Ceremony(made, capsys)
    key = made.officials["eu", "desk", 1]
    thread = await made.open_thread("eu")
    size = (await made.nodes["eu"].core.record.head("eu")).size
    payload = await made.payload("eu", key.key, "thread.closed", thread=thread, body={"asks": []})
    file = drill.offline / "note.json"
    file.write_bytes(sign(payload, [key.signer]).envelope)
    assert (await drill.submit(file, exits=3))["code"] == "root-act-only"
    file.write_bytes(b"{}")
    assert (await drill.submit(file, exits=3))["code"] == "root-file-malformed"
    restored = await drill.request("log.restored", "--size", "3")
    signed = await drill.signed(restored, *drill.parts[:2])
    assert (await drill.submit(signed, exits=3))["code"] == "recover-instead"
    assert (await made.nodes["eu"].core.record.head("eu")).size == size


async def test_root_grants_the_first_overseer_access_and_ends_it(made, capsys):
    """K29: nobody else can grant it yet; the holders of the root see what they sign."""
    drill = Ceremony(made, capsys)
    key, _ = await drill.new_official("oversight", 1)
    node = made.nodes["eu"].core
    row = (await node.record.rows(frozenset({("key", key.key)})))["key", key.key]
    assert isinstance(row, KeyRow)
    thread = await made.open_thread("eu")
    opened = [
        entry
        for entry in await node.record.entries("eu", 0, 500)
        if entry.kind == "thread.opened" and entry.thread == thread
    ]
    order = ("--until", "2099-12-31T22:59:59Z", "--purpose", "Audit", "--order", "Order 7/2026")
    named = ("--person", row.person, "--thread", f"EU-{opened[0].index}", *order)
    request = await drill.request("access.granted", *named)
    payload = drill.payload(request)
    assert payload["log"] == made.settings("eu").pins["eu"].origin.replace("/log", "/private")
    assert payload["body"] == {
        "person": row.person,
        "threads": [thread],
        "until": "2099-12-31T22:59:59Z",
        "purpose": "Audit",
        "order": "Order 7/2026",
    }
    accepted = await drill.submit(await drill.signed(request, *drill.parts[:2]))
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        overseer = await Api(http, made.settings("eu").node.url).sign_in(key.signer)
        path = f"/api/threads/EU-{opened[0].index}"
        assert (await overseer.call("GET", path)).status == 200
        assert (await overseer.call("GET", "/api/threads")).code == "access-scope"
        await drill.act("access.ended", "--entry", accepted["position"])
        assert (await overseer.call("GET", path)).code == "access-scope"


async def test_root_request_of_access_refuses_what_it_does_not_know(made, capsys):
    drill = Ceremony(made, capsys)
    key = made.officials["eu", "desk", 1]
    order = ("--until", "2099-12-31T22:59:59Z", "--purpose", "Audit", "--order", "Order 7/2026")
    reader = ("--key", key.key)
    for words, exits, code in (
        (("access.granted", *order), 3, "root-field-missing"),
        (("access.granted", *reader, *order[:4]), 3, "root-field-missing"),
        (("access.granted", *reader, "--from", "2026-11-01", *order), 3, "root-field-missing"),
        (("access.granted", *reader, "--person", "9" * 32, *order), 3, "root-field-unfit"),
        (("access.granted", *reader, *order), 5, "key-unknown"),  # a person's key, no service's
        (("access.granted", "--key", "eu:" + "0" * 32, *order), 5, "key-unknown"),
        (("access.granted", "--person", "9" * 32, *order), 5, "person-unknown"),
        (("access.granted", *reader, "--thread", "EU-0", *order), 5, "thread-unknown"),
        (("access.granted", *reader, "--batch", "EU-0", *order), 5, "batch-unknown"),
        (("access.ended", "--entry", "PRIVATE-0"), 5, "entry-unknown"),
        (("access.ended", "--entry", "PRIVATE-999999"), 5, "entry-unknown"),
    ):
        config = ("--config", str(drill.settings), "--out", str(drill.offline / "refused.json"))
        found = await drill.run("root", "request", *words, *config, exits=exits)
        assert found["code"] == code, words


async def test_root_grants_no_access_in_the_past_or_to_an_official(made, capsys):
    """K29: what the parts sign meets the checks of two overseers' grants."""
    drill = Ceremony(made, capsys)
    key = made.officials["eu", "desk", 1].key
    record = made.nodes["eu"].core.record
    row = (await record.rows(frozenset({("key", key)})))["key", key]
    assert isinstance(row, KeyRow)
    named = ("--person", row.person, "--purpose", "Audit", "--order", "Order 7/2026")
    past = ("access.granted", *named, "--until", "2020-01-01T00:00:00Z")
    out = drill.offline / "refused.json"
    where = ("--config", str(drill.settings), "--out", str(out))
    assert (await drill.run("root", "request", *past, *where, exits=3))["code"] == "access-until"
    assert not out.exists(), "nobody is asked to sign it"
    size = (await record.head("private")).size
    request = await drill.request("access.granted", *named, "--until", "2099-12-31T22:59:59Z")
    signed = await drill.signed(request, *drill.parts[:2])
    assert (await drill.submit(signed, exits=3))["code"] == "access-reader"
    assert (await record.head("private")).size == size
