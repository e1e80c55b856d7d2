"""Look up sentences in English and Chinese.

Does not choose the language: the caller knows the reader's. Does not escape for HTML:
Jinja does. Reads two plain `.po` files directly; no compiled copies exist, so a translator's
edits take effect at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from babel.messages.pofile import read_po

Lang = Literal["en", "zh-CN"]
LANGS: Final[tuple[Lang, Lang]] = ("en", "zh-CN")

_FOLDERS: Final[dict[Lang, str]] = {"en": "en", "zh-CN": "zh_CN"}

Fact = str | int


class _Facts(dict[str, Fact]):
    """Formats a missing fact as a dash, since rendering an error page must never fail."""

    def __missing__(self, key: str) -> str:
        return "–"


@dataclass(frozen=True, slots=True)
class Sentence:
    """An error's explanation, and the reader's next step."""

    text: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All sentences of one language."""

    lang: Lang
    singular: dict[str, str]
    plural: dict[tuple[str, str], tuple[str, ...]]

    def __contains__(self, msgid: str) -> bool:
        return msgid in self.singular

    def gettext(self, msgid: str, /, **facts: Fact) -> str:
        """Return the sentence of `msgid`, with its placeholders filled.

        Unknown ids are returned unchanged; a test checks that pages use known ids only.
        """
        return self.singular.get(msgid, msgid) % _Facts(facts)

    def ngettext(self, one: str, many: str, count: int, /, **facts: Fact) -> str:
        """Return the plural form for `count`; `count` also fills `%(num)s`."""
        forms = self.plural.get((one, many), (one, many))
        form = forms[0] if count == 1 or len(forms) == 1 else forms[1]
        return form % _Facts({"num": count, **facts})

    def label(self, group: str, code: str) -> str:
        """Return the words for a coded value, such as `("status", "review")`.

        Unknown codes are returned unchanged: a newer peer may send some.
        """
        return self.singular.get(f"{group}.{code}", code)

    def state(self, code: str, source: str = "") -> str:
        """Return the words for a state as reported by a source.

        A supplier's "returned" is not yet a legal act, for example.
        """
        return self.singular.get(f"state.{code}.{source}") or self.label("state", code)

    def sentence(self, code: str, /, **facts: Fact) -> Sentence:
        """Return explanation and next step of an error code."""
        key = code if f"error.{code}" in self else "unknown"
        return Sentence(
            self.gettext(f"error.{key}", **{"code": code, **facts}),
            self.gettext(f"error.{key}.next", **{"code": code, **facts}),
        )

    def finding(self, code: str, /, **facts: Fact) -> str:
        """Return the verifier's sentence for a finding."""
        msgid = f"finding.{code}" if f"finding.{code}" in self else "finding.unknown"
        return self.gettext(msgid, **{"code": code, **facts})


@cache
def catalogue(lang: Lang) -> Catalogue:
    """Read one language's catalogue, once per process."""
    return _read(lang, "channel.po")


@cache
def commands(lang: Lang) -> Catalogue:
    """Read the command line's translations, keyed by their English sentences."""
    # Commands contain their English help, so that an English command starts without reading a file.
    return Catalogue(lang, {}, {}) if lang == "en" else _read(lang, "commands.po")


def _read(lang: Lang, name: str) -> Catalogue:
    source = files(__package__) / _FOLDERS[lang] / "LC_MESSAGES" / name
    singular: dict[str, str] = {}
    plural: dict[tuple[str, str], tuple[str, ...]] = {}
    with source.open("rb") as stream:
        for message in read_po(stream, locale=_FOLDERS[lang]):
            if isinstance(message.id, str):
                if message.id:
                    singular[message.id] = str(message.string)
            else:
                one, many = message.id
                plural[one, many] = tuple(message.string or (one, many))
    return Catalogue(lang, singular, plural)


def sentence(code: str, lang: Lang, /, **facts: Fact) -> Sentence:
    """Return explanation and next step of an error code in `lang`."""
    return catalogue(lang).sentence(code, **facts)


def preferred(accept_language: str | None, otherwise: Lang) -> Lang:
    """Choose a language from an `Accept-Language` header (RFC 9110, 12.5.4)."""
    best: tuple[float, Lang] | None = None
    for choice in (accept_language or "").split(","):
        tag, _, weight = choice.strip().partition(";q=")
        lang = language_of(tag)
        quality = float(weight) if weight.replace(".", "", 1).isdigit() else 1.0
        if lang and quality > 0 and (best is None or quality > best[0]):
            best = (quality, lang)
    return best[1] if best else otherwise


def language_of(tag: str) -> Lang | None:
    """Map a BCP 47 or POSIX tag to a supported language; None for other languages."""
    primary = tag.strip().lower().replace("_", "-").split("-")[0]
    if primary == "zh":
        return "zh-CN"
    return "en" if primary == "en" else None
