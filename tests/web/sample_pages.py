"""Pages full of what really occurs, for both nodes: each from its own node's data.

Fictional throughout. Holds the letters that break fonts (š ő ł ż) and the marks that
Chinese shares with Latin (“ ” …… ——).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from special_channel.core.ids import Party, peer_of
from special_channel.messages.catalogue import Lang
from special_channel.web.capitals import Due
from special_channel.web.pages.access import (
    EnrolPage,
    KeyLine,
    KeysPage,
    PendingKey,
    ProblemPage,
    RegistrarPage,
    Root,
    SignInPage,
)
from special_channel.web.pages.batch import (
    ApplicationRow,
    Assertion,
    Bar,
    BatchesPage,
    BatchLine,
    BatchPage,
    BatchRef,
    Filter,
    Paging,
    SideCounts,
    ThreadRef,
    bar_of,
)
from special_channel.web.pages.clearance import ClearancePage, Mail, MailboxPage, ToClear
from special_channel.web.pages.frame import (
    Author,
    Frame,
    Link,
    NavItem,
    Office,
    Page,
    Pair,
    Reader,
    SideName,
    Words,
)
from special_channel.web.pages.inbox import (
    Group,
    InboxPage,
    LastWords,
    Step,
    ThreadRow,
    ThreadsPage,
)
from special_channel.web.pages.ruler import Day, Mark, ruler
from special_channel.web.pages.thread import (
    AnswerRef,
    Ask,
    Composer,
    Draft,
    Entry,
    Event,
    FileRef,
    Flag,
    Headline,
    NewThreadPage,
    OpenAsk,
    Proof,
    Record,
    ReplyRule,
    Stage,
    ThreadPage,
    Translation,
)

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
STATIC = "/static/test"


def en(text: str, ordinal: int | None = None) -> Words:
    return Words(text, "en", ordinal)


def zh(text: str, ordinal: int | None = None) -> Words:
    return Words(text, "zh-CN", ordinal)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def hexes(seed: int) -> str:
    return f"{seed:02x}9f3c71ab5d0e42c877b1f60a13e9c4d28a6650feb2f7c93d04d1ae58e67b2c"[:64]


SIDES: dict[Party, SideName] = {
    "eu": SideName(
        Pair(en("European Commission, DG TRADE"), zh("欧盟委员会贸易总司")),
        Pair(en("the Commission"), zh("欧盟委员会")),
    ),
    "cn": SideName(
        Pair(en("Ministry of Commerce"), zh("商务部")), Pair(en("MOFCOM"), zh("商务部"))
    ),
}
LICENSING = Pair(en("Licensing desk, MOFCOM"), zh("商务部许可处"))
PERMITS = Pair(en("Export permits desk, DG TRADE"), zh("贸易总司出口许可岗位"))


def astrid(reader: Party) -> Author:
    name = "Astrid Lindqvist" if reader == "eu" else None
    return Author("eu", "EU-0031", "desk", PERMITS, name, "eu:" + hexes(7)[:32])


def ilona(reader: Party) -> Author:
    name = "Ilona Kőszegi" if reader == "eu" else None
    return Author("eu", "EU-0018", "head", PERMITS, name, "eu:" + hexes(8)[:32])


def chen(reader: Party) -> Author:
    name = "陈思远" if reader == "cn" else None
    return Author("cn", "CN-0007", "desk", LICENSING, name, "cn:" + hexes(9)[:32])


def frame(party: Party, lang: Lang, *, signed_in: bool = True, **changes: object) -> Frame:
    me = astrid("eu") if party == "eu" else chen("cn")
    base = Frame(
        lang=lang,
        party=party,
        now=NOW,
        static=STATIC,
        here="/",
        log=f"{party}.channel.example/log",
        own=SIDES[party],
        peer=SIDES[peer_of(party)],
        csrf="c" * 32 if signed_in else "",
        cursor="142.877" if signed_in else "",
        reader=Reader(me.key, me.name or "", me.desk, "desk") if signed_in else None,
        nav=(
            NavItem("inbox", "/", 3),
            NavItem("threads", "/threads"),
            NavItem("batches", "/batches"),
            NavItem("clearance", "/clearance", 1),
            NavItem("registrar", "/registrar"),
            NavItem("mailbox", "/mailbox"),
        )
        if signed_in
        else (),
        office=Office(at(24, 16, 30), at(24, 9, 30)),
        demo=True,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


# ---- batches

BAR = Bar(
    (("submitted", 3), ("review", 16), ("approved", 21), ("issued", 8), ("supplement", 4),
     ("returned", 2), ("unknown", 1))
)  # fmt: skip


def batch_ref(name: str = "L2026-41", position: str = "EU-120") -> BatchRef:
    return BatchRef(name, position, f"/batches/{position}", BAR)


TITLE = Pair(
    en("End-user certificates for five applications in list L2026-41"),
    zh("清单L2026-41中五份申请的最终用户和最终用途证明"),
)


def application_rows(party: Party) -> tuple[ApplicationRow, ...]:
    states = ("review", "approved", "supplement", "submitted", "issued", "returned")
    rows = []
    for n in range(1, 26):
        eu = Assertion(states[n % 6], date(2026, 11, 12), "supplier", "EU-120")
        cn = (
            None
            if n % 7 == 0
            else Assertion(states[(n + n % 3 // 2) % 6], date(2026, 11, 17), "bureau", "CN-318")
        )
        own, peer = (eu, cn) if party == "eu" else (cn, eu)
        private = ("Beispiel Antriebe GmbH (fictional)", "DE", "8 Dec 2026")
        rows.append(
            ApplicationRow(
                row=n,
                number=f"FIKTIV-26-{9300 + n:07d}",
                urgency=("normal", "urgent", "line_stop")[n % 3],
                rank=n,
                first_listed=date(2026, 9, 25),
                times_listed=1 + n % 5,
                own=own,
                peer=peer,
                match="not_found" if n % 7 == 0 else "found",
                differs=cn is not None and cn.code != eu.code,
                accepted_on=date(2026, 9, 21) if n % 2 else None,
                days_used=38 if n % 2 else None,
                remark="typo" if n % 7 == 0 else "",
                threads=(ThreadRef("EU-142", "/threads/EU-142", TITLE, 2),) if n < 4 else (),
                private=private if party == "eu" else ("拟请企业补正后再审",),
            )
        )
    return tuple(rows)


def batch_page(party: Party) -> BatchPage:
    eu, cn = (
        SideCounts("eu", BAR, date(2026, 11, 12)),
        SideCounts(
            "cn",
            bar_of(["review"] * 20 + ["approved"] * 27 + ["not_accepted"] * 3),
            date(2026, 11, 17),
        ),
    )
    return BatchPage(
        name="L2026-41",
        position="EU-120",
        entry_id=hexes(1),
        url="/batches/EU-120",
        listed_at=at(13, 15),
        answered_at=at(19, 3, 20),
        answered_position="CN-318",
        answered_rows=50,
        sides=(eu, cn) if party == "eu" else (cn, eu),
        rows=application_rows(party),
        paging=Paging(1, 3, 250, None, "/batches/EU-120?page=2"),
        filter=Filter(states=("review", "supplement"), matches=("found", "not_found")),
        threads=(
            ThreadRef("EU-142", "/threads/EU-142", TITLE, 2),
            ThreadRef("CN-201", "/threads/CN-201", Pair(zh("0098号申请退回")), closed=True),
        ),
        private_columns=("company", "member_state", "stock_out_on")
        if party == "eu"
        else ("internal_review_notes",),
        new_thread_url="/batches/EU-120/new-thread",
        csv_url="/batches/EU-120.csv",
    )


def batches_page(party: Party) -> BatchesPage:
    return BatchesPage(
        (
            BatchLine(batch_ref("L2026-42", "EU-903"), at(20, 15), 248, 0, 0, 0),
            BatchLine(batch_ref(), at(13, 15), 250, 250, 3, 17),
        ),
        Paging(1, 1, 2),
    )


# ---- inbox


def days() -> tuple[Day, ...]:
    out = []
    for n in range(16):
        on = date(2026, 11, 24) + timedelta(days=n)
        work = on.weekday() < 5
        start = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
        shared = (start, start + timedelta(minutes=90)) if work else None
        out.append(Day(on, work, work or on == date(2026, 11, 29), shared))
    return tuple(out)


def due(party: Party, day: int, days_left: int, month: int = 11, *, passed: bool = False) -> Due:
    hour = 9 if party == "cn" else 16
    return Due(at(day, hour, 30 if party == "eu" else 0, month), party, days_left, passed)


def rows_ours(party: Party) -> tuple[ThreadRow, ...]:
    step = Step("head", at(26, 16, 30), None, "next")
    if party == "eu":
        return (
            ThreadRow(
                "EU-142",
                "/threads/EU-142",
                TITLE,
                unread=True,
                due=due("eu", 26, 2),
                last=LastWords(
                    chen("eu"),
                    at(24, 7, 20),
                    zh("经研究，可使用变更后的名称提交证明，请附商业登记簿摘录……"),
                ),
                batch=batch_ref(),
                answered=(3, 5),
                next_step=step,
                steps=(1, 4),
            ),
            ThreadRow(
                "CN-288",
                "/threads/CN-288",
                Pair(
                    zh("0119号申请：烧结磁体块的税则归类与管制编码"),
                    en("Control code against customs code, application 0119"),
                ),
                unread=True,
                due=due("eu", 27, 3),
                last=LastWords(
                    chen("eu"), at(23, 1, 2), zh("请说明该产品的氧化镝含量，以便确定管制编码。")
                ),
                batch=batch_ref("L2026-40", "EU-77"),
                next_step=step,
                steps=(0, 4),
            ),
            ThreadRow(
                "EU-150",
                "/threads/EU-150",
                Pair(
                    en("Quarterly list of customers under the general licence"),
                    zh("通用许可项下最终用户季度清单"),
                ),
                unread=False,
                due=due("eu", 2, 6, 12),
                last=LastWords(
                    ilona("eu"),
                    at(20, 15, 40),
                    en("Draft not sent: waiting for the Łódź and Żywiec sites."),
                ),
                batch=batch_ref("L2026-42", "EU-903"),
            ),
        )
    return (
        ThreadRow(
            "EU-147",
            "/threads/EU-147",
            Pair(en("Six numbers not found"), zh("六份申请未查到编号")),
            unread=True,
            due=due("cn", 25, 1),
            last=LastWords(
                astrid("cn"),
                at(24, 6, 2),
                en("Could you say under which numbers the bureau holds them?"),
            ),
            batch=batch_ref(),
            answered=(0, 6),
            next_step=Step("head", at(25, 9), "李文静", "next"),
            steps=(1, 3),
        ),
        ThreadRow(
            "EU-128",
            "/threads/EU-128",
            Pair(
                en("Return of application 0098: reasons requested"),
                zh("0098号申请退回：请说明理由"),
            ),
            unread=False,
            due=due("cn", 20, 0, passed=True),
            last=LastWords(
                astrid("cn"), at(19, 14, 12), en("Which document was found incomplete?")
            ),
            batch=batch_ref("L2026-39", "EU-64"),
            next_step=Step("director", at(23, 1), "周明", "told"),
            steps=(2, 3),
        ),
    )


def rows_theirs(party: Party) -> tuple[ThreadRow, ...]:
    other = peer_of(party)
    return (
        ThreadRow(
            "EU-128",
            "/threads/EU-128",
            Pair(
                en("Return of application 0098: reasons requested"),
                zh("0098号申请退回：请说明理由"),
            ),
            unread=False,
            due=due(other, 20, 0, passed=True),
            last=LastWords(
                astrid(party), at(19, 14, 12), en("Which document was found incomplete?")
            ),
            batch=batch_ref("L2026-39", "EU-64"),
            next_step=Step("head", at(23, 8), None, "told"),
            steps=(2, 4),
        ),
        ThreadRow(
            "CN-301",
            "/threads/CN-301",
            Pair(
                zh("关于对两家最终用户实地核查的安排"), en("On-site verification of two end users")
            ),
            unread=True,
            due=due(other, 1, 5, 12),
            last=LastWords(chen(party), at(24, 3, 0), zh("拟于12月第二周进行，请协助联系企业。")),
            batch=batch_ref(),
        ),
    )


def inbox_page(party: Party) -> InboxPage:
    ours, theirs = rows_ours(party), rows_theirs(party)
    read = (
        ThreadRow(
            "CN-318",
            "/batches/EU-120",
            Pair(zh("现已签发许可证9份，证号见附件"), en("Nine licences issued, numbers attached")),
            unread=True,
            at=at(24, 5, 10),
            last=LastWords(chen(party), at(24, 5, 10), zh("现已签发许可证9份，证号见附件。")),
            batch=batch_ref("L2026-40", "EU-77"),
        ),
    )
    marks = [
        Mark(r.number, r.url, r.title.first("en" if party == "eu" else "zh-CN").text, r.due)
        for r in (*ours, *theirs)
        if r.due
    ]
    marks.append(Mark("EU-151", "/threads/EU-151", "Dates on renewed licences", due("cn", 26, 2)))
    marks.append(Mark("EU-152", "/threads/EU-152", "实地核查", due("cn", 26, 2)))
    return InboxPage(
        (Group("ours", ours), Group("theirs", theirs), Group("read", read)),
        "mine",
        (("mine", "/"), ("unit", "/?scope=unit"), ("all", "/?scope=all")),
        ruler(NOW, party, days(), marks),
        2,
        5,
        at(23, 16, 51),
    )


def empty_inbox(party: Party) -> InboxPage:
    return InboxPage(
        (Group("ours", ()), Group("theirs", ()), Group("read", ())),
        "mine",
        (("mine", "/"),),
        ruler(NOW, party, days(), ()),
        next_due=due(party, 2, 6, 12),
    )


def threads_page(party: Party) -> ThreadsPage:
    rows = (*rows_ours(party), replace(rows_theirs(party)[0], closed=True, due=None, at=at(20, 9)))
    return ThreadsPage(
        rows,
        Paging(2, 4, 180, "/threads?page=1", "/threads?page=3"),
        "all",
        (("open", "/threads"), ("closed", "/threads?show=closed"), ("all", "/threads?show=all")),
    )


# ---- thread


def ask(number: str, text: Words, when: Due, outcome: str = "open", **more: object) -> Ask:
    position, _, q = number.partition(" Q")
    return replace(Ask(number, q, hexes(len(position)), text, when), outcome=outcome, **more)  # type: ignore[arg-type]


def proof(position: str) -> Proof:
    return Proof(
        ("eu:" if position.startswith("EU") else "cn:") + hexes(3)[:32],
        f"/entries/{position}",
        f"/entries/{position}/receipt",
        hexes(4),
    )


CERTIFICATES = (
    "经审查，贵方清单L2026-41中有五份申请缺少由最终用户签章的最终用户和最终用途证明"
    "（编号FIKTIV-26-0009301、9303、9307、9310、9312）。"
)


def thread_items(party: Party) -> tuple[Entry | Event, ...]:
    q1 = ask(
        "CN-340 Q1",
        zh(
            "请于11月26日17:30（布鲁塞尔时间）前补正；逾期未提交的，该申请将退回，请补正后重新提交。"
        ),
        due("eu", 26, 2),
        provided=(3, 5),
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
        answered_in="CN-345",
        answered_at=at(23, 8, 59),
        arrived_at=at(23, 11, 12),
    )
    return (
        Event(
            hexes(10), "EU-142", "eu", "thread.opened", at(20, 1, 30), author=astrid(party)
        ),
        Entry(
            hexes(11),
            "CN-340",
            "cn",
            "note.posted",
            chen(party),
            at(20, 2, 12),
            "zh-CN",
            (zh(CERTIFICATES, 0), zh("请于11月26日17:30（布鲁塞尔时间）前补正。“其余申请”不受影响——继续按程序办理……", 1)),
            proof("CN-340"),
            Translation(
                (
                    en("On review, five applications of your list L2026-41 lack an end-user and end-use certificate stamped by the end user (nos. FIKTIV-26-0009301, 9303, 9307, 9310, 9312).", 2),
                    en("Please supply them by 17:30 Brussels time on 26 November. The other applications are not affected.", 3),
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
        Event(
            hexes(12), "EU-870", "eu", "note.acknowledged", at(20, 8, 30),
            (("ref", "CN-340"),), astrid(party), "#CN-340",
        ),
        Entry(
            hexes(13),
            "EU-877",
            "eu",
            "note.posted",
            astrid(party),
            at(23, 10, 5),
            "en",
            (
                en("We confirm receipt. Certificates for 9301, 9303 and 9307 are attached, each stamped by the end user. For 9310 we have asked the company in Kőszeg.", 0),
                en("For 9312 the end user changed its legal name on 1 October. Would you accept a certificate under the new name with a registry extract?", 1),
                Words("", "en", 2, "erased"),
            ),
            proof("EU-877"),
            Translation(
                (zh("来文收悉，谢谢。现提交9301、9303、9307号申请的证明，均由最终用户签章。9310号已请Kőszeg的企业补交。", 3), zh("9312号的最终用户已于10月1日变更法定名称。贵方可否接受以新名称出具的证明，并附商业登记簿摘录？", 4)),
                "eu",
            ),
            files=(
                FileRef(5, "EUC-9301.pdf", 217_088, "application/pdf", hexes(21), "/api/files/" + hexes(21)),
                FileRef(6, "最终用户证明-9303.pdf", 1_153_434, "application/pdf", hexes(22), None),
            ),
            asks=(q2, q3, q4),
            answers=(AnswerRef("CN-340 Q1", "#CN-340"),),
            stages=(
                Stage("signed", at(23, 10, 4)),
                Stage("stored", at(23, 10, 5), "EU-877"),
                Stage("delivered", at(23, 10, 5)),
                Stage("acknowledged"),
                Stage("answered"),
            ),
            flags=(Flag("corrected", "EU-880", "#EU-880", at(23, 12)),),
            marking="sensitive",
        ),
        Event(
            hexes(14), "EU-881", "eu", "deadline.passed", at(23, 9, 0),
            (("ask", "EU-877 Q2"), ("due", "Mon 23 Nov 17:00")), tone="amber",
        ),
        Event(
            hexes(15), "EU-P-44", party, "escalation.raised", at(23, 9, 1),
            (("ask", "EU-877 Q2"), ("role", "head of unit")), private=True,
        ),
        Entry(
            hexes(16),
            "CN-345",
            "cn",
            "note.posted",
            chen(party),
            at(24, 7, 20),
            "zh-CN",
            (zh("经研究，9312号可使用变更后的名称提交证明，请附商业登记簿摘录及其中文或英文译文。", 0), zh("9310号仍请于期限前补正，不影响同批其他申请。\u202eevil\u202c", 1)),
            proof("CN-345"),
            answers=(AnswerRef("EU-877 Q1", "#EU-877"), AnswerRef("EU-877 Q3", "#EU-877")),
            unread=True,
            acknowledgeable=True,
        ),
        Entry(
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
    )  # fmt: skip


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
        asks_to_answer=(
            OpenAsk(
                hexes(11),
                "1",
                "CN-340 Q1" if party == "eu" else "EU-877 Q2",
                zh("请于11月26日17:30前补正。") if party == "eu" else en("Which stamp is needed?"),
                due(party, 26, 2),
            ),
        ),
        reply_rules=(
            ReplyRule("days-3", 3, due(other, 27, 3)),
            ReplyRule("days-10", 10, due(other, 8, 10, 12)),
        ),
        markings=("limited", "sensitive"),
    )


def thread_page(party: Party) -> ThreadPage:
    items = thread_items(party)
    asks = tuple(a for i in items if isinstance(i, Entry) for a in i.asks)
    mine = tuple(a for a in asks if a.due.answering == party and a.outcome == "open")
    steps = (
        Step("desk", at(26, 16, 30), "Astrid Lindqvist" if party == "eu" else "陈思远", "told", you=True),
        Step("head", at(26, 16, 30), "Tomáš Novotný" if party == "eu" else "李文静", "next"),
        Step("director", at(30, 16, 30), "Ilona Kőszegi" if party == "eu" else "周明"),
    )  # fmt: skip
    kind = "ours" if mine else "passed"
    open_asks = mine or tuple(a for a in asks if a.outcome.startswith("unanswered"))
    return ThreadPage(
        number="EU-142",
        thread_id="a" * 32,
        opener_id=hexes(10),
        opener_key="eu:" + hexes(7)[:32],
        opened_at=at(20, 1, 30),
        title=Pair(
            replace(TITLE.original, ordinal=0), replace(TITLE.translation or en(""), ordinal=1)
        ),
        headline=Headline(kind, open_asks, steps[1]),  # type: ignore[arg-type]
        items=items,
        record=Record(8, 882, 347, at(24, 8, 39), "/threads/EU-142/export", hexes(41), hexes(42)),
        views=(
            ("original", "?view=original"),
            ("pair", "?view=pair"),
            ("en", "?view=en"),
            ("zh", "?view=zh"),
        ),
        batch=batch_ref(),
        applications=tuple(f"FIKTIV-26-{n:07d}" for n in (9301, 9303, 9307, 9310, 9312)),
        last_visit=at(23, 16, 51),
        asks=asks,
        ladder=steps,
        composer=composer(party),
        closable=True,
    )


def new_thread_page(party: Party) -> NewThreadPage:
    numbers = ("FIKTIV-26-0009301", "FIKTIV-26-0009303", "FIKTIV-26-0009307")
    return NewThreadPage(
        replace(
            composer(party), what="thread", thread="", batch=hexes(1), applications=numbers,
            draft_name="new-" + hexes(1), asks_to_answer=(), clearance=True,
        ),
        batch_ref(),
    )  # fmt: skip


# ---- access and the rest


def keys(party: Party) -> tuple[KeyLine, ...]:
    me = astrid("eu") if party == "eu" else chen("cn")
    return (
        KeyLine(
            me.key,
            "ed25519",
            me,
            "active",
            at(2, 9),
            "EU-31",
            this_computer=True,
            last_used=at(24, 8),
        ),
        KeyLine(me.key[:-2] + "00", "es256", me, "suspended", at(1, 9), "EU-12", reason="lost"),
    )


def registrar_page(party: Party) -> RegistrarPage:
    desk = PERMITS if party == "eu" else LICENSING
    name = "Zdeněk Šťastný" if party == "eu" else "王晓"
    pending = PendingKey(
        "r1", name, "desk", "E.3", desk, "ed25519", hexes(50), at(24, 8, 31), "/registrar/r1/confirm",
        "/registrar/r1/refuse",
    )  # fmt: skip
    return RegistrarPage((pending,), keys(party))


def clearance_page(party: Party) -> ClearancePage:
    author = astrid("eu") if party == "eu" else chen("cn")
    payload = f'{{"at":"2026-11-24T08:30:00Z","body":{{"list":"L2026-43","rows":250}},"by":"{author.key}"}}'
    kind = "batch.listed" if party == "eu" else "batch.answered"
    draft = ToClear(
        hexes(60), kind, Pair(en("L2026-43")), author, at(24, 8, 30), payload, rows=250,
        sheet_url="/clearance/x/sheet",
    )  # fmt: skip
    return ClearancePage(
        (draft, replace(draft, entry_id=hexes(61), kind="note.posted", title=None, rows=0, own=True,
                        paragraphs=(zh("经研究，可按附件办理。"),)))
    )  # fmt: skip


def mailbox_page(party: Party) -> MailboxPage:
    to = "Tomáš Novotný" if party == "eu" else "李文静"
    mail = Mail(
        at(23, 9, 1),
        to,
        "EU-877 Q2",
        "EU-877 Q2\nhttp://localhost/threads/EU-142",
        "/threads/EU-142",
    )
    return MailboxPage((mail,))


def problem_page(party: Party) -> ProblemPage:
    return ProblemPage(500, "server-error", (), "7f3a-c2d9")


@dataclass(frozen=True)
class Shown:
    page: Page
    frame: Frame


def every_page(party: Party, lang: Lang) -> dict[str, Shown]:
    inside = frame(party, lang)
    outside = frame(party, lang, signed_in=False)
    down = replace(
        inside, link=Link(at(24, 7, 42), 2, at(24, 7, 41)), office=Office(next_shared=at(25, 8))
    )
    roots = (Root("eu", hexes(71)), Root("cn", hexes(72)))
    thread = thread_page(party)
    return {
        "inbox": Shown(inbox_page(party), inside),
        "inbox-empty": Shown(empty_inbox(party), down),
        "threads": Shown(threads_page(party), inside),
        "thread": Shown(thread, inside),
        "thread-original": Shown(replace(thread, view="original", composer=None), down),
        "thread-zh": Shown(replace(thread, view="zh", headline=Headline("none")), inside),
        "thread-closed": Shown(
            replace(
                thread, headline=Headline("closed", closed_in="EU-900"), composer=None,
                closed=True, closable=False, reopen_ref=hexes(5), items=(), ladder=(), asks=(),
            ),
            inside,
        ),
        "new-thread": Shown(new_thread_page(party), inside),
        "batches": Shown(batches_page(party), inside),
        "batch": Shown(batch_page(party), inside),
        "clearance": Shown(clearance_page(party), inside),
        "registrar": Shown(registrar_page(party), inside),
        "keys": Shown(KeysPage(keys(party)), inside),
        "mailbox": Shown(mailbox_page(party), inside),
        "signin": Shown(SignInPage(), outside),
        "enrol": Shown(EnrolPage(roots), outside),
        "problem": Shown(problem_page(party), inside),
        "not-found": Shown(ProblemPage(404, "not-found"), outside),
    }  # fmt: skip
