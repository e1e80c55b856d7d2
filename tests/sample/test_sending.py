"""How the sample sends: a sheet is checked as seldom as the node's rules allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.desk.keyfile import KeyFile
from special_channel.sample.sending import release_sheet, send_reasoned
from special_channel.sample.stage import NullJournal, Official, Stage

KEY = KeyFile.make("eu", "desk", bytes(range(32)), unit="u", desk="permits")
SIGNED = (dsse.Signature(KEY.key, bytes(64)),)
SHEET, REASON = (
    Submission(dsse.Envelope(dsse.ENTRY_TYPE, text, SIGNED).encode(), ()) for text in (b"{}", b"[]")
)
FOUND = {"entry": 0, "code": "S-010", "rows": [1]}


class Door:
    """An official at a node that finds something to confirm, and notes what it was asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def sign_in(self) -> None:
        """Be signed in."""

    async def asked(self, entries: Sequence[Submission]) -> Sequence[Mapping[str, Any]]:
        self.calls.append("look")
        return [FOUND | {"entry": place} for place, _ in enumerate(entries)]

    async def all_reasons(self, given: Sequence[object]) -> Sequence[Submission]:
        self.calls.append(f"sign {len(given)}")
        return [REASON]

    async def lay_before(self, _entry: Submission, confirmed: Sequence[Submission] = ()) -> EntryId:
        self.calls.append("lay")
        _refuse(confirmed)
        return ""

    async def send(self, entries: Sequence[Submission]) -> list[str]:
        self.calls.append("send")
        _refuse(entries[-1:] if entries[-1] is REASON else ())
        return [f"EU-{place}" for place, _ in enumerate(entries)]

    async def release(self, _draft: EntryId) -> str:
        self.calls.append("release")
        return "EU-7"


def _refuse(reasons: Sequence[Submission]) -> None:
    if not reasons:
        raise RuleBroken("sense-unconfirmed", "A finding to confirm has no reason.")


def stage() -> Stage:
    return cast("Stage", type("Scene", (), {"journal": NullJournal()})())


async def test_a_sheet_is_asked_about_only_once_refused() -> None:
    door = Door()

    async def sign() -> Submission:
        return SHEET

    official = cast("Official", door)
    assert (await release_sheet(stage(), "L", official, official, sign))[1] == "EU-7"
    assert door.calls == ["lay", "look", "sign 1", "lay", "release"]


async def test_reasons_for_many_entries_are_signed_together() -> None:
    door = Door()
    positions = await send_reasoned(cast("Official", door), [SHEET] * 3, ask=True)
    assert positions == ["EU-0", "EU-1", "EU-2"]
    assert door.calls == ["look", "sign 3", "send"]
