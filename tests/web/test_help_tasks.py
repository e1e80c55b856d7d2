"""Every page on which an official does something is named by a task of help, or here with a reason.

Walks the table of routes: a new page goes to a task, or to a reason why help says nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from special_channel.web.help.pages import TASKS
from special_channel.web.http.routes import ROUTES

PAGES_OF: Final[Mapping[str, str]] = {
    "answer": "/threads/{number} /drafts",
    "acknowledge": "/acknowledge",
    "open": "/threads/new /batches/{number}/new-thread",
    "correct": "/entries/{which}/correct /entries/{which}/withdraw /entries/{which}/translate",
    "work": "/inbox /work",
    "assign": "/assign",
    "release": "/clearances /clearances/{id} /clearances/several",
    "route": "/clearances/{id}/sheet",
    "list": "/batches/check /batches/{number}/amend",
    "return": "/batches/{number}/answer /applications/{number}/revoke",
    "priority": "/new-priority",
    "prefer": "/priority/{number}",
    "licence": "/new-licence /licences/{number}/draw",
    "meeting": "/meetings/new /meetings/{number}",
    "clock": "/threads/{number}/suspend",
    "state": "/applications/{number} /applications/{number}/correct",
    "review": "/review",
    "unit": "/unit",
    "notices": "/notices",
    "template": "/templates",
    "label": "/mark /threads /applications",
    "reference": "/threads/{number}/reference",
    "search": "/search",
    "dossier": "/threads/{number}/dossier /batches/{number}/dossier /applications/{number}/dossier",
    "keys": "/keys",
    "lost": "/stop",
    "second": "/people/acts /people/acts/{id}",
    "charter": "/rules/propose /rules/charters/{digest}",
    "invite": "/people /people/acts/new /enrol /registrar",
    "quarantine": "/quarantine /quarantine/{sha256}/ask",
    "alarm": "/alarms",
    "oversee": "/access /access/new /access/{id}",
}
"""Pages by the task that is done on them."""

READ: Final = (
    "/batches /batches/{number} /differences /licences /licences/{number} /priority /meetings "
    "/deadlines /numbers /figures /fairness /alerts /alerts/{id} /threads/{number}/alerts /terms "
    "/rules /people/journal /people/eu /people/cn /people/eu/{number} /people/cn/{number} "
    "/keys/{key} /link /entries/{which} /entries/{which}/evidence /entries/{which}/envelope "
    "/entries/{which}/receipt /files/{sha256} /files/{sha256}/preview "
    "/files/{sha256}/preview/inside /brief/{level}/internal /brief/{level}/handover "
    "/people/acts/request"
)
"""Pages that are read: nothing is sent from them."""

NO_TASK: Final[Mapping[str, str]] = {
    "help itself": "/help /help/{task} /help/accessibility",
    "a region of an open page, or an address that goes on to a page": (
        "/ /inbox/now /threads/{number}/now /rules/now"
    ),
    "before there is a reader, and how it looks: said on the page by each field": (
        "/sign-in /lang /preferences"
    ),
    "a trial that signs nothing: the page says what each button does": "/channels",
    "once in the life of a node, with its operator: docs/operating": "/recovery",
    "the demonstration’s mails": "/mailbox /mailbox/{mark} /mailbox/{mark}/raw",
}
"""Pages with something to do that no task names, by the reason."""


def paths(said: Iterable[str]) -> list[str]:
    return [path for each in said for path in each.split()]


def pages_of(method: str) -> set[str]:
    return {
        path
        for each, path, _ in ROUTES
        if each == method
        and not path.startswith(("/api/", "/static/"))
        and not re.search(r"\.\w+$", path)
    }


def test_every_page_is_named_by_a_task_or_says_why_not():
    assert PAGES_OF.keys() == TASKS.keys()
    named = paths((*PAGES_OF.values(), READ, *NO_TASK.values()))
    assert sorted(named) == sorted({*named}), "each page once"
    assert {*named} == pages_of("GET")


def test_nothing_is_sent_from_a_page_that_is_read_alone():
    """What a form sends begins with the path of its page, or of the page above."""
    shown, known = {*READ.split()}, pages_of("GET")
    for path in pages_of("POST"):
        parts = path.split("/")
        above = ["/".join(parts[:length]) for length in range(len(parts), 1, -1)]
        page = next((each for each in above if each in known), "")
        assert page not in shown, path
