"""Authentication of requests by session, for all handlers.

Handlers do not read cookies or tokens. Cookies are named by party, since cookies ignore ports and
both nodes of a demonstration share a host.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed, Refused
from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.directory import KeyRow
from special_channel.desk.signin import session_of, token_digest
from special_channel.messages.catalogue import Lang, language_of, preferred
from special_channel.stores.people import Official
from special_channel.stores.reads import Reader
from special_channel.web.http.gate import CLIENT, COUNTED_BY
from special_channel.web.http.services import NodeServices, services

BEARER = "Bearer "

COUNTED: web.RequestKey[bool] = web.RequestKey("counted", bool)
"""Whether the request is counted for its person; absent: it is not counted at all."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person: key, row of the key, and the person's entry in our directory, if any.

    `person` identifies the person for limits, the same for all keys of the person.
    """

    key: KeyId
    row: KeyRow
    official: Official | None
    kind: str
    token: str
    expires: datetime
    person: str = ""

    @property
    def marks_as(self) -> Reader:
        """Whose read marks are moved and shown: the person's, whatever the key."""
        return self.row.person or self.key

    @property
    def name(self) -> str:
        """Name on our side's pages."""
        return self.official.name if self.official else self.row.desk


@dataclass(frozen=True, slots=True)
class Token:
    """A request's token of a session.

    Attributes:
        text: The token, or empty.
        kind: Kind of session, by the header of the token.
        digest: Key under which sessions are stored; also of an empty text.
    """

    text: str
    kind: str
    digest: bytes


TOKEN: web.RequestKey[Token] = web.RequestKey("token", Token)
VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


def session_cookie(node: NodeServices) -> str:
    """Return the name of this node's session cookie.

    With TLS its name has the prefix `__Host-`: no other host of the domain and no page without
    TLS can set it (RFC 6265bis, 4.1.3.2).
    """
    prefix = "__Host-" if over_tls(node) else ""
    return f"{prefix}sc-session-{node.identity.party}"


def over_tls(node: NodeServices) -> bool:
    """Tell whether browsers reach this node over TLS; cookies must then be `Secure`."""
    return node.url.startswith("https://")


def set_cookie(
    node: NodeServices,
    response: web.StreamResponse,
    name: str,
    value: str,
    seconds: int,
    same_site: Literal["Strict", "Lax"] = "Strict",
) -> None:
    """Set a cookie that no script can read; other sites' pages send it as `same_site` says."""
    response.set_cookie(
        name,
        value,
        path="/",
        httponly=True,
        samesite=same_site,
        secure=over_tls(node),
        max_age=seconds,
    )


def drop_session(node: NodeServices, response: web.StreamResponse) -> None:
    """Tell a browser to forget its session; a `__Host-` cookie is only deleted as `Secure`."""
    response.del_cookie(
        session_cookie(node), path="/", secure=over_tls(node), httponly=True, samesite="Strict"
    )


def language_cookie(node: NodeServices) -> str:
    """Return the name of this node's language cookie."""
    return f"sc-lang-{node.identity.party}"


def alone_cookie(node: NodeServices) -> str:
    """Return the name of the cookie of a browser that shows its reader's language alone."""
    return f"sc-alone-{node.identity.party}"


async def visitor(request: web.Request, *roles: str) -> Visitor:
    """Return the signed-in person of a request, of one of the given roles (any by default).

    Looked up once per request. Does not read the body.

    Raises:
        NotAllowed: `session-over`, `role-access`, `other-site`.
        BadSignature: `key-suspended`, `key-revoked`.
        Unavailable: `rate-limited`.
    """
    who = request.get(VISITOR)
    if who is None:
        who = request[VISITOR] = await _authenticated(request)
    if roles and who.row.roles_now.isdisjoint(roles):
        raise NotAllowed("role-access", "This is not open to the role of this key.")
    return who


async def _authenticated(request: web.Request) -> Visitor:
    own, gate = services(request), request[COUNTED_BY]
    token = token_of(request, own.node)
    try:
        session, row = await session_of(own.desk.door, token.digest)
        if session.kind != token.kind:
            raise NotAllowed("session-over", "Sign in first.")
    except Refused:
        gate.failed(token.digest)
        raise
    person = f"key {session.key}" if session.official is None else f"person {session.official}"
    if not request.get(COUNTED, True):
        gate.passed(request[CLIENT], token.digest, person, own.node.clock.monotonic())
        request[COUNTED] = True
    if token.kind == "browser":
        same_origin(request, own.node)
    official = await own.desk.officials.of_key(session.key) if token.kind == "browser" else None
    return Visitor(session.key, row, official, token.kind, token.text, session.expires, person)


def token_of(request: web.Request, node: NodeServices) -> Token:
    """Return a request's token; read and hashed once per request."""
    token = request.get(TOKEN)
    if token is None:
        token = request[TOKEN] = _shown(request, node)
    return token


def _shown(request: web.Request, node: NodeServices) -> Token:
    header = request.headers.get("Authorization", "")
    if header.startswith(BEARER):
        token, kind = header[len(BEARER) :], "bearer"
    else:
        # Without the header there is nothing to take apart.
        cookies = request.cookies if "Cookie" in request.headers else {}
        token, kind = cookies.get(session_cookie(node), ""), "browser"
    # Other bytes than ASCII come out of a header as surrogates, which nothing can hash.
    token = token if token.isascii() else ""
    return Token(token, kind, token_digest(token))


def same_origin(request: web.Request, node: NodeServices) -> None:
    """Refuse a change requested by another site's page (cookies are Strict, too)."""
    if request.method in {"GET", "HEAD"}:
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if (origin is not None and origin != node.url) or site not in {"same-origin", "none"}:
        raise NotAllowed("other-site", "Another site's page asked for this.")


def language(request: web.Request) -> Lang:
    """Return the reader's language.

    By this browser's choice, the person's in any other browser, the browser's setting, or the
    node's. The person is known from `visitor` on.
    """
    node = services(request).node
    chosen = language_of(request.query.get("lang", "")) or language_of(
        request.cookies.get(language_cookie(node), "")
    )
    if chosen:
        return chosen
    who: Visitor | None = request.get(VISITOR)
    if who is not None and who.official is not None:
        return who.official.language
    return preferred(request.headers.get("Accept-Language"), node.language)


def alone(request: web.Request) -> bool:
    """Tell whether the reader chose pages in the reader's language alone."""
    return request.cookies.get(alone_cookie(services(request).node)) == "on"


def csrf_token(token: str) -> str:
    """Return the token of a session's forms, which no other site can know."""
    return sha256(b"special-channel/form/v1\n" + token.encode()).hexdigest()
