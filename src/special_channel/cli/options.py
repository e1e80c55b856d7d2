"""Options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from special_channel.cli.command import Choice, Decorator, flag, option, required

JSON: Final[Decorator] = flag("--json as_json", "Print JSON: one document, or one object per line.")
CONFIG: Final[Decorator] = required(
    "--config", "Read the node's settings from this file; config/node.toml explains them.", "file"
)
DATA: Final[Decorator] = option(
    "--data",
    "Use the demonstration (./run) in this folder.",
    "folder",
    envvar="SPECIAL_CHANNEL_VAR",
    default=Path("var"),
)
CALENDARS: Final[Decorator] = option(
    "--calendars",
    "Read the calendars from this folder.",
    "folder",
    default=Path("config/calendars"),
)
TRANSLATION: Final[Decorator] = option(
    "--translation", "Add a courtesy translation into the other language."
)
LANG_OF: Final[Decorator] = option(
    "--lang-of", "Mark the text as written in this language: en or zh-CN."
)
ASK: Final = (
    "Ask a question: 'words | due | translation'. Due: an instant (…Z), +90s, +2d, or a "
    "reply rule of the charter. Repeat it for more."
)
"""Help of the option that states a question."""
SINCE: Final[Decorator] = option(
    "--since", "List only those from this day on, such as 2026-11-24.", "date"
)
UNTIL: Final[Decorator] = option(
    "--until", "List only those up to this day, such as 2026-11-30.", "date"
)
OLDEST: Final[Decorator] = option(
    "--sort", "List the newest or the oldest first.", Choice("newest", "oldest")
)
TEXT: Final[Decorator] = option("--text", "List only those whose name or text contains this.")
MARKING: Final[Decorator] = option(
    "--marking", "Give a marking of the charter, or none.", "code", default=""
)
