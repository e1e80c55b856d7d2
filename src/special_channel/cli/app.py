"""The command `special-channel`: all commands in one table, errors turned into exit codes.

A command's module is imported when it is called for, or for help: `verify` starts without
a web server in memory, and a second start of ./run costs less.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Annotated, Final

import typer
from typer._click.exceptions import ClickException

from special_channel import __version__
from special_channel.cli.exits import INTERRUPTED, exit_code
from special_channel.cli.printing import READER, print_error, print_line
from special_channel.cli.speech import (
    ENVIRONMENT,
    LANG_OPTION,
    Speaking,
    print_aborted,
    print_fault,
)
from special_channel.core.bytes.errors import ChannelError
from special_channel.messages.catalogue import language_of

COMMANDS: Final = {
    "found": "party:found",
    "charter": "charter:app",
    "enrol": "enrolment:app",
    "migrate": "party:migrate",
    "serve": "serving:serve",
    "web": "serving:web",
    "link": "serving:link",
    "escalate": "serving:escalate",
    "thread": "threads:app",
    "note": "notes:app",
    "date": "dates:app",
    "batch": "batches:app",
    "application": "applications:app",
    "licence": "licences:app",
    "priority": "priority:app",
    "meeting": "meetings:app",
    "erase": "erase:erase",
    "inbox": "state:inbox",
    "export": "evidence:export",
    "verify": "evidence:verify",
    "rebuild": "state:rebuild",
    "check": "damage:check",
    "repair": "damage:repair",
    "resume": "state:resume",
    "status": "state:status",
    "start-alone": "recovery:start_alone",
    "recover": "recovery:recover",
    "alert": "alert:app",
    "deadline": "deadline:deadline",
    "figures": "figures:figures",
    "numbers": "numbers:numbers",
    "keygen": "party:keygen",
    "sample": "sample:app",
    "demo": "demo.command:demo",
}
"""Command → module below `special_channel.cli`, and what in it."""


def make_app(names: Sequence[str]) -> typer.Typer:
    """Make the command line with these commands."""
    app = typer.Typer(
        cls=Speaking,
        help="Signed notes between two parties, each with its own node.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(reader)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(f"special_channel.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        print_line(f"special-channel {__version__}")
        raise typer.Exit


def reader(
    *,
    lang: Annotated[
        str,
        typer.Option(LANG_OPTION, envvar=ENVIRONMENT, help="Language of messages: en or zh-CN."),
    ] = "en",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Signed notes between two parties, each with its own node."""
    del version
    READER.set(language_of(lang) or "en")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        return _done(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except ChannelError as error:
        print_error(error, READER.get())
        return exit_code(error)
    except BaseExceptionGroup as several:
        found = next(_told(several), None)
        if found is None:
            raise
        print_error(found, READER.get())
        return exit_code(found)


def _done(given: list[str]) -> int:
    named = next((each for each in given if each in COMMANDS), None)
    app = make_app([named] if named else list(COMMANDS))
    try:
        ended = app(args=given, prog_name="special-channel", standalone_mode=False)
    except ClickException as error:
        print_fault(error)
        return error.exit_code
    except typer.Abort:
        print_aborted()
        return 1
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1
    return ended if isinstance(ended, int) else 0


def _told(several: BaseExceptionGroup) -> Iterator[ChannelError]:
    for each in several.exceptions:
        if isinstance(each, ChannelError):
            yield each
        elif isinstance(each, BaseExceptionGroup):
            yield from _told(each)
