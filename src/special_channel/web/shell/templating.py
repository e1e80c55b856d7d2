"""Templates whose objects are freed after rendering, and helpers for text on pages.

Jinja compiles the templates without changes (ADR 30).
"""

from __future__ import annotations

import re
from collections.abc import Collection, MutableMapping
from typing import Any, Final

from jinja2 import Environment, Template
from jinja2.runtime import Context
from markupsafe import Markup, escape

_BIDI: Final = re.compile("([\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+)")
_SPECIAL: Final = re.compile("[&<>\"']")


class _KeptContext(Context):
    def __init__(
        self,
        environment: FreeingEnvironment,
        *args: Any,  # noqa: ANN401
        **facts: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(environment, *args, **facts)
        environment.contexts.append(self)


class _FreedTemplate(Template):
    environment: FreeingEnvironment

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
        for context in self.contexts:
            if not context.parent.keys().isdisjoint(facts):
                context.parent = {}
                context.vars.clear()
        self.contexts.clear()


def escaped(value: object) -> str:
    """Return a value as HTML: text escaped, markup unchanged. Faster than `escape`."""
    if isinstance(value, Markup):
        return value
    if type(value) is str:
        return escape(value) if _SPECIAL.search(value) else value
    return str(value) if type(value) is int else escape(value)


def html(text: str) -> Markup:
    """Mark text as HTML; its values are escaped already. Faster than `Markup`."""
    return str.__new__(Markup, text)


def visible(text: str) -> Markup:
    """Return text with bidirectional controls isolated and marked for the stylesheet.

    The characters stay, so that the text on the page equals the signed text.
    """
    if not _BIDI.search(text):
        return escape(text)
    pieces = _BIDI.split(text)
    return Markup("").join(
        Markup('<bdi class="ctl">{}</bdi>').format(piece) if place % 2 else piece
        for place, piece in enumerate(pieces)
    )
