"""`special-channel sample year`: a fictional year of the channel, loaded into ./run's two nodes.

Does not start nodes. Uses the officials' API with the demonstration's key files. An interrupted
load continues; a finished load is not repeated.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from special_channel.cli import options
from special_channel.cli.command import group, option
from special_channel.cli.demo.folder import Folder, read_json, write_json
from special_channel.cli.demo.people import officials
from special_channel.cli.demo.settings import Plan
from special_channel.cli.local import local
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.places import address
from special_channel.cli.printing import print_line
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PARTIES
from special_channel.messages.catalogue import commands
from special_channel.sample.stage import Progress, Stage
from special_channel.sample.year import turns
from special_channel.sample.year_loading import load_year
from special_channel.wiring.files import calendars as read_calendars

_COUNTS: Final = ("lists", "rows", "statements", "licences", "links", "threads", "meetings")

app = group()


@app.command("year")
@options.DATA
@option(
    "--config",
    "Read charter, calendars and sample from this folder.",
    "folder",
    default=Path("config"),
)
@local
def year(out: Output, *, data: Path, config: Path) -> None:
    """Load a fictional year of the channel into the nodes that ./run runs."""
    folder = Folder(data)
    if not folder.trust.exists():
        raise NotFound("demo-missing", "There is no demonstration here.", folder=str(data))

    def say(msgid: str, /, **facts: str | int) -> None:
        if not out.as_json:
            print_line(commands(out.lang).gettext(msgid, **facts))

    ports = {party: int(address(party, data).rpartition(":")[2]) for party in PARTIES}
    out.document(asyncio.run(_load(Plan(folder, config, ports), say)))


async def _load(plan: Plan, say: Progress) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http:
        return await load_once(plan, http, say)


async def load_once(plan: Plan, http: aiohttp.ClientSession, say: Progress) -> dict[str, Any]:
    """Load the year, unless loaded before; return counts and duration."""
    done = read_json(plan.folder.year)
    if "lists" in done:
        say("the year is loaded already")
        return done
    began = time.monotonic()
    calendars = read_calendars(plan.config / "calendars")
    stage = Stage(
        officials=officials(plan, http, past=plan.past is not None),
        folder=plan.config / "sample",
        calendars=calendars,
        now=plan.now,
        draw=MACHINE.draw,
        say=say,
        journal=plan.folder.year_journal,
        past=plan.past,
    )
    if plan.past is None:
        say("the correspondence needs a new demonstration: ./run --year --reset")
    yesterday = MACHINE.now().date() - timedelta(days=1)
    told = turns(calendars["eu"], calendars["cn"], yesterday)
    loaded = await load_year(stage, told, yesterday)
    done = {name: getattr(loaded, name) for name in _COUNTS}
    done["seconds"] = round(time.monotonic() - began, 1)
    write_json(plan.folder.year, done)
    plan.folder.year_journal.remove()
    return done
