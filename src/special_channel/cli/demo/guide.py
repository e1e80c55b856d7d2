"""The demonstration's last lines: addresses, codes, things to try.

Does not read state: the caller passes the facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.cli.demo.people import Code
from special_channel.cli.demo.settings import Plan
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.messages.catalogue import Lang, catalogue

WORDS: Final[dict[Lang, dict[str, str]]] = {
    "en": {
        "addresses": "Two web addresses",
        "codes": "One-time codes for a browser (each official opens /enrol and types their own)",
        "try": "What to try",
        "due": "The questions that will fall due about 90 s after they were signed",
        "passed": "passed {due}",
        "watch": "Watch the thread {number} at {url}, and the mailbox at {mailbox}",
    },
    "zh-CN": {
        "addresses": "两个网址",
        "codes": "浏览器用一次性注册码（各人打开 /enrol 后输入自己的注册码）",
        "try": "可以尝试",
        "due": "签名约90秒后到答复时间的问题",
        "passed": "{due} 答复时间已到",
        "watch": "请查看事项 {number}：{url}；邮件见 {mailbox}",
    },
}

TRY: Final[dict[Lang, tuple[str, ...]]] = {
    "en": (
        "Open both addresses in two windows, enrol, open a batch, ask a question, sign it.",
        "special-channel inbox --as eu-desk-1",
        "special-channel thread show {thread} --as cn-desk-1",
        "special-channel note post {thread} 'Received, thank you.' --as eu-desk-1",
        "special-channel export --thread {thread} --out bundle.zip --as eu-oversight",
        "special-channel verify bundle.zip --trust {trust}",
    ),
    "zh-CN": (
        "在两个窗口中分别打开两个网址，启用密钥，打开一个批次，提出问题并签名。",
        "special-channel inbox --as cn-desk-1",
        "special-channel thread show {thread} --as cn-desk-1",
        "special-channel note post {thread} '来文收悉，谢谢。' --as cn-desk-1",
        "special-channel export --thread {thread} --out bundle.zip --as cn-oversight",
        "special-channel verify bundle.zip --trust {trust}",
    ),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """Facts for the guide.

    Attributes:
        positions: Of the sample's entries, by name; empty without a sample.
        fresh: Whether the sample was loaded just now.
    """

    codes: Sequence[Code]
    positions: Mapping[str, str]
    fresh: bool


def lines(plan: Plan, happened: Happened, lang: Lang) -> Iterator[str]:
    """Yield the guide, line by line; the last begins with `ready`."""
    words, sides = WORDS[lang], catalogue(lang)
    yield ""
    yield f"{words['addresses']}:"
    for party in PARTIES:
        yield f"  {sides.label('side', party)}  {plan.url(party)}/"
    yield ""
    yield f"{words['codes']}:"
    for code in happened.codes:
        who = f"{code.person.name}, {sides.label('role', code.person.role)}"
        yield f"  {code.code}  {code.person.id:<14} {_enrol(plan, code)}  {who}"
    yield ""
    yield f"{words['try']}:"
    facts = {"thread": happened.positions.get("stamp", "EU-1"), "trust": plan.folder.trust}
    for each in TRY[lang]:
        command = each.startswith("special-channel")
        yield f"  {'.venv/bin/' if command else ''}{each.format(**facts)}"
    yield from _due(plan, happened, words)
    yield ""
    yield f"ready  eu {plan.url('eu')}  cn {plan.url('cn')}"


def _due(plan: Plan, happened: Happened, words: dict[str, str]) -> Iterator[str]:
    threads: dict[Party, str] = {
        party: happened.positions[f"due-{party}"]
        for party in PARTIES
        if f"due-{party}" in happened.positions
    }
    if not threads:
        return
    yield ""
    if happened.fresh:
        yield f"{words['due']}:"
    for party, number in threads.items():
        url = f"{plan.url(party)}/threads/{number}"
        watch = words["watch"].format(number=number, url=url, mailbox=f"{plan.url(party)}/mailbox")
        yield f"  {watch}"


def _enrol(plan: Plan, code: Code) -> str:
    return f"{plan.url(code.party)}/enrol"
