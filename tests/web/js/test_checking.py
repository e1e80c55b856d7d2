"""Checks by the reader's browser, independent of the node."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.dsse import Signature, decode
from special_channel.core.rows.writing import part_refs, sign, text_part
from tests.authenticator import RP, authenticator
from tests.web.js.conftest import Desk, thread_html, until
from tests.web.js.drawing import entry_html
from tests.web.js.node import StubNode
from tests.web.js.record import AT, THREAD, enrolment, key, person, pin

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ALL = "document.querySelectorAll('[data-entry-id]:not([data-proof])').length === 0"


async def shown(desk: Desk, html: str, **fields: str):
    """Open a thread with entries and wait until each has a mark."""
    desk.node.pages["t"] = thread_html(desk, html, **fields)
    page = await desk.open("/page/t")
    await until(page, ALL)
    return page


async def verdicts(page) -> list[tuple[str, str]]:
    return [(each["state"], each["code"]) for each in await page.evaluate("checked")]


@pytest.mark.parametrize("suite", ["ed25519", "es256"])
async def test_an_honest_entry_of_the_other_side_gets_a_tick(desk: Desk, node: StubNode, suite):
    await desk.enrol()
    li = node.enrol("cn", "li", suite)
    item = node.note("cn", li, ["经审查，“缺少”证明。", "第二段\n第二行 š <b>"])
    page = await shown(desk, entry_html(item, ["经审查，“缺少”证明。", "第二段\n第二行 š <b>"]))
    assert await verdicts(page) == [("ok", "")]
    assert await page.inner_text("[data-check]") == "checked"


async def test_a_browser_without_ed25519_checks_as_well(old_desk: Desk, node: StubNode):
    await old_desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["text"])
    page = await shown(old_desk, entry_html(item, ["text"]) + entry_html(item, ["other"]))
    assert await verdicts(page) == [("ok", ""), ("bad", "bad-text")]


async def test_other_words_than_were_signed_are_struck_and_hidden(desk: Desk, node: StubNode):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["We approve.", "Second."])
    page = await shown(desk, entry_html(item, ["We approve!", "Second."]))
    assert await verdicts(page) == [("bad", "bad-text")]
    assert await page.get_attribute("[data-entry-id]", "data-proof") == "bad"
    assert await page.is_hidden("[data-content]")
    assert "Other words" in await page.inner_text(".strip")
    await page.click("[data-act=show-anyway]")
    assert await page.is_visible("[data-content]")


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["one"], "bad-missing"),
        (["two", "one"], "bad-text"),
        (["one", "two", "three"], "bad-text"),
        (["one", "two "], "bad-text"),
    ],
    ids=["dropped", "swapped", "added", "blank"],
)
async def test_dropped_swapped_and_added_paragraphs_show(desk: Desk, node: StubNode, texts, code):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["one", "two"])
    page = await shown(desk, entry_html(item, texts))
    assert await verdicts(page) == [("bad", code)]


async def test_a_translation_shown_as_the_original_shows(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    body = {"translation": {"lang": "en", "parts": [1]}}
    item = node.note("cn", li, ["原文", "translation"], body=body)
    good = entry_html(item, ["原文"], '<div data-tr><p data-part="1">translation</p></div>')
    bad = entry_html(item, ["原文", "translation"])
    original_only = entry_html(item, ["原文"])
    page = await shown(desk, good + bad + original_only)
    assert await verdicts(page) == [("ok", ""), ("bad", "bad-translation"), ("ok", "")]


async def test_a_shortened_question_must_begin_as_the_signed_one(desk: Desk, node: StubNode):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["Please send\nthe extract by Friday."])
    start = '<span data-part="0" data-start>{}</span>'
    whole = entry_html(item, ["Please send\nthe extract by Friday."], start)
    starts = (
        *("Please send the extract…", "Please send the extract by Friday."),
        *("Please send the invoice…", "Please send the extract", "…", ""),
    )
    alone = entry_html(item, [], start)
    html = "".join(whole.format(each) for each in starts) + alone.format(starts[0])
    page = await shown(desk, html)
    assert await verdicts(page) == [
        *[("ok", "")] * 2, *[("bad", "bad-text")] * 4, ("bad", "bad-missing"),
    ]  # fmt: skip


async def test_a_piece_of_a_long_text_must_stand_where_it_was_signed(desk: Desk, node: StubNode):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["𠮷野。第二行\n再次", "Two"])
    piece = '<p data-part="0" data-start="{}">{}</p>'
    pieces = (("0", "𠮷野。"), ("4", "第二行\n"), ("4", "再次"), ("3", "第二行"))
    html = "".join(
        entry_html(item, [], piece.format(at, text), "data-excerpt") for at, text in pieces
    )
    # A piece is not the whole of its text.
    alone = entry_html(item, [], piece.format(0, "𠮷野。") + '<p data-part="1">Two</p>')
    page = await shown(desk, html + alone)
    assert await verdicts(page) == [
        *[("ok", "")] * 2, *[("bad", "bad-text")] * 2, ("bad", "bad-missing"),
    ]  # fmt: skip


async def test_a_due_time_must_be_the_signed_one_or_one_it_was_moved_to(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    ask = {"q": "1", "who": "eu", "due": "2026-11-26T09:00:00Z", "charter": "cc" * 32, "part": 0}
    item = node.note("cn", li, ["Please send it."], asks=[ask])
    move = {"q": "1", "due": "2026-11-28T09:00:00Z", "basis": "agreed"}
    moved = node.act("cn", li, "deadline.moved", thread=THREAD, ref=item["id"], body=move)

    def at(due: str) -> str:
        extra = f'<ul><li data-ask="1"><time data-due datetime="{due}">{due}</time></li></ul>'
        return entry_html(item, ["Please send it."], extra)

    unasked = entry_html(item, ["Please send it."])
    page = await shown(desk, at("2026-11-26T09:00:00Z") + at("2026-11-27T09:00:00Z") + unasked)
    assert await verdicts(page) == [("ok", ""), ("bad", "bad-ask"), ("bad", "bad-ask")]
    html = at("2026-11-28T09:00:00Z") + at("2026-11-29T09:00:00Z")
    page = await shown(desk, html + entry_html(moved, [], attributes="data-excerpt"))
    assert sorted(await verdicts(page)) == [("bad", "bad-ask"), ("ok", ""), ("ok", "")]


async def test_due_time_fits_an_entry_of_another_part_of_the_thread(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    ask = {"q": "1", "who": "eu", "due": "2026-11-26T09:00:00Z", "charter": "cc" * 32, "part": 0}
    item = node.note("cn", li, ["Please send it."], asks=[ask])
    move = {"q": "1", "due": "2026-11-28T09:00:00Z", "basis": "agreed"}
    moved = node.act("cn", li, "deadline.moved", thread=THREAD, ref=item["id"], body=move)

    def at(due: str) -> str:
        row = f'<li data-ask="1" data-moved="{moved["id"]}">'
        extra = f'<ul>{row}<time data-due datetime="{due}">{due}</time></li></ul>'
        return entry_html(item, ["Please send it."], extra)

    page = await shown(desk, at("2026-11-28T09:00:00Z") + at("2026-11-29T09:00:00Z"))
    assert await verdicts(page) == [("ok", ""), ("bad", "bad-ask")]


async def test_a_file_must_have_the_signed_name_and_digest(desk: Desk, node: StubNode):
    await desk.enrol()
    digest = "ab" * 32
    salt = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    text = (
        f'{{"len":3,"name":"a.pdf","role":"file","salt":"{salt}","sha256":"{digest}",'
        '"type":"application/pdf"}'
    )
    anna = key("eu", "anna2")
    node.enrol("eu", "anna2")
    payload: dict[str, Any] = {
        "v": 1, "log": node.logs["eu"].origin, "kind": "note.posted", "thread": THREAD,
        "by": anna.key, "at": AT, "seen": [], "body": {}, "lang": "en",
        "parts": part_refs([text.encode()]),
    }  # fmt: skip
    item = node.logs["eu"].append(sign(payload, [anna], [text.encode()]))

    def file(name: str, sha: str) -> str:
        link = f'<a data-part="0" href="/api/files/{sha}"><span data-f="name">{name}</span> 3 B</a>'
        return entry_html(item, [], link)

    page = await shown(
        desk, file("a.pdf", digest) + file("b.pdf", digest) + file("a.pdf", "cd" * 32)
    )
    assert await verdicts(page) == [("ok", ""), ("bad", "bad-text"), ("bad", "bad-text")]


async def test_an_erased_part_is_no_fault(desk: Desk, node: StubNode):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["one", "two"])
    item["parts"][1] = ""
    absent = '<p data-part="1" data-absent="erased">Erased</p>'
    made_up = '<p data-part="1">Words nobody signed</p>'
    page = await shown(desk, entry_html(item, ["one"], absent) + entry_html(item, ["one"], made_up))
    assert await verdicts(page) == [("ok", ""), ("bad", "bad-text")]


def other_id(node, item, li):
    item["id"] = "00" * 32


def part_of_another(node, item, li):
    item["parts"][0] = node.note("cn", li, ["text"])["parts"][0]


def signed_by_another(node, item, li):
    envelope = decode(item["envelope"].encode())
    mallory = key("cn", "mallory")
    forged = Signature(li.key, mallory.private.sign(envelope.pae))
    text = type(envelope)(envelope.payload_type, envelope.payload, (forged,)).encode().decode()
    item["envelope"] = text


def unknown_signer(node, item, li):
    envelope = decode(item["envelope"].encode())
    mallory = key("cn", "mallory")
    added = Signature(mallory.key, mallory.private.sign(envelope.pae))
    item["envelope"] = envelope.with_signature(added).encode().decode()


def receipt_of_another(node, item, li):
    item["receipt"] = node.note("cn", li, ["text"])["receipt"]


def receipt_of_a_fork(node, item, li):
    fork = StubNode()
    fork.enrol("cn", "li")
    made = fork.note("cn", li, ["fork"])
    item["receipt"] = made["receipt"]


def another_position(node, item, li):
    item["position"] = "CN-2"


def the_other_log(node, item, li):
    item["position"] = "EU-2"


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (other_id, ("unknown", "unknown-fetch")),
        (part_of_another, ("bad", "bad-part")),
        (signed_by_another, ("bad", "bad-signature")),
        (unknown_signer, ("unknown", "unknown-key")),
        (receipt_of_another, ("bad", "bad-receipt")),
        (receipt_of_a_fork, ("bad", "bad-receipt")),
        (another_position, ("bad", "bad-receipt")),
        (the_other_log, ("bad", "bad-form")),
    ],
)
async def test_a_lie_about_an_entry_is_named(desk: Desk, node: StubNode, spoil, expected):
    await desk.enrol()
    li = node.enrol("cn", "li")
    node.note("cn", li, ["before"])
    item = node.note("cn", li, ["text"])
    html = entry_html(item, ["text"])
    spoil(node, item, li)
    desk.expected = ["404"]
    # The page shows what the node says now, so that only the proof can tell.
    page = await shown(desk, html.replace("CN-4", item["position"]))
    assert await verdicts(page) == [expected]


async def test_answering_another_entry_under_the_asked_id_is_named(desk: Desk, node: StubNode):
    await desk.enrol()
    li = node.enrol("cn", "li")
    asked = node.note("cn", li, ["text"])
    other = node.note("cn", li, ["another"])
    html = entry_html(asked, ["another"])
    for name in ("envelope", "parts", "receipt", "leaf"):
        asked[name] = other[name]
    page = await shown(desk, html)
    assert await verdicts(page) == [("bad", "bad-id")]


async def test_suite_that_the_browser_lacks_is_neither_good_nor_bad(desk: Desk, node: StubNode):
    """So is a key that such a suite alone confirms, stops or restores. What is bad stays bad."""
    await desk.enrol()
    li, wang = node.enrol("cn", "li"), node.enrol("cn", "wang")
    touch = node.enrol_key("cn", authenticator("cn", "touch"), rp=RP)
    chief = node.enrol_key("cn", authenticator("cn", "chief"), rp=RP, role="registrar")
    first, second = key("cn", "registrar"), key("cn", "registrar-2")
    zhao = node.enrol_key("cn", key("cn", "zhao"), by=chief)
    shown_items = [(node.note("cn", touch, ["touched"]), "touched")]
    shown_items.append((node.note("cn", zhao, ["confirmed by touch"]), "confirmed by touch"))
    shown_items.append((node.note("cn", li, ["before"]), "before"))
    stop: dict[str, Any] = {"body": {"key": li.key, "reason": "stated-at-home"}}
    unsure = node.act("cn", touch, "key.suspended", **stop)["id"]
    shown_items.append((node.note("cn", li, ["stopped by touch"]), "stopped by touch"))
    sure = node.act("cn", wang, "key.suspended", **stop)["id"]
    shown_items.append((node.note("cn", li, ["stopped"]), "stopped"))
    node.act("cn", first, "key.restored", second=chief, ref=sure, **stop)
    shown_items.append((node.note("cn", li, ["restored by touch"]), "restored by touch"))
    for each in (sure, unsure):
        node.act("cn", first, "key.restored", second=second, ref=each, **stop)
    shown_items.append((node.note("cn", li, ["restored"]), "restored"))
    page = await shown(desk, "".join(entry_html(item, [text]) for item, text in shown_items))
    assert await verdicts(page) == [
        ("unknown", "unknown-suite"),
        ("unknown", "unknown-suite"),
        ("ok", ""),
        ("unknown", "unknown-suite"),
        ("bad", "bad-key"),
        ("unknown", "unknown-suite"),
        ("ok", ""),
    ]


async def test_forged_signature_is_bad_next_to_one_that_cannot_be_checked(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    li = node.enrol("cn", "li")
    touch = node.enrol_key("cn", authenticator("cn", "touch"), rp=RP)
    item = node.note("cn", touch, ["text"])
    envelope = decode(item["envelope"].encode())
    item["envelope"] = envelope.with_signature(Signature(li.key, bytes(64))).encode().decode()
    page = await shown(desk, entry_html(item, ["text"]))
    assert await verdicts(page) == [("bad", "bad-signature")]


async def test_a_nodes_own_key_cannot_write_in_an_officials_place(desk: Desk, node: StubNode):
    await desk.enrol()
    items = [node.note("cn", key("cn", role), ["text"]) for role in ("node", "registrar", "link")]
    page = await shown(desk, "".join(entry_html(item, ["text"]) for item in items))
    assert await verdicts(page) == [("bad", "bad-key")] * 3


async def test_a_second_enrolment_does_not_lift_a_suspension(desk: Desk, node: StubNode):
    await desk.enrol()
    li, wang = node.enrol("cn", "li"), node.enrol("cn", "wang")
    node.act("cn", wang, "key.suspended", body={"key": li.key, "reason": "stated-at-home"})
    log = node.logs["cn"]
    payload = {**enrolment(log.origin, li, person("cn", li.key)), "at": "2026-11-24T08:41:00Z"}
    log.append(sign(payload, [li, key("cn", "registrar")]))
    item = node.note("cn", li, ["text"])
    page = await shown(desk, entry_html(item, ["text"]))
    assert await verdicts(page) == [("bad", "bad-key")]


async def test_a_move_of_the_due_time_by_the_other_side_changes_nothing(desk: Desk, node: StubNode):
    await desk.enrol()
    li, anna = node.enrol("cn", "li"), node.enrol("eu", "anna")
    ask = {"q": "1", "who": "eu", "due": "2026-11-26T09:00:00Z", "charter": "cc" * 32, "part": 0}
    item = node.note("cn", li, ["Please send it."], asks=[ask])
    move = {"q": "1", "due": "2026-11-28T09:00:00Z", "basis": "agreed"}
    fields = {"thread": THREAD, "ref": item["id"], "body": move}
    by_other = node.act("eu", anna, "deadline.moved", **fields)
    refused = node.act("cn", li, "deadline.moved", **fields)
    refused["verdict"] = "proposal-missing"
    extra = '<ul><li data-ask="1"><time data-due datetime="2026-11-28T09:00:00Z"></time></li></ul>'
    html = entry_html(item, ["Please send it."], extra)
    html += "".join(entry_html(each, [], attributes="data-excerpt") for each in (by_other, refused))
    page = await shown(desk, html)
    assert sorted(await verdicts(page)) == [("bad", "bad-ask"), ("ok", ""), ("ok", "")]


POINTS = ["a1" * 32, "b2" * 32, "c3" * 32]


@pytest.mark.parametrize(
    ("point", "word", "shown_parts", "code"),
    [
        (0, "differed", (0,), ""),
        (1, "agreed", (), ""),
        (2, "differed", (1, 2), ""),
        (0, "agreed", (), "bad-form"),
        (1, "differed", (0,), "bad-form"),
        (0, "differed", (), "bad-missing"),
        (2, "differed", (1,), "bad-missing"),
        (0, "differed", (0, 1), "bad-text"),
        (3, "agreed", (), "bad-form"),
    ],
)
async def test_a_mark_is_shown_as_it_was_signed_of_its_point(
    desk: Desk, node: StubNode, point: int, word: str, shown_parts: tuple[int, ...], code: str
):
    await desk.enrol()
    texts = ["Not this.", "Nor that.", "As follows."]
    parts = [text_part("text", bytes([n] * 32), text) for n, text in enumerate(texts)]
    entries = [
        {"id": POINTS[0], "word": "differed", "parts": [0]},
        {"id": POINTS[1], "word": "agreed"},
        {"id": POINTS[2], "word": "differed", "parts": [1, 2]},
    ]
    log, li = node.logs["cn"], node.enrol("cn", "li")
    payload: dict[str, Any] = {
        "v": 1, "log": log.origin, "kind": "point.marked", "by": li.key, "at": AT, "seen": [],
        "lang": "en", "body": {"entries": entries}, "parts": part_refs(parts),
    }  # fmt: skip
    item = log.append(sign(payload, [li], parts))
    words = "".join(f'<p data-part="{n}">{texts[n]}</p>' for n in shown_parts)
    named = (*POINTS, "d4" * 32)[point]
    attributes = f'data-point="{named}" data-word="{word}"'
    page = await shown(desk, entry_html(item, [], words, attributes))
    assert await verdicts(page) == [("bad" if code else "ok", code)]


async def test_an_enrolment_without_the_registrar_enrols_nobody(desk: Desk, node: StubNode):
    await desk.enrol()
    li, mallory = key("cn", "li"), key("cn", "mallory")
    log = node.logs["cn"]
    for who, signers in ((li, [li]), (mallory, [mallory, li])):
        node.grant("cn", person("cn", who.key))
        log.append(sign(enrolment(log.origin, who, person("cn", who.key)), signers))
    items = [node.note("cn", who, ["text"]) for who in (li, mallory)]
    page = await shown(desk, "".join(entry_html(item, ["text"]) for item in items))
    assert await verdicts(page) == [("unknown", "unknown-key")] * 2


async def test_a_party_with_another_root_than_the_pinned_one_is_not_believed(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    page = await desk.open("/page/blank")
    script = """
    const k = await import('/js/keys.js');
    const row = (await k.pins()).cn;
    await k.pin({ ...row, pin: arg });
    """
    await desk.run(page, script, pin("cn", threshold=1))
    item = node.note("cn", node.enrol("cn", "li"), ["text"])
    page = await shown(desk, entry_html(item, ["text"]))
    assert await verdicts(page) == [("unknown", "unknown-root")]


async def test_an_entry_that_the_node_does_not_hold_is_not_checked(desk: Desk, node: StubNode):
    await desk.enrol()
    item = node.note("cn", node.enrol("cn", "li"), ["text"])
    html = entry_html(item, ["text"]) + entry_html({**item, "id": "11" * 32}, ["text"])
    page = await shown(desk, html)
    assert await verdicts(page) == [("ok", ""), ("unknown", "unknown-fetch")]


async def test_a_nested_translation_of_another_entry_is_judged_for_itself(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    li = node.enrol("cn", "li")
    item = node.note("cn", li, ["原文"])
    translated = node.note("cn", li, ["words"], kind="note.translated", ref=item["id"])
    nested = (
        f'<div data-tr data-entry-id="{translated["id"]}" data-position="{translated["position"]}" '
        'data-excerpt><p data-part="0">{}</p></div>'
    )
    page = await shown(desk, entry_html(item, ["原文"], nested.format("words")))
    assert await verdicts(page) == [("ok", "")] * 2
    page = await shown(desk, entry_html(item, ["原文"], nested.format("other")))
    assert sorted(await verdicts(page)) == [("bad", "bad-text"), ("ok", "")]
    assert await page.is_hidden("[data-tr] [data-part]")
    assert await page.is_visible("[data-content] > [data-part]")


async def test_each_of_three_hundred_notes_is_checked_a_few_requests_for_all(
    desk: Desk, node: StubNode
):
    await desk.enrol()
    li = node.enrol("cn", "li")
    html = []
    for number in range(300):
        item = node.note("cn", li, [f"note {number}", "原文，以此为准。"])
        html.append(entry_html(item, [f"note {number}", "原文，以此为准。"]))
    page = await shown(desk, "".join(html))
    assert await verdicts(page) == [("ok", "")] * 300
    assert node.requests.count("GET /api/entries") < 30


async def test_nothing_from_the_page_is_taken_for_markup(desk: Desk, node: StubNode):
    await desk.enrol()
    text = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    li = node.enrol("cn", "li")
    page = await shown(desk, "")
    item = node.note("cn", li, [text])
    node.announce(item)
    await page.wait_for_selector(f'[data-entry-id="{item["id"]}"][data-proof="ok"]')
    assert await page.inner_text("[data-timeline] [data-part]") == text
    assert await page.locator("[data-timeline] img, [data-timeline] script").count() == 0
