"""P7: erased content is nowhere on the node, and the record still verifies.

Canaries are planted in each part that can go, and where the work on it leaves copies. Then the
database is searched value by value, and the node's folder byte by byte.
"""

from __future__ import annotations

import asyncio
import json
import os
import zipfile
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
import pytest
from redis.asyncio import Redis

from special_channel.broker.rebuild import rebuild_private
from special_channel.cli.app import run
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import Frontier, leaf_hash
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import data_part, file_part, part_refs, sign, text_part
from special_channel.launcher.postgres import SUPERUSER
from special_channel.ports import Head, Stored
from tests.channel import Channel
from tests.nodes.api import Api, Reply, sent
from tests.nodes.hands import Hands
from tests.nodes.searching import found
from tests.nodes.test_nothing_private_crosses import held

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAYS = "CANARY stays 4d11"
GOES = {
    "text": "CANARY 机密 paragraph 4d11",
    "name": "CANARY name 4d11.txt",
    "file": "CANARY bytes of the file 4d11",
}
CLEAN = Path(__file__).resolve().parents[2] / "docs/operating.md"


async def plant(made: Channel, api: Api) -> tuple[str, str]:
    """A note that was drafted, laid before a second official and cleared, with a file."""
    desk, second = made.officials["eu", "desk", 1], made.officials["eu", "head", 1]
    thread = await made.open_thread("eu")
    draft = {"fields": {"text": GOES["text"]}}
    for name in (thread, f"sign%20{thread}"):  # typed, and shown before it was signed
        assert (await api.call("PUT", f"/api/drafts/{name}", draft)).status == 200
    data = GOES["file"].encode()
    upload = await api.call("POST", "/api/files", data=data, Content_Type="text/plain")
    digest = upload.document["sha256"]
    parts = (
        text_part("text", os.urandom(32), STAYS),
        text_part("text", os.urandom(32), GOES["text"]),
        file_part(os.urandom(32), GOES["name"], "text/plain", len(data), digest),
    )
    stated = {"thread": thread, "body": {}, "lang": "en", "parts": part_refs(parts)}
    payload = await made.payload("eu", desk.key, "note.posted", **stated)
    once = sign(payload, [desk.signer], parts)
    assert (await api.call("POST", "/api/clearances", sent(once))).status == 200
    twice = sign(payload, [desk.signer, second.signer], parts)
    id_ = dsse.decode(once.envelope).id
    cleared = {"envelope": twice.envelope.decode()}
    releasing = await api.sign_in(second.signer)
    reply: Reply = await releasing.call("POST", f"/api/clearances/{id_}", cleared)
    assert reply.status == 200, reply.body
    return reply.document["receipts"][0]["position"], digest


async def swept(made: Channel, party: Party, statements: Sequence[str]) -> None:
    """Run what docs/operating.md tells the operator to run as the database's owner."""
    embedded = made.nodes[party].core.engines.embedded
    assert embedded is not None
    connection = await asyncpg.connect(embedded.postgres.dsn(SUPERUSER))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


RECYCLED: Final = ("ANALYZE", "SELECT pg_switch_wal()", "CHECKPOINT")
"""As a database that runs for a while does: the planner keeps samples of texts, and a full file of
the log is kept for later use, with what it holds."""


def advised() -> list[str]:
    """The statements of the operator's page."""
    page = CLEAN.read_text("utf-8")
    block = page.split("```sql\n", 1)[1].split("```", 1)[0]
    return [line.rstrip(";") for line in block.splitlines() if line and not line.startswith("--")]


def on_disk(folder: Path, canaries: Iterable[str]) -> set[tuple[str, str]]:
    """Files of a node's folder with the canaries found in each."""
    wanted = {text.encode(): text for text in canaries}
    return {
        (str(file.relative_to(folder)), text)
        for file in folder.rglob("*")
        if file.is_file()
        for data in (file.read_bytes(),)
        for form, text in wanted.items()
        if form in data
    }


async def text_stored(made: Channel, party: Party) -> bool:
    """Tell whether the text of a file is stored for search."""
    pool = made.nodes[party].core.record.pool
    return bool(await pool.fetchval("SELECT count(*) FROM private.file_texts"))


async def swept_until_gone(made: Channel, party: Party, canaries: Collection[str]) -> None:
    """Run the operator's statements until no file has a canary; docs/operating.md says when twice.

    A transaction of the node that is open meanwhile still sees the old rows, so that PostgreSQL
    copies them.
    """
    for _ in range(5):
        await swept(made, party, advised())
        left = on_disk(made.folder / party, canaries)
        if not left:
            return
    assert left == set()


async def test_what_was_erased_is_nowhere_and_everything_verifies(
    two_nodes: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    made = two_nodes
    async with aiohttp.ClientSession() as http:
        hands = {}
        for party in PARTIES:
            api = Api(http, made.settings(party).node.url)
            desk = made.officials[party, "desk", 1].signer
            hands[party] = Hands(made, party, capsys, await api.sign_in(desk))
        note, digest = await plant(made, hands["eu"].api)
        await made.caught_up()

        async def arrived() -> bool:
            return (await hands["cn"].api.call("GET", f"/api/files/{digest}")).status == 200

        await made.until(arrived, "cn")
        for party in PARTIES:
            await made.until(partial(text_stored, made, party), party)
            await swept(made, party, RECYCLED)
            assert found(GOES.values(), await held(made, party)) == set(GOES.values())
        await shown(hands["eu"], note)
        await refused(hands["eu"], note)
        for party, part in (("eu", "1"), ("eu", "2"), ("cn", "1"), ("cn", "2")):
            await ordered(hands[party], note, part)
            await made.caught_up()
            if (party, part) == ("eu", "2"):
                assert found(GOES.values(), await held(made, "eu")) == set()
                assert found(GOES.values(), await held(made, "cn")) == set(GOES.values())
        for party in PARTIES:
            assert found([STAYS], await held(made, party)) == {STAYS}
            assert found(GOES.values(), await held(made, party)) == set()
            assert (await hands[party].api.call("GET", f"/api/files/{digest}")).status == 404
            await swept_until_gone(made, party, GOES.values())
            await exported(hands[party])


async def shown(hand: Hands, note: str) -> None:
    code, out, _ = await hand.type("erase", note, "--json")
    parts = [json.loads(line) for line in out.splitlines()]
    assert (code, [(each["part"], each["kind"], each["state"]) for each in parts]) == (
        0,
        [(0, "text", "here"), (1, "text", "here"), (2, "file", "here")],
    )
    code, out, _ = await hand.type("erase", note, lang="zh-CN")
    assert "序号" in out
    assert "正文" in out


async def refused(hand: Hands, note: str) -> None:
    """A number without a part erases nothing."""
    size = (await hand.made.nodes[hand.party].core.record.head(hand.party)).size
    code, _, err = await hand.type("erase", note, "--part", "3", "--reason", "Order 7/2026")
    assert (code, err.split(":")[0]) == (3, "erase-part")
    for lang, words in (("en", "must state the order"), ("zh-CN", "写明所依据的决定")):
        code, _, err = await hand.type("erase", note, "--part", "0", lang=lang)
        assert (code, err.split(":")[0]) == (3, "erase-order")
        assert words in err
    assert (await hand.made.nodes[hand.party].core.record.head(hand.party)).size == size


async def ordered(hand: Hands, note: str, part: str) -> None:
    words = ("erase", note, "--part", part, "--reason", "Order 7/2026", "--json")
    code, out, _ = await hand.type(*words)
    told: dict[str, Any] = json.loads(out)
    assert (code, told["entry"], told["parts"]) == (0, note, [int(part)])
    [entry] = await hand.made.nodes[hand.party].core.record.entries(
        "eu", int(note.removeprefix("EU-")), 1
    )
    assert entry.parts[int(part)] is None
    listed = await hand.told("erase", note)
    assert (listed[int(part)]["state"], listed[int(part)]["order"]) == ("erased", told["position"])


async def exported(hand: Hands) -> None:
    """The bundle holds nothing of it either, and is authentic but for the declared gaps."""
    bundle, trust = hand.made.folder / f"{hand.party}.zip", hand.made.folder / "trust.json"
    code, _, _ = await hand.type("export", "--all", "--out", str(bundle))
    assert code == 0
    hand.out.readouterr()
    code = await asyncio.to_thread(run, ["verify", str(bundle), "--trust", str(trust), "--json"])
    report = json.loads(hand.out.readouterr().out)
    assert (code, report["verdict"]) == (0, "authentic-with-declared-gaps")
    assert {each["code"] for each in report["findings"]} == {"part-erased"}
    with zipfile.ZipFile(bundle) as held_in:
        data = b"\n".join(held_in.read(name) for name in held_in.namelist())
    assert STAYS.encode() in data
    assert found(GOES.values(), data) == set()
    bundle.unlink()


# The private log ------------------------------------------------------------------------

KEPT = "CANARY kept 7c02"
OWN = {
    "internal": "CANARY 内部 note 7c02",
    "name": "CANARY own name 7c02.txt",
    "file": "CANARY bytes of the own file 7c02",
    "draft": "CANARY draft that was sent back 7c02",
    "remark": 'CANARY "remark" 7c02',
    "column": "CANARY 虚构 company 7c02",
}
"""What each private kind with parts holds, and what the desk keeps beside it."""

VIEWS = "SELECT list, idx, number, columns FROM private.kept_rows ORDER BY list, number"


async def plant_privately(hand: Hands) -> dict[str, list[str]]:
    """Write an entry of each private kind with text; return their numbers by kind."""
    made, api, thread = hand.made, hand.api, await hand.made.open_thread("eu")
    data = OWN["file"].encode()
    upload = await api.call("POST", "/api/files", data=data, Content_Type="text/plain")
    note = (
        text_part("text", os.urandom(32), STAYS),
        text_part("text", os.urandom(32), OWN["internal"]),
        file_part(os.urandom(32), OWN["name"], "text/plain", len(data), upload.document["sha256"]),
    )
    written = {"thread": thread, "body": {}, "lang": "en"}
    found = {"note.internal": [await written_privately(hand, "note.internal", note, written)]}
    draft = (text_part("text", os.urandom(32), OWN["draft"]),)
    desk = made.officials["eu", "desk", 1]
    payload = await made.payload("eu", desk.key, "note.posted", **written, parts=part_refs(draft))
    laid = sign(payload, [desk.signer], draft)
    assert (await api.call("POST", "/api/clearances", sent(laid))).status == 200
    remark, id_ = (text_part("text", os.urandom(32), OWN["remark"]),), dsse.decode(laid.envelope).id
    found["draft.returned"] = [
        await written_privately(
            hand, "draft.returned", remark, {"body": {"id": id_}, "lang": "en"},
            f"/api/clearances/{id_}/return",
        )
    ]  # fmt: skip
    again = {"fields": {"text": OWN["draft"] + " and more"}}
    assert (await api.call("PUT", f"/api/drafts/{thread}", again)).status == 200
    shown = {"fields": {"draft": OWN["column"]}, "version": None}
    assert (await api.call("PUT", "/api/drafts/sign%20batch.listed", shown)).status == 200
    rows = [
        {"row": place, "number": f"A-{place}", "columns": {"eu_company": said}}
        for place, said in ((1, OWN["column"]), (2, KEPT))
    ]
    for _ in ("imported", "amended"):
        columns = (data_part(os.urandom(32), "columns", {"rows": rows}),)
        number = await written_privately(
            hand, "columns.kept", columns, {"body": {"list": "W47", "rows": 2}}
        )
        found.setdefault("columns.kept", []).append(number)
    return found


async def written_privately(
    hand: Hands,
    kind: str,
    parts: tuple[bytes, ...],
    fields: dict[str, Any],
    path: str = "/api/private/entries",
) -> str:
    """Sign into the private log over the API; return the entry's number."""
    desk = hand.made.officials["eu", "desk", 1]
    origin = hand.made.nodes["eu"].core.identity.private_origin
    payload = await hand.made.payload("eu", desk.key, kind, **fields, parts=part_refs(parts))
    signed = sent(sign(payload | {"log": origin}, [desk.signer], parts))
    document = {"entries": [signed]} if path == "/api/private/entries" else signed
    reply = await hand.api.call("POST", path, document)
    assert reply.status == 200, reply.body
    return str(reply.document["receipts"][0]["position"])


async def test_what_was_erased_of_the_private_log_is_nowhere_and_it_verifies(
    two_nodes: Channel, capsys: pytest.CaptureFixture[str]
) -> None:
    made = two_nodes
    record = made.nodes["eu"].core.record
    async with aiohttp.ClientSession() as http:
        api = Api(http, made.settings("eu").node.url)
        desk = made.officials["eu", "desk", 1].signer
        hand = Hands(made, "eu", capsys, await api.sign_in(desk))
        numbers = await plant_privately(hand)
        assert {entry.kind for entry in await private_log(made) if entry.parts} == numbers.keys()
        await swept(made, "eu", RECYCLED)
        assert found(OWN.values(), await held(made, "eu")) == set(OWN.values())
        await found_by_words(hand, numbers)
        await not_by_the_desk(hand, numbers["note.internal"][0])
        first, last = numbers["columns.kept"]
        await not_over_newer_columns(hand, first)
        erasing = (
            (numbers["note.internal"][0], "--part", "1", "--part", "2"),
            (numbers["draft.returned"][0], "--part", "0"),
            (first, "--row", "1"),
            (last, "--row", "1"),
        )
        for number, *typed in erasing:
            await ordered_privately(hand, number, *typed)
        await made.caught_up()
        for party in PARTIES:
            assert found(OWN.values(), await held(made, party)) == set()
        assert found([KEPT], await held(made, "cn")) == set()
        kept = await record.pool.fetch(VIEWS)
        assert [(row["number"], json.loads(str(row["columns"]))["eu_company"]) for row in kept] == [
            ("A-2", KEPT)
        ]
        async with record.begin() as transaction:
            await rebuild_private(record, transaction)
        assert await record.pool.fetch(VIEWS) == kept
        proven(await private_log(made), await record.head("private"))
        await swept_until_gone(made, "eu", OWN.values())
        assert found(OWN.values(), await in_redis(made)) == set()
        assert found([STAYS, KEPT], await held(made, "eu")) == {STAYS, KEPT}


async def ordered_privately(hand: Hands, number: str, *typed: str) -> None:
    """Order an erasure; the erased parts name the order."""
    [told] = await hand.told("erase", number, *typed, "--reason", "Order 8/2026")
    assert told["entry"] == number
    gone = {each["order"] for each in await hand.told("erase", number)} - {""}
    assert gone == {told["position"]}


async def private_log(made: Channel) -> Sequence[Stored]:
    return await made.nodes["eu"].core.record.entries("private", 0, 500)


async def found_by_words(hand: Hands, numbers: dict[str, list[str]]) -> None:
    """Each copy of content named by an order is found by its text and reported by number."""
    told = {
        "internal": numbers["note.internal"],
        "remark": numbers["draft.returned"],
        "column": numbers["columns.kept"],
    }
    for name, expected in told.items():
        code, out, _ = await hand.type("erase", "--holding", OWN[name], "--json")
        found_here = [json.loads(line)["position"] for line in out.splitlines()]
        assert (code, sorted(found_here)) == (0, sorted(expected))
    code, out, _ = await hand.type("erase", lang="zh-CN")
    assert code == 0
    for word in ("内部函件", "我方留存列", "退回起草人", "W47", "EU-"):
        assert word in out
    code, out, _ = await hand.type("erase", numbers["columns.kept"][0], "--json")
    assert [json.loads(line)["state"] for line in out.splitlines()] == ["here"]
    for typed in (("--part", "7"), ("--row", "9")):
        words = ("erase", numbers["columns.kept"][0], *typed, "--reason", "Order 8/2026")
        code, _, err = await hand.type(*words)
        assert (code, err.split(":")[0]) == (
            3,
            {"--part": "erase-part"}.get(typed[0], "erase-rows"),
        )


async def not_over_newer_columns(hand: Hands, first: str) -> None:
    """A copy stored with an erasure never replaces a newer copy."""
    head = hand.made.officials["eu", "head", 1].signer
    core = hand.made.nodes["eu"].core
    origin = core.identity.private_origin
    older = (await private_log(hand.made))[int(first.removeprefix("PRIVATE-"))].id
    part = (data_part(os.urandom(32), "columns", {"rows": [{"row": 2, "number": "A-2"}]}),)
    size = (await core.record.head("private")).size
    stated = (
        ("columns.kept", {"body": {"list": "W47", "rows": 1}, "parts": part_refs(part)}, part),
        ("private.erased", {"ref": older, "body": {"parts": [0], "basis": "order"}}, ()),
    )
    both = [
        sign(await hand.made.payload("eu", head.key, kind, **said) | {"log": origin}, [head], parts)
        for kind, said, parts in stated
    ]
    reply = await hand.api.send(*both, path="/api/private/entries")
    assert (reply.status, reply.code) == (409, "columns-newer")
    assert (await core.record.head("private")).size == size


async def not_by_the_desk(hand: Hands, number: str) -> None:
    """Who may not order an erasure can't look through the private log either."""
    asked = [
        await hand.api.call("POST", "/api/private/search", {"words": "CANARY"}),
        await hand.api.call("GET", f"/api/private/entries/{number}"),
    ]
    assert [(reply.status, reply.code) for reply in asked] == [(403, "role-access")] * 2


def proven(entries: Sequence[Stored], head: Head) -> None:
    """All leaves give the signed root, and each commits to its envelope and the stored parts."""
    frontier, _ = Frontier.EMPTY.append([leaf_hash(entry.leaf) for entry in entries])
    assert (frontier.size, frontier.root()) == (head.size, head.frontier.root())
    for entry in entries:
        assert Leaf.parse(entry.leaf).envelope_digest == sha256(entry.envelope).hexdigest()
        read(Submission(entry.envelope, entry.parts), whole=False)


async def in_redis(made: Channel) -> bytes:
    """Every key of the node's Redis with its value."""
    embedded = made.nodes["eu"].core.engines.embedded
    assert embedded is not None
    async with Redis.from_url(embedded.redis.url) as redis:
        keys = [key async for key in redis.scan_iter()]
        values = [await redis.dump(key) for key in keys]
    return b"\n".join([*keys, *filter(None, values)])
