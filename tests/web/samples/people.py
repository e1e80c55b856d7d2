"""Who reads and writes in the sample pages, and the frame around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.messages.catalogue import Lang
from special_channel.web.shared.capitals import Office
from special_channel.web.shared.viewpoint import Author, SideName
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.frame import Frame
from special_channel.web.shell.menu import NavItem
from special_channel.web.shell.reader import Reader, ReaderFunction

NOW = datetime(2026, 11, 24, 8, 40, tzinfo=UTC)
STATIC = "/static/test"


def en(text: str, ordinal: int | None = None) -> Words:
    return Words(text, "en", ordinal)


def zh(text: str, ordinal: int | None = None) -> Words:
    return Words(text, "zh-CN", ordinal)


def own(party: Party, english: str, chinese: str) -> str:
    """Return what officials of a side wrote, in their language."""
    return english if party == "eu" else chinese


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
EFFECT = Pair(
    en(
        "Fictional: dates of this channel are arrangements between two desks. A date, an answer or"
        " the absence of one is no admission and no undertaking of either side, and changes no"
        " time limit of any law."
    ),
    zh(
        "虚构：本平台所列时间系双方经办部门的工作安排，答复或者尚无答复均不构成任何一方的承认或者承诺，"
        "不影响法定期限。"
    ),
)
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


HELD = ReaderFunction(
    1,
    "desk",
    "desk officer, Export permits",
    [k for k, roles in MAY_SIGN.items() if "desk" in roles],
)


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
        reader=Reader(me.key, me.name or "", me.desk, "desk", (HELD,)) if signed_in else None,
        nav=(
            NavItem("inbox", "/", 3),
            NavItem("drafts", "/drafts", 2),
            NavItem("notices", "/notices", 2),
            NavItem("search", "/search"),
            NavItem("threads", "/threads"),
            NavItem("batches", "/batches"),
            NavItem("applications", "/applications"),
            NavItem("meetings", "/meetings"),
            NavItem("deadlines", "/deadlines"),
            NavItem("rules", "/rules"),
            NavItem("clearance", "/clearance", 1),
            NavItem("people", "/people"),
        )
        if signed_in
        else (),
        office=Office(at(24, 16, 30), at(24, 9, 30)),
        effect=EFFECT,
        held={
            "thread.opened": ("desk", "head"),
            "batch.answered": ("head",),
            "meeting.held": ("head",),
        }
        if signed_in
        else {},
    )
    return replace(base, **changes)  # type: ignore[arg-type]
