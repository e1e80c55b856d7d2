"""Models of signed entries in requests, and of their receipts. Does not judge entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
from aiohttp import web
from pydantic import Field

from special_channel.broker.receipts import Accepted
from special_channel.core.rows.submission import Submission
from special_channel.desk.act_steps import Outcome
from special_channel.web.http.operation import Body, respond_bytes
from special_channel.web.shared.acts import ActResult

# Wider than the format's own limits, which `core` refuses by their own codes.
EnvelopeText = Annotated[str, Field(max_length=256 * 1024)]
Disclosure = Annotated[str, Field(max_length=2 * 1024 * 1024)]


class SentEntry(Body):
    """An envelope's exact bytes as text, and its disclosures in order."""

    envelope: EnvelopeText
    parts: Annotated[tuple[Disclosure, ...], Field(max_length=1000)] = ()


SentReasons = SentEntry | Annotated[tuple[SentEntry, ...], Field(max_length=20)]
"""Signed reasons for findings: one entry, or several where the rows of one do not fit into it."""


def each_of(reasons: SentReasons) -> tuple[SentEntry, ...]:
    """Return signed reasons, also those sent as one entry."""
    return (reasons,) if isinstance(reasons, SentEntry) else reasons


class SignedAct(Body):
    """The entry of a waiting act, with a further signature."""

    envelope: EnvelopeText


class SentDraft(Body):
    """The saved draft of what is sent: its name, and the version that was signed."""

    name: Annotated[str, Field(max_length=200)]
    version: Annotated[int, Field(gt=0, lt=2**53)]


class SentEntries(Body):
    """Entries of one act: all are stored, or none.

    `lay`: If a second official must release an entry, queue all for release instead of refusing
    them by `clearance-missing`. `draft`: Deleted once the entries are stored or queued, unless
    it was saved again meanwhile.
    """

    entries: Annotated[tuple[SentEntry, ...], Field(min_length=1, max_length=5000)]
    lay: bool = False
    draft: SentDraft | None = None


class Receipt(Body):
    """An entry's position, and its C2SP tlog-proof."""

    id: str
    position: str
    receipt: str


class Receipts(Body):
    """Receipts in the order of the request.

    `laid`: Ids of drafts queued for release, if nothing was stored.
    """

    receipts: tuple[Receipt, ...]
    laid: tuple[str, ...] | None = None


def submission(item: SentEntry) -> Submission:
    """Make the appender's argument of a request's entry."""
    return Submission(item.envelope.encode(), tuple(part.encode() for part in item.parts))


def receipts(accepted: Sequence[Accepted]) -> Receipts:
    """Return receipts as the API's model."""
    return Receipts(
        receipts=tuple(
            Receipt(id=item.id, position=item.number, receipt=item.receipt) for item in accepted
        )
    )


def act_result(outcome: Outcome) -> ActResult:
    """Return what became of an act after a signature."""
    accepted = outcome.accepted
    return ActResult(
        id=outcome.act.id,
        state=outcome.act.state,
        position=accepted.number if accepted else None,
        receipt=accepted.receipt if accepted else None,
    )


def respond_receipts(accepted: Sequence[Accepted]) -> web.Response:
    """Respond with the bytes of `Receipts`, in a tenth of the time that the model takes."""
    items = [{"id": item.id, "position": item.number, "receipt": item.receipt} for item in accepted]
    return respond_bytes(orjson.dumps({"receipts": items}))
