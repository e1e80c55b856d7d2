"""Reasons on the command line: how they are typed, and which findings they cover."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from aiohttp import web

from special_channel.cli import batches, meetings, notes
from special_channel.cli.output import draft_number
from special_channel.cli.printing import READER
from special_channel.cli.reasons import NamedReason, agreed, fitting, typed_reasons
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import MAX_PAYLOAD_BYTES, parse
from special_channel.core.sense.reasons import GivenReason
from special_channel.desk.confirmations import in_entries, sense_confirmed
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from tests.cli.test_client import KEY, Door, serving
from tests.cli.test_tables import UNSAID, answering, call_of, draft
from tests.cli.tree import leaves, unwrap
from tests.world import World


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The reader's language, whatever a command before left."""
    reader = READER.set("en")
    yield
    READER.reset(reader)


CONFIRM: list[dict[str, Any]] = [
    {"code": "S-046", "rows": [3, 5], "where": "rows 3, 5", "text": "Not a working day."},
    {"code": "S-047", "text": "Is this older news?"},
]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("S-046=checked_file", NamedReason(("S-046",), frozenset(), "checked_file")),
        ("S-046:3,5=system_date", NamedReason(("S-046",), frozenset({3, 5}), "system_date")),
        ("S-046=other:by telephone", NamedReason(("S-046",), frozenset(), "other", "by telephone")),
    ],
)
def test_reason_is_read_as_typed(text, given):
    assert typed_reasons([text]) == (given,)


@pytest.mark.parametrize(
    "text",
    ["S-046", "S-46=law", "S-046=because", "S-046=other", "S-046=other: ", "S-046=law:words",
     "S-046:=law", "because", "3,=law", "3,5=", "other", "S-046=other:" + "x" * 201],
)  # fmt: skip
def test_text_that_is_no_reason_is_refused(text):
    with pytest.raises(ChannelError) as refused:
        typed_reasons([text])
    assert refused.value.code == "reason-malformed"


def test_reasons_are_signed_with_the_rows_found():
    typed = ("S-047=late_news", "S-046:3=law", "S-046=checked_file", "S-010=law")
    assert fitting(CONFIRM, typed_reasons(typed)) == (
        GivenReason(("S-047",), [], "late_news"),
        GivenReason(("S-046",), [3], "law"),
        GivenReason(("S-046",), [5], "checked_file"),
    )


def test_reason_without_a_number_is_for_all_that_was_found():
    for reason in ("checked_file", "other:by telephone"):
        signed = fitting(CONFIRM, typed_reasons([reason]))
        assert {rule for each in signed for rule in each.rules} == {"S-046", "S-047"}
        assert {each.reason for each in signed} == {reason.partition(":")[0]}
    some = fitting(CONFIRM, typed_reasons(["3=law", "checked_file"]))
    [law] = [each for each in some if each.reason == "law"]
    assert (law.rules, law.rows) == (("S-046",), [3])
    others = {rule: each.rows for each in some for rule in each.rules if each.reason != "law"}
    assert 5 in others["S-046"]
    given = typed_reasons(["law"])
    assert all(len(each.rules) <= 20 for each in given), "an entry takes no more"


def test_reason_for_some_rows_goes_before_one_for_all_in_any_order():
    for typed in (["checked_file", "3,5=law"], ["3,5=law", "checked_file"]):
        given = {
            (rule, tuple(each.rows)): each.reason
            for each in fitting(CONFIRM, typed_reasons(typed))
            for rule in each.rules
        }
        assert given == {("S-046", (3, 5)): "law", ("S-047", ()): "checked_file"}


def test_rows_of_one_rule_are_not_those_of_another():
    confirm = [*CONFIRM[:1], {"code": "S-048", "rows": [7], "text": "The clock does not fit."}]
    signed = fitting(confirm, typed_reasons(["3,5,7=law"]))
    assert {rule: list(each.rows) for each in signed for rule in each.rules} == {
        "S-046": [3, 5], "S-048": [7],
    }  # fmt: skip


def test_one_reason_for_a_long_list_names_its_rows_and_fits_into_an_entry():
    confirm = [{"code": "S-046", "rows": [*range(1, 2001)], "text": "Not a working day."}]
    given = typed_reasons(["S-046=checked_file"])
    [signed] = fitting(confirm, given)
    assert [*signed.rows] == [*range(1, 2001)]
    assert len(json.dumps([*signed.rows])) < 16_384
    # Rows that were typed are what the author signs.
    some = typed_reasons(["S-046:1,2=law", "S-046=checked_file"])
    assert [len(each.rows) for each in fitting(confirm, some)] == [2, 1998]


def long_lists() -> list[dict[str, Any]]:
    """Six rules that flag nearly all of 2,000 rows, none of them the same rows."""
    rules = ("S-016", "S-017", "S-046", "S-047", "S-048", "S-049")
    rows = [[*range(1 + n, 2001)] for n in range(len(rules))]
    return [{"code": c, "rows": r, "text": c} for c, r in zip(rules, rows, strict=True)]


def test_long_lists_of_rows_are_signed_in_as_many_entries_as_they_need():
    given = fitting(long_lists(), typed_reasons(["checked_file"]))
    assert len(given) == 6
    key = World.founded().eu.keys["desk"]
    author = Author(key, "eu.channel.example/private", "2026-11-24T09:00:00Z", (), bytes)
    entries = [sense_confirmed(author, "0" * 64, each, "en") for each in in_entries(given)]
    assert len(entries) == 2
    assert all(len(dsse.decode(e.envelope).payload) <= MAX_PAYLOAD_BYTES for e in entries)
    made: list[Any] = [canonical.loads(dsse.decode(each.envelope).payload) for each in entries]
    stated = [each for payload in made for each in payload["body"]["confirmed"]]
    assert [(each["rules"], each["rows"]) for each in stated] == [
        ([item["code"]], item["rows"]) for item in long_lists()
    ]


def test_many_reasons_in_own_words_fit_into_their_entries():
    rules = [f"S-{n:03}" for n in range(1, 21)]
    given = [GivenReason(rules, (n,), "other", f"words {n}") for n in range(1, 201)]
    key = World.founded().eu.keys["desk"]
    author = Author(key, "eu.channel.example/private", "2026-11-24T09:00:00Z", (), bytes)
    parted = in_entries(given)
    assert [each for of_entry in parted for each in of_entry] == given
    for of_entry in parted:
        made = sense_confirmed(author, "0" * 64, of_entry, "en")
        parse(dsse.decode(made.envelope).payload)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (["checked_file"], ["rows 3, 5 Not a working day.", "Is this older news?"]),
        (["3,5=law", "S-047=law"], ["rows 3, 5 Not a working day."]),
        (["S-046:3=law", "checked_file"], ["rows 3, 5 Not a working day.", "Is this older news?"]),
        (["S-046=law", "S-047=law"], []),
        (["S-046:3,5=law", "S-047=law"], []),
    ],
)
def test_author_sees_what_a_reason_is_for_unless_it_names_the_rule(
    monkeypatch, capsys, typed, asked
):
    given = typed_reasons(typed)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert agreed(CONFIRM, given) == fitting(CONFIRM, given)
    shown = capsys.readouterr().err.splitlines()
    assert shown == [*asked, *(["Sign with this reason? [y/N]"] if asked else [])]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    if asked:
        with pytest.raises(click.Abort):
            agreed(CONFIRM, given)
    assert "Nobody" not in capsys.readouterr().err


def test_reason_for_all_findings_names_no_rule_however_few_there_are(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(click.Abort):
        agreed(CONFIRM[1:], [GivenReason(("S-047",), (), "checked_file")])
    named = [NamedReason(("S-047",), (), "checked_file")]
    assert agreed(CONFIRM[1:], named) == fitting(CONFIRM[1:], named)


def test_without_anybody_to_answer_the_rule_is_asked_for(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(click.Abort):
        agreed(CONFIRM, typed_reasons(["checked_file"]))
    last = capsys.readouterr().err.splitlines()[-1]
    told = "Nobody can answer here. Name the rule before the reason: S-046=checked_file."
    assert last == told


@pytest.mark.parametrize(("answer", "signed"), [("y", "signed"), ("n", "")])
def test_answer_comes_from_the_terminal_once_the_text_is_read(answer, signed):
    """As in `note post EU-1 - --reason checked_file < text`."""
    program = (
        "import fcntl, sys, termios; fcntl.ioctl(2, termios.TIOCSCTTY, 0)\n"
        "import click; from special_channel.cli.usage import confirm\n"
        "sys.stdin.read()\n"
        "try: confirm('Sign with this reason?'); print('signed')\n"
        "except click.Abort: pass"
    )
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True,
        text=True,
    ) as started:  # fmt: skip
        os.write(ours, f"{answer}\n".encode())
        said, _ = started.communicate("A text.")
    os.close(theirs)
    shown = "".join(lines_of(ours))
    assert said.strip() == signed
    assert "Sign with this reason? [y/N]" in shown


def lines_of(terminal: int) -> Iterator[str]:
    """What a terminal whose programs have ended showed: it comes in parts, the echo first."""
    # A terminal ends with an error.
    with os.fdopen(terminal, encoding="utf-8") as shown, suppress(OSError):
        yield from shown


def test_help_of_a_text_offers_no_rows_and_no_correction():
    texts = ("note ", "thread ", "meeting ", "priority ")
    asked = {
        name: told
        for name, command in leaves().items()
        for each in command.params
        if "other:words" in (told := str(getattr(each, "help", "")))
    }
    assert {name.split()[0] for name in asked} >= {each.strip() for each in texts}
    for name, told in asked.items():
        assert told.endswith("You are shown what it is for."), name
        for words in ("3,5=", "correction"):
            assert (words in told) is not name.startswith(texts), name


DRAFT = "0" * 15 + "1" + "0" * 48
WITHOUT = (
    (
        notes.post,
        {"thread": "EU-1", "text": "A text.", "internal": True},
        ("--reason has no use with --internal.", "--reason不得与--internal一并使用。"),
    ),
    *(
        (
            notes.post,
            {"thread": "EU-1", "text": "A text.", "internal": True, name: value},
            (f"--{name} has no use with --internal.", f"--{name}不得与--internal一并使用。"),
        )
        for name, value in (
            ("ask", ("When?",)),
            ("answers", ("CN-1:1",)),
            ("file", (Path("a.pdf"),)),
            ("translation", "译文"),
            ("marking", "sensitive"),
        )
    ),
    (
        meetings.mark,
        {"number": "EU-9", "agreed": True, "differs": ""},
        ("--reason has no use with --agreed.", "--reason不得与--agreed一并使用。"),
    ),
    (
        batches.release,
        {"drafts": (DRAFT,), **UNSAID},
        ("--reason needs --change.", "--reason须与--change一并使用。"),
    ),
    *(
        (
            batches.release,
            {"drafts": (DRAFT,), **UNSAID, name.replace("-", "_"): value},
            (
                f"--{name} has no use: draft 000001 is released as it is.",
                f"--{name}不适用：文稿000001须按原文复核。",
            ),
        )
        for name, value in (
            ("change", ("1=words",)),
            ("not-concerned", True),
            ("remark", "Do not send."),
            ("scan", Path("a.pdf")),
            ("office", "Cabinet"),
            ("on", "2026-12-01"),
        )
    ),
    (
        meetings.mark,
        {"number": "EU-9", "agreed": True, "differs": "", "translation": "译文"},
        ("--translation has no use with --agreed.", "--translation不得与--agreed一并使用。"),
    ),
)


@pytest.mark.parametrize(("lang", "place"), [("en", 0), ("zh-CN", 1)])
@pytest.mark.parametrize(("command", "typed", "told"), WITHOUT)
async def test_reason_that_would_be_dropped_is_refused(command, typed, told, lang, place):
    """The draft has no step of a route that is the caller's; nothing is asked to be signed."""
    options = {
        each.name: () if getattr(each, "multiple", False) else each.default
        for each in command.params
    }
    others = ("--reason", "--change")
    options |= typed | {"reason": ("checked_file",) if told[0].startswith(others) else ()}
    for name in ("node", "key_file", "function", "trust", "data", "as_json", "help"):
        options.pop(name, None)
    waits = answering("/api/clearances", {"clearances": [draft(DRAFT, "L2020-09")]})
    shown = answering(f"/api/clearances/{DRAFT}", draft(DRAFT, "L2020-09"))
    READER.set(lang)
    async with serving(Door(), waits, shown) as node:
        with pytest.raises(click.UsageError, match=re.escape(told[place])):
            await unwrap(command)(call_of(node), **options)


COLLEAGUE = KeyFile.make("eu", "desk", bytes(range(1, 33)), unit="u", desk="permits")
FOUNDED = dsse.Envelope(
    dsse.ENTRY_TYPE,
    canonical.dumps({"body": {"private": "private.eu"}}),
    (dsse.Signature(KEY.key, bytes(64)),),
)
AUTHOR = (
    answering("/api/heads", {"heads": [], "functions": []}),
    answering("/api/directory", {KEY.party: [{"envelope": FOUNDED.encode().decode()}]}),
)
"""What a node answers before its reader signs."""


async def test_draft_that_is_named_twice_is_released_once(capsys):
    """By its number and by its id."""
    waiting = draft(DRAFT, "L2020-09")
    envelope = replace(
        dsse.decode(waiting["envelope"].encode()),
        signatures=(dsse.Signature(COLLEAGUE.key, bytes(64)),),
    )
    waiting |= {"envelope": envelope.encode().decode(), "id": (id_ := envelope.id)}
    sent: list[str] = []

    async def released(request: web.Request) -> web.Response:
        sent.append(request.path)
        return web.json_response({"receipts": [{"position": f"EU-{len(sent)}"}]})

    routes = (
        answering("/api/clearances", {"clearances": [waiting]}),
        answering(f"/api/clearances/{id_}", waiting),
        *AUTHOR,
        ("POST", f"/api/clearances/{id_}", released),
    )
    async with serving(Door(), *routes) as node:
        typed = (draft_number(id_), id_, id_)
        await unwrap(batches.release)(call_of(node), drafts=typed, **UNSAID)
    assert sent == [f"/api/clearances/{id_}"]
    assert capsys.readouterr().out.count("EU-1") == 1


async def test_remark_is_refused_once_the_step_is_answered_by_a_colleague():
    """Both drafts have a step of the caller's; the second one's is answered meanwhile."""
    first, second = draft(DRAFT, "L2020-09"), draft("0" * 15 + "2" + "0" * 48, "L2020-10")
    form = {"form": {"paper": False, "step": 2, "person": "P1", "desk": "D1", "functions": "1"}}
    answered: list[str] = []

    async def shown(request: web.Request) -> web.Response:
        found = {each["id"]: each for each in (first, second)}[request.match_info["draft"]]
        stands = found is first or not answered
        return web.json_response(found | ({"signoff": form | {"texts": []}} if stands else {}))

    async def answer(request: web.Request) -> web.Response:
        answered.append(request.match_info["draft"])
        return web.json_response({})

    routes = (
        answering("/api/clearances", {"clearances": [first, second]}),
        *AUTHOR,
        ("GET", "/api/clearances/{draft}", shown),
        ("POST", "/api/clearances/{draft}/steps", answer),
    )
    typed = {**UNSAID, "remark": "Do not send.", "drafts": ("000001", "000002")}
    async with serving(Door(), *routes) as node:
        with pytest.raises(click.UsageError, match="--remark has no use: draft 000002"):
            await unwrap(batches.release)(call_of(node), **typed)
    assert answered == [first["id"]]


def test_finding_without_a_reason_is_named():
    with pytest.raises(ChannelError) as refused:
        fitting(CONFIRM, typed_reasons(["S-046:3=law"]))
    assert refused.value.code == "sense-unconfirmed"
    facts = refused.value.facts
    assert (facts["rule"], facts["row"]) == ("S-046", 5)
    assert facts["words"] == "rows 3, 5 Not a working day."
    assert fitting([], ()) == ()
