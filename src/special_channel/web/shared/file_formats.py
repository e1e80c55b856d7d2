"""Lists that the API returns as files: the address of each, and the page with the same rows.

One handler writes a file for page, API and command line. Does not know any handler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MEDIA: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types by `format`, the query parameter of a list over the API; without it, JSON."""

PAGE_OF: Final[Mapping[str, str]] = {
    "/api/threads": "/threads",
    "/api/work": "/inbox",
    "/api/batches": "/batches",
    "/api/batches/{number}": "/batches/{number}/rows",
    "/api/applications": "/applications",
    "/api/differences": "/differences",
    "/api/licences": "/licences",
    "/api/priorities": "/priority",
    "/api/meetings": "/meetings",
    "/api/deadlines": "/deadlines",
    "/api/drafts": "/drafts",
    "/api/templates": "/templates",
    "/api/clearances": "/clearances",
    "/api/alerts": "/alerts",
    "/api/people": "/people",
    "/api/people/journal": "/people/journal",
    "/api/unit": "/unit",
    "/api/search": "/search",
    "/api/numbers": "/numbers",
    "/api/figures": "/figures",
    "/api/fairness": "/fairness",
    "/api/keys/{key}": "/keys/{key}/entries",
    "/api/notices": "/notices",
    "/api/reviews": "/review",
    "/api/acts": "/people/acts",
    "/api/access": "/access",
    "/api/quarantine": "/quarantine",
    "/api/alarms": "/alarms",
}
"""Lists of the API with the page whose file has the same rows; `.csv` or `.xlsx` follows."""

ONLY_JSON: Final[Mapping[str, frozenset[str]]] = {
    "/api/people": frozenset(("party",)),
    "/api/figures": frozenset(("since", "until")),
}
"""Filters that a list's file lacks: refused with a format, or the rows would be others."""
