"""Lists written to a file, and a search beyond one answer of the node."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import click
import pytest
from aiohttp import web

from special_channel.cli.keys import show
from special_channel.cli.printing import READER
from special_channel.cli.searching import search
from special_channel.cli.tables import Table, text
from special_channel.core.bytes.errors import Malformed
from special_channel.messages.catalogue import Lang
from special_channel.web.shared.file_formats import PAGE_OF
from tests.cli.test_client import Door, serving
from tests.cli.test_tables import call_of
from tests.cli.tree import leaves, unwrap

ALL = {"q": "magnet", "limit": 60}


async def test_search_reads_on_until_the_limit_is_reached(capsys):
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        first = int(request.query.get("after", "0"))
        size = min(25, int(request.query["limit"]))
        items = [{"number": f"EU-{each}"} for each in range(first, first + size)]
        # The last answer has no mark, as the node writes it.
        mark = {"after": str(first + size)} if first + size < held else {}
        return web.json_response({"items": items[: held - first], **mark})

    held = 100
    async with serving(Door(), ("GET", "/api/search", answer)) as node:
        await search_rows(node)
    numbers = [json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()]
    assert numbers == [f"EU-{each}" for each in range(60)]
    assert [(each.get("after"), each["limit"]) for each in asked] == [
        (None, "60"), ("25", "35"), ("50", "10")
    ]  # fmt: skip
    held = 30
    async with serving(Door(), ("GET", "/api/search", answer)) as node:
        await search_rows(node)
    assert len(capsys.readouterr().out.splitlines()) == 30


async def search_rows(node: Any) -> None:
    await unwrap(search)(call_of(node, as_json=True), **ALL)


async def test_list_is_written_whole_in_the_format_of_the_name(tmp_path, capsys):
    asked: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(dict(request.query))
        return web.Response(body=b"rows")

    table = Table(path="/api/threads", help="", columns=(text("number"),))
    async with serving(Door(), ("GET", "/api/threads", answer)) as node:
        call = call_of(node, as_json=True)
        await table.show(call, show="all", out=tmp_path / "threads.csv")
        assert json.loads(capsys.readouterr().out)["bytes"] == 4
        assert (tmp_path / "threads.csv").read_bytes() == b"rows"
        for name, code in (("threads.csv", "file-exists"), ("threads.pdf", "list-file-ending")):
            with pytest.raises(Malformed, match=code):
                await table.show(call, out=tmp_path / name)
    assert asked == [{"show": "all", "format": "csv", "lang": "en"}]


NEED_OUT: Final[tuple[tuple[Lang, str], ...]] = (
    ("en", "--span, --kind and --sort need --out."),
    ("zh-CN", "--span、--kind和--sort须与--out一并使用。"),
)


@pytest.mark.parametrize(("lang", "told"), NEED_OUT)
@pytest.mark.parametrize(
    "given", [{"span": "doubtful"}, {"sort": "oldest"}, {"kind": "key.suspended"}]
)
async def test_span_and_order_of_a_key_need_a_file(lang, told, given):
    query = {"span": None, "sort": None} | given
    reader = READER.set(lang)
    try:
        async with serving(Door()) as node:
            with pytest.raises(click.UsageError, match=re.escape(told)):
                await unwrap(show)(call_of(node, as_json=True), key="k", out=None, **query)
    finally:
        READER.reset(reader)


def test_every_list_with_a_file_has_a_command_that_writes_it():
    filed = {
        name
        for name, command in leaves().items()
        if any("rows that match" in (getattr(each, "help", "") or "") for each in command.params)
    }
    assert len(filed) == len(PAGE_OF)
    assert {"thread list", "work", "access list", "search", "numbers", "key show"} <= filed
