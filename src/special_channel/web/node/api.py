"""State of the node, channel tests, private entries, exports and files over the API.

Does not build bundles and does not send alerts of due times: `export` and `escalation` do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Final, Literal
from urllib.parse import unquote

from aiohttp import web
from pydantic import Field

from special_channel.core.bytes.errors import NotFound
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.desk.file_scanner import MOST_READ
from special_channel.desk.marked_texts import refuse_marked, refuse_marked_file
from special_channel.messages.catalogue import catalogue
from special_channel.stores.record import PostgresRecord
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.quotas import QUOTAS
from special_channel.web.http.readings import record_reading
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor, language, visitor
from special_channel.web.node import queries
from special_channel.web.node.views import (
    ChannelTests,
    Heads,
    PrivateEntry,
    PrivateItems,
    Status,
    StoredFile,
)
from special_channel.web.shared.query import Query, Whole
from special_channel.web.shell import private_log
from special_channel.web.shell.attachments import read_sent
from special_channel.web.shell.context import EVERYTHING, known_doubts, page_context
from special_channel.web.shell.looks import file_place
from special_channel.web.shell.menu import TRIERS
from special_channel.web.shell.proofs import with_proof
from special_channel.web.shell.submissions import (
    Receipts,
    SentEntries,
    respond_receipts,
)

FILE_NAME: Final = "Special-Channel-File-Name"
"""Header of an upload with the file's name, percent-encoded; for sentences about the file."""

MAX_FILE_NAME: Final = 200

HEADS_SECONDS: Final = 2.0
"""Longest wait for a log. Short: a node that stops ends it, and a client asks again."""

DAMAGED: Final = "Special-Channel-Damaged"
"""Header with the numbers of entries that are damaged in our database and not in the bundle,
separated by a comma and a blank; absent without damage."""


class ChannelTestRequest(Body):
    """Channels to test, all by default; address of the recipient, the reader's by default."""

    channels: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    to: Annotated[str, Field(max_length=254)] = ""


class PrivateSearch(Body):
    """Text to find in a part, empty for all entries; the index below which to search."""

    words: Annotated[str, Field(max_length=300)] = ""
    before: Annotated[int, Field(ge=0, le=EVERYTHING)] = EVERYTHING


class ExportQuery(Query):
    """Scope of an export: `all`, or the number of a thread or list."""

    scope: str = "all"


class HeadsQuery(Query):
    """What to wait for before the answer, for two seconds at most; by default, nothing.

    Attributes:
        log: The side whose log is waited for.
        size: Entries that the log is to have here.
        delivered: Whether all of the log's entries are to be cosigned: our log's by the other
            node, the other log's by ours.
    """

    log: Literal["", "eu", "cn"] = ""
    size: Whole = 0
    delivered: bool = False


@operation(Operation("Read both heads and the charter in force", query=HeadsQuery))
async def get_heads(request: web.Request, query: HeadsQuery) -> Heads:
    """Return what a client names in `seen` and in questions."""
    who = await visitor(request)
    await _until(request, who, query)
    found = await queries.heads(services(request), who.row)
    if not any(each.stands_in for each in found.functions):
        return found
    return await queries.with_words(await page_context(request), found)


async def _until(request: web.Request, who: Visitor, query: HeadsQuery) -> None:
    """Wait until our node has so much of a log, for `HEADS_SECONDS` at most.

    Raises:
        Unavailable: `wait-limit`.
    """
    own = services(request)
    clock, changes = own.node.clock, own.node.changes
    end = clock.monotonic() + HEADS_SECONDS
    version = changes.version
    if await _has(own.stores.record, query):
        return
    with request.app[QUOTAS].waiting(who, HEADS_SECONDS):
        while (left := end - clock.monotonic()) > 0:
            version = await changes.after(version, left)
            if await _has(own.stores.record, query):
                return


async def _has(record: PostgresRecord, query: HeadsQuery) -> bool:
    if not query.log:
        return True
    head = await record.head(query.log)
    return head.size >= query.size and not (query.delivered and head.cosigned < head.size)


@operation(Operation("Read how the node is"))
async def get_status(request: web.Request) -> Status:
    """Return the node's state for its operators."""
    await visitor(request)
    return await queries.status(services(request))


@operation(Operation("Send a test through the alert channels"))
async def post_test(request: web.Request, body: ChannelTestRequest) -> ChannelTests:
    """Test channels and return each service's response."""
    context = await page_context(request, *TRIERS)
    return await queries.try_channels(context, body.channels, body.to)


@operation(Operation("Store signed entries in the own private log", response=Receipts))
async def post_private_entries(request: web.Request, body: SentEntries) -> web.Response:
    """Append private entries; they are never sent."""
    await visitor(request)
    entries = await read_sent(services(request), body.entries)
    return respond_receipts(await private_log.store(services(request), entries))


@operation(Operation("Find entries of the private log"))
async def post_private_search(request: web.Request, body: PrivateSearch) -> PrivateItems:
    """Return entries of the private log that have parts."""
    # The text comes in a body, since addresses are written into logs of proxies.
    return await queries.private_items((await _erasing(request)).stores, body.words, body.before)


@operation(Operation("Read an entry of the private log with its proof"))
async def get_private_entry(request: web.Request) -> PrivateEntry:
    """Return an entry of the private log by its number (PRIVATE-7) or its id."""
    own = await _erasing(request)
    entry = await queries.private_entry(own.stores, request.match_info["which"])
    heads = await own.stores.record.heads()
    proof = await with_proof(own.stores, entry, heads, await known_doubts(own.stores, heads))
    stands = await own.stores.views.columns_stand(entry.id)
    return PrivateEntry(**dict(proof) | {"stands": stands})


@operation(Operation("Export a thread, a batch or all, with proofs", media="application/zip"))
async def get_export(request: web.Request, query: ExportQuery) -> web.StreamResponse:
    """Stream a bundle that can be verified without the node."""
    reader = await visitor(request)
    async with services(request).acts.export(query.scope, reader.key) as bundle:
        headers = {
            "Content-Type": "application/zip",
            "Content-Length": str(bundle.length),
            "Content-Disposition": f'attachment; filename="{bundle.name}.zip"',
            "Cache-Control": "no-store",
        }
        if bundle.damaged:
            headers[DAMAGED] = ", ".join(bundle.damaged)
        await record_reading(request, query.scope)
        return await _stream(request, headers, bundle.chunks)


@operation(Operation("Upload a file's bytes", upload=True))
async def post_file(request: web.Request) -> StoredFile:
    """Store a raw body."""
    reader, own = await visitor(request), services(request)
    quotas, places = request.app[QUOTAS], own.desk.scanner.arriving
    # Each holds a file in memory until its bytes are stored.
    async with quotas.arriving(places, reader), quotas.upload(own, reader, request) as sent:
        chunks = await _looked_through(request, sent)
        # `multipart()` and `read()` either ignore limits or hold all in memory: the store counts.
        file = await own.stores.files.put(
            chunks, max_bytes=own.limits.file_bytes, type_=request.content_type
        )
        await own.desk.uploads.add(reader.key, file.sha256, file.length, own.node.clock.now())
    check = await own.desk.scanner.check_upload(file.sha256, file.length)
    if check.state == "found":
        # The bytes stay, in quarantine; nobody attaches them.
        await own.desk.scanner.refuse_unusable([file.sha256])
    return StoredFile(sha256=file.sha256, len=file.length, check=check.state)


async def _looked_through(request: web.Request, sent: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Return an upload's bytes once nothing in them refuses it; till then they are stored nowhere.

    Raises:
        RuleBroken: As `refuse_marked_file`.
        Unavailable: `reader-busy`.
    """
    begun = bytearray()
    async for chunk in sent:
        begun += chunk
        if len(begun) > MOST_READ:
            return _chained(bytes(begun), sent)
    t, name = catalogue(language(request)), unquote(request.headers.get(FILE_NAME, ""))
    refuse_marked([name])
    found = await services(request).desk.scanner.look_before_crossing(bytes(begun))
    refuse_marked_file(found, name[:MAX_FILE_NAME], lambda at, n: file_place(t, at, n))
    return _chained(bytes(begun), sent)


async def _chained(begun: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun
    async for chunk in rest:
        yield chunk


@operation(Operation("Download a file's bytes", media="application/octet-stream"))
async def get_file(request: web.Request) -> web.StreamResponse:
    """Stream a file, always as a download: its type is not trusted."""
    await visitor(request)
    own, digest = services(request), request.match_info["sha256"]
    state = await own.stores.files.state(digest)
    if state is None:
        raise NotFound("file-missing", "The file is not here.")
    await own.desk.scanner.refuse_unusable([digest])
    await record_reading(request)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(state.length),
        "Content-Disposition": f'attachment; filename="{digest}"',
        # Not kept by the browser: a later find closes the file.
        "Cache-Control": "no-store",
    }
    return await _stream(request, headers, own.stores.files.get(digest))


async def _erasing(request: web.Request) -> Services:
    """Return the services for a reader who may order an erasure in the private log.

    Raises:
        NotAllowed: `role-access`.
    """
    await visitor(request, *MAY_SIGN["private.erased"])
    return services(request)


async def _stream(
    request: web.Request, headers: Mapping[str, str], chunks: AsyncIterator[bytes]
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/heads", get_heads),
    ("GET", "/api/status", get_status),
    ("POST", "/api/alerts/test", post_test),
    ("POST", "/api/private/entries", post_private_entries),
    ("GET", "/api/private/entries/{which}", get_private_entry),
    ("POST", "/api/private/search", post_private_search),
    ("GET", "/api/export", get_export),
    ("POST", "/api/files", post_file),
    ("GET", "/api/files/{sha256}", get_file),
)
