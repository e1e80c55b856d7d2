"""Events reach the people whom they concern, once each, without content."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from datetime import date, time, timedelta
from typing import Any

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import Unavailable
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.rules.notifying import EVENTS as KINDS
from special_channel.core.rules.notifying import NoticeException
from special_channel.desk.thread_titles import ThreadTitles
from special_channel.desk.written import quarantine_agreed
from special_channel.escalation.event_sender import LEASE, NoticeSender
from special_channel.ports.scanning import Engine, Scan
from special_channel.stores.absences import Absence
from special_channel.stores.people import Official
from special_channel.stores.personal_notices import PersonalNotices
from special_channel.stores.reads import ReadMark
from special_channel.stores.thread_views import ThreadViews
from tests.escalation.bureau import altered
from tests.escalation.conftest import CANARIES
from tests.escalation.notice_desk import Desk, opened
from tests.link.nodes import signed
from tests.permits import LICENCE, draw_body, licence_body, line

EVENTS = int(os.environ.get("SPECIAL_CHANNEL_NOTICES", "200"))
"""Number of seeded events."""

ADDRESS = "registrar@eu.example"

ONLY_ANSWERS = tuple(NoticeException(each, "mail", on=each == "answer") for each in KINDS)


@pytest_asyncio.fixture
async def desk(story, bureaus) -> Desk:
    return await opened(story, bureaus["eu"])


async def test_question_and_answer_reach_the_threads_people(desk, story):
    ask = await story.ask("eu", story.in_(90_000))
    await story.delivered()
    assert await desk.work() == {}, "nobody is told of the own act"
    asked = [story.world.ask("cn", story.in_(90_000))]
    await desk.arrive(asks=asked, answers=[{"id": ask[0], "q": ["1"]}])
    [(to, [subject])] = (await desk.work()).items()
    assert to == "desk", "the person who opened the thread and asked"
    assert subject.startswith("Question to us, answer due Wed 25 Nov ")
    [text] = desk.bureau.mail.texts()
    assert "/threads/EU-" in text
    assert text.rstrip().endswith("Change what you receive: https://eu.example/notices")
    assert await desk.work() == {}
    # Who wants no questions is told of the answer in the same note.
    await desk.choose("desk", exceptions=ONLY_ANSWERS)
    await story.forward(1)
    await desk.arrive(asks=asked, answers=[{"id": ask[0], "q": ["1"]}])
    number = (await story.row("eu", ask)).position
    assert (await desk.work())["desk"] == [f"Answer received · {number}, question 1"]
    assert await desk.page("desk") == ["question", "question"], "on the page still the question"


async def test_draft_is_told_to_those_who_may_release_it_and_goes_back_to_its_author(desk):
    id_ = await desk.lay("L2026-48")
    leaders = {who: ["To release: list L2026-48"] for who in ("p1", "head")}
    assert await desk.work() == leaders, "by the charter"
    assert not re.search("[0-9a-f]{17}", desk.bureau.mail.texts()[0])
    await desk.send_back(id_)
    assert await desk.work() == {"desk": ["Sent back to you: list L2026-48"]}
    [text] = desk.bureau.mail.texts()
    assert "was sent back by Fictional head" in text
    assert await desk.page("head") == [], "nothing to release any more"
    assert await desk.page("desk") == ["sent_back"]


ROUTE: list[dict[str, Any]] = [
    {"word": "draft"},
    {"word": "check", "role": "desk", "by": "2026-11-25T08:00:00Z"},
    {"word": "consult", "desks": ["licensing"]},
    {"word": "release", "role": "head"},
]


async def test_drafts_of_one_act_are_told_once(desk):
    act = "a" * 64
    ids = [await desk.lay(f"L2026-{number}", act=act) for number in range(48, 51)]
    [subject] = (await desk.work())["head"]
    assert re.fullmatch(r"To release: list L2026-\d+", subject)
    assert await desk.work() == {}
    for id_ in ids:
        await desk.send_back(id_)
    assert [len(subjects) for subjects in (await desk.work()).values()] == [1]
    assert (await desk.page("desk")).count("sent_back") == 1


async def test_draft_on_a_route_is_told_to_whom_its_step_names(desk, story):
    id_ = await desk.lay("L2026-48")
    await desk.route(id_, "desk", *ROUTE)
    checkers = {who: ["To check by Wed 25 Nov 09:00: list L2026-48"] for who in ("clerk", "p0")}
    assert await desk.work() == checkers, "no releaser yet"
    text, *_ = desk.bureau.mail.texts()
    assert "Asked for by: Wed 25 Nov" in text
    assert await desk.work() == {}
    await desk.check(id_, "clerk", 2)
    consulted = await desk.work()
    told = ["For consultation: list L2026-48"]
    assert consulted == dict.fromkeys(("head", "p0", "p1"), told), "all at that desk"
    assert await desk.page("clerk") == [], "answered"
    await desk.send_back(id_, to=2)
    assert await desk.work() == checkers, "again, and not the author"
    await desk.absences.state(Absence(desk.person("head"), date(2026, 11, 24), desk.person("desk")))
    await desk.check(id_, "clerk", 2)
    told_of = {*await desk.work()}
    assert "desk" in told_of - {"head"} == told_of, "who stands in for the head"
    await desk.clearances.close(id_, "cleared")
    await desk.work()
    assert await desk.page("head") == await desk.page("desk") == []


async def test_request_for_a_file_is_told_to_whoever_may_agree(desk):
    file = await desk.find()
    official = Official(0, "Fictional registrar", "registrar", "A.1", "security", ADDRESS, "en")
    await desk.bureau.house.alerts.officials.add(official, desk.person("registrar"))
    await desk.work()
    request = await desk.ask_for(file, "registrar")
    told = await desk.work()
    assert set(told) == {"head", "p1"}, "not the requester, and nobody who may not agree"
    [subject] = told["head"]
    assert re.fullmatch(r"To decide: quarantined file of CN-\d+", subject)
    assert "Open the list of quarantined files" in desk.bureau.mail.texts()[0]
    assert await desk.page("registrar") == await desk.page("clerk") == []
    assert "decide" in await desk.page("head")
    await desk.private(quarantine_agreed(desk.author("head"), request, desk.person("head")))
    agreed = {"registrar": [subject.replace("To decide", "Agreed, to download now")]}
    assert await desk.work() == agreed
    assert "decide" not in await desk.page("head"), "nothing to decide any more"
    away = Absence(desk.person("head"), date(2026, 11, 24), desk.person("registrar"))
    await desk.absences.state(away)
    await desk.ask_for(file, "registrar")
    assert set(await desk.work()) == {"p1"}, "nobody stands in to decide on an own request"
    # A file that is judged clean needs no decision.
    await desk.ask_for(file, "registrar")
    clean = Scan(found=False, threat="", engine=Engine("Sample"))
    for find in await desk.scans.finds(9):
        await desk.scans.record(find.sha256, "one", clean, desk.bureau.clock.now(), bytes(32))
    assert await desk.work() == {}


async def test_title_is_shown_where_allowed_and_nothing_is_marked(desk, story):
    titles = ThreadTitles(ThreadViews(desk.bureau.node.record.pool), "eu")
    house = altered(desk.bureau.house, titles=titles)
    desk.sender = NoticeSender(house, desk.notices, desk.corrections)
    await desk.choose("desk", preset="everything")
    subjects = {
        "Samples for laboratories": {},
        "Marked matter": {"marking": "limited"},
        "Of Zinnia GmbH": {},
        "Application FIKTIV-26-0119": {},
        "Marked afterwards": {},
    }
    for title, fields in subjects.items():
        thread = await story.open("cn", title, **fields)
        more = {"marking": "limited"} if title == "Marked afterwards" else {}
        await story.submit("cn", "note.posted", CANARIES[2], thread=thread, lang="en", **more)
    await story.delivered()
    assert (await desk.work())["desk"] == ["5 more"]
    for shown in (*desk.bureau.mail.texts(), *desk.bureau.mail.htmls()):
        assert "Samples for laboratories" in shown
        assert [title for title in [*subjects][1:] if title in shown] == []


async def test_title_is_the_later_translation_of_our_side(desk, story):
    views = ThreadViews(desk.bureau.node.record.pool)
    titles = ThreadTitles(views, "eu")
    thread = await story.open("cn", "样品检验", lang="zh-CN")
    await story.delivered()
    assert await titles.of([thread], "en") == {thread: "样品检验"}
    opening = (await views.thread(thread)).opening.id
    for party, lang, words in (
        ("eu", "en", "Samples"),
        ("eu", "en", "Samples for laboratories"),
        ("cn", "en", "Examination of samples"),
        ("eu", "zh-CN", "另一个标题"),
    ):
        part = story.world.text(words, "subject")
        fields = {"thread": thread, "ref": opening, "lang": lang, "parts": part_refs([part])}
        payload = story.world.payload(party, "note.translated", **fields)
        signer = story.world.sides[party].keys["desk"]
        await story.nodes[party].appender.submit([sign(payload, [signer], [part])])
        await story.delivered()
    assert await titles.of([thread], "en") == {thread: "Samples for laboratories"}
    assert await ThreadTitles(views, "cn").of([thread], "en") == {thread: "Examination of samples"}
    assert await titles.of([thread], "zh-CN") == {thread: "样品检验"}, "the original prevails"


async def test_browser_is_told_at_once_by_own_choice(desk, story):
    desk.office()
    await story.forward(14 * 3600)  # 23:00 in Brussels: who has a page open is at work
    off = NoticeException("entry", "browser", on=False)
    await desk.choose("desk", preset="digest", browser=True, exceptions=(off,))
    await desk.arrive()
    await desk.arrive(asks=[story.world.ask("cn", story.in_(90_000))])
    assert "desk" not in await desk.work(), "a mail waits for its digest"
    now = desk.bureau.clock.now()
    shown = await desk.notices.hand_out(desk.person("desk"), now)
    assert [row.kind for row in shown] == ["question"]
    assert await desk.notices.hand_out(desk.person("desk"), now) == []
    await desk.arrive(asks=[story.world.ask("cn", story.in_(90_000))])
    await desk.work()
    await story.forward(13 * 3600)
    await desk.work()
    late = await desk.notices.hand_out(desk.person("desk"), desk.bureau.clock.now())
    assert late == [], "nobody looked for half a day"


async def test_assigned_person_is_told_by_whom(desk, story):
    await desk.assign("clerk")
    assert list(await desk.work()) == ["clerk"]
    [text] = desk.bureau.mail.texts()
    assert "Fictional head has assigned thread EU-" in text
    await desk.assign("clerk", by="clerk")
    assert await desk.work() == {}, "who takes a thread knows it"
    await desk.arrive()
    assert set(await desk.work()) == {"desk", "clerk"}, "the holder, and who opened it"


async def test_watched_thread_tells_each_entry_and_muted_one_nothing(desk, story):
    await desk.follow("head", "watched")
    await desk.follow("desk", "muted")
    await desk.choose("clerk", preset="everything")
    await desk.arrive()
    assert set(await desk.work()) == {"head", "clerk"}
    await story.ask("eu", story.in_(90_000))
    await story.delivered()
    assert set(await desk.work()) == {"head"}, "an entry of our side tells those who watch"
    await desk.choices.follow(desk.person("head"), story.thread, None)
    await desk.arrive()
    assert set(await desk.work()) == {"clerk"}


async def test_stand_in_gets_what_the_absent_person_would(desk, story):
    today = date(2026, 11, 24)
    await desk.absences.state(Absence(desk.person("desk"), today, desk.person("head")))
    await desk.arrive()
    assert set(await desk.work()) == {"head"}
    [text] = desk.bureau.mail.texts()
    assert "instead of Fictional desk, who is away until Tue 24 Nov" in text
    assert await desk.page("desk") == await desk.page("head") == ["entry"]
    # Without a stand-in it waits for the first office hour after the absence.
    desk.office()
    await desk.absences.state(Absence(desk.person("desk"), today))
    await desk.arrive()
    assert await desk.work() == {}
    await story.forward(25 * 3600)
    assert set(await desk.work()) == {"desk"}


async def test_notice_waits_for_the_office_and_a_digest_for_its_hour(desk, story):
    desk.office()
    await desk.choose("head", preset="digest", digest_at=time(10, 15))
    await desk.follow("head", "watched")
    await story.forward(14 * 3600)  # 23:00 in Brussels
    id_ = await desk.lay("L2026-48")
    for _ in range(5):
        await desk.arrive()
    assert await desk.work() == {}
    await desk.clearances.close(id_, "cleared")
    assert desk.bureau.clock.now().hour == 22
    await story.forward(11 * 3600)
    assert await desk.work() == {"desk": ["5 more"]}, (
        "what is released asks nobody; five come as one"
    )
    await story.forward(3600)
    assert await desk.work() == {"head": ["5 more"]}
    texts = desk.bureau.mail.texts()
    assert [each for each in texts if "because you chose a digest" in each]


async def test_daily_mail_counts_unseen_corrections_and_names_none(desk, story):
    application, where, daily = CANARIES[0], "https://eu.example/inbox", "you chose a digest"
    await desk.choose("head", preset="digest", digest_at=time(10, 15))
    for who in ("head", "desk"):
        await desk.follow(who, "watched")

    async def stated(**more: Any) -> Any:
        body = {"number": application, "act": "council", "on": "2026-11-18", "source": "bureau"}
        payload = story.world.payload("cn", "clock.marked", body=body | more)
        [made] = await story.nodes["cn"].appender.submit([signed(story.world, "cn", payload)])
        await story.delivered()
        return made

    async def mails() -> list[str]:
        """Return the mail of the next day to who chose one mail a day."""
        await desk.arrive()
        await desk.work()
        assert not any("corrected on" in text for text in desk.bureau.mail.texts()), "not daily"
        await story.forward(26 * 3600)
        await desk.work()
        return [each for each in desk.bureau.mail.texts() if daily in each]

    [plain] = await mails()
    assert "corrected on" not in plain
    wrong = await stated()
    right = await stated(on="2026-11-19", corrects={"id": wrong.id})
    [told] = await mails()
    said = f"Not seen by you yet: what the CN side corrected on one application ({right.position})."
    assert said in told
    assert where in told
    seen = {application: right.position.index}
    await desk.corrections.see_applications(desk.person("head"), "cn", seen)
    [after] = await mails()
    assert "corrected on" not in after, "seen"


async def test_daily_mail_says_at_each_attempt_what_it_said_first(desk, story):
    """What is corrected again before a later attempt is not left out of it."""
    application = CANARIES[0]
    await desk.choose("head", preset="digest", digest_at=time(10, 15))
    await desk.follow("head", "watched")
    body = {"number": application, "act": "council", "on": "2026-11-18", "source": "bureau"}

    async def stated(**more: Any) -> Any:
        payload = story.world.payload("cn", "clock.marked", body=body | more)
        [made] = await story.nodes["cn"].appender.submit([signed(story.world, "cn", payload)])
        await story.delivered()
        return made

    wrong = await stated()
    right = await stated(on="2026-11-19", corrects={"id": wrong.id})
    await desk.arrive()
    await desk.work()
    desk.bureau.mail.answer = "451 later"
    await story.forward(26 * 3600)
    await desk.work()
    again = await stated(on="2026-11-20", corrects={"id": right.id})
    desk.bureau.mail.answer = "250 taken"
    await story.forward(26 * 3600)
    await desk.work()
    [told] = [each for each in desk.bureau.mail.texts() if "corrected on" in each]
    assert f"corrected on one application ({right.position})" in told
    assert str(again.position) not in told


async def test_passed_date_is_told_only_to_those_whom_the_ladder_does_not_tell(desk, story):
    await desk.follow("head", "watched")
    await story.ask("eu", story.in_(90))
    await story.delivered()
    await desk.bureau.settle()
    await desk.work()
    await story.forward(90)
    await desk.bureau.settle()
    assert "head" in {to.partition("@")[0] for to in desk.bureau.mail.recipients}
    [(to, [subject])] = (await desk.work()).items()
    assert to == "desk"
    assert subject.startswith("No answer received by Tue 24 Nov ")


@pytest.mark.timeout(180 + EVENTS)
async def test_seeded_events_reach_exactly_those_who_chose_them(desk, story):
    """Each recipient gets each event chosen; a kill repeats only what was under way."""
    await desk.choose("head", preset="everything", exceptions=ONLY_ANSWERS)
    wanted = await seeded(desk)
    pool, mail = desk.bureau.node.record.pool, desk.bureau.mail
    stored = await pool.fetch(
        "SELECT recipient, kind, count(*) FROM work.notices WHERE medium = 'mail' GROUP BY 1, 2"
    )
    assert {(to.partition("@")[0], kind): number for to, kind, number in stored} == wanted
    mail.envelopes.clear()
    dying = NoticeSender(desk.bureau.house, Dying(pool), desk.corrections)
    with pytest.raises(ExceptionGroup):
        await sent(dying)
    under_way = {one[:32] for one in await letters(pool, "waiting")}
    before = {id_[1:33] for id_ in mail.message_ids()}
    await story.forward(int(LEASE.total_seconds()))
    while await sent(desk.sender) or await pool.fetchval(WAITING):
        await story.forward(901)
    times = Counter(id_[1:33] for id_ in mail.message_ids())
    assert {one[:32] for one in await letters(pool, "sent")} == set(times), "each once told"
    twice = {id_ for id_, number in times.items() if number > 1}
    assert twice == before & under_way != set()
    assert not any(word.encode() in mail.raw for word in CANARIES)


WAITING = "SELECT count(*) FROM work.notices WHERE state = 'waiting'"


async def sent(sender: NoticeSender) -> int:
    """Send what is ready; return the number of letters."""
    number = 0
    while more := await sender.step():
        number += more
    return number


async def seeded(desk: Desk) -> Counter[tuple[str, str]]:
    """Let events happen; return how often whom is told of what by mail."""
    draw = random.Random(15)  # noqa: S311 - to be told again
    wanted: Counter[tuple[str, str]] = Counter()
    ask = await desk.story.ask("eu", desk.story.in_(9_000_000))
    for number in range(EVENTS):
        event = draw.choice(("entry", "question", "answer", "release", "assigned"))
        if event == "assigned" or number % 20 == 0:  # who has the thread is as of the event
            await desk.story.delivered()
            await desk.events.step()
        wanted.update((who, event) for who in await happens(desk, draw, event, ask))
        if event == "assigned":
            await desk.events.step()
    await desk.story.delivered()
    await desk.events.step()
    return wanted


class Dying(PersonalNotices):
    """Loses the database after the mail server has taken some letters."""

    left = 2

    async def close(self, *values: Any) -> None:
        if not self.left:
            raise Unavailable("database-unavailable", "Lost.")
        self.left -= 1
        await super().close(*values)


async def letters(pool: Any, state: str) -> set[str]:
    """Return the fixed letters in a state."""
    rows = await pool.fetch(
        "SELECT DISTINCT letter FROM work.notices WHERE state = $1 AND letter <> ''", state
    )
    return {row["letter"] for row in rows}


async def happens(desk: Desk, draw: random.Random, event: str, ask: Any) -> set[str]:
    """Let an event happen; return who is told of it by mail."""
    story = desk.story
    if event == "release":
        await desk.lay(f"L-{next(desk.numbers)}")
        return {"p1"}  # the head wants none
    if event == "assigned":
        desk.holder = draw.choice(("desk", "clerk"))
        await desk.assign(desk.holder)
        return {desk.holder}
    fields: dict[str, Any] = {}
    if event == "question":
        fields = {"asks": [story.world.ask("cn", story.in_(90_000))]}
    if event == "answer":
        fields = {"answers": [{"id": ask[0], "q": ["1"]}]}
    await story.submit("cn", "note.posted", *CANARIES[2:], lang="zh-CN", **fields)
    return {"desk", desk.holder} | ({"head"} if event == "answer" else set())


async def test_reminder_is_told_to_its_person_once_on_the_day(desk, story):
    await desk.work()
    me, thread = desk.person("desk"), story.thread
    today = desk.bureau.house.calendar.local(desk.bureau.clock.now()).date()
    shown = ReadMark(999, 999)
    await desk.marks.remind(me, [thread], shown, today + timedelta(days=1))
    assert await desk.work() == {}, "not before its day"
    await story.forward(86_400)
    [(to, [subject])] = (await desk.work()).items()
    assert (to, subject.startswith("Your reminder: thread EU-")) == ("desk", True)
    assert await desk.page("desk") == ["reminder"]
    assert await desk.page("head") == []
    assert await desk.work() == {}, "told once"
    await desk.marks.put_away(me, [thread], shown, today + timedelta(days=1))
    await desk.work()
    assert await desk.page("desk") == [], "done with, no longer news"


async def test_reminder_of_who_is_away_reaches_no_stand_in(desk, story):
    await desk.work()
    me, day = desk.person("desk"), desk.bureau.house.calendar.local(desk.bureau.clock.now()).date()
    await desk.absences.state(Absence(me, day + timedelta(days=9), desk.person("head")))
    await desk.marks.remind(me, [story.thread], ReadMark(), day)
    assert await desk.work() == {}
    assert await desk.page("head") == []
    assert await desk.page("desk") == ["reminder"]


async def test_licence_is_told_of_each_time_that_use_comes_to_the_mark(desk, story):
    """What was told is in the record, not in notices, which are deleted after 90 days."""
    await desk.work()
    await story.submit("cn", "licence.issued", thread=None, body=licence_body(lines=[line()]))
    wrong = await story.submit("cn", "licence.drawn", thread=None, body=draw_body("4500"))
    await story.delivered()
    assert len((await desk.work())["desk"]) == 1
    low = draw_body("900", corrects={"id": wrong.id})
    await story.submit("cn", "licence.drawn", thread=None, body=low)
    await story.delivered()
    assert await desk.work() == {}, "below the mark again"
    await story.submit("cn", "licence.drawn", thread=None, body=draw_body("3600"))
    await story.delivered()
    assert len((await desk.work())["desk"]) == 1
    await story.submit("cn", "licence.drawn", thread=None, body=draw_body("1"))
    await story.delivered()
    assert await desk.work() == {}, "the mark holds"


async def test_much_of_a_licence_used_is_told_to_the_desk_once_and_no_mail_names_it(desk, story):
    await desk.work()
    # To 50 %, then to 80 % twice: the second adds nothing, the last is more than all.
    await story.submit("cn", "licence.issued", thread=None, body=licence_body(lines=[line()]))
    for drawn in ("2500", "1500", "500", "501"):
        body = draw_body(drawn)
        await story.submit("cn", "licence.drawn", thread=None, body=body)
    await story.delivered()
    told = await desk.work()
    mails = [each for each in told["desk"] if "stated as used" in each]
    # Of one moment, in any order.
    assert sorted(each.partition(" · ")[0] for each in mails) == [
        "At least 80 % of a licence’s quantity is stated as used",
        "More than a licence’s quantity is stated as used",
    ]
    assert not any("stated as used" in each for who in ("head",) for each in told.get(who, []))
    assert LICENCE.encode() not in desk.bureau.mail.raw
    assert not any(LICENCE in each for each in (*desk.bureau.mail.texts(), *mails))
    assert (await desk.page("desk")).count("licence") == 2
    assert "licence" not in await desk.page("head")
    assert await desk.work() == {}, "told once"
