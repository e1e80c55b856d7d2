"""A week of sixty threads, worked through by keyboard from the inbox, on either side.

Twenty to read, twenty to acknowledge, twelve to answer, five to assign, three to be reminded of: no
mouse, no return to the list, at most 180 key strokes next to the text.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.times import timestamp
from special_channel.web.http.services import SERVICES
from tests import servers
from tests.axe import faults
from tests.channel import Channel, channel
from tests.story.windows import NAMES, PATIENCE, Window, window
from tests.sweeps import ALL

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEEK = {"read": 20, "acknowledge": 20, "answer": 12, "assign": 5, "remind": 3}
MOST_STROKES = 180
LANGS: dict[Party, str] = {"eu": "en", "cn": "zh-CN"}
BAR: dict[Party, str] = {"eu": "Work through the inbox", "cn": "逐项办理待办"}
SEED = 60
FOCUSED = "document.activeElement.matches('main [autofocus]')"
"""The browser gives the focus with its first frame, which may come after the script has started."""


@dataclass
class Hands:
    """A keyboard. `strokes`: keys pressed, a combination as one, without the text."""

    there: Window
    strokes: int = 0

    async def press(self, key: str) -> None:
        self.strokes += 1
        await self.there.page.keyboard.press(key)

    async def next_page(self, key: str) -> None:
        """Press a key that leads to another page; wait until its script has started."""
        page, before = self.there.page, self.there.page.url
        await self.press(key)
        await page.wait_for_url(
            lambda url: url != before and "/work?" not in url,
            wait_until="domcontentloaded",
            timeout=PATIENCE * 1000,
        )
        await self.there.until("window.happened && happened.some((e) => e.name === 'ready')")

    async def sign(self) -> None:
        """Confirm in the dialog of the signature, by one key."""
        await self.there.until("!document.querySelector('#confirm [data-act=sign]').disabled")
        await self.next_page("Enter")

    async def asked(self, key: str) -> None:
        """Press a key that opens the dialog of the signature."""
        await self.press(key)
        await self.there.page.wait_for_selector("#confirm[open]")

    async def read(self) -> None:
        await self.next_page("d")

    async def acknowledge(self) -> None:
        await self.there.until("!document.querySelector('[data-hot=a]').disabled")
        await self.asked("a")
        await self.sign()

    async def answer(self) -> None:
        await self.there.until("!document.querySelector('#compose [type=submit]').disabled")
        await self.press("r")
        await self.there.until("document.activeElement.name === 'text'")
        # Prepared text, as it is inserted by whatever the official uses for it.
        await self.there.page.keyboard.insert_text("Heading 8505 11 applies.")
        await self.asked("Control+Enter")
        await self.there.until("document.activeElement.name === 'marking'")
        await self.press("ArrowDown")
        await self.there.until("document.activeElement.value === 'none'")
        await self.sign()

    async def assign(self) -> None:
        await self.next_page("s")
        await self.there.until("!document.querySelector('[data-write] [type=submit]').disabled")
        await self.there.until(FOCUSED)
        await self.press("ArrowDown")
        await self.asked("Control+Enter")
        await self.sign()

    async def remind(self) -> None:
        await self.next_page("h")
        await self.there.until(FOCUSED)
        await self.next_page("Enter")


async def seeded(made: Channel, party: Party, week: dict[str, int]) -> dict[str, list[str]]:
    """Let the other side write the week's threads in a seeded order; return their ids by act."""
    other = peer_of(party)
    acts = [act for act, many in week.items() for _ in range(many)]
    random.Random(SEED).shuffle(acts)  # noqa: S311 - an order for a test
    ids: dict[str, list[str]] = {act: [] for act in week}
    for act in acts:
        thread = await made.open_thread(other, f"To {act}")
        due = timestamp(made.nodes[other].core.clock.now() + timedelta(days=9))
        asks = [made.ask(other, due)] if act == "answer" else []
        await made.note(other, thread, f"A note to {act}.", asks=asks)
        ids[act].append(thread)
    await made.caught_up()
    return ids


async def work_through(there: Window, party: Party, many: int) -> tuple[int, list[str]]:
    """Work from the first thread to the last; return the strokes and the pages that opened."""
    hands, opened = Hands(there), []
    await hands.next_page("t")
    for place in range(many):
        assert "/threads/" in there.page.url, place
        opened.append(there.page.url)
        words = await there.page.inner_text("h1")
        if not place:
            # The bar covers what is not scrolled out from under it yet, and with some texts a part
            # of a box: axe calls that box small.
            await there.page.evaluate("workbar.style.position = 'static'")
            assert await faults(there.page) == []
            await there.page.evaluate("workbar.style.position = ''")
            assert await there.page.get_by_role("region", name=BAR[party]).is_visible()
        await getattr(hands, words.split("To ")[1].split()[0])()
    return hands.strokes, opened


async def assert_done(made: Channel, party: Party, ids: dict[str, list[str]]) -> None:
    """The record and the side's own rows say what was done, and the other node has the entries."""
    await made.caught_up()
    services = made.nodes[party].app[SERVICES]
    for node in made.nodes.values():
        views = node.app[SERVICES].stores.views
        every = [each for threads in ids.values() for each in threads]
        left, _ = await views.unacknowledged(peer_of(party), every, [], 200)
        acknowledged = {*every} - {row.thread for row in left}
        assert acknowledged == {*ids["acknowledge"]}
        asks = await views.asks(threads=ids["answer"])
        assert [row.outcome() for row in asks] == ["in-time"] * len(ids["answer"])
    officials = await services.desk.officials.all()
    [me] = [each.person for each in officials if each.name == NAMES[party, "desk"]]
    marks = await services.desk.marks.of(me)
    assert {thread for thread, mark in marks.items() if mark.day} == {*ids["remind"]}
    assert {thread for thread, mark in marks.items() if mark.away and not mark.day} == {
        *ids["read"]
    }
    holders = await services.stores.views.holders(ids["assign"])
    assert {*holders} == {*ids["assign"]}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_week_of_sixty_is_worked_through_by_keyboard(
    chromium: Playwright, party: Party
) -> None:
    # The whole week in the long gate; a part with each act otherwise, with the strokes it may take.
    week = WEEK if ALL else {act: max(1, many // 5) for act, many in WEEK.items()}
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            ids = await seeded(made, party, week)
            many = sum(week.values())
            async with window(chromium, made, party, LANGS[party]) as there:
                await there.enrol()
                strokes, opened = await work_through(there, party, many)
                assert len({*opened}) == many, "each thread once"
                assert "/inbox" in there.page.url, "after the last"
                assert await there.quiet() == []
            assert strokes <= MOST_STROKES * many / sum(WEEK.values())
            await assert_done(made, party, ids)
