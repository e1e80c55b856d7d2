"""`special-channel inbox`, `status`, `rebuild`, `resume`: how things stand."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from special_channel.cli.machine import MACHINE
from special_channel.cli.party import ConfigOption
from special_channel.cli.printing import READER, Output
from special_channel.cli.remote import Call, JsonOption, remote
from special_channel.cli.silence import state_of
from special_channel.config import load
from special_channel.wiring.rebuilding import rebuild_views
from special_channel.wiring.resuming import resume_mirror


@remote
async def inbox(call: Call) -> None:
    """List open questions: those for the own side to answer first, the nearest due first."""
    items = (await call.node.get("/api/asks"))["items"]
    threads = (await call.node.get("/api/threads", {"show": "all", "limit": 1000}))["items"]
    numbers = {item["thread"]: item for item in threads}
    own, lang, now = call.official.party, call.out.lang, MACHINE.now()
    if not call.out.as_json:
        items = [{**item, "state": state_of(item, own, lang, now)} for item in items]
    ours = [_row(item, "ours", numbers) for item in items if item["asker"] != own]
    theirs = [_row(item, "theirs", numbers) for item in items if item["asker"] == own]
    rows = [call.out.worded(row, group="group") for row in (*ours, *theirs)]
    call.out.rows(rows, ("group", "ask", "state", "due", "rule", "number", "subject"))


def _row(item: dict[str, Any], group: str, threads: dict[str, Any]) -> dict[str, Any]:
    thread = threads.get(item["thread"], {})
    return {
        **item,
        "group": group,
        "ask": f"{item['asker'].upper()}-{item['index']} Q{item['q']}",
        "number": thread.get("number", ""),
        "subject": next(iter(thread.get("subjects") or ()), ""),
    }


@remote
async def status(call: Call) -> None:
    """Show how a node is: ready, link, sizes, alarms."""
    call.out.document(call.out.worded(await call.node.get("/api/status"), party="side"))


def rebuild(*, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Throw a node's views away and make them again from its logs; stop the node first."""
    rebuilt = asyncio.run(rebuild_views(load(config)))
    Output(as_json, READER.get()).document(asdict(rebuilt))


def resume(*, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Let the mirror of the other side's log go on after a fault that both sides cleared up.

    A node with embedded servers is stopped first; another sees it at its next look.
    """
    stopped = asyncio.run(resume_mirror(load(config)))
    Output(as_json, READER.get()).document({"stopped": stopped})
