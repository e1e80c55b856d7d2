"""Saved texts of forms over the API: list, save, load and delete them. Does not sign or send."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Final

import orjson
import structlog
from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.times import timestamp
from special_channel.desk.marked_texts import refuse_marked, texts_in
from special_channel.desk.proposed import SIGNING, of_fields
from special_channel.messages.catalogue import catalogue
from special_channel.stores.drafts import Replaces
from special_channel.web.drafts import queries
from special_channel.web.drafts.views import DraftFilters, DraftList
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import language, visitor
from special_channel.web.shared.query import MAX_DRAFT
from special_channel.web.shell.act_looks import look_at_each
from special_channel.web.shell.act_reasons import EntryConfirm, to_confirm_of
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.looks import FoundItem, found_items, look_at

log = structlog.get_logger(__name__)

FieldName = Annotated[str, Field(max_length=64)]
FieldText = Annotated[str, Field(max_length=65536)]
"""Of a composer, whose script loads what is too heavy for the page."""

ListedText = Annotated[str, Field(max_length=4 * 2**20)]
"""Longer than a note of ten of the longest paragraphs, of forms that load their draft: requests
and quotas bound the total."""

PageName = Annotated[str, Field(max_length=64, pattern=r"^[!-~]*$")]
"""Visible ASCII: PostgreSQL stores no text with U+0000."""


class DraftVersion(Body):
    """The saved text to replace or delete.

    `version`: as the page loaded or saved the text last, 0 for a new text, null for whatever is
    saved. `page`: a random name of the open page, which may replace a text of its own regardless of
    the version.
    """

    version: Annotated[int, Field(ge=0, lt=2**53)] | None = 0
    page: PageName = ""


class DraftFields(DraftVersion):
    """Texts of the form by field name."""

    fields: dict[FieldName, FieldText | tuple[ListedText, ...]]


class SavedDraft(Body):
    """A saved text with its time and version; without fields if no text is saved.

    `found`: of what was just saved, what should be looked at before it is signed; `confirm`: for
    which of it the author gives a reason.
    """

    fields: dict[str, str | tuple[str, ...]] | None = None
    at: str | None = None
    version: int = 0
    found: tuple[FoundItem, ...] = ()
    confirm: tuple[EntryConfirm, ...] = ()


@operation(Operation("List the own drafts", response=DraftList, query=DraftFilters))
async def get_drafts(request: web.Request, query: DraftFilters) -> DraftList:
    """Return what the reader has written and not sent."""
    return await queries.draft_list(await page_context(request, *OFFICIALS), query)


@operation(Operation("Save a draft", request=DraftFields, response=SavedDraft))
async def put_draft(request: web.Request, body: DraftFields) -> SavedDraft:
    """Save the fields of a form; delete the saved text if all are empty.

    Raises:
        RuleBroken: `draft-elsewhere` if another page saved or deleted the text meanwhile; as
            `refuse_marked`.
    """
    typed = (each for value in body.fields.values() for each in _each(value))
    # A field can hold several texts as JSON, such as a question with its translation.
    refuse_marked(text for each in typed for text in texts_in(each))
    text = orjson.dumps(body.fields).decode() if any(body.fields.values()) else ""
    saved = await _save(request, text, body)
    if saved is None:
        raise RuleBroken("draft-elsewhere", "This draft was changed in another window.")
    try:
        found, confirm = await _found(request, body)
    except Exception:
        log.exception("draft.unlooked")  # the text is saved, and the doors look again
        return saved
    return saved.model_copy(update={"found": found, "confirm": confirm})


async def _found(
    request: web.Request, body: DraftFields
) -> tuple[tuple[FoundItem, ...], tuple[EntryConfirm, ...]]:
    """Return what should be looked at in the fields of a draft."""
    entries = of_fields(body.fields)
    found = await look_at(services(request).desk.scanner, entries)
    confirm: tuple[EntryConfirm, ...] = ()
    if SIGNING in body.fields:
        # The composer has asked of each open question whether the note answers it.
        context = await page_context(request)
        # Whoever signs nothing learns nothing of the record by asking what would be found.
        if context.writes:
            acts = await look_at_each(context, entries, asked=True)
            found = (*found, *chain.from_iterable(acts))
            confirm = await to_confirm_of(context, entries, found, acts)
    return found_items(catalogue(language(request)), found), confirm


@operation(Operation("Load a draft", response=SavedDraft))
async def get_draft(request: web.Request) -> SavedDraft:
    """Return the saved fields of a form."""
    who = await visitor(request)
    saved = await services(request).desk.drafts.load(who.key, _name(request))
    if saved is None:
        return SavedDraft()
    body = DraftFields.model_validate_json(b'{"fields":%b}' % saved.text.encode())
    return SavedDraft(fields=body.fields, at=timestamp(saved.at), version=saved.version)


@operation(Operation("Delete a draft", request=DraftVersion))
async def delete_draft(request: web.Request, body: DraftVersion) -> None:
    """Delete a saved text, unless another page saved it meanwhile."""
    await _save(request, "", body)


async def _save(request: web.Request, text: str, over: DraftVersion) -> SavedDraft | None:
    """Save a text of the caller; None if another page saved or deleted the text meanwhile."""
    who = await visitor(request)
    own = services(request)
    at = own.node.clock.now()
    replaces = None if over.version is None else Replaces(over.version, over.page)
    version = await own.desk.drafts.save(who.key, _name(request), text, at, replaces)
    return None if version is None else SavedDraft(at=timestamp(at), version=version)


def _each(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _name(request: web.Request) -> str:
    name = request.match_info["name"]
    if len(name) > MAX_DRAFT:
        raise Malformed("request-malformed", "A draft's name is shorter.", field="name")
    return name


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/drafts", get_drafts),
    ("GET", "/api/drafts/{name}", get_draft),
    ("PUT", "/api/drafts/{name}", put_draft),
    ("DELETE", "/api/drafts/{name}", delete_draft),
)
