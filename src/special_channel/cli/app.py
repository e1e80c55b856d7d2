"""The command `special-channel`: all commands in one list, errors turned into exit codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from special_channel import __version__
from special_channel.cli import (
    batches,
    charter,
    deadline,
    demo,
    enrolment,
    evidence,
    notes,
    party,
    serving,
    state,
    threads,
)
from special_channel.cli.exits import INTERRUPTED, exit_code
from special_channel.cli.printing import READER, print_error, print_line
from special_channel.core.errors import ChannelError
from special_channel.messages.catalogue import language_of

app = typer.Typer(
    help="Signed case notes between two parties, each with its own node.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for command in (
    party.found,
    party.migrate,
    serving.serve,
    serving.web,
    serving.link,
    serving.escalate,
    state.inbox,
    state.status,
    evidence.export,
    evidence.verify,
    deadline.deadline,
    party.keygen,
    demo.demo,
):
    app.command()(command)
for name, group in (
    ("charter", charter.app),
    ("enrol", enrolment.app),
    ("thread", threads.app),
    ("note", notes.app),
    ("batch", batches.app),
):
    app.add_typer(group, name=name)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        print_line(f"special-channel {__version__}")
        raise typer.Exit


@app.callback()
def reader(
    *,
    lang: Annotated[
        str,
        typer.Option(
            envvar=["LC_ALL", "LC_MESSAGES", "LANG"], help="Language of messages: en or zh-CN."
        ),
    ] = "en",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Set the reader's language."""
    del version
    READER.set(language_of(lang) or "en")


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        app(args=list(arguments) if arguments is not None else None, standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
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
    return 0


def _told(several: BaseExceptionGroup) -> Iterator[ChannelError]:
    for each in several.exceptions:
        if isinstance(each, ChannelError):
            yield each
        elif isinstance(each, BaseExceptionGroup):
            yield from _told(each)
