"""The command `special-channel`: the table of commands, and exit codes of errors."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Sequence
from contextvars import copy_context
from importlib.resources import files
from typing import Any, Final

import click
from click.exceptions import Exit

from special_channel import __version__
from special_channel.cli.command import Lazy, LazyGroup, option
from special_channel.cli.exits import INTERRUPTED, PIPE_CLOSED, exit_code
from special_channel.cli.printing import READER, print_error, print_line
from special_channel.cli.usage import print_aborted, print_fault
from special_channel.core.bytes.errors import ChannelError
from special_channel.messages.catalogue import language_of

LANG_OPTION: Final = "--lang"
ENVIRONMENT: Final = ["SPECIAL_CHANNEL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
"""Variables with the reader's language, without `--lang`: the first set variable counts."""

COMMANDS: Final = {
    name: Lazy(*fields)
    for name, fields in tomllib.loads(
        files(__package__).joinpath("commands.toml").read_text(encoding="utf-8")
    ).items()
}
"""Commands by name, without an import of their modules."""


class Program(LazyGroup):
    """The root command. Sets the reader's language before any command is parsed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Set the language from `--lang`, at any place, or from the environment."""
        tag, rest = _language(args)
        if tag is None:
            declared = next(one for one in self.params if LANG_OPTION in one.opts)
            tag = str(declared.resolve_envvar_value(ctx) or "")
        READER.set(language_of(tag) or "en")
        return super().parse_args(ctx, rest)


def _language(args: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the value of `--lang`, and the other arguments."""
    tag, rest, left = None, list[str](), list(args)
    while left:
        word = left.pop(0)
        if word == "--":
            return tag, [*rest, word, *left]
        if word == LANG_OPTION and left:
            tag = left.pop(0)
        elif word.startswith(f"{LANG_OPTION}="):
            tag = word.partition("=")[2]
        else:
            rest.append(word)
    return tag, rest


def _print_version(ctx: click.Context, _param: click.Parameter, value: object) -> None:
    if value:
        print_line(f"special-channel {__version__}")
        ctx.exit()


@click.command(cls=Program, lazy=COMMANDS, no_args_is_help=True)
@option(
    LANG_OPTION,
    "Print messages in this language: en or zh-CN.",
    "language",
    envvar=ENVIRONMENT,
    default="en",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def program(**_options: Any) -> None:  # noqa: ANN401 - `--lang` was taken by `Program`
    """Exchange signed notes between two parties, each with its own node."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. The reader's language ends with the command."""
    return copy_context().run(_run, arguments)


def _run(arguments: Sequence[str] | None) -> int:
    try:
        return _exit_code(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more when it ends, and would print this error again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except ChannelError as error:
        print_error(error, READER.get())
        return exit_code(error)
    except BaseExceptionGroup as several:
        first: Any = several.subgroup(ChannelError)
        if first is None:
            raise
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        print_error(first, READER.get())
        return exit_code(first)


def _exit_code(args: list[str]) -> int:
    # Not `program.main`, which makes an interrupt an `Abort`.
    try:
        with program.make_context("special-channel", args) as ctx:
            program.invoke(ctx)
    except Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        print_fault(error)
        return error.exit_code
    except click.Abort:
        print_aborted()
        return 1
    return 0
