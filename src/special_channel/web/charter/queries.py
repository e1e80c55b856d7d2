"""Compare and check charters, and prepare the entry with which a registrar adopts a charter.

Does not sign: the registrar's browser does, and the judge decides. Stores uploaded calendar
releases named in the charter by digest, and the file of a charter whose changes are read on.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, Final

import orjson

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import NotFound, Refused
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.charter import Charter, parse
from special_channel.core.rows.past import Past
from special_channel.core.rows.writing import data_part
from special_channel.core.rules.charter_changes import (
    CharterContext,
    check_brought,
    check_next,
    check_proposal,
    check_releases,
    compared_with,
    highest,
)
from special_channel.core.rules.releases import release_id
from special_channel.desk.charter import read_charter, read_release
from special_channel.desk.marked_texts import refuse_marked, texts_in
from special_channel.desk.payloads import PREVIEW_SALT
from special_channel.stores.drafts import CHOSEN
from special_channel.web.charter.views import (
    CharterDetail,
    Comparison,
    ProposalView,
    Refusal,
    ToSign,
)
from special_channel.web.charter.words import comparison
from special_channel.web.http.services import Releases
from special_channel.web.shell.charters import CharterView, charters
from special_channel.web.shell.context import EVERYTHING, REGISTRAR, PageContext

KEPT: Final = f"{CHOSEN}charter"
"""Name of the draft that keeps a file, not among the listed drafts."""

Files = Sequence[tuple[str, bytes]]
"""Uploaded files: name and content."""


async def find_charter(context: PageContext, digest: str) -> tuple[CharterView, bytes]:
    """Look up a charter adopted by a side, with its canonical bytes.

    Raises:
        NotFound: `charter-unknown`.
    """
    texts = {key: text for row in context.charters for key, text in row.documents}
    for line in await charters(context):
        if line.digest == digest:
            return line, texts[digest].encode()
    raise NotFound("charter-unknown", "Neither side has adopted such a charter.")


async def charter(context: PageContext, digest: str, releases: Files = ()) -> CharterDetail:
    """Compare a charter with the charter before; for a registrar, prepare its adoption.

    Raises:
        NotFound: `charter-unknown`.
    """
    line, text = await find_charter(context, digest)
    document, registrar = parse(text), REGISTRAR in context.reader.row.roles_now
    adopts = line.adoptable and registrar
    to_sign, refused = _prepared(context, text, document, releases) if adopts else (None, None)
    return CharterDetail(
        line=line,
        changes=_compared(context, digest, document),
        registrar=registrar,
        to_sign=to_sign,
        refused=refused,
        lacking=_lacking(context, document) if refused else (),
    )


def form(context: PageContext) -> ProposalView:
    """Return the empty form for a charter of our side."""
    return ProposalView(**_next(context))


def proposal(context: PageContext, file: str, text: bytes, releases: Files) -> ProposalView:
    """Check an uploaded charter, compare it with the charter before, and prepare its adoption."""
    try:
        data, document = read_charter(text)
        check_proposal(_adopted(context), document)
    except Refused as error:
        return ProposalView(**_next(context), file=file, refused=_refusal(error))
    to_sign, refused = _prepared(context, data, document, releases)
    return ProposalView(
        **_next(context),
        file=file,
        changes=_compared(context, sha256(data).hexdigest(), document),
        to_sign=to_sign,
        refused=refused,
    )


async def keep_proposal(context: PageContext, file: str, text: bytes) -> None:
    """Keep the file of a charter whose changes are read on, in the place of an earlier one.

    Raises:
        RuleBroken: `draft-limit`; as `refuse_marked`.
    """
    # Without the mark of its encoding, by which a text would not be read as JSON.
    charter = text.decode("utf-8-sig")
    await context.own.desk.reader.aside(lambda: refuse_marked([file, *texts_in(charter)]))
    kept = orjson.dumps({"file": file, "charter": charter}).decode()
    await context.own.desk.drafts.save(context.reader.key, KEPT, kept, context.now)


async def forget_proposal(context: PageContext) -> None:
    """Delete the file that was kept of an earlier charter."""
    await context.own.desk.drafts.save(context.reader.key, KEPT, "", context.now)


async def kept_proposal(context: PageContext, digest: str) -> ProposalView:
    """Check the kept file of a charter again; the form says if it is no longer this charter's."""
    draft = await context.own.desk.drafts.load(context.reader.key, KEPT)
    # The reader's own browser may save any draft.
    with suppress(ValueError, KeyError, TypeError, Refused):
        kept = orjson.loads(draft.text if draft else "")
        file, text = str(kept["file"]), str(kept["charter"]).encode()
        if sha256(read_charter(text)[0]).hexdigest() == digest:
            return proposal(context, file, text, ())
    return ProposalView(**_next(context), gone=True)


def _next(context: PageContext) -> dict[str, Any]:
    force = context.charter
    return {
        "following": highest(context.charters) + 1,
        "force": force.number if force else 0,
        "force_url": f"/rules/charters/{force.digest}.json" if force else "",
    }


def _adopted(context: PageContext) -> CharterContext:
    origins = {party: context.own.node.identity.origin(party) for party in PARTIES}
    return CharterContext(context.charters, context.charter, origins, context.party)


def _compared(context: PageContext, digest: str, document: Charter) -> Comparison:
    past = Past(context.party, EVERYTHING, EVERYTHING)
    before = compared_with(context.charters, document.number, past)
    return comparison(context, digest, before, document)


def _prepared(
    context: PageContext, data: bytes, document: Charter, files: Files
) -> tuple[ToSign | None, Refusal | None]:
    """Return the data to sign for an adoption, or the reason of a refusal.

    Args:
        context: The page's context.
        data: Canonical bytes of the charter.
        document: The charter.
        files: Uploaded calendar releases; stored if the charter names all of them.
    """
    try:
        check_next(_adopted(context), document)
        uploaded = [(read_release(name, text), text) for name, text in files]
        for release, _ in uploaded:
            check_brought(document, release, release_id(release))
        for release, text in uploaded:
            _releases(context).keep(release, text)
        check_releases(document, _releases(context).held())
    except Refused as error:
        return None, _refusal(error)
    part = data_part(PREVIEW_SALT, "charter", canonical.loads(data, max_bytes=len(data)))
    body = canonical.dumps({"number": document.number, "digest": sha256(data).hexdigest()})
    return ToSign(part=part.decode(), body=body.decode()), None


def _lacking(context: PageContext, document: Charter) -> tuple[str, ...]:
    """Return the ids of the charter's calendar releases that are missing on this node."""
    here = {release.digest for release in _releases(context).held()}
    named = [release for calendar in document.calendars for release in calendar.releases]
    return tuple(release.id for release in named if release.digest not in here)


def _releases(context: PageContext) -> Releases:
    assert context.own.times.releases is not None  # noqa: S101 - own bug: every node stores releases
    return context.own.times.releases


def _refusal(error: Refused) -> Refusal:
    return error.code, tuple(error.facts.items())
