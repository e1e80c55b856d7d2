"""Serve the peer's node: `/link/v1`, a separate aiohttp application.

Every request must be signed by a link key of the peer; other clients get no data. Responses are
not signed: checkpoint signatures, roots and commitments prove leaves, notes, envelopes and parts,
and readers do not trust unproven values (sizes, states). Does not read the private log, the desk
or files without a shared entry.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import orjson
from aiohttp import web

from special_channel.core.bytes.errors import (
    BadSignature,
    ChannelError,
    Malformed,
    NotAllowed,
    NotFound,
    RuleBroken,
    Unavailable,
)
from special_channel.core.bytes.ids import Party
from special_channel.core.log.checkpoint import parse
from special_channel.core.rows.charter import SUPPORTED_RULES
from special_channel.link import pages, signing
from special_channel.link.commits import read_commits
from special_channel.link.deps import LinkDeps
from special_channel.link.replay import ReplayWindow
from special_channel.link.status import LinkStatus
from special_channel.link.trust import link_key
from special_channel.ports import LogName, Published

_LONGEST_STANDSTILL: Final = 366 * 86_400

MAX_BODY_BYTES: Final = 128 * 1024
BODY_SECONDS: Final = 30.0
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,15}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_RANGE: Final = re.compile(r"bytes=([0-9]{1,15})-")

_STATUS: Final[tuple[tuple[type[ChannelError], int], ...]] = (
    (BadSignature, 401),
    (Malformed, 400),
    (NotAllowed, 403),
    (NotFound, 404),
    (RuleBroken, 409),
    (Unavailable, 503),
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SendingGuard:
    """Writes the rollback guard before one of our checkpoints is sent (rule 20).

    Appends write the guard, too. This class covers a process killed between commit and guard, and
    pages served by a process without the appender. Does not compare the database with the guard:
    the appender does at its next session.
    """

    def __init__(self, published: Published) -> None:
        self._published = published
        self._sizes: dict[LogName, int] = {}
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="link-guard")

    async def leaving(self, log: LogName, size: int, root: bytes) -> None:
        """Return once the guard has durably stored at least this size."""
        if size <= self._sizes.get(log, 0):
            return
        async with self._turn:
            write_guard = partial(self._published.write, log, size, root)
            await asyncio.get_running_loop().run_in_executor(self._thread, write_guard)
            self._sizes[log] = max(size, self._sizes.get(log, 0))


class LinkService:
    """The service for the peer's node."""

    def __init__(
        self,
        deps: LinkDeps,
        status: LinkStatus,
        receive: Callable[[str], Awaitable[None]],
        ahead: Callable[[], None],
        cosigned: Callable[[int], Awaitable[str]],
    ) -> None:
        """Serve one node's link.

        Args:
            deps: Dependencies of the link.
            status: Is told what the peer states about its reminders and undelivered entries.
            receive: Receives the peer's cosignature on one of our checkpoints.
            ahead: Called if the peer stores more of our log than this node.
            cosigned: Returns our newest cosigned note of the peer's log if larger than a size,
                else an empty text.
        """
        self._node = deps.node
        self._record = deps.stores.record
        self._files = deps.stores.files
        self._stamp = deps.own_log.stamp
        self._guard = SendingGuard(deps.own_log.published)
        self._pinned = deps.peer.pinned
        self._window = ReplayWindow(deps.node.clock)
        self._hold_seconds = deps.exchange.hold_seconds
        self._status = status
        self._receive = receive
        self._ahead = ahead
        self._cosigned = cosigned
        self._identity = deps.node.identity
        self._own: Party = self._identity.party
        self._peer: Party = self._identity.peer
        self._stopping = False
        self._origins = {self._identity.origin(log): log for log in (self._own, self._peer)}

    def app(self) -> web.Application:
        """Return the application, to be mounted at `pages.PREFIX`."""
        app = web.Application(
            middlewares=[self.problems, self.authenticated], client_max_size=MAX_BODY_BYTES
        )
        app.add_routes(
            [
                web.get("/log", self.log),
                web.get("/wait", self.wait),
                web.get("/head", self.head),
                web.post("/cosignature", self.cosignature),
                web.get("/file/{sha256}", self.file),
            ]
        )
        app.on_shutdown.append(self.stopping)
        return app

    @web.middleware
    async def problems(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn errors into problem documents; count malformed requests."""
        error: ChannelError
        try:
            return await handler(request)
        except ChannelError as refusal:
            error = refusal
        except web.HTTPRequestEntityTooLarge:
            error = Malformed("link-message-malformed", "The body is too large.")
        except web.HTTPException as refusal:
            error = NotFound("link-no-such-path", refusal.reason)
        if isinstance(error, Malformed | BadSignature):
            self._node.unreadable()
        return _problem(error)

    @web.middleware
    async def authenticated(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Verify signature, time and nonce before the body is read; then its digest."""
        claimed = signing.read(request.headers)
        self._window.check_time(claimed.created)
        key = await link_key(self._record, self._pinned, claimed.key)
        outline = signing.Outline(
            method=request.method,
            target=request.raw_path,
            recipient=self._identity.origin(self._own),
        )
        signing.verify(claimed, outline, request.headers, key)
        self._window.admit(claimed.key, claimed.nonce, claimed.created)
        signing.check_content(request.headers, await _body(request))
        return await handler(request)

    async def log(self, request: web.Request) -> web.StreamResponse:
        """Return a page of our log, or of our mirror of the peer's log."""
        log = self._log_of(request)
        limit = min(_number(request, "limit", pages.PAGE_ENTRIES), pages.PAGE_ENTRIES)
        beyond = _number(request, "cosigned", 0) if "cosigned" in request.query else None
        first = _number(request, "from", 0)
        size = (await self._record.head(log)).size
        if beyond is not None:
            self._status.polled = beyond
        return _json(await self._page(log, first, max(limit, 1), size=size, cosigned=beyond))

    async def wait(self, request: web.Request) -> web.StreamResponse:
        """Return the next page once it has entries, or an empty page after `hold_seconds`."""
        size, cosigned = _number(request, "size", 0), _number(request, "cosigned", 0)
        self._status.polled = cosigned
        end = self._node.clock.monotonic() + self._hold_seconds
        while True:
            version = self._node.changes.version
            heads = await self._record.heads()
            own, peer = heads[self._own], heads[self._peer]
            if size > own.size:
                self._ahead()
            left = end - self._node.clock.monotonic()
            if self._stopping or own.size > size or peer.cosigned > cosigned or left <= 0:
                break
            await self._node.changes.after(version, left)
        news = cosigned if peer.cosigned > cosigned else None
        return _json(
            await self._page(self._own, size, pages.PAGE_ENTRIES, size=own.size, cosigned=news)
        )

    async def head(self, request: web.Request) -> web.StreamResponse:
        """Return a freshly stamped head, the state, and our notes on the peer's log."""
        if "ran" in request.query:  # signed, but no more than a claim: changes only a banner
            seconds = min(_number(request, "ran", 0), _LONGEST_STANDSTILL)
            self._status.reminders(seconds, self._node.clock.now())
        if "undelivered" in request.query:
            age = min(_number(request, "undelivered", 0), _LONGEST_STANDSTILL)
            self._status.undelivered(age, self._node.clock.now())
        note = await self._stamp()
        _, checkpoint = parse(note)
        await self._guard.leaving(self._own, checkpoint.size, checkpoint.root)
        eu, cn, digest = await self._record.state()
        reply = pages.HeadReply(
            v=1,
            head=note,
            state=pages.SentState(eu=eu, cn=cn, digest=digest, rules=max(SUPPORTED_RULES)),
            cosigned=await self._cosigned(0),
            stamped=await self._record.stamped(self._peer) or "",
        )
        return _json(pages.write(reply))

    async def cosignature(self, request: web.Request) -> web.StreamResponse:
        """Receive the peer's cosignature on one of our checkpoints."""
        sent = pages.read(pages.SentCosignature, await request.read())
        await self._receive(sent.note)
        return web.Response(status=204)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Stream an attachment, from the offset of a `Range` header if present."""
        sha256 = request.match_info["sha256"]
        length = await self._files.length(sha256) if _DIGEST.fullmatch(sha256) else None
        if length is None:
            raise NotFound("file-missing", "The file is not here.")
        range_ = _RANGE.fullmatch(request.headers.get("Range", ""))
        offset = min(int(range_[1]), length) if range_ else 0
        response = web.StreamResponse(status=206 if range_ else 200)
        response.content_type = "application/octet-stream"
        response.content_length = length - offset
        if range_:
            response.headers["Content-Range"] = f"bytes {offset}-{length - 1}/{length}"
        await response.prepare(request)
        skipped = 0
        async for chunk in self._files.get(sha256):
            fresh = chunk[max(offset - skipped, 0) :]
            skipped += len(chunk)
            if fresh:
                await response.write(fresh)
        await response.write_eof()
        return response

    async def stopping(self, _app: web.Application) -> None:
        """End waiting polls, so that the process can stop."""
        self._stopping = True
        self._node.changes.notify()

    def _log_of(self, request: web.Request) -> Party:
        log = self._origins.get(request.query.get("log", self._identity.origin(self._own)))
        if log is None:
            raise NotFound("link-log-unknown", "This node holds no such log.")
        return log

    async def _page(
        self, log: Party, first: int, limit: int, *, size: int, cosigned: int | None
    ) -> bytes:
        """Return a page of a log of this size; `cosigned`: with our newest note beyond it."""
        commits = await read_commits(self._record, log, first, limit)
        if log == self._own and commits:
            _, checkpoint = parse(commits[-1].note)
            await self._guard.leaving(log, checkpoint.size, checkpoint.root)
        note = "" if cosigned is None else await self._cosigned(cosigned)
        return pages.write_page(self._identity.origin(log), first, size, commits, cosigned=note)


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError:
        raise Malformed("link-message-malformed", "The body did not arrive in time.") from None


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text):
        raise Malformed("link-message-malformed", "This is not a size.", field=name)
    return int(text)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _problem(error: ChannelError) -> web.Response:
    """Return an error as a problem document (RFC 9457) with our code; the reader is a node."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    body = {
        "type": "about:blank",
        "status": status,
        "code": error.code,
        "detail": error.detail,
        "facts": error.facts,
    }
    return web.Response(
        status=status, body=orjson.dumps(body), content_type="application/problem+json"
    )
