"""`special-channel figures`: numbers with their definitions, in both sides' words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web

from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.overview import figures
from special_channel.cli.remote import Call
from special_channel.messages.catalogue import Lang
from tests.cli.test_client import Door, serving
from tests.cli.tree import unwrap

MEASURE = {
    "measure": "answered-in-time",
    "title": "Answered by the date agreed",
    "definition": "Of the questions …",
    "value": "57.1",
    "part": 4,
    "whole": 7,
    "undecided": 1,
    "imi": 3,
    "agreed": 80,
    "reached": False,
}
DAYS = {
    "measure": "days-to-answer",
    "title": "Average time to answer",
    "definition": "Days of 24 hours …",
    "whole": 0,
    "undecided": 8,
}
FOUND = {
    "eu": 37,
    "cn": 0,
    "definitions": "imi-1",
    "agreed": True,
    "effect": "Fictional: a figure is no admission.",
    "sides": [
        {
            "answering": "cn",
            "asks": 9,
            "counted": 8,
            "crossed": 1,
            "unconfirmed": 0,
            "ended": 0,
            "measures": [MEASURE, DAYS],
        }
    ],
}


_OPTIONS = ("since", "until", "counting", "eu", "cn", "eu_known", "cn_known")


async def said(capsys: Any, lang: Lang, *, as_json: bool = False, **dates: str) -> tuple[str, Any]:
    """The command's output, and its requests to the node."""
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        return web.json_response(FOUND)

    async with serving(Door(), ("GET", "/api/figures", answer)) as node:
        call = Call(Output(as_json, lang), node, Signing(node))
        await unwrap(figures)(call, **dict.fromkeys(_OPTIONS, "") | dates)
    return capsys.readouterr().out, asked[0]


async def test_each_figure_stands_with_what_it_is_counted_of(capsys):
    out, asked = await said(capsys, "en", since="2026-01-01")
    assert asked == {"lang": "en", "since": "2026-01-01"}
    assert "up to EU-36, none of CN so far" in out
    assert "CN answers: 9 questions, 8 counted; apart: crossed 1, one record only 0, ended 0" in out
    timely = next(line for line in out.splitlines() if line.startswith("answered-in-time"))
    for cell in ("57.1 %", "4/7", "80 %"):
        assert cell in timely
    none = next(line for line in out.splitlines() if line.startswith("days-to-answer"))
    assert none.split()[-4:] == ["–", "0", "8", "–"]
    assert out.endswith("\nFictional: a figure is no admission.\n")


@pytest.mark.parametrize("lang", ["zh-CN"])
async def test_in_chinese_it_speaks_chinese(capsys, lang):
    out, _ = await said(capsys, lang)
    assert "由中方答复：共9个问题，计入8个" in out


async def test_figures_as_recorded_then_say_so(capsys, monkeypatch):
    extent = {"counting": "recorded", "eu": 37, "cn": 0, "eu_corrected": 37, "cn_corrected": 0}
    monkeypatch.setitem(FOUND, "extent", extent)
    out, asked = await said(capsys, "en", eu="EU-36", cn="-", cn_known="2026-11-24T08:00:00Z")
    assert asked["eu"] == "EU-36"
    assert asked["cn_known"] == "2026-11-24T08:00:00Z"
    assert out.startswith("As recorded then: from entries up to EU-36, none of CN so far.")


async def test_for_machines_it_is_what_the_node_said(capsys):
    out, _ = await said(capsys, "en", as_json=True, until="2027-01-01")
    assert json.loads(out) == FOUND
