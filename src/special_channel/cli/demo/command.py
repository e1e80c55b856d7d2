"""The steps of `special-channel demo`. Finished steps are recorded and not repeated."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

import aiohttp
import click

from special_channel.cli import options
from special_channel.cli.charter import adopt_charter
from special_channel.cli.client import Node
from special_channel.cli.command import Count, command, flag, option
from special_channel.cli.demo import guide
from special_channel.cli.demo.folder import Folder, write_json
from special_channel.cli.demo.nodes import check_ports, running, watch
from special_channel.cli.demo.people import browser_codes, enrol, officials, registrar
from special_channel.cli.demo.settings import Plan, write_settings
from special_channel.cli.machine import MACHINE
from special_channel.cli.official import Signing
from special_channel.cli.party import trusted
from special_channel.cli.places import PORTS
from special_channel.cli.printing import READER, print_line
from special_channel.cli.sample import load_once as load_year
from special_channel.cli.serving import run_until_signal
from special_channel.cli.usage import confirm
from special_channel.config import load
from special_channel.core.audit import trust
from special_channel.core.bytes.errors import Refused, Unavailable
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.writing import Signer
from special_channel.desk.founding import REGISTRAR_FILES
from special_channel.desk.keyfile import KeyFile
from special_channel.messages.catalogue import Lang, catalogue, commands
from special_channel.sample.loading import load as load_sample
from special_channel.sample.stage import Stage
from special_channel.sample.year_plan import FOUNDED
from special_channel.wiring.files import calendars as read_calendars
from special_channel.wiring.founding import Founded
from special_channel.wiring.founding import found as found_party
from special_channel.wiring.sources import DemoClock

LINK_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05
SILENT_SECONDS: Final = 4.0
"""A step that takes longer says that it is at work."""

_PORT: Final = Count(1, 65535)


@command()
@options.DATA
@option(
    "--config",
    "Read charter, calendars and sample from this folder.",
    "folder",
    default=Path("config"),
)
@option(
    "--eu-port", "Serve the EU node at this port.", _PORT, envvar="SC_EU_PORT", default=PORTS["eu"]
)
@option(
    "--cn-port", "Serve the CN node at this port.", _PORT, envvar="SC_CN_PORT", default=PORTS["cn"]
)
@flag("--reset", "Start from nothing, after asking.")
@flag("--yes", "Start without asking.")
@option("--sample/--no-sample", "Load the sample.", click.BOOL, default=True)
@flag("--year", "Load the fictional year as well; its correspondence needs a new demonstration.")
def demo(  # noqa: PLR0913 - its options
    *,
    data: Path,
    config: Path,
    eu_port: int,
    cn_port: int,
    reset: bool,
    yes: bool,
    sample: bool,
    year: bool,
) -> None:
    """Run an EU node and a CN node on this machine until Ctrl-C (this is what ./run does)."""
    folder = Folder(data)
    with folder.held():
        if reset:
            if not yes:
                confirm("Remove the record under %(folder)s/ and start afresh?", folder=str(data))
            folder.reset()
        past = _past(folder, year=year)
        plan = Plan(folder, config, {"eu": eu_port, "cn": cn_port}, past)
        check_ports(plan)
        run_until_signal(lambda: _Demo(plan).run(sample=sample, year=year))


def _past(folder: Folder, *, year: bool) -> DemoClock | None:
    """Return the clock of a demonstration that loads, or begins to load, a past year."""
    if year and not folder.founded():
        return DemoClock.start(folder.clock, FOUNDED)
    clock = DemoClock(folder.clock) if folder.clock.exists() else None
    return clock if clock is not None and clock.behind else None


class _Demo:
    """A run of the demonstration, with progress."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._folder = plan.folder
        self._began = time.monotonic()
        self._told = self._began
        self._step = ""

    async def run(self, *, sample: bool, year: bool) -> None:
        async with asyncio.TaskGroup() as tasks:
            patience = tasks.create_task(self._still())
            await self._run(patience, sample=sample, year=year)

    async def _run(self, patience: asyncio.Task[None], *, sample: bool, year: bool) -> None:
        await self._found()
        self._say("starting both nodes")
        async with running(self._plan, self._say) as nodes, asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watch(self._plan, nodes, self._say))
            async with aiohttp.ClientSession() as http:
                fresh = await self._fill(http, sample=sample, year=year)
                codes = await browser_codes(self._plan, http)
            patience.cancel()
            happened = guide.Happened(codes, self._folder.state().get("positions", {}), fresh)
            for line in guide.lines(self._plan, happened, READER.get()):
                print_line(line)
            await watching

    async def _found(self) -> None:
        """Found the parties, unless founded before, and let them pin each other."""
        founded = self._folder.founded()
        if len(founded) < len(PARTIES):
            self._folder.clear_founding()
            write_settings(self._plan, {})
            self._say("founding both parties: keys, databases, first entries")
            made = await asyncio.gather(*(self._found_one(party) for party in PARTIES))
            founded = dict(zip(PARTIES, made, strict=True))
            self._folder.remember(founded)
            self._folder.trust.write_bytes(trust.write(tuple(map(trusted, made))))
        write_settings(self._plan, founded)
        write_json(self._folder.nodes, {party: self._plan.url(party) for party in PARTIES})

    async def _found_one(self, party: Party) -> Founded:
        made = await found_party(load(self._folder.settings(party)))
        self._say("%(side)s: keys and database made", side=party)
        return made

    async def _fill(self, http: aiohttp.ClientSession, *, sample: bool, year: bool) -> bool:
        """Adopt the charter, enrol officials, load the sample; skip finished steps."""
        done = self._folder.state()
        if "charter" not in done:
            await self._adopt(http)
            self._folder.advance(charter=True)
        if "people" not in done:
            self._say("enrolling the officials")
            await enrol(self._plan, http, self._say)
            self._folder.advance(people=True)
        if year:
            await load_year(self._plan, http, self._say)
        if self._plan.past is not None:
            self._plan.past.hand_over()
        if not sample or "positions" in done:
            return False
        if self._folder.journal.file.exists():
            self._say("the sample was interrupted; going on with it")
        loaded = await load_sample(self._stage(http))
        self._folder.advance(positions=dict(loaded.positions))
        self._folder.journal.remove()
        return True

    async def _adopt(self, http: aiohttp.ClientSession) -> None:
        self._say("adopting the charter on both sides")
        config = self._plan.config
        nodes = {party: registrar(self._plan, http, party) for party in PARTIES}
        await asyncio.gather(
            *(
                _adopt_once(
                    Signing(node, now=self._plan.now),
                    self._second(party),
                    config / "charter",
                    config / "calendars",
                )
                for party, node in nodes.items()
            )
        )
        self._say("waiting for the link")
        await asyncio.gather(*map(_in_force, nodes.values()))

    def _second(self, party: Party) -> Signer:
        """Return the key of a side's second registrar."""
        return KeyFile.read(self._folder.registrar(party, REGISTRAR_FILES[1])).signer

    def _stage(self, http: aiohttp.ClientSession) -> Stage:
        return Stage(
            officials=officials(self._plan, http),
            folder=self._plan.config / "sample",
            calendars=read_calendars(self._plan.config / "calendars"),
            now=self._plan.now,
            draw=MACHINE.draw,
            say=self._say,
            journal=self._folder.journal,
        )

    def _say(self, msgid: str, /, **facts: str | int) -> None:
        self._step = sentence(READER.get(), msgid, **facts)
        self._print(self._step)

    def _print(self, words: str) -> None:
        self._told = time.monotonic()
        print_line(progress(READER.get(), self._told - self._began, words))

    async def _still(self) -> None:
        """Print the step again whenever it has said nothing for some seconds."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            if time.monotonic() - self._told >= SILENT_SECONDS:
                self._print(sentence(READER.get(), "still at work: %(step)s", step=self._step))


def sentence(lang: Lang, msgid: str, /, **facts: str | int) -> str:
    """Translate a sentence of progress; `side` is named in words."""
    if "side" in facts:
        facts["side"] = catalogue(lang).label("side", str(facts["side"]))
    return commands(lang).gettext(msgid, **facts)


def progress(lang: Lang, spent: float, words: str) -> str:
    """Return a line of progress with the seconds since the start."""
    began = commands(lang).gettext("[%(spent)s s]", spent=f"{spent:5.1f}")
    return f"{began} {words}"


async def _adopt_once(registrar: Signing, second: Signer, folder: Path, calendars: Path) -> None:
    """Adopt the charter, unless adopted before an interruption."""
    try:
        await adopt_charter(registrar, second, folder, calendars)
    except Refused as error:
        if error.code != "charter-number":
            raise


async def _in_force(node: Node) -> None:
    """Wait until a node has the adoptions of the two sides.

    Raises:
        Unavailable: `link-slow`.
    """
    try:
        async with asyncio.timeout(LINK_SECONDS):
            while (await node.get("/api/heads")).get("charter") is None:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise Unavailable("link-slow", "The other node has not taken it over yet.") from None
