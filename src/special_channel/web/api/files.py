"""Attachments: streamed in and out, counted and hashed on the way.

Does not trust a type: files are always served as downloads.
"""

from __future__ import annotations

from aiohttp import web

from special_channel.core.bytes.errors import NotFound
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.quotas import QUOTAS
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor


class StoredFile(Body):
    """A file's digest and length in bytes."""

    sha256: str
    len: int


@operation(Operation("Upload a file's bytes", response=StoredFile, upload=True))
async def post_file(request: web.Request) -> StoredFile:
    """Store a raw body."""
    who = await visitor(request)
    own = services(request)
    async with request.app[QUOTAS].upload(own, who, request) as chunks:
        # `multipart()` and `read()` either ignore limits or hold all in memory: the store counts.
        stored = await own.files.put(
            chunks, max_bytes=own.limits.file_bytes, type_=request.content_type
        )
        await own.uploads.add(who.key, stored.sha256, stored.length, own.clock.now())
    return StoredFile(sha256=stored.sha256, len=stored.length)


@operation(Operation("Download a file's bytes", media="application/octet-stream"))
async def get_file(request: web.Request) -> web.StreamResponse:
    """Stream a file."""
    await visitor(request)
    own = services(request)
    digest = request.match_info["sha256"]
    state = await own.files.state(digest)
    if state is None:
        raise NotFound("file-missing", "The file is not here.")
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Length": str(state.length),
            "Content-Disposition": f'attachment; filename="{digest}"',
            "Cache-Control": "private, max-age=31536000, immutable",
        }
    )
    await response.prepare(request)
    async for chunk in own.files.get(digest):
        await response.write(chunk)
    await response.write_eof()
    return response
