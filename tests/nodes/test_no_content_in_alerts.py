"""No alert on any channel has case content: the messages received by each service are searched.

Real nodes, a real due time, and one recipient on each channel. Then the same channels are
tried from the command line, as an operator does.
"""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import pytest_asyncio

from special_channel.channels.probes import AWAY, DEAD
from special_channel.channels.signatures import new_key
from special_channel.cli.app import run
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.writing import file_part, text_part
from special_channel.messages.catalogue import Lang
from special_channel.stores.files import Files
from special_channel.stores.mailbox import Mailbox
from special_channel.stores.people import Official, Officials
from tests import servers
from tests.channel import ROOT, Channel, channel
from tests.channels.services import Service, service
from tests.escalation.bureau import MailServer, mail_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTICE = timedelta(seconds=4)
"""Between asking and the due time; enough to be delivered on a busy machine."""

CANARIES = (
    "Kanarienwort", "金丝雀公司", "canary-subject", "canary-file-name", "canary-file-text",
    "Canary-Name-Šťastná",
)  # fmt: skip
"""Of the note, a company, the subject, a file's name, its bytes, a person's name."""

YES: dict[str, dict[str, Any]] = {
    "webhook": {"status": 204},
    "teams": {"status": 202},
    "mattermost": {"body": b"ok"},
    "wecom": {"body": b'{"errcode":0,"errmsg":"ok"}'},
    "dingtalk": {"body": b'{"errcode":0,"errmsg":"ok"}'},
    "feishu": {"body": b'{"code":0,"msg":"success"}'},
}


UNAVAILABLE = 6
"""Exit status where something is to be tried again later (docs/commands.md)."""


@dataclass
class Staged:
    """A channel with a service behind each alert channel."""

    made: Channel
    mail: MailServer
    services: dict[str, Service]
    folder: Path


async def received(staged: Staged) -> dict[str, str]:
    """Return all messages of each service, in every possible encoding."""
    found = {"mail": "\n".join(_mail(one) for one in staged.mail.envelopes)}
    for name, one in staged.services.items():
        found[name] = "\n".join(
            f"{each.path} {each.query} {each.headers} {each.body.decode()} "
            f"{orjson.loads(each.body)}"
            for each in one.taken
        )
    for party in PARTIES:
        box = Mailbox(staged.made.nodes[party].core.record.pool)
        found[f"mailbox {party}"] = "\n".join(f"{one}" for one in await box.items(9))
    return found


def _mail(envelope: Any) -> str:
    read = email.message_from_bytes(envelope.content, policy=email.policy.default)
    bodies = [part.get_content() for part in read.walk() if not part.is_multipart()]
    return "\n".join([envelope.content.decode(), *map(str, read.values()), *bodies])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def staged() -> AsyncIterator[Staged]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(servers.open_folder())
        charters = folder / "charter"
        shutil.copytree(ROOT / "config" / "charter", charters)
        for file in charters.glob("*.toml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(
                text.replace("minimum_notice_seconds = 30", "minimum_notice_seconds = 1")
            )
        mail = await stack.enter_async_context(mail_server())
        behind = {
            kind: await stack.enter_async_context(service(**told)) for kind, told in YES.items()
        }
        made = await stack.enter_async_context(
            channel(
                folder,
                charter_folder=charters,
                mail={"host": "127.0.0.1", "port": mail.port, "tls": "none"},
                alerts={"office_hours": "send"},
                channels={kind: _section(folder, kind, one) for kind, one in behind.items()},
            )
        )
        await name_everybody(made)
        yield Staged(made, mail, behind, folder)


def _section(folder: Path, kind: str, own: Service) -> dict[str, Any]:
    files = {
        "url_file": own.url(f"/{kind}?key=0123456789"),
        "secret_file": "SEC0123",
        "key_file": new_key(sha256(kind.encode()).digest())[0],
    }
    for name, text in files.items():
        (folder / f"{kind}.{name}").write_text(text, encoding="utf-8")
    return {
        "kind": kind,
        "url_file": folder / f"{kind}.url_file",
        "secret_file": folder / f"{kind}.secret_file",
        "key_files": (folder / f"{kind}.key_file",),
        "hosts": ("127.0.0.1",),
    }


async def name_everybody(made: Channel) -> None:
    """Add heads of unit to both directories, each with a separate channel."""
    for party in PARTIES:
        officials = Officials(made.nodes[party].core.record.pool)
        language: Lang = "en" if party == "eu" else "zh-CN"
        for way in ("mail", "mailbox", *YES):
            to = f"{way}@{party}.example"
            await officials.add(
                Official(0, CANARIES[5], "head", "Unit", "unit", to, language, (way,)), uuid4().hex
            )


async def ask_for_soon(made: Channel) -> str:
    """Ask a question full of canaries; return its number."""
    thread = await made.open_thread("eu", f"canary-subject {CANARIES[1]}")
    core, data = made.nodes["eu"].core, b"canary-file-text"
    digest = sha256(data).hexdigest()

    async def chunks() -> AsyncIterator[bytes]:
        yield data

    await Files(core.record.pool).put(chunks(), max_bytes=100, type_="text/plain")
    salts = [core.randomness.bytes(32) for _ in range(2)]
    due = timestamp(datetime.now(UTC) + NOTICE)
    key = made.officials["eu", "desk", 1]
    payload = await made.payload(
        "eu", key.key, "note.posted", thread=thread, body={}, lang="en", asks=[made.ask("eu", due)]
    )
    parts = (
        text_part("text", salts[0], f"Kanarienwort of {CANARIES[1]}"),
        file_part(salts[1], "canary-file-name.txt", "text/plain", len(data), digest),
    )
    note = await made.submit("eu", payload, key.signer, parts=parts)
    return f"EU-{note.index}"


async def test_a_due_time_that_passes_tells_every_channel_a_number_and_nothing_else(
    staged: Staged,
) -> None:
    made = staged.made
    # An alert of the founding may have met a service that another test had broken.
    before = alarms(made)
    number = await ask_for_soon(made)

    def named(text: str) -> bool:
        return f"{number}, question 1" in text or f"{number} 问题1" in text

    async def told() -> bool:
        return all(named(text) for text in (await received(staged)).values())

    await made.until(told)
    found = await received(staged)
    assert len(found) == len(YES) + 3
    for name, text in found.items():
        assert named(text), name
        assert "/threads/" in text, name
        for canary in CANARIES:
            for spelt in (canary, base64.b64encode(canary.encode()).decode()[:-4]):
                assert spelt not in text, (name, canary)
    assert alarms(made) - before <= {"canary-lost"}


def alarms(made: Channel) -> set[str]:
    """Return the codes of the alarms that sound at both nodes."""
    return {code for node in made.nodes.values() for code in node.core.alarms.codes()}


def command(staged: Staged, *words: str, party: Party = "eu") -> int:
    """Run a command as an operator does."""
    key = staged.folder / f"{party}-head.json"
    if not key.exists():
        staged.made.officials[party, "head", 1].write(key)
    address = staged.made.nodes[party].core.settings.node.url
    given = ["--to", f"mail@{party}.example", "--node", address, "--as", str(key)]
    return run(["alert", "test", *given, *words])


def trials_at(channel_service: Service) -> list[bytes]:
    """Return the messages that try a channel; due times of the other test go on meanwhile."""
    says = (b'"alert.test"', b"test of an alert channel")
    return [one.body for one in channel_service.taken if any(words in one.body for words in says)]


async def test_the_command_tries_every_channel_and_says_what_each_said(
    staged: Staged, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(command, staged) == 0
    said = capsys.readouterr().out
    for name in ("mail", "mailbox", *YES):
        assert f"\n{name} " in said or said.startswith(f"{name} ")
    taken = {kind: trials_at(one) for kind, one in staged.services.items()}
    assert {kind: len(bodies) for kind, bodies in taken.items()} == dict.fromkeys(YES, 1)
    assert orjson.loads(taken["webhook"][0])["data"]["to"] == "mail@eu.example"

    staged.services["feishu"].body = b'{"code":19021,"msg":"sign match fail"}'
    staged.services["teams"].status = 410
    only = ("--channel", "teams", "--channel", "mattermost")
    assert await asyncio.to_thread(command, staged, *only) == 4
    said = capsys.readouterr().out
    assert "channel-gone" in said
    assert "wecom" not in said
    assert await asyncio.to_thread(command, staged, "--lang", "zh-CN") == 6
    said = capsys.readouterr().out
    assert "channel-misconfigured" in said
    assert "sign match fail" in said
    assert "渠道有响应，但不接受本节点" in said
    assert await asyncio.to_thread(command, staged, "--channel", "smoke", "--json") == 5
    staged.services["feishu"].body, staged.services["teams"].status = YES["feishu"]["body"], 202
    # What was gone is used again once a test gets through, at the other node too, which may have
    # sent meanwhile; the service's own limit of a few messages a second may ask for another try.
    for party in PARTIES:
        trial = partial(command, staged, "--channel", "teams", party=party)
        async with asyncio.timeout(60):
            while await asyncio.to_thread(trial) == UNAVAILABLE:
                assert "own rate limit" in capsys.readouterr().out
        assert "accepted" in capsys.readouterr().out
    assert await asyncio.to_thread(command, staged, "--channel", "feishu") == 0


async def test_a_node_whose_last_channel_died_says_so_where_its_operator_looks(
    staged: Staged, capsys: pytest.CaptureFixture[str]
) -> None:
    made = staged.made
    assert not {DEAD, AWAY} & {*made.nodes["cn"].core.alarms.codes()}
    await made.stop("cn")
    nowhere: dict[str, Any] = {"channels": {}, "demo": {"confirm_codes": True}, "mail": {}}
    node = await made.start("cn", **nowhere)

    async def said() -> bool:
        return DEAD in node.core.alarms.codes()

    await made.until(said, "cn")
    key = staged.folder / "cn.json"
    made.officials["cn", "head", 1].write(key)
    address = node.core.settings.node.url
    given = ["--node", address, "--as", str(key)]
    assert await asyncio.to_thread(run, ["status", *given]) == 0
    assert "nobody would be alerted to a due time" in capsys.readouterr().out
    assert await asyncio.to_thread(run, ["alert", "test", *given]) == 6
    assert "alert-channels-dead" in capsys.readouterr().err
    await made.stop("cn")
    await made.start("cn")
