"""Read our side's directory of officials from `config/directory/*.toml`.

Does not enrol anybody: the directory lists officials to invite.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.fields import Name, Word
from special_channel.core.bytes.ids import Party, PersonRole
from special_channel.core.entries import Model

ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""Name of a channel in the settings: `mail`, `mailbox` or a table of `[channels]`."""


class Person(Model):
    """An official of our side. `id` names the official's key file.

    `channels` lists preferred channels in order; empty means the node's default order.
    """

    id: Annotated[str, Field(pattern=r"^(eu|cn)-[a-z0-9-]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: PersonRole
    unit: Name
    desk: Word
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    language: Literal["en", "zh-CN"]
    channels: Annotated[tuple[ChannelName, ...], Field(max_length=8, strict=False)] = ()


class Directory(Model):
    """All officials in one side's file."""

    v: Literal[1]
    party: Party
    officials: Annotated[tuple[Person, ...], Field(min_length=1, max_length=500)]


def read(file: Path) -> Directory:
    """Read a directory file.

    Raises:
        NotFound: `directory-missing`.
        Malformed: `directory-malformed`, with the field.
    """
    if not file.is_file():
        raise NotFound("directory-missing", "There is no directory file.", file=file.name)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        # Arrays of TOML are lists; strict models take tuples.
        content["officials"] = tuple(content.get("officials", ()))
        return Directory.model_validate(content)
    except ValidationError as error:
        field = ".".join(str(step) for step in error.errors()[0]["loc"])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        field = file.name
    raise Malformed("directory-malformed", "The directory does not fit its schema.", field=field)
