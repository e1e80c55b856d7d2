"""Closed vocabularies of lists and return sheets, with the words that officials write for a code.

The official terms of both languages are input words as well; they stand in the catalogues
(`messages/terms.py`) and are passed to `words.py`. Entries contain codes alone. A code that a newer
peer sends is shown unchanged.

Sources: the Administrative Licensing Law (受理、补正、不予受理), the Dual-Use Items Regulations
(准予许可、不予许可、鉴别、征询专家意见、实地核查), the Export Control Law, Art. 19 (海关质疑).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A closed list of codes.

    Attributes:
        name: Group of the terms in the catalogues.
        words: Further input words by code, in the usual order of the codes.
        unclear: Words that can mean several codes. Such a word is never guessed.
        several: Whether a cell can hold more than one code.
    """

    name: str
    words: Mapping[str, tuple[str, ...]]
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    several: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes in order."""
        return tuple(self.words)


def _unclear(*groups: tuple[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return what each word can mean; the words of a group are parted by semicolons."""
    return {word.strip(): codes for words, codes in groups for word in words.split(";")}


def _words(**by_code: str) -> dict[str, tuple[str, ...]]:
    """Return the words of each code; they are parted by semicolons."""
    return {
        code: tuple(word.strip() for word in words.split(";") if word.strip())
        for code, words in by_code.items()
    }


STATE: Final = Vocabulary(
    "state",
    _words(
        drafted="draft; in preparation; being prepared; not yet filed; 草稿; 待提交; 未提交;"
        " 拟申报",
        submitted="submitted; filed; lodged; 已提交; 提交; 已申报; 已收件; 待受理; 尚未受理",
        provincial="provincial; at province; provincial stage; 省级初审; 省厅审核;"
        " 省级商务主管部门审核; 初审; 在省里",
        supplement="supplement; to be supplemented; papers missing; incomplete; 补正; 需补正;"
        " 补正中; 要求补正; 材料不齐; 待补件",
        accepted="accepted for processing; 受理; 予以受理; 已立案",
        review="in review; examination; under examination; 审查; 在审; 审核中; 正在审查; 会审",
        expert="expert; expert opinion; testing; identification; site check;"
        " on site verification; tests, expert opinion or site check; 鉴别; 专家评审;"
        " 征询专家意见; 实地核查; 核查中; 鉴别、征询专家意见或实地核查",
        council="state council; referred; 报国务院; 国务院审批中",
        approved="granted; approval; 准予; 已准予; 已准予许可; 批准; 已批准; 审批通过; 同意许可",
        refused="rejected; denied; refusal; 不准予; 未准予; 未批准; 不批准; 驳回",
        not_accepted="not accepted for processing; acceptance refused; 不受理; 未予受理",
        returned="sent back; returned to applicant; 已退回; 退件; 退回申请人",
        withdrawn="withdrawn; applicant withdrew; 撤回申请; 已撤回申请; 申请人撤回",
        issued="licensed; licence granted and issued; license issued; 发证; 已签发许可证; 已出证",
        used="used up; exported; shipped; 已使用; 已用完; 已出口",
        expired="lapsed; licence expired; license expired; 失效; 已失效; 过期",
        customs_query="customs question; challenged by customs; 质疑; 被质疑",
    ),
    _unclear(
        (
            "pending; in process; processing; 办理中; 处理中; 待处理",
            ("submitted", "provincial", "review"),
        ),
        (
            "done; closed; finished; addressed; properly addressed; 办结; 已办结; 完成; 已处理",
            ("approved", "refused", "not_accepted", "withdrawn"),
        ),
        ("passed; 通过", ("provincial", "approved")),
        ("不予; 拒绝", ("refused", "not_accepted")),
        ("received; 收到; 受理编号", ("submitted", "accepted")),
        ("on hold; 暂停", ("expert", "supplement")),
        ("补充材料", ("supplement", "review")),
        ("已发", ("issued", "submitted")),
    ),
)
"""States of an application, in the usual order of its progress."""

MATCH: Final = Vocabulary(
    "match",
    _words(
        found="yes; y; held; matched; 查到; 有; 是; 已核对到; ✓; √",
        not_found="not found; unknown; no; n; 未查到; 查无; 查无此号; 无此编号; 无; 否; ×; ✗",
        duplicate="double; listed twice; 重复; 重复申请",
        not_eu="not eu; non eu; other destination; 非欧盟; 目的国非欧盟; 不属欧盟",
        withheld="withheld; not available for legal reasons; 不便提供; 依法不予提供",
        not_ours="not ours; other authority; 非我机关职权; 不属本机关; 不归我部",
    ),
)
"""Results of looking up a listed number; all are normal answers."""

DECISION: Final = Vocabulary(
    "decision",
    {
        "approved": STATE.words["approved"],
        # Not accepting an application is no decision on it.
        "refused": (*STATE.words["refused"], "不予", "拒绝"),
    },
    _unclear(("done; closed; finished; 办结; 已办结; 完成; 已处理", ("approved", "refused"))),
)

CLOCK: Final = Vocabulary(
    "clock",
    _words(
        runs="running; counting; 计时中; 在期限内; 正常",
        # 暂停 and 中止 are read, and never shown: the law's word is 不计入期限.
        not_counted="paused; suspended; not counting; 暂停; 中止; 停止计算; 不计入",
        no_limit="unlimited; 不受期限限制; 不受限",
        stopped="ended; closed; 终止; 已结束; 办结",
        not_started="not begun; not running; 未起算; 尚未起算",
    ),
)
"""States of the statutory clock."""

URGENCY: Final = Vocabulary(
    "urgency",
    _words(
        normal="low; standard; routine; 普通; 正常; 常规",
        urgent="high; 加急; 急; 急件; 特急",
        line_stop="line stop; linestop; stoppage; line down; production stop; production stops;"
        " 停线; 停工待料; 即将停产",
    ),
    # A request for priority is an act of its own.
    _unclear(("priority; 优先", ("urgent", "normal"))),
)

QUESTION: Final = Vocabulary(
    "question",
    _words(
        status="state; status; 状态; 进展; 办理进展",
        accepted="acceptance; accepted?; 受理; 是否受理",
        missing="papers; missing papers; which items are missing?; 缺少材料; 补正内容",
        reason="why; reason for return; why was it returned?; 原因; 理由; 退回原因; 因何退回？",
        number="number check; 核对编号",
        decision="when; 何时决定",
        licence="licence?; license; 是否发证; 发证",
        until="until when; 至何时",
    ),
)

MISSING: Final = Vocabulary(
    "missing",
    _words(
        application_form="form",
        identity="id; identity papers; 身份证明",
        contract="agreement; 合同副本; 协议",
        technical_description="specification; tech description; 技术资料; 规格书",
        test_report="test certificate; 检验报告",
        end_user_certificate="euc; end user certificate; end user statement; 最终用户证明;"
        " 最终用途证明; 最终用户声明",
        certificate_stamp="stamp; signature; stamp or signature on that certificate; 签章; 盖章;"
        " 签字盖章",
        translation="translation; 译文; 中文翻译; 中文译件",
        original="original; paper original; 原件",
        importer_introduction="importer profile; 进口商介绍",
        end_user_introduction="end user profile; 最终用户介绍",
        end_use_detail="end use details; 用途说明",
        photos="photos; pictures; 照片",
        drawings="drawings; 3d model; 图纸; 三维模型",
        transactions="transaction history; 交易记录",
        other="other; other papers; 其他",
    ),
    _unclear(("certificate; 证明", ("end_user_certificate", "certificate_stamp", "identity"))),
    several=True,
)
"""Papers and particulars requested by an authority."""

REMARK: Final = Vocabulary(
    "remark",
    _words(
        typo="",
        duplicate="",
        other_destination="",
        law="",
        resubmit="",
        applicant_told="",
        supplement_received="",
        provincial_stage="",
        accepted_again="",
        testing="",
        site_check="",
        consulting="",
        council_referred="",
        end_use_unclear="",
        quantity_differs="",
        number_replaced="",
        general_licence="",
        licence_ready="",
        applicant_withdrew="",
        applicant_to_contact="",
        one_application_only="",
    ),
)
"""Codes of officials' remarks; each side reads its own domestic term."""

UNIT: Final = Vocabulary(
    "unit",
    _words(
        kg="kgs; kilogram; kilograms; 千克; 公斤",
        t="to; tonne; tonnes; metric ton; metric tons; 吨; 公吨",
        pcs="pc; piece; pieces; 件; 个; 片",
    ),
    # A ton can be short or metric, and a set is no number of pieces.
    _unclear(("ton; tons", ("t",)), ("套; set; sets", ("pcs",))),
)
"""Units of a quantity."""

BASIS: Final = Vocabulary(
    "quantity",
    _words(
        gross="weight of goods; goods; 毛重; 货物重量",
        contained="net rare earth; reo content; rare earth contained; 折稀土量; 稀土含量",
    ),
)
"""Whether a quantity is the weight of the goods, or of the rare earth in them."""

SOURCE: Final = Vocabulary(
    "source",
    _words(
        supplier="chinese supplier; 供货商",
        company="importer; eu company; 企业; 进口商",
        applicant="chinese applicant; 申请企业",
        member_state="member state; authority of a member state; 成员国",
        delegation="eu delegation; 代表团",
        meeting="at a meeting; 会谈",
        bureau="mofcom bureau; 主管司局",
        province="provincial department; 省厅",
        customs="gacc; 海关总署",
    ),
)
"""Sources of a statement that an official may name."""

UNCOUNTED: Final = Vocabulary(
    "uncounted",
    _words(
        test="testing; identification; 检验",
        expert_opinion="expert; experts; 征询专家意见",
        site_check="on site check; 现场核查",
        hearing="public hearing",
    ),
)
"""Why time is not counted: Dual-Use Items Regulations, Administrative Licensing Law, Art. 45."""

PRIORITY: Final = Vocabulary(
    "priority", _words(granted="yes", not_now="later; not yet", cannot="no; impossible")
)
"""Answers to a request for priority."""

PRIORITY_REASON: Final = Vocabulary(
    "priority-reason",
    _words(
        line_stop="line stop; production stop",
        stock_low="low stock",
        long_pending="pending long",
        health_safety="health; safety",
    ),
)
"""Reasons for priority."""

PRIORITY_REMARK: Final = Vocabulary(
    "priority-remark",
    _words(in_turn="", supplement_first="", being_examined="", already_decided="", law=""),
)
"""Remarks on an answer to a request for priority."""

LICENCE: Final = Vocabulary("licence", _words(individual="", general="", certificate=""))
"""Kinds of licence."""

PER: Final = Vocabulary("per", _words(licence="", calendar_year="", licence_year=""))
"""Periods of a licence's quantities."""

END: Final = Vocabulary(
    "end", _words(used="", withdrawn="", revoked="", forfeited="", deregistered="")
)
"""How a licence ended."""

LINK: Final = Vocabulary(
    "link", _words(refiled="", corrected="", split="", joined="", matched="", withdrawn="")
)
"""Why a number took the place of another one, or that it did not."""

ACTS: Final = (
    SOURCE, UNCOUNTED, PRIORITY, PRIORITY_REASON, PRIORITY_REMARK, LICENCE, PER, END, LINK, UNIT,
    BASIS,
)  # fmt: skip
"""Vocabularies of statements that no sheet has."""

VOCABULARIES: Final = (STATE, MATCH, CLOCK, DECISION, URGENCY, QUESTION, MISSING, REMARK)
