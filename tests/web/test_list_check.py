"""The dry run of a weekly list on a page, without JavaScript: signs nothing, keeps nothing."""

from __future__ import annotations

import io
import json
import re
from html import unescape

from tests.desk.test_lists import csv, line, xlsx
from tests.world import World

CANARY = "Fictional CANARY AG"
PATH = "/batches/check"


def sent(data: bytes) -> dict[str, io.BytesIO]:
    file = io.BytesIO(data)
    file.name = "liste.csv"
    return {"file": file}


async def test_an_eu_official_checks_a_list_and_nothing_is_signed_or_kept(pages_of):
    site = await pages_of(World.founded(), "eu")
    size = await site.node.size("eu")
    page = await site.get("/batches")
    assert 'enctype="multipart/form-data"' in page.html
    assert "special-channel batch import" in page.text
    assert (await site.get(PATH)).status == 200
    lines = [line(1, "FIKTIV-2OO"), line(2, "FIKTIV-200"), line(3)]
    good = await site.post(
        PATH, sent(csv(*(each.replace("Fictional AG", CANARY) for each in lines)))
    )
    assert good.status == 200
    assert "3 rows in liste.csv. No fault was found." in good.text
    assert "FIKTIV-200 2 FIKTIV-2OO only characters that look alike" in good.text
    assert "eu_company, hs_cn" in good.text
    assert CANARY not in good.html
    [part] = re.findall(r"(?s)<pre[^>]*data-bytes>(.*?)</pre>", good.html)
    assert [row["number"] for row in json.loads(unescape(part))["data"]["rows"]] == [
        "FIKTIV-2OO",
        "FIKTIV-200",
        "FIKTIV-3",
    ]
    bad = csv(line(1), line(2, "=1+1").replace("urgent", "<b>soon</b>"))
    for lang, said in (
        ("en", "2 faults: mend them in the file and check it again."),
        ("zh-CN", "发现2处问题，请在文件中更正后重新核对。"),
    ):
        shown = await site.post(PATH, sent(bad), lang=lang)
        assert said in shown.text
        assert re.findall(r'data-fault="([\w-]+)"', shown.html) == [
            "list-formula",
            "list-malformed",
        ]
        assert "data-bytes" not in shown.html
    other = await site.post(PATH, sent(xlsx(["x"], ["y"])))
    assert (other.status, "<code>list-columns</code>" in other.html) == (200, True)
    assert "list-unreadable" in (await site.post(PATH, sent(b"\x00\x01"))).html
    assert "list-empty" in (await site.post(PATH, sent(b""))).html
    assert (await site.node.size("eu")) == size
    assert await site.own.clearances.count() == 0


async def test_nobody_else_does(pages_of):
    site = await pages_of(World.founded(), "eu")
    assert (await site.post(PATH, {"csrf": "0" * 64} | sent(csv(line(1))))).status == 403
    assert (await site.post(PATH, {"file": "no file"})).status == 400
    assert (await site.get(PATH, who="")).status in {303, 401, 403}
    peer = await pages_of(World.founded(), "cn")
    assert "multipart" not in (await peer.get("/batches")).html
    refused = await peer.post(PATH, sent(csv(line(1))))
    assert (refused.status, "owner" in refused.html) == (403, True)
