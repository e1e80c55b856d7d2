"""Who may release a signed draft, by its entry and its rows.

Checks no signatures: the judge does, once both exist.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import (
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    Role,
    parse,
)
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rules.releasing import release_of, stops_line
from special_channel.stores.clearances import Clearance

RELEASERS: Final[tuple[Role, ...]] = ("desk", "head", "director")
"""Roles of a second official (`core.rules.roles.CLEARERS`), in the order of a page."""

Rows = dict[str, list[dict[str, Any]]]
"""Rows in the data part of a sheet, by act: `rows`, or `added`, `changed` and `withdrawn`."""


def releasers(
    charter: Charter | None, entry: Entry | None, data: Rows
) -> tuple[tuple[Role, ...], bool, bool]:
    """Return the roles for the release of a draft, whether it has a line stop, whether it is held.

    The judge requires one of the same roles. If the judge requires no release, every role of a
    second official may release the draft.
    """
    rows = (row for act in ("rows", "added", "changed") for row in data.get(act, ()))
    line_stop = stops_line(row.get("urgency") for row in rows)
    asks = bool(entry.optional("asks", ())) if entry else False
    release = release_of(charter, entry.kind if entry else "", asks=asks, line_stop=line_stop)
    return release.roles if release.held else RELEASERS, line_stop, release.held


def entry_of_draft(envelope: bytes) -> Entry | None:
    """Parse the payload of a draft's envelope; None if it is invalid."""
    try:
        return parse(dsse.decode(envelope).payload)
    except ChannelError:
        return None


def sheet_rows(row: Clearance) -> Rows:
    """Return the rows of a list, amendment or return sheet; empty for other drafts.

    Reads the data part committed to by the signed entry.
    """
    if not isinstance(entry_of_draft(row.envelope), BatchListed | BatchAmended | BatchAnswered):
        return {}
    try:
        data = read(Submission(row.envelope, row.parts), whole=True).data
    except ChannelError:
        return {}
    acts: dict[str, Any] = orjson.loads(data or b"{}")
    # The judge checks the form of rows once both signatures exist.
    return {
        act: [row for row in rows if isinstance(row, dict)]
        for act, rows in acts.items()
        if isinstance(rows, list)
    }
