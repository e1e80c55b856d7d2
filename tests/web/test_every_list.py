"""Every page with a list is filtered, ordered and taken along, or says here what it lacks and why.

Walks the table of routes: a new page is a list, or is named as none. What a list lacks is compared
with its page, API and command as they are, so that no exception outlives its reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pytest

from special_channel.web.http.operation import OPERATION, Operation
from special_channel.web.http.routes import ROUTES
from special_channel.web.shell.render import render
from tests.architecture.project import ROOT
from tests.web.reading import Element, Page
from tests.web.samples import every_page
from tests.web.test_page_acts import laid_before
from tests.world import World

ORDERS = ("sort", "order")
"""Names of the field that orders a list."""


@dataclass(frozen=True)
class List:
    """A page with a list.

    Attributes:
        sample: Name of its sample; empty for one that the test itself opens.
        api: Path of the API with the same rows.
        command: Command with the same rows.
        lacks: What it lacks; `why` says the reason.
    """

    sample: str
    api: str = ""
    command: str = ""
    lacks: frozenset[str] = frozenset()
    why: str = ""


def lacking(sample: str, api: str, command: str, lacks: str, why: str) -> List:
    return List(sample, api, command, frozenset(lacks.split()), why)


LISTS = {
    "/threads": List("threads", "/api/threads", "thread list"),
    "/batches": List("batches", "/api/batches", "batch list"),
    "/batches/{number}": List("batch", "/api/batches/{number}", "batch show"),
    "/applications": List("applications", "/api/applications", "application list"),
    "/differences": List("differences", "/api/differences", "application differences"),
    "/licences": List("licences", "/api/licences", "licence list"),
    "/priority": List("priorities", "/api/priorities", "priority list"),
    "/meetings": List("meetings", "/api/meetings", "meeting list"),
    "/deadlines": List("deadlines", "/api/deadlines", "date list"),
    "/drafts": List("drafts", "/api/drafts", "draft list"),
    "/templates": List("templates", "/api/templates", "template list"),
    "/clearances": List("", "/api/clearances", "batch waiting"),
    "/alerts": List("alerts", "/api/alerts", "alert list"),
    "/people": List("people", "/api/people", "person list"),
    "/unit": List("unit", "/api/unit", "unit"),
    "/search": List("search", "/api/search", "search"),
    "/people/journal": List("journal", "/api/people/journal", "person journal"),
    "/numbers": List("numbers", "/api/numbers", "numbers"),
    "/figures": lacking(
        "figures", "/api/figures", "figures", "order api-order command-order",
        "five measures and the months of one year, each in its place",
    ),
    "/fairness": List("fairness", "/api/fairness", "by-country"),
    "/keys/{key}": List("key", "/api/keys/{key}", "key show"),
    "/inbox": List("inbox", "/api/work", "work"),
    "/notices": List("notices", "/api/notices", "notice list"),
    "/review": List("review", "/api/reviews", "review list"),
    "/people/acts": List("acts", "/api/acts", "act list"),
    "/access": List("access", "/api/access", "access list"),
    "/quarantine": List("quarantine", "/api/quarantine", "quarantine list"),
    "/alarms": List("alarms", "/api/alarms", "alarm list"),
    "/keys": lacking(
        "keys", "/api/sessions", "key list",
        "filter order file api-order command-order",
        "one’s own keys, sessions and calendar links: a handful, nothing of the record",
    ),
    "/mailbox": lacking(
        "mailbox", "", "", "api api-order command command-order",
        "the demonstration’s mails, for who looks at it in a browser: no node in use has them",
    ),
}  # fmt: skip
"""Pages with a list, by path; those that lack something say why."""

NO_LISTS = {
    "goes on to another page": "/ /lang /work",
    "a region of an open page": "/inbox/now /rules/now",
    "a form": "/access/new /batches/check /enrol /meetings/new /new-licence /new-priority "
    "/people/acts/new /preferences /recovery /registrar /rules/propose /sign-in /stop /threads/new",
    "a selection made on a list": "/acknowledge /assign /clearances/several /mark",
    "a side’s directory as the other side sees it": "/people/cn /people/eu",
    "what is in force, as a whole": "/channels /link /rules /terms",
    "how tasks are done": "/help /help/accessibility",
    "bytes to be signed elsewhere": "/people/acts/request",
}
"""Paths of other pages, by what they are. A path with a name in it is a page about one thing."""


def test_every_page_is_a_list_or_says_what_else_it_is():
    pages = {
        path
        for method, path, _ in ROUTES
        if method == "GET" and not path.startswith("/api/") and not re.search(r"\.\w+$", path)
    }
    assert LISTS.keys() <= pages
    others = [path for paths in NO_LISTS.values() for path in paths.split()]
    assert len(others) == len({*others} - LISTS.keys())
    assert {path for path in pages if "{" not in path} == {
        *others, *(path for path in LISTS if "{" not in path)
    }  # fmt: skip


@cache
def commands() -> dict[str, str]:
    """The text of each command's help, by name."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    parts = re.split(r"^## special-channel ", text, flags=re.MULTILINE)
    return {part.partition("\n")[0]: part for part in parts[1:]}


def operation(path: str) -> Operation | None:
    for method, known, handler in ROUTES:
        if (method, known) == ("GET", path):
            found = getattr(handler, OPERATION, None)
            return found if isinstance(found, Operation) else None
    return None


def lacks_of_page(page: Element) -> set[str]:
    """What the list of a page lacks: a filter beside the order, an order, both files."""
    main = page.one("main")
    forms = [each for each in main.within() if each.attributes.get("role") == "search"]
    fields = {
        each.attributes["name"]
        for form in forms
        for each in form.within()
        if each.tag in {"input", "select"} and each.attributes.get("type") != "hidden"
    }
    ordered = fields & {*ORDERS}
    links = {each.name: each.attributes["href"] for each in main.all("link")}
    files = [links.get(ending, "").partition("?")[0] for ending in ("XLSX", "CSV")]
    known = {path for method, path, _ in ROUTES if method == "GET"}
    patterns = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in known]
    there = [bool(path) and any(each.fullmatch(path) for each in patterns) for path in files]
    return {
        *({"filter"} if not fields - ordered else ()),
        *({"order"} if not ordered else ()),
        *({"file"} if not all(there) else ()),
    }


def lacks_of_programs(listed: List) -> set[str]:
    """What API and command lack."""
    spec, said = operation(listed.api), commands().get(listed.command)
    model = spec.query.model_fields if spec and spec.query else {}
    options = re.findall(r"^  --(\w[\w-]*)", said or "", re.MULTILINE)
    return {
        *({"api"} if spec is None else ()),
        *({"api-order"} if model.keys().isdisjoint(ORDERS) else ()),
        *({"command"} if said is None else ()),
        *({"command-order"} if {*options}.isdisjoint(ORDERS) else ()),
    }


@pytest.mark.parametrize("path", LISTS)
async def test_list_lacks_nothing_but_what_is_said(pages_of, path):
    listed = LISTS[path]
    if listed.sample:
        shown = every_page("eu", "en")[listed.sample]
        page = Page(render(shown.page, shown.frame))
    else:
        world = World.founded()
        site = await pages_of(world, "eu")
        await site.own.desk.clearances.put([laid_before(world, site)])
        # With one draft alone there is nothing to choose from.
        page = (await site.get(f"{path}?kind=batch.listed", "head")).page
    assert lacks_of_page(page) | lacks_of_programs(listed) == listed.lacks
    assert bool(listed.lacks) == bool(listed.why)
