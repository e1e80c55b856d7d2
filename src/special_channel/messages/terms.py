"""Codes of official terms: states, papers, remarks, materials.

The catalogues contain the words of each code, in both languages, under `group.code`; a test
checks every code. Entries contain codes, so that each side reads the terms of its own law. Does
not define the lists, nor the effects of a state (`core`). Unknown codes of a newer peer are shown
unchanged.

Sources: the Administrative Licensing Law (受理、补正、不予受理), the Dual-Use Items
Regulations (准予许可、不予许可), MOFCOM and GACC announcement 18 of 2025 (materials and
control codes). Codes not read in a primary text are marked for checking:
the ten-digit codes are mostly from the licence catalogue of 2016 and not from the tariff of 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from special_channel.core.sense import vocabularies
from special_channel.core.sense.vocabularies import ACTS, VOCABULARIES
from special_channel.core.sense.words import Lexicon, lexicon
from special_channel.messages.catalogue import Catalogue, catalogue

STATES: Final = vocabularies.STATE.codes
MATCHES: Final = vocabularies.MATCH.codes
CLOCKS: Final = vocabularies.CLOCK.codes
DECISIONS: Final = vocabularies.DECISION.codes
MISSING: Final = vocabularies.MISSING.codes
REMARKS: Final = vocabularies.REMARK.codes

GROUPS: Final = {
    "state": STATES,
    "match": MATCHES,
    "clock": CLOCKS,
    "decision": DECISIONS,
    "missing": MISSING,
    "remark": REMARKS,
}
"""All lists, by the group of their words in the catalogues."""

FORMS: Final = ("a", "b", "c")
"""Subdivisions of each control code: metal, alloys, targets, magnets; oxides; compounds."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A customs code. `read`: verified in the announcement; otherwise still to be checked."""

    code: str
    read: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """One of the seven materials, named in the catalogues by `material.<code>`.

    Attributes:
        control: The control code, without its subdivision.
        tariff: Ten-digit reference codes (metal, oxide), as text so that no digit is lost; a
            code may cover several materials, so the control code is the key.
        read: Whether the control code was read in the text and not derived from the list's order.
    """

    code: str
    symbol: str
    control: str
    tariff: tuple[Reference, ...]
    read: bool = False


def _unchecked(*codes: str) -> tuple[Reference, ...]:
    return tuple(Reference(code) for code in codes)


MATERIALS: Final = (
    Material(
        "samarium", "Sm", "1C902",
        (Reference("2805301910", read=True), Reference("2846901940")), read=True,
    ),
    Material("gadolinium", "Gd", "1C903", _unchecked("2805301910", "2846901930"), read=True),
    Material("terbium", "Tb", "1C904", _unchecked("2805301300", "2846901600"), read=True),
    Material("dysprosium", "Dy", "1C905", _unchecked("2805301200", "2846901500")),
    Material("lutetium", "Lu", "1C906", _unchecked("2805301910")),
    Material("scandium", "Sc", "1C907", _unchecked("2805301910", "2846901980")),
    Material("yttrium", "Y", "1C908", _unchecked("2805301700", "2846901100")),
)  # fmt: skip
"""The materials of announcement 18 of 2025, in its order."""

FURTHER: Final[Mapping[str, tuple[Reference, ...]]] = {
    "magnet": _unchecked("8505111000"),
    "target": _unchecked("3824999922", "8486909110"),
    "mixture": _unchecked("2846901993"),
    "compound": _unchecked(
        "2846902810", "2846902910", "2846903910", "2846904820", "2846904910", "2846909920"
    ),
}
"""Further customs codes by product (`tariff.<name>`), not tied to a single material."""


KNOWN: Final = (
    "supplement", "acceptance", "review", "refusal", "permit", "licence", "application",
    "answer", "due_date", "reminder", "end_use", "end_user", "rare_earth", "magnet",
    "export_control", "dual_use", "customs", "meeting", "correction", "expert_review",
    "site_check", "working_days",
)  # fmt: skip
"""Words of the trade, by which a search finds a text in the other language."""

WORDS: Final = (
    "thread", "note", "internal", "question", "requested", "agreed", "suspension",
    "acknowledgement", "release", "route", "stand-in", "assigned", "reference", "list",
    "sheet", "clock", "registrar", "charter", "receipt",
)  # fmt: skip
"""Words of our own pages that the glossary explains: `word.<code>` and `word.<code>.means`."""


@cache
def search_pairs() -> tuple[tuple[str, str], ...]:
    """Return pairs of English and Chinese by which a search crosses languages, each once."""
    en, zh = catalogue("en"), catalogue("zh-CN")
    known = ((en.label("known", code), zh.label("known", code)) for code in KNOWN)
    return tuple(dict.fromkeys((*known, *term_pairs())))


@cache
def term_pairs() -> tuple[tuple[str, str], ...]:
    """Return the official terms as pairs of English and Chinese, each once, in the lists' order."""
    codes = [(group, code) for group, members in GROUPS.items() for code in members]
    codes += [("material", material.code) for material in MATERIALS]
    en, zh = catalogue("en"), catalogue("zh-CN")
    return tuple(dict.fromkeys((en.label(*each), zh.label(*each)) for each in codes))


@cache
def lexicon_of(name: str) -> Lexicon:
    """Return a vocabulary's input words: codes, the terms of both languages, and further words."""
    [vocabulary] = (each for each in (*VOCABULARIES, *ACTS) if each.name == name)
    both = catalogue("en"), catalogue("zh-CN")
    terms = {code: [each.label(name, code) for each in both] for code in vocabulary.codes}
    return lexicon(vocabulary, terms)


def controlled(code: str, t: Catalogue) -> str:
    """Return the words for a control code such as `1C904.a`; return unknown codes unchanged."""
    control, _, form = code.partition(".")
    for material in MATERIALS:
        if material.control == control and (not form or form in FORMS):
            name = t.label("material", material.code)
            return t.gettext(f"control.{form}", material=name) if form else name
    return code
