"""Make `errors.md` and `commands.md` from what the program itself says.

Run it after adding an error code or a command: `.venv/bin/python docs/make_tables.py`. A test
compares.
"""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from special_channel.cli.app import COMMANDS, make_app
from special_channel.messages.catalogue import catalogue

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
        said = _help(words)
        lines += [
            f"## special-channel {' '.join(words)}".rstrip(),
            "",
            "```text",
            said.rstrip(),
            "```",
            "",
        ]
    return "\n".join(lines)


def _commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for name in _names(_help(())):
        found.append((name,))
        found += [(name, inner) for inner in _names(_help((name,)))]
    return found


def _names(text: str) -> list[str]:
    _, _, listed = text.partition("Commands:\n")
    return [
        line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "
    ]


def _help(words: tuple[str, ...]) -> str:
    environment = {"COLUMNS": "96", "TERMINAL_WIDTH": "96", "NO_COLOR": "1", "LANG": "C.UTF-8"}
    done = CliRunner().invoke(
        make_app(list(COMMANDS)), [*words, "--help"], prog_name="special-channel", env=environment
    )
    return "\n".join(line.rstrip() for line in done.output.splitlines()) + "\n"


def main() -> None:
    """Write both files."""
    (HERE / "errors.md").write_text(errors(), encoding="utf-8")
    (HERE / "commands.md").write_text(commands(), encoding="utf-8")


if __name__ == "__main__":
    main()
