"""Sentences about silence: true of the record, from either side, in both languages.

Every sentence is written by hand here: none is made from the catalogue.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest
from babel.messages.pofile import read_po

from special_channel.messages.catalogue import catalogue
from special_channel.messages.silence import (
    QuestionStatus,
    Times,
    event,
    known,
    letter,
    line,
    sentence,
    short,
)

OURS, THEIRS = True, False
TIMES = {
    "en": Times(
        due="Fri 27 Nov 08:02",
        by="Fri 27 Nov 08:02 Brussels, 15:02 Beijing",
        answered="3 Dec",
        withdrawn="9 Dec",
        position="CN-36",
    ),
    "zh-CN": Times(
        due="11月27日15:02",
        by="北京时间11月27日（周五）15:02，布鲁塞尔时间08:02",
        answered="12月3日",
        withdrawn="12月9日",
        position="EU-24",
    ),
}
KNOWN = {"en": "Fri 27 Nov 07:40", "zh-CN": "11月27日14:40"}

SHORT: list[tuple[str, dict[str, bool], bool, str, str]] = [
    ("open", {}, OURS, "open", "待答复"),
    ("open", {}, THEIRS, "open", "待答复"),
    ("open", {"requested": True}, OURS, "answer requested", "希望答复"),
    ("open", {"requested": True}, THEIRS, "answer requested", "希望答复"),
    ("open", {"provisional": True}, OURS, "provisional date", "暂定答复时间"),
    ("open", {"passed": True}, OURS, "our answer is not recorded", "尚无我方答复"),
    ("open", {"passed": True}, THEIRS, "no answer received", "尚未收到答复"),
    ("unanswered-confirmed", {}, OURS, "our answer is not recorded", "尚无我方答复"),
    ("unanswered-confirmed", {}, THEIRS, "no answer in either record", "双方记录中均无答复"),
    ("unanswered-unconfirmed", {}, OURS, "our answer is not recorded", "尚无我方答复"),
    ("unanswered-unconfirmed", {}, THEIRS, "no answer received", "尚未收到答复"),
    ("in-time", {}, OURS, "answered in time", "已在约定答复时间内答复"),
    ("in-time", {}, THEIRS, "answered in time", "已在约定答复时间内答复"),
    ("late", {}, OURS, "answered after the date", "已答复，晚于约定答复时间"),
    ("late", {}, THEIRS, "answered after the date", "已答复，晚于约定答复时间"),
    ("crossed", {}, OURS, "crossed", "已答复，双方记录在途交叉"),
    ("crossed", {}, THEIRS, "crossed", "已答复，双方记录在途交叉"),
    (
        "withdrawn", {}, OURS,
        "our answer withdrawn, not answered again", "我方答复已撤回，尚未重新答复",
    ),
    ("withdrawn", {}, THEIRS, "answer withdrawn, not answered again", "答复已撤回，尚未重新答复"),
    ("ended", {}, OURS, "ended", "已终止"),
    ("ended", {}, THEIRS, "ended", "已终止"),
]  # fmt: skip

AGREED = (
    "Agreed date: Fri 27 Nov 08:02 Brussels, 15:02 Beijing.",
    "约定答复时间：北京时间11月27日（周五）15:02，布鲁塞尔时间08:02。",
)
REQUESTED = (
    "Answer requested by Fri 27 Nov 08:02 Brussels, 15:02 Beijing.",
    "希望于北京时间11月27日（周五）15:02，布鲁塞尔时间08:02前答复。",
)
OURS_SILENT = (
    "Our answer is not recorded. As of Fri 27 Nov 08:02 neither record holds an answer.",
    "尚无我方答复。截至11月27日15:02，双方记录中均无答复。",
)
NEITHER = (
    "As of Fri 27 Nov 08:02 neither record holds an answer.",
    "截至11月27日15:02，双方记录中均无答复。",
)
KNOWN_TO = (
    (
        "No answer had reached us by Fri 27 Nov 08:02;"
        " the other side’s record is known up to Fri 27 Nov 07:40."
    ),
    "截至11月27日15:02，我方尚未收到答复；对方记录已知至11月27日14:40。",
)
UNHEARD = ("No answer had reached us by Fri 27 Nov 08:02.", "截至11月27日15:02，我方尚未收到答复。")
LATE = (
    ("Answered in CN-36, after the agreed date.", "已在EU-24中答复，晚于约定答复时间。"),
    (
        "Answered in CN-36; the answer and the record that the date had passed crossed.",
        "已在EU-24中答复；答复与“约定答复时间已到”的记录在途交叉。",
    ),
)
WITHDRAWN = "Answered 3 Dec, withdrawn 9 Dec, not answered again."

SAID: list[tuple[str, dict[str, bool], bool, bool, tuple[str, str]]] = [
    ("open", {}, OURS, False, AGREED),
    ("open", {}, THEIRS, False, AGREED),
    ("open", {"requested": True}, OURS, False, REQUESTED),
    ("open", {"requested": True}, THEIRS, False, REQUESTED),
    ("open", {"passed": True}, OURS, False, OURS_SILENT),
    ("open", {"passed": True}, THEIRS, False, UNHEARD),
    ("open", {"passed": True}, THEIRS, True, KNOWN_TO),
    ("unanswered-confirmed", {}, OURS, False, OURS_SILENT),
    ("unanswered-confirmed", {}, THEIRS, True, NEITHER),
    ("unanswered-unconfirmed", {}, OURS, False, OURS_SILENT),
    ("unanswered-unconfirmed", {}, THEIRS, True, KNOWN_TO),
    ("unanswered-unconfirmed", {}, THEIRS, False, UNHEARD),
    ("in-time", {}, OURS, False, ("Answered in CN-36.", "已在EU-24中答复。")),
    ("in-time", {}, THEIRS, False, ("Answered in CN-36.", "已在EU-24中答复。")),
    ("answered", {"requested": True}, OURS, False, ("Answered in CN-36.", "已在EU-24中答复。")),
    ("answered", {"requested": True}, THEIRS, False, ("Answered in CN-36.", "已在EU-24中答复。")),
    ("late", {}, OURS, False, LATE[0]),
    ("late", {}, THEIRS, False, LATE[0]),
    ("crossed", {}, OURS, False, LATE[1]),
    ("crossed", {}, THEIRS, False, LATE[1]),
    ("withdrawn", {}, OURS, False, (WITHDRAWN, "我方12月3日答复，12月9日撤回，尚未重新答复。")),
    ("withdrawn", {}, THEIRS, False, (WITHDRAWN, "对方12月3日答复，12月9日撤回，尚未重新答复。")),
    ("ended", {}, OURS, False, ("The question has ended.", "该问题已终止。")),
    ("ended", {}, THEIRS, False, ("The question has ended.", "该问题已终止。")),
]


@pytest.mark.parametrize(("outcome", "more", "ours", "en", "zh"), SHORT)
def test_list_says_state_of_the_question_from_our_side(outcome, more, ours, en, zh):
    standing = QuestionStatus(outcome, ours, **more)
    assert short(catalogue("en"), standing) == en
    assert short(catalogue("zh-CN"), standing) == zh


@pytest.mark.parametrize(("outcome", "more", "ours", "heard", "said"), SAID)
def test_sentence_says_which_record_is_known(outcome, more, ours, heard, said):
    standing = QuestionStatus(outcome, ours, **more)
    for lang, expected in zip(("en", "zh-CN"), said, strict=True):
        known = KNOWN[lang] if heard else ""
        times = Times(**{**_fields(TIMES[lang]), "known": known})
        assert sentence(catalogue(lang), standing, times) == expected


ONLY_OURS = (
    "no answer received; the other side’s record is known up to Fri 27 Nov 07:40",
    "尚未收到答复；对方记录已知至11月27日14:40",
)
SECOND = ("the other side’s record is known up to Fri 27 Nov 07:40", "对方记录已知至11月27日14:40")

LISTED: list[tuple[str, dict[str, bool], bool, tuple[str, str], tuple[str, str]]] = [
    ("open", {"passed": True}, THEIRS, ONLY_OURS, SECOND),
    ("unanswered-unconfirmed", {}, THEIRS, ONLY_OURS, SECOND),
    ("open", {}, THEIRS, ("open", "待答复"), ("", "")),
    ("open", {"requested": True}, THEIRS, ("answer requested", "希望答复"), ("", "")),
    (
        "unanswered-confirmed", {}, THEIRS,
        ("no answer in either record", "双方记录中均无答复"), ("", ""),
    ),
    (
        "unanswered-unconfirmed", {}, OURS,
        ("our answer is not recorded", "尚无我方答复"), ("", ""),
    ),
    ("late", {}, THEIRS, ("answered after the date", "已答复，晚于约定答复时间"), ("", "")),
    (
        "withdrawn", {}, THEIRS,
        ("answer withdrawn, not answered again", "答复已撤回，尚未重新答复"), ("", ""),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "more", "ours", "one_line", "second"), LISTED)
def test_list_says_up_to_when_only_our_record_is_known(outcome, more, ours, one_line, second):
    standing = QuestionStatus(outcome, ours, **more)
    for lang, words, below in zip(("en", "zh-CN"), one_line, second, strict=True):
        assert line(catalogue(lang), standing, KNOWN[lang]) == words
        assert known(catalogue(lang), standing, KNOWN[lang]) == below
        assert known(catalogue(lang), standing, "") == ""
        assert line(catalogue(lang), standing, "") == short(catalogue(lang), standing)


EVENTS: list[tuple[str, dict[str, bool], str, str]] = [
    ("open", {}, "EU-10 Q1: for us to answer", "EU-10 Q1：待我方答复"),
    ("open", {"requested": True}, "Answer requested: EU-10 Q1", "希望答复：EU-10 Q1"),
    (
        "open", {"provisional": True},
        "EU-10 Q1: for us to answer, provisional date", "EU-10 Q1：待我方答复，答复时间暂定",
    ),
    ("open", {"passed": True}, "EU-10 Q1: our answer is not recorded", "EU-10 Q1：尚无我方答复"),
    (
        "unanswered-confirmed", {},
        "EU-10 Q1: our answer is not recorded", "EU-10 Q1：尚无我方答复",
    ),
    (
        "unanswered-unconfirmed", {},
        "EU-10 Q1: our answer is not recorded", "EU-10 Q1：尚无我方答复",
    ),
    (
        "withdrawn", {},
        "EU-10 Q1: our answer was withdrawn, not answered again",
        "EU-10 Q1：我方答复已撤回，尚未重新答复",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "more", "en", "zh"), EVENTS)
def test_calendar_says_state_of_a_question_for_us(outcome, more, en, zh):
    standing = QuestionStatus(outcome, OURS, **more)
    assert event(catalogue("en"), standing, "EU-10 Q1") == en
    assert event(catalogue("zh-CN"), standing, "EU-10 Q1") == zh


LETTERS = [
    (
        "confirmed", True,
        "As of Fri 27 Nov 08:02 neither record holds an answer.",
        "截至11月27日15:02，双方记录中均无答复。",
    ),
    (
        "unconfirmed", True,
        ("No answer had reached us by Fri 27 Nov 08:02;"
        " the other side’s record is known up to Fri 27 Nov 07:40."),
        "截至11月27日15:02，我方尚未收到答复；对方记录已知至11月27日14:40。",
    ),
    (
        "unconfirmed", False,
        "No answer had reached us by Fri 27 Nov 08:02.",
        "截至11月27日15:02，我方尚未收到答复。",
    ),
    (
        "answering", True,
        "As of Fri 27 Nov 08:02 neither record holds an answer.",
        "截至11月27日15:02，双方记录中均无答复。",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("state", "heard", "en", "zh"), LETTERS)
def test_mail_says_what_the_records_hold(state, heard, en, zh):
    for lang, said in (("en", en), ("zh-CN", zh)):
        times = Times(due=TIMES[lang].due, known=KNOWN[lang] if heard else "")
        assert letter(catalogue(lang), state, times, since="–", gap="–") == said


def _fields(times: Times) -> dict[str, Any]:
    return {name: getattr(times, name) for name in Times.__dataclass_fields__}


STATUTORY = {
    "channel.po": {
        "question.until",
        "code-field.clock", "dossier.fact.clock",
        "sense.S-040", "sense.S-048", "sense.S-050", "sense.S-050.counted",
        "sense.S-050.paused", "sense.S-050.paused.ask", "sense.S-050.used", "sense.S-050.used.ask",
        "sense.S-050.closed", "sense.S-050.closed.ask",
        "sense.S-050.ask", "sense.S-050.counted.ask", "sense.S-071.authority",
        "sense.S-071.basis", "sense.S-071.basis.read",
        "sense.S-071.until", "sense.S-071.stray",
        "sense.S-072", "clock.over", "clock-short.over", "clock-is.over", "number.over",
        "clock.used-over", "clock.used-beside",
        "sense.S-049.paused", "sense.S-086.paused",
        "act.counted.name", "act.uncounted.name",
        "kind.clock.marked", "event.clock.marked", "brief.clock", "sheet.clock", "mark-field.basis",
        "head.clock_state",
        "app-column.clock", "extract.clock", "extract.clock_how", "Statutory clock",
        "word.clock", "word.clock.means",
        "clock.not_counted", "clock.no_limit", "clock.not-accepted", "clock.received",
        "clock.supplement", "clock.accepted-again", "clock.day", "clock.council",
        "clock.uncounted", "clock.uncounted-since", "clock.uncounted-until", "clock.counted-as-of",
        "clock-short.uncounted", "clock-short.unlimited", "clock-is.running",
        "clock-is.uncounted", "clock-is.unlimited", "act.uncounted", "act.counted",
        "number.uncounted", "number-how.uncounted", "number-how.over", "number-how.age",
        "number-how.took", "Record a change of the statutory clock",
        "Clock by statements of %(side)s",
        ("For time not counted, give the basis; for every other act, leave basis and expected end"
        " empty. Earlier acts remain, and the other side sees them all."),
        ("Days are working days in China’s calendar since acceptance, by statements of %(side)s."
        " An application with time not counted is never shown as over the limit."),
        ("The statutory time limit concerns the authority and the Chinese applicant. It is shown by"
        " each side’s own statements; nothing is recorded when it ends."),
    },
    "commands.po": {
        "eu_clock", "cn_clock",
        ("List, show and state applications, mark their clock, record revocations, link their"
        " numbers."),
        "List only those with this state of the statutory clock, by CN's statements.",
        "Show both sides' records of one application, and how each side's day was counted.",
        "Sign one change of an application's statutory clock; earlier ones remain.",
        "Only CN can state that time is not counted, or counted again.",
        ("State why time is not counted: test, expert_opinion, site_check or hearing; for uncounted"
        " alone."),
        "Give the date until which time is expected not to be counted.",
    },
}  # fmt: skip
"""Sentences about time that a law sets (法定期限): the only ones that may say 期限."""


@pytest.mark.parametrize("name", ["channel.po", "commands.po"])
def test_a_question_has_no_statutory_time_in_chinese(name):
    assert {key for key, text in read(name, "zh_CN") if "期限" in text} == STATUTORY[name]


LIMIT = re.compile(r"more than (45|%\(limit\)s)( working days|,)|超过(45|%\(limit\)s)个(工作日|，)")


@pytest.mark.parametrize("folder", ["en", "zh_CN"])
def test_more_days_than_the_limit_are_said_with_what_is_stated_of_time_not_counted(folder):
    said = [(key, text) for key, text in read("channel.po", folder) if LIMIT.search(text)]
    assert {key for key, _ in said} >= {"clock.over", "clock-short.over", "number.over"}
    words = ("time not counted",) if folder == "en" else ("不计入期限",)
    assert [key for key, text in said if not any(each in text for each in words)] == []


FINDINGS = frozenset(
    {
        "%(num)s finding, confirmed by the author with a reason",
        "confirmed by its author: %(reason)s",
    }
)
"""Sentences about what an author confirms of their own statement, and of no due time."""


def test_officials_read_confirmed_nowhere():
    # Sentences about errors are for those who run a node, and speak of the link.
    said = [(key, text) for key, text in read("channel.po", "en") if not key.startswith("error.")]
    assert {key for key, text in said if "confirmed" in text.lower()} == FINDINGS
    assert [key for key, text in read("channel.po", "zh_CN") if "证实" in text] == []


def read(name: str, folder: str) -> list[tuple[str, str]]:
    source = files("special_channel.messages") / folder / "LC_MESSAGES" / name
    with source.open("rb") as stream:
        return [
            (
                message.id if isinstance(message.id, str) else message.id[0],
                message.string
                if isinstance(message.string, str)
                else "\n".join(message.string or ()),
            )
            for message in read_po(stream, locale=folder)
            if message.id
        ]
