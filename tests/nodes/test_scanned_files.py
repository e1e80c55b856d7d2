"""A file that one side's scanner refuses: closed there, unchanged on the other, nothing told."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.writing import file_part, part_refs, sign, text_part
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.api import Api, Reply, sent
from tests.nodes.searching import found
from tests.nodes.whole import assert_equal
from tests.scanners.servers import EICAR, Running, clamd, icap, zipped

pytestmark = pytest.mark.asyncio

CROSSES = "WORDS that are meant to cross"
STAYS = ("Eicar-Test-Signature", "quarantined", "file-found", "files.scanned", "ClamAV")
DOCX = zipped(word__document_xml=b"<w:document/>", word__embeddings__one_bin=EICAR)


async def posted(made: Channel, party: Party, api: Api, data: bytes, digest: str) -> Reply:
    """Post a note with an uploaded file."""
    desk = made.officials[party, "desk", 1]
    thread = await made.open_thread(party)
    parts = (
        text_part("text", os.urandom(32), CROSSES),
        file_part(os.urandom(32), "列表 list.docx", "application/zip", len(data), digest),
    )
    stated: dict[str, Any] = {"thread": thread, "body": {}, "lang": "en"}
    stated["parts"] = part_refs(parts)
    payload = await made.payload(party, desk.key, "note.posted", **stated)
    once = sign(payload, [desk.signer], parts)
    return await api.call("POST", "/api/entries", {"entries": [sent(once)]})


async def signed_in(made: Channel, http: aiohttp.ClientSession, party: Party) -> Api:
    api = Api(http, made.settings(party).node.url)
    return await api.sign_in(made.officials[party, "desk", 1].signer)


def scanning(first: Running, second: Running) -> dict[str, Any]:
    return {
        "first": {"kind": "clamd", "address": first.address},
        "second": {"kind": "icap", "address": second.address},
    }


@dataclass
class Sides:
    """The side with scanners, and the other without, each with a signed-in official."""

    made: Channel
    party: Party
    own: Api
    other: Api


@pytest_asyncio.fixture(params=["eu", "cn"])
async def sides(request: pytest.FixtureRequest) -> AsyncIterator[Sides]:
    party: Party = request.param
    with servers.open_folder() as folder:
        async with (
            clamd() as first,
            icap() as second,
            channel(folder, proxied=True) as made,
            aiohttp.ClientSession() as http,
        ):
            await made.stop(party)
            await made.start(party, scanners=scanning(first, second))
            own, other = [await signed_in(made, http, each) for each in (party, peer_of(party))]
            yield Sides(made, party, own, other)


async def received(sides: Sides) -> tuple[str, str]:
    """Let the other side, without a scanner, send a find; return its entry and digest."""
    upload = await sides.other.call("POST", "/api/files", data=DOCX)
    digest = upload.document["sha256"]
    assert upload.document["check"] == "unscanned"
    reply = await posted(sides.made, peer_of(sides.party), sides.other, DOCX, digest)
    assert reply.status == 200, reply.body
    await sides.made.caught_up()

    async def quarantined() -> bool:
        answer = await sides.own.call("GET", f"/api/files/{digest}")
        return answer.status == 403 and answer.code == "file-quarantined"

    await sides.made.until(quarantined, sides.party)
    return reply.document["receipts"][0]["position"], digest


async def test_find_stays_at_home_and_proofs_stay_whole(sides: Sides) -> None:
    made, party, own = sides.made, sides.party, sides.own
    number, digest = await received(sides)

    async def alarmed() -> bool:
        return "file-found" in made.nodes[party].core.alarms.codes()

    await made.until(alarmed, party)
    assert (await sides.other.call("GET", f"/api/files/{digest}")).body == DOCX
    assert not made.nodes[peer_of(party)].core.alarms.codes()
    assert (await own.call("GET", f"/api/entries/{number}")).status == 200
    await assert_equal(made)
    # An export leaves the file out and says why.
    export = (await own.call("GET", "/api/export")).body
    assert found(["quarantined"], export) == {"quarantined"}
    assert f"data/files/{digest}".encode() not in export

    # Its own find is refused at the upload, and again if somebody signs it nevertheless.
    refused = await own.call("POST", "/api/files", data=EICAR)
    assert (refused.status, refused.code) == (403, "file-quarantined")
    reply = await posted(made, party, own, EICAR, sha256(EICAR).hexdigest())
    assert (reply.status, reply.code) == (403, "file-quarantined")
    clean = await own.call("POST", "/api/files", data=b"harmless")
    assert clean.document["check"] == "clean"
    reply = await posted(made, party, own, b"harmless", clean.document["sha256"])
    assert reply.status == 200, reply.body
    await made.caught_up()

    everything = b"\n".join(
        bytes(way)
        for line in made.lines.values()
        for one in line.lines
        for way in (one.sent, one.received)
    )
    assert found([CROSSES, *STAYS], everything) == {CROSSES}
    kinds = [e.kind for e in await made.nodes[party].core.record.entries("private", 0, 99)]
    assert "files.scanned" in kinds
