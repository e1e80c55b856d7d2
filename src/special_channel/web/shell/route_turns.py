"""Whose turn it is on a draft's sign-off route, as the judge decides."""

from __future__ import annotations

from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rows.routes import RouteRow
from special_channel.web.shell.context import OFFICIALS


def answering(row: RouteRow, reader: KeyRow) -> list[Grant]:
    """Return the reader's functions that may answer the step whose turn it is, as the judge."""
    if row.elsewhere(reader.person):
        return []
    return [
        grant
        for grant in reader.functions_now
        if grant.role in OFFICIALS and row.awaits(grant.role, grant.desk)
    ]


def may_release(row: RouteRow, reader: KeyRow) -> bool:
    """Return whether the route lets the reader release the draft now."""
    if not row.last or row.elsewhere(reader.person):
        return False
    return row.decided is not None or bool(answering(row, reader))
