"""Make `errors.md` and `commands.md` from what the program itself says.

Run it after adding an error code or a command: `.venv/bin/python docs/make_tables.py`. A test
compares.
"""

from __future__ import annotations

from pathlib import Path

import click
from click.testing import CliRunner

from special_channel.cli.app import program
from special_channel.cli.exits import INTERRUPTED, OK, PIPE_CLOSED, USAGE, exit_code
from special_channel.core.bytes.errors import (
    Corrupt,
    Malformed,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    Unavailable,
)
from special_channel.messages.catalogue import catalogue

EXIT_CODES = (
    (OK, "done"),
    (1, "not done: the answer to a question was no"),
    (USAGE, "the command line itself is wrong"),
    (exit_code(Malformed("")), "what was typed can't be taken as it is; nothing was written"),
    (
        exit_code(NotAllowed("")),
        "not this key's, this role's or this side's to do; nothing was written",
    ),
    (exit_code(NotFound("")), "there is no such thing here"),
    (exit_code(Unavailable("")), "not now: nothing was written, try again"),
    (exit_code(OutcomeUnknown("")), "it may have been written: look before trying again"),
    (exit_code(Corrupt("")), "a log fails its own proof"),
    (INTERRUPTED, "interrupted"),
    (PIPE_CLOSED, "the program that read the output left before its end; an act is done"),
)

HERE = Path(__file__).resolve().parent


def errors() -> str:
    """Write the table of error codes."""
    en, zh = catalogue("en"), catalogue("zh-CN")
    codes = sorted(
        msgid.removeprefix("error.")
        for msgid in en.singular
        if msgid.startswith("error.") and not msgid.endswith(".next")
    )
    lines = [
        "# Error codes",
        "",
        "Every refusal has a stable code, a sentence in the reader's language and what to do next.",
        "Over HTTP it is an RFC 9457 problem document; on the command line it goes to stderr.",
        "A word in braces is filled in.",
        "",
        "## Exit codes",
        "",
        "| code | meaning |",
        "|---|---|",
        *(f"| {code} | {words} |" for code, words in EXIT_CODES),
        "",
        "`verify` has its own: 0 authentic, 1 not proven, 2 contradicted, 3 unreadable.",
        "",
    ]
    for code in codes:
        english = en.sentence(code)
        chinese = zh.sentence(code)
        lines += [
            f"## {code}",
            "",
            f"{_plain(en, code)} *{english.next_step}*",
            "",
            f"{_plain(zh, code)} *{chinese.next_step}*",
            "",
        ]
    return "\n".join(lines)


def _plain(words: object, code: str) -> str:
    text = str(getattr(words, "singular")[f"error.{code}"])  # noqa: B009 - any catalogue
    while "%(" in text:
        before, _, rest = text.partition("%(")
        name, _, after = rest.partition(")s")
        text = f"{before}{{{name}}}{after}"
    return text


def commands() -> str:
    """Write what `--help` says, command by command."""
    lines = ["# Commands", "", "What `special-channel … --help` prints.", ""]
    for words in _commands():
        page = _help(words)
        lines += [
            f"## special-channel {' '.join(words)}".rstrip(),
            "",
            "```text",
            page.rstrip(),
            "```",
            "",
        ]
    return "\n".join(lines)


def _commands() -> list[tuple[str, ...]]:
    names: list[tuple[str, ...]] = [()]
    root = click.Context(program)
    for name in program.list_commands(root):
        names.append((name,))
        command = program.get_command(root, name)
        if isinstance(command, click.Group):
            names += [(name, inner) for inner in command.list_commands(root)]
    return names


def _help(words: tuple[str, ...]) -> str:
    environment = {"COLUMNS": "96", "NO_COLOR": "1"}
    done = CliRunner().invoke(
        program, ["--lang", "en", *words, "--help"], prog_name="special-channel", env=environment
    )
    return "\n".join(line.rstrip() for line in done.output.splitlines()) + "\n"


def main() -> None:
    """Write both files."""
    (HERE / "errors.md").write_text(errors(), encoding="utf-8")
    (HERE / "commands.md").write_text(commands(), encoding="utf-8")


if __name__ == "__main__":
    main()
