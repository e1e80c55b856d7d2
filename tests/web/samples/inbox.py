"""Inboxes and lists of threads, each from its own node's data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rules.notifying import Following
from special_channel.messages.catalogue import Lang
from special_channel.stores.saved_views import SavedView
from special_channel.web.assign.pages import assign_page as assign_page_of
from special_channel.web.assign.views import AssignView
from special_channel.web.inbox.filters import ThreadsPageQuery
from special_channel.web.inbox.pages import Offered
from special_channel.web.inbox.pages import inbox_page as inbox_page_of
from special_channel.web.inbox.pages import threads_page as threads_page_of
from special_channel.web.inbox.views import GroupView, InboxView, ThreadsFound
from special_channel.web.marks.pages import mark_page as mark_page_of
from special_channel.web.marks.views import MarkAct, MarkView
from special_channel.web.notices.pages import notices_page as notices_page_of
from special_channel.web.notices.views import (
    ExceptionItem,
    FollowedThread,
    NoticesPageQuery,
    NoticesView,
)
from special_channel.web.received.pages import received_page as received_page_of
from special_channel.web.received.views import ReceivedNote, ReceivedNotes
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.changes import AmendmentItem, TermsItem
from special_channel.web.shared.corrections import CorrectionItem
from special_channel.web.shared.dues import Step
from special_channel.web.shared.marks import MarksView
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.references import application_url, licence_url
from special_channel.web.shared.ruler import Day, Mark, ruler
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.colleagues import Colleague
from special_channel.web.shell.corrected import (
    AmendedList,
    ChangedLicence,
    CorrectedApplication,
    CorrectedView,
)
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.news import NewsItem, NewsView
from special_channel.web.shell.saved_views import SavedViewList
from special_channel.web.shell.threads import LastWords, ThreadItem
from tests.web.samples.batches import TITLE, batch_ref
from tests.web.samples.people import NOW, astrid, at, chen, en, hexes, ilona, zh


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


def item(number: str, title: Pair, **details: Any) -> ThreadItem:
    return ThreadItem(
        number=number, thread=number, title=title, notes_eu=2, notes_cn=1, order=7,
        **{"closed": False, "steps": (0, 0), **details},
    )  # fmt: skip


def said(author: Author, when: datetime, words: Words) -> LastWords:
    return LastWords(author=author, at=when, words=words)


def rows_ours(party: Party) -> tuple[ThreadItem, ...]:
    step = Step("head", at(26, 16, 30), None, "next")
    if party == "eu":
        return (
            item(
                "EU-142",
                TITLE,
                unread=True,
                due=due("eu", 26, 2),
                last=said(
                    chen("eu"),
                    at(24, 7, 20),
                    zh("经研究，可使用变更后的名称提交证明，请附商业登记簿摘录……"),
                ),
                batch=batch_ref(),
                about="CN-340 Q1",
                answered=(3, 5),
                next_step=step,
                steps=(1, 4),
            ),
            item(
                "CN-288",
                Pair(
                    zh("0119号申请：烧结磁体块的税则归类与管制编码"),
                    en("Control code against customs code, application 0119"),
                ),
                unread=True,
                due=due("eu", 27, 3),
                last=said(
                    chen("eu"), at(23, 1, 2), zh("请说明该产品的氧化镝含量，以便确定管制编码。")
                ),
                batch=batch_ref("L2026-40", "EU-77"),
                next_step=step,
                steps=(0, 4),
            ),
            item(
                "EU-150",
                Pair(
                    en("Quarterly list of customers under the general licence"),
                    zh("通用许可项下最终用户季度清单"),
                ),
                unread=False,
                due=due("eu", 2, 6, 12),
                last=said(
                    ilona("eu"),
                    at(20, 15, 40),
                    en("Draft not sent: waiting for the Łódź and Żywiec sites."),
                ),
                batch=batch_ref("L2026-42", "EU-903"),
            ),
        )
    return (
        item(
            "EU-147",
            Pair(en("Six numbers not found"), zh("六份申请未查到编号")),
            unread=True,
            due=due("cn", 25, 1),
            last=said(
                astrid("cn"),
                at(24, 6, 2),
                en("Could you say under which numbers the bureau holds them?"),
            ),
            batch=batch_ref(),
            about="EU-147 Q1",
            answered=(0, 6),
            next_step=Step("head", at(25, 9), "李文静", "next"),
            steps=(1, 3),
        ),
        item(
            "EU-128",
            Pair(
                en("Return of application 0098: reasons requested"),
                zh("0098号申请退回：请说明理由"),
            ),
            unread=False,
            due=due("cn", 20, 0, passed=True),
            last=said(astrid("cn"), at(19, 14, 12), en("Which document was found incomplete?")),
            batch=batch_ref("L2026-39", "EU-64"),
            next_step=Step("director", at(23, 1), "周明", "told"),
            steps=(2, 3),
        ),
    )


def rows_theirs(party: Party) -> tuple[ThreadItem, ...]:
    other = peer_of(party)
    return (
        item(
            "EU-128",
            Pair(
                en("Return of application 0098: reasons requested"),
                zh("0098号申请退回：请说明理由"),
            ),
            unread=False,
            due=due(other, 20, 0, passed=True),
            # The longest sentence that stands there: up to when the other side's record is known.
            known="No answer had reached us; their record is known up to Fri 20 Nov 09:58."
            if party == "eu"
            else "我方尚未收到答复；对方记录已知至11月20日16:58。",
            last=said(astrid(party), at(19, 14, 12), en("Which document was found incomplete?")),
            batch=batch_ref("L2026-39", "EU-64"),
            next_step=Step("head", at(23, 8), None, "told"),
            steps=(2, 4),
        ),
        item(
            "CN-301",
            Pair(
                zh("关于对两家最终用户实地核查的安排"), en("On-site verification of two end users")
            ),
            unread=True,
            due=due(other, 1, 5, 12),
            last=said(chen(party), at(24, 3, 0), zh("拟于12月第二周进行，请协助联系企业。")),
            batch=batch_ref(),
        ),
    )


def labels_of(party: Party) -> tuple[str, ...]:
    """Labels of a colleague."""
    return ("Magnets", "Ask Legal first") if party == "eu" else ("磁材", "报处长前先会商")


def inbox_page(party: Party, *, marked: bool = False) -> ViewPage:
    """An inbox; `marked`: with labels and reminders of the reader, and threads put away."""
    ours, theirs = rows_ours(party), rows_theirs(party)
    marks_of = MarksView(remind_on=date(2026, 11, 30), labels=labels_of(party))
    if marked:
        ours = (ours[0].model_copy(update={"marks": marks_of}), *ours[1:])
    read = (
        item(
            "CN-318",
            Pair(zh("现已签发许可证9份，证号见附件"), en("Nine licences issued, numbers attached")),
            unread=True,
            at=at(24, 5, 10),
            last=said(chen(party), at(24, 5, 10), zh("现已签发许可证9份，证号见附件。")),
            batch=batch_ref("L2026-40", "EU-77"),
        ),
    )
    lang: Lang = "en" if party == "eu" else "zh-CN"
    marks = [Mark(r.number, r.url, r.due) for r in (*ours, *theirs) if r.due]
    labels = {r.number: r.title.first(lang).text for r in (*ours, *theirs)}
    for number, label in (("EU-151", "Dates on renewed licences"), ("EU-152", "实地核查")):
        marks.append(Mark(number, f"/threads/{number}", due("cn", 26, 2)))
        labels[number] = label
    reminded = GroupView(
        key="reminded",
        items=(
            item(
                "CN-311",
                Pair(zh("关于第47周清单的补充说明"), en("Note on the list of week 47")),
                unread=False,
                at=at(23, 2, 40),
                marks=MarksView(remind_on=date(2026, 11, 24), reminds=True),
            ),
        ),
        total=1,
    )
    groups = (
        GroupView(key="ours", items=ours, total=len(ours)),
        GroupView(key="theirs", items=theirs, total=83, more_url="/deadlines?side=theirs&desk=1"),
        *((reminded,) if marked else ()),
        GroupView(key="read", items=read, total=len(read)),
    )
    return inbox_page_of(
        InboxView(
            groups=groups,
            scope="mine",
            ruler=replace(ruler(NOW, party, days(), marks), labels=labels),
            waiting=len(ours),
            due_this_week=2,
            unread=5,
            last_visit=at(23, 16, 51),
            news=news(party),
            away=3 if marked else 0,
            start_url="/work?scope=mine",
            corrected=corrected(party) if marked else CorrectedView(),
        )
    )


def corrected(party: Party) -> CorrectedView:
    """A decision that the other side replaced, and a list or a licence that it changed."""
    peer = peer_of(party)
    before, after = (
        ("准予许可", "审查中")
        if party == "cn"
        else ("approved, 20 Nov 2026", "under review, 20 Nov 2026")
    )
    made = CorrectionItem(
        by=peer,
        position=f"{peer.upper()}-301",
        before=before,
        corrected_in=f"{peer.upper()}-318",
        after=after,
    )
    number = "虚构2026-0117"
    url = application_url(number)
    items = (CorrectedApplication(number=number, url=url, corrections=(made,)),)
    if party == "cn":
        amended = AmendmentItem(
            position="EU-320", changed=2, withdrawn=1, added=0, said="变更2行、移出1行"
        )
        lists = (
            AmendedList(
                number="EU-120", list="L2026-47", url="/batches/EU-120", amendments=(amended,)
            ),
        )
        return CorrectedView(items=items, total=1, lists=lists, lists_total=1)
    terms = TermsItem(
        by=peer,
        position="CN-290",
        before="quantities: 1C905.a 5 t gross; valid: 1 Dec 2026 – 30 Nov 2027",
        corrected_in="CN-321",
        after="quantities: 1C905.a 7 t gross; valid: 1 Dec 2026 – 31 Dec 2027",
    )
    licence = "虚构-26-00001"
    changed = ChangedLicence(number=licence, url=licence_url(licence), changes=(terms,))
    return CorrectedView(items=items, total=1, licences=(changed,), licences_total=1)


def news(party: Party) -> NewsView:
    """A question, a draft to release and an assignment, as a colleague would be told."""
    words = {
        "question": (
            "Question to us, answer due Fri 4 Dec 17:30 · CN-14, question 2",
            "收到问题，请于12月4日（周五）17:30前答复 · EU-14 问题2",
        ),
        "release": ("To release: list L2026-48", "待复核：清单L2026-48的反馈表"),
        "assigned": ("Assigned to you: thread CN-14", "已交您承办：事项EU-14"),
    }
    items = tuple(
        NewsItem(
            id=hexes(70 + place),
            event=event,  # type: ignore[arg-type]
            text=text[party == "cn"],
            url="/threads/CN-14",
            why={"question": "mine"}.get(event, event),
            at=at(24, 8, place),
        )
        for place, (event, text) in enumerate(words.items())
    )
    return NewsView(items=items, total=len(items))


def notices_page(party: Party) -> ViewPage:
    """What a colleague chose, with an exception of each kind and two threads."""
    titles = [row.title for row in rows_ours(party)[:2]]
    hows: tuple[Following, ...] = ("watched", "muted")
    return notices_page_of(
        NoticesView(
            items=news(party).items,
            total=news(party).total,
            preset="digest",
            digest_at="08:30",
            line_stops=True,
            share=75,
            browser=True,
            exceptions=(
                ExceptionItem(event="release", medium="mail", on=True),
                ExceptionItem(event="entry", medium="page", on=False),
            ),
            followed=tuple(
                FollowedThread(
                    number=f"CN-{13 + place}", url="/threads/CN-13", title=title, how=how
                )
                for place, (title, how) in enumerate(zip(titles, hows, strict=True))
            ),
            mail="i.koszegi@eu-desk.example" if party == "eu" else "chensiyuan@cn-desk.example",
            chat=True,
        ),
        NoticesPageQuery(),
    )


def empty_inbox(party: Party) -> ViewPage:
    groups = tuple(GroupView(key=key, items=(), total=0) for key in ("ours", "theirs", "read"))
    drawn = ruler(NOW, party, days(), ())
    return inbox_page_of(
        InboxView(groups=groups, scope="mine", ruler=drawn, next_due=due(party, 2, 6, 12))
    )


def threads_page(party: Party) -> ViewPage:
    closed = {"closed": True, "due": None, "at": at(20, 9)}
    rows = (*rows_ours(party), rows_theirs(party)[0].model_copy(update=closed))
    pages = Paging(2, 4, 180, "/threads?page=1", "/threads?page=3")
    query = ThreadsPageQuery(show="all")
    named = ("My urgent magnets", "Closed, by age") if party == "eu" else ("磁体紧急事项", "已办结")
    saved = SavedViewList(
        items=tuple(
            SavedView(id=number, list="threads", name=name, query=query.address)
            for number, name in enumerate(named)
        )
    )
    found = ThreadsFound(eu=910, cn=345, total=180, items=rows)
    office = ("Export controls", "Licensing") if party == "eu" else ("两用物项处", "许可证处")
    offered = Offered(
        saved, labels_of(party), [(f"desk-{place}", title) for place, title in enumerate(office)]
    )
    return threads_page_of(found, pages, query, offered)


def mark_page(party: Party, act: MarkAct) -> ViewPage:
    """An act on threads: on one of them for a reminder, on two otherwise."""
    rows = (*rows_ours(party), *rows_theirs(party))
    return mark_page_of(
        MarkView(
            eu=901,
            cn=343,
            act=act,
            items=rows[: 1 if act == "remind" else 2],
            days=tuple(date(2026, 11, 25) + timedelta(days=each) for each in (0, 1, 5, 13, 27)),
            labels=labels_of(party),
            next_url="/inbox",
        )
    )


def colleague(party: Party, number: int, name: str) -> Colleague:
    """A colleague by name; where the name is long, so that it wraps."""
    desk = "Export permits desk" if party == "eu" else "许可处"
    title = f"{desk} · {number}"
    return Colleague(
        person=hexes(60 + number)[:32], number=number, name=name, title=title, shown=name, acts=True
    )


def staff(party: Party) -> tuple[Colleague, ...]:
    names = ("Ilona Kőszegi", "Łukasz Żelazny") if party == "eu" else ("陈思远", "李文静")
    return tuple(colleague(party, number, name) for number, name in enumerate(names, 3))


def received_page(party: Party, *, empty: bool = False) -> ViewPage:
    """Two notes of the other side in two threads, of more than one entry can name; one left out."""
    author = chen("eu") if party == "eu" else astrid("cn")
    other = peer_of(party).upper()
    rows = [row for row in (*rows_ours(party), *rows_theirs(party)) if row.last][:2]
    items = tuple(
        ReceivedNote(
            entry_id=hexes(80 + place),
            position=f"{other}-{300 + place}",
            thread=row.number,
            thread_id=hexes(90 + place)[:32],
            title=row.title,
            author=author,
            accepted=row.last.at,
            words=row.last.words,
        )
        for place, row in enumerate(rows)
        if row.last
    )
    if empty:
        return received_page_of(ReceivedNotes(eu=901, cn=343, total=0, items=()))
    left = (f"{other}-290",)
    view = ReceivedNotes(eu=901, cn=343, total=240, items=items, threads=("EU-142",), left=left)
    return received_page_of(view)


def assign_page(party: Party) -> ViewPage:
    """Two threads to be assigned, one of which somebody has."""
    first, second, *_ = (*rows_ours(party), *rows_theirs(party))
    people = staff(party)
    items = (first.model_copy(update={"holder": people[0]}), second)
    lang = "en" if party == "eu" else "zh-CN"
    return assign_page_of(AssignView(eu=901, cn=343, items=items, colleagues=people, lang=lang))
