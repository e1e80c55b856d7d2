"""The audit export over HTTP. Does not build bundles: `export/` does.

The header `Special-Channel-Damaged` has the numbers of entries that are damaged in our database and
that the bundle leaves out, parted by a comma and a blank; it is absent where nothing is damaged.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.web.http.operation import Operation, operation
from special_channel.web.http.services import services
from special_channel.web.http.sessions import visitor

DAMAGED: Final = "Special-Channel-Damaged"


@operation(
    Operation(
        "Export a thread, a batch or all, with proofs", media="application/zip", query=("scope",)
    )
)
async def get_export(request: web.Request) -> web.StreamResponse:
    """Stream a bundle that an overseer checks alone."""
    who = await visitor(request)
    own = services(request)
    async with own.export(request.query.get("scope", "all"), who.key) as bundle:
        named = {DAMAGED: ", ".join(bundle.damaged)} if bundle.damaged else {}
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/zip",
                "Content-Length": str(bundle.length),
                "Content-Disposition": f'attachment; filename="{bundle.name}.zip"',
                "Cache-Control": "no-store",
                **named,
            }
        )
        await response.prepare(request)
        async for chunk in bundle.chunks():
            await response.write(chunk)
        await response.write_eof()
    return response
