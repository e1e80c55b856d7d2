"""Sending entries and getting them back with their proof.

Does not judge: the appender does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
from aiohttp import web
from pydantic import Field

from special_channel.broker.receipts import Accepted, receipt_of
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound, RuleBroken
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.submission import Submission
from special_channel.desk import clearance
from special_channel.ports import Stored
from special_channel.ports.people import Clearance
from special_channel.web.http.operation import Body, Operation, operation, respond_bytes
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor, visitor
from special_channel.web.shell import private_log
from special_channel.web.shell.damage import is_hidden, refuse_lost

# Wider than the format's own limits, which `core` refuses by their own codes.
EnvelopeText = Annotated[str, Field(max_length=256 * 1024)]
Disclosure = Annotated[str, Field(max_length=2 * 1024 * 1024)]


class SentEntry(Body):
    """An envelope's exact bytes as text, and its disclosures in order."""

    envelope: EnvelopeText
    parts: Annotated[tuple[Disclosure, ...], Field(max_length=1000)] = ()


class SentEntries(Body):
    """Entries of one act: all are stored, or none.

    `lay`: where one of them lacks a second official's signature, lay all before one, instead of
    refusing them by `clearance-missing`.
    """

    entries: Annotated[tuple[SentEntry, ...], Field(min_length=1, max_length=5000)]
    lay: bool = False


class Receipt(Body):
    """Where an entry stands, and its C2SP tlog-proof."""

    id: str
    position: str
    receipt: str


class Receipts(Body):
    """Receipts in the order of the request.

    `laid`, where nothing was stored: the ids of the drafts that now wait for a second official.
    """

    receipts: tuple[Receipt, ...]
    laid: tuple[str, ...] | None = None


class EntryWithProof(Body):
    """An entry as it stands. A part that is erased or not here is an empty string.

    `verdict` is empty for a valid entry, else the code by which it has no effect.
    `delivered` tells whether the peer has cosigned it (of the own log) or this node has.
    `erased` names, by the part's number, the entry that declares an absent part erased.
    `damaged` names what is damaged in this node's database and left out: `part:0`, or `leaf`,
    `columns`, `envelope` or `entry`, where envelope, leaf and receipt are empty.
    """

    id: str
    position: str
    kind: str
    thread: str | None = None
    accepted: str
    leaf: str
    envelope: str
    parts: tuple[str, ...]
    verdict: str
    receipt: str
    delivered: bool
    damaged: tuple[str, ...] = ()
    erased: Annotated[dict[str, str], Field(default_factory=dict)]


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
        laid = await lay_before(own, who, sent)
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
    return await with_proof(own, await find(own, which))


async def find(own: Services, which: str) -> Stored:
    """Return an entry of the shared logs by id or position.

    Raises:
        NotFound: `entry-unknown`.
        Unavailable: `record-damaged`.
    """
    try:
        position = Position.parse(which)
    except Malformed:
        found = (await own.record.find([which])).get(which)
    else:
        entries = await own.record.entries(position.party, position.index, 1)
        found = entries[0] if entries else None
        if found is None:
            await refuse_lost(own, position)
    if found is None:
        raise NotFound("entry-unknown", "There is no such entry here.")
    return found


async def with_proof(own: Services, entry: Stored) -> EntryWithProof:
    """Add what proves an entry."""
    head = await own.record.head(entry.log)
    orders = await _orders(own, entry) if None in entry.parts else {}
    hidden = is_hidden(entry)
    return EntryWithProof(
        id=entry.id,
        position=f"{entry.log.upper()}-{entry.index}",
        kind=entry.kind,
        thread=entry.thread,
        accepted=entry.accepted,
        leaf="" if hidden else entry.leaf.decode(),
        envelope=entry.envelope.decode(),
        parts=tuple("" if part is None else part.decode() for part in entry.parts),
        verdict=entry.code,
        receipt="" if hidden else await receipt_of(own.record, entry),
        delivered=entry.index < head.cosigned,
        damaged=entry.damaged,
        erased={
            str(place): orders[place]
            for place, part in enumerate(entry.parts)
            if part is None and place in orders
        },
    )


async def _orders(own: Services, entry: Stored) -> dict[int, str]:
    """Return the numbers of the entries that declare parts erased, by the part's place."""
    if entry.log == "private":
        found = (await own.views.erased_privately([entry.id])).get(entry.id, {})
        return {place: f"PRIVATE-{index}" for place, index in found.items()}
    declared = (await own.views.erased([entry.id])).get(entry.id, {})
    return {place: str(order) for place, order in declared.items()}


async def lay_before(
    own: Services, who: Visitor, submissions: Sequence[Submission]
) -> list[Clearance]:
    """Keep what an official signed for a second one.

    Raises:
        Refused: As `clearance.queue_for_release`; nothing is kept.
    """
    party = own.identity.party
    by = clearance.Sender(who.key, who.row.role, party, own.identity.origin(party))
    return await clearance.queue_for_release(own.clearances, submissions, by, own.clock.now())


def submission(item: SentEntry) -> Submission:
    """Return what the appender takes."""
    return Submission(item.envelope.encode(), tuple(part.encode() for part in item.parts))


def receipts(accepted: Sequence[Accepted]) -> Receipts:
    """Return receipts as the API's model."""
    return Receipts(
        receipts=tuple(
            Receipt(id=item.id, position=item.number, receipt=item.receipt) for item in accepted
        )
    )


def respond_receipts(accepted: Sequence[Accepted]) -> web.Response:
    """Write receipts: the bytes of `Receipts`, in a tenth of the time that its model takes."""
    made = [{"id": item.id, "position": item.number, "receipt": item.receipt} for item in accepted]
    return respond_bytes(orjson.dumps({"receipts": made}))
