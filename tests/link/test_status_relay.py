"""A node in separate processes: the process with the link reports its state to the others."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest

from special_channel.link.status import REMINDERS_STOPPED, SILENT, LinkStatus, StatusRelay
from special_channel.stores.link_state import LinkBoard


@pytest.fixture
def ends(cn):
    """A process with the link and a process without, each with its own status."""
    board = LinkBoard(cn.record.pool)

    def end() -> StatusRelay:
        return StatusRelay(LinkStatus(), board, cn.clock)

    return end(), end()


async def test_before_a_word_nothing_is_known(ends):
    _, page = ends
    await page.hear()
    assert page._status == LinkStatus()


async def test_a_page_without_the_link_learns_that_it_is_down_and_that_it_is_up_again(cn, ends):
    link, page = ends
    now = cn.clock.now()
    link._status.answered(now)
    link._status.failed(now + timedelta(seconds=9))
    link._status.waiting, link._status.gap, link._status.stopped = 7, 340, "split-view"
    link._status.reminders(int(REMINDERS_STOPPED.total_seconds()) + 1, now)
    await link.tell()
    await page.hear()
    assert page._status.down_since == now + timedelta(seconds=9)
    assert asdict(page._status) == asdict(link._status)
    link._status.undelivered(0, now)
    await link.tell()
    await page.hear()
    assert page._status.peer_spoke(now), "the word that nothing is undelivered is one, too"
    link._status.answered(now + timedelta(seconds=20))
    await link.tell()
    await page.hear()
    assert (page._status.up, page._status.down_since) == (True, None)
    assert page._status.heard == now + timedelta(seconds=20)


async def test_a_link_that_was_never_tried_is_neither(ends):
    link, page = ends
    await link.tell()
    await page.hear()
    assert (page._status.up, page._status.down_since) == (False, None)


async def test_where_the_process_with_the_link_is_gone_the_link_is_down_since_its_last_word(
    cn, ends
):
    link, page = ends
    link._status.answered(cn.clock.now())
    await link.tell()
    last = cn.clock.now()
    cn.clock.ahead = int(SILENT.total_seconds())
    await page.hear()
    assert page._status.up
    cn.clock.ahead += 1
    await page.hear()
    assert page._status.down_since == last
