"""Readings of the record by route, and the row stored before every response.

Does not store rows: `desk/readings.py` does. A test compares the two tables with the routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from special_channel.desk.signin import token_digest
from special_channel.stores.reads import Reading, Way
from special_channel.web.http.services import SERVICES
from special_channel.web.http.sessions import Visitor, token_of, visitor

Route = tuple[str, str]
"""Method and address pattern."""


@dataclass(frozen=True, slots=True)
class What:
    """The part of the record read by a route.

    Attributes:
        word: Kind of page, file or list, as sealed in `access.read`; labels `reading.WORD`.
        subject: Name of the address's value with the subject's number; empty for a list.
    """

    word: str
    subject: str = ""


def _get(word: str, *paths: str) -> dict[Route, What]:
    """Return the routes of a word; the first value of an address is the subject."""
    routes = {}
    for path in paths:
        _, brace, rest = path.partition("{")
        routes["GET", path] = What(word, rest.partition("}")[0] if brace else "")
    return routes


STREAM: Final = What("stream")

READ: Final[Mapping[Route, What]] = {
    **_get("inbox", "/inbox.xlsx", "/inbox.csv"),
    **_get("inbox", "/inbox", "/inbox/now", "/work", "/api/work", "/api/corrections"),
    **_get(
        "threads",
        "/threads",
        "/threads.xlsx",
        "/threads.csv",
        "/api/threads",
        "/api/asks",
        "/threads/new",
    ),
    **_get("threads", "/assign", "/api/assign"),
    **_get("threads", "/notices", "/notices.xlsx", "/notices.csv", "/api/notices"),
    **_get("threads", "/acknowledge", "/api/acknowledge", "/mark", "/api/marks"),
    **_get("threads", "/unit", "/unit.xlsx", "/unit.csv", "/api/unit"),
    **_get(
        "thread",
        *("/threads/{number}", "/threads/{number}/now", "/threads/{number}/suspend"),
        *("/threads/{number}/alerts", "/api/threads/{number}"),
        *("/threads/{number}/dossier", "/threads/{number}/dossier.pdf"),
        "/api/threads/{number}/dossier.pdf",
        *("/threads/{number}/reference", "/api/threads/{number}/reference"),
    ),
    **_get("entries", "/api/entries", "/review", "/review.xlsx", "/review.csv", "/api/reviews"),
    **_get(
        "entry",
        *("/entries/{which}", "/entries/{which}/evidence", "/entries/{which}/envelope"),
        *("/entries/{which}/receipt", "/entries/{which}/correct", "/entries/{which}/withdraw"),
        "/entries/{which}/translate",
        *("/api/entries/{which}", "/api/entries/{which}/evidence"),
    ),
    # Without a subject: what was typed is stored nowhere.
    **_get("search", "/search", "/search.xlsx", "/search.csv", "/api/search"),
    ("GET", "/api/stream"): STREAM,
    **_get("private", "/api/private/entries/{which}"),
    ("POST", "/api/private/search"): What("private"),
    **_get(
        "file",
        *("/api/files/{sha256}", "/files/{sha256}", "/files/{sha256}/preview"),
        *("/files/{sha256}/preview/inside", "/quarantine/{sha256}/ask"),
        *("/api/quarantine/{sha256}/file", "/api/files/{sha256}/about"),
        "/api/files/{sha256}/preview",
    ),
    ("GET", "/api/export"): What("export", "scope"),
    **_get(
        "lists",
        *("/batches", "/batches.xlsx", "/batches.csv", "/api/batches", "/batches/check"),
    ),
    **_get(
        "list",
        *("/batches/{number}", "/batches/{number}/amend", "/batches/{number}/new-thread"),
        *("/batches/{number}/rows.xlsx", "/batches/{number}/rows.csv"),
        *("/batches/{number}/answer", "/batches/{number}/answer.xlsx"),
        "/batches/{number}/answer/data.json",
        *("/batches/{number}/answer.csv", "/api/batches/{number}"),
        *("/api/batches/{number}/columns", "/api/batches/{number}/answer"),
        *("/batches/{number}/dossier", "/batches/{number}/dossier.pdf"),
        "/api/batches/{number}/dossier.pdf",
    ),
    ("POST", "/batches/{number}/amend"): What("list", "number"),
    ("POST", "/api/batches/{number}/answer/look"): What("list", "number"),
    ("POST", "/api/batches/{number}/amendment/check"): What("list", "number"),
    ("POST", "/batches/{number}/answer"): What("list", "number"),
    ("POST", "/batches/check"): What("lists"),
    # Forms that come back with what is to be signed show the subject, too.
    ("POST", "/applications/{number}"): What("application", "number"),
    ("POST", "/applications/{number}/correct"): What("application", "number"),
    ("POST", "/applications/{number}/revoke"): What("application", "number"),
    ("POST", "/licences/{number}/draw"): What("licence", "number"),
    ("POST", "/new-licence"): What("licences"),
    ("POST", "/priority/{number}"): What("priority", "number"),
    ("POST", "/review"): What("entries"),
    ("POST", "/rules/propose"): What("rules"),
    ("POST", "/rules/charters/{digest}"): What("rules", "digest"),
    ("POST", "/api/lists/check"): What("lists"),
    **_get(
        "applications",
        *("/applications", "/applications.xlsx", "/applications.csv", "/api/applications"),
        *("/differences", "/differences.xlsx", "/differences.csv", "/api/differences"),
    ),
    **_get(
        "application",
        *("/applications/{number}", "/api/applications/{number}"),
        *("/applications/{number}/correct", "/applications/{number}/revoke"),
        *("/applications/{number}/dossier", "/applications/{number}/dossier.pdf"),
        "/api/applications/{number}/dossier.pdf",
    ),
    **_get(
        "licences",
        *("/licences", "/licences.xlsx", "/licences.csv", "/api/licences", "/new-licence"),
    ),
    **_get("licence", "/licences/{number}", "/licences/{number}/draw", "/api/licences/{number}"),
    **_get(
        "priorities",
        *("/priority", "/priority.xlsx", "/priority.csv", "/api/priorities", "/new-priority"),
    ),
    **_get("priority", "/priority/{number}", "/api/priorities/{number}"),
    **_get(
        "meetings",
        *("/meetings", "/meetings.xlsx", "/meetings.csv", "/api/meetings", "/meetings/new"),
    ),
    **_get("meeting", "/meetings/{number}", "/api/meetings/{number}"),
    **_get(
        "brief",
        *("/brief/{level}/internal", "/brief/{level}/internal.pdf"),
        *("/brief/{level}/handover", "/brief/{level}/handover.pdf"),
    ),
    **_get(
        "deadlines",
        "/deadlines",
        "/deadlines.xlsx",
        "/deadlines.csv",
        "/api/deadlines",
        "/api/rebases",
    ),
    ("GET", "/calendar/{token}.ics"): What("calendar"),  # the token is a secret
    **_get("figures", "/figures", "/figures.xlsx", "/figures.csv", "/api/figures"),
    **_get("numbers", "/numbers", "/numbers.xlsx", "/numbers.csv", "/api/numbers"),
    **_get("fairness", "/fairness", "/fairness.xlsx", "/fairness.csv", "/api/fairness"),
    **_get(
        "rules",
        *("/rules", "/rules/now", "/rules/propose", "/rules/charters/{digest}.json"),
        "/rules/charters/{digest}",
    ),
    **_get(
        "people",
        *("/people", "/people.xlsx", "/people.csv", "/people/eu", "/people/cn"),
        *("/people/journal", "/people/journal.xlsx", "/people/journal.csv"),
        *("/api/people", "/api/people/changes", "/api/people/journal"),
    ),
    **_get("person", "/people/eu/{number}", "/people/cn/{number}"),
    **_get(
        "key",
        *("/keys/{key}", "/keys/{key}/entries.xlsx", "/keys/{key}/entries.csv"),
        "/api/keys/{key}",
    ),
    **_get(
        "releases",
        *("/clearances", "/clearances.xlsx", "/clearances.csv", "/clearances/several"),
        "/api/clearances",
    ),
    **_get("release", "/clearances/{id}", "/clearances/{id}/sheet", "/api/clearances/{id}"),
    **_get(
        "alerts",
        "/alerts",
        "/alerts.xlsx",
        "/alerts.csv",
        "/api/alerts",
        *("/mailbox", "/mailbox.xlsx", "/mailbox.csv"),
        "/mailbox/{mark}",
        "/mailbox/{mark}/raw",
        *("/alarms", "/alarms.xlsx", "/alarms.csv"),
        "/api/alarms",
        *("/quarantine", "/quarantine.xlsx", "/quarantine.csv"),
        "/api/quarantine",
    ),
    **_get("alert", "/alerts/{id}"),
}
"""Routes showing the record, or our side's work on the record."""

UNREAD: Final[frozenset[str]] = frozenset(
    {
        # Signing in and out, language, words: nothing of the record.
        *("/", "/sign-in", "/enrol", "/lang", "/terms", "/api/enrol/status"),
        *("/help", "/help/accessibility", "/help/{task}"),
        # Stopping one's keys without a session.
        "/stop",
        # The reader's own preferences, keys, sessions, drafts and templates.
        *("/preferences", "/api/preferences"),
        *("/api/views/threads", "/api/views/applications", "/api/views/search"),
        *(
            "/keys",
            "/api/sessions",
            "/drafts",
            "/drafts.xlsx",
            "/drafts.csv",
            "/api/drafts",
            "/api/drafts/{name}",
        ),
        *("/templates", "/templates.xlsx", "/templates.csv", "/api/templates"),
        # How the node is, sizes and keys, which clients need to sign and to verify.
        *("/link", "/channels", "/api/heads", "/api/status", "/api/directory"),
        # What an overseer may read; without a grant the page must say so.
        *("/access.xlsx", "/access.csv"),
        *("/access", "/access/new", "/access/{id}", "/api/access", "/api/access/{id}"),
        # Acts on people, which have a journal of their own.
        *("/registrar", "/recovery", "/api/enrolments", "/api/recovery"),
        *("/people/acts.xlsx", "/people/acts.csv"),
        *("/people/acts", "/people/acts/new", "/people/acts/{id}"),
        *("/api/acts", "/api/acts/{id}", "/api/first-since"),
    }
)
"""Addresses without a reading of the record by `GET`. Any other `GET` is a reading."""

OTHER: Final = What("other")
"""A page absent from the table: recorded as well, so that no reading is forgotten."""

READS: web.AppKey[Mapping[web.AbstractRoute, What]] = web.AppKey("reads", Mapping)
"""Readings by the routes of an application."""

_RECORDED: web.RequestKey[bool] = web.RequestKey("reading", bool)


def what_of(method: str, path: str) -> What | None:
    """Return the part of the record that a route reads; None for a route without record."""
    if method == "GET" and path not in UNREAD:
        return READ.get((method, path), OTHER)
    return READ.get((method, path))


def named_in(request: web.Request, what: What) -> str:
    """Return the subject named by a request's address; empty for a list."""
    return request.match_info.get(what.subject) or request.query.get(what.subject, "")


async def record_reading(
    request: web.Request, subject: str | None = None, who: Visitor | None = None
) -> None:
    """Store the row of a request's reading, once.

    Called for every response with content of the record. A handler that writes its own response, or
    has no session, calls `record_reading` before the first byte.

    Args:
        request: The request.
        subject: The subject read; by default the address's value named by the table.
        who: The reader; by default the signed-in person.

    Raises:
        Unavailable: `database-unavailable`; nothing may be answered then.
    """
    what = request.app[READS].get(request.match_info.route)
    if what is None or _RECORDED in request:
        return
    own, reader = request.app[SERVICES], who or await visitor(request)
    digest = token_digest(reader.token) if who else token_of(request, own.node).digest
    named = named_in(request, what) if subject is None else subject
    request[_RECORDED] = True
    await own.desk.reading.write(
        Reading(
            # A service reads for the person who answers for it; its key tells them apart here.
            person=reader.row.person or reader.row.owner,
            key=reader.key,
            session=digest,
            way=_way(request.path),
            what=what.word,
            subject=named,
            at=own.node.clock.now(),
        )
    )


def _way(path: str) -> Way:
    if path.startswith("/api/"):
        return "api"
    return "feed" if path.startswith("/calendar/") else "page"
