"""Pages of help. The texts are in the catalogues, by `help.TASK`; no page reads the record."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import Party
from special_channel.messages.catalogue import LANGS, Lang
from special_channel.web.http.openapi import Route
from special_channel.web.shared.capitals import clock
from special_channel.web.shell.context import REGISTRAR, PageContext, page_context
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.people import names_with
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
    """

    steps: int
    url: str
    sees: bool = True
    wrong: int = 0
    party: Party | None = None


TASKS: Final[Mapping[str, HelpTask]] = {
    "answer": HelpTask(4, "/inbox", wrong=2),
    "acknowledge": HelpTask(3, "/inbox"),
    "open": HelpTask(4, "/threads/new", wrong=1),
    "correct": HelpTask(3, "/threads"),
    "work": HelpTask(4, "/inbox", sees=False),
    "release": HelpTask(4, "/clearances", wrong=1),
    "list": HelpTask(4, "/batches", wrong=2, party="eu"),
    "return": HelpTask(4, "/batches", wrong=1, party="cn"),
    "search": HelpTask(3, "/search", sees=False),
    "dossier": HelpTask(3, "/threads", sees=False),
    "lost": HelpTask(3, "/keys", sees=False),
}
"""Tasks by code, in the order of the list."""

GAPS: Final = ("pdf", "files", "mails", "people")
"""What does not work fully, `help.gap.CODE`; docs/officials.md does not repeat it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Size of the picture of a page in pixels, so that nothing moves when it arrives."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whom to ask.

    Attributes:
        registrars: Names of our side's registrars.
        hours: Office hours of the other side today, as text; empty if closed.
    """

    registrars: tuple[str, ...]
    hours: str


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
    return await show(context, task_page(code, await _contacts(context)))


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


def task_page(code: str, contacts: Contacts) -> ViewPage:
    """Make the page of a task."""
    more = {"code": code, "task": TASKS[code], "pictures": pictures()[code]}
    return ViewPage("help/task.html", "help", contacts, more)


@cache
def pictures() -> Mapping[str, Mapping[Lang, Picture]]:
    """Read the sizes of the pictures, which scripts/make_help_pictures.py takes, by task."""
    table = tomllib.loads((files(__package__) / "pictures.toml").read_text("utf-8"))
    named = {name: Picture(row["width"], row["height"]) for name, row in table.items()}
    return {code: {lang: named[f"{code}-{lang}.webp"] for lang in LANGS} for code in TASKS}


def statement_page(contacts: Contacts) -> ViewPage:
    """Make the accessibility statement."""
    return ViewPage("help/statement.html", "help", contacts, {"gaps": GAPS})


async def _contacts(context: PageContext) -> Contacts:
    hours = context.calendar(context.peer).office_hours(context.today(context.peer))
    written = "–".join(clock(each, context.peer) for each in hours) if hours else ""
    return Contacts(await names_with(context, {REGISTRAR}, ()), written)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/help", get_help),
    ("GET", "/help/accessibility", get_statement),
    ("GET", "/help/{task}", get_task),
)
