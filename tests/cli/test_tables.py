"""Tables for people: names, local times and short numbers; ids for programs alone."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import click
import pytest
from aiohttp import web

from special_channel.cli import alert, batches, dates, enrolment, waiting
from special_channel.cli.app import COMMANDS
from special_channel.cli.bodies import fields
from special_channel.cli.command import Choice
from special_channel.cli.official import Signing
from special_channel.cli.output import Output, draft_number
from special_channel.cli.remote import Call
from special_channel.cli.tables import Reader, Table, text, time
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries.permits import Draw, Licence
from tests.cli.test_client import KEY, Door, serving
from tests.cli.tree import leaves, unwrap

FIRST = f"{1:016x}" + "a" * 48
SAME = f"{1 + 10**6:016x}" + "b" * 48
OTHER = f"{2:016x}" + "c" * 48


def draft(id_: str, list_: str) -> dict[str, Any]:
    payload = canonical.dumps({"kind": "batch.listed", "body": {"list": list_}})
    envelope = dsse.Envelope(dsse.ENTRY_TYPE, payload, (dsse.Signature(KEY.key, bytes(64)),))
    return {
        "id": id_,
        "kind": "batch.listed",
        "by": KEY.key,
        "at": "2020-03-02T08:00:00Z",
        "envelope": envelope.encode().decode(),
        "parts": [],
    }


def answering(path: str, document: Any, method: str = "GET") -> tuple[str, str, Any]:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(document)

    return method, path, answer


def call_of(node: Any, *, as_json: bool = False) -> Call:
    return Call(Output(as_json, "en"), node, Signing(node))


UNSAID: dict[str, Any] = {
    "not_concerned": False, "remark": "", "change": (), "scan": None, "office": "",
    "reference": "", "on": "", "reason": (),
}  # fmt: skip
"""Options of a release that nobody typed."""

NOBODY = answering("/api/directory", {"eu": [], "cn": []})


async def test_waiting_drafts_are_shown_without_ids(capsys):
    drafts = answering("/api/clearances", {"clearances": [draft(OTHER, "L2020-09")]})
    async with serving(Door(), drafts, NOBODY) as node:
        await unwrap(batches.release)(call_of(node), drafts=(), **UNSAID)
        shown = capsys.readouterr().out
        await unwrap(batches.release)(call_of(node, as_json=True), drafts=(), **UNSAID)
    [row] = shown.splitlines()[2:]
    assert "000002" in row
    assert "L2020-09" in row
    assert "2 Mar 2020 09:00" in row
    assert OTHER[-8:] not in shown
    assert KEY.key not in shown
    assert json.loads(capsys.readouterr().out)["id"] == OTHER


@pytest.mark.parametrize(
    ("typed", "code"),
    [("000001", "draft-ambiguous"), ("000003", "clearance-unknown"), ("2", "clearance-unknown")],
)
async def test_draft_number_that_names_no_single_draft_is_refused(typed, code):
    items = [draft(FIRST, "A"), draft(SAME, "B"), draft(OTHER, "C")]
    assert draft_number(FIRST) == draft_number(SAME)
    async with serving(Door(), answering("/api/clearances", {"clearances": items})) as node:
        with pytest.raises(ChannelError) as refused:
            await waiting.draft_id(call_of(node), typed)
        assert refused.value.code == code
        assert await waiting.draft_id(call_of(node), "000002") == OTHER
        assert await waiting.draft_id(call_of(node), SAME) == SAME


async def test_key_is_confirmed_by_the_fingerprint_read_aloud(monkeypatch):
    confirmed = []

    async def confirm(_registrar: Any, key: str) -> dict[str, Any]:
        confirmed.append(key)
        return {"id": FIRST, "state": "done", "position": "EU-9"}

    monkeypatch.setattr(enrolment, "confirm_key", confirm)
    async with serving(Door()) as node:
        for typed in ("eu:ab12cd", "ab12cd", "AB12 CD", "ab 12 cd"):
            await unwrap(enrolment.app.commands["confirm"])(call_of(node), key=typed)
    assert confirmed == ["eu:ab12cd"] * 4


def test_times_are_those_of_the_readers_capital():
    now = datetime(2020, 3, 3, tzinfo=UTC)
    eu = Reader(Output(as_json=False, lang="en"), "eu", now)
    cn = Reader(Output(as_json=False, lang="zh-CN"), "cn", now)
    assert eu.time("2020-03-02T08:00:00Z") == "Mon 2 Mar 09:00"
    assert cn.time("2020-03-02T08:00:00Z") == "3月2日（周一）16:00"
    assert eu.time(None) == "–"


async def test_table_asks_for_what_was_typed_and_prints_its_columns(capsys):
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.raw_path, dict(request.query)))
        return web.json_response({"rows": [{"a": {"b": "x"}, "at": None, "c": "kept"}]})

    table = Table(
        path="/api/{number}/rows",
        help="",
        columns=(text("number", "a.b"), time("at")),
        items="rows",
    )
    async with serving(Door(), ("GET", "/api/{number}/rows", answer)) as node:
        await table.show(call_of(node), number="EU/1?", show="", limit=3, first=None)
        people = capsys.readouterr().out
        await table.show(call_of(node, as_json=True), number="EU-1")
    assert asked[0] == ("/api/EU%2F1%3F/rows?limit=3", {"limit": "3"})
    assert people.splitlines()[2].split() == ["x", "–"]
    assert json.loads(capsys.readouterr().out) == {"a": {"b": "x"}, "at": None, "c": "kept"}


async def test_due_time_has_each_word_on_its_state_once(capsys):
    def item(number: str, outcome: str, **due: Any) -> dict[str, Any]:
        more = {"passed": False, "requested": False, "provisional": False, "working_days": 4} | due
        return {
            "number": number,
            "thread": "EU-1",
            "title": {"original": {"text": "", "lang": "en"}},
            "outcome": outcome,
            "due": {"at": "2020-03-02T08:00:00Z", "answering": "cn"} | more,
        }

    items = [
        item("EU-2 Q1", "open", passed=True, provisional=True) | {"known": "known up to 9:00"},
        item("EU-3 Q1", "open", requested=True, working_days=None),
        item("EU-4 Q1", "answered", requested=True) | {"answered_in": "CN-4"},
        item("EU-5 Q1", "open", provisional=True, working_days=0),
    ]
    async with serving(Door(), answering("/api/deadlines", {"items": items})) as node:
        await unwrap(dates.app.commands["list"])(call_of(node))
    shown = [re.split(r"  +", line.strip()) for line in capsys.readouterr().out.splitlines()[2:]]
    due = "2 Mar 2020 09:00"
    assert shown == [
        ["EU-2 Q1", "EU-1", "–", "CN", due, "–",
         "no answer received; known up to 9:00; provisional", "–"],
        ["EU-3 Q1", "EU-1", "–", "CN", due, "–", "answer requested", "–"],
        ["EU-4 Q1", "EU-1", "–", "CN", due, "–", "answered; only requested", "CN-4"],
        ["EU-5 Q1", "EU-1", "–", "CN", due, "0", "provisional date", "–"],
    ]  # fmt: skip


async def test_alerts_say_what_they_are_as_the_page_does(capsys):
    plain = {
        "made_at": "2020-03-02T08:00:00Z", "number": "EU-2 Q1", "kind": "step", "step": 1,
        "title": {"en": "Head of unit", "zh": "处长"}, "role": "head", "name": "Ada",
        "channel": "mail", "state": "sent", "listed": [], "acknowledged": [],
    }  # fmt: skip
    items: list[dict[str, Any]] = [
        plain | {"acknowledged": [["Bo", "2020-03-02T08:05:00Z"]]},
        plain | {"kind": "warning", "step": 175},
        plain | {"kind": "digest", "number": "", "listed": ["EU-2 Q1", "EU-3 Q1"], "name": ""},
    ]
    async with serving(Door(), answering("/api/alerts", {"items": items})) as node:
        await unwrap(alert.app.commands["list"])(call_of(node))
    rows = [re.split(r"  +", line.strip()) for line in capsys.readouterr().out.splitlines()[2:]]
    assert [(row[1], row[2]) for row in rows] == [
        ("EU-2 Q1", "Step 1: Head of unit"),
        ("EU-2 Q1", "Warning before the date: 75% of the time has passed"),
        ("EU-2 Q1, EU-3 Q1", "2 questions in one message"),
    ]
    assert rows[0][3:] == ["head of unit", "Ada", "E-mail", "delivered", "Bo"]


def test_options_of_an_act_follow_the_model():
    @click.command()
    @fields(Licence, {"type": "a", "valid_to": "b", "applications": "c", "per": "d"}, per="licence")
    def act() -> None:
        """Sign."""

    kind, valid_to, application, per = act.params
    assert isinstance(kind.type, Choice)
    assert list(kind.type.choices) == ["individual", "general", "certificate"]
    assert (kind.required, valid_to.required, per.required) == (True, True, False)
    assert (valid_to.opts, valid_to.metavar) == (["--valid-to"], "date")
    assert (application.opts, application.name) == (["--application"], "applications")
    assert application.multiple
    assert per.default == "licence"


def test_optional_text_of_an_act_is_empty():
    @click.command()
    @fields(Draw, {"customer": "a", "on": "b"}, optional={"on"})
    def act() -> None:
        """Sign."""

    assert [each.get_default(click.Context(act)) for each in act.params] == ["", ""]


def test_summary_of_a_command_is_its_help():
    own = {
        name: " ".join(command.help.split("\n\n")[0].split()) for name, command in leaves().items()
    }
    listed = {name: lazy.summary for name, lazy in COMMANDS.items() if name in own}
    assert len(listed) > 15
    assert listed == {name: own[name] for name in listed}
