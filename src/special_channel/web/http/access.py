"""Admit an overseer or a service to the routes within their grants of access (K29).

Does not decide the scope of a grant (`core/rules/access.py`), nor the part of the record read by a
route (`readings.py`). Persons with another function read without a grant. A service reaches the
routes covered by its grants, and the addresses for its own writing.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.bytes.times import timestamp
from special_channel.core.rules.access import admits, is_in_force, needs_access
from special_channel.web.http.readings import READS, Route, What, named_in
from special_channel.web.http.services import SERVICES, Services
from special_channel.web.http.sessions import Visitor, visitor

SERVICE_ROUTES: Final[frozenset[Route]] = frozenset(
    {
        # What a program needs to sign and to verify.
        *(("GET", path) for path in ("/api/heads", "/api/status", "/api/directory")),
        *(("POST", path) for path in ("/api/entries", "/api/private/entries", "/api/files")),
        ("POST", "/api/signout"),
    }
)
"""Routes that a service reaches besides readings. Every other one is a person's."""


async def admit_service(request: web.Request, route: str) -> None:
    """Refuse a service a route that is neither a reading nor among `SERVICE_ROUTES`.

    `route`: pattern of the address.

    Raises:
        NotAllowed: `role-access`.
    """
    who = await visitor(request)
    if who.row.machine and (request.method, route) not in SERVICE_ROUTES:
        raise NotAllowed("role-access", "This is a person's.")


async def admit_reader(request: web.Request, who: Visitor | None = None) -> None:
    """Refuse a request whose reader no grant of access admits.

    `who`: the reader of a request without a session.

    Raises:
        NotAllowed: `access-scope`.
    """
    what = request.app[READS].get(request.match_info.route)
    if what is not None:
        reader, own = who or await visitor(request), request.app[SERVICES]
        if not await may_read(own, reader, what, named_in(request, what)):
            raise NotAllowed("access-scope", "No grant of access in force admits this.")


async def may_read(own: Services, reader: Visitor, what: What, subject: str) -> bool:
    """Return whether a reader may read a subject now."""
    if not needs_access(reader.row):
        return True
    rows = await own.desk.access.of_reader(reader.row.person, reader.key)
    now = timestamp(own.node.clock.now())
    grants = [row for row in rows if is_in_force(row, now)]
    if not grants or admits(grants, None):
        return bool(grants)
    extents = await own.desk.access.extents(what.word, subject)
    return any(admits(grants, extent) for extent in extents)
