"""Runs of the other language's script in sentences of mails and prints."""

from __future__ import annotations

import pytest

from special_channel.channels.mails import MailFact, MailPage
from special_channel.messages.catalogue import catalogue
from special_channel.messages.script_runs import script_runs


@pytest.mark.parametrize(
    ("lang", "text", "runs"),
    [
        ("en", "Assigned to 林晓岚, see EU-24.", ["林晓岚"]),
        ("en", "净重、毛重: which?", ["净重、毛重"]),
        ("en", "Nothing foreign.", []),
        ("zh-CN", "由Łukasz Żelazny办理EU-24。", ["Łukasz Żelazny"]),
        ("zh-CN", "Ilona Kőszegi、Anne-Marie O’Neill", ["Ilona Kőszegi", "Anne-Marie O’Neill"]),
        ("zh-CN", "清单L2026-47，XLSX，a.b@eu-desk.example，https://eu.example/Inbox", []),
        ("zh-CN", "全部中文。", []),
        ("en", "", []),
    ],
)
def test_run_of_the_other_script_has_its_language(lang, text, runs):
    found = [*script_runs(text, lang)]
    assert "".join(run for run, _ in found) == text
    assert [run for run, other in found if other] == runs
    assert {other for _, other in found if other} <= {"en", "zh-CN"} - {lang}


def test_mail_names_the_language_of_a_name():
    fact = MailFact("Signed by", ("林晓岚 <b>",))
    english = MailPage("en", "Subject", "Head", facts=(fact,)).html
    assert '<span lang="zh-CN">林晓岚</span> &lt;b&gt;' in english
    chinese = MailPage("zh-CN", "主题", "由Ilona Kőszegi签名").html
    assert '由<span lang="en">Ilona Kőszegi</span>签名' in chinese


def test_name_of_many_words_is_read_in_linear_time():
    long = "aaaaaaaaaa-" * 5000 + "1"
    assert [*script_runs(long, "zh-CN")] == [(long, None)]


def test_counts_in_a_subject_are_joined_as_each_language_writes_it():
    assert [catalogue(lang).gettext("mail.count.join") for lang in ("en", "zh-CN")] == [", ", "、"]
