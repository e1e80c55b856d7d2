"""Read forms, which work without JavaScript, and check their senders.

Does not sign: officials' browsers do.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from aiohttp.http import HttpProcessingError

from special_channel.core.bytes.errors import BadSignature, Malformed, NotAllowed
from special_channel.web.http.bodies import receive_form
from special_channel.web.http.services import services
from special_channel.web.http.sessions import Visitor, csrf_token, visitor
from special_channel.web.shell.context import PageContext

FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})

_INSTANT: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Form:
    """A form's fields in the order sent, with repeated names.

    Attributes:
        texts: Name and value of each text field.
        files: Name and file of each file field.
    """

    texts: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, web.FileField], ...]

    def texts_of(self, field: str) -> list[str]:
        """Return every value of a text field."""
        return [value for name, value in self.texts if name == field]

    def files_of(self, field: str) -> list[web.FileField]:
        """Return every file of a file field."""
        return [file for name, file in self.files if name == field]

    def file(self, field: str) -> web.FileField:
        """Return the first file of a file field.

        Raises:
            Malformed: `request-malformed` without a file.
        """
        files = self.files_of(field)
        if not files:
            raise Malformed("request-malformed", "A file is asked for.", field=field)
        return files[0]


async def read_form(request: web.Request, who: Visitor) -> Mapping[str, str]:
    """Read a form sent by a page of the reader's session.

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
        form = await posted(request)
    else:
        form = await posted(request.clone(client_max_size=max_bytes), max_bytes)
        for _, file in form.files:
            file.file.close()  # the server closes those of its own request alone
    return dict(form.texts)


async def posted(request: web.Request, max_bytes: int | None = None) -> Form:
    """Read a form with its files; `max_bytes` where the request has a bound of its own.

    Bounded are its bytes, its fields and parts (`form_fields`), the headers of a part (`app.py`);
    a part holds no parts.

    Raises:
        Malformed: `request-malformed`: no form, or in an encoding that there is not; `form-fields`;
            `request-slow`.
    """
    limits = services(request).limits
    try:
        await receive_form(request)
        fields = await request.post()
    except (ValueError, LookupError, RuntimeError, HttpProcessingError):
        # The last two: a charset field too long, headers of a part too long or too many.
        raise Malformed("request-malformed", "A form is asked for.", field="") from None
    except web.HTTPRequestEntityTooLarge:
        if request.content.total_bytes > (max_bytes or limits.request_bytes):
            raise
        # Not its bytes, so its fields: the server's error says the same of both.
        raise Malformed("form-fields", "Too many fields.", limit=limits.form_fields) from None
    return Form(
        tuple((name, value) for name, value in fields.items() if isinstance(value, str)),
        tuple((name, value) for name, value in fields.items() if isinstance(value, web.FileField)),
    )


async def visitor_or_none(request: web.Request) -> Visitor | None:
    """Return the signed-in reader, otherwise None.

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


def instant_of(context: PageContext, text: str, field: str) -> datetime:
    """Read a date and time of our own capital, such as `2026-11-26 18:00`.

    Raises:
        Malformed: `act-time`.
    """
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        raise Malformed("act-time", "The time is not one.", time=text, field=field)
    try:
        there = datetime(  # noqa: DTZ001 - the zone of the capital, next line
            *(int(digits) for digits in found.groups())  # type: ignore[arg-type]
        ).replace(tzinfo=context.calendar(context.party).zone)
        return there.astimezone(UTC)
    except (ValueError, OverflowError):  # the first and last day of the calendar have no UTC
        raise Malformed("act-time", "The time is not one.", time=text, field=field) from None


def local_path(text: str, otherwise: str = "/") -> str:
    """Return a path of this node, otherwise the default, so that no form leads to another site."""
    plain = text.isprintable() and "\\" not in text
    return text if plain and text.startswith("/") and not text.startswith("//") else otherwise


def see_other(path: str) -> web.Response:
    """Send a browser on, with GET."""
    return web.Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})
