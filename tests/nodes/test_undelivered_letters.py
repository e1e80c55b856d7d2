"""Heads of both sides get a letter when delivery stops, and when it works again (mode 50).

Real nodes, a line that is cut one way, and a mail server a side.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.escalation import notices
from special_channel.stores.occurrences import Occurrences
from special_channel.stores.people import Language, Official, Officials
from tests.channel import Channel
from tests.escalation.bureau import MailServer, mail_server
from tests.nodes.cuttable import calm, cuttable_channel
from tests.nodes.monitored import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

LANGUAGES: dict[Party, Language] = {"eu": "en", "cn": "zh-CN"}

WORDS: dict[str, dict[Language, str]] = {
    "undelivered": {
        "en": "delivery to the other side of 1 entry of our side is not recorded yet",
        "zh-CN": "我方条目中有1条尚未收到送达对方的确认",
    },
    "peer-undelivered": {
        "en": "the other side’s node reports: delivery to our side of what it has signed",
        "zh-CN": "尚未收到送达我方的确认",
    },
    "undelivered-over": {
        "en": "delivery to the other side is recorded again",
        "zh-CN": "送达对方的确认已恢复",
    },
    "peer-undelivered-over": {
        "en": "the other side’s node reports: delivery to our side is recorded again",
        "zh-CN": "对方节点报告：送达我方的确认已恢复",
    },
}


@dataclass
class Lettered:
    """A channel with a mail server on each side."""

    made: Channel
    mail: dict[Party, MailServer]

    async def texts(self, party: Party) -> list[str]:
        """Texts of the letters about delivery; those about acts on people come when they come."""
        return [text for text, _ in self._letters(party)]

    def recipients(self, party: Party) -> set[str]:
        """Who got a letter about delivery."""
        return {one for _, to in self._letters(party) for one in to}

    def _letters(self, party: Party) -> list[tuple[str, list[str]]]:
        mail = self.mail[party]
        all_ = zip(mail.texts(), (each.rcpt_tos for each in mail.envelopes), strict=True)
        link = f"{self.made.settings(party).node.url}/link"
        return [(text, to) for text, to in all_ if link in text]

    async def quiet(self) -> None:
        """Wait until nothing is undelivered or still to be said, and empty both mail servers."""
        await calm(self.made)
        await until(self._is_quiet, bool)
        for mail in self.mail.values():
            mail.envelopes.clear()

    async def _is_quiet(self) -> bool:
        for node in self.made.nodes.values():
            pool = node.core.record.pool
            waits = await pool.fetchval(
                "SELECT (SELECT count(*) FROM work.occurrences) + (SELECT count(*) FROM work.outbox"
                " WHERE kind = 'notice' AND state = 'waiting')"
            )
            if waits:
                return False
        return True


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lettered() -> AsyncIterator[Lettered]:
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(notices, "EVERY_SECONDS", 0.1)
        async with AsyncExitStack() as stack:
            mail = {party: await stack.enter_async_context(mail_server()) for party in PARTIES}
            more = {
                party: {
                    "mail": {"host": "127.0.0.1", "port": mail[party].port, "tls": "none"},
                    "alerts": {"office_hours": "send"},
                }
                for party in PARTIES
            }
            made = await stack.enter_async_context(cuttable_channel(more))
            for party in PARTIES:
                officials = Officials(made.nodes[party].core.record.pool)
                for role in ("head", "desk"):
                    address = f"{role}@{party}.example"
                    await officials.add(
                        Official(0, address, role, "Unit", "unit", address, LANGUAGES[party]),
                        uuid4().hex,
                    )
            yield Lettered(made, mail)


@pytest.mark.parametrize(("cut", "suffers"), [("eu", "cn"), ("cn", "eu")])
async def test_one_way_cut_is_a_letter_to_heads_of_both_sides(lettered, cut, suffers):
    made, ways = lettered.made, {suffers: "undelivered", cut: "peer-undelivered"}
    await lettered.quiet()
    made.lines[cut].cut()
    await made.open_thread(suffers)
    for party, way in ways.items():
        (text,) = await until(partial(lettered.texts, party), bool)
        assert WORDS[way][LANGUAGES[party]] in text
    # Many turns later nobody was told a second time.
    for node in made.nodes.values():
        for _ in range(5):
            await node.escalating.notices.step()
    assert [len(await lettered.texts(party)) for party in PARTIES] == [1, 1]
    made.lines[cut].heal()
    for party, way in ways.items():
        texts = await until(partial(lettered.texts, party), lambda now: len(now) > 1)
        assert WORDS[f"{way}-over"][LANGUAGES[party]] in texts[1]
        assert lettered.recipients(party) == {f"head@{party}.example"}


async def test_end_is_not_told_while_the_link_is_down_both_ways(lettered):
    """The other side's report expires: silence does not end the alarm."""
    made = lettered.made
    await lettered.quiet()
    made.lines["eu"].cut()
    await made.open_thread("cn")
    await until(lambda: lettered.texts("eu"), bool)
    made.lines["cn"].cut()
    status, node = made.nodes["eu"].link.status, made.nodes["eu"]
    status.peer_told = None
    node.delivery.look()
    assert node.core.late().peer is None
    await node.escalating.notices.step()
    standing = await Occurrences(node.core.record.pool).standing()
    assert "peer-undelivered" in standing, "no end is told"
    for line in made.lines.values():
        line.heal()
    texts = await until(lambda: lettered.texts("eu"), lambda now: len(now) > 1)
    assert WORDS["peer-undelivered-over"]["en"] in texts[1]
