"""Forms that work without JavaScript: reading them, and who may send them.

Does not sign anything: what an official signs, her browser signs.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from aiohttp import web
from multidict import MultiDictProxy

from special_channel.core.errors import BadSignature, Malformed, NotAllowed
from special_channel.web.access import Visitor, visitor
from special_channel.web.bodies import receive_form
from special_channel.web.reading.frame import csrf_token

FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


async def read_form(request: web.Request, who: Visitor) -> Mapping[str, str]:
    """Read a form that this reader's own page sent.

    Raises:
        Malformed: `request-malformed`.
        NotAllowed: `other-site` without the token of the reader's session.
    """
    fields = await read_fields(request)
    if not hmac.compare_digest(fields.get("csrf", "").encode(), csrf_token(who.token).encode()):
        raise NotAllowed("other-site", "Another site's page asked for this.")
    return fields


async def read_fields(request: web.Request, max_bytes: int | None = None) -> Mapping[str, str]:
    """Read a form's text fields, of at most `max_bytes` where nobody has signed in.

    Raises:
        Malformed: `request-malformed`.
    """
    if request.content_type not in FORM_TYPES:
        raise Malformed("request-malformed", "A form is asked for.", field="")
    if max_bytes is None:
        fields = await posted(request)
    else:
        fields = await posted(request.clone(client_max_size=max_bytes))
        for value in fields.values():
            if isinstance(value, web.FileField):
                value.file.close()  # the server closes those of its own request alone
    return {name: value for name, value in fields.items() if isinstance(value, str)}


async def posted(request: web.Request) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    """Read a form with its files.

    Raises:
        Malformed: `request-malformed`: no form, or in an encoding that there is not;
            `request-slow`.
    """
    try:
        await receive_form(request)
        return await request.post()
    except (ValueError, LookupError):
        raise Malformed("request-malformed", "A form is asked for.", field="") from None


async def visitor_or_none(request: web.Request) -> Visitor | None:
    """Return who asks, or None for somebody who is not signed in.

    Raises:
        NotAllowed: `other-site`.
    """
    try:
        return await visitor(request)
    except NotAllowed as error:
        if error.code == "other-site":
            raise
        return None
    except BadSignature:
        return None


def local_path(text: str, otherwise: str = "/") -> str:
    """Return a path of this node, or else the given one: no form leads to another site."""
    plain = text.isprintable() and "\\" not in text
    return text if plain and text.startswith("/") and not text.startswith("//") else otherwise


def see_other(path: str) -> web.Response:
    """Send a browser on, with GET."""
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
