"""A running node deletes old uploads without an entry or draft."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.nodes.desk import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_node_deletes_old_uploads_but_no_drafts_files(desk: Desk) -> None:
    core = desk.channel.nodes["eu"].core
    digests = {}
    for name in ("nothing", "draft", "young"):
        reply = await desk.api.call("POST", "/api/files", data=f"named by {name}".encode())
        digests[name] = reply.document["sha256"]
    named = json.dumps({"name": "a.txt", "type": "", "len": 1, "sha256": digests["draft"]})
    saved = await desk.api.call("PUT", "/api/drafts/meeting", {"fields": {"files": [named]}})
    assert saved.status == 200
    await core.record.pool.execute(
        "UPDATE record.uploads AS u SET begun = now() - interval '8 days' FROM record.files AS f"
        " WHERE f.upload = u.upload AND f.sha256 = ANY ($1::text[])",
        [digests["nothing"], digests["draft"]],
    )
    # The part that raises alerts sweeps as well, from its start on.
    await desk.channel.stop("eu")
    await desk.channel.start("eu", ("web", "escalate"))

    async def status(name: str) -> int:
        return (await desk.api.call("GET", f"/api/files/{digests[name]}")).status

    async with asyncio.timeout(60):
        while await status("nothing") != 404:
            pass
    assert {name: await status(name) for name in digests} == {
        "nothing": 404, "draft": 200, "young": 200
    }  # fmt: skip
