"""HTTP status of each error, and RFC 9457 problem documents.

Sentences by code, in both languages, are in `messages/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web

from special_channel.core.bytes.errors import (
    BadSignature,
    ChannelError,
    Corrupt,
    Malformed,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RuleBroken,
    Unavailable,
)
from special_channel.messages.catalogue import Lang, sentence

STATUS: Final[tuple[tuple[type[ChannelError], int], ...]] = (
    (Malformed, 400),
    (BadSignature, 422),
    (NotAllowed, 403),
    (NotFound, 404),
    (RuleBroken, 409),
    (Unavailable, 503),
    (OutcomeUnknown, 504),
    (Corrupt, 500),
)
"""By class; `CODE_STATUS` comes first."""

CODE_STATUS: Final = {
    "session-over": 401,
    "request-slow": 408,
    "request-too-large": 413,
    "file-too-large": 413,
    "form-fields": 413,
    "rate-limited": 429,
    "stream-limit": 429,
    "wait-limit": 429,
    "challenge-limit": 429,
    "draft-limit": 429,
    "release-limit": 429,
    "stop-limit": 429,
    "upload-limit": 429,
    "method-not-allowed": 405,
}

CHANGED: Final = frozenset(
    {
        "access-waiting", "act-over", "clearance-differs", "columns-newer", "deadline-answered",
        "deadline-counted", "deadline-ended", "deadline-known", "deadline-withdrawn",
        "draft-elsewhere", "entry-duplicate", "escalation-acknowledged", "escalation-known",
        "form-taken", "grant-ended", "key-ended", "key-known", "note-withdrawn",
        "promise-not-agreed", "quarantine-agreed", "release-changed", "route-change", "route-known",
        "route-step", "route-unknown",
    }
)  # fmt: skip
"""Codes of a broken rule after something was changed meanwhile; other rules forbid the request."""

HEADINGS: Final = frozenset({400, 401, 403, 404, 413, 429, 500, 503})
"""Statuses with a heading of their own. 409 has one for `CHANGED` alone."""

TYPE: Final = "application/problem+json"


def status_of(error: ChannelError) -> int:
    """Return the HTTP status of an error."""
    if error.code in CODE_STATUS:
        return CODE_STATUS[error.code]
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def retry_after(error: ChannelError) -> dict[str, str]:
    """Return the header `Retry-After` of an error with a delay; otherwise no header."""
    seconds = error.facts.get("seconds")
    return {"Retry-After": str(seconds)} if isinstance(error, Unavailable) and seconds else {}


def problem(error: ChannelError, lang: Lang, reference: str = "") -> web.Response:
    """Write an error as a problem document in the reader's language.

    `title` is the sentence, `next` the next step; a `detail` would repeat the sentence.
    """
    status = status_of(error)
    words = sentence(error.code, lang, **error.facts)
    document: dict[str, object] = {
        "type": f"urn:special-channel:problem:{error.code}",
        "title": words.text,
        "status": status,
        "code": error.code,
        "next": words.next_step,
        **({"facts": error.facts} if error.facts else {}),
        **({"reference": reference} if reference else {}),
    }
    return web.Response(
        body=orjson.dumps(document),
        status=status,
        content_type=TYPE,
        headers={"Cache-Control": "no-store", "Content-Language": lang, **retry_after(error)},
    )


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """The content of the page of an error.

    Attributes:
        status: HTTP status; selects the heading.
        code: Stable code; `messages` has sentence and next step.
        facts: Placeholders of the sentence.
        reference: Reference for the operator's log; empty without a log line.
        home_url: Address of the inbox.
        back_url: Address of the page whose form was refused; empty if it is not known.
    """

    status: int
    code: str
    facts: tuple[tuple[str, str | int], ...] = ()
    reference: str = ""
    home_url: str = "/"
    back_url: str = ""

    @property
    def heading(self) -> str:
        """The status whose words head the page."""
        if self.status in HEADINGS or self.code in CHANGED:
            return str(self.status)
        return "500" if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "400"
