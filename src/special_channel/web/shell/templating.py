"""Jinja without what no template here uses: a page of 500 rows calls and writes 60,000 times.

Functions are called as they are, since none takes Jinja's context. Text that holds nothing to
escape is written as it is, and so is markup; all else is escaped as Jinja escapes it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Collection
from typing import Any, Final

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from markupsafe import Markup, escape

_BIDI: Final = re.compile("([\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+)")
_SPECIAL: Final = re.compile("[&<>\"']")


class _PlainContext(Context):
    def __init__(
        self,
        environment: PlainEnvironment,
        *args: Any,  # noqa: ANN401
        **facts: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(environment, *args, **facts)
        environment.contexts.append(self)

    call: Any = staticmethod(operator.call)


class _PlainOutput(CodeGenerator):
    def _output_child_pre(self, *_child: object) -> None:
        self.write("environment.escaped(")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")

    def visit_Call(  # noqa: N802 - Jinja's
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002 - Jinja's
    ) -> None:
        self.write("context.call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")


class _PlainTemplate(Template):
    environment: PlainEnvironment

    def render(self, *args: Any, **facts: Any) -> str:  # noqa: ANN401
        """Return the text; what it was made of goes with it."""
        try:
            return super().render(*args, **facts)
        finally:
            self.environment.let_go(facts)


class PlainEnvironment(Environment):
    """An environment of templates that escape everything; see the module.

    Attributes:
        contexts: Those made by the rendering under way. One runs at a time: in one thread, and no
            template renders another.
    """

    context_class = _PlainContext
    code_generator_class = _PlainOutput
    template_class = _PlainTemplate

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.contexts: list[Context] = []

    def let_go(self, facts: Collection[str]) -> None:
        """Undo the circles through which macros hold their context, and it the whole page.

        Otherwise a page stays until the garbage collector comes: for 15 ms on a slow core, once in
        some fifteen pages, amid the next. Modules that were imported without the
        page (`facts`) stay: Jinja keeps them.
        """
        for context in self.contexts:
            if not context.parent.keys().isdisjoint(facts):
                context.parent = {}
                context.vars.clear()
        self.contexts.clear()

    @staticmethod
    def escaped(value: object) -> str:
        """Return a value as HTML: text escaped, markup as it is."""
        if isinstance(value, Markup):
            return value
        if type(value) is str:
            return escape(value) if _SPECIAL.search(value) else value
        return str(value) if type(value) is int else escape(value)


def visible(text: str) -> Markup:
    """Return text with bidirectional controls isolated, to be shown by the stylesheet.

    The characters stay, so that what is on the page still equals what was signed.
    """
    if not _BIDI.search(text):
        return escape(text)
    pieces = _BIDI.split(text)
    return Markup("").join(
        Markup('<bdi class="ctl">{}</bdi>').format(piece) if place % 2 else piece
        for place, piece in enumerate(pieces)
    )
