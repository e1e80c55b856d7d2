"""Lines on standard output and standard error, and the reader's language.

Does not choose sentences for errors: `messages/` has them by code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.scripts import visible
from special_channel.messages.catalogue import Lang, catalogue, commands, sentence

READER: Final[ContextVar[Lang]] = ContextVar("reader", default="en")
"""The reader's language, set once from `--lang` or the environment."""


def print_json(fields: Mapping[str, Any]) -> None:
    """Print a JSON document on a line."""
    # For programs, which need the text as it is signed.
    _write(json.dumps(fields, ensure_ascii=False, separators=(",", ":")))


def print_line(text: str) -> None:
    """Print a line without a delay; escape terminal control characters."""
    _write(visible(text))


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_error_line(text: str) -> None:
    """Print a line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_error(error: ChannelError, lang: Lang) -> None:
    """Print an error with code, sentence, facts and next step."""
    words = sentence(error.code, lang, **error.facts)
    known = f"error.{error.code}" in catalogue(lang)
    text = words.text if known else error.detail
    print_error_line(f"{error.code}: {text}")
    sentences = text + words.next_step
    shown = {name: value for name, value in error.facts.items() if str(value) not in sentences}
    if shown:
        labels = commands(lang)
        named = (
            f"{labels.gettext(name)}{labels.gettext(': ')}{value}" for name, value in shown.items()
        )
        print_error_line("  " + ("，" if lang == "zh-CN" else ", ").join(named))
    print_error_line(f"  {words.next_step}")
