"""Keys, clearance, mail, problems."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from special_channel.channels.probes import ChannelTestResult
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import Digest, Party
from special_channel.desk import payloads
from special_channel.desk.amending import AmendedRow
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.stores.people import Language, Official
from special_channel.web.approvals.layouts import queue_page, several_page, sheet_page
from special_channel.web.approvals.route_views import (
    ChangedText,
    DraftChange,
    DraftRoute,
    PaperDecision,
    RouteAnswer,
    RoutePlace,
    RouteStepItem,
    StepForm,
)
from special_channel.web.approvals.views import (
    DraftDetail,
    DraftQueue,
    DraftText,
    LookRow,
    ReleaseFilters,
    RowReason,
    RowTally,
    SentBack,
    SeveralDrafts,
    Sheet,
    SheetChecks,
)
from special_channel.web.http.problems import ProblemPage
from special_channel.web.mykeys.pages import card_page, keys_page
from special_channel.web.mykeys.views import (
    EndedSession,
    FeedItem,
    MyKeys,
    OwnCard,
    OwnFunction,
    OwnKey,
    SessionItem,
    StandIn,
)
from special_channel.web.node.mails import MailFilters
from special_channel.web.node.pages import channels_page, mailbox_page
from special_channel.web.node.views import MailView
from special_channel.web.people.pages import registrar_page
from special_channel.web.people.views import KeyItem, PendingKey, PendingKeys
from special_channel.web.shared.changed_words import changed_words
from special_channel.web.shared.words import Pair
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.looks import FoundItem
from special_channel.web.shell.problem_page import error_page
from tests.web.samples.inbox import staff
from tests.web.samples.people import LICENSING, PERMITS, astrid, at, chen, en, hexes, own, zh


def roots() -> dict[Party, Digest]:
    return {"eu": hexes(70), "cn": hexes(71)}


def key_items(party: Party) -> tuple[KeyItem, ...]:
    me = astrid("eu") if party == "eu" else chen("cn")
    lost = replace(me, key=me.key[:-2] + "00")
    return (
        KeyItem(author=me, suite="ed25519", state="active", since=at(2, 9), this_computer=True),
        KeyItem(author=lost, suite="es256", state="suspended", since=at(1, 9)),
    )


def registrar(party: Party) -> ViewPage:
    desk = PERMITS if party == "eu" else LICENSING
    key = KeyFile.make(party, "desk", bytes(32), unit="E.3", desk="permits")
    author = Author(key.signer, f"{party}.channel.example/log", "2026-11-24T08:31:00Z", (), bytes)
    person = hexes(72)[:32]
    entry = payloads.key_enrolled(author, key.public, person)
    pending = PendingKey(
        key=key.key,
        name="Zdeněk Šťastný" if party == "eu" else "王晓",
        person=person,
        role=key.role,
        unit=key.unit,
        desk=key.desk,
        at=author.at,
        envelope=entry.envelope.decode(),
    )
    waiting = PendingKeys(enrolments=(pending,))
    return registrar_page(waiting, key_items(party), {key.desk: desk})


def clearance_page(party: Party, *, released: str = "EU-9") -> ViewPage:
    """Drafts that wait for release; `released`: the number of the one that was released last."""
    author = astrid("eu") if party == "eu" else chen("cn")
    body = '"body":{"list":"L2026-43","rows":250}'
    remark = own(party, "Row 7: which contract?", "第7行：请注明合同。")
    payload = f'{{"at":"2026-11-24T08:30:00Z",{body},"by":"{author.key}"}}'
    signatures = (dsse.Signature(author.key, bytes(64)),)
    list_ = DraftDetail(
        id=hexes(60),
        kind="batch.listed" if party == "eu" else "batch.answered",
        by=author.key,
        at="2026-11-24T08:30:00Z",
        envelope=dsse.Envelope(dsse.ENTRY_TYPE, payload.encode(), signatures).encode().decode(),
        parts=(),
        title=Pair(en("L2026-43")),
        author=author,
        rows=250,
        stops=1,
        releasers=("head", "director"),
        charter=3,
        others=("Tomáš Novotný" if party == "eu" else "周明",),
        sheet=Sheet(
            columns=("row", "number", "state", "missing"),
            rows=((("7",), ("FIKTIV-26-0009744",), ("supplement",), ("contract", "translation")),),
        ),
        checks=SheetChecks(
            rows=250,
            digest=hexes(64),
            counts=(RowTally(group="state", code="supplement", rows=250),),
            changes=(
                RowTally(group="state", code="supplement", rows=1, newly=True),
                RowTally(group="release-change", code="same", rows=249),
            ),
            against="CN-12",
            look=(
                LookRow(
                    row=7,
                    number="FIKTIV-26-0009744",
                    cells=(("state", ("supplement",)), ("missing", ("contract", "translation"))),
                    before=(("state", ("review",)),),
                    question="status",
                    reasons=(
                        RowReason(code="line_stop", words="2026-12-03"),
                        RowReason(
                            code="correction", words=own(party, "CN-12, row 7", "CN-12第7行")
                        ),
                        RowReason(
                            code="list-dates" if party == "eu" else "dates",
                            words=own(
                                party, "21 Nov 2026 is a Saturday.", "2026年11月21日为周六。"
                            ),
                            given=own(party, "date set by the filing system", "系统生成日期"),
                        ),
                    ),
                ),
            ),
            passed=("dates",),
        ),
        again=SentBack(remark=remark, rows=(7,)),
        confirmed=(hexes(66),),
    )
    amendment = {
        "id": hexes(63),
        "kind": "batch.amended",
        "sheet": None,
        "amended": (
            AmendedRow(
                7, "FIKTIV-26-0009744", ("urgent", "7", ""), ("line_stop", "1", "2026-12-03")
            ),
            AmendedRow(
                9, "FIKTIV-26-0013827", ("normal", "9", ""), None, own(party, "issued", "已发证")
            ),
            AmendedRow(251, "FIKTIV-26-0016001", None, ("urgent", "251", "")),
        ),
    }
    note = {"id": hexes(61), "kind": "note.posted", "title": None, "own": True, "rows": 0}
    back = {"own": True, "remark": remark, "editable": True}
    other = {"id": hexes(62), "title": Pair(en("L2026-44"))}
    drafts = (list_, *(list_.model_copy(update=each) for each in (other, amendment, note)))
    returned = (list_.model_copy(update=back | {"excerpt": zh("经研究，可按附件办理。")}),)
    item = list_.model_copy(update={"amended": amendment["amended"], "found": found_in(party)})
    return queue_page(
        DraftQueue(
            drafts=drafts, item=item, returned=returned, released=released, total=len(drafts)
        ),
        ReleaseFilters(),
    )


def found_in(party: Party) -> tuple[FoundItem, ...]:
    """What a text holds: to be confirmed, and a note."""
    company = own(
        party,
        "Remark 1: A company seems to be named: Fictional Magnets Co. What is signed crosses.",
        "第1条备注：似提及企业：虚构磁材有限公司，签署后将原样发送。",
    )
    person = own(
        party,
        "Remark 2: A person seems to be named: Ms Fictional.",
        "第2条备注：似提及个人：虚处长。",
    )
    return (
        FoundItem(rule="S-099", grade="confirm", place="remark", number=1, sentence=company),
        FoundItem(rule="S-098", grade="note", place="remark", number=2, sentence=person),
    )


def several_drafts(party: Party) -> ViewPage:
    author = astrid("eu") if party == "eu" else chen("cn")
    queue = clearance_page(party).view
    assert isinstance(queue, DraftQueue)
    assert queue.item is not None
    text = DraftText(lang="zh-CN", paragraphs=(zh("经研究，可按附件办理。"),))
    changed = {"id": hexes(65), "kind": "licence.issued", "sentence": "CN …", "author": author}
    empty = {"checks": None, "sheet": None, "amended": (), "rows": 0, "again": None}
    drafts = (
        queue.item,
        queue.item.model_copy(update=changed | empty),
        queue.item.model_copy(update=empty | {"id": hexes(66), "text": text}),
    )
    return several_page(SeveralDrafts(drafts=drafts, others=queue.drafts[:1]))


def mailbox(party: Party) -> ViewPage:
    mail = MailView(
        at=at(23, 9, 1),
        sender="Special Channel" if party == "eu" else "中欧出口许可沟通平台",
        to="Tomáš Novotný" if party == "eu" else "李文静",
        subject=own(
            party,
            "Our answer is not recorded · CN-877, question 2",
            "我方尚未答复 · EU-877，问题2",
        ),
        body=own(
            party,
            "It is our turn: question 2 of CN-877.\nYou can answer it now, or take it over.",
            "请我方答复：EU-877问题2。\n您可以立即答复，或者接办。",
        ),
        url="/mailbox/abababababababab",
        lang="en" if party == "eu" else "zh-CN",
    )
    return mailbox_page((mail,), 1, MailFilters())


def problem_page(party: Party) -> ViewPage:
    return error_page(ProblemPage(500, "server-error", (), "7f3a-c2d9"))


def channels(party: Party) -> ViewPage:
    gone = "HTTP 410 no hook"
    desk, duty = own(party, "permits", "许可处"), own(party, "duty", "值班室")
    tests = (
        ChannelTestResult(desk, "sent", "HTTP 200 ok"),
        ChannelTestResult(duty, "refused", gone, "channel-gone", {"said": gone, "reply": 410}),
    )
    return channels_page({"mail": False, desk: True, duty: True}, tests)


def keys(party: Party) -> ViewPage:
    feeds = (
        FeedItem(
            id=2,
            scope="side",
            topics=("answer", "awaited", "meetings"),
            made=at(24, 8, 30),
            used=None,
        ),
        FeedItem(id=1, scope="desk", topics=("answer",), made=at(3, 9), used=at(24, 7, 5)),
    )
    address = (
        f"https://{party}.channel.example/calendar/q3Zc0FyV8m1uJ5d2kT9wXr7bLh4nGs6aPeQoKiBtMvE.ics"
    )
    return keys_page(my_keys(party), feeds, address)


def stop_card(party: Party) -> ViewPage:
    language: Language = "en" if party == "eu" else "zh-CN"
    mail = f"desk@{party}.channel.example"
    owner = Official(
        1, own(party, "Ilona Kőszegi", "陈思远"), "desk", "E.3", "permits", mail, language
    )
    return card_page("KMRT WPXH BDFL", owner, f"https://{party}.channel.example", "+32 2 555 01 10")


def my_keys(party: Party) -> MyKeys:
    me = astrid("eu") if party == "eu" else chen("cn")
    desk = PERMITS if party == "eu" else LICENSING
    laptop = "Laptop 2" if party == "eu" else "笔记本电脑2"
    used = OwnKey(
        key=me.key,
        label="",
        suite="ed25519",
        position=f"{party.upper()}-388",
        enrolled=at(2, 9),
        used=at(24, 8, 5),
        entries=142,
        state="active",
        since=at(2, 9),
        here=True,
    )
    lost = {
        "key": me.key[:-2] + "00",
        "label": laptop,
        "suite": "es256",
        "position": f"{party.upper()}-57",
        "entries": 1318,
        "state": "suspended",
        "since": at(1, 9),
        "here": False,
    }
    function = OwnFunction(
        role="desk",
        desk=desk,
        unit="E.3",
        position=f"{party.upper()}-56",
        since=at(1, 9),
        until="2026-12-31T23:00:00Z",
        stands_in=True,
        act="/people/acts/new?kind=role.ended",
    )
    usual = function.model_copy(
        update={"until": "", "stands_in": False, "act": "/people/acts/new?kind=role.granted"}
    )
    overseer = usual.model_copy(update={"role": "oversight", "act": ""})
    stand_in = StandIn(
        name="Tereza Šťastná" if party == "eu" else "周明", role="desk", desk=desk,
        until="2026-12-11T22:59:00Z", act="/people/acts/new?kind=role.ended",
    )  # fmt: skip
    here = SessionItem(
        id=7,
        kind="browser",
        key=me.key,
        label="",
        opened=at(24, 8),
        seen=at(24, 8, 30),
        address="192.0.2.17",
        here=True,
    )
    away = staff(party)[0].model_copy(
        update={
            "until": date(2026, 12, 4),
            "shown": staff(party)[0].name,
            "stand_in": staff(party)[1].name,
        }
    )
    program = {"id": 8, "kind": "bearer", "label": laptop, "seen": None, "here": False}
    return MyKeys(
        keys=(used, used.model_copy(update=lost)),
        number=4,
        person=hexes(72)[:32],
        me=away,
        colleagues=staff(party),
        signing=frozenset({staff(party)[1].person}),
        functions=(function, usual, overseer),
        stand_ins=(
            stand_in,
            stand_in.model_copy(update={"until": "", "act": ""}),
            stand_in.model_copy(update={"act": "", "waits": f"/people/acts/{hexes(77)}"}),
        ),
        sessions=(here, here.model_copy(update=program)),
        ended=EndedSession(ended=at(23, 22, 7), cause="key-suspended"),
        card=OwnCard(printed=at(2, 9), spent=at(23, 22, 7)),
        doubt=f"{party.upper()}-812",
    )


def routed(party: Party) -> DraftDetail:
    """A note at its second step, changed in the first, with a release on paper to come."""
    queue = clearance_page(party).view
    assert isinstance(queue, DraftQueue)
    assert queue.item is not None
    author = me = queue.item.author
    titles = (
        ("Check", "Legal desk", "Head of unit") if party == "eu" else ("核稿", "法制处", "处长")
    )
    written = (en("The end user accepts a site check."),), (zh("最终用户同意接受实地核查。"),)
    paragraphs, translation = written if party == "eu" else reversed(written)
    text = DraftText(
        lang="en" if party == "eu" else "zh-CN", paragraphs=paragraphs, translation=translation
    )
    changed = RouteAnswer(
        answer="changed", author=me, at=at(23, 9), remark=own(party, "One word.", "改动一处文字。")
    )
    paper = PaperDecision(office=titles[2], reference="G2/2026/0418", on=date(2026, 11, 24))
    former = RouteAnswer(
        answer="returned", author=me, at=at(23, 8), remark=own(party, "Shorter.", "请精简。"), to=2
    )
    steps = (
        RouteStepItem(number=1, word="draft", whose=(), standing="done"),
        RouteStepItem(
            number=2, word="check", whose=titles[:1], standing="done", answers=(changed,)
        ),
        RouteStepItem(
            number=3,
            word="consult",
            whose=titles[1:2],
            by=at(25, 9),
            standing="now",
            answers=(RouteAnswer(answer="unconcerned", author=me, at=at(23, 10), desk=titles[1]),),
        ),
        RouteStepItem(
            number=4,
            word="release",
            whose=titles[2:],
            by=at(26, 9),
            standing="ahead",
            answers=(RouteAnswer(answer="paper", author=me, at=at(24, 8), paper=paper),),
        ),
    )
    route = DraftRoute(
        title=own(party, "Answers with a date", "有答复时间的答复"),
        drafter=author,
        step=3,
        steps=steps,
        former=(former,),
        form=StepForm(
            step=3,
            person="1" * 32,
            desk="legal",
            functions="1",
            answers=("agreed", "changed", "unconcerned"),
            texts=(*text.paragraphs, *text.translation),
        ),
        back=(1, 2),
        changes=(
            DraftChange(
                step=2,
                author=me,
                texts=(
                    ChangedText(
                        lang="en" if party == "eu" else "zh-CN",
                        runs=changed_words(
                            own(party, "The user agrees.", "用户同意。"),
                            own(party, "It agrees.", "最终用户同意。"),
                        ),
                    ),
                ),
            ),
        ),
    )
    return queue.item.model_copy(
        update={
            "kind": "note.posted",
            "rows": 0,
            "stops": 0,
            "sheet": None,
            "checks": None,
            "amended": (),
            "may_release": False,
            "text": text,
            "signoff": route,
            "route": RoutePlace(
                step=3, of=4, word="consult", whose=titles[1:2], by=at(25, 9), mine=True
            ),
        }
    )


def routed_page(party: Party) -> ViewPage:
    item = routed(party)
    return queue_page(DraftQueue(drafts=(item,), item=item, total=1), ReleaseFilters())


def paper_page(party: Party) -> ViewPage:
    """The same draft where its decision on paper is to be recorded."""
    item = routed(party)
    assert item.signoff is not None
    form = StepForm(step=4, person="1" * 32, functions="1", paper=True)
    route = item.signoff.model_copy(update={"form": form, "step": 4})
    shown = item.model_copy(update={"signoff": route, "may_release": True})
    return queue_page(DraftQueue(drafts=(shown,), item=shown, total=1), ReleaseFilters())


def signoff_sheet(party: Party) -> ViewPage:
    return sheet_page(routed(party))
