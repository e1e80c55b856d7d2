"""Who asks: the one gate between a request and what it may see.

No handler reads a cookie or a token itself. Cookies are named per party, since cookies
ignore ports and both nodes of a demonstration share a host.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aiohttp import web

from special_channel.core.bytes.errors import NotAllowed, Refused
from special_channel.core.bytes.ids import KeyId
from special_channel.core.rows.directory import KeyRow
from special_channel.desk.signin import session_of, token_digest
from special_channel.messages.catalogue import Lang, language_of, preferred
from special_channel.stores.people import Official
from special_channel.web.http.gate import CLIENT, COUNTED_BY
from special_channel.web.http.services import Services, services

BEARER = "Bearer "

COUNTED: web.RequestKey[bool] = web.RequestKey("counted", bool)
"""Whether the request is counted for its person; absent: it is not counted at all."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person: their key, its row, and the own directory's entry if there is one.

    `person` names them for limits: the same for all their keys.
    """

    key: KeyId
    row: KeyRow
    official: Official | None
    kind: str
    token: str
    expires: datetime
    person: str = ""

    @property
    def name(self) -> str:
        """What the own side's pages call them."""
        return self.official.name if self.official else self.row.desk


@dataclass(frozen=True, slots=True)
class Token:
    """What a request shows for a session.

    Attributes:
        text: The token; empty if there is none.
        kind: The kind of session that it claims, by the header in which it came.
        digest: What sessions are kept by; of an empty text, too.
    """

    text: str
    kind: str
    digest: bytes


TOKEN: web.RequestKey[Token] = web.RequestKey("token", Token)
VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)


def session_cookie(own: Services) -> str:
    """Return the name of this node's session cookie.

    With TLS its name has the prefix `__Host-`: no other host of the domain and no page without
    TLS can set it (RFC 6265bis, 4.1.3.2).
    """
    prefix = "__Host-" if over_tls(own) else ""
    return f"{prefix}sc-session-{own.identity.party}"


def over_tls(own: Services) -> bool:
    """Tell whether browsers reach this node by TLS, so that cookies must be `Secure`."""
    return own.url.startswith("https://")


def drop_session(own: Services, response: web.StreamResponse) -> None:
    """Tell a browser to forget its session; a `__Host-` cookie is only deleted as `Secure`."""
    response.del_cookie(
        session_cookie(own), path="/", secure=over_tls(own), httponly=True, samesite="Strict"
    )


def language_cookie(own: Services) -> str:
    """Return the name of this node's language cookie."""
    return f"sc-lang-{own.identity.party}"


async def visitor(request: web.Request, *roles: str) -> Visitor:
    """Return who asks, if they are signed in and of one of these roles (any, if none named).

    Looked up once a request. Does not read the body.

    Raises:
        NotAllowed: `session-over`, `role-access`, `other-site`.
        BadSignature: `key-suspended`, `key-revoked`.
        Unavailable: `rate-limited`.
    """
    who = request.get(VISITOR)
    if who is None:
        who = request[VISITOR] = await _authenticated(request)
    if roles and who.row.role not in roles:
        raise NotAllowed("role-access", "This is not open to the role of this key.")
    return who


async def _authenticated(request: web.Request) -> Visitor:
    own, gate = services(request), request[COUNTED_BY]
    token = token_of(request, own)
    try:
        session, row = await session_of(own.door, token.digest)
        if session.kind != token.kind:
            raise NotAllowed("session-over", "Sign in first.")
    except Refused:
        gate.failed(token.digest)
        raise
    person = f"key {session.key}" if session.official is None else f"person {session.official}"
    if not request.get(COUNTED, True):
        gate.passed(request[CLIENT], token.digest, person, own.clock.monotonic())
        request[COUNTED] = True
    if token.kind == "browser":
        same_origin(request, own)
    official = await own.officials.of_key(session.key) if token.kind == "browser" else None
    return Visitor(session.key, row, official, token.kind, token.text, session.expires, person)


def token_of(request: web.Request, own: Services) -> Token:
    """Return the token that a request shows; read and hashed once a request."""
    token = request.get(TOKEN)
    if token is None:
        token = request[TOKEN] = _shown(request, own)
    return token


def _shown(request: web.Request, own: Services) -> Token:
    header = request.headers.get("Authorization", "")
    if header.startswith(BEARER):
        token, kind = header[len(BEARER) :], "bearer"
    else:
        # Without the header there is nothing to take apart.
        cookies = request.cookies if "Cookie" in request.headers else {}
        token, kind = cookies.get(session_cookie(own), ""), "browser"
    # Other bytes than ASCII come out of a header as surrogates, which nothing can hash.
    token = token if token.isascii() else ""
    return Token(token, kind, token_digest(token))


def same_origin(request: web.Request, own: Services) -> None:
    """Refuse a change that another site's page asks of a browser (cookies are Strict, too)."""
    if request.method in {"GET", "HEAD"}:
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if (origin is not None and origin != own.url) or site not in {"same-origin", "none"}:
        raise NotAllowed("other-site", "Another site's page asked for this.")


def language(request: web.Request) -> Lang:
    """Return the reader's language: chosen, else the browser's, else the node's."""
    own = services(request)
    chosen = language_of(request.query.get("lang", "")) or language_of(
        request.cookies.get(language_cookie(own), "")
    )
    return chosen or preferred(request.headers.get("Accept-Language"), own.language)


def csrf_token(token: str) -> str:
    """Return what each form of a session carries: no other site can know it."""
    return sha256(b"special-channel/form/v1\n" + token.encode()).hexdigest()
