"""Find personal data in a text (S-097) and persons named by title (S-098).

Numbers count only with a valid check digit, a plausible date or a word that says so next to them:
an application number is no telephone. Words are returned masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Kind = Literal[
    "identity", "mobile", "passport", "email", "telephone", "account", "birth", "national"
]
"""Kinds of personal data."""

ROLES: Final = frozenset({
    "accounting", "admin", "archive", "archives", "authority", "bis", "cabinet", "certificates",
    "commission", "compliance", "contact", "customs", "delegation", "desk", "director",
    "dual-use", "dualuse", "exaq", "export", "exportcontrol", "exports", "feedback", "help",
    "helpdesk", "hotline", "info", "information", "inspection", "jkzx", "legal", "licence",
    "licences", "licensing", "mail", "mofcom", "no-reply", "noreply", "office", "official",
    "permit", "permits", "policy", "post", "postmaster", "press", "protocol", "reception",
    "registrar", "registry", "sales", "secretariat", "secretary", "security", "service",
    "services", "support", "team", "trade", "unit", "webmaster",
})  # fmt: skip
"""Local parts of e-mail addresses that belong to an office."""

_ROLE: Final = re.compile(r"[-._+\d]+")


@dataclass(frozen=True, slots=True)
class Personal:
    """Personal data in a text: its kind, and the masked words."""

    kind: Kind
    masked: str


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern of personal data; group 1, if there is one, is the data."""

    kind: Kind
    regex: re.Pattern[str]
    holds: Callable[[str], bool] = lambda _: True


def _whole(source: str) -> re.Pattern[str]:
    # Part of a longer number, word or file name is something else.
    return re.compile(rf"(?<![\w.+/-]){source}(?![\w/-])", re.ASCII)


def _digits(words: str) -> str:
    return "".join(filter(str.isdecimal, words))


def _identity(words: str) -> bool:
    """Check the last character (GB 11643-1999) and the date of a Chinese identity number."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(words, weights, strict=False))
    return _born(words[6:14]) and words[17].upper() == "10X98765432"[total % 11]


def _born(compact: str) -> bool:
    try:
        day = date.fromisoformat(compact)
    except ValueError:
        return False
    return 1900 <= day.year <= 2030  # noqa: PLR2004 - a person who lives


def _iban(words: str) -> bool:
    """Check an account number (ISO 13616), modulo 97."""
    compact = words.replace(" ", "")
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _person_address(words: str) -> bool:
    local = words.partition("@")[0].casefold()
    return not ({local, *_ROLE.split(local)} & ROLES)


def _spain(words: str) -> bool:
    number = words[:-1].translate(str.maketrans("XYZ", "012"))
    return words[-1] == "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def _finland(words: str) -> bool:
    return words[-1] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(words[:6] + words[7:10]) % 31]


def _sweden(words: str) -> bool:
    digits = [int(each) for each in _digits(words)[-10:]]
    doubled = [each * 2 if place % 2 == 0 else each for place, each in enumerate(digits)]
    month, day = int(_digits(words)[-8:-6]), int(_digits(words)[-6:-4])
    return (
        sum(each // 10 + each % 10 for each in doubled) % 10 == 0
        and 1 <= month <= 12  # noqa: PLR2004 - months
        and 1 <= day <= 31  # noqa: PLR2004 - days
    )


def _belgium(words: str) -> bool:
    digits = _digits(words)
    body, check = digits[:9], int(digits[9:])
    return check in {97 - int(body) % 97, 97 - int(f"2{body}") % 97}


def _france(words: str) -> bool:
    compact = words.replace(" ", "").replace("2A", "19").replace("2B", "18")
    return int(compact[13:]) == 97 - int(compact[:13]) % 97


def _telephone(words: str) -> bool:
    return 8 <= len(_digits(words)) <= 15  # noqa: PLR2004 - ITU-T E.164


_DATE: Final = (
    r"(?:\d{4}[-/.年] ?\d{1,2}[-/.月] ?\d{1,2}|\d{1,2}[-/. ] ?\d{1,2}[-/. ] ?\d{4}"
    r"|\d{1,2}\.? [A-Za-zäé]{3,9}\.? \d{4})"
)

PATTERNS: Final = (
    _Pattern("identity", _whole(r"[1-9]\d{16}[\dXx]"), _identity),
    _Pattern("mobile", _whole(r"(?:(?:\+|00)86[ -]?)?1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})")),
    _Pattern(
        "passport",
        re.compile(
            r"(?i:护照|passport)[^\n]{0,30}?(?<![\w-])([EGDSPegdsp]\d{8})(?![\w-])", re.ASCII
        ),
    ),
    _Pattern(
        "email",
        re.compile(
            r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}", re.ASCII
        ),
        _person_address,
    ),
    _Pattern(
        "telephone",
        re.compile(r"(?<![\w+])\+ ?\d(?:[ ()./-]{0,2}\d){7,14}(?!\w)", re.ASCII),
        _telephone,
    ),
    _Pattern("account", _whole(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"), _iban),
    _Pattern(
        "birth",
        re.compile(rf"(?i:\bborn\b|\bdob\b|date of birth|出生|生日)[^\n]{{0,20}}?({_DATE})"),
    ),
    # National numbers whose form or check digit tells them; others by the word next to them.
    _Pattern("national", _whole(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]")),  # Italy
    _Pattern("national", _whole(r"(?:\d{8}|[XYZ]\d{7})[A-HJ-NP-TV-Z]"), _spain),
    _Pattern("national", _whole(r"\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]"), _finland),
    _Pattern("national", _whole(r"(?:19|20)?\d{6}[-+]\d{4}"), _sweden),
    _Pattern("national", _whole(r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}"), _belgium),
    _Pattern(
        "national",
        _whole(r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}"),
        _france,
    ),
    _Pattern(
        "national",
        re.compile(
            r"(?<!\w)(?:PESEL|BSN|CNP|EGN|ЕГН|OIB|EMŠO|NIF|PPS|isikukood|asmens kodas|rodné číslo"
            r"|Steuer-ID|personnummer|CPR)(?!\w)[^\n\w]{0,5}([0-9](?:[ ./-]?[0-9]){7,12})(?![0-9])"
        ),
    ),
)
"""What is personal data, in the order of looking. One match counts once, by the first pattern."""

_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩邓冯曹彭曾肖董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔谭陆汪范"
    "石廖贾夏韦付邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵钱覃武戴莫孔汤温康牛樊葛邢齐庄伍"
    "季聂鲁岳翟殷詹耿辛芦柴蓝凌阮焦佟甄柯祁涂裴俞翁章尚柳褚费凤闵路娄童阎鲍霍邬窦狄倪舒滕盛屈祝"
    "梅骆蔺靳卓糜缪冉宁仇游阳邝谷蒲牟桑冼巫苗匡晏郎寇饶栾隋甘"
)
"""Common surnames that are not also the end of an office's name, such as 司, 区, 任, 方 or 时."""

_TITLES: Final = "先生|女士|处长|司长|局长|主任|经理|总监|同志|博士|教授"

_CAPITALISED: Final = r"[A-Z\u00c0-\u017f][a-z\u00df-\u017f'\u2019-]{1,30}"

_PERSON: Final = re.compile(
    rf"(?<![\u3400-\u9fff])[{_SURNAMES}][\u3400-\u9fff]{{0,2}}(?:{_TITLES})"
    rf"|(?<=[\u3400-\u9fff])[{_SURNAMES}](?:{_TITLES})"
    rf"|(?<!\w)(?:(?:Mr|Mrs|Ms|Dr|Prof)\.?|Herrn?|Frau|Mme|Mlle|M\.|Sig\.|Sra?\.) "
    rf"{_CAPITALISED}(?: {_CAPITALISED})?"
)

_OFFICES: Final = re.compile(
    "[部司局处室厅署会办院][部司局处主]|董事|副|总|部门|业务|项目|产品|办公"
    "| (?:Director|Commissioner|President|Chair|Head|Minister|Vice|Secretary|Ambassador|Counsellor)"
)
"""An office before its head's title, or a function: 经济处处长 names nobody."""

_SHOWN: Final = 3


def personal(text: str, numbers: Collection[str] = ()) -> Iterator[Personal]:
    """Yield personal data in a text in NFKC, masked; linear in its length.

    `numbers`: known numbers of something else, such as applications.
    """
    taken = bytearray(len(text))
    for pattern in PATTERNS:
        for found in pattern.regex.finditer(text):
            group = 1 if pattern.regex.groups else 0
            start, end = found.span(group)
            if (
                found[group] not in numbers
                and not any(taken[start:end])
                and pattern.holds(found[group])
            ):
                taken[start:end] = b"\1" * (end - start)
                yield Personal(pattern.kind, masked(found[group]))


def masked(words: str) -> str:
    """Return words with their first and last signs alone; of an address, the office stays."""
    if "@" in words:
        local, _, domain = words.partition("@")
        return f"{local[0]}…@{domain}"
    shown = _SHOWN if len(words) > 3 * _SHOWN else 1
    return f"{words[:shown]}…{words[-2:]}" if shown > 1 else f"{words[:1]}…"


def persons(text: str) -> Iterator[str]:
    """Yield names with their titles in a text in NFKC; titles of an office name nobody."""
    for found in _PERSON.finditer(text):
        if not _OFFICES.search(found[0]):
            yield found[0]
