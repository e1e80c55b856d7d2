"""Write a page as HTML, and respond with a page or a file that no cache stores.

Escapes all but templates and the sentences of catalogues. Jinja compiles the templates as
they are but for their indentation (ADR 30); their objects are freed after rendering. Does not read
anything: handlers hand the page in.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, MutableMapping
from functools import cache, lru_cache, partial
from hashlib import sha256
from importlib.resources import files
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, Final, Literal

from aiohttp import web
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from jinja2.ext import Extension
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode
from markupsafe import Markup, escape

from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import instant
from special_channel.core.sense.reasons import VERSION
from special_channel.desk import extracts
from special_channel.desk.extracts import Extract
from special_channel.messages import dates
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.web.shared import capitals, silence
from special_channel.web.shared.doubts import doubts_text
from special_channel.web.shared.file_formats import MEDIA
from special_channel.web.shared.paging import last_page
from special_channel.web.shared.references import application_url, entries_up_to, licence_url
from special_channel.web.shared.viewpoint import Viewpoint
from special_channel.web.shared.words import short
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.filter_faults import fault_of, with_fault
from special_channel.web.shell.forms import see_other
from special_channel.web.shell.frame import Frame, ViewPage, frame
from special_channel.web.shell.markup import (
    Wording,
    escaped,
    filled,
    html,
    linked,
    name_with_runs,
    sheet_day,
    unbroken,
    visible,
    with_runs,
)

_GROUPED: Final = 5
"""Digits from which a number is written in groups of three."""
_KIB: Final = 1024
_INDENTATION: Final = re.compile(r"((?:[%#]\}\n[ \t])|\n)[ \t]+")

Ending = Literal["xlsx", "csv"]

ENDINGS: Final[tuple[Ending, ...]] = ("xlsx", "csv")

_WRITERS: Final = {
    "xlsx": (extracts.xlsx, MEDIA["xlsx"]),
    "csv": (extracts.csv_bytes, MEDIA["csv"]),
}


async def show(
    context: PageContext, page: ViewPage, template: str = "", around: Frame | None = None
) -> web.Response:
    """Respond with a page in its frame, or with another template's part of it.

    A page beyond the end of its list leads to the last one: it would say that the list is empty.
    A page whose filter is refused keeps its form, lists nothing and says why.

    `around`: the frame, of a page that read it together with its view.
    """
    status = 200
    if fault := fault_of(page.more.values()):
        page, status = with_fault(context, page, fault)
    elif last := last_page(page.more.values()):
        return see_other(last)
    return page_response(page, around or await frame(context), status, template)


def page_response(page: ViewPage, around: Frame, status: int, template: str = "") -> web.Response:
    """Respond with a page in a given frame."""
    response = web.Response(
        text=render(page, around, template),
        status=status,
        content_type="text/html",
        headers={
            "Cache-Control": "no-store",
            "Content-Language": around.lang,
            "Vary": "Accept-Encoding, Accept-Language, Cookie",
        },
    )
    # Secrets in a compressed page can be guessed only by a site that can make a browser ask for
    # it with its session (BREACH); cookies that are Strict are not sent for other sites.
    response.enable_compression()
    return response


async def take_along(
    context: PageContext, extract: Extract, name: str, ending: Ending
) -> web.Response:
    """Respond with a file named by its content, today in our capital, and its last entries."""
    write, media = _WRITERS[ending]
    named = "-".join(filter(None, (file_name(context, name), extract.entries))) + f".{ending}"
    return web.Response(
        body=await asyncio.to_thread(write, extract),
        content_type=media,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{named}"',
        },
    )


def file_name(context: PageContext, name: str) -> str:
    """Name a file by its content and today's date in our capital."""
    return f"{name}-{context.today(context.party).isoformat()}"


def render(page: ViewPage, around: Frame, template: str = "") -> str:
    """Return the HTML document of a page, or another template's part of it."""
    document = environment(around.lang, alone=around.alone).get_template(template or page.template)
    doubted = _doubted(around)
    return document.render(
        p=page, f=around, v=page.view, doubted=doubted, filter_refusal=page.fault, **page.more
    )


def _doubted(around: Frame) -> Callable[[str | Position], Markup]:
    """Make a function that writes the word beside the number of an entry in doubt."""
    tag = Markup(' <span class="tag due">{}</span>')

    # Views have numbers as text, rows of threads have positions.
    def doubted(number: str | Position) -> Markup:
        word = around.doubt(str(number))
        return tag.format(catalogue(around.lang).label("doubt", word)) if word else Markup()

    return doubted


_PLAIN: Final = (Macro, FunctionType, MethodType, BuiltinFunctionType)


class _KeptContext(Context):
    def __init__(
        self,
        environment: FreeingEnvironment,
        *args: Any,  # noqa: ANN401
        **facts: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(environment, *args, **facts)
        environment.contexts.append(self)

    # A page makes some thousand calls, and Jinja looks at each three times for what it wants of it.
    @internalcode
    def call(self, obj: Callable[..., Any], /, *args: Any, **facts: Any) -> Any:  # noqa: ANN401
        """Call a macro or function; what wants the context, and every other object, by Jinja."""
        if not isinstance(obj, _PLAIN) or hasattr(obj, "jinja_pass_arg"):
            return super().call(obj, *args, **facts)
        facts.pop("_block_vars", None)
        facts.pop("_loop_vars", None)
        return obj(*args, **facts)


class _FreedTemplate(Template):
    environment: FreeingEnvironment

    @classmethod
    def _from_namespace(
        cls,
        environment: Environment,
        namespace: MutableMapping[str, Any],
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja's hook
    ) -> Template:
        # Most of what a template writes is markup already, which Jinja's function copies.
        namespace["escape"] = escaped
        return super()._from_namespace(environment, namespace, globals)

    def render(self, *args: Any, **facts: Any) -> str:  # noqa: ANN401
        """Return the text, and free the objects of the rendering."""
        try:
            return super().render(*args, **facts)
        finally:
            self.environment.let_go(facts)


class FreeingEnvironment(Environment):
    """An environment whose templates free their objects after rendering.

    Attributes:
        contexts: Contexts of the current rendering. There is one rendering at a time, in one
            thread, and no template renders another.
    """

    context_class = _KeptContext
    template_class = _FreedTemplate

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.contexts: list[Context] = []

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return a template's globals as a plain dictionary; made once a template."""
        # Jinja's ChainMap is Python code, and each import of macros walks through all of it.
        return {**self.globals, **(d or {})}

    def let_go(self, facts: Collection[str]) -> None:
        """Break reference cycles between macros and contexts, which hold the whole page.

        Otherwise the garbage collector frees pages, for 15 ms on a slow core, once in some fifteen
        pages. Jinja caches modules imported without the page (`facts`); their contexts stay.
        """
        # A page may name a fact like a global, which is in every context.
        own = {*facts} - self.globals.keys()
        for context in self.contexts:
            if not context.parent.keys().isdisjoint(own):
                context.parent = {}
                context.vars.clear()
        self.contexts.clear()


@cache
def icon_urls() -> dict[str, str]:
    """Return the address of each icon by its name: a symbol in a file below its own hash."""
    # Not below the hash of all files: icons stay in a browser's cache when other files change.
    sprite = (files("special_channel.web") / "static/icons/icons.svg").read_bytes()
    url = f"/static/{sha256(sprite).hexdigest()[:16]}/icons/icons.svg"
    names = re.findall('<symbol id="([a-z0-9-]+)"', sprite.decode())
    return {name: f"{url}#{name}" for name in names}


@cache
def icon_of(name: str) -> Markup:
    """Write an icon by its name."""
    use = f'<use href="{icon_urls()[name]}"/>'
    return html(f'<svg class="i" aria-hidden="true">{use}</svg>')


class Unindented(Extension):
    """Drops the indentation of templates: about 200 bytes of each page on the line."""

    def preprocess(
        self,
        source: str,
        name: str | None,  # noqa: ARG002 - Jinja's hook
        filename: str | None = None,  # noqa: ARG002
    ) -> str:
        """Return a template's source without spaces at the start of its lines."""
        # Jinja drops the end of a line after a block, so that a space is all that parts the words.
        return _INDENTATION.sub(r"\1", source)


@cache
def environment(lang: Lang, *, alone: bool = False) -> Environment:
    """Return one language's environment, made once per process; `alone`: without the other."""
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
        extensions=["jinja2.ext.i18n", Unindented],
    )
    t = catalogue(lang)
    say = Wording(
        lang,
        comma="、" if lang == "zh-CN" else ", ",
        label=lru_cache(maxsize=4096)(lambda group, code: escape(t.label(group, code))),
        state=lru_cache(maxsize=512)(lambda code, source="": escape(t.state(code, source))),
        gettext=_escaping(t),
        alone=alone,
    )
    env.globals.update(
        lang=lang,
        alone=alone,
        sense_version=VERSION,
        icon_of=icon_of,
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
        day_in=capitals.day_in,
        clock=capitals.clock,
        day=dates.day,
        days=dates.days,
        short_day=dates.short_day,
        month_name=dates.month_name,
        month_of_year=dates.month_of_year,
        full_date=lambda value, lang: unbroken(dates.full_date(value, lang)),
        both=capitals.both,
        place=capitals.place,
        is_silent=silence.is_silent,
        silence=lambda outcome, due, own: escape(silence.short(outcome, due, own, lang)),
        silence_said=lambda ask, own, now: escape(ask.sentence(Viewpoint(own, lang, now))),
        doubt_said=lambda doubt, own, now: escape(doubt.sentence(Viewpoint(own, lang, now))),
        doubts_said=lambda known, own, now: escape(doubts_text(known, Viewpoint(own, lang, now))),
        zone_of=lambda party: capitals.ZONES[party].key,
        application_url=application_url,
        entries_up_to=lambda view, first: entries_up_to(t, view.eu, view.cn, first),
        extent_said=lambda extent, first: extent.said(t, first),
        licence_url=licence_url,
        script_sentences=_script_sentences(say),
        filled=filled,
        say=say,
        text_run=say.run,
        sheet_day=sheet_day,
    )
    env.filters.update(visible=visible, linked=linked, fours=fours, size=size, grouped=grouped)
    env.filters["unbroken"] = unbroken
    env.filters["runs"] = partial(with_runs, lang=lang)
    env.filters["name_runs"] = partial(name_with_runs, lang=lang)
    env.filters["foreign"] = lambda texts: any(words.foreign(lang) for words in texts)
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
