"""The page that tests alert channels, and its readers."""

from special_channel.channels.mailbox import MailboxMail
from special_channel.channels.probes import DEAD
from tests.channels.services import service
from tests.channels.test_trying import Rows, group, ways
from tests.world import World


async def test_each_channel_is_tried_from_the_page_in_both_languages(pages_of):
    rows = Rows()
    async with service(body=b"ok") as good, service(status=410, body=b"no hook") as gone:
        own = ways(mailbox=MailboxMail(rows.put), permits=group(good), duty=group(gone))
        site = await pages_of(World.founded(), "eu", ways=own)
        page = await site.get("/channels", "head")
        assert page.status == 200
        assert "Mailbox of the demonstration" in page.text
        assert "permits" in page.text
        one = await site.post("/channels/test", {"channel": "permits"}, "head")
        assert "accepted Reply: HTTP 200 ok" in one.text
        assert len(good.taken) == 1
        assert gone.taken == []
        every = await site.post("/channels/test", {}, "head", "zh-CN")
        assert "该渠道的地址已失效：HTTP 410 no hook" in every.text
        assert "channel-gone" in every.text
        assert "已接收" in every.text
        (letter,) = rows.kept.values()
        assert letter.to == "head@eu.example"
        unknown = await site.post("/channels/test", {"channel": "smoke"}, "head")
        assert unknown.status == 404
        for who in ("desk", "clerk"):
            assert (await site.get("/channels", who)).status == 403
            assert (await site.post("/channels/test", {}, who)).status == 403
        assert (await site.post("/channels/test", {"csrf": "no"}, "head")).status == 403
        refused = await site.ask(
            "POST", "/api/alerts/test", "head", "en", json={"to": "x@peer.example"}
        )
        assert refused.status == 403
        sent = await site.ask(
            "POST", "/api/alerts/test", "head", "en", json={"to": "Desk@eu.example"}
        )
        assert sent.status == 200
    assert {letter.to for letter in rows.kept.values()} == {"head@eu.example", "desk@eu.example"}
    assert "/channels" in (await site.get("/inbox", "head")).html
    assert "/channels" not in (await site.get("/inbox", "desk")).html


async def test_without_one_working_channel_every_page_says_so(pages_of):
    site = await pages_of(World.founded(), "eu", ways=ways(), alarms=lambda: (DEAD,))
    said = "No alert channel works: nobody on our side is alerted when a date passes."
    for who in ("head", "desk"):
        assert said in (await site.get("/inbox", who)).text
    assert "没有可用的提醒渠道" in (await site.get("/inbox", "desk", "zh-CN")).text
    assert "nobody is alerted" in (await site.get("/channels", "head")).text
    assert (await site.post("/channels/test", {}, "head")).status == 503
    site = await pages_of(World.founded(), "cn")
    assert said not in (await site.get("/inbox", "head", "en")).text
    assert (await site.get("/channels", "head")).status == 200
