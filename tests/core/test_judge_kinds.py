"""The judge on charters, kinds, sheets and the record. Rules 18 and 19."""

from __future__ import annotations

from hashlib import sha256

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.writing import file_part
from tests.core.judging import code_of, opening, refusal
from tests.stories import COUNTED, DUE
from tests.world import Entry, World, naming

# Charters and rules (19) -------------------------------------------------------------


def test_before_a_charter_only_the_directory_is_valid():
    world = World()
    for party in PARTIES:
        world.found(party)
    for name in ("desk", "head"):
        world.enrol("eu", name)
    assert code_of(world.open_thread, "eu") == "charter-absent"
    world.append("eu", world.payload("eu", "peer.seen", by="node"))
    world.adopt("eu")
    world.exchange()
    assert code_of(world.open_thread, "eu") == "charter-absent"
    world.adopt("cn")
    assert code_of(world.open_thread, "eu") == "charter-absent"
    world.exchange()
    world.open_thread("eu")


def test_a_charter_is_in_force_once_both_adopted_the_same_bytes(world):
    world.adopt("eu", number=2, markings=["limited", "restricted"])
    world.adopt("cn", number=2, markings=["limited", "other"])
    world.exchange()
    code = code_of(world.open_thread, "eu", marking="restricted")
    assert code == "marking"
    world.adopt("cn", number=3, markings=["limited", "restricted"])
    world.adopt("eu", number=3, markings=["limited", "restricted"])
    world.exchange()
    world.open_thread("eu", marking="restricted")


def test_charters_are_numbered_upwards(world):
    assert code_of(world.adopt, "eu") == "charter-number"
    world.adopt("eu", number=5)
    assert code_of(world.adopt, "eu", number=4) == "charter-number"


def test_a_charter_is_the_document_that_the_entry_names(world):
    document = world.charter(number=2)
    body = {"number": 2, "digest": "0" * 64}
    payload = world.payload("eu", "charter.adopted", by="registrar", body=body)
    parts = [world.data("charter", document)]
    assert refusal(world, "eu", payload, parts) == "charter-mismatch"
    body = {"number": 3, "digest": sha256(canonical.dumps(document)).hexdigest()}
    assert code_of(world.append, "eu", payload | {"body": body}, parts) == "charter-mismatch"


def test_a_charter_names_these_two_logs(world):
    parties = world.charter()["parties"]
    assert isinstance(parties, list)
    strange = [parties[0] | {"origin": "other.example/log"}, parties[1]]
    assert code_of(world.adopt, "eu", number=2, parties=strange) == "charter-mismatch"


def test_what_is_no_charter_is_refused(world):
    assert code_of(world.adopt, "eu", number=2, nonsense=True) == "charter-malformed"


def test_rule_19_rules_that_this_program_does_not_know_are_said_to_be_so(world):
    for party in PARTIES:
        world.adopt(party, number=2, rules=2)
    world.exchange()
    assert refusal(world, "eu", opening(world), [world.text("x", "subject")]) == "rules-unsupported"


def test_rule_19_an_entry_is_judged_by_the_charter_in_force_in_its_past(world):
    """Written before the new charter arrived, so valid by the old charter on both sides."""
    for party in PARTIES:
        world.adopt(party, number=2, markings=[])
    meanwhile = world.open_thread("eu", marking="limited")
    world.exchange()
    assert world.cn.verdicts[meanwhile.position] == ""
    assert code_of(world.open_thread, "eu", marking="limited") == "marking"


def test_where_the_charter_asks_for_it_a_second_official_clears(world):
    rows = [
        {
            "row": 1, "number": "A-1", "urgency": "normal", "rank": 1,
            "first_listed": "2026-11-20", "times_listed": 1,
        }
    ]  # fmt: skip
    payload = world.payload("eu", "batch.listed", body={"list": "W47", "rows": 1})
    parts = [world.data("list", {"rows": rows})]
    assert code_of(world.append, "eu", payload, parts) == "clearance-missing"
    assert code_of(world.append, "eu", payload, parts, also=["clerk"]) == "clearance-missing"
    world.append("eu", payload, parts, also=["head"])


def test_a_charter_may_have_notes_that_ask_cleared_and_no_others(world):
    for party in PARTIES:
        world.adopt(party, number=2, release=[{"kind": "asks", "roles": ["head"]}])
    world.exchange()
    thread = world.open_thread("eu").leaf.thread
    world.note("eu", thread, ("It is known.",))
    ask = world.ask("eu", "2026-12-01T09:00:00Z", part=0)
    assert code_of(world.note, "eu", thread, ("Is it?",), asks=[ask]) == "clearance-missing"


# Kinds -------------------------------------------------------------------------------


def test_a_thread_is_opened_with_subjects_and_on_a_batch(world):
    assert refusal(world, "eu", opening(world), [world.text("no subject")]) == "entry-malformed"
    thread = world.open_thread("eu")
    on_thread = opening(world, body={"batch": thread.id})
    assert refusal(world, "eu", on_thread, [world.text("x", "subject")]) == "reference"
    unknown = opening(world, body={"batch": "a" * 64})
    assert refusal(world, "eu", unknown, [world.text("x", "subject")]) == "reference"


@pytest.mark.parametrize(
    ("places", "fine"), [([1], True), ([2], False), ([1, 1], False), ([0], True)]
)
def test_a_translation_names_text_parts_each_once(places, fine, world):
    thread = world.open_thread("eu")
    body = {"translation": {"lang": "zh-CN", "parts": places}}
    act_ = (world.note, "eu", thread.leaf.thread, ("One.", "一。"))
    if fine:
        act_[0](*act_[1:], body=body)
    else:
        assert code_of(*act_, body=body) == "entry-malformed"


def test_a_translation_is_no_file(world):
    thread = world.open_thread("eu")
    file = file_part(world.draw(), "a.txt", "text/plain", 1, "a" * 64)
    body = {"translation": {"lang": "zh-CN", "parts": [1]}}
    payload = world.payload("eu", "note.posted", thread=thread.leaf.thread, lang="en", body=body)
    assert code_of(world.append, "eu", payload, [world.text("x"), file]) == "entry-malformed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"who": "eu"}, "ask-own-side"),
        ({"charter": "a" * 64}, "charter-mismatch"),
        ({"rule": "never"}, "ask-rule"),
        ({"calendar": "b" * 64}, "charter-mismatch"),
        ({"part": 1}, "entry-malformed"),
    ],
)
def test_a_question_is_put_to_the_other_side_under_the_charter(change, code, world):
    thread = world.open_thread("eu")
    wrong = [world.ask("eu", DUE, **change)]
    assert code_of(world.note, "eu", thread.leaf.thread, asks=wrong) == code
    right = [world.ask("eu", COUNTED, rule="three-working-days", calendar="c" * 64, part=0)]
    world.note("eu", thread.leaf.thread, asks=right)


def test_a_side_answers_what_it_was_asked(world):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    assert code_of(world.answer, "eu", note) == "owner"


def test_the_other_side_acknowledges_and_the_own_side_corrects_and_withdraws(world, noted):
    assert code_of(world.about, "eu", "note.acknowledged", noted) == "owner"
    assert code_of(world.about, "cn", "note.withdrawn", noted) == "owner"
    world.about("cn", "note.acknowledged", noted)
    world.about("eu", "note.withdrawn", noted)


def test_an_entry_about_a_note_names_a_note_of_its_thread(world, noted):
    other = world.open_thread("cn")
    elsewhere, nothing = {"thread": other.leaf.thread}, naming("note.acknowledged", "a" * 64)
    assert code_of(world.about, "cn", "note.acknowledged", noted, **elsewhere) == "reference"
    thread = next(e for e in world.cn.mirror.entries if e.leaf.kind == "thread.opened")
    assert code_of(world.about, "cn", "note.acknowledged", thread) == "reference"
    assert code_of(world.about, "cn", "note.acknowledged", noted, **nothing) == "reference"


def test_a_reopening_names_a_close_of_its_thread(world, noted):
    assert code_of(world.about, "cn", "thread.reopened", noted) == "reference"


def test_a_corrections_translation_is_checked_like_a_notes(world, noted):
    body = {"translation": {"lang": "zh-CN", "parts": [7]}}
    payload = world.payload(
        "eu", "note.corrected", thread=noted.leaf.thread, ref=noted.id, lang="en", body=body
    )
    assert code_of(world.append, "eu", payload, [world.text("x")]) == "entry-malformed"


def test_either_side_may_translate_a_note(world, noted):
    world.exchange()
    stated = {"thread": noted.leaf.thread, "ref": noted.id, "lang": "zh-CN"}
    for party in PARTIES:
        made = world.append(
            party, world.payload(party, "note.translated", **stated), [world.text("译文")]
        )
        world.exchange()
        row = world.eu.replay.rows["note", noted.id]
        assert [mark.index for mark in row.translated if mark.party == party] == [
            made.position.index
        ]


@pytest.mark.parametrize("opener", PARTIES)
def test_either_side_may_translate_a_subject(world, opener):
    opening = world.open_thread(opener)
    world.exchange()
    stated = {"thread": opening.leaf.thread, "ref": opening.id, "lang": "zh-CN"}
    for party in PARTIES:
        payload = world.payload(party, "note.translated", **stated)
        made = world.append(party, payload, [world.text("主题", "subject")])
        world.exchange()
        rows = [side.replay.rows["thread", opening.leaf.thread] for side in world.sides.values()]
        assert rows[0] == rows[1]
        marks = rows[0].opening.translated
        assert [mark.id for mark in marks if mark.party == party] == [made.id]
    assert rows[0].notes_eu == rows[0].notes_cn == 0


def test_subject_is_translated_by_a_subject_of_its_thread(world, noted):
    thread, other = noted.leaf.thread, world.open_thread("eu")
    world.exchange()

    def refused(ref: Entry, role: str) -> str:
        payload = world.payload("eu", "note.translated", thread=thread, ref=ref.id, lang="zh-CN")
        return code_of(world.append, "eu", payload, [world.text("译文", role)])

    assert refused(other, "subject") == "reference"
    opening = world.eu.replay.rows["thread", thread].opening
    payload = world.payload("eu", "note.translated", thread=thread, ref=opening.id, lang="zh-CN")
    assert code_of(world.append, "eu", payload, [world.text("译文")]) == "entry-malformed"


def test_of_two_openings_at_once_the_named_one_is_translated(world):
    """Both sides may open one thread at once; each opening has its own subject."""
    first = world.open_thread("eu")
    thread = first.leaf.thread
    second = world.open_thread("cn", thread=thread)
    world.exchange()
    payload = world.payload("eu", "note.translated", thread=thread, ref=second.id, lang="zh-CN")
    world.append("eu", payload, [world.text("主题", "subject")])
    opened = {fact.id: fact.translated for fact in world.eu.replay.rows["thread", thread].opened}
    assert opened[first.id] == ()
    assert len(opened[second.id]) == 1


# Sheets ------------------------------------------------------------------------------


def test_eu_lists_and_cn_answers(world):
    batch = world.list_batch(["A-1"])
    world.exchange()
    listed = batch.payload | {"log": world.cn.origin, "by": world.cn.keys["desk"].key, "seen": []}
    del listed["parts"]
    data = [world.data("list", {"rows": []})]
    assert code_of(world.append, "cn", listed, data, also=["head"]) == "owner"


def test_a_sheet_has_as_many_rows_as_the_entry_says_each_once(world):
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    row = {"row": 1, "number": "A-1"}
    assert code_of(world.answer_batch, batch, [row, row]) == "data-malformed"
    sheet = {"rows": [{"match": "found"} | row]}
    payload = world.payload("cn", "batch.answered", ref=batch.id, body={"rows": 2})
    parts = [world.data("return-sheet", sheet)]
    assert code_of(world.append, "cn", payload, parts, also=["head"]) == "data-malformed"
    nonsense = [world.data("return-sheet", {"columns": []})]
    assert code_of(world.append, "cn", payload, nonsense, also=["head"]) == "entry-malformed"


def test_a_free_remark_belongs_to_one_row_and_is_in_a_language(world):
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()

    def answer(*places, texts=1, first=("data",), **fields):
        rows = [
            {"row": row, "number": f"A-{row}", "match": "found"} | ({"text": at} if at else {})
            for row, at in enumerate(places, 1)
        ]
        sheet = world.data("return", {"rows": rows})
        remarks = [world.text(f"Remark {number}.") for number in range(texts)]
        parts = [sheet, *remarks] if first else [*remarks, sheet]
        fields = {"lang": "zh-CN"} | fields
        payload = world.payload("cn", "batch.answered", ref=batch.id, body={"rows": len(rows)})
        stated = payload | {name: value for name, value in fields.items() if value}
        return world.append, "cn", stated, parts

    wrong = [
        answer(0, texts=1),  # a remark of no row
        answer(1, 1),  # one remark of two rows
        answer(2, texts=1),  # a place that isn't there
        answer(0, 1, lang=None),  # a text in no language
        answer(0, texts=0),  # a language of no text
        answer(1, first=()),  # the sheet is not the first part
    ]
    for append, *given in wrong:
        assert code_of(append, *given, also=["head"]) == "data-malformed"
    subject = [
        world.data("return", {"rows": [{"row": 1, "number": "A-1", "match": "found", "text": 1}]}),
        world.text("A", "subject"),
    ]
    payload = world.payload("cn", "batch.answered", ref=batch.id, body={"rows": 1}, lang="en")
    assert code_of(world.append, "cn", payload, subject, also=["head"]) == "data-malformed"
    append, *given = answer(0, 1)
    append(*given, also=["head"])
    world.exchange()
    assert world.eu.replay.rows["listing", f"{batch.id}:2"].text == 1
    assert world.eu.replay.rows["listing", f"{batch.id}:1"].text == 0


def test_a_return_sheet_names_a_batch(world, noted):
    payload = world.payload("cn", "batch.answered", ref=noted.id, body={"rows": 1})
    parts = [world.data("sheet", {"rows": [{"row": 1, "number": "A-1", "match": "found"}]})]
    assert code_of(world.append, "cn", payload, parts, also=["head"]) == "reference"
    unknown = payload | {"ref": "a" * 64}
    assert code_of(world.append, "cn", unknown, parts, also=["head"]) == "reference"


def test_a_row_that_was_not_listed_changes_no_listing(world):
    batch = world.list_batch(["A-1"])
    world.exchange()
    rows = [
        {"row": 7, "number": "A-7", "match": "not_found"},
        {"row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-23"},
    ]
    world.answer_batch(batch, rows)
    world.exchange()
    assert world.eu.digest == world.cn.digest
    assert ("listing", f"{batch.id}:7") not in world.eu.replay.rows


# The record --------------------------------------------------------------------------


def test_data_is_not_erased_by_order_but_may_be_lost(world):
    batch = world.list_batch(["A-1"])
    assert code_of(world.erase, "eu", batch, [0]) == "erase-part"
    world.erase("eu", batch, [0], basis="lost")


def test_what_is_not_there_can_not_be_erased(world, noted):
    assert code_of(world.erase, "eu", noted, [1]) == "erase-part"
    payload = world.payload(
        "eu", "part.erased", by="head", ref="a" * 64, body={"parts": [0], "basis": "order"}
    )
    assert code_of(world.append, "eu", payload) == "reference"


@pytest.mark.parametrize("order", [{}, {"order": " \u3000 "}])
def test_erasure_by_order_names_the_order(order, world, noted):
    body = {"parts": [0], "basis": "order"} | order
    payload = world.payload("eu", "part.erased", by="head", ref=noted.id, body=body)
    assert code_of(world.append, "eu", payload) == "erase-order"
    lost = world.payload(
        "eu", "part.erased", by="head", ref=noted.id, body=body | {"basis": "lost"}
    )
    world.append("eu", lost)


def test_a_log_is_restored_within_its_size_by_the_root(world):
    size = world.eu.own.size
    stated = world.payload("eu", "log.restored", by="root", body={"size": size + 1})
    assert code_of(world.append, "eu", stated, also=["root-2"]) == "reference"
    by_node = world.payload("eu", "log.restored", by="node", body={"size": size})
    assert code_of(world.append, "eu", by_node) == "role"
    restored = world.payload("eu", "log.restored", by="root", body={"size": size})
    assert code_of(world.append, "eu", restored) == "root-threshold"
    world.append("eu", restored, also=["root-3"])


# Rule 18 -----------------------------------------------------------------------------


def test_rule_18_an_invalid_entry_has_no_effect_and_what_follows_goes_on(world, noted):
    before = world.cn.digest
    payload = world.payload("cn", "note.withdrawn", thread=noted.leaf.thread, ref=noted.id)
    invalid = world.append("cn", payload, honest=False)
    world.exchange()
    assert world.eu.digest == world.cn.digest == before
    follow = world.about("cn", "note.acknowledged", noted)
    world.exchange()
    assert (world.eu.verdicts[invalid.position], world.eu.verdicts[follow.position]) == (
        "owner",
        "",
    )


def test_rule_18_a_refusal_changes_no_state(world, noted):
    payload = world.payload("cn", "note.withdrawn", thread=noted.leaf.thread, ref=noted.id)
    invalid = world.append("cn", payload, honest=False)
    world.exchange()
    before = world.eu.digest
    body = {"index": invalid.position.index, "code": "owner"}
    world.append("eu", world.payload("eu", "peer.refused", by="node", body=body))
    assert world.eu.digest == before


def test_rule_18_a_duplicate_shares_its_id_with_the_valid_entry(world, noted):
    thread = world.open_thread("cn")
    world.append_signed("cn", thread.submission, honest=False)
    world.exchange()
    assert [
        world.eu.verdicts[e.position] for e in world.eu.mirror.entries if e.id == thread.id
    ] == [
        "",
        "entry-duplicate",
    ]
    world.note("eu", thread.leaf.thread)
