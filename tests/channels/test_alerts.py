import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from special_channel.channels.alerts import Alert, Composer, alert_id
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
    assert "EU-877 Q1" in letter.subject
    assert "Thu 26 Nov 2026 10:30 Brussels, 17:30 Beijing." in letter.text
    assert "Step 1 on our own side: Head of unit" in letter.text
    assert ALERT.url in letter.text
    assert 'href="https://eu.example/threads/EU-142?from=mail&amp;to=877"' in letter.html
    assert "late" not in letter.text


def test_the_own_wall_clock_stands_first():
    said = "约定答复时间：北京时间2026年11月26日（周四）17:30，布鲁塞尔时间10:30。"
    assert said in written("cn", lang="zh-CN").text


KNOWN = datetime(2026, 11, 26, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "english", "chinese"),
    [
        (
            {"state": "confirmed"},
            "As of Thu 26 Nov 10:30 neither record holds an answer to EU-877 Q1.",
            "截至11月26日17:30，双方记录中均无对EU-877 Q1的答复。",
        ),
        (
            {"state": "unconfirmed", "known": KNOWN},
            (
                "No answer to EU-877 Q1 had reached us by Thu 26 Nov 10:30;"
                " the other side’s record is known up to Thu 26 Nov 10:10."
            ),
            "截至11月26日17:30，我方尚未收到对EU-877 Q1的答复；对方记录已知至11月26日17:10。",
        ),
        (
            {"state": "unconfirmed"},
            "No answer to EU-877 Q1 had reached us by Thu 26 Nov 10:30.",
            "截至11月26日17:30，我方尚未收到对EU-877 Q1的答复。",
        ),
        (
            {"state": "answering"},
            (
                "Our answer to EU-877 Q1 is not recorded."
                " As of Thu 26 Nov 10:30 neither record holds an answer."
            ),
            "EU-877 Q1待我方答复，尚无我方答复。截至11月26日17:30，双方记录中均无答复。",
        ),
    ],
)
def test_mail_says_which_record_is_known(changes, english, chinese):
    assert written(**changes).text.splitlines()[0] == english
    assert written("cn", lang="zh-CN", **changes).text.splitlines()[0] == chinese


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_every_state_has_its_words_and_accuses_nobody(state, lang):
    letter = written(state=state, lang=lang, link_down_since=DUE - timedelta(minutes=18))
    assert f"mail.body.{state}" in catalogue(lang)
    assert "mail.body" not in letter.text + letter.html
    assert "%(" not in letter.text + letter.subject
    for word in ("missed", "overdue", "owes", "failed", "逾期", "违约"):
        assert word not in letter.text
    assert f'<html lang="{lang}">' in letter.html


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
    assert written(own, **changes, known=KNOWN).text.splitlines()[0].endswith(said)
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
        *("known", "doubt"),
    }


def test_html_is_escaped_and_fetches_nothing():
    letter = written(title=Words(en="<img src=x onerror=alert(1)>", zh="x"))
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
    assert "http" not in letter.text + letter.html


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
        assert f"<p>{sentence}</p>" in letter.html
        assert "ab" * 16 not in letter.text + letter.html + letter.subject


def test_alert_of_before_is_read_without_doubt():
    """Alerts that wait in the outbox over an update of the program have no such field."""
    document = json.loads(write(replace(ALERT, doubt=DISPUTED)))
    assert read(Alert, json.dumps(document)).doubt == DISPUTED
    lifted = document | {"doubt": {"key": "", "since": -1, "word": "disowned"}}
    assert read(Alert, json.dumps(lifted)).doubt == EntryDoubt("", -1, "disowned")
    del document["doubt"]
    assert read(Alert, json.dumps(document)) == ALERT
