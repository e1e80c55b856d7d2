"""Sentences about a wrong command line, and questions before something is removed."""

from __future__ import annotations

import sys
from difflib import get_close_matches

import click
from click.exceptions import NoArgsIsHelpError

from special_channel.cli.command import Choice, listed, name_of, words
from special_channel.cli.printing import print_error_line


def print_fault(error: click.ClickException) -> None:
    """Print usage and fault of a wrong command line on standard error."""
    if isinstance(error, NoArgsIsHelpError):
        print_error_line(error.message)
        return
    if isinstance(error, click.UsageError) and error.ctx is not None:
        print_error_line(error.ctx.get_usage())
        print_error_line(
            words().gettext("%(command)s --help explains.", command=error.ctx.command_path)
        )
        print_error_line("")
    print_error_line(words().gettext("Error: %(text)s", text=sentence(error)))


def sentence(error: click.ClickException) -> str:
    """Return the fault in the reader's language."""
    match error:
        case click.MissingParameter():
            return _missing(error)
        case click.NoSuchOption():
            return _unknown("option", error.option_name, error.possibilities or [])
        case click.NoSuchCommand():
            return _unknown("command", error.command_name, _near(error))
        case click.BadOptionUsage():
            is_flag = _is_flag(error.ctx, error.option_name)
            text = f"Option %(name)s {'takes no' if is_flag else 'needs a'} value."
            return words().gettext(text, name=error.option_name)
        case _:
            # Raised in `command.py`, by sentences of the catalogue.
            return error.message


def _missing(error: click.MissingParameter) -> str:
    kind = error.param.param_type_name if error.param else "argument"
    text, facts = f"Missing {kind} %(name)s.", {"name": name_of(error.param)}
    if error.param and isinstance(error.param.type, Choice):
        text += " Choose from: %(choices)s."
        facts["choices"] = listed(error.param.type.choices)
    return words().gettext(text, **facts)


def _unknown(kind: str, name: str, near: list[str]) -> str:
    text = f"No such {kind}: %(name)s."
    return words().gettext(
        f"{text} Did you mean %(near)s?" if near else text, name=name, near=listed(near)
    )


def _near(error: click.NoSuchCommand) -> list[str]:
    ctx = error.ctx
    known = ctx.command.list_commands(ctx) if ctx and isinstance(ctx.command, click.Group) else []
    return get_close_matches(error.command_name, known)


def _is_flag(ctx: click.Context | None, name: str) -> bool:
    options = ctx.command.params if ctx else []
    return any(
        isinstance(one, click.Option) and one.is_flag and name in one.opts for one in options
    )


def print_aborted() -> None:
    """Print the sentence after an answer other than yes."""
    print_error_line(words().gettext("Aborted!"))


class NoAnswer(click.Abort):
    """Nobody can answer: the standard input is used up, and there is no terminal."""


def confirm(msgid: str, /, **facts: str) -> None:
    """Ask before an irreversible act.

    Raises:
        NoAnswer: If nobody can answer.
        click.Abort: If the answer is not yes.
    """
    print_error_line(f"{words().gettext(msgid, **facts)} [y/N]")
    answer = sys.stdin.readline() or _answer_at_terminal()
    if not answer:
        raise NoAnswer
    if answer.strip().lower() not in {"y", "yes", "是"}:
        raise click.Abort


def _answer_at_terminal() -> str:
    """Read from the terminal that shows the question; empty without one."""
    # The standard input was a file, such as the text of a note. Who ended it at the terminal
    # answered; who reads the question in a file can't.
    if sys.stdin.isatty() or not sys.stderr.isatty():
        return ""
    try:
        with open("/dev/tty", encoding="utf-8") as terminal:  # noqa: PTH123 - no file
            return terminal.readline()
    except OSError:
        return ""
