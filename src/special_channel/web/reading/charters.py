"""A charter beside the one before it, and what a registrar would sign to adopt it.

Does not sign: the registrar's browser does, from what the page shows, and the judge decides.
Keeps nothing but calendar releases that the charter at hand names by their hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import NotFound, Refused
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.charter import Charter, charter_of
from special_channel.core.rows.past import Past
from special_channel.core.rows.writing import data_part
from special_channel.core.rules.charter_changes import (
    CharterContext,
    check_brought,
    check_next,
    check_proposal,
    check_releases,
    compared_with,
    highest,
)
from special_channel.core.rules.releases import release_id
from special_channel.core.time.calendars import CalendarRelease
from special_channel.desk.charter import read_charter, read_release
from special_channel.desk.payloads import PREVIEW_SALT
from special_channel.web.pages.calendars import CharterLine
from special_channel.web.pages.charters import CharterPage, Compared, ProposePage, ToSign
from special_channel.web.reading.calendars import charter_lines
from special_channel.web.reading.charter_words import compared
from special_channel.web.shared.words import Facts
from special_channel.web.shell.context import EVERYTHING, PageContext

REGISTRAR: Final = "registrar"
"""The one role that may sign `charter.adopted` (core/rules/roles.py)."""

Brought = Sequence[tuple[str, bytes]]
"""Files by name: calendar releases."""


async def find_line(context: PageContext, digest: str) -> CharterLine:
    """Return a charter that a side adopted, by its digest.

    Raises:
        NotFound: `charter-unknown`.
    """
    found = next((one for one in await charter_lines(context) if one.digest == digest), None)
    if found is None:
        raise NotFound("charter-unknown", "Neither side has adopted such a charter.")
    return found


def text_of(context: PageContext, digest: str) -> bytes:
    """Return a charter's canonical bytes, as they were adopted."""
    return next(
        text.encode() for row in context.charters for held, text in row.documents if held == digest
    )


async def charter_page(context: PageContext, digest: str, brought: Brought = ()) -> CharterPage:
    """Compare a charter with the one before it; for a registrar, who may adopt it, what to sign.

    Raises:
        NotFound: `charter-unknown`.
    """
    line = await find_line(context, digest)
    charter = charter_of(context.charters, digest)
    assert charter is not None  # noqa: S101 - its line was found
    page = CharterPage(
        line=line,
        compared=_compared(context, digest, charter),
        registrar=context.reader.row.role == REGISTRAR,
        open_here=line.adoptable,
    )
    if not line.adoptable or not page.registrar:
        return page
    try:
        check_next(ground(context), charter)
        _keep(context, charter, brought)
        check_releases(charter, _held(context))
    except Refused as error:
        return replace(page, refused=_told(error), lacking=_lacking(context, charter))
    signed = to_sign(text_of(context, digest), charter)
    return replace(page, compared=replace(page.compared, to_sign=signed))


def propose_form(context: PageContext) -> ProposePage:
    """Return the form for a charter of the own side."""
    force = context.charter
    return ProposePage(
        following=highest(context.charters) + 1,
        force=force.number if force else 0,
        force_url=f"/rules/charters/{force.digest}.json" if force else "",
    )


def proposed(context: PageContext, file: str, text: bytes, brought: Brought) -> ProposePage:
    """Check a charter that a registrar brought, and show what it changes and what to sign."""
    page = replace(propose_form(context), file=file)
    try:
        data, charter = read_charter(text)
        check_proposal(ground(context), charter)
    except Refused as error:
        return replace(page, refused=_told(error))
    digest = sha256(data).hexdigest()
    page = replace(page, compared=_compared(context, digest, charter))
    try:
        _keep(context, charter, brought)
        check_releases(charter, _held(context))
    except Refused as error:
        return replace(page, refused=_told(error))
    assert page.compared is not None  # noqa: S101 - made above
    return replace(page, compared=replace(page.compared, to_sign=to_sign(data, charter)))


def ground(context: PageContext) -> CharterContext:
    """Return what a charter is held against."""
    origins = {party: context.own.identity.origin(party) for party in PARTIES}
    return CharterContext(context.charters, context.charter, origins, context.party)


def to_sign(data: bytes, charter: Charter) -> ToSign:
    """Return the data part of `charter.adopted` but for its salt, and the payload's body."""
    part = data_part(PREVIEW_SALT, "charter", canonical.loads(data, max_bytes=len(data)))
    body = {"number": charter.number, "digest": sha256(data).hexdigest()}
    return ToSign(part.decode(), canonical.dumps(body).decode())


def _compared(context: PageContext, digest: str, charter: Charter) -> Compared:
    past = Past(context.party, EVERYTHING, EVERYTHING)
    return compared(context, digest, compared_with(context.charters, charter.number, past), charter)


def _keep(context: PageContext, charter: Charter, brought: Brought) -> None:
    """Keep the releases that were brought, once all of them are ones that the charter names."""
    read = [(read_release(name, text), text) for name, text in brought]
    for release, _ in read:
        check_brought(charter, release, release_id(release))
    for release, text in read:
        assert context.own.releases is not None  # noqa: S101 - own bug: every node has a shelf
        context.own.releases.keep(release, text)


def _held(context: PageContext) -> Sequence[CalendarRelease]:
    return context.own.releases.held() if context.own.releases is not None else ()


def _lacking(context: PageContext, charter: Charter) -> tuple[str, ...]:
    held = {each.digest for each in _held(context)}
    named = [each for one in charter.calendars for each in one.releases]
    return tuple(each.id for each in named if each.digest not in held)


def _told(error: Refused) -> tuple[str, Facts]:
    return error.code, tuple(error.facts.items())
