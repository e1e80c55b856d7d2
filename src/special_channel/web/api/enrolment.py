"""Enrolment over HTTP: codes, keys that wait, confirmation by a registrar.

Does not hold the registrar's key, except in a demonstration (`Services.registrar`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotAllowed, NotFound
from special_channel.core.bytes.fields import Name, Word
from special_channel.core.bytes.ids import PARTIES, KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import Role
from special_channel.desk import enrolment
from special_channel.desk.people import ChannelName
from special_channel.messages.catalogue import catalogue
from special_channel.ports.people import Official
from special_channel.web.api.entries import Receipt
from special_channel.web.api.listings import charter_now
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import language, visitor


class Code(Body):
    """A one-time code as typed."""

    code: Annotated[str, Field(min_length=1, max_length=64)]


class SeenTree(Body):
    """A checkpoint to name in `seen`."""

    log: str
    size: int
    root: str


class PinnedRoot(Body):
    """A party's root key, to pin: compare the fingerprint with the paper."""

    key: str
    suite: str
    public: str


class EnrolStart(Body):
    """What a browser needs to build `key.enrolled`; `words` say role and desk to a person."""

    party: str
    log: str
    name: str
    role: str
    unit: str
    desk: str
    at: str
    seen: tuple[SeenTree, ...]
    roots: dict[str, PinnedRoot]
    words: dict[str, str]


class EnrolOffer(Body):
    """The code, and the entry signed by the new key."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    envelope: Annotated[str, Field(max_length=65536)]


class EnrolState(Body):
    """Whether a key waits, or is confirmed."""

    key: str
    state: Literal["waiting", "confirmed", "refused"]


class Invitation(Body):
    """A person for the own directory."""

    name: Name
    role: Role
    unit: Name
    desk: Word
    email: Annotated[str, Field(max_length=200)]
    language: Literal["en", "zh-CN"]
    channels: Annotated[tuple[ChannelName, ...], Field(max_length=8)] = ()


class ForOfficial(Body):
    """A person of the own directory, by number."""

    official: Annotated[int, Field(ge=1)]


class Invited(Body):
    """A one-time code and until when it can be used."""

    official: int
    code: str
    expires: str


class Waiting(Body):
    """A key that waits for the registrar."""

    key: str
    name: str
    role: str
    unit: str
    desk: str
    at: str
    envelope: str


class WaitingList(Body):
    """All keys that wait."""

    enrolments: tuple[Waiting, ...]


class Confirmation(Body):
    """The envelope with the registrar's signature; absent: the node signs (demonstration)."""

    envelope: Annotated[str, Field(max_length=65536)] | None = None


@operation(Operation("Begin enrolment", request=Code, response=EnrolStart, open_=True))
async def post_start(request: web.Request, body: Code) -> EnrolStart:
    """Return what the code is for, and the trees to name."""
    own = services(request)
    official = await enrolment.invited(own.enrolment, body.code)
    keys = await own.views.keys([pin.root for pin in own.identity.pins.values()])
    return EnrolStart(
        party=own.identity.party,
        log=own.identity.origin(own.identity.party),
        name=official.name,
        role=official.role,
        unit=official.unit,
        desk=official.desk,
        at=timestamp(own.clock.now()),
        seen=await seen(own),
        roots={
            row.party: PinnedRoot(key=row.key, suite=row.suite, public=row.public)
            for row in keys.values()
        },
        words=await _words(request, official),
    )


async def _words(request: web.Request, official: Official) -> dict[str, str]:
    own, lang = services(request), language(request)
    words = {"role": catalogue(lang).label("role", official.role)}
    charter = await charter_now(own)
    for desk in charter.document["desks"] if charter else ():
        if (desk["party"], desk["desk"]) == (own.identity.party, official.desk):
            words["desk"] = str(desk["title_zh" if lang == "zh-CN" else "title_en"])
    return words


@operation(Operation("Offer a key", request=EnrolOffer, response=EnrolState, open_=True))
async def post_offer(request: web.Request, body: EnrolOffer) -> EnrolState:
    """Keep a key's entry for the registrar; a demonstration confirms it at once."""
    own = services(request)
    key = await enrolment.offer(own.enrolment, body.code, body.envelope.encode())
    if own.registrar is not None:
        await enrolment.confirm(own.enrolment, key, own.registrar)
    return await _state(own, key)


@operation(
    Operation("Ask whether a key is confirmed", response=EnrolState, open_=True, query=("key",))
)
async def get_enrolment_status(request: web.Request) -> EnrolState:
    """Return the state of a key's enrolment."""
    return await _state(services(request), request.query.get("key", ""))


@operation(Operation("Invite a person", request=Invitation, response=Invited))
async def post_invitation(request: web.Request, body: Invitation) -> Invited:
    """Add a person to the own directory and give them a code."""
    await visitor(request, "registrar")
    own = services(request)
    official = enrolment.person(
        Official(
            0, body.name, body.role, body.unit, body.desk, body.email, body.language, body.channels
        )
    )
    return await _invite(own, await own.officials.add(official))


@operation(Operation("Give a person another code", request=ForOfficial, response=Invited))
async def post_code(request: web.Request, body: ForOfficial) -> Invited:
    """Give a person of the own directory a new one-time code."""
    await visitor(request, "registrar")
    own = services(request)
    if body.official not in {official.id for official in await own.officials.all()}:
        raise NotFound("official-unknown", "There is no such person in the own directory.")
    return await _invite(own, body.official)


@operation(Operation("List keys that wait", response=WaitingList))
async def get_waiting(request: web.Request) -> WaitingList:
    """Return the keys that wait for the registrar."""
    await visitor(request, "registrar")
    own = services(request)
    people = {official.id: official for official in await own.officials.all()}
    return WaitingList(
        enrolments=tuple(
            Waiting(
                key=item.key,
                name=people[item.official].name,
                role=people[item.official].role,
                unit=people[item.official].unit,
                desk=people[item.official].desk,
                at=timestamp(item.at),
                envelope=item.envelope.decode(),
            )
            for item in await own.enrolment.enrolments.waiting()
        )
    )


@operation(Operation("Confirm a key", request=Confirmation, response=Receipt))
async def post_confirmation(request: web.Request, body: Confirmation) -> Receipt:
    """Append `key.enrolled` with both signatures."""
    await visitor(request, "registrar")
    own = services(request)
    key: KeyId = request.match_info["key"]
    if body.envelope is not None:
        envelope = dsse.decode(body.envelope.encode())
        accepted = await enrolment.confirmed(own.enrolment, envelope)
    elif own.registrar is not None:
        accepted = await enrolment.confirm(own.enrolment, key, own.registrar)
    else:
        raise NotAllowed("registrar-key-absent", "This node holds no registrar's key.")
    return Receipt(id=accepted.id, position=accepted.number, receipt=accepted.receipt)


async def seen(own: Services) -> tuple[SeenTree, ...]:
    """Return both logs' trees as this node holds them."""
    heads = await own.record.heads()
    return tuple(
        SeenTree(log=own.identity.origin(head.log), size=head.size, root=head.frontier.root().hex())
        for head in map(heads.__getitem__, PARTIES)
    )


async def _invite(own: Services, official: int) -> Invited:
    code = enrolment.code_from(own.randomness.bytes(12))
    expires = await enrolment.invite(own.enrolment, official, code)
    return Invited(official=official, code=code, expires=timestamp(expires))


async def _state(own: Services, key: KeyId) -> EnrolState:
    found = await own.enrolment.enrolments.of_key(key)
    if found is None:
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    return EnrolState(key=found.key, state=found.state)
