"""Read quarantined files with the requests for them. Does not sign and does not open a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PersonId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.private import QuarantineRow
from special_channel.ports import Stored
from special_channel.stores.file_scans import Find
from special_channel.web.quarantine.views import (
    FileRequest,
    Quarantine,
    QuarantineAsk,
    QuarantinedFile,
    QuarantineFilters,
)
from special_channel.web.shell.attachments import name_in
from special_channel.web.shell.colleagues import Colleague, colleagues
from special_channel.web.shell.content import content
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import MAX_ROWS


async def quarantine(
    context: PageContext, filters: QuarantineFilters | None = None, sha256: str = ""
) -> Quarantine:
    """Return the quarantined files that match a filter, or one file."""
    known = await context.own.desk.scanner.scans.finds(MAX_ROWS, sha256)
    finds = matching(known, filters or QuarantineFilters())
    files = {each.sha256: each.files for each in finds}
    views = context.own.stores.views
    rows = await views.quarantine([mark for marks in files.values() for mark in marks])
    entries = await views.find_private([row.id for row in rows])
    checks = await context.own.desk.scanner.checks([*files])
    names = await colleagues(context) if rows else {}
    return Quarantine(
        files=tuple(
            QuarantinedFile(
                sha256=each.sha256,
                file=files[each.sha256][0],
                name=name_in(each.disclosure),
                position=f"{each.log.upper()}-{each.idx}" if each.log else None,
                threat=each.threat,
                engine=each.engine,
                signatures=each.signatures,
                dated=each.dated,
                at=each.at,
                taken=each.taken,
                active=checks[each.sha256].active or () if each.sha256 in checks else (),
                requests=tuple(
                    _request(context, row, entries[row.id], names)
                    for row in rows
                    if row.file in files[each.sha256]
                ),
            )
            for each in finds
        ),
        person=_reader(context),
    )


async def file_to_ask(context: PageContext, sha256: str) -> QuarantineAsk:
    """Return a file to be asked for.

    Raises:
        NotFound: `file-missing` for a file that is not quarantined.
    """
    found = await quarantine(context, sha256=sha256)
    if not found.files:
        raise NotFound("file-missing", "No such file is quarantined.")
    return QuarantineAsk(file=found.files[0], person=found.person, lang=context.languages[0])


def matching(finds: Sequence[Find], filters: QuarantineFilters) -> Sequence[Find]:
    """Return the finds of a filter, in its order."""
    text = filters.text.casefold()
    matching = [
        each
        for each in finds
        if text in f"{name_in(each.disclosure)}\n{each.threat}".casefold()
        and (not filters.look or (filters.look == "taken") == (each.taken is not None))
    ]
    if filters.sort == "waits":
        return matching
    return sorted(matching, key=lambda each: each.at, reverse=filters.sort == "newest")


def _request(
    context: PageContext,
    row: QuarantineRow,
    entry: Stored,
    names: Mapping[PersonId, Colleague],
) -> FileRequest:
    agreed = instant(row.agreed) if row.agreed else None
    hours = timedelta(hours=context.own.limits.quarantine_hours)
    until = agreed + hours if agreed else None
    mine = row.person == _reader(context)
    return FileRequest(
        id=row.id,
        name=_name(names, row.person),
        # Not a part of an entry on this page, which the browser would compare.
        reason=tuple(replace(each, ordinal=None) for each in content(entry).original),
        asked=instant(entry.accepted),
        second=_name(names, row.second),
        agreed=agreed,
        until=until,
        mine=mine,
        may_agree=agreed is None and not mine,
        open=until is not None and context.now < until,
    )


def _reader(context: PageContext) -> PersonId:
    return context.reader.row.person


def _name(names: Mapping[PersonId, Colleague], person: PersonId) -> str:
    return names[person].name if person in names else ""
