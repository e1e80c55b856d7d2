"""`special-channel sample year`: a fictional year of the channel, loaded into ./run's two nodes.

Does not start nodes and reaches them by the API that officials use, with the demonstration's
key files. A load that was interrupted goes on where it was; a second one finds all done.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any, Final

import aiohttp
import typer

from special_channel.cli.demo.folder import Folder, read_json, write_json
from special_channel.cli.demo.people import officials
from special_channel.cli.demo.settings import Plan
from special_channel.cli.machine import MACHINE
from special_channel.cli.places import address
from special_channel.cli.printing import READER, Output, print_line
from special_channel.cli.remote import DataOption, JsonOption
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PARTIES
from special_channel.messages.catalogue import commands
from special_channel.sample.stage import Progress, Stage
from special_channel.sample.year import turns
from special_channel.sample.year_loading import load_year
from special_channel.wiring.files import calendars as read_calendars

ConfigFolder = Annotated[
    Path, typer.Option("--config", help="Folder of charter, calendars, sample.")
]

_COUNTS: Final = ("lists", "rows", "statements", "licences", "links", "threads")

app = typer.Typer(help="Fictional records to try things on.", no_args_is_help=True)


@app.callback()
def samples() -> None:
    """Fictional records to try things on."""


@app.command("year")
def year(
    *,
    data: DataOption = Path("var"),
    config: ConfigFolder = Path("config"),
    as_json: JsonOption = False,
) -> None:
    """Load a fictional year of the channel into the nodes that ./run runs."""
    folder = Folder(data)
    if not folder.trust.exists():
        raise NotFound("demo-missing", "There is no demonstration here.", folder=str(data))
    out, words = Output(as_json, READER.get()), commands(READER.get())

    def say(msgid: str, /, **facts: str | int) -> None:
        if not as_json:
            print_line(words.gettext(msgid, **facts))

    ports = {party: int(address(party, data).rpartition(":")[2]) for party in PARTIES}
    out.document(asyncio.run(_load(Plan(folder, config, ports), say)))


async def _load(plan: Plan, say: Progress) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http:
        return await load_once(plan, http, say)


async def load_once(plan: Plan, http: aiohttp.ClientSession, say: Progress) -> dict[str, Any]:
    """Load the year unless it is loaded; return how much it is, and how long that took."""
    done = read_json(plan.folder.year)
    if "lists" in done:
        say("the year is loaded already")
        return done
    began = time.monotonic()
    calendars = read_calendars(plan.config / "calendars")
    stage = Stage(
        officials=officials(plan, http),
        folder=plan.config / "sample",
        calendars=calendars,
        now=MACHINE.now,
        draw=MACHINE.draw,
        say=say,
        journal=plan.folder.year_journal,
    )
    loaded = await load_year(stage, turns(calendars["eu"], calendars["cn"]))
    done = {name: getattr(loaded, name) for name in _COUNTS}
    done["seconds"] = round(time.monotonic() - began, 1)
    write_json(plan.folder.year, done)
    plan.folder.year_journal.remove()
    return done
