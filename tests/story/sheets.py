"""A short weekly list and its return sheet, laid before a second official over the API.

Goes the way of `sample/loading.py`: a desk's own key file signs, another's clears if asked to.
"""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from special_channel.cli.client import Node
from special_channel.cli.official import Signing
from special_channel.core.audit import trust
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import Role
from special_channel.core.rows.submission import Submission
from special_channel.desk import lists, payloads, returns
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import Sheet
from tests.channel import Channel
from tests.permits import LICENCE, licence_body, line, list_row
from tests.reasons import ANY_FINDING

SAMPLE = Path(__file__).resolve().parents[2] / "config" / "sample"


class Sheets:
    """A week's list: `rows` lines of the sample, starting after `skip`."""

    def __init__(self, made: Channel, number: str, *, skip: int = 0, rows: int = 12) -> None:
        self._made = made
        self.number = number
        self._lines = slice(1 + skip, 1 + skip + rows)
        self.batch: EntryId = ""

    async def lay_list(self) -> EntryId:
        """Sign the list and queue it for release; store the private columns."""
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "eu")
            _, charter = await desk.charter()
            sheet = lists.weekly_list(self.file("list-eu.csv"), frozenset(charter.columns))
            rows = sheet.checked().rows
            listed = payloads.batch_listed(await desk.author(), sheet.list, rows)
            await self._keep(desk, sheet)
            self.batch = dsse.decode(listed.envelope).id
            return await self._lay(desk, listed)

    async def lay_return(self, rows: int = 12) -> EntryId:
        """Sign a return sheet with a number of lines and queue it for release."""
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "cn")
            sheet = returns.return_sheet(self.file("return-cn.csv", rows)).checked()
            answered = payloads.batch_answered(await desk.author(), self.batch, sheet.rows)
            await self._keep(desk, sheet)
            return await self._lay(desk, answered)

    async def lay_row(self, place: int = 0, **stated: str) -> EntryId:
        """Sign a return sheet that states something of one row of the list, and queue it."""
        listed = lists.weekly_list(self.file("list-eu.csv"), frozenset()).checked().rows[place]
        row = {"row": listed["row"], "number": listed["number"], **stated}
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "cn")
            answered = payloads.batch_answered(await desk.author(), self.batch, [row])
            return await self._lay(desk, answered)

    async def lay_listed(self, *rows: Fields) -> EntryId:
        """Sign a list of these rows, and queue it; a row without further fields can be true."""
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "eu")
            full = [
                list_row(place, f"FIKTIV-{place}") | dict(row) for place, row in enumerate(rows, 1)
            ]
            listed = payloads.batch_listed(await desk.author(), self.number, full)
            return await self._lay(desk, listed)

    async def lay_amended(self, **sheet: list[Fields]) -> EntryId:
        """Sign an amendment of the list, and queue it."""
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "eu")
            count = sum(map(len, sheet.values()))
            author = await desk.author()
            amended = payloads.batch_amended(author, self.batch, dict(sheet), count)
            return await self._lay(desk, amended)

    async def state(self, **changed: Any) -> str:
        """Sign CN's state of an application, and send it; unchanged it can be true."""
        body = {"number": "FIKTIV-1", "state": "review", "as_of": "2026-11-20", "source": "bureau"}
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "cn")
            stated = payloads.application_asserted(await desk.author(), {**body, **changed})
            [position] = await desk.send([stated])
            return position

    async def mark(self, act: str, on: str, number: str = "FIKTIV-2", **more: str) -> str:
        """Sign an act of the procedure by CN, and send it."""
        body = {"number": number, "act": act, "on": on, "source": "bureau"}
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "cn")
            marked = payloads.clock_marked(await desk.author(), {**body, **more})
            [position] = await desk.send([marked])
            return position

    async def licence(self, **changed: Any) -> str:
        """Sign a general licence by CN, and send it."""
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "cn")
            issued = payloads.licence_issued(await desk.author(), licence_body(**changed))
            return (await desk.send([issued]))[0]

    async def draw(self, on: str) -> str:
        """Sign a draw-down of the licence, and send it."""
        body = {**line(quantity="1"), "licence": LICENCE, "on": on}
        async with aiohttp.ClientSession() as http:
            desk = self._official(http, "cn")
            drawn = payloads.licence_drawn(await desk.author(), body)
            return (await desk.send([drawn]))[0]

    async def refuses(self, sent: Awaitable[str], code: str, rule: str) -> None:
        """Check that what is sent is refused by a rule of plausibility."""
        with pytest.raises(ChannelError) as refused:
            await sent
        assert (refused.value.code, refused.value.facts["rule"]) == (code, rule)
        assert refused.value.facts["words"]

    async def clear(self, party: Party, draft: EntryId) -> None:
        """Put the head of unit's signature on a draft and send it."""
        async with aiohttp.ClientSession() as http:
            await self._official(http, party, "head").release(draft)

    async def position(self) -> str:
        """Return the number of the delivered list."""
        async with aiohttp.ClientSession() as http:
            found = await self._official(http, "eu").node.get("/api/batches")
        return next(str(each["number"]) for each in found["items"] if each["list"] == self.number)

    def numbers(self) -> list[str]:
        """Return the numbers of the applications on the list, in order."""
        listed = lists.weekly_list(self.file("list-eu.csv"), frozenset()).checked().rows
        return [str(row["number"]) for row in listed]

    def file(self, name: str, rows: int = 0) -> bytes:
        """Return the week's file: so many lines of the sample's, or as many as the list has."""
        lines = (SAMPLE / name).read_text(encoding="utf-8").splitlines(keepends=True)
        first, last = self._lines.start, self._lines.stop
        chosen = lines[first : first + rows if rows else last]
        return (lines[0] + "".join(chosen).replace("L2026-47", self.number)).encode()

    async def _lay(self, desk: Signing, entry: Submission) -> EntryId:
        return await desk.lay_before(entry, await desk.signed_reasons(entry, ANY_FINDING))

    async def _keep(self, desk: Signing, sheet: Sheet) -> None:
        kept = payloads.columns_kept(await desk.author(private=True), sheet.list, sheet.kept)
        await desk.send([kept], private=True)

    def _official(self, http: aiohttp.ClientSession, party: Party, role: Role = "desk") -> Signing:
        url = f"http://localhost:{self._made.ports[party]}"
        key = self._made.officials[party, role, 1]
        return Signing(Node(http, url, key), trust.parse(self._made.trust))
