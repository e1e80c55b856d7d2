"""The audit export over HTTP. Does not build bundles: `export/` does."""

from __future__ import annotations

from aiohttp import web

from special_channel.web.access import visitor
from special_channel.web.operation import Operation, operation
from special_channel.web.services import services


@operation(
    Operation(
        "Export a thread, a batch or all, with proofs", media="application/zip", query=("scope",)
    )
)
async def get_export(request: web.Request) -> web.Response:
    """Return a bundle that an overseer checks alone."""
    who = await visitor(request)
    own = services(request)
    scope = request.query.get("scope", "all")
    data, name = await own.export(scope, who.key)
    return web.Response(
        body=data,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.zip"',
            "Cache-Control": "no-store",
        },
    )
