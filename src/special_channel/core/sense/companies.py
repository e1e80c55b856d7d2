"""Find words in a text that look like names of companies (S-099).

Legal forms of the Member States and Chinese endings are data. A form that is also an everyday word
counts only next to a capitalised word; a Chinese ending only after a name: 贵公司 names nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_SURE: Final = (
    r"GmbH|S\.?p\.?A\.|S\.?r\.?l\.|S\.A\.S?\.?|S\.L\.U?\.?|Ltd\.?|Inc\.|LLC|B\.V\.|N\.V\.|NV ?/ ?SA"
    r"|[Ss]p\. ?z ?o\. ?o\.?|A/S|ApS|Oyj|Kft\.?|d\.o\.o\.|s\.r\.o\.|a\.s\.|Co\.|OÜ|EOOD|OOD|АД|ЕООД"
    r"|ООД|Α\.?Ε\.|Ε\.?Π\.?Ε\.|株式会社"  # noqa: RUF001 - Greek
)
"""Forms that nothing else is written like."""

_UNSURE: Final = (
    "AG|SE|KG|SpA|Srl|SRL|SA|SAS|SARL|SL|BV|NV|AB|Oy|SIA|UAB|AS|Zrt|Nyrt|Bt|Limited|Lda|PLC|plc"
)
"""Forms that are also words or codes, such as that of a Member State."""

_FORM: Final = re.compile(rf"(?<![\w.])(?:({_SURE})|({_UNSURE}))(?![\w])")

_LAST_FORM: Final = re.compile(
    rf"(?:[\s,]+|(?<=[\u3400-\u9fff]))(?:{_SURE}|{_UNSURE})\.?\s*$|(?:股份)?(?:有限)?(?:责任)?公司\s*$",
    re.IGNORECASE,
)
"""A form at the end of a name."""

_NO_NAMES: Final = frozenset(
    {"annex", "art", "article", "in", "the", "a", "an", "for", "form", "list", "row", "code", "and"}
    | {"state", "states", "country", "see", "chapter", "regulation", "decision", "or", "part"}
)
"""Capitalised words before a form that is a code there."""

_CHINESE: Final = re.compile(r"(?:股份)?有限(?:责任)?公司|股份公司|公司|集团|研究所|研究院|厂")

_LOOK: Final = 60
"""Characters before a form in which its name is looked for."""

_LONG: Final = 20
"""Longest Chinese name before its ending."""

_NAME: Final = re.compile(r"[A-Z0-9\u00c0-\u017f\u0386-\u03ab\u0400-\u042f][\w&.'’+-]{0,40}")
_HAN: Final = re.compile(r"[\u3400-\u9fffA-Za-z0-9（）()·]+\Z")

_PARTING: Final = re.compile(
    "[为是由向与和对请据的在被给让把将及或系经从至到了已未不可应须并个家名即无有]"
)
"""Words of a clause before a name. A name that holds one is found by its end."""

_NOBODY: Final = re.compile(
    r"(?:[贵该本各相涉欧盟中国境企我你其此两三几多某哪母子分总新大小外上同一]"
    "|关|申请|生产|出口|进口|经营|使用|采购|加工|制造|贸易|物流|运输|货代|检测|用户|供应商|进口商|出口商"
    "|欧洲|国内|国外|当地|关联|控股|上市|跨国|加盖|提交|成立|注册|出具|说明|收到|询问|联系|通知|要求|设立|上述|下列"
    "|其他|其它|成员国|中方|欧方|相应|两家|具体|原)\\Z"
)
"""Words before an ending with which it names nobody: kinds of companies and verbs, no names."""

_TRADE: Final = re.compile(r"(?:稀土|磁材|磁体|电机|汽车|风电|医疗)\Z")
"""A branch of trade before an ending; what is before it names somebody or nobody."""

_ONE: Final = frozenset("建出进工电钢药水纸糖船酒茶石")
"""Before 厂: a kind of works, such as 工厂 or 电厂."""

_PLANT: Final = re.compile(r"[省市县区州港山]|第[一二三四五六七八九十\d]")
"""A works or institute is named by its place or its number."""


def companies(text: str) -> Iterator[str]:
    """Yield words that look like names of companies, in their order; `text` in NFKC.

    Takes time linear in the length of the text.
    """
    for form in _FORM.finditer(text):
        name = _before(text, form.start())
        if form[1] or _names(name) or (form[0] in {"SIA", "UAB"} and _after(text, form.end())):
            yield f"{name} {form[0]}".strip()
    for ending in _CHINESE.finditer(text):
        named = _chinese(text, ending)
        if named:
            yield named


def without_form(name: str) -> str:
    """Return a name of a company without the legal forms at its end: Co., Ltd has two."""
    text = unicodedata.normalize("NFKC", name)
    while (shorter := _LAST_FORM.sub("", text)) not in {"", text}:
        text = shorter
    return text


def _before(text: str, end: int) -> str:
    """Return the capitalised words directly before a place, at most four."""
    names: list[str] = []
    for word in reversed(text[max(0, end - _LOOK) : end].split()[-4:]):
        if not _NAME.fullmatch(word.strip(",()（）")):
            break
        names.insert(0, word)
    return " ".join(names).lstrip("(（")


def _names(name: str) -> bool:
    """Tell whether capitalised words before a form name somebody, and begin no sentence."""
    words = name.split()
    named = bool(words) and words[-1].casefold().strip(".") not in _NO_NAMES
    return named and (len(words) > 1 or not words[0].isupper()) and not words[-1][0].isdigit()


def _after(text: str, start: int) -> bool:
    following = text[start : start + _LOOK].split()[:1]
    return bool(following) and _NAME.match(following[0].strip("\"'„“”«»,")) is not None


def _chinese(text: str, ending: re.Match[str]) -> str:
    """Return a Chinese name with its ending; empty for an ending that names nobody."""
    run = _HAN.search(text[max(0, ending.start() - _LONG) : ending.start()])
    before = _PARTING.split(run[0])[-1] if run else ""
    form = ending[0]
    if form in {"厂", "研究所", "研究院"}:
        if before[-1:] in _ONE or not _PLANT.search(before):
            return ""
    elif form in {"公司", "集团", "股份公司"} and _names_nobody(before):
        return ""
    # Two characters are the shortest name: 某公司 has one.
    return f"{before}{form}" if len(before) > 1 else ""


def _names_nobody(before: str) -> bool:
    rest = _TRADE.sub("", before)
    return not rest or _NOBODY.search(rest) is not None
