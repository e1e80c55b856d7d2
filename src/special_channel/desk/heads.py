"""Read the column heads of lists and return sheets, in both languages.

A head is looked up exactly, after folding: width, case, accents, traditional characters, blanks,
dashes, a bracketed unit. A bilingual head is read in parts. An ambiguous head is reported with its
possible columns and never guessed. Does not find the row of heads: `layout.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.search.folding import fold

SheetKind = Literal["list", "return"]
"""What a file is read as; the caller knows, and words of the file never decide."""

MAX_HEAD: Final = 200
"""Longest head in characters; longer text is no head."""

_DROPPED: Final = re.compile(r"[\s_.:*\-]+")
_BRACKETED: Final = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]$")
_BREAK: Final = re.compile(r"[\n/\uff0f|]+")
_HAN: Final = re.compile(r"[\u3400-\u9fff]+")
_SPLIT: Final = re.compile(
    r"(?<=[\u3400-\u9fff）)])\s*(?=[A-Za-z])|(?<=[A-Za-z.)])\s*(?=[\u3400-\u9fff])"
)

_COMMON: Final[Mapping[str, str]] = {
    "list_id": "list; list id; list no; list number; weekly list; 清单; 清单编号; 清单号; 批次号",
    "row": "row; row no; row number; no; #; nr; line; item; 行; 序号; 行号",
    "application_no": "application no; application number; appl no; app no; application;"
    " licence application no; license application no; mofcom no; mofcom number;"
    " 申请编号; 申请号; 申请单号; 许可申请编号",
    "urgency": "urgency; priority level; 紧急程度; 紧急性; 缓急",
    "priority_rank": "rank; ranking; priority rank; order; 排序; 优先顺序; 优先序; 优先次序",
    "first_listed": "first listed; first listed on; first list date; 首次列入; 首次列入日期",
    "times_listed": "times listed; how often; listings; 列入次数; 第几次列入",
    "stop_on": "stop date; line stop on; line stops on; line stop; production stop date; 停产日期;"
    " 预计停产日期",
    "question_code": "question; question code; 问题; 询问事项",
    "control_code": "control code; export control code; cn control code; 管制编码; 出口管制编码",
    "remark_zh": "remark zh; remark (zh); remark (chinese); 备注（中文）",
    "remark_en": "remark en; remark (en); remark (english); internal remark; internal remarks;"
    " 内部备注; 备注（英文）",
    "case_id": "our reference; our ref; case id; file no; 本方编号; 我方编号; 案号; 案号（本方）",
    "eu_company": "company; importer; eu company; 企业; 进口商; 欧盟企业",
    "eori": "eori; eori no; eori number; EORI号; 经济经营者编号（EORI）",
    "member_state": "member state; ms; country; 成员国",
    "is_sme": "sme; is sme; 中小企业",
    "exporter_zh": "exporter; supplier; 出口经营者; 供应商",
    "filed_via_province": "filed via; province; 申报省份; 受理省份",
    "hs_cn": "hs code; hs code (cn); hs cn; 海关商品编号; HS编码",
    "cn_code_eu": "cn code; cn code (eu); taric; 欧盟税则号",
    "elements": "element; elements; 元素",
    "content_pct": "content; content %; content, %; 含量; 含量（%）",
    "qty": "quantity; qty; weight; 数量; 重量",
    "unit": "unit; 计量单位; 单位",
    "qty_basis": "basis; basis of the quantity; qty basis; 数量口径",
    "value": "value; amount; 金额",
    "currency": "currency; 币种",
    "end_use_sector": "sector; end use; end use sector; 行业; 用途",
    "stock_out_on": "stock ends; stock out on; 库存用尽日",
    "jobs_at_risk": "jobs; jobs at risk; 受影响岗位",
    "rank_reason": "reason for rank; rank reason; reason for the priority; 排序理由;"
    " 优先次序的理由",
}

KEPT: Final = frozenset(
    {
        "remark_zh", "remark_en", "case_id", "eu_company", "eori", "member_state", "is_sme",
        "exporter_zh", "filed_via_province", "hs_cn", "cn_code_eu", "elements", "content_pct",
        "qty", "unit", "qty_basis", "value", "currency", "end_use_sector", "stock_out_on",
        "jobs_at_risk", "rank_reason",
    }
)  # fmt: skip
"""Columns that stay with us in every sheet."""

_OF: Final[Mapping[SheetKind, Mapping[str, str]]] = {
    "list": {
        "eu_asserted_status": "status; state; eu status; eu state; our status; 状态; 欧方状态;"
        " 欧方反馈状态",
        "eu_as_of": "as of; status date; eu as of; 截至日期; 状态日期; 欧方截至日期",
        "withdrawn": "withdrawn; take off; delete; 撤下; 移出清单",
    },
    "return": {
        "eu_asserted_status": "eu status; eu state; eu asserted status; 欧方状态; 欧方反馈状态",
        "eu_as_of": "eu as of; eu status date; 欧方截至日期",
        "match": "match; found; result of check; 核对结果; 查询结果; 是否查到; 比对结果",
        "found_as": "application number found; number found; found as; 查得申请编号; 查得编号",
        "cn_status": "status; state; cn status; cn state; mofcom status; 状态; 办理状态; 中方状态",
        "cn_as_of": "as of; status date; cn as of; 截至日期; 状态日期; 中方截至日期",
        "accepted_on": "accepted on; acceptance date; date of acceptance; 受理日期; 受理时间",
        "clock_state": "clock; statutory clock; clock state; time; 期限; 法定期限; 期限状态;"
        " 计时情况",
        "days_used": "days used; day; working days used; 已用工作日; 已用天数",
        "missing_items": "missing; missing items; missing papers; 需补正内容; 需补正材料; 缺少材料;"
        " 补正材料",
        "decision": "decision; 决定; 审批结果",
        "decided_on": "decided on; decision date; 决定日期; 批准日期",
        "remark_code": "remark code; standard remark; 备注代码; 标准备注",
        "remark_text": "remark text; remark that crosses; free remark (sent); free remark;"
        " free remark, sent to the other side; 自由备注（将发送）; 自由备注;"
        " 自由备注（发送给对方）; 发送备注",
        "corrects": "corrects; correction of; correction; 更正; 更正对象",
    },
}
"""Columns of one kind of sheet alone."""

_PRIORITY: Final = {"priority; 优先": ("urgency", "priority_rank")}
_MEANT: Final[Mapping[SheetKind, Mapping[str, tuple[str, ...]]]] = {
    "list": {"date; 日期": ("first_listed", "eu_as_of", "stop_on"), **_PRIORITY},
    "return": {
        "date; 日期": ("cn_as_of", "accepted_on", "decided_on"),
        # In a list such a column stays with us in any case.
        "remark; remarks; note; notes; comment; comments; 备注; 说明": (
            "remark_code",
            "remark_text",
        ),
    },
}
"""Heads that can mean several columns. Without a choice such a column stays with us."""

_NUMBERS: Final = (
    "number; 编号; acceptance no; acceptance number; 受理编号; 受理号; licence no; license no;"
    " licence number; 许可证号; 许可证编号; contract no; contract number; 合同号; 合同编号;"
    " antragsnummer; ref; reference; reference no"
)
"""Heads of numbers that are not always the application's."""

_BARE_NUMBER: Final = frozenset({"编号"})
"""Head of the row's number next to a column of application numbers."""


@dataclass(frozen=True, slots=True)
class HeadReading:
    """The reading of a head.

    Attributes:
        column: The column; empty for an unknown or an ambiguous head.
        meant: Possible columns of an ambiguous head.
    """

    column: str = ""
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Heads:
    """Columns by folded head, and heads that can mean several."""

    columns: Mapping[str, str]
    unclear: Mapping[str, tuple[str, ...]]


def read_head(text: str, kind: SheetKind) -> HeadReading:
    """Read a head of a sheet: its column, or its possible columns."""
    if not text.strip() or len(text) > MAX_HEAD:
        return HeadReading()
    heads = _HEADS[kind]
    forms = (folded(text), _unbracketed(folded(text)))
    for form in forms:
        if form in heads.columns:
            return HeadReading(heads.columns[form])
    columns = {heads.columns[piece] for piece in _pieces(text) if piece in heads.columns}
    if len(columns) == 1:
        return HeadReading(columns.pop())
    for form in (*forms, *_pieces(text)):
        if form in heads.unclear:
            return HeadReading(meant=heads.unclear[form])
    return HeadReading(meant=tuple(sorted(columns)))


def folded(text: str) -> str:
    """Return a head without what officials write differently: width, case, blanks, dashes."""
    return _DROPPED.sub("", fold(text))


def names_row(text: str) -> bool:
    """Tell whether a head is the row's number next to a column of application numbers."""
    return folded(text) in _BARE_NUMBER


def columns_of(kind: SheetKind) -> tuple[str, ...]:
    """Return the columns of a kind of sheet, in usual order."""
    return (*_COMMON, *_OF[kind])


def _pieces(text: str) -> Iterator[str]:
    """Yield the parts of a bilingual head, folded: lines, parts of a slash, each script."""
    for part in _BREAK.split(text):
        pieces = [piece for piece in _SPLIT.split(part) if piece.strip()]
        for piece in (part, *pieces) if len(pieces) > 1 else (part,):
            form = folded(piece)
            yield form
            yield _unbracketed(form)


def _unbracketed(form: str) -> str:
    return _BRACKETED.sub("", form)


def _heads(kind: SheetKind) -> _Heads:
    columns: dict[str, str] = {}
    for column, words in {**_COMMON, **_OF[kind]}.items():
        for word in (column, *words.split(";")):
            # One head, one column: a doubled word would be read by the order of the table.
            if columns.setdefault(folded(word), column) != column:
                raise ValueError(f"{word!r} is the head of {column} and {columns[folded(word)]}")
    unclear = {
        folded(word): meant
        for words, meant in {**_MEANT[kind], _NUMBERS: ("application_no",)}.items()
        for word in words.split(";")
    }
    if both := columns.keys() & unclear.keys():
        raise ValueError(f"{sorted(both)} are clear and unclear")
    return _Heads(columns, unclear)


_HEADS: Final[Mapping[SheetKind, _Heads]] = {kind: _heads(kind) for kind in ("list", "return")}
