"""Findings to confirm: the author chooses a reason, the releasing official sees it, nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.entries import SHARED_KINDS
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.sense.reasons import REASONS, GivenReason
from special_channel.core.time.routes import parse_routes
from special_channel.desk import payloads
from special_channel.desk.confirmations import sense_confirmed
from special_channel.desk.payloads import Author
from special_channel.web.shell import private_log, sense
from tests.desk.test_lists import HEADER, csv
from tests.permits import amend, licence_body, list_row
from tests.web.pages_node import PagesNode
from tests.web.test_list_check import PATH, line, sent
from tests.web.test_release_checks import found
from tests.web.test_sign_routes import answered
from tests.world import World

SATURDAY = "2026-11-21"
WORDS = {
    "en": ("21 Nov 2026 is not a working day in China", "checked against the file"),
    "zh-CN": ("2026年11月21日不是中国工作日", "已核对卷宗"),
}
RELEASED = [
    {"kind": "batch.answered", "roles": ["desk", "head"]},
    {"kind": "batch.listed", "roles": ["desk", "head"]},
]


def posted(item: Submission) -> dict[str, Any]:
    parts = [part.decode() for part in item.parts if part is not None]
    return {"envelope": item.envelope.decode(), "parts": parts}


def answer_sheet(site: PagesNode, batch: str, rows: list[dict[str, Any]]) -> Submission:
    world = site.node.world
    parts = [world.data("return", {"rows": rows})]
    payload = world.payload("cn", "batch.answered", ref=batch, body={"rows": len(rows)})
    return sign(payload | {"parts": part_refs(parts)}, [world.cn.keys["desk"]], parts)


def reasoned(
    site: PagesNode, about: Submission, *given: GivenReason, party: str = "cn", who: str = "desk"
) -> Submission:
    side = {"cn": site.node.world.cn, "eu": site.node.world.eu}[party]
    draws = iter(range(1000))
    author = Author(
        side.keys[who],
        site.own.node.identity.private_origin,
        "2026-11-24T09:00:00Z",
        (),
        lambda size: bytes([next(draws) % 256]) * size,
    )
    return sense_confirmed(author, dsse.decode(about.envelope).id, given, "en")


async def answering(pages_of) -> tuple[PagesNode, Submission]:
    """CN's node, and a return sheet of which row 2 was accepted on a Saturday."""
    world = World.founded(release=RELEASED)
    week = world.list_batch(["A-1", "A-2", "A-3"], list_="W47")
    world.exchange()
    site = await pages_of(world, "cn")
    rows = [found(1, "review"), found(2, "accepted", accepted_on=SATURDAY)]
    return site, answer_sheet(site, week.id, rows)


async def ask(site: PagesNode, path: str, body: Any, lang: Any = "en", who: str = "desk") -> Any:
    return json.loads((await site.ask("POST", path, who, lang, json=body)).html)


CHECKED = GivenReason(("S-046",), (2,), "checked_file")


@pytest.mark.parametrize("lang", WORDS)
@pytest.mark.parametrize("path", ["/api/entries", "/api/clearances"])
async def test_finding_without_a_reason_is_refused(pages_of, path, lang):
    site, sheet = await answering(pages_of)
    body = {"entries": [posted(sheet)], "lay": True} if "entries" in path else posted(sheet)
    refused = await ask(site, path, body, lang)
    assert (refused["code"], refused["facts"]["rule"], refused["facts"]["row"]) == (
        "sense-unconfirmed",
        "S-046",
        2,
    )
    assert WORDS[lang][0] in refused["title"]
    assert refused["next"]
    assert await site.own.desk.clearances.waiting() == []


UNFIT = {
    "other-row": GivenReason(("S-046",), (1,), "checked_file"),
    "other-rule": GivenReason(("S-047",), (), "checked_file"),
    # Whatever rows are flagged when it arrives: the author did not see them.
    "no-row": GivenReason(("S-046",), (), "checked_file"),
    "no-correction": GivenReason(("S-046",), (2,), "correction"),
}


@pytest.mark.parametrize("unfit", UNFIT)
async def test_reason_that_does_not_fit_is_refused(pages_of, unfit):
    site, sheet = await answering(pages_of)
    reasons = reasoned(site, sheet, UNFIT[unfit])
    refused = await ask(site, "/api/clearances", posted(sheet) | {"confirmed": posted(reasons)})
    assert refused["code"] == "sense-unconfirmed"


async def test_reason_by_another_official_does_not_count(pages_of):
    site, sheet = await answering(pages_of)
    reasons = reasoned(site, sheet, CHECKED, who="clerk")
    refused = await ask(site, "/api/clearances", posted(sheet) | {"confirmed": posted(reasons)})
    assert refused["code"] == "sense-unconfirmed"
    assert await site.own.stores.views.confirmations([read(sheet, whole=True).id]) == {}


async def test_own_words_are_short_and_not_marked(pages_of):
    site, sheet = await answering(pages_of)
    for words, code in (("x" * 201, "request-malformed"), ("机密★10年", "text-state-secret")):
        reasons = reasoned(site, sheet, GivenReason(("S-046",), (2,), "other", words))
        body = posted(sheet) | {"confirmed": posted(reasons)}
        refused = await ask(site, "/api/clearances", body)
        assert refused["code"] == code
    body = posted(sheet) | {"confirmed": posted(sheet)}
    assert (await ask(site, "/api/clearances", body))["code"] == "request-malformed"


@pytest.mark.parametrize("path", ["/api/entries", "/api/private/entries"])
async def test_long_words_are_refused_at_every_door(pages_of, path):
    site, sheet = await answering(pages_of)
    for length, code in ((201, "request-malformed"), (200, None)):
        reasons = reasoned(site, sheet, GivenReason(("S-046",), (), "other", "x" * length))
        refused = await ask(site, path, {"entries": [posted(reasons)]})
        assert refused.get("code") == code


@pytest.mark.parametrize("path", ["/api/entries", "/api/clearances"])
@pytest.mark.parametrize("lang", WORDS)
async def test_releasing_official_sees_and_confirms_reasons(pages_of, path, lang):
    site, sheet = await answering(pages_of)
    other = GivenReason(("S-046",), (2,), "other", "系统跨周末生成")
    reasons = reasoned(site, sheet, CHECKED if lang == "en" else other)
    both = {"entries": [posted(sheet), posted(reasons)], "lay": True}
    one = posted(sheet) | {"confirmed": posted(reasons)}
    laid = await ask(site, path, both if "entries" in path else one)
    id_, entry = read(sheet, whole=True).id, read(reasons, whole=True).id
    assert id_ in {laid.get("id"), *(laid.get("laid") or ())}
    shown = await site.get(f"/clearances/{id_}", "head", lang)
    told = {
        "en": (
            "Author: checked against the file",
            "1 finding, confirmed by the author with a reason",
        ),
        "zh-CN": ("填报人：其他：系统跨周末生成", "1项须核实内容，填报人已说明理由"),
    }[lang]
    for words in (WORDS[lang][0], *told):
        assert words in shown.text, words
    bar = {"en": "Releasing confirms the finding and its reason."}
    bar |= {"zh-CN": "复核通过即确认1项须核实内容及所附理由。"}
    assert bar[lang] in shown.text
    [card] = shown.page.marked("data-draft")
    assert card.attributes["data-confirmed"] == entry
    detail = json.loads((await site.ask("GET", f"/api/clearances/{id_}", "head", "en")).html)
    assert detail["confirmed"] == [entry]
    # A release that does not name the reasons is not what the official saw.
    assert (await release(site, detail, None))["code"] == "request-malformed"
    assert (await release(site, detail, ()))["code"] == "release-changed"
    assert (await release(site, detail, [entry]))["receipts"]


async def test_reasons_come_in_several_entries(pages_of):
    site, sheet = await answering(pages_of)
    other = reasoned(site, sheet, GivenReason(("S-047",), (1,), "law"))
    both = [posted(other), posted(reasoned(site, sheet, CHECKED))]
    refused = await ask(site, "/api/clearances", posted(sheet) | {"confirmed": both[:1]})
    assert refused["code"] == "sense-unconfirmed"
    laid = await ask(site, "/api/clearances", posted(sheet) | {"confirmed": both})
    detail = json.loads((await site.ask("GET", f"/api/clearances/{laid['id']}", "head", "en")).html)
    assert len(detail["confirmed"]) == 2
    assert (await release(site, detail, detail["confirmed"]))["receipts"]


async def release(site: PagesNode, detail: dict[str, Any], confirmed: Any) -> Any:
    signer = site.node.world.cn.keys["head"]
    envelope = dsse.decode(detail["envelope"].encode())
    both = envelope.with_signature(dsse.Signature(signer.key, signer.private.sign(envelope.pae)))
    origin = site.own.node.identity.private_origin
    author = Author(signer, origin, "2026-11-24T09:05:00Z", (), bytes)
    note = None if confirmed is None else payloads.draft_cleared(author, detail["id"], confirmed)
    checks = detail["checks"]
    body = {
        "envelope": both.encode().decode(),
        "note": posted(note) if note else None,
        "looked": [row["row"] for row in checks["look"]],
        "summary": checks["digest"],
    }
    return await ask(site, f"/api/clearances/{detail['id']}", body, who="head")


async def test_retry_with_a_stored_reason_is_taken(pages_of):
    """A browser that lost the response sends both again; nothing is stored twice."""
    site, sheet = await answering(pages_of)
    reasons = reasoned(site, sheet, CHECKED)
    await ask(site, "/api/entries", {"entries": [posted(reasons)]})
    laid = await ask(site, "/api/clearances", posted(sheet))
    assert laid["id"] == read(sheet, whole=True).id
    again = await ask(site, "/api/clearances", posted(sheet) | {"confirmed": posted(reasons)})
    assert again["id"] == laid["id"]
    stored = await site.own.stores.views.confirmations([laid["id"]])
    assert stored == {laid["id"]: [read(reasons, whole=True).id]}


async def test_browser_without_an_answer_finds_its_own_reasons(pages_of):
    """A reason that its browser never finds again would be sent again for ever."""
    site, sheet = await answering(pages_of)
    reasons = reasoned(site, sheet, CHECKED)
    await ask(site, "/api/entries", {"entries": [posted(reasons)]})
    path = f"/api/entries/{read(reasons, whole=True).id}"
    found = await site.ask("GET", path, "desk", "en")
    assert (found.status, json.loads(found.html)["delivered"]) == (200, True)
    assert (await site.ask("GET", path, "clerk", "en")).status == 404


LIST = {
    "en": ("1 finding to confirm", "To confirm:", "The reason stays with us."),
    "zh-CN": ("须核实内容1项", "须核实：", "理由仅留存我方"),
}


@pytest.mark.parametrize("lang", LIST)
async def test_list_check_offers_reasons_for_each_finding(pages_of, lang):
    site = await pages_of(World.founded(release=RELEASED), "eu")
    stop = line(1).replace("urgent,", "line_stop,")
    shown = await site.post(
        PATH, sent(csv(f"{stop},2026-08-03", header=f"{HEADER},stop_on")), lang=lang
    )
    for words in LIST[lang]:
        assert words in shown.text, words
    [item] = shown.page.marked("data-reason")
    assert item.attributes["data-reason"] == "S-016 1"
    options = [each.attributes["value"] for each in item.all("option")]
    assert options == ["", *(each for each in REASONS if each != "correction")]
    [button] = shown.page.marked("data-reasons")
    assert shown.page.by_id(button.attributes["data-reasons"].removeprefix("#")) is not None


async def test_frequent_rule_is_shown_once_with_five_rows(pages_of):
    site = await pages_of(World.founded(release=RELEASED), "eu")
    rows = [
        f"{line(row, f'FIKTIV-{row}00')},2026-08-{row:02}".replace("urgent,", "line_stop,")
        for row in range(1, 9)
    ]
    data = csv(*rows, header=f"{HEADER},stop_on")
    shown = await site.post(PATH, sent(data))
    [item] = [
        each for each in shown.page.marked("data-reason") if each.attributes["data-look"] == "S-016"
    ]
    assert item.attributes["data-reason"] == "S-016 1 2 3 4 5 6 7 8"
    assert (
        "8 of 8 rows. Shown once, with the first 5 rows. One reason can cover all 8." in shown.text
    )
    assert "Row 5: " in shown.text
    assert "Row 6: " not in shown.text
    asked = await site.ask("POST", "/api/lists/check", "desk", "en", data=data)
    report = json.loads(asked.html)
    [once] = [each for each in report["confirm"] if each["code"] == "S-016"]
    assert (once["rows"], once["lines"]) == ([*range(1, 9)], [*range(2, 10)])


async def test_list_with_a_stop_in_the_past_needs_a_reason(pages_of):
    site = await pages_of(World.founded(release=RELEASED), "eu")
    world = site.node.world
    row = list_row(1, "A-1", urgency="line_stop", stop_on="2026-08-03")
    parts = [world.data("list", {"rows": [row]})]
    payload = world.payload("eu", "batch.listed", body={"list": "W48", "rows": 1})
    made = sign(payload | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
    refused = await ask(site, "/api/clearances", posted(made))
    assert (refused["code"], refused["facts"]["rule"]) == ("sense-unconfirmed", "S-016")
    given = reasoned(site, made, GivenReason(("S-016",), (1,), "late_news"), party="eu")
    laid = await ask(site, "/api/clearances", posted(made) | {"confirmed": posted(given)})
    assert laid["id"] == read(made, whole=True).id


async def test_look_at_an_answer_names_what_to_confirm(pages_of):
    site, _ = await answering(pages_of)
    [batch] = await site.own.stores.views.batches()
    url = f"batches/EU-{batch.index}/answer"
    rows = [found(2, "accepted", accepted_on=SATURDAY)]
    body = {"rows": {"rows": rows}, "remarks": {}}
    look = await ask(site, f"/api/{url}/look", body)
    [item] = look["confirm"]
    assert (item["code"], item["rows"]) == ("S-046", [2])
    assert WORDS["en"][0] in item["text"]
    assert item["where"] == "row 2"
    shown = await site.get(f"/{url}")
    assert len(shown.page.by_id("reasons").marked("hidden")) >= 1
    assert not shown.page.marked("data-reason")


# Statements without rows -------------------------------------------------------------------

MARK = {"number": "A-1", "act": "accepted", "on": SATURDAY, "source": "bureau"}
ASSERTED = {"number": "A-1", "state": "accepted", "as_of": "2026-11-23", "source": "bureau"}
STATED: dict[str, dict[str, Any]] = {
    "clock.marked": MARK,
    "application.asserted": ASSERTED | {"clock": [{"act": "accepted", "on": SATURDAY}]},
    "licence.issued": licence_body(issued_on=SATURDAY),
}


def stated(site: PagesNode, kind: str) -> Submission:
    world = site.node.world
    payload = world.payload("cn", kind, body=STATED[kind])
    return sign(payload, [world.cn.keys["desk"]], [])


@pytest.mark.parametrize("kind", STATED)
async def test_statement_with_a_finding_needs_a_reason(pages_of, kind):
    site = await pages_of(World.founded(), "cn")
    made = stated(site, kind)
    refused = await ask(site, "/api/entries", {"entries": [posted(made)]})
    assert (refused["code"], refused["facts"]["rule"]) == ("sense-unconfirmed", "S-046")
    given = reasoned(site, made, GivenReason(("S-046",), (), "system_date"))
    body = {"entries": [posted(made), posted(given)]}
    for _ in range(2):  # a repeated request has the same receipts
        taken = await ask(site, "/api/entries", body)
        ids = [each["id"] for each in taken["receipts"]]
        assert ids == [read(made, whole=True).id, read(given, whole=True).id]
    # What is stored is not asked again, also without its reasons.
    assert (await ask(site, "/api/entries", {"entries": [posted(made)]}))["receipts"]


@pytest.mark.parametrize("lang", WORDS)
async def test_release_of_a_statement_shows_its_reason(pages_of, lang):
    rules = [{"kind": "clock.marked", "roles": ["desk", "head"]}]
    site = await pages_of(World.founded(release=rules), "cn")
    made = stated(site, "clock.marked")
    given = reasoned(site, made, GivenReason(("S-046",), (), "checked_file"))
    await ask(site, "/api/clearances", posted(made) | {"confirmed": posted(given)})
    id_ = read(made, whole=True).id
    shown = await site.get(f"/clearances/{id_}", "head", lang)
    author = {"en": "Author: ", "zh-CN": "填报人："}[lang]
    assert f"{author}{WORDS[lang][1]}" in shown.text
    assert WORDS[lang][0] in shown.text
    [card] = shown.page.marked("data-draft")
    assert card.attributes["data-confirmed"] == read(given, whole=True).id
    # It is read by itself: not among what is released together.
    several = await site.get("/clearances/several", "head", lang)
    assert all("disabled" in each.attributes for each in several.page.marked("name", "draft"))


async def test_form_of_the_clock_offers_reasons(pages_of):
    world = World.founded()
    world.list_batch(["A-1"], list_="W47")
    world.exchange()
    site = await pages_of(world, "cn")
    fields = {"act": "accepted", "on": SATURDAY, "basis": "", "expected_until": ""}
    shown = await site.post("/applications/A-1", fields)
    [item] = shown.page.marked("data-reason")
    assert item.attributes["data-reason"] == "S-046"
    [button] = shown.page.marked("data-sign", "clock.marked")
    assert button.attributes["data-reasons"] == "#reasons"


async def test_licence_with_another_code_than_the_list_asks_for_a_reason(pages_of):
    world = World.founded(columns=["control_code"])
    week = world.list_batch(["A-1", "A-2", "A-3"], list_="W47", control_code="1C904.a")
    amend(world, week, withdrawn=[{"row": 3, "reason": "issued"}])
    world.exchange()
    site = await pages_of(world, "cn")
    body = STATED["licence.issued"]
    fields = {
        **{name: body[name] for name in ("licence", "type", "per", "issued_on")},
        **{name: body[name] for name in ("valid_from", "valid_to")},
        **{f"{name}-0": value for name, value in body["lines"][0].items()},
        "applications": "A-1",
    }
    shown = await site.post("/new-licence", fields)
    assert "S-078" in [each.attributes["data-reason"] for each in shown.page.marked("data-reason")]
    assert "A-1: the list says 1C904.a, the licence 1C905.a." in shown.text
    chinese = await site.post("/new-licence", fields, lang="zh-CN")
    assert "A-1：清单为1C904.a，许可证为1C905.a。" in chinese.text
    # The code of the list, and an application that was taken off it.
    for changed in ({"code-0": "1C904.a"}, {"applications": "A-3"}):
        same = await site.post("/new-licence", fields | changed)
        reasons = [each.attributes["data-reason"] for each in same.page.marked("data-reason")]
        assert "S-078" not in reasons, changed


async def test_link_that_does_not_fit_is_refused_or_needs_a_reason(pages_of, monkeypatch):
    world = World.founded()
    world.list_batch(["A-1", "A-2", "A-3"], list_="W47")
    world.append(
        "cn",
        world.payload(
            "cn",
            "application.asserted",
            body=ASSERTED | {"number": "A-1", "state": "review", "as_of": "2026-11-20"},
        ),
    )
    for number, former in (("A-2", "A-1"), ("A-3", "A-2")):
        body = {"number": number, "former": former, "basis": "refiled"}
        world.append("cn", world.payload("cn", "application.linked", body=body))
    world.exchange()
    site = await pages_of(world, "cn")

    async def link(number: str, former: str, basis: str, *reasons: GivenReason) -> dict[str, Any]:
        body = {"number": number, "former": former, "basis": basis}
        payload = world.payload("cn", "application.linked", body=body)
        made = sign(payload, [world.cn.keys["desk"]], [])
        given = [posted(reasoned(site, made, each)) for each in reasons]
        answer: dict[str, Any] = await ask(
            site, "/api/entries", {"entries": [posted(made), *given]}
        )
        return answer

    second = await link("A-9", "A-1", "refiled")
    assert (second["code"], second["facts"]["rule"]) == ("sense-unconfirmed", "S-058")
    assert "we stated in CN-" in second["title"]
    assert (await link("A-1", "A-3", "joined"))["code"] == "statement-impossible", "a circle"
    # As many numbers as are followed stand in the request itself.
    monkeypatch.setattr(sense, "_MOST_LINKED", 2)
    assert (await link("A-1", "A-3", "joined"))["code"] == "statement-impossible"
    source = GivenReason(("S-058",), (), "as_source")
    again = await link("A-2", "A-1", "refiled")
    assert (again["code"], again["facts"]["rule"]) == ("sense-unconfirmed", "S-058")
    assert (await link("A-2", "A-1", "refiled", source))["receipts"]
    assert (await link("A-9", "A-3", "split"))["receipts"]


async def test_form_of_a_licence_offers_reasons(pages_of):
    site = await pages_of(World.founded(), "cn")
    body = STATED["licence.issued"]
    fields = {
        **{name: body[name] for name in ("licence", "type", "per", "issued_on")},
        **{name: body[name] for name in ("valid_from", "valid_to")},
        **{f"{name}-0": value for name, value in body["lines"][0].items()},
    }
    shown = await site.post("/new-licence", fields)
    assert [each.attributes["data-reason"] for each in shown.page.marked("data-reason")] == [
        "S-046"
    ]
    [button] = shown.page.marked("data-sign", "licence.issued")
    assert button.attributes["data-reasons"] == "#reasons"
    late = await site.post("/new-licence", fields | {"valid_to": "2099-01-01"})
    assert "can’t be signed" in late.text


@pytest.mark.parametrize("lang", WORDS)
async def test_own_page_notes_why_its_author_confirmed(pages_of, lang):
    """The author's reason stands on our own screen; in no print, file or API."""
    world = World.founded()
    world.list_batch(["A-1"], list_="W47")
    world.exchange()
    site = await pages_of(world, "cn")
    made = stated(site, "clock.marked")
    given = reasoned(site, made, GivenReason(("S-046",), (), "checked_file"))
    await ask(site, "/api/entries", {"entries": [posted(made), posted(given)]})
    shown = await site.get("/applications/A-1", lang=lang)
    note = {"en": "confirmed by its author: ", "zh-CN": "填报人已核实："}[lang] + WORDS[lang][1]
    [small] = [each for each in shown.page.marked("class", "rmk") if note in each.text]
    assert small.text == note
    api = await site.ask("GET", "/api/applications/A-1", "desk", lang)
    assert WORDS[lang][1] not in api.html
    assert "checked_file" not in api.html


async def test_erased_words_leave_the_reason_alone(pages_of):
    site, sheet = await answering(pages_of)
    words = "an erased word of CANARY"
    reasons = reasoned(site, sheet, GivenReason(("S-046",), (2,), "other", words))
    await ask(site, "/api/clearances", posted(sheet) | {"confirmed": posted(reasons)})
    id_, entry = (read(each, whole=True).id for each in (sheet, reasons))
    assert words in (await site.get(f"/clearances/{id_}", "head")).text
    erased = {"parts": [0], "basis": "order", "order": "Order 7/2026"}
    world, origin = site.node.world, site.own.node.identity.private_origin
    payload = world.payload("cn", "private.erased", by="head", ref=entry, body=erased)
    order = sign(payload | {"log": origin}, [world.cn.keys["head"]], [])
    await private_log.store(site.own, [order])
    shown = await site.get(f"/clearances/{id_}", "head")
    assert words not in shown.html
    assert "Author: other" in shown.text


async def test_amendment_with_a_stop_in_the_past_needs_a_reason(pages_of):
    world = World.founded(release=[*RELEASED, {"kind": "batch.amended", "roles": ["head"]}])
    batch = world.list_batch(["A-1", "A-2"], list_="W47")
    world.exchange()
    site = await pages_of(world, "eu")
    row = {"row": 2, "urgency": "line_stop", "rank": 1, "stop_on": "2026-08-03"}
    parts = [world.data("list-amendment", {"changed": [row]})]
    payload = world.payload("eu", "batch.amended", ref=batch.id, body={"rows": 1})
    made = sign(payload | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
    refused = await ask(site, "/api/clearances", posted(made))
    assert (refused["code"], refused["facts"]["rule"]) == ("sense-unconfirmed", "S-016")
    given = reasoned(site, made, GivenReason(("S-016", "S-017"), (2,), "late_news"), party="eu")
    laid = await ask(site, "/api/clearances", posted(made) | {"confirmed": posted(given)})
    assert laid["id"] == read(made, whole=True).id


async def test_reason_of_a_colleague_goes_not_on_as_the_authors(pages_of):
    """On a sign-off route, the reasons for an earlier draft are those of whoever signed it."""
    world = World.founded(release=[{"kind": "batch.listed", "roles": ["desk", "head"]}])
    steps = [{"word": "check", "role": "desk"}, {"word": "release", "role": "head"}]
    title = {"en": "Lists", "zh": "清单"}
    route = {"id": "lists", "title": title, "kinds": ["batch.listed"], "steps": steps}
    routes = parse_routes({"v": 1, "side": "eu", "routes": [route]}, "eu", SHARED_KINDS)
    site = await pages_of(world, "eu", routes=routes)
    rows = [list_row(1, "A-1", urgency="line_stop", stop_on="2026-08-03")]
    parts = [world.data("list", {"rows": rows})]
    payload = world.payload("eu", "batch.listed", body={"list": "W48", "rows": 1})
    payload |= {"parts": part_refs(parts)}
    made = sign(payload, [world.eu.keys["desk"]], parts)
    own = reasoned(site, made, GivenReason(("S-016",), (1,), "late_news"), party="eu")
    laid = await ask(site, "/api/clearances", posted(made) | {"confirmed": posted(own)})
    other = GivenReason(("S-016",), (1,), "law")
    lone = reasoned(site, made, other, party="eu", who="clerk")
    await ask(site, "/api/entries", {"entries": [posted(lone)]}, who="clerk")
    again = sign(payload | {"by": world.eu.keys["clerk"].key}, [world.eu.keys["clerk"]], parts)
    id_ = read(again, whole=True).id
    said = {"answer": "changed", "next": id_, "draft": posted(again)}
    assert await answered(site, laid["id"], "clerk", 2, **said) == (200, "")
    detail = json.loads((await site.ask("GET", f"/api/clearances/{id_}", "head", "en")).html)
    assert detail["confirmed"] == [read(own, whole=True).id]
    shown = await site.get(f"/clearances/{id_}", "head")
    assert "Author: earlier event, heard late" in shown.text
