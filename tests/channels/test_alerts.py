import json
import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from special_channel.channels.alerts import Alert, Composer, alert_id
from special_channel.channels.chat import card
from special_channel.channels.mailbox import MailboxMail
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rules.doubt import EntryDoubt
from special_channel.core.time.calendars import Words
from special_channel.escalation.alert_factory import read, write
from special_channel.messages.catalogue import catalogue

ZONES: dict[Party, ZoneInfo] = {"eu": ZoneInfo("Europe/Brussels"), "cn": ZoneInfo("Asia/Shanghai")}
DUE = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
ALERT = Alert(
    id="ab" * 32,
    to="head@eu.example",
    lang="en",
    position=Position("eu", 877),
    question="1",
    state="confirmed",
    due=DUE,
    at=DUE + timedelta(seconds=1),
    planned=DUE,
    step=1,
    title=Words(en="Head of unit", zh="处长"),
    url="https://eu.example/threads/EU-142?from=mail&to=877",
)
STATES = ("confirmed", "unconfirmed", "link-down", "behind-gap", "answering", "warning")


def written(own="eu", **changes):
    return Composer(own, ZONES).letter(replace(ALERT, **changes))


def test_an_alert_says_number_state_date_in_both_capitals_and_link():
    letter = written()
    assert "Agreed date: Thu 26 Nov 2026 10:30 Brussels, 17:30 Beijing" in letter.text
    assert "step 1 on our side goes to: Head of unit" in letter.text
    assert f"Open EU-142: {ALERT.url}&at=EU-877#EU-877" in letter.text
    link = "https://eu.example/threads/EU-142?from=mail&amp;to=877&amp;at=EU-877#EU-877"
    assert f'href="{link}"' in letter.html
    assert ">Open EU-142</a>" in letter.html
    (action,) = card(letter)["attachments"][0]["content"]["actions"]
    assert action["title"] == "EU-877, question 1"
    assert "late" not in letter.text


def test_the_own_wall_clock_stands_first():
    said = "约定答复时间：北京时间2026年11月26日（周四）17:30，布鲁塞尔时间10:30"
    assert said in written("cn", lang="zh-CN").text


KNOWN = datetime(2026, 11, 26, 9, 10, tzinfo=UTC)

SUBJECTS = [
    (
        "warning",
        "Answer due Thu 26 Nov 10:30 · EU-877, question 1",
        "请于11月26日（周四）17:30前答复 · EU-877 问题1",
    ),
    (
        "answering",
        "Our answer is not recorded · EU-877, question 1 · date passed Thu 26 Nov 10:30",
        "尚无我方答复 · EU-877 问题1 · 答复时间11月26日17:30已到",
    ),
    (
        "confirmed",
        "No answer received by Thu 26 Nov 10:30 · EU-877, question 1",
        "截至11月26日17:30尚未收到答复 · EU-877 问题1",
    ),
    *(
        (
            state,
            "No answer had reached us by Thu 26 Nov 10:30 · EU-877, question 1",
            "截至11月26日17:30我方尚未收到答复 · EU-877 问题1",
        )
        for state in ("unconfirmed", "link-down", "behind-gap")
    ),
    (
        "requested",
        "No answer by the date that we requested, Thu 26 Nov 10:30 · EU-877, question 1",
        "至我方希望答复时间11月26日17:30尚无答复 · EU-877 问题1",
    ),
]


@pytest.mark.parametrize(("state", "english", "chinese"), SUBJECTS)
def test_subject_says_what_to_do_by_when_and_number(state, english, chinese):
    assert written(state=state).subject == english
    assert written("cn", lang="zh-CN", state=state).subject == chinese


def test_subject_names_the_year_if_it_is_another():
    due = datetime(2027, 1, 4, 16, 30, tzinfo=UTC)
    assert written(state="warning", due=due).subject.startswith("Answer due Mon 4 Jan 2027 17:30 ·")
    chinese = written("cn", lang="zh-CN", state="warning", due=due).subject
    assert chinese.startswith("请于2027年1月5日（周二）00:30前答复")


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        (
            {"state": "confirmed"},
            (
                "Awaiting the CN side: question 1 of EU-877.",
                "As of Thu 26 Nov 10:30 neither record holds an answer.",
            ),
            ("EU-877问题1待欧方答复。", "截至11月26日17:30，双方记录中均无答复。"),
        ),
        (
            {"state": "unconfirmed", "known": KNOWN},
            (
                "Awaiting the CN side: question 1 of EU-877.",
                (
                    "No answer had reached us by Thu 26 Nov 10:30;"
                    " the other side’s record is known up to Thu 26 Nov 10:10."
                ),
            ),
            (
                "EU-877问题1待欧方答复。",
                "截至11月26日17:30，我方尚未收到答复；对方记录已知至11月26日17:10。",
            ),
        ),
        (
            {"state": "unconfirmed"},
            (
                "Awaiting the CN side: question 1 of EU-877.",
                "No answer had reached us by Thu 26 Nov 10:30.",
            ),
            ("EU-877问题1待欧方答复。", "截至11月26日17:30，我方尚未收到答复。"),
        ),
        (
            {"state": "answering"},
            (
                "It is our turn: our answer to question 1 of EU-877 is not recorded.",
                "As of Thu 26 Nov 10:30 neither record holds an answer.",
            ),
            (
                "EU-877问题1待我方答复，尚无我方答复。",
                "截至11月26日17:30，双方记录中均无答复。",
            ),
        ),
    ],
)
def test_mail_says_whose_turn_it_is_and_which_record_is_known(changes, english, chinese):
    for own, lang, said in (("eu", "en", english), ("cn", "zh-CN", chinese)):
        first, _, third = written(own, lang=lang, **changes).text.splitlines()[:3]
        assert (first, third) == said


@pytest.mark.parametrize("state", [*STATES, "requested"])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_only_a_step_of_the_ladder_offers_to_take_over(state, lang):
    page = "https://eu.example/alerts/abababababababab"
    letter = written(state=state, lang=lang, page=page)
    offered = state not in {"warning", "requested"}
    assert (page in letter.text, page in letter.html) == (offered, offered)
    said = letter.text.splitlines()[1]
    assert (("take it over" in said) or ("接办" in said)) is offered


def test_next_step_on_our_side_is_a_fact():
    steps = {"next_title": Words(en="Director", zh="司长"), "next_at": DUE + timedelta(days=1)}
    said = "Next step on our side: Director, Fri 27 Nov 10:30, if no answer is recorded by then"
    assert said in written(**steps).text
    said = "我方下一步：届时记录中仍无答复的，于11月27日17:30提醒司长"
    assert said in written("cn", lang="zh-CN", **steps).text
    assert "Next step" not in written().text


def test_plain_part_says_what_the_html_says():
    letter = Composer("eu", ZONES, "https://eu.example").letter(
        replace(ALERT, page="https://eu.example/alerts/ab", doubt=DISPUTED, unmanned=True)
    )
    hidden = r"<style>.*?</style>|<title>.*?</title>|<!--.*?-->"
    shown = re.sub(hidden, "", letter.html, flags=re.DOTALL).replace("<br>", ", ")
    words = " ".join(unescape(re.sub("<[^>]+>", "\n", shown)).split())
    for line in filter(None, letter.text.splitlines()):
        name, _, value = line.partition(": ")
        for part in (name, "" if value.startswith("https:") else value):
            assert part in words, line
    assert "https://eu.example/alerts?show=mine" in letter.text


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_state_has_its_words_and_accuses_nobody(state, lang):
    letter = written(state=state, lang=lang, link_down_since=DUE - timedelta(minutes=18))
    assert "mail." not in letter.text.replace("from=mail", "") + letter.subject
    assert "%(" not in letter.text + letter.subject
    for word in ("missed", "overdue", "owes", "failed", "逾期", "违约"):
        assert word not in letter.text
    assert f'<html lang="{lang}" ' in letter.html


def test_with_the_link_down_it_says_since_when():
    letter = written(state="link-down", link_down_since=datetime(2026, 11, 26, 8, 42, tzinfo=UTC))
    assert "since Thu 26 Nov 2026 09:42 Brussels, 16:42 Beijing" in letter.text


@pytest.mark.parametrize(("lang", "said"), [("en", "an answer may be"), ("zh-CN", "可能有答复")])
def test_where_entries_wait_for_another_it_names_that_one(lang, said):
    text = written(state="behind-gap", lang=lang, gap=Position("cn", 340)).text
    assert "CN-340" in text
    assert said in text


@pytest.mark.parametrize(
    ("own", "lang", "said"),
    [
        ("eu", "en", "The other side’s record is known up to Thu 26 Nov 10:10."),
        ("cn", "zh-CN", "对方记录已知至11月26日17:10。"),
    ],
)
@pytest.mark.parametrize("state", ["link-down", "behind-gap"])
def test_a_cause_is_named_with_up_to_when_their_record_is_known(own, lang, said, state):
    changes = {"state": state, "lang": lang, "link_down_since": DUE, "gap": Position("cn", 340)}
    assert written(own, **changes, known=KNOWN).text.splitlines()[2].endswith(said)
    assert said[:12] not in written(own, **changes, known=None).text


def test_fired_late_it_says_so_with_due_and_fired_time():
    letter = written(at=DUE + timedelta(hours=9))
    assert "to be sent on Thu 26 Nov 2026 10:30 Brussels, 17:30 Beijing" in letter.text
    assert "sent on Thu 26 Nov 2026 19:30 Brussels, Fri 27 Nov 2026 02:30 Beijing" in letter.text


def test_nobody_reachable_is_said():
    assert catalogue("en").gettext("mail.body.unmanned") in written(unmanned=True).text


def test_an_alert_has_no_field_that_could_hold_case_content():
    """Free text would have to come in here; a new field has to be thought about."""
    assert {field.name for field in fields(Alert)} == {
        *("id", "to", "lang", "position", "question", "state", "due", "at", "planned"),
        *("step", "title", "url", "link_down_since", "gap", "first", "unmanned", "page"),
        *("known", "doubt", "next_title", "next_at"),
    }


def test_html_is_escaped_and_fetches_nothing():
    title = Words(en="<img src=x onerror=alert(1)>", zh="x")
    letter = written(title=title, next_title=title, next_at=DUE)
    assert "<img" not in letter.html
    assert "src=" not in letter.html.replace("src=x onerror", "")


def test_the_same_facts_make_the_same_id_and_any_other_makes_another():
    facts = ("ab" * 32, "1", "2026-11-26T09:30:00Z", 1, "head@eu.example", "mail")
    others = ("cd" * 32, "2", "2026-11-27T09:30:00Z", 2, "x@eu.example", "webhook")
    names = ("ask", "question", "due", "step", "to", "channel")
    same: dict[str, Any] = dict(zip(names, facts, strict=True))
    made = {alert_id(**same)}
    assert made == {alert_id(**same)}
    for name, other in zip(names, others, strict=True):
        made.add(alert_id(**(same | {name: other})))
    assert len(made) == 7


def test_a_trial_of_the_way_says_that_it_is_one():
    letter = Composer("eu", ZONES).test_letter("ef" * 32, "a@eu.example", "zh-CN", DUE)
    assert letter.subject == "中欧出口许可沟通平台：提醒渠道测试"
    assert "http" not in letter.text
    assert "href" not in letter.html


async def test_the_demo_keeps_letters_on_the_node():
    class Rows:
        def __init__(self):
            self.kept = {}

        async def put(self, letter):
            self.kept.setdefault(letter.id, letter)

    rows = Rows()
    letter = written()
    delivered = await MailboxMail(rows.put).send(letter)
    await MailboxMail(rows.put).send(letter)
    assert rows.kept == {letter.id: letter}
    assert delivered.provider == "mailbox"


DISPUTED = EntryDoubt("eu:" + "ab" * 16, 812, "disputed")
STATED = "The EU side states doubt about the key that signed EU-877"


@pytest.mark.parametrize(
    ("doubt", "lang", "sentence"),
    [
        (
            DISPUTED,
            "en",
            f"{STATED}, from EU-812 on. EU-877 remains valid.",
        ),
        (
            DISPUTED,
            "zh-CN",
            "欧方表示，签署EU-877所用密钥自EU-812起是否由本人持有存疑。该条目仍然有效。",
        ),
        (
            EntryDoubt("", -1, "disowned"),
            "en",
            "The EU side states that its official did not write EU-877. EU-877 remains valid.",
        ),
        (
            EntryDoubt("", -1, "disowned"),
            "zh-CN",
            "欧方表示，EU-877非其人员签名。该条目仍然有效。",
        ),
    ],
)
def test_doubt_is_said_in_one_sentence_by_each_side(doubt, lang, sentence):
    for own in ("eu", "cn"):
        letter = written(own, lang=lang, doubt=doubt)
        assert sentence in letter.text.split("\n")
        assert f">{sentence}</p>" in letter.html
        assert "ab" * 16 not in letter.text + letter.html + letter.subject


def test_alert_of_before_is_read_without_doubt():
    """Alerts that wait in the outbox over an update of the program have no such field."""
    document = json.loads(write(replace(ALERT, doubt=DISPUTED)))
    assert read(Alert, json.dumps(document)).doubt == DISPUTED
    lifted = document | {"doubt": {"key": "", "since": -1, "word": "disowned"}}
    assert read(Alert, json.dumps(lifted)).doubt == EntryDoubt("", -1, "disowned")
    del document["doubt"]
    assert read(Alert, json.dumps(document)) == ALERT
