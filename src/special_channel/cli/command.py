"""Commands, options and arguments of click, with help in the reader's language.

Does not hold translations: `messages/` has them by the English sentence. A command's module is
imported when the command runs, not for the list of commands.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, NoReturn

import click

from special_channel.cli.help_page import HelpPage
from special_channel.cli.printing import READER
from special_channel.core.sense.vocabularies import ACTS, VOCABULARIES
from special_channel.messages.catalogue import Catalogue, commands
from special_channel.messages.terms import lexicon_of

Work = Callable[..., Any]
Decorator = Callable[[Work], Work]


def words() -> Catalogue:
    """Return the catalogue of the command line in the reader's language."""
    return commands(READER.get())


class Count(click.IntRange):
    """A whole number between two limits."""

    name = "whole number"

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> NoReturn:
        """Refuse a text that is no whole number, or outside the limits."""
        del message
        text = "%(name)s takes a whole number: %(range)s."
        text = words().gettext(text, name=name_of(param), range=self.range())
        raise click.BadParameter(text, ctx, param)

    def range(self) -> str:
        """Return the limits in the reader's language."""
        if self.max is None:
            return words().gettext("at least %(least)s", least=str(self.min or 0))
        return words().gettext("%(least)s to %(most)s", least=str(self.min), most=str(self.max))


class Choice(click.Choice[str]):
    """A code from a fixed set."""

    def __init__(self, *codes: str) -> None:
        super().__init__(codes)

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """Return the code: as typed, or by its term in either language where it has terms."""
        if value in self.choices:
            return str(value)
        for vocabulary in (*ACTS, *VOCABULARIES):
            if {*self.choices} <= {*vocabulary.codes}:
                read = lexicon_of(vocabulary.name).read(str(value)).codes
                value = read[0] if read else value
                break
        return super().convert(value, param, ctx)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ANN401 - click's
        """Return what was typed, for `fail`."""
        del ctx
        return str(value)

    def fail(
        self, message: str, param: click.Parameter | None = None, ctx: click.Context | None = None
    ) -> NoReturn:
        """Refuse a code that is not among the choices."""
        text = "%(name)s can't be %(given)s. Choose from: %(choices)s."
        facts = {"name": name_of(param), "given": message, "choices": listed(self.choices)}
        raise click.BadParameter(words().gettext(text, **facts), ctx, param)


def misused(text: str, **facts: str) -> click.UsageError:
    """Return the refusal of options that do not go together, in the reader's language."""
    told = words().gettext(text, **facts)
    return click.UsageError(told, click.get_current_context(silent=True))


def useless(option: str, other: str) -> click.UsageError:
    """Return the refusal of an option that another option leaves without effect."""
    return misused("%(option)s has no use with %(other)s.", option=option, other=other)


_CODES_WIDTH: Final = 60
"""Columns for an option's codes behind its name; a terminal has 80."""

Kind = Literal[
    "text", "number", "code", "date", "time", "name", "address", "language", "file", "folder"
]
"""Type of a value, as named in help. A number is an entry's or an application's."""


def _typed(kind: Kind | click.ParamType[Any]) -> dict[str, Any]:
    if isinstance(kind, click.ParamType):
        return {"type": kind}
    # Commands report a missing file with a code, so the path is not checked here.
    path = click.Path(path_type=Path) if kind in {"file", "folder"} else click.STRING
    return {"type": path, "metavar": kind}


def option(
    names: str,
    help: str,  # noqa: A002 - click's name
    kind: Kind | click.ParamType[Any] = "text",
    **more: Any,  # noqa: ANN401 - click's arguments
) -> Decorator:
    """Declare an option: its flag and, after a space, the parameter's name if different.

    An optional text is empty by default.
    """
    typed = _typed(kind)
    if typed["type"] is click.STRING and not (more.get("multiple") or more.get("required")):
        more.setdefault("default", "")
    more |= {"show_default": True, "show_envvar": True}
    return click.option(*names.split(), help=help, **typed, **more)


required = partial(option, required=True)
repeated = partial(option, multiple=True)


def flag(names: str, help: str) -> Decorator:  # noqa: A002 - click's name
    """Declare an option without a value."""
    return click.option(*names.split(), help=help, is_flag=True)


def argument(
    name: str,
    help: str,  # noqa: A002 - click's name
    kind: Kind | click.ParamType[Any] = "text",
    **more: Any,  # noqa: ANN401 - click's arguments
) -> Decorator:
    """Declare an argument."""
    typed = {"type": _typed(kind)["type"]}
    return click.argument(name, help=help, cls=Argument, **typed, **more)


def listed(texts: Iterable[str]) -> str:
    """Join texts as the reader's language does."""
    return words().gettext(", ").join(texts)


def name_of(param: click.Parameter | None) -> str:
    """Return an option's long name, or an argument's name in brackets."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return f"<{_argument(param.name)}>" if param is not None and param.name else ""


def _argument(name: str) -> str:
    return words().gettext(name.replace("_", " "))


class Argument(click.Argument):
    """An argument with a name in the reader's language."""

    def make_metavar(self, ctx: click.Context) -> str:
        """Return the name for help and usage."""
        del ctx
        shown = name_of(self) if self.required else f"[{name_of(self)[1:-1]}]"
        return shown if self.nargs == 1 else f"{shown}..."


class Context(click.Context):
    """A click context whose help is laid out by `HelpPage`."""

    formatter_class = HelpPage


class Command(click.Command):
    """A command whose help is in the reader's language."""

    context_class = Context
    allow_extra_args = True  # `parse_args` refuses them, with our own sentence

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line.

        Raises:
            click.UsageError: If words are left over.
        """
        rest = super().parse_args(ctx, args)
        if rest and not isinstance(self, click.Group):
            text = words().gettext("Too many words: %(given)s.", given=" ".join(rest))
            raise click.UsageError(text, ctx)
        return rest

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return the parts of the usage line after the command's name."""
        return [words().gettext(piece) for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the description."""
        del ctx
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(paragraphs(self.help or "")))

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line an argument."""
        found = [one for one in self.get_params(ctx) if isinstance(one, click.Argument)]
        if found:
            with formatter.section("Arguments"):
                formatter.write_dl(
                    [(one.make_metavar(ctx), words().gettext(one.help or "")) for one in found]
                )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line an option."""
        found = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        with formatter.section("Options"):
            formatter.write_dl([_option_line(one, ctx) for one in found])


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text in the reader's language."""
    cleaned = (" ".join(each.split()) for each in inspect.cleandoc(text).split("\n\n"))
    return [words().gettext(each) for each in cleaned if each]


def _option_line(one: click.Option, ctx: click.Context) -> tuple[str, str]:
    t, extra = words(), one.get_help_extra(ctx)
    default = str(extra.get("default", ""))
    notes = [
        _note("env var", listed(extra.get("envvars", ()))),
        _note("default", "" if default == '""' else default),
        one.type.range() if isinstance(one.type, Count) else "",
        "" if _codes(one, ctx) or not isinstance(one.type, Choice) else listed(one.type.choices),
        t.gettext("required") if one.required else "",
    ]
    noted = t.gettext("; ").join(filter(None, notes))
    spec = " / ".join((*one.opts, *one.secondary_opts))
    if not one.is_flag:
        spec += f" {_metavar(one, ctx)}"
    text = t.gettext(one.help or "")
    return spec, f"{text}  [{noted}]" if noted else text


def _note(name: str, value: str) -> str:
    return f"{words().gettext(name)}{words().gettext(': ')}{value}" if value else ""


def _metavar(one: click.Option, ctx: click.Context) -> str:
    kind = "code" if isinstance(one.type, Choice) else one.metavar or one.type.name
    return _codes(one, ctx) or f"<{words().gettext(kind)}>"


def _codes(one: click.Option, ctx: click.Context) -> str:
    """Return an option's codes to stand behind its name; empty if there is no room for them."""
    codes = one.type.get_metavar(one, ctx) or ""
    return codes if len(codes) <= _CODES_WIDTH else ""


class Group(Command, click.Group):
    """Commands on a noun. Without a command, help is shown."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options, then commands."""
        super().format_options(ctx, formatter)
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, words().gettext(self.summary(name))) for name in self.list_commands(ctx)]
            )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of their declaration."""
        del ctx
        return list(self.commands)

    def summary(self, name: str) -> str:
        """Return the first paragraph of a command's help, in English."""
        return " ".join((self.commands[name].help or "").partition("\n\n")[0].split())


class Lazy(NamedTuple):
    """A command before import: `module:attribute`, and the summary for help."""

    target: str
    summary: str


class LazyGroup(Group):
    """Commands in modules of `special_channel.cli`, imported on first use."""

    def __init__(self, *, lazy: Mapping[str, Lazy], **more: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(**more)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(self._lazy)

    def summary(self, name: str) -> str:
        """Return the summary in the table; the command is not imported."""
        return self._lazy[name].summary

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None for an unknown name."""
        del ctx
        if cmd_name not in self._lazy:
            return None
        module, _, attribute = self._lazy[cmd_name].target.partition(":")
        found: click.Command = getattr(import_module(f"special_channel.cli.{module}"), attribute)
        found.name = cmd_name
        if isinstance(found, click.Group):
            found.help = self._lazy[cmd_name].summary
        return found


def group() -> Group:
    """Make a group; its help is its summary in the table of commands."""
    return Group(no_args_is_help=True)


def command(**more: Any) -> Callable[[Work], Command]:  # noqa: ANN401 - click's
    """Make a command of a function; its docstring is the help."""
    return click.command(cls=Command, **more)


def stacked(work: Work, decorators: Sequence[Decorator]) -> Work:
    """Apply decorators as if written above a function, the first on top."""
    for each in reversed(decorators):
        work = each(work)
    return work
