"""Pages of help. The texts are in the catalogues, by `help.TASK`; no page reads the record."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import Party, Role
from special_channel.messages.catalogue import LANGS
from special_channel.web.http.openapi import Route
from special_channel.web.shared.capitals import clock
from special_channel.web.shared.words import Pair, paired
from special_channel.web.shell.context import PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.people import Helper, registrars_of
from special_channel.web.shell.render import show


@dataclass(frozen=True, slots=True)
class HelpTask:
    """A task of an official.

    Attributes:
        steps: Number of steps, `help.TASK.1` and on.
        url: Page on which the task begins.
        sees: Whether there is a text on what the other side sees.
        wrong: Number of sentences on what to do after a mistake.
        party: The side whose task it is; None for both sides.
        role: The only function in which it begins; None for officials.
    """

    steps: int
    url: str
    sees: bool = True
    wrong: int = 0
    party: Party | None = None
    role: Role | None = None


TASKS: Final[Mapping[str, HelpTask]] = {
    "answer": HelpTask(4, "/inbox", wrong=2),
    "acknowledge": HelpTask(3, "/inbox"),
    "open": HelpTask(4, "/threads/new", wrong=1),
    "correct": HelpTask(3, "/threads"),
    "work": HelpTask(4, "/inbox", sees=False),
    "assign": HelpTask(3, "/inbox", sees=False, wrong=1),
    "release": HelpTask(4, "/clearances", wrong=1),
    "route": HelpTask(4, "/clearances"),
    "list": HelpTask(4, "/batches", wrong=2, party="eu"),
    "return": HelpTask(4, "/batches", wrong=2, party="cn"),
    "priority": HelpTask(3, "/priority", party="eu"),
    "prefer": HelpTask(3, "/priority", party="cn"),
    "licence": HelpTask(4, "/licences", wrong=1, party="cn"),
    "meeting": HelpTask(4, "/meetings"),
    "clock": HelpTask(3, "/deadlines"),
    "state": HelpTask(3, "/applications"),
    "review": HelpTask(3, "/review"),
    "unit": HelpTask(3, "/unit", sees=False, role="head"),
    "notices": HelpTask(3, "/notices", sees=False),
    "template": HelpTask(3, "/templates", sees=False),
    "label": HelpTask(3, "/threads", sees=False),
    "reference": HelpTask(3, "/threads", sees=False),
    "search": HelpTask(3, "/search", sees=False),
    "dossier": HelpTask(3, "/threads", sees=False),
    "keys": HelpTask(3, "/keys", sees=False),
    "lost": HelpTask(3, "/keys", sees=False),
    "second": HelpTask(3, "/people/acts"),
    "charter": HelpTask(3, "/rules", role="registrar"),
    "invite": HelpTask(4, "/people", wrong=1, role="registrar"),
    "quarantine": HelpTask(3, "/quarantine", role="registrar"),
    "alarm": HelpTask(3, "/alarms", sees=False, role="registrar"),
    "oversee": HelpTask(4, "/access", role="oversight"),
}
"""Tasks by code, in the order of the list."""

GAPS: Final = ("pdf", "files", "mails", "people")
"""What does not work fully, `help.gap.CODE`; docs/officials.md does not repeat it."""


DRAWN_UP: Final = date(2026, 11, 30)
REVIEWED: Final = date(2026, 12, 1)
"""When the statement was drawn up, and when its sentences were last compared with the pages.

Implementing Decision (EU) 2018/1523 asks for both dates.
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """Size of the picture of a page in pixels, so that nothing moves when it arrives."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whom to ask.

    Attributes:
        registrars: Our side's registrars.
        hours: Office hours of the other side today, as text; empty if closed.
        desks: Titles of the other side's desks in the charter.
        telephone: Number of our duty officer, or empty.
    """

    registrars: tuple[Helper, ...]
    hours: str
    desks: tuple[Pair, ...] = ()
    telephone: str = ""


async def get_help(request: web.Request) -> web.Response:
    """List the tasks."""
    context = await page_context(request)
    return await show(context, help_page(context.party, await _contacts(context)))


async def get_task(request: web.Request) -> web.Response:
    """Explain a task.

    Raises:
        NotFound: `help-unknown`.
    """
    context = await page_context(request)
    code = request.match_info["task"]
    if code not in tasks_of(context.party):
        raise NotFound("help-unknown", "There is no help on this.")
    role = TASKS[code].role
    begins = role is None or role in context.reader.row.roles_now
    return await show(context, task_page(code, await _contacts(context), begins=begins))


async def get_statement(request: web.Request) -> web.Response:
    """Show the accessibility statement."""
    context = await page_context(request)
    return await show(context, statement_page(await _contacts(context)))


def tasks_of(party: Party) -> Mapping[str, HelpTask]:
    """Return the tasks of a side's officials."""
    return {code: task for code, task in TASKS.items() if task.party in {None, party}}


def help_page(party: Party, contacts: Contacts) -> ViewPage:
    """Make the list of tasks."""
    return ViewPage("help/help.html", "help", contacts, {"tasks": tasks_of(party)})


def task_page(code: str, contacts: Contacts, *, begins: bool = True) -> ViewPage:
    """Make the page of a task; `begins`: whether the reader has its function."""
    taken = {lang: pictures()[f"{code}-{lang}.webp"] for lang in LANGS}
    more = {"code": code, "task": TASKS[code], "pictures": taken, "begins": begins}
    return ViewPage("help/task.html", "help", contacts, more)


@cache
def pictures() -> Mapping[str, Picture]:
    """Read the sizes of the pictures, which scripts/make_help_pictures.py takes, by file."""
    table = tomllib.loads((files(__package__) / "pictures.toml").read_text("utf-8"))
    return {name: Picture(row["width"], row["height"]) for name, row in table.items()}


def statement_page(contacts: Contacts) -> ViewPage:
    """Make the accessibility statement."""
    return ViewPage(
        "help/statement.html",
        "help",
        contacts,
        {"gaps": GAPS, "drawn": DRAWN_UP, "reviewed": REVIEWED},
    )


async def _contacts(context: PageContext) -> Contacts:
    hours = context.calendar(context.peer).office_hours(context.today(context.peer))
    written = "–".join(clock(each, context.peer) for each in hours) if hours else ""
    document, peer = context.document, context.peer
    desks = [each for each in (document.desks if document else ()) if each.party == peer]
    return Contacts(
        await registrars_of(context),
        written,
        tuple(paired(peer, each.title_en, each.title_zh) for each in desks),
        context.own.node.duty_telephone,
    )


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/help", get_help),
    ("GET", "/help/accessibility", get_statement),
    ("GET", "/help/{task}", get_task),
)
