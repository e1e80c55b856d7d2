"""Look up sentences in English and Chinese.

Does not choose the language: the caller knows the reader. Does not escape for HTML:
Jinja does. Two plain `.po` files are read as they are; nothing is compiled, so what a
translator edits is what runs.
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
    """Show a dash where a fact is absent: an error page must never fail itself."""

    def __missing__(self, key: str) -> str:
        return "–"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What happened, and what the reader can do next."""

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

        A sentence that is not in the catalogue comes back as it was asked for; a test
        proves that no page asks for one.
        """
        return self.singular.get(msgid, msgid) % _Facts(facts)

    def ngettext(self, one: str, many: str, count: int, /, **facts: Fact) -> str:
        """Return the form for `count`, which also fills `%(num)s`."""
        forms = self.plural.get((one, many), (one, many))
        form = forms[0] if count == 1 or len(forms) == 1 else forms[1]
        return form % _Facts({"num": count, **facts})

    def label(self, group: str, code: str) -> str:
        """Return the words for a coded value, such as `("status", "review")`.

        A code that is not in the catalogue is shown as it is: a newer peer may send one.
        """
        return self.singular.get(f"{group}.{code}", code)

    def state(self, code: str, source: str = "") -> str:
        """Return the words for a state as that source can know it.

        What a supplier calls returned is not yet an act by law.
        """
        return self.singular.get(f"state.{code}.{source}") or self.label("state", code)

    def sentence(self, code: str, /, **facts: Fact) -> Sentence:
        """Return what an error code means and what to do next."""
        known = code if f"error.{code}" in self else "unknown"
        return Sentence(
            self.gettext(f"error.{known}", **{"code": code, **facts}),
            self.gettext(f"error.{known}.next", **{"code": code, **facts}),
        )

    def finding(self, code: str, /, **facts: Fact) -> str:
        """Return the verifier's sentence for a finding."""
        known = f"finding.{code}" if f"finding.{code}" in self else "finding.unknown"
        return self.gettext(known, **{"code": code, **facts})


@cache
def catalogue(lang: Lang) -> Catalogue:
    """Read one language's catalogue, once per process."""
    return _read(lang, "channel.po")


@cache
def commands(lang: Lang) -> Catalogue:
    """Read the words of the command line, by their English sentences.

    English has no file: commands hold their English help, and a command that needs no other
    words starts without reading any.
    """
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
    """Return what an error code means in `lang`, and what to do next."""
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
    """Map a BCP 47 or POSIX tag to one of ours; None for any other language."""
    primary = tag.strip().lower().replace("_", "-").split("-")[0]
    if primary == "zh":
        return "zh-CN"
    return "en" if primary == "en" else None
