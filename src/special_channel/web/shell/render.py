"""Write a page as HTML.

Does not answer requests and does not set headers. Escapes everything: the only markup
that enters unescaped are the icon paths that ship with the templates.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from special_channel.core.bytes.times import instant
from special_channel.messages import dates
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.web.shared import capitals, silence
from special_channel.web.shared.references import application_url
from special_channel.web.shared.viewpoint import Viewpoint
from special_channel.web.shared.words import short
from special_channel.web.shell.frame import Frame, ViewPage
from special_channel.web.shell.long_tables import Wording, filled, sheet_day
from special_channel.web.shell.templating import FreeingEnvironment, escaped, html, visible

_GROUPED: Final = 5
"""Digits from which a number is written in groups of three."""
_KIB: Final = 1024


def render(page: ViewPage, frame: Frame, template: str = "") -> str:
    """Return the HTML document of a page, or another template's part of it."""
    document = environment(frame.lang).get_template(template or page.template)
    return document.render(p=page, f=frame, v=page.view, **page.more)


@cache
def environment(lang: Lang) -> Environment:
    """Return one language's environment, made once per process."""
    env = FreeingEnvironment(
        # Pages lie in their noun's folder, what they share in `templates/`.
        loader=ChoiceLoader(
            [PackageLoader("special_channel.web"), PackageLoader("special_channel.web", "")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    t = catalogue(lang)
    say = Wording(
        lang,
        comma="、" if lang == "zh-CN" else ", ",
        label=lru_cache(maxsize=4096)(lambda group, code: escape(t.label(group, code))),
        state=lru_cache(maxsize=512)(lambda code, source="": escape(t.state(code, source))),
        gettext=_escaping(t),
    )
    env.globals.update(
        lang=lang,
        # Clauses are joined by `comma`, members of an enumeration by `list_comma` (GB/T 15834).
        comma="，" if lang == "zh-CN" else ", ",
        list_comma=say.comma,
        colon="：" if lang == "zh-CN" else ": ",
        gap="" if lang == "zh-CN" else " ",
        stop="。" if lang == "zh-CN" else ".",
        bracketed=Markup("（{}）" if lang == "zh-CN" else " ({})").format,  # noqa: S704 - constants
        _=say.gettext,
        n_=_escaping_plural(t),
        label=say.label,
        state=say.state,
        sentence=t.sentence,
        moment=capitals.moment,
        clock=capitals.clock,
        day=dates.day,
        days=dates.days,
        short_day=dates.short_day,
        month_name=dates.month_name,
        full_date=dates.full_date,
        both=capitals.both,
        place=capitals.place,
        is_silent=silence.is_silent,
        silence=lambda outcome, due, own: escape(silence.short(outcome, due, own, lang)),
        silence_said=lambda ask, own, now: escape(ask.sentence(Viewpoint(own, lang, now))),
        zone_of=lambda party: capitals.ZONES[party].key,
        application_url=application_url,
        script_sentences=_script_sentences(say),
        filled=filled,
        say=say,
        text_run=say.run,
        sheet_day=sheet_day,
    )
    env.filters.update(visible=visible, fours=fours, size=size, grouped=grouped)
    env.filters.update(iso=capitals.iso, short=short, instant=instant)
    return env


def _script_sentences(say: Wording) -> Callable[[tuple[str, ...]], Markup]:
    """Make a function that writes sentences for the scripts as items of a list."""

    # Every page has the same fifty sentences: a template would write them again for each.
    @cache
    def script_sentences(keys: tuple[str, ...]) -> Markup:
        item = Markup('<li data-s="{}">{}</li>\n')
        return Markup().join(item.format(key, say.label("script", key)) for key in keys)

    return script_sentences


def _escaping(t: Catalogue) -> Any:  # noqa: ANN401 -- a callable of any facts
    """Make a gettext that escapes facts, but not the catalogue's sentences."""

    @cache
    def plain(msgid: str) -> Markup:
        return html(t.gettext(msgid))

    def gettext(msgid: str, /, **facts: str | int) -> Markup:
        if not facts:
            return plain(msgid)
        return html(t.gettext(msgid, **{k: escaped(v) for k, v in facts.items()}))

    return gettext


def _escaping_plural(t: Catalogue) -> Any:  # noqa: ANN401 -- a callable of any facts
    """Make an ngettext that escapes facts, but not the catalogue's sentences."""

    def ngettext(one: str, many: str, count: int, /, **facts: str | int) -> Markup:
        return html(t.ngettext(one, many, count, **{k: escaped(v) for k, v in facts.items()}))

    return ngettext


def fours(text: str) -> str:
    """Group a fingerprint in fours, to be read aloud."""
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def grouped(amount: str) -> str:
    """Return decimal text with thin spaces in its whole part, as ISO 80000 and GB/T 15835 write it.

    Four digits stay together: `1850.5`, `48 000`.
    """
    whole, point, rest = amount.partition(".")
    if len(whole.lstrip("-")) < _GROUPED:
        return amount
    return f"{int(whole):,}".replace(",", "\N{NARROW NO-BREAK SPACE}") + point + rest


def size(count: int) -> str:
    """Write a number of bytes in a suitable unit: `212 KB`, `1.1 MB`."""
    if count < _KIB:
        return f"{count} B"
    if count < _KIB * _KIB:
        return f"{round(count / _KIB)} KB"
    return f"{count / _KIB / _KIB:.1f} MB"
