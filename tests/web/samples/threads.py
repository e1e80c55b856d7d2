"""A thread with every outcome, and the composer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.deadlines.pages import suspension_page
from special_channel.web.deadlines.views import SuspensionPlanned, SuspensionQuery, SuspensionView
from special_channel.web.notes.pages import act_page
from special_channel.web.notes.views import NoteAct, NoteActView, Paragraph
from special_channel.web.reference.pages import reference_page as reference_page_of
from special_channel.web.reference.views import ReferenceView
from special_channel.web.shared.capitals import Due, both
from special_channel.web.shared.changed_words import changed_words
from special_channel.web.shared.dues import DateLine, DateOffer, QuestionDates, Step
from special_channel.web.shared.marks import MarksView
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.composer import (
    Composer,
    Draft,
    ReplyRule,
)
from special_channel.web.shell.composer import (
    new_thread_page as new_page_of,
)
from special_channel.web.shell.content import FileRef, Proof, Scanned, Stage
from special_channel.web.shell.file_references import ReferenceChange
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.threads import ThreadItem
from special_channel.web.thread.pages import thread_page as page_of
from special_channel.web.thread.ticks import to_answer
from special_channel.web.thread.views import (
    AnswerRef,
    Comparison,
    EventView,
    Flag,
    NoteView,
    QuestionView,
    RecordView,
    ThreadView,
    Translation,
    WindowView,
)
from special_channel.web.thread.work import WorkBar
from tests.web.samples.batches import TITLE, batch_ref
from tests.web.samples.inbox import due, labels_of
from tests.web.samples.people import NOW, astrid, at, chen, en, hexes, own, zh
from tests.web.samples.usual import template_items

ACCEPTED = "2026-11-20T09:00:00Z"
CLAMAV = Scanned("ClamAV 1.4.3", "27812", date(2026, 11, 22), "")


def ask(number: str, text: Words, when: Due, outcome: str = "open", **more: object) -> QuestionView:
    position, _, q = number.partition(" Q")
    asker, _, index = position.lower().partition("-")
    values = {"number": number, "q": q, "note": hexes(len(position)), "text": text}
    values |= {"asker": asker, "index": int(index), "thread": "a" * 32, "accepted": ACCEPTED}
    return QuestionView.model_validate({**values, "due": when, "outcome": outcome, **more})


def proof(position: str) -> Proof:
    return Proof(
        ("eu:" if position.startswith("EU") else "cn:") + hexes(3)[:32],
        f"/entries/{position}",
        f"/entries/{position}/receipt",
        hexes(4),
    )


_HEAD = ("entry_id", "position", "party", "kind")
_NOTE = (*_HEAD, "author", "accepted", "lang", "paragraphs", "proof", "translation")
_EVENT = (*_HEAD, "accepted", "facts", "author", "url")


def note(*values: Any, **more: Any) -> NoteView:
    return NoteView(**dict(zip(_NOTE, values, strict=False)), **more)


def event(*values: Any, **more: Any) -> EventView:
    return EventView(**dict(zip(_EVENT, values, strict=False)), **more)


def translation(paragraphs: tuple[Words, ...], party: Party) -> Translation:
    return Translation(paragraphs=paragraphs, party=party)


ON_REVIEW = (
    "On review, five applications of your list L2026-41 lack an end-user and end-use certificate "
    "stamped by the end user (nos. FIKTIV-26-0009301, 9303, 9307, 9310, 9312)."
)
PLEASE = (
    "Please supply them by 17:30 Brussels time on 26 November. The other applications are not "
    "affected."
)
SUPPLEMENT = "请于11月26日17:30（布鲁塞尔时间）前补正。“其余申请”不受影响——继续按程序办理……"
CONFIRMED = (
    "We confirm receipt. Certificates for 9301, 9303 and 9307 are attached, each stamped by the "
    "end user. For 9310 we have asked the company in Kőszeg."
)
CONFIRMED_ZH = (
    "来文收悉，谢谢。现提交9301、9303、9307号申请的证明，均由最终用户签章。"
    "9310号已请Kőszeg的企业补交。"
)
NEW_NAME = (
    "For 9312 the end user changed its legal name on 1 October. Would you accept a certificate "
    "under the new name with a registry extract?"
)
NEW_NAME_ZH = (
    "9312号的最终用户已于10月1日变更法定名称。贵方可否接受以新名称出具的证明，并附商业登记簿摘录？"
)
CERTIFICATES = (
    "经审查，贵方清单L2026-41中有五份申请缺少由最终用户签章的最终用户和最终用途证明"
    "（编号FIKTIV-26-0009301、9303、9307、9310、9312）。"
)


def question_dates(party: Party) -> dict[str, Any]:
    """A moved date, two proposals of the answering side, and the dates that a reader may sign."""
    moved = DateLine(
        what="moved", at=at(26, 16), party="cn", position="CN-342", basis="agreed",
        standing="in-force",
    )  # fmt: skip
    proposed = DateLine(
        what="proposed", at=at(27, 16), party="eu", position="EU-879", standing="open",
        body="{}" if party == "cn" else "",
    )  # fmt: skip
    span = at(25, 9).date(), at(26, 9).date()
    suspended = {"at": at(30, 16), "position": "EU-881", "suspended": span}
    first, second = DateOffer(at=at(27, 16), body="{}"), DateOffer(at=at(30, 16), body="{}")
    history = (
        DateLine(what="asked", at=at(24, 16), party="cn", position="CN-340"),
        moved,
        proposed,
        proposed.model_copy(update=suspended),
    )
    dates = QuestionDates(
        offers=(first, second) if party == "eu" else (),
        rebase=second if party == "cn" else None,
        suspend_from=at(24, 9).date() if party == "eu" else None,
    )
    return {"history": history, "dates": dates}


def thread_items(party: Party, lang: Lang = "en") -> tuple[NoteView | EventView, ...]:
    t = catalogue(lang)
    q1 = ask(
        "CN-340 Q1",
        zh(
            "请于11月26日17:30（布鲁塞尔时间）前补正；逾期未提交的，该申请将退回，请补正后重新提交。"
        ),
        due("eu", 26, 2),
        **question_dates(party),
    )
    q2 = ask(
        "EU-877 Q1",
        en("Would you accept a certificate under the new name with a registry extract?"),
        due("cn", 27, 3),
        "in-time",
        answered_in="CN-345",
    )
    q3 = ask(
        "EU-877 Q2",
        en("Which stamp is needed where a company has none?"),
        due("cn", 23, 0, passed=True),
        "unanswered-confirmed",
    )
    q4 = ask(
        "EU-877 Q3",
        en("Is the Hungarian original needed on paper?"),
        due("cn", 23, 0, passed=True),
        "crossed",
        answered_in="CN-343",
        answered_at=at(23, 8, 59),
        arrived_at=at(23, 11, 12),
    )
    return (
        event(hexes(10), "EU-142", "eu", "thread.opened", at(20, 1, 30), author=astrid(party)),
        note(
            hexes(11),
            "CN-340",
            "cn",
            "note.posted",
            chen(party),
            at(20, 2, 12),
            "zh-CN",
            (zh(CERTIFICATES, 0), zh(SUPPLEMENT, 1)),
            proof("CN-340"),
            translation(
                (
                    en(ON_REVIEW, 2),
                    en(PLEASE, 3),
                ),
                "cn",
            ),
            asks=(q1,),
            stages=(
                Stage("signed", at(20, 2, 11)),
                Stage("stored", at(20, 2, 12), "CN-340"),
                Stage("delivered", at(20, 2, 12)),
                Stage("acknowledged", at(20, 8, 30), "EU-870", "#EU-870"),
                Stage("answered"),
            ),
        ),
        event(
            hexes(12),
            "EU-870",
            "eu",
            "note.acknowledged",
            at(20, 8, 30),
            {"ref": "CN-340"},
            astrid(party),
            "#CN-340",
        ),
        note(
            hexes(13),
            "EU-877",
            "eu",
            "note.posted",
            astrid(party),
            at(20, 10, 5),
            "en",
            (
                en(CONFIRMED, 0),
                en(NEW_NAME, 1),
                Words("", "en", 2, "erased"),
            ),
            proof("EU-877"),
            translation(
                (zh(CONFIRMED_ZH, 3), zh(NEW_NAME_ZH, 4)),
                "eu",
            ),
            files=(
                FileRef(
                    5,
                    "EUC-9301.pdf",
                    217_088,
                    "application/pdf",
                    hexes(21),
                    "/api/files/" + hexes(21),
                    check="clean",
                    scanned=(CLAMAV, Scanned("Sample Scanner 2.1", "W3E4R7U9", None, "")),
                ),
                FileRef(6, "最终用户证明-9303.pdf", 1_153_434, "application/pdf", hexes(22), None),
                FileRef(
                    7, "EUC-9304.zip", 90_112, "application/zip", hexes(23), None, check="checking"
                ),
                FileRef(
                    8,
                    "List.docm",
                    45_056,
                    "application/msword",
                    hexes(24),
                    None,
                    check="found",
                    scanned=(replace(CLAMAV, threat="Eicar-Test-Signature"),),
                ),
                FileRef(
                    10,
                    "Rows 行.docm",
                    45_056,
                    "application/msword",
                    hexes(26),
                    "/files/" + hexes(26),
                    check="clean",
                    scanned=(CLAMAV,),
                    active=("macros", "links"),
                ),
                FileRef(
                    9,
                    "Note.txt",
                    512,
                    "text/plain",
                    hexes(25),
                    "/api/files/" + hexes(25),
                    check="unscanned",
                ),
            ),
            asks=(q2, q3, q4),
            answers=(AnswerRef(number="CN-340 Q1", url="#CN-340"),),
            stages=(
                Stage("signed", at(20, 10, 4)),
                Stage("stored", at(20, 10, 5), "EU-877"),
                Stage("delivered", at(20, 10, 5)),
                Stage("acknowledged"),
                Stage("answered"),
            ),
            flags=(Flag(code="corrected", position="EU-880", url="#EU-880", at=at(23, 12)),),
            marking="sensitive",
        ),
        event(
            hexes(14),
            "EU-881",
            "eu",
            "deadline.passed",
            at(23, 9, 0),
            {"ask": "EU-877 Q2", "due": both(at(23, 9), party, lang, NOW)},
            tone="amber",
        ),
        event(
            hexes(15),
            "EU-P-44",
            party,
            "escalation.raised",
            at(23, 9, 1),
            {"ask": "EU-877 Q2", "role": t.label("role", "head")},
            private=True,
        ),
        event(
            hexes(18),
            "EU-P-45",
            party,
            "note.internal",
            at(23, 9, 2),
            author=astrid(party),
            private=True,
            words=(Words("", "en" if party == "eu" else "zh-CN", None, "erased"),),
            flags=(
                Flag(
                    code="erased-by",
                    position="EU-P-48",
                    url="/api/private/entries/EU-P-48",
                    reference=own(party, "Order 7/2026", "2026年第7号决定"),
                ),
            ),
        ),
        note(
            hexes(19),
            "EU-880",
            "eu",
            "note.corrected",
            astrid(party),
            at(23, 12),
            "en",
            (en(CONFIRMED.replace("9301", "9302"), 0), en(NEW_NAME, 1)),
            proof("EU-880"),
            stages=(
                Stage("signed", at(23, 11, 59)),
                Stage("stored", at(23, 12), "EU-880"),
                Stage("delivered", at(23, 12)),
            ),
            flags=(Flag(code="corrects", position="EU-877", url="#EU-877"),),
            changes=Comparison(
                position="EU-877",
                lang="en",
                runs=changed_words(
                    f"{CONFIRMED}\n\n{NEW_NAME}",
                    f"{CONFIRMED.replace('9301', '9302')}\n\n{NEW_NAME}",
                ),
            ),
        ),
        note(
            hexes(16),
            "CN-345",
            "cn",
            "note.posted",
            chen(party),
            at(24, 7, 20),
            "zh-CN",
            (
                zh(
                    "经研究，9312号可使用变更后的名称提交证明，请附商业登记簿摘录及其中文或英文译文。",
                    0,
                ),
                zh("9310号仍请于期限前补正，不影响同批其他申请。\u202eevil\u202c", 1),
            ),
            proof("CN-345"),
            answers=(AnswerRef(number="EU-877 Q1", url="#EU-877"),),
            unread=True,
            acknowledgeable=True,
        ),
        note(
            hexes(17),
            "CN-346",
            "cn",
            "note.posted",
            chen(party),
            at(24, 7, 25),
            "zh-CN",
            (zh("附件重发。", 0),),
            proof("CN-346"),
            unread=True,
            refused="key-suspended",
        ),
    )


def composer(party: Party) -> Composer:
    own_lang, other_lang = ("en", "zh-CN") if party == "eu" else ("zh-CN", "en")
    other = peer_of(party)
    me = astrid("eu") if party == "eu" else chen("cn")
    return Composer(
        what="note",
        key=me.key,
        author=me,
        charter=hexes(30),
        lang=own_lang,
        translation_lang=other_lang,
        draft_name="a" * 32,
        draft=Draft(
            "Thank you. The certificate for 9312 under the new name is attached."
            if party == "eu"
            else "来文收悉，谢谢。现提交补充说明。",
            "",
            saved_at=at(24, 8, 38),
        ),
        thread="a" * 32,
        reply_rules=(
            ReplyRule("days-3", 3, due(other, 27, 3)),
            ReplyRule("days-10", 10, due(other, 8, 10, 12)),
        ),
        markings=("limited", "sensitive"),
        templates=template_items(party),
    )


def thread_view(party: Party, lang: Lang = "en") -> ThreadView:
    items = thread_items(party, lang)
    asks = tuple(a for i in items if isinstance(i, NoteView) for a in i.asks)
    steps = (
        Step(
            "desk",
            at(24, 8),
            "Astrid Lindqvist" if party == "eu" else "陈思远",
            "told",
            you=True,
        ),
        Step("head", at(26, 16, 30), "Tomáš Novotný" if party == "eu" else "李文静", "next"),
    )
    title = Pair(
        replace(TITLE.original, ordinal=0), replace(TITLE.translation or en(""), ordinal=1)
    )
    return ThreadView(
        eu=882,
        cn=347,
        thread=ThreadItem(
            number="EU-142",
            thread="a" * 32,
            title=title,
            closed=False,
            notes_eu=1,
            notes_cn=3,
            order=1,
            batch=batch_ref(),
        ),
        opener_id=hexes(10),
        opener_key="eu:" + hexes(7)[:32],
        opened_at=at(20, 1, 30),
        items=items,
        record=RecordView(
            entries=8, roots={"eu": hexes(41), "cn": hexes(42)}, cosigned_at=at(24, 8, 39)
        ),
        applications=tuple(f"FIKTIV-26-{n:07d}" for n in (9301, 9303, 9307, 9310, 9312)),
        last_visit=at(23, 16, 51),
        asks=asks,
        ladder=steps,
        ladder_of="CN-340 Q1" if party == "eu" else "EU-877 Q2",
    )


def part_of(party: Party) -> WindowView:
    """A part in the middle of a long thread, beyond what is unread."""
    number = f"{party.upper()}-P-7"
    return WindowView(
        first="EU-142", last="CN-346", earlier=9_000, later=992, unread="EU-12", older_ours=number
    )


def thread_page(
    party: Party,
    shown: str = "pair",
    forms: Mapping[str, Any] | None = None,
    lang: Lang = "en",
    **changes: Any,
) -> ViewPage:
    """The page of a thread.

    `forms`: other values of `pages.forms`; `changes`: other fields of the view, or a title.
    """
    view = thread_view(party, lang)
    if "title" in changes:
        changes["thread"] = view.thread.model_copy(update={"title": changes.pop("title")})
    signed = {
        "ticks": to_answer(view, party),
        "form": composer(party),
        "closing": "{}",
        "reopens": None,
        "assigns": True,
        "following": "",
        "marks": MarksView(remind_on=date(2026, 11, 30), labels=labels_of(party)),
        "references": references_of(party),
        "work": None,
        **(forms or {}),
    }
    return page_of(view.model_copy(update=changes), shown, signed)


def references_of(party: Party) -> tuple[ReferenceChange, ...]:
    """A file reference that replaced another one."""
    names = ("Ares(2026) 000-4711 (fictional)", "Ares(2026) 000-4710 (fictional)")
    if party == "cn":
        names = ("虚构许可函〔2026〕47号", "虚构许可函〔2026〕46号")  # noqa: RUF001
    by = "Ilona Kőszegi" if party == "eu" else "陈思远"
    return tuple(
        ReferenceChange(reference=name, by=by, at=at(23, 9 - place))
        for place, name in enumerate(names)
    )


def reference_page(party: Party) -> ViewPage:
    """The page of a thread's file reference."""
    changes = references_of(party)
    view = ReferenceView(
        item=thread_view(party).thread, reference=changes[0].reference, changes=changes
    )
    return reference_page_of(view)


def work_page(party: Party) -> ViewPage:
    """The page of a thread for a reader who works through the inbox."""
    view = thread_view(party)
    asked = [ask.number for ask in view.asks if ask.is_open and ask.due.answering == party]
    work = WorkBar(
        number=view.number,
        place=f"unit.0.2026-12-04T16:30:00Z.{view.number}",
        body='{"entries":[]}',
        receipts=("CN-340",) if party == "eu" else ("EU-877",),
        answer=asked[0] if asked else "",
        laid=f"{party.upper()}-141",
    )
    return thread_page(party, forms={"work": work, "form": composer(party)})


def new_thread_page(party: Party, *, begun: bool = False) -> ViewPage:
    """The form of a new thread; `begun`: with a subject and the first note."""
    numbers = ("FIKTIV-26-0009301", "FIKTIV-26-0009303", "FIKTIV-26-0009307")
    form = replace(
        composer(party),
        what="thread",
        thread="",
        batch=hexes(1),
        applications=numbers,
        draft_name="new-" + hexes(1),
    )
    if begun:
        words = BEGUN[party]
        form = replace(form, draft=Draft(*words, saved_at=at(24, 8, 38)))
    return new_page_of(form, batch=batch_ref())


BEGUN: Mapping[Party, tuple[str, str, str, str]] = {
    "eu": (
        "Three applications name a contract that was replaced. Which papers do you need?",
        "三份申请所列合同已被替换。请告知需提交哪些材料。",
        "Contract replaced after the application",
        "申请后合同有变更",
    ),
    "cn": (
        "三份申请所附最终用户证明未加盖公章，请补正。",
        "The end-user certificates of three applications have no stamp. Please supplement them.",
        "最终用户证明未加盖公章",
        "End-user certificates without a stamp",
    ),
}
"""Text, translation, subject and its translation of a new thread."""


def note_act_page(party: Party, act: NoteAct) -> ViewPage:
    """An act about a note of the reader's side, or a translation of the other side's."""
    mine, other = ("en", "zh-CN") if party == "eu" else ("zh-CN", "en")
    words = {"en": en("Row 7 names the contract of 3 November.", 0),
             "zh-CN": zh("第7行所列为11月3日签订的合同。", 0)}  # fmt: skip
    by = peer_of(party) if act == "translate" else party
    said = mine if by == party else other
    view = NoteActView(
        eu=901,
        cn=343,
        act=act,
        note=hexes(41),
        position=f"{by.upper()}-340",
        party=by,
        thread=hexes(2)[:32],
        thread_number="EU-142",
        title=TITLE,
        lang=mine,
        other=other,
        original=(words[said],),
        paragraphs=(Paragraph(number=1, words=words[said]),) if act == "translate" else (),
        text=words[mine].text if act == "correct" else "",
        translation=words[other].text if act == "correct" else "",
        reopens=("CN-338 Q1",) if act == "withdraw" else (),
        ends=("EU-340 Q2",) if act == "withdraw" else (),
    )
    return act_page(view)


def suspend_page(*, refused: bool = False) -> ViewPage:
    """A suspension of CN-340 Q1 as EU would propose it."""
    days = at(25, 9).date(), at(26, 9).date()
    view = SuspensionView(
        thread="EU-142",
        thread_id=hexes(2)[:32],
        note=hexes(11),
        number="CN-340 Q1",
        text=zh("请于11月26日17:30（布鲁塞尔时间）前补正。"),
        due=at(26, 16),
        planned=SuspensionPlanned(
            first=days[0], last=days[1], days=2, due=at(30, 16), body='{"q":"1"}'
        ),
    )
    query = SuspensionQuery(ask="CN-340:1", first="2026-11-25", last="2026-11-26")
    if not refused:
        return suspension_page(view, query)
    code = {"planned": None, "refused": "suspension-malformed", "field": "last"}
    wrong = query.model_copy(update={"last": "2026-11-24"})
    return suspension_page(view.model_copy(update=code), wrong)
