"""Differences between charters in words: values, names and titles, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from special_channel.core.rows.charter import Charter
from special_channel.messages.catalogue import Lang
from special_channel.web.charter.views import Comparison, FieldChange
from special_channel.web.charter.words import comparison
from special_channel.web.shared.viewpoint import Viewpoint
from tests.core.test_charter_changes import DUTY, FIGURES, charter, stated
from tests.core.test_charter_keys import CLIENT, LEADERS

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
REPLY = {"rule": "reply", "working_days": 5, "count": "answering"}
STOP = {
    "rule": "stop", "working_days": 1, "count": "both", "title_en": "Stoppage",
    "title_zh": "停产", "warnings": [50, 80], "urgency": "line_stop", "breaks_through": True,
    "suspends": "never",
}  # fmt: skip


def compared(before: Charter | None, after: Charter, lang: Lang = "en") -> Comparison:
    return comparison(Viewpoint("eu", lang, NOW), "d" * 64, before, after)


def whole(lang: Lang, **changed: Any) -> dict[tuple[str, str], str]:
    """Every value of a charter, by the code of its subject and the label of the field."""
    first = compared(None, charter(**changed), lang)
    return {
        (subject.code or subject.name or section.name, field.field): field.after
        for section in first.sections
        for subject in section.subjects
        for field in subject.fields
    }


ONES = " ".join(["1111"] * 16)
ENGLISH = {
    ("stop", "Working days"): "1",
    ("stop", "Seconds, for demonstrations alone"): "–",
    ("stop", "Days that count"): "days that both sides work",
    ("stop", "Own desk reminded after these shares of the time"): "50\u00a0%, 80\u00a0%",
    ("stop", "Urgency"): "production stopped",
    ("stop", "Reminders outside office hours"): "yes",
    ("stop", "Suspension of the clock"): "never",
    ("reply", "Own desk reminded after these shares of the time"): "–",
    ("reply", "Title in English"): "–",
    ("reply", "Reminders outside office hours"): "no",
    ("cn-2025-1", "First day covered"): "1 Jan 2025",
    ("cn-2025-1", "Last day covered"): "31 Dec 2025",
    ("cn-2025-1", "Closes"): "17:30",
    ("cn-2025-1", "Status"): "official",
    ("cn-2025-1", "Days of the working week"): "Monday, Tuesday, Wednesday, Thursday, Friday",
    ("cn-2025-1", "Worked to make up"): (
        "26 Jan 2025, 8 Feb 2025, 27 Apr 2025, 28 Sep 2025, 11 Oct 2025"
    ),
    ("cn-2025-1", "Closed"): (
        "1 Jan 2025, 28 Jan 2025 – 4 Feb 2025, 4 Apr 2025 – 6 Apr 2025, 1 May 2025 – 5 May 2025, "
        "31 May 2025 – 2 Jun 2025, 1 Oct 2025 – 8 Oct 2025"
    ),
    ("eu-2025-1", "Worked to make up"): "–",
    ("EU", "Opens"): "09:00",
    ("asks", "Who may release"): "desk officer, head of unit",
    ("answered-in-time", "Value"): "80",
    ("Limits", "Minimum notice, in seconds"): "30",
    ("Limits", "Minimum notice, in working days of the answering side"): "–",
    ("Markings", "Markings"): "Sensitive, Limited distribution",
    ("Demonstration", "Demonstration"): "yes",
    ("EU", "Addresses"): "https://client.eu.example, https://client.eu.example:8443",
    (
        "Client used for signing",
        "Digests of the client’s files",
    ): f"{ONES}, {ONES.replace('1', '2')}",
    ("head", "Kinds of keys"): "authenticator key (ES256), sm2-sm3",
    (
        "Limits",
        "Wait of new registrars, heads of unit and directors before acts on people, in seconds",
    ): "0",
}
CHINESE = {
    ("stop", "时间经过比例达到时提醒经办处室"): "50%、80%",
    ("stop", "非办公时间提醒"): "是",
    ("stop", "中止计时"): "不中止",
    ("stop", "终止等待的情形"): "已答复、已撤回、办结时列明",
    ("清单固有列以外可传送的列", "列"): "状态、截至日期、问题",
    ("cn-2025-1", "覆盖起始日"): "2025年1月1日",
    ("cn-2025-1", "性质"): "正式公布",
    ("cn-2025-1", "休息日"): (
        "2025年1月1日、2025年1月28日至2025年2月4日、2025年4月4日至2025年4月6日、"
        "2025年5月1日至2025年5月5日、2025年5月31日至2025年6月2日、2025年10月1日至2025年10月8日"
    ),
    ("cn-2025-1", "每周工作日"): "星期一、星期二、星期三、星期四、星期五",
    ("asks", "可复核的角色"): "经办人、处长",
    ("标识", "标识"): "敏感、限定范围",
    ("欧方", "网址"): "https://client.eu.example、https://client.eu.example:8443",
    ("签名客户端", "客户端文件摘要值"): f"{ONES}、{ONES.replace('1', '2')}",
    ("head", "密钥种类"): "认证器密钥（ES256）、sm2-sm3",
    ("限额", "新任密钥管理员、处长和司局负责人办理人员和密钥事项前的等待时间（秒）"): "0",
}


@pytest.mark.parametrize(("lang", "expected"), [("en", ENGLISH), ("zh-CN", CHINESE)])
def test_values_are_written_in_the_readers_language(lang, expected):
    values = whole(
        lang,
        reply_rules=[STOP, REPLY],
        calendars=stated(),
        release=[{"kind": "asks", "roles": ["desk", "head"]}],
        duty=[DUTY],
        figures=FIGURES,
        markings=["sensitive", "limited"],
        client=CLIENT,
        suites=[LEADERS | {"suites": ["webauthn-es256", "sm2-sm3"]}],
    )
    assert {key: values.get(key) for key in expected} == expected


def test_first_charter_has_no_number_before_and_empty_values():
    first = compared(None, charter())
    fields = [f for section in first.sections for each in section.subjects for f in each.fields]
    assert (first.number, first.before, first.digest) == (1, 0, "d" * 64)
    assert {field.before for field in fields} == {""}


def test_equal_charters_have_no_sections():
    again = compared(charter(), charter(number=2))
    assert (again.number, again.before, again.sections) == (2, 1, ())


def test_changed_field_stands_alone_with_both_values():
    before, after = (
        charter(reply_rules=[REPLY]),
        charter(number=2, reply_rules=[REPLY | {"working_days": 7}]),
    )
    [section] = compared(before, after).sections
    [subject] = section.subjects
    assert section.name == "Time for an answer"
    assert subject.fields == (FieldChange(field="Working days", before="5", after="7"),)


@pytest.mark.parametrize(("lang", "name"), [("en", "Stoppage"), ("zh-CN", "停产")])
def test_removed_rule_keeps_its_title_and_has_empty_values(lang, name):
    before, after = charter(reply_rules=[REPLY, STOP]), charter(number=2, reply_rules=[REPLY])
    [section] = compared(before, after, lang).sections
    [subject] = section.subjects
    assert (subject.name, subject.code) == (name, "stop")
    assert {field.after for field in subject.fields} == {""}


def test_title_of_the_later_charter_counts():
    renamed = STOP | {"title_en": "Line stop", "working_days": 2}
    before, after = charter(reply_rules=[STOP]), charter(number=2, reply_rules=[renamed])
    [section] = compared(before, after).sections
    assert [subject.name for subject in section.subjects] == ["Line stop"]


def names(lang: Lang) -> dict[str, list[tuple[str, str]]]:
    release = [{"kind": kind, "roles": ["head"]} for kind in ("asks", "batch.listed")]
    first = compared(
        None, charter(release=release, duty=[DUTY], figures=FIGURES, reply_rules=[REPLY]), lang
    )
    return {s.name: [(each.name, each.code) for each in s.subjects] for s in first.sections}


def test_subjects_have_names_and_codes_that_names_do_not_repeat():
    found = names("en")
    assert found["Time for an answer"] == [("reply", "")]
    assert found["Sides"] == [("EU", ""), ("CN", "")]
    assert found["Duty desks"] == [("CN", "")]
    assert found["Calendars"] == [("CN", "")]
    assert found["Office hours"] == [("EU", "")]
    assert found["Desks"] == [("Licensing", "eu licensing"), ("Licensing", "cn licensing")]
    assert found["Release by a second official"] == [
        ("Notes that ask something", "asks"), ("Weekly list", "batch.listed"),
    ]  # fmt: skip
    assert found["Agreed thresholds of figures"] == [
        ("Answered by the date agreed", "answered-in-time")
    ]
    assert found["Levels at which both sides meet"][0] == ("Working level", "working")
    assert found["Markings"] == [("", "")]
    assert names("zh-CN")["双方"] == [("欧方", ""), ("中方", "")]


def test_texts_carry_their_language_and_digests_are_marked():
    first = compared(None, charter(calendars=stated()))
    fields = {
        field.field: field
        for section in first.sections
        for subject in section.subjects
        for field in subject.fields
    }
    assert fields["Name in English"].lang == "en"
    assert fields["Name in Chinese"].lang == "zh-CN"
    assert fields["Time zone"].lang == ""
    assert fields["SHA-256"].mono
    assert not fields["Time zone"].mono
