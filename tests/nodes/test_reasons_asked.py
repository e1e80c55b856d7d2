"""On the command line an official sees each finding before signing, and agrees once for all."""

from __future__ import annotations

import io

import aiohttp
import click
import pytest

from special_channel.cli.client import Node
from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.reasons import typed_reasons
from special_channel.cli.remote import Call
from special_channel.core.bytes.ids import Party
from special_channel.desk import payloads
from special_channel.desk.payloads import NoteDraft
from tests.channel import Channel
from tests.permits import licence_body, line

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "Sign with this reason? [y/N]"
LINES = [line(f"1C90{n}.a", f"{n}0000000000", "kg") for n in range(1, 8)]
"""Seven quantities of more than ten thousand tonnes."""


def called(made: Channel, http: aiohttp.ClientSession, party: Party) -> Call:
    key = made.officials[party, "desk", 1]
    node = Node(http, made.settings(party).node.url, key, "en")
    return Call(Output(as_json=True, lang="en"), node, Signing(node))


async def issue(made: Channel, number: str) -> None:
    async with aiohttp.ClientSession() as http:
        body = licence_body(licence=number, lines=LINES)
        call = called(made, http, "cn")
        await call.sign(payloads.licence_issued, body, reasons=typed_reasons(["checked_file"]))


async def test_each_finding_is_shown_before_the_question(two_nodes, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    with pytest.raises(click.Abort):
        await issue(two_nodes, "虚构-1")
    *shown, question = capsys.readouterr().err.strip().splitlines()
    assert question == QUESTION
    for each in LINES:
        assert any(str(each["quantity"])[:2] in words for words in shown), (each, shown)
    assert len(shown) >= len(LINES)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    await issue(two_nodes, "虚构-1")
    assert '"position"' in capsys.readouterr().out


async def test_equal_findings_of_several_entries_are_agreed_once(two_nodes, monkeypatch, capsys):
    threads = [await two_nodes.open_thread("eu") for _ in range(3)]
    async with aiohttp.ClientSession() as http:
        call = called(two_nodes, http, "eu")
        author = await call.official.author()
        charter = (await call.official.charter())[0]
        text = "The holder is Mr Example, passport E12345678, mobile 13800138000."
        notes = [
            payloads.note_posted(author, NoteDraft(each, "en", text, charter=charter))
            for each in threads
        ]
        monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
        await call.send(*notes, reasons=typed_reasons(["checked_file"]))
    said = capsys.readouterr()
    assert said.err.count(QUESTION) == 1
    assert said.out.count('"position"') == len(notes)
