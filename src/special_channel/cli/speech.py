"""The command line in the reader's language: help, usage, what is wrong with a command line.

Does not hold words: `messages/` does, by the English sentence. In English nothing is touched:
typer and the commands speak for themselves. Chinese takes two columns a character and has no
spaces to break lines at, so its pages are laid out here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from typing import Final

import typer
from rich.cells import cell_len

# typer carries click inside itself and gives these classes no public name.
from typer._click.core import Command, Context
from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError
from typer._click.formatting import HelpFormatter
from typer.core import TyperArgument, TyperGroup, TyperOption

from special_channel.cli.printing import READER, print_error_line
from special_channel.messages.catalogue import Catalogue, commands, language_of

LANG_OPTION: Final = "--lang"
ENVIRONMENT: Final = ["SPECIAL_CHANNEL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
"""Where the language is looked for without `--lang`: the first that is set counts."""

_TYPE: Final = re.compile(r"<[^<>]+>")
_PIECE: Final = re.compile(
    r"\s+|[（《“]*[\u2e80-\uffef][。，；：、）》”！？]*|[^\s\u2e80-\uffef]+[。，；：、）》”！？]*"
)
"""What a line may be broken between: a word, or a character with its punctuation."""

_FAULTS: Final = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"Missing argument '(?P<name>[^']*)'.*Choose from:\n\t(?P<choices>.*)",
            "Missing argument %(name)s. Choose from: %(choices)s.",
        ),
        (
            r"Missing option '(?P<name>[^']*)'.*Choose from:\n\t(?P<choices>.*)",
            "Missing option %(name)s. Choose from: %(choices)s.",
        ),
        (r"Missing argument '(?P<name>[^']*)'.*", "Missing argument %(name)s."),
        (r"Missing option '(?P<name>[^']*)'.*", "Missing option %(name)s."),
        (
            r"No such option: (?P<name>\S+) \(Possible options: (?P<near>.*)\)",
            "No such option: %(name)s. Did you mean %(near)s?",
        ),
        (r"No such option: (?P<name>.*)", "No such option: %(name)s."),
        (
            r"No such command '(?P<name>.*)'\. Did you mean (?P<near>.*)\?",
            "No such command: %(name)s. Did you mean %(near)s?",
        ),
        (r"No such command '(?P<name>.*)'\.", "No such command: %(name)s."),
        (r"Missing command\.", "A command is missing."),
        (r"Got unexpected extra argument\(s\) \((?P<given>.*)\)", "Too many words: %(given)s."),
        (r"Option '(?P<name>[^']*)' requires .*", "Option %(name)s needs a value."),
        (r"Option '(?P<name>[^']*)' does not take a value\.", "Option %(name)s takes no value."),
        (
            r"Invalid value for '(?P<name>[^']*)'.*: Input should be a valid integer.*",
            "%(name)s takes a whole number.",
        ),
        (
            r"Invalid value for '(?P<name>[^']*)'.*greater than or equal to (?P<least>\S+)",
            "%(name)s is at least %(least)s.",
        ),
        (
            r"Invalid value for '(?P<name>[^']*)'.*less than or equal to (?P<most>\S+)",
            "%(name)s is at most %(most)s.",
        ),
        (
            r"Invalid value for '(?P<name>[^']*)'.*'(?P<given>.*)' is not one of (?P<choices>.*)\.",
            "%(name)s can't be %(given)s. Choose from: %(choices)s.",
        ),
    )
)
"""What typer says of a wrong command line, and the sentence that says it in `messages/`."""


class Speaking(TyperGroup):
    """The root of the commands, which finds out the reader's language before anything else."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Take `--lang` from wherever it stands, and put the whole tree into that language."""
        tag, rest = _asked(args)
        option = next(each for each in self.params if LANG_OPTION in each.opts)
        found = tag if tag is not None else option.value_from_envvar(ctx)
        READER.set(language_of(str(found or "")) or "en")
        words = commands(READER.get())
        if words.singular:
            ctx.formatter_class = _Page
            speak(self, ctx, words)
        given = [LANG_OPTION, tag, *rest] if tag is not None and rest else rest
        return super().parse_args(ctx, given)


def _asked(args: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the language that is asked for, and all other words."""
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


def speak(command: Command, ctx: Context, words: Catalogue) -> None:
    """Put a command, its options and all commands below it into another language."""
    command.context_class = _Context
    command.help = spoken(command.help or "", words)
    command.short_help = command.help.partition("\n\n")[0]
    command.options_metavar = words.gettext(command.options_metavar or "")
    for each in (*command.params, command.get_help_option(ctx)):
        if isinstance(each, TyperArgument | TyperOption):
            each.help = spoken(each.help or "", words)
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = words.gettext(command.subcommand_metavar)
        for below in command.commands.values():
            speak(below, ctx, words)


def spoken(text: str, words: Catalogue) -> str:
    """Return a help text, each paragraph by its own sentence of the catalogue."""
    paragraphs = (" ".join(each.split()) for each in text.split("\n\n"))
    return "\n\n".join(words.gettext(each) for each in paragraphs if each)


def print_fault(error: ClickException) -> None:
    """Print what is wrong with a command line, on standard error."""
    words = commands(READER.get())
    if not words.singular or isinstance(error, NoArgsIsHelpError):
        error.show()
        return
    if isinstance(error, UsageError) and error.ctx is not None:
        print_error_line(error.ctx.get_usage())
        print_error_line(
            words.gettext("%(command)s --help explains.", command=error.ctx.command_path)
        )
        print_error_line("")
    print_error_line(words.gettext("Error: %(text)s", text=_fault(error.format_message(), words)))


def print_aborted() -> None:
    """Say that nothing was done, because the answer was not yes."""
    print_error_line(commands(READER.get()).gettext("Aborted!"))


def confirmed(msgid: str, /, **facts: str) -> None:
    """Ask before something that can't be taken back.

    Raises:
        typer.Abort: If the answer is anything but yes.
    """
    question = commands(READER.get()).gettext(msgid, **facts)
    print_error_line(f"{question} [y/N]")
    if sys.stdin.readline().strip().lower() not in {"y", "yes", "是"}:
        raise typer.Abort


def _fault(said: str, words: Catalogue) -> str:
    for pattern, sentence in _FAULTS:
        found = pattern.fullmatch(said)
        if found:
            facts = {name: _listed(value) for name, value in found.groupdict().items()}
            return words.gettext(sentence, **facts)
    return words.gettext("this can't be read (%(said)s).", said=said)


def _listed(value: str) -> str:
    return re.sub(r",\s+", "、", value).replace("'", "")


class _Page(HelpFormatter):
    """A page of help in characters that are two columns wide."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        del prefix
        head = f"{self._words('Usage: ')}{prog} "
        self._write(f"{head}{args}", "", " " * 4)

    def write_heading(self, heading: str) -> None:
        self.write(f"{self._words(heading)}{self._words(':')}\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            self._write(paragraph, indent, indent)

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        shown = [(_TYPE.sub(self._match, first), self._noted(second)) for first, second in rows]
        indent = " " * self.current_indent
        column = min(max(cell_len(first) for first, _ in shown), col_max) + col_spacing
        for first, second in shown:
            hang = indent + " " * column
            if cell_len(first) + col_spacing > column:
                self.write(f"{indent}{first}\n")
                self._write(second, hang, hang)
            else:
                self._write(second, indent + first + " " * (column - cell_len(first)), hang)

    def _noted(self, text: str) -> str:
        """Put what typer adds in brackets, such as the default, into the reader's language."""
        if not text.endswith("]"):
            return text
        said, _, notes = text[:-1].rpartition("[")
        told = self._words("; ").join(self._note(each) for each in notes.split("; "))
        return f"{said.rstrip()}  [{told}]".lstrip()

    def _note(self, text: str) -> str:
        name, colon, value = text.partition(": ")
        return f"{self._words(name)}{self._words(': ')}{value}" if colon else self._words(name)

    def _match(self, found: re.Match[str]) -> str:
        return self._words(found[0])

    def _words(self, msgid: str) -> str:
        return commands(READER.get()).gettext(msgid)

    def _write(self, text: str, first: str, rest: str) -> None:
        for line in _broken(text, first, rest, self.width):
            self.write(f"{line}\n")


def _broken(text: str, first: str, rest: str, width: int) -> Iterator[str]:
    """Break a text into lines of at most so many columns."""
    line, bare = first, True
    for piece in _PIECE.findall(text):
        if not bare and cell_len(line) + cell_len(piece.rstrip()) > width:
            yield line.rstrip()
            line, bare = rest, True
        if not (bare and piece.isspace()):
            line, bare = line + piece, False
    yield line.rstrip()


class _Context(typer.Context):
    formatter_class = _Page
