"""Heads of columns in both languages, as officials write them; what is asked and never guessed."""

from __future__ import annotations

import pytest

from special_channel.desk.heads import KEPT, MAX_HEAD, HeadReading, columns_of, folded, read_head
from special_channel.desk.lists import LIST_COLUMNS, RETURN_COLUMNS
from special_channel.desk.returns import GIVEN
from special_channel.messages.catalogue import LANGS, catalogue
from special_channel.web.shell.uploads import column_words

KINDS = ("list", "return")


@pytest.mark.parametrize(
    ("head", "column"),
    [
        ("application_no", "application_no"),
        ("Application number", "application_no"),
        ("APPLICATION NO.", "application_no"),
        ("Application-No", "application_no"),
        ("申请编号", "application_no"),
        ("申請編號", "application_no"),
        ("Application number 申请编号", "application_no"),
        ("申请编号\nApplication No.", "application_no"),
        ("申请编号 / Application no", "application_no"),
        ("申请编号*", "application_no"),
        ("No.", "row"),
        ("序号 No.", "row"),
        ("Qty [kg]", "qty"),
        ("数量\uff08千克\uff09", "qty"),
        ("备注\uff08中文\uff09", "remark_zh"),
        ("HS code (CN)", "hs_cn"),
        ("HS编码", "hs_cn"),
        ("欧方状态 EU status", "eu_asserted_status"),
        ("\uff21pplication\u3000number", "application_no"),
        ("First listed", "first_listed"),
        ("Times listed", "times_listed"),
        ("How often", "times_listed"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_head_is_read_however_it_is_written(head, column, kind):
    assert read_head(head, kind) == HeadReading(column)


@pytest.mark.parametrize(
    ("head", "listed", "returned"),
    [
        ("Status", "eu_asserted_status", "cn_status"),
        ("状态", "eu_asserted_status", "cn_status"),
        ("As of", "eu_as_of", "cn_as_of"),
        ("Status 状态", "eu_asserted_status", "cn_status"),
        ("核对结果", "", "match"),
        ("撤下", "withdrawn", ""),
    ],
)
def test_head_of_one_side_is_read_by_the_kind_of_sheet(head, listed, returned):
    assert read_head(head, "list").column == listed
    assert read_head(head, "return").column == returned


@pytest.mark.parametrize(
    ("head", "kind", "meant"),
    [
        ("备注", "return", ("remark_code", "remark_text")),
        ("Remarks", "return", ("remark_code", "remark_text")),
        ("备注", "list", ()),
        ("日期", "return", ("cn_as_of", "accepted_on", "decided_on")),
        ("Date", "list", ("first_listed", "eu_as_of", "stop_on")),
        ("受理编号", "list", ("application_no",)),
        ("编号", "list", ("application_no",)),
        ("Contract no.", "return", ("application_no",)),
        ("Priority", "list", ("urgency", "priority_rank")),
        ("EU status 状态", "return", ("cn_status", "eu_asserted_status")),
        ("Stand", "list", ()),
        ("", "list", ()),
        (" ", "list", ()),
    ],
)
def test_head_that_can_mean_several_columns_is_asked_about(head, kind, meant):
    assert read_head(head, kind) == HeadReading(meant=meant)


def test_text_longer_than_a_head_is_none():
    assert read_head(f"申请编号/{'x' * MAX_HEAD}", "list") == HeadReading()
    assert read_head("Application number".ljust(200, "*"), "list").column == "application_no"
    assert read_head("Application number".ljust(201, "*"), "list") == HeadReading()


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_is_its_own_head_and_has_a_name_in_both_languages(kind):
    for column in columns_of(kind):
        assert read_head(column, kind).column == column
        for lang in LANGS:
            words = column_words(catalogue(lang), column)
            assert words != column, (column, lang)
            # The pages' words for remark, rank and question's date are asked about by themselves.
            meant = read_head(words, kind)
            assert meant.column in {column, ""} or column in GIVEN | KEPT, (column, words)


def test_columns_that_cross_are_heads():
    assert {*LIST_COLUMNS} <= {*columns_of("list")}
    assert {*RETURN_COLUMNS} <= {*columns_of("return")}
    assert KEPT.isdisjoint({*LIST_COLUMNS, *RETURN_COLUMNS})


def test_folded_head_has_neither_blanks_nor_dashes():
    assert folded(" List \u2013 No.: ") == "listno"
