"""Sending entries and getting them back with their proof.

Does not judge: the appender does.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor
from special_channel.web.shell import private_log
from special_channel.web.shell.proofs import EntryWithProof, find_entry, with_proof
from special_channel.web.shell.submissions import (
    Receipts,
    SentEntries,
    queue_for_release,
    respond_receipts,
    submission,
)


class EntriesWithProof(Body):
    """Entries in the order asked for."""

    entries: tuple[EntryWithProof, ...]


MAX_IDS = 50
"""Entries read at once: what a thread's page checks in one slice."""


@operation(
    Operation("Store signed entries in the own shared log", request=SentEntries, response=Receipts)
)
async def post_entries(request: web.Request, body: SentEntries) -> Receipts | web.Response:
    """Append entries and return their receipts; or lay them before a second official."""
    who = await visitor(request)
    own = services(request)
    sent = [submission(item) for item in body.entries]
    try:
        accepted = await own.appender.submit(sent, who.key)
    except NotAllowed as error:
        if error.code != "clearance-missing" or not body.lay:
            raise
        laid = await queue_for_release(own, who, sent)
        return Receipts(receipts=(), laid=tuple(draft.id for draft in laid))
    except RuleBroken as error:
        if error.code != "kind-other-log":
            raise
        # One-click acts come here from every page: this one stands in the private log.
        try:
            return respond_receipts(await private_log.store(own, sent))
        except RuleBroken as other:
            # It names the shared log: what was wrong with it there is the answer.
            raise (error if other.code == "entry-other-log" else other) from None
    own.measures.stored(own.identity.party, len(accepted))
    return respond_receipts(accepted)


@operation(Operation("Read entries with their proofs", response=EntriesWithProof, query=("ids",)))
async def get_entries(request: web.Request) -> EntriesWithProof:
    """Return up to 50 entries by their ids, comma between; what is not here is left out."""
    await visitor(request)
    own = services(request)
    ids = request.query.get("ids", "").split(",")
    if len(ids) > MAX_IDS:
        raise Malformed("request-malformed", "At most 50 ids.", field="ids")
    found = await own.record.find(ids)
    return EntriesWithProof(
        entries=tuple([await with_proof(own, found[each]) for each in ids if each in found])
    )


@operation(Operation("Read one entry with its proof", response=EntryWithProof))
async def get_entry(request: web.Request) -> EntryWithProof:
    """Return an entry by its id or its position (EU-877)."""
    await visitor(request)
    own, which = services(request), request.match_info["which"]
    said = await private_log.find(own, which)
    if said is not None:  # nobody else is to have it: where it stands, it has arrived
        return (await with_proof(own, said)).model_copy(update={"delivered": True})
    return await with_proof(own, await find_entry(own, which))


API: Final[tuple[Route, ...]] = (
    ("POST", "/api/entries", post_entries),
    ("GET", "/api/entries", get_entries),
    ("GET", "/api/entries/{which}", get_entry),
)
