"""Amending a list on its page: compared, signed by two, its history shown; nothing edited."""

from __future__ import annotations

import json

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign
from special_channel.desk import payloads
from special_channel.desk.clearance import Sender, queue_for_release
from special_channel.desk.payloads import Author
from tests.desk.test_amending import WIDE, line
from tests.desk.test_lists import csv
from tests.web.reading import Page
from tests.web.test_list_check import AT, codes_of, sent
from tests.web.test_marked_texts import asked
from tests.web.test_marked_texts import sent as signed
from tests.world import World


def listed() -> tuple[World, str]:
    world = World.founded()
    batch = world.list_batch(
        ["FIKTIV-1", "FIKTIV-2", "FIKTIV-3"], list_="L2026-47", urgency="urgent", rank=1
    )
    world.exchange()
    return world, str(batch.position)


FILE = csv(
    line(1),
    line(2, urgency="line_stop", stop="2026-12-03"),
    line(3, off="issued"),
    line(4),
    header=WIDE,
)


STOPS = "Line stops on 3 Dec 2026"
AMENDED = [
    [
        "2",
        "FIKTIV-2",
        "urgent Priority 1",
        "production stopped Priority 1 · Line stops on 3 Dec 2026",
    ],
    ["3", "FIKTIV-3", "urgent Priority 1", "taken off the list issued"],
    ["4", "FIKTIV-4", "–", "urgent Priority 1"],
]


async def test_amendment_is_released_and_stays_in_the_history(pages_of):
    world, position = listed()
    site = await pages_of(world, "eu")
    batch = await site.get(f"/batches/{position}")
    assert f"/batches/{position}/amend" in batch.page.links().values()
    assert (await site.get(f"/batches/{position}/amend")).status == 200
    shown = await site.post(f"/batches/{position}/amend", sent(FILE))
    assert Page(shown.html).rows("What is amended")[1:] == AMENDED
    assert "It can be released by: head of unit, director." in shown.text
    [part] = shown.page.marked("data-bytes")
    data = json.loads(part.source)["data"]
    [body] = Page(shown.html).signs("batch.amended")
    assert json.loads(body) == {"rows": 3}

    keys = world.eu.keys
    author = Author(keys["desk"], world.eu.origin, AT, (), lambda size: b"\1" * size)
    row = await site.own.stores.views.batch(Position.parse(position))
    drafted = payloads.batch_amended(author, row.batch, data, 3)
    await queue_for_release(
        site.own.desk.clearances,
        [drafted],
        Sender(keys["desk"].key, {1: "desk"}, "eu", world.eu.origin),
        site.own.node.clock.now(),
    )
    waiting = await site.get("/clearances", who="head")
    assert Page(waiting.html).rows("What is amended")[1:] == AMENDED
    assert "L2026-47" in waiting.text
    assert "3 rows" in waiting.html
    assert "A sheet of 1 row" in waiting.text, "all that the added row carries"
    await site.own.acts.appender.submit([cleared(drafted, keys["head"])])
    after = await site.get(f"/batches/{position}")
    [amendment] = Page(after.html).one("list", "How the list was amended").all("listitem")
    assert "1 added, 1 changed, 1 taken off" in amendment.text
    assert "taken off in EU-" in after.text
    assert "FIKTIV-4" in after.text
    again = await site.post(f"/batches/{position}/amend", sent(csv(line(1), header=WIDE)))
    assert "amendment-empty" in again.html


async def test_faults_of_an_amendment_are_in_the_readers_language(pages_of):
    world, position = listed()
    site = await pages_of(world, "eu")
    bad = csv(line(1, "FIKTIV-9"), line(2, urgency="line_stop"), line(8, off="x"), header=WIDE)
    shown = await site.post(f"/batches/{position}/amend", sent(bad), lang="zh-CN")
    assert codes_of(shown.html) == ["amendment-number", "amendment-no-row"]
    aside = [row.attributes["data-fault"] for row in shown.page.marked("data-aside")]
    assert aside == ["list-stop-date"]
    assert "编号不得变更" in shown.text
    assert "data-sign=" not in shown.html
    report = await site.ask(
        "POST", f"/api/batches/{position}/amendment/check", "desk", "en", data=FILE
    )
    assert json.loads(report.html)["rows"] == 3
    peer = await pages_of(world, "cn")
    assert "/amend" not in (await peer.get(f"/batches/{position}")).html
    refused = await peer.post(f"/batches/{position}/amend", sent(FILE))
    assert (refused.status, "owner" in refused.html) == (403, True)


def cleared(drafted: Submission, second) -> Submission:
    envelope = dsse.decode(drafted.envelope)
    signature = dsse.Signature(second.key, second.private.sign(envelope.pae))
    return Submission(envelope.with_signature(signature).encode(), drafted.parts)


async def test_amendment_is_checked_in_the_list_that_it_amends(pages_of):
    world, position = listed()
    site = await pages_of(world, "eu")
    stop = line(2, urgency="line_stop", stop="2027-06-01")
    shown = await site.post(f"/batches/{position}/amend", sent(csv(stop, header=WIDE)))
    assert [each.attributes["data-look"] for each in shown.page.marked("data-look")] == [
        "S-016", "S-017",
    ]  # fmt: skip
    assert "Production stops on Tue 1 Jun 2027" in shown.text.replace("on 1 Jun", "on Tue 1 Jun")
    assert len(shown.page.marked("data-sign", "batch.amended")) == 1
    ahead = line(4).replace("2026-11-18", "2026-12-31")
    for bad, rule in ((line(4, "FIKTIV-2"), "S-005"), (ahead, "S-009")):
        refused = await site.post(f"/batches/{position}/amend", sent(csv(bad, header=WIDE)))
        aside = [each.attributes["data-fault"] for each in refused.page.marked("data-aside")]
        assert aside == [rule]
        assert refused.page.marked("data-sign", "batch.amended") == []
        data = csv(bad, line(5, "FIKTIV-5"), header=WIDE)
        others = await site.post(f"/batches/{position}/amend", sent(data))
        [part] = others.page.marked("data-bytes")
        added = json.loads(part.source)["data"]["added"]
        assert [row["number"] for row in added] == ["FIKTIV-5"], "the other row goes first"
    asked = await site.ask(
        "POST", f"/api/batches/{position}/amendment/check", "desk", "en",
        data=csv(line(4, "FIKTIV-2"), header=WIDE),
    )  # fmt: skip
    report = json.loads(asked.html)
    assert ("S-005", 4) in [(each["rule"], each["row"]) for each in report["findings"]]
    [aside] = report["aside"]
    assert "FIKTIV-2 is in rows 2 and 4." in aside["faults"][0]["fault"]["sentence"]
    assert (aside["line"], aside["row"], report["rows"], report["faults"]) == (2, "4", 0, [])


async def test_amendment_of_a_list_that_is_unknown_is_refused_as_such(pages_of):
    world, _ = listed()
    site = await pages_of(world, "eu")
    rows = {"changed": [{"row": 1, "urgency": "normal", "rank": 1}]}
    parts = [world.data("list-amendment", rows)]
    fields = {"ref": "0" * 64, "body": {"rows": 1}, "parts": part_refs(parts)}
    payload = world.payload("eu", "batch.amended", **fields)
    made = sign(payload, [world.eu.keys["desk"], world.eu.keys["head"]], parts)
    answer = await asked(site, "POST", "/api/entries", {"entries": [signed(made)]})
    assert (answer["http"], answer["code"]) == (409, "reference")


async def test_rules_look_at_an_amendment_without_errors_alone(pages_of):
    """Until the errors are corrected, what the rules find would be of another amendment."""
    world, position = listed()
    site = await pages_of(world, "eu")
    stop = line(4, urgency="line_stop", stop="2026-08-03")
    for first, faults, found in (
        (line(1, "FIKTIV-9"), ["amendment-number"], set()),
        (line(1), [], {"S-016", "S-017"}),
    ):
        report = await site.ask(
            "POST", f"/api/batches/{position}/amendment/check", "desk", "en",
            data=csv(first, stop, header=WIDE),
        )  # fmt: skip
        view = json.loads(report.html)
        assert [each["code"] for each in view["faults"]] == faults
        assert {each["code"] for each in view["confirm"]} == found


async def test_amendment_tells_nothing_of_a_row_that_cannot_be_true(pages_of):
    """What the comparison says of the record is said of the rows that are left."""
    world = World.founded()
    world.list_batch(["FIKTIV-8", "FIKTIV-9"], list_="L2026-46", urgency="normal")
    batch = world.list_batch(["FIKTIV-1"], list_="L2026-47", urgency="urgent", rank=1)
    world.exchange()
    site = await pages_of(world, "eu")
    ahead = line(3, "FIKTIV-9").replace("2026-11-18", "2026-12-24")
    data = csv(line(2, "FIKTIV-8"), ahead, header=WIDE)
    path = f"/api/batches/{batch.position}/amendment/check"
    report = json.loads((await site.ask("POST", path, "desk", "en", data=data)).html)
    assert [(each["row"], each["number"]) for each in report["aside"]] == [("3", "FIKTIV-9")]
    assert {each["number"] for each in report["notes"]} == {"FIKTIV-8"}
    assert [each["number"] for each in report["reopened"]] == ["FIKTIV-8"]
