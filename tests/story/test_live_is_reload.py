"""What arrives on an open page is what a reload shows: every kind, both sides, both languages.

Four windows stay open while both sides write all that a thread's page can show. Then each is
reloaded, and every item is compared with what it was before, element by element.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import Role
from special_channel.core.rows.writing import file_part, part_refs, sign, text_part
from special_channel.ports import Transaction
from special_channel.web.http.services import SERVICES
from tests import servers
from tests.channel import AGREED, CHARTER, Channel, channel
from tests.story.windows import Window, entry, window
from tests.world import naming

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON = 12
"""Seconds by which a question of this charter's rule falls due."""

KINDS = {
    "note.posted", "note.corrected", "note.translated", "note.withdrawn", "note.acknowledged",
    "date.proposed", "deadline.moved", "deadline.passed", "referral.sent", "thread.closed",
    "thread.reopened",
}  # fmt: skip
"""Kinds of the shared logs that arrive in a thread; `thread.opened` begins it."""

ITEMS = """() => Object.fromEntries([...document.querySelectorAll('[data-timeline] > li[id]')]
  .filter(({ dataset }) => dataset.kind !== 'thread.opened')
  .map((item) => [item.id, item.outerHTML]))"""
"""All but the opener, which the page had: it was new to its reader then."""
SUBJECT = "() => document.querySelector('[data-live=subject]').outerHTML"
ORDER = "() => [...document.querySelectorAll('[data-timeline] > li[id]')].map(({ id }) => id)"
ARRIVED = "() => [...document.querySelectorAll('[data-timeline] > [data-kind]')].map((e) => e.id)"
PRIVATE = "document.querySelectorAll('[data-timeline] > .private').length"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Channel]:
    """A channel whose charter allows a question to fall due a second after its delivery."""
    with servers.open_folder() as folder:
        text = (CHARTER / "demo.toml").read_text(encoding="utf-8")
        for old, new in (
            ("\nseconds = 90\n", f"\nseconds = {SOON}\n"),
            ("minimum_notice_seconds = 30", "minimum_notice_seconds = 1"),
        ):
            assert old in text
            text = text.replace(old, new)
        charter = folder / "charter"
        charter.mkdir()
        (charter / "demo.toml").write_text(text, encoding="utf-8")
        async with channel(folder, charter_folder=charter) as running:
            yield running


class Writer:
    """Officials of both sides with key files, in a thread."""

    def __init__(self, made: Channel, thread: str) -> None:
        self.made = made
        self.thread = thread

    async def act(
        self,
        party: Party,
        kind: str,
        ref: Accepted | None = None,
        *texts: str,
        role: Role = "desk",
        files: Sequence[bytes] = (),
        **fields: Any,
    ) -> Accepted:
        """Write an entry into the thread, in its author's language."""
        key = self.made.officials[party, role, 1]
        core = self.made.nodes[party].core
        if ref is not None:
            fields |= naming(kind, ref.id)
        if texts or kind.startswith("note.posted"):
            fields.setdefault("lang", "en" if party == "eu" else "zh-CN")
        fields.setdefault("body", {})
        payload = await self.made.payload(party, key.key, kind, thread=self.thread, **fields)
        parts = (*(text_part("text", os.urandom(32), text) for text in texts), *files)
        if parts:
            payload |= {"parts": part_refs(parts)}
        [accepted] = await core.appender.submit([sign(payload, [key.signer], parts)])
        await self.made.caught_up()
        return accepted

    async def file(self, party: Party, name: str, content: bytes) -> bytes:
        """Store a file at a node; return its part."""

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        files = self.made.nodes[party].app[SERVICES].stores.files
        kept = await files.put(chunks(), max_bytes=len(content), type_="application/pdf")
        return file_part(os.urandom(32), name, "application/pdf", len(content), kept.sha256)

    async def internal(self, party: Party, text: str) -> None:
        """Write an internal note about the thread."""
        key = self.made.officials[party, "desk", 1]
        core = self.made.nodes[party].core
        part = text_part("text", os.urandom(32), text)
        lang = "en" if party == "eu" else "zh-CN"
        payload = await self.made.payload(
            party, key.key, "note.internal", thread=self.thread, lang=lang, body={}
        )
        payload |= {"log": core.identity.private_origin, "seen": [], "parts": part_refs((part,))}

        async def decide(_transaction: Transaction, _heads: Heads) -> Act:
            return Act(private=[sign(payload, [key.signer], [part])])

        await core.appender.act(decide)


def asked(made: Channel, due: str, q: str = "1", **more: Any) -> dict[str, Any]:
    """Ask for an answer by a requested date, or by the charter's rule with `rule`."""
    question = {"q": q, "due": due, "charter": made.charter_digest, "part": 1}
    return question | more


async def write_everything(made: Channel, thread: str) -> None:
    """Let both sides write every kind shown on a thread's page."""
    both = Writer(made, thread)
    day = instant(made.now()) + timedelta(days=3)
    translated = {"translation": {"lang": "zh-CN", "parts": [2, 3]}}
    question = asked(made, timestamp(day), who="cn")
    words = ("Two certificates carry no stamp.", "Is a <signature> “enough”?")
    note = await both.act(
        "eu", "note.posted", None, *words, "两份证明未加盖印章。", "有签字是否“足够”？",
        asks=[question], body=translated,
    )  # fmt: skip
    await both.act("cn", "note.acknowledged", note)
    row = await made.nodes["cn"].app[SERVICES].stores.views.thread(thread)
    assert row is not None
    subject = text_part("subject", os.urandom(32), "有证明缺少印章")
    opening = replace(note, id=row.opening.id)
    await both.act("cn", "note.translated", opening, files=[subject], lang="zh-CN")
    later = {"q": "1", "due": timestamp(day + timedelta(days=1))}
    proposed = await both.act("cn", "date.proposed", note, body=later)
    moved = later | {"basis": "agreed", "proposal": proposed.id}
    await both.act("eu", "deadline.moved", note, body=moved)
    await both.act("eu", "referral.sent", note, role="head", body={"q": "1", "level": "director"})
    await both.internal("eu", "For us: ask the notary.")
    await both.internal("cn", "内部备注。")
    file = await both.file("cn", "extract.pdf", b"%PDF fictional")
    answer = await both.act(
        "cn", "note.posted", None, "可以，见附件。",
        files=[file], answers=[{"id": note.id, "q": ["1"]}],
    )  # fmt: skip
    await both.act("eu", "note.acknowledged", answer)
    await both.act("eu", "note.translated", answer, "Yes, see the attached.", lang="en")
    await both.act("cn", "note.corrected", answer, "可以；附件为摘录。")
    plain = await both.act("eu", "note.posted", None, "Thank you.")
    await both.act("eu", "note.withdrawn", plain)
    closed = await both.act("eu", "thread.closed")
    await both.act("cn", "thread.reopened", closed)
    await pass_a_date(both)


async def pass_a_date(both: Writer) -> None:
    """Ask by the rule in seconds, and wait until both nodes record that no answer came."""
    made = both.made
    due = timestamp(instant(made.now()) + timedelta(seconds=SOON))
    question = asked(made, due, who="cn", rule=AGREED)
    await both.act(
        "eu", "note.posted", None, "One more.", "Which word?", asks=[question],
        at=timestamp(instant(due) - timedelta(seconds=SOON)),
    )  # fmt: skip


async def opened(stack: AsyncExitStack, chromium: Playwright, made: Channel) -> list[Window]:
    """Open a desk officer's window for each side and language."""
    windows = []
    for party in ("eu", "cn"):
        for lang in ("en", "zh-CN"):
            there = await stack.enter_async_context(window(chromium, made, party, lang))
            await there.enrol()
            await there.page.click(f'form.lang button[value="{lang}"]')
            await there.page.wait_for_selector(f'html[lang="{lang}"]')
            windows.append(there)
    return windows


async def all_there(made: Channel, there: Window) -> None:
    """Wait until the open page has all new entries, by kind, with our side's events."""
    for kind in KINDS:
        await there.page.wait_for_selector(f'[data-timeline] [data-kind="{kind}"]')
    # The file that came after its note.
    await there.page.wait_for_selector("[data-timeline] a[data-part][href*='/api/files/']")
    # Our internal note; the first step of our ladder is raised when the date has passed.
    await there.until(f"{PRIVATE} >= {2 if there.party == 'eu' else 1}")
    await made.caught_up()
    assert await there.all_checked() == {("ok", "")}


async def test_live_page_is_what_a_reload_shows(hasty: Channel, chromium: Playwright) -> None:
    async with AsyncExitStack() as stack:
        windows = await opened(stack, chromium, hasty)
        thread = await hasty.open_thread("eu")
        await hasty.caught_up()
        for there in windows:
            await there.go(f"/threads/{thread}")
            await there.page.evaluate("window.opened = document.querySelectorAll('.ev, .entry')")
        await write_everything(hasty, thread)
        for there in windows:
            await all_there(hasty, there)
        # Updates come one after the other: with the last delivery, all that came before is shown.
        last = await hasty.note("eu", thread, "The end.")
        await hasty.caught_up()
        for there in windows:
            await there.page.wait_for_selector(entry(last.id, ' [data-stage="delivered"]'))
            await compare(there)


async def compare(there: Window) -> None:
    """Compare each item of an open page with the same page after a reload."""
    page = there.page
    assert await page.evaluate("window.opened")
    before, order = await page.evaluate(ITEMS), await page.evaluate(ORDER)
    subject = await page.evaluate(SUBJECT)
    assert "有证明缺少印章" in subject
    await page.reload()
    await there.until("happened.some((e) => e.name === 'ready')")
    assert await there.all_checked() == {("ok", "")}
    after = await page.evaluate(ITEMS)
    assert len(after) > len(KINDS)
    for position, html in after.items():
        assert before.get(position) == html
    assert await page.evaluate(ORDER) == order
    assert await page.evaluate(SUBJECT) == subject
    assert await there.quiet() == []
