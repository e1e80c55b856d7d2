"""Sign-in, enrolment, the directory and losses after a restore over the API.

Does not make keys or check signatures: browsers and `desk` do. The node holds no registrar's key,
except in a demonstration (`DeskServices.registrars`).
"""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.fields import Name, Word
from special_channel.core.bytes.ids import PARTIES, KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import Role
from special_channel.desk import enrolment
from special_channel.desk.people import ChannelName
from special_channel.desk.signin import challenge, sign_in, sign_out
from special_channel.stores.people import Official
from special_channel.web.http.gate import CLIENT
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import (
    Body,
    Empty,
    Operation,
    operation,
    respond,
    respond_by_version,
)
from special_channel.web.http.services import DeskServices, services
from special_channel.web.http.sessions import (
    csrf_token,
    drop_session,
    same_origin,
    session_cookie,
    set_cookie,
    visitor,
)
from special_channel.web.people import queries
from special_channel.web.people.views import (
    Challenge,
    Directory,
    EnrolStart,
    EnrolState,
    InvitationList,
    Invited,
    IssuedCode,
    OpenedSession,
    PendingKeys,
    RecoveryView,
    SeenLog,
)
from special_channel.web.shared.query import Query
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shell.codes import (
    check_code,
    draw_code,
    invite_person,
    open_invitations,
    renew,
    take_back,
)
from special_channel.web.shell.context import context_for, page_context
from special_channel.web.shell.frame import RECOVERERS
from special_channel.web.shell.submissions import (
    Receipts,
    SentEntry,
    receipts,
    submission,
)

OneTimeCode = Annotated[str, Field(min_length=1, max_length=64)]


class ChallengeRequest(Body):
    """The key that signs in."""

    key: KeyId


class SignInRequest(Body):
    """The signed challenge. `session`: open a browser's session; otherwise a bearer token's."""

    envelope: Annotated[str, Field(max_length=8192)]
    session: bool = False


class CodeRequest(Body):
    """A one-time code as typed."""

    code: OneTimeCode


class EnrolOffer(Body):
    """A one-time code, and `key.enrolled` signed by the new key.

    `label`: of the computer, such as "Laptop 2"; it stays on our side.
    """

    code: OneTimeCode
    envelope: Annotated[str, Field(max_length=65536)]
    label: Annotated[str, Field(max_length=200)] = ""


class KeyQuery(Query):
    """A key by its id."""

    key: str = ""


class Invitation(Body):
    """A person to add to our directory."""

    name: Name
    role: Role
    unit: Name
    desk: Word
    email: Annotated[str, Field(max_length=200)]
    language: Literal["en", "zh-CN"]
    channels: Annotated[tuple[ChannelName, ...], Field(max_length=8)] = ()


class OfficialRequest(Body):
    """A person in our directory, by number."""

    official: Annotated[int, Field(ge=1)]


@operation(Operation("Ask for a challenge", open_=True))
async def post_challenge(request: web.Request, body: ChallengeRequest) -> Challenge:
    """Return a challenge for a key, known or not; sign-in refuses unknown keys."""
    payload = await challenge(services(request).desk.door, body.key, request[CLIENT])
    return Challenge(payload=b64encode(payload).decode())


@operation(Operation("Answer a challenge", response=OpenedSession, open_=True))
async def post_signin(request: web.Request, body: SignInRequest) -> web.Response:
    """Open a session, unless another site's page asks for it in somebody's browser."""
    own = services(request)
    # Another site could sign its own user in here and later read what is typed as drafts.
    same_origin(request, own.node)
    kind: Literal["browser", "bearer"] = "browser" if body.session else "bearer"
    token, session = await sign_in(own.desk.door, body.envelope.encode(), kind, request[CLIENT])
    expires = timestamp(session.expires)
    if not body.session:
        return respond(OpenedSession(token=token, expires=expires))
    seconds = int(own.desk.door.browser_life.total_seconds())
    response = respond(OpenedSession(expires=expires, csrf=csrf_token(token), seconds=seconds))
    set_cookie(own.node, response, session_cookie(own.node), token, seconds)
    return response


@operation(Operation("End the session"))
async def post_signout(request: web.Request, _body: Empty) -> web.Response:
    """End the session at once."""
    own = services(request)
    await sign_out(own.desk.door, (await visitor(request)).token)
    response = respond(None)
    drop_session(own.node, response)
    return response


@operation(Operation("Begin enrolment", open_=True))
async def post_start(request: web.Request, body: CodeRequest) -> EnrolStart:
    """Return the official of a code, and both logs' sizes and roots for `seen`."""
    own = services(request)
    official = await enrolment.invited(own.desk.enrolment, body.code)
    context = await context_for(request, None)
    party, heads = context.party, context.heads
    desk = desk_of(context, party, official.desk)
    return EnrolStart(
        party=party,
        log=own.node.identity.origin(party),
        person=official.person,
        name=official.name,
        role=official.role,
        unit=official.unit,
        desk=official.desk,
        at=timestamp(context.now),
        seen=tuple(
            SeenLog(
                log=own.node.identity.origin(log),
                size=heads[log].size,
                root=heads[log].frontier.root().hex(),
            )
            for log in PARTIES
        ),
        roots=queries.root_pins(own.node),
        words={
            "role": context.t.label("role", official.role),
            "desk": desk.first(context.lang).text,
        },
    )


@operation(Operation("Offer a key", open_=True))
async def post_offer(request: web.Request, body: EnrolOffer) -> EnrolState:
    """Begin the act of a key; a demonstration signs it at once."""
    desk = services(request).desk
    key = await enrolment.offer(desk.enrolment, body.code, body.envelope.encode(), body.label)
    if desk.registrars:
        await enrolment.confirm(desk.enrolment, key, desk.registrars)
    return await _state(desk, key)


@operation(Operation("Ask whether a key is confirmed", open_=True))
async def get_enrolment_status(request: web.Request, query: KeyQuery) -> EnrolState:
    """Return the state of a key's enrolment."""
    return await _state(services(request).desk, query.key)


@operation(Operation("Invite a person"))
async def post_invitation(request: web.Request, body: Invitation) -> Invited:
    """Add a person to our directory, whose function is then granted by an act on people.

    A demonstration grants it at once and issues a code.
    """
    who = await visitor(request, "registrar")
    own = services(request)
    added = await invite_person(own, Official(id=0, **dict(body)))
    if not own.desk.registrars:
        return Invited(official=added.id, person=added.person)
    code, expires = await draw_code(own, who, added)
    when = timestamp(expires)
    return Invited(official=added.id, person=added.person, code=code, expires=when)


@operation(Operation("Give a person a code"))
async def post_code(request: web.Request, body: OfficialRequest) -> IssuedCode:
    """Issue a one-time code for a person in our directory who holds a function."""
    who = await visitor(request)
    own = services(request)
    found = [one for one in await own.desk.officials.all() if one.id == body.official]
    if not found:
        raise NotFound("official-unknown", "There is no such person in the own directory.")
    check_code(who, found[0])
    code, expires = await draw_code(own, who, found[0])
    return IssuedCode(official=body.official, code=code, expires=timestamp(expires))


@operation(Operation("List codes not used"))
async def get_codes(request: web.Request) -> InvitationList:
    """Return the one-time codes that are not used and not taken back, without their text."""
    context = await page_context(request, "registrar")
    return InvitationList(invitations=await open_invitations(context))


@operation(Operation("Draw a new code in place of another"))
async def post_new_code(request: web.Request, _body: Empty) -> IssuedCode:
    """Issue a code for the same person; the other one is no longer valid."""
    who = await visitor(request, "registrar")
    official, code, expires = await renew(request, services(request), who)
    return IssuedCode(official=official.id, code=code, expires=timestamp(expires))


@operation(Operation("Take back a code"))
async def post_take_back(request: web.Request, _body: Empty) -> None:
    """Take back an unused one-time code."""
    who = await visitor(request, "registrar")
    await take_back(request, services(request).desk, who)


@operation(Operation("List keys that wait"))
async def get_pending(request: web.Request) -> PendingKeys:
    """Return the keys waiting for the registrar."""
    await visitor(request, "registrar")
    return await queries.pending_keys(services(request).desk)


@operation(Operation("Read both parties' directories", response=Directory))
async def get_directory(request: web.Request) -> web.Response:
    """Return the entries about persons, functions, keys and roots."""
    await visitor(request)
    # Every page with entries needs it, and it changes on few days.
    return respond_by_version(request, await queries.directory(services(request).stores))


@operation(Operation("Read what was lost after a restore"))
async def get_recovery(request: web.Request) -> RecoveryView:
    """Return the losses of both our logs by their guards."""
    await visitor(request, *RECOVERERS)
    return await queries.read_recovery(services(request))


@operation(Operation("Accept the loss in the private log"))
async def post_private_recovery(request: web.Request, body: SentEntry) -> Receipts:
    """Store a registrar's signature; with the second one the private log continues.

    Returns no receipt while a second person has to sign.
    """
    await visitor(request, *RECOVERERS)
    recovery = queries.recovery_of(services(request).acts)
    return receipts(await recovery.accept_private(submission(body)))


@operation(Operation("Let our shared log go on by the root key"))
async def post_shared_recovery(request: web.Request, body: SentEntry) -> Receipts:
    """Let our shared log continue without entries missing on both nodes."""
    await visitor(request, *RECOVERERS)
    recovery = queries.recovery_of(services(request).acts)
    return receipts(await recovery.restore_shared(submission(body)))


async def _state(desk: DeskServices, key: KeyId) -> EnrolState:
    return EnrolState(key=key, state=await enrolment.state_of(desk.enrolment, key))


API: Final[tuple[Route, ...]] = (
    ("POST", "/api/signin/challenge", post_challenge),
    ("POST", "/api/signin", post_signin),
    ("POST", "/api/signout", post_signout),
    ("POST", "/api/enrol/start", post_start),
    ("POST", "/api/enrol", post_offer),
    ("GET", "/api/enrol/status", get_enrolment_status),
    ("POST", "/api/enrolments/invite", post_invitation),
    ("POST", "/api/enrolments/codes", post_code),
    ("GET", "/api/enrolments/codes", get_codes),
    ("POST", "/api/enrolments/codes/{number}/renew", post_new_code),
    ("POST", "/api/enrolments/codes/{number}/take-back", post_take_back),
    ("GET", "/api/enrolments", get_pending),
    ("GET", "/api/directory", get_directory),
    ("GET", "/api/recovery", get_recovery),
    ("POST", "/api/recovery/private", post_private_recovery),
    ("POST", "/api/recovery/shared", post_shared_recovery),
)
