"""Post to a group by its robot on WeCom (企业微信), DingTalk (钉钉) or Feishu (飞书).

These services answer HTTP 200 even for undelivered messages: only their own code 0 means success,
and unknown codes are failures. Does not retry.

Codes and limits: developer.work.weixin.qq.com/document/path/91770 and 90313;
open.dingtalk.com, "custom robots send group messages"; open.feishu.cn, "custom bot usage guide".
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import orjson

from special_channel.channels.chat import GroupPost, cut, plain, utf8
from special_channel.channels.posting import HttpResponse, Meaning, failure
from special_channel.channels.rate_limits import RateLimit
from special_channel.core.bytes.errors import NotAllowed, Unavailable
from special_channel.ports import Letter


@dataclass(frozen=True, slots=True)
class RobotMessage:
    """A signed message: JSON body, and the query appended to the address."""

    body: dict[str, Any]
    query: str = ""


MessageWriter = Callable[[str, datetime, str], RobotMessage]
"""(text, now, secret) → message."""


@dataclass(frozen=True, slots=True)
class RobotService:
    """Protocol of one service.

    Attributes:
        hosts: The service's hosts.
        code: Names of the status code's field in a response, most significant first.
        words: Names of the status text's field.
        text_bytes: Longest text, in bytes of UTF-8.
        rates: The service's limits over a slightly longer time, since the network can bunch
            messages.
        busy: Temporary codes, with the seconds to wait.
        meanings: Other known codes; an operator must look into unknown codes.
        write: Builds a message.
    """

    hosts: tuple[str, ...]
    code: tuple[str, ...]
    words: tuple[str, ...]
    text_bytes: int
    rates: tuple[RateLimit, ...]
    busy: Mapping[int, int]
    meanings: Mapping[int, Meaning]
    write: MessageWriter


def _wecom(text: str, _now: datetime, _secret: str) -> RobotMessage:
    return RobotMessage({"msgtype": "text", "text": {"content": text}})


def _dingtalk(text: str, now: datetime, secret: str) -> RobotMessage:
    body = {"msgtype": "text", "text": {"content": text}}
    if not secret:
        return RobotMessage(body)
    milliseconds = str(int(now.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), "sha256")
    sign = quote(b64encode(digest).decode(), safe="")
    return RobotMessage(body, f"&timestamp={milliseconds}&sign={sign}")


def _feishu(text: str, now: datetime, secret: str) -> RobotMessage:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        seconds = str(int(now.timestamp()))
        # Feishu uses the text as the HMAC key and signs an empty message.
        digest = hmac.digest(f"{seconds}\n{secret}".encode(), b"", "sha256")
        body |= {"timestamp": seconds, "sign": b64encode(digest).decode()}
    return RobotMessage(body)


_REFUSED: Final[Meaning] = "refused"

WECOM: Final = RobotService(
    hosts=("qyapi.weixin.qq.com",),
    code=("errcode",),
    words=("errmsg",),
    text_bytes=2048,
    rates=(RateLimit(20, 61.0),),
    busy={-1: 5, 45009: 60, 45033: 60},
    meanings={
        93000: "gone",  # no robot has this key
        **dict.fromkeys((40008, 40058, 44004, 45002, 45008), _REFUSED),
    },
    write=_wecom,
)

DINGTALK: Final = RobotService(
    hosts=("oapi.dingtalk.com",),
    code=("errcode",),
    words=("errmsg",),
    text_bytes=16_000,
    rates=(RateLimit(20, 61.0),),
    # After the 21st message in a minute a robot is blocked for ten.
    busy={-1: 5, 410100: 600, 130101: 600, 660026: 600, 90030: 600},
    meanings={
        400013: "gone",  # the group is dissolved
        400101: "gone",  # there is no such token
        400106: "gone",  # there is no such robot
        300001: "gone",
        300005: "gone",
        **dict.fromkeys((40035, 400105, 430101, 430102, 430103, 430104), _REFUSED),
    },
    write=_dingtalk,
)

FEISHU: Final = RobotService(
    hosts=("open.feishu.cn", "open.larksuite.com"),
    code=("code", "StatusCode"),
    words=("msg", "StatusMessage"),
    text_bytes=16_000,
    rates=(RateLimit(5, 1.2), RateLimit(100, 61.0)),
    busy={11232: 60, 11233: 60, 230020: 60, 99991400: 60},
    meanings={19001: "gone", 19002: "refused", 9499: "refused"},
    write=_feishu,
)

_FAST: Final = ("too fast", "too many", "frequen", "freq limit", "太快", "over limit", "频率")
_LONG: Final = ("exceed max length", "content size")


@dataclass(frozen=True, slots=True)
class RobotMail(GroupPost):
    """Port `Channel` over a group's robot."""

    service: RobotService
    secret: str = field(default="", repr=False)

    def _body(self, letter: Letter, now: datetime) -> tuple[bytes, str]:
        text = cut(plain(letter), self.service.text_bytes, utf8)
        message = self.service.write(text, now, self.secret)
        return orjson.dumps(message.body), message.query

    def _error(self, answer: HttpResponse) -> Unavailable | NotAllowed | None:
        code, words = _code_and_text(answer.body, self.service)
        if code == 0 and answer.ok:
            return None
        if code is None or code == 0:
            # Not the service's format: a proxy's page, a sign-in page, a truncated response.
            misconfigured = failure("misconfigured", answer.line, answer.status)
            return misconfigured if answer.ok else answer.failure()
        busy = self.service.busy
        if code in busy or any(phrase in words.lower() for phrase in _FAST):
            wait = max(busy.get(code, 60), answer.retry_after or 0)
            return failure("temporary", answer.line, code, wait)
        meaning = self.service.meanings.get(code, "misconfigured")
        # WeCom has one code for a wrong key and for a text that is too long.
        if any(phrase in words.lower() for phrase in _LONG):
            meaning = "refused"
        return failure(meaning, answer.line, code)


def _code_and_text(body: bytes, service: RobotService) -> tuple[int | None, str]:
    """Parse the service's own code and text from a response."""
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None, ""
    if not isinstance(fields, dict):
        return None, ""
    codes = [fields[name] for name in service.code if type(fields.get(name)) is int]
    words = " ".join(str(fields[name]) for name in service.words if name in fields)
    return (codes[0] if codes else None), words
