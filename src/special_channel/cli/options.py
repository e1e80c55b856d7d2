"""Options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from special_channel.cli.command import Decorator, flag, option, required

JSON: Final[Decorator] = flag("--json as_json", "Print JSON: one document, or one object per line.")
CONFIG: Final[Decorator] = required(
    "--config", "The node's settings file; config/node.toml explains it.", "file"
)
DATA: Final[Decorator] = option(
    "--data",
    "Data folder of the demonstration (./run).",
    "folder",
    envvar="SPECIAL_CHANNEL_VAR",
    default=Path("var"),
)
CALENDARS: Final[Decorator] = option(
    "--calendars", "Folder of the calendars.", "folder", default=Path("config/calendars")
)
TRANSLATION: Final[Decorator] = option(
    "--translation", "Courtesy translation into the other language."
)
LANG_OF: Final[Decorator] = option("--lang-of", "Language of the text: en, zh-CN.")
