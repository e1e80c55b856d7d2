"""Passphrases of sealed key files: typed without an echo, or read from a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from getpass import getpass
from pathlib import Path
from typing import Final

from special_channel.cli.command import Decorator, option, words
from special_channel.config import environment
from special_channel.core.bytes.errors import Malformed
from special_channel.desk.sealing import Ask, passphrase_in

PASSPHRASE: Final[Decorator] = option(
    "--passphrase-file",
    "Read the passphrase from this file, which only its owner can read, instead of asking.",
    "file",
    envvar="SPECIAL_CHANNEL_PASSPHRASE_FILE",
)

Typed = Callable[[str], str]


def asking(file: Path | None = None, typed: Typed = getpass) -> Ask:
    """Return a function that asks for the passphrase of a key file, by its name.

    Without `file`, the environment may name one; without both, a person types it.
    """
    named = file or environment().passphrase_file
    if named is not None:
        return lambda _name: passphrase_in(named)
    return lambda name: _typed(typed, "Passphrase of %(file)s: ", name)


def new_passphrase(file: Path | None, name: str, typed: Typed = getpass) -> str:
    """Return the passphrase for a new key file; a person types it twice.

    Raises:
        Malformed: `passphrase-differs`.
    """
    passphrase = asking(file, typed)(name)
    if file is None and passphrase != _typed(typed, "Again, for %(file)s: ", name):
        raise Malformed("passphrase-differs", "The two passphrases differ.")
    return passphrase


def _typed(typed: Typed, prompt: str, name: str) -> str:
    if not sys.stdin.isatty():
        raise Malformed("passphrase-needed", "Nobody can type the passphrase.")
    return typed(words().gettext(prompt, file=name))
