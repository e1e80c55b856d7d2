"""Each act signed outside a browser has exactly the fields that its author gave."""

from __future__ import annotations

import itertools
import json
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.rows.submission import Submission
from special_channel.desk import (
    meeting_payloads,
    payloads,
    recovery_payloads,
    written,
)
from special_channel.desk.erasure_payloads import erased
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.meeting_payloads import MeetingDraft, PointDraft
from special_channel.desk.payloads import (
    Author,
    NoteDraft,
    Proposal,
    Question,
    ThreadDraft,
    Translated,
)
from special_channel.desk.written import Wording

KEY = KeyFile.make("eu", "desk", bytes(range(32)), unit="u", desk="permits")
THREAD, NOTE, OTHER, CHARTER = "a1" * 16, "b2" * 32, "d4" * 32, "c3" * 32
SEEN: payloads.Fields = {"party": "cn", "size": 7}
MOVE = Proposal(THREAD, NOTE, "2", "2026-12-01T09:00:00Z")
PAUSED = Proposal(THREAD, NOTE, "2", "2026-12-01T09:00:00Z", ("2026-11-25", "2026-11-27"))
ROW: payloads.Fields = {"row": 1, "number": "FIKTIV-1"}


def author() -> Author:
    numbers = itertools.count()

    def draw(length: int) -> bytes:
        return sha256(str(next(numbers)).encode()).digest()[:length]

    return Author(KEY.signer, "eu.channel.example/log", "2026-11-24T08:00:00Z", (SEEN,), draw)


A = author()


def payload(entry: Submission) -> dict[str, Any]:
    signed: dict[str, Any] = json.loads(dsse.decode(entry.envelope).payload)
    return signed


def own_fields(entry: Submission) -> dict[str, Any]:
    """Fields of the kind alone: without what every entry has."""
    common = {"v", "log", "by", "at", "seen", "kind", "parts"}
    return {name: value for name, value in payload(entry).items() if name not in common}


def texts(entry: Submission) -> list[tuple[str, str]]:
    """Role and text of the parts, in order."""
    read = [json.loads(part or b"") for part in entry.parts]
    return [(part["role"], part["text"]) for part in read]


def data(entry: Submission) -> dict[str, Any]:
    """The data part's type, and its content."""
    [part] = [json.loads(part or b"") for part in entry.parts]
    return {"type": part["type"], **part["data"]}


ACTS = [
    (lambda: payloads.acknowledged(A, (THREAD, NOTE), (THREAD, OTHER)), "note.acknowledged",
     {"thread": THREAD, "body": {"entries": [NOTE, OTHER]}}),
    (lambda: payloads.acknowledged(A, (THREAD, NOTE), ("b2" * 16, OTHER)), "note.acknowledged",
     {"body": {"entries": [NOTE, OTHER]}}),
    (lambda: written.withdrawn(A, THREAD, NOTE, Wording("en", "")), "note.withdrawn",
     {"thread": THREAD, "ref": NOTE, "body": {}}),
    (lambda: payloads.date_proposed(A, MOVE), "date.proposed",
     {"thread": THREAD, "ref": NOTE, "body": {"q": "2", "due": MOVE.due}}),
    (lambda: payloads.date_proposed(A, PAUSED), "date.proposed",
     {"thread": THREAD, "ref": NOTE, "body": {
         "q": "2", "due": MOVE.due, "suspended": {"first": "2026-11-25", "last": "2026-11-27"}}}),
    (lambda: payloads.date_agreed(A, MOVE, OTHER), "deadline.moved",
     {"thread": THREAD, "ref": NOTE, "body": {
         "q": "2", "due": MOVE.due, "basis": "agreed", "proposal": OTHER}}),
    (lambda: payloads.date_agreed(A, PAUSED, OTHER), "deadline.moved",
     {"thread": THREAD, "ref": NOTE, "body": {
         "q": "2", "due": MOVE.due, "basis": "suspended", "proposal": OTHER}}),
    (lambda: payloads.date_accepted(A, MOVE), "deadline.moved",
     {"thread": THREAD, "ref": NOTE, "body": {"q": "2", "due": MOVE.due, "basis": "agreed"}}),
    (lambda: payloads.date_renewed(A, MOVE), "deadline.moved",
     {"thread": THREAD, "ref": NOTE, "body": {"q": "2", "due": MOVE.due, "basis": "withdrawn"}}),
    (lambda: payloads.date_rebased(A, THREAD, NOTE, {"q": "1"}), "deadline.moved",
     {"thread": THREAD, "ref": NOTE, "body": {"q": "1"}}),
    (lambda: payloads.referred(A, THREAD, NOTE, ("1", "head")), "referral.sent",
     {"thread": THREAD, "ref": NOTE, "body": {"q": "1", "level": "head"}}),
    (lambda: payloads.closed(A, THREAD, [(NOTE, "1")]), "thread.closed",
     {"thread": THREAD, "body": {"asks": [{"id": NOTE, "q": "1"}]}}),
    (lambda: payloads.closed(A, THREAD, []), "thread.closed", {"thread": THREAD, "body": {}}),
    (lambda: payloads.application_asserted(A, ROW), "application.asserted", {"body": ROW}),
    (lambda: payloads.licence_issued(A, ROW), "licence.issued", {"body": ROW}),
    (lambda: payloads.licence_drawn(A, ROW), "licence.drawn", {"body": ROW}),
    (lambda: payloads.clock_marked(A, ROW), "clock.marked", {"body": ROW}),
    (lambda: payloads.application_linked(A, "B-1", "A-1", "renumbered"), "application.linked",
     {"body": {"number": "B-1", "former": "A-1", "basis": "renumbered"}}),
    (lambda: payloads.priority_requested(A, ["A-1"], "line_stop"), "priority.requested",
     {"body": {"applications": ["A-1"], "reason": "line_stop"}}),
    (lambda: payloads.priority_answered(A, NOTE, ["answer"]), "priority.answered",
     {"ref": NOTE, "body": {"answers": ["answer"]}}),
    (lambda: payloads.draft_cleared(A, NOTE), "draft.cleared", {"body": {"id": NOTE}}),
    (lambda: payloads.key_enrolled(A, KEY.public, "a1" * 16), "key.enrolled",
     {"body": {"person": "a1" * 16, "suite": "ed25519", "public": KEY.public}}),
    (lambda: meeting_payloads.point_agreed(A, NOTE), "point.marked",
     {"body": {"entries": [{"id": NOTE, "word": "agreed"}]}}),
    (lambda: erased(A, "part.erased", NOTE, [0, 2], ("request", "Order 7")), "part.erased",
     {"ref": NOTE, "body": {"parts": [0, 2], "basis": "request", "order": "Order 7"}}),
    (lambda: erased(A, "private.erased", NOTE, [1], ("mistake", "")), "private.erased",
     {"ref": NOTE, "body": {"parts": [1], "basis": "mistake"}}),
    (lambda: recovery_payloads.private_restored(A, 5, 8, "ab" * 32), "private.restored",
     {"body": {"size": 5, "signed": 8, "root": "ab" * 32}}),
    (lambda: recovery_payloads.log_restored(A, 5), "log.restored", {"body": {"size": 5}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("act", "kind", "fields"),
    ACTS,
    ids=[f"{place}-{kind}" for place, (_, kind, _) in enumerate(ACTS)],
)
def test_act_without_parts_has_exactly_its_fields(act, kind, fields):
    entry = act()
    assert payload(entry)["kind"] == kind
    assert own_fields(entry) == fields
    assert entry.parts == ()
    assert "parts" not in payload(entry)


def test_every_entry_names_log_author_time_and_checkpoints():
    signed = payload(payloads.draft_cleared(A, NOTE))
    del signed["body"]
    assert signed == {
        "v": 1, "log": "eu.channel.example/log", "kind": "draft.cleared", "by": KEY.key,
        "at": "2026-11-24T08:00:00Z", "seen": [SEEN],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("act", "kind", "fields", "rows"),
    [
        (lambda: payloads.batch_listed(A, "L1", [ROW]), "batch.listed",
         {"body": {"list": "L1", "rows": 1}}, {"type": "list", "rows": [ROW]}),
        (lambda: payloads.columns_kept(A, "L1", [ROW, ROW]), "columns.kept",
         {"body": {"list": "L1", "rows": 2}}, {"type": "columns", "rows": [ROW, ROW]}),
        (lambda: payloads.batch_answered(A, NOTE, [ROW]), "batch.answered",
         {"ref": NOTE, "body": {"rows": 1}}, {"type": "return", "rows": [ROW]}),
        (lambda: payloads.batch_amended(A, NOTE, {"added": [ROW]}, 3), "batch.amended",
         {"ref": NOTE, "body": {"rows": 3}}, {"type": "amendment", "added": [ROW]}),
    ],
)  # fmt: skip
def test_sheet_is_a_data_part_and_the_entry_counts_its_rows(act, kind, fields, rows):
    entry = act()
    assert payload(entry)["kind"] == kind
    assert own_fields(entry) == fields
    assert data(entry) == rows
    assert len(payload(entry)["parts"]) == 1


def test_answer_with_remarks_has_a_language():
    entry = payloads.batch_answered(A, NOTE, [ROW], {1: "见附件"}, "en")
    assert own_fields(entry) == {"ref": NOTE, "body": {"rows": 1}, "lang": "en"}


def test_thread_without_translation_or_marking_has_neither():
    entry = payloads.thread_opened(A, ThreadDraft(THREAD, "en", "Subject"))
    assert own_fields(entry) == {
        "thread": THREAD, "lang": "en", "body": {"batch": "standing", "applications": []},
    }  # fmt: skip
    assert texts(entry) == [("subject", "Subject")]


def test_thread_names_batch_numbers_marking_and_translation():
    draft = ThreadDraft(
        THREAD, "en", "Subject", Translated("zh-CN", "主题"), NOTE, ("A-1",), "limited"
    )
    entry = payloads.thread_opened(A, draft)
    assert own_fields(entry) == {
        "thread": THREAD, "lang": "en", "marking": "limited",
        "body": {"batch": NOTE, "applications": ["A-1"],
                 "translation": {"lang": "zh-CN", "parts": [1]}},
    }  # fmt: skip
    assert texts(entry) == [("subject", "Subject"), ("subject", "主题")]


def test_note_without_questions_or_answers_has_neither():
    entry = payloads.note_posted(A, NoteDraft(THREAD, "en", "One.\n\nTwo."))
    assert own_fields(entry) == {"thread": THREAD, "lang": "en", "body": {}}
    assert texts(entry) == [("text", "One."), ("text", "Two.")]


def test_note_numbers_its_questions_and_their_parts():
    questions = (
        Question("Is it?", "", "cn", "2026-11-26T09:00:00Z"),
        Question(
            "By rule?",
            "按规则？",
            "eu",
            "2026-11-27T09:00:00Z",
            "reply-2wd",
            OTHER,
            provisional=True,
        ),
    )
    draft = NoteDraft(
        THREAD, "en", "Words.", Translated("zh-CN", "文字。"), questions,
        ((NOTE, ("1", "3-5")),), charter=CHARTER, marking="limited",
    )  # fmt: skip
    entry = payloads.note_posted(A, draft)
    assert own_fields(entry) == {
        "thread": THREAD,
        "lang": "en",
        "marking": "limited",
        "body": {"translation": {"lang": "zh-CN", "parts": [3, 4]}},
        "asks": [
            {"q": "1", "who": "cn", "due": "2026-11-26T09:00:00Z", "charter": CHARTER, "part": 1},
            {"q": "2", "who": "eu", "due": "2026-11-27T09:00:00Z", "charter": CHARTER, "part": 2,
             "rule": "reply-2wd", "calendar": OTHER, "provisional": True},
        ],
        "answers": [{"id": NOTE, "q": ["1", "3-5"]}],
    }  # fmt: skip
    assert texts(entry) == [
        ("text", "Words."), ("text", "Is it?"), ("text", "By rule?"), ("text", "文字。"),
        ("text", "按规则？"),
    ]  # fmt: skip


def test_translation_of_no_words_is_left_out():
    draft = NoteDraft(THREAD, "en", "Words.", Translated("zh-CN", " \n"))
    entry = payloads.note_posted(A, draft)
    assert own_fields(entry)["body"] == {}
    assert texts(entry) == [("text", "Words.")]


def test_words_of_private_entries_are_paragraphs():
    internal = payloads.note_internal(A, THREAD, "en", "One.\n\nTwo.")
    assert own_fields(internal) == {"thread": THREAD, "lang": "en", "body": {}}
    assert texts(internal) == [("text", "One."), ("text", "Two.")]
    returned = payloads.draft_returned(A, NOTE, "zh-CN", "一。\n\n二。")
    assert payload(returned)["kind"] == "draft.returned"
    assert own_fields(returned) == {"lang": "zh-CN", "body": {"id": NOTE}}
    assert texts(returned) == [("text", "一。"), ("text", "二。")]


def test_meeting_names_day_place_level_and_who_was_present():
    words = Wording("en", "Technical talks", Translated("zh-CN", "技术会谈"))
    draft = MeetingDraft(words, "2026-11-24", "Brussels", "working", (("eu", "head"),))
    entry = meeting_payloads.meeting_held(A, draft)
    assert payload(entry)["kind"] == "meeting.held"
    assert own_fields(entry) == {
        "lang": "en",
        "body": {
            "on": "2026-11-24", "place": "Brussels", "level": "working",
            "present": [{"party": "eu", "role": "head"}],
            "translation": {"lang": "zh-CN", "parts": [1]},
        },
    }  # fmt: skip
    assert texts(entry) == [("subject", "Technical talks"), ("subject", "技术会谈")]
    alone = meeting_payloads.meeting_held(
        A, MeetingDraft(Wording("en", "Talks"), "2026-11-24", "Brussels", "working")
    )
    assert own_fields(alone)["body"] == {
        "on": "2026-11-24", "place": "Brussels", "level": "working",
    }  # fmt: skip


def test_point_names_its_meeting_side_and_promised_day():
    words = Wording("en", "One.\n\nTwo.", Translated("zh-CN", "一。"))
    promise = meeting_payloads.point_noted(
        A, NOTE, PointDraft(words, "promise", "cn", "2026-12-01")
    )
    assert payload(promise)["kind"] == "point.noted"
    assert own_fields(promise) == {
        "ref": NOTE, "lang": "en",
        "body": {"point": "promise", "who": "cn", "due": "2026-12-01",
                 "translation": {"lang": "zh-CN", "parts": [2]}},
    }  # fmt: skip
    assert texts(promise) == [("text", "One."), ("text", "Two."), ("text", "一。")]
    statement = meeting_payloads.point_noted(
        A, NOTE, PointDraft(Wording("en", "One."), "statement", "eu")
    )
    assert own_fields(statement)["body"] == {"point": "statement", "who": "eu"}
    words = Wording("en", "Otherwise.\n\nAs follows.", Translated("zh-CN", "并非如此。"))
    differed = meeting_payloads.point_differed(A, OTHER, words)
    assert payload(differed)["kind"] == "point.marked"
    assert own_fields(differed) == {
        "lang": "en",
        "body": {"entries": [{"id": OTHER, "word": "differed", "parts": [0, 1, 2]}],
                 "translation": {"lang": "zh-CN", "parts": [2]}},
    }  # fmt: skip
    assert texts(differed) == [
        ("text", "Otherwise."), ("text", "As follows."), ("text", "并非如此。"),
    ]  # fmt: skip
    plain = meeting_payloads.point_differed(A, OTHER, Wording("en", "Otherwise."))
    assert own_fields(plain)["body"] == {
        "entries": [{"id": OTHER, "word": "differed", "parts": [0]}]
    }


def test_salt_of_a_part_has_32_bytes_drawn_for_it():
    lengths: list[int] = []

    def draw(length: int) -> bytes:
        lengths.append(length)
        return bytes([len(lengths)] * length)

    own = Author(KEY.signer, "eu.channel.example/log", "2026-11-24T08:00:00Z", (), draw)
    payloads.note_internal(own, THREAD, "en", "One.\n\nTwo.")
    assert lengths == [32, 32]
    assert bytes(32) == payloads.PREVIEW_SALT
