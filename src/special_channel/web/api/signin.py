"""Signing in and out, for browsers (a cookie) and machine clients (a bearer token).

Does not check signatures: `desk.signin` does.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.desk.signin import challenge, sign_in, sign_out
from special_channel.web.http.gate import CLIENT
from special_channel.web.http.operation import Body, Empty, Operation, operation, respond
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import (
    csrf_token,
    drop_session,
    over_tls,
    same_origin,
    session_cookie,
    visitor,
)


class ChallengeRequest(Body):
    """Which key wants to sign in."""

    key: KeyId


class ChallengeResponse(Body):
    """The exact bytes to sign under the sign-in payload type, in base64."""

    payload: str


class SigninRequest(Body):
    """The signed challenge. `session`: a browser's cookie, else a bearer token."""

    envelope: Annotated[str, Field(max_length=8192)]
    session: bool = False


class SigninResponse(Body):
    """A bearer token (absent for a browser) and until when it holds.

    `csrf`: for a browser, the token of the new session that the forms of an open page must carry.
    """

    token: str | None = None
    expires: str
    csrf: str | None = None


@operation(
    Operation(
        "Ask for a challenge", request=ChallengeRequest, response=ChallengeResponse, open_=True
    )
)
async def post_challenge(request: web.Request, body: ChallengeRequest) -> ChallengeResponse:
    """Return a challenge for a key, known or not: the answer tells."""
    payload = await challenge(services(request).door, body.key, request[CLIENT])
    return ChallengeResponse(payload=b64encode(payload).decode())


@operation(
    Operation("Answer a challenge", request=SigninRequest, response=SigninResponse, open_=True)
)
async def post_signin(request: web.Request, body: SigninRequest) -> web.Response:
    """Open a session, unless another site's page asks for it in somebody's browser.

    Such a page could sign its own user in there and later read what is typed as drafts.
    """
    own = services(request)
    same_origin(request, own)
    kind: Literal["browser", "bearer"] = "browser" if body.session else "bearer"
    token, session = await sign_in(own.door, body.envelope.encode(), kind)
    if not body.session:
        return respond(SigninResponse(token=token, expires=timestamp(session.expires)))
    expires = timestamp(session.expires)
    response = respond(SigninResponse(expires=expires, csrf=csrf_token(token)))
    set_session(own, response, token)
    return response


@operation(Operation("End the session", request=Empty))
async def post_signout(request: web.Request, _body: Empty) -> web.Response:
    """End the session at once."""
    own = services(request)
    who = await visitor(request)
    await sign_out(own.door, who.token)
    response = respond(None)
    drop_session(own, response)
    return response


def set_session(own: Services, response: web.Response, token: str) -> None:
    """Give a browser its session: no script can read it, no other site can send it."""
    response.set_cookie(
        session_cookie(own),
        token,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=over_tls(own),
        max_age=int(own.door.browser_life.total_seconds()),
    )
