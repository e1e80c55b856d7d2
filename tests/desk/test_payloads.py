"""What officials sign outside a browser: the judge's form, and the browser's paragraphs."""

from __future__ import annotations

import itertools
import json
from hashlib import sha256

import pytest

from special_channel.core.bytes import dsse, parts
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import NotePosted, ThreadOpened
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.desk import payloads, written
from special_channel.desk.charter import MAX_RELEASE_BYTES, read_release
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import (
    Attachment,
    Author,
    NoteDraft,
    Question,
    Translated,
)
from special_channel.desk.written import Wording

KEY = KeyFile.make("eu", "desk", bytes(range(32)), unit="u", desk="permits")
THREAD, NOTE, CHARTER = "a1" * 16, "b2" * 32, "c3" * 32


def author() -> Author:
    numbers = itertools.count()

    def draw(length: int) -> bytes:
        return sha256(str(next(numbers)).encode()).digest()[:length]

    return Author(KEY.signer, "eu.channel.example/log", "2026-11-24T08:00:00Z", (), draw)


def opened(entry: Submission) -> Incoming:
    incoming = read(entry, whole=True)
    signature = incoming.envelope.signatures[0]
    assert signature.keyid == KEY.key
    return incoming


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One.", ["One."]),
        ("One.\n\nTwo.", ["One.", "Two."]),
        ("One.\r\n\r\nTwo.\rstill two", ["One.", "Two.\nstill two"]),
        ("\n\nOne.\n \t\n\n\nTwo.  \n", ["One.", "Two."]),
        ("  One, indented.\n  And on.", ["  One, indented.\n  And on."]),
        (" \n \n", []),
        ("", []),
    ],
)
def test_paragraphs_are_parted_at_blank_lines_as_the_browser_does(text, found):
    assert payloads.paragraphs(text) == found


def test_a_note_has_its_words_its_questions_its_translation_and_its_files_in_this_order():
    draft = NoteDraft(
        THREAD,
        "en",
        "First.\n\nSecond.",
        Translated("zh-CN", "第一。"),
        (
            Question(
                "Is it so?", "是否如此？", "cn", "2026-11-26T09:00:00Z", "reply-2wd", "d4" * 32
            ),
        ),
        ((NOTE, ("1", "3-5")),),
        (Attachment("a.pdf", "application/pdf", 3, "e5" * 32),),
        CHARTER,
    )
    incoming = opened(payloads.note_posted(author(), draft))
    entry = incoming.entry
    assert isinstance(entry, NotePosted)
    read_parts = [parts.parse(each) for each in incoming.submission.parts if each]
    assert [getattr(each, "text", "file") for each in read_parts] == [
        "First.",
        "Second.",
        "Is it so?",
        "第一。",
        "是否如此？",
        "file",
    ]
    assert entry.body.translation is not None
    assert entry.body.translation.parts == (3, 4)
    [ask] = entry.asks
    assert (ask.q, ask.who, ask.part, ask.rule) == ("1", "cn", 2, "reply-2wd")
    assert ask.charter == CHARTER
    assert entry.answers[0].numbers() == ("1", "3", "4", "5")


def test_each_part_has_a_salt_of_its_own():
    entry = payloads.note_posted(author(), NoteDraft(THREAD, "en", "Same.\n\nSame."))
    assert len(set(entry.parts)) == 2
    assert len({ref.c for ref in getattr(opened(entry).entry, "parts", ())}) == 2


def test_a_thread_says_what_it_is_about_and_which_subject_is_the_translation():
    draft = payloads.ThreadDraft(
        THREAD, "zh-CN", "编号未查到", Translated("en", "Not found"), NOTE, ("FIKTIV-1",)
    )
    entry = opened(payloads.thread_opened(author(), draft)).entry
    assert isinstance(entry, ThreadOpened)
    assert entry.body.batch == NOTE
    assert entry.body.translation is not None
    assert (entry.lang, entry.body.translation.lang) == ("zh-CN", "en")


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda: payloads.acknowledged(author(), (THREAD, NOTE)), "note.acknowledged"),
        (
            lambda: written.withdrawn(author(), THREAD, NOTE, Wording("en", "Sent twice.")),
            "note.withdrawn",
        ),
        (lambda: payloads.closed(author(), THREAD, [(NOTE, "1")]), "thread.closed"),
        (lambda: payloads.note_internal(author(), THREAD, "en", "Only us."), "note.internal"),
        (lambda: payloads.batch_answered(author(), NOTE, [{"row": 1}]), "batch.answered"),
        (lambda: payloads.batch_listed(author(), "L1", [{"row": 1}]), "batch.listed"),
        (lambda: payloads.columns_kept(author(), "L1", [{"row": 1}]), "columns.kept"),
        (lambda: payloads.key_enrolled(author(), KEY.public, "a1" * 16), "key.enrolled"),
    ],
)
def test_each_act_is_an_entry_of_its_kind_signed_by_its_author(act, kind):
    entry = act()
    incoming = opened(entry)
    assert incoming.entry.kind == kind
    assert incoming.entry.by == KEY.key
    assert incoming.id == dsse.decode(entry.envelope).id


def test_a_free_remark_is_a_part_of_its_own_that_its_row_names():
    rows: list[payloads.Fields] = [{"row": 3}, {"row": 5}, {"row": 8}]
    incoming = opened(payloads.batch_answered(author(), NOTE, rows, {8: "已电话联系", 3: "见附件"}))
    assert [part.k for part in incoming.entry.parts] == ["data", "text", "text"]
    assert incoming.entry.lang == "zh-CN"
    assert json.loads(incoming.data or b"")["rows"] == [
        {"row": 3, "text": 1},
        {"row": 5},
        {"row": 8, "text": 2},
    ]
    texts = [json.loads(part or b"")["text"] for part in incoming.submission.parts[1:]]
    assert texts == ["见附件", "已电话联系"]


def test_paragraphs_of_many_blanks_are_read_in_one_pass():
    # 200,000 blanks before a word: looked at once each, and not once for each other.
    assert payloads.paragraphs(" " * 200_000 + "x" + " " * 200_000) == [" " * 200_000 + "x"]


@pytest.mark.timeout(5)
def test_a_release_of_one_key_of_many_parts_is_refused_unread():
    # tomllib takes the square of its parts: 64 KiB of them took ten seconds.
    text = b"a." * (MAX_RELEASE_BYTES // 2 - 2) + b"a=1"
    with pytest.raises(Malformed) as refused:
        read_release("long.toml", text)
    assert refused.value.code == "file-not-toml"
