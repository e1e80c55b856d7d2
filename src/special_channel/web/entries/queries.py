"""Where an entry is shown in words, and the evidence for it."""

from __future__ import annotations

from special_channel.core.bytes.times import instant
from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.rules.doubt import further_signers
from special_channel.ports import Stored
from special_channel.web.entries.views import EvidenceView
from special_channel.web.http.services import StoreServices
from special_channel.web.shared.references import entry_page, entry_url
from special_channel.web.shell.content import entry_of, number_of, party_of, position_of, proof
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.directory import read_side
from special_channel.web.shell.meetings import meeting_of
from special_channel.web.shell.people import people


async def place_of(stores: StoreServices, entry: Stored) -> str:
    """Return the page that shows an entry in words, or "" without one."""
    number = number_of(entry)
    threads = [entry.thread] if entry.thread else await stores.views.mentions(entry.id)
    row = await stores.views.thread(threads[0]) if threads else None
    if row is not None:
        return entry_url(str(row.position), number)
    if entry.code:
        return ""
    if entry.kind == "batch.listed":
        return f"/batches/{number}"
    meeting = await meeting_of(stores.meetings, entry.id, entry_of(entry))
    if meeting is not None:
        return f"/meetings/{meeting.position}?entry={number}#{number}"
    page = entry_page(entry_of(entry), entry.index)
    return f"{page}#{number}" if page else ""


async def evidence(context: PageContext, entry: Stored) -> EvidenceView:
    """Return an entry with its evidence, in the reader's language."""
    stores, position = context.own.stores, position_of(entry)
    others = further_signers(entry.envelope, entry.by)
    authors = await people(context, [entry.by, *others])
    note = (await stores.views.deliveries([position])).get(position)
    return EvidenceView(
        entry_id=entry.id,
        position=str(position),
        party=position.party,
        kind=entry.kind,
        words=await _words(context, entry),
        author=authors.writer(entry),
        others=tuple(authors.author(key) for key in others),
        accepted=instant(entry.accepted),
        delivered=context.cosigned(position.party, note) if note else None,
        place=await place_of(stores, entry),
        refused=entry.code,
        proof=proof(entry),
    )


async def _words(context: PageContext, entry: Stored) -> str:
    said = entry_of(entry)
    if said is None or entry.kind not in DIRECTORY_KINDS:
        return ""
    side = await read_side(context, party_of(entry), named=False)
    return side.changes.words(said)
