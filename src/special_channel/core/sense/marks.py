"""Find marks in a text: those that must not enter this system (S-093 to S-095), and softer ones.

The marks are data: `PATTERNS`, which the client's `static/js/marks.js` has, too, so that a page
finds them before it saves a draft. A text is folded first: width, accents, invisible characters,
blanks, dashes and slashes make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from special_channel.core.sense.findings import Rule

HEAD_LINES: Final = 5
"""Filled lines at the beginning of a text, among which a mark can stand alone."""

RULES: Final = (
    Rule("S-093", ("refuse", "confirm")),
    Rule("S-094", ("refuse",)),
    Rule("S-095", ("refuse", "confirm")),
    Rule("S-096", ("confirm",)),
)
"""Rules of marks; no reason overcomes what one refuses."""

_EU: Final = (
    ("TRES SECRET UE", "EU TOP SECRET"),
    ("SECRET UE", "EU SECRET"),
    ("CONFIDENTIEL UE", "EU CONFIDENTIAL"),
    ("RESTREINT UE", "EU RESTRICTED"),
)
"""Levels of Decision (EU, Euratom) 2015/444, Art. 3, in French and English; as folded."""

_PORTIONS: Final = ("TS UE EU TS", "S UE EU S", "C UE EU C", "R UE EU R")
"""Marks of parts of a text, such as `(R-UE/EU-R)`."""

_OTHERS: Final = (
    "COSMIC TOP SECRET", "NATO SECRET", "NATO CONFIDENTIAL", "NATO RESTRICTED",
    "STRENG GEHEIM", "GEHEIM", "VS VERTRAULICH", "VS NUR FUR DEN DIENSTGEBRAUCH", "VS NFD",
    "TRES SECRET", "SECRET DEFENSE", "CONFIDENTIEL DEFENSE", "DIFFUSION RESTREINTE",
    "ZEER GEHEIM", "STG. ZEER GEHEIM", "STG. GEHEIM", "STG. CONFIDENTIEEL",
    "DEPARTEMENTAAL VERTROUWELIJK", "BEPERKTE VERSPREIDING", "SCISLE TAJNE", "TAJNE",
    "POUFNE", "ZASTRZEZONE", "SEGRETISSIMO", "SEGRETO", "RISERVATISSIMO", "RISERVATO",
    "DIFUSION LIMITADA", "MUITO SECRETO", "KVALIFICERAT HEMLIG", "BEGRANSAT HEMLIG",
    "HEMLIG", "TIL TJENESTEBRUG", "YDERST HEMMELIGT", "PRISNE TAJNE", "VYHRAZENE",
    "VYHRADENE", "STROGO TAJNO", "STRICT SECRET", "SECRET DE SERVICIU", "SZIGORUAN TITKOS",
    "TITKOS", "ERITTAIN SALAINEN", "SALAINEN", "TAIESTI SALAJANE", "SALAJANE",
    "SEVISKI SLEPENI", "VISISKAI SLAPTAI", "СТРОГО СЕКРЕТНО", "СЕКРЕТНО", "ΑΚΡΩΣ ΑΠΟΡΡΗΤΟ",
    "ΑΠΟΡΡΗΤΟ", "TLP:RED",
)  # fmt: skip
"""Marks of other bodies (Dec. 2015/444, table of equivalence), as lines or in brackets; folded."""

_SEVERAL: Final = tuple(each for each in _OTHERS if " " in each)
"""Marks of several words: in a sentence they are written of a mark, too."""

_BARE: Final = (
    "SECRET", "CONFIDENTIAL", "RESTRICTED", "VERTRAULICH", "CONFIDENTIEL", "CONFIDENTIEEL",
    "CONFIDENZIALE", "CONFIDENCIAL", "POUFNY", "FORTROLIGT", "KONFIDENTIELL",
)  # fmt: skip
"""Words that are a mark as a line, and else everyday words."""

_INNER: Final = (
    "EU INTERNAL", "COMMISSION USE ONLY", "COMMISSION INTERNAL", "TLP:AMBER+STRICT", "TLP:AMBER",
)  # fmt: skip
"""Marks for inside (Dec. 2015/443, Art. 9), and of a group of recipients."""

_INNER_LINE: Final = (*_INNER, "SPECIAL HANDLING", "LIMITED", "LIMITE", "SENSITIVE")

_FOR_INSIDE: Final = "工作秘密|内部资料|内部使用|内部文件|不得外传|仅供内部|商密|商业秘密"
"""Work secrets (State Secrets Law 2024, Art. 64) and papers for inside."""

_FOR_INSIDE_SAID: Final = (
    r"(工作秘密[★：:（(【\[]|(?:属于?|系|为|含有?|涉及)工作秘密|内部资料|内部文件|(?:仅[供限]|限)内部"
    r"|(?:不得|严禁|请勿)外传|商密★|商业秘密★)"
)
"""In a sentence: 商业秘密 alone is what the law protects, and no mark."""

_STATE: Final = (
    r"((?:[绝絕] ?密|[机機] ?密|[秘祕] ?密) ?★|★ ?(?:[长長] ?期|[0-9]{1,3} ?(?:年|月))"
    r"|(?:[绝絕]|[机機]|[秘祕]) ?密 ?[级級](?![别別]))"
)
"""State secrets of China: `机密★10年`, the level, and the star before a period."""

_STATE_ALONE: Final = r"[绝絕] ?密|[机機] ?密|[秘祕] ?密"

_AROUND: Final = r"""[ ()\[\]{}*#:.,;!<>|"'«»“”【】《》]*"""
"""What can surround a mark on its line."""

_BLANKS: Final = re.compile(r"[ \t\r\f\v/_\u2010-\u2015\u2212-]+")
_LINES: Final = re.compile("[\u0085\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression for folded texts; `^` and `$` mean a line.

    Attributes:
        rule: Number of the rule.
        source: The expression, in the syntax common to Python and JavaScript; group 1 is the mark.
        caseless: Whether capitals and small letters are alike.
        head: Whether only the first lines count.
    """

    rule: str
    source: str
    caseless: bool = False
    head: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark found in a text: rule, and the words as folded, which no log may have."""

    rule: str
    words: str


class _Seen(dict[int, int | None]):
    """Drops accents and invisible characters in `str.translate`, each looked up once."""

    def __missing__(self, code: int) -> int | None:
        dropped = unicodedata.category(chr(code)) in {"Mn", "Cf"}
        self[code] = None if dropped else code
        return self[code]


_SEEN: Final = _Seen()


def fold(text: str) -> str:
    """Return a text without differences that do not change what a reader sees as a mark."""
    if not text.isascii():
        text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
        text = _LINES.sub("\n", text.translate(_SEEN))
    return _BLANKS.sub(" ", text)


def _any(words: Iterable[str]) -> str:
    return "|".join(each.replace(".", r"\.") for each in words)


def _whole(words: Iterable[str]) -> str:
    return f"(?:^|[^A-Za-z0-9])({_any(words)})(?![A-Za-z0-9])"


def _line(alternatives: str) -> str:
    return f"^{_AROUND}({alternatives}){_AROUND}$"


PATTERNS: Final = (
    Pattern("S-093", _whole(" ".join(pair) for pair in _EU), caseless=True),
    Pattern("S-093", _whole((*(half for pair in _EU for half in pair), *_PORTIONS))),
    Pattern("S-093", _line(_any(half for pair in _EU for half in pair)), caseless=True),
    Pattern("S-094", _STATE),
    Pattern("S-094", _line(_STATE_ALONE), head=True),
    Pattern("S-095", _line(_any(_OTHERS)), caseless=True),
    Pattern("S-095", rf"[(\[] ?({_any(_OTHERS)}) ?[)\]]"),
)
"""Marks that stop a text, in the order in which they are looked for."""

_TRADE: Final = (
    r"(?! (?:the|an?|its|their|access|exports?|imports?|trade|items?|goods|supply)(?![a-z]))"
)
"""After EU RESTRICTED: a sentence on trade."""

SOFT_PATTERNS: Final = (
    Pattern("S-093", _whole(half for pair in _EU for half in pair) + _TRADE, caseless=True),
    Pattern("S-095", _whole(_OTHERS)),
    Pattern("S-095", _whole(_SEVERAL), caseless=True),
    Pattern("S-095", _line(_any(_BARE)), caseless=True),
    Pattern("S-095", rf"[(\[] ?({_any(_BARE)}) ?[)\]]"),
    Pattern("S-096", _whole(_INNER), caseless=True),
    Pattern("S-096", _whole(("SPECIAL HANDLING",))),
    Pattern("S-096", _line(_any(_INNER_LINE)), caseless=True),
    Pattern("S-096", rf"[(\[] ?({_any(_INNER_LINE)}) ?[)\]]"),
    Pattern("S-096", _line(_FOR_INSIDE)),
    Pattern("S-096", rf"[(\[【] ?({_FOR_INSIDE}) ?[)\]】]"),
    Pattern("S-096", _FOR_INSIDE_SAID),
)
"""Marks that are asked about, where none of `PATTERNS` stops the text."""

_Compiled = tuple[tuple[Pattern, re.Pattern[str]], ...]


def _compiled(patterns: Iterable[Pattern]) -> _Compiled:
    return tuple(
        (each, re.compile(each.source, re.MULTILINE | (re.IGNORECASE if each.caseless else 0)))
        for each in patterns
    )


_COMPILED: Final = _compiled(PATTERNS)
_SOFT: Final = _compiled(SOFT_PATTERNS)


def marked(texts: Iterable[str]) -> Marked | None:
    """Return the first mark in texts; None without one. Time is linear in their length."""
    every = [fold(text) for text in texts]
    joined = "\n".join(every)
    for pattern, compiled in _COMPILED:
        found = compiled.search(joined)
        if found and pattern.head:
            heads = (compiled.search(_head(text)) for text in every)
            found = next(filter(None, heads), None)
        if found:
            return Marked(pattern.rule, found[1])
    return None


def soft_marks(text: str) -> Iterator[Marked]:
    """Yield marks in a text that are asked about, each rule's words once; linear in its length."""
    folded = fold(text)
    seen: set[Marked] = set()
    for pattern, compiled in _SOFT:
        for found in compiled.finditer(folded):
            mark = Marked(pattern.rule, found[1])
            if mark not in seen:
                seen.add(mark)
                yield mark


def _head(text: str) -> str:
    filled = (line for line in text.split("\n") if line.strip())
    return "\n".join(line for _, line in zip(range(HEAD_LINES), filled, strict=False))
