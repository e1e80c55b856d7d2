"""Parse the sample's threads and fill in placeholders in braces.

Does not sign: `loading.py` does. See config/sample/threads.toml for the format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, ValidationError

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import Model
from special_channel.desk.payloads import Translated
from special_channel.desk.written import Wording

_BRACES = re.compile(r"\{(now[+-]\d{1,3}d|list|row \d{1,4})\}")

OWN: Final[Mapping[Party, tuple[str, str]]] = {"eu": ("en", "zh-CN"), "cn": ("zh-CN", "en")}
"""A side's language, and the language of its courtesy translations."""

_M = TypeVar("_M", bound=Model)

Label = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Text = Annotated[str, Field(min_length=1, max_length=8000)]


class Pair(Model):
    """A text in both languages."""

    en: Text
    zh: Text

    def wording(self, party: Party, filled: Callable[[str, str], str]) -> Wording:
        """Return a side's own text with its translation; `filled` gets text and language."""
        texts = {"en": self.en, "zh-CN": self.zh}
        own, other = OWN[party]
        translation = Translated(other, filled(texts[other], other))
        return Wording(own, filled(texts[own], own), translation)


class SampleQuestion(Pair):
    """A question of a note, due by a reply rule of the charter."""

    rule: Label


class SampleEntry(Model):
    """One entry of a thread."""

    name: Label
    kind: Literal["note", "acknowledge", "internal", "close"]
    by: Label
    en: Text | None = None
    zh: Text | None = None
    text: Text | None = None
    note: Label | None = None
    questions: tuple[SampleQuestion, ...] = ()
    answers: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]+:[0-9,-]+$")], ...] = ()
    files: tuple[Text, ...] = ()


class SampleThread(Model):
    """One thread."""

    name: Label
    by: Label
    on: Literal["list", "standing"]
    rows: tuple[int, ...] = ()
    subject: Pair
    entries: Annotated[tuple[SampleEntry, ...], Field(min_length=1)]


class Story(Model):
    """All threads. `closed_on` is the day on which the list's dates are right without a shift."""

    v: Literal[1]
    closed_on: date
    threads: Annotated[tuple[SampleThread, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Facts:
    """Values for placeholders in braces.

    Attributes:
        works: Whether a day is a working day for both sides: nobody meets on a Sunday.
    """

    today: date
    list: str
    numbers: Mapping[int, str]
    works: Callable[[date], bool] = lambda _day: True

    def day(self, days: int) -> date:
        """Return the working day `days` from the day of loading, or the next further one."""
        return worked(self.today + timedelta(days=days), self.works, 1 if days > 0 else -1)

    def filled(self, text: str, lang: str) -> str:
        """Return a text with its placeholders filled and surrounding blanks removed."""
        return _BRACES.sub(lambda match: self._word(match[1], lang), text).strip()

    def _word(self, word: str, lang: str) -> str:
        if word == "list":
            return self.list
        if word.startswith("row "):
            return self.numbers[int(word[4:])]
        day = self.day(int(word[3:-1]))
        return (
            f"{day.year}年{day.month}月{day.day}日"
            if lang.startswith("zh")
            else f"{day.day} {day:%B %Y}"
        )


def worked(day: date, works: Callable[[date], bool], step: int) -> date:
    """Return the day or the next working day in the direction of `step`, 1 or -1."""
    while not works(day):
        day += timedelta(days=step)
    return day


def read(file: Path) -> Story:
    """Parse the threads; raises as `read_as`."""
    return read_as(Story, file, _tuples)


def read_as(
    model: type[_M],
    file: Path,
    shaped: Callable[[dict[str, Any]], object] = lambda content: content,
) -> _M:
    """Parse one of the sample's files by its schema.

    Raises:
        NotFound: `sample-missing`.
        Malformed: `sample-malformed`, with the field.
    """
    if not file.is_file():
        raise NotFound("sample-missing", "There is no sample.", file=file.name)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        return model.model_validate(shaped(content))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        field = file.name
    raise Malformed("sample-malformed", "The sample does not fit its schema.", field=field)


def _tuples(value: object) -> object:
    # TOML has lists, strict models take tuples.
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return value
