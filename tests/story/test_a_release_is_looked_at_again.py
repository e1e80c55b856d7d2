"""The loader of samples looks at a draft again whose checks changed before its release."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from special_channel.cli.client import Node
from special_channel.cli.official import Signing
from special_channel.core.audit import trust
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.sample.sending import release
from tests.channel import Channel
from tests.story.sheets import Sheets

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class Interrupted(Signing):
    """A head of unit after whose first look another draft about the same row is released."""

    before: EntryId = ""
    looks: list[EntryId] = field(default_factory=list)

    async def draft(self, draft: EntryId) -> dict[str, Any]:
        found = await super().draft(draft)
        self.looks.append(draft)
        if self.looks == [draft]:
            await self.release(self.before)
        return found


def interrupted(made: Channel, http: aiohttp.ClientSession, before: EntryId) -> Interrupted:
    """Return CN's head of unit, interrupted by the release of a draft."""
    node = Node(http, f"http://localhost:{made.ports['cn']}", made.officials["cn", "head", 1])
    return Interrupted(node, trust.parse(made.trust), before=before)


async def test_draft_whose_checks_change_is_looked_at_again(made: Channel) -> None:
    week = Sheets(made, "L2026-49", rows=2)
    await week.clear("eu", await week.lay_list())
    await made.caught_up()
    stated = {"match": "found", "state": "review", "as_of": "2026-11-20"}
    async with aiohttp.ClientSession() as http:
        before, draft = await week.lay_row(0, match="not_found"), await week.lay_row(0, **stated)
        with pytest.raises(RuleBroken) as refused:
            await interrupted(made, http, before).release(draft)
        assert refused.value.code in ("release-unseen", "release-changed")
        before, draft = await week.lay_row(1, match="not_found"), await week.lay_row(1, **stated)
        head = interrupted(made, http, before)
        assert await release(head, draft)
        assert head.looks == [draft, before, draft]
