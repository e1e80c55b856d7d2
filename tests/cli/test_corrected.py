"""`special-channel corrections` lists every correction and change, and marks the same as seen."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from special_channel.cli.corrected import corrections, corrections_seen
from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.remote import Call
from tests.cli.test_client import Door, serving
from tests.cli.tree import unwrap

MADE = {"by": "cn", "position": "CN-1", "before": "approved", "corrected_in": "CN-9"}
AMENDED = {"position": "EU-30", "said": "2 rows changed", "changed": 2, "withdrawn": 0, "added": 0}
FOUND: dict[str, Any] = {
    "items": [{"number": "A-1", "corrections": [{**MADE, "after": "under review"}]}],
    "total": 1,
    "licences": [
        {
            "number": "L-1",
            "changes": [
                {**MADE, "corrected_in": "CN-11", "after": "valid", "correction": False},
                {**MADE, "corrected_in": "CN-12", "after": "ended", "correction": True},
            ],
        }
    ],
    "licences_total": 1,
    "lists": [{"number": "EU-20", "list": "L2026-47", "amendments": [AMENDED]}],
    "lists_total": 1,
}


async def said(capsys: Any, command: Any, *, as_json: bool = False) -> tuple[str, list[Any]]:
    """The command's output, and what it sent."""
    sent: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response(FOUND)
        sent.append(await request.json())
        return web.json_response({"total": 1, "lists_total": 0, "licences_total": 2})

    routes = (("GET", "/api/corrections", answer), ("POST", "/api/corrections", answer))
    async with serving(Door(), *routes) as node:
        options = {"limit": 20} if command is corrections else {}
        await unwrap(command)(Call(Output(as_json, "en"), node, Signing(node)), **options)
    return capsys.readouterr().out, sent


async def test_each_correction_and_change_is_a_line(capsys):
    out, _ = await said(capsys, corrections)
    shown = [line.split() for line in out.splitlines()]
    assert [line[0] for line in shown if "CN-" in "".join(line) or "EU-" in "".join(line)] == [
        "A-1", "L-1", "L-1", "L2026-47",
    ]  # fmt: skip
    [amended] = [line for line in out.splitlines() if line.startswith("L2026-47")]
    for cell in ("EU-20", "EU-30", "2 rows changed"):
        assert cell in amended
    lines, _ = await said(capsys, corrections, as_json=True)
    assert "EU-30" in lines


async def test_seen_are_the_last_entries_of_all_that_is_listed(capsys):
    out, [sent] = await said(capsys, corrections_seen, as_json=True)
    assert sent == {
        "items": [{"number": "A-1", "last": "CN-9"}],
        "lists": [{"number": "EU-20", "last": "EU-30"}],
        "licences": [{"number": "L-1", "last": "CN-12"}],
    }
    assert json.loads(out) == {"left": 3}
