"""Webhooks and chat services against real servers on loopback, good and bad ones."""

import base64
import hashlib
import hmac
import logging
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import orjson
import pytest

from special_channel.channels.chat import MattermostMail, TeamsMail
from special_channel.channels.posting import allowed, make_poster, masked_line, retry_after
from special_channel.channels.rate_limits import RateLimit, RateLimiter
from special_channel.channels.robots import DINGTALK, FEISHU, WECOM, RobotMail
from special_channel.channels.signatures import signing_key
from special_channel.channels.webhook import WebhookMail
from special_channel.core.bytes.errors import ChannelError, Malformed, NotAllowed, Unavailable
from special_channel.ports import Letter
from tests.channels.services import LETTER, NOW, HandClock, Service, raw_service, service

HERE = ("127.0.0.1",)
KEY = signing_key("whsk_" + base64.b64encode(bytes(range(32))).decode())
TOKEN = "t0ken-of-the-robot"
SECRET = "SECf00dbabe"

KINDS = ("webhook", "teams", "mattermost", "wecom", "dingtalk", "feishu")
ROBOTS = {"wecom": WECOM, "dingtalk": DINGTALK, "feishu": FEISHU}
YES = {
    "webhook": (204, b""),
    "teams": (202, b""),
    "mattermost": (200, b"ok"),
    "wecom": (200, b'{"errcode":0,"errmsg":"ok"}'),
    "dingtalk": (200, b'{"errcode":0,"errmsg":"ok"}'),
    "feishu": (
        200,
        b'{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}',
    ),
}


def made(kind, url, clock=None, timeout=5.0):
    clock = clock or HandClock()
    poster = make_poster(url, HERE, None, timeout, SECRET)
    match kind:
        case "webhook":
            return WebhookMail(poster, (KEY,), clock)
        case "teams":
            return TeamsMail(poster, RateLimiter((), clock.monotonic), clock)
        case "mattermost":
            return MattermostMail(poster, RateLimiter((), clock.monotonic), clock)
        case _:
            robot = ROBOTS[kind]
            return RobotMail(
                poster, RateLimiter(robot.rates, clock.monotonic), clock, robot, SECRET
            )


def at(kind, own: Service, **more):
    return made(kind, own.url(f"/hook/{TOKEN}?access_token={TOKEN}"), **more)


async def failure(channel, letter: Letter = LETTER) -> ChannelError:
    with pytest.raises((Unavailable, NotAllowed)) as raised:
        await channel.send(letter)
    said = f"{raised.value!r} {raised.value.facts} {raised.value.__cause__} {channel!r}"
    assert TOKEN not in said
    assert SECRET not in said
    assert raised.value.__context__ is None or TOKEN not in str(raised.value.__context__)
    return raised.value


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_service_says_it_took_is_delivered_and_a_repeat_says_the_same(kind, caplog):
    caplog.set_level(logging.DEBUG)
    status, body = YES[kind]
    async with service(status=status, body=body) as own:
        channel = at(kind, own)
        delivered = await channel.send(LETTER)
        await channel.send(LETTER)
        await channel.reach()
    first, again = own.taken
    assert delivered.message_id == LETTER.id
    assert first.body == again.body
    assert first.path == f"/hook/{TOKEN}"
    whole = first.body.decode() + str(first.headers)
    assert LETTER.id[:16] in whole
    assert "EU-877 Q1" in orjson.dumps(orjson.loads(first.body)).decode()
    assert (LETTER.to in whole) == (kind == "webhook")
    assert channel.group == (kind != "webhook")
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("told", "error", "code", "wait"),
    [
        ({"status": 500}, Unavailable, "channel-temporary", None),
        ({"status": 503, "headers": {"Retry-After": "120"}}, Unavailable, "channel-temporary", 120),
        ({"status": 429, "headers": {"Retry-After": "7"}}, Unavailable, "channel-temporary", 7),
        ({"status": 408}, Unavailable, "channel-temporary", None),
        ({"status": 400, "body": b"no text"}, NotAllowed, "channel-refused", None),
        ({"status": 413}, NotAllowed, "channel-refused", None),
        ({"status": 410}, NotAllowed, "channel-gone", None),
        ({"status": 401}, Unavailable, "channel-misconfigured", None),
        ({"status": 403}, Unavailable, "channel-misconfigured", None),
        ({"status": 404}, Unavailable, "channel-misconfigured", None),
    ],
)
async def test_a_status_says_what_happens_next(kind, told, error, code, wait):
    async with service(**told) as own:
        raised = await failure(at(kind, own))
    assert type(raised) is error
    assert raised.code == code
    assert raised.facts["reply"] == told["status"]
    assert raised.facts.get("retry_after") == wait
    assert len(own.taken) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_redirect_is_not_followed(kind):
    async with service(status=YES[kind][0], body=YES[kind][1]) as elsewhere:
        headers = {"Location": elsewhere.url("/")}
        for status in (301, 302, 307, 308):
            async with service(status=status, headers=headers) as own:
                assert (await failure(at(kind, own))).code == "channel-misconfigured"
    assert elsewhere.taken == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_that_takes_it_and_dies_or_is_slow_or_away_is_tried_again(kind):
    status, body = YES[kind]
    async with service(die=True) as own:
        assert (await failure(at(kind, own))).code == "channel-temporary"
        own.die, own.status, own.body = False, status, body
        await at(kind, own).send(LETTER)
        assert own.taken[0].body == own.taken[1].body
        assert own.taken[0].headers.get("webhook-id") == own.taken[1].headers.get("webhook-id")
        own.seconds = 0.3
        assert (await failure(at(kind, own, timeout=0.05))).code == "channel-temporary"
    assert (await failure(at(kind, own))).code == "channel-temporary"
    with pytest.raises(Unavailable) as away:
        await at(kind, own).reach()
    assert away.value.code == "channel-temporary"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"errcode"',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 40_000,
    ],
)
async def test_half_an_answer_or_nonsense_is_tried_again(answer):
    async with raw_service(answer) as port:
        for kind in ("webhook", "dingtalk"):
            raised = await failure(made(kind, f"http://127.0.0.1:{port}/{TOKEN}"))
            assert raised.code == "channel-temporary"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "webhook"])
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in to the network</html>",
        b'{"errcode":',
        b"[]",
        b'{"errcode":"0","code":"0"}',
        b'{"errcode":null}',
        b'{"errcode":false,"code":false}',
        b"x" * 100_000,
        b"Webhook message delivery failed with error: Microsoft Teams endpoint returned 429",
    ],
)
async def test_a_success_in_other_words_than_the_services_own_is_none(kind, body):
    async with service(body=body) as own:
        raised = await failure(at(kind, own))
    assert isinstance(raised, Unavailable)
    assert raised.code == "channel-misconfigured"


@pytest.mark.parametrize(
    ("kind", "body", "code", "wait"),
    [
        ("wecom", '{"errcode":45009,"errmsg":"api freq out of limit"}', "channel-temporary", 60),
        ("wecom", '{"errcode":-1,"errmsg":"system busy"}', "channel-temporary", 5),
        (
            "wecom",
            '{"errcode":93000,"errmsg":"invalid webhook url, hint: [1]"}',
            "channel-gone",
            None,
        ),
        (
            "wecom",
            '{"errcode":93000,"errmsg":"Invalid input : content exceed max length."}',
            "channel-refused",
            None,
        ),
        ("wecom", '{"errcode":40058,"errmsg":"invalid parameter"}', "channel-refused", None),
        ("wecom", '{"errcode":1,"errmsg":"new"}', "channel-misconfigured", None),
        ("dingtalk", '{"errcode":410100,"errmsg":"发送速度太快而限流"}', "channel-temporary", 600),
        ("dingtalk", '{"errcode":130101,"errmsg":"send too fast"}', "channel-temporary", 600),
        ("dingtalk", '{"errcode":300001,"errmsg":"token is not exist"}', "channel-gone", None),
        ("dingtalk", '{"errcode":300001,"errmsg":"send too fast"}', "channel-temporary", 60),
        ("dingtalk", '{"errcode":310000,"errmsg":"sign not match"}', "channel-misconfigured", None),
        ("dingtalk", '{"errcode":430102,"errmsg":"含有不合适的文本"}', "channel-refused", None),
        (
            "feishu",
            '{"code":19021,"StatusCode":0,"msg":"sign match fail"}',
            "channel-misconfigured",
            None,
        ),
        ("feishu", '{"code":19001,"msg":"param invalid: token invalid"}', "channel-gone", None),
        ("feishu", '{"code":9499,"msg":"too many request"}', "channel-temporary", 60),
        ("feishu", '{"code":9499,"msg":"Bad Request"}', "channel-refused", None),
        ("feishu", '{"code":11232,"msg":"rate limit"}', "channel-temporary", 60),
        ("feishu", '{"StatusCode":9499,"StatusMessage":"Bad Request"}', "channel-refused", None),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_an_error_code_inside_an_http_success_is_an_error(kind, body, code, wait, status):
    async with service(status=status, body=body.encode()) as own:
        channel = at(kind, own)
        raised = await failure(channel)
        assert raised.code == code
        assert raised.facts.get("retry_after") == wait
        if wait:
            # The robot is blocked: whoever asks meanwhile would block it for longer.
            assert (await failure(channel)).facts["retry_after"] == wait
            assert len(own.taken) == 1


async def test_feishus_old_form_of_success_counts():
    async with service(body=b'{"Extra":null,"StatusCode":0,"StatusMessage":"success"}') as own:
        await at("feishu", own).send(LETTER)


@pytest.mark.parametrize(("kind", "limit"), [("wecom", 20), ("dingtalk", 20), ("feishu", 5)])
async def test_the_services_limit_is_kept_on_this_side(kind, limit):
    clock = HandClock()
    async with service(body=YES[kind][1]) as own:
        channel = at(kind, own, clock=clock)
        for _ in range(limit):
            await channel.send(LETTER)
        wait = int((await failure(channel)).facts["retry_after"])
        assert len(own.taken) == limit
        clock.passed += wait
        await channel.send(LETTER)
    assert len(own.taken) == limit + 1


@pytest.mark.parametrize("step", [0.0, 0.4, 2.9, 3.0, 3.1, 17.0])
def test_no_window_ever_holds_more_than_the_limit(step):
    clock = HandClock()
    pace = RateLimiter((RateLimit(20, 61.0), RateLimit(5, 1.2)), clock.monotonic)
    passed = []
    for _ in range(400):
        wait = pace.take()
        if wait:
            clock.passed += wait if step == 0 else step
        else:
            passed.append(clock.passed)
            clock.passed += step / 7
    assert len(passed) > 40
    for rate in (RateLimit(20, 60.0), RateLimit(5, 1.0)):
        for first, later in zip(passed, passed[rate.count :], strict=False):
            assert later - first > rate.seconds


async def test_dingtalk_and_feishu_are_signed_as_their_documentation_has_it():
    async with service(body=YES["dingtalk"][1]) as own:
        await at("dingtalk", own).send(LETTER)
    query = own.taken[0].query
    stamp = str(int(NOW.timestamp() * 1000))
    expected = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert query == {
        "access_token": TOKEN,
        "timestamp": stamp,
        "sign": base64.b64encode(expected).decode(),
    }
    async with service(body=YES["feishu"][1]) as own:
        await at("feishu", own).send(LETTER)
    body = orjson.loads(own.taken[0].body)
    stamp = str(int(NOW.timestamp()))
    expected = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert body["timestamp"] == stamp
    assert body["sign"] == base64.b64encode(expected).decode()


async def test_texts_are_cut_to_each_services_size_and_keep_their_mark():
    long = replace(
        LETTER, text="\n".join(f"EU-{n} Q1期限已到，尚未收到答复。" for n in range(2000))
    )
    for kind, limit in (("wecom", 2048), ("dingtalk", 16_000), ("feishu", 16_000)):
        async with service(body=YES[kind][1]) as own:
            await at(kind, own).send(long)
        fields = orjson.loads(own.taken[0].body)
        text = (fields.get("text") or fields["content"]).get("content") or fields["content"]["text"]
        assert limit - 100 < len(text.encode()) <= limit
        assert text.endswith(f"\n…\n#{LETTER.id[:16]}")
    async with service(body=b"ok") as own:
        await at("mattermost", own).send(long)
    assert 16_000 < len(orjson.loads(own.taken[0].body)["text"]) <= 16_383
    async with service(status=202) as own:
        for kind in ("teams", "webhook"):
            assert (await failure(at(kind, own), long)).code == "channel-refused"
    assert own.taken == []


async def test_teams_gets_a_card_with_a_button_for_each_matter():
    async with service(status=202) as own:
        await at("teams", own).send(LETTER)
    (attachment,) = orjson.loads(own.taken[0].body)["attachments"]
    card = attachment["content"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["lang"] == "zh-CN"
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "EU-877 Q1", "url": LETTER.matters[0].url}
    ]


# Addresses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://chat.example/hook", ("chat.example",)),
        ("https://chat.example.evil.example/hook", ("chat.example",)),
        ("https://evil.example/hook?https://chat.example", ("chat.example",)),
        ("https://chat.example@evil.example/", ("chat.example", "evil.example")),
        ("https://chat.example/#x", ("chat.example",)),
        ("https://notchat.example/", (".chat.example",)),
        ("https://127.0.0.1/", ("localhost",)),
        ("ftp://127.0.0.1/", HERE),
        ("file:///etc/passwd", ("",)),
        ("https://", ("",)),
        ("https://[", ("[",)),
        ("", HERE),
        ("https://chat.example/", ()),
    ],
)
def test_an_address_that_was_not_allowed_is_refused_at_start(url, hosts):
    assert not allowed(url, hosts)
    with pytest.raises(Malformed) as refusal:
        make_poster(url, hosts, None, 1.0)
    assert refusal.value.code == "channel-address"


def test_an_allowed_host_may_be_a_name_a_family_or_this_machine():
    assert allowed("https://CHAT.example:8443/hook", ("chat.example",))
    assert allowed(
        "https://prod-1.westeurope.logic.azure.com:443/x?sig=a%2Bb", (".logic.azure.com",)
    )
    assert allowed("http://127.0.0.1:9/", HERE)


async def test_an_address_leaves_as_it_was_written():
    async with service(status=202) as own:
        url = own.url("/flow?sp=%2Ftriggers%2Fmanual&sig=a%2Bb_c-d~e")
        await made("teams", url).send(LETTER)
    assert own.taken[0].query == {"sp": "/triggers/manual", "sig": "a+b_c-d~e"}


async def test_a_service_that_repeats_our_secrets_does_not_bring_them_into_the_record():
    body = f"no robot {TOKEN}\x00\n<b>{SECRET}</b>".encode()
    async with service(status=403, body=body) as own:
        channel = at("mattermost", own)
        raised = await failure(channel)
    assert raised.facts["said"].startswith("HTTP 403 no robot …")
    assert masked_line(f"a {SECRET}".encode(), (SECRET,)) == "a …"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("9999999999999999999999", 86400),
        (format_datetime(NOW + timedelta(seconds=90)), 91),
        (format_datetime(NOW - timedelta(days=9)), 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("Thu, 26 Nov 2026", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nonsense_is_neither(text, seconds):
    assert retry_after(text, NOW) == seconds
